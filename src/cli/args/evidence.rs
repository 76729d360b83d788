//! Arguments of `evidence`.

use jiff::Timestamp;
use std::path::PathBuf;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct EvidenceArgs {
    /// A finding's id, or a target's.
    pub named: String,
    /// For a target: the day.
    pub at: Option<Timestamp>,
    /// The file to write.
    pub to: PathBuf,
    /// Of a finding that was corrected, too.
    pub corrected: bool,
}
