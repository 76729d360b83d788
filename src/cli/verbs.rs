//! The verbs that only show: `history`, `board`, `digest`, `targets`, `status`, `show`.

use super::args::Common;
use super::failure::Failure;
use super::office::Office;
use super::paint::{self, BOLD, FAINT, utc};
use super::post::{self, Post};
use super::survey::{Page, Survey};
use super::timeline;
use super::way;
use crate::capture::{Capture, Sha256};
use crate::document;
use crate::history::{Finding, diff};
use crate::io::clock::Clock;
use crate::io::store::{OutboxState, Store};
use jiff::Timestamp;
use serde_json::json;
use std::io::Write;

/// Everything that was kept, read by today's rules.
struct Kept {
    office: Office,
    store: Store,
    survey: Survey,
}

fn kept(common: &Common) -> Result<Kept, Failure> {
    let office = Office::open(common, Clock::system())?;
    let Some((store, mut readings)) = office.reader()? else {
        return Err(Failure::Missing(format!(
            "nothing was kept in {} yet; `noticewatch check` makes a beginning",
            office.state.display()
        )));
    };
    let survey = office.survey(&store, &mut readings)?;
    readings.flush();
    Ok(Kept { office, store, survey })
}

/// The timeline of one target or of all.
///
/// # Errors
/// No such target; nothing kept; the store cannot be read.
pub fn history(target: Option<&str>, at: Option<Timestamp>, changes: bool, common: &Common) -> Result<(), Failure> {
    let kept = kept(common)?;
    if let Some(id) = target {
        kept.office.target(id)?;
    }
    let told = post::all_told(&kept.store)?;
    let pages = kept.survey.pages.iter().filter(|page| target.is_none_or(|id| page.target.id == id));
    for page in pages.filter(|page| target.is_some() || page.visits > 0) {
        let findings: Vec<&Finding> =
            kept.survey.findings.iter().filter(|finding| finding.target == page.target.id).collect();
        match (at, common.json) {
            (Some(at), true) => anstream::println!("{}", at_json(page, at)),
            (Some(at), false) => timeline::print_at(page, at),
            (None, true) => findings.iter().for_each(|finding| {
                let late = post::is_late(&kept.store, finding);
                anstream::println!("{}", timeline::finding_json(finding, &told, late));
            }),
            (None, false) => timeline::print_page(page, &findings, changes),
        }
        if !common.json {
            anstream::println!();
        }
    }
    Ok(())
}

fn at_json(page: &Page, at: Timestamp) -> serde_json::Value {
    let stood: Vec<_> = timeline::stood_at(page, at)
        .into_iter()
        .map(|standing| {
            json!({
                "quote": standing.passage.quote,
                "heading": standing.passage.heading,
                "commitment": standing.passage.commitment,
                "first_seen": standing.since,
                "last_seen": standing.last_seen,
                "first_seen_otherwise": standing.until,
                "captures": [standing.capture, standing.last_capture],
            })
        })
        .collect();
    json!({"target": page.target.id, "service": page.target.service, "terms_type": page.target.terms_type, "at": at, "passages": stood})
}

/// What each service promises today.
///
/// # Errors
/// Nothing kept; the store cannot be read.
pub fn board(common: &Common) -> Result<(), Failure> {
    let kept = kept(common)?;
    let mut service = String::new();
    for row in timeline::board(&kept.survey) {
        if common.json {
            anstream::println!("{}", serde_json::to_string(&row).unwrap_or_default());
            continue;
        }
        if row.service != service {
            anstream::println!("{BOLD}{}{BOLD:#}", row.service);
            service.clone_from(&row.service);
        }
        timeline::print_row(&row);
    }
    let waiting: Vec<_> = kept.office.targets.iter().filter(|target| target.disabled.is_some()).collect();
    if !common.json && !waiting.is_empty() {
        anstream::println!("{} not readable yet, because:", waiting.len());
        for target in waiting {
            anstream::println!(
                "  {FAINT}{}: {}{FAINT:#}",
                target.label(),
                target.disabled.as_deref().unwrap_or_default()
            );
        }
    }
    Ok(())
}

/// The letter that would be sent now.
///
/// # Errors
/// No such subscription; nothing kept; the store cannot be read.
pub fn digest(subscription: Option<&str>, html: bool, common: &Common) -> Result<(), Failure> {
    let kept = kept(common)?;
    let all = &kept.office.settings.subscriptions;
    let chosen = match subscription {
        None => all.first(),
        Some(name) => all.iter().find(|one| one.name == name),
    };
    let Some(chosen) = chosen else {
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        let wanted = subscription.unwrap_or_default();
        return Err(Failure::Missing(format!("no subscription is called {wanted}; there is {}", names.join(", "))));
    };
    let letter = Post::preview(&kept.store, &kept.survey, chosen, kept.office.clock.now())?;
    if common.json {
        anstream::println!("{}", serde_json::to_string(&letter).unwrap_or_default());
    } else if html {
        raw(letter.html.as_bytes())?;
    } else {
        anstream::println!("{BOLD}Subject: {}{BOLD:#}\n", paint::clean(&letter.subject));
        letter.text.lines().for_each(|line| anstream::println!("{}", paint::clean(line)));
    }
    Ok(())
}

/// The list of targets, checked.
///
/// # Errors
/// The configuration is wrong.
pub async fn targets(online: bool, common: &Common) -> Result<(), Failure> {
    let office = Office::open(common, Clock::system())?;
    let watched = office.watched().count();
    let fetcher = if online { Some(office.fetcher()?) } else { None };
    for target in &office.targets {
        let found = match (&fetcher, &target.disabled) {
            (Some(fetcher), None) => Some(super::online::try_target(fetcher, target).await),
            _ => None,
        };
        if common.json {
            anstream::println!("{}", json!({"target": target, "online": found}));
            continue;
        }
        let state = target
            .disabled
            .as_ref()
            .map_or_else(String::new, |reason| format!("  {FAINT}not readable yet: {reason}{FAINT:#}"));
        anstream::println!("{:<34} {:<44} {}{state}", target.id, target.label(), target.url);
        if let Some(found) = found {
            anstream::println!("    {}", paint::clean(&found));
        }
    }
    if !common.json {
        anstream::println!("{watched} watched, {} not readable yet", office.targets.len() - watched);
    }
    Ok(())
}

/// How everything stands.
///
/// # Errors
/// Nothing kept; the store cannot be read.
pub fn status(common: &Common) -> Result<(), Failure> {
    let kept = kept(common)?;
    for page in kept.survey.pages.iter().filter(|page| page.target.disabled.is_none()) {
        let followed = &page.followed;
        let trouble = followed.troubles.iter().rev().find(|trouble| trouble.until.is_none());
        let change = kept.survey.findings.iter().rev().find(|finding| finding.target == page.target.id);
        if common.json {
            anstream::println!(
                "{}",
                json!({
                    "target": page.target.id,
                    "visits": page.visits,
                    "last_look": followed.last_look,
                    "last_good": followed.last_good,
                    "last_change": change.map(|finding| finding.between[1]),
                    "health": followed.health,
                    "missed": followed.missed,
                    "trouble": trouble,
                    "pending": followed.pending,
                    "wanted": followed.wanted,
                })
            );
            continue;
        }
        let seen =
            followed.last_good.map_or_else(|| "never read".to_owned(), |at| format!("last good check {}", utc(at)));
        let change = change.map_or_else(String::new, |finding| format!("; last change {}", utc(finding.between[1])));
        anstream::println!("{BOLD}{:<34}{BOLD:#} {seen}{change}", page.target.id);
        if let Some(trouble) = trouble {
            anstream::println!("    trouble since {}: {}", utc(trouble.since), paint::clean(&trouble.detail));
        } else if let Some(missed) = &followed.missed {
            anstream::println!("    last look missed: {}", paint::clean(&missed.detail));
        }
        followed
            .pending
            .iter()
            .for_each(|text| anstream::println!("    waits to be confirmed: {}", paint::clean(text)));
    }
    outbox(&kept, common)?;
    if kept.store.damage().is_empty() { Ok(()) } else { damage(&kept) }
}

fn damage(kept: &Kept) -> Result<(), Failure> {
    kept.store.damage().iter().for_each(|text| anstream::eprintln!("noticewatch: {text}"));
    Err(Failure::Attention)
}

fn outbox(kept: &Kept, common: &Common) -> Result<(), Failure> {
    let rows = kept.store.outbox()?;
    let count = |state: OutboxState| rows.iter().filter(|row| row.state == state).count();
    if common.json {
        anstream::println!(
            "{}",
            json!({"outbox": {
            "queued": count(OutboxState::Queued), "sent": count(OutboxState::Sent), "refused": count(OutboxState::Refused),
            "expired": count(OutboxState::Expired), "dropped": count(OutboxState::Dropped)}})
        );
        return Ok(());
    }
    anstream::println!(
        "letters: {} sent, {} queued, {} refused, {} expired",
        count(OutboxState::Sent),
        count(OutboxState::Queued),
        count(OutboxState::Refused),
        count(OutboxState::Expired)
    );
    for row in rows.iter().filter(|row| row.state != OutboxState::Sent) {
        let reply = row.last_reply.clone().unwrap_or_else(|| "not tried yet".to_owned());
        let next = row.next_try.map_or_else(String::new, |at| format!("; next try {}", utc(at)));
        anstream::println!(
            "    {:?} to {} since {}: {}{next}",
            row.state,
            row.recipient,
            utc(row.queued_at),
            paint::clean(&reply)
        );
    }
    Ok(())
}

/// How a capture is shown.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The capture that stood on that day.
    pub at: Option<Timestamp>,
    /// The capture with this digest, or its first digits.
    pub capture: Option<String>,
    /// The bytes as served.
    pub raw: bool,
    /// Headers, redirects and hashes.
    pub headers: bool,
    /// A word diff between two captures.
    pub diff: Option<Vec<String>>,
}

/// Shows a capture.
///
/// # Errors
/// No such target or capture; the store cannot be read.
pub fn show(target: &str, view: &View, common: &Common) -> Result<(), Failure> {
    let kept = kept(common)?;
    kept.office.target(target)?;
    if let Some([old, new]) = view.diff.as_deref() {
        let (old, new) = (text(&kept, target, old)?, text(&kept, target, new)?);
        anstream::println!("{}", paint::diff(&diff::words(&old, &new), ""));
        return Ok(());
    }
    let chosen = match (&view.capture, view.at) {
        (Some(digits), _) => find(&kept, target, digits)?,
        (None, at) => standing(&kept, target, at)?,
    };
    let Some(capture) = kept.store.capture(&chosen)? else {
        return Err(Failure::Missing(format!("the body of capture {chosen} is not in the store")));
    };
    if view.raw {
        raw(&capture.body)
    } else if view.headers || common.json {
        let header = kept.store.header(target, &chosen)?.unwrap_or(capture);
        anstream::println!("{}", serde_json::to_string_pretty(&header).unwrap_or_default());
        Ok(())
    } else {
        let page = kept.survey.page(target).map(|page| page.target.clone()).unwrap_or_default();
        anstream::println!(
            "{FAINT}{} {} {}{FAINT:#}",
            capture.sha256,
            utc(capture.ended),
            paint::clean(&capture.final_url)
        );
        anstream::println!("{}", visible(&capture, &page));
        Ok(())
    }
}

/// The text that a reader sees, a block a paragraph.
fn visible(capture: &Capture, target: &crate::target::Target) -> String {
    let page =
        document::Page { body: &capture.body, media_type: &capture.media_type, charset: capture.charset.as_deref() };
    let parsed = document::parse(page, &target.reading());
    parsed.blocks.iter().map(|block| paint::wrapped(&block.text, "")).collect::<Vec<_>>().join("\n\n")
}

fn text(kept: &Kept, target: &str, digits: &str) -> Result<String, Failure> {
    let sha256 = find(kept, target, digits)?;
    let capture = kept.store.capture(&sha256)?;
    let page = kept.survey.page(target).map(|page| page.target.clone()).unwrap_or_default();
    Ok(capture.map(|capture| visible(&capture, &page)).unwrap_or_default())
}

/// The capture whose digest begins with these digits.
fn find(kept: &Kept, target: &str, digits: &str) -> Result<Sha256, Failure> {
    let mut found: Vec<Sha256> =
        kept.store.captures_of(target)?.into_iter().map(|(_, capture)| capture.sha256).collect();
    found.retain(|sha256| sha256.to_string().starts_with(&digits.to_lowercase()));
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::Missing(format!(
            "{target} has no capture {digits}; `noticewatch history {target}` names them"
        ))),
        _ => Err(Failure::Usage(format!("{} captures of {target} begin with {digits}; give more digits", found.len()))),
    }
}

/// The kept capture that the last look before a moment saw.
fn standing(kept: &Kept, target: &str, at: Option<Timestamp>) -> Result<Sha256, Failure> {
    let visits = kept.store.visits(target)?;
    let mut before = visits.iter().rev().filter(|visit| at.is_none_or(|at| visit.at <= at));
    before.find_map(crate::capture::Visit::seen).ok_or_else(|| {
        let when = at.map_or_else(String::new, |at| format!(" before {}", utc(at)));
        Failure::Missing(format!("{target} was not captured{when}"))
    })
}

fn raw(octets: &[u8]) -> Result<(), Failure> {
    std::io::stdout().write_all(octets).map_err(|error| Failure::Io(format!("standard output: {error}")))
}

/// Sends a test letter to every recipient, or to one.
///
/// # Errors
/// A letter was not taken.
pub async fn send_test(to: Option<&str>, common: &Common) -> Result<(), Failure> {
    let office = Office::open(common, Clock::system())?;
    way::send_test(&office, to).await
}
