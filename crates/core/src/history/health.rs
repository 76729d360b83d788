//! Is this the page at all? One capture's signs, judged against the target's own past (docs/RULES.md 5).
//!
//! Hard signs put a capture aside; soft signs say that the page was rewritten and make it settle slowly.

use super::types::{Health, HealthState};
use crate::document::Symptom;
use crate::extract::Reading;
use std::collections::HashSet;

/// A capture below this share of the last good words is not the page (docs/RULES.md 5.2). In 13,033 recorded versions
/// of 207 documents this sign put 174 episodes aside; in 171 of them the page came back, in 139 within 26 hours
/// (`cargo run --release -p xtask --bin evaluate -- DIR`, "put aside").
const FRAGMENT: f64 = 0.25;
/// Below this share of words, with nearly all of its text in the old one, a capture is cut short (docs/RULES.md 5.2):
/// 53 episodes in the same versions, 51 of them ended, 32 within 26 hours.
const SHORT: f64 = 0.60;
/// "Nine tenths of its shingles": the same text for all purposes of health (docs/RULES.md 5.2).
pub(crate) const SAME_TEXT: f64 = 0.90;
/// Less than this share of the new text in the old one means that the page was written anew; real rewrites keep
/// between 1 and 50 % (docs/RULES.md 5.3).
pub(crate) const REWRITE: f64 = 0.50;
/// So many blocks must have followed where a page breaks off: the last sentence of a page may well be dropped.
const FOLLOWED: usize = 2;
/// A page that lost this share of its words at its end, and nothing else, was cut.
const TAIL: f64 = 0.20;
/// So many times the words of the last good capture, and so many at the least, with little of its text: never a page that
/// grew, however it is written anew.
const GIANT: (f64, usize) = (10.0, 10_000);
/// No policy has so many words: the longest of 13,033 recorded versions has 97,000.
const TOO_MANY: usize = 250_000;
/// From this many words on a page can replace another without an operator's word (docs/RULES.md 5.6).
pub(crate) const REPLACEMENT_WORDS: usize = 300;

/// What the judgement of a capture comes to, with what a quarantine needs to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The judgement.
    pub health: Health,
    /// Quarantined only for its size or for being another document: such a page may become the yardstick by standing.
    pub replaceable: bool,
    /// The language differs from the target's own.
    pub other_language: bool,
}

/// The good capture that others are measured against.
#[derive(Clone, Copy, Debug)]
pub struct Yardstick<'a> {
    /// What it says.
    pub reading: &'a Reading,
    /// The address that answered.
    pub final_url: &'a str,
}

/// Judges one capture: by itself where `last` is None, else against the last good one.
///
/// `language` is the target's own. `twin` names another target that served the very same body while its last good one differed.
#[must_use]
pub fn judge(
    reading: &Reading,
    final_url: &str,
    last: Option<Yardstick<'_>>,
    language: Option<&str>,
    twin: Option<&str>,
) -> Judged {
    let mut marks: Vec<String> =
        reading.signs.iter().filter(|sign| counts(sign, reading, last)).map(describe).collect();
    if let Some(other) = twin {
        marks.push(format!("the same body as {other}"));
    }
    // From the first look on: the whole page in place of its text would be followed unseen.
    if reading.selected == Some(false) {
        marks.push("the selector that names the text to read matches nothing".to_owned());
    }
    let foreign = match (language, reading.language.as_deref()) {
        (Some(own), Some(found)) if !same_language(own, found) => Some(format!("language {found} instead of {own}")),
        _ => None,
    };
    let other_language = foreign.is_some();
    marks.extend(foreign);
    let (sizes, soft) = last.map_or_else(|| (alone(reading), Vec::new()), |last| against(reading, final_url, last));
    let replaceable = marks.is_empty() && reading.words >= REPLACEMENT_WORDS;
    marks.extend(sizes);
    if !marks.is_empty() {
        return Judged { health: Health { state: HealthState::Suspect, signs: marks }, replaceable, other_language };
    }
    let state = if soft.is_empty() { HealthState::Good } else { HealthState::Rewritten };
    let signs = soft.into_iter().chain(in_part(reading)).collect();
    Judged { health: Health { state, signs }, replaceable: false, other_language: false }
}

/// What the size of a first capture shows.
fn alone(reading: &Reading) -> Vec<String> {
    let words = (reading.words > TOO_MANY).then(|| format!("{} words, more than any policy has", reading.words));
    words.into_iter().collect()
}

/// Whether a text is many times another, and has little of it.
pub(crate) fn is_giant(reading: &Reading, old: &Reading) -> bool {
    reading.words >= GIANT.1
        && share(reading.words, old.words) >= GIANT.0
        && old.shingles.share_in(&reading.shingles) < REWRITE
}

/// Hard and soft signs that only the past can show.
fn against(reading: &Reading, final_url: &str, last: Yardstick<'_>) -> (Vec<String>, Vec<String>) {
    let (mut hard, mut soft) = (Vec::new(), Vec::new());
    let old = last.reading;
    let ratio = share(reading.words, old.words);
    let kept = reading.shingles.share_in(&old.shingles);
    if is_giant(reading, old) {
        hard.push(format!("{ratio:.0} times the words of the last good capture, and little of its text"));
    } else if ratio < FRAGMENT {
        hard.push(format!("{} of the words of the last good capture", percent(ratio)));
    } else if ratio < SHORT && kept >= SAME_TEXT {
        hard.push(format!("cut short: {} of the words, {} of them known", percent(ratio), percent(kept)));
    } else if ratio < 1.0 && kept >= SAME_TEXT && breaks_off(reading, old) {
        hard.push("the page breaks off in the middle of a sentence".to_owned());
    } else if cut_off(reading, old) {
        hard.push("the page breaks off within a paragraph, and all that followed is missing".to_owned());
    } else if kept >= SAME_TEXT && ends_early(reading, old) {
        hard.push(format!("the page ends early: {} of the words, and all that followed is missing", percent(ratio)));
    } else if old.closed && !reading.closed {
        hard.push("the page ends before its closing tag".to_owned());
    }
    if kind(&reading.media_type) != kind(&old.media_type) && !old.media_type.is_empty() {
        hard.push(format!("served as {} instead of {}", reading.media_type, old.media_type));
    }
    let home = path(final_url).is_empty() && !path(last.final_url).is_empty();
    if home && !related(reading, old) {
        hard.push("a redirect to the home page of the site".to_owned());
    } else if moved_away(final_url, last.final_url) && reading.title != old.title && !related(reading, old) {
        hard.push("another document: address and title changed, no heading or passage in common".to_owned());
    }
    if !(SHORT..=1.0 / SHORT).contains(&ratio) {
        soft.push(format!("{} of the words of the last good capture", percent(ratio)));
    }
    let headed = reading.signs.iter().find(|sign| matches!(sign, Symptom::Headed(_)));
    let usual = old.signs.iter().any(|sign| matches!(sign, Symptom::Headed(_)));
    if let Some(sign) = headed.filter(|_| !usual && kept < REWRITE && !related(reading, old)) {
        hard.push(format!("{}, and nothing of the last good capture", describe(sign)));
    }
    if kept < REWRITE {
        soft.push(format!("{} of the text stood in the last good capture", percent(kept)));
    }
    if old.headings.len() >= 4 && common(&reading.headings, &old.headings) * 2 < old.headings.len() {
        soft.push("most headings changed".to_owned());
    }
    if reading.title != old.title {
        soft.push("the title changed".to_owned());
    }
    if host(final_url) != host(last.final_url) {
        soft.push(format!("answered by {}", host(final_url)));
    }
    (hard, soft)
}

/// Whether a known passage stands there without its end: the page was cut within it.
fn breaks_off(reading: &Reading, old: &Reading) -> bool {
    reading.passages.iter().any(|passage| {
        !passage.quote.trim_end().ends_with(['.', '!', '?', ';', ':', ')', '"', '\u{201d}'])
            && old
                .passages
                .iter()
                .any(|whole| whole.normal.len() > passage.normal.len() && whole.normal.starts_with(&passage.normal))
    })
}

/// Whether a page ends within a paragraph of another capture, with nothing of what followed there and nothing new: 4 episodes
/// in 13,033 recorded versions, all ended, 3 within 26 hours.
#[must_use]
pub fn cut_off(reading: &Reading, old: &Reading) -> bool {
    let Some((end, words)) = reading.outline.iter().rev().find(|(_, words)| *words > 0) else { return false };
    if reading.words >= old.words || reading.shingles.share_in(&old.shingles) < SAME_TEXT {
        return false;
    }
    let longer = |(_, (opening, all)): &(usize, &(u32, u32))| opening == end && all > words;
    old.outline
        .iter()
        .enumerate()
        .filter(longer)
        .take(3)
        .any(|(at, _)| missing_after(reading, old, at).is_some_and(|blocks| blocks.len() >= FOLLOWED))
}

/// Whether a page ends at the end of a paragraph of another capture, with what stood before there and nothing of what
/// followed, and that was a good part of it: 1 episode in 13,033 recorded versions, which ended.
fn ends_early(reading: &Reading, old: &Reading) -> bool {
    let Some(end) = reading.outline.iter().rev().find(|block| block.1 > 0) else { return false };
    let shown: HashSet<_> = reading.outline.iter().collect();
    let words = |blocks: &[&(u32, u32)]| blocks.iter().map(|block| block.1 as usize).sum::<usize>();
    // Short blocks come again and again on a page: each place where this one stands may be that of the cut.
    old.outline.iter().enumerate().filter(|(_, block)| *block == end).any(|(at, _)| {
        let before: Vec<_> = old.outline[..=at].iter().collect();
        let stayed: Vec<_> = before.iter().copied().filter(|block| shown.contains(block)).collect();
        missing_after(reading, old, at).is_some_and(|gone| {
            gone.len() >= FOLLOWED
                && share(words(&gone), old.words) >= TAIL
                && share(words(&stayed), words(&before)) >= SAME_TEXT
        })
    })
}

/// What followed block `at` of another capture and had not stood before it, where a page has nothing of it.
fn missing_after<'a>(reading: &Reading, old: &'a Reading, at: usize) -> Option<Vec<&'a (u32, u32)>> {
    let (until, rest) = old.outline.split_at(at + 1);
    let until: HashSet<_> = until.iter().collect();
    let followed: Vec<_> = rest.iter().filter(|block| block.1 > 0 && !until.contains(block)).collect();
    let shown: HashSet<_> = reading.outline.iter().collect();
    followed.iter().all(|block| !shown.contains(block)).then_some(followed)
}

/// Whether a sign of one capture counts against it, given the past: what the last good one showed too is how the page is.
fn counts(sign: &Symptom, reading: &Reading, last: Option<Yardstick<'_>>) -> bool {
    let usual = last.is_some_and(|last| last.reading.signs.iter().any(|old| same_kind(old, sign)));
    match sign {
        Symptom::Empty | Symptom::Undecodable | Symptom::Challenge(_) | Symptom::Lacks(_) | Symptom::Under(..) => true,
        Symptom::Few(_) | Symptom::Links => !usual && reading.passages.is_empty(),
        Symptom::Limit(_) | Symptom::Headed(_) => false,
        Symptom::Title(_) | Symptom::Login | Symptom::Shell | Symptom::MetaRefresh(_) => !usual,
    }
}

fn same_kind(one: &Symptom, other: &Symptom) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// That a page was not read to its end, and why. What was read is followed all the same.
#[must_use]
pub fn in_part(reading: &Reading) -> Option<String> {
    reading.signs.iter().find(|sign| matches!(sign, Symptom::Limit(_))).map(describe)
}

/// A sign as a person would say it.
fn describe(sign: &Symptom) -> String {
    match sign {
        Symptom::Title(title) | Symptom::Headed(title) => format!("titled \"{title}\""),
        Symptom::Challenge(marker) => format!("a challenge for browsers ({marker})"),
        Symptom::Login => "a login form".to_owned(),
        Symptom::Shell => "a page that needs scripts".to_owned(),
        Symptom::MetaRefresh(to) => format!("a redirect inside the page to {to}"),
        Symptom::Empty => "no text".to_owned(),
        Symptom::Undecodable => "text that cannot be decoded".to_owned(),
        Symptom::Few(words) => format!("only {words} words"),
        Symptom::Links => "a list of links and little else".to_owned(),
        Symptom::Lacks(wanted) => format!("without the words \"{wanted}\""),
        Symptom::Under(words, least) => format!("{words} words, where there should be {least} at the least"),
        Symptom::Limit(what) => format!("not read to its end: {what}"),
    }
}

fn same_language(own: &str, found: &str) -> bool {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    primary(own) == primary(found)
}

/// A media type without what makes no difference to a reader.
fn kind(media_type: &str) -> &str {
    if media_type == "application/xhtml+xml" { "text/html" } else { media_type }
}

/// Whether the two share a heading or a passage.
fn related(reading: &Reading, old: &Reading) -> bool {
    let stood: HashSet<&str> = old.passages.iter().map(|passage| passage.normal.as_str()).collect();
    common(&reading.headings, &old.headings) > 0
        || reading.passages.iter().any(|passage| stood.contains(passage.normal.as_str()))
}

fn common(headings: &[String], old: &[String]) -> usize {
    let shown: HashSet<&String> = headings.iter().collect();
    old.iter().filter(|heading| shown.contains(heading)).count()
}

/// The path of an address, without host, query and fragment.
fn path(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/')
}

/// The host of an address, with its port.
pub(crate) fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

fn moved_away(final_url: &str, old: &str) -> bool {
    path(final_url) != path(old)
}

#[expect(clippy::cast_precision_loss, reason = "word counts are far below 2^52")]
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// A share as a person would say it.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", (share * 100.0).round())
}
