//! What cannot be vouched for: out of sight, quarantined, gone, an expected promise not there. One trouble a cause.
//!
//! Knows the ends of looks, never what a page says.

use super::quarantine::Quarantine;
use super::trouble::{Trouble, TroubleKind};
use super::types::Streak;
use crate::capture::{Missed, Why};
use crate::target::Expect;
use jiff::{SignedDuration, Timestamp};

/// A target is out of sight after two intervals without a good look, but never sooner than this (docs/FACTS.md 3.7).
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// Waits after missed looks while something is pending (docs/RULES.md 6.8).
const RETRY_M: [i64; 3] = [10, 30, 120];

/// Watches over the watching of one target.
#[derive(Clone)]
pub(crate) struct Availability {
    target: String,
    limit: SignedDuration,
    pub(crate) last_good: Option<Timestamp>,
    pub(crate) misses: usize,
    pub(crate) streak: Streak,
    last_miss: Option<(Timestamp, String)>,
    failing_since: Option<Timestamp>,
    /// The last look, and until when the server then asked to be left alone.
    last_look: Option<(Timestamp, Timestamp)>,
    /// When looks began again after nobody had looked for long: before it, the page was not out of our sight, we were away.
    resumed: Option<Timestamp>,
    troubles: Vec<Trouble>,
}

impl Availability {
    pub(crate) fn new(target: &str, interval: SignedDuration) -> Self {
        Self {
            target: target.to_owned(),
            limit: PATIENCE.max(interval.saturating_mul(2)),
            last_good: None,
            misses: 0,
            streak: Streak::default(),
            last_miss: None,
            failing_since: None,
            last_look: None,
            resumed: None,
            troubles: Vec::new(),
        }
    }

    /// A look that showed the page: whatever kept it from us is over.
    pub(crate) fn good(&mut self, at: Timestamp) {
        self.look(at, None);
        self.late(at);
        for trouble in self.troubles.iter_mut().filter(|trouble| !trouble.kind.is_of_the_text()) {
            trouble.until.get_or_insert(at);
        }
        self.last_good = Some(at);
        self.count(true, at);
        self.misses = 0;
        self.last_miss = None;
        self.failing_since = None;
    }

    /// A look that brought nothing.
    pub(crate) fn missed(&mut self, at: Timestamp, missed: &Missed) {
        self.look(at, missed.retry_after_s);
        self.misses += 1;
        self.count(false, at);
        self.failing_since.get_or_insert(at);
        self.last_miss = Some((at, missed.detail.clone()));
        if missed.why == Why::Gone {
            let detail = format!("the server says the page is gone ({})", missed.detail);
            self.open(TroubleKind::Gone, at, detail, "");
        }
        self.late(at);
    }

    /// A capture put aside.
    pub(crate) fn aside(&mut self, at: Timestamp, put: &Quarantine, last_good: Option<Timestamp>) {
        self.look(at, None);
        self.misses += 1;
        self.count(false, at);
        self.failing_since.get_or_insert(at);
        self.last_miss = Some((at, put.signs.join(", ")));
        let kind = match (put.other_language, put.is_walled(at)) {
            (true, _) => TroubleKind::OtherLanguage,
            (false, true) => TroubleKind::Replaced,
            (false, false) => TroubleKind::Quarantined,
        };
        let shown = if put.is_walled(at) { put.reading.opening.as_str() } else { "" };
        let seen =
            last_good.map_or_else(|| "never seen healthy".to_owned(), |at| format!("last good look {}", utc(at)));
        self.open(kind, put.since, format!("{}; {seen}", put.signs.join(", ")), shown);
    }

    /// Whether the promise that the operator expects is there.
    pub(crate) fn promise(&mut self, at: Timestamp, expect: Expect, established: bool, met: bool) {
        if expect != Expect::Promise {
            return;
        }
        if met {
            let open = self.troubles.iter_mut().filter(|trouble| trouble.kind == TroubleKind::PromiseNotThere);
            open.for_each(|trouble| _ = trouble.until.get_or_insert(at));
        } else if established {
            let detail = "the promise expected on this page was not found on it".to_owned();
            if !self.troubles.iter().any(|trouble| trouble.kind == TroubleKind::PromiseNotThere) {
                self.push(TroubleKind::PromiseNotThere, at, detail, "");
            }
        }
    }

    /// Whether the page was read to its end, and why not.
    pub(crate) fn read_in_part(&mut self, at: Timestamp, why: Option<String>) {
        let open =
            self.troubles.iter_mut().find(|trouble| trouble.kind == TroubleKind::ReadInPart && trouble.until.is_none());
        match (open, why) {
            (Some(open), Some(why)) => open.detail = why,
            (Some(open), None) => open.until = Some(at),
            (None, Some(why)) => self.push(TroubleKind::ReadInPart, at, why, ""),
            (None, None) => {}
        }
    }

    /// When to look again after misses: 10, 30, then every 120 minutes.
    pub(crate) fn retry(&self) -> Option<Timestamp> {
        let (at, _) = self.last_miss.as_ref()?;
        let wait = RETRY_M[self.misses.clamp(1, RETRY_M.len()) - 1];
        at.checked_add(SignedDuration::from_mins(wait)).ok()
    }

    /// The troubles, oldest first.
    pub(crate) fn end(mut self, now: Timestamp) -> Vec<Trouble> {
        // Where nobody looks any more, what was known at the last look is all that is known.
        let away = self.away(now).then_some(self.last_look).flatten();
        self.late(away.map_or(now, |(at, _)| at));
        self.troubles
    }

    /// Notes a look; after an absence, time out of sight is counted anew.
    fn look(&mut self, at: Timestamp, retry_after_s: Option<u32>) {
        if self.away(at) {
            // What was so before we went away stays said.
            self.late(self.last_look.map_or(at, |(last, _)| last));
            self.resumed = Some(at);
        }
        let wait = SignedDuration::from_secs(retry_after_s.unwrap_or_default().into());
        self.last_look = Some((at, at.checked_add(wait).unwrap_or(at)));
    }

    /// Whether nobody looked for so long that the page could have been out of sight, and no server asked for that.
    fn away(&self, now: Timestamp) -> bool {
        self.last_look.is_some_and(|(at, until)| now.duration_since(at.max(until)) >= self.limit)
    }

    /// Notes that the target is out of sight, if looks have failed for too long.
    fn late(&mut self, now: Timestamp) {
        let Some(failing) = self.failing_since else { return };
        let since = self.last_good.unwrap_or(failing).max(self.resumed.unwrap_or(Timestamp::MIN));
        if now.duration_since(since) < self.limit {
            return;
        }
        let why = self.last_miss.as_ref().map_or_else(String::new, |(_, detail)| format!(": {detail}"));
        let seen = self.last_good.map_or_else(|| "never seen".to_owned(), |at| format!("last good look {}", utc(at)));
        self.open(TroubleKind::OutOfSight, since, format!("out of sight{why}; {seen}"), "");
    }

    /// Counts looks in a row that ended alike.
    fn count(&mut self, good: bool, at: Timestamp) {
        if self.streak.good != good || self.streak.looks == 0 {
            self.streak = Streak { good, looks: 0, since: Some(at) };
        }
        self.streak.looks += 1;
    }

    /// Opens a trouble unless one with the same cause lasts; the later words stand.
    fn open(&mut self, kind: TroubleKind, since: Timestamp, detail: String, shown: &str) {
        let lasting =
            self.troubles.iter_mut().rev().find(|trouble| trouble.until.is_none() && !trouble.kind.is_of_the_text());
        match lasting {
            Some(trouble) if kind == TroubleKind::OutOfSight && trouble.kind != kind => {}
            Some(trouble) => {
                if trouble.kind != kind {
                    trouble.turned = Some(since).filter(|since| *since > trouble.since);
                }
                (trouble.kind, trouble.detail, trouble.shown) = (kind, detail, shown.to_owned());
            }
            None => self.push(kind, since, detail, shown),
        }
    }

    fn push(&mut self, kind: TroubleKind, since: Timestamp, detail: String, shown: &str) {
        let shown = shown.to_owned();
        let (target, turned, until) = (self.target.clone(), None, None);
        self.troubles.push(Trouble { target, kind, since, turned, until, detail, shown });
    }
}

/// A time as people read it.
fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
