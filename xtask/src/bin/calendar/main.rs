//! A year of faults: real captures served page after page, a promise planted in each and weakened now and then behind a
//! fault, and every row of the table of faults injected between, by a seeded calendar.
//!
//! `cargo run --release -p xtask --bin calendar -- ARCHIVE.git [TARGETS [DAYS [SEED]]]`, where the archive holds captures in Open
//! Terms Archive's layout. Everything is on loopback and on the program's own clock; what is printed is the table: fault,
//! times injected, false findings, missed changes, blind days that no letter told of; and the peak of the program's memory
//! (the servers are a process of their own, and so is each year).

#[path = "../../../../tests/it/certificates.rs"]
mod certificates;
#[expect(dead_code, reason = "the tests' own, which need more of it")]
#[path = "../../../../tests/it/fault_server.rs"]
mod fault_server;
#[expect(dead_code, reason = "the tests' own, which need more of it")]
#[path = "../../../../tests/it/faults.rs"]
mod faults;
mod pages;
mod plan;
mod stage;
mod table;
mod unit;
mod year;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The parts that are processes of their own.
const PARTS: [&str; 4] = ["live-calm", "live-stormy", "serve-calm", "serve-stormy"];

/// What every part may fail with.
type Failure = Box<dyn std::error::Error>;

/// What is served, and when.
#[derive(Debug, Serialize, Deserialize)]
pub struct Season {
    /// The repository of captures.
    pub archive: PathBuf,
    /// The pages chosen from it.
    pub pages: Vec<pages::Page>,
    /// Begin and length.
    pub span: (Timestamp, SignedDuration),
}

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(compare())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn compare() -> Result<(), Failure> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // A year and its servers are processes of their own, with a first word of their own: with faults, or without.
    let part = arguments.first().filter(|word| PARTS.contains(&word.as_str())).cloned();
    if part.is_some() {
        arguments.remove(0);
    }
    if let Some(live @ ("live-calm" | "live-stormy")) = part.as_deref() {
        let season: Season = serde_json::from_reader(std::io::stdin().lock())?;
        let servers = [vec![live.replace("live", "serve")], arguments].concat();
        noticewatch::say!("{}", serde_json::to_string(&year::live(&season, &servers).await?)?);
        return Ok(());
    }
    let Some(archive) = arguments.first().map(PathBuf::from) else {
        noticewatch::complain!("usage: calendar ARCHIVE.git [TARGETS [DAYS [SEED]]]");
        return Ok(());
    };
    let number = |index: usize, usual: u64| arguments.get(index).map_or(Ok(usual), |text| text.parse::<u64>());
    let (targets, days, seed) = (number(1, 24)?, number(2, 365)?, number(3, 20_260_101)?);
    let pages = pages::choose(&archive, usize::try_from(targets)?)?;
    let span = ("2026-01-05T00:00:00Z".parse()?, SignedDuration::from_hours(24 * i64::try_from(days)?));
    let season = Season { archive, pages, span };
    let peers = faults::peers().await;
    let rows = faults::rows(&peers);
    let plan = plan::plan(season.pages.len(), &rows, span.0, span.1, seed)?;
    let calmly = plan::Plan { faults: Vec::new(), ..plan.clone() };
    if let Some(part) = part {
        return stage::serve(&season, if part == "serve-calm" { &calmly } else { &plan }, &rows, &peers).await;
    }
    let recordings = season.pages.iter().map(|page| page.blobs.len()).sum::<usize>();
    noticewatch::say!("{} pages, {recordings} recordings, {days} days, {} rows", season.pages.len(), rows.len());
    for page in &season.pages {
        noticewatch::say!("  {}: {}, {} ({} recordings)", page.id, page.service, page.terms_type, page.blobs.len());
    }
    let calm = year::apart(&season, "live-calm", &arguments).await?;
    noticewatch::say!(
        "without faults: {} findings, {} letters, peak {} MB",
        calm.findings.len(),
        calm.letters,
        calm.peak_mb
    );
    let stormy = year::apart(&season, "live-stormy", &arguments).await?;
    table::print(&season.pages, &plan, &rows, &calm, &stormy);
    noticewatch::say!("peak memory {} MB", stormy.peak_mb);
    Ok(())
}
