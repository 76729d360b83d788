//! Which blocks of a document speak of telling users about demands for their data.

use super::{Document, Passage};
use crate::target::ReadingSettings;

/// The passages of a document, in reading order.
#[must_use]
pub fn find(_document: &Document, _settings: &ReadingSettings) -> Vec<Passage> {
    Vec::new()
}
