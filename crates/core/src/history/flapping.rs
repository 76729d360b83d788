//! Wordings in turn: a page that shows now one, now another, is news once (docs/RULES.md 6.7).
//!
//! Knows wordings by their normal form and when they showed; what they mean is judged elsewhere.

use super::wordings::{Showing, Sight};
use crate::extract::Passage;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};

/// Wordings that show in turn must have come back within this time ...
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// ... or within so many looks, where looks are far apart.
const WITHIN: usize = 8;
/// One that was not seen for three times its longest absence has ended its turns: never sooner than the first, never later
/// than the second of these, where looks are not far apart.
const OVER: [SignedDuration; 2] = [SignedDuration::from_hours(7 * 24), SignedDuration::from_hours(30 * 24)];
/// So many looks at the least must have gone by without it.
const AWAY: usize = 4;

/// A run of looks that all showed a wording.
#[derive(Clone, Copy, Debug)]
struct Spell {
    first: Sight,
    last: Sight,
    look: usize,
    open: bool,
}

/// What a page shows when it is one's turn: the wordings of one passage, or nothing at all.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    /// Normal forms; none where the passage is not there.
    pub(crate) wordings: Vec<String>,
    /// The last look that showed it.
    last: Timestamp,
    /// The first look since that did not.
    pub(crate) missing: Option<Sight>,
    /// How many looks did not.
    away: usize,
    /// How long it was away at the most.
    longest: SignedDuration,
}

impl Face {
    fn new(wordings: Vec<String>, last: Timestamp) -> Self {
        Self { wordings, last, missing: None, away: 0, longest: SignedDuration::ZERO }
    }

    fn shown(&self, seen: &HashSet<&str>) -> bool {
        self.wordings.iter().any(|normal| seen.contains(normal.as_str()))
    }

    /// Takes a look into account that showed it, or did not.
    fn mark(&mut self, shown: bool, at: Sight) {
        if shown {
            if self.missing.take().is_some() {
                self.longest = self.longest.max(at.at.duration_since(self.last));
            }
            (self.last, self.away) = (at.at, 0);
        } else {
            self.missing.get_or_insert(at);
            self.away += 1;
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let patience = self.longest.saturating_mul(3).clamp(OVER[0], OVER[1]);
        self.away >= AWAY && now.duration_since(self.last) >= patience
    }
}

/// A turn of which one face was not seen for long.
pub(crate) struct Ended {
    pub(crate) gone: Face,
    /// The one that was seen last of those that are left.
    pub(crate) left: Face,
}

/// The turns of one target, and the spells by which they are found.
#[derive(Clone, Default)]
pub(crate) struct Turns {
    spells: HashMap<String, Vec<Spell>>,
    looks: usize,
    /// For each turn, what is shown in it.
    faces: Vec<Vec<Face>>,
}

impl Turns {
    /// Notes the wordings shown, and returns those that count as shown because they take turns with what is.
    pub(crate) fn partners(&mut self, seen: &HashSet<&str>, at: Sight) -> Vec<String> {
        let mut partners = Vec::new();
        for faces in &mut self.faces {
            let any = faces.iter().any(|face| face.shown(seen));
            let bare = faces.iter().any(|face| face.wordings.is_empty());
            for face in faces.iter_mut() {
                let shown = if face.wordings.is_empty() { !any } else { face.shown(seen) };
                face.mark(shown, at);
                if any || bare {
                    partners.extend(face.wordings.iter().cloned());
                }
            }
        }
        partners
    }

    /// Whether nothing takes turns.
    pub(crate) fn none(&self) -> bool {
        self.faces.is_empty()
    }

    /// Takes faces that were not seen for long out of their turns, of each turn one at the most.
    pub(crate) fn end(&mut self, now: Timestamp) -> Vec<Ended> {
        let mut ended = Vec::new();
        for faces in &mut self.faces {
            if let Some(index) = faces.iter().position(|face| face.is_over(now)).filter(|_| faces.len() > 1) {
                let gone = faces.remove(index);
                ended.extend(faces.iter().max_by_key(|face| face.last).cloned().map(|left| Ended { gone, left }));
            }
        }
        self.faces.retain(|faces| faces.len() > 1);
        ended
    }

    /// Notes which wordings show at this look. `known` are those that stand, with the last look that showed them.
    pub(crate) fn spells<'a>(&mut self, showing: &Showing<'_>, known: impl Iterator<Item = (&'a Passage, Sight)>) {
        self.looks += 1;
        let look = self.looks;
        let seen: HashSet<&str> = showing.passages().map(|passage| passage.normal.as_str()).collect();
        for (passage, last) in known.filter(|(passage, _)| !seen.contains(passage.normal.as_str())) {
            let spells = self.spells.entry(passage.normal.clone()).or_default();
            match spells.last_mut() {
                // Looks that brought nothing new are not noted here.
                Some(spell) if spell.open => spell.last = last,
                Some(_) => {}
                None => spells.push(Spell { first: last, last, look, open: false }),
            }
        }
        for normal in &seen {
            let spells = self.spells.entry((*normal).to_owned()).or_default();
            if let Some(spell) = spells.last_mut().filter(|spell| spell.open) {
                (spell.last, spell.look) = (showing.sight(), look);
            } else {
                let (first, last) = (showing.sight(), showing.sight());
                spells.push(Spell { first, last, look, open: true });
            }
        }
        self.spells.retain(|normal, spells| {
            if !seen.contains(normal.as_str()) {
                for spell in spells.iter_mut() {
                    spell.open = false;
                }
            }
            spells.retain(|spell| showing.at.duration_since(spell.last.at) <= WINDOW || look - spell.look <= WITHIN);
            !spells.is_empty()
        });
    }

    /// Whether these wordings, which a page shows no more, and those that it shows were seen in turn lately: each twice;
    /// where there are none on one side, the others three times.
    pub(crate) fn alternate(&self, old: &[&str], new: &[&str]) -> bool {
        let least = if old.is_empty() || new.is_empty() { 3 } else { 2 };
        let often = |normal: &&str| self.spells.get(*normal).is_some_and(|spells| spells.len() >= least);
        old.iter().chain(new).all(often)
    }

    /// When one of these wordings was seen first, of late and not before `since`; and when, before that, one of the others
    /// was seen last.
    pub(crate) fn begun(&self, old: &[String], new: &[String], since: Timestamp) -> Option<(Option<Sight>, Sight)> {
        let of = |normals: &[String]| {
            normals.iter().filter_map(|normal| self.spells.get(normal)).flatten().copied().collect::<Vec<_>>()
        };
        let first = of(new)
            .into_iter()
            .map(|spell| spell.first)
            .filter(|first| first.at >= since)
            .min_by_key(|first| first.at)?;
        let before = of(old).into_iter().map(|spell| spell.last).filter(|last| last.at < first.at);
        Some((before.max_by_key(|last| last.at), first))
    }

    /// Takes two faces as taking turns from now on; one that does so already is joined by the other. Says how many there
    /// are now.
    pub(crate) fn begin(&mut self, old: Vec<String>, new: Vec<String>, last: Timestamp, at: Sight) -> usize {
        let holds = |faces: &Vec<Face>| faces.iter().any(|face| !old.is_empty() && face.wordings == old);
        let place = self.faces.iter().position(holds).unwrap_or_else(|| {
            self.faces.push(vec![Face { missing: Some(at), ..Face::new(old, last) }]);
            self.faces.len() - 1
        });
        self.faces[place].push(Face::new(new, at.at));
        self.faces[place].len()
    }

    /// Whether a wording takes turns with another.
    pub(crate) fn holds(&self, normal: &str) -> bool {
        self.faces.iter().flatten().any(|face| face.wordings.iter().any(|other| other == normal))
    }

    /// Whether a wording stands in a turn in which another one was shown last.
    pub(crate) fn waits(&self, normal: &str) -> bool {
        self.faces.iter().any(|faces| {
            let last = faces.iter().filter(|face| !face.wordings.is_empty()).max_by_key(|face| face.last);
            let mine = faces.iter().find(|face| face.wordings.iter().any(|other| other == normal));
            mine.is_some_and(|mine| last.is_some_and(|last| last.wordings != mine.wordings))
        })
    }

    /// Ends the turn in which a wording stands, and returns the wordings of its other faces.
    pub(crate) fn dissolve(&mut self, normal: &str) -> Vec<String> {
        let mine = |face: &Face| face.wordings.iter().any(|other| other == normal);
        let Some(place) = self.faces.iter().position(|faces| faces.iter().any(mine)) else { return Vec::new() };
        self.faces.remove(place).into_iter().filter(|face| !mine(face)).flat_map(|face| face.wordings).collect()
    }
}
