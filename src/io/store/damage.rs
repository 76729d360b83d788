//! What is not as it was written: where, between which times, and whom it concerns. A value; knows no files.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// A range of a file that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// The first octet of the range.
    pub from: u64,
    /// The octet after it; the same as `from`: something is missing there.
    pub to: u64,
    /// What does not fit, as a sentence for the operator.
    pub why: String,
    /// The time of the last whole record before it, where there is one.
    pub after: Option<Timestamp>,
    /// The time of the first whole record after it, where there is one.
    pub before: Option<Timestamp>,
    /// The targets that it is known to concern; empty: that cannot be told.
    pub targets: Vec<String>,
    /// It is as it was written itself, and leans on something that is not.
    #[serde(default)]
    pub follows: bool,
    /// An end was cut off: once something is written behind it, the files do not show it any more.
    #[serde(default)]
    pub gone: bool,
}

impl Damage {
    /// A range and what does not fit there.
    pub(super) fn of(file: &Path, from: u64, to: u64, why: impl Into<String>) -> Self {
        let (file, why) = (file.to_owned(), why.into());
        Self { file, from, to, why, after: None, before: None, targets: Vec::new(), follows: false, gone: false }
    }

    /// Whether two ranges of one file have an octet, or the place where something is missing, in common.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let end = |damage: &Self| damage.to.max(damage.from + 1);
        self.file == other.file && self.from < end(other) && other.from < end(self)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        match (self.from, self.to) {
            (0, 0) => {}
            (from, to) if from == to => write!(f, "at byte {from}: ")?,
            (from, to) => write!(f, "bytes {from} to {to}: ")?,
        }
        f.write_str(&self.why)?;
        let time = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
        match (self.after.map(time), self.before.map(time)) {
            (Some(after), Some(before)) => write!(f, "; written between {after} and {before}")?,
            (Some(after), None) => write!(f, "; written after {after}")?,
            (None, Some(before)) => write!(f, "; written before {before}")?,
            (None, None) => {}
        }
        if self.targets.is_empty() { Ok(()) } else { write!(f, "; concerns {}", self.targets.join(", ")) }
    }
}

/// What `verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Segments of the archive.
    pub segments: u32,
    /// Octets of archive and journal.
    pub octets: u64,
    /// Records of the archive.
    pub records: u64,
    /// Captures among them, those that name a body kept before included.
    pub captures: u64,
    /// Bodies that were dropped by retention.
    pub dropped: u64,
    /// Visits, those with a capture included.
    pub visits: u64,
    /// Letters in the outbox, of whatever state.
    pub letters: u64,
    /// Lines of the journal.
    pub lines: u64,
    /// Daily roots.
    #[serde(default)]
    pub roots: u64,
    /// The time of the first record and of the last.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Records and lines that are as they were written and lean on others that are not.
    pub leaning: u64,
    /// How the database stands to the files.
    pub rows: Rows,
    /// All that is not as it was written; empty: the store is fine.
    pub damage: Vec<Damage>,
}

/// How the database stands to archive and journal, from which it can be made anew at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rows {
    /// There is none; it is made at the next start.
    #[default]
    None,
    /// It holds the rows that were written, up to a place that archive and journal have.
    Fit,
    /// A process that writes holds it.
    Held,
    /// It could not be looked into.
    Unknown,
    /// It is damaged, or belongs to another past; it is made anew at the next start.
    Misfit,
}

/// What is wrong with one record.
pub(super) struct Wrong {
    pub(super) why: String,
    /// Whom it concerns.
    pub(super) targets: Vec<String>,
    /// It is as it was written, and leans on something that is not.
    pub(super) follows: bool,
}

impl Wrong {
    pub(super) fn own(why: String) -> Self {
        Self { why, targets: Vec::new(), follows: false }
    }
}

impl From<serde_json::Error> for Wrong {
    fn from(error: serde_json::Error) -> Self {
        Self::own(format!("the record cannot be understood: {error}"))
    }
}
