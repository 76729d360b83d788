//! The board: what each page promises today.

use crate::app::analysis::types::{TargetState, WatchState};
use crate::app::text::utc;
use noticewatch_core::extract::Class;
use noticewatch_core::letter::BoardRow;

/// The board: a line a page, with the wording live now.
#[must_use]
pub fn board(survey: &WatchState) -> Vec<BoardRow> {
    survey.pages.iter().filter(|page| page.target.disabled.is_none()).map(row).collect()
}

pub(crate) fn row(page: &TargetState) -> BoardRow {
    let followed = &page.followed;
    let main = followed
        .standings
        .iter()
        .filter(|standing| standing.passage.class == Class::UserNotice)
        .max_by_key(|standing| (standing.passage.commitment.slots.len(), std::cmp::Reverse(standing.since)));
    let lasting = followed.troubles.iter().rev().find(|trouble| trouble.until.is_none());
    let paused = page.paused.as_ref().map(|paused| format!("paused since {}: {}", utc(paused.since), paused.reason));
    let trouble = paused.or_else(|| lasting.map(|trouble| trouble.detail.clone()));
    let promise = match main {
        Some(standing) => summary(&standing.passage.commitment),
        None => without(page, "no promise found"),
    };
    // Two wordings in turn are both what the page says; one alone is there and then not.
    let turn = main.is_some_and(|standing| standing.in_turn);
    let others = followed.standings.iter().filter(|other| turn && other.in_turn && Some(*other) != main);
    let in_turn: Vec<String> = others.clone().map(|other| other.passage.quote.clone()).collect();
    let promise = match (turn, in_turn.len()) {
        (false, _) => promise,
        (true, 0) => format!("there and then not, in turn: {promise}"),
        (true, more) => {
            let all: Vec<String> = others.map(|other| summary(&other.passage.commitment)).collect();
            let count = if more == 1 { "two wordings in turn" } else { "three or more wordings in turn" };
            format!("{count}: {promise} / {}", all.join(" / "))
        }
    };
    BoardRow {
        service: page.target.service.clone(),
        target: page.target.id.clone(),
        label: page.target.label(),
        url: page.target.url.clone(),
        promise,
        quote: main.map(|standing| standing.passage.quote.clone()).unwrap_or_default(),
        since: main.map(|standing| standing.since),
        last_seen: followed.last_good,
        seen_once: main.is_some_and(|standing| standing.seen_once),
        in_turn,
        trouble,
    }
}

/// What is said of a page without a promise: it may have had one.
pub(crate) fn without(page: &TargetState, never: &str) -> String {
    let followed = &page.followed;
    let until = followed.past.iter().filter_map(|standing| standing.until).max();
    match (followed.last_good, until) {
        (None, _) => "not read yet".to_owned(),
        (_, Some(until)) => format!("no promise now; had a promise until {}", utc(until)),
        (_, None) => never.to_owned(),
    }
}

/// Strength and timing in a few words.
fn summary(commitment: &noticewatch_core::promise::Commitment) -> String {
    use noticewatch_core::promise::Slot;
    let strength = commitment.value(Slot::Strength).map(|value| match value {
        "firm" => "will tell users",
        "policy" => "tells users, as a policy",
        "effort" => "will try to tell users",
        "may" => "may tell users",
        "legal-floor" => "tells users where the law requires it",
        "reserved-no-notice" => "reserves the right not to tell users",
        "refusal" => "will not tell users",
        "unread" => "speaks of telling users, in words that no rule reads",
        other => other,
    });
    let timing = commitment.value(Slot::Timing).map(|value| match value {
        "before" => "before disclosure",
        "on-receipt" => "on receipt of the demand",
        "if-or-when-disclosing" => "if or when it discloses",
        "after" => "after disclosure",
        other => other,
    });
    match (strength, timing) {
        (Some(strength), Some(timing)) => format!("{strength}, {timing}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "speaks of user notice".to_owned(),
    }
}
