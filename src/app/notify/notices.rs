//! What the program says of itself in letters: its own absence, letters that were given up, damage of the store, and to
//! the operator that another version took over.

use super::notification_log::{NotificationLog, recipient_key};
use super::outbox::{is_given_up, state};
use super::unmade_letters;
use crate::app::error::Failure;
use crate::app::maintenance;
use crate::app::maintenance::upgrade_notice;
use crate::app::text::utc;
use crate::config::{OPERATOR, Subscription};
use crate::io::store::{OutboxRow, OutboxState, Store};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// The notes of a digest or weekly letter.
///
/// # Errors
/// The store cannot be read.
pub fn all(
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    record: &NotificationLog,
) -> Result<Vec<String>, Failure> {
    let mut notes = Vec::new();
    let recent = |at: Timestamp| record.digest.is_none_or(|digest| at >= digest);
    if let Some(mark) = store.marks()?.get("absence").filter(|mark| recent(mark.at)) {
        let time = |key: &str| mark.value.get(key).and_then(|time| Timestamp::deserialize(time).ok());
        let time = |key: &str| time(key).map_or_else(|| "an unknown time".to_owned(), utc);
        notes.push(format!(
            "We did not look from {} to {}: noticewatch itself was not at work. What changed and changed back in that time, nobody here saw.",
            time("from"),
            time("to")
        ));
    }
    notes.extend(given_up(store, subscription, recipient, record)?);
    notes.extend(maintenance::restored(store, record.since)?);
    notes.extend(maintenance::notes(store, subscription.name == OPERATOR, record.digest)?);
    if subscription.name == OPERATOR {
        notes.extend(unmade_letters::notes(store, recent)?);
        notes.extend(upgrade_notice::notes(store, &recipient_key(subscription, recipient), record.digest)?);
    }
    Ok(notes)
}

/// The notes of a letter at once: what does not wait.
///
/// # Errors
/// The store cannot be read.
pub fn at_once(
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    record: &NotificationLog,
) -> Result<Vec<String>, Failure> {
    let restored = maintenance::restored(store, record.since)?;
    Ok(restored.into_iter().chain(given_up(store, subscription, recipient, record)?).collect())
}

/// What was given up since the last letter to this recipient: to others (docs/FACTS.md 3.4), and to it.
///
/// # Errors
/// The store cannot be read.
fn given_up(
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    record: &NotificationLog,
) -> Result<Vec<String>, Failure> {
    let recent = |row: &OutboxRow| row.last_at.is_some_and(|at| record.heard.is_none_or(|heard| at >= heard));
    let rows = store.outbox()?.into_iter().filter(|row| is_given_up(row) && recent(row));
    let (own, others): (Vec<OutboxRow>, Vec<OutboxRow>) = rows.partition(|row| row.recipient == recipient);
    let mut notes: Vec<String> = own.iter().filter(|row| row.state != OutboxState::Expired).map(missed).collect();
    if subscription.name == OPERATOR {
        notes.extend(others.iter().map(|row| {
            let (state, reply) = (state(row.state), row.last_reply.as_deref().unwrap_or("no reply"));
            let (to, at) = (&row.recipient, utc(row.queued_at));
            format!("Letter {} to {to} of {at} was {state}: {reply} (`noticewatch outbox show {}`)", row.id, row.id)
        }));
    } else if !others.is_empty() {
        let letters = match others.len() {
            1 => "1 letter to another recipient".to_owned(),
            count => format!("{count} letters to other recipients"),
        };
        let count = |state| others.iter().filter(|row| row.state == state).count();
        let states = [OutboxState::Refused, OutboxState::Expired, OutboxState::Dropped];
        let counted = states.map(|one| (count(one), state(one))).into_iter().filter(|(count, _)| *count > 0);
        let counted: Vec<String> = counted.map(|(count, word)| format!("{count} {word}")).collect();
        let counted = counted.join(", ");
        notes.push(format!("{letters} could not be delivered ({counted}); `noticewatch outbox` says which and why."));
    }
    Ok(notes)
}

/// What counts as told and never came is at least named.
fn missed(row: &OutboxRow) -> String {
    let subject = row.note.get("subject").and_then(Value::as_str).unwrap_or("a letter");
    format!("A letter to you of {} was {}: \"{subject}\".", utc(row.queued_at), state(row.state))
}
