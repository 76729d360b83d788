//! Arguments of `correct`.

use clap::Args;
use jiff::Timestamp;

/// What is asked.
#[derive(Clone, Debug, Args)]
pub struct CorrectArgs {
    /// The finding's id, as `noticewatch history` prints it
    pub(crate) finding: String,
    /// What was wrong; it stands in the letter
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
    /// Decide at this moment by the program's own clock, as `check --now` does
    #[arg(long, value_name = "TIME", value_parser = super::common::moment)]
    pub(crate) now: Option<Timestamp>,
}
