//! What one capture says: from octets to a [`Reading`].
//!
//! This room never sees a second capture, a clock, a file or an address. What it cannot understand is a value, not an error.

mod passage;
mod types;
pub use types::*;

use crate::target::ReadingSettings;

/// One body as it is handed to the room.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The octets after content decoding, before charset decoding.
    pub body: &'a [u8],
    /// Media type without parameters, lower case: `text/html`, `text/markdown`, `text/plain`.
    pub media_type: &'a str,
    /// The charset of the `Content-Type` header, where it named one.
    pub charset: Option<&'a str>,
}

/// The fingerprint of the rules by which a page is read: changes whenever the lexicon or the reader changes, so that
/// every cached reading of older rules is made anew.
#[must_use]
pub fn rules() -> &'static str {
    "0"
}

/// What a reader would see of a page: blocks under their headings.
#[must_use]
pub fn parse(_page: Page<'_>, _settings: &ReadingSettings) -> Document {
    Document::default()
}

/// Reads one page: what it says of telling users about demands for their data.
#[must_use]
pub fn read(page: Page<'_>, settings: &ReadingSettings) -> Reading {
    let document = parse(page, settings);
    let passages = passage::find(&document, settings);
    Reading { passages, ..Reading::default() }
}
