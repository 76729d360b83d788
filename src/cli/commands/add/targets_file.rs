//! The targets file as several hands write it: one at a time, whole or not at all, and to the next reader as it stood.
//!
//! Knows octets, whose they are and what they may be read by; nothing of what is in them.

use std::fs::{self, File, Permissions};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// The mode of a file that is made.
const MODE: u32 = 0o644;

/// A file that nobody else adds to for as long as this is held.
pub(super) struct TargetsFile {
    /// Where it really lies, behind whatever links.
    path: PathBuf,
    /// Its directory, locked: the file itself is exchanged, and a lock on it would go with the old one.
    _lock: File,
}

impl TargetsFile {
    /// Waits until no other one adds to it.
    pub(super) fn lock(path: &Path) -> Result<Self> {
        let path = match path.canonicalize() {
            // A link that leads nowhere would be replaced by a file.
            Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => path.to_owned(),
            real => real?,
        };
        let lock = File::open(directory(&path))?;
        match lock.lock() {
            // A file system without locks has no other hand on this machine's word.
            Err(error) if error.kind() != ErrorKind::Unsupported => Err(error),
            _ => Ok(Self { path, _lock: lock }),
        }
    }

    /// The new text in place of the old one, with its owner and group as far as this process may give them, and its mode.
    pub(super) fn replace(&self, text: &str) -> Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(directory(&self.path))?;
        file.write_all(text.as_bytes())?;
        let mode = match fs::metadata(&self.path) {
            Ok(before) => {
                let made = file.as_file().metadata()?;
                if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
                    let both = fchown(file.as_file(), Some(before.uid()), Some(before.gid()));
                    // Who may not give a file away may still give it to a group of its own.
                    let _ = both.or_else(|_| fchown(file.as_file(), None, Some(before.gid())));
                }
                before.permissions()
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Permissions::from_mode(MODE),
            Err(error) => return Err(error),
        };
        file.as_file().set_permissions(mode)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(Error::from)?;
        File::open(directory(&self.path))?.sync_all()
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
