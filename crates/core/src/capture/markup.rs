//! What can be told of markup before it is parsed: where its tags end, how many attributes they have, and whether it is
//! XHTML. Knows no page and builds no tree.
//!
//! Parsers look at every attribute of a tag once more for each that follows, so that one tag of a few megabytes takes
//! minutes. What no page needs is left out of the tag before they see it; the text of the page stays whole.

use std::borrow::Cow;

/// Attributes that a tag may have. Tags of real pages have a few dozen at the most.
pub const ATTRIBUTES: usize = 256;

/// The namespace of XHTML.
pub const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// How far into a source its first element is looked for.
const PROLOGUE: usize = 16_384;

/// The end of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagEnd {
    /// The place behind its `>`; the end of the text where it has none.
    pub at: usize,
    /// How many attributes it has.
    pub attributes: usize,
    /// Where its attributes become too many.
    pub excess: Option<usize>,
}

/// Where a tag ends whose name ends at `from`: quotes count only around the value of an attribute, as in the HTML
/// tokenizer.
#[must_use]
pub fn after_tag(text: &str, from: usize) -> TagEnd {
    #[derive(PartialEq)]
    enum State {
        Between,
        Name,
        Named,
        Value,
        Bare,
        Quoted(u8),
    }
    let (mut state, mut attributes, mut excess) = (State::Between, 0, None);
    for (at, octet) in text.as_bytes()[from..].iter().enumerate() {
        let begins = matches!(state, State::Between | State::Named);
        state = match (state, octet) {
            (State::Quoted(quote), octet) if quote == *octet => State::Between,
            (State::Quoted(quote), _) => State::Quoted(quote),
            (_, b'>') => return TagEnd { at: from + at + 1, attributes, excess },
            (State::Value, b'"' | b'\'') => State::Quoted(*octet),
            (State::Value, blank) if is_blank(*blank) => State::Value,
            (State::Name | State::Named, blank) if is_blank(*blank) => State::Named,
            (_, blank) if is_blank(*blank) => State::Between,
            (State::Value | State::Bare, _) => State::Bare,
            (State::Name | State::Named, b'=') => State::Value,
            (_, b'/') => State::Between,
            _ => State::Name,
        };
        if begins && state == State::Name {
            attributes += 1;
            // An octet of ASCII stands before it, so this is the beginning of a character.
            excess = excess.or((attributes > ATTRIBUTES).then_some(from + at));
        }
    }
    TagEnd { at: text.len(), attributes, excess }
}

fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// Where a comment ends that begins with the `--` at `from`.
#[must_use]
pub fn after_comment(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(found) = text[at..].find("--") {
        at += found + 1;
        let rest = &text.as_bytes()[at + 1..];
        if rest.starts_with(b">") {
            return at + 2;
        }
        if rest.starts_with(b"!>") {
            return at + 3;
        }
    }
    text.len()
}

/// Where the raw text of a script, style or title ends, before its end tag; the end of the text where it never does.
#[must_use]
pub fn raw_end(text: &str, from: usize, name: &[u8]) -> usize {
    let mut at = from;
    while let Some(found) = text[at..].find("</") {
        at += found + 2;
        if text.as_bytes().get(at..at + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return at - 2;
        }
    }
    text.len()
}

/// The length of a tag's name.
#[must_use]
pub fn name_length(rest: &[u8]) -> usize {
    rest.iter().position(|octet| b" \t\r\n\x0c/>".contains(octet)).unwrap_or(rest.len())
}

/// The tags of a text that have too many attributes, as they are met: what is left out of them.
#[derive(Debug, Default)]
pub struct Surplus(Vec<std::ops::Range<usize>>);

impl Surplus {
    /// Notes the tag that ends there.
    pub fn note(&mut self, text: &str, end: TagEnd) {
        let tag = &text[..end.at];
        let last = tag.strip_suffix("/>").or_else(|| tag.strip_suffix('>')).unwrap_or(tag).len();
        self.0.extend(end.excess.filter(|from| *from < last).map(|from| from..last));
    }

    /// The text, up to `end`, without what is left out.
    #[must_use]
    pub fn without(self, text: &str, end: usize) -> Cow<'_, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(&text[..end]);
        }
        let (mut kept, mut at) = (String::with_capacity(end), 0);
        for surplus in self.0.into_iter().filter(|surplus| surplus.end <= end) {
            kept.push_str(&text[at..surplus.start]);
            at = surplus.end;
        }
        kept.push_str(&text[at..end]);
        Cow::Owned(kept)
    }
}

/// A text in which no tag has more attributes than parsers can bear; `raw` are the elements that hold no tags.
#[must_use]
pub fn bounded<'a>(text: &'a str, raw: &[&str]) -> Cow<'a, str> {
    let (mut surplus, mut at) = (Surplus::default(), 0);
    while let Some(found) = text[at..].find('<') {
        at += found + 1;
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"!--") {
            at = after_comment(text, at + 1);
            continue;
        }
        let closing = rest.first() == Some(&b'/');
        let rest = &rest[usize::from(closing)..];
        if !rest.first().is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let name = &rest[..name_length(rest)];
        let end = after_tag(text, at + usize::from(closing) + name.len());
        surplus.note(text, end);
        at = end.at;
        if !closing && raw.iter().any(|raw| name.eq_ignore_ascii_case(raw.as_bytes())) {
            at = raw_end(text, at, name);
        }
    }
    surplus.without(text, text.len())
}

/// Whether octets are those of an XHTML page: their first element is `html`, under any prefix, and its tag names the
/// namespace.
#[must_use]
pub fn is_xhtml(body: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&body[..body.len().min(PROLOGUE)]);
    let Some(tag) = first_tag(&head) else { return false };
    let name = tag.split(|letter: char| letter.is_ascii_whitespace() || letter == '>').next().unwrap_or_default();
    name.rsplit(':').next() == Some("html") && tag.contains(XHTML)
}

/// The first tag of a source, without its `<`: what stands before it is declarations, comments and blanks.
fn first_tag(head: &str) -> Option<&str> {
    let mut at = head.find('<')?;
    loop {
        let rest = &head[at..];
        let end = if rest.starts_with("<!--") {
            after_comment(head, at + 2)
        } else if rest.starts_with("<?") {
            at + rest.find("?>")?
        } else if rest.starts_with("<!") {
            // A document type may hold declarations of its own.
            let close = rest.find('>')?;
            let open = rest.find('[').filter(|open| *open < close);
            at + open.map_or(Some(close), |_| rest.find("]>"))?
        } else {
            return Some(rest[1..].split('>').next().unwrap_or_default());
        };
        at = end + head[end..].find('<')?;
    }
}

#[cfg(test)]
mod tests {
    use crate::capture::markup::ATTRIBUTES;
    use crate::capture::markup::bounded;
    use crate::capture::markup::is_xhtml;

    #[test]
    fn attributes_that_no_page_needs_are_left_out() {
        let (many, kept) = (" a=\"<p>\"".repeat(ATTRIBUTES * 3), " a=\"<p>\"".repeat(ATTRIBUTES));
        assert_eq!(bounded(&format!("x<div{many}>y</p{many}"), &[]), format!("x<div{kept} >y</p{kept} "));
        for whole in ["<a b c = d e='>' f>", "< a>", "<!-- <a b c> -->", "a < b", "<script>a<b </script>", "<a", "<"] {
            assert_eq!(bounded(whole, &["script"]), whole);
        }
        let script = format!("<script>if (a<b{many}</script><p>text</p>");
        assert_eq!(bounded(&script, &["script"]), script, "what holds no tags has no attributes");
    }

    #[test]
    fn xhtml_is_known_by_its_first_element() {
        let page = |before: &str, tag: &str| is_xhtml(format!("{before}<{tag}><head/></html>").as_bytes());
        let named = "html xmlns='http://www.w3.org/1999/xhtml' lang='en'";
        let prefixed = "h:html xmlns:h=\"http://www.w3.org/1999/xhtml\"";
        for before in ["", "\u{feff}<?xml version='1.0'?>\n", "<!-- <p> -->", "<!DOCTYPE html [<!ENTITY a '<b>'>]>\n"] {
            assert!(page(before, named) && page(before, prefixed), "{before}");
            assert!(!page(before, "html") && !page(before, "rss version='2.0'"), "{before}");
        }
        let feed = b"<feed xmlns='http://www.w3.org/2005/Atom'><div xmlns='http://www.w3.org/1999/xhtml'/></feed>";
        assert!(!is_xhtml(feed) && !is_xhtml(b"") && !is_xhtml(b"text") && !is_xhtml(b"<!--"));
    }
}
