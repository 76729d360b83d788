//! What operators decide while another process writes this store: one file a decision, whole or not there at all, which
//! the writer takes up.
//!
//! The journal stays the only truth: a file is removed after its decision is durable there, and a decision that stands
//! there already is not written again, so that an end at any moment loses and doubles nothing.

use super::damage::Damage;
use super::durable_file::{replace, sync_directory};
use super::error::StoreError;
use super::failpoints::Faults;
use super::journal::ending;
use super::values::Decision;
use super::{Store, journal, ownership};
use serde_json::Value;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The directory of requests, in the state directory.
const DIR: &str = "decisions";
/// Files that are still being written begin with a dot and do not end so.
const ENDING: &str = "json";

/// A file that waits, and what it holds.
type WaitingFile = (PathBuf, Result<Decision, String>);

/// What was taken up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenUp {
    /// The decisions that stand in the journal now and did not before.
    pub decisions: Vec<Decision>,
    /// Files that hold no decision, or could not be removed: sentences for the operator.
    pub trouble: Vec<String>,
}

/// Makes the directory of requests, so that it belongs to who writes the store and not to who decides first.
pub(super) fn prepare(dir: &Path) -> Result<(), StoreError> {
    let dir = dir.join(DIR);
    fs::create_dir_all(&dir).map_err(StoreError::io("create", &dir))
}

impl Store {
    /// Leaves a decision for the process that writes the store of this directory; durable when this returns.
    ///
    /// # Errors
    /// Where there is no room, or the directory may not be written to.
    pub fn request(dir: &Path, decision: &Decision) -> Result<PathBuf, StoreError> {
        leave(dir, decision).map_err(|error| match &error {
            StoreError::Io { source, .. } if source.kind() == ErrorKind::PermissionDenied => {
                ownership::owned(dir, None).err().unwrap_or(error)
            }
            _ => error,
        })
    }

    /// The decisions that wait to be taken up, in the order in which they were made; files that hold none are left out.
    ///
    /// # Errors
    /// Where the directory cannot be read.
    pub fn requests(&self) -> Result<Vec<Decision>, StoreError> {
        Ok(waiting(&self.dir)?.into_iter().filter_map(|(_, decision)| decision.ok()).collect())
    }

    /// Writes what waits into the journal, and removes the files.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading; what was not written still waits.
    pub fn take_up(&mut self) -> Result<TakenUp, StoreError> {
        let mut taken = TakenUp::default();
        let waiting = waiting(&self.dir)?;
        if waiting.is_empty() {
            return Ok(taken);
        }
        let known = self.decisions()?;
        for (path, decision) in waiting {
            match decision {
                Ok(decision) if known.contains(&decision) || taken.decisions.contains(&decision) => {}
                Ok(decision) => {
                    self.decide(decision.clone())?;
                    taken.decisions.push(decision);
                }
                Err(why) => taken.trouble.push(format!("{} holds no decision ({why}); it is removed", path.display())),
            }
            if let Err(error) = fs::remove_file(&path) {
                taken.trouble.push(format!("{} was taken up, but cannot be removed: {error}", path.display()));
            }
        }
        Ok(taken)
    }
}

/// Writes a decision into a file of its own.
fn leave(dir: &Path, decision: &Decision) -> Result<PathBuf, StoreError> {
    prepare(dir)?;
    let dir = dir.join(DIR);
    let failed = |error| StoreError::io("write a decision into", &dir)(error);
    let mut file = tempfile::Builder::new().prefix(".").tempfile_in(&dir).map_err(failed)?;
    let mut text = serde_json::to_string(decision)?;
    text.pop();
    text.push_str(&ending(text.as_bytes()));
    let written = file.write_all(text.as_bytes());
    // Readable for the writer of the store, who may be another user; the state directory keeps others out.
    let readable = || file.as_file().set_permissions(fs::Permissions::from_mode(0o644));
    written.and_then(|()| readable()).map_err(failed)?;
    file.as_file_mut().flush().and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    let name = serde_json::to_string(&decision.decision).unwrap_or_default();
    let (millis, pid) = (decision.at.as_millisecond(), std::process::id());
    let letter = decision.letter.map(|letter| format!("-{letter}")).unwrap_or_default();
    let path = dir.join(format!("{millis:013}-{}{letter}-{pid}.{ENDING}", name.trim_matches('"')));
    file.persist(&path).map_err(|error| failed(error.error))?;
    sync_directory(&dir, &Faults::default())?;
    Ok(path)
}

/// A decision with its checksum; those of the first version had none, and hold nothing else.
fn parse(text: &[u8]) -> Result<Decision, String> {
    let object: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let decision: Decision = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    let body = text.len().checked_sub(journal::ENDING).map(|cut| text.split_at(cut));
    let summed = body.is_some_and(|(body, sum)| sum == ending(body).as_bytes());
    let alone = serde_json::to_value(&decision).is_ok_and(|alone| alone == object);
    if summed || alone { Ok(decision) } else { Err("it is not as it was written".to_owned()) }
}

/// Copies the decisions that wait, in place of those that a backup held.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let (own, copies) = (waiting(from)?, to.join(DIR));
    if copies.exists() {
        fs::remove_dir_all(&copies).map_err(StoreError::io("remove", &copies))?;
    }
    prepare(to)?;
    for path in own.into_iter().filter(|(_, decision)| decision.is_ok()).map(|(path, _)| path) {
        match fs::copy(&path, copies.join(path.file_name().unwrap_or_default())) {
            // Taken up meanwhile: it stands in the journal by the next backup.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            done => drop(done.map_err(StoreError::io("write", &copies))?),
        }
    }
    sync_directory(&copies, &Faults::default())
}

/// Puts back decisions that wait and are damaged, where a backup holds them whole.
pub(super) fn heal(dir: &Path, backup: &Path, damage: &[Damage]) -> Result<(), StoreError> {
    let waits = |damage: &&Damage| damage.file.parent() == Some(&dir.join(DIR));
    for Damage { file, .. } in damage.iter().filter(waits) {
        let theirs = fs::read(backup.join(DIR).join(file.file_name().unwrap_or_default())).ok();
        if let Some(theirs) = theirs.filter(|theirs| parse(theirs).is_ok()) {
            replace(&file.with_extension("new"), file, &theirs, &Faults::default())?;
        }
    }
    Ok(())
}

/// The files that hold no decision.
pub(super) fn damaged(dir: &Path) -> Result<Vec<Damage>, StoreError> {
    let broken = waiting(dir)?.into_iter().filter_map(|(path, decision)| Some((path, decision.err()?)));
    Ok(broken.map(|(path, why)| Damage::of(&path, 0, 0, format!("it holds no decision ({why})"))).collect())
}

/// The files that wait, in the order of their times.
fn waiting(dir: &Path) -> Result<Vec<WaitingFile>, StoreError> {
    let dir = dir.join(DIR);
    let entries = match fs::read_dir(&dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::io("read", &dir))?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(StoreError::io("read", &dir))?;
    let whole = |path: &PathBuf| path.extension().is_some_and(|ending| ending == ENDING);
    paths.retain(whole);
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read(&path).map_err(|error| error.to_string());
        (path, text.and_then(|text| parse(&text)))
    };
    Ok(paths.into_iter().map(read).collect())
}
