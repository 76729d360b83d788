//! `noticewatch restore`: brings back from a backup what is damaged; all of it, where there is nothing.

use super::backup::say;
use super::verify::count;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::maintenance::data_loss::Loss;
use crate::app::maintenance::{NAMED, data_loss, heal, note_restored};
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::output::terminal::BOLD;
use crate::io::clock::Clock;
use crate::io::store::{Store, StoreError, VerifyReport};
use jiff::Timestamp;
use serde_json::json;
use std::io::ErrorKind;
use std::path::Path;

/// Brings back from a backup what is damaged, or all where there is nothing or `whole` is asked for.
///
/// # Errors
/// There is no backup; another noticewatch is at work; or something stays lost (exit code 1).
pub fn restore(from: &Path, whole: bool, now: Option<Timestamp>, common: &Common) -> Result<(), Failure> {
    let office = AppContext::open(&common.paths(), now.map_or_else(Clock::system, Clock::driven))?;
    match from.join("archive").metadata() {
        Ok(archive) if archive.is_dir() => {}
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(Failure::of_file(from, &error)),
        _ => return Err(Failure::Missing(format!("{} holds no backup", from.display()))),
    }
    let state = &office.state;
    if Store::is_in(state) {
        Store::owned(state, from)?;
    }
    if whole || !Store::is_in(state) {
        return all(&office, from, common);
    }
    match Store::verify_in(state) {
        Ok(report) if report.damage.is_empty() => whole_already(&office, from, 0, common),
        // What only leans on a loss is as it was written, and no part of a backup mends it.
        Ok(report) if report.damage.iter().all(|one| one.follows) && !data_loss::on_record(state)?.is_empty() => {
            whole_already(&office, from, report.damage.len() as u64, common)
        }
        Ok(report) => mend(&office, from, &report, common),
        Err(StoreError::Locked { .. }) => mend(&office, from, &VerifyReport::default(), common),
        Err(error) => {
            complain!("noticewatch: {error}; everything is taken from the backup");
            all(&office, from, common)
        }
    }
}

/// The whole store from the backup.
fn all(office: &AppContext, from: &Path, common: &Common) -> Result<(), Failure> {
    let aside = Store::restore(from, &office.state)?;
    let (now, about) = (office.clock.now(), Store::about(from));
    let mut store = Store::open(&office.state)?;
    let until = store.last_line()?.into_iter().chain(about.as_ref().map(|about| about.at)).max().unwrap_or(now);
    note_restored(&mut store, until, now)?;
    let report = store.verify()?;
    drop(store);
    let value = json!({"restored": "all", "until": until, "aside": aside, "lost": report.damage});
    say(common, &value, || {
        say!(
            "{BOLD}restored{BOLD:#}: {} holds {} visits, {} captures and {} letters, as of {}",
            office.state.display(),
            report.visits,
            report.captures,
            report.letters,
            utc(until)
        );
        if let Some(aside) = &aside {
            say!("  what was there before lies in {}", aside.display());
        }
        say!("  Letters since then may come twice; the next letter to each recipient says so.");
        report.damage.iter().for_each(|damage| say!("  damaged in the backup too: {damage}"));
    });
    if report.damage.is_empty() { Ok(()) } else { Err(Failure::Attention) }
}

/// Nothing is damaged; something may be lost that no file shows any more, on which so much leans.
fn whole_already(office: &AppContext, from: &Path, leaning: u64, common: &Common) -> Result<(), Failure> {
    let lost = data_loss::on_record(&office.state)?;
    let held = held(office, from, &lost)?;
    let value = json!({"restored": [], "lost": lost, "held_by_backup": held.is_some()});
    say(common, &value, || {
        let state = office.state.display();
        if lost.is_empty() {
            say!("{BOLD}fine{BOLD:#}: nothing in {state} is damaged, and nothing was restored.");
            say!("  To go back to what the backup holds all the same: --whole.");
            return;
        }
        say!("{BOLD}nothing was restored{BOLD:#}: all that {state} holds is whole, but this was lost before:");
        for loss in &lost {
            say!("  {loss}");
        }
        if leaning > 0 {
            say!("  whole by themselves, but leaning on that: {}", count(leaning, "record"));
        }
        say_held(held.as_deref(), from);
    });
    if lost.is_empty() { Ok(()) } else { Err(Failure::Attention) }
}

/// What taking the whole backup would bring and cost, where it holds what the store lacks.
fn held(office: &AppContext, from: &Path, lost: &[Loss]) -> Result<Option<String>, Failure> {
    let state = &office.state;
    if !Store::lacks(state, from)? {
        return Ok(None);
    }
    let of = Store::about(from).map_or_else(String::new, |about| format!(", as of {}", utc(about.at)));
    let since = lost.iter().map(|loss| loss.noticed).min();
    let written = match since {
        Some(since) => {
            let store = Store::read_only(state)?;
            let mut looks = 0;
            for target in store.targets()? {
                looks += store.visits(&target)?.iter().filter(|visit| visit.at >= since).count();
            }
            let letters = store.outbox()?.iter().filter(|row| row.queued_at >= since).count();
            let (looks, letters) = (count(looks as u64, "look"), count(letters as u64, "letter"));
            format!("What was written here since {} ({looks}, {letters})", utc(since))
        }
        None => "What was written here since then".to_owned(),
    };
    Ok(Some(format!(
        "{from} holds records that {state} lacks. They cannot be put back in place: noticewatch wrote on behind the loss.\n  \
         `noticewatch restore {from} --whole` takes all that the backup holds{of}. {written}\n  is not in it: it would lie \
         in {state}/before-restore-N, where `--state` reads it, and letters of that time may come twice.",
        from = from.display(),
        state = state.display(),
    )))
}

fn say_held(held: Option<&str>, from: &Path) {
    match held {
        Some(held) => say!("  {held}"),
        None => say!("  {} does not hold it either.", from.display()),
    }
}

/// Only what is damaged from the backup.
fn mend(office: &AppContext, from: &Path, report: &VerifyReport, common: &Common) -> Result<(), Failure> {
    let mut store = Store::open(&office.state)?;
    let before = data_loss::on_record(&office.state)?;
    let healed = heal(&mut store, from, report, office.clock.now())?;
    drop(store);
    let left = !healed.lost.is_empty() || !before.is_empty();
    let held = if left { held(office, from, &before)? } else { None };
    let value = json!({
        "restored": healed.restored, "lost": healed.lost, "aside": healed.aside, "before": before,
        "held_by_backup": held.is_some()
    });
    say(common, &value, || {
        say!(
            "{BOLD}restored{BOLD:#} from {}: {} of {}",
            from.display(),
            healed.restored.len(),
            count(report.damage.len() as u64, "damaged place")
        );
        healed.restored.iter().for_each(|damage| say!("  whole again: {damage}"));
        for file in &healed.aside {
            say!("  octets that belong to no record stood there; they are kept in {}", file.display());
        }
        let why = if held.is_some() { "not restored" } else { "lost, the backup does not hold it" };
        healed.lost.iter().take(NAMED).for_each(|damage| say!("  {why}: {damage}"));
        let more = healed.lost.len().saturating_sub(NAMED);
        if more > 0 {
            say!("  {why}: {} more; `noticewatch verify` names all", count(more as u64, "place"));
        }
        for loss in &before {
            say!("  lost before: {loss}");
        }
        if left {
            say_held(held.as_deref(), from);
        }
        say!("  The next letter to the operator says so.");
    });
    if left { Err(Failure::Attention) } else { Ok(()) }
}
