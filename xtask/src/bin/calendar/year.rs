//! The year itself: the engine on a driven clock against servers that change what they serve by the calendar.

use crate::pages::is_selected;
use crate::stage::{Places, Servers};
use crate::{Failure, Season, unit};
use jiff::{SignedDuration, Timestamp};
use noticewatch::app::context::AppContext;
use noticewatch::app::due::Which;
use noticewatch::app::engine::Engine;
use noticewatch::app::notify::notification_log::ToldTrouble;
use noticewatch::cli::args::common::Common;
use noticewatch::io::clock::Clock;
use noticewatch_core::history::Finding;

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The clock is turned to whole multiples of this, so that pages that are due about the same time are asked at once.
const GRAIN_S: i64 = 1_800;
/// A server that keeps us waiting is left after this.
const BOUND: Duration = Duration::from_millis(60);

/// What came of a year.
#[derive(Debug, Serialize, Deserialize)]
pub struct Year {
    pub findings: Vec<Finding>,
    /// Troubles that letters told, with the time of the letter.
    pub troubles: Vec<ToldTrouble>,
    pub letters: usize,
    /// The peak of the program's memory.
    pub peak_mb: u64,
}

/// Lives through a year in a process of its own.
///
/// # Errors
/// The process cannot be started, or fails.
pub async fn apart(season: &Season, part: &str, arguments: &[String]) -> Result<Year, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(part).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    command.envs(unit::environment());
    let mut process = command.spawn()?;
    let mut orders = process.stdin.take().ok_or("no way in")?;
    orders.write_all(&serde_json::to_vec(season)?).await?;
    drop(orders);
    Ok(serde_json::from_slice(&process.wait_with_output().await?.stdout)?)
}

/// Lives through the year; `arguments` start the servers for it.
///
/// # Errors
/// The archive or the store cannot be read or written.
pub async fn live(season: &Season, arguments: &[String]) -> Result<Year, Failure> {
    let dir = tempfile::tempdir()?;
    let (mut servers, places) = Servers::start(arguments).await?;
    let (start, span) = season.span;
    let clock = Clock::driven(start);
    let mut engine = engine(dir.path(), season, &places, &clock)?;
    let end = start.checked_add(span)?;
    while clock.now() < end {
        let next = servers.set(clock.now()).await?;
        let due = coarse(engine.next_due())?;
        if next < due {
            clock.advance_to(next);
        } else {
            clock.advance_to(due);
            servers.set(clock.now()).await?;
            engine.tick(&Which::Due, |_| ()).await?;
            let later = clock.now().checked_add(SignedDuration::from_secs(1))?;
            clock.advance_to(later);
        }
    }
    let troubles = engine.store.told()?.into_iter().filter_map(|told| serde_json::from_value(told.what).ok());
    let letters = engine.store.outbox()?.len();
    Ok(Year { findings: engine.survey.findings.clone(), troubles: troubles.collect(), letters, peak_mb: peak_mb()? })
}

fn coarse(due: Timestamp) -> Result<Timestamp, Failure> {
    let left = (-due.as_second()).rem_euclid(GRAIN_S);
    Ok(due.checked_add(SignedDuration::from_secs(left))?)
}

fn engine(dir: &Path, season: &Season, places: &Places, clock: &Clock) -> Result<Engine, Failure> {
    let mut targets = String::new();
    for (index, (page, url)) in season.pages.iter().zip(&places.pages).enumerate() {
        let id = &page.id;
        // Each a service of its own: a neighbour of the archive is no sibling whose look a removal waits for.
        let (service, kind) = (format!("{} {index}", page.service), &page.terms_type);
        let _ = write!(
            targets,
            "[[target]]\nid = \"{id}\"\nservice = \"{service}\"\nterms_type = \"{kind}\"\nurl = \"{url}\"\n{}\n",
            if is_selected(index) { "select = \"div.doc\"\n" } else { "" }
        );
    }
    let (allowed, ca) = (&places.allowed, &places.ca);
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
    let mut office = AppContext::open(&common.paths(), clock.clone())?;
    let fetch = &mut office.settings.fetch;
    (fetch.connect_timeout, fetch.read_timeout, fetch.timeout) = (BOUND, BOUND, BOUND * 4);
    Ok(Engine::open(office)?)
}

/// The peak of this process's memory (proc(5)).
fn peak_mb() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak of memory is named")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? / 1_000)
}
