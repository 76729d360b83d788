//! Man pages and completions from the command line definition: which files there are and what they are called. What
//! the verbs are it does not know; `cli::args` says so.

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate_to};
use noticewatch::cli::args::Cli;

use std::io;
use std::path::Path;

/// The shells that get a completion.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// The command line without what the program only calls itself by.
pub fn command() -> Command {
    let whole = Cli::command();
    let (hidden, shown): (Vec<_>, Vec<_>) = whole.get_subcommands().cloned().partition(Command::is_hide_set);
    drop(hidden);
    let options: Vec<_> = whole.get_arguments().cloned().collect();
    let after = whole.get_after_help().cloned().unwrap_or_default();
    let about = whole.get_about().cloned().unwrap_or_default();
    Command::new("noticewatch")
        .version(env!("CARGO_PKG_VERSION"))
        .about(about)
        .after_help(after)
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .args(options)
        .subcommands(shown)
}

/// Writes `noticewatch.1`, a page for each verb, and the completions.
///
/// # Errors
/// The directory cannot be made or written.
pub fn write(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    clap_mangen::generate_to(command(), directory)?;
    for shell in SHELLS {
        generate_to(shell, &mut command(), "noticewatch", directory)?;
    }
    Ok(())
}
