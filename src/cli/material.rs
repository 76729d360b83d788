//! What goes into a letter for one recipient: unsaid findings, news of troubles, the board, what was looked at.
//!
//! Functions of values: who was told what comes in, the material comes out; no store, no clock.

use super::dark::Dark;
use super::record::Record;
use super::survey::{Page, Survey};
use super::timeline;
use crate::config::Subscription;
use crate::digest::{
    Checked, Item, Mark, Material, News, Occasion, Recent, TroubleLine, change_in_short, trouble_in_short,
};
use crate::history::{Finding, Outage, Rank, Told, Trouble, TroubleKind, Unsaid, counts, unsaid};
use crate::target::Target;
use jiff::{SignedDuration, Timestamp};

/// A page counts as checked with a good look in this time (FACTS.md 2, promise 9).
const CHECKED: SignedDuration = SignedDuration::from_hours(24);
/// A trouble that lasts is told again after this time (FACTS.md 2, promise 8).
const AGAIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Late findings younger than this are shown, the worst three of them; the rest is counted (DESIGN.md 4).
const LATE: SignedDuration = SignedDuration::from_hours(30 * 24);
const LATE_SHOWN: usize = 3;
const PROGRAM: &str = concat!("noticewatch ", env!("CARGO_PKG_VERSION"));

/// A letter's material, and every finding that counts as told by it.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// What stands in the letter.
    pub material: Material,
    /// What it tells, counted ones included, and how.
    pub told: Vec<(Finding, Rank)>,
}

/// Gathers one letter for one recipient of a subscription.
#[must_use]
pub fn gather(
    survey: &Survey,
    record: &Record,
    occasion: Occasion,
    subscription: &Subscription,
    at: Timestamp,
) -> Gathered {
    let soon = if occasion == Occasion::AtOnce { Rank::AtOnce } else { Rank::Tail };
    let wanted = |id: &str| survey.page(id).is_some_and(|page| subscription.wants(&page.target));
    let mut open: Vec<Unsaid<'_>> = unsaid(&survey.findings, &record.told, record.watermark);
    let lapsed = |finding: &Finding| record.lapsed.iter().any(|told| counts(told, finding));
    for one in open.iter_mut().filter(|one| lapsed(one.finding)) {
        (one.late, one.rank) = (true, one.rank.min(Rank::Digest));
    }
    let at_once = |one: &Unsaid<'_>| one.rank == Rank::AtOnce;
    open.retain(|one| {
        (one.rank >= soon || lapsed(one.finding))
            && !survey.is_corrected(one.finding)
            && wanted(&one.finding.target)
            && subscription.wants_verdict(&super::read::verdict_name(one.finding.change.verdict))
    });
    // What is late waits for a letter that is written anyway.
    if soon == Rank::AtOnce && !open.iter().any(at_once) {
        open.clear();
    }
    let (counted, open) = late(open, at, lapsed);
    let items = |tail: bool| {
        let chosen = open.iter().filter(|one| (one.rank == Rank::Tail) == tail);
        chosen.filter_map(|one| item(survey, one)).collect::<Vec<_>>()
    };
    let digest = occasion != Occasion::AtOnce;
    let weekly = occasion == Occasion::Weekly;
    let board = if weekly { timeline::board(survey) } else { Vec::new() };
    let material = Material {
        occasion,
        subscription: subscription.name.clone(),
        at,
        since: record.since,
        items: gravest_first(items(false)),
        tail: items(true),
        late_more: counted.len(),
        troubles: if digest { troubles(survey, record, at, subscription) } else { Vec::new() },
        recent: if weekly { recent(survey, record, subscription) } else { Vec::new() },
        recent_since: if weekly { record.week } else { None },
        board: board.into_iter().filter(|row| wanted(&row.target)).collect(),
        checked: checked(survey, record.since, at, subscription),
        notes: Vec::new(),
        reason: None,
        program: PROGRAM.to_owned(),
    };
    let told = open.iter().chain(&counted).map(|one| (one.finding.clone(), one.rank)).collect();
    Gathered { material, told }
}

/// Whether a letter has anything to say beyond what was looked at. What the program says of itself waits for company.
#[must_use]
pub fn is_news(material: &Material) -> bool {
    !(material.items.is_empty() && material.tail.is_empty() && material.troubles.is_empty() && material.late_more == 0)
}

/// What this recipient was told of these pages since the last weekly letter, oldest first.
fn recent(survey: &Survey, record: &Record, subscription: &Subscription) -> Vec<Recent> {
    let page = |id: &str| survey.page(id).filter(|page| subscription.wants(&page.target));
    let this_week = |at: Timestamp| record.week.is_none_or(|week| at > week);
    let line = |page: &Page, at, verdict, words| Recent {
        at,
        label: page.target.label(),
        url: page.target.url.clone(),
        verdict,
        words,
    };
    let changes = record.told.iter().filter(|told| this_week(told.at)).filter_map(|told| {
        let finding = survey.findings.iter().find(|finding| finding.id == told.finding);
        let mut words = finding.map_or_else(|| told_in_short(told), |finding| change_in_short(&finding.change));
        if finding.is_some_and(|finding| survey.is_corrected(finding)) {
            words += " (corrected: a fault of ours)";
        }
        Some(line(page(&told.target)?, told.at, Some(told.verdict), words))
    });
    let troubles = record.troubles.iter().filter(|told| this_week(told.at)).filter_map(|told| {
        if told.trouble.is_empty() {
            let dark = survey.dark.iter().find(|dark| dark.outage.from == told.since)?;
            let words = trouble_in_short(&night_line(dark, told.news));
            return Some(Recent { at: told.at, label: all_of(dark), url: String::new(), verdict: None, words });
        }
        let page = page(&told.trouble)?;
        let trouble = page.followed.troubles.iter().find(|trouble| trouble.since == told.since)?;
        Some(line(page, told.at, None, trouble_in_short(&trouble_line(page, trouble, told.news))))
    });
    let mut all: Vec<Recent> = changes.chain(troubles).collect();
    all.sort_by_key(|recent| recent.at);
    all
}

/// What was told, where today's rules find no such change any more.
fn told_in_short(told: &Told) -> String {
    match (told.before.as_str(), told.after.as_str()) {
        (before, "") => format!("\"{before}\" is gone"),
        (_, after) => format!("now \"{after}\""),
    }
}

/// The three worst late ones of the last thirty days stay with the rest; the other late ones are counted.
/// What stood in a letter that expired is shown, however much that is.
fn late(open: Vec<Unsaid<'_>>, at: Timestamp, lapsed: impl Fn(&Finding) -> bool) -> (Vec<Unsaid<'_>>, Vec<Unsaid<'_>>) {
    let counts = |one: &Unsaid<'_>| one.late && !one.anew && !lapsed(one.finding);
    let (mut late, mut shown): (Vec<_>, Vec<_>) = open.into_iter().partition(counts);
    late.sort_by_key(|one| std::cmp::Reverse((one.finding.change.severity, one.finding.settled)));
    let (recent, mut counted): (Vec<_>, Vec<_>) =
        late.into_iter().partition(|one| at.duration_since(one.finding.settled) <= LATE);
    for (index, one) in recent.into_iter().enumerate() {
        if index < LATE_SHOWN { shown.push(one) } else { counted.push(one) }
    }
    (counted, shown)
}

fn item(survey: &Survey, one: &Unsaid<'_>) -> Option<Item> {
    let page = survey.page(&one.finding.target)?;
    let mark = match (one.anew, one.late) {
        (true, _) => Mark::JudgedAnew,
        (false, true) => Mark::Late,
        (false, false) => Mark::Fresh,
    };
    Some(item_of(survey, page, one.finding, mark))
}

fn item_of(survey: &Survey, page: &Page, finding: &Finding, mark: Mark) -> Item {
    let earlier = survey
        .findings
        .iter()
        .filter(|other| other.target == finding.target && other.settled < finding.settled && other.rank > Rank::Tail);
    let earlier = earlier.filter(|other| !survey.is_corrected(other));
    Item {
        finding: finding.clone(),
        label: page.target.label(),
        url: page.target.url.clone(),
        region: page.target.region.clone(),
        language: page.target.language.clone(),
        mark,
        siblings: siblings(survey, page),
        earlier: earlier
            .map(|finding| {
                let verdict = super::read::verdict_name(finding.change.verdict);
                let reason = finding.change.reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
                (finding.settled, format!("{verdict}{reason}"))
            })
            .collect(),
    }
}

/// A correction of one finding, for one recipient.
#[must_use]
pub fn correction(
    survey: &Survey,
    record: &Record,
    finding: &Finding,
    reason: &str,
    subscription: &Subscription,
    at: Timestamp,
) -> Gathered {
    // A target that is no longer in the list has at least its name.
    let target = Target { id: finding.target.clone(), service: finding.target.clone(), ..Target::default() };
    let gone = Page { target, ..Page::default() };
    let page = survey.page(&finding.target).unwrap_or(&gone);
    let material = Material {
        occasion: Occasion::Correction,
        subscription: subscription.name.clone(),
        at,
        since: record.since,
        items: vec![item_of(survey, page, finding, Mark::Fresh)],
        checked: checked(survey, record.since, at, subscription),
        reason: Some(reason.to_owned()),
        program: PROGRAM.to_owned(),
        ..Material::default()
    };
    Gathered { material, told: Vec::new() }
}

/// What the other pages of the service say today.
fn siblings(survey: &Survey, page: &Page) -> Vec<(String, String)> {
    let others = survey.pages.iter().filter(|other| {
        other.target.service == page.target.service
            && other.target.id != page.target.id
            && other.target.disabled.is_none()
    });
    others
        .flat_map(|other| {
            other.followed.standings.iter().map(|standing| (other.target.label(), standing.passage.quote.clone()))
        })
        .collect()
}

fn gravest_first(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|one, other| {
        let key = |item: &Item| {
            (
                item.finding.rank,
                item.finding.change.severity,
                item.finding.change.verdict == crate::history::Verdict::Removed,
            )
        };
        key(other).cmp(&key(one)).then_with(|| one.finding.settled.cmp(&other.finding.settled))
    });
    items
}

/// News of troubles: what began, what lasts for another week, what ended after it was told.
fn troubles(survey: &Survey, record: &Record, at: Timestamp, subscription: &Subscription) -> Vec<TroubleLine> {
    let mut lines = Vec::new();
    for page in survey.pages.iter().filter(|page| subscription.wants(&page.target)) {
        for trouble in page.followed.troubles.iter().filter(|trouble| survey.dark(trouble).is_none()) {
            if let Some(news) = news(trouble, record, at) {
                lines.push(trouble_line(page, trouble, news));
            }
        }
    }
    lines.extend(nights(survey, record, at, subscription));
    lines
}

/// News of times without network: one line, however many pages they hid.
fn nights(survey: &Survey, record: &Record, at: Timestamp, subscription: &Subscription) -> Vec<TroubleLine> {
    let mine = |dark: &&Dark| {
        let mut hidden = dark.explains.iter().filter_map(|(id, _)| survey.page(id));
        hidden.any(|page| subscription.wants(&page.target))
    };
    let line = |dark: &Dark| Some(night_line(dark, news(&night(dark), record, at)?));
    survey.dark.iter().filter(mine).filter_map(line).collect()
}

/// A time without network as a trouble of its own, which is no target's.
fn night(dark: &Dark) -> Trouble {
    let Outage { from, until, detail, .. } = &dark.outage;
    Trouble {
        target: String::new(),
        kind: TroubleKind::NoNetwork,
        since: *from,
        until: *until,
        detail: format!("nothing could be reached from this machine: {detail}"),
        shown: String::new(),
    }
}

fn night_line(dark: &Dark, news: News) -> TroubleLine {
    TroubleLine { trouble: night(dark), label: all_of(dark), url: String::new(), news }
}

fn all_of(dark: &Dark) -> String {
    format!("All {} pages that were due", dark.outage.targets)
}

fn trouble_line(page: &Page, trouble: &Trouble, news: News) -> TroubleLine {
    TroubleLine { trouble: trouble.clone(), label: page.target.label(), url: page.target.url.clone(), news }
}

/// What there is to tell of one trouble; None: nothing new.
fn news(trouble: &Trouble, record: &Record, at: Timestamp) -> Option<News> {
    let told = record.troubles.iter().filter(|told| told.trouble == trouble.target && told.since == trouble.since);
    let last = told.max_by_key(|told| told.at);
    match (last, trouble.until) {
        (None, None) => Some(News::Begun),
        // Over before it could be told: said once if it was long enough to matter, for no blind day stays unsaid.
        (None, Some(until)) => {
            let recent = record.digest.is_none_or(|digest| until >= digest) && until >= record.watermark;
            let short = matches!(trouble.kind, TroubleKind::OutOfSight | TroubleKind::NoNetwork);
            let weighty = !short || until.duration_since(trouble.since) >= CHECKED;
            (recent && weighty).then_some(News::Ended)
        }
        (Some(told), Some(_)) => (told.news != News::Ended).then_some(News::Ended),
        // What was told as put aside, and turns out to be a wall, is news once more.
        (Some(told), None) if trouble.kind == TroubleKind::Replaced && told.kind != Some(trouble.kind) => {
            Some(News::Begun)
        }
        (Some(told), None) => (at.duration_since(told.at) >= AGAIN).then_some(News::Lasts),
    }
}

fn checked(survey: &Survey, since: Option<Timestamp>, at: Timestamp, subscription: &Subscription) -> Checked {
    let mine = || survey.pages.iter().filter(|page| subscription.wants(&page.target));
    let watched: Vec<&Page> = mine().filter(|page| page.target.disabled.is_none()).collect();
    let good = |page: &&&Page| page.followed.last_good.is_some_and(|last| at.duration_since(last) <= CHECKED);
    Checked {
        good: watched.iter().filter(good).count(),
        of: watched.len(),
        unseen: unseen(survey, watched.iter().copied().filter(|page| !good(&page))),
        not_readable: mine().filter_map(|page| Some((page.target.label(), page.target.disabled.clone()?))).collect(),
        outside: watched
            .iter()
            .filter(|page| page.followed.outside.iter().any(|outside| since.is_none_or(|since| outside.at > since)))
            .map(|page| page.target.label())
            .collect(),
    }
}

/// The pages that were not seen; those that one time without network hides are one line.
fn unseen<'a>(survey: &Survey, pages: impl Iterator<Item = &'a Page>) -> Vec<(String, Option<Timestamp>, String)> {
    let open = |page: &Page| page.followed.troubles.iter().rev().find(|trouble| trouble.until.is_none()).cloned();
    let mut hidden: Vec<(&Dark, usize)> = Vec::new();
    let mut lines = Vec::new();
    for page in pages {
        match open(page).and_then(|trouble| survey.dark(&trouble)).filter(|_| page.paused.is_none()) {
            None => lines.push((page.target.label(), page.followed.last_good, reason(page))),
            Some(dark) => match hidden.iter_mut().find(|(known, _)| *known == dark) {
                Some((_, count)) => *count += 1,
                None => hidden.push((dark, 1)),
            },
        }
    }
    lines.extend(hidden.into_iter().map(|(dark, count)| {
        let pages = if count == 1 { "1 page".to_owned() } else { format!("{count} pages") };
        (pages, Some(dark.outage.from), format!("no network: {}", dark.outage.detail))
    }));
    lines
}

/// Why a page could not be checked.
fn reason(page: &Page) -> String {
    let followed = &page.followed;
    if let Some(paused) = &page.paused {
        return format!("paused by the operator since {}: {}", super::paint::utc(paused.since), paused.reason);
    }
    if let Some(trouble) = followed.troubles.iter().rev().find(|trouble| trouble.until.is_none()) {
        return trouble.detail.clone();
    }
    match (&followed.missed, followed.last_look) {
        (Some(missed), _) => missed.detail.clone(),
        (None, Some(_)) => "not looked at in this time".to_owned(),
        (None, None) => "not looked at yet".to_owned(),
    }
}
