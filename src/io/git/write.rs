//! Writing a repository, through `git fast-import`: commits on one branch after what stands there already.
//!
//! Every commit has the date of what it records as author and committer date, so the same facts make the same commits.

use super::{GitError, broken, git, output};
use jiff::Timestamp;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};

/// Who commits.
const AUTHOR: &str = "noticewatch <noticewatch@localhost>";

/// One recorded version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The time of the capture.
    pub at: Timestamp,
    /// Subject and body.
    pub message: String,
    /// Where it is written.
    pub path: String,
    /// What is written.
    pub text: Vec<u8>,
}

/// A running `git fast-import` on one branch.
#[derive(Debug)]
pub struct FastImport {
    path: PathBuf,
    child: Child,
    input: Option<BufWriter<ChildStdin>>,
    branch: String,
    begun: bool,
}

impl FastImport {
    /// Makes the repository where there is none; a bare one.
    ///
    /// # Errors
    /// git cannot be started, or refuses.
    pub fn prepare(dir: &Path, branch: &str) -> Result<(), GitError> {
        if dir.join("HEAD").exists() || dir.join(".git").exists() {
            return Ok(());
        }
        std::fs::create_dir_all(dir).map_err(broken(dir))?;
        let head = format!("--initial-branch={branch}");
        output(dir, git(dir).args(["init", "--quiet", "--bare", &head]))?;
        Ok(())
    }

    /// Begins to write after the last commit of a branch, or a new branch.
    ///
    /// # Errors
    /// git cannot be started.
    pub fn open(dir: &Path, branch: &str) -> Result<Self, GitError> {
        let reference = format!("refs/heads/{branch}");
        output(dir, git(dir).args(["check-ref-format", &reference]))?;
        let before = output(dir, git(dir).args(["rev-parse", "--verify", "--quiet", &reference])).is_ok();
        let mut command = git(dir);
        command.args(["fast-import", "--quiet", "--date-format=raw"]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(GitError::NoGit)?;
        let input = child.stdin.take().map(BufWriter::new);
        Ok(Self { path: dir.to_owned(), child, input, branch: reference, begun: !before })
    }

    /// Adds a commit.
    ///
    /// # Errors
    /// git broke off.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), GitError> {
        let failed = broken(&self.path);
        let Some(out) = self.input.as_mut() else { return Err(failed(std::io::ErrorKind::BrokenPipe.into())) };
        let (branch, at) = (&self.branch, commit.at.as_second());
        let parent =
            if std::mem::replace(&mut self.begun, true) { String::new() } else { format!("from {branch}^0\n") };
        let who = format!("author {AUTHOR} {at} +0000\ncommitter {AUTHOR} {at} +0000");
        let (message, text) = (&commit.message, &commit.text);
        write!(out, "commit {branch}\n{who}\ndata {}\n{message}\n{parent}", message.len())
            .and_then(|()| write!(out, "M 100644 inline {}\ndata {}\n", quoted(&commit.path), text.len()))
            .and_then(|()| out.write_all(text))
            .and_then(|()| out.write_all(b"\n"))
            .map_err(failed)
    }

    /// Writes all of it down.
    ///
    /// # Errors
    /// git broke off or refused.
    pub fn finish(mut self) -> Result<(), GitError> {
        if let Some(mut input) = self.input.take() {
            input.flush().map_err(broken(&self.path))?;
        }
        let out = self.child.wait_with_output().map_err(broken(&self.path))?;
        if out.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&out.stderr);
        let said = said.lines().find(|line| line.starts_with("fatal")).unwrap_or("fast-import failed").to_owned();
        Err(GitError::Refused { path: self.path, said })
    }
}

/// A path as fast-import reads it.
fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
