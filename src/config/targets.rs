//! `targets.toml`: what to watch. It holds no secret and no fact about the machine.
//!
//! Whether a page answers is not known here; only whether its definition can be used.

use super::fields::{Fields, GivenValue, KeyPlace, TomlSource, did_you_mean};
use noticewatch_core::address::{Allowed, check_url};
use noticewatch_core::schedule::CronLine;
use noticewatch_core::target::{Expect, Target};
use std::collections::BTreeMap;
use url::Url;

/// Names of Open Terms Archive's terms types that such pages have. Another name is free to use, but not one that is
/// a slip of the pen away from these.
const TERMS_TYPES: [&str; 16] = [
    "Acceptable Use Policy",
    "Business Privacy Policy",
    "Commercial Terms",
    "Community Guidelines",
    "Copyright Claims Policy",
    "Data Processor Agreement",
    "Developer Terms",
    "Editorial Principles",
    "Government Requests",
    "Human Rights Policy",
    "Imprint",
    "Law Enforcement Guidelines",
    "Privacy Policy",
    "Terms of Service",
    "Trackers Policy",
    "Transparency Report",
];

/// The longest id, so that a line of the board stays a line.
const LONGEST_ID: usize = 64;

/// What stands before the targets, for all of them or for those of one service.
#[derive(Default)]
struct Shared {
    region: Option<String>,
    language: Option<String>,
    schedule: Option<String>,
    aliases: Vec<Vec<String>>,
}

/// A target, and the places that later checks speak of. Where a part was a mistake it is empty, and never handed out.
struct ReadTarget {
    target: Target,
    id: Option<KeyPlace>,
    url: Option<KeyPlace>,
    same_as: Option<KeyPlace>,
}

/// Reads the file. `allow` holds the `host:port` pairs of the settings; None: which addresses may be asked is not judged.
pub(crate) fn read(name: &str, text: &str, allow: Option<&[String]>) -> Result<Vec<Target>, super::report::Report> {
    let source = TomlSource::new(name, text);
    let Some(table) = source.parse() else { return source.finish(None) };
    let mut root = Fields::new(&source, table.get_ref(), KeyPlace { key: String::new(), span: 0..0 });
    let defaults = root.table("defaults").map(shared).unwrap_or_default();
    let services: BTreeMap<String, (KeyPlace, Shared)> = root
        .named_tables("service")
        .into_iter()
        .map(|(given, fields)| (given.value, (given.place, shared(fields))))
        .collect();
    let allow = allow.map(allowed);
    let tables = root.tables("target", "id").into_iter();
    let found: Vec<ReadTarget> = tables.map(|fields| target(fields, &defaults, &services, allow.as_ref())).collect();
    if !root.holds("target") {
        root.mistake(
            &root.place_of("target"),
            "no target stands here",
            "add a [[target]] with id, service, terms_type and url",
        );
    }
    root.finish();
    check_services(&source, &services, &found);
    check_ids(&source, &found);
    check_urls(&source, &found);
    source.finish(Some(found.into_iter().map(|read| read.target).collect()))
}

/// The pairs that can be read; one that cannot be is reported where it stands, in the settings.
fn allowed(pairs: &[String]) -> Allowed {
    let readable = pairs.iter().map(String::as_str).filter(|pair| Allowed::parse([*pair]).is_ok());
    Allowed::parse(readable).unwrap_or_default()
}

fn shared(mut fields: Fields<'_>) -> Shared {
    let shared = Shared {
        region: fields.text("region").map(|given| given.value),
        language: language(&mut fields),
        schedule: schedule(&mut fields),
        aliases: fields.groups("aliases"),
    };
    fields.finish();
    shared
}

fn target(
    mut fields: Fields<'_>,
    defaults: &Shared,
    services: &BTreeMap<String, (KeyPlace, Shared)>,
    allow: Option<&Allowed>,
) -> ReadTarget {
    let id = id(&mut fields);
    let service = fields.required("service", "Exampleton");
    let terms_type = terms_type(&mut fields);
    let (url, follow) = place(&mut fields, allow);
    let expect = [("promise", Expect::Promise), ("refusal", Expect::Refusal), ("silence", Expect::Silence)];
    let group = service.as_ref().and_then(|service| services.get(&service.value)).map(|(_, shared)| shared);
    let inherit =
        |of: fn(&Shared) -> &Option<String>| group.and_then(|group| of(group).clone()).or_else(|| of(defaults).clone());
    let mut aliases = fields.groups("aliases");
    aliases.extend(group.into_iter().chain([defaults]).flat_map(|shared| shared.aliases.clone()));
    let same_as = fields.text("same_as");
    let mut target = Target {
        region: fields.text("region").map(|given| given.value).or_else(|| inherit(|shared| &shared.region)),
        language: language(&mut fields).or_else(|| inherit(|shared| &shared.language)),
        schedule: schedule(&mut fields).or_else(|| inherit(|shared| &shared.schedule)),
        expect: fields.choice("expect", &expect).unwrap_or_default(),
        aliases,
        select: select(&mut fields),
        must_contain: fields.texts("must_contain").into_iter().map(|given| given.value).collect(),
        min_words: fields.number("min_words", 1..=1_000_000),
        follow,
        same_as: same_as.as_ref().map(|given| given.value.clone()),
        why: fields.text("why").map(|given| given.value).unwrap_or_default(),
        render: fields.flag("render").unwrap_or_default(),
        ignore_robots: reason(&mut fields, "ignore_robots", IGNORE_ROBOTS),
        disabled: reason(&mut fields, "disabled", DISABLED),
        ..Target::default()
    };
    let remove = fields.texts("remove");
    target.remove = selectors(&fields, remove);
    fields.finish();
    target.service = value(service.as_ref());
    target.terms_type = terms_type.unwrap_or_default();
    target.id = value(id.as_ref());
    target.url = value(url.as_ref());
    let place = |given: Option<GivenValue<String>>| given.map(|given| given.place);
    ReadTarget { target, id: place(id), url: place(url), same_as: place(same_as) }
}

fn value(given: Option<&GivenValue<String>>) -> String {
    given.map(|given| given.value.clone()).unwrap_or_default()
}

fn select(fields: &mut Fields<'_>) -> Option<String> {
    let given = fields.text("select").into_iter().collect();
    selectors(fields, given).pop()
}

/// A slug: small letters, digits and single hyphens.
fn id(fields: &mut Fields<'_>) -> Option<GivenValue<String>> {
    let given = fields.required("id", "exampleton-law")?;
    let slug = given
        .value
        .split('-')
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    if slug && given.value.len() <= LONGEST_ID {
        return Some(given);
    }
    let fix = format!("write small letters, digits and single hyphens, at most {LONGEST_ID}: \"exampleton-law\"");
    fields.mistake(&given.place, format!("\"{}\" is no slug", given.value), fix);
    None
}

fn terms_type(fields: &mut Fields<'_>) -> Option<String> {
    let given = fields.required("terms_type", "Law Enforcement Guidelines")?;
    if TERMS_TYPES.contains(&given.value.as_str()) {
        return Some(given.value);
    }
    let near = TERMS_TYPES
        .into_iter()
        .map(|known| {
            (strsim::normalized_damerau_levenshtein(&known.to_lowercase(), &given.value.to_lowercase()), known)
        })
        .filter(|(likeness, _)| *likeness >= 0.85)
        .max_by(|left, right| left.0.total_cmp(&right.0));
    if let Some((_, known)) = near {
        let problem = format!("\"{}\" looks like a slip of the pen", given.value);
        fields.mistake(&given.place, problem, format!("did you mean \"{known}\"?"));
    }
    Some(given.value)
}

/// The address that is fetched, and the link on it that is followed: `url`, or the two keys of `follow`.
fn place(fields: &mut Fields<'_>, allow: Option<&Allowed>) -> (Option<GivenValue<String>>, Option<String>) {
    if !fields.holds("follow") {
        return (url(fields, "url", allow), None);
    }
    let Some(mut follow) = fields.table("follow") else { return (None, None) };
    if fields.take("url").is_some() {
        let fix = "keep url for a page that is read itself, follow for one whose link is";
        fields.mistake(&fields.place_of("url"), "stands beside follow", fix);
    }
    let page = url(&mut follow, "page", allow);
    let link = follow.required("link", "Law Enforcement Guide").filter(|given| {
        let empty = given.value.chars().all(|letter| letter == '*' || letter.is_whitespace());
        if empty {
            let fix = "write words of the link or a part of its address, with * for what changes";
            follow.mistake(&given.place, format!("\"{}\" matches every link", given.value), fix);
        }
        !empty
    });
    follow.finish();
    (page, link.map(|given| given.value))
}

fn url(fields: &mut Fields<'_>, key: &'static str, allow: Option<&Allowed>) -> Option<GivenValue<String>> {
    let given = fields.required(key, "https://exampleton.example/legal/requests")?;
    let parsed = match Url::parse(&given.value) {
        Ok(parsed) => parsed,
        Err(error) => {
            let problem = format!("\"{}\" is no address: {error}", given.value);
            fields.mistake(&given.place, problem, "write it whole, beginning with https://");
            return None;
        }
    };
    let host_and_port = parsed.host_str().zip(parsed.port_or_known_default());
    let own = host_and_port.map(|(host, port)| format!("{host}:{port}"));
    // Without settings every host counts as allowed, so that only scheme and user name are judged.
    let judged = match allow {
        Some(allow) => check_url(&parsed, allow),
        None => check_url(&parsed, &allowed(own.as_slice())),
    };
    if let Err(refused) = judged {
        let fix = match own {
            Some(own) if matches!(parsed.scheme(), "http" | "https") && parsed.username().is_empty() => {
                format!("watch a public page, or add \"{own}\" to allow under [fetch] of noticewatch.toml")
            }
            _ => "write the address of a public page, beginning with https://".to_owned(),
        };
        fields.mistake(&given.place, refused.to_string(), fix);
        return None;
    }
    Some(given)
}

/// A BCP 47 tag, as far as its shape goes: `en`, `pt-BR`, `zh-Hant`.
fn language(fields: &mut Fields<'_>) -> Option<String> {
    let given = fields.text("language")?;
    let mut parts = given.value.split('-');
    let primary =
        parts.next().is_some_and(|tag| matches!(tag.len(), 2 | 3) && tag.chars().all(|c| c.is_ascii_lowercase()));
    let rest = parts.all(|tag| matches!(tag.len(), 2..=8) && tag.chars().all(|c| c.is_ascii_alphanumeric()));
    if primary && rest {
        return Some(given.value);
    }
    let problem = format!("\"{}\" is no language tag", given.value);
    fields.mistake(&given.place, problem, "write a BCP 47 tag such as \"en\" or \"en-US\"");
    None
}

/// A cron line; its time zone is that of the settings, so that only its fields are judged here.
fn schedule(fields: &mut Fields<'_>) -> Option<String> {
    let given = fields.text("schedule")?;
    if let Err(wrong) = CronLine::parse(&given.value, "UTC") {
        fields.mistake(&given.place, wrong, "write one such as \"0 */6 * * *\" or @daily");
        return None;
    }
    Some(given.value)
}

fn selectors(fields: &Fields<'_>, given: Vec<GivenValue<String>>) -> Vec<String> {
    let valid = given.into_iter().filter(|given| {
        let valid = scraper::Selector::parse(&given.value).is_ok();
        if !valid {
            let problem = format!("\"{}\" is no CSS selector", given.value);
            fields.mistake(&given.place, problem, "write one such as \"main article\"");
        }
        valid
    });
    valid.map(|given| given.value).collect()
}

/// The fixes for a reason that is not given.
const DISABLED: &str = "write disabled = \"needs a browser\", or leave it out to watch the page";
const IGNORE_ROBOTS: &str =
    "write ignore_robots = \"the operator agreed by mail\", or leave it out to respect robots.txt";

/// A reason in words: `true` is none.
fn reason(fields: &mut Fields<'_>, key: &'static str, fix: &str) -> Option<String> {
    if fields.boolean(key).is_none() {
        return fields.text(key).map(|given| given.value);
    }
    fields.take(key);
    fields.mistake(&fields.place_of(key), "needs a reason", fix);
    None
}

/// A table `[service.NAME]` must speak of a service that has a target.
fn check_services(source: &TomlSource<'_>, services: &BTreeMap<String, (KeyPlace, Shared)>, found: &[ReadTarget]) {
    let known: Vec<&str> = found.iter().map(|read| read.target.service.as_str()).collect();
    for (name, (place, _)) in services.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        let fix = did_you_mean(name, &known).unwrap_or_else(|| "write the service as its targets do".to_owned());
        source.mistake(place, format!("no target is of the service \"{name}\""), Some(fix));
    }
}

/// Ids are unique, and `same_as` names another target.
fn check_ids(source: &TomlSource<'_>, found: &[ReadTarget]) {
    let ids: Vec<&str> = found.iter().map(|read| read.target.id.as_str()).collect();
    for (index, read) in found.iter().enumerate() {
        let id = &read.target.id;
        let first = found[..index].iter().filter(|earlier| earlier.target.id == *id).find_map(|read| read.id.as_ref());
        if let Some((place, first)) = read.id.as_ref().zip(first) {
            let problem = format!("\"{id}\" is the id of another target, on line {}", source.line(first));
            source.mistake(place, problem, Some("give each target an id of its own".to_owned()));
        }
        let Some((other, place)) = read.target.same_as.as_ref().zip(read.same_as.as_ref()) else { continue };
        if other == id || !ids.contains(&other.as_str()) {
            let others: Vec<&str> = ids.iter().copied().filter(|known| known != id).collect();
            let fix =
                did_you_mean(other, &others).unwrap_or_else(|| "write the id of the target it mirrors".to_owned());
            source.mistake(place, format!("\"{other}\" is no other target's id"), Some(fix));
        }
    }
}

/// One page in one language is one target.
fn check_urls(source: &TomlSource<'_>, found: &[ReadTarget]) {
    for (index, read) in found.iter().enumerate() {
        let Target { url, language, follow, .. } = &read.target;
        let same = |earlier: &&ReadTarget| {
            earlier.target.url == *url && earlier.target.language == *language && earlier.target.follow == *follow
        };
        let first = found[..index].iter().find(same).and_then(|earlier| earlier.url.as_ref());
        if let Some((place, first)) = read.url.as_ref().zip(first) {
            let problem = format!("is the page of another target, on line {}", source.line(first));
            source.mistake(place, problem, Some("keep one of the two".to_owned()));
        }
    }
}
