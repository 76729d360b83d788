//! `status`: how each target, the outbox and the store stand.
//!
//! Only what stands now; the past is `history`'s to tell.

use crate::app::error::Failure;
use crate::app::metrics::figures;
use crate::app::notify::outbox::{shown, state};
use crate::app::notify::unmade_letters;
use crate::app::notify::unmade_letters::Unmade;
use crate::app::open::{OpenedStore, watched};
use crate::app::text::utc;
use crate::app::{skipped_runs, text};
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::cli::output::terminal::BOLD;
use crate::io::store::OutboxState;
use jiff::Timestamp;
use noticewatch_core::history::Streak;
use serde_json::json;

/// How everything stands.
///
/// # Errors
/// Nothing kept; the store cannot be read; nobody looks any more, the store is damaged, or letters to somebody cannot be
/// made (exit code 1).
pub fn status(common: &Common) -> Result<(), Failure> {
    let kept = watched(&common.paths())?;
    let unattended = kept.office.unattended(&kept.survey);
    if let (Some(since), false) = (unattended, common.json) {
        say!(
            "{BOLD}nobody has looked at any page since {}{BOLD:#}; is noticewatch running? What follows is as of then.",
            utc(since)
        );
    }
    for page in kept.survey.pages.iter().filter(|page| page.target.disabled.is_none()) {
        let followed = &page.followed;
        let trouble = followed.troubles.iter().rev().find(|trouble| trouble.until.is_none());
        let paused = page.paused.as_ref();
        let change = kept.survey.findings.iter().rev().find(|finding| finding.target == page.target.id);
        if common.json {
            terminal::json(&json!({
                "target": page.target.id,
                "visits": page.visits,
                "last_look": followed.last_look,
                "last_good": followed.last_good,
                "last_change": change.map(|finding| finding.between[1]),
                "health": followed.health,
                "missed": followed.missed,
                "trouble": trouble,
                "streak": followed.streak,
                "aside": followed.aside,
                "overdue": kept.office.overdue(page).is_some(),
                "paused": paused.map(|paused| json!({"since": paused.since, "reason": paused.reason})),
                "pending": followed.pending,
                "wanted": followed.wanted,
            }));
            continue;
        }
        let seen =
            followed.last_good.map_or_else(|| "never read".to_owned(), |at| format!("last good check {}", utc(at)));
        let change = change.map_or_else(String::new, |finding| format!("; last change {}", utc(finding.between[1])));
        say!("{BOLD}{:<34}{BOLD:#} {seen}{change}{}", page.target.id, streak(followed.streak));
        if let Some(paused) = paused {
            say!("    paused since {}: {}", utc(paused.since), text::clean(&paused.reason));
        }
        if let Some(trouble) = trouble {
            let dark = if kept.survey.dark(trouble).is_some() { "no network: " } else { "" };
            say!("    trouble since {}: {dark}{}", utc(trouble.since), text::clean(&trouble.detail));
        } else if let Some(missed) = &followed.missed {
            say!("    last look missed: {}", text::clean(&missed.detail));
        }
        if let Some(aside) = &followed.aside {
            say!(
                "    put aside since {}: {} words, capture {}: \"{}\"",
                utc(aside.first),
                aside.words,
                aside.capture.short(),
                text::clean(&aside.opening)
            );
        }
        followed.pending.iter().for_each(|text| say!("    waits to be confirmed: {}", text::clean(text)));
    }
    waiting(&kept, common)?;
    outbox(&kept, common)?;
    summary(&kept, common)?;
    kept.store.damage().iter().for_each(|text| complain!("noticewatch: {text}"));
    let unmade = unmade(&kept, common)?;
    let fine = kept.store.damage().is_empty() && unattended.is_none() && !unmade;
    if fine { Ok(()) } else { Err(Failure::Attention) }
}

/// The figures, a pass of late that took too long, and when the store was last copied and checked.
fn summary(kept: &OpenedStore, common: &Common) -> Result<(), Failure> {
    let figures = figures(&kept.office, &kept.survey, &kept.store)?;
    let overlap = skipped_runs::recent(&kept.store, &kept.survey)?;
    if common.json {
        if let Some(overlap) = overlap {
            terminal::json(&json!({"overlap": overlap}));
        }
        terminal::json(&json!({"figures": figures}));
        return Ok(());
    }
    if let Some(overlap) = overlap {
        say!("{}: {}", utc(overlap.from), overlap.sentence());
    }
    let last =
        |what: &str, at: Option<Timestamp>| at.map(|at| format!("; last {what} {}", utc(at))).unwrap_or_default();
    let (backup, check) = (last("backup", figures.last_backup), last("checked", figures.last_verified));
    say!("store: {}{backup}{check}", indicatif::HumanBytes(figures.store_bytes));
    if figures.damaged > 0 {
        say!("    damaged in {} places; `noticewatch verify` names them", figures.damaged);
    }
    Ok(())
}

/// Looks in a row that ended alike.
fn streak(streak: Streak) -> String {
    let Some(since) = streak.since else { return String::new() };
    let what = match (streak.good, streak.looks) {
        (true, 1) => "1 good look".to_owned(),
        (true, looks) => format!("{looks} good looks in a row"),
        (false, 1) => "1 look without the page".to_owned(),
        (false, looks) => format!("{looks} looks in a row without the page"),
    };
    format!("; {what} since {}", utc(since))
}

/// Decisions that the process which writes the store has not taken up yet.
fn waiting(kept: &OpenedStore, common: &Common) -> Result<(), Failure> {
    for decision in kept.store.requests()? {
        let letter = decision.letter.map(|letter| format!("letter {letter}"));
        let what = decision.finding.as_deref().or(decision.target.as_deref()).or(letter.as_deref());
        let target = what.unwrap_or_default();
        if common.json {
            terminal::json(&json!({"waiting": decision}));
        } else {
            let what = format!("{:?}", decision.decision).to_lowercase();
            say!("decision of {} waits to be taken up: {what} {target}", utc(decision.at));
        }
    }
    Ok(())
}

/// The recipients to whom no letter can be made; whether there are any.
fn unmade(kept: &OpenedStore, common: &Common) -> Result<bool, Failure> {
    let all = unmade_letters::all(&kept.office, &kept.store)?;
    for Unmade { recipient, since, why } in &all {
        if common.json {
            terminal::json(&json!({"unmade": {"recipient": recipient, "since": since, "why": why}}));
        } else {
            let (recipient, why) = (text::clean(recipient), text::clean(why));
            say!("no letter can be made to {recipient} since {}: {why}", utc(*since));
        }
    }
    Ok(!all.is_empty())
}

fn outbox(kept: &OpenedStore, common: &Common) -> Result<(), Failure> {
    let rows = kept.store.outbox()?;
    let count = |state: OutboxState| rows.iter().filter(|row| row.state == state).count();
    if common.json {
        terminal::json(&json!({"outbox": {
            "queued": count(OutboxState::Queued), "sent": count(OutboxState::Sent), "refused": count(OutboxState::Refused),
            "expired": count(OutboxState::Expired), "dropped": count(OutboxState::Dropped)}}));
        return Ok(());
    }
    let counts =
        [OutboxState::Sent, OutboxState::Queued, OutboxState::Refused, OutboxState::Expired, OutboxState::Dropped]
            .map(|one| format!("{} {}", count(one), state(one)));
    say!("letters: {}", counts.join(", "));
    for row in shown(&rows) {
        let reply = row.last_reply.clone().unwrap_or_else(|| "no try has ended yet".to_owned());
        let next = row.next_try.map_or_else(String::new, |at| format!("; next try {}", utc(at)));
        say!(
            "    letter {} {} to {} since {}: {}{next}",
            row.id,
            state(row.state),
            row.recipient,
            utc(row.queued_at),
            text::clean(&reply)
        );
    }
    Ok(())
}
