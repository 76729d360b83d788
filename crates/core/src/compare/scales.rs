//! The scales of docs/RULES.md 4.3: for each slot, what a step from one value to another means to a user.
//!
//! Knows the canonical values of the lexicon and nothing of texts; how slots bear on each other stands in `slots`.

use super::types::Direction;
use crate::promise::Slot;
use crate::target::TermsKind;
use std::collections::BTreeSet;

/// A step on a scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleStep {
    /// Its direction.
    pub sign: Direction,
    /// Of little weight.
    pub slight: bool,
    /// For lists: the items that came, of those that make this direction.
    pub came: Vec<String>,
    /// For lists: the items that went.
    pub went: Vec<String>,
}

impl ScaleStep {
    /// A step of a slot that holds one value.
    #[must_use]
    pub fn of(sign: Direction, slight: bool) -> Self {
        Self { sign, slight, came: Vec::new(), went: Vec::new() }
    }
}

/// The steps of a slot whose scale needs nothing but its two values. Lists may move both ways at once.
#[must_use]
pub fn steps(slot: Slot, from: Option<&str>, to: Option<&str>) -> Vec<ScaleStep> {
    let step = |sign| vec![ScaleStep::of(sign, false)];
    match slot {
        Slot::Strength if from == Some(UNREAD) || to == Some(UNREAD) => step(Direction::Zero),
        Slot::Strength => step(by_rank(from.map_or(0, strength), to.map_or(0, strength))),
        Slot::Timing => step(by_rank(timing(from), timing(to))),
        Slot::LeadTime => step(lead_time(from, to)),
        Slot::Exceptions => exceptions(from, to),
        Slot::Burden => step(by_rank(burden(from), burden(to))),
        Slot::Delayed => step(by_rank(from.is_some(), to.is_some())),
        Slot::Object => step(object(from, to)),
        Slot::Contents => step(by_rank(contents(from), contents(to))),
        Slot::Gag => giving(&items(from), &items(to)),
        Slot::Reach => taking(&items(from), &items(to)),
        Slot::Channel => vec![channel(&items(from), &items(to))],
        Slot::Actor if from.is_some() && to.is_some() => vec![ScaleStep::of(Direction::Zero, true)],
        _ => Vec::new(),
    }
}

/// The direction from one rank to another.
pub fn by_rank<T: Ord + Copy>(from: T, to: T) -> Direction {
    match from.cmp(&to) {
        std::cmp::Ordering::Less => Direction::Plus,
        std::cmp::Ordering::Equal => Direction::Zero,
        std::cmp::Ordering::Greater => Direction::Minus,
    }
}

/// The items of a list.
#[must_use]
pub fn items(value: Option<&str>) -> BTreeSet<&str> {
    value.into_iter().flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// The strength of telling under words that no rule knows: it has no place on the scale.
pub const UNREAD: &str = "unread";

/// A strength on the scale of docs/RULES.md 3.2; silence is 0.
#[must_use]
pub fn strength(value: &str) -> i8 {
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

/// Days are compared as numbers; a lead time in words that hold none is only known to differ.
fn lead_time(from: Option<&str>, to: Option<&str>) -> Direction {
    match (from, to) {
        (Some(from), Some(to)) => match (hours(from), hours(to)) {
            (Some(from), Some(to)) => by_rank(from, to),
            _ => Direction::Zero,
        },
        _ => by_rank(from.is_some(), to.is_some()),
    }
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

/// A way of telling that is dropped takes, little. A message that goes to the user is more than one he must come and find;
/// which of two ways to him is better nobody can say.
fn channel(from: &BTreeSet<&str>, to: &BTreeSet<&str>) -> ScaleStep {
    let personal = |items: &BTreeSet<&str>| items.iter().any(|item| *item != "in-app");
    let (dropped, added) = (from.difference(to).next().is_some(), to.difference(from).next().is_some());
    match (dropped, added) {
        (true, false) => ScaleStep::of(Direction::Minus, true),
        (false, true) => ScaleStep::of(Direction::Plus, true),
        _ => ScaleStep::of(by_rank(personal(from), personal(to)), personal(from) != personal(to)),
    }
}

/// What stands in one list and not in the other.
fn only(list: &BTreeSet<&str>, other: &BTreeSet<&str>) -> Vec<String> {
    list.difference(other).map(|&item| item.to_owned()).collect()
}

/// Steps of a list in which every item takes something from the user.
fn taking(from: &BTreeSet<&str>, to: &BTreeSet<&str>) -> Vec<ScaleStep> {
    let (came, went) = (only(to, from), only(from, to));
    let mut steps = Vec::new();
    if !came.is_empty() {
        steps.push(ScaleStep { came, ..ScaleStep::of(Direction::Minus, false) });
    }
    if !went.is_empty() {
        steps.push(ScaleStep { went, ..ScaleStep::of(Direction::Plus, false) });
    }
    steps
}

/// Steps of a list in which every item gives the user something.
fn giving(from: &BTreeSet<&str>, to: &BTreeSet<&str>) -> Vec<ScaleStep> {
    let (came, went) = (only(to, from), only(from, to));
    let mut steps = Vec::new();
    if !went.is_empty() {
        steps.push(ScaleStep { went, ..ScaleStep::of(Direction::Minus, false) });
    }
    if !came.is_empty() {
        steps.push(ScaleStep { came, ..ScaleStep::of(Direction::Plus, false) });
    }
    steps
}

/// How wide a prohibition is read: a court's order, the law, or mere permission (docs/RULES.md 4.3).
fn width(item: &str) -> Option<i8> {
    match item {
        "prohibited-by-order" => Some(0),
        "prohibited-by-law" | "believed-prohibited" => Some(1),
        "permitted-or-required" => Some(2),
        _ => None,
    }
}

/// Exceptions added take, exceptions removed give. The forms of one prohibition are one exception of different width;
/// that the company believes it is the decider's matter.
fn exceptions(from: Option<&str>, to: Option<&str>) -> Vec<ScaleStep> {
    let (from, to) = (items(from), items(to));
    let split = |items: &BTreeSet<&'_ str>| -> [BTreeSet<String>; 2] {
        let (bans, others) = items.iter().map(|&item| item.to_owned()).partition(|item: &String| width(item).is_some());
        [bans, others]
    };
    let ([from_bans, from], [to_bans, to]) = (split(&from), split(&to));
    let widest = |bans: &BTreeSet<String>| bans.iter().filter_map(|item| width(item)).max();
    let differ = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
    let mut steps = Vec::new();
    let ban = match (widest(&from_bans), widest(&to_bans)) {
        (Some(before), Some(after)) if before != after => Some((by_rank(after, before), before < 2 && after < 2)),
        (None, Some(_)) => Some((Direction::Minus, false)),
        (Some(_), None) => Some((Direction::Plus, false)),
        _ => None,
    };
    // Where the company decides as it sees fit, a ban beside that neither gives nor takes.
    let free = |items: &BTreeSet<String>| items.contains("discretion");
    let ban = ban.filter(|(sign, _)| match sign {
        Direction::Plus => !free(&to) || free(&from),
        Direction::Minus => !free(&from) || free(&to),
        Direction::Zero => true,
    });
    if let Some((sign, slight)) = ban {
        steps.push(ScaleStep { sign, slight, came: differ(&to_bans, &from_bans), went: differ(&from_bans, &to_bans) });
    }
    steps.extend(taking(&from.iter().map(String::as_str).collect(), &to.iter().map(String::as_str).collect()));
    strongest(steps)
}

/// At most one step of each sign; one that weighs stands for one that does not.
fn strongest(steps: Vec<ScaleStep>) -> Vec<ScaleStep> {
    let mut found: Vec<ScaleStep> = Vec::new();
    for step in steps {
        if let Some(same) = found.iter_mut().find(|same| same.sign == step.sign) {
            same.slight &= step.slight;
            same.came.extend(step.came);
            same.went.extend(step.went);
        } else {
            found.push(step);
        }
    }
    found.sort_by_key(|step| step.sign);
    found
}

/// Demands by their names.
const NAMED: [&str; 3] = ["subpoena", "court-order", "warrant"];

/// Demands that a broader word covers: what is covered is neither added nor missed.
#[must_use]
pub fn covered(item: &str, by: &BTreeSet<&str>, kind: TermsKind) -> bool {
    let named = NAMED.iter().filter(|name| by.contains(*name)).count();
    match item {
        _ if by.contains(item) => true,
        "legal-process" => named >= 2 || (kind == TermsKind::LawEnforcement && by.contains("government")),
        "government" => by.contains("legal-process") || (kind == TermsKind::LawEnforcement && named >= 1),
        "subpoena" | "court-order" | "warrant" => {
            by.contains("legal-process") || (kind == TermsKind::LawEnforcement && by.contains("government"))
        }
        "us-legal-process" | "civil" | "formal" | "national-security-letter" | "other" => by.contains("legal-process"),
        _ => false,
    }
}

/// Fewer or narrower demands take ("U.S. legal process" is narrower than the words "legal process" in it); a demand expressly left out takes, and gives when it is gone.
#[must_use]
pub fn trigger(from: Option<&str>, to: Option<&str>, kind: TermsKind) -> Vec<ScaleStep> {
    const LEFT_OUT: &str = "no-preservation";
    // Demands named where none was, or no longer named: narrower, or only said with more words.
    let named = |value| items(value).iter().all(|item| NAMED.contains(item));
    if from.is_none() && named(to) || to.is_none() && named(from) {
        return vec![ScaleStep::of(Direction::Zero, false)];
    }
    let said = |value| {
        let mut said = items(value);
        if said.contains("us-legal-process") || said.contains("formal") {
            said.remove("legal-process");
        }
        if said.is_empty() { BTreeSet::from(["legal-process"]) } else { said }
    };
    let (from, to) = (said(from), said(to));
    let missing = |these: &BTreeSet<&str>, there: &BTreeSet<&str>| -> Vec<String> {
        let missed = these.iter().filter(|item| **item != LEFT_OUT && !covered(item, there, kind));
        missed.map(|&item| item.to_owned()).collect()
    };
    let left_out = |these: &BTreeSet<&str>, there: &BTreeSet<&str>| {
        (these.contains(LEFT_OUT) && !there.contains(LEFT_OUT)).then(|| LEFT_OUT.to_owned())
    };
    let mut steps = Vec::new();
    let mut took = (missing(&from, &to), Vec::from_iter(left_out(&to, &from)));
    let mut gave = (Vec::from_iter(left_out(&from, &to)), missing(&to, &from));
    // A word that narrows the demands beside it takes when it comes, though it names one more.
    if !from.is_disjoint(&to) {
        let narrow = |item: &String| matches!(item.as_str(), "formal" | "us-legal-process");
        took.1.extend(gave.1.extract_if(.., |item| narrow(item)));
        gave.0.extend(took.0.extract_if(.., |item| narrow(item)));
    }
    for (sign, (went, came)) in [(Direction::Minus, took), (Direction::Plus, gave)] {
        if !went.is_empty() || !came.is_empty() {
            steps.push(ScaleStep { sign, slight: false, came, went });
        }
    }
    if steps.is_empty() {
        // Demands came and went under one broader word: no direction, but more than other words for the same.
        let swapped = from.difference(&to).next().is_some() && to.difference(&from).next().is_some();
        steps.push(ScaleStep::of(Direction::Zero, !swapped));
    }
    steps
}

/// That production waits implies the chance to object; that there may be none is less than silence.
fn object(from: Option<&str>, to: Option<&str>) -> Direction {
    let rank = |item: &str| match item {
        "hold-production" => 2,
        "no-chance" => -1,
        _ => 1,
    };
    let best = |value| items(value).into_iter().map(rank).max().unwrap_or(0);
    let none = |value| items(value).contains("no-chance");
    match by_rank(best(from), best(to)) {
        Direction::Zero => by_rank(none(to), none(from)),
        sign => sign,
    }
}
