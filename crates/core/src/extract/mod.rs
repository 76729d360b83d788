//! What one capture promises: from a document to a [`Reading`].
//!
//! This room never sees a second capture, a clock, a file or an address.

pub(crate) mod demand_sentences;
pub(crate) mod governing;
pub(crate) mod lead_time;
pub(crate) mod left_out;
pub mod lexicon;
pub(crate) mod other_languages;
pub(crate) mod passage;
pub(crate) mod relevance;
pub(crate) mod sentences;
pub(crate) mod slots;
pub(crate) mod strength;
pub(crate) mod types;
pub(crate) mod unknown_recipient;

pub use demand_sentences::sentences;
pub use types::*;

use crate::capture::Sha256;
use crate::document::{Block, BlockKind, Document, PageSource, parse, symptoms};
use crate::target::ReadingSettings;
use crate::text;
use crate::text::EveryRun;
use std::collections::BTreeSet;

/// So many characters of a page's text show a person what it is.
const OPENING: usize = 280;

/// Reads one page: what it says of telling users about demands for their data.
#[must_use]
pub fn read(page: PageSource<'_>, settings: &ReadingSettings) -> Reading {
    skim(page, settings).read(settings)
}

/// A page of which is known what text it shows, and not yet what that promises: the greater part of the work is left.
#[derive(Clone, Debug)]
pub struct Skimmed {
    pub(crate) document: Document,
    pub(crate) reading: Reading,
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
pub fn skim(page: PageSource<'_>, settings: &ReadingSettings) -> Skimmed {
    let document = parse(page, settings);
    let mut text = String::with_capacity(document.blocks.iter().map(|block| block.text.len() + 1).sum());
    let (mut headings, mut outline) = (Vec::new(), Vec::with_capacity(document.blocks.len()));
    for block in &document.blocks {
        let start = text.len();
        text::push_normal(&mut text, &block.text);
        if block.kind == BlockKind::Heading {
            headings.push(text[start..].to_owned());
        }
        outline.push(text::opening(&text[start..]));
        text.push('\n');
    }
    let words = text::count(&text);
    let (runs, shingles) = EveryRun::with_sample(&text);
    let mut signs = document.signs.clone();
    signs.extend(symptoms::of_operator(&text, words, settings));
    let reading = Reading {
        opening: opening(&document.blocks),
        selected: document.selected,
        left_out: left_out::telling(&document.left_out),
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
        text::push_normal(&mut text, &block.text);
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
