//! What the servers show, in a process of its own, so that the memory of the program under test is its own.
//!
//! Of the driven clock it knows what it is told: each line that comes in is a moment, each line that goes out the next one
//! at which something changes.

use crate::fault_server::{Answer, FaultServer, Step};
use crate::faults::{Peers, Row};
use crate::pages::{self, Page};
use crate::plan::Plan;
use crate::{Failure, Season};
use jiff::{SignedDuration, Timestamp};
use noticewatch::io::git::{Blobs, Repository};

use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// As many hosts as there are servers; pages are dealt out to them.
const HOSTS: usize = 8;

/// Where the servers are.
#[derive(Debug, Serialize, Deserialize)]
pub struct Places {
    /// The address of each page.
    pub pages: Vec<String>,
    /// Host and port of each server.
    pub allowed: Vec<String>,
    /// The file of the authority that signs their certificates.
    pub ca: String,
}

/// The servers in their process, as the program's side sees them.
pub struct Servers {
    _process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Servers {
    /// Starts them for a season.
    ///
    /// # Errors
    /// The process cannot be started, or ends at once.
    pub async fn start(arguments: &[String]) -> Result<(Self, Places), Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let orders = process.stdin.take().ok_or("no way in")?;
        let mut answers = BufReader::new(process.stdout.take().ok_or("no way out")?).lines();
        let first = answers.next_line().await?.ok_or("the servers ended")?;
        Ok((Self { _process: process, orders, answers }, serde_json::from_str(&first)?))
    }

    /// Sets what they serve at a moment; says when that changes next.
    ///
    /// # Errors
    /// The process has ended.
    pub async fn set(&mut self, now: Timestamp) -> Result<Timestamp, Failure> {
        self.orders.write_all(format!("{now}\n").as_bytes()).await?;
        Ok(self.answers.next_line().await?.ok_or("the servers ended")?.parse()?)
    }
}

/// Serves a season, as long as somebody asks.
///
/// # Errors
/// The archive cannot be read.
pub async fn serve(season: &Season, plan: &Plan, rows: &[Row], peers: &Peers) -> Result<(), Failure> {
    let mut hosts = Vec::new();
    for _ in 0..HOSTS {
        let host = FaultServer::start().await;
        let words = "Welcome to a place where people meet and share what they like. ".repeat(20);
        host.set(
            "/",
            Answer::page(format!("<html><head><title>Home</title></head><body><p>{words}</p></body></html>")),
        );
        hosts.push(host);
    }
    let pages = &season.pages;
    let url = |(index, page): (usize, &Page)| hosts[index % HOSTS].url(&format!("/{}", page.id));
    let places = Places {
        pages: pages.iter().enumerate().map(url).collect(),
        allowed: hosts.iter().map(FaultServer::authority).chain(peers.authorities.iter().cloned()).collect(),
        ca: peers.authority.file.path().display().to_string(),
    };
    say(&serde_json::to_string(&places)?)?;
    let blobs = Repository::open(&season.archive)?.blobs()?;
    let shown = vec![None; pages.len()];
    let mut stage = Stage { pages, plan, rows, blobs, hosts, span: season.span, shown };
    // Nothing else is this thread's: the servers have threads of their own.
    for order in std::io::stdin().lines() {
        let now = order?.parse()?;
        stage.set(now)?;
        say(&stage.next(now).to_string())?;
    }
    Ok(())
}

fn say(line: &str) -> Result<(), Failure> {
    noticewatch::say!("{line}");
    Ok(std::io::stdout().flush()?)
}

/// What the servers show at the moment.
pub struct Stage<'a> {
    pages: &'a [Page],
    plan: &'a Plan,
    rows: &'a [Row],
    blobs: Blobs,
    hosts: Vec<FaultServer>,
    span: (Timestamp, SignedDuration),
    /// What each page shows.
    shown: Vec<Option<Scene>>,
}

/// What one page shows.
#[derive(Clone, Copy, PartialEq)]
struct Scene {
    recording: usize,
    wording: usize,
    fault: Option<usize>,
    no_network: bool,
}

impl Stage<'_> {
    /// Sets what is served at that moment, where it differs from the last.
    fn set(&mut self, now: Timestamp) -> Result<(), Failure> {
        for index in 0..self.pages.len() {
            let scene = self.scene(index, now);
            if self.shown[index] == Some(scene) {
                continue;
            }
            self.shown[index] = Some(scene);
            let body = self.body(index, scene)?;
            let answer = match (scene.no_network, scene.fault) {
                (true, _) => Answer::default().then(Step::Reset),
                (false, None) => Answer::page(body),
                (false, Some(row)) => {
                    let next = (index + 1) % self.pages.len();
                    let neighbour = self.scene(next, now);
                    let other = self.body(next, neighbour)?;
                    self.rows[row].answer(&String::from_utf8_lossy(&body), &String::from_utf8_lossy(&other))
                }
            };
            self.hosts[index % HOSTS].set(&format!("/{}", self.pages[index].id), answer);
        }
        Ok(())
    }

    fn scene(&self, page: usize, now: Timestamp) -> Scene {
        let count = self.pages[page].blobs.len();
        let (start, span) = self.span;
        let gone = now.duration_since(start).as_secs().clamp(0, span.as_secs() - 1);
        let recording =
            usize::try_from(gone).unwrap_or_default() * count / usize::try_from(span.as_secs()).unwrap_or(1);
        let changed = self.plan.changes.iter().filter(|(of, at, _)| *of == page && *at <= now);
        let wording = changed.map(|(.., wording)| *wording).max().unwrap_or(0);
        let struck = |fault: &&crate::plan::Fault| fault.page == page && fault.from <= now && now < fault.until;
        let fault = self.plan.faults.iter().find(struck).map(|fault| fault.row);
        let no_network = self.plan.nights.iter().any(|(from, until)| *from <= now && now < *until);
        Scene { recording, wording, fault, no_network }
    }

    fn body(&mut self, page: usize, scene: Scene) -> Result<Vec<u8>, Failure> {
        let Scene { recording, wording, .. } = scene;
        let body = self.blobs.get(&self.pages[page].blobs[recording])?;
        let planted = pages::planted(&body, wording);
        // What the archive recorded broken is served as it was recorded.
        let body = if pages::holds(&planted, wording) { planted } else { body };
        Ok(if pages::is_selected(page) { pages::marked(&body) } else { body })
    }

    /// The next moment at which something changes.
    fn next(&self, now: Timestamp) -> Timestamp {
        let faults = self.plan.faults.iter().flat_map(|fault| [fault.from, fault.until]);
        let changes = self.plan.changes.iter().map(|(_, at, _)| *at);
        let nights = self.plan.nights.iter().flat_map(|(from, until)| [*from, *until]);
        let day = now.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        faults.chain(changes).chain(nights).filter(|at| *at > now).min().map_or(day, |at| at.min(day))
    }
}
