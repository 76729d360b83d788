//! Corrections that were decided: to each who got the first letter, in its thread, once.
//!
//! The decision is the fact; which letters are still to be written follows from it and from the outbox, so that an end
//! at any moment loses and doubles none.

use super::notification_log::record;
use super::outgoing::UnwrittenLetter;
use super::{letter_content, outgoing, runs, unmade_letters};
use crate::app::analysis::types::WatchState;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::marks::CORRECTS;
use crate::io::store;
use crate::io::store::{Decision, DecisionKind, OutboxRow, OutboxState, Store};
use jiff::Timestamp;
use noticewatch_core::compare::{Change, Rank, Severity, diff};
use noticewatch_core::extract::{Class, Passage};
use noticewatch_core::history::{Finding, Told, counts};
use noticewatch_core::text;
use serde::Deserialize;
use serde_json::Value;

/// A letter that told of a finding and came, or still waits.
#[derive(Clone, Debug)]
pub struct FirstLetter {
    /// Its row in the outbox.
    pub row: u64,
    /// What it told, and whom.
    pub told: Told,
}

/// Writes the corrections that are decided and not yet in the outbox; returns their rows.
///
/// # Errors
/// The store cannot be read or written.
pub fn correct(
    office: &AppContext,
    store: &mut Store,
    survey: &WatchState,
    now: Timestamp,
) -> Result<Vec<u64>, Failure> {
    let (decided, mut rows) = (decided(store)?, Vec::new());
    if decided.is_empty() {
        return Ok(rows);
    }
    let (told, outbox) = (store.told()?, store.outbox()?);
    for decision in decided {
        let id = decision.finding.as_deref().unwrap_or_default();
        for first in first_letters(&told, survey, id) {
            if !has_correction(&outbox, id, &first.told.recipient) {
                let made = letter(office, store, survey, &decision, &first, now);
                rows.extend(unmade_letters::tell(store, &first.told.recipient, made, now)?);
            }
        }
    }
    Ok(rows)
}

/// The corrections that were decided, oldest first.
///
/// # Errors
/// The store cannot be read.
pub fn decided(store: &Store) -> Result<Vec<Decision>, Failure> {
    let all = store.decisions()?.into_iter();
    Ok(all.filter(|decision| decision.decision == DecisionKind::Correct && decision.finding.is_some()).collect())
}

/// The first letter to each recipient that told of a finding, by its id of then or of now.
#[must_use]
pub fn first_letters(told: &[store::ToldRow], survey: &WatchState, id: &str) -> Vec<FirstLetter> {
    let today = survey.findings.iter().find(|finding| finding.id == id);
    let mut first: Vec<FirstLetter> = Vec::new();
    for told in told.iter().filter(|told| matches!(told.state, OutboxState::Sent | OutboxState::Queued)) {
        let Ok(mut one) = Told::deserialize(&told.what) else { continue };
        let same = one.finding == id || today.is_some_and(|finding| counts(&one, finding));
        if same && first.iter().all(|other| other.told.recipient != told.recipient) {
            (one.message_id, one.recipient) = (told.message_id.clone(), told.recipient.clone());
            first.push(FirstLetter { row: told.row, told: one });
        }
    }
    first
}

fn has_correction(outbox: &[OutboxRow], id: &str, recipient: &str) -> bool {
    let corrects = |note: &Value| note.get(CORRECTS).and_then(Value::as_str) == Some(id);
    outbox.iter().any(|row| row.recipient == recipient && corrects(&row.note))
}

fn letter(
    office: &AppContext,
    store: &Store,
    survey: &WatchState,
    decision: &Decision,
    first: &FirstLetter,
    now: Timestamp,
) -> Result<crate::io::store::Outgoing, Failure> {
    let row = store.letter(first.row)?;
    let name = row.note.get("subscription").and_then(Value::as_str).unwrap_or_default();
    let all = runs::subscriptions(office);
    // One that is gone by now had this recipient all the same.
    let subscription = all.iter().find(|one| one.name == name).or(all.first()).cloned();
    let subscription = subscription.ok_or_else(|| Failure::Usage("there is no subscription".to_owned()))?;
    let id = decision.finding.clone().unwrap_or_default();
    let finding = survey.findings.iter().find(|finding| finding.id == id).cloned();
    let finding = finding.unwrap_or_else(|| remembered(&first.told, survey));
    let record = record(store, &subscription, &first.told.recipient, now)?;
    let why = (decision.reason.as_str(), first.told.at);
    let gathered = letter_content::correction(survey, &record, &finding, why, &subscription, now);
    let sheet = UnwrittenLetter { recipient: &first.told.recipient, subscription: &subscription, gathered: &gathered };
    let mut outgoing = outgoing::outgoing(office, &sheet, Some(&store.octets(first.row)?), None, now)?;
    if let Some(note) = outgoing.note.as_object_mut() {
        note.insert(CORRECTS.to_owned(), Value::String(id));
    }
    Ok(outgoing)
}

/// A finding as its letter told it, where today's rules find it no more.
fn remembered(told: &Told, survey: &WatchState) -> Finding {
    let target = survey.page(&told.target).map(|page| page.target.clone()).unwrap_or_default();
    let passage = |quote: &String| {
        (!quote.is_empty()).then(|| Passage {
            quote: quote.clone(),
            heading: Vec::new(),
            class: Class::UserNotice,
            commitment: noticewatch_core::promise::Commitment::default(),
            tags: Vec::new(),
            normal: text::normal(quote),
        })
    };
    // The record names no severity; how soon it was told comes nearest.
    let severity = match told.rank {
        Rank::AtOnce => Severity::High,
        Rank::Digest => Severity::Medium,
        Rank::Tail | Rank::Silent => Severity::Low,
    };
    Finding {
        id: told.finding.clone(),
        target: told.target.clone(),
        service: target.service,
        terms_type: target.terms_type,
        change: Change {
            before: passage(&told.before),
            after: passage(&told.after),
            verdict: told.verdict,
            dominant: None,
            severity,
            slots: Vec::new(),
            reasons: Vec::new(),
            touches_clause: false,
            diff: diff::words(&told.before, &told.after),
        },
        between: told.between,
        captures: [None, None],
        settled: told.at,
        rank: told.rank,
        stated: Vec::new(),
        rewritten: false,
        siblings: Vec::new(),
        restores: None,
        ends_turn: None,
        accepted: None,
    }
}
