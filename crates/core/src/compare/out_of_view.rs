//! Words that left a page's text and still stand on the page: in a part that is folded away, or is not its text.
//!
//! Knows two readings; what is left out of a page is decided where it is read.

use super::types::Change;
use super::verdict;
use crate::extract::{Passage, Reading};
use crate::text;

/// Of each ten words of a passage so many must stand there, in whole sentences.
const MOST: usize = 8;

/// A passage that came or went between what a page shows and what it keeps out of view is for a person: it is neither new
/// nor removed.
#[must_use]
pub fn judge(change: Change, before: &Reading, after: &Reading) -> Change {
    let reason = match (&change.before, &change.after) {
        (Some(gone), None) if stands(gone, after) => {
            "The same words are still there, out of view: in a part of the page that is hidden, or is not its text."
        }
        (None, Some(came)) if stands(came, before) => {
            "The same words stood there before, out of view: in a part of the page that was hidden, or was not its text."
        }
        _ => return change,
    };
    verdict::for_a_person(change, reason.to_owned())
}

fn stands(passage: &Passage, page: &Reading) -> bool {
    if page.left_out.is_empty() {
        return false;
    }
    let (mut all, mut found) = (0, 0);
    for sentence in text::sentences(&passage.quote) {
        let normal = text::normal(sentence);
        let words = text::count(&normal);
        all += words;
        found += if page.left_out.contains(&normal) { words } else { 0 };
    }
    found > 0 && found * 10 >= all * MOST
}
