//! What can go wrong with the store, in sentences for the operator. Knows no file format.

use std::io;
use std::path::{Path, PathBuf};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes this store.
    #[error("the state directory {} is in use by process {pid}; stop that process, or use a command that only reads", dir.display())]
    Locked {
        /// The state directory.
        dir: PathBuf,
        /// The process that holds it, as it wrote its number down.
        pid: String,
    },
    /// The state directory is another user's.
    #[error("the state directory {} belongs to user {owner}, and this is user {own}; run the same command with `{command}`", dir.display())]
    NotOurs {
        /// The state directory.
        dir: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        own: u32,
        /// What to put before the command.
        command: String,
    },
    /// A directory that cannot hold a backup of this store.
    #[error("{} cannot take the backup: {why}", dir.display())]
    NoBackup {
        /// The directory.
        dir: PathBuf,
        /// Why.
        why: String,
    },
    /// A backup that holds what the store does not.
    #[error("the backup in {} holds records that the store in {} does not have: that one was cut, restored from elsewhere, or is another one. The backup was left as it is; `noticewatch verify` says whether the store is whole, `noticewatch restore` takes the backup, and another directory takes a new one", backup.display(), dir.display())]
    Ahead {
        /// The backup.
        backup: PathBuf,
        /// The state directory.
        dir: PathBuf,
    },
    /// A restore that was interrupted.
    #[error("{} is the beginning of a restore that was interrupted; run `noticewatch restore` again", dir.display())]
    Restoring {
        /// What it left.
        dir: PathBuf,
    },
    /// There is nothing to read yet.
    #[error("{} holds no store yet; `noticewatch check` makes one, or name the right place with --state", dir.display())]
    NoStore {
        /// The state directory.
        dir: PathBuf,
    },
    /// The disk is full; nothing of the group was kept, and everything before it still is.
    #[error("no room left to write {}; free some space: nothing of this step was recorded, and all earlier records are whole", path.display())]
    NoRoom {
        /// The file that could not grow.
        path: PathBuf,
    },
    /// The file system takes nothing at all.
    #[error("cannot write {}: its file system is read-only; nothing of this step was recorded, and all earlier records are whole. Mount it writable (`dmesg` says whether an error of the disk made it so), or name another place with --state", path.display())]
    Unwritable {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A record does not hold what was written.
    #[error("{} is damaged at byte {offset}: {why}; `noticewatch verify` lists all damage", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        offset: u64,
        /// What does not fit.
        why: String,
    },
    /// The files were written by a later version of the program.
    #[error("{} was written by a newer noticewatch ({found}); install that version or a later one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version mark that stands there.
        found: String,
    },
    /// The sled database failed; archive and journal are not touched by that.
    #[error("the database in {} failed: {why}; it is made anew from archive and journal at the next start", path.display())]
    View {
        /// The directory of the database.
        path: PathBuf,
        /// What it said.
        why: String,
    },
    /// A store that was opened for reading was asked to write.
    #[error("the store in {} was opened for reading only", dir.display())]
    ReadOnly {
        /// The state directory.
        dir: PathBuf,
    },
    /// A capture whose body has another digest than it says.
    #[error("a capture of {target} says its body is {said}, but the body's SHA-256 is {is}; it was not recorded")]
    WrongDigest {
        /// The target's id.
        target: String,
        /// The digest in the capture.
        said: String,
        /// The digest of the body.
        is: String,
    },
    /// No such row in the outbox.
    #[error("the outbox has no row {row}; `noticewatch outbox` lists them")]
    NoRow {
        /// The row's number.
        row: u64,
    },
    /// A value that cannot be written as JSON.
    #[error("a value could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl StoreError {
    /// Whether something that was written is not there any more: everything else goes on without it.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Whether this user may not write there, which no further try changes.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        let Self::Io { action, source, .. } = self else { return false };
        !matches!(*action, "read" | "open") && source.kind() == io::ErrorKind::PermissionDenied
    }

    /// Names the file and the attempt behind an error of the system; a full disk, and one
    /// that is only for reading, are told apart.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::NoRoom { path }
            }
            io::ErrorKind::ReadOnlyFilesystem => Self::Unwritable { path },
            _ => Self::Io { action, path, source },
        }
    }
}
