//! What an entry of the targets file could say of a page that was fetched once: service, kind of terms, language, how
//! often, and whether it needs a browser. A proposal only: the operator has the last word on each.
//!
//! Functions of values; no network, no file.

use noticewatch_core::capture::Capture;
use noticewatch_core::document::Symptom;
use noticewatch_core::extract::{Class, Reading};
use noticewatch_core::promise::Slot;
use noticewatch_core::target::{Expect, Target};
use url::Url;

/// Words of titles, headings and addresses, and the kind of terms that they speak of; the first that fits counts.
const KINDS: [(&str, &[&str]); 11] = [
    (
        "Law Enforcement Guidelines",
        &["law enforcement", "legal process", "legal request", "government request", "user data request", "subpoena"],
    ),
    ("Transparency Report", &["transparency report", "transparency center", "transparency"]),
    ("Data Processor Agreement", &["data processing", "data processor", "subprocessor"]),
    ("Trackers Policy", &["cookie", "tracker"]),
    ("Copyright Claims Policy", &["copyright", "dmca"]),
    ("Community Guidelines", &["community guidelines", "community standards"]),
    ("Acceptable Use Policy", &["acceptable use", "usage polic"]),
    ("Human Rights Policy", &["human rights"]),
    ("Privacy Policy", &["privacy"]),
    ("Developer Terms", &["developer"]),
    ("Terms of Service", &["terms", "conditions", "user agreement"]),
];

/// A page that holds no promise yet is looked at once a day; one that does, by the schedule of all.
const QUIET: &str = "@daily";

/// What the operator said of the page; what is None is proposed.
#[derive(Clone, Debug, Default)]
pub struct GivenFacts {
    /// The target's id.
    pub id: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// One of Open Terms Archive's names.
    pub terms_type: Option<String>,
    /// Whom the page speaks to.
    pub region: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// A cron line.
    pub schedule: Option<String>,
    /// Why it is watched.
    pub why: Option<String>,
}

/// The entry for a page, by what it says and by the targets that are watched already.
#[must_use]
pub fn propose(capture: &Capture, reading: &Reading, given: GivenFacts, known: &[Target]) -> Target {
    let url = Url::parse(&capture.url).ok();
    let terms_type = given.terms_type.unwrap_or_else(|| kind(capture, reading));
    let service = given.service.unwrap_or_else(|| service(url.as_ref(), reading, known));
    let id = given.id.unwrap_or_else(|| id(&service, &terms_type, known));
    let found: Vec<_> = reading.passages.iter().filter(|passage| passage.class == Class::UserNotice).collect();
    let refuses = found.iter().any(|passage| passage.commitment.value(Slot::Strength) == Some("refusal"));
    let expect = match (found.is_empty(), refuses) {
        (true, _) => Expect::Silence,
        (false, true) => Expect::Refusal,
        (false, false) => Expect::Promise,
    };
    Target {
        id,
        service,
        terms_type,
        url: capture.url.clone(),
        region: given.region,
        language: given.language.or_else(|| reading.language.clone()),
        schedule: given.schedule.or_else(|| found.is_empty().then(|| QUIET.to_owned())),
        expect,
        why: given.why.unwrap_or_default(),
        ..Target::default()
    }
}

/// Whether the text is put there by a script.
#[must_use]
pub fn needs_browser(reading: &Reading) -> bool {
    reading.signs.iter().any(|sign| matches!(sign, Symptom::Shell))
}

/// The kind of terms, by title and address first, then by the headings.
fn kind(capture: &Capture, reading: &Reading) -> String {
    let spaced = |text: &str| text.to_lowercase().replace(['-', '_', '/', '.'], " ");
    let title = spaced(reading.title.as_deref().unwrap_or_default());
    let address = Url::parse(&capture.final_url).map(|url| spaced(url.path())).unwrap_or_default();
    let first = reading.headings.first().map(|heading| spaced(heading)).unwrap_or_default();
    let places = [title, first, address];
    let found =
        KINDS.iter().find(|(_, words)| words.iter().any(|word| places.iter().any(|place| place.contains(word))));
    found.map_or_else(|| "Terms of Service".to_owned(), |(kind, _)| (*kind).to_owned())
}

/// The service: as targets of the same site call it, else the title's own part, else the site's name.
fn service(url: Option<&Url>, reading: &Reading, known: &[Target]) -> String {
    let host = url.and_then(Url::host_str).unwrap_or_default();
    let same = |target: &&Target| {
        Url::parse(&target.url).is_ok_and(|other| other.host_str().is_some_and(|other| site(other) == site(host)))
            && Url::parse(&target.url).ok().and_then(|other| other.port()) == url.and_then(Url::port)
    };
    if let Some(target) = known.iter().find(same) {
        return target.service.clone();
    }
    let name = site(host).split('.').next().unwrap_or(host).to_owned();
    let title = reading.title.as_deref().unwrap_or_default();
    let parts = title.split(['|', '\u{2013}', '\u{2014}', '\u{b7}', '\u{2022}', ':']).map(str::trim);
    let own = parts.filter(|part| !part.is_empty() && part.chars().count() <= 30);
    let speaks =
        |part: &&str| KINDS.iter().all(|(_, words)| words.iter().all(|word| !part.to_lowercase().contains(word)));
    let plain = |part: &str| part.to_lowercase().replace([' ', '.'], "");
    let mut own: Vec<&str> = own.filter(speaks).collect();
    own.sort_by_key(|part| !plain(part).contains(&name) && !name.contains(&plain(part)));
    match own.first() {
        Some(part) if title.contains(['|', '\u{2013}', '\u{2014}', '\u{b7}', '\u{2022}', ':']) => (*part).to_owned(),
        _ => capital(&name),
    }
}

/// The last two labels of a host: who runs it, near enough for a proposal.
fn site(host: &str) -> String {
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return host.to_owned();
    }
    let labels: Vec<&str> = host.split('.').collect();
    labels[labels.len().saturating_sub(2)..].join(".")
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// A slug that no target has: `exampleton-law`, `exampleton-law-2`.
fn id(service: &str, terms_type: &str, known: &[Target]) -> String {
    let kind = match terms_type {
        "Law Enforcement Guidelines" => "law".to_owned(),
        "Privacy Policy" => "privacy".to_owned(),
        "Terms of Service" => "terms".to_owned(),
        other => other.to_owned(),
    };
    let slug = format!("{service} {kind}").to_lowercase();
    let slug: Vec<&str> =
        slug.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let slug: String = slug.join("-").chars().take(60).collect();
    let slug = slug.trim_end_matches('-');
    let free = |id: &String| known.iter().all(|target| target.id != *id);
    let numbered = (2..).map(|number| format!("{slug}-{number}"));
    std::iter::once(slug.to_owned()).chain(numbered).find(free).unwrap_or_default()
}
