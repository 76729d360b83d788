//! Which word governs a verb of telling: a modal, a negation, an effort, a policy, or none that any rule knows.
//!
//! Knows one clause at a time; which clause of a line decides is said in `strength`.

use super::lexicon::entry::Role;
use super::lexicon::{FoundPhrase, family};
use crate::promise::values;
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// How far before its verb a modal may stand, in octets.
const REACH: usize = 150;

/// The strength by the words that govern the verb of telling: the last of them before it. What stands in a condition
/// ("if we cannot tell you") counts only where nothing else tells.
pub(crate) fn governed(clause: &[u8]) -> Option<FoundPhrase> {
    let mut tellings = family(Role::Telling).every(clause);
    tellings.retain(|(_, at)| !tells_others(&clause[at.end..]) && !formula(clause, at));
    let conditions = conditions(clause);
    let outside = |at: &Range<usize>| !conditions.iter().any(|condition| condition.contains(&at.start));
    // The firmest; of equals that of the first verb, for `max_by_key` takes the last.
    tellings.sort_by_key(|(_, at)| std::cmp::Reverse(at.start));
    let rank = |found: &FoundPhrase| (values::strength_rank(found.entry.value), std::cmp::Reverse(found.at.start));
    let judged = |all: bool| {
        let counted = tellings.iter().filter(|(_, at)| all || outside(at));
        counted.filter_map(|(verb, at)| governing(clause, verb.id, at)).max_by_key(rank)
    };
    judged(false).or_else(|| judged(true))
}

/// Whether the words after a verb of telling name somebody else: the company, or an authority.
fn tells_others(after: &[u8]) -> bool {
    static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"^(?: (?:also|to|the|any|relevant|appropriate|requesting))* (?:us\b|me\b|our (?:legal|law|team|support|compliance|privacy|office|agent|staff|department|trust|security)|law[- ]enforcement|police|courts?\b|agenc|authorit|officers?\b|officials?\b|government|regulat)",
        )
    });
    OTHERS.is_match(after)
}

/// "The client is informed that, if ...": a formula that tells the reader of the page, not a promise to tell.
fn formula(clause: &[u8], telling: &Range<usize>) -> bool {
    let before = clause[..telling.start].trim_ascii_end();
    let passive = [b"is".as_slice(), b"are", b"hereby"].contains(&&before[word_start(before, before.len())..]);
    passive && clause[telling.end..].starts_with(b" that ")
}

/// Where a clause speaks of a case: from the word that opens it to the next comma.
fn conditions(clause: &[u8]) -> Vec<Range<usize>> {
    static CASES: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:if|unless|except (?:where|when|if|that|in)|where|when|whenever|until|because|once|in case|so that|in order (?:that|for)|whether|should you|save (?:where|when|if|that)|believes? that)\b[^,]*",
        )
    });
    CASES.find_iter(clause).map(|found| found.range()).collect()
}

/// The words that govern one verb of telling.
fn governing(clause: &[u8], verb: &str, telling: &Range<usize>) -> Option<FoundPhrase> {
    let start = telling.start.saturating_sub(REACH);
    let window = &clause[start..telling.end];
    let before = telling.start - start;
    let governors = |text: &[u8]| {
        let found = family(Role::Governor).every(text).into_iter().filter(|(_, at)| !measures(&text[at.start..]));
        found.max_by_key(|(_, at)| (at.end, std::cmp::Reverse(at.start)))
    };
    // "No notice will be given": the negation stands before the noun, the modal after it.
    let last = governors(&window[..before])
        .filter(|(entry, at)| verb != "v-notice-given" || entry.value == values::REFUSAL && at.end == before)
        .or_else(|| (verb == "v-notice-given").then(|| governors(window)).flatten());
    if last.as_ref().is_some_and(|(entry, at)| entry.value == values::REFUSAL && gags(&window[..at.start])) {
        return None;
    }
    let Some((entry, at)) = last else {
        let subject = word_start(clause, clause[..telling.start].trim_ascii_end().len());
        let id = match alone(clause, telling) {
            Alone::Stands => "firm",
            Alone::Doubted => "unread",
            Alone::Hangs => return None,
        };
        return strength(id, subject..telling.end);
    };
    let known = matches!(entry.value, values::FIRM | values::POLICY | values::EFFORT);
    if known && verb != "v-notice-given" && !carries(&window[at.end.min(before)..before], &clause[telling.clone()]) {
        return strength("unread", at.start + start..telling.end);
    }
    // Up to the verb, where that is close by.
    let said = at.start..if before <= at.end + 30 { window.len() } else { at.end };
    let (id, at) = match entry.value {
        values::EFFORT => effort(window, at),
        values::POLICY => ("policy", said),
        values::MAY => ("may", said),
        values::REFUSAL => ("will-not-tell", said),
        values::RESERVED if entry.id != "v-without" => ("may-refrain", said),
        values::RESERVED if denies(&window[..at.start]) => ("no-disclosure-without", at.start..window.len()),
        values::RESERVED => ("without-telling", at.start..window.len()),
        _ => ("firm", said),
    };
    strength(id, at.start + start..at.end + start)
}

/// "Not less than ten days": a measure, no negation.
fn measures(text: &[u8]) -> bool {
    let measures = [b"not less".as_slice(), b"not later", b"not more", b"not fewer", b"not only"];
    measures.iter().any(|words| text.starts_with(words))
}

/// Whether what is negated next is what somebody else orders or asks for: "an order that directs us not to tell you".
fn gags(before: &[u8]) -> bool {
    static GAGS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:direct|order|requir|tell|told|ask|instruct|request|command|compel|bid|forc|oblig|want)\w* (?:us|it|that (?:we|it)|the (?:company|provider|service))(?: to)? ?$",
        )
    });
    GAGS.is_match(before)
}

/// A strength of the table at a place.
pub(crate) fn strength(id: &str, at: Range<usize>) -> Option<FoundPhrase> {
    let entry = super::lexicon::entries().find(|entry| entry.role == Role::Strength && entry.id == id)?;
    Some(FoundPhrase { entry, at })
}

/// The start of the word that ends at a place.
fn word_start(text: &[u8], end: usize) -> usize {
    text[..end].iter().rposition(|octet| *octet == b' ').map_or(0, |space| space + 1)
}

/// An effort with the modal right before it, which belongs to its quote: "will attempt"; "may attempt" is no more than "may".
fn effort(text: &[u8], at: Range<usize>) -> (&'static str, Range<usize>) {
    let before = text[..at.start].trim_ascii_end();
    let word = word_start(before, before.len());
    match &before[word..] {
        b"may" | b"might" | b"can" | b"could" => ("may", word..at.end),
        b"will" | b"shall" | b"must" | b"would" => ("effort", word..at.end),
        _ => ("effort", at),
    }
}

/// How a verb of telling stands that no known word governs.
enum Alone {
    /// For itself: "we notify", "users are told".
    Stands,
    /// Under a word that may turn or lower it: "we hesitate to notify", "we sporadically notify".
    Doubted,
    /// Under something that promises nothing: "by notifying", "please tell us".
    Hangs,
}

/// Adverbs that leave a promise as firm as it is, or whose doubt is compared as words.
const PLAIN_ADVERBS: &str = "promptly immediately directly personally individually automatically expressly specifically \
    proactively subsequently accordingly duly generally normally usually typically ordinarily routinely \
    simply actually really only family quickly timely formally officially separately certainly \
    definitely explicitly clearly currently electronically previously similarly additionally publicly \
    privately respectively properly reasonably swiftly speedily consistently likewise";

/// Whether a word stands in a list.
fn one_of(list: &str, word: &[u8]) -> bool {
    list.split(' ').any(|known| known.as_bytes() == word)
}

/// Whether a word, right before a verb of telling, puts it in doubt.
fn doubts(word: &[u8]) -> bool {
    word.ends_with(b"ly") && !one_of(PLAIN_ADVERBS, word) || matches!(word, b"longer" | b"ever" | b"sometimes")
}

fn alone(clause: &[u8], telling: &Range<usize>) -> Alone {
    static OURS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(r"\bwe (?:[\w'-]+ ){0,4}(?:[\w'-]+ (?:to|from|of|in)|[\w'-]+) ?$")
    });
    let before = clause[..telling.start].trim_ascii_end();
    let verb = clause[telling.clone()].split(|octet| *octet == b' ').next().unwrap_or_default();
    let word = &before[word_start(before, before.len())..];
    let hangs = verb.ends_with(b"ing") || word == b"to";
    if hangs && !matches!(word, b"by" | b"without" | b"after" | b"before" | b"and" | b"or") && OURS.is_match(before) {
        return if gags(&clause[..telling.start]) { Alone::Hangs } else { Alone::Doubted };
    }
    if hangs || matches!(word, b"be" | b"by" | b"of" | b"of," | b"please" | b"" | b"you" | b"not") {
        return Alone::Hangs;
    }
    if doubts(word) { Alone::Doubted } else { Alone::Stands }
}

/// Whether what stands between a governor and its verb lets the one reach the other: "will promptly", "will be", not "will
/// avoid", "will hesitate to", "will sporadically".
fn carries(between: &[u8], verb: &[u8]) -> bool {
    const LINKS: &str = "continue need have order sure certain obliged obligated required bound committed able going try \
        attempt seek aim endeavour endeavor strive effort efforts steps measures best is policy practice \
        likewise right";
    const LEADS: &str = "be by of after before while when and or without for to begin start continue keep in upon on is are \
        include includes first attempting as with";
    let words: Vec<&[u8]> = between.split(|octet| *octet == b' ').filter(|word| !word.is_empty()).collect();
    let Some((last, head)) = words.split_last() else { return true };
    let first = verb.split(|octet| *octet == b' ').next().unwrap_or_default();
    if *last == b"to" {
        return head.last().is_none_or(|word| one_of(LINKS, word) || word.ends_with(b",") || head.len() > 6);
    }
    if first.ends_with(b"ing") && !one_of(LEADS, last) && words.len() < 4 {
        return false;
    }
    !doubts(last)
}

/// Whether a disclosure is denied before "without": "never hand it out without telling you".
fn denies(before: &[u8]) -> bool {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:not|never|won't|don't|no|neither|cannot)\b[^.;]{0,40}\b(?:disclos\w*|provid\w*|releas\w*|shar\w*|hand\w*|giv\w*|turn\w*|produc\w*|respond\w*|answer\w*|compl\w+)\b[^.;]*$",
        )
    });
    DENIED.is_match(before)
}
