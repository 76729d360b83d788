//! What a statement is about: which demands, in the words of the statement and of its headings.
//!
//! Knows whether two statements can be about the same thing, not whether they say the same.

use super::scales;
use crate::extract::Passage;
use crate::promise::Slot;
use crate::target::TermsKind;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Stems of words that name demands and those who make them.
static STEMS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:legal|law|government|authorit|police|court|order|subpoena|warrant|request|demand|disclos|process|compel|compuls)")
        .expect("a pattern of stems")
});
/// Words by which a statement is about something else: funds that are held, content, accounts that are closed, breaches.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:suspen|terminat|garnish|funds|on hold|the hold|levy|breach of|data breach|infring|copyright|remov|withhold|price|cookie)")
        .expect("a pattern of stems")
});

/// Whether two statements of one page, each left alone, can be about the same demands.
#[must_use]
pub fn same(one: &Passage, other: &Passage, kind: TermsKind) -> bool {
    let elsewhere = |passage: &Passage| ELSEWHERE.is_match(&passage.normal);
    one.class == other.class
        && elsewhere(one) == elsewhere(other)
        && !apart(one, other, kind)
        && stems(one).intersection(&stems(other)).next().is_some()
}

fn stems(passage: &Passage) -> BTreeSet<String> {
    let heading = passage.heading.last().map(|heading| heading.to_lowercase()).unwrap_or_default();
    let text = format!("{heading} . {}", passage.normal);
    STEMS.find_iter(&text).map(|found| found.as_str().to_owned()).collect()
}

/// Both name demands, and neither names one that the other covers.
fn apart(one: &Passage, other: &Passage, kind: TermsKind) -> bool {
    let triggers = [one, other].map(|passage| scales::items(passage.commitment.value(Slot::Trigger)));
    let [ours, theirs] = &triggers;
    let meet =
        |these: &BTreeSet<&str>, those: &BTreeSet<&str>| these.iter().any(|item| scales::covered(item, those, kind));
    !ours.is_empty() && !theirs.is_empty() && !meet(ours, theirs) && !meet(theirs, ours)
}
