//! PDF files: from octets to letters and their places, in a child process that can neither run on nor grow for ever.
//!
//! The child is this program itself, started with [`VERB`]. It sets its own bounds before it reads the first octet, so
//! that a file made to harm takes the child with it and nothing else. Knows no paragraph and no target.

pub(crate) mod child;
pub(crate) mod glyphs;
pub(crate) mod ink;

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use child::read_one;

/// The verb with which the program calls itself.
pub const VERB: &str = "read-one";

/// Seconds of computing that one file may take. Real files of a hundred pages take less than one.
const COMPUTING_S: u64 = 5;

/// How long the child may take in all, waiting included.
const PATIENCE: Duration = Duration::from_secs(40);

/// Octets of memory that the child may ask for, the program itself included.
const MEMORY: u64 = 256 << 20;

/// Octets that the child may hand back.
const ANSWER: u64 = 16 << 20;

/// Exit codes by which the child says why it brings nothing.
const NO_TEXT: i32 = 3;
const LOCKED: i32 = 4;
const BROKEN: i32 = 5;
const UNBOUNDED: i32 = 6;
const TOO_LONG: i32 = 7;

/// Why a file gives no text.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// No letter in it, or none that has a meaning.
    #[error("the PDF file holds no text, only pictures of it; watch another form of the document")]
    NoText,
    /// It opens with a password only.
    #[error("the PDF file is locked with a password")]
    Locked,
    /// It is no PDF file, or one that is damaged.
    #[error("the PDF file is damaged or cut short")]
    Broken,
    /// It took more time or memory than any honest file.
    #[error("the PDF file takes more time or memory to read than any honest one; it was given up")]
    TooMuch,
    /// The child could not be started or heard.
    #[error("the PDF file could not be read on this machine: {0}; see that the program may start itself")]
    Machine(#[from] io::Error),
}

/// Reads PDF files, each in a process of its own.
#[derive(Clone, Debug)]
pub struct PdfReader {
    program: PathBuf,
    computing_s: u64,
}

impl Default for PdfReader {
    /// By the program that runs now, even where its file was replaced since.
    fn default() -> Self {
        Self::of("/proc/self/exe")
    }
}

impl PdfReader {
    /// By that program, which must be a noticewatch.
    #[must_use]
    pub fn of(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), computing_s: COMPUTING_S }
    }

    /// With so many seconds of computing for a file.
    #[must_use]
    pub fn within(self, computing_s: u64) -> Self {
        Self { computing_s, ..self }
    }

    /// The letters of a file and their places, in the written form of [`noticewatch_core::capture::glyphs::Typeset`].
    ///
    /// # Errors
    /// The file has no text, is locked or damaged, or takes too much; the child cannot be started.
    pub fn read(&self, file: &[u8]) -> Result<Vec<u8>, PdfError> {
        let mut child = Command::new(&self.program)
            .args([VERB, &self.computing_s.to_string()])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let child = Mutex::new(child);
        let kill = || child.lock().unwrap_or_else(PoisonError::into_inner).kill();
        let (ended, watch) = mpsc::channel::<()>();
        let heard = std::thread::scope(|scope| {
            scope.spawn(|| {
                if watch.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    // It may have ended by itself in the meantime.
                    let _ = kill();
                }
                drop(watch);
            });
            // A child that ends before it has read all breaks the pipe; its exit code says why.
            scope.spawn(move || stdin.take().map(|mut stdin| stdin.write_all(file)));
            let mut answer = Vec::new();
            let heard = stdout.map_or(Ok(0), |out| out.take(ANSWER + 1).read_to_end(&mut answer));
            if answer.len() as u64 > ANSWER {
                let _ = kill();
            }
            drop(ended);
            heard.map(|_| answer)
        });
        let status = child.into_inner().unwrap_or_else(PoisonError::into_inner).wait()?;
        let answer = heard?;
        verdict(status)?;
        if !answer.starts_with(b"[") {
            return Err(io::Error::other("its program is another").into());
        }
        Ok(answer)
    }
}

/// What the end of the child says of the file.
fn verdict(status: ExitStatus) -> Result<(), PdfError> {
    match status.code() {
        Some(0) => Ok(()),
        Some(NO_TEXT) => Err(PdfError::NoText),
        Some(LOCKED) => Err(PdfError::Locked),
        Some(UNBOUNDED) => Err(io::Error::other("its process cannot be bounded").into()),
        // Killed: by the bound on computing, for want of memory, by a stack that ran over, or by us.
        None | Some(TOO_LONG) => Err(PdfError::TooMuch),
        Some(_) => Err(PdfError::Broken),
    }
}
