//! The shapes of public JSON.

use super::analysis::types::TargetState;
use super::text::utc;
use noticewatch_core::compare::{Change, Verdict, alert};
use noticewatch_core::extract::Passage;
use noticewatch_core::history::{Finding, Told, counts};
use noticewatch_core::promise::Slot;
use serde_json::{Value, json};

/// A slot's name as it stands in JSON.
#[must_use]
pub fn slot_name(slot: Slot) -> String {
    serde_json::to_value(slot).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A change as it stands in JSON: quotes and slots, without the machine's inner forms.
#[must_use]
pub fn change_json(change: &Change) -> Value {
    let quote = |passage: &Option<Passage>| passage.as_ref().map(|passage| passage.quote.clone());
    json!({
        "verdict": change.verdict,
        "dominant": change.dominant,
        "severity": change.severity,
        "before": quote(&change.before),
        "after": quote(&change.after),
        "slots": change.slots,
        "reasons": change.reasons,
        "diff": change.diff,
    })
}

/// A verdict as it stands in JSON.
#[must_use]
pub fn verdict_name(verdict: noticewatch_core::compare::Verdict) -> String {
    serde_json::to_value(verdict).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// One finding as a line of JSON. Whom it was told is nobody else's business.
#[must_use]
pub fn finding_json(finding: &Finding, told: &[Told], late: bool) -> Value {
    let quote =
        |passage: &Option<noticewatch_core::extract::Passage>| passage.as_ref().map(|passage| passage.quote.clone());
    let told: Vec<Value> = told
        .iter()
        .filter(|record| counts(record, finding))
        .map(|record| json!({"at": record.at, "message_id": record.message_id}))
        .collect();
    json!({
        "id": finding.id,
        "target": finding.target,
        "service": finding.service,
        "terms_type": finding.terms_type,
        "verdict": finding.change.verdict,
        "dominant": finding.change.dominant,
        "severity": finding.change.severity,
        "alert": alert(finding.change.verdict),
        "late": late,
        "told": told,
        "between": finding.between,
        "before": quote(&finding.change.before),
        "after": quote(&finding.change.after),
        "slots": finding.change.slots,
        "reasons": finding.change.reasons,
        "settled": finding.settled,
        "accepted": finding.accepted,
        "captures": finding.captures,
    })
}

/// A page without findings as a line of JSON.
#[must_use]
pub fn unchanged_json(page: &TargetState) -> Value {
    let (target, followed) = (&page.target, &page.followed);
    let quotes: Vec<&str> = followed.standings.iter().map(|standing| standing.passage.quote.as_str()).collect();
    json!({
        "target": target.id,
        "service": target.service,
        "terms_type": target.terms_type,
        "verdict": Verdict::None,
        "unchanged_since": followed.first_good,
        "last_good": followed.last_good,
        "last_look": followed.last_look,
        "standing": quotes,
        "pending": followed.pending,
    })
}

/// That nothing changed, and since when; None where the page was not seen yet.
pub(crate) fn unchanged(page: &TargetState) -> Option<String> {
    let followed = &page.followed;
    let (first, last) = (followed.first_good?, followed.last_good?);
    let settled = if followed.pending.is_empty() { "" } else { ", but for what is not settled yet" };
    let promise = if followed.standings.is_empty() { "without a promise of user notice" } else { "in the same words" };
    Some(format!(
        "{promise} since the first look that showed the page, {}, to the last, {}{settled}",
        utc(first),
        utc(last)
    ))
}
