//! Man pages and completions for bash, zsh and fish, written from the command line definition:
//! `cargo run --example papers -- DIRECTORY`.

mod pages;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("papers: which directory? cargo run --example papers -- target/papers");
        return ExitCode::from(64);
    };
    match pages::write(&directory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("papers: {}: {error}", directory.display());
            ExitCode::from(73)
        }
    }
}
