//! Words that came into, left or changed within the sentences that carry a promise, and that nothing explains.
//!
//! Knows the words that weigh nothing there and the words whose slots are judged by their values; every other word is one
//! that may narrow the promise, whatever it means. Never judges.

use super::movements::Movement;
use super::types::Direction;
use super::unexplained;
use crate::extract::Passage;
use crate::promise::Slot;
use crate::text;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Above this many sentences a side nothing is looked for.
const MOST_SENTENCES: usize = 120;

/// Words on one side only that nothing explains, as they stand there.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// Only before.
    pub lost: Vec<String>,
    /// Only after.
    pub gained: Vec<String>,
}

impl Edits {
    /// Nothing is unexplained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.gained.is_empty()
    }

    /// For a person: `gone "all"; new "some"`.
    #[must_use]
    pub fn told(&self) -> String {
        unexplained::gone_and_new(&self.lost, &self.gained).unwrap_or_default()
    }
}

/// Slots whose quotes carry the promise itself.
const CARRYING: [Slot; 8] = [
    Slot::Strength,
    Slot::Timing,
    Slot::LeadTime,
    Slot::Decider,
    Slot::Exceptions,
    Slot::ClosedList,
    Slot::Trigger,
    Slot::Reach,
];

/// What differs in words between the sentences that carry a promise before and after. `movements` explain the words that
/// they quote.
#[must_use]
pub fn of(before: &Passage, after: &Passage, movements: &[Movement], aliases: &[Vec<String>]) -> Edits {
    let (mut old, mut new) = (Side::of(before, aliases), Side::of(after, aliases));
    if old.sentences.len().max(new.sentences.len()) > MOST_SENTENCES {
        return Edits::default();
    }
    let stay: BTreeSet<String> = old.texts().intersection(&new.texts()).cloned().collect();
    old.sentences.retain(|sentence| !stay.contains(&sentence.text));
    new.sentences.retain(|sentence| !stay.contains(&sentence.text));
    let quotes = |side: fn(&Movement) -> Option<&String>| -> BTreeSet<String> {
        let told = movements.iter().filter(|movement| explains(movement));
        told.filter_map(side).flat_map(|quote| keys(&text::canonical(quote, aliases))).map(|(key, _)| key).collect()
    };
    let (mut was, mut is) = (quotes(|it| it.moved.from_quote.as_ref()), quotes(|it| it.moved.to_quote.as_ref()));
    // How firmly is promised is told by its value: a policy is one.
    let policy = |passage: &Passage| passage.commitment.value(Slot::Strength) == Some("policy");
    let strength = movements.iter().any(|movement| movement.moved.slot == Slot::Strength);
    for (explained, passage) in [(&mut was, before), (&mut is, after)] {
        explained.extend((strength && policy(passage)).then(|| "policy".to_owned()));
    }
    Edits { lost: old.beyond(&new, &was), gained: new.beyond(&old, &is) }
}

/// Whether the words of a slot that moved are told with it. How firmly is promised and what is excepted are more than the
/// value that moved, and what moved a little is not told.
fn explains(Movement { moved, slight, .. }: &Movement) -> bool {
    let more_than_its_value = matches!(moved.slot, Slot::Strength | Slot::Exceptions | Slot::Decider);
    let told = !*slight || moved.sign != Direction::Zero;
    told && !more_than_its_value
}

/// One side: its sentences, in canonical form.
struct Side {
    sentences: Vec<Sentence>,
}

struct Sentence {
    text: String,
    /// It says what a slot of the promise holds.
    carries: bool,
}

impl Side {
    fn of(passage: &Passage, aliases: &[Vec<String>]) -> Self {
        let parts: Vec<&str> = CARRYING
            .iter()
            .filter_map(|slot| passage.commitment.slots.get(slot))
            .flat_map(|said| said.quote.split("; "))
            .filter(|part| !part.trim().is_empty())
            .collect();
        let sentence = |text: &str| Sentence {
            carries: parts.iter().any(|part| text.contains(part) || part.contains(text)),
            text: text::canonical(text, aliases),
        };
        Self { sentences: text::sentences(&passage.quote).into_iter().map(sentence).collect() }
    }

    fn texts(&self) -> BTreeSet<String> {
        self.sentences.iter().map(|sentence| sentence.text.clone()).collect()
    }

    /// The words of sentences that carry the promise, beyond those that the other side has as often.
    fn beyond(&self, other: &Self, explained: &BTreeSet<String>) -> Vec<String> {
        let mut there: BTreeMap<String, usize> = BTreeMap::new();
        for (key, _) in other.sentences.iter().flat_map(|sentence| keys(&sentence.text)) {
            *there.entry(key).or_default() += 1;
        }
        let mut found = Vec::new();
        for (key, word) in self.sentences.iter().filter(|sentence| sentence.carries).flat_map(|one| keys(&one.text)) {
            match there.get_mut(&key) {
                Some(count) if *count > 0 => *count -= 1,
                _ if explained.contains(&key) || found.contains(&word) => {}
                _ => found.push(word),
            }
        }
        found
    }
}

/// The words of a text that weigh, each with the form by which it is known.
fn keys(text: &str) -> Vec<(String, String)> {
    let mut text = ELSEWHERE.replace_all(text, " ").into_owned();
    for (phrase, stands) in PHRASES {
        if text.contains(phrase) {
            text = text.replace(phrase, stands);
        }
    }
    let known = |word: &str| {
        let key = SAME.get(word).map_or_else(|| text::stem(word), |first| (*first).to_owned());
        let counts = word.len() > 1 || word.starts_with(|letter: char| letter.is_ascii_digit());
        (counts && !LIGHT.contains(&key) && !LIGHT.contains(word)).then(|| (key, word.to_owned()))
    };
    text::tokens(&text).into_iter().filter_map(known).collect()
}

/// Enumerators and dates, and words that point to another page or section: they promise nothing.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    let month = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*";
    let days = format!(
        r"\b(?:(?:since|from|as of|on|effective) )?(?:{month}\.? \d{{1,2}}|\d{{1,2}} {month})\.?,? (?:19|20)\d\d\b"
    );
    let marks = r"\((?:[a-z]|[ivx]{1,4}|\d{1,2})\)|(?:^|[\s;:,])(?:\d{1,2}|[a-z])[.)](?:\s|$)";
    let places = r"\b(?:(?:as|and) )?(?:described|explained|set out|set forth|outlined|detailed|see|read|visit|refer to|in accordance with|in line with|consistent with|pursuant to|under) (?:(?:in|on|by|to|our|the|this|its|these|\w+'s) )+[^.;,]{0,60}?\b(?:page|policy|policies|guidelines?|section|statement|faqs?|report|notice|terms)\b(?: (?:policy|policies|page|statement|section)\b)?";
    Regex::new(&format!("{days}|{marks}|{places}")).expect("a pattern of words")
});

/// Turns of phrase of which the words alone would say something else.
const PHRASES: [(&str, &str); 21] = [
    ("upon your request", "solicited"),
    ("on your request", "solicited"),
    ("in order to", ""),
    ("in order that", ""),
    ("and you are a", "condition"),
    ("law enforcement", "police"),
    ("law-enforcement", "police"),
    ("in most cases", "mostly"),
    ("in some cases", "sometimes"),
    ("in certain cases", "sometimes"),
    ("no longer", "seldom"),
    ("upon request", "solicited"),
    ("on request", "solicited"),
    ("at all times", "always"),
    ("in general", "generally"),
    ("people who use our service", "users"),
    ("people who use our services", "users"),
    ("e-mail", "email"),
    ("counter-productive", "counterproductive"),
    ("in good faith", "believe"),
    ("good faith", "believe"),
];

/// Words that weigh nothing by themselves: of grammar; of time, condition and negation, which are compared as such; of telling,
/// users, data, disclosures and bans, whose slots are judged by their values.
const WEIGHTLESS: &str = "\
    a an the of to in on or and by for with from to at as is are am be been being was were has have had having do does did doing done it its that this these those \
    such any all every each both we you your yours our ours us they them their theirs he she his her him who whom whose which what there then so also thus hereby thereof \
    than into upon about regarding concerning relating related relate respect connection pursuant under over out up whether otherwise however further \
    other another one same own per via case event instance matter following follow example eg ie \
    will shall must may might can could should would cannot not no nor neither never without if unless except save when where whenever wherever while until before after prior \
    advance ahead first beforehand once extent far long provided provid provision subject insofar \
    company service platform provider anything everything \
    notify notified notice notification inform tell told alert advise warn apprise let know aware make made give given gave send sent contact reach write communicate receive get promptly \
    prompt immediately \
    user member customer subscriber holder owner person people individual client consumer account affected concerned relevant party \
    disclose disclosure reveal share produce production release hand turn furnish surrender supply transfer divulge pass answer respond response comply compliance process fulfil \
    data information record details category personal personally identifiable \
    law legal legally lawful lawfully unlawful illegal statute statutory regulation legislation applicable prohibit prohibition forbid forbidden prevent bar barred preclude restrain restrict \
    disallow permit permission permitted permissible allow possible require requirement oblige compel compelled \
    try tries attempt endeavor effort seek strive commit committed undertake promise ensure always believe think deem determine opinion \
    request demand asked ask seeking sought require";

static LIGHT: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| WEIGHTLESS.split_whitespace().flat_map(|word| [text::stem(word), word.to_owned()]).collect());

/// Words that say the same in a promise; the first stands for the others.
const ALIKE: [&str; 24] = [
    "government governments governmental public",
    "police officer officers prosecutor prosecutors",
    "authority authorities agency agencies",
    "subpoena subpoenas",
    "emergency emergencies",
    "policy policies practice practices",
    "circumstance circumstances condition conditions situation situations",
    "generally normally usually typically ordinarily commonly",
    "business enterprise corporate",
    "danger dangers risk risks threat threats",
    "harm harms injury injuries",
    "physical bodily",
    "counterproductive futile",
    "involve involves involving concern concerns concerning",
    "expire expires expired expiration expiry end ends ended lapse lapses lapsed lifted",
    "challenge contest oppose object quash",
    "copy copies",
    "two 2",
    "three 3",
    "five 5",
    "seven 7",
    "ten 10",
    "fourteen 14",
    "thirty 30",
];

static SAME: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let row = |row: &'static str| {
        let first = row.split(' ').next().unwrap_or(row);
        row.split(' ').map(move |word| (word, first))
    };
    ALIKE.iter().copied().flat_map(row).collect()
});
