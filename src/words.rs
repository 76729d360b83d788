//! Text as words: normal forms, sentences, shingles, counts.
//!
//! Pure functions of strings; knows nothing of pages, passages or promises.

use serde::{Deserialize, Serialize};

/// A fixed sample of a text's shingles (hashes of runs of five words, every fourth by hash value), sorted: enough to
/// say how much of one text stands in another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shingles(pub Vec<u32>);

impl Shingles {
    /// The share of these shingles that stand in `other` too, 0.0 to 1.0; 1.0 where there are none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of shingles are far below 2^52")]
    pub fn share_in(&self, other: &Self) -> f64 {
        if self.0.is_empty() {
            return 1.0;
        }
        let found = self.0.iter().filter(|hash| other.0.binary_search(hash).is_ok()).count();
        found as f64 / self.0.len() as f64
    }
}
