//! What one capture says: from octets to a [`Reading`].
//!
//! This room never sees a second capture, a clock, a file or an address. What it cannot understand is a value, not an error.

pub(crate) mod blocks;
pub(crate) mod dates;
pub(crate) mod decode;
pub(crate) mod html;
pub(crate) mod language;
pub(crate) mod markdown;
pub(crate) mod pdf_layout;
pub(crate) mod plain_text;
pub(crate) mod symptoms;
pub(crate) mod types;

use crate::capture::glyphs::TYPESET;
use crate::capture::markup;
use crate::document::html::{limit, xhtml};
use crate::target::ReadingSettings;
use crate::text;
use scraper::Html;

pub use types::*;

/// One body as it is handed to the room.
#[derive(Clone, Copy, Debug)]
pub struct PageSource<'a> {
    /// The octets after content decoding, before charset decoding.
    pub body: &'a [u8],
    /// Media type without parameters, lower case: `text/html`, `text/markdown`, `text/plain`, or that of letters on
    /// pages, [`TYPESET`].
    pub media_type: &'a str,
    /// The charset of the `Content-Type` header, where it named one.
    pub charset: Option<&'a str>,
}

/// What a reader would see of a page: blocks under their headings.
///
/// # Examples
/// ```
/// use noticewatch_core::document::{PageSource, parse};
/// let body = b"<title>Chirper</title><nav>Home</nav><h1>Requests</h1><p>We notify users.</p></html>";
/// let document = parse(PageSource { body, media_type: "text/html", charset: None }, &Default::default());
/// assert_eq!(document.blocks[1].text, "We notify users.");
/// assert_eq!(document.blocks[1].heading, ["Requests"]);
/// ```
#[must_use]
pub fn parse(page: PageSource<'_>, settings: &ReadingSettings) -> Document {
    let decode::Decoded { text, undecodable } = decode::decode(page.body, page.charset);
    if undecodable {
        return Document { signs: vec![Symptom::Undecodable], ..Document::default() };
    }
    let (mut document, cut) = match page.media_type {
        "text/html" => html_document(&text, settings),
        "application/xhtml+xml" => xhtml_document(&text, settings),
        "application/xml" | "text/xml" if markup::is_xhtml(text.as_bytes()) => xhtml_document(&text, settings),
        "text/plain" => text_document(&text, plain_text::read),
        TYPESET => text_document(&text, pdf_layout::read),
        _ => text_document(&text, markdown::read),
    };
    document.dates = dates::stated(&document.blocks);
    document.signs.extend(cut.map(Symptom::Limit));
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
        symptoms::of_text(words, linked(words, seen.amount.words, seen.amount.linked), seen.title.as_deref(), &blocks);
    signs.extend(symptoms::of_html(source, words, &seen));
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
fn text_document(source: &str, read: impl Fn(&str) -> blocks::BlockWriter) -> (Document, Option<String>) {
    let cut = limit::length(source);
    let (blocks, links) = read(&cut.text).finish();
    let words = count(&blocks);
    let linked = blocks.iter().zip(links).filter(|(_, link)| *link).map(|(block, _)| text::count(&block.text)).sum();
    let title = first_heading(&blocks);
    let signs = symptoms::of_text(words, linked, title.as_deref(), &blocks);
    let language = language::of(&blocks, None);
    (Document { title, language, blocks, signs, closed: true, ..Document::default() }, cut.reason)
}

fn first_heading(blocks: &[Block]) -> Option<String> {
    blocks.iter().find(|block| block.kind == BlockKind::Heading).map(|block| block.text.clone())
}

fn count(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| text::count(&block.text)).sum()
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
