//! How far archive and journal had come, in a small file of its own: so that what is cut off their ends is missed.
//!
//! Written after each step that is durable, and not synced itself: it may lag behind both, and is never ahead of them.

use super::archive::Reached;
use super::damage::Damage;
use super::disk::replace;
use super::error::StoreError;
use super::faults::Faults;
use super::journal::{self, JournalEnd};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Its name in the state directory.
pub(super) const FILE: &str = "ends";
/// The file from before a loss that was found at opening, until the loss is on record.
pub(super) const LOST: &str = "ends.lost";
/// One sector, written at once.
const LENGTH: usize = 512;

/// How far both had come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ends {
    pub(super) archive: Reached,
    pub(super) journal: JournalEnd,
}

/// What the file says.
#[derive(Clone)]
pub(super) enum Said {
    /// There is none: a store of the first version, or one that is being made.
    Nothing,
    Ends(Ends),
    /// It is not as it was written.
    Damaged(Damage),
}

/// Reads the file of a state directory.
pub(super) fn read(dir: &Path) -> Result<Said, StoreError> {
    read_file(&dir.join(FILE))
}

/// Reads the file from before a loss.
pub(super) fn lost(dir: &Path) -> Result<Said, StoreError> {
    read_file(&dir.join(LOST))
}

/// Keeps the file as the one from before a loss; an earlier loss goes before.
pub(super) fn keep_lost(dir: &Path) -> Result<(), StoreError> {
    let (from, to) = (dir.join(FILE), dir.join(LOST));
    if to.exists() { Ok(()) } else { fs::copy(&from, &to).map(drop).map_err(StoreError::io("write", &to)) }
}

fn read_file(path: &Path) -> Result<Said, StoreError> {
    let octets = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Said::Nothing),
        octets => octets.map_err(StoreError::io("read", path))?,
    };
    let ends = parse(&octets);
    Ok(ends.map_or_else(
        || {
            let why = "how far archive and journal had come cannot be read; it is written again at the next start";
            Said::Damaged(Damage::of(path, 0, octets.len() as u64, why))
        },
        Said::Ends,
    ))
}

/// The whole file: an object with its checksum, and spaces up to its length.
pub(super) fn line(ends: &Ends) -> Result<Vec<u8>, StoreError> {
    let mut text = serde_json::to_string(ends)?;
    text.pop();
    text.push_str(&journal::ending(text.as_bytes()));
    let mut octets = format!("{text:<width$}", width = LENGTH - 1).into_bytes();
    octets.push(b'\n');
    Ok(octets)
}

fn parse(octets: &[u8]) -> Option<Ends> {
    let ends: Ends = serde_json::from_slice(octets).ok()?;
    (line(&ends).ok()? == octets).then_some(ends)
}

/// The file, open for writing.
#[derive(Debug)]
pub(super) struct Witness {
    /// None: it could not be made yet.
    file: Option<File>,
    path: PathBuf,
    faults: Faults,
}

impl Witness {
    /// Opens the file where it can be read; else it is made by the first note.
    pub(super) fn open(dir: &Path, said: &Said, faults: &Faults) -> Result<Self, StoreError> {
        let path = dir.join(FILE);
        let file = match said {
            Said::Nothing | Said::Damaged(_) => None,
            Said::Ends(_) => Some(OpenOptions::new().write(true).open(&path).map_err(StoreError::io("open", &path))?),
        };
        Ok(Self { file, path, faults: faults.clone() })
    }

    /// Notes how far both have come. What fails here is no failure of the step, which is durable already.
    pub(super) fn note(&mut self, ends: &Ends) {
        let Ok(octets) = line(ends) else { return };
        if let Some(file) = &self.file {
            let _ = self.faults.write_sector(file, &self.path, &octets);
        } else if replace(&self.path.with_extension("new"), &self.path, &octets, &self.faults).is_ok() {
            self.file = OpenOptions::new().write(true).open(&self.path).ok();
        }
    }
}
