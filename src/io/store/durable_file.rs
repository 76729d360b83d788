//! The one way to the disk for archive and journal: files that only grow, by whole and durable steps, and files that
//! take the place of others at once.
//!
//! Knows nothing of records or lines. A step that fails is taken back, so that a file always ends with a whole one.

use super::error::StoreError;
use super::failpoints::Faults;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

/// What a group of visits takes, and some letters.
const ROOM: usize = 4 << 20;

/// A growing file.
#[derive(Debug)]
pub(super) struct Disk {
    file: File,
    path: PathBuf,
    length: u64,
    /// A failed step could not be taken back yet.
    torn: bool,
    faults: Faults,
}

impl Disk {
    /// Opens a file for growing, or makes an empty one; the directory entry is durable then.
    pub(super) fn open(path: &Path, faults: &Faults) -> Result<Self, StoreError> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(StoreError::io("open", path))?;
        let length = file.metadata().map_err(StoreError::io("read", path))?.len();
        // An empty one may have been made by a process that ended before it could do this.
        if length == 0
            && let Some(dir) = path.parent()
        {
            sync_directory(dir, faults)?;
        }
        Ok(Self { file, path: path.to_owned(), length, torn: false, faults: faults.clone() })
    }

    /// How long the file is: the end of the last whole step.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends and returns only when the octets are durable. After an error the file is as it was before.
    pub(super) fn append(&mut self, octets: &[u8]) -> Result<(), StoreError> {
        self.settle()?;
        let written = self.faults.write(&self.file, &self.path, octets, self.length);
        if let Err(error) = written.and_then(|()| self.faults.sync(&self.file, &self.path)) {
            self.torn = true;
            // Where even this fails it is tried again before the next step; readers skip an incomplete end.
            let _ = self.truncate(self.length);
            return Err(StoreError::io("write", &self.path)(error));
        }
        self.length += octets.len() as u64;
        Ok(())
    }

    /// Takes back a failed step that could not be taken back when it failed.
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        if self.torn { self.truncate(self.length) } else { Ok(()) }
    }

    /// Cuts the file off at `length`.
    pub(super) fn truncate(&mut self, length: u64) -> Result<(), StoreError> {
        let cut = self.faults.cut(&self.file, &self.path, length);
        let cut = cut.and_then(|()| self.faults.sync(&self.file, &self.path));
        cut.map_err(StoreError::io("shorten", &self.path))?;
        self.length = length;
        self.torn = false;
        Ok(())
    }
}

/// That there is room to go on in a directory, by taking it for a moment.
pub(super) fn room(dir: &Path, faults: &Faults) -> Result<(), StoreError> {
    let (octets, path) = (vec![0; ROOM], dir.join("room"));
    let taken = tempfile::tempfile_in(dir).and_then(|file| {
        faults.write(&file, &path, &octets, 0)?;
        faults.sync(&file, &path)
    });
    taken.map_err(StoreError::io("write", dir))
}

/// Makes the entries of a directory durable.
pub(super) fn sync_directory(dir: &Path, faults: &Faults) -> Result<(), StoreError> {
    faults.sync_directory(dir).map_err(StoreError::io("sync", dir))
}

/// Puts octets in the place of a file, by way of `next` in the same directory: at any moment the old or the new is there.
pub(super) fn replace(next: &Path, path: &Path, octets: &[u8], faults: &Faults) -> Result<(), StoreError> {
    let written = File::create(next).and_then(|file| {
        faults.write(&file, next, octets, 0)?;
        faults.sync(&file, next)
    });
    if let Err(error) = written.and_then(|()| faults.rename(next, path)) {
        let _ = fs::remove_file(next);
        return Err(StoreError::io("write", path)(error));
    }
    path.parent().map_or(Ok(()), |dir| sync_directory(dir, faults))
}
