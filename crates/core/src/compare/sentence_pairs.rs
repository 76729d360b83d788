//! The sentences of two wordings set against each other: which carry the promise, and which words of condition differ there.
//!
//! A passage brings sentences that only surround the promise; where such a one comes or goes, no condition moved.

use super::condition_words;
use super::condition_words::{BAN, BELIEF, Difference, Roles};
use crate::extract::Passage;
use crate::promise::Slot;
use crate::text;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Above this many sentences a side, the texts are taken whole.
const MOST_SENTENCES: usize = 120;
/// Two sentences that share this much of their words are one sentence, changed.
const SAME_SENTENCE: f64 = 0.5;

/// Two texts that share this much of their words are the same words set otherwise.
const SAME_VOCABULARY: f64 = 0.95;

/// "offences.Context": two sentences that a page set without a space.
static GLUED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([a-z)])\.([A-Z][a-z])").expect("a pattern of two letters"));
/// `(a)`, `(ii)`, `(3)`: how a list is set, not what it says.
static ENUMERATOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\((?:[a-z]|[ivx]{1,4}|\d{1,2})\) ?").expect("a pattern of enumerators"));

/// Words of condition that differ between two wordings.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// Of the words that differ, those that no slot holds.
    pub unexplained: Where,
    /// Of those, the ones in the sentence that says how firmly users are told.
    pub own: Difference,
    /// All that differ.
    pub words: Where,
}

/// Where words of condition differ.
#[derive(Clone, Debug, Default)]
pub struct Where {
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
    let mut found: Vec<String> = text::sentences(&flat).into_iter().map(bare).collect();
    found.sort_unstable();
    found
}

/// What differs in words of condition between two wordings of one promise.
#[must_use]
pub fn touched(before: &Passage, after: &Passage, aliases: &[Vec<String>]) -> Touched {
    let (mut old, mut new) = (parted(before, aliases), parted(after, aliases));
    if old.len().max(new.len()) > MOST_SENTENCES {
        let roles = |passage: &Passage| Roles::of(&text::canonical(&passage.quote, aliases));
        let all = roles(before).difference(&roles(after));
        let everywhere = Where { main: all.clone(), all };
        return Touched { unexplained: everywhere.clone(), words: everywhere, ..Touched::default() };
    }
    pair(&mut old, &mut new);
    if !old.iter().chain(&new).any(|sentence| sentence.core) {
        old.iter_mut().chain(&mut new).for_each(|sentence| sentence.core = true);
    }
    let (old, new) = (old.as_slice(), new.as_slice());
    let counted = |counts: fn(&CanonicalSentence) -> bool| [gather(old, counts), gather(new, counts)];
    let [old_own, new_own] = counted(|sentence| sentence.own);
    let [old_main, new_main] = counted(|sentence| sentence.core);
    let [old_all, new_all] = counted(|sentence| sentence.core || sentence.there == There::Changed);
    let [old_any, new_any] = counted(|_| true);
    if old_any.all.difference(&new_any.all).is_empty() && same_vocabulary(old, new) {
        return Touched::default();
    }
    let conditions = |old: &ConditionWords, new: &ConditionWords| {
        old.all.difference_of_conditions(&new.all).and(&old.left.difference_of_conditions(&new.left))
    };
    let own = conditions(&old_own, &new_own).and(&conditions(&old_main, &new_main));
    let (main, all) = (old_main.all.difference(&new_main.all), old_all.all.difference(&new_all.all));
    let unexplained = Where {
        main: main.and(&old_main.left.difference(&new_main.left)),
        all: all.and(&old_all.left.difference(&new_all.left)),
    };
    Touched { unexplained, own, words: Where { main, all } }
}

/// Whether the sentences that differ are made of the same words: they were parted or joined, a list was made prose.
fn same_vocabulary(old: &[CanonicalSentence], new: &[CanonicalSentence]) -> bool {
    let all = |side: &[CanonicalSentence]| -> BTreeSet<String> {
        side.iter()
            .filter(|sentence| sentence.there != There::Same)
            .flat_map(|sentence| sentence.words.iter().cloned())
            .collect()
    };
    dice(&all(old), &all(new)) >= SAME_VOCABULARY
}

/// The words of condition in some sentences of a side: all, and those that no slot accounts for.
struct ConditionWords {
    all: Roles,
    left: Roles,
}

fn gather(side: &[CanonicalSentence], counts: fn(&CanonicalSentence) -> bool) -> ConditionWords {
    let counted = || side.iter().filter(|sentence| sentence.there != There::Same && counts(sentence));
    let text: Vec<&str> = counted().map(|sentence| sentence.text.as_str()).collect();
    let mut explained = Roles::default();
    counted().for_each(|sentence| explained.add(&sentence.explained, |_| true));
    let all = Roles::of(&text.join(" . "));
    let left = all.without(&explained);
    ConditionWords { all, left }
}

/// Whether a slot's words account for a word of condition in them: what the slot says is judged by its value.
fn explains(slot: Slot, token: &str) -> bool {
    let modal = matches!(token, "will" | "may" | "must" | "can" | "could" | "should" | "would");
    let negation = matches!(token, "not" | "no" | "never" | "without");
    let condition = matches!(token, "if" | "where" | "unless" | "except" | "only") || token == BAN;
    match slot {
        Slot::Strength => modal,
        Slot::Timing => matches!(token, "before" | "after" | "until" | "if" | "where"),
        Slot::LeadTime => condition_words::is_number(token),
        Slot::Decider => token == BELIEF || token == "if" || token == "unless",
        Slot::Exceptions | Slot::ClosedList => modal || negation || condition || condition_words::is_number(token),
        Slot::Burden => condition || negation || matches!(token, "should" | "must"),
        Slot::Delayed => condition || negation || matches!(token, "until" | "after"),
        Slot::Object => negation || matches!(token, "can" | "may" | "could" | "before" | "until"),
        Slot::Gag => condition || negation,
        Slot::Reach => matches!(token, "if" | "where" | "only"),
        _ => false,
    }
}

fn unglued(text: &str) -> String {
    GLUED.replace_all(text, "$1. $2").into_owned()
}

/// A sentence in its canonical form.
struct CanonicalSentence {
    text: String,
    words: BTreeSet<String>,
    /// The words of condition that slots account for.
    explained: Roles,
    /// It is the first to say what some slot holds.
    core: bool,
    /// It says how firmly users are told.
    own: bool,
    /// How it stands on the other side.
    there: There,
}

/// How a sentence stands on the other side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum There {
    Not,
    Changed,
    Same,
}

fn parted(passage: &Passage, aliases: &[Vec<String>]) -> Vec<CanonicalSentence> {
    let whole = unglued(&passage.quote);
    let sentence = |text: &str| {
        let text = text::canonical(text, aliases);
        let words = text::tokens(&text).into_iter().map(str::to_owned).collect();
        CanonicalSentence { text, words, explained: Roles::default(), core: false, own: false, there: There::Not }
    };
    let texts = text::sentences(&whole);
    let mut found: Vec<CanonicalSentence> = texts.iter().map(|text| sentence(text)).collect();
    for (slot, said) in &passage.commitment.slots {
        let quote = unglued(&said.quote);
        for part in quote.split("; ").filter(|part| !part.trim().is_empty()) {
            let holding = |sentence: &mut CanonicalSentence| {
                sentence.core = true;
                sentence.own |= *slot == Slot::Strength;
                sentence.explained.add(&Roles::of(&text::canonical(part, aliases)), |token| explains(*slot, token));
            };
            if let Some(first) = texts.iter().position(|text| text.contains(part)) {
                holding(&mut found[first]);
            }
        }
        if let Some(first) = texts.iter().position(|text| text.contains(&quote)) {
            found[first].core = true;
        }
    }
    found
}

/// Finds the sentences that stand on both sides; one that carries the promise on either side carries it on both.
fn pair(old: &mut [CanonicalSentence], new: &mut [CanonicalSentence]) {
    for one in old.iter_mut() {
        if let Some(other) = new.iter_mut().find(|other| other.there != There::Same && other.text == one.text) {
            (one.there, other.there) = (There::Same, There::Same);
        }
    }
    let mut alike = Vec::new();
    for (i, one) in old.iter().enumerate().filter(|(_, one)| one.there != There::Same) {
        for (j, other) in new.iter().enumerate().filter(|(_, other)| other.there != There::Same) {
            let score = dice(&one.words, &other.words);
            if score >= SAME_SENTENCE {
                alike.push((score, i, j));
            }
        }
    }
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, i, j) in alike {
        let (one, other) = (&mut old[i], &mut new[j]);
        if one.there == There::Not && other.there == There::Not {
            let core = one.core || other.core;
            (one.core, other.core) = (core, core);
            (one.there, other.there) = (There::Changed, There::Changed);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn dice(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    if a.is_empty() || b.is_empty() { 0.0 } else { 2.0 * a.intersection(b).count() as f64 / (a.len() + b.len()) as f64 }
}
