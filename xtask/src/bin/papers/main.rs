//! Man pages and completions for bash, zsh and fish, written from the command line definition, and the changelog in
//! Debian's form: `cargo run -p xtask --bin papers -- DIRECTORY`. Its time is `SOURCE_DATE_EPOCH`, else now.

mod debian;
mod pages;

use jiff::Timestamp;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(write_papers())
}

fn write_papers() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        noticewatch::complain!("papers: which directory? cargo run -p xtask --bin papers -- target/papers");
        return ExitCode::from(64);
    };
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let built = given.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or_else(Timestamp::now);
    match pages::write(&directory).and_then(|()| debian::write(&directory, built)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            noticewatch::complain!("papers: {}: {error}", directory.display());
            ExitCode::from(73)
        }
    }
}
