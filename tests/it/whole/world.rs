//! A small world to watch: a site, a mail server, a state directory, and the engine on a driven clock.

use crate::fault_server::{Answer, FaultServer};
use crate::smtp_server::{Script, Server};
use jiff::Timestamp;
use noticewatch::app::context::AppContext;
use noticewatch::app::due::Which;
use noticewatch::app::engine::Engine;
use noticewatch::app::notify::mail_envelope;
use noticewatch::cli::args::common::Common;
use noticewatch::io::clock::Clock;
use noticewatch::io::store::{Faults, OutboxRow, Store};

use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// Lumenfeed's guidelines: a promise; the same in a page that was made anew; the promise weakened there.
pub const PROMISE: &str = include_str!("../../../src/cli/commands/demo/pages/lumenfeed-1.html");
pub const REDESIGN: &str = include_str!("../../../src/cli/commands/demo/pages/lumenfeed-2.html");
pub const WEAKENED: &str = include_str!("../../../src/cli/commands/demo/pages/lumenfeed-3.html");
/// Quillhaven's guidelines with and without the section on notice, and its privacy policy.
pub const SECTION: &str = include_str!("../../../src/cli/commands/demo/pages/quillhaven-1.html");
pub const NO_SECTION: &str = include_str!("../../../src/cli/commands/demo/pages/quillhaven-2.html");
pub const SIBLING: &str = include_str!("../../../src/cli/commands/demo/pages/quillhaven-privacy.html");
/// A login form.
pub const LOGIN: &str = include_str!("../../../src/cli/commands/demo/pages/parcelbird-login.html");

pub const COUNSEL: &str = "counsel@law.example";
/// Told of what only an operator can mend.
pub const OPERATOR: &str = "ops@noticewatch.example";
pub const DESK: &str = "desk@press.example";

/// The weakened page, which names the day from which it holds.
pub fn in_force_from(day: &str) -> String {
    let page = WEAKENED.replace("Last updated: January 23, 2026", &format!("Effective: {day}"));
    assert_ne!(page, WEAKENED);
    page
}

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// Waits until nobody holds a store any more: a process that another test is just starting has its lock for a moment.
pub fn released(state: &Path) {
    let Ok(lock) = std::fs::File::open(state.join("lock")) else { return };
    let begun = std::time::Instant::now();
    while lock.try_lock().is_err() && begun.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
}

/// A letter that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    pub octets: String,
    pub to: String,
    pub subject: String,
    /// The text part without the marks of quoting and differing, with single spaces.
    pub text: String,
    pub id: String,
}

pub fn mail(octets: String) -> Mail {
    let parts = mail_envelope::parts(octets.as_bytes());
    let header = |name: &str| {
        octets.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name} in {octets}")).trim()
    };
    let marks = ["[-", "-]", "{+", "+}"];
    let bare = marks.iter().fold(parts.text, |text, mark| text.replace(mark, ""));
    let text = bare.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
    let (to, id) = (header("To:").to_owned(), header("Message-ID:").to_owned());
    Mail { to, subject: parts.subject, text, id, octets }
}

/// One target of the world: id, path, page.
pub type Row<'a> = (&'a str, &'a str, &'a str);

pub struct World {
    pub dir: tempfile::TempDir,
    pub web: FaultServer,
    pub mail: Server,
    pub clock: Clock,
    /// Bounds of time for one try, where the settings' least is too long for a test.
    pub bounds: Option<Duration>,
    /// The program is only turned at whole multiples of so many minutes, so that much is due at once.
    pub grain_m: i64,
    engine: Option<Engine>,
}

impl World {
    /// Serves these pages; targets whose ids begin alike (up to the first `-`) are of one service.
    pub async fn new(start: &str, rows: &[Row<'_>]) -> Self {
        let web = FaultServer::start().await;
        for (_, path, page) in rows {
            web.set(path, Answer::page(*page));
        }
        let targets: Vec<(&str, String, &str)> = rows.iter().map(|(id, path, _)| (*id, web.url(path), "")).collect();
        let fetch = format!("allow = [\"{}\"]", web.authority());
        Self::on(start, web, &targets, &fetch).await
    }

    /// Watches these addresses, wherever they are served: id, address, further lines of the target; `fetch` holds the
    /// lines of the settings on fetching.
    pub async fn on(start: &str, web: FaultServer, rows: &[(&str, String, &str)], fetch: &str) -> Self {
        let (dir, mail) = (tempfile::tempdir().expect("a directory"), Server::start(Script::default()).await);
        let mut targets = String::new();
        for (id, url, more) in rows {
            let service = id.split('-').next().unwrap_or_default();
            let kind = if id.ends_with("-privacy") { "Privacy Policy" } else { "Law Enforcement Guidelines" };
            let _ = write!(
                targets,
                "[[target]]\nid = \"{id}\"\nservice = \"{service}\"\nterms_type = \"{kind}\"\nurl = \"{url}\"\nlanguage = \"en\"\n{more}\n"
            );
        }
        let port = mail.port;
        let settings = format!(
            "contact = \"watch@noticewatch.example\"\noperator = \"{OPERATOR}\"\ntime_zone = \"UTC\"\n\n[fetch]\n{fetch}\n\n[mail]\nfrom = \"watch@noticewatch.example\"\n\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\n[[subscription]]\nname = \"legal\"\nrecipients = [\"{COUNSEL}\", \"{DESK}\"]\n"
        );
        std::fs::write(dir.path().join("targets.toml"), targets).expect("targets");
        std::fs::write(dir.path().join("noticewatch.toml"), settings).expect("settings");
        Self { dir, web, mail, clock: Clock::driven(time(start)), bounds: None, grain_m: 0, engine: None }
    }

    /// A world in which something is to be told at once, soon after six o'clock.
    pub async fn about_to_tell() -> Self {
        let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-privacy", "/privacy", REDESIGN)];
        let mut world = Self::new("2026-01-06T00:00:00Z", &rows).await;
        world.until("2026-01-06T05:00:00Z").await;
        world.set("/law", WEAKENED);
        world
    }

    /// Adds lines to the settings; they hold when the engine is opened again.
    pub fn configure(&mut self, more: &str) {
        let path = self.dir.path().join("noticewatch.toml");
        let text = std::fs::read_to_string(&path).expect("settings");
        std::fs::write(&path, text + more).expect("settings");
        self.close();
    }

    /// The letters in the outbox to one receiver.
    pub fn rows(&mut self, receiver: &str) -> Vec<OutboxRow> {
        let rows = self.engine().store.outbox().expect("the outbox").into_iter();
        rows.filter(|row| row.recipient == receiver).collect()
    }

    /// The engine; opened where it is not.
    pub fn engine(&mut self) -> &mut Engine {
        if self.engine.is_none() {
            let at = |name: &str| Some(self.dir.path().join(name));
            let common = Common {
                config: at("noticewatch.toml"),
                targets: at("targets.toml"),
                state: at("state"),
                json: false,
                verbose: 0,
            };
            let mut office = AppContext::open(&common.paths(), self.clock.clone()).expect("a configuration");
            if let Some(bound) = self.bounds {
                let fetch = &mut office.settings.fetch;
                (fetch.connect_timeout, fetch.read_timeout, fetch.timeout) = (bound, bound, bound * 2);
            }
            self.engine = Some(Engine::open(office).expect("an engine"));
        }
        self.engine.as_mut().expect("an engine")
    }

    /// After so many steps more the disk fails, until the plan that is returned ends.
    pub fn disk_fails(&mut self, after: u64, kind: std::io::ErrorKind) -> Faults {
        self.close();
        let state = self.dir.path().join("state");
        let counted = Faults::at(0, false, kind);
        drop(Store::open_on(&state, &counted).expect("opened"));
        released(&state);
        let faults = Faults::at(counted.steps() + after + 1, true, kind);
        let engine = self.engine();
        engine.store = Store::read_only(&state).expect("read");
        released(&state);
        engine.store = Store::open_on(&state, &faults).expect("opened");
        faults
    }

    /// The program ends.
    pub fn close(&mut self) {
        self.engine = None;
        released(&self.dir.path().join("state"));
    }

    /// Lives until then as the daemon does: whatever is due next comes next.
    pub async fn until(&mut self, end: &str) {
        let end = time(end);
        let mut same = 0;
        loop {
            let (clock, due) = (self.clock.clone(), self.engine().next_due());
            let due = self.coarse(due);
            if due > end {
                clock.advance_to(end);
                return;
            }
            same = if due > clock.now() { 0 } else { same + 1 };
            assert!(same < 12, "at {due} something stays due for ever");
            clock.advance_to(due);
            self.engine().tick(&Which::Due, |_| ()).await.expect("a tick");
        }
    }

    fn coarse(&self, due: Timestamp) -> Timestamp {
        let grain = self.grain_m * 60;
        let left = if grain == 0 { 0 } else { (-due.as_second()).rem_euclid(grain) };
        due.checked_add(jiff::SignedDuration::from_secs(left)).expect("a time")
    }

    pub fn set(&self, path: &str, page: &str) {
        self.web.set(path, Answer::page(page));
    }

    pub fn letters(&self) -> Vec<Mail> {
        self.mail.arrived().into_iter().map(mail).collect()
    }

    /// The letters to one recipient.
    pub fn to(&self, recipient: &str) -> Vec<Mail> {
        self.letters().into_iter().filter(|mail| mail.to == recipient).collect()
    }

    pub fn subjects(&self, recipient: &str) -> Vec<String> {
        self.to(recipient).into_iter().map(|mail| mail.subject).collect()
    }

    /// The real program on this world's files.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(args);
        // What a command writes beside itself goes with the world.
        command.current_dir(self.dir.path());
        for (option, name) in [("--config", "noticewatch.toml"), ("--targets", "targets.toml"), ("--state", "state")] {
            command.arg(option).arg(self.dir.path().join(name));
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program runs")
    }

    /// Its lines of JSON.
    pub fn json(&self, args: &[&str]) -> Vec<Value> {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        lines(&output)
    }

    /// What it prints as one object.
    pub fn json_whole(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
    }

    pub fn state_size(&self) -> u64 {
        fn size(path: &Path) -> u64 {
            let entries = std::fs::read_dir(path).expect("a directory").map(|entry| entry.expect("an entry"));
            entries
                .map(|entry| {
                    let about = entry.metadata().expect("its size");
                    if about.is_dir() { size(&entry.path()) } else { about.len() }
                })
                .sum()
        }
        size(&self.dir.path().join("state"))
    }
}

/// The real program, in an environment of its own.
pub fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_noticewatch"));
    let own = ["NOTICEWATCH_CONFIG", "NOTICEWATCH_TARGETS", "STATE_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"];
    let proxies =
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"];
    for name in own.into_iter().chain(proxies) {
        command.env_remove(name);
    }
    command.args(args).stdin(std::process::Stdio::null());
    command
}

pub fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Both streams, for messages and for looking into them.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
