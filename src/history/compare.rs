//! Two readings compared without a past: the health of both sides first, then every promise that differs.
//!
//! Knows no visits and no time; a history judges better, because it has seen the page before.

use super::align::{self, Traits};
use super::roles::Roles;
use super::{Change, Comparison, Health, HealthState, Severity, Sign, Span, Verdict};
use super::{health, out_of_view, slots, verdict};
use crate::document::{self, Class, Passage, Reading};
use crate::target::Kind;
use crate::words::{self, EveryRun};
use std::cell::LazyCell;
use std::collections::HashSet;

/// A capture with fewer words than this share of the other one is not the page (DESIGN.md 3).
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

/// So many runs of five words a text must have before its standing elsewhere says anything.
const LONG: usize = 12;
/// Below this share of old text a healthy page is a rewritten one.
const REWRITTEN: f64 = 0.5;
/// Two passages of one page this alike in their words (0.8 is all) are copies of one text, for two regions perhaps.
const COPY: f64 = 0.6;
/// An undertaking, not a mere permission: where the page does not bear out that one came or went, a person looks.
const FIRM: i8 = 4;
/// Words of a title that say what kind of document it is: a rewritten page that keeps one is no other document.
const TELLING: [&str; 5] = ["privacy", "enforcement", "government", "legal", "transparency"];

/// Compares two readings of one page. `aliases` are groups of names that mean the same brand.
#[must_use]
pub fn compare(before: &Reading, after: &Reading, aliases: &[Vec<String>], kind: Kind) -> Comparison {
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
        alert: verdict::alert(verdict),
        health,
        changes,
    }
}

fn gravity(change: &Change) -> (super::Rank, Severity, bool) {
    (verdict::rank(change), change.severity, change.dominant == Some(Sign::Minus))
}

/// Every promise that differs between two readings that are both the page, in reading order.
#[must_use]
pub fn changes(before: &Reading, after: &Reading, aliases: &[Vec<String>], kind: Kind) -> Vec<Change> {
    let (old, new) = (user_notices(before), user_notices(after));
    let copies = LazyCell::new(|| Copies::of(&old, &new, aliases, kind));
    let foreign = [after, before].into_iter().filter_map(|side| side.language.as_deref()).find(|tag| *tag != "en");
    align::align_page(&old, &new, aliases, kind)
        .iter()
        .map(|pair| {
            let side = |places: &[usize], all: &[&Passage]| {
                align::merged(&places.iter().map(|at| all[*at]).collect::<Vec<_>>())
            };
            let (was, is) = (side(&pair.before, &old), side(&pair.after, &new));
            if let Some(language) = foreign {
                return verdict::unjudged(was.as_ref(), is.as_ref(), aliases, language);
            }
            let change = verdict::change(was.as_ref(), is.as_ref(), aliases, kind);
            let change = still_there(change, before, after);
            if change.before.is_some() == change.after.is_some() { change } else { copies.judge(change) }
        })
        .filter(|change| change.verdict != Verdict::None)
        .collect()
}

fn user_notices(reading: &Reading) -> Vec<&Passage> {
    reading.passages.iter().filter(|passage| passage.class == Class::UserNotice).collect()
}

/// The passages of both sides, so that one of several copies on a page is known as such (DOMAIN.md R10).
pub struct Copies<'a> {
    before: Vec<Traits<'a>>,
    after: Vec<Traits<'a>>,
    aliases: &'a [Vec<String>],
    kind: Kind,
}

impl<'a> Copies<'a> {
    /// The passages of both sides; a flood of them is not looked through.
    #[must_use]
    pub fn of(before: &[&'a Passage], after: &[&'a Passage], aliases: &'a [Vec<String>], kind: Kind) -> Self {
        let all = |side: &[&'a Passage]| {
            let some = side.iter().take(align::MOST_PASSAGES);
            some.map(|passage| Traits::of(passage, aliases)).collect()
        };
        Self { before: all(before), after: all(after), aliases, kind }
    }

    /// Judges what came or went beside a copy: a copy gone is for a person; a new copy is no news, and one that differs
    /// is judged against the one it was copied from.
    #[must_use]
    pub fn judge(&self, change: Change) -> Change {
        match (&change.before, &change.after) {
            (Some(gone), None) if self.copy(gone, &self.after).is_some() => {
                let reason = "One of several copies is gone, another stays: perhaps a region's.".to_owned();
                verdict::for_a_person(change, reason)
            }
            (None, Some(came)) => {
                let Some(model) = self.copy(came, &self.before) else { return change };
                let mut judged = verdict::change(Some(model), Some(came), self.aliases, self.kind);
                if verdict::alert(judged.verdict) {
                    judged.reasons.insert(0, "A second wording stands beside the one known so far.".to_owned());
                    return judged;
                }
                Change { verdict: Verdict::None, ..judged }
            }
            _ => change,
        }
    }

    fn copy(&self, passage: &Passage, side: &[Traits<'a>]) -> Option<&'a Passage> {
        let traits = Traits::of(passage, self.aliases);
        side.iter()
            .find(|other| align::wording(&traits, other) >= COPY && other.passage.class == passage.class)
            .map(|other| other.passage)
    }
}

/// A change that the page does not bear out: every long run of words that came or went stands on the other page too, only
/// set in another way (lines of a PDF, another frame of headings). What a person must see stays with a person.
#[must_use]
pub fn still_there(change: Change, before: &Reading, after: &Reading) -> Change {
    let change = out_of_view::judge(change, before, after);
    let stands = |text: &str, page: &Reading| {
        let runs = EveryRun::of_normal(&words::normal(text));
        runs.len() >= LONG && runs.stand_in(&page.runs)
    };
    let last = change.diff.len().saturating_sub(1);
    let set_anew = |(at, span): (usize, &Span)| match span {
        Span::Same(_) => true,
        Span::Removed(text) => trifle(text, at == 0 || at == last) || stands(text, after),
        Span::Added(text) => trifle(text, at == 0 || at == last) || stands(text, before),
    };
    if change.diff.is_empty() || !change.diff.iter().enumerate().all(set_anew) {
        return change;
    }
    let reason = "The same words stand on both pages, set in another way.";
    let one_sided = change.before.is_some() != change.after.is_some();
    let strength = |side: &Option<Passage>| side.as_ref().and_then(|side| slots::strength(&side.commitment));
    let firm = strength(&change.before).max(strength(&change.after)).is_some_and(|strength| strength >= FIRM);
    if one_sided && firm {
        return verdict::for_a_person(change, format!("{reason} It is read as a promise on one of them only."));
    }
    Change {
        verdict: Verdict::Reworded,
        dominant: None,
        severity: Severity::Low,
        slots: Vec::new(),
        reasons: vec![reason.to_owned()],
        touches_clause: false,
        ..change
    }
}

/// No word, or where the quote begins or ends a few that carry no condition.
fn trifle(text: &str, edge: bool) -> bool {
    let most = if edge { 3 } else { 0 };
    words::count(text) <= most && Roles::of(&words::canonical(text, &[])) == Roles::default()
}

/// Judges the health of two captures of one page against each other (DESIGN.md 3).
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
    let kind = |sign: &document::Sign| std::mem::discriminant(sign);
    // But not where neither side has a text of its own to set against it: two walls are no page.
    let belongs = !shows.passages.is_empty() || !other.passages.is_empty();
    let both = |sign: &document::Sign| {
        (belongs || !sign.is_of_no_page()) && other.signs.iter().any(|known| kind(known) == kind(sign))
    };
    let tiny = |sign: &document::Sign| matches!(sign, document::Sign::Few(_)) && other.words < SHORT;
    let counts = |sign: &&document::Sign| !both(sign) && !tiny(sign);
    shows.signs.iter().filter(counts).filter_map(hard).map(|sign| format!("{side}: {sign}")).collect()
}

/// The signs that speak alone, for a person.
fn hard(sign: &document::Sign) -> Option<String> {
    Some(match sign {
        document::Sign::Title(title) => format!("titled \"{title}\""),
        document::Sign::Challenge(marker) => format!("a bot challenge ({marker})"),
        document::Sign::Login => "a login form instead of the page".to_owned(),
        document::Sign::Shell => "an empty shell that asks for a script".to_owned(),
        document::Sign::MetaRefresh(to) => format!("sends readers on to {to}"),
        document::Sign::Empty => "no text".to_owned(),
        document::Sign::Undecodable => "text that cannot be decoded".to_owned(),
        document::Sign::Few(words) => format!("only {words} words"),
        document::Sign::Links => "a list of links and little else".to_owned(),
        document::Sign::Lacks(wanted) => format!("without the words \"{wanted}\""),
        document::Sign::Under(words, least) => format!("{words} words, where there should be {least} at the least"),
        document::Sign::Limit(_) | document::Sign::Headed(_) => return None,
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
    let (was_normal, is_normal) = (words::normal(was), words::normal(is));
    let kin = TELLING.iter().any(|word| was_normal.contains(word) && is_normal.contains(word));
    let apart = was_normal != is_normal && !kin && !headings && !passages;
    let runs = after.shingles.share_in(&before.shingles) < 0.05;
    (apart && runs).then(|| format!("another document: \"{was}\", then \"{is}\""))
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { f64::INFINITY } else { part as f64 / whole as f64 }
}
