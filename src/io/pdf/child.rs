//! The child's side: sets its bounds, reads one file from its input, writes the letters, ends. Knows no other file.

use super::{ANSWER, BROKEN, LOCKED, MEMORY, NO_TEXT, TOO_LONG, UNBOUNDED, glyphs};
use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::{Read, Write};
use std::process::ExitCode;

/// More than this share of letters without a meaning, in hundredths, and the text is none.
const UNKNOWN: usize = 30;

/// Reads one PDF file from the standard input, under bounds, and writes its letters to the standard output.
#[must_use]
pub fn read_one(computing_s: u64) -> ExitCode {
    if bound(computing_s).is_err() {
        return code(UNBOUNDED);
    }
    let mut file = Vec::new();
    if std::io::stdin().read_to_end(&mut file).is_err() {
        return code(BROKEN);
    }
    match letters(file) {
        Ok(octets) if std::io::stdout().write_all(&octets).is_ok() => ExitCode::SUCCESS,
        Ok(_) => code(BROKEN),
        Err(why) => code(why),
    }
}

fn code(why: i32) -> ExitCode {
    u8::try_from(why).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The bounds of the process; the kernel ends it where it goes past them. It opens no file and leaves no core.
fn bound(computing_s: u64) -> rustix::io::Result<()> {
    let at = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    setrlimit(Resource::As, at(MEMORY))?;
    setrlimit(Resource::Cpu, at(computing_s))?;
    setrlimit(Resource::Core, at(0))?;
    setrlimit(Resource::Fsize, at(ANSWER))?;
    setrlimit(Resource::Nofile, at(3))
}

/// The letters of a file in their written form, or the exit code that says why there are none.
fn letters(file: Vec<u8>) -> Result<Vec<u8>, i32> {
    let pdf = Pdf::new(file).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => LOCKED,
        _ => BROKEN,
    })?;
    let typeset = glyphs::typeset(&pdf).ok_or(TOO_LONG)?;
    let (mut known, mut unknown) = (0, 0);
    for letter in typeset.pages.iter().flat_map(|sheet| &sheet.runs).flat_map(|run| run.text.chars()) {
        known += usize::from(letter.is_alphabetic());
        unknown += usize::from(letter == char::REPLACEMENT_CHARACTER);
    }
    if typeset.pages.is_empty() {
        return Err(BROKEN);
    }
    if known == 0 || unknown * 100 > (known + unknown) * UNKNOWN {
        return Err(NO_TEXT);
    }
    Ok(typeset.to_octets())
}
