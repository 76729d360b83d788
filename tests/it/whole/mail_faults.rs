//! The table of what a mail server can do, row by row, with the real outbox, engine and client: where each letter stands
//! while the server misbehaves, and what has arrived when it is well again.

use super::world::{DESK, Mail, mail, released, time};
use crate::mail_faults::{Comes, ONE, Papers, Row, Setup, papers, rows, well};
use crate::smtp_server::Server;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use noticewatch::app::context::AppContext;
use noticewatch::app::due::Which;
use noticewatch::app::engine::Engine;
use noticewatch::app::notify::dispatch;
use noticewatch::cli::args::common::Common;
use noticewatch::config::Party;
use noticewatch::io::clock::Clock;
use noticewatch::io::mail::{Envelope, message_id, octets};
use noticewatch::io::store::{OutboxRow, OutboxState, Outgoing, Store};
use noticewatch_core::letter::{Material, compose};

use std::path::Path;
use std::time::Duration;

const THIRD: &str = "editor@press.example";
const RECIPIENTS: [&str; 3] = [ONE, DESK, THIRD];
const START: &str = "2026-01-06T09:00:00Z";

/// What is known to happen: each must be covered by a row of the table.
const NAMED: [&str; 20] = [
    "greylisting",
    "banner-421",
    "busy-for-three-tries",
    "rcpt-550-for-one",
    "rcpt-550-for-all",
    "data-554-for-one",
    "hang-at-connect",
    "hang-at-rcpt",
    "hang-after-the-dot",
    "drop-after-data",
    "slow",
    "size-limit",
    "no-8bitmime",
    "starttls-stripped",
    "starttls-garbage",
    "certificate-expired",
    "certificate-for-another",
    "auth-535",
    "auth-454",
    "mail-550",
];

/// An outbox with two letters to each, and the server that it is about to meet.
struct Post {
    dir: tempfile::TempDir,
    server: Server,
    clock: Clock,
    engine: Engine,
}

impl Post {
    async fn new(row: &Row, papers: &Papers) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let server = Server::start(row.script.clone()).await;
        let tls = match row.setup {
            Setup::Clear => "tls = \"none\"",
            Setup::Starttls => "tls = \"starttls\"",
            Setup::Implicit => "tls = \"implicit\"",
            Setup::Login => "tls = \"none\"\nusername = \"watch\"\npassword_file = \"PASSWORD\"",
        };
        let password = dir.path().join("password");
        secret(&password);
        let tls = tls.replace("PASSWORD", &password.display().to_string());
        let settings = format!(
            "time_zone = \"UTC\"\n[mail]\nfrom = \"watch@noticewatch.example\"\n[mail.smtp]\nhost = \"localhost\"\nport = {}\nhelo = \"client.example\"\nextra_ca = \"{}\"\n{tls}\n[[subscription]]\nname = \"legal\"\nrecipients = {RECIPIENTS:?}\n",
            server.port,
            papers.authority.file.path().display(),
        );
        std::fs::write(dir.path().join("noticewatch.toml"), settings).expect("settings");
        std::fs::write(dir.path().join("targets.toml"), TARGET).expect("targets");
        let clock = Clock::driven(time(START));
        fill(&dir.path().join("state"), clock.now());
        released(&dir.path().join("state"));
        let engine = engine(dir.path(), &clock);
        Self { dir, server, clock, engine }
    }

    /// Lets letters go as the daemon does: whatever is due next.
    async fn until(&mut self, end: Timestamp) {
        loop {
            let due =
                dispatch::next_due(&self.engine.delivery, &self.engine.office, &self.engine.store, self.clock.now());
            let due = due.into_iter().min().unwrap_or(end).max(self.clock.now());
            if due > end {
                self.clock.advance_to(end);
                return;
            }
            let before = (self.clock.now(), self.rows());
            self.clock.advance_to(due);
            self.engine.tick(&Which::Nothing, |_| ()).await.expect("a tick");
            assert_ne!(before, (self.clock.now(), self.rows()), "a tick that does nothing would be turned for ever");
        }
    }

    fn rows(&self) -> Vec<OutboxRow> {
        self.engine.store.outbox().expect("the outbox")
    }

    fn arrived(&self, recipient: &str) -> Vec<Mail> {
        self.server.arrived().into_iter().map(mail).filter(|mail| mail.to == recipient).collect()
    }
}

const TARGET: &str = "[[target]]\nid = \"lumenfeed-law\"\nservice = \"Lumenfeed\"\nterms_type = \"Law Enforcement Guidelines\"\nurl = \"https://lumenfeed.example/legal\"\n";

fn secret(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, "a secret\n").expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("closed");
}

fn engine(dir: &Path, clock: &Clock) -> Engine {
    let at = |name: &str| Some(dir.join(name));
    let (config, targets, state) = (at("noticewatch.toml"), at("targets.toml"), at("state"));
    let common = Common { config, targets, state, json: false, verbose: 0 };
    Engine::open(AppContext::open(&common.paths(), clock.clone()).expect("a configuration")).expect("an engine")
}

/// Leaves two letters to each recipient in the outbox.
pub(super) fn fill(state: &Path, now: Timestamp) {
    let mut store = Store::open(state).expect("a store");
    for number in ["first", "second"] {
        for to in RECIPIENTS {
            let material = Material { at: now, notes: vec![format!("The {number} letter.")], ..Material::default() };
            let letter = compose(&material);
            let message_id = message_id(&letter.id, to, "noticewatch.example");
            let envelope = Envelope {
                from: Party::of("watch@noticewatch.example"),
                to: Party::of(to),
                message_id: message_id.clone(),
                date: now,
                ..Envelope::default()
            };
            let octets = octets(&letter, &envelope).expect("octets");
            let (id, recipient, note) = (letter.id, to.to_owned(), serde_json::json!({"subscription": "legal"}));
            let letter = Outgoing { id, recipient, message_id, at: now, octets, told: Vec::new(), note };
            store.tell(&[letter]).expect("told");
        }
    }
}

/// Lives through one row.
async fn through(row: &Row, papers: &Papers) {
    let mut post = Post::new(row, papers).await;
    let start = post.clock.now();
    if row.slow {
        let bound = Duration::from_millis(250);
        (post.engine.delivery.mailer.connect, post.engine.delivery.mailer.whole) = (bound, bound);
    }
    // Tries after 0, 1, 3 and 7 minutes; slow ones are tried less often.
    let trouble = SignedDuration::from_mins(if row.slow { 2 } else { 10 });
    post.until(start + trouble).await;
    stands(row, &post.rows());
    // The program ends and begins again; then the server is well.
    drop(post.engine);
    released(&post.dir.path().join("state"));
    post.engine = engine(post.dir.path(), &post.clock);
    post.server.set(well(row.setup, papers));
    post.until(start + SignedDuration::from_hours(1)).await;
    for recipient in RECIPIENTS {
        let comes = if recipient == ONE { row.comes } else { row.others_come };
        came(row, recipient, comes, &post);
    }
}

/// Where the letters stand while the server misbehaves.
fn stands(row: &Row, rows: &[OutboxRow]) {
    for letter in rows.iter().take(RECIPIENTS.len()) {
        let said = letter.last_reply.clone().unwrap_or_default();
        let what = format!("{}: {:?} to {}: {said}", row.name, letter.state, letter.recipient);
        if letter.recipient == ONE {
            assert_eq!(letter.state, row.one.0, "{what}");
            assert!(said.contains(row.one.1), "{what}");
        } else {
            assert_eq!(letter.state, row.others, "{what}");
        }
        assert!(!said.contains(['\u{1b}', '\r', '\n']), "{what}");
    }
}

/// What has come in the end, in order.
fn came(row: &Row, recipient: &str, comes: Comes, post: &Post) {
    let letters = post.arrived(recipient);
    let rows: Vec<OutboxRow> = post.rows().into_iter().filter(|letter| letter.recipient == recipient).collect();
    let what = format!("{} to {recipient}", row.name);
    let ended = if comes == Comes::Never { OutboxState::Refused } else { OutboxState::Sent };
    assert!(rows.iter().all(|letter| letter.state == ended), "{what}: {rows:#?}");
    for letter in &letters {
        let row = rows.iter().find(|row| row.message_id == letter.id).unwrap_or_else(|| panic!("{what}: {letter:?}"));
        let octets = String::from_utf8(post.engine.store.octets(row.id).expect("octets")).expect("ASCII");
        assert_eq!(letter.octets.trim_end(), octets.trim_end(), "{what}: the octets that were stored");
    }
    let wanted: Vec<&str> = rows.iter().map(|letter| letter.message_id.as_str()).collect();
    let mut ids: Vec<&str> = letters.iter().map(|letter| letter.id.as_str()).collect();
    match comes {
        Comes::Never => assert!(ids.is_empty(), "{what}: {ids:?}"),
        Comes::Once => assert_eq!(ids, wanted, "{what}: each once and in order"),
        Comes::Again => {
            ids.dedup();
            assert_eq!(ids, wanted, "{what}: in order, those that come again one after the other");
            assert!(recipient != ONE || letters.len() > wanted.len(), "{what}: {ids:?}");
        }
    }
}

async fn all(slow: bool) {
    let papers = papers();
    let table: Vec<Row> = rows(&papers).into_iter().filter(|row| row.slow == slow).collect();
    for some in table.chunks(8) {
        join_all(some.iter().map(|row| through(row, &papers))).await;
    }
}

#[tokio::test]
async fn every_fault_of_a_mail_server_costs_no_letter_and_doubles_none() {
    all(false).await;
}

#[tokio::test]
async fn mail_servers_that_fall_silent_cost_no_letter() {
    all(true).await;
}

#[test]
fn no_fault_is_forgotten() {
    let papers = papers();
    let rows = rows(&papers);
    for name in NAMED {
        assert!(rows.iter().any(|row| row.name == name), "no row `{name}`");
    }
    for row in &rows {
        assert_eq!(rows.iter().filter(|other| other.name == row.name).count(), 1, "{}: twice", row.name);
    }
}
