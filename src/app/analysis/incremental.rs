//! Live targets, followed as far as they were looked at: a tick reads the visits that came since the last one, not years.
//!
//! Only saves work: what a course comes to is what its visits come to when all of them are read again.

use super::facts::Facts;
use super::looks::Past;
use super::reading_cache::ReadingCache;
use super::types::{KnownReadings, ReadCapture, TargetState, Trail, last};
use crate::app::error::Failure;
use crate::io::store::{Cursor, Store};
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::Visit;
use noticewatch_core::history::{LookSource, Seen, TargetFold, Terms};
use noticewatch_core::target::Target;
use std::collections::HashMap;

/// The courses of all targets.
#[derive(Default)]
pub struct TargetFolds {
    courses: HashMap<String, KeptFold>,
}

impl TargetFolds {
    /// A live target by all its visits. None where an archive recorded them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn page(
        &mut self,
        store: &Store,
        readings: &mut ReadingCache,
        facts: &Facts,
        target: &Target,
        terms: Terms,
    ) -> Result<Option<TargetState>, Failure> {
        let decided = facts.decided(target);
        let kept = self.courses.remove(&target.id).filter(|kept| kept.fits(target, terms.interval, &decided));
        let mut kept = match kept {
            Some(mut kept) => kept.go_on(store, readings, &decided)?.then_some(kept),
            None => None,
        };
        if kept.is_none() {
            kept = KeptFold::begin(store, readings, target, decided, terms)?;
        }
        let Some(kept) = kept else { return Ok(None) };
        let page = TargetState {
            target: target.clone(),
            followed: kept.course.followed(terms.now),
            visits: kept.visits,
            trail: kept.trail.clone(),
            paused: None,
        };
        self.courses.insert(target.id.clone(), kept);
        Ok(Some(page))
    }
}

/// One target's course, and what it stands on.
struct KeptFold {
    target: Target,
    interval: SignedDuration,
    decided: Vec<(Timestamp, Seen)>,
    cursor: Cursor,
    visits: usize,
    last_visit: Timestamp,
    trail: Trail,
    /// The capture seen last, with what it says.
    last: Option<ReadCapture>,
    course: TargetFold,
}

impl KeptFold {
    /// Follows a target from its first visit.
    fn begin(
        store: &Store,
        readings: &mut ReadingCache,
        target: &Target,
        decided: Vec<(Timestamp, Seen)>,
        terms: Terms,
    ) -> Result<Option<Self>, Failure> {
        let Some((visits, cursor)) = store.visits_after(&target.id, Cursor::default())? else { return Ok(None) };
        if visits.iter().any(|visit| visit.recorded) {
            return Ok(None);
        }
        let visits = Visit::in_time(visits);
        let mut trail = Trail::default();
        for visit in &visits {
            trail.visit(visit);
        }
        let past = Past { target: target.clone(), visits, decided, source: LookSource::Live };
        let mut known = KnownReadings::new();
        let looks = past.looks(|sha256| readings.of(store, target, sha256), &mut known)?;
        let course = TargetFold::begin(target, &looks, terms);
        let Past { visits, decided, .. } = past;
        Ok(Some(Self {
            target: target.clone(),
            interval: terms.interval,
            decided,
            cursor,
            visits: visits.len(),
            last_visit: visits.last().map_or(Timestamp::MIN, |visit| visit.at),
            trail,
            last: last(&visits, known),
            course,
        }))
    }

    /// Whether it stands on the same definition and decisions, as far as these were made then.
    fn fits(&self, target: &Target, interval: SignedDuration, decided: &[(Timestamp, Seen)]) -> bool {
        let same = |(one, other): (&(Timestamp, Seen), &(Timestamp, Seen))| {
            one.0 == other.0 && matches!(one.1, Seen::Accepted { .. }) == matches!(other.1, Seen::Accepted { .. })
        };
        self.target == *target
            && self.interval == interval
            && self.decided.len() <= decided.len()
            && self.decided.iter().zip(decided).all(same)
    }

    /// Goes on by what came since; false where that belongs before what was followed: then all is followed again.
    fn go_on(
        &mut self,
        store: &Store,
        readings: &mut ReadingCache,
        decided: &[(Timestamp, Seen)],
    ) -> Result<bool, Failure> {
        let Some((visits, cursor)) = store.visits_after(&self.target.id, self.cursor)? else { return Ok(false) };
        let new = decided[self.decided.len()..].to_vec();
        if visits.is_empty() && new.is_empty() {
            return Ok(true);
        }
        let decision = self.decided.last().map(|(at, _)| *at);
        let early = |visit: &Visit| visit.at < self.last_visit || decision.is_some_and(|at| visit.at <= at);
        let late = !visits.is_sorted_by_key(|visit| visit.at);
        if late
            || visits.iter().any(|visit| visit.recorded || early(visit))
            || new.iter().any(|(at, _)| *at < self.last_visit)
        {
            return Ok(false);
        }
        let past = Past { target: self.target.clone(), visits, decided: new, source: LookSource::Live };
        let mut known: KnownReadings = self.last.take().into_iter().collect();
        let looks = past.looks(|sha256| readings.of(store, &self.target, sha256), &mut known)?;
        if !self.course.leads_to(&looks) {
            return Ok(false);
        }
        self.course.follow(&looks);
        self.cursor = cursor;
        self.visits += past.visits.len();
        self.last_visit = past.visits.last().map_or(self.last_visit, |visit| visit.at);
        for visit in &past.visits {
            self.trail.visit(visit);
        }
        self.last = last(&past.visits, known);
        self.decided = decided.to_vec();
        Ok(true)
    }
}
