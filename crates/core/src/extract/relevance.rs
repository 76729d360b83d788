//! Weighs one line: does it speak of telling users about demands for their data?
//!
//! Telling, demand, the tie between them and what stands around add up; guards lower the sum and are kept as tags.

use super::lexicon::entry::Role;
use super::lexicon::{FoundPhrase, PatternFamily, family};
use super::sentences::{Announced, Line};
use super::types::Class;
use crate::promise::values;
use crate::target::TermsKind;
use crate::text::plain_form::Plain;
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// From this sum on a line speaks of user notice.
const ENOUGH: i32 = 6;

/// Words without which no line speaks of telling: a cheap first look at every line.
static STEMS: LazyLock<Regex> = LazyLock::new(|| {
    super::lexicon::entry::compile(
        r"notif|\btouch\b|\bwrit|\breach|\bsure\b|\bnotice|\binform(?:s|ed|ing)?\b|\btell|\btold\b|\balert|\baware\b|\bknow\b|\badvis|\bwarn|knowledge|\bcontact|\bapprise|e-?mail|\bmessage|\bcopy\b|\bcopies\b|\bletter|\bopportunity|\bchance\b|heads[- ]up|\bhear|\bspeak|\blearn|\bfinds? out|\bgag|secre|\bseal|under seal|\btip|\bdrop\b|\bpapers\b|confidential|\bkept\b|\bkeep|\bforward|\bgiven\b|\battention|\bexistence|\bdays\b|\bsubpoena|\brequests?\b|\border",
    )
});

/// What stands around a line.
#[derive(Clone, Copy, Default)]
pub(crate) struct Around {
    /// A demand was named in the sentences before, or in the words above the list.
    pub demand: bool,
    /// It was named in the very sentence before, in the same paragraph.
    pub close: bool,
    /// The sentence before, in the same paragraph, tells users of something else: a breach, a ban.
    pub other: bool,
}

/// What a line was found to be.
pub(crate) struct Weight {
    /// The class as which it speaks, where it speaks.
    pub class: Option<Class>,
    /// Guards that spoke.
    pub tags: Vec<&'static str>,
}

/// Whether a line is worth weighing at all.
pub(crate) fn worth(line: &Line<'_>) -> bool {
    STEMS.is_match(line.plain.bytes())
}

/// Whether a line names a demand for data.
pub(crate) fn names_demand(line: &Line<'_>) -> bool {
    *line.names_demand.get_or_init(|| family(Role::Demand).any(line.plain.bytes()))
}

/// Weighs one line.
pub(crate) fn weigh(line: &Line<'_>, kind: TermsKind, around: Around) -> Weight {
    let nothing = |tags| Weight { class: None, tags };
    let plain = line.plain.bytes();
    let guideline = kind == TermsKind::LawEnforcement;
    let demand = names_demand(line);
    if !(family(Role::Tell).any(plain) || family(Role::Notice).any(plain)) {
        return nothing(Vec::new());
    }
    // What stands in the exceptions of a promise is not what the promise is about.
    let main = main_clause(plain);
    // A section of a guideline that is plainly about something else gives no context.
    let about = demand && family(Role::Demand).any(&plain[..main]);
    let guideline = guideline && !(line.announced.apart && !about && !around.demand);
    if !(guideline || demand || around.demand || line.announced.demand || family(Role::Link).any(plain)) {
        return nothing(Vec::new());
    }
    let mut guards = guards_before(plain, main);
    let of_demand = of_a_demand(&plain[..main]);
    let plainly = guards.is_empty() && of_demand;
    if of_demand || about || around.demand {
        between(&mut guards, &plain[..main]);
    }
    if about {
        // A holder of rights may be the one who demands.
        guards.retain(|found| found.entry.id != "copyright" || tied(plain) < 2);
    }
    let tags: Vec<&'static str> = guards.iter().map(|found| found.entry.id).collect();
    let masked = masked(plain, &guards);
    let user = family(Role::Tell).any(&masked);
    let spoke = |value: &str| guards.iter().any(|found| found.entry.value == value);
    if !(user || family(Role::Notice).any(&masked)) || spoke("misconduct") && !family(Role::Burden).any(plain) {
        return nothing(tags);
    }
    let tied = tied(&masked);
    if spoke("b2b") && !user_is_person(&masked) {
        return Weight { class: (demand && tied > 0).then_some(Class::B2b), tags };
    }
    if tags.contains(&"related-articles") {
        let asked = guideline && user && tied > 2 && !line.item;
        return Weight { class: asked.then_some(Class::UserNotice), tags };
    }
    if !(guideline
        || demand
        || around.demand
        || line.announced.strong
        || tied > 2 && (plainly || points_back(&masked))
        || tied > 0 && line.announced.demand && points_back(&masked)
        || tied > 0 && banned(&masked))
    {
        return nothing(tags);
    }
    let named = demand && family(Role::Demand).any(&masked[..main.min(masked.len())]);
    let tied = if tied == 0 && user && named && asked_for(&masked[..main.min(masked.len())]) { 1 } else { tied };
    let mut sum = if user { 3 } else { 2 }
        + tied
        + i32::from(demand)
        + i32::from(named)
        + i32::from(around.demand)
        + i32::from(around.close);
    let as_user = guideline && user && names_user(&masked);
    // In a guideline "you" is mostly the official.
    sum -= if guideline && user && !as_user && !demand && tied == 0 && !line.announced.notice { 2 } else { 0 };
    // In a section about demands a bare "request" is one.
    sum += i32::from(line.announced.strong && !guideline && !demand && asked_for(&masked));
    sum += headed(line.announced, guideline) + anaphors(&masked, around.demand);
    sum += if line.announced.notice { 3 } else { 0 } + if guideline { 4 } else { 0 };
    let cost = lowered(&guards, as_user, guideline || !of_demand);
    // In a section about demands a promise that is tied to one is hardly about something else.
    sum -= if line.announced.strong && tied > 2 { cost.min(3) } else { cost };
    let elsewhere = line.announced.elsewhere && !(guideline || around.demand || line.announced.strong);
    sum -= if elsewhere { 2 } else { 0 } + if around.other && !user && !named { 3 } else { 0 };
    let silent = family(Role::Notice).find(&masked).iter().any(|found| match found.entry.value {
        "secret" | "ban" => true,
        "reserve" => line.announced.strong,
        _ => false,
    });
    // Telling and a demand in one line without a tie may be strangers: something else must speak of demands too.
    let kin = guideline || tied > 0 || around.demand || line.announced.demand || silent || hedged(&masked);
    let enough = sum >= ENOUGH && kin
        || sum == ENOUGH - 1 && cost < 5 && (silent || hedged(&masked) || around.demand && in_advance(&masked));
    Weight { class: enough.then(|| class(line, &guards)), tags }
}

/// Whether whoever is told in a line is told of a demand, as far as can be said before it is weighed.
pub(crate) fn may_be_of_demand(line: &Line<'_>, kind: TermsKind, around: Around) -> bool {
    around.demand || names_demand(line) || kind == TermsKind::LawEnforcement && asked_for(line.plain.bytes())
}

/// Whether something is asked for or handed out: an authority alone is no demand.
fn asked_for(plain: &[u8]) -> bool {
    static ASKED: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:request|order|demand|ask|compel|oblig|requir|seek|sought|disclos|hand|turn|subpoena|warrant|shar|releas|provid|process\b|produc|law\b|legal|gag|served|letter|inquir|receiv|give|pass)",
        )
    });
    ASKED.is_match(plain)
}

/// Whether a line asks whether users are told: "Do you tell the person concerned?"
pub(crate) fn asks(text: &str) -> bool {
    let plain = Plain::of(text);
    text.trim_end().ends_with('?')
        && (family(Role::Tell).any(plain.bytes()) || family(Role::Notice).any(plain.bytes()))
        && !family(Role::Guard)
            .find(plain.bytes())
            .iter()
            .any(|found| matches!(found.entry.value, "other" | "reverse") && found.entry.id != "related-articles")
}

/// Whether a line begins as answers to such questions do.
pub(crate) fn answers(line: &Line<'_>) -> bool {
    static ANSWER: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"^\W*(?:yes|no|not|never|always|generally|usually|typically|normally|sometimes|often|only|absolutely|of course|it depends|that depends|we do|we don't|we always|we will|we try|in most|in general|in principle|as a rule|where|whenever|when|if|unless|if possible|if we can|not (?:always|usually|necessarily)|maybe|our policy is|we may)\b",
        )
    });
    ANSWER.is_match(line.plain.bytes())
}

/// Where the exceptions of a line begin, if its main clause stands before them.
fn main_clause(plain: &[u8]) -> usize {
    static EXCEPTIONS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:unless|except (?:where|when|if|in|that|as)|save (?:where|that)|provided that)\b",
        )
    });
    match EXCEPTIONS.find(plain) {
        Some(found) if found.start() > 30 => found.start(),
        _ => plain.len(),
    }
}

/// The guards that speak in the main clause of a line, or about the line as a whole.
fn guards_before(plain: &[u8], main: usize) -> Vec<FoundPhrase> {
    let mut guards = family(Role::Guard).find(plain);
    guards.retain(|found| found.at.start < main || !matches!(found.entry.value, "other" | "reverse" | "topic"));
    guards
}

/// Whether a telling is tied to a demand by words that no other matter has, though the demand goes by no name of the tables.
fn of_a_demand(plain: &[u8]) -> bool {
    static DEMANDS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:subpoenas?|summons|warrants?|court[- ]orders?|legal (?:process|requests?|demands?)|police|law[- ]enforcement|authorit(?:y|ies)|governments?|compelled|(?:obliged|ordered|forced) to)\b",
        )
    });
    let ties = family(Role::Link).find(plain);
    ties.iter().any(|tie| tie.entry.value == "direct" && DEMANDS.is_match(&plain[tie.at.clone()]))
}

/// A look-alike counts only where it stands between the telling and the demand or disclosure that it is tied to, or right
/// behind a telling that ends the tie: what users are told of stands there. Words elsewhere in the sentence say whose data it
/// is, or what else a company does.
fn between(guards: &mut Vec<FoundPhrase>, main: &[u8]) {
    let counts = |value: &str| matches!(value, "other" | "reverse" | "topic");
    if !guards.iter().any(|found| counts(found.entry.value)) {
        return;
    }
    let ties = family(Role::Link).find(main);
    let Some(tie) = ties.iter().min_by_key(|found| found.at.len()) else { return };
    let end = if tie.entry.id.ends_with("then-tell") { tie.at.end + BEHIND } else { tie.at.end };
    let every = family(Role::Guard).every(main);
    guards.retain(|guard| {
        let inside = |at: &Range<usize>| at.start < end && tie.at.start < at.end && at.end <= end;
        !counts(guard.entry.value)
            || WHOLE.contains(&guard.entry.id)
            || every.iter().any(|(entry, at)| entry.id == guard.entry.id && inside(at))
    });
}

/// So many octets behind "if ..., we will inform you" what is told still stands.
const BEHIND: usize = 60;

/// Guards that speak of a sentence as a whole, wherever their words stand.
const WHOLE: [&str; 4] = ["related-articles", "user-tells", "data-subject-request", "to-authorities"];

/// What the heading adds.
fn headed(announced: Announced, guideline: bool) -> i32 {
    match announced {
        _ if guideline => 0,
        Announced { strong: true, .. } => 2,
        Announced { demand: true, .. } => 1,
        _ => 0,
    }
}

/// Whether the telling is hedged as telling of demands is: by a ban, an exception, a gag, or for later.
fn hedged(plain: &[u8]) -> bool {
    [Role::Exception, Role::Gag, Role::Delayed, Role::Object].into_iter().any(|role| family(role).any(plain))
}

/// Whether users are told before something happens, or when it arrives: of a demand just named, most likely.
fn in_advance(plain: &[u8]) -> bool {
    family(Role::Timing)
        .find(plain)
        .iter()
        .any(|found| matches!(found.entry.value, values::BEFORE | values::ON_RECEIPT))
}

/// How much guards take away. In a guideline none lowers a line that speaks of users (docs/RULES.md 2).
fn lowered(guards: &[FoundPhrase], kept: bool, officials: bool) -> i32 {
    let cost = |value: &str| match value {
        "other" | "reverse" => 5,
        // Elsewhere than in a guideline, who is told of a demand is no official.
        "official" if officials => 3,
        "topic" => 2,
        _ => 0,
    };
    if kept { 0 } else { guards.iter().map(|found| cost(found.entry.value)).max().unwrap_or(0) }
}

/// How closely telling is tied to a demand or a disclosure.
fn tied(plain: &[u8]) -> i32 {
    let found = family(Role::Link).find(plain);
    if found.iter().any(|found| found.entry.value == "direct") {
        4
    } else if found.is_empty() {
        0
    } else {
        2
    }
}

/// Whether a user is named as one: in a guideline "you" is the official.
fn names_user(plain: &[u8]) -> bool {
    static USERS: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:users?|members?|customers?|subscribers?|account (?:holders?|owners?)|persons?|patrons?|riders?|drivers?|guests?|hosts?|editors?|bloggers?|players?|students?|donors?|owners?|accountholders?|individuals?|clients?|people who|snapchatters?|pinners?|redditors?|data subjects?|targets?|them|registrants?|licensees?|sellers?|merchants?|buyers?|authors?|creators?|artists?|readers?|listeners?|viewers?|contributors?|participants?|residents?|employees?|tenants?|patients?|passengers?|traders?|investors?|cardholders?|policyholders?|commenters?|reviewers?|researchers?|publishers?|advertisers?|organi[sz]ers?|attendees?|drivers?|candidates?|learners?|senders?|callers?|households?)\b",
        )
    });
    USERS.is_match(plain)
}

/// Words that point back to a demand count where one was named.
fn anaphors(plain: &[u8], named: bool) -> i32 {
    let found = family(Role::Anaphor).find(plain);
    let says = |value: &str| found.iter().any(|found| found.entry.value == value);
    2 * i32::from(says("demand") && named) + i32::from(says("law") || says("disclosure"))
}

/// Whether a line says that telling may be forbidden.
pub(crate) fn may_be_banned(line: &Line<'_>) -> bool {
    banned(line.plain.bytes())
}

/// Whether telling may be forbidden: "unless prohibited by law". Of changes and news nobody says so.
fn banned(plain: &[u8]) -> bool {
    let found = family(Role::Exception).find(plain);
    found.iter().any(|found| matches!(found.entry.value, values::PROHIBITED_BY_LAW | values::PROHIBITED_BY_ORDER))
}

/// Whether a line points back to a demand: "any such request".
fn points_back(plain: &[u8]) -> bool {
    family(Role::Anaphor).find(plain).iter().any(|found| found.entry.value == "demand")
}

/// Whether the one who is told is a user rather than a business in its role.
fn user_is_person(plain: &[u8]) -> bool {
    static PERSON: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:notif\w+|inform\w*|notice to|notice)[^.;]{0,60}\b(?:you|users?|data subjects?|members?|subscribers?|individuals?|customers?|clients?)\b",
        )
    });
    PERSON.is_match(plain)
}

fn class(line: &Line<'_>, guards: &[FoundPhrase]) -> Class {
    static DATA: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b(?:disclos\w+|produc\w+|records|(?:account|user|personal|customer|subscriber|their|your|member) (?:\w+ )?(?:information|data)|user data|information)\b",
        )
    });
    let withheld = guards.iter().any(|found| found.entry.value == "content-demand");
    if (withheld || line.announced.content) && !DATA.is_match(line.plain.bytes()) {
        Class::ContentDemand
    } else {
        Class::UserNotice
    }
}

/// The line with the words of phrase guards blanked: "privacy notice" tells nobody anything.
fn masked(plain: &[u8], guards: &[FoundPhrase]) -> Vec<u8> {
    static PHRASES: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
        super::lexicon::entries()
            .filter(|entry| entry.role == Role::Guard && entry.value == "phrase")
            .map(|entry| (entry.id, super::lexicon::entry::compile(&entry.expanded())))
            .collect()
    });
    let mut text = plain.to_vec();
    for (id, pattern) in PHRASES.iter() {
        if guards.iter().any(|found| found.entry.id == *id) {
            for found in pattern.find_iter(plain) {
                text[found.range()].fill(b'#');
            }
        }
    }
    text
}

/// Whether a line hangs on a promise spoken beside it.
pub(crate) fn depends(line: &Line<'_>) -> bool {
    let plain = line.plain.bytes();
    if !dependents().any(plain) {
        return false;
    }
    let guards = family(Role::Guard).find(plain);
    if guards.iter().any(|found| found.entry.value == "misconduct") {
        return false;
    }
    let masked = masked(plain, &guards);
    dependents().any(&masked) && lowered(&guards, false, true) < 5
}

/// Whether a list item under a promise says when it holds, rather than listing other cases of sharing.
pub(crate) fn bears_on_notice(line: &Line<'_>) -> bool {
    let plain = line.plain.bytes();
    [Role::Exception, Role::Demand, Role::Dependent].into_iter().any(|role| family(role).any(plain))
        && !misconduct(line)
}

/// Whether a line tells users of something else: a breach, a change, a ban.
pub(crate) fn about_other(line: &Line<'_>) -> bool {
    family(Role::Guard).find(line.plain.bytes()).iter().any(|found| found.entry.value == "other")
}

/// Whether a line only shows a user that his misconduct is known (docs/RULES.md 2.15).
pub(crate) fn misconduct(line: &Line<'_>) -> bool {
    family(Role::Guard).find(line.plain.bytes()).iter().any(|found| found.entry.value == "misconduct")
}

fn dependents() -> &'static PatternFamily {
    family(Role::Dependent)
}
