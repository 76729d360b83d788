//! What the program says of itself in letters: its own absence, letters that were given up, damage of the store, and to
//! the operator that another version took over.

use super::failure::Failure;
use super::paint::utc;
use super::record::{Record, recipient_key};
use super::{takeover, unmade, upkeep};
use crate::config::{OPERATOR, Subscription};
use crate::io::store::{OutboxRow, OutboxState, Store};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// Letters that were given up are shown for so long: 90 days.
pub const SHOWN: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Whether a letter was given up: refused, expired or dropped.
#[must_use]
pub fn is_given_up(row: &OutboxRow) -> bool {
    matches!(row.state, OutboxState::Refused | OutboxState::Expired | OutboxState::Dropped)
}

/// The letters that wait, and those that were given up in the 90 days before the last letter.
#[must_use]
pub fn shown(rows: &[OutboxRow]) -> Vec<&OutboxRow> {
    let last = rows.iter().map(|row| row.queued_at.max(row.last_at.unwrap_or(row.queued_at))).max();
    let recent = |at: Option<Timestamp>| at.zip(last).is_none_or(|(at, last)| last.duration_since(at) <= SHOWN);
    let shown = |row: &&OutboxRow| row.state == OutboxState::Queued || is_given_up(row) && recent(row.last_at);
    rows.iter().filter(shown).collect()
}

/// The notes of a digest or weekly letter.
///
/// # Errors
/// The store cannot be read.
pub fn all(
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    record: &Record,
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
    notes.extend(upkeep::restored(store, record.since)?);
    notes.extend(upkeep::notes(store, subscription.name == OPERATOR, record.digest)?);
    if subscription.name == OPERATOR {
        notes.extend(unmade::notes(store, recent)?);
        notes.extend(takeover::notes(store, &recipient_key(subscription, recipient), record.digest)?);
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
    record: &Record,
) -> Result<Vec<String>, Failure> {
    let restored = upkeep::restored(store, record.since)?;
    Ok(restored.into_iter().chain(given_up(store, subscription, recipient, record)?).collect())
}

/// What was given up since the last letter to this recipient: to others (FACTS.md 2, promise 4), and to it.
///
/// # Errors
/// The store cannot be read.
fn given_up(
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    record: &Record,
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

/// A state in a word.
#[must_use]
pub fn state(state: OutboxState) -> &'static str {
    match state {
        OutboxState::Queued => "queued",
        OutboxState::Sent => "sent",
        OutboxState::Refused => "refused",
        OutboxState::Expired => "expired",
        OutboxState::Dropped => "dropped",
    }
}
