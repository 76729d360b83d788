//! Who gets which letter now: what is due, composing, telling.
//!
//! A finding counts as told by one line of the journal that is durable before anything is sent (DESIGN.md 5).

use super::context::Context;
use super::deliver::{Courier, first_in_line};
use super::failure::Failure;
use super::material::{self, Gathered};
use super::notes;
use super::notify;
use super::office::Office;
use super::readings::Readings;
use super::record::{Record, ToldDay, ToldTrouble, recipient_key, record, rules_key};
use super::roots;
use super::survey::Survey;
use super::{unmade, way};
use crate::config::{OPERATOR, Quiet, Subscription};
use crate::digest::outbox::is_due;
use crate::digest::{Letter, Occasion, compose};
use crate::history::{Finding, Rank, Told};
use crate::io::fetch::Fetcher;
use crate::io::mail::{Mailer, octets};
use crate::io::store::{OutboxRow, OutboxState, Outgoing, Store};
use crate::schedule::{self, Line};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a letter says of itself where its time had gone by.
const LATE: &str = "This letter comes later than its schedule says: the program was away or busy when it was due.";

/// The way letters go.
pub struct Post {
    /// What sends mail, with its limits of time.
    pub mailer: Mailer,
    /// What calls webhooks; None where there is none.
    pub(super) fetcher: Option<Arc<Fetcher>>,
    /// What is under way.
    pub(super) courier: Courier,
}

impl Post {
    /// The way that the settings name.
    ///
    /// # Errors
    /// The password or a certificate file cannot be read.
    pub fn new(office: &Office) -> Result<Self, Failure> {
        let (mailer, fetcher) = (way::mailer(office)?, notify::fetcher(office)?);
        Ok(Self { mailer, fetcher, courier: Courier::default() })
    }

    /// Goes on by other settings; what waits, waits on.
    ///
    /// # Errors
    /// The password cannot be read; then the former settings hold.
    pub fn renew(&mut self, office: &Office) -> Result<(), Failure> {
        let (mailer, fetcher) = (way::mailer(office)?, notify::fetcher(office)?);
        (self.mailer, self.fetcher) = (mailer, fetcher);
        Ok(())
    }

    /// Notes when each recipient and these rules were first seen: findings that settled before are late.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn watermarks(&self, office: &Office, store: &mut Store, now: Timestamp) -> Result<(), Failure> {
        let marks = store.marks()?;
        let mut keys = vec![rules_key()];
        for subscription in &subscriptions(office) {
            keys.extend(subscription.receivers().iter().map(|to| recipient_key(subscription, to)));
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
        readings: &mut Readings,
        survey: &Survey,
        now: Timestamp,
    ) -> Result<Vec<u64>, Failure> {
        let mut rows = Vec::new();
        let context = &mut Context::new(readings);
        for subscription in &subscriptions(office) {
            let due = due(subscription, store, now)?;
            for recipient in &subscription.receivers() {
                let gathered = Self::gather(store, context, survey, subscription, recipient, &due, now)?;
                if let Some(gathered) = gathered {
                    let sheet = Sheet { recipient, subscription, gathered: &gathered };
                    let made = outgoing(office, &sheet, None, due.planned(), now);
                    rows.extend(unmade::tell(store, recipient, made, now)?);
                }
            }
            for (occasion, _) in &due.runs {
                store.mark(&run_key(subscription, *occasion), json!("ran"), now)?;
            }
        }
        rows.extend(self.correct(office, store, survey, now)?);
        Ok(rows)
    }

    /// The material for one recipient; None where there is nothing to say.
    fn gather(
        store: &Store,
        context: &mut Context<'_>,
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
        if has_run(store, subscription, recipient, due.planned())? {
            return Ok(None);
        }
        let record = record(store, subscription, recipient, now)?;
        let mut gathered = gathered(store, context, survey, &record, (occasion, subscription), now)?;
        gathered.material.notes = match occasion {
            Occasion::AtOnce => notes::at_once(store, subscription, recipient, &record)?,
            _ => notes::all(store, subscription, recipient, &record)?,
        };
        let told = material::is_news(&gathered.material)
            || (subscription.name == OPERATOR && !gathered.material.notes.is_empty());
        let quiet = match occasion {
            Occasion::Weekly => subscription.quiet != Quiet::Never || !gathered.material.recent.is_empty(),
            _ => occasion == Occasion::Digest && subscription.quiet == Quiet::Always,
        };
        let speaks = told || quiet;
        if occasion == Occasion::Weekly {
            gathered.material.notes.extend(roots::note(store)?);
        }
        if due.late() {
            // Said in a letter that has something to say; to be late is no news by itself.
            gathered.material.notes.push(LATE.to_owned());
        }
        Ok(speaks.then_some(gathered))
    }

    /// The letter that a digest would be now, whatever is due.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn preview(
        store: &Store,
        readings: &mut Readings,
        survey: &Survey,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<Letter, Failure> {
        let recipient = subscription.receivers().into_iter().next().unwrap_or_default();
        let record = record(store, subscription, &recipient, now)?;
        let context = &mut Context::new(readings);
        let gathered = gathered(store, context, survey, &record, (Occasion::Weekly, subscription), now)?;
        Ok(compose(&gathered.material))
    }

    /// When a digest or a waiting letter is due next.
    pub fn next_due(&self, office: &Office, store: &Store, now: Timestamp) -> Vec<Timestamp> {
        let marks = store.marks().unwrap_or_default();
        let all = subscriptions(office);
        let lines = all.iter().flat_map(|subscription| {
            lines(subscription).map(|(occasion, line)| (run_key(subscription, occasion), line))
        });
        let runs =
            lines.map(|(key, line)| line.next_after(marks.get(&key).map_or(now, |mark| line.mend(mark.at, now))));
        let waiting = first_in_line(store).unwrap_or_default().into_iter();
        let waiting = waiting.filter(|row| !self.courier.serves(&row.recipient));
        let letters = waiting.map(|row| row.next_try.filter(|_| !is_due(row.next_try, now)).unwrap_or(now));
        let owed = self.courier.owes().then_some(now);
        runs.chain(letters).chain(owed).collect()
    }
}

/// The material of one letter, with what stands around its findings.
fn gathered(
    store: &Store,
    context: &mut Context<'_>,
    survey: &Survey,
    record: &Record,
    (occasion, subscription): (Occasion, &Subscription),
    now: Timestamp,
) -> Result<Gathered, Failure> {
    let mut gathered = material::gather(survey, record, occasion, subscription, now);
    context.add(store, survey, &mut gathered.material.items)?;
    Ok(gathered)
}

/// The subscriptions of the settings, and the operator's, who is told of what only an operator can mend, and of no finding.
pub(super) fn subscriptions(office: &Office) -> Vec<Subscription> {
    let operator = office.settings.operator.as_ref().map(|address| Subscription {
        name: OPERATOR.to_owned(),
        recipients: vec![address.clone()],
        names: BTreeMap::new(),
        notifiers: Vec::new(),
        targets: Vec::new(),
        services: Vec::new(),
        terms_types: Vec::new(),
        languages: Vec::new(),
        verdicts: vec!["suspect-capture".to_owned()],
        at_once: false,
        digest: Some(office.settings.digest.clone()),
        weekly: None,
        quiet: Quiet::Never,
        troubles: true,
        text_only: true,
    });
    office.settings.subscriptions.iter().cloned().chain(operator).collect()
}

/// The digests of one subscription that are due, and whether they are late.
struct Due {
    runs: Vec<(Occasion, schedule::Due)>,
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
        self.runs.iter().any(|(_, due)| due.late)
    }

    /// The time that the last of them was planned for.
    fn planned(&self) -> Option<Timestamp> {
        self.runs.iter().map(|(_, due)| due.at).max()
    }
}

fn due(subscription: &Subscription, store: &mut Store, now: Timestamp) -> Result<Due, Failure> {
    let (marks, mut runs) = (store.marks()?, Vec::new());
    for (occasion, line) in lines(subscription) {
        let key = run_key(subscription, occasion);
        let last = marks.get(&key).map_or(now, |mark| mark.at);
        if line.mend(last, now) == last {
            runs.extend(line.due(Some(last), now).map(|due| (occasion, due)));
        } else {
            // Noted at a time that the clock, which was ahead, has not reached: it counts as run now, or would wait for that.
            store.mark(&key, json!("the clock was ahead"), now)?;
        }
    }
    Ok(Due { runs })
}

/// When letters come to a subscription by the calendar.
fn lines(subscription: &Subscription) -> impl Iterator<Item = (Occasion, &Line)> {
    let both = [(Occasion::Digest, &subscription.digest), (Occasion::Weekly, &subscription.weekly)];
    both.into_iter().filter_map(|(occasion, line)| Some((occasion, line.as_ref()?)))
}

/// Whether a letter was written for this subscription.
fn of(row: &OutboxRow, subscription: &Subscription) -> bool {
    row.note.get("subscription").and_then(Value::as_str) == Some(&subscription.name)
}

/// Whether this recipient has the letter of that run already: the program ended before it could note that all have.
fn has_run(
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    planned: Option<Timestamp>,
) -> Result<bool, Failure> {
    let Some(planned) = planned else { return Ok(false) };
    let planned = planned.to_string();
    Ok(store.outbox()?.iter().any(|row| {
        let run = row.note.get("run").and_then(Value::as_str);
        row.recipient == recipient && of(row, subscription) && run == Some(&planned)
    }))
}

/// A letter for one recipient, before it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet<'a> {
    /// Who gets it.
    pub(super) recipient: &'a str,
    /// By which subscription.
    pub(super) subscription: &'a Subscription,
    /// What stands in it.
    pub(super) gathered: &'a Gathered,
}

/// One letter with everything that has to be durable before it is sent. `first`: the octets of the letter that it
/// answers.
pub(super) fn outgoing(
    office: &Office,
    sheet: &Sheet<'_>,
    first: Option<&[u8]>,
    run: Option<Timestamp>,
    now: Timestamp,
) -> Result<Outgoing, Failure> {
    let Sheet { recipient, subscription, gathered } = *sheet;
    let letter = compose(&gathered.material);
    let mut envelope = way::envelope(office, &letter, recipient, now, subscription.text_only);
    if let Some(thread) = first.and_then(way::thread) {
        (envelope.in_reply_to, envelope.references) = (thread.last().cloned(), thread);
    }
    let message_id = envelope.message_id.clone();
    let octets = if recipient.starts_with("webhook:") {
        notify::payload(gathered, &letter, &message_id)
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
