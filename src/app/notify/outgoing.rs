//! From a letter to what leaves: octets, row of the outbox, what it tells.

use super::letter_content::Draft;
use super::notification_log::{NotificationLog, ToldDay, ToldTrouble};
use super::surroundings::Context;
use super::{channels, letter_content, mail_envelope};
use crate::app::analysis::types::WatchState;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::config::Subscription;
use crate::io::mail::octets;
use crate::io::store::{OutboxState, Outgoing, Store};
use jiff::Timestamp;
use noticewatch_core::compare::Rank;
use noticewatch_core::history::{Finding, Told};
use noticewatch_core::letter::{Occasion, compose};
use serde_json::Value;
use serde_json::json;

/// The material of one letter, with what stands around its findings.
pub(crate) fn gathered(
    store: &Store,
    context: &mut Context<'_>,
    survey: &WatchState,
    record: &NotificationLog,
    (occasion, subscription): (Occasion, &Subscription),
    now: Timestamp,
) -> Result<Draft, Failure> {
    let mut gathered = letter_content::gather(survey, record, occasion, subscription, now);
    context.add(store, survey, &mut gathered.material.items)?;
    Ok(gathered)
}

/// A letter for one recipient, before it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnwrittenLetter<'a> {
    /// Who gets it.
    pub(crate) recipient: &'a str,
    /// By which subscription.
    pub(crate) subscription: &'a Subscription,
    /// What stands in it.
    pub(crate) gathered: &'a Draft,
}

/// One letter with everything that has to be durable before it is sent. `first`: the octets of the letter that it
/// answers.
pub(crate) fn outgoing(
    office: &AppContext,
    sheet: &UnwrittenLetter<'_>,
    first: Option<&[u8]>,
    run: Option<Timestamp>,
    now: Timestamp,
) -> Result<Outgoing, Failure> {
    let UnwrittenLetter { recipient, subscription, gathered } = *sheet;
    let letter = compose(&gathered.material);
    let mut envelope = mail_envelope::envelope(office, &letter, recipient, now, subscription.text_only);
    if let Some(thread) = first.and_then(mail_envelope::thread) {
        (envelope.in_reply_to, envelope.references) = (thread.last().cloned(), thread);
    }
    let message_id = envelope.message_id.clone();
    let octets = if recipient.starts_with("webhook:") {
        channels::payload(gathered, &letter, &message_id)
    } else {
        octets(&letter, &envelope).map_err(|error| Failure::Data(error.to_string()))?
    };
    let record = |(finding, rank): &(Finding, Rank)| {
        serde_json::to_value(told(finding, *rank, recipient, &message_id, now)).ok()
    };
    let findings: Vec<Value> = gathered.told.iter().filter_map(record).collect();
    let troubles = gathered.material.troubles.iter().filter_map(|line| {
        let told = ToldTrouble {
            trouble: line.trouble.target.clone(),
            since: line.trouble.since,
            news: line.news,
            at: now,
            kind: Some(line.trouble.kind),
        };
        serde_json::to_value(told).ok()
    });
    let days = gathered.material.arrived.iter().flat_map(|arrived| {
        let day = |id: &String| ToldDay { in_force: id.clone(), day: arrived.date, at: now };
        arrived.findings.iter().filter_map(move |id| serde_json::to_value(day(id)).ok())
    });
    Ok(Outgoing {
        id: letter.id.clone(),
        recipient: recipient.to_owned(),
        message_id,
        at: now,
        octets,
        told: findings.into_iter().chain(troubles).chain(days).collect(),
        note: json!({
            "subscription": subscription.name,
            "occasion": gathered.material.occasion,
            "subject": letter.subject,
            "targets": letter.targets,
            "run": run,
        }),
    })
}

pub(crate) fn told(finding: &Finding, rank: Rank, recipient: &str, message_id: &str, at: Timestamp) -> Told {
    let quote = |passage: &Option<noticewatch_core::extract::Passage>| {
        passage.as_ref().map(|passage| passage.quote.clone()).unwrap_or_default()
    };
    Told {
        finding: finding.id.clone(),
        target: finding.target.clone(),
        recipient: recipient.to_owned(),
        at,
        message_id: message_id.to_owned(),
        rank,
        verdict: finding.change.verdict,
        between: finding.between,
        before: quote(&finding.change.before),
        after: quote(&finding.change.after),
    }
}

/// Everything that anybody was told.
///
/// # Errors
/// The store cannot be read.
pub fn all_told(store: &Store) -> Result<Vec<Told>, Failure> {
    let told = store.told()?.into_iter().filter(|told| told.state != OutboxState::Expired);
    Ok(told.filter_map(|told| serde_json::from_value(told.what).ok()).collect())
}
