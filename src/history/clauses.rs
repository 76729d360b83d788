//! The sentences of two wordings set against each other: which carry the promise, and which words of condition differ there.
//!
//! A passage brings sentences that only surround the promise; where such a one comes or goes, no condition moved.

use super::roles::{Difference, Roles};
use crate::document::Passage;
use crate::words;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Above this many sentences a side, the texts are taken whole.
const MOST_SENTENCES: usize = 120;
/// Two sentences that share this much of their words are one sentence, changed.
const SAME_SENTENCE: f64 = 0.5;

/// "offences.Context": two sentences that a page set without a space.
static GLUED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([a-z)])\.([A-Z][a-z])").expect("a pattern of two letters"));
/// `(a)`, `(ii)`, `(3)`: how a list is set, not what it says.
static ENUMERATOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\((?:[a-z]|[ivx]{1,4}|\d{1,2})\) ?").expect("a pattern of enumerators"));

/// Words of condition that differ between two wordings.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// In the sentences that carry the promise.
    pub main: Difference,
    /// In every sentence that stands on both sides, and in those that carry the promise.
    pub all: Difference,
}

/// The sentences of a quote in the form that `form` gives them, sorted: order, lines and enumerators carry no meaning.
#[must_use]
pub fn sentences(passage: &Passage, form: impl Fn(&str) -> String) -> Vec<String> {
    let flat = unglued(&passage.quote.replace('\n', " "));
    let bare = |text: &str| ENUMERATOR.replace_all(&form(text), "").into_owned();
    let mut found: Vec<String> = words::sentences(&flat).into_iter().map(bare).collect();
    found.sort_unstable();
    found
}

/// What differs in words of condition between two wordings of one promise.
#[must_use]
pub fn touched(before: &Passage, after: &Passage, aliases: &[Vec<String>]) -> Touched {
    let (mut old, mut new) = (parted(before, aliases), parted(after, aliases));
    if old.len().max(new.len()) > MOST_SENTENCES {
        let roles = |passage: &Passage| Roles::of(&words::canonical(&passage.quote, aliases));
        let all = roles(before).difference(&roles(after));
        return Touched { main: all.clone(), all };
    }
    pair(&mut old, &mut new);
    if !old.iter().chain(&new).any(|sentence| sentence.core) {
        old.iter_mut().chain(&mut new).for_each(|sentence| sentence.core = true);
    }
    let gather = |side: &[Sentence], main: bool| {
        let counts = |sentence: &&Sentence| !sentence.equal && (sentence.core || (!main && sentence.paired));
        let text: Vec<&str> = side.iter().filter(counts).map(|sentence| sentence.text.as_str()).collect();
        Roles::of(&text.join(" . "))
    };
    let difference = |main| gather(&old, main).difference(&gather(&new, main));
    Touched { main: difference(true), all: difference(false) }
}

fn unglued(text: &str) -> String {
    GLUED.replace_all(text, "$1. $2").into_owned()
}

/// A sentence in its canonical form.
struct Sentence {
    text: String,
    words: BTreeSet<String>,
    /// It is the first to say what some slot holds.
    core: bool,
    /// It stands on the other side, changed.
    paired: bool,
    /// It stands on the other side as it is.
    equal: bool,
}

fn parted(passage: &Passage, aliases: &[Vec<String>]) -> Vec<Sentence> {
    let whole = unglued(&passage.quote);
    let texts = words::sentences(&whole);
    let mut core = vec![false; texts.len()];
    for said in passage.commitment.slots.values() {
        let quote = unglued(&said.quote);
        for part in quote.split("; ").chain([quote.as_str()]).filter(|part| !part.trim().is_empty()) {
            if let Some(first) = texts.iter().position(|text| text.contains(part)) {
                core[first] = true;
            }
        }
    }
    let sentence = |(text, core): (&str, bool)| {
        let text = words::canonical(text, aliases);
        let words = words::tokens(&text).into_iter().map(str::to_owned).collect();
        Sentence { text, words, core, paired: false, equal: false }
    };
    texts.into_iter().zip(core).map(sentence).collect()
}

/// Finds the sentences that stand on both sides; one that carries the promise on either side carries it on both.
fn pair(old: &mut [Sentence], new: &mut [Sentence]) {
    for one in old.iter_mut() {
        if let Some(other) = new.iter_mut().find(|other| !other.equal && other.text == one.text) {
            (one.equal, other.equal) = (true, true);
        }
    }
    let mut alike = Vec::new();
    for (i, one) in old.iter().enumerate().filter(|(_, one)| !one.equal) {
        for (j, other) in new.iter().enumerate().filter(|(_, other)| !other.equal) {
            let score = dice(&one.words, &other.words);
            if score >= SAME_SENTENCE {
                alike.push((score, i, j));
            }
        }
    }
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, i, j) in alike {
        let (one, other) = (&mut old[i], &mut new[j]);
        if !one.paired && !other.paired {
            let core = one.core || other.core;
            (one.paired, other.paired, one.core, other.core) = (true, true, core, core);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn dice(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    if a.is_empty() || b.is_empty() { 0.0 } else { 2.0 * a.intersection(b).count() as f64 / (a.len() + b.len()) as f64 }
}
