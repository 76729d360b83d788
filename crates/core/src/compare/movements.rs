//! What moved between two commitments, slot by slot, each movement with its sign and its words (docs/RULES.md 4.3).
//!
//! Knows how slots depend on each other; the scale of each slot stands in `scales`. Nothing of texts, alignment or verdicts.

use super::scales;
use super::scales::{ScaleStep, by_rank, items};
use super::types::{Direction, Moved};
use crate::promise::{Commitment, Said, Slot};
use crate::target::TermsKind;

/// A slot that moved, and whether the movement is of little weight.
#[derive(Clone, Debug)]
pub struct Movement {
    /// The movement.
    pub moved: Moved,
    /// Of little weight: a channel, or an order's prohibition that became a law's.
    pub slight: bool,
    /// For lists: what came in and what went, for a person.
    pub detail: Option<String>,
}

/// All slots in the order in which they dominate (docs/RULES.md 3).
const ALL: [Slot; 15] = [
    Slot::Strength,
    Slot::Timing,
    Slot::LeadTime,
    Slot::Decider,
    Slot::Exceptions,
    Slot::ClosedList,
    Slot::Trigger,
    Slot::Burden,
    Slot::Delayed,
    Slot::Object,
    Slot::Contents,
    Slot::Gag,
    Slot::Reach,
    Slot::Channel,
    Slot::Actor,
];

/// The strength of a commitment on the scale of docs/RULES.md 3.2; None where it says nothing of the kind.
#[must_use]
pub fn strength(commitment: &Commitment) -> Option<i8> {
    commitment.value(Slot::Strength).map(scales::strength)
}

/// Every slot that moved between two commitments, in the order of docs/RULES.md 3.
#[must_use]
pub fn movements(before: &Commitment, after: &Commitment, kind: TermsKind) -> Vec<Movement> {
    let pair = Commitments { before, after, kind };
    ALL.into_iter().flat_map(|slot| pair.movement(slot)).collect()
}

struct Commitments<'a> {
    before: &'a Commitment,
    after: &'a Commitment,
    kind: TermsKind,
}

impl Commitments<'_> {
    fn movement(&self, slot: Slot) -> Vec<Movement> {
        let (from, to) = (self.before.slots.get(&slot), self.after.slots.get(&slot));
        if from.map(|said| &said.value) == to.map(|said| &said.value) {
            return Vec::new();
        }
        let steps = self.steps(slot);
        if steps.len() > 1 {
            return steps.iter().map(|step| one_way(slot, step, from, to)).collect();
        }
        let value = |said: Option<&Said>| said.map(|said| said.value.clone());
        let quote = |said: Option<&Said>| said.map(|said| said.quote.clone());
        let detail = detail(slot, value(from).as_deref(), value(to).as_deref());
        let whole = |step: ScaleStep| Movement {
            moved: Moved {
                slot,
                from: value(from),
                to: value(to),
                sign: step.sign,
                from_quote: quote(from),
                to_quote: quote(to),
            },
            slight: step.slight,
            detail: detail.clone(),
        };
        steps.into_iter().map(whole).collect()
    }

    /// Lists may move both ways at once; every other slot gives at most one step.
    fn steps(&self, slot: Slot) -> Vec<ScaleStep> {
        let (from, to) = (self.before.value(slot), self.after.value(slot));
        let steps = match slot {
            Slot::Decider => self.decider(),
            Slot::ClosedList => self.closed_list(),
            Slot::Trigger => scales::trigger(from, to, self.kind),
            _ => scales::steps(slot, from, to),
        };
        if self.refuses() {
            return turned(slot, steps);
        }
        if self.turns_round() && slot < Slot::Burden && slot != Slot::Strength { Vec::new() } else { steps }
    }

    /// A promise became a refusal, or a refusal a promise: when, unless and of what say another thing on the other side.
    fn turns_round(&self) -> bool {
        let signs = [self.before, self.after].map(|side| strength(side).map(i8::signum));
        matches!(signs, [Some(1), Some(-1)] | [Some(-1), Some(1)])
    }

    /// Both sides refuse or reserve notice: what limits a refusal is good for users.
    fn refuses(&self) -> bool {
        let refusing = |commitment| strength(commitment).is_some_and(|strength| strength < 0);
        refusing(self.before) && refusing(self.after)
    }

    /// Who decides matters only where both sides have something to decide; without exceptions there is no decider.
    fn decider(&self) -> Vec<ScaleStep> {
        match (decider(self.before), decider(self.after)) {
            (Some(from), Some(to)) if from != to => {
                vec![ScaleStep::of(by_rank(from, to), from.max(to) == 4 && from.min(to) == 3)]
            }
            _ => Vec::new(),
        }
    }

    fn closed_list(&self) -> Vec<ScaleStep> {
        let listed = |commitment: &Commitment| {
            commitment.slots.contains_key(&Slot::Exceptions) || commitment.slots.contains_key(&Slot::ClosedList)
        };
        if !listed(self.before) || !listed(self.after) {
            return Vec::new();
        }
        let rank = |commitment: &Commitment| match commitment.value(Slot::ClosedList) {
            Some("closed") => 2,
            Some("open") => 0,
            _ => 1,
        };
        vec![ScaleStep::of(by_rank(rank(self.before), rank(self.after)), false)]
    }
}

/// The decider on the scale court, law, company's belief, sole discretion, agency; an exceptions list without one is the law's.
fn decider(commitment: &Commitment) -> Option<i8> {
    let exceptions = items(commitment.value(Slot::Exceptions));
    let rank = match commitment.value(Slot::Decider) {
        Some("court") => 4,
        Some("company-belief") => 2,
        Some("sole-discretion") => 1,
        Some("agency") => 0,
        None if exceptions.is_empty() => return None,
        _ => 3,
    };
    Some(rank)
}

/// Signs turned for a refusal: a narrower refusal is more for the user; its timing and its decider mean nothing sure.
fn turned(slot: Slot, steps: Vec<ScaleStep>) -> Vec<ScaleStep> {
    let turn = |sign| match (slot, sign) {
        (Slot::Exceptions | Slot::ClosedList | Slot::Trigger | Slot::Reach, Direction::Minus) => Direction::Plus,
        (Slot::Exceptions | Slot::ClosedList | Slot::Trigger | Slot::Reach, Direction::Plus) => Direction::Minus,
        (Slot::Timing | Slot::Decider | Slot::LeadTime, _) => Direction::Zero,
        (_, sign) => sign,
    };
    steps.into_iter().map(|step| ScaleStep { sign: turn(step.sign), ..step }).collect()
}

/// One direction of a list that moved both ways: only the items that came or went that way, with their words.
fn one_way(slot: Slot, step: &ScaleStep, from: Option<&Said>, to: Option<&Said>) -> Movement {
    let value = |items: &[String]| (!items.is_empty()).then(|| items.join(", "));
    let (from, to) = (from.filter(|_| !step.went.is_empty()), to.filter(|_| !step.came.is_empty()));
    let moved = Moved {
        slot,
        from: value(&step.went),
        to: value(&step.came),
        sign: step.sign,
        from_quote: from.map(|said| words_of(said, &step.went)),
        to_quote: to.map(|said| words_of(said, &step.came)),
    };
    Movement { moved, slight: step.slight, detail: told(&step.came, &step.went) }
}

/// The words of some items of a list; all of its words where they cannot be told apart.
fn words_of(said: &Said, wanted: &[String]) -> String {
    let (values, quotes): (Vec<&str>, Vec<&str>) = (said.value.split(", ").collect(), said.quote.split("; ").collect());
    if values.len() != quotes.len() {
        return said.quote.clone();
    }
    let of = |value: &str| wanted.iter().any(|item| item == value);
    let words: Vec<&str> = values.iter().zip(quotes).filter(|(value, _)| of(value)).map(|(_, quote)| quote).collect();
    words.join("; ")
}

fn detail(slot: Slot, from: Option<&str>, to: Option<&str>) -> Option<String> {
    if !matches!(slot, Slot::Exceptions | Slot::Trigger | Slot::Reach | Slot::Gag) || from.is_none() || to.is_none() {
        return None;
    }
    let (from, to) = (items(from), items(to));
    let listed = |items: Vec<&&str>| items.into_iter().map(|&item| item.to_owned()).collect::<Vec<_>>();
    told(&listed(to.difference(&from).collect()), &listed(from.difference(&to).collect()))
}

fn told(came: &[String], went: &[String]) -> Option<String> {
    let parts = [("added", came), ("gone", went)];
    let said =
        parts.iter().filter(|(_, what)| !what.is_empty()).map(|(how, what)| format!("{how}: {}", what.join(", ")));
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join("; "))
}
