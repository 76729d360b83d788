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
}

impl Damage {
    /// A range and what does not fit there.
    pub(super) fn of(file: &Path, from: u64, to: u64, why: impl Into<String>) -> Self {
        let (file, why) = (file.to_owned(), why.into());
        Self { file, from, to, why, after: None, before: None, targets: Vec::new() }
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
