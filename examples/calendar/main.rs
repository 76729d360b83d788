//! A year of faults: real captures served page after page, a promise planted in each and weakened now and then behind a
//! fault, and every row of the table of faults injected between, by a seeded calendar.
//!
//! `cargo run --release --example calendar -- ARCHIVE.git [TARGETS [DAYS [SEED]]]`, where the archive holds captures in Open
//! Terms Archive's layout. Everything is on loopback and on the program's own clock; what is printed is the table: fault,
//! times injected, false findings, missed changes, blind days that no letter told of; and the peak of memory, this
//! server's included.

#[path = "../../tests/it/certificates.rs"]
mod certificates;
#[expect(dead_code, reason = "the tests' own, which need more of it")]
#[path = "../../tests/it/fault_server.rs"]
mod fault_server;
#[expect(dead_code, reason = "the tests' own, which need more of it")]
#[path = "../../tests/it/faults.rs"]
mod faults;
mod pages;
mod plan;
mod table;
mod year;

use jiff::SignedDuration;
use std::path::PathBuf;

/// What every part may fail with.
type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(archive) = arguments.first().map(PathBuf::from) else {
        eprintln!("usage: calendar ARCHIVE.git [TARGETS [DAYS [SEED]]]");
        return Ok(());
    };
    let number = |index: usize, usual: u64| arguments.get(index).map_or(Ok(usual), |text| text.parse::<u64>());
    let (targets, days, seed) = (number(1, 24)?, number(2, 365)?, number(3, 20_260_101)?);
    let pages = pages::choose(&archive, usize::try_from(targets)?)?;
    let peers = faults::peers().await;
    let rows = faults::rows(&peers);
    let start = "2026-01-05T00:00:00Z".parse()?;
    let span = SignedDuration::from_hours(24 * i64::try_from(days)?);
    let plan = plan::plan(pages.len(), &rows, start, span, seed)?;
    println!(
        "{} pages, {} recordings, {days} days, {} rows",
        pages.len(),
        pages.iter().map(|page| page.blobs.len()).sum::<usize>(),
        rows.len()
    );
    let calm =
        year::live(&archive, &pages, &plan::Plan { faults: Vec::new(), ..plan.clone() }, &rows, &peers, (start, span))
            .await?;
    println!(
        "without faults: {} findings, {} letters, peak {} MB",
        calm.findings.len(),
        calm.letters,
        year::peak_mb()?
    );
    let stormy = year::live(&archive, &pages, &plan, &rows, &peers, (start, span)).await?;
    table::print(&pages, &plan, &rows, &calm, &stormy);
    println!("peak memory {} MB", year::peak_mb()?);
    Ok(())
}
