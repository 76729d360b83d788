//! The one way to the disk for archive and journal: a file that only grows, by whole and durable steps.
//!
//! Knows nothing of records or lines. A step that fails is taken back, so that the file always ends with a whole one.

use super::error::StoreError;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A growing file.
#[derive(Debug)]
pub(super) struct Disk {
    file: File,
    path: PathBuf,
    length: u64,
    /// A failed step could not be taken back yet.
    torn: bool,
}

impl Disk {
    /// Opens a file for growing, or makes an empty one; the directory entry is durable then.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let fresh = !path.exists();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(StoreError::io("open", path))?;
        let length = file.metadata().map_err(StoreError::io("read", path))?.len();
        if fresh && let Some(dir) = path.parent() {
            sync_directory(dir)?;
        }
        Ok(Self { file, path: path.to_owned(), length, torn: false })
    }

    /// How long the file is: the end of the last whole step.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends and returns only when the octets are durable. After an error the file is as it was before.
    pub(super) fn append(&mut self, octets: &[u8]) -> Result<(), StoreError> {
        if self.torn {
            self.truncate(self.length)?;
        }
        let written = self.file.write_all_at(octets, self.length).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            self.torn = true;
            // Where even this fails it is tried again before the next step; readers skip an incomplete end.
            let _ = self.truncate(self.length);
            return Err(StoreError::io("write", &self.path)(error));
        }
        self.length += octets.len() as u64;
        Ok(())
    }

    /// Cuts the file off at `length`.
    pub(super) fn truncate(&mut self, length: u64) -> Result<(), StoreError> {
        let cut = self.file.set_len(length).and_then(|()| self.file.sync_all());
        cut.map_err(StoreError::io("shorten", &self.path))?;
        self.length = length;
        self.torn = false;
        Ok(())
    }
}

/// Makes the entries of a directory durable.
pub(super) fn sync_directory(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", dir))
}
