//! Whether what a target served is the page of another target: a server that mixes its pages up removes nothing.

use super::known_bodies::KnownBodies;
use crate::app::analysis::reading_cache::ReadingCache;
use crate::app::error::Failure;
use crate::io::store::Store;
use noticewatch_core::capture::Sha256;
use noticewatch_core::extract::{Reading, Skimmed};
use noticewatch_core::target::Target;
use std::collections::HashMap;
use std::ops::Deref;

/// With this share of its text in another's page, and the other way round, a capture shows that page: "nine tenths of its
/// shingles" (DESIGN.md 3).
const SAME: f64 = 0.90;
/// A capture that shares more than this with the last good one of its own target is that page, whatever else it is like.
const OWN: f64 = 0.50;

/// Another target that served this very body, or whose last good page shows this text, while the last good pages of the two
/// differed (DESIGN.md 3). One that showed our own last good body before is the same page under two addresses, and only
/// saw the change first. `shows` is what the capture shows, if anything.
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
        if !store.has_seen(&other.id, &own)? {
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
        if same(new, &page) && !store.has_seen(&other.id, &own)? {
            return Ok(Some(other.id.clone()));
        }
    }
    Ok(None)
}

fn same(one: &Reading, other: &Reading) -> bool {
    one.shingles.share_in(&other.shingles) >= SAME && other.shingles.share_in(&one.shingles) >= SAME
}
