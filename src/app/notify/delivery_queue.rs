//! What waits in the outbox, taken to mail servers, commands and webhooks; what they said is written down.
//!
//! Letters are under way beside the looking: a server that hangs stops nothing but its own letters. Knows rows and
//! octets; what a letter says, and whether it is due, is decided elsewhere.

use super::channels::Parcel;
use super::{channels, mail_envelope, recipient};
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::io::fetch::Fetcher;
use crate::io::mail::{DeliveryFault, Mailer, Reply, Stage};
use crate::io::store::{OutboxRow, OutboxState, ReplyKind, Store};
use jiff::Timestamp;
use noticewatch_core::letter::retry_schedule::{is_due, next_try};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout};

/// So often a server may fall silent in one tick, before the rest of the letters waits for the next.
const MOST_SILENT: usize = 2;
/// One letter after the other goes to the mail server, unless one takes longer than this: then others overtake it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Letters that may be under way by mail at the same time.
const MOST_AT_ONCE: usize = 4;

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

/// The way letters go: what sends them, and those that are under way.
#[derive(Debug)]
pub struct DeliveryQueue {
    /// What sends mail, with its limits of time.
    pub mailer: Mailer,
    /// What calls webhooks; None where there is none.
    fetcher: Option<Arc<Fetcher>>,
    courier: Courier,
}

/// The letters that are under way.
#[derive(Debug, Default)]
struct Courier {
    tasks: JoinSet<Result<String, DeliveryFault>>,
    underway: Vec<Underway>,
    /// Letters that came back, and what was said of them: not on record yet.
    unwritten: Vec<(OutboxRow, Reply, Timestamp)>,
    /// Ways that are down, or fell silent too often: left alone until the next tick.
    held: HashSet<String>,
    silent: usize,
}

#[derive(Debug)]
struct Underway {
    task: Id,
    row: OutboxRow,
    since: Instant,
}

impl Courier {
    /// Whether a letter to this receiver is under way, or came back and is not on record yet.
    fn serves(&self, receiver: &str) -> bool {
        let mut back = self.unwritten.iter();
        self.underway.iter().any(|letter| letter.row.recipient == receiver)
            || back.any(|(row, ..)| row.recipient == receiver)
    }

    /// Begins a tick: what was down is tried again.
    fn begin(&mut self) {
        self.held.clear();
        self.silent = 0;
    }

    /// Whether a letter may set out by this way now.
    fn is_free(&self, way: &str) -> bool {
        let mine = || self.underway.iter().filter(|letter| way_of(&letter.row) == way);
        !self.held.contains(way)
            && mine().count() < MOST_AT_ONCE
            && mine().all(|letter| letter.since.elapsed() >= PATIENCE)
    }

    /// The next letter that has ended; None where none is under way. One whose task broke off counts as not sent.
    async fn next(&mut self) -> Option<(OutboxRow, Result<String, DeliveryFault>)> {
        let (task, ended) = match self.tasks.join_next_with_id().await? {
            Ok(ended) => ended,
            Err(error) => {
                (error.id(), Err(DeliveryFault::new(Stage::Content, format!("the sending broke off: {error}"))))
            }
        };
        let place = self.underway.iter().position(|letter| letter.task == task)?;
        Some((self.underway.swap_remove(place).row, ended))
    }

    /// Holds a way back where the fault is the way's own, or it fell silent again.
    fn learn(&mut self, row: &OutboxRow, fault: &DeliveryFault) {
        let down = fault.stage <= Stage::Auth || fault.stage == Stage::Local;
        self.silent += usize::from(fault.silent);
        if down || self.silent >= MOST_SILENT {
            self.held.insert(way_of(row).to_owned());
        }
    }
}

/// All mail goes one way; each notifier is a way of its own.
fn way_of(row: &OutboxRow) -> &str {
    if recipient::is_mail(&row.recipient) { "" } else { &row.recipient }
}

impl DeliveryQueue {
    /// The way that the settings name.
    ///
    /// # Errors
    /// The password or a certificate file cannot be read.
    pub fn new(office: &AppContext) -> Result<Self, Failure> {
        let (mailer, fetcher) = (mail_envelope::mailer(office)?, channels::fetcher(office)?);
        Ok(Self { mailer, fetcher, courier: Courier::default() })
    }

    /// Goes on by other settings; what waits, waits on.
    ///
    /// # Errors
    /// The password cannot be read; then the former settings hold.
    pub fn renew(&mut self, office: &AppContext) -> Result<(), Failure> {
        let (mailer, fetcher) = (mail_envelope::mailer(office)?, channels::fetcher(office)?);
        (self.mailer, self.fetcher) = (mailer, fetcher);
        Ok(())
    }

    /// Whether a letter to this receiver is under way, or came back and is not on record yet.
    #[must_use]
    pub fn serves(&self, receiver: &str) -> bool {
        self.courier.serves(receiver)
    }

    /// Whether something waits to be written down.
    #[must_use]
    pub fn owes(&self) -> bool {
        !self.courier.unwritten.is_empty()
    }

    /// How many letters are under way.
    #[must_use]
    pub fn underway(&self) -> usize {
        self.courier.underway.len()
    }

    /// Sends what waits and waits for what becomes of it, in order for each receiver; who was tried least comes first.
    /// Where the way itself is down, or fell silent for a second time, the rest waits for the next tick.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn deliver(&mut self, office: &AppContext, store: &mut Store) -> Result<Delivered, Failure> {
        let mut delivered = Delivered::default();
        self.begin();
        loop {
            self.send_off(office, store)?;
            match timeout(PATIENCE, self.courier.next()).await {
                Ok(Some((row, ended))) => self.settle(office, store, row, ended, &mut delivered)?,
                Ok(None) => return Ok(delivered),
                // It takes long: others overtake it.
                Err(_) => {}
            }
        }
    }

    /// Begins a tick: ways that were down are tried again.
    pub fn begin(&mut self) {
        self.courier.begin();
    }

    /// Lets letters set out whose time has come, and waits for none; nothing sets out before what became of the former
    /// ones is on record.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn send_off(&mut self, office: &AppContext, store: &mut Store) -> Result<(), Failure> {
        self.catch_up(store, &mut Delivered::default())?;
        let now = office.clock.now();
        for row in first_in_line(store)? {
            if is_due(row.next_try, now) && !self.courier.serves(&row.recipient) && self.courier.is_free(way_of(&row)) {
                self.set_out(office, store, row);
            }
        }
        Ok(())
    }

    fn set_out(&mut self, office: &AppContext, store: &Store, row: OutboxRow) {
        // A letter that cannot be read holds up no other: it counts as a try, and is said.
        let octets = store.octets(row.id).map_err(|error| DeliveryFault::new(Stage::Content, error.to_string()));
        let route = recipient::route(office, &row.recipient);
        let (from, receiver) = (office.settings.mail.from.address.clone(), row.recipient.clone());
        let message_id = row.message_id.clone();
        let parcel = octets.map(|octets| Parcel { octets, from, receiver, message_id });
        let (mailer, fetcher) = (self.mailer.clone(), self.fetcher.clone());
        let carried = async move { channels::carry(route?, mailer, fetcher, &parcel?).await };
        let task = self.courier.tasks.spawn(carried).id();
        self.courier.underway.push(Underway { task, row, since: Instant::now() });
    }

    /// Waits for the next letter that is under way, and writes down what became of it; for ever where none is.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn answered(&mut self, office: &AppContext, store: &mut Store) -> Result<Delivered, Failure> {
        let Some((row, ended)) = self.courier.next().await else { return std::future::pending().await };
        let mut delivered = Delivered::default();
        self.settle(office, store, row, ended, &mut delivered)?;
        Ok(delivered)
    }

    /// Waits for all that is under way; nothing new sets out.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn drain(&mut self, office: &AppContext, store: &mut Store) -> Result<(), Failure> {
        while let Some((row, ended)) = self.courier.next().await {
            // Others may still be taken; it is tried again at the end.
            let _ = self.settle(office, store, row, ended, &mut Delivered::default());
        }
        self.catch_up(store, &mut Delivered::default())
    }

    fn settle(
        &mut self,
        office: &AppContext,
        store: &mut Store,
        row: OutboxRow,
        ended: Result<String, DeliveryFault>,
        delivered: &mut Delivered,
    ) -> Result<(), Failure> {
        if let Err(fault) = &ended {
            self.courier.learn(&row, fault);
        }
        let reply = ended.map_or_else(Reply::from, Reply::Sent);
        self.courier.unwritten.push((row, reply, office.clock.now()));
        self.catch_up(store, delivered)
    }

    /// Writes down what became of letters. What the disk does not take is kept for the next time: a letter that a server
    /// took must not set out again because that could not be noted.
    fn catch_up(&mut self, store: &mut Store, delivered: &mut Delivered) -> Result<(), Failure> {
        while let Some((row, reply, at)) = self.courier.unwritten.first().cloned() {
            let written = on_record(store, row.id, reply, at, delivered);
            if !matches!(written, Err(Failure::Full(_) | Failure::State(_) | Failure::Io(_))) {
                self.courier.unwritten.remove(0);
            }
            written?;
        }
        Ok(())
    }
}

/// For each receiver the letter that comes next; those whose letter was tried least come first, so that one for whom
/// the server falls silent holds nobody else up.
pub(crate) fn first_in_line(store: &Store) -> Result<Vec<OutboxRow>, Failure> {
    let mut first: BTreeMap<String, OutboxRow> = BTreeMap::new();
    for row in store.outbox()?.into_iter().filter(|row| row.state == OutboxState::Queued) {
        first.entry(row.recipient.clone()).or_insert(row);
    }
    let mut rows: Vec<OutboxRow> = first.into_values().collect();
    rows.sort_by_key(|row| (row.tries, row.id));
    Ok(rows)
}

/// Puts on record what was said of a letter.
fn on_record(
    store: &mut Store,
    id: u64,
    reply: Reply,
    now: Timestamp,
    delivered: &mut Delivered,
) -> Result<(), Failure> {
    // The operator may have given it up meanwhile, or had it queued anew.
    let row = store.letter(id)?;
    if row.state != OutboxState::Queued && !matches!(reply, Reply::Sent(_)) {
        return Ok(());
    }
    match reply {
        Reply::Sent(text) => {
            store.reply(row.id, now, ReplyKind::Sent, &text, None)?;
            delivered.sent += 1;
        }
        Reply::Refused(text) => {
            store.reply(row.id, now, ReplyKind::Refused, &text, None)?;
            delivered.refused.push(format!("{}: {text}", row.recipient));
        }
        Reply::Later { text, .. } => {
            let next = next_try(row.tries + 1, row.again_at.unwrap_or(row.queued_at), now);
            let kind = if next.is_some() { ReplyKind::Later } else { ReplyKind::Expired };
            store.reply(row.id, now, kind, &text, next)?;
            delivered.later.push(format!("{}: {text}", row.recipient));
        }
    }
    Ok(())
}
