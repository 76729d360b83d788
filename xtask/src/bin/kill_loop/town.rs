//! What the program watches and whom it tells: pages that change, a mail server, a webhook, three recipients.

use super::Failure;
use super::fault_server::{Answer, FaultServer};
use super::mail_faults::{ONE, Papers, papers};
use super::smtp_server::{Script, Server};
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// The pages: id of the target, path.
pub const PAGES: [(&str, &str); 3] =
    [("lumenfeed-law", "/one"), ("parcelbird-law", "/two"), ("parcelbird-privacy", "/three")];
/// All that are told.
pub const RECEIVERS: [&str; 4] = [ONE, "desk@press.example", "editor@press.example", "webhook:legal"];

/// Servers, files, clock.
pub struct Town {
    pub dir: tempfile::TempDir,
    pub web: FaultServer,
    pub mail: Server,
    pub papers: Papers,
    /// The moment of the program's own clock.
    pub now: Timestamp,
    /// What each page says now: its edition. Each edition promises notice a day later than the one before.
    pub editions: [usize; 3],
    /// The findings that were corrected.
    pub corrected: Vec<String>,
    /// How many letters had come by mail, and how many to the webhook, at each kill.
    pub marks: Vec<[usize; 2]>,
    program: PathBuf,
}

/// The sentence of an edition.
pub fn sentence(edition: usize) -> String {
    let days = 900 - edition;
    format!(
        "We will notify members at least {days} days before we disclose their information in response to legal process, \
         unless we are prohibited by law."
    )
}

fn page(edition: usize) -> String {
    let filler =
        "Officials name the account and the time that they ask for, and where our answer can be sent. ".repeat(12);
    format!(
        "<html lang=\"en\"><head><title>Legal requests</title></head><body><h1>Legal requests</h1><p>{filler}</p>\
         <h2>Notice to members</h2><p>{}</p><h2>Preservation</h2><p>{filler}</p></body></html>",
        sentence(edition)
    )
}

impl Town {
    /// So far in the past that all rounds of so many kills lie before today.
    pub async fn new(program: PathBuf, kills: usize) -> Result<Self, Failure> {
        let (web, mail) = (FaultServer::start().await, Server::start(Script::default()).await);
        let dir = tempfile::tempdir()?;
        let past = SignedDuration::from_hours(24 * (2 + i64::try_from(kills)?));
        let now = Timestamp::now().checked_sub(past)?;
        let town = Self {
            dir,
            web,
            mail,
            papers: papers(),
            now,
            editions: [0; 3],
            corrected: Vec::new(),
            marks: Vec::new(),
            program,
        };
        town.web.set("/hook", Answer::status("204 No Content"));
        town.write_files()?;
        for (_, path) in PAGES {
            town.web.set(path, Answer::page(page(0)));
        }
        Ok(town)
    }

    fn write_files(&self) -> Result<(), Failure> {
        let mut targets = String::new();
        for (id, path) in PAGES {
            let service = id.split('-').next().unwrap_or_default();
            let kind = if id.ends_with("-privacy") { "Privacy Policy" } else { "Law Enforcement Guidelines" };
            let url = self.web.url(path);
            let _ = writeln!(
                targets,
                "[[target]]\nid = \"{id}\"\nservice = \"{service}\"\nterms_type = \"{kind}\"\nurl = \"{url}\"\nlanguage = \"en\"\n"
            );
        }
        let mails = &RECEIVERS[..3];
        let settings = format!(
            "contact = \"watch@noticewatch.example\"\ntime_zone = \"UTC\"\n[fetch]\nallow = [\"{}\"]\n[mail]\nfrom = \"watch@noticewatch.example\"\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nhelo = \"client.example\"\n[[subscription]]\nname = \"legal\"\nrecipients = {mails:?}\nwebhook = \"{}\"\n",
            self.web.authority(),
            self.mail.port,
            self.web.url("/hook"),
        );
        std::fs::write(self.dir.path().join("targets.toml"), targets)?;
        std::fs::write(self.dir.path().join("noticewatch.toml"), settings)?;
        Ok(())
    }

    /// The page of a number says what its edition says.
    pub fn answer(&self, page_number: usize) -> Answer {
        Answer::page(page(self.editions[page_number]))
    }

    /// Notes where a kill fell.
    pub fn mark(&mut self, killed: bool) {
        if killed {
            self.marks.push([self.mail.arrived().len(), self.hooks().len()]);
        }
    }

    /// What the webhook was called with.
    pub fn hooks(&self) -> Vec<Vec<u8>> {
        self.web.asked().into_iter().filter(|asked| asked.path == "/hook").map(|asked| asked.body).collect()
    }

    /// The next edition of a page.
    pub fn change(&mut self, page_number: usize) {
        self.editions[page_number] += 1;
        self.web.set(PAGES[page_number].1, self.answer(page_number));
    }

    /// The program with these words, as a process that says nothing.
    pub fn start(&self, words: &[&str]) -> Result<Child, Failure> {
        Ok(self.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    /// What the program prints.
    pub fn output(&self, words: &[&str]) -> Result<Vec<u8>, Failure> {
        let mut command = self.command(words);
        let output = command.as_std_mut().output()?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(format!("{words:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (option, name) in [("--config", "noticewatch.toml"), ("--targets", "targets.toml"), ("--state", "state")] {
            command.arg(option).arg(self.dir.path().join(name));
        }
        for name in ["STATE_DIRECTORY", "NOTIFY_SOCKET", "RUST_LOG"] {
            command.env_remove(name);
        }
        command.args(words).stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}
