//! A year of the daemon in minutes: the daemon in a process of its own, its clock set by the stage, pages that are edited
//! by a seeded calendar, every fault of pages and mail servers that the tables know, kills, restarts, sleeps, wrong clocks,
//! damage, upgrades. Then the reckoning: every change told once to each who asked for it, and nothing else.
//!
//! `cargo run --release -p xtask --bin whole_year -- [TARGETS [DAYS [SEED [BEFORE]]]]`; the usual is 8 targets for 30 days. BEFORE
//! is the program of another build: it begins the year, and this one takes its store over. Everything is on loopback. Exit
//! code 1 where a change was not told, told twice, or told and none; then the directory is kept, with the log of the daemon
//! and a list of what befell it.

#[path = "../kill_loop/arrivals.rs"]
mod arrivals;
#[path = "../calendar/plan.rs"]
mod calendar;
#[path = "../../../../tests/it/certificates.rs"]
mod certificates;
mod daemon;
mod deeds;
#[path = "../../../../tests/it/fault_server.rs"]
#[expect(dead_code, reason = "the tests' own, which need more of it")]
mod fault_server;
#[path = "../../../../tests/it/faults.rs"]
#[expect(dead_code, reason = "the tests' own, which need more of it")]
mod faults;
mod figures;
mod life;
#[path = "../../../../tests/it/mail_faults.rs"]
#[expect(dead_code, reason = "the tests' own, which need more of it")]
mod mail_faults;
mod pages;
mod plan;
mod reckoning;
#[path = "../../../../tests/it/smtp_server.rs"]
#[expect(dead_code, reason = "the tests' own, which need more of it")]
mod smtp_server;
mod stage;
#[path = "../calendar/unit.rs"]
mod unit;

use life::Life;
use stage::Stage;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// What every part may fail with.
type Failure = Box<dyn std::error::Error>;

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(play())
}

fn play() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match std::env::var(daemon::ROLE).as_deref() {
        Ok("daemon") => daemon::watch(&arguments).map(|()| ExitCode::SUCCESS),
        Ok("program") => Ok(noticewatch::cli::main()),
        _ => {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            runtime.block_on(year(&arguments))
        }
    }
}

async fn year(arguments: &[String]) -> Result<ExitCode, Failure> {
    let number = |index: usize, usual: u64| arguments.get(index).map_or(Ok(usual), |text| text.parse::<u64>());
    let (targets, days, seed) = (number(0, 8)?, number(1, 30)?, number(2, 20_260_105)?);
    let before = arguments.get(3).map(PathBuf::from);
    let (begun, dir) = (Instant::now(), tempfile::tempdir()?);
    let peers = faults::peers().await;
    let rows = faults::rows(&peers);
    let mail_rows = stage::mail_rows(&mail_faults::papers()).len();
    let plan = plan::plan(usize::try_from(targets)?.max(2), days, seed, &rows, mail_rows)?;
    noticewatch::say!(
        "{targets} targets, {days} days, seed {seed}: {} edits, {} changes that are none, {} flashes, {} faults of pages of {} \
         kinds, {} times without network, {} faults of the mail server of {mail_rows} kinds",
        plan.edits.len(),
        plan.cosmetics.len(),
        plan.flashes.len(),
        plan.faults.faults.len(),
        rows.len(),
        plan.faults.nights.len(),
        plan.mail.len(),
    );
    let stage = Stage::new(plan, rows, peers, dir.path().to_owned()).await?;
    let mut life = Life::new(stage, seed, before)?;
    if let Err(why) = life.live().await {
        return Err(format!("{why}\nkept: {}", dir.keep().display()).into());
    }
    let computing = figures::children_s()?;
    let sum = reckoning::reckon(&life)?;
    let done: Vec<String> = life.done.iter().map(|(what, count)| format!("{count} {what}")).collect();
    noticewatch::say!("{}", done.join(", "));
    noticewatch::say!("{sum}");
    noticewatch::say!("{}", figures::figures(&life, &sum, computing)?);
    noticewatch::say!("{:.0} s", begun.elapsed().as_secs_f64());
    if sum.wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    noticewatch::say!("kept: {}", dir.keep().display());
    Ok(ExitCode::FAILURE)
}
