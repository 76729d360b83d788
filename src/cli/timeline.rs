//! `history` and `board` for a person: what was promised when, what changed, what could not be seen.

use super::paint::{self, BOLD, FAINT, utc};
use super::read::{print_change, verdict_name};
use super::survey::{Page, Survey};
use crate::digest::BoardRow;
use crate::document::Class;
use crate::history::{Finding, Standing, Told, Trouble, Verdict, alert, counts};
use jiff::Timestamp;
use serde_json::{Value, json};

/// One finding as a line of JSON (DESIGN.md 7). Whom it was told is nobody else's business.
#[must_use]
pub fn finding_json(finding: &Finding, told: &[Told], late: bool) -> Value {
    let quote = |passage: &Option<crate::document::Passage>| passage.as_ref().map(|passage| passage.quote.clone());
    let told: Vec<Value> = told
        .iter()
        .filter(|record| counts(record, finding))
        .map(|record| json!({"at": record.at, "message_id": record.message_id}))
        .collect();
    json!({
        "id": finding.id,
        "target": finding.target,
        "service": finding.service,
        "terms_type": finding.terms_type,
        "verdict": finding.change.verdict,
        "dominant": finding.change.dominant,
        "severity": finding.change.severity,
        "alert": alert(finding.change.verdict),
        "late": late,
        "told": told,
        "between": finding.between,
        "before": quote(&finding.change.before),
        "after": quote(&finding.change.after),
        "slots": finding.change.slots,
        "reasons": finding.change.reasons,
        "settled": finding.settled,
        "accepted": finding.accepted,
        "captures": finding.captures,
    })
}

/// A page without findings as a line of JSON.
#[must_use]
pub fn unchanged_json(page: &Page) -> Value {
    let (target, followed) = (&page.target, &page.followed);
    let quotes: Vec<&str> = followed.standings.iter().map(|standing| standing.passage.quote.as_str()).collect();
    json!({
        "target": target.id,
        "service": target.service,
        "terms_type": target.terms_type,
        "verdict": Verdict::None,
        "unchanged_since": followed.first_good,
        "last_good": followed.last_good,
        "last_look": followed.last_look,
        "standing": quotes,
        "pending": followed.pending,
    })
}

/// That nothing changed, and since when; None where the page was not seen yet.
fn unchanged(page: &Page) -> Option<String> {
    let followed = &page.followed;
    let (first, last) = (followed.first_good?, followed.last_good?);
    let settled = if followed.pending.is_empty() { "" } else { ", but for what is not settled yet" };
    let promise = if followed.standings.is_empty() { "without a promise of user notice" } else { "in the same words" };
    Some(format!(
        "{promise} since the first look that showed the page, {}, to the last, {}{settled}",
        utc(first),
        utc(last)
    ))
}

/// The timeline of one page.
pub fn print_page(survey: &Survey, page: &Page, findings: &[&Finding], changes_only: bool) {
    let target = &page.target;
    anstream::println!(
        "{BOLD}{}{BOLD:#}  {FAINT}{}  {}{FAINT:#}",
        target.label(),
        target.id,
        paint::clean(&target.place())
    );
    let followed = &page.followed;
    if !changes_only {
        match (followed.first_look, followed.last_look) {
            (Some(first), Some(last)) => {
                anstream::println!("  looked at {} times, {} to {}", page.visits, utc(first), utc(last));
            }
            _ => anstream::println!("  not looked at yet"),
        }
    }
    if let Some(unchanged) = unchanged(page).filter(|_| findings.is_empty()) {
        anstream::println!("  {BOLD}unchanged{BOLD:#}  {unchanged}");
    }
    let mut events: Vec<(Timestamp, Event<'_>)> =
        findings.iter().map(|finding| (finding.between[1], Event::Finding(finding))).collect();
    if !changes_only {
        events.extend(followed.troubles.iter().map(|trouble| (trouble.since, Event::Trouble(trouble))));
    }
    events.sort_by_key(|(at, _)| *at);
    for (_, event) in events {
        match event {
            Event::Finding(finding) => print_finding(survey, finding),
            Event::Trouble(trouble) => print_trouble(trouble),
        }
    }
    if changes_only {
        return;
    }
    if followed.standings.is_empty() {
        anstream::println!("  {BOLD}today{BOLD:#}  {}", without(page, "no promise of user notice on this page"));
    }
    for standing in &followed.standings {
        let once = if standing.seen_once { ", seen once" } else { "" };
        let turn = if standing.in_turn { ", in turn: the page shows it and then not" } else { "" };
        anstream::println!(
            "  {BOLD}today{BOLD:#}  since {}, last seen {}{once}{turn}  {FAINT}capture {}{FAINT:#}",
            utc(standing.since),
            utc(standing.last_seen),
            standing.last_capture.short()
        );
        anstream::println!("{}", paint::wrapped(&standing.passage.quote, "    "));
    }
    for pending in &followed.pending {
        anstream::println!("  {BOLD}pending{BOLD:#}  {}", paint::clean(pending));
    }
}

enum Event<'a> {
    Finding(&'a Finding),
    Trouble(&'a Trouble),
}

/// A finding with both wordings.
pub fn print_finding(survey: &Survey, finding: &Finding) {
    anstream::println!(
        "  {BOLD}{}{BOLD:#}  changed between {} and {}, severity {}  {FAINT}{}{FAINT:#}",
        verdict_name(finding.change.verdict),
        utc(finding.between[0]),
        utc(finding.between[1]),
        format!("{:?}", finding.change.severity).to_lowercase(),
        finding.id,
    );
    if let Some((at, reason)) = survey.corrected.get(&finding.id) {
        anstream::println!("    {BOLD}corrected{BOLD:#} {}, a fault of ours: {}", utc(*at), paint::clean(reason));
    }
    if let Some(accepted) = &finding.accepted {
        anstream::println!("{}", paint::wrapped(&accepted.sentence(&utc(finding.settled)), "    "));
    }
    if let [Some(old), Some(new)] = finding.captures {
        let (old, new) = (old.short(), new.short());
        anstream::println!(
            "    {FAINT}captures {old} and {new}; noticewatch show {} --diff {old} {new}{FAINT:#}",
            finding.target
        );
    } else if let Some(one) = finding.captures.iter().flatten().next() {
        anstream::println!("    {FAINT}capture {}{FAINT:#}", one.short());
    }
    print_change(&finding.change, "    ");
    for sibling in &finding.siblings {
        anstream::println!("{}", paint::wrapped(sibling, "      "));
    }
}

fn print_trouble(trouble: &Trouble) {
    let until = trouble.until.map_or_else(|| "lasts".to_owned(), |until| format!("ended {}", utc(until)));
    anstream::println!(
        "  {BOLD}trouble{BOLD:#}  since {}, {until}: {}",
        utc(trouble.since),
        paint::clean(&trouble.detail)
    );
}

/// What stood on a page on a day, with the interval in which it was seen.
#[must_use]
pub fn stood_at(page: &Page, at: Timestamp) -> Vec<&Standing> {
    let followed = &page.followed;
    let all = followed.past.iter().chain(&followed.standings);
    all.filter(|standing| standing.since <= at && standing.until.is_none_or(|until| until > at)).collect()
}

/// What was promised on a day, for a person.
pub fn print_at(page: &Page, at: Timestamp) {
    anstream::println!("{BOLD}{}{BOLD:#} on {}", page.target.label(), utc(at));
    let stood = stood_at(page, at);
    if page.followed.first_look.is_none_or(|first| first > at) {
        let first = page
            .followed
            .first_look
            .map_or_else(|| "not looked at yet".to_owned(), |first| format!("first looked at {}", utc(first)));
        anstream::println!("  nobody looked before that time; {first}");
    } else if page.followed.first_good.is_none_or(|first| first > at) {
        let first = page
            .followed
            .first_good
            .map_or_else(|| "not seen yet".to_owned(), |first| format!("first seen {}", utc(first)));
        anstream::println!(
            "  what was served then was not the page, or not all of it, so that nothing can be said; {first}"
        );
        anstream::println!("  {FAINT}what was served: noticewatch show {} --at {at}{FAINT:#}", page.target.id);
    } else if stood.is_empty() {
        anstream::println!("  no promise of user notice was found on this page");
    }
    for standing in stood {
        anstream::println!("{}", paint::wrapped(&standing.passage.quote, "  "));
        let until = standing
            .until
            .map_or_else(|| "still there".to_owned(), |until| format!("first seen otherwise {}", utc(until)));
        let until = if standing.seen_once { format!("{until}, seen once") } else { until };
        anstream::println!(
            "  {FAINT}first seen {}, last seen {}, {until}{FAINT:#}\n  {FAINT}captures {} and {}{FAINT:#}",
            utc(standing.since),
            utc(standing.last_seen),
            standing.capture,
            standing.last_capture,
        );
    }
}

/// The board: a line a page (DESIGN.md 2: the wording live now).
#[must_use]
pub fn board(survey: &Survey) -> Vec<BoardRow> {
    survey.pages.iter().filter(|page| page.target.disabled.is_none()).map(row).collect()
}

fn row(page: &Page) -> BoardRow {
    let followed = &page.followed;
    let main = followed
        .standings
        .iter()
        .filter(|standing| standing.passage.class == Class::UserNotice)
        .max_by_key(|standing| (standing.passage.commitment.slots.len(), std::cmp::Reverse(standing.since)));
    let lasting = followed.troubles.iter().rev().find(|trouble| trouble.until.is_none());
    let paused = page.paused.as_ref().map(|paused| format!("paused since {}: {}", utc(paused.since), paused.reason));
    let trouble = paused.or_else(|| lasting.map(|trouble| trouble.detail.clone()));
    let promise = match main {
        Some(standing) => summary(&standing.passage.commitment),
        None => without(page, "no promise found"),
    };
    // Two wordings in turn are both what the page says; one alone is there and then not.
    let turn = main.is_some_and(|standing| standing.in_turn);
    let others = followed.standings.iter().filter(|other| turn && other.in_turn && Some(*other) != main);
    let in_turn: Vec<String> = others.clone().map(|other| other.passage.quote.clone()).collect();
    let promise = match (turn, in_turn.len()) {
        (false, _) => promise,
        (true, 0) => format!("there and then not, in turn: {promise}"),
        (true, more) => {
            let all: Vec<String> = others.map(|other| summary(&other.passage.commitment)).collect();
            let count = if more == 1 { "two wordings in turn" } else { "three or more wordings in turn" };
            format!("{count}: {promise} / {}", all.join(" / "))
        }
    };
    BoardRow {
        service: page.target.service.clone(),
        target: page.target.id.clone(),
        label: page.target.label(),
        url: page.target.url.clone(),
        promise,
        quote: main.map(|standing| standing.passage.quote.clone()).unwrap_or_default(),
        since: main.map(|standing| standing.since),
        last_seen: followed.last_good,
        seen_once: main.is_some_and(|standing| standing.seen_once),
        in_turn,
        trouble,
    }
}

/// What is said of a page without a promise: it may have had one.
fn without(page: &Page, never: &str) -> String {
    let followed = &page.followed;
    let until = followed.past.iter().filter_map(|standing| standing.until).max();
    match (followed.last_good, until) {
        (None, _) => "not read yet".to_owned(),
        (_, Some(until)) => format!("no promise now; had a promise until {}", utc(until)),
        (_, None) => never.to_owned(),
    }
}

/// Strength and timing in a few words.
fn summary(commitment: &crate::document::Commitment) -> String {
    use crate::document::Slot;
    let strength = commitment.value(Slot::Strength).map(|value| match value {
        "firm" => "will tell users",
        "policy" => "tells users, as a policy",
        "effort" => "will try to tell users",
        "may" => "may tell users",
        "legal-floor" => "tells users where the law requires it",
        "reserved-no-notice" => "reserves the right not to tell users",
        "refusal" => "will not tell users",
        "unread" => "speaks of telling users, in words that no rule reads",
        other => other,
    });
    let timing = commitment.value(Slot::Timing).map(|value| match value {
        "before" => "before disclosure",
        "on-receipt" => "on receipt of the demand",
        "if-or-when-disclosing" => "if or when it discloses",
        "after" => "after disclosure",
        other => other,
    });
    match (strength, timing) {
        (Some(strength), Some(timing)) => format!("{strength}, {timing}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "speaks of user notice".to_owned(),
    }
}

/// One line of the board for a person. `alike`: another row has the same label, so that the id tells them apart.
pub fn print_row(row: &BoardRow, alike: bool) {
    let seen = row.last_seen.map_or_else(String::new, |at| format!("last seen {}", utc(at)));
    let since = row.since.map_or_else(String::new, |since| format!(", in these words since {}", utc(since)));
    let once = if row.seen_once { ", seen once" } else { "" };
    let id = if alike { format!(" ({})", row.target) } else { String::new() };
    anstream::println!("  {BOLD}{}{BOLD:#}{id}: {}  {FAINT}{seen}{since}{once}{FAINT:#}", row.label, row.promise);
    if !row.quote.is_empty() {
        anstream::println!("{}", paint::wrapped(&row.quote, "      "));
    }
    for quote in &row.in_turn {
        anstream::println!("      in turn with:");
        anstream::println!("{}", paint::wrapped(quote, "      "));
    }
    if let Some(trouble) = &row.trouble {
        anstream::println!("{}", paint::wrapped(&format!("cannot be vouched for: {trouble}"), "      "));
    }
}
