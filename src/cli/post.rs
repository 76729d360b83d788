//! Who gets which letter now, and what became of the letters that wait: composing, telling, delivering.
//!
//! A finding counts as told by one line of the journal that is durable before anything is sent (DESIGN.md 5).

use super::failure::Failure;
use super::material::{self, Gathered, Record, ToldTrouble};
use super::office::Office;
use super::survey::Survey;
use crate::config::{Password, Subscription, Tls, Way};
use crate::digest::outbox::next_try;
use crate::digest::{Letter, Occasion, compose};
use crate::document::rules;
use crate::history::{Finding, Rank, Told};
use crate::io::mail::{self, Envelope, Mailer, Reply, Server, Stage, Transport, octets};
use crate::io::store::{OutboxRow, OutboxState, Outgoing, ReplyKind, Store};
use crate::schedule::Line;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

/// How long connecting, and each answer before the message, may take.
const PATIENCE: Duration = Duration::from_secs(60);

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
        Ok(Self { mailer: mailer(office)? })
    }

    /// Notes when each recipient and these rules were first seen: findings that settled before are late.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn watermarks(&self, office: &Office, store: &mut Store, now: Timestamp) -> Result<(), Failure> {
        let marks = store.marks()?;
        let mut keys = vec![rules_key()];
        for subscription in &office.settings.subscriptions {
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
        for subscription in &office.settings.subscriptions {
            let due = due(subscription, store, now)?;
            for recipient in &subscription.recipients {
                let gathered = self.gather(office, store, survey, subscription, recipient, &due, now)?;
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
    #[expect(
        clippy::too_many_arguments,
        reason = "each is another fact, and a struct for one call would only hide them"
    )]
    fn gather(
        &self,
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
            gathered.material.notes = notes(office, store, recipient, &record, due)?;
        }
        let speaks = occasion == Occasion::Weekly || material::is_news(&gathered.material);
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
            let reply =
                self.mailer.send(&octets, &office.settings.mail.from.address, &row.recipient, &file_name(&row)).await;
            if !settle(store, &row, reply, office.clock.now(), &mut delivered)? {
                behind.insert(row.recipient.clone());
            }
        }
        Ok(delivered)
    }

    /// When a digest or a waiting letter is due next.
    pub fn next_due(&self, office: &Office, store: &Store, now: Timestamp) -> Vec<Timestamp> {
        let marks = store.marks().unwrap_or_default();
        let lines = office.settings.subscriptions.iter().flat_map(|subscription| {
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

/// What this recipient has been told; letters that expired have told nothing.
fn record(store: &Store, subscription: &Subscription, recipient: &str, now: Timestamp) -> Result<Record, Failure> {
    let marks = store.marks()?;
    let seen = |key: String| marks.get(&key).map_or(now, |mark| mark.at);
    let mut record =
        Record { watermark: seen(rules_key()).max(seen(recipient_key(subscription, recipient))), ..Record::default() };
    for told in store.told()?.into_iter().filter(|told| told.recipient == recipient) {
        if told.state == OutboxState::Expired {
            continue;
        }
        if told.what.get("trouble").is_some() {
            record.troubles.extend(serde_json::from_value::<ToldTrouble>(told.what));
        } else if let Ok(mut one) = serde_json::from_value::<Told>(told.what) {
            one.message_id = told.message_id;
            record.told.push(one);
        }
    }
    let letters = store.outbox()?.into_iter().filter(|row| {
        row.recipient == recipient && row.note.get("subscription").and_then(Value::as_str) == Some(&subscription.name)
    });
    record.since = letters.map(|row| row.queued_at).max();
    Ok(record)
}

/// What the program says of itself: a late digest, its own absence, letters to others that were given up.
fn notes(office: &Office, store: &Store, recipient: &str, record: &Record, due: &Due) -> Result<Vec<String>, Failure> {
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
    let count = given_up.count();
    if count > 0 {
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
    let mut letter = compose(&gathered.material);
    if subscription.text_only {
        letter.html.clear();
    }
    let envelope = envelope(office, recipient, now);
    let message_id = envelope.message_id(&letter);
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
        note: json!({"subscription": subscription.name, "subject": letter.subject, "targets": letter.targets}),
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

fn envelope(office: &Office, recipient: &str, now: Timestamp) -> Envelope {
    let mail = &office.settings.mail;
    Envelope {
        from_name: mail.from.name.clone(),
        from: mail.from.address.clone(),
        to: recipient.to_owned(),
        reply_to: mail.reply_to.clone(),
        unsubscribe: mail.unsubscribe.clone(),
        domain: mail.domain.clone(),
        date: now,
    }
}

/// The way out that the settings name, with its password.
fn mailer(office: &Office) -> Result<Mailer, Failure> {
    let transport = match &office.settings.mail.way {
        Way::Mailbox { directory } => {
            Transport::Mailbox(directory.as_ref().map_or_else(|| office.state.join("mail"), PathBuf::from))
        }
        Way::Sendmail { command } => Transport::Sendmail(command.clone()),
        Way::Smtp(smtp) => Transport::Smtp(Server {
            host: smtp.host.clone(),
            port: smtp.port,
            tls: match smtp.tls {
                Tls::Implicit => mail::Tls::Implicit,
                Tls::StartTls => mail::Tls::Starttls,
                Tls::None => mail::Tls::None,
            },
            login: match &smtp.login {
                Some((user, place)) => Some((user.clone(), password(place)?)),
                None => None,
            },
            patience: PATIENCE,
        }),
    };
    Ok(Mailer::new(transport))
}

/// The password from where it stands, without the newline that editors leave.
fn password(place: &Password) -> Result<String, Failure> {
    let path = match place {
        Password::File(path) => PathBuf::from(path),
        Password::Credential(name) => {
            let dir = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                Failure::Missing(format!("the credential {name} comes from the service manager (LoadCredential=), which did not start this program; give password_file to run it by hand"))
            })?;
            PathBuf::from(dir).join(name)
        }
    };
    let text =
        std::fs::read_to_string(&path).map_err(|error| Failure::Missing(format!("{}: {error}", path.display())))?;
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line)).to_owned())
}

/// The parts of a letter as a mail client would show them.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The decoded subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Takes a letter's octets apart.
#[must_use]
pub fn parts(octets: &[u8]) -> Parts {
    let Some(message) = mail_parser::MessageParser::default().parse(octets) else { return Parts::default() };
    Parts {
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
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

/// Sends a letter that says nothing but that letters arrive.
///
/// # Errors
/// A letter was not taken.
pub async fn send_test(office: &Office, only: Option<&str>) -> Result<(), Failure> {
    let mailer = mailer(office)?;
    let mut recipients: Vec<&String> = office.settings.subscriptions.iter().flat_map(|one| &one.recipients).collect();
    recipients.dedup();
    let now = office.clock.now();
    let mut failed = false;
    for recipient in
        only.map(str::to_owned).into_iter().chain(recipients.into_iter().filter(|_| only.is_none()).cloned())
    {
        let letter = test_letter(now);
        let octets =
            octets(&letter, &envelope(office, &recipient, now)).map_err(|error| Failure::Data(error.to_string()))?;
        let name = format!("test-{}", now.strftime("%Y%m%dT%H%M%S"));
        let reply = mailer.send(&octets, &office.settings.mail.from.address, &recipient, &name).await;
        match reply {
            Reply::Sent(text) => anstream::println!("{recipient}: sent ({text})"),
            Reply::Refused(text) => {
                failed = true;
                anstream::println!(
                    "{recipient}: refused: {text}\n    The server will not take letters for this address from this sender; check the address."
                );
            }
            Reply::Later { text, stage, .. } => {
                failed = true;
                anstream::println!("{recipient}: not sent: {text}\n    {}", advice(stage, office));
            }
        }
    }
    if failed { Err(Failure::Attention) } else { Ok(()) }
}

/// What to change when a step fails.
fn advice(stage: Stage, office: &Office) -> String {
    let server = match &office.settings.mail.way {
        Way::Smtp(smtp) => format!("{}:{}", smtp.host, smtp.port),
        Way::Sendmail { command } => command.clone(),
        Way::Mailbox { directory } => directory.clone().unwrap_or_else(|| "the mailbox directory".to_owned()),
    };
    match stage {
        Stage::Connect => format!(
            "No session with {server}: check host and port in [mail.smtp], and that this machine may connect out."
        ),
        Stage::Tls => format!(
            "No protected connection with {server}: tls must be \"implicit\" (465) or \"starttls\" (587) as the server has it, and its certificate must fit its name."
        ),
        Stage::Auth => format!(
            "{server} does not accept user name or password: check username and the password file or credential."
        ),
        Stage::Sender => {
            format!("{server} does not accept {} as sender: check from in [mail].", office.settings.mail.from.address)
        }
        Stage::Recipient => {
            "The server does not accept the recipient now; if this stays, check the address.".to_owned()
        }
        Stage::Data => {
            format!("{server} broke off at the message itself; if this stays, ask its operator for the log line.")
        }
    }
}

fn test_letter(now: Timestamp) -> Letter {
    let text = format!(
        "This is a test of noticewatch.\n\nLetters from it arrive. Nothing was checked and nothing changed.\nWritten {}.\n",
        super::paint::utc(now)
    );
    Letter {
        subject: "[test] noticewatch letters arrive".to_owned(),
        html: String::new(),
        id: crate::capture::Sha256::of(text.as_bytes()).short(),
        text,
        verdict: None,
        targets: Vec::new(),
        thread: None,
    }
}

fn rules_key() -> String {
    format!("rules/{}", rules())
}

fn recipient_key(subscription: &Subscription, recipient: &str) -> String {
    format!("recipient/{}/{recipient}", subscription.name)
}

fn run_key(subscription: &Subscription, occasion: Occasion) -> String {
    let name = if occasion == Occasion::Weekly { "weekly" } else { "digest" };
    format!("{name}/{}", subscription.name)
}

/// The name of a letter's file in a mailbox directory.
fn file_name(row: &OutboxRow) -> String {
    format!("{}-{:05}", row.queued_at.strftime("%Y%m%dT%H%M%SZ"), row.id)
}
