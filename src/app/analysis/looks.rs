//! A target's visits, as looks that history can follow.

use super::facts::Facts;
use super::reading_cache;
use super::reading_cache::ReadingCache;
use super::types::KnownReadings;
use crate::app::error::Failure;
use crate::app::marks::RECORDED;
use crate::app::version::rules;
use crate::io::store::Store;
use jiff::SignedDuration;
use jiff::Timestamp;
use noticewatch_core::capture::{Outcome, Sha256, Visit};
use noticewatch_core::history::{Followed, Look, LookSource, Seen, Terms, follow, judged_by};
use noticewatch_core::target::Target;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// What the store knows of one target's past.
pub struct Past {
    pub(crate) target: Target,
    pub(crate) visits: Vec<Visit>,
    pub(crate) decided: Vec<(Timestamp, Seen)>,
    pub(crate) source: LookSource,
}

impl Past {
    /// Reads it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(store: &Store, facts: &Facts, target: &Target) -> Result<Self, Failure> {
        let visits = store.visits(&target.id)?;
        let source = if visits.iter().any(|visit| visit.recorded) { LookSource::Recorded } else { LookSource::Live };
        Ok(Self { target: target.clone(), visits, decided: facts.decided(target), source })
    }

    /// Under which terms it is followed. An archive's last recording is its last word, seven days after it: nothing of it
    /// grows older.
    #[must_use]
    pub fn terms(&self, now: Timestamp, interval: SignedDuration) -> Terms {
        match (self.source, self.visits.last()) {
            (LookSource::Recorded, Some(last)) => {
                Terms { source: self.source, now: judged_by(last.at, now), interval: RECORDED }
            }
            _ => Terms { source: self.source, now, interval },
        }
    }

    /// What the following depends on; None where it depends on the time of day, and is not worth keeping.
    #[must_use]
    pub fn key(&self, terms: Terms) -> Option<Sha256> {
        let reason = |seen: &Seen| match seen {
            Seen::Accepted { reason } => Some(reason.clone()),
            _ => None,
        };
        let decided: Vec<(Timestamp, Option<String>)> =
            self.decided.iter().map(|(at, seen)| (*at, reason(seen))).collect();
        let all = (rules(), &self.target, &self.visits, decided, terms.now, terms.interval);
        (terms.source == LookSource::Recorded).then(|| Sha256::of(&serde_json::to_vec(&all).unwrap_or_default()))
    }

    /// Follows the target, with readings that are at hand already, and keeps what comes of it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn follow(
        &self,
        store: &Store,
        readings: &mut ReadingCache,
        terms: Terms,
        mut known: KnownReadings,
    ) -> Result<Followed, Failure> {
        let looks = match self.source {
            LookSource::Live => self.looks(|sha256| readings.of(store, &self.target, sha256), &mut known)?,
            LookSource::Recorded => self.looks(|sha256| ReadingCache::once(store, &self.target, sha256), &mut known)?,
        };
        let followed = follow(&self.target, &looks, terms);
        readings.keep_followed(self.key(terms), &followed);
        Ok(followed)
    }

    /// The visits as looks, with what the operator decided and the changes of its address in their places.
    pub(crate) fn looks(
        &self,
        mut read: impl FnMut(Sha256) -> Result<Option<reading_cache::CaptureReading>, Failure>,
        known: &mut KnownReadings,
    ) -> Result<Vec<Look>, Failure> {
        let mut looks = Vec::with_capacity(self.visits.len());
        for visit in &self.visits {
            if let Some(seen) = seen(&mut read, known, visit)? {
                looks.push(Look { at: visit.at, unconditional: visit.unconditional, seen });
            }
        }
        for (at, seen) in &self.decided {
            let place = looks.partition_point(|look| look.at <= *at);
            looks.insert(place, Look { at: *at, unconditional: false, seen: seen.clone() });
        }
        Ok(looks)
    }
}

/// What one visit saw; None where the store does not hold what it names (damage that `verify` reports).
fn seen(
    read: &mut impl FnMut(Sha256) -> Result<Option<reading_cache::CaptureReading>, Failure>,
    known: &mut KnownReadings,
    visit: &Visit,
) -> Result<Option<Seen>, Failure> {
    if let Outcome::Missed(missed) = &visit.outcome {
        return Ok(Some(Seen::Missed(missed.clone())));
    }
    let Some(sha256) = visit.seen() else { return Ok(None) };
    if let Entry::Vacant(entry) = known.entry(sha256) {
        let Some((final_url, reading)) = read(sha256)? else { return Ok(None) };
        entry.insert((final_url.into(), reading));
    }
    let Some((final_url, reading)) = known.get(&sha256) else { return Ok(None) };
    Ok(Some(Seen::Page {
        capture: sha256,
        final_url: Arc::clone(final_url),
        reading: Arc::clone(reading),
        twin: visit.twin.clone(),
    }))
}
