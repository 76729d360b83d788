//! What became of letters, in words.

use crate::io::store::{OutboxRow, OutboxState};
use jiff::SignedDuration;
use jiff::Timestamp;

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
