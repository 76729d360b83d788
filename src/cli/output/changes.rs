//! Readings and changes, for a person at a terminal.

use super::terminal;
use super::terminal::{BOLD, FAINT};
use crate::app::json::{slot_name, verdict_name};
use crate::app::text;
use noticewatch_core::compare::{Change, Direction};
use noticewatch_core::extract::{Class, Passage, Reading};
use noticewatch_core::history::{Comparison, Health, HealthState, health};

/// The health that a page shows without a past.
pub(crate) fn own_health(reading: &Reading) -> Health {
    health::judge(reading, "", None, None, None).health
}

pub(crate) fn print(name: &str, reading: &Reading) {
    let language = reading.language.as_deref().unwrap_or("language not found");
    let judged = own_health(reading);
    let signs = judged.signs.join(", ");
    let state = match judged.state {
        HealthState::Suspect => format!("suspect: {signs}"),
        _ if judged.signs.is_empty() => "healthy".to_owned(),
        _ => format!("in doubt: {signs}"),
    };
    say!("{BOLD}{}{BOLD:#}: {language}, {} words, {}", text::clean(name), reading.words, text::clean(&state));
    for date in &reading.dates {
        say!("  {} {} {FAINT}({}){FAINT:#}", date.kind, date.date, text::clean(&date.quote));
    }
    if !reading.passages.iter().any(|passage| passage.class == Class::UserNotice) {
        say!("  no promise of user notice found");
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
    let path: Vec<String> = passage.heading.iter().map(|heading| text::clean(heading)).collect();
    say!("\n  {BOLD}{class}{BOLD:#} {FAINT}{}{FAINT:#}", path.join(" > "));
    say!("{}", terminal::wrapped(&passage.quote, "    "));
    for (slot, said) in &passage.commitment.slots {
        let quote = text::clean(&said.quote);
        say!("      {:<11} {:<24} {FAINT}\"{quote}\"{FAINT:#}", slot_name(*slot), said.value);
    }
}

pub(crate) fn print_comparison(comparison: &Comparison) {
    let verdict = verdict_name(comparison.verdict);
    let dominant = comparison.dominant.map_or("", |sign| match sign {
        Direction::Minus => ", for the user: less",
        Direction::Plus => ", for the user: more",
        Direction::Zero => "",
    });
    let severity = format!("{:?}", comparison.severity).to_lowercase();
    say!("{BOLD}{verdict}{BOLD:#}, severity {severity}{dominant}");
    for sign in &comparison.health.signs {
        say!("  health: {}", text::clean(sign));
    }
    comparison.changes.iter().for_each(|change| print_change(change, "  "));
}

/// One change for a person: what moved, why, both wordings.
pub fn print_change(change: &Change, indent: &str) {
    let inner = format!("{indent}  ");
    say!("\n{indent}{BOLD}{}{BOLD:#}", verdict_name(change.verdict));
    for reason in &change.reasons {
        say!("{}", terminal::wrapped(reason, &inner));
    }
    for moved in &change.slots {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not said".to_owned());
        let sign = match moved.sign {
            Direction::Minus => "-",
            Direction::Zero => "0",
            Direction::Plus => "+",
        };
        say!("{inner}{sign} {:<11} {} -> {}", slot_name(moved.slot), value(&moved.from), value(&moved.to));
    }
    for (name, passage) in [("Before", &change.before), ("After", &change.after)] {
        match passage {
            Some(passage) => {
                say!("{inner}{FAINT}{name}:{FAINT:#}\n{}", terminal::wrapped(&passage.quote, &inner));
            }
            None => say!("{inner}{FAINT}{name}:{FAINT:#} nothing"),
        }
    }
    if change.before.is_some() && change.after.is_some() {
        say!("{inner}{FAINT}Changed words:{FAINT:#}\n{}", terminal::diff(&change.diff, &inner));
    }
}
