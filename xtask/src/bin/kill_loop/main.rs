//! The program killed for real, again and again, while pages change and mail servers misbehave: what was told, what was
//! lost, what came twice.
//!
//! `cargo run -p xtask --bin kill_loop -- PROGRAM [KILLS [SEED]]`. Four kills of five fall on `check`, at moments of the
//! program's own clock; the others on `watch`, with the outbox full. The moments, the faults and the pages are drawn from
//! the seed; how far the program had come at each is left to the machine. Everything is on loopback. Exit code 1 where a
//! change was not told, a letter doubled with other octets, or the store damaged.

mod arrivals;
#[path = "../../../../tests/it/certificates.rs"]
#[expect(dead_code, reason = "the tests' own, which need more of it")]
mod certificates;
#[path = "../../../../tests/it/fault_server.rs"]
#[expect(dead_code, reason = "the tests' own, which need more of it")]
mod fault_server;
mod killing;
#[path = "../../../../tests/it/mail_faults.rs"]
#[expect(dead_code, reason = "the tests' own, which need more of it")]
mod mail_faults;
mod reckoning;
#[path = "../../../../tests/it/smtp_server.rs"]
#[expect(dead_code, reason = "the tests' own, which need more of it")]
mod smtp_server;
mod town;

use killing::Dice;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use town::Town;

/// What every part may fail with.
type Failure = Box<dyn std::error::Error>;

/// Kills a round of changes.
const KILLS_A_ROUND: usize = 5;

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(kill())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn kill() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(program) = arguments.first().map(PathBuf::from) else {
        noticewatch::complain!("usage: kill_loop PROGRAM [KILLS [SEED]]");
        return Ok(ExitCode::from(64));
    };
    let number = |index: usize, usual: u64| arguments.get(index).map_or(Ok(usual), |text| text.parse::<u64>());
    let (kills, seed) = (usize::try_from(number(1, 200)?)?, number(2, 20_260_301)?);
    let begun = Instant::now();
    let mut dice = Dice::new(seed);
    let mut town = Town::new(program, kills).await?;
    let over_watch = kills / 5;
    let mut done = killing::Done::default();
    while done.kills() < kills - over_watch {
        let some = KILLS_A_ROUND.min(kills - over_watch - done.kills());
        killing::round(&mut town, &mut dice, some, &mut done).await?;
    }
    killing::over_watch(&mut town, &mut dice, over_watch, &mut done).await?;
    let sum = reckoning::reckon(&town)?;
    noticewatch::say!("seed {seed}, {:.0} s", begun.elapsed().as_secs_f64());
    noticewatch::say!("{done}");
    noticewatch::say!("{sum}");
    Ok(if sum.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
