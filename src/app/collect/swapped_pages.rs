//! Whether what a target served is the page of another target: a server that mixes its pages up removes nothing.

use super::known_bodies::KnownBodies;
use crate::app::analysis::reading_cache::ReadingCache;
use crate::app::error::Failure;
use crate::io::store::Store;
use noticewatch_core::capture::{Outcome, Sha256};
use noticewatch_core::extract::{Reading, Skimmed};
use noticewatch_core::target::Target;
use std::collections::HashMap;
use std::ops::Deref;

/// With this share of its text in another's page, and the other way round, a capture shows that page: "nine tenths of its
/// shingles" (docs/RULES.md 5.2).
const SAME: f64 = 0.90;
/// A capture that shares more than this with the last good one of its own target is that page, whatever else it is like.
const OWN: f64 = 0.50;
/// So many captures of the other page are looked through, the last first, for one that was alike: a page whose octets
/// change with each look is kept once a day.
const BEFORE: usize = 30;

/// Another target that served this very body, or whose last good page shows this text, while the last good pages of the two
/// differed (docs/RULES.md 5.1). One that showed our own last good body or its text before is the same page under two
/// addresses, and only saw the change first. `shows` is what the capture shows, if anything.
pub(crate) fn of(
    store: &Store,
    readings: &mut ReadingCache,
    kept: &HashMap<String, KnownBodies<'_>>,
    target: &Target,
    body: Sha256,
    shows: &impl Deref<Target = Option<Skimmed>>,
) -> Result<Option<String>, Failure> {
    let Some(own) = kept.get(&target.id).and_then(|kept| kept.good).filter(|own| *own != body) else { return Ok(None) };
    let others = |served: Option<Sha256>| {
        let others = kept
            .iter()
            .filter(|(id, _)| **id != target.id && target.same_as.as_ref() != Some(*id))
            .filter(|(_, other)| served.is_none() || other.served == served)
            .filter_map(|(_, other)| Some((other.target?, other.good?)))
            .filter(|(_, good)| *good != own);
        let mut others: Vec<(&Target, Sha256)> = others.collect();
        others.sort_by_key(|(other, _)| &other.id);
        others
    };
    for (other, _) in others(Some(body)) {
        if !was_alike(store, readings, other, (target, own), body)? {
            return Ok(Some(other.id.clone()));
        }
    }
    // The page of another may have changed since it was looked at: then only the text tells.
    let Some((_, old)) = readings.of(store, target, own)? else { return Ok(None) };
    let new = shows.as_ref().map(Skimmed::shown);
    let Some(new) = new.filter(|new| new.words > 0 && new.shingles.share_in(&old.shingles) < OWN) else {
        return Ok(None);
    };
    for (other, good) in others(None) {
        let Some((_, page)) = readings.of(store, other, good)? else { continue };
        if same(new, &page) && !was_alike(store, readings, other, (target, own), body)? {
            return Ok(Some(other.id.clone()));
        }
    }
    Ok(None)
}

/// Whether another target showed the last good page of ours before, in its octets or in its text. A text that is only
/// like ours, in the very body that is served to us now, is no proof: that page stayed as it was.
fn was_alike(
    store: &Store,
    readings: &mut ReadingCache,
    other: &Target,
    (target, own): (&Target, Sha256),
    body: Sha256,
) -> Result<bool, Failure> {
    if store.has_seen(&other.id, &own)? {
        return Ok(true);
    }
    let Some((_, old)) = readings.of(store, target, own)?.filter(|(_, old)| old.words > 0) else { return Ok(false) };
    let visits = store.visits(&other.id)?;
    let shown = visits.iter().rev().filter(|visit| visit.twin.is_none()).filter_map(|visit| match visit.outcome {
        Outcome::Captured { sha256 } if sha256 != body => Some(sha256),
        _ => None,
    });
    for sha256 in shown.take(BEFORE) {
        if readings.of(store, other, sha256)?.is_some_and(|(_, page)| same(&old, &page)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn same(one: &Reading, other: &Reading) -> bool {
    one.shingles.share_in(&other.shingles) >= SAME && other.shingles.share_in(&one.shingles) >= SAME
}
