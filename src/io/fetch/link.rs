//! Finds on a page the link that a target follows. Knows links and their words; not what a page says, nor whether an
//! address may be asked.

use super::error::FetchFault;
use encoding_rs::{Encoding, UTF_8};
use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use noticewatch_core::capture::{Capture, Why, markup};
use std::cell::RefCell;
use url::Url;

/// The first link of a page whose words or address match the pattern; one that leads to a place on this page, or to a
/// letter or a telephone, only where there is no other.
///
/// # Errors
/// The page is no HTML, or no link on it matches.
pub(super) fn find(page: &Capture, pattern: &str) -> Result<Url, FetchFault> {
    let at = Url::parse(&page.final_url).ok();
    let links = links(page);
    let whole = |url: &Url| {
        let mut whole = url.clone();
        whole.set_fragment(None);
        whole
    };
    let leads = |url: &Url| {
        !matches!(url.scheme(), "mailto" | "tel" | "sms" | "javascript") && Some(whole(url)) != at.as_ref().map(whole)
    };
    let base = links.base.as_deref().and_then(|base| at.as_ref()?.join(base).ok()).or_else(|| at.clone());
    let resolved = links.all.iter().filter_map(|(href, words)| Some((base.as_ref()?.join(href.trim()).ok()?, words)));
    let matching: Vec<_> =
        resolved.filter(|(url, words)| matches(pattern, words) || matches(pattern, url.as_str())).collect();
    let first = matching.iter().position(|(url, _)| leads(url)).unwrap_or(0);
    let found = matching.into_iter().nth(first);
    found.map(|(url, _)| url).ok_or_else(|| {
        let count = links.all.len();
        let sentence = format!(
            "no link on the page matches \"{pattern}\" (it has {count} links); look at the page and mend `follow`"
        );
        FetchFault::lasting(Why::NoLink, sentence).with_status(200)
    })
}

/// Whether a pattern stands anywhere in a text, whatever the case; `*` stands for any letters.
fn matches(pattern: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let mut rest = text.as_str();
    pattern.to_lowercase().split('*').all(|part| {
        let found = rest.find(part);
        rest = found.map_or("", |at| &rest[at + part.len()..]);
        found.is_some()
    })
}

/// What the tags of a page say of links. No tree is built, so that nesting costs nothing.
#[derive(Default)]
struct Links {
    /// Addresses as written, and the words of the link.
    all: Vec<(String, String)>,
    /// The address that others are relative to.
    base: Option<String>,
    open: bool,
}

struct Sink(RefCell<Links>);

/// Elements that hold no tags.
const RAW: &[&str] = &["script", "style", "noframes", "iframe", "title", "textarea"];

fn links(page: &Capture) -> Links {
    let charset = page.charset.as_deref().and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(UTF_8);
    let text = charset.decode(&page.body).0;
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&markup::bounded(&text, RAW)));
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

impl Links {
    fn start(&mut self, tag: &Tag) {
        let value = |name: &str| {
            let found = tag.attrs.iter().find(|attribute| &*attribute.name.local == name);
            found.map(|attribute| attribute.value.to_string())
        };
        match &*tag.name {
            "a" | "area" => {
                self.open = false;
                if let Some(href) = value("href") {
                    self.all.push((href, value("alt").unwrap_or_default()));
                    self.open = &*tag.name == "a";
                }
            }
            "base" if self.base.is_none() => self.base = value("href"),
            // The words of a picture are those of its link.
            "img" => self.text(&value("alt").unwrap_or_default()),
            "b" | "strong" | "i" | "em" | "u" | "span" | "font" | "small" | "sup" | "sub" | "wbr" => {}
            _ => self.text(" "),
        }
    }

    /// Text inside a link; runs of white space count as one space.
    fn text(&mut self, text: &str) {
        let Some((_, words)) = self.all.last_mut().filter(|_| self.open) else { return };
        for letter in text.chars() {
            if !letter.is_whitespace() {
                words.push(letter);
            } else if !words.is_empty() && !words.ends_with(' ') {
                words.push(' ');
            }
        }
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut links = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::EndTag => links.open &= &*tag.name != "a",
            Token::TagToken(tag) => {
                links.start(&tag);
                // What stands in these is no markup.
                match &*tag.name {
                    "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" | "noframes" | "iframe" => return TokenSinkResult::RawData(RawKind::Rawtext),
                    "title" | "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => {}
                }
            }
            Token::CharacterTokens(text) => links.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use crate::io::fetch::link::matches;

    #[test]
    fn a_pattern_stands_anywhere_in_any_case() {
        for (pattern, text, wanted) in [
            ("law enforcement guide", "Our Law Enforcement Guide (PDF)", true),
            ("/policy-v.*.pdf", "https://cdn.example/policy-v.2025-12.pdf", true),
            ("guide*pdf", "Guide for officials, as PDF", true),
            ("pdf*guide", "Guide for officials, as PDF", false),
            ("guidelines", "Law Enforcement Guide", false),
        ] {
            assert_eq!(matches(pattern, text), wanted, "{pattern} in {text}");
        }
    }
}
