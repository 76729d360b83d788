//! What is said on both streams, and what becomes of it where nobody listens. A reader who went away (`| head`) is no
//! fault: what follows is dropped, and the work goes on. An output that cannot take more is said once, at the end.
//!
//! All programs of the project speak through [`say!`](crate::say) and [`complain!`](crate::complain), which never panic.

use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Result, Write};
use std::process::{ExitCode, Termination};
use std::sync::OnceLock;

/// A line on standard output. Colours come off by themselves where it is no terminal.
#[macro_export]
macro_rules! say {
    () => { $crate::io::say::line(format_args!("")) };
    ($($said:tt)*) => { $crate::io::say::line(format_args!($($said)*)) };
}

/// A line on the error stream.
#[macro_export]
macro_rules! complain {
    ($($said:tt)*) => { $crate::io::say::complaint(format_args!($($said)*)) };
}

/// The first error of standard output; nothing is written after it.
static TROUBLE: OnceLock<Error> = OnceLock::new();

/// A line, as [`say!`](crate::say) forms it.
pub fn line(said: Arguments<'_>) {
    attempt(|| writeln!(anstream::stdout().lock(), "{said}"));
}

/// Words without a line end.
pub fn words(said: &str) {
    attempt(|| anstream::stdout().write_all(said.as_bytes()));
}

/// Octets as they are.
pub fn raw(octets: &[u8]) {
    attempt(|| std::io::stdout().write_all(octets));
}

/// A line on the error stream, as [`complain!`](crate::complain) forms it. Where it cannot be written, nobody can be told.
pub fn complaint(said: Arguments<'_>) {
    let _ = writeln!(anstream::stderr().lock(), "{said}");
}

/// Whether all that was said so far has been taken, for those who wait for an answer to it.
///
/// # Errors
/// Standard output took less than all.
pub fn flush() -> Result<()> {
    attempt(|| std::io::stdout().flush());
    TROUBLE.get().map_or(Ok(()), |error| Err(Error::new(error.kind(), error.to_string())))
}

/// How a program ends: as its work did, but with a line and 74 (`EX_IOERR`) where the work went well, or well but for
/// what needs attention, and its words could not be written.
pub fn ended(outcome: impl Termination) -> ExitCode {
    let code = outcome.report();
    match flush() {
        Err(error)
            if error.kind() != ErrorKind::BrokenPipe && (code == ExitCode::SUCCESS || code == ExitCode::FAILURE) =>
        {
            complaint(format_args!("noticewatch: standard output: {error}"));
            ExitCode::from(74)
        }
        _ => code,
    }
}

/// Writes, if everything before could be written.
fn attempt(write: impl FnOnce() -> Result<()>) {
    if TROUBLE.get().is_none()
        && let Err(error) = write()
    {
        let _ = TROUBLE.set(error);
    }
}
