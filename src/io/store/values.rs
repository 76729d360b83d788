//! The values that go into the store and come out of it, beside visits and captures. Knows no file format.

use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Sha256, Visit};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A visit and, where it brought a body to keep, the capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// How the attempt ended.
    pub visit: Visit,
    /// What it brought home, with its body.
    pub capture: Option<Capture>,
}

/// How far the visits of a target were read; the default is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Which making of the view it belongs to.
    pub(super) view: u32,
    /// The last list of visits that was begun.
    pub(super) list: u64,
    /// How many visits of it were read.
    pub(super) taken: usize,
}

/// A letter that is to be sent, and what it tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The letter's id, from its material.
    pub id: String,
    /// The mailbox it goes to.
    pub recipient: String,
    /// Its `Message-ID`.
    pub message_id: String,
    /// When it was written.
    pub at: Timestamp,
    /// The mail, as it will be sent on every try.
    pub octets: Vec<u8>,
    /// What this letter tells this recipient; the store does not look inside.
    pub told: Vec<Value>,
    /// What the caller wants to know of the letter later; the store does not look inside.
    pub note: Value,
}

/// Where a letter stands (docs/FACTS.md 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutboxState {
    /// To be sent.
    Queued,
    /// Taken by the server.
    Sent,
    /// Turned down for good.
    Refused,
    /// Given up after days.
    Expired,
    /// Given up by the operator.
    Dropped,
}

/// What became of a try to send a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyKind {
    /// The server took it.
    Sent,
    /// Not now; it stays queued.
    Later,
    /// The server will never take it.
    Refused,
    /// Tried for too long.
    Expired,
}

/// A letter in the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Number of the row: letters are numbered in the order of telling.
    pub id: u64,
    /// The letter's id.
    pub letter: String,
    /// The mailbox it goes to.
    pub recipient: String,
    /// Its `Message-ID`.
    pub message_id: String,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// Digest of its octets.
    pub sha256: Sha256,
    /// Where it stands.
    pub state: OutboxState,
    /// How often it was tried.
    pub tries: u32,
    /// Not to be tried before; None: at once, or never again.
    pub next_try: Option<Timestamp>,
    /// When the last try ended.
    pub last_at: Option<Timestamp>,
    /// What the server, or the operator, said last.
    pub last_reply: Option<String>,
    /// When the operator had it queued again: its time runs from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
    /// What the caller noted with it.
    #[serde(default)]
    pub note: Value,
}

/// One thing that one recipient was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldRow {
    /// Row of the outbox.
    pub row: u64,
    /// The letter's id.
    pub letter: String,
    /// Who was told.
    pub recipient: String,
    /// When the letter was written.
    pub at: Timestamp,
    /// The letter's `Message-ID`.
    pub message_id: String,
    /// Where the letter stands: an expired one un-tells (docs/FACTS.md 3.4).
    pub state: OutboxState,
    /// What was told, as the caller wrote it.
    pub what: Value,
}

/// Something noted under a key: when a recipient was first seen, when a schedule last ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// What was noted.
    pub value: Value,
    /// When.
    pub at: Timestamp,
}

/// What an operator can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    /// What the target serves now is the page: ends a quarantine.
    Accept,
    /// The target is not visited.
    Pause,
    /// The target is visited again.
    Resume,
    /// The finding was a fault of ours.
    Correct,
    /// The letter is to be tried again, now.
    Retry,
    /// The letter is given up.
    Drop,
}

/// What an operator decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// What.
    pub decision: DecisionKind,
    /// The target that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The finding that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// The letter that it concerns: its row in the outbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<u64>,
    /// Why, in the operator's words.
    pub reason: String,
}
