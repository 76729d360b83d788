//! What one recipient has been told, as the store's lines say it.
//!
//! Facts only: what is still unsaid, and what a letter makes of it, is decided elsewhere.

use crate::app::error::Failure;
use crate::app::marks::rules_key;
use crate::config::Subscription;
use crate::io::store::{OutboxState, Store};
use jiff::Timestamp;
use jiff::civil::Date;
use noticewatch_core::history::{Told, TroubleKind};
use noticewatch_core::letter::{Occasion, TroubleNews};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The record that news of a trouble stood in a letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldTrouble {
    /// The target's id.
    pub trouble: String,
    /// When it began.
    pub since: Timestamp,
    /// What was told of it.
    pub news: TroubleNews,
    /// When.
    pub at: Timestamp,
    /// As what; None: told by a version that did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TroubleKind>,
}

/// The record that a letter said of a told change that the day has come from which it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldDay {
    /// The finding's id when the change was told.
    pub in_force: String,
    /// The day, by the page's own words.
    pub day: Date,
    /// When that was told.
    pub at: Timestamp,
}

/// What one recipient has been told, and since when there is anything to tell.
#[derive(Clone, Debug, Default)]
pub struct NotificationLog {
    /// Findings told in letters that were not given up.
    pub told: Vec<Told>,
    /// What letters told that expired: it counts as not told, and comes again, marked late.
    pub lapsed: Vec<Told>,
    /// Days told that had come.
    pub days: Vec<ToldDay>,
    /// Troubles told.
    pub troubles: Vec<ToldTrouble>,
    /// Findings that settled before it are late.
    pub watermark: Timestamp,
    /// The last letter of this subscription that did not expire.
    pub since: Option<Timestamp>,
    /// The last digest or weekly letter among them: what a letter at once leaves out is news until then.
    pub digest: Option<Timestamp>,
    /// The last letter that came or still waits, of whatever subscription.
    pub heard: Option<Timestamp>,
    /// The last weekly letter among them.
    pub week: Option<Timestamp>,
}

/// What this recipient has been told; letters that expired have told nothing.
///
/// # Errors
/// The store cannot be read.
pub fn record(
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    now: Timestamp,
) -> Result<NotificationLog, Failure> {
    let marks = store.marks()?;
    let seen = |key: String| marks.get(&key).map_or(now, |mark| mark.at);
    let mut record = NotificationLog {
        watermark: seen(rules_key()).max(seen(recipient_key(subscription, recipient))),
        ..NotificationLog::default()
    };
    for told in store.told()?.into_iter().filter(|told| told.recipient == recipient) {
        if told.state == OutboxState::Expired {
            record.lapsed.extend(serde_json::from_value::<Told>(told.what));
            continue;
        }
        if told.what.get("trouble").is_some() {
            record.troubles.extend(serde_json::from_value::<ToldTrouble>(told.what));
        } else if told.what.get("in_force").is_some() {
            record.days.extend(serde_json::from_value::<ToldDay>(told.what));
        } else if let Ok(mut one) = serde_json::from_value::<Told>(told.what) {
            one.message_id = told.message_id;
            record.told.push(one);
        }
    }
    // A letter from a day to come was written by a clock that was ahead: what happens until then is news all the same.
    for row in store.outbox()?.into_iter().filter(|row| row.recipient == recipient && row.queued_at <= now) {
        if matches!(row.state, OutboxState::Sent | OutboxState::Queued) {
            record.heard = record.heard.max(Some(row.queued_at));
        }
        let own = row.note.get("subscription").and_then(Value::as_str) == Some(&subscription.name);
        if !own || row.state == OutboxState::Expired {
            continue;
        }
        record.since = record.since.max(Some(row.queued_at));
        let occasion = row.note.get("occasion").and_then(|occasion| Occasion::deserialize(occasion).ok());
        if matches!(occasion, Some(Occasion::Digest | Occasion::Weekly)) {
            record.digest = record.digest.max(Some(row.queued_at));
        }
        if occasion == Some(Occasion::Weekly) {
            record.week = record.week.max(Some(row.queued_at));
        }
    }
    Ok(record)
}

/// The key under which the first sight of a recipient is noted.
#[must_use]
pub fn recipient_key(subscription: &Subscription, recipient: &str) -> String {
    format!("recipient/{}/{recipient}", subscription.name)
}
