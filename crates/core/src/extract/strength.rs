//! How firmly one line promises to tell (docs/RULES.md 3.2).
//!
//! Several families speak in most lines; this file knows which of them decides, clause by clause.

use super::governing::{governed, strength};
use super::lexicon::entry::Role;
use super::lexicon::{FoundPhrase, family};
use crate::promise::values;
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
pub(crate) fn of(plain: &[u8]) -> Option<FoundPhrase> {
    let bare = Bare::of(plain);
    let mut firmest: Option<FoundPhrase> = None;
    for (start, clause) in clauses(&bare.text) {
        let Some(mut found) = of_clause(clause) else { continue };
        found.at = found.at.start + start..found.at.end + start;
        let rank = |found: &FoundPhrase| values::strength_rank(found.entry.value);
        if firmest.as_ref().is_none_or(|best| rank(&found) > rank(best)) {
            firmest = Some(found);
        }
    }
    firmest.map(|found| FoundPhrase { at: bare.place(found.at.start)..bare.end(found.at.end), ..found })
}

fn of_clause(clause: &[u8]) -> Option<FoundPhrase> {
    match (floor(clause), governed(clause)) {
        // "Without notice, if required by law": the law asks for the disclosure.
        (Some(floor), None) => family(Role::Strength)
            .find(clause)
            .into_iter()
            .find(|found| found.entry.id == "without-telling")
            .or(Some(floor)),
        (_, Some(found)) if values::strength_rank(found.entry.value) > 2 && at_discretion(clause) => {
            strength("may", found.at)
        }
        (Some(floor), Some(found)) if values::strength_rank(found.entry.value) > 2 => Some(floor),
        (_, Some(found)) => Some(found),
        (None, None) => of_families(clause),
    }
}

/// "At our discretion, you will be told": said of the whole clause.
fn at_discretion(clause: &[u8]) -> bool {
    static DISCRETION: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"^\W*(?:at|in) (?:our|its) (?:sole |own |absolute |sole and absolute )?(?:discretion|option)\b",
        )
    });
    DISCRETION.is_match(clause)
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
            super::lexicon::entry::compile(
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

/// "Where the law asks for it": said of the telling, not of a disclosure.
fn floor(clause: &[u8]) -> Option<FoundPhrase> {
    static DISCLOSES: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
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
fn of_families(clause: &[u8]) -> Option<FoundPhrase> {
    let found = family(Role::Strength).find(clause);
    let id = |name: &str| found.iter().find(|found| found.entry.id == name);
    let decides = ORDER.iter().find_map(|name| id(name).filter(|found| holds(found, clause, id("may").is_some())))?;
    // "To notify users": a telling under words that no rule knows.
    if decides.entry.id == "firm" && clause[decides.at.clone()].starts_with(b"to ") {
        return strength("unread", decides.at.clone());
    }
    Some(decides.clone())
}

/// A family that speaks may still not decide: "where required" under a "may" stays a "may".
fn holds(found: &FoundPhrase, clause: &[u8], may: bool) -> bool {
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
        super::lexicon::entry::compile(
            r"\b(?:will|shall|policy is to|committed to) (?:\w+ ){0,3}(?:notify|inform|tell|provide (?:\w+ ){0,3}notice)\b[^.;]*\bwithout\b",
        )
    });
    TELLS.is_match(clause)
}

/// Clauses that can promise by themselves: cut at semicolons and at "but", "although", "however".
fn clauses(plain: &[u8]) -> Vec<(usize, &[u8])> {
    static CUTS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(r";|,? (?:but|although|though|however|whereas|nevertheless),? |: ")
    });
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
pub(crate) fn promises_at_once(plain: &[u8]) -> bool {
    static AT_ONCE: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:notif\w+|inform|tell|notice)\b[^.;]{0,80}\b(?:prior to|before|of (?:any |the |all )?(?:\w+ ){0,3}(?:requests?|demands?|process))\b[^.;]*\bunless\b|\b(?:prior|advance) notice\b[^.;]*\bunless\b",
        )
    });
    AT_ONCE.is_match(plain)
}

/// Whether a line itself says that users are told, beside what it asks of officials.
pub(crate) fn tells(plain: &[u8]) -> bool {
    static TELLS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:we|our policy is to|policy is to|it|[a-z]+) (?:\w+ ){0,3}?(?:will|may|shall|must|to|attempt to|try to|not to) (?:\w+ ){0,2}(?:notify|inform|tell|provide (?:\w+ ){0,3}notice) (?:the )?(?:\w+ )?(?:you|users?|customers?|members?|subscribers?|account)|\b(?:will|shall) (?:\w+ )?be (?:notified|informed)",
        )
    });
    TELLS.is_match(plain)
}
