//! What a slot's movement means to a user: the scales of DOMAIN.md R3, and the sign of every step on them.
//!
//! Knows the canonical values of the lexicon and nothing of texts, alignment or verdicts.

use crate::document::{Commitment, Said, Slot};
use crate::history::{Moved, Sign};
use crate::target::Kind;
use std::collections::BTreeSet;

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

/// A direction and whether it is of little weight.
type Step = (Sign, bool);

/// All slots in the order in which they dominate (DOMAIN.md R4).
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

/// The strength of a commitment on the scale of DOMAIN.md 1.2; None where it says nothing of the kind.
#[must_use]
pub fn strength(commitment: &Commitment) -> Option<i8> {
    commitment.value(Slot::Strength).map(strength_of)
}

fn strength_of(value: &str) -> i8 {
    match value {
        "firm" => 6,
        "policy" => 5,
        "effort" => 4,
        "may" | "legal-floor" => 2,
        "reserved-no-notice" => -1,
        "refusal" => -2,
        _ => 0,
    }
}

/// Every slot that moved between two commitments, in the order of DOMAIN.md R4.
#[must_use]
pub fn movements(before: &Commitment, after: &Commitment, kind: Kind) -> Vec<Movement> {
    let pair = Commitments { before, after, kind };
    ALL.into_iter().flat_map(|slot| pair.movement(slot)).collect()
}

struct Commitments<'a> {
    before: &'a Commitment,
    after: &'a Commitment,
    kind: Kind,
}

impl Commitments<'_> {
    fn movement(&self, slot: Slot) -> Vec<Movement> {
        let (from, to) = (self.before.slots.get(&slot), self.after.slots.get(&slot));
        if from.map(|said| &said.value) == to.map(|said| &said.value) {
            return Vec::new();
        }
        let value = |said: Option<&Said>| said.map(|said| said.value.clone());
        let quote = |said: Option<&Said>| said.map(|said| said.quote.clone());
        let detail = detail(slot, value(from).as_deref(), value(to).as_deref());
        self.steps(slot)
            .into_iter()
            .map(|(sign, slight)| Movement {
                moved: Moved {
                    slot,
                    from: value(from),
                    to: value(to),
                    sign,
                    from_quote: quote(from),
                    to_quote: quote(to),
                },
                slight,
                detail: detail.clone(),
            })
            .collect()
    }

    /// Lists may move both ways at once; every other slot gives at most one step.
    fn steps(&self, slot: Slot) -> Vec<Step> {
        let (from, to) = (self.before.value(slot), self.after.value(slot));
        let steps = match slot {
            Slot::Strength => strength_step(from, to),
            Slot::Timing => vec![(by_rank(timing(from), timing(to)), false)],
            Slot::LeadTime => lead_time(from, to),
            Slot::Decider => self.decider(),
            Slot::Exceptions => exceptions(from, to),
            Slot::ClosedList => self.closed_list(),
            Slot::Trigger => trigger(from, to, self.kind),
            Slot::Burden => vec![(by_rank(burden(from), burden(to)), false)],
            Slot::Delayed => presence(from, to, false),
            Slot::Object => object(from, to),
            Slot::Contents => vec![(by_rank(contents(from), contents(to)), false)],
            Slot::Gag => list_steps(&items(to), &items(from), false),
            Slot::Reach => list_steps(&items(from), &items(to), false),
            Slot::Channel => presence(from, to, true),
            Slot::Actor => actor(from, to),
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
    fn decider(&self) -> Vec<Step> {
        match (decider(self.before), decider(self.after)) {
            (Some(from), Some(to)) if from != to => {
                vec![(by_rank(from, to), from.max(to) == 4 && from.min(to) == 3)]
            }
            _ => Vec::new(),
        }
    }

    fn closed_list(&self) -> Vec<Step> {
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
        vec![(by_rank(rank(self.before), rank(self.after)), false)]
    }
}

fn by_rank<T: Ord + Copy>(from: T, to: T) -> Sign {
    match from.cmp(&to) {
        std::cmp::Ordering::Less => Sign::Plus,
        std::cmp::Ordering::Equal => Sign::Zero,
        std::cmp::Ordering::Greater => Sign::Minus,
    }
}

/// Signs turned for a refusal: a narrower refusal is more for the user; its timing and its decider mean nothing sure.
fn turned(slot: Slot, steps: Vec<Step>) -> Vec<Step> {
    let turn = |sign| match (slot, sign) {
        (Slot::Exceptions | Slot::ClosedList | Slot::Trigger | Slot::Reach, Sign::Minus) => Sign::Plus,
        (Slot::Exceptions | Slot::ClosedList | Slot::Trigger | Slot::Reach, Sign::Plus) => Sign::Minus,
        (Slot::Timing | Slot::Decider | Slot::LeadTime, _) => Sign::Zero,
        (_, sign) => sign,
    };
    steps.into_iter().map(|(sign, slight)| (turn(sign), slight)).collect()
}

/// Silence is 0 on the scale.
fn strength_step(from: Option<&str>, to: Option<&str>) -> Vec<Step> {
    vec![(by_rank(from.map_or(0, strength_of), to.map_or(0, strength_of)), false)]
}

fn timing(value: Option<&str>) -> i8 {
    match value {
        Some("before") => 4,
        Some("on-receipt") => 3,
        Some("if-or-when-disclosing") => 1,
        Some("after") => 0,
        _ => 2,
    }
}

fn burden(value: Option<&str>) -> i8 {
    match value {
        Some("court-order") => 3,
        Some("supported-statement") => 1,
        Some("officer-statement") => 0,
        _ => 2,
    }
}

fn contents(value: Option<&str>) -> i8 {
    match value {
        Some("complete-copy") => 3,
        Some("copy") => 2,
        Some("summary") => 1,
        _ => 0,
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

fn actor(from: Option<&str>, to: Option<&str>) -> Vec<Step> {
    if from.is_some() && to.is_some() { vec![(Sign::Zero, true)] } else { Vec::new() }
}

fn presence(from: Option<&str>, to: Option<&str>, slight: bool) -> Vec<Step> {
    vec![(by_rank(from.is_some(), to.is_some()), slight)]
}

/// Days are compared as numbers; a lead time in words that hold none is only known to differ.
fn lead_time(from: Option<&str>, to: Option<&str>) -> Vec<Step> {
    let sign = match (from, to) {
        (Some(from), Some(to)) => match (hours(from), hours(to)) {
            (Some(from), Some(to)) => by_rank(from, to),
            _ => Sign::Zero,
        },
        _ => by_rank(from.is_some(), to.is_some()),
    };
    vec![(sign, false)]
}

fn hours(value: &str) -> Option<u32> {
    let number: u32 = value.split_whitespace().find_map(|word| word.parse().ok())?;
    let unit = ["hour", "week", "month"].into_iter().find(|unit| value.contains(unit));
    let factor = match unit {
        Some("hour") => 1,
        Some("week") => 168,
        Some("month") => 720,
        _ => 24,
    };
    number.checked_mul(factor)
}

fn items(value: Option<&str>) -> BTreeSet<&str> {
    value.into_iter().flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// Steps of a list in which every item takes something from the user.
fn list_steps(from: &BTreeSet<&str>, to: &BTreeSet<&str>, slight: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    if to.difference(from).next().is_some() {
        steps.push((Sign::Minus, slight));
    }
    if from.difference(to).next().is_some() {
        steps.push((Sign::Plus, slight));
    }
    steps
}

/// How wide a prohibition is read: a court's order, the law, or mere permission (DOMAIN.md R7).
fn prohibition(items: &BTreeSet<&str>) -> Option<i8> {
    let rank = |item: &&str| match *item {
        "prohibited-by-order" => Some(0),
        "prohibited-by-law" | "believed-prohibited" => Some(1),
        "permitted-or-required" => Some(2),
        _ => None,
    };
    items.iter().filter_map(rank).max()
}

/// Exceptions added take, exceptions removed give. The forms of one prohibition are one exception of different width;
/// that the company believes it is the decider's matter.
fn exceptions(from: Option<&str>, to: Option<&str>) -> Vec<Step> {
    let (from, to) = (items(from), items(to));
    let mut steps = Vec::new();
    match (prohibition(&from), prohibition(&to)) {
        (Some(before), Some(after)) if before != after => {
            steps.push((by_rank(after, before), before < 2 && after < 2));
        }
        (None, Some(_)) => steps.push((Sign::Minus, false)),
        (Some(_), None) => steps.push((Sign::Plus, false)),
        _ => {}
    }
    let others = |items: &BTreeSet<&str>| -> BTreeSet<String> {
        items.iter().filter(|item| prohibition(&BTreeSet::from([**item])).is_none()).map(|&item| item.into()).collect()
    };
    let (from, to) = (others(&from), others(&to));
    let (from, to) = (from.iter().map(String::as_str).collect(), to.iter().map(String::as_str).collect());
    steps.extend(list_steps(&from, &to, false));
    strongest(&steps)
}

/// At most one step of each sign; one that weighs stands for one that does not.
fn strongest(steps: &[Step]) -> Vec<Step> {
    let mut found = Vec::new();
    for sign in [Sign::Minus, Sign::Plus] {
        let of_sign: Vec<&Step> = steps.iter().filter(|step| step.0 == sign).collect();
        if !of_sign.is_empty() {
            found.push((sign, of_sign.iter().all(|step| step.1)));
        }
    }
    found
}

/// Demands that a broader word covers: what is covered is neither added nor missed.
fn covered(item: &str, by: &BTreeSet<&str>, kind: Kind) -> bool {
    const NAMED: [&str; 3] = ["subpoena", "court-order", "warrant"];
    let named = NAMED.iter().filter(|name| by.contains(*name)).count();
    match item {
        _ if by.contains(item) => true,
        "legal-process" => named >= 2 || (kind == Kind::LawEnforcement && by.contains("government")),
        "government" => by.contains("legal-process") || (kind == Kind::LawEnforcement && named >= 1),
        "subpoena" | "court-order" | "warrant" => {
            by.contains("legal-process") || (kind == Kind::LawEnforcement && by.contains("government"))
        }
        "us-legal-process" | "civil" | "formal" | "national-security-letter" | "other" => by.contains("legal-process"),
        _ => false,
    }
}

/// Fewer or narrower demands take ("U.S. legal process" is narrower than the words "legal process" in it); a demand expressly left out takes, and gives when it is gone.
fn trigger(from: Option<&str>, to: Option<&str>, kind: Kind) -> Vec<Step> {
    let unsaid = || BTreeSet::from(["legal-process"]);
    let said = |value| {
        let mut said = items(value);
        if said.contains("us-legal-process") || said.contains("formal") {
            said.remove("legal-process");
        }
        if said.is_empty() { unsaid() } else { said }
    };
    let (from, to) = (said(from), said(to));
    let mut steps = Vec::new();
    let lost = from.iter().any(|item| *item != "no-preservation" && !covered(item, &to, kind));
    let gained = to.iter().any(|item| *item != "no-preservation" && !covered(item, &from, kind));
    let left_out = |items: &BTreeSet<&str>| items.contains("no-preservation");
    if lost || (left_out(&to) && !left_out(&from)) {
        steps.push((Sign::Minus, false));
    }
    if gained || (left_out(&from) && !left_out(&to)) {
        steps.push((Sign::Plus, false));
    }
    if steps.is_empty() {
        // Demands came and went under one broader word: no direction, but more than other words for the same.
        let swapped = from.difference(&to).next().is_some() && to.difference(&from).next().is_some();
        steps.push((Sign::Zero, !swapped));
    }
    steps
}

/// That production waits implies the chance to object; that there may be none is less than silence.
fn object(from: Option<&str>, to: Option<&str>) -> Vec<Step> {
    let rank = |item: &str| match item {
        "hold-production" => 2,
        "no-chance" => -1,
        _ => 1,
    };
    let best = |value| items(value).into_iter().map(rank).max().unwrap_or(0);
    let worst = |value| items(value).contains("no-chance");
    let mut steps = vec![(by_rank(best(from), best(to)), false)];
    if steps[0].0 == Sign::Zero && worst(from) != worst(to) {
        steps[0].0 = if worst(to) { Sign::Minus } else { Sign::Plus };
    }
    steps
}

fn detail(slot: Slot, from: Option<&str>, to: Option<&str>) -> Option<String> {
    if !matches!(slot, Slot::Exceptions | Slot::Trigger | Slot::Reach | Slot::Gag) || from.is_none() || to.is_none() {
        return None;
    }
    let (from, to) = (items(from), items(to));
    let listed = |items: Vec<&&str>| items.into_iter().copied().collect::<Vec<_>>().join(", ");
    let (came, went) = (listed(to.difference(&from).collect()), listed(from.difference(&to).collect()));
    let parts = [("added", came), ("gone", went)];
    let said: Vec<String> =
        parts.iter().filter(|(_, what)| !what.is_empty()).map(|(how, what)| format!("{how}: {what}")).collect();
    (!said.is_empty()).then(|| said.join("; "))
}
