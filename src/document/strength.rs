//! How firmly one line promises to tell (DOMAIN.md 1.2).
//!
//! Several families speak in most lines; this file knows which of them decides, clause by clause.

use super::lexicon::{Found, Role, family, values};
use regex::bytes::Regex;
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
    let mut firmest: Option<Found> = None;
    for (start, clause) in clauses(plain) {
        let Some(mut found) = of_clause(clause) else { continue };
        found.at = found.at.start + start..found.at.end + start;
        let rank = |found: &Found| values::strength_rank(found.entry.value);
        if firmest.as_ref().is_none_or(|best| rank(&found) > rank(best)) {
            firmest = Some(found);
        }
    }
    firmest
}

fn of_clause(clause: &[u8]) -> Option<Found> {
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
