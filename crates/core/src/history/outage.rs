//! Times in which no page of any host could be reached: one cause, told in one line, however many pages it hid.
//!
//! Knows the ends of visits to all targets, never what a page says. An answer of a server, be it an error, shows that the
//! network is there.

use super::health::host;
use crate::capture::{Outcome, Visit, Why};
use crate::target::Target;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// So many targets on so many hosts, all out of reach, are no chance (docs/RULES.md 7.3: one line, not forty).
const TARGETS: usize = 3;
const HOSTS: usize = 2;
/// When the network is back, every page was looked at again within this time: the last of the retries is two hours away.
const RETURN: SignedDuration = SignedDuration::from_hours(6);

/// A time in which nothing could be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The last time before it at which a server answered; the first look of all where none did.
    pub from: Timestamp,
    /// The first visit that failed.
    pub first: Timestamp,
    /// When a server answered again; None: it lasts.
    pub until: Option<Timestamp>,
    /// How many targets were tried in vain.
    pub targets: usize,
    /// What the last try met.
    pub detail: String,
}

impl Outage {
    /// Whether it is the reason why a target that failed first at `failing` could not be seen until then (None: still).
    #[must_use]
    pub fn explains(&self, failing: Timestamp, until: Option<Timestamp>, now: Timestamp) -> bool {
        let back = self.until.map(|back| back.checked_add(RETURN).unwrap_or(back));
        let began = failing >= self.first && self.until.is_none_or(|back| failing <= back);
        began && back.is_none_or(|back| until.unwrap_or(now) <= back)
    }
}

/// The first visit after `since` that came to no server.
#[must_use]
pub fn failing_since(visits: &[Visit], since: Timestamp) -> Option<Timestamp> {
    let start = visits.partition_point(|visit| visit.at < since);
    visits[start..].iter().find(|visit| reached(visit) == Some(false)).map(|visit| visit.at)
}

/// The outages since then, oldest first, by the visits to all targets.
#[must_use]
pub fn outages(pages: &[(&Target, &[Visit])], since: Timestamp) -> Vec<Outage> {
    let mut knocks: Vec<(Timestamp, usize, bool, &Visit)> = Vec::new();
    for (page, (_, visits)) in pages.iter().enumerate() {
        let start = visits.partition_point(|visit| visit.at < since);
        let known = visits[start..].iter().filter_map(|visit| Some((visit.at, page, reached(visit)?, visit)));
        knocks.extend(known);
    }
    // Where one look of a moment reached a server, that moment is none without network.
    knocks.sort_by_key(|(at, page, reached, _)| (*at, !reached, *page));
    let mut found = Vec::new();
    for run in knocks.chunk_by(|one, other| one.2 == other.2).filter(|run| !run[0].2) {
        let targets: BTreeSet<usize> = run.iter().map(|(_, page, ..)| *page).collect();
        let hosts: BTreeSet<&str> = targets.iter().map(|page| host(&pages[*page].0.url)).collect();
        let (first, last) = (run[0].0, &run[run.len() - 1]);
        if targets.len() < TARGETS || hosts.len() < HOSTS {
            continue;
        }
        let answered = |knock: &&(Timestamp, usize, bool, &Visit)| knock.2;
        let before = knocks[..knocks.partition_point(|knock| knock.0 < first)].iter().rev().find(answered);
        let after = knocks[knocks.partition_point(|knock| knock.0 <= last.0)..].iter().find(answered);
        found.push(Outage {
            from: before.map_or(first, |knock| knock.0),
            first,
            until: after.map(|knock| knock.0),
            targets: targets.len(),
            detail: detail(last.3),
        });
    }
    found
}

/// Whether a visit came to a server; None where it says nothing of the network.
#[must_use]
pub fn reached(visit: &Visit) -> Option<bool> {
    match &visit.outcome {
        Outcome::Missed(missed) if missed.status.is_some() => Some(true),
        Outcome::Missed(missed) => match missed.why {
            Why::Dns | Why::Connect | Why::Tls | Why::Timeout | Why::Cut => Some(false),
            Why::Forbidden | Why::Robots => None,
            _ => Some(true),
        },
        _ => Some(true),
    }
}

fn detail(visit: &Visit) -> String {
    match &visit.outcome {
        Outcome::Missed(missed) => missed.detail.clone(),
        _ => String::new(),
    }
}
