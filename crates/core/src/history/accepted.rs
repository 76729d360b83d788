//! A finding that settled by the operator's word: why, and what looks had shown until then.

use serde::{Deserialize, Serialize};

/// An operator's word that what is served is the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Why, in the operator's words; empty where none were given.
    pub reason: String,
    /// At how many looks the text had been seen by then.
    pub looks: u32,
}

impl Accepted {
    /// Why the finding settled, for a person; `by` is the time of the decision in words.
    #[must_use]
    pub fn sentence(&self, by: &str) -> String {
        let reason = if self.reason.is_empty() { "none given" } else { &self.reason };
        let looks = if self.looks == 1 { "look" } else { "looks" };
        format!(
            "Settled because the operator accepted the page (reason: {reason}); seen at {} {looks} by {by}.",
            self.looks
        )
    }
}
