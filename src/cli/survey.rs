//! Everything that follows from the facts: the store's visits read by today's rules, followed, and looked at across siblings.
//!
//! Derives and never keeps: the cache of readings only saves work.

use super::failure::Failure;
use super::readings::Readings;
use crate::capture::{Outcome, Sha256, Visit};
use crate::history::{Across, Finding, Followed, Look, Seen, Sibling, Source, Terms, across, follow};
use crate::io::store::{DecisionKind, Store};
use crate::target::Target;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// One target and what became of it.
#[derive(Clone, Debug)]
pub struct Page {
    /// The target by today's definition.
    pub target: Target,
    /// What its looks come to.
    pub followed: Followed,
    /// The number of visits.
    pub visits: usize,
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
}

impl Survey {
    /// The page of that id.
    #[must_use]
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.target.id == id)
    }
}

/// Reads all visits of these targets by today's rules.
///
/// # Errors
/// The store cannot be read.
pub fn survey(
    store: &Store,
    readings: &mut Readings,
    targets: &[Target],
    now: Timestamp,
    interval: impl Fn(&Target) -> SignedDuration,
) -> Result<Survey, Failure> {
    let mut pages = Vec::new();
    for target in targets {
        let (looks, source) = looks(store, readings, target)?;
        let terms = Terms { source, now, interval: interval(target) };
        pages.push(Page { followed: follow(target, &looks, terms), target: target.clone(), visits: looks.len() });
    }
    let (findings, wanted) = findings(&pages, now);
    Ok(Survey { pages, findings, wanted })
}

/// The findings of all services.
fn findings(pages: &[Page], now: Timestamp) -> (Vec<Finding>, Vec<String>) {
    let mut services: BTreeMap<&str, Vec<Sibling<'_>>> = BTreeMap::new();
    for page in pages {
        let sibling = Sibling { target: &page.target, followed: &page.followed };
        services.entry(&page.target.service).or_default().push(sibling);
    }
    let mut all = Across::default();
    for siblings in services.values() {
        let one = across(siblings, now);
        all.findings.extend(one.findings);
        all.wanted.extend(one.wanted);
    }
    all.findings.sort_by(|one, other| (one.settled, &one.id).cmp(&(other.settled, &other.id)));
    (all.findings, all.wanted)
}

/// A target's visits as looks, with what the operator decided and the changes of its address in their places.
fn looks(store: &Store, readings: &mut Readings, target: &Target) -> Result<(Vec<Look>, Source), Failure> {
    let visits = store.visits(&target.id)?;
    let source = if visits.iter().any(|visit| visit.recorded) { Source::Recorded } else { Source::Live };
    let mut known: HashMap<Sha256, (Arc<str>, Arc<crate::document::Reading>)> = HashMap::new();
    let mut looks = Vec::with_capacity(visits.len());
    for visit in visits {
        let Some(seen) = seen(store, readings, target, &mut known, &visit)? else { continue };
        looks.push(Look { at: visit.at, unconditional: visit.unconditional, seen });
    }
    for (at, seen) in decided(store, target)? {
        let place = looks.partition_point(|look| look.at <= at);
        looks.insert(place, Look { at, unconditional: false, seen });
    }
    Ok((looks, source))
}

/// What one visit saw; None where the store does not hold what it names (damage that `verify` reports).
fn seen(
    store: &Store,
    readings: &mut Readings,
    target: &Target,
    known: &mut HashMap<Sha256, (Arc<str>, Arc<crate::document::Reading>)>,
    visit: &Visit,
) -> Result<Option<Seen>, Failure> {
    if let Outcome::Missed(missed) = &visit.outcome {
        return Ok(Some(Seen::Missed(missed.clone())));
    }
    let Some(sha256) = visit.seen() else { return Ok(None) };
    if let std::collections::hash_map::Entry::Vacant(entry) = known.entry(sha256) {
        let Some((final_url, reading)) = readings.of(store, target, sha256)? else { return Ok(None) };
        entry.insert((final_url.into(), Arc::new(reading)));
    }
    let Some((final_url, reading)) = known.get(&sha256) else { return Ok(None) };
    Ok(Some(Seen::Page {
        capture: sha256,
        final_url: Arc::clone(final_url),
        reading: Arc::clone(reading),
        twin: visit.twin.clone(),
    }))
}

/// Moments at which the operator accepted a page or gave another address.
fn decided(store: &Store, target: &Target) -> Result<Vec<(Timestamp, Seen)>, Failure> {
    let definitions: Vec<(Timestamp, Target)> =
        store.definitions()?.into_iter().filter(|(_, other)| other.id == target.id).collect();
    let moved =
        definitions.windows(2).filter(|pair| pair[0].1.url != pair[1].1.url).map(|pair| (pair[1].0, Seen::Redefined));
    let accepted = store
        .decisions()?
        .into_iter()
        .filter(|decision| decision.decision == DecisionKind::Accept && decision.target.as_ref() == Some(&target.id));
    Ok(moved.chain(accepted.map(|decision| (decision.at, Seen::Accepted))).collect())
}
