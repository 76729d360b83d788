//! The files and the directory that the program works with, as they were named.

use std::path::PathBuf;

/// What was named for one run; None: the usual place applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// The settings [usually `noticewatch.toml`].
    pub config: Option<PathBuf>,
    /// What to watch [usually `targets.toml`].
    pub targets: Option<PathBuf>,
    /// The state directory [usually that of the settings].
    pub state: Option<PathBuf>,
}
