//! `[[subscription]]` of `noticewatch.toml`: who is told what, and when.
//!
//! It knows patterns and words; which findings exist is not known here.

use super::fields::{Fields, GivenValue, did_you_mean};
use super::notifier::Notifier;
use super::party::Party;
use super::times::{Times, line, zone};
use super::{notifier, party};
use noticewatch_core::schedule::CronLine;
use noticewatch_core::target::Target;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// The verdicts that a subscription can choose from (docs/RULES.md 4.13).
const VERDICTS: [&str; 11] = [
    "none",
    "reworded",
    "weakened",
    "strengthened",
    "mixed",
    "added",
    "removed",
    "moved",
    "restored",
    "needs-human",
    "suspect-capture",
];

/// The name that letters to the operator go by; no `[[subscription]]` can have it.
pub const OPERATOR: &str = "operator";

/// Which letters come although there is nothing to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quiet {
    /// None.
    Never,
    /// The weekly letter, with the board.
    #[default]
    Weekly,
    /// Every digest too.
    Always,
}

/// Who is told what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its name, unique in the file; shown in the tail of its letters.
    pub name: String,
    /// The mail addresses, one letter each.
    pub recipients: Vec<String>,
    /// The names of those that stand there with one, by address.
    pub names: BTreeMap<String, String>,
    /// The other ways; never empty where there is no mail address.
    pub notifiers: Vec<Notifier>,
    /// Ids of targets; empty: all.
    pub targets: Vec<Pattern>,
    /// Services; empty: all.
    pub services: Vec<Pattern>,
    /// Terms types; empty: all.
    pub terms_types: Vec<Pattern>,
    /// Languages; `en` also means `en-US`; empty: all. A page whose language nobody stated is of every language.
    pub languages: Vec<Pattern>,
    /// Verdicts; empty: all that are told.
    pub verdicts: Vec<String>,
    /// Grave findings are mailed at once (docs/RULES.md 4.13). Without it they wait for the digest.
    pub at_once: bool,
    /// When the digest comes; None: never.
    pub digest: Option<CronLine>,
    /// When the weekly letter comes; None: never.
    pub weekly: Option<CronLine>,
    /// Which of them come even when nothing happened.
    pub quiet: Quiet,
    /// News of pages that cannot be vouched for stand in its letters. Without them, the tail still names those pages.
    pub troubles: bool,
    /// Letters without an HTML part.
    pub text_only: bool,
}

impl Subscription {
    /// All that get a letter each, as they stand in the outbox: mail addresses, then the other ways.
    #[must_use]
    pub fn receivers(&self) -> Vec<String> {
        let others = self.notifiers.iter().map(|notifier| notifier.receiver(&self.name));
        self.recipients.iter().cloned().chain(others).collect()
    }

    /// Whether it is told of this target.
    #[must_use]
    pub fn wants(&self, target: &Target) -> bool {
        let any = |patterns: &[Pattern], text: &str| patterns.is_empty() || patterns.iter().any(|p| p.matches(text));
        let spoken =
            |language: &str| self.languages.is_empty() || self.languages.iter().any(|one| spoken(one, language));
        any(&self.targets, &target.id)
            && any(&self.services, &target.service)
            && any(&self.terms_types, &target.terms_type)
            && target.language.as_deref().is_none_or(spoken)
    }

    /// Whether anything comes to it by the calendar.
    #[must_use]
    pub fn has_digests(&self) -> bool {
        self.digest.is_some() || self.weekly.is_some()
    }

    /// Whether it is told of findings of this verdict, given by its name, such as `weakened`.
    #[must_use]
    pub fn wants_verdict(&self, verdict: &str) -> bool {
        self.verdicts.is_empty() || self.verdicts.iter().any(|wanted| wanted == verdict)
    }
}

/// A name in which `*` stands for any text; case does not matter.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// The pattern for a text.
    ///
    /// # Errors
    /// A sentence, where the text is too long for a pattern.
    ///
    /// # Examples
    /// ```
    /// use noticewatch::config::Pattern;
    /// let pattern = Pattern::new("Meta*").unwrap();
    /// assert!(pattern.matches("meta (Instagram)"));
    /// assert!(!pattern.matches("Not Meta"));
    /// ```
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = Regex::new(&format!("(?is)^{}$", regex::escape(text).replace(r"\*", ".*")));
        regex.map(|regex| Self { text: text.to_owned(), regex }).map_err(|error| error.to_string())
    }

    /// Whether all of `text` fits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// What applies where no subscription stands: everything, to one mailbox.
pub(crate) fn local(times: &Times) -> Subscription {
    Subscription {
        name: "local".to_owned(),
        recipients: vec!["noticewatch@localhost".to_owned()],
        names: BTreeMap::new(),
        notifiers: Vec::new(),
        targets: Vec::new(),
        services: Vec::new(),
        terms_types: Vec::new(),
        languages: Vec::new(),
        verdicts: Vec::new(),
        at_once: true,
        digest: Some(times.digest.clone()),
        weekly: Some(times.weekly.clone()),
        quiet: Quiet::Weekly,
        troubles: true,
        text_only: false,
    }
}

/// Reads one `[[subscription]]`. With the targets at hand, a pattern that fits none of them is a mistake.
pub(crate) fn read(
    mut fields: Fields<'_>,
    times: Option<&Times>,
    among: Option<&[Target]>,
    allow: &[String],
) -> Subscription {
    let name = fields.required("name", "legal");
    if let Some(given) = name.as_ref().filter(|given| given.value == OPERATOR) {
        let problem = "\"operator\" is the name that letters to the operator go by; with it, they would not come";
        let fix = "give the subscription another name; who is told what only an operator can mend is set by operator = \
                   \"you@example.org\", above all tables";
        fields.mistake(&given.place, problem, fix);
    }
    let (recipients, names) = recipients(&mut fields);
    let notifiers = notifier::read(&mut fields, allow);
    let targets = patterns(&mut fields, "targets", among, |target| &target.id);
    let services = patterns(&mut fields, "services", among, |target| &target.service);
    let terms_types = patterns(&mut fields, "terms_types", among, |target| &target.terms_type);
    let languages = languages(&mut fields, among);
    let verdicts = verdicts(&mut fields);
    let at_once = fields.flag("at_once").unwrap_or(true);
    let own = zone(&mut fields).and_then(|zone| times?.in_zone(&zone));
    let times = own.as_ref().or(times);
    let digest = digest(&mut fields, times);
    let weekly = weekly(&mut fields, times);
    let quiet = quiet(&mut fields);
    let troubles = fields.flag("troubles").unwrap_or(true);
    let text_only = fields.flag("text_only").unwrap_or(false);
    if !at_once && fields.boolean("weekly") == Some(false) && fields.boolean("digest") == Some(false) {
        let fix = "let one of at_once, digest and weekly stand";
        fields.mistake(&fields.place_of("at_once"), "this subscription would never be told anything", fix);
    }
    fields.finish();
    Subscription {
        name: name.map(|given| given.value).unwrap_or_default(),
        recipients,
        names,
        notifiers,
        targets,
        services,
        terms_types,
        languages,
        verdicts,
        at_once,
        digest,
        weekly,
        quiet,
        troubles,
        text_only,
    }
}

fn recipients(fields: &mut Fields<'_>) -> (Vec<String>, BTreeMap<String, String>) {
    let place = fields.place_of("recipients");
    let fix = "write recipients = [\"counsel@example.org\"]";
    if !fields.holds("recipients") && !notifier::stand(fields) {
        fields.mistake(&place, "is missing: nobody would be told", fix);
    }
    let given = fields.texts("recipients");
    if given.is_empty() && fields.empty_list("recipients") {
        fields.mistake(&place, "is empty: nobody would be told", fix);
    }
    let (mut recipients, mut names) = (Vec::<String>::new(), BTreeMap::new());
    for given in given {
        let Some(Party { name, address }) = party::checked(fields, &given) else { continue };
        if recipients.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
            fields.mistake(&given.place, format!("\"{address}\" stands here twice"), "keep one of the two");
        }
        names.extend(name.map(|name| (address.clone(), name)));
        recipients.push(address);
    }
    (recipients, names)
}

fn patterns(
    fields: &mut Fields<'_>,
    key: &'static str,
    among: Option<&[Target]>,
    part: fn(&Target) -> &str,
) -> Vec<Pattern> {
    let given = fields.texts(key);
    let compiled = given.iter().filter_map(|given| {
        let pattern = Pattern::new(&given.value);
        match &pattern {
            Err(wrong) => fields.mistake(&given.place, wrong, "write a name, with * for any text"),
            Ok(pattern) => check_among(fields, given, pattern, among, part),
        }
        pattern.ok()
    });
    compiled.collect()
}

/// A language that no page has is a mistake, unless it is written as one and there are pages whose language nobody stated.
fn languages(fields: &mut Fields<'_>, among: Option<&[Target]>) -> Vec<Pattern> {
    let given = fields.texts("languages");
    let compiled = given.iter().filter_map(|given| {
        let pattern = Pattern::new(&given.value);
        match &pattern {
            Err(wrong) => fields.mistake(&given.place, wrong, "write a language, with * for any text"),
            Ok(pattern) => check_language(fields, given, pattern, among.unwrap_or_default()),
        }
        pattern.ok()
    });
    compiled.collect()
}

fn check_language(fields: &Fields<'_>, given: &GivenValue<String>, pattern: &Pattern, targets: &[Target]) {
    let stated: BTreeSet<&str> = targets.iter().filter_map(|target| target.language.as_deref()).collect();
    let unstated = targets.iter().any(|target| target.language.is_none());
    let tag = matches!(given.value.split('-').next().unwrap_or_default().len(), 2 | 3);
    let fits = stated.iter().any(|language| spoken(pattern, language));
    if targets.is_empty() || fits || unstated && (tag || given.value.contains('*')) {
        return;
    }
    let known: Vec<&str> = stated.into_iter().collect();
    let written = if known.is_empty() { "en".to_owned() } else { known.join("\", \"") };
    let fix = format!("write it as the targets file does: \"{written}\"");
    fields.mistake(&given.place, format!("\"{}\" is the language of no target", given.value), fix);
}

/// Whether a language fits, by its tag or by what stands before the first hyphen of it.
fn spoken(pattern: &Pattern, language: &str) -> bool {
    pattern.matches(language) || pattern.matches(language.split('-').next().unwrap_or_default())
}

fn check_among(
    fields: &Fields<'_>,
    given: &GivenValue<String>,
    pattern: &Pattern,
    among: Option<&[Target]>,
    part: fn(&Target) -> &str,
) {
    let Some(targets) = among.filter(|targets| !targets.iter().any(|target| pattern.matches(part(target)))) else {
        return;
    };
    let known: Vec<&str> = targets.iter().map(part).collect();
    let fix = did_you_mean(&given.value, &known).unwrap_or_else(|| "write it as the targets file does".to_owned());
    fields.mistake(&given.place, format!("\"{}\" fits no target", given.value), fix);
}

fn verdicts(fields: &mut Fields<'_>) -> Vec<String> {
    let given = fields.texts("verdicts");
    for given in given.iter().filter(|given| !VERDICTS.contains(&given.value.as_str())) {
        let fix =
            did_you_mean(&given.value, &VERDICTS).unwrap_or_else(|| format!("write one of {}", VERDICTS.join(", ")));
        fields.mistake(&given.place, format!("\"{}\" is no verdict", given.value), fix);
    }
    given.into_iter().map(|given| given.value).collect()
}

/// `false`, `"daily"`, `"weekly"` or a cron line; also None where it could not be read.
fn digest(fields: &mut Fields<'_>, times: Option<&Times>) -> Option<CronLine> {
    let times = times?;
    match (fields.boolean("digest"), fields.peek("digest")) {
        (Some(false), _) => fields.take("digest").and(None),
        (_, Some("weekly")) => fields.take("digest").map(|_| times.weekly.clone()),
        (Some(true), _) | (_, Some("daily")) => fields.take("digest").map(|_| times.digest.clone()),
        (None, None) if !fields.holds("digest") => {
            fields.take("digest").map_or_else(|| Some(times.digest.clone()), |_| None)
        }
        _ => line(fields, "digest", &times.zone),
    }
}

/// `true`, `false` or a cron line; also None where it could not be read.
fn weekly(fields: &mut Fields<'_>, times: Option<&Times>) -> Option<CronLine> {
    let times = times?;
    match fields.boolean("weekly") {
        Some(stands) => fields.take("weekly").filter(|_| stands).map(|_| times.weekly.clone()),
        None if fields.holds("weekly") => line(fields, "weekly", &times.zone),
        None => fields.take("weekly").map_or_else(|| Some(times.weekly.clone()), |_| None),
    }
}

/// `"never"`, `"weekly"` or `"always"`.
fn quiet(fields: &mut Fields<'_>) -> Quiet {
    let Some(given) = fields.text("quiet") else { return Quiet::default() };
    match given.value.as_str() {
        "never" => Quiet::Never,
        "weekly" => Quiet::Weekly,
        "always" => Quiet::Always,
        other => {
            let words = ["never", "weekly", "always"];
            let usual = || "write \"never\", \"weekly\" or \"always\"".to_owned();
            fields.mistake(
                &given.place,
                format!("\"{other}\" does not say when quiet letters come"),
                did_you_mean(other, &words).unwrap_or_else(usual),
            );
            Quiet::default()
        }
    }
}
