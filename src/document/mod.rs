//! What one capture says: from octets to a [`Reading`].
//!
//! This room never sees a second capture, a clock, a file or an address. What it cannot understand is a value, not an error.

pub mod ascii;
mod blocks;
mod chrome;
mod commitment;
mod dates;
mod decode;
mod entities;
mod foreign;
mod governing;
mod grafts;
mod hidden;
mod html;
mod language;
mod lead_time;
pub mod lexicon;
mod limit;
mod lines;
mod markdown;
mod passage;
mod plain;
mod sentences;
mod signs;
mod somebody;
mod strength;
mod tree;
mod types;
mod typeset;
mod walk;
mod weigh;
mod xhtml;
pub use sentences::sentences;
pub use types::*;

use crate::capture::typeset::TYPESET;
use crate::capture::{Sha256, markup};
use crate::target::ReadingSettings;
use crate::words::{self, EveryRun};
use scraper::Html;
use std::collections::BTreeSet;

/// So many characters of a page's text show a person what it is.
const OPENING: usize = 280;

/// One body as it is handed to the room.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The octets after content decoding, before charset decoding.
    pub body: &'a [u8],
    /// Media type without parameters, lower case: `text/html`, `text/markdown`, `text/plain`, or that of letters on
    /// pages, [`TYPESET`].
    pub media_type: &'a str,
    /// The charset of the `Content-Type` header, where it named one.
    pub charset: Option<&'a str>,
}

/// The fingerprint of the rules by which pages are read and changes judged: a digest of their sources, so that every
/// cached reading of older rules is made anew.
#[must_use]
pub const fn rules() -> &'static str {
    env!("NOTICEWATCH_RULES")
}

/// What a reader would see of a page: blocks under their headings.
///
/// # Examples
/// ```
/// use noticewatch::document::{Page, parse};
/// let body = b"<title>Chirper</title><nav>Home</nav><h1>Requests</h1><p>We notify users.</p></html>";
/// let document = parse(Page { body, media_type: "text/html", charset: None }, &Default::default());
/// assert_eq!(document.blocks[1].text, "We notify users.");
/// assert_eq!(document.blocks[1].heading, ["Requests"]);
/// ```
#[must_use]
pub fn parse(page: Page<'_>, settings: &ReadingSettings) -> Document {
    let decode::Decoded { text, undecodable } = decode::decode(page.body, page.charset);
    if undecodable {
        return Document { signs: vec![Sign::Undecodable], ..Document::default() };
    }
    let (mut document, cut) = match page.media_type {
        "text/html" => html_document(&text, settings),
        "application/xhtml+xml" => xhtml_document(&text, settings),
        "application/xml" | "text/xml" if markup::is_xhtml(text.as_bytes()) => xhtml_document(&text, settings),
        "text/plain" => text_document(&text, plain::read),
        TYPESET => text_document(&text, typeset::read),
        _ => text_document(&text, markdown::read),
    };
    document.dates = dates::stated(&document.blocks);
    document.signs.extend(cut.map(Sign::Limit));
    document
}

/// Reads HTML; the second value says why not all of it was read.
fn html_document(source: &str, settings: &ReadingSettings) -> (Document, Option<String>) {
    let cut = limit::html(source);
    (parsed_document(Html::parse_document(&cut.text), source, ends(source), settings), cut.reason)
}

/// Reads XHTML that was served as such; what is not well formed is read as HTML.
fn xhtml_document(source: &str, settings: &ReadingSettings) -> (Document, Option<String>) {
    let xhtml::Parsed { html: Some(html), cut } = xhtml::parse(source) else {
        return html_document(source, settings);
    };
    (parsed_document(html, source, cut.is_none(), settings), cut)
}

/// What a tree shows; `closed` is whether the source ended as it should.
fn parsed_document(html: Html, source: &str, closed: bool, settings: &ReadingSettings) -> Document {
    let (blocks, seen) = html::read(html, source, settings);
    let words = count(&blocks);
    let mut signs =
        signs::of_text(words, linked(words, seen.amount.words, seen.amount.linked), seen.title.as_deref(), &blocks);
    signs.extend(signs::of_html(source, words, &seen));
    Document {
        language: language::of(&blocks, seen.lang.as_deref()),
        title: seen.title.or_else(|| first_heading(&blocks)),
        blocks,
        signs,
        closed,
        selected: seen.selected,
        left_out: seen.left_out,
        ..Document::default()
    }
}

/// Reads Markdown or plain text.
fn text_document(source: &str, read: impl Fn(&str) -> blocks::Writer) -> (Document, Option<String>) {
    let cut = limit::length(source);
    let (blocks, links) = read(&cut.text).finish();
    let words = count(&blocks);
    let linked = blocks.iter().zip(links).filter(|(_, link)| *link).map(|(block, _)| words::count(&block.text)).sum();
    let title = first_heading(&blocks);
    let signs = signs::of_text(words, linked, title.as_deref(), &blocks);
    let language = language::of(&blocks, None);
    (Document { title, language, blocks, signs, closed: true, ..Document::default() }, cut.reason)
}

fn first_heading(blocks: &[Block]) -> Option<String> {
    blocks.iter().find(|block| block.kind == BlockKind::Heading).map(|block| block.text.clone())
}

fn count(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| words::count(&block.text)).sum()
}

/// How many of `words` are links, by the share of links in the part that was read.
fn linked(words: usize, read: u32, linked: u32) -> usize {
    if read == 0 { 0 } else { words * linked as usize / read as usize }
}

/// Whether the source ends as it should.
fn ends(source: &str) -> bool {
    let tail = source.as_bytes();
    let tail = &tail[tail.len().saturating_sub(200_000)..];
    [b"</html>".as_slice(), b"</body>"]
        .iter()
        .any(|end| tail.windows(end.len()).rev().any(|found| found.eq_ignore_ascii_case(end)))
}

/// Reads one page: what it says of telling users about demands for their data.
#[must_use]
pub fn read(page: Page<'_>, settings: &ReadingSettings) -> Reading {
    skim(page, settings).read(settings)
}

/// A page of which is known what text it shows, and not yet what that promises: the greater part of the work is left.
#[derive(Clone, Debug)]
pub struct Skimmed {
    document: Document,
    reading: Reading,
}

impl Skimmed {
    /// The reading, without passages and without their key.
    #[must_use]
    pub fn shown(&self) -> &Reading {
        &self.reading
    }

    /// The whole reading; `settings` are those by which it was begun.
    #[must_use]
    pub fn read(&self, settings: &ReadingSettings) -> Reading {
        let passages = passage::find(&self.document, settings);
        Reading { key: key(&passages), passages, ..self.reading.clone() }
    }
}

/// Begins to read one page: its text, and what speaks against its being the page.
#[must_use]
pub fn skim(page: Page<'_>, settings: &ReadingSettings) -> Skimmed {
    let document = parse(page, settings);
    let mut text = String::with_capacity(document.blocks.iter().map(|block| block.text.len() + 1).sum());
    let (mut headings, mut outline) = (Vec::new(), Vec::with_capacity(document.blocks.len()));
    for block in &document.blocks {
        let start = text.len();
        words::push_normal(&mut text, &block.text);
        if block.kind == BlockKind::Heading {
            headings.push(text[start..].to_owned());
        }
        outline.push(words::opening(&text[start..]));
        text.push('\n');
    }
    let words = words::count(&text);
    let (runs, shingles) = EveryRun::with_sample(&text);
    let mut signs = document.signs.clone();
    signs.extend(signs::of_operator(&text, words, settings));
    let reading = Reading {
        opening: opening(&document.blocks),
        selected: document.selected,
        left_out: document.left_out.clone(),
        media_type: page.media_type.to_owned(),
        key: Sha256::default(),
        text: Sha256::of(text.as_bytes()),
        language: document.language.clone(),
        signs,
        closed: document.closed,
        title: document.title.clone(),
        headings,
        words,
        shingles,
        runs,
        outline,
        dates: document.dates.clone(),
        passages: Vec::new(),
    };
    Skimmed { document, reading }
}

/// The digest of a document's visible text: the [`Reading::text`] of the same page, without looking for passages.
#[must_use]
pub fn text(document: &Document) -> Sha256 {
    let mut text = String::with_capacity(document.blocks.iter().map(|block| block.text.len() + 1).sum());
    for block in &document.blocks {
        words::push_normal(&mut text, &block.text);
        text.push('\n');
    }
    Sha256::of(text.as_bytes())
}

/// The first words of the text, as many as say what it is.
fn opening(blocks: &[Block]) -> String {
    let mut opening = String::new();
    for block in blocks {
        if opening.len() >= OPENING {
            break;
        }
        opening.push_str(if opening.is_empty() { "" } else { " / " });
        opening.extend(block.text.chars().take(OPENING));
    }
    opening.chars().take(OPENING).collect()
}

/// The digest of the set of normal forms of the passages, whatever their order and number.
fn key(passages: &[Passage]) -> Sha256 {
    let forms: BTreeSet<&str> = passages.iter().map(|passage| passage.normal.as_str()).collect();
    Sha256::of(forms.into_iter().collect::<Vec<_>>().join("\n").as_bytes())
}
