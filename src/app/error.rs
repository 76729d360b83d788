//! How a verb fails: a sentence for the operator and an exit code from sysexits(3).

use crate::config::Report;
use crate::io::git::GitError;
use crate::io::store::StoreError;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

/// A failure that ends the program.
#[derive(Debug)]
pub enum Failure {
    /// The command line is wrong (64).
    Usage(String),
    /// A file that was named cannot be understood (65).
    Data(String),
    /// Something that was named does not exist (66).
    Missing(String),
    /// A server could not be reached (69).
    Unavailable(String),
    /// The state directory cannot be written (73).
    State(String),
    /// There is no room left to write (73).
    Full(String),
    /// Reading or writing failed (74).
    Io(String),
    /// A record of the store is damaged (74).
    Damaged(String),
    /// Another noticewatch is at work (75).
    Busy(String),
    /// The configuration is wrong (78).
    Config(Vec<Report>),
    /// What the configuration names cannot be used as it is (78).
    Setup(String),
    /// All was done, and something needs the operator (1). Already said on the output.
    Attention,
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Attention => 1,
            Self::Usage(_) => 64,
            Self::Data(_) => 65,
            Self::Missing(_) => 66,
            Self::Unavailable(_) => 69,
            Self::State(_) | Self::Full(_) => 73,
            Self::Io(_) | Self::Damaged(_) => 74,
            Self::Busy(_) => 75,
            Self::Config(_) | Self::Setup(_) => 78,
        }
    }
}

impl Failure {
    /// A file that cannot be read: which, and why in words.
    #[must_use]
    pub fn of_file(path: &Path, error: &std::io::Error) -> Self {
        let name = path.display();
        match error.kind() {
            ErrorKind::NotFound => Self::Missing(format!("{name}: no such file")),
            ErrorKind::IsADirectory => Self::Io(format!("{name}: is a directory; name a file in it")),
            ErrorKind::PermissionDenied => Self::Io(format!("{name}: may not be read by this user")),
            _ => Self::Io(format!("{name}: {error}")),
        }
    }

    /// A file that cannot be written, and was left as it is: which, and why in words.
    #[must_use]
    pub fn unwritten(path: &Path, error: &std::io::Error) -> Self {
        let name = path.display();
        match error.kind() {
            ErrorKind::PermissionDenied => {
                Self::Io(format!("{name}: may not be written by this user; nothing was changed"))
            }
            _ => Self::Io(format!("{name}: cannot be written: {error}; nothing was changed")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text)
            | Self::Data(text)
            | Self::Missing(text)
            | Self::Unavailable(text)
            | Self::State(text)
            | Self::Full(text)
            | Self::Io(text)
            | Self::Damaged(text)
            | Self::Busy(text)
            | Self::Setup(text) => f.write_str(text),
            Self::Config(reports) => reports.iter().try_for_each(|report| f.write_str(&report.plain())),
            Self::Attention => f.write_str("something needs you; see above"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        match error {
            error if error.is_damage() => Self::Damaged(text),
            error if error.is_forbidden() => Self::State(text),
            StoreError::Locked { .. } => Self::Busy(text),
            StoreError::NoStore { .. } => Self::Missing(text),
            StoreError::NoRoom { .. } => Self::Full(text),
            StoreError::Unwritable { .. }
            | StoreError::NotOurs { .. }
            | StoreError::NoBackup { .. }
            | StoreError::Ahead { .. }
            | StoreError::Restoring { .. } => Self::State(text),
            _ => Self::Io(text),
        }
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        let text = error.to_string();
        match error {
            GitError::Missing(_) => Self::Missing(text),
            GitError::NoGit(_) => Self::Unavailable(text),
            GitError::Refused { .. } => Self::Data(text),
            GitError::Broken { .. } => Self::Io(text),
        }
    }
}
