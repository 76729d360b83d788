//! The year itself: the engine on a driven clock against servers that change what they serve by the calendar.

use crate::Failure;
use crate::fault_server::{Answer, FaultServer, Step};
use crate::faults::{Peers, Row};
use crate::pages::{self, Page};
use crate::plan::Plan;
use jiff::{SignedDuration, Timestamp};
use noticewatch::cli::args::Common;
use noticewatch::cli::engine::{Engine, Which};
use noticewatch::cli::office::Office;
use noticewatch::cli::record::ToldTrouble;
use noticewatch::history::Finding;
use noticewatch::io::clock::Clock;
use noticewatch::io::git::{Blobs, Repository};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// As many hosts as there are servers; pages are dealt out to them.
const HOSTS: usize = 8;
/// The clock is turned to whole multiples of this, so that pages that are due about the same time are asked at once.
const GRAIN_S: i64 = 1_800;
/// A server that keeps us waiting is left after this.
const BOUND: Duration = Duration::from_millis(60);

/// What came of a year.
pub struct Year {
    pub findings: Vec<Finding>,
    /// Troubles that letters told, with the time of the letter.
    pub troubles: Vec<ToldTrouble>,
    pub letters: usize,
}

/// What the servers show at the moment.
struct Stage<'a> {
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
        Ok(if pages::holds(&planted, wording) { planted } else { body })
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

/// Lives through the year.
///
/// # Errors
/// The archive or the store cannot be read or written.
pub async fn live(
    archive: &Path,
    pages: &[Page],
    plan: &Plan,
    rows: &[Row],
    peers: &Peers,
    span: (Timestamp, SignedDuration),
) -> Result<Year, Failure> {
    let dir = tempfile::tempdir()?;
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
    // The peak from here on (proc(5)): choosing the pages is no part of the year.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let clock = Clock::driven(span.0);
    let mut engine = engine(dir.path(), pages, &hosts, peers, &clock)?;
    let blobs = Repository::open(archive)?.blobs()?;
    let mut stage = Stage { pages, plan, rows, blobs, hosts, span, shown: vec![None; pages.len()] };
    let end = span.0.checked_add(span.1)?;
    while clock.now() < end {
        stage.set(clock.now())?;
        let (due, next) = (coarse(engine.next_due())?, stage.next(clock.now()));
        if next < due {
            clock.advance_to(next);
        } else {
            clock.advance_to(due);
            stage.set(clock.now())?;
            engine.tick(&Which::Due, |_| ()).await?;
            let later = clock.now().checked_add(SignedDuration::from_secs(1))?;
            clock.advance_to(later);
        }
    }
    let troubles = engine.store.told()?.into_iter().filter_map(|told| serde_json::from_value(told.what).ok());
    let letters = engine.store.outbox()?.len();
    Ok(Year { findings: engine.survey.findings.clone(), troubles: troubles.collect(), letters })
}

fn coarse(due: Timestamp) -> Result<Timestamp, Failure> {
    let left = (-due.as_second()).rem_euclid(GRAIN_S);
    Ok(due.checked_add(SignedDuration::from_secs(left))?)
}

fn engine(dir: &Path, pages: &[Page], hosts: &[FaultServer], peers: &Peers, clock: &Clock) -> Result<Engine, Failure> {
    let mut targets = String::new();
    for (index, page) in pages.iter().enumerate() {
        let (id, url) = (&page.id, hosts[index % HOSTS].url(&format!("/{}", page.id)));
        // Each a service of its own: a neighbour of the archive is no sibling whose look a removal waits for.
        let (service, kind) = (format!("{} {index}", page.service), &page.terms_type);
        let _ = write!(
            targets,
            "[[target]]\nid = \"{id}\"\nservice = \"{service}\"\nterms_type = \"{kind}\"\nurl = \"{url}\"\n\n"
        );
    }
    let allowed: Vec<String> =
        hosts.iter().map(FaultServer::authority).chain(peers.authorities.iter().cloned()).collect();
    let ca = peers.authority.file.path().display();
    let settings = format!("time_zone = \"UTC\"\n\n[fetch]\nallow = {allowed:?}\nextra_ca = [\"{ca}\"]\n");
    std::fs::write(dir.join("targets.toml"), targets)?;
    std::fs::write(dir.join("noticewatch.toml"), settings)?;
    let at = |name: &str| Some(dir.join(name));
    let common = Common {
        config: at("noticewatch.toml"),
        targets: at("targets.toml"),
        state: at("state"),
        json: false,
        verbose: 0,
    };
    let mut office = Office::open(&common, clock.clone())?;
    let fetch = &mut office.settings.fetch;
    (fetch.connect_timeout, fetch.read_timeout, fetch.timeout) = (BOUND, BOUND, BOUND * 4);
    Ok(Engine::open(office)?)
}

/// The peak of this process's memory since the year began.
///
/// # Errors
/// The system does not say.
pub fn peak_mb() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak of memory is named")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? / 1_000)
}
