//! The year itself: the daemon is beaten when it wants to look, what it sees changes by the calendar, and what the calendar
//! says befalls it.

use crate::Failure;
use crate::calendar::Dice;
use crate::daemon::{Daemon, Manager, ROLE};
use crate::stage::Stage;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// The clock is turned to whole multiples of this, so that pages that are due about the same time are asked at once.
const GRAIN_S: i64 = 1_800;
/// Between two runs of the timer.
const TIMER: SignedDuration = SignedDuration::from_hours(6);
/// A letter is under way no longer, once nothing of it is heard for so long and its server keeps it waiting on purpose.
const SILENCE: Duration = Duration::from_millis(200);
/// Silences after which a letter is under way for ever.
const SILENCES: usize = 600;

/// The year as it is lived.
pub struct Life {
    pub stage: Stage,
    pub manager: Manager,
    pub daemon: Option<Daemon>,
    pub now: Timestamp,
    pub dice: Dice,
    /// The build before; it begins the year.
    before: Option<PathBuf>,
    /// When this build took its store over.
    pub taken_over: Option<Timestamp>,
    /// How many letters had come by mail, and how many to the webhook, at each kill.
    pub marks: Vec<[usize; 2]>,
    /// What was done, and how often.
    pub done: BTreeMap<&'static str, usize>,
    /// The most memory that one daemon took, in kilobytes.
    pub peak_kb: u64,
    /// Times in which nobody looked.
    pub away: Vec<(Timestamp, Timestamp)>,
    /// When the clock was ahead, and what it said.
    pub ahead: Vec<(Timestamp, Timestamp)>,
    /// Kill when so many commands came to the mail server.
    over_mail: Option<usize>,
    /// Kill so many milliseconds after the next beat.
    pub in_pass: Option<u64>,
    /// Letters were refused, and wait for the operator.
    refused: bool,
    pub short_jitter: bool,
}

impl Life {
    /// Before the first moment.
    ///
    /// # Errors
    /// No socket can be made.
    pub fn new(stage: Stage, seed: u64, before: Option<PathBuf>) -> Result<Self, Failure> {
        let (manager, now) = (Manager::listen(&stage.dir)?, stage.year.start);
        Ok(Self {
            stage,
            manager,
            daemon: None,
            now,
            dice: Dice::new(seed ^ 0x5eed),
            before,
            taken_over: None,
            marks: Vec::new(),
            done: BTreeMap::new(),
            peak_kb: 0,
            away: Vec::new(),
            ahead: Vec::new(),
            over_mail: None,
            in_pass: None,
            refused: false,
            short_jitter: false,
        })
    }

    /// Lives through it, and some days more in which all is well.
    ///
    /// # Errors
    /// The program does not do what it must to go on: it does not start, hangs, or ends by itself.
    pub async fn live(&mut self) -> Result<(), Failure> {
        self.stage.set(self.now);
        if self.before.is_some() {
            let span = self.stage.year.end.duration_since(self.stage.year.start);
            self.timer(span / 8).await?;
            self.taken_over = Some(self.now);
        }
        self.start().await?;
        let deeds = self.stage.year.deeds.clone();
        let mut deeds = deeds.into_iter().filter(|(at, _)| *at > self.now).collect::<Vec<_>>().into_iter().peekable();
        while self.now < self.stage.year.end {
            let due = self.due()?;
            let change = self.stage.year.next(self.now);
            let deed = deeds.peek().map_or(Timestamp::MAX, |(at, _)| *at);
            let edits = self.stage.year.edits.iter();
            let edited = edits.filter(|edit| edit.at > self.now && edit.at <= change.min(due)).count();
            if edited > 0 && self.dice.below(3) == 0 {
                self.over_mail = Some(1 + self.dice.index(24));
            }
            if deed <= due.min(change) {
                self.now = self.now.max(deed);
                self.stage.set(self.now);
                if let Some((_, deed)) = deeds.next() {
                    self.befalls(deed).await?;
                }
            } else {
                self.now = due.min(change);
                self.stage.set(self.now);
                if due <= change {
                    self.turn().await?;
                }
            }
            self.operate().await?;
        }
        (self.over_mail, self.in_pass) = (None, None);
        for _ in 0..16 {
            self.pass(TIMER)?;
            self.turn().await?;
            self.operate().await?;
        }
        self.stop().await
    }

    pub fn pass(&mut self, time: SignedDuration) -> Result<(), Failure> {
        self.now = self.now.checked_add(time)?;
        self.stage.set(self.now);
        Ok(())
    }

    /// When the daemon wants to look next; always later than now.
    fn due(&self) -> Result<Timestamp, Failure> {
        let next =
            Daemon::next(&self.manager).unwrap_or(self.now).max(self.now.checked_add(SignedDuration::from_secs(30))?);
        // Its words leave the seconds out.
        let next = next.checked_add(SignedDuration::from_mins(1))?;
        let left = (-next.as_second()).rem_euclid(GRAIN_S);
        Ok(next.checked_add(SignedDuration::from_secs(left))?)
    }

    /// A line for whoever looks into a year that went wrong.
    pub fn note(&self, what: &str) -> Result<(), Failure> {
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(self.stage.dir.join("year.log"))?;
        Ok(writeln!(log, "{} {what}", self.now)?)
    }

    pub fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    pub async fn start(&mut self) -> Result<(), Failure> {
        self.daemon = Some(Daemon::start(&self.stage.dir, &mut self.manager, self.now).await?);
        self.turn().await
    }

    pub async fn stop(&mut self) -> Result<(), Failure> {
        let Some(daemon) = self.daemon.take() else { return Ok(()) };
        self.peak_kb = self.peak_kb.max(daemon.peak_kb());
        self.stage.mail.cut();
        self.count("stops");
        daemon.stop().await
    }

    pub async fn kill(&mut self, daemon: Daemon, what: &'static str) -> Result<(), Failure> {
        self.peak_kb = self.peak_kb.max(daemon.peak_kb());
        daemon.kill().await?;
        self.marks.push([self.stage.mail.arrived().len(), self.stage.hooks().len()]);
        self.count(what);
        self.note(what)
    }

    /// One beat, and all that follows from it; or a kill meanwhile, and a start soon after.
    pub async fn turn(&mut self) -> Result<(), Failure> {
        loop {
            let mut daemon = self.daemon.take().ok_or("no daemon runs")?;
            daemon.beat(self.now).await?;
            let killed = if let Some(millis) = self.in_pass.take() {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                Some("kills in a pass")
            } else if let Some(commands) = self.over_mail {
                let mut count = self.stage.mail.commands();
                let until = *count.borrow() + commands;
                let reached = async { count.wait_for(|count| *count >= until).await.map(drop) };
                tokio::select! {
                    _ = reached => Some("kills over mail"),
                    idle = idle(&mut daemon, &mut self.manager, &self.stage) => { idle?; None }
                }
            } else {
                idle(&mut daemon, &mut self.manager, &self.stage).await?;
                None
            };
            let Some(what) = killed else {
                self.peak_kb = self.peak_kb.max(daemon.peak_kb());
                self.daemon = Some(daemon);
                self.count("beats");
                return Ok(());
            };
            self.over_mail = None;
            self.kill(daemon, what).await?;
            let minutes = i64::try_from(1 + self.dice.below(20))?;
            self.pass(SignedDuration::from_mins(minutes))?;
            self.daemon = Some(Daemon::start(&self.stage.dir, &mut self.manager, self.now).await?);
        }
    }

    /// In place of the daemon, `check` by a timer.
    pub async fn timer(&mut self, length: SignedDuration) -> Result<(), Failure> {
        let until = self.now.checked_add(length)?;
        self.stage.brief = true;
        while self.now < until {
            self.stage.set(self.now);
            let at = self.now.to_string();
            let mut child = self.command(&["check", "--now", &at])?.stdout(Stdio::null()).spawn()?;
            let ended = loop {
                match tokio::time::timeout(SILENCE, child.wait()).await {
                    Ok(ended) => break ended?,
                    Err(_) if self.stage.mail_fault().is_some_and(|(_, slow)| slow) => self.stage.mail.cut(),
                    Err(_) => {}
                }
            };
            if !matches!(ended.code(), Some(0 | 1)) {
                return Err(format!("check --now {at}: {ended}").into());
            }
            self.count("checks by a timer");
            self.operate().await?;
            self.pass(TIMER)?;
        }
        self.stage.brief = false;
        self.stage.set(self.now);
        Ok(())
    }

    /// The operator sends again what was refused, once the mail server is well.
    async fn operate(&mut self) -> Result<(), Failure> {
        if self.stage.mail_fault().is_some() {
            self.refused = true;
        } else if std::mem::take(&mut self.refused) {
            let output = self.command(&["outbox", "--json"])?.output().await?;
            let lines = String::from_utf8(output.stdout)?;
            let rows: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
            let refused = rows.iter().filter(|row| row["state"] == "refused");
            let ids: Vec<String> = refused.map(|row| row["id"].to_string()).collect();
            if !ids.is_empty() {
                let at = self.now.to_string();
                let words = ["outbox", "retry", "--reason", "the mail server is mended", "--now", &at];
                let words = words.into_iter().chain(ids.iter().map(String::as_str)).collect::<Vec<_>>();
                let output = self.command(&words)?.output().await?;
                if !output.status.success() {
                    return Err(format!("{words:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
                }
                *self.done.entry("letters sent again by the operator").or_default() += ids.len();
            }
        }
        Ok(())
    }

    /// The program with these words: this build, or at the beginning of the year the one before.
    ///
    /// # Errors
    /// This process has no file.
    pub fn command(&self, words: &[&str]) -> Result<Command, Failure> {
        let own = std::env::current_exe()?;
        let young = self.daemon.is_none() && !self.done.contains_key("beats");
        let program = self.before.as_ref().filter(|_| young).unwrap_or(&own);
        let mut command = Command::new(program);
        command.env(ROLE, "program");
        for (option, name) in [("--config", "noticewatch.toml"), ("--targets", "targets.toml"), ("--state", "state")] {
            command.arg(option).arg(self.stage.dir.join(name));
        }
        for name in ["STATE_DIRECTORY", "NOTIFY_SOCKET", "RUST_LOG"] {
            command.env_remove(name);
        }
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.stage.dir.join("daemon.log"))?;
        command.args(words).stdin(Stdio::null()).stderr(log).kill_on_drop(true);
        Ok(command)
    }
}

/// Waits until all is done that was due, letters that set out included.
pub async fn idle(daemon: &mut Daemon, manager: &mut Manager, stage: &Stage) -> Result<(), Failure> {
    daemon.done(manager).await?;
    for _ in 0..SILENCES {
        if !Daemon::is_busy(manager) {
            return Ok(());
        }
        Daemon::news(manager, SILENCE).await;
        if Daemon::is_busy(manager) && stage.mail_fault().is_some_and(|(_, slow)| slow) {
            stage.mail.cut();
        }
    }
    Err(format!("letters are under way for ever: {}", Daemon::status(manager)).into())
}
