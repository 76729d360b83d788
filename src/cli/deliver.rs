//! What waits in the outbox, taken to the mail server; what the server said is written down.
//!
//! Knows rows and octets; what a letter says, and whether it is due, is decided elsewhere.

use super::failure::Failure;
use super::office::Office;
use super::post::Post;
use crate::digest::outbox::next_try;
use crate::io::mail::{Reply, Stage};
use crate::io::store::{OutboxRow, OutboxState, ReplyKind, Store};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// So often a server may fall silent in one tick, before the rest of the letters waits for the next.
const MOST_SILENT: usize = 2;

/// What became of the letters that were tried.
#[derive(Clone, Debug, Default)]
pub struct Delivered {
    /// Taken by the server.
    pub sent: usize,
    /// To be tried again, with what the server said.
    pub later: Vec<String>,
    /// Given up, with what the server said.
    pub refused: Vec<String>,
}

impl Post {
    /// Sends what waits, in order for each recipient; who was tried least comes first. Where the way itself is down, or
    /// the server fell silent for a second time, the rest waits for the next tick, so that looking goes on.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn deliver(&self, office: &Office, store: &mut Store) -> Result<Delivered, Failure> {
        let mut delivered = Delivered::default();
        let mut behind: HashSet<String> = HashSet::new();
        let mut silent = 0;
        for row in waiting(store)? {
            let now = office.clock.now();
            if behind.contains(&row.recipient) {
                continue;
            }
            if row.next_try.is_some_and(|at| at > now) {
                behind.insert(row.recipient.clone());
                continue;
            }
            let octets = store.octets(row.id)?;
            let ended = self.mailer.diagnose(&octets, &office.settings.mail.from.address, &row.recipient).await;
            let down = ended.as_ref().is_err_and(|fault| fault.stage <= Stage::Auth || fault.stage == Stage::Local);
            silent += usize::from(ended.as_ref().is_err_and(|fault| fault.silent));
            let reply = ended.map_or_else(Reply::from, Reply::Sent);
            if !settle(store, &row, reply, office.clock.now(), &mut delivered)? {
                behind.insert(row.recipient.clone());
            }
            if down || silent >= MOST_SILENT {
                break;
            }
        }
        Ok(delivered)
    }
}

/// Letters that wait, in order for each recipient; recipients whose next letter was tried least come first, so that one
/// for whom the server falls silent holds nobody else up.
fn waiting(store: &Store) -> Result<Vec<OutboxRow>, Failure> {
    let mut rows: Vec<OutboxRow> = store.outbox()?;
    rows.retain(|row| row.state == OutboxState::Queued);
    let mut tries: HashMap<String, u32> = HashMap::new();
    for row in &rows {
        tries.entry(row.recipient.clone()).or_insert(row.tries);
    }
    rows.sort_by_key(|row| (tries.get(&row.recipient).copied().unwrap_or_default(), row.id));
    Ok(rows)
}

/// Writes down what the server said; false where the letter stays queued.
fn settle(
    store: &mut Store,
    row: &OutboxRow,
    reply: Reply,
    now: Timestamp,
    delivered: &mut Delivered,
) -> Result<bool, Failure> {
    match reply {
        Reply::Sent(text) => {
            store.reply(row.id, now, ReplyKind::Sent, &text, None)?;
            delivered.sent += 1;
            Ok(true)
        }
        Reply::Refused(text) => {
            store.reply(row.id, now, ReplyKind::Refused, &text, None)?;
            delivered.refused.push(format!("{}: {text}", row.recipient));
            Ok(true)
        }
        Reply::Later { text, .. } => {
            let next = next_try(row.tries + 1, row.queued_at, now);
            let kind = if next.is_some() { ReplyKind::Later } else { ReplyKind::Expired };
            store.reply(row.id, now, kind, &text, next)?;
            delivered.later.push(format!("{}: {text}", row.recipient));
            Ok(false)
        }
    }
}
