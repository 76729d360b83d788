//! Who gets which letter now: what is due, composing, telling.
//!
//! A finding counts as told by one line of the journal that is durable before anything is sent (DESIGN.md 5).

use super::beside;
use super::failure::Failure;
use super::material::{self, Gathered};
use super::office::Office;
use super::past;
use super::readings::Readings;
use super::record::{Record, ToldTrouble, recipient_key, record, rules_key};
use super::roots;
use super::survey::Survey;
use super::upkeep;
use super::way;
use crate::config::{Quiet, Subscription};
use crate::digest::{Letter, Occasion, compose};
use crate::history::{Finding, Rank, Told};
use crate::io::mail::{Mailer, octets};
use crate::io::store::{OutboxRow, OutboxState, Outgoing, Store};
use crate::schedule::{self, Line};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;

/// What a letter says of itself where its time had gone by.
const LATE: &str = "This letter comes later than its schedule says: the program was not running when it was due.";

/// The way letters go.
pub struct Post {
    /// What sends, with its limits of time.
    pub mailer: Mailer,
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
        readings: &mut Readings,
        survey: &Survey,
        now: Timestamp,
    ) -> Result<Vec<u64>, Failure> {
        let mut rows = Vec::new();
        for subscription in &subscriptions(office) {
            let due = due(subscription, store, now)?;
            for recipient in &subscription.recipients {
                let gathered = Self::gather(store, readings, survey, subscription, recipient, &due, now)?;
                if let Some(gathered) = gathered {
                    let outgoing = outgoing(office, recipient, subscription, &gathered, &due, now)?;
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
        store: &Store,
        readings: &mut Readings,
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
        let mut gathered = gathered(store, readings, survey, &record, (occasion, subscription), now)?;
        if occasion == Occasion::AtOnce {
            gathered.material.notes = upkeep::restored(store, record.since)?.into_iter().collect();
        } else {
            gathered.material.notes = notes(store, subscription, recipient, &record)?;
        }
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
            gathered.material.notes.insert(0, LATE.to_owned());
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
        let recipient = subscription.recipients.first().map(String::as_str).unwrap_or_default();
        let record = record(store, subscription, recipient, now)?;
        let gathered = gathered(store, readings, survey, &record, (Occasion::Weekly, subscription), now)?;
        Ok(compose(&gathered.material))
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
        // A letter waits behind an earlier one to the same recipient.
        let mut ahead = HashSet::new();
        let letters = waiting
            .filter(|row| row.state == OutboxState::Queued && ahead.insert(row.recipient.clone()))
            .map(|row| row.next_try.unwrap_or(now));
        runs.chain(letters).collect()
    }
}

/// The material of one letter, with what the captures of its findings show beside them and what archives recorded before.
fn gathered(
    store: &Store,
    readings: &mut Readings,
    survey: &Survey,
    record: &Record,
    (occasion, subscription): (Occasion, &Subscription),
    now: Timestamp,
) -> Result<Gathered, Failure> {
    let mut gathered = material::gather(survey, record, occasion, subscription, now);
    beside::add(store, survey, &mut gathered.material.items)?;
    past::add_recorded(store, readings, &mut gathered.material.items)?;
    Ok(gathered)
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

fn due(subscription: &Subscription, store: &Store, now: Timestamp) -> Result<Due, Failure> {
    let marks = store.marks()?;
    let run = |occasion: Occasion, line: &Option<Line>| {
        let line = line.as_ref()?;
        let last = marks.get(&run_key(subscription, occasion)).map_or(now, |mark| line.mend(mark.at, now));
        line.due(Some(last), now).map(|due| (occasion, due))
    };
    let runs = [run(Occasion::Digest, &subscription.digest), run(Occasion::Weekly, &subscription.weekly)];
    Ok(Due { runs: runs.into_iter().flatten().collect() })
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

/// What the program says of itself: its own absence, letters to others that were given up.
fn notes(store: &Store, subscription: &Subscription, recipient: &str, record: &Record) -> Result<Vec<String>, Failure> {
    let mut notes = Vec::new();
    let recent = |at: Timestamp| record.digest.is_none_or(|digest| at >= digest);
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
        let letters = match given_up.len() {
            1 => "1 letter to another recipient".to_owned(),
            count => format!("{count} letters to other recipients"),
        };
        notes.push(format!("{letters} could not be delivered; `noticewatch status` says which and why."));
    }
    notes.extend(upkeep::restored(store, record.since)?);
    notes.extend(upkeep::notes(store, subscription.name == OPERATOR, record.digest)?);
    Ok(notes)
}

/// One letter with everything that has to be durable before it is sent.
fn outgoing(
    office: &Office,
    recipient: &str,
    subscription: &Subscription,
    gathered: &Gathered,
    due: &Due,
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
        let told = ToldTrouble {
            trouble: line.trouble.target.clone(),
            since: line.trouble.since,
            news: line.news,
            at: now,
            kind: Some(line.trouble.kind),
        };
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
            "run": due.planned(),
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
