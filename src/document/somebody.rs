//! Who is told, where the lexicon has no name for him: any noun that is no official, no court and no matter.
//!
//! Knows the nouns of others only.

use regex::bytes::{Captures, Regex};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Whether somebody is told who is no official: "notify the researcher". The nouns of those who are told have no end, so
/// that only the nouns of others are known.
pub(super) fn tells_somebody(plain: &[u8]) -> bool {
    static OPEN: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
            r"\b(?:notify|notifies|notified|notifying|informs?|informing|tells?|telling|alerts?|alerting|advis(?:e|es|ing)|warns?|warning|notice to) (?:(?:also|first|promptly|always|either|immediately|generally) )*(?:(?:the|its|any|each|every|all|our|that|such|both|those|affected|relevant|concerned|underlying|their|his|an?|respective|individual|data|end|person|account) )+([a-z]+)\b",
        )
    });
    static HEARS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::compile(
            r"\b(?:the|its|any|each|every|our|that|such|an?) ([a-z]+)(?: (?:whose|who|concerned|affected|in question)\b[^.;,]{0,60}?)? (?:(?:will |shall |must |may |can |would )?(?:first |then |also |always |promptly |not |never )*(?:(?:be |is |was |gets )(?:notified|informed|told|alerted|sent|given|shown)|receives?|gets?|hears?)) (?:\w+ ){0,3}?(?:notice|notification|warning|word|copy|e-?mail|letter|message|of|about|when|if|before|that|from us|first|beforehand)\b|\b(?:send|give|show|mail|forward|hand)s? (?:the|that|its|our|each|every|such) ([a-z]+) (?:a copy of )?(?:the |any |such )?(?:subpoena|order|request|demand|papers|warrant|summons|notice)",
        )
    });
    let other = |found: &Captures<'_>| {
        let noun = found.iter().skip(1).flatten().next();
        noun.and_then(|noun| std::str::from_utf8(noun.as_bytes()).ok()).is_some_and(|noun| !others().contains(noun))
    };
    OPEN.captures_iter(plain).any(|found| other(&found)) || HEARS.captures_iter(plain).any(|found| other(&found))
}

fn others() -> &'static HashSet<&'static str> {
    static SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| OTHERS.split_whitespace().collect());
    &SET
}

/// Who or what is told without being a user.
const OTHERS: &str = "
    agencies agency agent agents answer answers approach attorney authorities authority bank board body bureau
    change changes commission commissioner company competent controller cost costs counsel court courts data date
    decision decisions department difference documents emergency enforcement exporter extent fact federal following
    foreign garda gendarmerie general government governments guideline guidelines importer information investigating
    investigator investigators issuing judge judicial law lawyer legal local matter matters media minister ministry
    national nature number office officer officers official officials ombudsman other others page parties party
    police policy practice practices presence press process processor prosecuting prosecutor prosecutors provider
    public reader reason reasons recipient records regulator regulators regulatory request requester requesting
    requestor response responses same scope sheriff staff state story supervisory supplier team terms third time
    truth update updates way world
";
