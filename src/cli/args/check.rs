//! Arguments of `check`.

use jiff::Timestamp;

/// What `check` was asked for.
#[derive(Clone, Debug, Default)]
pub struct CheckArgs {
    /// Targets; empty: all.
    pub only: Vec<String>,
    /// Only what is due, or waits for a second look.
    pub due: bool,
    /// The moment, by the program's own clock.
    pub now: Option<Timestamp>,
    /// No second look.
    pub no_wait: bool,
    /// A page that was missed is no failure before it has been out of sight for as long as letters wait.
    pub lasting: bool,
}
