//! What went before a finding: earlier changes of its page, how long its old wording stood, and told changes whose day
//! has come.
//!
//! Functions of the survey and one recipient's record; nothing is decided about telling.

use super::notification_log::NotificationLog;
use crate::app::analysis::types::{TargetState, WatchState};
use crate::config::Subscription;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use noticewatch_core::compare::Rank;
use noticewatch_core::document::StatedDate;
use noticewatch_core::history::{Finding, counts};
use noticewatch_core::letter::{Arrived, change_in_short};

/// Earlier changes that were told of the same page, oldest first.
#[must_use]
pub fn earlier(survey: &WatchState, finding: &Finding) -> Vec<(Timestamp, String)> {
    let others = survey
        .findings
        .iter()
        .filter(|other| other.target == finding.target && other.settled < finding.settled && other.rank > Rank::Tail);
    others.filter(|other| !survey.is_corrected(other)).map(in_short).collect()
}

/// When a change was first seen, and its verdict with the words that moved.
#[must_use]
pub fn in_short(finding: &Finding) -> (Timestamp, String) {
    let verdict = crate::app::json::verdict_name(finding.change.verdict);
    (finding.between[1], format!("{verdict}: {}", change_in_short(&finding.change)))
}

/// Since when the wording that changed had been seen.
#[must_use]
pub fn stood_since(page: &TargetState, finding: &Finding) -> Option<Timestamp> {
    let before = finding.change.before.as_ref()?;
    let past = page.followed.past.iter().filter(|standing| standing.passage.normal == before.normal);
    past.filter(|standing| standing.since <= finding.between[0]).map(|standing| standing.since).max()
}

/// Told changes whose wording holds from a day, by the page's own words, that has come since the last digest and was not
/// said to have come; only where that wording still stands. Who gets no digests is told at once.
#[must_use]
pub fn arrived(
    survey: &WatchState,
    record: &NotificationLog,
    subscription: &Subscription,
    at: Timestamp,
) -> Vec<Arrived> {
    let last = if subscription.has_digests() { record.digest } else { record.since };
    let told = record.told.iter().filter_map(|told| {
        let finding = survey.findings.iter().find(|finding| counts(told, finding))?;
        let finding = Some(finding).filter(|finding| !survey.is_corrected(finding))?;
        let page = survey.page(&finding.target).filter(|page| subscription.wants(&page.target))?;
        let date = in_force_from(&finding.stated, told.at)?;
        let came = midnight(date).filter(|came| *came <= at && last.is_none_or(|last| last < *came))?;
        let after = finding.change.after.as_ref()?;
        let stands = page.followed.standings.iter().any(|standing| standing.passage.normal == after.normal);
        let said = record.days.iter().any(|day| day.in_force == told.finding && day.day == date);
        (stands && told.at < came && !said).then(|| Arrived {
            findings: vec![told.finding.clone()],
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
        match arrived.iter_mut().find(|other| (&other.url, &other.quote) == (&one.url, &one.quote)) {
            Some(other) => other.findings.extend(one.findings),
            None => arrived.push(one),
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
