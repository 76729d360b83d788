//! The judgement of a passage that stands on one side only (docs/RULES.md 4.10).
//!
//! Never looks for it elsewhere; whether it moved is seen before.

use super::movements;
use super::reasons::{cut, promise};
use super::types::{Direction, Severity, Verdict};
use super::verdict::{NO_STRENGTH, Ruling, for_its_promise, judged, unknown};
use crate::extract::Passage;
use crate::promise::{Commitment, Slot};
use crate::target::TermsKind;

/// A passage that is gone.
pub(crate) fn gone(before: &Passage, kind: TermsKind) -> Ruling {
    let said = movements::strength(&before.commitment);
    let quoted = promise(&before.commitment).unwrap_or_else(|| cut(&before.quote));
    match said {
        Some(strength) if strength > 0 => Ruling {
            verdict: Verdict::Removed,
            dominant: Some(Direction::Minus),
            severity: Severity::High,
            reasons: vec![format!("Promise gone: {quoted}")],
            ..Ruling::default()
        },
        Some(strength) if strength < 0 => Ruling {
            verdict: Verdict::Strengthened,
            dominant: Some(Direction::Plus),
            severity: Severity::Low,
            reasons: vec![format!("Users are no longer denied notice: {quoted}")],
            ..Ruling::default()
        },
        _ => alone(&before.commitment, &Commitment::default(), kind, "A statement is gone", before),
    }
}

/// A passage that is new.
pub(crate) fn new(after: &Passage, kind: TermsKind) -> Ruling {
    let said = after.commitment.slots.get(&Slot::Strength);
    let quoted = promise(&after.commitment).unwrap_or_else(|| cut(&after.quote));
    let added = |dominant, severity, reason: &str| Ruling {
        verdict: Verdict::Added,
        dominant,
        severity,
        reasons: vec![format!("{reason}: {quoted}")],
        ..Ruling::default()
    };
    match (said.map(|said| said.value.as_str()), movements::strength(&after.commitment)) {
        (Some("legal-floor"), _) => added(None, Severity::Low, "New, but no more than the law asks for"),
        (_, Some(strength)) if strength >= 4 => added(Some(Direction::Plus), Severity::Medium, "New promise"),
        (_, Some(strength)) if strength > 0 => added(Some(Direction::Plus), Severity::Low, "New promise"),
        (_, Some(strength)) if strength < 0 => Ruling {
            verdict: Verdict::Weakened,
            dominant: Some(Direction::Minus),
            severity: Severity::Medium,
            movements: movements::movements(&Commitment::default(), &only(&after.commitment, Slot::Strength), kind),
            reasons: vec![format!("New refusal or reservation: {quoted}")],
            ..Ruling::default()
        },
        _ => alone(&Commitment::default(), &after.commitment, kind, "A statement is new", after),
    }
}

/// A statement that says nothing of how firmly users are told: judged by its other slots, or by a person.
fn alone(was: &Commitment, is: &Commitment, kind: TermsKind, what: &str, passage: &Passage) -> Ruling {
    let mut ruling = judged(movements::movements(was, is, kind), None);
    ruling.reasons.insert(0, format!("{what}: \"{}\"", cut(&passage.quote)));
    if ruling.verdict == Verdict::None {
        ruling.verdict = Verdict::NeedsHuman;
        ruling.severity = Severity::Low;
    }
    if unknown(was, is) {
        for_its_promise(&mut ruling, NO_STRENGTH.to_owned());
    }
    ruling
}

fn only(commitment: &Commitment, slot: Slot) -> Commitment {
    let slots = commitment.slots.iter().filter(|(key, _)| **key == slot).map(|(key, said)| (*key, said.clone()));
    Commitment { slots: slots.collect() }
}
