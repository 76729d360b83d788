//! Keeping the store trustworthy while nobody looks: the daily backup, the weekly check, mending what is damaged, and
//! saying so in the next letters.
//!
//! What was found is a mark in the journal; letters tell it from there, once.

pub mod changelog;
pub mod data_loss;
pub mod retention;
pub mod timestamping;
pub mod upgrade_notice;

use super::context::AppContext;
use super::error::Failure;
use super::marks::{BACKUP, DAMAGE, RESTORED, VERIFIED};
use super::text::utc;
use crate::io::store::{Damage, Healed, Store, VerifyReport};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A backup that failed is tried again after this time.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// Places that a letter names, or a verb that mends; `verify` names all.
pub(crate) const NAMED: usize = 8;

/// What is done besides looking and telling.
#[derive(Debug, Default)]
pub struct Upkeep {
    /// When a backup was tried last without success, and why it failed.
    failed: Option<(Timestamp, String)>,
    /// When something damaged was met last.
    met: Option<Timestamp>,
}

impl Upkeep {
    /// Mends what opening found damaged, before anything is written behind it.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn mend(office: &AppContext, store: &mut Store) -> Result<(), Failure> {
        if !store.is_harmed() {
            return Ok(());
        }
        for text in store.damage() {
            tracing::error!("{text}");
        }
        let report = store.verify()?;
        Self::settle(office, store, &report, office.clock.now())
    }

    /// The daily backup and the weekly check. Letters are worth more: a failure is said, and tried again later.
    pub async fn daily(&mut self, office: &AppContext, store: &mut Store) {
        if let Err(failure) = Self::check(office, store).await {
            tracing::error!("the store could not be checked: {failure}");
        }
        if let Err(failure) = self.copy(office, store).await {
            let said = failure.to_string();
            tracing::error!("no backup: {said}");
            self.failed = Some((office.clock.now(), said));
        }
    }

    /// Why the last backup failed, if it did.
    #[must_use]
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_ref().map(|(_, why)| why.as_str())
    }

    /// Checks the store now, because something damaged was met; at most once a day. Whether it was mended.
    pub async fn hurry(&mut self, office: &AppContext, store: &mut Store) -> bool {
        let now = office.clock.now();
        if self.met.is_some_and(|met| now.duration_since(met) < DAY) {
            return false;
        }
        self.met = Some(now);
        let checked = Self::look_through(office, store, now).await;
        if let Err(failure) = &checked {
            tracing::error!("the store could not be checked: {failure}");
        }
        checked.is_ok()
    }

    async fn check(office: &AppContext, store: &mut Store) -> Result<(), Failure> {
        let now = office.clock.now();
        // A driven clock passes weeks in seconds.
        let wanted = !office.clock.is_driven() || office.settings.backup.is_some();
        if !wanted || !is_due(store, VERIFIED, now, WEEK)? {
            return Ok(());
        }
        // After the letters of this moment: what is found now is news to the next ones.
        Self::look_through(office, store, now.checked_add(SignedDuration::from_millis(1)).unwrap_or(now)).await
    }

    async fn look_through(office: &AppContext, store: &mut Store, at: Timestamp) -> Result<(), Failure> {
        let dir = store.dir().to_owned();
        let report = aside(move || Ok(Store::verify_in(&dir)?)).await?;
        tracing::info!(records = report.records, damage = report.damage.len(), "store checked");
        Self::settle(office, store, &report, at)?;
        Ok(store.mark(VERIFIED, json!({"records": report.records, "damage": report.damage.len()}), at)?)
    }

    /// Mends what a report names, where there is a backup, and puts on record what came of it.
    fn settle(office: &AppContext, store: &mut Store, report: &VerifyReport, at: Timestamp) -> Result<(), Failure> {
        let known = report.damage.iter().all(|damage| damage.follows) && lost(store)? > 0;
        let backup = office.settings.backup.as_ref().map(PathBuf::from).filter(|dir| dir.join("archive").is_dir());
        let healed = match backup {
            // Somebody put it right by hand.
            _ if report.damage.is_empty() => {
                let value = data_loss::whole_again(store.marks()?.get(DAMAGE));
                return value.map_or(Ok(()), |value| Ok(store.mark(DAMAGE, value, at)?));
            }
            // What leans on a loss that is on record is no news.
            _ if known => return Ok(()),
            Some(backup) => heal(store, &backup, report, at)?,
            None => {
                let healed = Healed { restored: Vec::new(), lost: report.damage.clone(), aside: Vec::new() };
                record(store, &healed, at)?;
                healed
            }
        };
        healed.restored.iter().for_each(|damage| tracing::warn!("restored from the backup: {damage}"));
        healed.lost.iter().for_each(|damage| tracing::error!("lost: {damage}"));
        for file in &healed.aside {
            tracing::warn!("octets that belong to no record are kept in {}", file.display());
        }
        Ok(())
    }

    async fn copy(&mut self, office: &AppContext, store: &mut Store) -> Result<(), Failure> {
        let now = office.clock.now();
        let Some(to) = office.settings.backup.as_ref().map(PathBuf::from) else { return Ok(()) };
        let tried = self.failed.as_ref().is_some_and(|(at, _)| now.duration_since(*at) < AGAIN);
        if tried || !is_due(store, BACKUP, now, DAY)? {
            return Ok(());
        }
        let dir = store.dir().to_owned();
        let copied = aside(move || Ok(Store::backup(&dir, &to, now)?)).await?;
        copied.trouble.iter().for_each(|text| tracing::warn!("backup: {text}"));
        tracing::info!(octets = copied.octets, segments = copied.segments, "backup made");
        self.failed = None;
        Ok(store.mark(BACKUP, json!({"octets": copied.octets, "trouble": copied.trouble}), now)?)
    }
}

/// Runs what takes long beside the main loop, which goes on telling the watchdog.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Io(error.to_string()))?
}

/// Whether something was last done long enough ago, or never.
fn is_due(store: &Store, key: &str, now: Timestamp, every: SignedDuration) -> Result<bool, Failure> {
    // As far ahead: by a clock that was wrong.
    Ok(store.marks()?.get(key).is_none_or(|mark| now.duration_since(mark.at).abs() >= every))
}

/// Mends a store from a backup and puts on record what came of it.
///
/// # Errors
/// The store cannot be written.
pub(crate) fn heal(store: &mut Store, from: &Path, report: &VerifyReport, now: Timestamp) -> Result<Healed, Failure> {
    let healed = store.heal(from, report)?;
    record(store, &healed, now)?;
    Ok(healed)
}

/// Puts damage on record, so that the next letters tell of it; the same damage only once.
fn record(store: &mut Store, healed: &Healed, now: Timestamp) -> Result<(), Failure> {
    let texts = |all: &[Damage]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut value = json!({"restored": texts(&healed.restored), "lost": texts(&healed.lost)});
    let marks = store.marks()?;
    let before = marks.get(DAMAGE);
    data_loss::add(&mut value, before, healed, now);
    if before.is_none_or(|mark| mark.value["lost"] != value["lost"] || !healed.restored.is_empty()) {
        let until = store.last_line()?.unwrap_or(now);
        store.mark(DAMAGE, value, now)?;
        if healed.lost.iter().any(|damage| damage.file.ends_with("journal.jsonl")) {
            note_restored(store, until, now)?;
        }
    }
    Ok(store.forget_loss()?)
}

/// Notes that what was told since a moment may be told again.
///
/// # Errors
/// The journal cannot be written.
pub(crate) fn note_restored(store: &mut Store, until: Timestamp, now: Timestamp) -> Result<(), Failure> {
    Ok(store.mark(RESTORED, json!({"until": until}), now)?)
}

/// How many places are on record as damaged and not restored.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn lost(store: &Store) -> Result<u64, Failure> {
    Ok(data_loss::count(store.marks()?.get(DAMAGE)) as u64)
}

/// That letters may come twice after a restore, where that is news to a recipient whose last letter is this old.
///
/// # Errors
/// The store cannot be read.
pub fn restored(store: &Store, told: Option<Timestamp>) -> Result<Option<String>, Failure> {
    let marks = store.marks()?;
    let mark = marks.get(RESTORED).filter(|mark| told.is_none_or(|told| mark.at > told));
    let until = mark.and_then(|mark| mark.value["until"].as_str()?.parse::<Timestamp>().ok());
    Ok(until
        .map(|until| format!("What was kept was restored from a backup: letters since {} may come twice.", utc(until))))
}

/// What a letter says of the store: to the operator what was damaged, restored and lost; to others that something was.
///
/// # Errors
/// The store cannot be read.
pub fn notes(store: &Store, operator: bool, told: Option<Timestamp>) -> Result<Vec<String>, Failure> {
    let marks = store.marks()?;
    let news = marks.get(DAMAGE).filter(|mark| told.is_none_or(|told| mark.at > told));
    let Some(mark) = news else { return Ok(Vec::new()) };
    let texts = |key: &str| -> Vec<String> {
        let list = mark.value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let (restored, lost) = (texts("restored"), texts("lost"));
    if !operator {
        let what = match (restored.len(), lost.len()) {
            (_, 0) => return Ok(Vec::new()),
            (_, 1) => "one place".to_owned(),
            (_, count) => format!("{count} places"),
        };
        let dir = store.dir().display();
        return Ok(vec![format!("The store in {dir} was found damaged in {what}; `noticewatch verify` says where.")]);
    }
    let mut notes = Vec::new();
    for (texts, word) in [(restored, "Found damaged and restored from the backup"), (lost, "Found damaged and lost")] {
        let more = texts.len().saturating_sub(NAMED);
        notes.extend(texts.iter().take(NAMED).map(|text| format!("{word}: {text}")));
        if more > 0 {
            notes.push(format!("... and {more} more places; `noticewatch verify` names all."));
        }
    }
    Ok(notes)
}
