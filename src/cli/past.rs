//! What went before a letter: what this recipient was told already, what changed on the page earlier, and which of the
//! days that pages named has come.
//!
//! Knows the survey, one recipient's record and what was imported; nothing is decided about telling.

use super::courses::Courses;
use super::failure::Failure;
use super::import::context_key;
use super::material::{all_of, night_line, trouble_line};
use super::readings::Readings;
use super::record::Record;
use super::survey::{self, Facts, Page, Survey};
use crate::config::Subscription;
use crate::digest::{Arrived, Item, Recent, change_in_short, trouble_in_short};
use crate::document::StatedDate;
use crate::history::{Finding, Rank, Told, counts};
use crate::io::store::Store;
use crate::target::Target;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Findings that are shown in full at the most; of others nobody reads what went before.
const SHOWN: usize = 40;

/// Earlier changes that were told of the same page, oldest first.
#[must_use]
pub fn earlier(survey: &Survey, finding: &Finding) -> Vec<(Timestamp, String)> {
    let others = survey
        .findings
        .iter()
        .filter(|other| other.target == finding.target && other.settled < finding.settled && other.rank > Rank::Tail);
    others.filter(|other| !survey.is_corrected(other)).map(in_short).collect()
}

/// Adds to each finding what archives recorded of the same document before it: context that was never told.
///
/// # Errors
/// The store cannot be read.
pub fn add_recorded(store: &Store, readings: &mut Readings, items: &mut [Item]) -> Result<(), Failure> {
    let all = if items.is_empty() { Vec::new() } else { Facts::of(store)?.recorded() };
    if all.is_empty() {
        return Ok(());
    }
    let marks = store.marks()?;
    for item in items.iter_mut().take(SHOWN) {
        let finding = &item.finding;
        let is_context = |target: &&Target| {
            let mapped = marks.get(&context_key(&target.id)).is_some_and(|mark| mark.value == json!(finding.target));
            mapped || target.service == finding.service && target.terms_type == finding.terms_type
        };
        let targets: Vec<Target> = all.iter().filter(is_context).cloned().collect();
        let courses = &mut Courses::default();
        let recorded = survey::survey(store, readings, courses, &targets, finding.settled, |_| SignedDuration::ZERO)?;
        let before =
            recorded.findings.iter().filter(|other| other.rank > Rank::Tail && other.between[1] <= finding.between[0]);
        let lines: Vec<(Timestamp, String)> =
            before.map(in_short).map(|(at, words)| (at, format!("{words} (recorded by an archive)"))).collect();
        item.earlier.extend(lines);
        item.earlier.sort_by_key(|(at, _)| *at);
    }
    readings.flush();
    Ok(())
}

/// When a change was first seen, and its verdict with the words that moved.
fn in_short(finding: &Finding) -> (Timestamp, String) {
    let verdict = super::read::verdict_name(finding.change.verdict);
    (finding.between[1], format!("{verdict}: {}", change_in_short(&finding.change)))
}

/// Since when the wording that changed had been seen.
#[must_use]
pub fn stood_since(page: &Page, finding: &Finding) -> Option<Timestamp> {
    let before = finding.change.before.as_ref()?;
    let past = page.followed.past.iter().filter(|standing| standing.passage.normal == before.normal);
    past.filter(|standing| standing.since <= finding.between[0]).map(|standing| standing.since).max()
}

/// Told changes whose wording holds from a day, by the page's own words, that has come since the last digest; only where
/// that wording still stands.
#[must_use]
pub fn arrived(survey: &Survey, record: &Record, subscription: &Subscription, at: Timestamp) -> Vec<Arrived> {
    let told = record.told.iter().filter_map(|told| {
        let finding = survey.findings.iter().find(|finding| counts(told, finding))?;
        let finding = Some(finding).filter(|finding| !survey.is_corrected(finding))?;
        let page = survey.page(&finding.target).filter(|page| subscription.wants(&page.target))?;
        let date = in_force_from(&finding.stated, told.at)?;
        let came = midnight(date).filter(|came| *came <= at && record.digest.is_none_or(|digest| digest < *came))?;
        let after = finding.change.after.as_ref()?;
        let stands = page.followed.standings.iter().any(|standing| standing.passage.normal == after.normal);
        (stands && told.at < came).then(|| Arrived {
            label: page.target.label(),
            url: page.target.url.clone(),
            verdict: told.verdict,
            words: change_in_short(&finding.change),
            quote: after.quote.clone(),
            date,
            told: told.at,
        })
    });
    let mut arrived: Vec<Arrived> = Vec::new();
    for one in told {
        if !arrived.iter().any(|other| (&other.url, &other.quote) == (&one.url, &one.quote)) {
            arrived.push(one);
        }
    }
    arrived
}

/// The first day after a moment from which a page says that it holds.
fn in_force_from(stated: &[StatedDate], at: Timestamp) -> Option<Date> {
    let day = at.to_zoned(TimeZone::UTC).date();
    stated.iter().filter(|stated| stated.kind == "effective" && stated.date > day).map(|stated| stated.date).min()
}

fn midnight(date: Date) -> Option<Timestamp> {
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// What this recipient was told of these pages since the last weekly letter, oldest first.
#[must_use]
pub fn recent(survey: &Survey, record: &Record, subscription: &Subscription) -> Vec<Recent> {
    let page = |id: &str| survey.page(id).filter(|page| subscription.wants(&page.target));
    let this_week = |at: Timestamp| record.week.is_none_or(|week| at > week);
    let line = |page: &Page, at, verdict, words| Recent {
        at,
        label: page.target.label(),
        url: page.target.url.clone(),
        verdict,
        words,
    };
    let changes = record.told.iter().filter(|told| this_week(told.at)).filter_map(|told| {
        let finding = survey.findings.iter().find(|finding| finding.id == told.finding);
        let mut words = finding.map_or_else(|| told_in_short(told), |finding| change_in_short(&finding.change));
        if finding.is_some_and(|finding| survey.is_corrected(finding)) {
            words += " (corrected: a fault of ours)";
        }
        Some(line(page(&told.target)?, told.at, Some(told.verdict), words))
    });
    let troubles = record.troubles.iter().filter(|told| this_week(told.at)).filter_map(|told| {
        if told.trouble.is_empty() {
            let dark = survey.dark.iter().find(|dark| dark.outage.from == told.since)?;
            let words = trouble_in_short(&night_line(dark, told.news));
            return Some(Recent { at: told.at, label: all_of(dark), url: String::new(), verdict: None, words });
        }
        let page = page(&told.trouble)?;
        let trouble = page.followed.troubles.iter().find(|trouble| trouble.since == told.since)?;
        Some(line(page, told.at, None, trouble_in_short(&trouble_line(page, trouble, told.news))))
    });
    let mut all: Vec<Recent> = changes.chain(troubles).collect();
    all.sort_by_key(|recent| recent.at);
    all
}

/// What was told, where today's rules find no such change any more.
fn told_in_short(told: &Told) -> String {
    match (told.before.as_str(), told.after.as_str()) {
        (before, "") => format!("\"{before}\" is gone"),
        (_, after) => format!("now \"{after}\""),
    }
}
