//! `backup` and `restore`: the store copied to another place, and brought back from there.

use super::args::Common;
use super::failure::Failure;
use super::office::Office;
use super::paint::{BOLD, utc};
use super::upkeep::{heal, note_restored};
use crate::io::clock::Clock;
use crate::io::store::{Report, Store, StoreError};
use jiff::Timestamp;
use serde_json::json;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Brings a backup up to date: the one that is named, or the one of the settings.
///
/// # Errors
/// Nothing was kept yet; the directory cannot take the backup; or something was not copied (exit code 1).
pub fn backup(to: Option<PathBuf>, common: &Common) -> Result<(), Failure> {
    let office = Office::open(common, Clock::system())?;
    let to = to.or_else(|| office.settings.backup.as_ref().map(PathBuf::from)).ok_or_else(|| {
        Failure::Usage("no directory was named, and the settings name none: `[backup]` with `directory`".to_owned())
    })?;
    let copied = Store::backup(&office.state, &to, office.clock.now())?;
    if common.json {
        let (octets, segments) = (copied.octets, copied.segments);
        let line = json!({"backup": to, "octets": octets, "segments": segments, "trouble": copied.trouble});
        anstream::println!("{line}");
    } else {
        let new = if copied.octets == 0 {
            "nothing new".to_owned()
        } else {
            indicatif::HumanBytes(copied.octets).to_string()
        };
        anstream::println!("{BOLD}{}{BOLD:#} holds everything up to now ({new} copied)", to.display());
        anstream::println!(
            "  `noticewatch verify --state {}` checks it; `noticewatch restore` brings it back.",
            to.display()
        );
    }
    copied.trouble.iter().for_each(|text| anstream::eprintln!("noticewatch: {text}"));
    if copied.trouble.is_empty() { Ok(()) } else { Err(Failure::Attention) }
}

/// Brings back from a backup what is damaged, or all where there is nothing or `whole` is asked for.
///
/// # Errors
/// There is no backup; another noticewatch is at work; or something stays lost (exit code 1).
pub fn restore(from: &Path, whole: bool, now: Option<Timestamp>, common: &Common) -> Result<(), Failure> {
    let office = Office::open(common, now.map_or_else(Clock::system, Clock::driven))?;
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
        Ok(report) if report.damage.is_empty() => {
            say(common, &json!({"restored": [], "lost": []}), || {
                anstream::println!(
                    "{BOLD}fine{BOLD:#}: nothing in {} is damaged, and nothing was restored.",
                    state.display()
                );
                anstream::println!("  To go back to what the backup holds all the same: --whole.");
            });
            Ok(())
        }
        Ok(report) => mend(&office, from, &report, common),
        Err(StoreError::Locked { .. }) => mend(&office, from, &Report::default(), common),
        Err(error) => {
            anstream::eprintln!("noticewatch: {error}; everything is taken from the backup");
            all(&office, from, common)
        }
    }
}

/// The whole store from the backup.
fn all(office: &Office, from: &Path, common: &Common) -> Result<(), Failure> {
    let aside = Store::restore(from, &office.state)?;
    let (now, about) = (office.clock.now(), Store::about(from));
    let mut store = Store::open(&office.state)?;
    let until = store.last_line()?.into_iter().chain(about.as_ref().map(|about| about.at)).max().unwrap_or(now);
    note_restored(&mut store, until, now)?;
    let report = store.verify()?;
    drop(store);
    let value = json!({"restored": "all", "until": until, "aside": aside, "lost": report.damage});
    say(common, &value, || {
        anstream::println!(
            "{BOLD}restored{BOLD:#}: {} holds {} visits, {} captures and {} letters, as of {}",
            office.state.display(),
            report.visits,
            report.captures,
            report.letters,
            utc(until)
        );
        if let Some(aside) = &aside {
            anstream::println!("  what was there before lies in {}", aside.display());
        }
        anstream::println!("  Letters since then may come twice; the next letter to each recipient says so.");
        report.damage.iter().for_each(|damage| anstream::println!("  damaged in the backup too: {damage}"));
    });
    if report.damage.is_empty() { Ok(()) } else { Err(Failure::Attention) }
}

/// Only what is damaged from the backup.
fn mend(office: &Office, from: &Path, report: &Report, common: &Common) -> Result<(), Failure> {
    let mut store = Store::open(&office.state)?;
    let healed = heal(&mut store, from, report, office.clock.now())?;
    drop(store);
    say(common, &json!({"restored": healed.restored, "lost": healed.lost}), || {
        anstream::println!(
            "{BOLD}restored{BOLD:#} from {}: {} of {}",
            from.display(),
            healed.restored.len(),
            super::verify::count(report.damage.len() as u64, "damaged place")
        );
        healed.restored.iter().for_each(|damage| anstream::println!("  whole again: {damage}"));
        healed.lost.iter().for_each(|damage| anstream::println!("  lost, the backup does not hold it: {damage}"));
        anstream::println!("  The next letter to the operator says so.");
    });
    if healed.lost.is_empty() { Ok(()) } else { Err(Failure::Attention) }
}

fn say(common: &Common, value: &serde_json::Value, text: impl FnOnce()) {
    if common.json { anstream::println!("{value}") } else { text() }
}
