//! How far archive and journal had come, in a small file of its own: so that what is cut off their ends is missed.
//!
//! Written after each step that is durable, and not synced itself: it may lag behind both, and is never ahead of them.

use super::archive::Reached;
use super::damage::Damage;
use super::durable_file::replace;
use super::error::StoreError;
use super::failpoints::Faults;
use super::journal;
use super::journal::JournalEnd;
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
pub(super) enum HeadsFile {
    /// There is none: one that is being made, a store of the first version, or somebody took it away.
    Nothing,
    Ends(Ends),
    /// It is not as it was written.
    Damaged(Damage),
}

/// Reads the file of a state directory.
pub(super) fn read(dir: &Path) -> Result<HeadsFile, StoreError> {
    read_file(&dir.join(FILE))
}

/// Reads the file from before a loss.
pub(super) fn lost(dir: &Path) -> Result<HeadsFile, StoreError> {
    read_file(&dir.join(LOST))
}

/// Keeps the file as the one from before a loss; an earlier loss goes before. Where it is gone or damaged itself, `known`
/// stands for it: what the database knows of the ends, if they are not there any more.
pub(super) fn keep_lost(dir: &Path, known: Option<&Ends>) -> Result<(), StoreError> {
    let to = dir.join(LOST);
    if to.exists() {
        return Ok(());
    }
    let octets = match (known, read(dir)?) {
        (_, HeadsFile::Ends(ends)) => line(&ends)?,
        (Some(known), _) => line(known)?,
        (None, _) => Vec::new(),
    };
    fs::write(&to, octets).map_err(StoreError::io("write", &to))
}

/// The damage that a store shows which has begun and has no such file.
pub(super) fn missing(dir: &Path) -> Damage {
    let why = "it is missing, and with it the proof that no end of archive or journal was cut off; it is made anew at the next start";
    Damage::of(&dir.join(FILE), 0, 0, why)
}

fn read_file(path: &Path) -> Result<HeadsFile, StoreError> {
    let octets = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(HeadsFile::Nothing),
        octets => octets.map_err(StoreError::io("read", path))?,
    };
    if let Some(ends) = parse(&octets) {
        return Ok(HeadsFile::Ends(ends));
    }
    Ok(HeadsFile::Damaged(if path.ends_with(LOST) {
        let why = "it was missing or damaged when it was needed, and was made anew: whether an end of archive or journal was \
                   cut off before cannot be seen";
        Damage::of(&path.with_file_name(FILE), 0, 0, why)
    } else {
        let why = "how far archive and journal had come cannot be read; it is written again at the next start";
        Damage::of(path, 0, octets.len() as u64, why)
    }))
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
    pub(super) fn open(dir: &Path, said: &HeadsFile, faults: &Faults) -> Result<Self, StoreError> {
        let path = dir.join(FILE);
        let file = match said {
            HeadsFile::Nothing | HeadsFile::Damaged(_) => None,
            HeadsFile::Ends(_) => {
                Some(OpenOptions::new().write(true).open(&path).map_err(StoreError::io("open", &path))?)
            }
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
