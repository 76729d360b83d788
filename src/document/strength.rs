//! How firmly one line promises to tell (DOMAIN.md 1.2).
//!
//! Several families speak in most lines; this file knows which of them decides, clause by clause.

use super::lexicon::{Found, Role, family, values};
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Families in the order in which they decide over one clause.
const ORDER: &[&str] = &[
    "no-disclosure-without",
    "will-not-tell",
    "honors-silence",
    "may-refrain",
    "where-required",
    "without-telling",
    "may",
    "effort",
    "policy",
    "after-notice",
    "firm",
    "answer-yes",
    "answer-no",
];

/// The strength of a line: its firmest clause; a refusal or a reserve counts where no clause promises.
pub(super) fn of(plain: &[u8]) -> Option<Found> {
    let bare = Bare::of(plain);
    let mut firmest: Option<Found> = None;
    for (start, clause) in clauses(&bare.text) {
        let Some(mut found) = of_clause(clause) else { continue };
        found.at = found.at.start + start..found.at.end + start;
        let rank = |found: &Found| values::strength_rank(found.entry.value);
        if firmest.as_ref().is_none_or(|best| rank(&found) > rank(best)) {
            firmest = Some(found);
        }
    }
    firmest.map(|found| Found { at: bare.place(found.at.start)..bare.end(found.at.end), ..found })
}

fn of_clause(clause: &[u8]) -> Option<Found> {
    match (floor(clause), governed(clause)) {
        (Some(floor), None) => Some(floor),
        (Some(floor), Some(found)) if values::strength_rank(found.entry.value) > 2 => Some(floor),
        (_, Some(found)) => Some(found),
        (None, None) => of_families(clause),
    }
}

/// A clause without what is put between a modal and its verb: "may, at our discretion, notify", "will (where we can) tell".
struct Bare {
    text: Vec<u8>,
    /// For each octet where it stood.
    from: Vec<usize>,
}

impl Bare {
    fn of(clause: &[u8]) -> Self {
        static ASIDES: LazyLock<Regex> = LazyLock::new(|| {
            super::lexicon::compile(
                r"\b(?:will|shall|must|may|might|can|could|should|would|do|does|is|are|to|that|promptly|first|not|policy|practice|policies|practices|'ll)((?:, (?:if|when|where|whenever|wherever|unless|except|to the|as|so|at|in|before|prior|after|upon|on|without undue|and|but|subject|provided|insofar|until|by|within|for|using|through|generally|typically|normally|however|absent|barring|save)\b[^.;,:]{0,160}(?:, (?:and|or|unless|where|if|in|at|to the) [^.;,:]{0,100}){0,2}[,:]| \([^()]{0,160}\)){1,3})(?: |$)",
            )
        });
        let mut keep = vec![true; clause.len()];
        for aside in ASIDES.captures_iter(clause).filter_map(|found| found.get(1)) {
            keep[aside.range()].fill(false);
        }
        let from: Vec<usize> = (0..clause.len()).filter(|&at| keep[at]).collect();
        Self { text: from.iter().map(|&at| clause[at]).collect(), from }
    }

    fn place(&self, at: usize) -> usize {
        self.from.get(at).copied().unwrap_or_default()
    }

    fn end(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |last| self.place(last) + 1)
    }
}

/// How far before its verb a modal may stand, in octets.
const REACH: usize = 150;

/// The strength by the words that govern the verb of telling: the last of them before it. What stands in a condition
/// ("if we cannot tell you") counts only where nothing else tells.
fn governed(clause: &[u8]) -> Option<Found> {
    let mut tellings = family(Role::Telling).every(clause);
    tellings.retain(|(_, at)| !tells_others(&clause[at.end..]) && !formula(clause, at));
    let conditions = conditions(clause);
    let outside = |at: &Range<usize>| !conditions.iter().any(|condition| condition.contains(&at.start));
    // The firmest; of equals that of the first verb, for `max_by_key` takes the last.
    tellings.sort_by_key(|(_, at)| std::cmp::Reverse(at.start));
    let rank = |found: &Found| (values::strength_rank(found.entry.value), std::cmp::Reverse(found.at.start));
    let judged = |all: bool| {
        let counted = tellings.iter().filter(|(_, at)| all || outside(at));
        counted.filter_map(|(verb, at)| governing(clause, verb.id, at)).max_by_key(rank)
    };
    judged(false).or_else(|| judged(true))
}

/// Whether the words after a verb of telling name somebody else: the company, or an authority.
fn tells_others(after: &[u8]) -> bool {
    static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
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
        super::lexicon::compile(
            r"\b(?:if|unless|except (?:where|when|if|that|in)|where|when|whenever|until|because|once|in case|so that|in order (?:that|for)|whether|should you|save (?:where|when|if|that)|believes? that)\b[^,]*",
        )
    });
    CASES.find_iter(clause).map(|found| found.range()).collect()
}

/// The words that govern one verb of telling.
fn governing(clause: &[u8], verb: &str, telling: &Range<usize>) -> Option<Found> {
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
        return finite(clause, telling).then(|| strength("firm", subject..telling.end)).flatten();
    };
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
        super::lexicon::compile(
            r"\b(?:direct|order|requir|tell|told|ask|instruct|request|command|compel|bid|forc|oblig|want)\w* (?:us|it|that (?:we|it)|the (?:company|provider|service))(?: to)? ?$",
        )
    });
    GAGS.is_match(before)
}

/// A strength of the table at a place.
fn strength(id: &str, at: Range<usize>) -> Option<Found> {
    let entry = super::lexicon::entries().find(|entry| entry.role == Role::Strength && entry.id == id)?;
    Some(Found { entry, at })
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

/// Whether a verb of telling stands for itself: "we notify", "users are told"; not "to notify", "by notifying".
fn finite(clause: &[u8], telling: &Range<usize>) -> bool {
    let before = clause[..telling.start].trim_ascii_end();
    let verb = clause[telling.clone()].split(|octet| *octet == b' ').next().unwrap_or_default();
    let word = &before[word_start(before, before.len())..];
    !(verb.ends_with(b"ing")
        || matches!(word, b"to" | b"be" | b"by" | b"of" | b"of," | b"please" | b"" | b"you" | b"not"))
}

/// Whether a disclosure is denied before "without": "never hand it out without telling you".
fn denies(before: &[u8]) -> bool {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
            r"\b(?:not|never|won't|don't|no|neither|cannot)\b[^.;]{0,40}\b(?:disclos\w*|provid\w*|releas\w*|shar\w*|hand\w*|giv\w*|turn\w*|produc\w*|respond\w*|compl\w+)\b[^.;]*$",
        )
    });
    DENIED.is_match(before)
}

/// "Where the law asks for it": said of the telling, not of a disclosure.
fn floor(clause: &[u8]) -> Option<Found> {
    static DISCLOSES: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
            r"\b(?:disclos\w*|releas\w*|shar(?:e|ed|es|ing)|produc\w*|reveal\w*|hand\w*|turn\w*|compl(?:y|ies|ying)|provid\w* (?:your|the|any|personal|information|data)|without)\b",
        )
    });
    let found = family(Role::Strength).find(clause).into_iter().find(|found| found.entry.id == "where-required")?;
    let tellings = family(Role::Telling).every(clause);
    let between = |at: &Range<usize>| {
        let (from, to) = if at.start >= found.at.end {
            (found.at.end, at.start)
        } else {
            (at.end.min(found.at.start), found.at.start)
        };
        !DISCLOSES.is_match(&clause[from..to])
    };
    (tellings.is_empty() || tellings.iter().any(|(_, at)| between(at))).then_some(found)
}

/// By the families alone, where no verb of telling has a governor.
fn of_families(clause: &[u8]) -> Option<Found> {
    let found = family(Role::Strength).find(clause);
    let id = |name: &str| found.iter().find(|found| found.entry.id == name);
    let decides = ORDER.iter().find_map(|name| id(name).filter(|found| holds(found, clause, id("may").is_some())))?;
    Some(decides.clone())
}

/// A family that speaks may still not decide: "where required" under a "may" stays a "may".
fn holds(found: &Found, clause: &[u8], may: bool) -> bool {
    match found.entry.id {
        "where-required" => !may,
        "without-telling" => !tells_first(clause),
        // "Officers should tell us": the company is told.
        "firm" => {
            ![b" us ".as_slice(), b" us,", b" us.", b" our "].iter().any(|us| clause[found.at.end..].starts_with(us))
        }
        _ => true,
    }
}

/// "We will notify you; we will not respond without notice" promises: the telling comes before the reserve.
fn tells_first(clause: &[u8]) -> bool {
    static TELLS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
            r"\b(?:will|shall|policy is to|committed to) (?:\w+ ){0,3}(?:notify|inform|tell|provide (?:\w+ ){0,3}notice)\b[^.;]*\bwithout\b",
        )
    });
    TELLS.is_match(clause)
}

/// Clauses that can promise by themselves: cut at semicolons and at "but", "although", "however".
fn clauses(plain: &[u8]) -> Vec<(usize, &[u8])> {
    static CUTS: LazyLock<Regex> =
        LazyLock::new(|| super::lexicon::compile(r";|,? (?:but|although|though|however|whereas|nevertheless),? |: "));
    let mut clauses = Vec::new();
    let mut start = 0;
    for cut in CUTS.find_iter(plain) {
        clauses.push((start, &plain[start..cut.start()]));
        start = cut.end();
    }
    clauses.push((start, &plain[start..]));
    clauses
}

/// Whether a line promises notice that does not wait for an obstacle to go: the later notice is only a part of it.
pub(super) fn promises_at_once(plain: &[u8]) -> bool {
    static AT_ONCE: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
            r"\b(?:notif\w+|inform|tell|notice)\b[^.;]{0,80}\b(?:prior to|before|of (?:any |the |all )?(?:\w+ ){0,3}(?:requests?|demands?|process))\b[^.;]*\bunless\b|\b(?:prior|advance) notice\b[^.;]*\bunless\b",
        )
    });
    AT_ONCE.is_match(plain)
}

/// Whether a line itself says that users are told, beside what it asks of officials.
pub(super) fn tells(plain: &[u8]) -> bool {
    static TELLS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
            r"\b(?:we|our policy is to|policy is to|it|[a-z]+) (?:\w+ ){0,3}?(?:will|may|shall|must|to|attempt to|try to|not to) (?:\w+ ){0,2}(?:notify|inform|tell|provide (?:\w+ ){0,3}notice) (?:the )?(?:\w+ )?(?:you|users?|customers?|members?|subscribers?|account)|\b(?:will|shall) (?:\w+ )?be (?:notified|informed)",
        )
    });
    TELLS.is_match(plain)
}
