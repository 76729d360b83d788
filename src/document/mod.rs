//! What one capture says: from octets to a [`Reading`].
//!
//! This room never sees a second capture, a clock, a file or an address. What it cannot understand is a value, not an error.

mod blocks;
mod commitment;
mod dates;
mod foreign;
mod language;
pub mod lexicon;
mod lines;
mod markdown;
mod passage;
pub mod plain;
mod strength;
mod types;
mod weigh;
pub use types::*;

use crate::capture::Sha256;
use crate::target::ReadingSettings;
use crate::words::{self, Shingles};
use std::collections::BTreeSet;

/// One body as it is handed to the room.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The octets after content decoding, before charset decoding.
    pub body: &'a [u8],
    /// Media type without parameters, lower case: `text/html`, `text/markdown`, `text/plain`.
    pub media_type: &'a str,
    /// The charset of the `Content-Type` header, where it named one.
    pub charset: Option<&'a str>,
}

/// The fingerprint of the rules by which a page is read: changes whenever the lexicon or the reader changes, so that
/// every cached reading of older rules is made anew.
#[must_use]
pub fn rules() -> &'static str {
    "1"
}

/// What a reader would see of a page: blocks under their headings.
#[must_use]
pub fn parse(page: Page<'_>, _settings: &ReadingSettings) -> Document {
    let text = String::from_utf8_lossy(page.body);
    let blocks = markdown::blocks(&text);
    Document {
        title: blocks.iter().find(|block| block.kind == BlockKind::Heading).map(|block| block.text.clone()),
        language: language::of_blocks(&blocks),
        blocks,
        closed: true,
        ..Document::default()
    }
}

/// Reads one page: what it says of telling users about demands for their data.
#[must_use]
pub fn read(page: Page<'_>, settings: &ReadingSettings) -> Reading {
    let document = parse(page, settings);
    let passages = passage::find(&document, settings);
    let mut text = String::with_capacity(document.blocks.iter().map(|block| block.text.len() + 1).sum());
    let mut headings = Vec::new();
    for block in &document.blocks {
        let start = text.len();
        words::push_normal(&mut text, &block.text);
        if block.kind == BlockKind::Heading {
            headings.push(text[start..].to_owned());
        }
        text.push('\n');
    }
    Reading {
        key: key(&passages),
        text: Sha256::of(text.as_bytes()),
        language: document.language,
        signs: document.signs,
        closed: document.closed,
        title: document.title,
        headings,
        words: words::count(&text),
        shingles: Shingles::of_normal(&text),
        dates: document.dates,
        passages,
    }
}

/// The digest of the set of normal forms of the passages, whatever their order and number.
fn key(passages: &[Passage]) -> Sha256 {
    let forms: BTreeSet<&str> = passages.iter().map(|passage| passage.normal.as_str()).collect();
    Sha256::of(forms.into_iter().collect::<Vec<_>>().join("\n").as_bytes())
}
