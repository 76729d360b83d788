//! Reading a repository: its branches, what each commit recorded at which path, and the blobs.
//!
//! A bundle is cloned into a directory that is gone when the repository is dropped.

use super::{GitError, broken, git, output};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Arc;

/// A commit message that is longer is cut: only its trailers are wanted.
const BODY_MAX: usize = 4 << 10;

/// A repository, bare or not, or a bundle.
#[derive(Debug)]
pub struct Repository {
    dir: PathBuf,
    name: String,
    /// Holds the clone of a bundle.
    _clone: Option<tempfile::TempDir>,
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its name, that of the remote left out.
    pub name: String,
    /// The whole name of the reference.
    pub reference: String,
}

/// One path as one commit recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The commit.
    pub commit: Arc<str>,
    /// Its author date.
    pub at: Timestamp,
    /// The path from the root of the repository.
    pub path: String,
    /// The blob.
    pub blob: String,
    /// The message without its subject.
    pub message: Arc<str>,
}

impl Repository {
    /// Opens a repository or a bundle.
    ///
    /// # Errors
    /// There is none, or git cannot read it.
    pub fn open(path: &Path) -> Result<Self, GitError> {
        if !path.exists() {
            return Err(GitError::Missing(path.to_owned()));
        }
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = name.trim_end_matches(".git").trim_end_matches(".bundle").to_owned();
        if whole.is_dir() {
            output(path, git(&whole).args(["rev-parse", "--git-dir"]))?;
            return Ok(Self { dir: whole, name, _clone: None });
        }
        let clone = tempfile::tempdir().map_err(broken(path))?;
        let arguments = ["clone", "--quiet", "--mirror"];
        output(path, git(clone.path()).args(arguments).arg(&whole).arg("bundle.git"))?;
        Ok(Self { dir: clone.path().join("bundle.git"), name, _clone: Some(clone) })
    }

    /// The name of the file or directory, without `.git` or `.bundle`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its history was cut when it was cloned.
    ///
    /// # Errors
    /// git cannot read the repository.
    pub fn is_shallow(&self) -> Result<bool, GitError> {
        let said = output(&self.dir, git(&self.dir).args(["rev-parse", "--is-shallow-repository"]))?;
        Ok(said.trim_ascii() == b"true")
    }

    /// The branches by name; one that stands at a remote only, too.
    ///
    /// # Errors
    /// git cannot read the repository.
    pub fn branches(&self) -> Result<Vec<Branch>, GitError> {
        let mut command = git(&self.dir);
        command.args(["for-each-ref", "--format=%(refname) %(symref)", "refs/remotes", "refs/heads"]);
        let listed = output(&self.dir, &mut command)?;
        let mut branches = BTreeMap::new();
        for line in String::from_utf8_lossy(&listed).lines() {
            let (reference, symbolic) = line.split_once(' ').unwrap_or((line, ""));
            let remote = reference.strip_prefix("refs/remotes/").and_then(|rest| Some(rest.split_once('/')?.1));
            let own = reference.strip_prefix("refs/heads/");
            if let Some(name) = own.or(remote).filter(|_| symbolic.is_empty()) {
                // Own branches are listed first, and stand before those of a remote.
                branches.entry(name.to_owned()).or_insert_with(|| reference.to_owned());
            }
        }
        Ok(branches.into_iter().map(|(name, reference)| Branch { name, reference }).collect())
    }

    /// What the commits of a branch recorded, by author date; those of one moment in the order of the commits.
    /// A path that was removed records nothing.
    ///
    /// # Errors
    /// git cannot read the repository.
    pub fn log(&self, branch: &Branch) -> Result<Vec<LogEntry>, GitError> {
        let mut command = git(&self.dir);
        command.args(["-c", "log.showRoot=true", "log", "--topo-order", "--reverse", "--raw", "-z", "--no-abbrev"]);
        command.args(["--no-renames", "--no-ext-diff", "--no-textconv", "--no-show-signature"]);
        command.args(["--format=@%H %at%n%b", &branch.reference, "--"]);
        let octets = output(&self.dir, &mut command)?;
        let mut entries = entries(&octets);
        entries.sort_by_key(|entry| entry.at);
        Ok(entries)
    }

    /// A way to the blobs.
    ///
    /// # Errors
    /// git cannot be started.
    pub fn blobs(&self) -> Result<Blobs, GitError> {
        let mut command = git(&self.dir);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(GitError::NoGit)?;
        let (input, output) =
            (child.stdin.take(), child.stdout.take().map(|out| BufReader::with_capacity(1 << 16, out)));
        Ok(Blobs { path: self.dir.clone(), child, input, output })
    }
}

/// The output of `git log --raw -z`: `@commit time`, the message, then fields and path by turns.
fn entries(octets: &[u8]) -> Vec<LogEntry> {
    let mut entries = Vec::new();
    let mut head: Option<(Arc<str>, Timestamp, Arc<str>)> = None;
    let mut parts = octets.split(|octet| *octet == 0);
    while let Some(part) = parts.next() {
        let part = part.strip_prefix(b"\n").unwrap_or(part);
        if part.first() == Some(&b'@') {
            head = commit(&String::from_utf8_lossy(part));
        } else if part.first() == Some(&b':') {
            let fields = String::from_utf8_lossy(part);
            let mut fields = fields.split(' ').skip(1);
            let (mode, blob) = (fields.next().unwrap_or_default(), fields.nth(1).unwrap_or_default());
            let Some(path) = parts.next() else { break };
            let recorded = mode.starts_with("100").then_some(blob);
            if let (Some((commit, at, message)), Some(blob)) = (&head, recorded) {
                entries.push(LogEntry {
                    commit: Arc::clone(commit),
                    at: *at,
                    path: String::from_utf8_lossy(path).into_owned(),
                    blob: blob.to_owned(),
                    message: Arc::clone(message),
                });
            }
        }
    }
    entries
}

fn commit(text: &str) -> Option<(Arc<str>, Timestamp, Arc<str>)> {
    let (head, message) = text.split_once('\n').unwrap_or((text, ""));
    let (commit, seconds) = head.strip_prefix('@')?.split_once(' ')?;
    let at = Timestamp::from_second(seconds.trim().parse().ok()?).ok()?;
    let message = message.get(..BODY_MAX).unwrap_or(message);
    Some((commit.into(), at, message.into()))
}

/// A running `git cat-file --batch`.
#[derive(Debug)]
pub struct Blobs {
    path: PathBuf,
    child: Child,
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
}

impl Blobs {
    /// The octets of a blob.
    ///
    /// # Errors
    /// There is no such blob, or git broke off.
    pub fn get(&mut self, blob: &str) -> Result<Vec<u8>, GitError> {
        let lost = |why: &str| GitError::Broken { path: self.path.clone(), why: why.to_owned() };
        let (Some(input), Some(output)) = (self.input.as_mut(), self.output.as_mut()) else {
            return Err(lost("it has no pipes"));
        };
        let failed = broken(&self.path);
        writeln!(input, "{blob}").and_then(|()| input.flush()).map_err(&failed)?;
        let mut head = String::new();
        output.read_line(&mut head).map_err(&failed)?;
        let size = head.split_whitespace().nth(2).and_then(|size| size.parse::<usize>().ok());
        let size = size.ok_or_else(|| lost(&format!("it has no blob {blob}")))?;
        let mut body = vec![0; size + 1];
        output.read_exact(&mut body).map_err(&failed)?;
        body.pop();
        Ok(body)
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // Without its input the child ends by itself.
        self.input = None;
        self.output = None;
        let _ = self.child.wait();
    }
}
