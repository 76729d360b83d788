//! Two readings compared without a past: the health of both sides first, then every promise that differs.
//!
//! Knows no visits and no time; a history judges better, because it has seen the page before.

use super::health;
use super::types::{Comparison, Health, HealthState};
use crate::compare::passages::gravity;
use crate::compare::{Severity, Verdict, changes};
use crate::extract::Reading;
use crate::target::TermsKind;
use crate::{compare, document, text};
use std::collections::HashSet;

/// A capture with fewer words than this share of the other one is not the page (docs/RULES.md 5.8).
const FEWEST: f64 = 0.25;
/// Below this share of the words, with [`KEPT`] of what is left standing before, a capture is cut short.
const CUT: f64 = 0.60;
/// Nine tenths of the shingles.
const KEPT: f64 = 0.90;
/// An old side with fewer words is doubted when the new one is four times as long; two sides below it are too small for
/// shares to mean anything.
const SHORT: usize = 300;
/// A page that keeps nearly all and grows this much was broken before.
const GROWN: f64 = 2.5;

/// Below this share of old text a healthy page is a rewritten one.
const REWRITTEN: f64 = 0.5;
/// Words of a title that say what kind of document it is: a rewritten page that keeps one is no other document.
const TELLING: [&str; 5] = ["privacy", "enforcement", "government", "legal", "transparency"];

/// Compares two readings of one page. `aliases` are groups of names that mean the same brand.
#[must_use]
pub fn compare(before: &Reading, after: &Reading, aliases: &[Vec<String>], kind: TermsKind) -> Comparison {
    let health = pair_health(before, after);
    let mut changes = changes(before, after, aliases, kind);
    if health.state == HealthState::Suspect {
        return Comparison {
            verdict: Verdict::SuspectCapture,
            dominant: None,
            severity: Severity::None,
            alert: false,
            health,
            changes,
        };
    }
    changes.sort_by_key(|change| std::cmp::Reverse(gravity(change)));
    let gravest = changes.first();
    let verdict = gravest.map_or(Verdict::None, |change| change.verdict);
    Comparison {
        verdict,
        dominant: gravest.and_then(|change| change.dominant),
        severity: gravest.map_or(Severity::None, |change| change.severity),
        alert: compare::alert(verdict),
        health,
        changes,
    }
}

/// Judges the health of two captures of one page against each other (docs/RULES.md 5.8).
#[must_use]
pub fn pair_health(before: &Reading, after: &Reading) -> Health {
    let mut signs = shown(before, after, "the new capture");
    signs.extend(shown(after, before, "the old capture"));
    signs.extend(languages(before, after));
    signs.extend(sizes(before, after).or_else(|| cut_off(before, after)));
    signs.extend(other_document(before, after));
    if !signs.is_empty() {
        return Health { state: HealthState::Suspect, signs };
    }
    let in_part = [(before, "the old capture"), (after, "the new capture")]
        .map(|(reading, side)| health::in_part(reading).map(|why| format!("{side}: {why}")));
    let rewritten = rewritten(before, after);
    let state = if rewritten.is_some() { HealthState::Rewritten } else { HealthState::Good };
    Health { state, signs: rewritten.into_iter().chain(in_part.into_iter().flatten()).collect() }
}

/// A healthy page of which less than half stood there before.
fn rewritten(before: &Reading, after: &Reading) -> Option<String> {
    let share = after.shingles.share_in(&before.shingles);
    let large = before.words.max(after.words) >= SHORT;
    (large && share < REWRITTEN)
        .then(|| format!("page rewritten: {:.0} % of its text stood there before", share * 100.0))
}

/// Signs that a capture shows by itself; one that both sides show belongs to the page.
fn shown(other: &Reading, shows: &Reading, side: &str) -> Vec<String> {
    let kind = |sign: &document::Symptom| std::mem::discriminant(sign);
    // But not where neither side has a text of its own to set against it: two walls are no page.
    let belongs = !shows.passages.is_empty() || !other.passages.is_empty();
    let both = |sign: &document::Symptom| {
        (belongs || !sign.is_of_no_page()) && other.signs.iter().any(|known| kind(known) == kind(sign))
    };
    let tiny = |sign: &document::Symptom| matches!(sign, document::Symptom::Few(_)) && other.words < SHORT;
    let counts = |sign: &&document::Symptom| !both(sign) && !tiny(sign);
    shows.signs.iter().filter(counts).filter_map(hard).map(|sign| format!("{side}: {sign}")).collect()
}

/// The signs that speak alone, for a person.
fn hard(sign: &document::Symptom) -> Option<String> {
    Some(match sign {
        document::Symptom::Title(title) => format!("titled \"{title}\""),
        document::Symptom::Challenge(marker) => format!("a bot challenge ({marker})"),
        document::Symptom::Login => "a login form instead of the page".to_owned(),
        document::Symptom::Shell => "an empty shell that asks for a script".to_owned(),
        document::Symptom::MetaRefresh(to) => format!("sends readers on to {to}"),
        document::Symptom::Empty => "no text".to_owned(),
        document::Symptom::Undecodable => "text that cannot be decoded".to_owned(),
        document::Symptom::Few(words) => format!("only {words} words"),
        document::Symptom::Links => "a list of links and little else".to_owned(),
        document::Symptom::Lacks(wanted) => format!("without the words \"{wanted}\""),
        document::Symptom::Under(words, least) => format!("{words} words, where there should be {least} at the least"),
        document::Symptom::Limit(_) | document::Symptom::Headed(_) => return None,
    })
}

fn languages(before: &Reading, after: &Reading) -> Option<String> {
    match (&before.language, &after.language) {
        (Some(was), Some(is)) if was != is => Some(format!("another language: {was}, then {is}")),
        _ => None,
    }
}

fn sizes(before: &Reading, after: &Reading) -> Option<String> {
    if before.words.max(after.words) < SHORT {
        return None;
    }
    let share = ratio(after.words, before.words);
    if share < FEWEST {
        return Some(format!("the new capture has {:.0} % of the words of the old", share * 100.0));
    }
    if share < CUT && after.shingles.share_in(&before.shingles) >= KEPT {
        return Some(format!("the new capture is cut short: {:.0} % of the old and nothing new", share * 100.0));
    }
    let back = ratio(before.words, after.words);
    if before.words < SHORT && back < FEWEST {
        return Some(format!("the old capture has {} words, {:.0} % of the new", before.words, back * 100.0));
    }
    if share >= GROWN && before.shingles.share_in(&after.shingles) >= KEPT {
        return Some(format!("the old capture was cut short: the new one keeps it and has {share:.1} times the words"));
    }
    None
}

/// One of the two ends within a paragraph of the other, and nothing follows.
fn cut_off(before: &Reading, after: &Reading) -> Option<String> {
    let told = |side| format!("the {side} capture breaks off within a paragraph, and all that followed is missing");
    if health::cut_off(after, before) {
        return Some(told("new"));
    }
    health::cut_off(before, after).then(|| told("old"))
}

/// Another title, and nothing in common: no heading, no passage, and hardly a run of words, for real rewrites keep little too.
fn other_document(before: &Reading, after: &Reading) -> Option<String> {
    let (was, is) = (before.title.as_ref()?, after.title.as_ref()?);
    let known: HashSet<&String> =
        after.headings.iter().chain(after.passages.iter().map(|passage| &passage.normal)).collect();
    let headings = before.headings.iter().any(|heading| known.contains(heading));
    let passages = before.passages.iter().any(|passage| known.contains(&passage.normal));
    let (was_normal, is_normal) = (text::normal(was), text::normal(is));
    let kin = TELLING.iter().any(|word| was_normal.contains(word) && is_normal.contains(word));
    let apart = was_normal != is_normal && !kin && !headings && !passages;
    let runs = after.shingles.share_in(&before.shingles) < 0.05;
    (apart && runs).then(|| format!("another document: \"{was}\", then \"{is}\""))
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { f64::INFINITY } else { part as f64 / whole as f64 }
}
