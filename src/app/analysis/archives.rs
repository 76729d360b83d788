//! The pasts that archives recorded, followed once and remembered.

use super::looks::Past;
use super::reading_cache::ReadingCache;
use super::types::{KnownReadings, TargetState, Trail};
use crate::app::error::Failure;
use crate::io::store::Store;
use noticewatch_core::history::{Followed, LookSource, Terms, follow};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// What became of pasts that archives recorded, which is remembered whole.
pub(crate) fn archived(
    store: &Store,
    readings: &mut ReadingCache,
    pasts: Vec<(usize, Past, Terms)>,
) -> Result<Vec<(usize, TargetState)>, Failure> {
    let (mut places, mut terms) = (Vec::new(), Vec::new());
    let pasts: Vec<Past> = pasts
        .into_iter()
        .map(|(place, past, live)| {
            places.push(place);
            terms.push(past.terms(live.now, live.interval));
            past
        })
        .collect();
    let mut known: Vec<Option<Followed>> =
        pasts.iter().zip(&terms).map(|(past, terms)| readings.followed(past.key(*terms))).collect();
    let missing =
        (0..pasts.len()).filter(|index| known[*index].is_none() && pasts[*index].source == LookSource::Recorded);
    let mut missing: Vec<usize> = missing.collect();
    // The longest first, or the last of them is read alone in the end.
    missing.sort_by_key(|index| std::cmp::Reverse(pasts[*index].visits.len()));
    for (index, followed) in recorded(store, &pasts, &terms, &missing)? {
        readings.keep_followed(pasts[index].key(terms[index]), &followed);
        known[index] = Some(followed);
    }
    let mut pages = Vec::with_capacity(pasts.len());
    for (((past, terms), followed), place) in pasts.iter().zip(&terms).zip(known).zip(places) {
        let followed = match followed {
            Some(followed) => followed,
            None => past.follow(store, readings, *terms, KnownReadings::default())?,
        };
        let mut trail = Trail::default();
        for visit in &past.visits {
            trail.visit(visit);
        }
        let (target, visits) = (past.target.clone(), past.visits.len());
        pages.push((place, TargetState { followed, target, visits, trail, paused: None }));
    }
    Ok(pages)
}

/// Follows these of the recorded pasts, several at once: after a change of the rules all of them are read again.
pub(crate) fn recorded(
    store: &Store,
    pasts: &[Past],
    terms: &[Terms],
    which: &[usize],
) -> Result<Vec<(usize, Followed)>, Failure> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Followed)>, Failure> {
        let mut done = Vec::new();
        while let Some(index) = which.get(next.fetch_add(1, Ordering::Relaxed)) {
            let past = &pasts[*index];
            let looks =
                past.looks(|sha256| ReadingCache::once(store, &past.target, sha256), &mut KnownReadings::default())?;
            done.push((*index, follow(&past.target, &looks, terms[*index])));
        }
        Ok(done)
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(which.len());
    let done = std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let lost = |_| Err(Failure::Io("a part of the reading broke off".to_owned()));
        running.into_iter().map(|worker| worker.join().unwrap_or_else(lost)).collect::<Result<Vec<_>, _>>()
    })?;
    Ok(done.into_iter().flatten().collect())
}
