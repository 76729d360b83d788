//! Everything that follows from the facts: the store's visits read by today's rules, followed, and looked at across siblings.
//!
//! Derives and never keeps: the cache of readings only saves work.

pub mod archives;
pub mod capture_text;
pub mod facts;
pub mod incremental;
pub mod looks;
pub mod outages;
pub mod reading_cache;
pub mod types;

use super::analysis::archives::archived;
use super::analysis::facts::Facts;
use super::analysis::incremental::TargetFolds;
use super::analysis::looks::Past;
use super::analysis::reading_cache::ReadingCache;
use super::analysis::types::{TargetState, WatchState, findings, place};
use super::error::Failure;
use crate::io::store::Store;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::history::{LookSource, Terms};
use noticewatch_core::target::Target;

/// What became of these targets by today's rules. Live ones go on from where `courses` has them.
///
/// # Errors
/// The store cannot be read.
pub fn survey(
    store: &Store,
    readings: &mut ReadingCache,
    courses: &mut TargetFolds,
    targets: &[Target],
    now: Timestamp,
    interval: impl Fn(&Target) -> SignedDuration,
) -> Result<WatchState, Failure> {
    let facts = Facts::of(store)?;
    let mut pages = vec![None; targets.len()];
    let mut others = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        // Nothing grows old while it rests.
        let now = facts.paused(target).map_or(now, |paused| paused.since.min(now));
        let terms = Terms { source: LookSource::Live, now, interval: interval(target) };
        if place(target).is_none() {
            pages[index] = courses.page(store, readings, &facts, target, terms)?;
        }
        if pages[index].is_none() {
            others.push((index, Past::of(store, &facts, target)?, terms));
        }
    }
    for (index, page) in archived(store, readings, others)? {
        pages[index] = Some(page);
    }
    let pages: Vec<TargetState> =
        pages.into_iter().flatten().map(|page| TargetState { paused: facts.paused(&page.target), ..page }).collect();
    let (findings, wanted) = findings(&pages, now);
    let dark = outages::of(store, &pages, now)?;
    Ok(WatchState { pages, findings, wanted, dark, corrected: facts.corrected() })
}
