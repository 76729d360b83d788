//! The changes between the passages of two readings of one page.
//!
//! Never asks whether a reading is the page at all: that is for `history`.

use super::align::Traits;
use super::condition_words::Roles;
use super::types::{Change, Direction, Severity, Span, Verdict};
use super::{align, movements, out_of_view, verdict};
use crate::extract::{Class, Passage, Reading};
use crate::target::TermsKind;
use crate::text;
use crate::text::EveryRun;
use std::cell::LazyCell;

/// So many runs of five words a text must have before its standing elsewhere says anything.
const LONG: usize = 12;

/// Two passages of one page this alike in their words (0.8 is all) are copies of one text, for two regions perhaps.
const COPY: f64 = 0.6;

/// An undertaking, not a mere permission: where the page does not bear out that one came or went, a person looks.
const FIRM: i8 = 4;

pub(crate) fn gravity(change: &Change) -> (super::types::Rank, Severity, bool) {
    (verdict::rank(change), change.severity, change.dominant == Some(Direction::Minus))
}

/// Every promise that differs between two readings that are both the page, in reading order.
#[must_use]
pub fn changes(before: &Reading, after: &Reading, aliases: &[Vec<String>], kind: TermsKind) -> Vec<Change> {
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

/// The passages of both sides, so that one of several copies on a page is known as such (docs/RULES.md 4.11).
pub struct Copies<'a> {
    pub(crate) before: Vec<Traits<'a>>,
    pub(crate) after: Vec<Traits<'a>>,
    pub(crate) aliases: &'a [Vec<String>],
    pub(crate) kind: TermsKind,
}

impl<'a> Copies<'a> {
    /// The passages of both sides; a flood of them is not looked through.
    #[must_use]
    pub fn of(before: &[&'a Passage], after: &[&'a Passage], aliases: &'a [Vec<String>], kind: TermsKind) -> Self {
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

    pub(crate) fn copy(&self, passage: &Passage, side: &[Traits<'a>]) -> Option<&'a Passage> {
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
        let runs = EveryRun::of_normal(&text::normal(text));
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
    let strength = |side: &Option<Passage>| side.as_ref().and_then(|side| movements::strength(&side.commitment));
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
    text::count(text) <= most && Roles::of(&text::canonical(text, &[])) == Roles::default()
}
