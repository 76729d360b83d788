//! The figures that operators alert on, for `status --json`, `metrics` and the file that Prometheus reads.
//!
//! Counts what stands; judges nothing. What is alarming is for whoever writes the alert to say.

use super::analysis::types::WatchState;
use super::context::AppContext;
use super::error::Failure;
use super::maintenance::lost;
use super::marks::{BACKUP, VERIFIED};
use super::skipped_runs;
use crate::io::metrics::{MetricFamily, MetricKind};
use crate::io::store::Store;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// All figures that are not of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// When they were taken.
    pub at: Option<Timestamp>,
    /// The last look at any target.
    pub last_run: Option<Timestamp>,
    /// Targets by how they stand: `in-sight`, `trouble`, `overdue`, `not-seen-yet`, `paused`, `disabled`.
    pub targets: BTreeMap<&'static str, u64>,
    /// Letters by where they stand.
    pub letters: BTreeMap<String, u64>,
    /// Since when the oldest letter waits that is queued.
    pub oldest_queued: Option<Timestamp>,
    /// Findings by verdict.
    pub findings: BTreeMap<String, u64>,
    /// Visits by how they ended: `captured`, `same-text`, `not-modified`, or why they brought nothing.
    pub visits: BTreeMap<String, u64>,
    /// Planned looks and letters that fell into a pass which still went on, of all time.
    pub skipped_runs: u64,
    /// The last backup.
    pub last_backup: Option<Timestamp>,
    /// When all that is kept was last checked.
    pub last_verified: Option<Timestamp>,
    /// Places of the store that are damaged and could not be restored.
    pub damaged: u64,
    /// Octets of archive and journal.
    pub store_bytes: u64,
}

/// The name that a value has in JSON.
fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

/// Takes the figures.
///
/// # Errors
/// The store cannot be read.
pub fn figures(office: &AppContext, survey: &WatchState, store: &Store) -> Result<Figures, Failure> {
    let (at, last_run, damaged) = (Some(office.clock.now()), office.last_run(survey), lost(store)?);
    let mut figures = Figures { at, last_run, damaged, store_bytes: store.size(), ..Figures::default() };
    for page in &survey.pages {
        let followed = &page.followed;
        let stands = if page.target.disabled.is_some() {
            "disabled"
        } else if page.paused.is_some() {
            "paused"
        } else if followed.troubles.iter().any(|trouble| trouble.until.is_none()) {
            "trouble"
        } else if followed.last_good.is_none() {
            "not-seen-yet"
        } else if office.overdue(page).is_some() {
            "overdue"
        } else {
            "in-sight"
        };
        *figures.targets.entry(stands).or_default() += 1;
        for (ended, count) in &page.trail.ended {
            *figures.visits.entry(name(ended)).or_default() += count;
        }
    }
    for row in store.outbox()? {
        *figures.letters.entry(name(&row.state)).or_default() += 1;
        if row.state == crate::io::store::OutboxState::Queued {
            figures.oldest_queued = Some(figures.oldest_queued.map_or(row.queued_at, |old| old.min(row.queued_at)));
        }
    }
    for finding in &survey.findings {
        *figures.findings.entry(name(&finding.change.verdict)).or_default() += 1;
    }
    let marks = store.marks()?;
    let last = |key: &str| marks.get(key).map(|mark| mark.at);
    figures.skipped_runs = skipped_runs::last(store)?.map_or(0, |overlap| overlap.in_all);
    (figures.last_backup, figures.last_verified) = (last(BACKUP), last(VERIFIED));
    Ok(figures)
}

/// Seconds since 1970, as Prometheus counts.
#[expect(clippy::cast_precision_loss, reason = "milliseconds are exact for the next 285,000 years")]
fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts that far")]
fn number(count: u64) -> f64 {
    count as f64
}

/// The figures as Prometheus names them.
#[must_use]
pub fn families(figures: &Figures, survey: &WatchState) -> Vec<MetricFamily> {
    let gauge = |name, help, labels, samples| MetricFamily { name, help, kind: MetricKind::Gauge, labels, samples };
    let one = |value: Option<f64>| value.map(|value| (Vec::new(), value)).into_iter().collect::<Vec<_>>();
    let by = |counts: &BTreeMap<String, u64>| -> Vec<(Vec<String>, f64)> {
        counts.iter().map(|(name, count)| (vec![name.clone()], number(*count))).collect()
    };
    let targets = figures.targets.iter().map(|(stands, count)| ((*stands).to_owned(), *count)).collect();
    let watched = || survey.pages.iter().filter(|page| page.target.disabled.is_none());
    let each = |at: &dyn Fn(&super::analysis::types::TargetState) -> Option<Timestamp>| {
        let labels =
            |page: &super::analysis::types::TargetState| vec![page.target.id.clone(), page.target.service.clone()];
        watched().filter_map(|page| Some((labels(page), seconds(at(page)?)))).collect::<Vec<_>>()
    };
    let trouble = |page: &super::analysis::types::TargetState| {
        let open = page.followed.troubles.iter().filter(|trouble| trouble.until.is_none());
        open.map(|trouble| trouble.since).min()
    };
    let queued = figures.letters.get("queued").copied().unwrap_or_default();
    let visits = figures.visits.iter().map(|(ended, count)| (vec![ended.clone()], number(*count))).collect();
    let place: &[&str] = &["target", "service"];
    vec![
        gauge(
            "noticewatch_build_info",
            "The version that runs; always 1.",
            &["version"],
            vec![(vec![env!("CARGO_PKG_VERSION").to_owned()], 1.0)],
        ),
        gauge(
            "noticewatch_last_run_timestamp_seconds",
            "The last look at any target: it stands still where nobody looks.",
            &[],
            one(figures.last_run.map(seconds)),
        ),
        gauge(
            "noticewatch_last_good_check_timestamp_seconds",
            "The last look at which the page was there and healthy.",
            place,
            each(&|page| page.followed.last_good),
        ),
        gauge(
            "noticewatch_last_look_timestamp_seconds",
            "The last look, however it ended.",
            place,
            each(&|page| page.followed.last_look),
        ),
        gauge(
            "noticewatch_trouble_since_timestamp_seconds",
            "Since when the page cannot be vouched for; absent where it can.",
            place,
            each(&trouble),
        ),
        gauge("noticewatch_targets", "Targets by how they stand.", &["state"], by(&targets)),
        gauge("noticewatch_letters", "Letters in the outbox by where they stand.", &["state"], by(&figures.letters)),
        gauge("noticewatch_queue_length", "Letters that wait to be sent.", &[], one(Some(number(queued)))),
        gauge(
            "noticewatch_oldest_queued_letter_timestamp_seconds",
            "Since when the oldest of them waits; absent where none does.",
            &[],
            one(figures.oldest_queued.map(seconds)),
        ),
        gauge("noticewatch_findings", "Settled changes by verdict, of all time.", &["verdict"], by(&figures.findings)),
        MetricFamily {
            name: "noticewatch_visits_total",
            help: "Visits by how they ended: what came, or why nothing did.",
            kind: MetricKind::Counter,
            labels: &["ended"],
            samples: visits,
        },
        MetricFamily {
            name: "noticewatch_skipped_runs_total",
            help: "Planned looks and letters that fell into a pass which still went on; one run made up for them.",
            kind: MetricKind::Counter,
            labels: &[],
            samples: one(Some(number(figures.skipped_runs))),
        },
        gauge(
            "noticewatch_last_backup_timestamp_seconds",
            "The last backup that the daemon made.",
            &[],
            one(figures.last_backup.map(seconds)),
        ),
        gauge(
            "noticewatch_last_verified_timestamp_seconds",
            "When the daemon last checked all that is kept.",
            &[],
            one(figures.last_verified.map(seconds)),
        ),
        gauge(
            "noticewatch_store_damaged_places",
            "Places of the store that are damaged and could not be restored.",
            &[],
            one(Some(number(figures.damaged))),
        ),
        gauge(
            "noticewatch_store_size_bytes",
            "Octets of archive and journal.",
            &[],
            one(Some(number(figures.store_bytes))),
        ),
    ]
}
