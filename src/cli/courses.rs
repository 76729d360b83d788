//! Live targets, followed as far as they were looked at: a tick reads the visits that came since the last one, not years.
//!
//! Only saves work: what a course comes to is what its visits come to when all of them are read again.

use super::failure::Failure;
use super::readings::Readings;
use super::survey::{Facts, Known, Page, Past};
use crate::capture::{Outcome, Sha256, Visit, Why};
use crate::document::Reading;
use crate::history::{Course, Seen, Source, Terms};
use crate::io::store::{Cursor, Store};
use crate::target::Target;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// How a visit ended, as figures count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Ended {
    /// It brought a page.
    Seen(How),
    /// It brought nothing, for this reason.
    Missed(Why),
}

/// How a page came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// With a body that is kept.
    Captured,
    /// With the text that is kept already.
    SameText,
    /// Not changed, as the server says.
    NotModified,
}

/// What a pass needs to know of a target's visits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail {
    /// The last body that is kept, and when it came.
    pub last: Option<(Sha256, Timestamp)>,
    /// The digest of the last full answer, kept or not.
    pub served: Option<Sha256>,
    /// The last look without conditions that showed a page.
    pub unconditional: Option<Timestamp>,
    /// How many ended how.
    pub ended: HashMap<Ended, u64>,
}

impl Trail {
    /// Goes on by one visit, none before the last one.
    pub fn visit(&mut self, visit: &Visit) {
        let ended = match &visit.outcome {
            Outcome::Captured { .. } => Ended::Seen(How::Captured),
            Outcome::SameText { .. } => Ended::Seen(How::SameText),
            Outcome::NotModified { .. } => Ended::Seen(How::NotModified),
            Outcome::Missed(missed) => Ended::Missed(missed.why),
        };
        *self.ended.entry(ended).or_default() += 1;
        match visit.outcome {
            Outcome::Captured { sha256 } => {
                self.last = Some((sha256, visit.at));
                self.served = Some(sha256);
            }
            Outcome::SameText { sha256, .. } => self.served = Some(sha256),
            Outcome::NotModified { .. } | Outcome::Missed(_) => {}
        }
        if visit.unconditional && visit.seen().is_some() {
            self.unconditional = Some(visit.at);
        }
    }
}

/// The courses of all targets.
#[derive(Default)]
pub struct Courses {
    courses: HashMap<String, Kept>,
}

impl Courses {
    /// A live target by all its visits. None where an archive recorded them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn page(
        &mut self,
        store: &Store,
        readings: &mut Readings,
        facts: &Facts,
        target: &Target,
        terms: Terms,
    ) -> Result<Option<Page>, Failure> {
        let decided = facts.decided(target);
        let kept = self.courses.remove(&target.id).filter(|kept| kept.fits(target, terms.interval, &decided));
        let mut kept = match kept {
            Some(mut kept) => kept.go_on(store, readings, &decided)?.then_some(kept),
            None => None,
        };
        if kept.is_none() {
            kept = Kept::begin(store, readings, target, decided, terms)?;
        }
        let Some(kept) = kept else { return Ok(None) };
        let page = Page {
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

/// A capture with its final address and what it says, as in [`Known`].
type Read = (Sha256, (Arc<str>, Arc<Reading>));

/// One target's course, and what it stands on.
struct Kept {
    target: Target,
    interval: SignedDuration,
    decided: Vec<(Timestamp, Seen)>,
    cursor: Cursor,
    visits: usize,
    last_visit: Timestamp,
    trail: Trail,
    /// The capture seen last, with what it says.
    last: Option<Read>,
    course: Course,
}

impl Kept {
    /// Follows a target from its first visit.
    fn begin(
        store: &Store,
        readings: &mut Readings,
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
        let past = Past { target: target.clone(), visits, decided, source: Source::Live };
        let mut known = Known::new();
        let looks = past.looks(|sha256| readings.of(store, target, sha256), &mut known)?;
        let course = Course::begin(target, &looks, terms);
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
        readings: &mut Readings,
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
        let past = Past { target: self.target.clone(), visits, decided: new, source: Source::Live };
        let mut known: Known = self.last.take().into_iter().collect();
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

/// The capture that the last of these visits saw, with what it says.
fn last(visits: &[Visit], mut known: Known) -> Option<Read> {
    let seen = visits.iter().rev().find_map(Visit::seen).filter(|seen| known.contains_key(seen));
    let seen = seen.or_else(|| (known.len() == 1).then(|| known.keys().next().copied()).flatten())?;
    known.remove_entry(&seen)
}
