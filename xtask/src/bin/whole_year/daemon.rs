//! The daemon in a process of its own: the program's own loop on a clock that the stage sets, a heart that the stage beats,
//! and the stage in the place of the service manager.
//!
//! Each line that the process is given is a moment; the line it answers with says that all that was due then is done.

use crate::{Failure, unit};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use noticewatch::app::context::AppContext;
use noticewatch::cli::args::common::Common;
use noticewatch::daemon;
use noticewatch::io::clock::Clock;

use rustix::process::{Pid, Signal, kill_process};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixDatagram;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, watch as latest};
use tokio::time::timeout;

/// Names what a process of this example is to be.
pub const ROLE: &str = "WHOLE_YEAR_ROLE";
/// A page that keeps us waiting is left after this.
const BOUND: Duration = Duration::from_millis(60);
/// What we say to ourselves.
const OWN: &str = "STAGE=1";
/// No answer of the daemon takes longer.
const PATIENCE: Duration = Duration::from_mins(2);

/// Files of the world that the program is given.
pub fn common(dir: &Path) -> Common {
    let at = |name: &str| Some(dir.join(name));
    let (config, targets, state) = (at("noticewatch.toml"), at("targets.toml"), at("state"));
    Common { config, targets, state, json: false, verbose: 0 }
}

/// The daemon's own process: watches until it is told to stop. After a word that names it: directory, moment.
///
/// # Errors
/// The daemon cannot start.
pub fn watch(arguments: &[String]) -> Result<(), Failure> {
    let [dir, start] = arguments else { return Err("a directory and a moment are wanted".into()) };
    let (clock, common) = (Clock::of_machine(start.parse()?), common(Path::new(dir)));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_max_level(tracing::Level::WARN).init();
    let (ring, beat) = mpsc::channel(1);
    let hands = clock.clone();
    std::thread::spawn(move || -> Option<()> {
        for line in std::io::stdin().lines() {
            hands.set(line.ok()?.parse().ok()?);
            // The third has room when the first was heard out.
            (0..3).try_for_each(|_| ring.blocking_send(())).ok()?;
            noticewatch::say!("{}", hands.now());
            std::io::stdout().flush().ok()?;
        }
        Some(())
    });
    let office = || {
        let mut office = AppContext::open(&common.paths(), clock.clone())?;
        let fetch = &mut office.settings.fetch;
        (fetch.connect_timeout, fetch.read_timeout, fetch.timeout) = (BOUND, BOUND, BOUND * 4);
        Ok(office)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(daemon::beaten(&office, beat));
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(ended?)
}

/// What the daemon last told its service manager.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// How often it said that it is ready.
    ready: usize,
    status: String,
    /// How often we said something ourselves.
    own: usize,
}

/// The place of the service manager.
pub struct Manager {
    socket: PathBuf,
    said: latest::Receiver<Said>,
}

impl Manager {
    /// Listens.
    ///
    /// # Errors
    /// No socket can be made there.
    pub fn listen(dir: &Path) -> Result<Self, Failure> {
        let socket = dir.join("notify");
        let listener = UnixDatagram::bind(&socket)?;
        let (tell, said) = latest::channel(Said::default());
        tokio::spawn(async move {
            let mut octets = vec![0; 4_096];
            while let Ok(length) = listener.recv(&mut octets).await {
                let text = String::from_utf8_lossy(&octets[..length]).into_owned();
                tell.send_modify(|said| {
                    said.own += usize::from(text == OWN);
                    said.ready += usize::from(text.lines().any(|line| line == "READY=1"));
                    if let Some(status) = text.lines().find_map(|line| line.strip_prefix("STATUS=")) {
                        status.clone_into(&mut said.status);
                    }
                });
            }
        });
        Ok(Self { socket, said })
    }

    /// Everything that was said before this call has been heard.
    async fn heard(&mut self) -> Result<(), Failure> {
        let before = self.said.borrow().own;
        UnixDatagram::unbound()?.send_to(OWN.as_bytes(), &self.socket).await?;
        timeout(PATIENCE, self.said.wait_for(|said| said.own > before)).await??;
        Ok(())
    }

    async fn ready(&mut self, before: usize) -> Result<(), Failure> {
        let became = self.said.wait_for(|said| said.ready > before);
        timeout(PATIENCE, became).await.map_err(|_| "the daemon does not become ready")??;
        Ok(())
    }
}

/// The daemon, from outside.
pub struct Daemon {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Daemon {
    /// Starts it at a moment, and waits until it is ready.
    ///
    /// # Errors
    /// It does not start; its last words are part of the error.
    pub async fn start(dir: &Path, manager: &mut Manager, at: Timestamp) -> Result<Self, Failure> {
        let before = manager.said.borrow().ready;
        let log = dir.join("daemon.log");
        let stderr = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.env(ROLE, "daemon").env("NOTIFY_SOCKET", &manager.socket).env_remove("WATCHDOG_USEC");
        command.envs(unit::environment());
        command.arg(dir).arg(at.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).kill_on_drop(true);
        let mut child = command.spawn()?;
        let orders = child.stdin.take().ok_or("no way in")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no way out")?).lines();
        let mut daemon = Self { child, orders, answers, log };
        let ended = tokio::select! {
            ready = manager.ready(before) => ready.err().map(|error| error.to_string()),
            ended = daemon.child.wait() => Some(format!("it ended: {ended:?}")),
        };
        ended
            .map_or(Ok(daemon), |why| Err(format!("the daemon did not start at {at}: {why}").into()))
            .map_err(|why: Failure| format!("{why}\n{}", last_words(&log_of(dir))).into())
    }

    /// Sets its clock, and beats its heart; [`Daemon::done`] waits until all is done that was due.
    ///
    /// # Errors
    /// It has ended.
    pub async fn beat(&mut self, at: Timestamp) -> Result<(), Failure> {
        let sent = self.orders.write_all(format!("{at}\n").as_bytes()).await;
        sent.map_err(|error| self.gone(&error.to_string()))
    }

    /// Waits until all is done that was due at the last beat.
    ///
    /// # Errors
    /// It has ended, or hangs.
    pub async fn done(&mut self, manager: &mut Manager) -> Result<(), Failure> {
        match timeout(PATIENCE, self.answers.next_line()).await {
            Ok(Ok(Some(_))) => manager.heard().await,
            Ok(other) => Err(self.gone(&format!("{other:?}"))),
            Err(_) => Err(self.gone("it hangs")),
        }
    }

    fn gone(&self, why: &str) -> Failure {
        format!("the daemon is gone: {why}\n{}", last_words(&self.log)).into()
    }

    /// Whether it is at work, or letters are under way.
    pub fn is_busy(manager: &Manager) -> bool {
        let said = manager.said.borrow();
        said.status.contains("under way") || said.status == "looking and telling"
    }

    /// Waits a little for the next words.
    pub async fn news(manager: &mut Manager, patience: Duration) {
        manager.said.mark_unchanged();
        let _ = timeout(patience, manager.said.changed()).await;
    }

    /// When it wants to look next, by its own words, to the minute.
    pub fn next(manager: &Manager) -> Option<Timestamp> {
        let said = manager.said.borrow();
        let time = said.status.split_once("next look ")?.1.get(..16)?;
        let time: DateTime = time.replace(' ', "T").parse().ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
    }

    /// The last words of its status.
    pub fn status(manager: &Manager) -> String {
        manager.said.borrow().status.clone()
    }

    /// The peak of its memory so far, in kilobytes.
    pub fn peak_kb(&self) -> u64 {
        let text = self.child.id().and_then(|id| std::fs::read_to_string(format!("/proc/{id}/status")).ok());
        let text = text.unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
    }

    fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let id = self.child.id().ok_or("the daemon has ended")?;
        let pid = Pid::from_raw(i32::try_from(id)?).ok_or("no such process")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Lets it read its settings again.
    ///
    /// # Errors
    /// It has ended, or does not say that it did.
    pub async fn reload(&mut self, manager: &mut Manager) -> Result<(), Failure> {
        let before = manager.said.borrow().ready;
        self.signal(Signal::HUP)?;
        manager.ready(before).await
    }

    /// Stops it as a service manager does, within its ten seconds.
    ///
    /// # Errors
    /// It does not stop, or says that something was wrong.
    pub async fn stop(mut self) -> Result<(), Failure> {
        self.signal(Signal::TERM)?;
        let ended = timeout(Duration::from_secs(20), self.child.wait()).await;
        let ended = ended.map_err(|_| self.gone("it does not stop"))??;
        if ended.success() { Ok(()) } else { Err(self.gone(&ended.to_string())) }
    }

    /// Kills it.
    ///
    /// # Errors
    /// The system refuses.
    pub async fn kill(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}

fn log_of(dir: &Path) -> PathBuf {
    dir.join("daemon.log")
}

fn last_words(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
