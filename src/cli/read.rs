//! `read` and `compare`: what one page says, and what two pages say differently. No store, no configuration.

use super::args::Common;
use super::failure::Failure;
use super::files::PageFile;
use super::paint::{self, BOLD, FAINT};
use crate::document::{Class, Passage, Reading, Slot};
use crate::history::{Change, Comparison, Health, HealthState, Sign, compare, health};
use crate::target::{Kind, ReadingSettings};
use serde_json::{Value, json};
use std::path::Path;

/// Says what pages promise.
///
/// # Errors
/// A file that cannot be read, an address that cannot be fetched.
pub async fn read(pages: &[String], terms_type: Option<&str>, common: &Common) -> Result<(), Failure> {
    let mut failed = None;
    for page in pages {
        let reading = if page.starts_with("https://") || page.starts_with("http://") {
            super::online::fetch_and_read(page, terms_type, common).await
        } else {
            PageFile::open(Path::new(page), terms_type).and_then(|file| file.reading())
        };
        match reading {
            Ok(reading) if common.json => paint::json(&json_line(page, &reading)),
            Ok(reading) => print(page, &reading),
            Err(failure) if pages.len() > 1 => {
                anstream::eprintln!("noticewatch: {}", paint::clean(&failure.to_string()));
                failed = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    failed.map_or(Ok(()), Err)
}

/// The `read --json` object (DESIGN.md 7).
fn json_line(file: &str, reading: &Reading) -> Value {
    let health = own_health(reading);
    json!({
        "file": file,
        "language": reading.language,
        "health": health,
        "passages": reading.passages.iter().map(|passage| json!({
            "quote": passage.quote,
            "heading": passage.heading,
            "class": passage.class,
            "commitment": passage.commitment,
            "tags": passage.tags,
        })).collect::<Vec<_>>(),
    })
}

/// The health that a page shows without a past.
fn own_health(reading: &Reading) -> Health {
    health::judge(reading, "", None, None, None).health
}

fn print(name: &str, reading: &Reading) {
    let language = reading.language.as_deref().unwrap_or("language not found");
    let judged = own_health(reading);
    let signs = judged.signs.join(", ");
    let state = match judged.state {
        HealthState::Suspect => format!("suspect: {signs}"),
        _ if judged.signs.is_empty() => "healthy".to_owned(),
        _ => format!("in doubt: {signs}"),
    };
    anstream::println!(
        "{BOLD}{}{BOLD:#}: {language}, {} words, {}",
        paint::clean(name),
        reading.words,
        paint::clean(&state)
    );
    for date in &reading.dates {
        anstream::println!("  {} {} {FAINT}({}){FAINT:#}", date.kind, date.date, paint::clean(&date.quote));
    }
    if !reading.passages.iter().any(|passage| passage.class == Class::UserNotice) {
        anstream::println!("  no promise of user notice found");
    }
    for passage in &reading.passages {
        print_passage(passage);
    }
}

fn print_passage(passage: &Passage) {
    let class = match passage.class {
        Class::UserNotice => "User notice",
        Class::ContentDemand => "Related: demands about content",
        Class::B2b => "Related: between businesses",
    };
    let path: Vec<String> = passage.heading.iter().map(|heading| paint::clean(heading)).collect();
    anstream::println!("\n  {BOLD}{class}{BOLD:#} {FAINT}{}{FAINT:#}", path.join(" > "));
    anstream::println!("{}", paint::wrapped(&passage.quote, "    "));
    for (slot, said) in &passage.commitment.slots {
        let quote = paint::clean(&said.quote);
        anstream::println!("      {:<11} {:<24} {FAINT}\"{quote}\"{FAINT:#}", slot_name(*slot), said.value);
    }
}

/// A slot's name as it stands in JSON.
#[must_use]
pub fn slot_name(slot: Slot) -> String {
    serde_json::to_value(slot).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Says what changed between two files.
///
/// # Errors
/// A file that cannot be read.
pub fn compare_files(
    old: &Path,
    new: &Path,
    terms_type: Option<&str>,
    alias: &[String],
    common: &Common,
) -> Result<(), Failure> {
    let old = PageFile::open(old, terms_type)?;
    let new = PageFile::open(new, terms_type.or(Some(&old.terms_type)))?;
    let aliases: Vec<Vec<String>> =
        alias.iter().map(|names| names.split(',').map(|name| name.trim().to_owned()).collect()).collect();
    let comparison = compare(&old.reading()?, &new.reading()?, &aliases, Kind::of(&new.terms_type));
    if common.json {
        paint::json(&json!({
            "verdict": comparison.verdict,
            "dominant": comparison.dominant,
            "severity": comparison.severity,
            "alert": comparison.alert,
            "health": comparison.health,
            "changes": comparison.changes.iter().map(change_json).collect::<Vec<_>>(),
        }));
    } else {
        print_comparison(&comparison);
    }
    Ok(())
}

/// A change as it stands in JSON: quotes and slots, without the machine's inner forms.
#[must_use]
pub fn change_json(change: &Change) -> Value {
    let quote = |passage: &Option<Passage>| passage.as_ref().map(|passage| passage.quote.clone());
    json!({
        "verdict": change.verdict,
        "dominant": change.dominant,
        "severity": change.severity,
        "before": quote(&change.before),
        "after": quote(&change.after),
        "slots": change.slots,
        "reasons": change.reasons,
        "diff": change.diff,
    })
}

fn print_comparison(comparison: &Comparison) {
    let verdict = verdict_name(comparison.verdict);
    let dominant = comparison.dominant.map_or("", |sign| match sign {
        Sign::Minus => ", for the user: less",
        Sign::Plus => ", for the user: more",
        Sign::Zero => "",
    });
    let severity = format!("{:?}", comparison.severity).to_lowercase();
    anstream::println!("{BOLD}{verdict}{BOLD:#}, severity {severity}{dominant}");
    for sign in &comparison.health.signs {
        anstream::println!("  health: {}", paint::clean(sign));
    }
    comparison.changes.iter().for_each(|change| print_change(change, "  "));
}

/// One change for a person: what moved, why, both wordings.
pub fn print_change(change: &Change, indent: &str) {
    let inner = format!("{indent}  ");
    anstream::println!("\n{indent}{BOLD}{}{BOLD:#}", verdict_name(change.verdict));
    for reason in &change.reasons {
        anstream::println!("{}", paint::wrapped(reason, &inner));
    }
    for moved in &change.slots {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not said".to_owned());
        let sign = match moved.sign {
            Sign::Minus => "-",
            Sign::Zero => "0",
            Sign::Plus => "+",
        };
        anstream::println!(
            "{inner}{sign} {:<11} {} -> {}",
            slot_name(moved.slot),
            value(&moved.from),
            value(&moved.to)
        );
    }
    for (name, passage) in [("Before", &change.before), ("After", &change.after)] {
        match passage {
            Some(passage) => {
                anstream::println!("{inner}{FAINT}{name}:{FAINT:#}\n{}", paint::wrapped(&passage.quote, &inner));
            }
            None => anstream::println!("{inner}{FAINT}{name}:{FAINT:#} nothing"),
        }
    }
    if change.before.is_some() && change.after.is_some() {
        anstream::println!("{inner}{FAINT}Changed words:{FAINT:#}\n{}", paint::diff(&change.diff, &inner));
    }
}

/// A verdict as it stands in JSON.
#[must_use]
pub fn verdict_name(verdict: crate::history::Verdict) -> String {
    serde_json::to_value(verdict).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Settings for a page of which only the terms type is known.
#[must_use]
pub fn settings_for(terms_type: Option<&str>) -> ReadingSettings {
    ReadingSettings { terms_type: terms_type.unwrap_or("Privacy Policy").to_owned(), ..ReadingSettings::default() }
}
