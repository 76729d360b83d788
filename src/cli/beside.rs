//! What else of the same edit speaks of demands for data, from the two captures of each finding that a letter shows.
//!
//! It only fetches and hands on: which sentences speak is the reading room's, which changed the history room's to say.

use super::failure::Failure;
use super::legible;
use super::survey::Survey;
use crate::capture::Sha256;
use crate::digest::Item;
use crate::document::{Sentence, sentences};
use crate::history::beside;
use crate::io::store::Store;
use crate::target::Target;
use std::collections::HashSet;

/// Findings that are shown in full at the most; of others nobody reads what stood beside them.
const SHOWN: usize = 40;

/// Adds to each finding what the same edit changed beside it (of several findings of one edit, to the first), or the page
/// to which its wording went.
///
/// # Errors
/// The store cannot be read.
pub fn add(store: &Store, survey: &Survey, items: &mut [Item]) -> Result<(), Failure> {
    let mut done: HashSet<(String, [Sha256; 2])> = HashSet::new();
    for index in 0..items.len().min(SHOWN) {
        let finding = &items[index].finding;
        let ([Some(old), Some(new)], Some(page)) = (finding.captures, survey.page(&finding.target)) else { continue };
        let target = &page.target;
        let Some(after) = read(store, target, new)? else {
            items[index].elsewhere = elsewhere(store, survey, target, new)?;
            continue;
        };
        if old == new || !done.insert((target.id.clone(), [old, new])) {
            continue;
        }
        let Some(before) = read(store, target, old)? else { continue };
        let told = items.iter().filter(|item| item.finding.target == target.id).flat_map(|item| {
            let change = &item.finding.change;
            change.before.iter().chain(&change.after).map(|passage| passage.normal.as_str())
        });
        let told: Vec<&str> = told.collect();
        items[index].beside = beside(&before, &after, &told);
    }
    Ok(())
}

/// The sibling page that a capture is of.
fn elsewhere(store: &Store, survey: &Survey, target: &Target, sha256: Sha256) -> Result<Option<String>, Failure> {
    let siblings = survey.pages.iter().filter(|page| page.target.service == target.service);
    for sibling in siblings.filter(|page| page.target.id != target.id) {
        if store.header(&sibling.target.id, &sha256)?.is_some() {
            return Ok(Some(sibling.target.id.clone()));
        }
    }
    Ok(None)
}

/// The sentences of a kept capture; None where the store does not hold it, or not any more as it was: a damaged body
/// keeps no finding from being told.
fn read(store: &Store, target: &Target, sha256: Sha256) -> Result<Option<Vec<Sentence>>, Failure> {
    let readable = store.readable(&sha256)?;
    let header = match store.header(&target.id, &readable) {
        Err(error) if error.is_damage() => None,
        header => header?,
    };
    let Some(header) = header else { return Ok(None) };
    let capture = match store.readable_capture(&readable) {
        Err(error) if error.is_damage() => None,
        capture => capture?,
    };
    let Some(capture) = capture else { return Ok(None) };
    Ok(Some(sentences(&legible::parse_kept(&capture.body, &header, &target.reading()))))
}
