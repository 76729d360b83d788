//! Who gets which letter now, and what became of the letters that wait: composing, telling, delivering.
//!
//! A finding counts as told by one line of the journal that is durable before anything is sent (DESIGN.md 5).

use super::failure::Failure;
use super::material::{self, Gathered};
use super::office::Office;
use super::record::{Record, ToldTrouble, recipient_key, record, rules_key};
use super::survey::Survey;
use super::way;
use crate::config::Subscription;
use crate::digest::outbox::next_try;
use crate::digest::{Letter, Occasion, compose};
use crate::history::{Finding, Rank, Told};
use crate::io::mail::{Mailer, Reply, octets};
use crate::io::store::{OutboxRow, OutboxState, Outgoing, ReplyKind, Store};
use crate::schedule::Line;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;

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

/// The way letters go.
pub struct Post {
    mailer: Mailer,
}

impl Post {
    /// The way that the settings name.
    ///
    /// # Errors
    /// The password cannot be read.
    pub fn new(office: &Office) -> Result<Self, Failure> {
        Ok(Self { mailer: way::mailer(office)? })
    }

    /// Notes when each recipient and these rules were first seen: findings that settled before are late.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn watermarks(&self, office: &Office, store: &mut Store, now: Timestamp) -> Result<(), Failure> {
        let marks = store.marks()?;
        let mut keys = vec![rules_key()];
        for subscription in &subscriptions(office) {
            keys.extend(subscription.recipients.iter().map(|to| recipient_key(subscription, to)));
            keys.extend([Occasion::Digest, Occasion::Weekly].map(|occasion| run_key(subscription, occasion)));
        }
        for key in keys.iter().filter(|key| !marks.contains_key(*key)) {
            store.mark(key, json!("first seen"), now)?;
        }
        Ok(())
    }

    /// Writes the letters that are due into the outbox; returns their rows.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn tell(
        &self,
        office: &Office,
        store: &mut Store,
        survey: &Survey,
        now: Timestamp,
    ) -> Result<Vec<u64>, Failure> {
        let mut rows = Vec::new();
        for subscription in &subscriptions(office) {
            let due = due(subscription, store, now)?;
            for recipient in &subscription.recipients {
                let gathered = Self::gather(office, store, survey, subscription, recipient, &due, now)?;
                if let Some(gathered) = gathered {
                    let outgoing = outgoing(office, recipient, subscription, &gathered, now)?;
                    rows.extend(store.tell(&[outgoing])?);
                }
            }
            for (occasion, _) in &due.runs {
                store.mark(&run_key(subscription, *occasion), json!("ran"), now)?;
            }
        }
        Ok(rows)
    }

    /// The material for one recipient; None where there is nothing to say.
    fn gather(
        office: &Office,
        store: &Store,
        survey: &Survey,
        subscription: &Subscription,
        recipient: &str,
        due: &Due,
        now: Timestamp,
    ) -> Result<Option<Gathered>, Failure> {
        let occasion = due.occasion();
        if occasion == Occasion::AtOnce && !subscription.at_once {
            return Ok(None);
        }
        let record = record(store, subscription, recipient, now)?;
        let mut gathered = material::gather(survey, &record, occasion, subscription, now);
        if occasion != Occasion::AtOnce {
            gathered.material.notes = notes(office, store, subscription, recipient, &record, due)?;
        }
        let told = material::is_news(&gathered.material)
            || (subscription.name == OPERATOR && !gathered.material.notes.is_empty());
        let speaks = occasion == Occasion::Weekly || told;
        Ok(speaks.then_some(gathered))
    }

    /// The letter that a digest would be now, whatever is due.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn preview(
        store: &Store,
        survey: &Survey,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<Letter, Failure> {
        let recipient = subscription.recipients.first().map(String::as_str).unwrap_or_default();
        let record = record(store, subscription, recipient, now)?;
        let gathered = material::gather(survey, &record, Occasion::Weekly, subscription, now);
        Ok(compose(&gathered.material))
    }

    /// Sends what waits, in order for each recipient.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn deliver(&self, office: &Office, store: &mut Store) -> Result<Delivered, Failure> {
        let mut delivered = Delivered::default();
        let mut behind: HashSet<String> = HashSet::new();
        let waiting: Vec<OutboxRow> =
            store.outbox()?.into_iter().filter(|row| row.state == OutboxState::Queued).collect();
        for row in waiting {
            let now = office.clock.now();
            if behind.contains(&row.recipient) {
                continue;
            }
            if row.next_try.is_some_and(|at| at > now) {
                behind.insert(row.recipient.clone());
                continue;
            }
            let octets = store.octets(row.id)?;
            let reply = self.mailer.send(&octets, &office.settings.mail.from.address, &row.recipient).await;
            if !settle(store, &row, reply, office.clock.now(), &mut delivered)? {
                behind.insert(row.recipient.clone());
            }
        }
        Ok(delivered)
    }

    /// When a digest or a waiting letter is due next.
    pub fn next_due(&self, office: &Office, store: &Store, now: Timestamp) -> Vec<Timestamp> {
        let marks = store.marks().unwrap_or_default();
        let all = subscriptions(office);
        let lines = all.iter().flat_map(|subscription| {
            [(Occasion::Digest, &subscription.digest), (Occasion::Weekly, &subscription.weekly)]
                .into_iter()
                .filter_map(|(occasion, line)| Some((run_key(subscription, occasion), line.as_ref()?)))
        });
        let runs =
            lines.map(|(key, line)| line.next_after(marks.get(&key).map_or(now, |mark| line.mend(mark.at, now))));
        let waiting = store.outbox().unwrap_or_default().into_iter();
        let letters = waiting.filter(|row| row.state == OutboxState::Queued).map(|row| row.next_try.unwrap_or(now));
        runs.chain(letters).collect()
    }
}

/// The subscription of the operator, who is told of what only an operator can mend, and of no finding.
const OPERATOR: &str = "operator";

/// The subscriptions of the settings, and the operator's.
fn subscriptions(office: &Office) -> Vec<Subscription> {
    let operator = office.settings.operator.as_ref().map(|address| Subscription {
        name: OPERATOR.to_owned(),
        recipients: vec![address.clone()],
        targets: Vec::new(),
        services: Vec::new(),
        terms_types: Vec::new(),
        languages: Vec::new(),
        verdicts: vec!["suspect-capture".to_owned()],
        at_once: false,
        digest: Some(office.settings.digest.clone()),
        weekly: None,
        text_only: true,
    });
    office.settings.subscriptions.iter().cloned().chain(operator).collect()
}

/// The digests of one subscription that are due, and whether they are late.
struct Due {
    runs: Vec<(Occasion, bool)>,
}

impl Due {
    fn occasion(&self) -> Occasion {
        let has = |occasion| self.runs.iter().any(|(due, _)| *due == occasion);
        if has(Occasion::Weekly) {
            Occasion::Weekly
        } else if has(Occasion::Digest) {
            Occasion::Digest
        } else {
            Occasion::AtOnce
        }
    }

    fn late(&self) -> bool {
        self.runs.iter().any(|(_, late)| *late)
    }
}

fn due(subscription: &Subscription, store: &Store, now: Timestamp) -> Result<Due, Failure> {
    let marks = store.marks()?;
    let run = |occasion: Occasion, line: &Option<Line>| {
        let line = line.as_ref()?;
        let last = marks.get(&run_key(subscription, occasion)).map_or(now, |mark| line.mend(mark.at, now));
        line.due(Some(last), now).map(|due| (occasion, due.late))
    };
    let runs = [run(Occasion::Digest, &subscription.digest), run(Occasion::Weekly, &subscription.weekly)];
    Ok(Due { runs: runs.into_iter().flatten().collect() })
}

/// What the program says of itself: a late digest, its own absence, letters to others that were given up.
fn notes(
    office: &Office,
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    record: &Record,
    due: &Due,
) -> Result<Vec<String>, Failure> {
    let mut notes = Vec::new();
    let recent = |at: Timestamp| record.since.is_none_or(|since| at > since);
    if due.late() {
        notes.push("This letter comes later than its schedule says: the program was not running, or had no mail server, when it was due.".to_owned());
    }
    if let Some(mark) = store.marks()?.get("absence").filter(|mark| recent(mark.at)) {
        let time = |key: &str| mark.value.get(key).and_then(Value::as_str).unwrap_or("unknown").to_owned();
        notes.push(format!(
            "noticewatch itself was not running between {} and {}; nobody looked at the pages in that time.",
            time("from"),
            time("to")
        ));
    }
    let given_up = store.outbox()?.into_iter().filter(|row| {
        row.recipient != recipient
            && matches!(row.state, OutboxState::Refused | OutboxState::Expired | OutboxState::Dropped)
            && row.last_at.is_some_and(recent)
    });
    let given_up: Vec<OutboxRow> = given_up.collect();
    if subscription.name == OPERATOR {
        notes.extend(given_up.iter().map(|row| {
            let reply = row.last_reply.as_deref().unwrap_or("no reply");
            format!("A letter to {} of {} was given up: {reply}", row.recipient, super::paint::utc(row.queued_at))
        }));
    } else if !given_up.is_empty() {
        let count = given_up.len();
        notes.push(format!(
            "{count} letter(s) to other recipients could not be delivered; `noticewatch status` names them."
        ));
    }
    if !store.damage().is_empty() {
        notes.push(format!("The store in {} is damaged; `noticewatch status` says where.", office.state.display()));
    }
    Ok(notes)
}

/// One letter with everything that has to be durable before it is sent.
fn outgoing(
    office: &Office,
    recipient: &str,
    subscription: &Subscription,
    gathered: &Gathered,
    now: Timestamp,
) -> Result<Outgoing, Failure> {
    let letter = compose(&gathered.material);
    let envelope = way::envelope(office, &letter, recipient, now, subscription.text_only);
    let message_id = envelope.message_id.clone();
    let octets = octets(&letter, &envelope).map_err(|error| Failure::Data(error.to_string()))?;
    let record = |(finding, rank): &(Finding, Rank)| {
        serde_json::to_value(told(finding, *rank, recipient, &message_id, now)).ok()
    };
    let findings: Vec<Value> = gathered.told.iter().filter_map(record).collect();
    let troubles = gathered.material.troubles.iter().filter_map(|line| {
        let told =
            ToldTrouble { trouble: line.trouble.target.clone(), since: line.trouble.since, news: line.news, at: now };
        serde_json::to_value(told).ok()
    });
    Ok(Outgoing {
        id: letter.id.clone(),
        recipient: recipient.to_owned(),
        message_id,
        at: now,
        octets,
        told: findings.into_iter().chain(troubles).collect(),
        note: json!({
            "subscription": subscription.name,
            "occasion": gathered.material.occasion,
            "subject": letter.subject,
            "targets": letter.targets,
        }),
    })
}

fn told(finding: &Finding, rank: Rank, recipient: &str, message_id: &str, at: Timestamp) -> Told {
    let quote = |passage: &Option<crate::document::Passage>| {
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

/// Everything that anybody was told.
///
/// # Errors
/// The store cannot be read.
pub fn all_told(store: &Store) -> Result<Vec<Told>, Failure> {
    let told = store.told()?.into_iter().filter(|told| told.state != OutboxState::Expired);
    Ok(told.filter_map(|told| serde_json::from_value(told.what).ok()).collect())
}

/// Whether a finding settled before these rules were first at work here.
#[must_use]
pub fn is_late(store: &Store, finding: &Finding) -> bool {
    store.marks().ok().and_then(|marks| marks.get(&rules_key()).map(|mark| finding.settled < mark.at)).unwrap_or(false)
}

fn run_key(subscription: &Subscription, occasion: Occasion) -> String {
    let name = if occasion == Occasion::Weekly { "weekly" } else { "digest" };
    format!("{name}/{}", subscription.name)
}
