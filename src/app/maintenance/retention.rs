//! Which bodies nobody needs any more: older than the operator keeps them, in the middle of a run of captures that all
//! say the same, and named by no finding, letter or wording.
//!
//! Decides; how a body is dropped, and that its headers, hashes and visits stay, is the store's business.

use crate::app::analysis::reading_cache::{CaptureReading, ReadingCache};
use crate::app::analysis::types::{TargetState, WatchState, place};
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::marks::MARK;
use crate::io::store::{Freed, Store};
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::Sha256;
use noticewatch_core::history::Told;
use serde_json::json;
use std::collections::{BTreeMap, HashSet};

const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Captures that are looked at in one run: the daemon answers its watchdog between runs. What is left over comes next.
const AT_ONCE: usize = 20_000;

/// Drops what nobody needs, once a day; None where it is not the time, or everything is kept for ever.
///
/// # Errors
/// The store cannot be read or written.
pub fn daily(
    office: &AppContext,
    store: &mut Store,
    readings: &mut ReadingCache,
    survey: &WatchState,
    now: Timestamp,
) -> Result<Option<Freed>, Failure> {
    let Some(keep) = office.settings.keep.bodies else { return Ok(None) };
    let last = store.marks()?.remove(MARK);
    let cutoff = now.checked_sub(keep).unwrap_or(Timestamp::MIN);
    let from = last.as_ref().and_then(|mark| mark.value["next"].as_str().map(str::to_owned));
    if from.is_none() && last.is_some_and(|last| now.duration_since(last.at).abs() < EVERY) {
        return Ok(None);
    }
    let mut drops = BTreeMap::new();
    let told = told(store)?;
    let referred = referred(store, survey, &told)?;
    let mut pages = survey.pages.iter().filter(|page| place(&page.target).is_none()).peekable();
    while from.as_ref().is_some_and(|from| pages.peek().is_some_and(|page| page.target.id != *from)) {
        pages.next();
    }
    let mut looked = 0;
    while let Some(page) = pages.next_if(|_| looked < AT_ONCE) {
        let (mine, count) = inside_runs(store, readings, page, cutoff)?;
        drops.extend(mine);
        looked += count;
    }
    let next = pages.peek().map(|page| page.target.id.clone());
    drops.retain(|sha256, _| !referred.contains(sha256));
    let reason = format!("older than {} days, and the page said the same before and after", keep.as_hours() / 24);
    let freed = store.drop_bodies(&drops, now, &reason)?;
    let value = json!({"bodies": freed.bodies, "octets": freed.octets, "left": freed.left, "next": next});
    store.mark(MARK, value, now)?;
    Ok(Some(freed))
}

/// The bodies inside runs of captures that all say the same, each with the first of its run, which stands for it. The
/// first and the last of a run stay, and so does whatever was seen since the cutoff. Also says how many were looked at.
fn inside_runs(
    store: &Store,
    readings: &mut ReadingCache,
    page: &TargetState,
    cutoff: Timestamp,
) -> Result<(BTreeMap<Sha256, Sha256>, usize), Failure> {
    let mut looked = 0;
    let target = &page.target;
    let (mut drops, mut kept) = (BTreeMap::new(), HashSet::new());
    // The first of the run with what it says, and the last so far.
    let mut run: Option<(Sha256, CaptureReading, Sha256)> = None;
    for held in store.held(&target.id)? {
        if held.at >= cutoff {
            kept.insert(held.sha256);
            continue;
        }
        if held.dropped {
            continue;
        }
        looked += 1;
        let Some(seen) = readings.of(store, target, held.sha256)? else { continue };
        match &mut run {
            Some((first, says, last)) if *says == seen => {
                if *last != *first && *last != held.sha256 {
                    drops.insert(*last, *first);
                }
                *last = held.sha256;
            }
            _ => {
                kept.extend(run.take().into_iter().flat_map(|(first, _, last)| [first, last]));
                run = Some((held.sha256, seen, held.sha256));
            }
        }
    }
    kept.extend(run.into_iter().flat_map(|(first, _, last)| [first, last]));
    drops.retain(|sha256, _| !kept.contains(sha256));
    Ok((drops, looked))
}

/// Every capture that a finding, a letter or a wording names, or that others are measured by.
fn referred(store: &Store, survey: &WatchState, told: &[Told]) -> Result<HashSet<Sha256>, Failure> {
    let mut referred: HashSet<Sha256> = HashSet::new();
    referred.extend(survey.findings.iter().flat_map(|finding| finding.captures).flatten());
    for page in &survey.pages {
        let followed = &page.followed;
        referred.extend(followed.findings.iter().flat_map(|finding| finding.captures).flatten());
        referred.extend(followed.outside.iter().map(|outside| outside.capture));
        referred.extend(followed.capture);
        let wordings = followed.past.iter().chain(&followed.standings);
        referred.extend(wordings.flat_map(|standing| [standing.capture, standing.last_capture]));
        // What other rules told is told for ever: the looks of its interval saw these.
        let times: HashSet<Timestamp> =
            told.iter().filter(|told| told.target == page.target.id).flat_map(|told| told.between).collect();
        if !times.is_empty() {
            let visits = store.visits(&page.target.id)?;
            let seen = visits.iter().filter(|visit| times.contains(&visit.at));
            referred.extend(seen.filter_map(noticewatch_core::capture::Visit::seen));
        }
    }
    Ok(referred)
}

/// Findings that stood in letters.
fn told(store: &Store) -> Result<Vec<Told>, Failure> {
    let told = store.told()?.into_iter();
    Ok(told.filter_map(|told| serde_json::from_value(told.what).ok()).collect())
}
