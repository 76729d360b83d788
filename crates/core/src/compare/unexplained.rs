//! What no slot holds: sentences that speak of telling, and alternatives in an exception, that stand on one side only.
//!
//! The lexicon does not know every exception that a company can think of; what it does not read is shown to a person.

use super::diff;
use super::movements::Movement;
use super::reasons::cut;
use super::types::{Direction, Moved, Span};
use crate::extract::Passage;
use crate::promise::Slot;
use crate::text;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Above this many sentences a side nothing is looked for.
const MOST_SENTENCES: usize = 120;
/// So many words make a clause that is worth a look.
const CLAUSE_WORDS: usize = 5;
/// A sentence of whose telling words this share stands on the other side was joined or parted there.
const KEPT: f64 = 0.6;

/// Words that bear on the promise, stand on one side only, and are in no slot.
#[derive(Clone, Debug, Default)]
pub struct Unread {
    /// Only before.
    pub lost: Vec<String>,
    /// Only after.
    pub gained: Vec<String>,
    /// What is new takes something: an exception, a negation, a limit.
    pub narrows: bool,
    /// All of them take, each as a slot would: a new exception or refusal, a promise that is gone.
    pub losses: Vec<Movement>,
}

impl Unread {
    /// For a person: `gone "..."; new "..."`; None where nothing is unread.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        gone_and_new(&self.lost, &self.gained)
    }
}

/// Texts of both sides in one line: `gone "..."; new "..."`.
pub fn gone_and_new(lost: &[String], gained: &[String]) -> Option<String> {
    let told = |how: &str, texts: &[String]| {
        let quoted = texts.iter().map(|text| format!("\"{}\"", cut(text))).collect::<Vec<_>>().join(", ");
        (!texts.is_empty()).then(|| format!("{how} {quoted}"))
    };
    let said: Vec<String> = [told("gone", lost), told("new", gained)].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// A sentence that bears on whether users are told: of telling, of objecting, of what is left out.
static BEARS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\b(?:notif(?:y|ies|ied|ying)|inform(?:s|ed|ing)?|tell(?:s|ing)?|told|alert(?:s|ed|ing)?|notices?|notifications?)\b[^.;]{0,80}\b(?:users?|members?|customers?|subscribers?|account (?:holders?|owners?)|you|them|holders?)\b",
        r"|\b(?:users?|members?|customers?|subscribers?|account (?:holders?|owners?)|you|they)\b[^.;]{0,40}\b(?:notified|informed|told|alerted|notices?|notification|object|challenge|contest|quash)\b",
        r"|\b(?:exempt|exclud\w+|exceptions?|do(?:es)? not apply|appl(?:y|ies) (?:only )?to|also (?:covers?|applies))\b",
    ))
    .expect("a pattern of words")
});
/// What is said to officials or of them, or points to another page.
static OFFICIAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:notify|inform|tell|alert|advise) us\b|\b(?:officers?|officials?|agents|agenc(?:y|ies)|authorit(?:y|ies)) (?:\w+ ){0,3}(?:should|must|may|can|will)\b|\btransparency report|\b(?:more|further) (?:information|details)|\bfor details|\blearn more\b")
        .expect("a pattern of words")
});
/// What officials must do so that users are not told.
static YIELDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:hold|withhold|delay|postpone|object(?:s|ing)? to)\w* (?:\w+ ){0,3}(?:notice|notification)|\b(?:notice|notification) (?:\w+ )?(?:back|withheld)|\bsilence\b|\bsilent\b|\bnot (?:to )?(?:notify|tell|inform) (?:the )?(?:user|member|customer|account|subscriber)")
        .expect("a pattern of words")
});
/// A clause that bears on the promise, as part of a sentence.
static CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:non-?disclosure|gag|secrecy|notif\w+|notice|inform(?:ed)? (?:you|users?|members?|customers?)|tell (?:you|users?|members?|customers?)|objections?|challenge|contest|quash|copy of|expire[sd]?|lifted|end date|days)\b")
        .expect("a pattern of words")
});
/// Words by which a new sentence takes rather than gives.
static TAKES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:not|no|never|without|only|exempt|exclud\w+|exceptions?|unless|withhold|delay|may|decline|refuse)\b",
    )
    .expect("a pattern of words")
});
/// A sentence that refuses: users are not told.
static REFUSES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:will|do|does|shall|may|are|can) ?not (?:be )?(?:\w+ )?(?:notify|inform|tell|alert|give|provide|send|notified|informed|told)\b|\bno (?:prior |advance )?notice (?:is|will)|\bwithout (?:prior )?(?:notice|notifying|telling|informing)")
        .expect("a pattern of words")
});
/// A sentence that promises to tell, or a chance to object.
static PROMISES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:will|shall|must) (?:\w+ ){0,2}(?:notify|inform|tell|alert|give|provide|send|be notified|be informed|be told)\b|\bwe (?:notify|inform|tell|alert)\b")
        .expect("a pattern of words")
});
/// What a company does for the user, behind an exception: "..., and give them time to go to court".
static GIVES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:and |then |we |will )*(?:give|provide|send|allow|afford|wait|let|offer|tell|notify|inform)\b")
        .expect("a pattern of words")
});
/// Where a clause opens that says when users are not told.
static OPENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:unless|except(?:ions?)?|save (?:where|when|if|that)|other than|(?:will|do|does|may|shall|can) not (?:\w+ )?(?:notify|inform|tell|give|provide|send)|withhold|refrain from)\b")
        .expect("a pattern of words")
});
/// Where such a clause ends before the main one.
static MAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r", (?:we|our|it|you|users?|members?|customers?|subscribers?|the (?:user|member|customer|subscriber))\b")
        .expect("a pattern of words")
});
/// Where one alternative ends and the next begins.
static ALTERNATIVES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[,;:\n]|\b(?:or|and)\b|\([a-z]{1,3}\)").expect("a pattern of marks"));

/// Words that say nothing of what an exception is about.
const PLAIN: &str = "a an the of to in on or and by for with from as at is are be been it its that this such any all we you your our us they them their he she who whom which what there will would shall should may might can could must do does did has have had not no nor if when where unless except so than then also other others each every some these those was were being into upon about under over out up only very same own per via still yet both either neither whether while until before after prior first once save insofar extent far \
    account user member customer subscriber person people individual request demand notice notification notify inform tell told give given provide send data information record case matter circumstance situation event example include including involve involving relate relating concern concerning disclosure disclose produce production comply respond response \
    law legal legally statute statutory regulation order court judge process applicable authority prohibit prohibited forbid forbidden prevent prevented bar barred preclude precluded restrain restrained restrict permit permitted allow allowed require required lawful unlawful gag non-disclosure nondisclosure believe otherwise doing following exception apply valid binding issued section code title policy";

static PLAIN_STEMS: LazyLock<BTreeSet<String>> = LazyLock::new(|| PLAIN.split_whitespace().map(text::stem).collect());

fn stems(text: &str) -> BTreeSet<String> {
    text::tokens(text).into_iter().map(text::stem).collect()
}

/// What came and went unread between two wordings of one promise.
#[must_use]
pub fn of(before: &Passage, after: &Passage, aliases: &[Vec<String>]) -> Unread {
    let (old, new) = (Side::of(before, aliases), Side::of(after, aliases));
    if old.sentences.len().max(new.sentences.len()) > MOST_SENTENCES {
        return Unread::default();
    }
    let (mut gained, mut lost) = (new.sentences_beyond(&old), old.sentences_beyond(&new));
    let refusals = gained.iter().filter(|text| REFUSES.is_match(&text.to_lowercase())).cloned();
    let mut losses: Vec<Movement> = refusals.map(|text| loss(Slot::Exceptions, None, Some(text))).collect();
    let promises = lost.iter().filter(|text| PROMISES.is_match(&text.to_lowercase())).cloned();
    losses.extend(promises.map(|text| loss(Slot::Delayed, Some(text), None)));
    let narrows = gained.iter().any(|text| TAKES.is_match(&text.to_lowercase()));
    let clauses = clauses(before, after, &old, &new);
    let (came, went) = (new.alternatives_beyond(&old), old.alternatives_beyond(&new));
    // One for one is another word for it, as far as anybody can say.
    let (more, fewer) = (came.len() > went.len(), went.len() > came.len());
    let told = |list: &[String], text: &String| list.iter().any(|whole| whole.to_lowercase().contains(text.as_str()));
    let sure = more && went.is_empty();
    let came: Vec<String> = came.into_iter().filter(|text| more && !told(&gained, text)).collect();
    let went: Vec<String> = went.into_iter().filter(|text| fewer && !told(&lost, text)).collect();
    let narrows = narrows || !came.is_empty();
    losses.extend(came.iter().filter(|_| sure).map(|text| loss(Slot::Exceptions, None, Some(text.clone()))));
    gained.extend(came);
    lost.extend(went);
    for (texts, list) in [(clauses.0, &mut lost), (clauses.1, &mut gained)] {
        let new = |text: &String| !list.iter().any(|told| told.contains(text.as_str()) || text.contains(told.as_str()));
        let texts: Vec<String> = texts.into_iter().filter(new).collect();
        list.extend(texts);
    }
    if losses.len() < gained.len() + lost.len() {
        losses.clear();
    }
    Unread { lost, gained, narrows, losses }
}

/// Whole clauses that bear on the promise and were taken out of, or put into, a sentence that stays: gone and new.
fn clauses(before: &Passage, after: &Passage, old: &Side<'_>, new: &Side<'_>) -> (Vec<String>, Vec<String>) {
    let spans = diff::words(&before.quote, &after.quote);
    let bears = |text: &str, here: &Side<'_>, there: &Side<'_>| {
        let lower = text.to_lowercase();
        let telling: BTreeSet<String> = stems(&lower).into_iter().filter(|stem| !FUNCTION.contains(stem)).collect();
        let known = telling.iter().filter(|stem| there.stems.contains(*stem) || here.read.contains(*stem)).count();
        text::count(text) >= CLAUSE_WORDS && CLAUSE.is_match(&lower) && share(known, telling.len()) < KEPT
    };
    let bare = |text: &str| text.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).to_owned();
    let (mut gone, mut came) = (Vec::new(), Vec::new());
    for (at, span) in spans.iter().enumerate() {
        let replaced = |next: Option<&Span>| !matches!(next, None | Some(Span::Same(_)));
        let beside = replaced(spans.get(at + 1)) || at > 0 && replaced(spans.get(at - 1));
        match span {
            Span::Removed(text) if !beside && bears(text, old, new) => gone.push(bare(text)),
            Span::Added(text) if !beside && bears(text, new, old) => came.push(bare(text)),
            _ => {}
        }
    }
    (gone, came)
}

/// A movement against the user in words that no rule reads.
fn loss(slot: Slot, from_quote: Option<String>, to_quote: Option<String>) -> Movement {
    let value = |quote: &Option<String>| quote.as_ref().map(|_| "other".to_owned());
    let (from, to) = (value(&from_quote), value(&to_quote));
    let moved = Moved { slot, from, to, sign: Direction::Minus, from_quote, to_quote };
    Movement { moved, slight: false, detail: Some("in words that no rule reads".to_owned()) }
}

/// One side: its sentences in canonical form, and what its slots hold.
struct Side<'a> {
    /// The sentences as they stand.
    raw: Vec<&'a str>,
    sentences: Vec<String>,
    stems: BTreeSet<String>,
    /// Words that slots hold.
    read: BTreeSet<String>,
    /// Places of the sentences that are the first to say what a slot holds.
    holding: BTreeSet<usize>,
}

impl<'a> Side<'a> {
    fn of(passage: &'a Passage, aliases: &[Vec<String>]) -> Self {
        let canonical = |text: &str| text::canonical(text, aliases);
        let raw = text::sentences(&passage.quote);
        let sentences: Vec<String> = raw.iter().map(|text| canonical(text)).collect();
        let parts = passage
            .commitment
            .slots
            .iter()
            .flat_map(|(slot, said)| said.quote.split("; ").map(move |part| (slot, part)));
        let (mut read, mut holding) = (BTreeSet::new(), BTreeSet::new());
        for (slot, part) in parts {
            let part = canonical(part);
            if matches!(
                slot,
                Slot::Exceptions | Slot::Delayed | Slot::Object | Slot::Gag | Slot::Burden | Slot::ClosedList
            ) {
                read.extend(stems(&part));
            }
            holding.extend(sentences.iter().position(|text| text.contains(part.trim())));
        }
        Self { stems: sentences.iter().flat_map(|text| stems(text)).collect(), raw, sentences, read, holding }
    }

    /// Sentences that bear on telling, hold no slot, and do not stand on the other side in any form; where one differs on
    /// each side, it is one sentence, changed.
    fn sentences_beyond(&self, other: &Side<'_>) -> Vec<String> {
        let differing = |one: &Side<'_>, other: &Side<'_>| {
            one.sentences.iter().filter(|text| !other.sentences.contains(text)).count()
        };
        if differing(self, other) == 1 && differing(other, self) == 1 {
            return Vec::new();
        }
        let beyond = |(at, text): &(usize, &String)| {
            let heading = !text.ends_with(['.', '!', ';', ':', ',']) && text::count(text) < 6;
            let bears = BEARS.is_match(text) && !OFFICIAL.is_match(text) || YIELDS.is_match(text);
            !heading && bears && !self.holding.contains(at) && !other.holds(text, self)
        };
        self.sentences.iter().enumerate().filter(beyond).map(|(at, _)| self.raw[at].to_owned()).collect()
    }

    /// Whether a sentence of the other side stands here: as it is, changed, or in pieces.
    fn holds(&self, text: &str, other: &Side<'_>) -> bool {
        let all = |text: &str| text::tokens(text).into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        let told = all(text);
        let changed = |sentence: &&String| {
            let ours = all(sentence);
            4 * told.intersection(&ours).count() >= ours.len() + told.len() && !other.sentences.contains(sentence)
        };
        let telling: BTreeSet<String> = stems(text).into_iter().filter(|stem| !FUNCTION.contains(stem)).collect();
        let kept = telling.iter().filter(|stem| self.stems.contains(*stem)).count();
        let negated = TAKES.is_match(text) && !self.sentences.iter().any(|sentence| TAKES.is_match(sentence));
        self.sentences.iter().any(|sentence| sentence == text)
            || self.sentences.iter().any(|sentence| changed(&sentence))
            || (share(kept, telling.len()) >= KEPT && !negated)
    }

    /// Alternatives of exceptions in words that neither a slot nor the other side has.
    fn alternatives_beyond(&self, other: &Side<'_>) -> Vec<String> {
        let mut found = Vec::new();
        for region in self.exceptions() {
            let mut at = 0;
            let ends = ALTERNATIVES.find_iter(&region).map(|mark| (mark.start(), mark.end()));
            for (end, next) in ends.chain([(region.len(), region.len())]) {
                let text = region[at..end].trim().trim_end_matches('.');
                at = next;
                // "In which case we will tell them later" gives, and is no exception.
                if PROMISES.is_match(text) || GIVES.is_match(text) {
                    continue;
                }
                let of_weight = |stem: &String| stem.len() > 2 && !PLAIN_STEMS.contains(stem);
                let about: BTreeSet<String> = stems(text).into_iter().filter(of_weight).collect();
                let strange = |stem: &String| !self.read.contains(stem) && !other.stems.contains(stem);
                if !about.is_empty() && about.iter().all(strange) {
                    found.push(text.to_owned());
                }
            }
        }
        found
    }

    /// The clauses that say when users are not told, each with the list under it.
    fn exceptions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(text) = self.sentences.get(at) {
            at += 1;
            let Some(opens) = OPENS.find(text) else { continue };
            let clause = &text[opens.start()..];
            let main = MAIN.find(clause).filter(|_| opens.start() < 8).map_or(clause.len(), |main| main.start());
            let mut region = clause[..main].to_owned();
            while let Some(next) = self.sentences.get(at).filter(|_| !region.ends_with('.') && main == clause.len()) {
                region.push('\n');
                region.push_str(next);
                at += 1;
            }
            found.push(region);
        }
        found
    }
}

/// Stems of words that every sentence has.
static FUNCTION: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    "a an the of to in on or and by for with from as at is are be been it its that this such any we you your our us they them their will shall may would has have had if when where so"
        .split(' ')
        .map(text::stem)
        .collect()
});

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
