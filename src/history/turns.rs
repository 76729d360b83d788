//! Two wordings in turn: a page that shows now one, now the other, is news once (DESIGN.md 4).
//!
//! Knows wordings by their normal form and when they showed; what they mean is judged elsewhere.

use super::wording::Showing;
use crate::document::Passage;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};

/// Each of the two must have been seen twice within this time.
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// One of the two not seen for so long is news again.
const OVER: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A run of looks that all showed a wording.
#[derive(Clone, Copy, Debug)]
struct Spell {
    last: Timestamp,
    open: bool,
}

/// Two wordings of one passage that show in turn.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) first: String,
    pub(super) second: String,
    first_seen: Timestamp,
    second_seen: Timestamp,
    pub(super) finding: String,
}

/// The turns of one target, and the spells by which they are found.
#[derive(Clone, Default)]
pub(super) struct Turns {
    spells: HashMap<String, Vec<Spell>>,
    turns: Vec<Turn>,
}

impl Turns {
    /// Notes the wordings shown, and returns those that count as shown because they take turns with one that is.
    pub(super) fn partners(&mut self, seen: &HashSet<&str>, at: Timestamp) -> Vec<String> {
        let mut partners = Vec::new();
        for turn in &mut self.turns {
            let (first, second) = (seen.contains(turn.first.as_str()), seen.contains(turn.second.as_str()));
            if first {
                turn.first_seen = at;
                partners.push(turn.second.clone());
            }
            if second {
                turn.second_seen = at;
                partners.push(turn.first.clone());
            }
        }
        partners
    }

    /// Whether nothing takes turns.
    pub(super) fn none(&self) -> bool {
        self.turns.is_empty()
    }

    /// Ends turns of which one wording was not seen for 30 days; returns (gone, left, finding) of each.
    pub(super) fn end(&mut self, at: Timestamp) -> Vec<(String, String, String)> {
        let mut ended = Vec::new();
        self.turns.retain(|turn| {
            let quiet = |seen: Timestamp| at.duration_since(seen) >= OVER;
            if quiet(turn.first_seen) == quiet(turn.second_seen) {
                return true;
            }
            let (gone, left) =
                if quiet(turn.first_seen) { (&turn.first, &turn.second) } else { (&turn.second, &turn.first) };
            ended.push((gone.clone(), left.clone(), turn.finding.clone()));
            false
        });
        ended
    }

    /// Notes which wordings show at this look. `known` are those that stand, with the last look that showed them.
    pub(super) fn spells<'a>(&mut self, showing: &Showing<'_>, known: impl Iterator<Item = (&'a Passage, Timestamp)>) {
        let seen: HashSet<&str> = showing.passages().map(|passage| passage.normal.as_str()).collect();
        for (passage, last) in known.filter(|(passage, _)| !seen.contains(passage.normal.as_str())) {
            let spells = self.spells.entry(passage.normal.clone()).or_default();
            if spells.is_empty() {
                spells.push(Spell { last, open: false });
            }
        }
        for normal in &seen {
            let spells = self.spells.entry((*normal).to_owned()).or_default();
            match spells.last_mut().filter(|spell| spell.open) {
                Some(spell) => spell.last = showing.at,
                None => spells.push(Spell { last: showing.at, open: true }),
            }
        }
        self.spells.retain(|normal, spells| {
            if !seen.contains(normal.as_str()) {
                for spell in spells.iter_mut() {
                    spell.open = false;
                }
            }
            spells.retain(|spell| showing.at.duration_since(spell.last) <= WINDOW);
            !spells.is_empty()
        });
    }

    /// Whether the two were each seen twice within seven days.
    pub(super) fn alternate(&self, one: &str, other: &str) -> bool {
        let often = |normal: &str| self.spells.get(normal).is_some_and(|spells| spells.len() >= 2);
        often(one) && often(other)
    }

    /// Takes two wordings as taking turns from now on.
    pub(super) fn begin(&mut self, first: String, second: String, at: Timestamp, finding: String) {
        self.turns.push(Turn { first, second, first_seen: at, second_seen: at, finding });
    }

    /// Whether a wording takes turns with another.
    pub(super) fn holds(&self, normal: &str) -> bool {
        self.turns.iter().any(|turn| turn.first == normal || turn.second == normal)
    }
}
