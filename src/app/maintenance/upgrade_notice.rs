//! A store that another version wrote last, or one with other rules: noted in its journal, logged once, and told to the
//! operator with what changed. What that is stands in CHANGELOG.md, and is not judged here.

use super::changelog::{CHANGELOG, ChangelogVersion, between, versions};
use crate::app::error::Failure;
use crate::app::marks::{KEY, RULES};
use crate::app::version::rules;
use crate::io::store::Store;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;

/// Changes that a letter names; CHANGELOG.md holds all.
const NAMED: usize = 4;

/// A program that writes stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreWriter {
    /// Its version; None: one that did not note it.
    pub version: Option<String>,
    /// The fingerprint of its rules.
    pub rules: String,
}

/// Who writes a store, and who did before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takeover {
    /// Who writes it.
    #[serde(flatten)]
    pub by: StoreWriter,
    /// From whom it took over; None: from nobody.
    pub from: Option<StoreWriter>,
}

impl StoreWriter {
    /// This program.
    #[must_use]
    pub fn own() -> Self {
        Self { version: Some(env!("CARGO_PKG_VERSION").to_owned()), rules: rules().to_owned() }
    }
}

/// In a sentence without its end: `noticewatch 0.2.0 took over from 0.1.0`.
impl fmt::Display for Takeover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.by.version.as_deref().unwrap_or_default();
        let from = self.from.as_ref().map(|from| from.version.as_deref());
        match from.flatten() {
            Some(from) if from == version => write!(f, "noticewatch {version} took over from another build of {from}"),
            Some(from) => write!(f, "noticewatch {version} took over from {from}"),
            None => write!(f, "noticewatch {version} took over from an earlier version"),
        }
    }
}

/// Notes that this program writes the store, and from whom it took over, where that is new.
///
/// # Errors
/// The store cannot be read or written.
pub fn note(store: &mut Store, now: Timestamp) -> Result<(), Failure> {
    let (by, last) = (StoreWriter::own(), last(store)?);
    if last.as_ref() == Some(&by) {
        return Ok(());
    }
    // One of no known version that had these rules is no other to anybody.
    let from = last.filter(|last| last.version.is_some() || last.rules != by.rules);
    let takeover = Takeover { by, from };
    if let Some(from) = &takeover.from {
        let (rules, before) = (&takeover.by.rules, &from.rules);
        tracing::info!(%rules, rules_before = %before, "{takeover}; CHANGELOG.md says what changed");
    }
    Ok(store.mark(KEY, json!(takeover), now)?)
}

/// Who wrote the store last, as far as it is known: before versions were noted, only by which rules.
fn last(store: &Store) -> Result<Option<StoreWriter>, Failure> {
    let marks = store.marks()?;
    let noted = marks.get(KEY).and_then(|mark| Takeover::deserialize(&mark.value).ok());
    let rules = marks.iter().filter_map(|(key, mark)| Some((mark.at, key.strip_prefix(RULES)?)));
    let unnamed = rules.max().map(|(_, rules)| StoreWriter { version: None, rules: rules.to_owned() });
    Ok(noted.map(|takeover| takeover.by).or(unnamed))
}

/// What the next letter to the operator says of a takeover: it is news until a letter came after it, and to an operator who
/// was there.
///
/// # Errors
/// The store cannot be read.
pub fn notes(store: &Store, operator: &str, told: Option<Timestamp>) -> Result<Vec<String>, Failure> {
    let marks = store.marks()?;
    let there = marks.get(operator).map(|mark| mark.at);
    let news = marks.get(KEY).filter(|mark| told.is_none_or(|told| mark.at > told) && there <= Some(mark.at));
    let takeover = news.and_then(|mark| Some((Takeover::deserialize(&mark.value).ok()?, mark.at)));
    Ok(takeover.map(|(takeover, at)| said(&takeover, at, &versions(CHANGELOG))).unwrap_or_default())
}

/// A takeover in sentences: who and when, then the first of what changed.
#[must_use]
pub fn said(takeover: &Takeover, at: Timestamp, changelog: &[ChangelogVersion]) -> Vec<String> {
    let Some(from) = &takeover.from else { return Vec::new() };
    let mut notes = vec![format!("{takeover} on {}.", at.strftime("%Y-%m-%d"))];
    if from.rules != takeover.by.rules {
        notes[0] += " It reads pages by other rules: what it judges graver now comes marked late or judged anew.";
    }
    let (Some(before), Some(own)) = (&from.version, &takeover.by.version) else { return notes };
    let news = || between(changelog, before, own).flat_map(|one| one.changes.iter().map(move |change| (one, change)));
    notes.extend(news().take(NAMED).map(|(version, change)| format!("New in {}: {change}", version.number)));
    let more = news().count().saturating_sub(NAMED);
    match more {
        0 => {}
        1 => notes.push("... and 1 more change; CHANGELOG.md names all.".to_owned()),
        more => notes.push(format!("... and {more} more changes; CHANGELOG.md names all.")),
    }
    notes
}
