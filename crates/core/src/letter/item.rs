//! One finding as a reader needs it: what moved, both wordings, when, how sure, and how to prove it.
//!
//! Sentences and quotes only; how they look in text or HTML is not known here.

use super::changes::{points, why};
use super::evidence::{argument, commands, hashes};
use super::phrases::capital;
use super::quote::{Piece, Wording};
use super::types::{Item, ItemMark, Material, Occasion};
use super::{dates, phrases, quote, sanitize, subject};
use crate::compare::{Change, Direction, Verdict};
use crate::extract::Passage;
use crate::history::Finding;
use jiff::{SignedDuration, Timestamp};

/// For so long at the least looks did not show what counts as gone.
const ABSENCE: SignedDuration = SignedDuration::from_hours(26);
/// Sentences of the same edit that are shown.
const MOST_BESIDE: usize = 6;
/// Other pages of the service and earlier changes that are shown; of more, their number.
pub const MOST: usize = 8;

/// A wording under the time at which it was seen.
pub struct ShownWording {
    pub title: String,
    pub seen: String,
    pub heading: String,
    pub wording: Wording,
}

/// A finding in full.
pub struct ItemView {
    pub title: String,
    pub url: String,
    pub whom: String,
    pub tone: &'static str,
    pub verdict: String,
    pub severity: String,
    pub meaning: String,
    pub points: Vec<String>,
    pub before: Option<ShownWording>,
    pub after: Option<ShownWording>,
    pub lang: Option<String>,
    pub rtl: bool,
    pub when: Vec<String>,
    pub siblings: Vec<(String, String)>,
    pub sure: Vec<String>,
    pub why: Vec<String>,
    pub beside: Vec<Vec<Piece>>,
    pub beside_more: Option<String>,
    pub earlier: Vec<String>,
    pub commands: Vec<(String, String)>,
    pub hashes: Vec<(String, String)>,
    pub witness: Option<String>,
}

/// The finding in full, as of the letter's time.
pub fn view(item: &Item, material: &Material) -> ItemView {
    let finding = &item.finding;
    let change = &finding.change;
    let (before, after) = quote::both(change, quote::MOST);
    let shortened = [&before, &after].into_iter().flatten().any(|wording| wording.shortened);
    let title = if change.verdict == Verdict::Restored { "Reported as changed before" } else { "Before" };
    let [last, first] = finding.between.map(phrases::time);
    let points = points(change);
    ItemView {
        title: sanitize::short_words(&item.label, 60),
        url: sanitize::line(&item.url),
        whom: whom(item),
        tone: tone(finding),
        verdict: capital(phrases::headline(change.verdict)),
        severity: phrases::severity(change.severity).to_owned(),
        meaning: meaning(finding, material.at),
        rtl: change.after.as_ref().or(change.before.as_ref()).is_some_and(|passage| sanitize::is_rtl(&passage.quote)),
        before: shown(before, change.before.as_ref(), title, format!("last seen {last}")),
        after: shown(after, change.after.as_ref(), "Now", format!("first seen {first}"))
            .map(|now| under_same_heading(now, change)),
        lang: item.language.as_deref().filter(|tag| is_tag(tag)).map(str::to_owned),
        when: answered(item).into_iter().chain(dates::when(finding, item.stood_since, material.at)).collect(),
        siblings: siblings(&item.siblings),
        why: why(&change.reasons, &points),
        points,
        sure: sure(item, material, shortened),
        beside: item.beside.iter().take(MOST_BESIDE).map(|beside| quote::inline(&beside.diff)).collect(),
        beside_more: (item.beside.len() > MOST_BESIDE).then(|| {
            let more = phrases::count(item.beside.len() - MOST_BESIDE, "more such sentence", "more such sentences");
            format!("And {more}; the last command under Evidence shows the whole page.")
        }),
        earlier: earlier(item),
        commands: commands(item, shortened || item.beside.len() > MOST_BESIDE),
        hashes: hashes(finding),
        witness: public(stands_at(item))
            .then(|| format!("https://web.archive.org/save/{}", sanitize::line(stands_at(item)))),
    }
}

/// The address at which the text stands now.
fn stands_at(item: &Item) -> &str {
    item.answered.as_ref().map_or(&item.url, |[_, now]| now)
}

/// Which addresses the text came from, where that is not the one above.
fn answered(item: &Item) -> Option<String> {
    let [before, now] = item.answered.as_ref()?.each_ref().map(|address| sanitize::line(address));
    Some(if before == now {
        format!("The text stands at {now}, where the page above leads.")
    } else {
        format!("The old text stood at {before}, the new one stands at {now}: the page above leads there now.")
    })
}

fn meaning(finding: &Finding, at: Timestamp) -> String {
    let meaning = phrases::meaning(&finding.change);
    match dates::ahead(finding, at) {
        Some(day) => format!("{meaning} Not yet in force: by the page's own words it holds from {day}."),
        None => meaning.to_owned(),
    }
}

/// Label and quote; the quote is empty where the page is seen and promises nothing.
fn siblings(all: &[(String, String)]) -> Vec<(String, String)> {
    let mut shown: Vec<(String, String)> =
        all.iter().take(MOST).map(|(label, quote)| (sanitize::line(label), sanitize::cut(quote, 600))).collect();
    if all.len() > MOST {
        let more = format!("And {} more; all of them: noticewatch board", all.len() - MOST);
        shown.push((more, String::new()));
    }
    shown
}

/// Earlier changes of the page, the latest ones where there are many.
fn earlier(item: &Item) -> Vec<String> {
    let hidden = item.earlier.len().saturating_sub(MOST);
    let more = (hidden > 0).then(|| {
        let more = phrases::count(hidden, "earlier change", "earlier changes");
        format!("{more} before these; all of them: noticewatch history {}", argument(&item.finding.target))
    });
    let line = |(at, what): &(Timestamp, String)| format!("{}: {}", phrases::time(*at), sanitize::cut(what, 300));
    more.into_iter().chain(item.earlier[hidden..].iter().map(line)).collect()
}

/// Whether an address is one that a letter may link to.
pub fn web(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether the Internet Archive can reach it: a name, not a number or this machine.
fn public(url: &str) -> bool {
    let host = url.split("//").nth(1).unwrap_or_default();
    web(url) && !host.starts_with(|c: char| c.is_ascii_digit() || c == '[') && !host.starts_with("localhost")
}

/// Both wordings in short, as far as there are two: what was left out is left out where nothing changed.
pub fn in_short(finding: &Finding, most: usize) -> Vec<ShownWording> {
    let (before, after) = quote::both(&finding.change, most);
    let shown = |wording: Option<Wording>, title: &str| {
        wording.map(|wording| ShownWording {
            title: title.to_owned(),
            seen: String::new(),
            heading: String::new(),
            wording,
        })
    };
    shown(before, "Before").into_iter().chain(shown(after, "Now")).collect()
}

fn shown(wording: Option<Wording>, passage: Option<&Passage>, title: &str, seen: String) -> Option<ShownWording> {
    let heading = passage.map(|passage| sanitize::cut(&passage.heading.join(" > "), 200)).unwrap_or_default();
    wording.map(|wording| ShownWording { title: title.to_owned(), seen, heading, wording })
}

/// A heading that both wordings stand under is told once.
fn under_same_heading(mut now: ShownWording, change: &Change) -> ShownWording {
    if change.before.as_ref().zip(change.after.as_ref()).is_some_and(|(before, after)| before.heading == after.heading)
    {
        now.heading.clear();
    }
    now
}

pub fn whom(item: &Item) -> String {
    let region = item
        .region
        .as_deref()
        .map_or("region not stated".to_owned(), |region| format!("for users in: {}", sanitize::cut(region, 60)));
    let language = item
        .language
        .as_deref()
        .map_or("language not stated".to_owned(), |tag| sanitize::cut(&phrases::language(tag), 40));
    let (service, terms) = (sanitize::cut(&item.finding.service, 60), sanitize::cut(&item.finding.terms_type, 80));
    format!("{service} · {terms} · {region} · {language}")
}

fn tone(finding: &Finding) -> &'static str {
    match (finding.change.verdict, finding.change.dominant) {
        (Verdict::Weakened | Verdict::Removed, _) | (Verdict::Mixed, Some(Direction::Minus)) => "less",
        (Verdict::Strengthened | Verdict::Added | Verdict::Mixed, _) => "more",
        _ => "other",
    }
}

fn sure(item: &Item, material: &Material, shortened: bool) -> Vec<String> {
    let (finding, change) = (&item.finding, &item.finding.change);
    let accepted = finding.accepted.as_ref();
    let mut lines = vec![match (accepted, &change.after) {
        (Some(accepted), _) => sanitize::cut(&accepted.sentence(&phrases::time(finding.settled)), 400),
        (None, Some(_)) => {
            format!("Settled {}, when an independent look showed the new text again.", phrases::time(finding.settled))
        }
        // A page that shows it again and again, or that was replaced, settles otherwise: the reasons say how.
        (None, None) if finding.settled.duration_since(finding.between[1]) < ABSENCE => {
            format!("Settled {}; how, stands below.", phrases::time(finding.settled))
        }
        (None, None) => format!(
            "Settled {}, after looks over at least 26 hours that did not show it.",
            phrases::time(finding.settled)
        ),
    }];
    if finding.rewritten {
        lines.push("The page as a whole was rewritten: read the words around it too.".to_owned());
    }
    if change.verdict == Verdict::NeedsHuman {
        lines.push(
            "Our rules could not judge the direction. The words above are exact, the verdict is yours.".to_owned(),
        );
    }
    lines.extend(match item.mark {
        ItemMark::Fresh => None,
        ItemMark::Late => Some("Told late: it settled before this subscription or the present rules began, or an earlier letter about it could not be delivered.".to_owned()),
        ItemMark::JudgedAnew => Some("Judged anew: it was told before with less weight, and today's rules rank it higher. The page has not changed again.".to_owned()),
    });
    lines.extend(finding.siblings.iter().map(|sibling| sanitize::cut(sibling, 400)));
    if let Some(id) = &finding.restores {
        lines.push(format!("It takes back the finding {}.", sanitize::cut(id, 80)));
    }
    let others = material
        .items
        .iter()
        .filter(|other| other.finding.target == finding.target && other.finding.id != finding.id)
        .count();
    if others > 0 {
        lines.push(format!(
            "This letter tells of {} of the same page.",
            phrases::count(others, "other change", "other changes")
        ));
    }
    if shortened {
        lines.push(
            "The wording is long: parts are left out at […]. The last command under Evidence shows all of it."
                .to_owned(),
        );
    }
    if item.siblings.is_empty() && finding.siblings.is_empty() {
        lines.push("No other page of the service is in the list, so none was looked at.".to_owned());
    }
    lines.push("Seen from one place, in one language, logged out; other regions may be served other words.".to_owned());
    lines
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.len() <= 35 && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The subject's form of a finding, for the list of contents.
pub fn contents_line(item: &Item, at: Timestamp) -> String {
    subject::finding(item, Occasion::Digest, at, 140)
}
