//! Who is told, where the lexicon has no name for him: any noun that is no official, no court and no matter.
//!
//! Knows the nouns of others only.

use regex::bytes::Regex;
use std::sync::LazyLock;

/// Whether somebody is told who is no official: "notify the researcher". The nouns of those who are told have no end, so
/// that only the nouns of others are known.
pub(super) fn tells_somebody(plain: &[u8]) -> bool {
    static OPEN: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
            r"\b(?:notify|notifies|notified|notifying|informs?|informing|tells?|telling|alerts?|alerting|advis(?:e|es|ing)|warns?|warning|notice to) (?:(?:also|first|promptly|always|either|immediately|generally) )*(?:(?:the|its|any|each|every|all|our|that|such|both|those|affected|relevant|concerned|underlying|their|his|an?|respective|individual|data|end|person|account) )+([a-z]+)\b",
        )
    });
    OPEN.captures_iter(plain).any(|found| {
        found
            .get(1)
            .and_then(|noun| std::str::from_utf8(noun.as_bytes()).ok())
            .is_some_and(|noun| !OTHERS.contains(&noun))
    })
}

/// Who or what is told without being a user.
const OTHERS: &[&str] = &[
    "agencies",
    "agency",
    "agent",
    "agents",
    "attorney",
    "authorities",
    "authority",
    "bank",
    "board",
    "body",
    "bureau",
    "commission",
    "commissioner",
    "company",
    "competent",
    "controller",
    "cost",
    "costs",
    "counsel",
    "court",
    "courts",
    "data",
    "date",
    "decision",
    "department",
    "difference",
    "emergency",
    "enforcement",
    "exporter",
    "extent",
    "fact",
    "federal",
    "following",
    "foreign",
    "garda",
    "gendarmerie",
    "general",
    "government",
    "governments",
    "importer",
    "information",
    "investigating",
    "investigator",
    "investigators",
    "issuing",
    "judge",
    "judicial",
    "law",
    "lawyer",
    "legal",
    "local",
    "matter",
    "media",
    "minister",
    "ministry",
    "national",
    "nature",
    "office",
    "officer",
    "officers",
    "official",
    "officials",
    "ombudsman",
    "other",
    "others",
    "parties",
    "party",
    "police",
    "policy",
    "presence",
    "press",
    "processor",
    "prosecuting",
    "prosecutor",
    "prosecutors",
    "provider",
    "public",
    "reader",
    "reason",
    "reasons",
    "recipient",
    "regulator",
    "regulators",
    "regulatory",
    "request",
    "requester",
    "requesting",
    "requestor",
    "same",
    "scope",
    "sheriff",
    "staff",
    "state",
    "story",
    "supervisory",
    "supplier",
    "team",
    "third",
    "time",
    "truth",
    "way",
    "world",
];
