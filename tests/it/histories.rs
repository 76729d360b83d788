//! Whole histories: visits and captures as files, followed, looked at across siblings, and told in one letter.
//!
//! A case is a directory in the layout that a case is exported in: `targets.toml`, `visits.jsonl` (one visit a line:
//! `at`, and either `file` or `missed`), the captures as plain files. `followed.txt` and `letter.txt` are what is expected.

use crate::cases::{all, cases, check};
use jiff::{SignedDuration, Timestamp};
use noticewatch::app::analysis::types::TargetState as Surveyed;
use noticewatch::app::analysis::types::WatchState;
use noticewatch::app::notify::letter_content::gather;
use noticewatch::app::notify::notification_log::NotificationLog;
use noticewatch::config;
use noticewatch_core::capture::{Missed, Sha256, Why};
use noticewatch_core::document::PageSource;
use noticewatch_core::extract::read;
use noticewatch_core::history::{Finding, Look, LookSource, Seen, Sibling, Terms, across, follow, judged_by};
use noticewatch_core::letter::{Occasion, compose};
use noticewatch_core::target::Target;

use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// One line of `visits.jsonl`.
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the line that may be left out")]
#[derive(Deserialize)]
struct Line {
    /// The target; may be left out where there is one.
    #[serde(default)]
    target: Option<String>,
    at: Timestamp,
    /// The capture's file.
    #[serde(default)]
    file: Option<String>,
    /// So many times over, one after the other.
    #[serde(default)]
    times: Option<usize>,
    /// Why nothing came.
    #[serde(default)]
    missed: Option<Why>,
    /// Answered 304, or asked under conditions.
    #[serde(default)]
    conditional: bool,
    /// An operator's `accept`.
    #[serde(default)]
    accept: bool,
    /// Another target that served the same body.
    #[serde(default)]
    twin: Option<String>,
    /// A recording of an archive.
    #[serde(default)]
    recorded: bool,
    /// No look: the moment when the question is asked.
    #[serde(default)]
    asked: bool,
}

#[test]
fn histories_come_to_what_is_expected() {
    all(cases("histories", "").iter().flat_map(|dir| {
        let (followed, letter) = run(dir);
        [check(&dir.join("followed.txt"), &followed), check(&dir.join("letter.txt"), &letter)]
    }));
}

fn run(dir: &Path) -> (String, String) {
    let file = |name: &str| {
        std::fs::read_to_string(dir.join(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", dir.display()))
    };
    let targets =
        config::targets("targets.toml", &file("targets.toml")).unwrap_or_else(|report| panic!("{}", report.plain()));
    let lines: Vec<Line> =
        file("visits.jsonl").lines().map(|line| serde_json::from_str(line).expect("a visit")).collect();
    let now = lines.iter().map(|line| line.at).max().expect("a visit");
    let pages: Vec<Surveyed> = targets.iter().map(|target| page(dir, target, &lines, now)).collect();
    let mut services: HashMap<&str, Vec<Sibling<'_>>> = HashMap::new();
    for page in &pages {
        let sibling = Sibling { target: &page.target, followed: &page.followed };
        services.entry(page.target.service.as_str()).or_default().push(sibling);
    }
    let mut findings: Vec<Finding> = services.values().flat_map(|siblings| across(siblings, now).findings).collect();
    findings.sort_by_key(|finding| (finding.settled, finding.target.clone()));
    let survey = WatchState { pages, findings, ..WatchState::default() };
    let subscription = &config::Settings::default().subscriptions[0];
    let record = NotificationLog { watermark: Timestamp::MIN, ..NotificationLog::default() };
    let letter = compose(&gather(&survey, &record, Occasion::Digest, subscription, now).material);
    (dump(&survey), format!("Subject: {}\n\n{}", letter.subject, letter.text))
}

fn page(dir: &Path, target: &Target, lines: &[Line], now: Timestamp) -> Surveyed {
    let mine = lines.iter().filter(|line| line.target.as_ref().is_none_or(|id| *id == target.id));
    let looks: Vec<Look> = mine.clone().filter(|line| !line.asked).map(|line| look(dir, target, line)).collect();
    let source = if mine.clone().any(|line| line.recorded) { LookSource::Recorded } else { LookSource::Live };
    let now = match (source, looks.last()) {
        (LookSource::Recorded, Some(last)) => judged_by(last.at, now),
        _ => now,
    };
    let terms = Terms { source, now, interval: SignedDuration::from_hours(6) };
    let followed = follow(target, &looks, terms);
    Surveyed { target: target.clone(), followed, visits: looks.len(), ..Surveyed::default() }
}

fn look(dir: &Path, target: &Target, line: &Line) -> Look {
    let seen = match (&line.file, line.missed) {
        (Some(name), _) => {
            let body =
                std::fs::read(dir.join(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", dir.display()));
            let body = body.repeat(line.times.unwrap_or(1));
            let markdown = Path::new(&name).extension().is_some_and(|ending| ending == "md");
            let media_type = if markdown { "text/markdown" } else { "text/html" };
            let reading = read(PageSource { body: &body, media_type, charset: None }, &target.reading());
            Seen::Page {
                capture: Sha256::of(&body),
                final_url: target.url.as_str().into(),
                reading: Arc::new(reading),
                twin: line.twin.clone(),
            }
        }
        (None, Some(why)) => {
            let detail = serde_json::to_value(why).expect("a name").as_str().expect("a name").to_owned();
            Seen::Missed(Missed { why, detail, status: None, retry_after_s: None })
        }
        (None, None) if line.accept => Seen::Accepted { reason: String::new() },
        (None, None) => panic!("{}: a visit without file or missed", dir.display()),
    };
    Look { at: line.at, unconditional: !line.conditional, seen }
}

/// Findings, troubles, wordings, for a reviewer.
fn dump(survey: &WatchState) -> String {
    let mut text = String::new();
    let mut line = |parts: std::fmt::Arguments<'_>| writeln!(text, "{parts}").expect("a string");
    for finding in &survey.findings {
        let change = &finding.change;
        let name = noticewatch::app::json::verdict_name(change.verdict);
        line(format_args!("finding {name} {:?} {:?} at {}", change.severity, finding.rank, finding.target));
        line(format_args!("  between {} and {}, settled {}", finding.between[0], finding.between[1], finding.settled));
        for reason in change.reasons.iter().chain(&finding.siblings) {
            line(format_args!("  {reason}"));
        }
        for (sign, passage) in [("-", &change.before), ("+", &change.after)] {
            if let Some(passage) = passage {
                line(format_args!("  {sign} {}", passage.quote.replace('\n', "\n    ")));
            }
        }
    }
    for page in &survey.pages {
        let followed = &page.followed;
        for trouble in &followed.troubles {
            let until = trouble.until.map_or_else(|| "lasts".to_owned(), |until| format!("until {until}"));
            line(format_args!("trouble {:?} at {} since {} {until}", trouble.kind, trouble.target, trouble.since));
            line(format_args!("  {}", trouble.detail));
        }
        for standing in followed.past.iter().chain(&followed.standings) {
            let until = standing.until.map_or_else(|| "stands".to_owned(), |until| format!("until {until}"));
            let once = if standing.seen_once { ", seen once" } else { "" };
            let turn = if standing.in_turn { ", in turn" } else { "" };
            line(format_args!(
                "wording at {} since {}, last seen {}, {until}{once}{turn}",
                page.target.id, standing.since, standing.last_seen
            ));
            line(format_args!("  {}", standing.passage.quote.replace('\n', "\n  ")));
        }
        for pending in &followed.pending {
            line(format_args!("pending at {}: {pending}", page.target.id));
        }
        for outside in &followed.outside {
            line(format_args!("outside at {}: {}", page.target.id, outside.at));
        }
        for wanted in &followed.wanted {
            line(format_args!("wanted at {}: {wanted}", page.target.id));
        }
    }
    text
}
