//! Arguments of `outbox`.

use clap::{Args, Subcommand};
use jiff::Timestamp;

/// What is asked of the outbox.
#[derive(Clone, Debug, Args)]
pub struct OutboxArgs {
    /// Sent letters too
    #[arg(long)]
    pub(crate) all: bool,
    /// What to do; without it the letters are listed
    #[command(subcommand)]
    pub(crate) act: Option<Act>,
}

/// What to do with a letter.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Act {
    /// Show one letter as text
    Show {
        /// The letter's number
        id: u64,
        /// Its octets, as they are sent
        #[arg(long)]
        raw: bool,
    },
    /// Try letters again, now; those that were given up come back for five days
    Retry {
        /// The letters' numbers
        #[arg(value_name = "ID", required_unless_present = "waiting")]
        ids: Vec<u64>,
        /// All that wait, as after the mail server was mended
        #[arg(long, conflicts_with = "ids")]
        waiting: bool,
        /// Why, for whoever asks later
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Decide at this moment by the program's own clock, as `check --now` does
        #[arg(long, value_name = "TIME", value_parser = super::common::moment)]
        now: Option<Timestamp>,
    },
    /// Give a letter up that waits
    Drop {
        /// The letter's number
        id: u64,
        /// Why; letters to others name it
        #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        reason: String,
        /// Decide at this moment by the program's own clock, as `check --now` does
        #[arg(long, value_name = "TIME", value_parser = super::common::moment)]
        now: Option<Timestamp>,
    },
}
