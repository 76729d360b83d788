//! What is known of each target after its past was followed.
//!
//! Types only.

use jiff::Timestamp;
use noticewatch_core::capture::{Outcome, Sha256, Visit, Why};
use noticewatch_core::extract::Reading;
use noticewatch_core::history::{Across, Finding, Followed, Outage, Sibling, Trouble, TroubleKind, across};
use noticewatch_core::target::Target;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// One target and what became of it.
#[derive(Clone, Debug, Default)]
pub struct TargetState {
    /// The target by today's definition.
    pub target: Target,
    /// What its looks come to.
    pub followed: Followed,
    /// The number of visits.
    pub visits: usize,
    /// What a pass needs to know of its visits.
    pub trail: Trail,
    /// Since when the operator lets it rest, and why.
    pub paused: Option<Paused>,
}

impl TargetState {
    /// Whether it is looked at: neither disabled in the targets file nor paused.
    #[must_use]
    pub fn is_looked_at(&self) -> bool {
        self.target.disabled.is_none() && self.paused.is_none()
    }
}

/// A target at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// Since when.
    pub since: Timestamp,
    /// Why, in the operator's words.
    pub reason: String,
}

/// All targets.
#[derive(Clone, Debug, Default)]
pub struct WatchState {
    /// The pages, in the order of the targets file.
    pub pages: Vec<TargetState>,
    /// Findings over all services, oldest first.
    pub findings: Vec<Finding>,
    /// Targets that must be looked at before something can be told.
    pub wanted: Vec<String>,
    /// Times without any network, as far as they hid a page for long.
    pub dark: Vec<ExplainedOutage>,
    /// Findings that were a fault of ours: when that was said, and why.
    pub corrected: BTreeMap<String, (Timestamp, String)>,
}

impl WatchState {
    /// The page of that id.
    #[must_use]
    pub fn page(&self, id: &str) -> Option<&TargetState> {
        self.pages.iter().find(|page| page.target.id == id)
    }

    /// Whether a finding, or the one that it takes back, was a fault of ours.
    #[must_use]
    pub fn is_corrected(&self, finding: &Finding) -> bool {
        let known = |id: &String| self.corrected.contains_key(id);
        known(&finding.id) || finding.restores.as_ref().is_some_and(known)
    }

    /// The time without network that explains a trouble, where one does.
    #[must_use]
    pub fn dark(&self, trouble: &Trouble) -> Option<&ExplainedOutage> {
        let told = |(target, since): &(String, Timestamp)| *target == trouble.target && *since == trouble.since;
        self.dark.iter().find(|dark| trouble.kind == TroubleKind::OutOfSight && dark.explains.iter().any(told))
    }
}

/// How the address of an imported document begins: `archive://source/branch/Service/Terms type`.
pub const ARCHIVE: &str = "archive://";

/// Source and branch of an imported document; None for a target that is watched.
#[must_use]
pub fn place(target: &Target) -> Option<&str> {
    target.url.strip_prefix(ARCHIVE)?.rsplitn(3, '/').nth(2)
}

/// The findings of all services. Pages that archives recorded are siblings within one source and branch only.
pub(crate) fn findings(pages: &[TargetState], now: Timestamp) -> (Vec<Finding>, Vec<String>) {
    let mut services: BTreeMap<(Option<&str>, &str), Vec<Sibling<'_>>> = BTreeMap::new();
    for page in pages {
        let sibling = Sibling { target: &page.target, followed: &page.followed };
        services.entry((place(&page.target), &page.target.service)).or_default().push(sibling);
    }
    let mut all = Across::default();
    for ((place, _), siblings) in &services {
        let one = across(siblings, if place.is_some() { Timestamp::MAX } else { now });
        all.findings.extend(one.findings);
        all.wanted.extend(one.wanted);
    }
    all.findings.sort_by(|one, other| (one.settled, &one.id).cmp(&(other.settled, &other.id)));
    (all.findings, all.wanted)
}

/// Final address and reading of the captures of one target.
pub type KnownReadings = HashMap<Sha256, (Arc<str>, Arc<Reading>)>;

/// A time in which nothing could be reached, and the troubles that it explains: target and beginning of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedOutage {
    /// When, and what was met.
    pub outage: Outage,
    /// The troubles.
    pub explains: Vec<(String, Timestamp)>,
}

/// How a visit ended, as figures count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum VisitEnd {
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
    pub ended: HashMap<VisitEnd, u64>,
}

impl Trail {
    /// Goes on by one visit, none before the last one.
    pub fn visit(&mut self, visit: &Visit) {
        let ended = match &visit.outcome {
            Outcome::Captured { .. } => VisitEnd::Seen(How::Captured),
            Outcome::SameText { .. } => VisitEnd::Seen(How::SameText),
            Outcome::NotModified { .. } => VisitEnd::Seen(How::NotModified),
            Outcome::Missed(missed) => VisitEnd::Missed(missed.why),
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

/// A capture with its final address and what it says, as in [`KnownReadings`].
pub(crate) type ReadCapture = (Sha256, (Arc<str>, Arc<Reading>));

/// The capture that the last of these visits saw, with what it says.
pub(crate) fn last(visits: &[Visit], mut known: KnownReadings) -> Option<ReadCapture> {
    let seen = visits.iter().rev().find_map(Visit::seen).filter(|seen| known.contains_key(seen));
    let seen = seen.or_else(|| (known.len() == 1).then(|| known.keys().next().copied()).flatten())?;
    known.remove_entry(&seen)
}
