//! Troubles that a letter names.

use super::coverage::CHECKED;
use super::notification_log::NotificationLog;
use crate::app::analysis::types::{ExplainedOutage, TargetState, WatchState};
use crate::config::Subscription;
use jiff::SignedDuration;
use jiff::Timestamp;
use noticewatch_core::history::{Outage, Told, Trouble, TroubleKind};
use noticewatch_core::letter::{ToldBefore, TroubleLine, TroubleNews, change_in_short, trouble_in_short};
use noticewatch_core::target::Target;

/// A trouble that lasts is told again after this time (docs/FACTS.md 3.7).
const AGAIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What this recipient was told of these pages since the last weekly letter, oldest first.
pub(crate) fn recent(survey: &WatchState, record: &NotificationLog, subscription: &Subscription) -> Vec<ToldBefore> {
    let page = |id: &str| survey.page(id).filter(|page| subscription.wants(&page.target));
    let this_week = |at: Timestamp| record.week.is_none_or(|week| at > week);
    let line = |page: &TargetState, at, verdict, words| ToldBefore {
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
            return Some(ToldBefore { at: told.at, label: all_of(dark), url: String::new(), verdict: None, words });
        }
        let page = page(&told.trouble)?;
        let mut trouble = page.followed.troubles.iter().find(|trouble| trouble.since == told.since)?.clone();
        if let Some(kind) = told.kind.filter(|kind| *kind != trouble.kind) {
            (trouble.kind, trouble.turned) = (kind, None);
        }
        Some(line(page, told.at, None, trouble_in_short(&trouble_line(page, &trouble, told.news))))
    });
    let mut all: Vec<ToldBefore> = changes.chain(troubles).collect();
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

/// News of troubles: what began, what lasts for another week, what ended after it was told.
pub(crate) fn troubles(
    survey: &WatchState,
    record: &NotificationLog,
    at: Timestamp,
    subscription: &Subscription,
) -> Vec<TroubleLine> {
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
fn nights(
    survey: &WatchState,
    record: &NotificationLog,
    at: Timestamp,
    subscription: &Subscription,
) -> Vec<TroubleLine> {
    let mine = |dark: &&ExplainedOutage| {
        let mut hidden = dark.explains.iter().filter_map(|(id, _)| survey.page(id));
        hidden.any(|page| subscription.wants(&page.target))
    };
    let line = |dark: &ExplainedOutage| Some(night_line(dark, news(&night(dark), record, at)?));
    survey.dark.iter().filter(mine).filter_map(line).collect()
}

/// A time without network as a trouble of its own, which is no target's.
fn night(dark: &ExplainedOutage) -> Trouble {
    let Outage { from, until, detail, .. } = &dark.outage;
    Trouble {
        target: String::new(),
        kind: TroubleKind::NoNetwork,
        since: *from,
        turned: None,
        until: *until,
        detail: format!("nothing could be reached from this machine: {detail}"),
        shown: String::new(),
    }
}

fn night_line(dark: &ExplainedOutage, news: TroubleNews) -> TroubleLine {
    TroubleLine { trouble: night(dark), label: all_of(dark), service: String::new(), url: String::new(), news }
}

fn all_of(dark: &ExplainedOutage) -> String {
    format!("All {} pages that were due", dark.outage.targets)
}

fn trouble_line(page: &TargetState, trouble: &Trouble, news: TroubleNews) -> TroubleLine {
    let Target { service, url, .. } = page.target.clone();
    TroubleLine { trouble: trouble.clone(), label: page.target.label(), service, url, news }
}

/// What there is to tell of one trouble; None: nothing new.
fn news(trouble: &Trouble, record: &NotificationLog, at: Timestamp) -> Option<TroubleNews> {
    let told = record.troubles.iter().filter(|told| told.trouble == trouble.target && told.since == trouble.since);
    let last = told.max_by_key(|told| told.at);
    match (last, trouble.until) {
        (None, None) => Some(TroubleNews::Begun),
        // Over before it could be told: said once if it was long enough to matter, for no blind day stays unsaid.
        (None, Some(until)) => {
            let recent = record.digest.is_none_or(|digest| until >= digest) && until >= record.watermark;
            let short = matches!(trouble.kind, TroubleKind::OutOfSight | TroubleKind::NoNetwork);
            let weighty = !short || until.duration_since(trouble.since) >= CHECKED;
            (recent && weighty).then_some(TroubleNews::Ended)
        }
        (Some(told), Some(_)) => (told.news != TroubleNews::Ended).then_some(TroubleNews::Ended),
        // What was told as put aside or out of sight, and turns out to be a wall or gone, is news once more.
        (Some(told), None)
            if matches!(trouble.kind, TroubleKind::Replaced | TroubleKind::Gone) && told.kind != Some(trouble.kind) =>
        {
            Some(TroubleNews::Begun)
        }
        (Some(told), None) => (at.duration_since(told.at).abs() >= AGAIN).then_some(TroubleNews::Lasts),
    }
}
