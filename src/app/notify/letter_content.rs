//! What goes into a letter for one recipient: unsaid findings, news of troubles, the board, what was looked at.
//!
//! Functions of values: who was told what comes in, the material comes out; no store, no clock.

use super::board;
use super::coverage::checked;
use super::earlier_changes::{arrived, earlier, stood_since};
use super::notification_log::NotificationLog;
use super::troubles::{recent, troubles};
use crate::app::analysis::types::{TargetState, WatchState};
use crate::config::Subscription;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::compare::Rank;
use noticewatch_core::extract::Class;
use noticewatch_core::history::{Finding, Unsaid, counts, unsaid};
use noticewatch_core::letter::{Item, ItemMark, Material, Occasion};
use noticewatch_core::target::Target;

/// Late findings younger than this are shown, the worst three of them; the rest is counted (docs/RULES.md 8.3).
const LATE: SignedDuration = SignedDuration::from_hours(30 * 24);
const LATE_SHOWN: usize = 3;
const PROGRAM: &str = concat!("noticewatch ", env!("CARGO_PKG_VERSION"));

/// A letter's material, and every finding that counts as told by it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What stands in the letter.
    pub material: Material,
    /// What it tells, counted ones included, and how.
    pub told: Vec<(Finding, Rank)>,
}

/// Gathers one letter for one recipient of a subscription.
#[must_use]
pub fn gather(
    survey: &WatchState,
    record: &NotificationLog,
    occasion: Occasion,
    subscription: &Subscription,
    at: Timestamp,
) -> Draft {
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
            && subscription.wants_verdict(&crate::app::json::verdict_name(one.finding.change.verdict))
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
    let board = if weekly { board::board(survey) } else { Vec::new() };
    let material = Material {
        occasion,
        subscription: subscription.name.clone(),
        at,
        since: record.since,
        only: subscription.verdicts.clone(),
        items: gravest_first(items(false)),
        tail: items(true),
        late_more: counted.len(),
        arrived: if digest || !subscription.has_digests() {
            arrived(survey, record, subscription, at)
        } else {
            Vec::new()
        },
        troubles: if digest && subscription.troubles { troubles(survey, record, at, subscription) } else { Vec::new() },
        recent: if weekly { recent(survey, record, subscription) } else { Vec::new() },
        recent_since: if weekly { record.week } else { None },
        board: board.into_iter().filter(|row| wanted(&row.target)).collect(),
        checked: checked(survey, record.since, at, subscription),
        notes: Vec::new(),
        reason: None,
        withdraws: None,
        program: PROGRAM.to_owned(),
    };
    let told = open.iter().chain(&counted).map(|one| (one.finding.clone(), one.rank)).collect();
    Draft { material, told }
}

/// Whether a letter has anything to say beyond what was looked at. What the program says of itself waits for company.
#[must_use]
pub fn is_news(material: &Material) -> bool {
    !(material.items.is_empty()
        && material.tail.is_empty()
        && material.arrived.is_empty()
        && material.troubles.is_empty()
        && material.late_more == 0)
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

fn item(survey: &WatchState, one: &Unsaid<'_>) -> Option<Item> {
    let page = survey.page(&one.finding.target)?;
    let mark = match (one.anew, one.late) {
        (true, _) => ItemMark::JudgedAnew,
        (false, true) => ItemMark::Late,
        (false, false) => ItemMark::Fresh,
    };
    Some(item_of(survey, page, one.finding, mark))
}

fn item_of(survey: &WatchState, page: &TargetState, finding: &Finding, mark: ItemMark) -> Item {
    Item {
        finding: finding.clone(),
        label: page.target.label(),
        url: page.target.url.clone(),
        region: page.target.region.clone(),
        language: page.target.language.clone(),
        mark,
        answered: None,
        siblings: siblings(survey, page),
        earlier: earlier(survey, finding),
        stood_since: stood_since(page, finding),
        elsewhere: None,
        beside: Vec::new(),
        today: Vec::new(),
    }
}

/// A correction of one finding, for one recipient: why, and when the letter was written that it withdraws.
#[must_use]
pub fn correction(
    survey: &WatchState,
    record: &NotificationLog,
    finding: &Finding,
    (reason, withdraws): (&str, Timestamp),
    subscription: &Subscription,
    at: Timestamp,
) -> Draft {
    // A target that is no longer in the list has at least its name.
    let target = Target { id: finding.target.clone(), service: finding.target.clone(), ..Target::default() };
    let gone = TargetState { target, ..TargetState::default() };
    let known = survey.page(&finding.target);
    let today = known.map_or_else(
        || vec![(format!("{} is not in the list of pages any more", finding.target), String::new())],
        promises,
    );
    let page = known.unwrap_or(&gone);
    let material = Material {
        occasion: Occasion::Correction,
        subscription: subscription.name.clone(),
        at,
        since: record.since,
        items: vec![Item { today, ..item_of(survey, page, finding, ItemMark::Fresh) }],
        withdraws: Some(withdraws),
        checked: checked(survey, record.since, at, subscription),
        reason: Some(reason.to_owned()),
        program: PROGRAM.to_owned(),
        ..Material::default()
    };
    Draft { material, told: Vec::new() }
}

/// What the other pages of the service say today.
///
/// A page that was seen and promises nothing stands there too: with no quote, and a label that says so.
fn siblings(survey: &WatchState, page: &TargetState) -> Vec<(String, String)> {
    let others = survey
        .pages
        .iter()
        .filter(|other| other.target.service == page.target.service && other.target.id != page.target.id);
    others.flat_map(promises).collect()
}

/// What one page promises today: label and quote.
fn promises(page: &TargetState) -> Vec<(String, String)> {
    let (label, followed) = (page.target.label(), &page.followed);
    if let Some(reason) = &page.target.disabled {
        return vec![(format!("{label}: in the list of pages, but not looked at: {reason}"), String::new())];
    }
    let Some(last) = followed.last_good else { return vec![(format!("{label}: not read yet"), String::new())] };
    let notice = followed.standings.iter().filter(|standing| standing.passage.class == Class::UserNotice);
    let mut found: Vec<(String, String)> = notice
        .map(|standing| {
            let seen = crate::app::text::utc(standing.last_seen);
            (format!("{label}, last seen {seen}"), standing.passage.quote.clone())
        })
        .collect();
    if found.is_empty() {
        let none = format!("{label}: no promise of telling users found, last seen {}", crate::app::text::utc(last));
        found.push((none, String::new()));
    }
    found
}

fn gravest_first(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|one, other| {
        let key = |item: &Item| {
            (
                item.finding.rank,
                item.finding.change.severity,
                item.finding.change.verdict == noticewatch_core::compare::Verdict::Removed,
            )
        };
        key(other).cmp(&key(one)).then_with(|| one.finding.settled.cmp(&other.finding.settled))
    });
    items
}
