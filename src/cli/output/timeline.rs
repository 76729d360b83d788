//! `history` and `board` for a person: what was promised when, what changed, what could not be seen.

use super::changes::print_change;
use super::terminal;
use super::terminal::{BOLD, FAINT};
use crate::app::analysis::types::{TargetState, WatchState};
use crate::app::json::{unchanged, verdict_name};
use crate::app::notify::board::without;
use crate::app::text;
use crate::app::text::utc;
use jiff::Timestamp;
use noticewatch_core::history::{Finding, Standing, Trouble};
use noticewatch_core::letter::BoardRow;

/// The timeline of one page.
pub fn print_page(survey: &WatchState, page: &TargetState, findings: &[&Finding], changes_only: bool) {
    let target = &page.target;
    say!("{BOLD}{}{BOLD:#}  {FAINT}{}  {}{FAINT:#}", target.label(), target.id, text::clean(&target.place()));
    let followed = &page.followed;
    if !changes_only {
        match (followed.first_look, followed.last_look) {
            (Some(first), Some(last)) => {
                say!("  looked at {} times, {} to {}", page.visits, utc(first), utc(last));
            }
            _ => say!("  not looked at yet"),
        }
    }
    if let Some(unchanged) = unchanged(page).filter(|_| findings.is_empty()) {
        say!("  {BOLD}unchanged{BOLD:#}  {unchanged}");
    }
    let mut events: Vec<(Timestamp, TimelineEvent<'_>)> =
        findings.iter().map(|finding| (finding.between[1], TimelineEvent::Finding(finding))).collect();
    if !changes_only {
        events.extend(followed.troubles.iter().map(|trouble| (trouble.since, TimelineEvent::Trouble(trouble))));
    }
    events.sort_by_key(|(at, _)| *at);
    for (_, event) in events {
        match event {
            TimelineEvent::Finding(finding) => print_finding(survey, finding),
            TimelineEvent::Trouble(trouble) => print_trouble(trouble),
        }
    }
    if changes_only {
        return;
    }
    if followed.standings.is_empty() {
        say!("  {BOLD}today{BOLD:#}  {}", without(page, "no promise of user notice on this page"));
    }
    for standing in &followed.standings {
        let once = if standing.seen_once { ", seen once" } else { "" };
        let turn = if standing.in_turn { ", in turn: the page shows it and then not" } else { "" };
        say!(
            "  {BOLD}today{BOLD:#}  since {}, last seen {}{once}{turn}  {FAINT}capture {}{FAINT:#}",
            utc(standing.since),
            utc(standing.last_seen),
            standing.last_capture.short()
        );
        say!("{}", terminal::wrapped(&standing.passage.quote, "    "));
    }
    for pending in &followed.pending {
        say!("  {BOLD}pending{BOLD:#}  {}", text::clean(pending));
    }
}

enum TimelineEvent<'a> {
    Finding(&'a Finding),
    Trouble(&'a Trouble),
}

/// A finding with both wordings.
pub fn print_finding(survey: &WatchState, finding: &Finding) {
    say!(
        "  {BOLD}{}{BOLD:#}  changed between {} and {}, severity {}  {FAINT}{}{FAINT:#}",
        verdict_name(finding.change.verdict),
        utc(finding.between[0]),
        utc(finding.between[1]),
        format!("{:?}", finding.change.severity).to_lowercase(),
        finding.id,
    );
    if let Some((at, reason)) = survey.corrected.get(&finding.id) {
        say!("    {BOLD}corrected{BOLD:#} {}, a fault of ours: {}", utc(*at), text::clean(reason));
    }
    if let Some(accepted) = &finding.accepted {
        say!("{}", terminal::wrapped(&accepted.sentence(&utc(finding.settled)), "    "));
    }
    if let [Some(old), Some(new)] = finding.captures {
        let (old, new) = (old.short(), new.short());
        say!("    {FAINT}captures {old} and {new}; noticewatch show {} --diff {old} {new}{FAINT:#}", finding.target);
    } else if let Some(one) = finding.captures.iter().flatten().next() {
        say!("    {FAINT}capture {}{FAINT:#}", one.short());
    }
    print_change(&finding.change, "    ");
    for sibling in &finding.siblings {
        say!("{}", terminal::wrapped(sibling, "      "));
    }
}

fn print_trouble(trouble: &Trouble) {
    let until = trouble.until.map_or_else(|| "lasts".to_owned(), |until| format!("ended {}", utc(until)));
    say!("  {BOLD}trouble{BOLD:#}  since {}, {until}: {}", utc(trouble.since), text::clean(&trouble.detail));
}

/// What stood on a page on a day, with the interval in which it was seen.
#[must_use]
pub fn stood_at(page: &TargetState, at: Timestamp) -> Vec<&Standing> {
    let followed = &page.followed;
    let all = followed.past.iter().chain(&followed.standings);
    all.filter(|standing| standing.since <= at && standing.until.is_none_or(|until| until > at)).collect()
}

/// What was promised on a day, for a person.
pub fn print_at(page: &TargetState, at: Timestamp) {
    say!("{BOLD}{}{BOLD:#} on {}", page.target.label(), utc(at));
    let stood = stood_at(page, at);
    if page.followed.first_look.is_none_or(|first| first > at) {
        let first = page
            .followed
            .first_look
            .map_or_else(|| "not looked at yet".to_owned(), |first| format!("first looked at {}", utc(first)));
        say!("  nobody looked before that time; {first}");
    } else if page.followed.first_good.is_none_or(|first| first > at) {
        let first = page
            .followed
            .first_good
            .map_or_else(|| "not seen yet".to_owned(), |first| format!("first seen {}", utc(first)));
        say!("  what was served then was not the page, or not all of it, so that nothing can be said; {first}");
        say!("  {FAINT}what was served: noticewatch show {} --at {at}{FAINT:#}", page.target.id);
    } else if stood.is_empty() {
        say!("  no promise of user notice was found on this page");
    }
    for standing in stood {
        say!("{}", terminal::wrapped(&standing.passage.quote, "  "));
        let until = standing
            .until
            .map_or_else(|| "still there".to_owned(), |until| format!("first seen otherwise {}", utc(until)));
        let until = if standing.seen_once { format!("{until}, seen once") } else { until };
        say!(
            "  {FAINT}first seen {}, last seen {}, {until}{FAINT:#}\n  {FAINT}captures {} and {}{FAINT:#}",
            utc(standing.since),
            utc(standing.last_seen),
            standing.capture,
            standing.last_capture,
        );
    }
}

/// One line of the board for a person. `alike`: another row has the same label, so that the id tells them apart.
pub fn print_row(row: &BoardRow, alike: bool) {
    let seen = row.last_seen.map_or_else(String::new, |at| format!("last seen {}", utc(at)));
    let since = row.since.map_or_else(String::new, |since| format!(", in these words since {}", utc(since)));
    let once = if row.seen_once { ", seen once" } else { "" };
    let id = if alike { format!(" ({})", row.target) } else { String::new() };
    say!("  {BOLD}{}{BOLD:#}{id}: {}  {FAINT}{seen}{since}{once}{FAINT:#}", row.label, row.promise);
    if !row.quote.is_empty() {
        say!("{}", terminal::wrapped(&row.quote, "      "));
    }
    for quote in &row.in_turn {
        say!("      in turn with:");
        say!("{}", terminal::wrapped(quote, "      "));
    }
    if let Some(trouble) = &row.trouble {
        say!("{}", terminal::wrapped(&format!("cannot be vouched for: {trouble}"), "      "));
    }
}
