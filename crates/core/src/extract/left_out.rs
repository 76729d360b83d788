//! What was left out of a page and may speak of telling, so that what moves there is not taken for gone.
//!
//! Knows parts as texts; why they were left out is known where the page is read.

use super::lexicon::entry::Role;
use super::lexicon::family;
use crate::text;
use crate::text::plain_form::Plain;

/// Of the parts that were left out of a page, those that may speak of telling, in normal form.
pub(super) fn telling(parts: &[String]) -> String {
    let mut found = String::new();
    for part in parts.iter().filter(|part| tells(part)) {
        text::push_normal(&mut found, part);
        found.push('\n');
    }
    found
}

/// Whether a part has words of telling in it, by English or by any other language's.
fn tells(part: &str) -> bool {
    let plain = Plain::of(part);
    !part.is_ascii() || [Role::Telling, Role::Tell, Role::Notice].iter().any(|role| family(*role).any(plain.bytes()))
}
