//! The sentences of a page, each with the answer to one question: does it speak of demands for data, or of who makes them?
//!
//! Knows one document and the lexicon; which sentences changed is seen elsewhere.

use super::lexicon::entry::Role;
use super::lexicon::family;
use super::types::Sentence;
use crate::document::{Block, Document};
use crate::text;
use crate::text::plain_form::Plain;

/// Entries that say "demand" only beside words of notice: alone they also mean a user's own request, or a partner's.
const VAGUE: [&str; 3] = ["data-demand", "data-sought", "authority-asks"];

/// Every sentence of a page, in reading order; of table rows and list items, each by itself.
#[must_use]
pub fn sentences(document: &Document) -> Vec<Sentence> {
    document.blocks.iter().flat_map(of_block).collect()
}

fn of_block(block: &Block) -> impl Iterator<Item = Sentence> {
    text::sentences(&block.text).into_iter().map(|text| Sentence {
        text: text.to_owned(),
        normal: text::normal(text),
        demand: family(Role::Demand).find(Plain::of(text).bytes()).iter().any(|found| !VAGUE.contains(&found.entry.id)),
    })
}
