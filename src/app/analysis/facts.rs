//! What the analysis takes from the store and from settings, read once.

use super::types::{Paused, place};
use crate::app::error::Failure;
use crate::io::store::{Decision, DecisionKind, Store};
use jiff::Timestamp;
use noticewatch_core::history::Seen;
use noticewatch_core::target::Target;
use std::collections::BTreeMap;

/// What operators decided and how targets were defined, read once for all targets.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub(crate) definitions: Vec<(Timestamp, Target)>,
    pub(crate) decisions: Vec<Decision>,
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
    pub(crate) fn corrected(&self) -> BTreeMap<String, (Timestamp, String)> {
        let corrections = self.decisions.iter().filter(|decision| decision.decision == DecisionKind::Correct);
        let said = |decision: &Decision| (decision.finding.clone(), (decision.at, decision.reason.clone()));
        // The first of two is the one that was told.
        corrections.rev().map(said).filter_map(|(id, said)| Some((id?, said))).collect()
    }

    /// Since when the operator lets a target rest, if the last word was to pause it.
    pub(crate) fn paused(&self, target: &Target) -> Option<Paused> {
        let mine = self.decisions.iter().filter(|decision| decision.target.as_ref() == Some(&target.id));
        let rests = |decision: &&Decision| matches!(decision.decision, DecisionKind::Pause | DecisionKind::Resume);
        let last = mine.filter(rests).max_by_key(|decision| decision.at)?;
        let paused = Paused { since: last.at, reason: last.reason.clone() };
        (last.decision == DecisionKind::Pause).then_some(paused)
    }

    /// Moments at which the operator accepted a page or gave another address.
    pub(crate) fn decided(&self, target: &Target) -> Vec<(Timestamp, Seen)> {
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
