//! Headers of captures in few octets: servers say much, and most of them the same.
//!
//! A packed header is what zstd makes of it with a usual header as prefix, which stands here for ever: no header leans on
//! another record. Whoever reads the archive is given whole headers.

use super::record::{put_number, take_number};
use std::borrow::Cow;
use std::io::{Read, Write};

/// The first octet of a header packed with [`USUAL`]; a whole one begins with a brace. A better text would be 3.
pub(super) const PACKED: u8 = 2;
/// Never changed: headers in archives lean on it.
const USUAL: &str = include_str!("header.txt");
/// For short texts more effort gains nothing.
const LEVEL: i32 = 3;
/// A longer header is damage.
const LENGTH_MAX: usize = 1 << 20;

/// Packs a header; None where that gains nothing.
pub(super) fn pack(header: &[u8]) -> Option<Vec<u8>> {
    let mut packed = vec![PACKED];
    put_number(&mut packed, header.len() as u64);
    let mut encoder = zstd::stream::write::Encoder::with_ref_prefix(packed, LEVEL, USUAL.as_bytes()).ok()?;
    encoder.write_all(header).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() < header.len()).then_some(packed)
}

/// A header as it was given; None where it cannot be unpacked.
pub(super) fn whole(stored: &[u8]) -> Option<Cow<'_, [u8]>> {
    let Some(packed) = stored.strip_prefix(&[PACKED]) else { return Some(Cow::Borrowed(stored)) };
    let mut at = 0;
    let length = usize::try_from(take_number(packed, &mut at)?).ok().filter(|length| *length <= LENGTH_MAX)?;
    let mut header = Vec::with_capacity(length);
    let decoder = zstd::stream::read::Decoder::with_ref_prefix(packed.get(at..)?, USUAL.as_bytes()).ok()?;
    decoder.take(length as u64 + 1).read_to_end(&mut header).ok()?;
    (header.len() == length).then_some(Cow::Owned(header))
}
