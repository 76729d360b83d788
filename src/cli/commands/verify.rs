//! `verify`: whether everything that was kept is as it was written, and where it is not.
//!
//! Reads beside a noticewatch that runs; changes nothing.

use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::maintenance::data_loss;
use crate::app::maintenance::data_loss::Loss;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::cli::output::terminal::BOLD;
use crate::io::clock::Clock;
use crate::io::store::{Rows, Store, VerifyReport};

/// Checks the store and says what was checked and found.
///
/// # Errors
/// Nothing was kept yet; the store cannot be read; or it is damaged, or lacks what it once held (exit code 1).
pub fn verify(common: &Common) -> Result<(), Failure> {
    let office = AppContext::open(&common.paths(), Clock::system())?;
    let report = Store::verify_in(&office.state)?;
    // What is still seen to be gone stands in the report.
    let mut lost = data_loss::on_record(&office.state)?;
    lost.retain(|loss| report.damage.iter().all(|damage| damage.to_string() != loss.what));
    if common.json {
        let mut line = serde_json::to_value(&report).unwrap_or_default();
        line["lost"] = serde_json::to_value(&lost).unwrap_or_default();
        terminal::json(&line);
    } else {
        checked(&report);
        found(&office, &report, &lost);
    }
    if report.damage.is_empty() && lost.is_empty() { Ok(()) } else { Err(Failure::Attention) }
}

fn checked(report: &VerifyReport) {
    let times = report.times.map_or_else(String::new, |(first, last)| format!(", {} to {}", utc(first), utc(last)));
    say!(
        "archive: {}, {}{times}: {}{}, {}",
        count(u64::from(report.segments), "segment"),
        count(report.records, "record"),
        count(report.captures, "capture"),
        if report.dropped > 0 { format!(" ({} bodies dropped by [keep])", report.dropped) } else { String::new() },
        count(report.visits, "visit")
    );
    say!(
        "journal: {}, {}, {}",
        count(report.lines, "line"),
        count(report.letters, "letter"),
        count(report.roots, "daily root")
    );
    say!("together {}", indicatif::HumanBytes(report.octets));
    say!("database: {}", rows(report.rows));
}

/// So many of something.
pub(crate) fn count(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn rows(rows: Rows) -> &'static str {
    match rows {
        Rows::Fit => "fits archive and journal",
        Rows::None => "none; it is made from archive and journal at the next start",
        Rows::Held => "in use by the noticewatch that runs; not looked into",
        Rows::Unknown => "could not be looked into",
        Rows::Misfit => {
            "does not fit; it is made anew from archive and journal at the next start, and nothing is lost by that"
        }
    }
}

fn found(office: &AppContext, report: &VerifyReport, lost: &[Loss]) {
    if report.damage.is_empty() && lost.is_empty() {
        say!("{BOLD}fine{BOLD:#}: every record, link, checksum and digest is as it was written");
        return;
    }
    if !report.damage.is_empty() {
        say!("{BOLD}damaged{BOLD:#}, in {}:", count(report.damage.len() as u64, "place"));
    }
    for damage in &report.damage {
        say!("  {damage}");
    }
    if report.leaning > 0 {
        say!("  whole by themselves, but leaning on that: {}", count(report.leaning, "record"));
    }
    if !lost.is_empty() {
        let all = if report.damage.is_empty() { "; all that is there is as it was written" } else { "" };
        say!("{BOLD}lost{BOLD:#} before, and never restored{all}:");
        for loss in lost {
            say!("  {loss}");
        }
    }
    say!("What to do:");
    let backup = office.settings.backup.as_deref().unwrap_or("DIR");
    let whence = if office.settings.backup.is_some() { "the backup" } else { "a backup; none is configured" };
    if report.damage.iter().any(|damage| lost.is_empty() || !damage.follows) {
        say!("  `noticewatch restore {backup}` takes what is damaged, and only that, from {whence}.");
    }
    if !lost.is_empty() {
        say!(
            "  `noticewatch restore {backup}` says whether the backup holds what was lost, and what taking it would cost;\n  it changes nothing of that."
        );
    }
    say!(
        "  All other records are whole, and noticewatch works on with them. What no backup holds stays lost: the looks of\n  the named times, or what was told then, which may be told again. Disks that damage files do so again: look at this one."
    );
}
