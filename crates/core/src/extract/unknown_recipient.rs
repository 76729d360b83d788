//! Who is told, where the lexicon has no name for him: any noun that is no official, no court and no matter.
//!
//! Knows the nouns of others only.

use crate::text::plain_form::Plain;
use regex::bytes::Regex;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

/// A line in which whoever is told is called a user, so that the tables know him: "notify the researcher". The nouns of
/// those who are told have no end; only the nouns of others are known.
pub(crate) fn named(plain: &Plain) -> Option<Plain> {
    let mut places: Vec<Range<usize>> = [&*VERBS, &*HEARS]
        .into_iter()
        .flat_map(|pattern| pattern.captures_iter(plain.bytes()))
        .filter_map(|found| found.iter().skip(1).flatten().next().map(|noun| noun.range()))
        .filter(|at| is_user(&plain.text()[at.clone()]))
        .collect();
    places.sort_by_key(|at| at.start);
    places.dedup();
    let name = |at: Range<usize>| (at.clone(), if plain.text()[at].ends_with('s') { "users" } else { "user" });
    let places: Vec<(Range<usize>, &str)> = places.into_iter().map(name).collect();
    (!places.is_empty()).then(|| plain.with(&places))
}

/// Whether a noun is one of those who are told, and the tables have no name for him.
fn is_user(noun: &str) -> bool {
    static KNOWN: LazyLock<Regex> =
        LazyLock::new(|| super::lexicon::entry::compile(&super::lexicon::entry::expand("^{noun}s?$")));
    noun.len() > 3 && !others().contains(noun) && !KNOWN.is_match(noun.as_bytes())
}

/// After a verb of telling: "notify the researcher", "warn broadcasters of requests", "let the pilgrim know".
static VERBS: LazyLock<Regex> = LazyLock::new(|| {
    super::lexicon::entry::compile(
        r"\b(?:notify|notifies|notified|notifying|informs?|informing|tells?|telling|alerts?|alerting|advis(?:e|es|ing)|warns?|warning|notice to|let|lets|letting) (?:(?:also|first|promptly|always|either|immediately|generally) )*(?:(?:(?:the|its|any|each|every|all|our|that|such|both|those|affected|relevant|concerned|underlying|their|his|an?|respective|individual|data|end|person|account) )+([a-z]+)|([a-z]+s) (?:of|about|when|whenever|if|before|that|whose|who|know|where|upon|prior to)\b)",
    )
});

/// Before a word of hearing: "the pilgrim will be sent a copy"; and who is sent papers.
static HEARS: LazyLock<Regex> = LazyLock::new(|| {
    super::lexicon::entry::compile(
        r"\b(?:the|its|any|each|every|our|that|such|an?) ([a-z]+)(?: (?:whose|who|concerned|affected|in question)\b[^.;,]{0,60}?)? (?:(?:will |shall |must |may |can |would )?(?:first |then |also |always |promptly |not |never )*(?:(?:be |is |was |are |were |gets )(?:first |then |also |always |promptly |not |never )*(?:notified|informed|told|alerted|contacted|sent|given|shown)|receives?|gets?|hears?)) (?:\w+ ){0,3}?(?:notice|notification|warning|word|copy|e-?mail|letter|message|of|about|when|if|before|that|from us|first|beforehand)\b|\b(?:send|give|show|mail|forward|hand)s? (?:the|that|its|our|each|every|such) ([a-z]+) (?:a copy of )?(?:the |any |such )?(?:subpoena|order|request|demand|papers|warrant|summons|notice)",
    )
});

fn others() -> &'static HashSet<&'static str> {
    static SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| OTHERS.split_whitespace().collect());
    &SET
}

/// Who or what is told without being a user.
const OTHERS: &str = "
    agencies agency agent agents answer answers approach attorney authorities authority bank been board body bureau
    change changes commission commissioner company competent controller cost costs could counsel court courts data
    date decision decisions department difference documents does emergency enforcement exporter extent fact federal
    following foreign garda gendarmerie general government governments guideline guidelines have importer
    information investigating investigator investigators issuing judge judicial law lawyer legal local matter
    matters media might minister ministry must national nature number office officer officers official officials
    ombudsman other others page parties party police policy practice practices presence press process processor
    prosecuting prosecutor prosecutors provider public reader reason reasons recipient records regulator regulators
    regulatory request requester requesting requestor response responses same scope shall sheriff should staff state
    story supervisory supplier team terms than that then there they third this time truth update updates way were
    what when where which will world would
";
