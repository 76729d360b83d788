//! Everything that follows from the facts: the store's visits read by today's rules, followed, and looked at across siblings.
//!
//! Derives and never keeps: the cache of readings only saves work.

use super::courses::{Courses, Trail};
use super::dark::{self, Dark};
use super::failure::Failure;
use super::readings::{self, Readings};
use crate::capture::{Outcome, Sha256, Visit};
use crate::document::{Reading, rules};
use crate::history::{
    Across, Finding, Followed, Look, Seen, Sibling, Source, Terms, Trouble, TroubleKind, across, follow, judged_by,
};
use crate::io::store::{Decision, DecisionKind, Store};
use crate::target::Target;
use jiff::{SignedDuration, Timestamp};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The usual time between two recordings of an archive.
const RECORDED: SignedDuration = SignedDuration::from_hours(24);

/// One target and what became of it.
#[derive(Clone, Debug, Default)]
pub struct Page {
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

impl Page {
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
pub struct Survey {
    /// The pages, in the order of the targets file.
    pub pages: Vec<Page>,
    /// Findings over all services, oldest first.
    pub findings: Vec<Finding>,
    /// Targets that must be looked at before something can be told.
    pub wanted: Vec<String>,
    /// Times without any network, as far as they hid a page for long.
    pub dark: Vec<Dark>,
    /// Findings that were a fault of ours: when that was said, and why.
    pub corrected: BTreeMap<String, (Timestamp, String)>,
}

impl Survey {
    /// The page of that id.
    #[must_use]
    pub fn page(&self, id: &str) -> Option<&Page> {
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
    pub fn dark(&self, trouble: &Trouble) -> Option<&Dark> {
        let told = |(target, since): &(String, Timestamp)| *target == trouble.target && *since == trouble.since;
        self.dark.iter().find(|dark| trouble.kind == TroubleKind::OutOfSight && dark.explains.iter().any(told))
    }
}

/// What operators decided and how targets were defined, read once for all targets.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    definitions: Vec<(Timestamp, Target)>,
    decisions: Vec<Decision>,
}

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(store: &Store) -> Result<Self, Failure> {
        Ok(Self { definitions: store.definitions()?, decisions: store.decisions()? })
    }

    /// The targets that an archive recorded, by their last definitions.
    #[must_use]
    pub fn recorded(&self) -> Vec<Target> {
        let mut last: Vec<&Target> = Vec::new();
        for (_, target) in self.definitions.iter().rev().filter(|(_, target)| place(target).is_some()) {
            if !last.iter().any(|later| later.id == target.id) {
                last.push(target);
            }
        }
        last.into_iter().rev().cloned().collect()
    }

    /// Findings that were a fault of ours: when that was said first, and why.
    fn corrected(&self) -> BTreeMap<String, (Timestamp, String)> {
        let corrections = self.decisions.iter().filter(|decision| decision.decision == DecisionKind::Correct);
        let said = |decision: &Decision| (decision.finding.clone(), (decision.at, decision.reason.clone()));
        // The first of two is the one that was told.
        corrections.rev().map(said).filter_map(|(id, said)| Some((id?, said))).collect()
    }

    /// Since when the operator lets a target rest, if the last word was to pause it.
    fn paused(&self, target: &Target) -> Option<Paused> {
        let mine = self.decisions.iter().filter(|decision| decision.target.as_ref() == Some(&target.id));
        let rests = |decision: &&Decision| matches!(decision.decision, DecisionKind::Pause | DecisionKind::Resume);
        let last = mine.filter(rests).max_by_key(|decision| decision.at)?;
        let paused = Paused { since: last.at, reason: last.reason.clone() };
        (last.decision == DecisionKind::Pause).then_some(paused)
    }

    /// Moments at which the operator accepted a page or gave another address.
    pub(super) fn decided(&self, target: &Target) -> Vec<(Timestamp, Seen)> {
        let mine: Vec<_> = self.definitions.iter().filter(|(_, other)| other.id == target.id).collect();
        let moved = mine.windows(2).filter(|pair| {
            let [old, new] = [&pair[0].1, &pair[1].1];
            old.url != new.url || old.follow != new.follow
        });
        let accepted = self.decisions.iter().filter(|decision| {
            decision.decision == DecisionKind::Accept && decision.target.as_ref() == Some(&target.id)
        });
        let moved = moved.map(|pair| (pair[1].0, Seen::Redefined));
        let accepted = accepted.map(|decision| (decision.at, Seen::Accepted { reason: decision.reason.clone() }));
        let mut decided: Vec<(Timestamp, Seen)> = moved.chain(accepted).collect();
        decided.sort_by_key(|(at, _)| *at);
        decided
    }
}

/// How the address of an imported document begins: `archive://source/branch/Service/Terms type`.
pub const ARCHIVE: &str = "archive://";

/// Source and branch of an imported document; None for a target that is watched.
#[must_use]
pub fn place(target: &Target) -> Option<&str> {
    target.url.strip_prefix(ARCHIVE)?.rsplitn(3, '/').nth(2)
}

/// What became of these targets by today's rules. Live ones go on from where `courses` has them.
///
/// # Errors
/// The store cannot be read.
pub fn survey(
    store: &Store,
    readings: &mut Readings,
    courses: &mut Courses,
    targets: &[Target],
    now: Timestamp,
    interval: impl Fn(&Target) -> SignedDuration,
) -> Result<Survey, Failure> {
    let facts = Facts::of(store)?;
    let mut pages = vec![None; targets.len()];
    let mut others = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        // Nothing grows old while it rests.
        let now = facts.paused(target).map_or(now, |paused| paused.since.min(now));
        let terms = Terms { source: Source::Live, now, interval: interval(target) };
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
    let pages: Vec<Page> =
        pages.into_iter().flatten().map(|page| Page { paused: facts.paused(&page.target), ..page }).collect();
    let (findings, wanted) = findings(&pages, now);
    let dark = dark::of(store, &pages, now)?;
    Ok(Survey { pages, findings, wanted, dark, corrected: facts.corrected() })
}

/// What became of pasts that archives recorded, which is remembered whole.
fn archived(
    store: &Store,
    readings: &mut Readings,
    pasts: Vec<(usize, Past, Terms)>,
) -> Result<Vec<(usize, Page)>, Failure> {
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
    let missing = (0..pasts.len()).filter(|index| known[*index].is_none() && pasts[*index].source == Source::Recorded);
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
            None => past.follow(store, readings, *terms, Known::default())?,
        };
        let mut trail = Trail::default();
        for visit in &past.visits {
            trail.visit(visit);
        }
        let (target, visits) = (past.target.clone(), past.visits.len());
        pages.push((place, Page { followed, target, visits, trail, paused: None }));
    }
    Ok(pages)
}

/// Follows these of the recorded pasts, several at once: after a change of the rules all of them are read again.
fn recorded(
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
            let looks = past.looks(|sha256| Readings::once(store, &past.target, sha256), &mut Known::default())?;
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

/// The findings of all services. Pages that archives recorded are siblings within one source and branch only.
fn findings(pages: &[Page], now: Timestamp) -> (Vec<Finding>, Vec<String>) {
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
pub type Known = HashMap<Sha256, (Arc<str>, Arc<Reading>)>;

/// What the store knows of one target's past.
pub struct Past {
    pub(super) target: Target,
    pub(super) visits: Vec<Visit>,
    pub(super) decided: Vec<(Timestamp, Seen)>,
    pub(super) source: Source,
}

impl Past {
    /// Reads it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(store: &Store, facts: &Facts, target: &Target) -> Result<Self, Failure> {
        let visits = store.visits(&target.id)?;
        let source = if visits.iter().any(|visit| visit.recorded) { Source::Recorded } else { Source::Live };
        Ok(Self { target: target.clone(), visits, decided: facts.decided(target), source })
    }

    /// Under which terms it is followed. An archive's last recording is its last word, seven days after it: nothing of it
    /// grows older.
    #[must_use]
    pub fn terms(&self, now: Timestamp, interval: SignedDuration) -> Terms {
        match (self.source, self.visits.last()) {
            (Source::Recorded, Some(last)) => {
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
        (terms.source == Source::Recorded).then(|| Sha256::of(&serde_json::to_vec(&all).unwrap_or_default()))
    }

    /// Follows the target, with readings that are at hand already, and keeps what comes of it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn follow(
        &self,
        store: &Store,
        readings: &mut Readings,
        terms: Terms,
        mut known: Known,
    ) -> Result<Followed, Failure> {
        let looks = match self.source {
            Source::Live => self.looks(|sha256| readings.of(store, &self.target, sha256), &mut known)?,
            Source::Recorded => self.looks(|sha256| Readings::once(store, &self.target, sha256), &mut known)?,
        };
        let followed = follow(&self.target, &looks, terms);
        readings.keep_followed(self.key(terms), &followed);
        Ok(followed)
    }

    /// The visits as looks, with what the operator decided and the changes of its address in their places.
    pub(super) fn looks(
        &self,
        mut read: impl FnMut(Sha256) -> Result<Option<readings::Seen>, Failure>,
        known: &mut Known,
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
    read: &mut impl FnMut(Sha256) -> Result<Option<readings::Seen>, Failure>,
    known: &mut Known,
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
