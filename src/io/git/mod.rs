//! Git repositories, through the `git` program: what an archive recorded, and what we write for others to read.
//!
//! Knows commits, paths and blobs; nothing of services, terms or targets.

pub(crate) mod log;
pub(crate) mod write;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use log::Blobs;
pub use log::Branch;
pub use log::LogEntry;
pub use log::Repository;
pub use write::Commit;
pub use write::FastImport;

/// What can go wrong with a repository.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program is not there or cannot be started.
    #[error("git cannot be started ({0}); install it, or put it on the PATH")]
    NoGit(std::io::Error),
    /// There is no such file or directory.
    #[error("{}: no such repository or bundle", .0.display())]
    Missing(PathBuf),
    /// git refused.
    #[error("{}: {said}", .path.display())]
    Refused {
        /// The repository.
        path: PathBuf,
        /// What git said first, or where it named no fault, last.
        said: String,
    },
    /// git broke off.
    #[error("{}: git broke off ({why}); `git fsck` there says whether the repository is whole", .path.display())]
    Broken {
        /// The repository.
        path: PathBuf,
        /// What was missing.
        why: String,
    },
}

/// git in a repository, undisturbed by the variables of a git that may have started us.
fn git(dir: &Path) -> Command {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").arg("-C").arg(dir);
    command
}

/// What a git command writes; its complaint where it fails.
fn output(path: &Path, command: &mut Command) -> Result<Vec<u8>, GitError> {
    let out = command.output().map_err(GitError::NoGit)?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    let said = complaint(&String::from_utf8_lossy(&out.stderr));
    Err(GitError::Refused { path: path.to_owned(), said })
}

/// What git complains of, in one line: the fault, with the command that helps where the repository is another user's.
#[must_use]
pub fn complaint(said: &str) -> String {
    // What comes after the fault is advice that runs over several lines.
    let fault = said.lines().find_map(|line| line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")));
    let last = || said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("git failed without a word");
    let helps =
        said.lines().map(str::trim).find(|line| line.starts_with("git config") && line.contains("safe.directory"));
    let fault = fault.unwrap_or_else(last);
    helps.map_or_else(|| fault.to_owned(), |helps| format!("{fault}; where you trust it: {helps}"))
}

/// Turns a failed exchange with a running git into an error.
fn broken(path: &Path) -> impl Fn(std::io::Error) -> GitError {
    let path = path.to_owned();
    move |error| GitError::Broken { path: path.clone(), why: error.to_string() }
}
