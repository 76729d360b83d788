//! What a passage promises, slot by slot, each with the words that carry it.
//!
//! Sees the lines of one passage only. Values are those of `lexicon::values`; equal meanings give equal values
//! (docs/RULES.md 4.4).

use super::lexicon::entry::Role;
use super::lexicon::{FoundPhrase, family};
use super::sentences::Line;
use super::{lead_time, strength};
use crate::promise::{Commitment, Said, Slot, values};
use regex::bytes::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A line of the passage and what part it plays.
struct LinePart<'a> {
    line: &'a Line<'a>,
    /// Speaks of notice once an obstacle has gone.
    delayed: bool,
    /// Says what officials must do, or how gag orders are met, rather than what users are promised.
    aside: bool,
    /// Its strength, and the words that carry it.
    strength: Option<FoundPhrase>,
    /// Refuses in some cases what another line promises: "we do not give notice where an order prohibits it".
    limits: bool,
}

impl LinePart<'_> {
    /// Whether the line is the promise itself.
    fn promise(&self) -> bool {
        self.line.hit.is_some() && !self.delayed && !self.aside
    }

    fn words(&self, found: &FoundPhrase) -> String {
        self.line.text[self.line.plain.origin(self.line.plain.whole_words(found.at.clone()))].trim().to_owned()
    }

    fn said(&self, found: &FoundPhrase) -> Said {
        Said { value: found.entry.value.to_owned(), quote: self.words(found) }
    }

    fn find(&self, role: Role) -> Vec<FoundPhrase> {
        family(role).find(self.line.plain.bytes())
    }
}

/// The commitment of a passage.
pub(crate) fn of(lines: &[&Line<'_>]) -> Commitment {
    let mut parts: Vec<LinePart<'_>> = lines.iter().map(|line| part(line)).collect();
    let promised = parts.iter().any(|part| part.promise() && positive(part));
    for part in parts.iter_mut().filter(|part| promised && !positive(part) && part.strength.is_some()) {
        part.limits = part.line.item || conditional(part.line.plain.bytes());
    }
    let mut slots = BTreeMap::new();
    let mut put = |slot: Slot, said: Option<Said>| {
        if let Some(said) = said {
            slots.insert(slot, said);
        }
    };
    let main = main_part(&parts);
    let strength = main.and_then(|part| part.strength.as_ref().map(|found| part.said(found)));
    let actor = actor(&parts, strength.as_ref());
    let elsewhere = actor.as_ref().is_some_and(|said| said.value == values::AUTHORITIES);
    let strength = strength.filter(|_| !elsewhere);
    put(Slot::Actor, actor);
    let telling = strength.as_ref().is_some_and(|said| promises(&said.value));
    put(Slot::Strength, strength);
    if telling {
        put(Slot::Timing, best(&parts, Role::Timing, |value| values::timing_rank(Some(value))));
        put(Slot::LeadTime, lead_time(&parts));
        put(Slot::Reach, reach(&parts));
        put(Slot::Channel, listed(&parts, Role::Channel, |part| part.promise() && positive(part)));
    }
    put(Slot::Trigger, trigger(&parts));
    put(Slot::Contents, contents(&parts));
    put(Slot::Object, object(&parts));
    put(Slot::Exceptions, exceptions(&parts));
    put(Slot::Decider, decider(&parts));
    put(Slot::ClosedList, first(&parts, Role::ClosedList, |part| !part.delayed && !part.aside));
    put(Slot::Burden, first(&parts, Role::Burden, |_| true));
    put(Slot::Gag, listed(&parts, Role::Gag, |_| true));
    put(Slot::Delayed, first(&parts, Role::Delayed, |_| true));
    Commitment { slots }
}

fn part<'a>(line: &'a Line<'a>) -> LinePart<'a> {
    let plain = line.plain.bytes();
    let delayed = family(Role::Delayed).any(plain) && !strength::promises_at_once(plain);
    let strength = line.hit.and_then(|_| strength::of(plain));
    let aside = family(Role::Burden).any(plain) && !strength::tells(plain)
        || family(Role::Gag).any(plain) && strength.is_none();
    LinePart { line, delayed, aside, strength, limits: false }
}

/// Whether a line speaks of some cases only.
fn conditional(plain: &[u8]) -> bool {
    static CASES: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:where|when|whenever|if|in (?:\w+ ){0,3}(?:cases?|situations?|circumstances?|events?))\b",
        )
    });
    CASES.is_match(plain)
}

/// The line that sets the strength: the firmest promise, else the mildest refusal; delayed notice only where nothing
/// else is promised.
fn main_part<'a, 'b>(parts: &'a [LinePart<'b>]) -> Option<&'a LinePart<'b>> {
    let rank =
        |part: &&LinePart<'_>| part.strength.as_ref().map_or(0, |found| values::strength_rank(found.entry.value));
    let answers =
        |part: &&LinePart<'_>| part.strength.as_ref().is_some_and(|found| found.entry.id.starts_with("answer-"));
    let firmest = |delayed: bool, answer: bool| {
        let spoken =
            parts.iter().filter(|part| part.delayed == delayed && part.strength.is_some() && answers(part) == answer);
        // `max_by_key` takes the last of equals; the first reads better as a quote.
        spoken.rev().max_by_key(rank)
    };
    // A bare "yes" says it only where nothing else does.
    firmest(false, false).or_else(|| firmest(true, false)).or_else(|| firmest(false, true))
}

/// Who tells: the company, wherever it promises; the authorities where the text says so.
fn actor(parts: &[LinePart<'_>], strength: Option<&Said>) -> Option<Said> {
    first(parts, Role::Actor, |_| true)
        .or_else(|| strength.map(|said| Said { value: values::COMPANY.to_owned(), quote: said.quote.clone() }))
}

/// The first entry of a role that speaks, in table order within a line, in lines that count.
fn first(parts: &[LinePart<'_>], role: Role, counts: impl Fn(&LinePart<'_>) -> bool) -> Option<Said> {
    parts.iter().filter(|part| counts(part)).find_map(|part| part.find(role).first().map(|found| part.said(found)))
}

/// The entry of the highest rank that speaks in a promise.
fn best(parts: &[LinePart<'_>], role: Role, rank: impl Fn(&str) -> i8) -> Option<Said> {
    let mut best: Option<Said> = None;
    for part in parts.iter().filter(|part| part.promise() && positive(part)) {
        for found in part.find(role) {
            if best.as_ref().is_none_or(|said| rank(found.entry.value) > rank(&said.value)) {
                best = Some(part.said(&found));
            }
        }
    }
    best
}

fn positive(part: &LinePart<'_>) -> bool {
    part.strength.as_ref().is_some_and(|found| promises(found.entry.value))
}

/// Whether a strength is one of telling, or may be: what no rule reads can still say when and whom.
fn promises(strength: &str) -> bool {
    values::strength_rank(strength) > 0 || strength == values::UNREAD
}

/// All values of a role that speak in lines that count, sorted, each once, with their words.
fn listed(parts: &[LinePart<'_>], role: Role, counts: impl Fn(&LinePart<'_>) -> bool) -> Option<Said> {
    let mut found = BTreeMap::new();
    for part in parts.iter().filter(|part| counts(part)) {
        for hit in part.find(role) {
            found.entry(hit.entry.value).or_insert_with(|| part.words(&hit));
        }
    }
    list(&found)
}

fn list(found: &BTreeMap<&'static str, String>) -> Option<Said> {
    if found.is_empty() {
        return None;
    }
    let mut quotes: Vec<&str> = Vec::new();
    for quote in found.values() {
        if !quotes.contains(&quote.as_str()) {
            quotes.push(quote);
        }
    }
    Some(Said { quote: quotes.join("; "), value: found.keys().copied().collect::<Vec<_>>().join(", ") })
}

/// Days between notice and disclosure.
fn lead_time(parts: &[LinePart<'_>]) -> Option<Said> {
    parts.iter().filter(|part| part.promise() && positive(part)).find_map(|part| lead_time::of(part.line))
}

/// Which demands are covered, read from the promise with its exceptions taken away.
fn trigger(parts: &[LinePart<'_>]) -> Option<Said> {
    let mut found = BTreeMap::new();
    for part in parts.iter().filter(|part| part.promise() && part.strength.is_some() && !part.limits) {
        let plain = without_exceptions(part.line.plain.bytes());
        let silent = part.strength.as_ref().is_some_and(|found| found.entry.value == values::REFUSAL);
        for hit in family(Role::Trigger).find(&plain) {
            let value = match hit.entry.value {
                values::PRESERVATION if silent => values::NO_PRESERVATION,
                value => value,
            };
            found.entry(value).or_insert_with(|| part.words(&hit));
        }
    }
    list(&found)
}

/// The words of a promise without the clauses that say when it does not hold, and without names of other pages.
fn without_exceptions(plain: &[u8]) -> Vec<u8> {
    static CLAUSES: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"^(?:unless|except)\b[^,]*,|\b(?:unless|except (?:where|when|if|as|that|in))\b.*$|\b(?:prohibited|forbidden|prevented|restrained|precluded|barred|permitted|allowed|required)\b[^.;,]*|\b(?:in accordance with|as described in|as explained in|pursuant to|under|see|read|by) (?:our|the|this|its) [^.;,]{0,60}\b(?:page|policy|policies|guidelines?|section|statement|faqs?|report)\b|\b(?:where|if|when|as) [^,]{0,40}(?:\bby law|\blaws? (?:permits?|allows?|requires?)|\blegally (?:permitted|required|allowed|possible|permissible))[^,]*,|\b(?:such as|for example|e_g_)[^.;]*",
        )
    });
    let mut text = plain.to_vec();
    for found in CLAUSES.find_iter(plain) {
        text[found.range()].fill(b' ');
    }
    for found in [Role::Gag, Role::Object].into_iter().flat_map(|role| family(role).find(plain)) {
        text[found.at].fill(b' ');
    }
    text
}

/// Which users are reached. "Customer" counts only where no user is named beside it.
fn reach(parts: &[LinePart<'_>]) -> Option<Said> {
    static USERS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:you|users?|members?|account holders?|individuals?|data subjects?|people)\b",
        )
    });
    let mut found = BTreeMap::new();
    for part in parts.iter().filter(|part| part.promise() && positive(part)) {
        for hit in part.find(Role::Reach) {
            let customer = hit.entry.value == values::CUSTOMER;
            if !(customer && parts.iter().any(|part| part.promise() && USERS.is_match(part.line.plain.bytes()))) {
                found.entry(hit.entry.value).or_insert_with(|| part.words(&hit));
            }
        }
    }
    list(&found)
}

/// What the notice contains: the fullest form that is spoken of.
fn contents(parts: &[LinePart<'_>]) -> Option<Said> {
    let rank = |value: &str| match value {
        values::COMPLETE_COPY => 3,
        values::COPY => 2,
        _ => 1,
    };
    parts
        .iter()
        .filter(|part| !part.aside)
        .flat_map(|part| part.find(Role::Contents).into_iter().map(|found| part.said(&found)))
        .max_by_key(|said| rank(&said.value))
}

/// The chance to object; where users may get none, that is said as well.
fn object(parts: &[LinePart<'_>]) -> Option<Said> {
    let mut found = BTreeMap::new();
    for part in parts.iter().filter(|part| !part.aside) {
        let mut hits = part.find(Role::Object);
        let plain = part.line.plain.bytes();
        // "We may move to quash" is the company's own chance.
        hits.retain(|hit| !objects_to_use(&plain[hit.at.end..]) && !plain[..hit.at.start].ends_with(b"we "));
        let none = hits.iter().any(|hit| hit.entry.value == values::NO_CHANCE);
        for hit in hits.iter().filter(|hit| !(none && hit.entry.value == values::CHANCE)) {
            found.entry(hit.entry.value).or_insert_with(|| part.words(hit));
        }
    }
    list(&found)
}

/// "Object to marketing" is no chance to object to a demand.
fn objects_to_use(after: &[u8]) -> bool {
    static USE: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"^ to (?:the |our |your |this |such |any )*(?:use|using|process|market|sale|selling|shar|profil|transfer)",
        )
    });
    USE.is_match(after)
}

/// Whether a line can name exceptions: not what officials must do, not what comes later, not a bare "without notice" or a
/// refusal, whose "unless required" is no exception to telling.
fn excepts(part: &LinePart<'_>) -> bool {
    let bare = part
        .strength
        .as_ref()
        .is_some_and(|found| found.entry.id == "without-telling" || found.entry.value == values::REFUSAL);
    !part.delayed && !part.aside && (!bare || part.limits)
}

/// When users are not told. A belief of the company stands for the ban it believes in; an order stands under the law.
fn exceptions(parts: &[LinePart<'_>]) -> Option<Said> {
    let mut found = BTreeMap::new();
    for part in parts.iter().filter(|part| excepts(part)) {
        let hits = part.find(Role::Exception);
        let has = |value: &str| hits.iter().any(|hit| hit.entry.value == value);
        for hit in &hits {
            let covered = match hit.entry.value {
                values::PROHIBITED_BY_LAW => has(values::BELIEVED_PROHIBITED) || has(values::PERMITTED_OR_REQUIRED),
                values::PROHIBITED_BY_ORDER => has(values::BELIEVED_PROHIBITED),
                _ => false,
            };
            if !covered {
                found.entry(hit.entry.value).or_insert_with(|| part.words(&clause_of(hit, part.line.plain.bytes())));
            }
        }
    }
    if found.contains_key(values::PROHIBITED_BY_LAW) && !only_orders(parts) {
        found.remove(values::PROHIBITED_BY_ORDER);
    } else if found.contains_key(values::PROHIBITED_BY_ORDER) {
        found.remove(values::PROHIBITED_BY_LAW);
    }
    list(&found)
}

/// An exception from the last word that opens one: what stands before it is the promise.
fn clause_of(hit: &FoundPhrase, plain: &[u8]) -> FoundPhrase {
    static OPENERS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:unless|except|to the (?:fullest |full |maximum )?extent|provided|as long as|so long as|insofar as|where|when|whenever|if|until)\b",
        )
    });
    let text = &plain[hit.at.clone()];
    let opens = |word: &[u8]| OPENERS.find_iter(text).filter(|found| found.as_bytes().starts_with(word)).last();
    let start = opens(b"unless").or_else(|| opens(b"except")).or_else(|| opens(b"")).map_or(0, |found| found.start());
    FoundPhrase { entry: hit.entry, at: hit.at.start + start..hit.at.end }
}

/// Whether the only ban that is spoken of is an order's: no law that bans, no "permitted", no "legally" beside it.
fn only_orders(parts: &[LinePart<'_>]) -> bool {
    static LAW: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:laws?|statutes?|regulations?|legislation|legally|lawful|permi\w+|allow\w*|unlawful|illegal|legal (?:authority|prohibition|restriction|reasons?))\b",
        )
    });
    // A law that asks for notice bans none: "where required by law, we will notify you".
    static DUTY: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:required|obliged|obligated|compelled|mandated) (?:by|under) (?:\w+ ){0,2}laws?\b",
        )
    });
    let speaks = |text: &[u8]| LAW.is_match(&DUTY.replace_all(text, &b""[..]));
    !parts.iter().filter(|part| excepts(part)).any(|part| speaks(&law_words(part.line.plain.bytes())))
}

/// A line without "law enforcement", whose law is none.
fn law_words(plain: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(plain);
    text.replace("law enforcement", "").replace("law-enforcement", "").into_bytes()
}

/// Who decides: the worst for the user that speaks.
fn decider(parts: &[LinePart<'_>]) -> Option<Said> {
    let mut worst: Option<Said> = None;
    for part in parts {
        for found in part.find(Role::Decider) {
            let counts = match found.entry.value {
                values::AGENCY => true,
                values::COMPANY_BELIEF => excepts(part) && !of_compulsion(part.line.plain.bytes(), &found),
                _ => excepts(part),
            };
            let rank = values::decider_rank(found.entry.value);
            if counts && worst.as_ref().is_none_or(|said| rank > values::decider_rank(&said.value)) {
                worst = Some(part.said(&found));
            }
        }
    }
    worst
}

/// "If we believe we are compelled to comply" is a belief about the demand, not about an exception.
fn of_compulsion(plain: &[u8], found: &FoundPhrase) -> bool {
    let after = &plain[found.at.end..plain.len().min(found.at.end + 60)];
    let after = std::str::from_utf8(after).unwrap_or("");
    ["compelled", "required", "obligated", "obliged", "must", "the law requires"]
        .iter()
        .any(|word| after.contains(word))
}
