//! What was looked at, and what was not: the tail of every letter.
//!
//! A function of the survey; who was told what is not known here.

use crate::app::analysis::types::{ExplainedOutage, TargetState, WatchState};
use crate::config::Subscription;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::letter::Checked;

/// A page counts as checked with a good look in this time, if it can be vouched for (docs/FACTS.md 3.8).
pub const CHECKED: SignedDuration = SignedDuration::from_hours(24);

/// What was looked at for this subscription; `since` is its last letter.
#[must_use]
pub fn checked(survey: &WatchState, since: Option<Timestamp>, at: Timestamp, subscription: &Subscription) -> Checked {
    let mine = || survey.pages.iter().filter(|page| subscription.wants(&page.target));
    let watched: Vec<&TargetState> = mine().filter(|page| page.target.disabled.is_none()).collect();
    let good = |page: &&&TargetState| page.followed.last_good.is_some_and(|last| at.duration_since(last) <= CHECKED);
    Checked {
        good: watched.iter().filter(good).filter(|page| doubt(page).is_none()).count(),
        of: watched.len(),
        doubtful: watched.iter().filter(good).filter_map(|page| doubt(page)).collect(),
        unseen: unseen(survey, watched.iter().copied().filter(|page| !good(&page))),
        not_readable: mine().filter_map(|page| Some((page.target.label(), page.target.disabled.clone()?))).collect(),
        outside: watched
            .iter()
            .filter(|page| page.followed.outside.iter().any(|outside| since.is_none_or(|since| outside.at > since)))
            .map(|page| page.target.label())
            .collect(),
    }
}

/// Why a page that was seen cannot be vouched for now.
fn doubt(page: &TargetState) -> Option<(String, Timestamp, String)> {
    let lasting = page.followed.troubles.iter().rev().find(|trouble| trouble.until.is_none())?;
    Some((page.target.label(), lasting.since, lasting.detail.clone()))
}

/// The pages that were not seen; those that one time without network hides are one line.
fn unseen<'a>(
    survey: &WatchState,
    pages: impl Iterator<Item = &'a TargetState>,
) -> Vec<(String, Option<Timestamp>, String)> {
    let open =
        |page: &TargetState| page.followed.troubles.iter().rev().find(|trouble| trouble.until.is_none()).cloned();
    let mut hidden: Vec<(&ExplainedOutage, usize)> = Vec::new();
    let mut lines = Vec::new();
    for page in pages {
        match open(page).and_then(|trouble| survey.dark(&trouble)).filter(|_| page.paused.is_none()) {
            None => lines.push((page.target.label(), page.followed.last_good, reason(page))),
            Some(dark) => match hidden.iter_mut().find(|(known, _)| *known == dark) {
                Some((_, count)) => *count += 1,
                None => hidden.push((dark, 1)),
            },
        }
    }
    lines.extend(hidden.into_iter().map(|(dark, count)| {
        let pages = if count == 1 { "1 page".to_owned() } else { format!("{count} pages") };
        (pages, Some(dark.outage.from), format!("no network: {}", dark.outage.detail))
    }));
    lines
}

/// Why a page could not be checked.
fn reason(page: &TargetState) -> String {
    let followed = &page.followed;
    if let Some(paused) = &page.paused {
        return format!("paused by the operator since {}: {}", crate::app::text::utc(paused.since), paused.reason);
    }
    if let Some(trouble) = followed.troubles.iter().rev().find(|trouble| trouble.until.is_none()) {
        return trouble.detail.clone();
    }
    match (&followed.missed, followed.last_look) {
        (Some(missed), _) => missed.detail.clone(),
        (None, Some(_)) => "not looked at in this time".to_owned(),
        (None, None) => "not looked at yet".to_owned(),
    }
}
