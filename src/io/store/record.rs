//! The archive's record: how it is laid out, checked, and found again after damage. Knows no files and no meaning.
//!
//! ```text
//! tag       1 octet: 1, kind (3 bits), codec of the payload (4 bits)
//! lengths   of header and, where the codec has one, of the payload (LEB128)
//! header    JSON, which newer versions may extend; packed for visits (`visits`) and most captures (`header`)
//! payload   then CRC-32 over tag and payload
//! link      SHA-256 over the link before it, the kind and the header
//! ```
//! The link is checksum and chain in one. It leaves the payload out, so that retention can drop payloads and the chain
//! still walks; captures and letters name the digest of their payload in the header.

use noticewatch_core::capture::Sha256;
use sha2::Digest;

/// Octets of a link.
pub(super) const LINK: usize = 32;
/// A header is never longer; a longer one is damage.
const HEADER_MAX: usize = 1 << 20;

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordKind {
    /// The number that stands for a target's id in packed visits.
    Name = 1,
    /// A version of a target's definition.
    Definition = 2,
    /// A capture with its visit.
    Capture = 3,
    /// Visits without a capture, packed.
    Visits = 4,
    /// The octets of a letter.
    Letter = 5,
    /// The answer as served to a capture that a browser rendered: a capture of its own, but no look.
    Served = 6,
}

/// How the payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// There is none: the header says it all.
    None = 0,
    /// As it is.
    Raw = 1,
    /// zstd.
    Zstd = 2,
    /// zstd against an earlier body, named in front of it.
    Delta = 3,
    /// Dropped by retention: a grave stands in its place; the header still proves what it was.
    Dropped = 15,
}

/// A record as it stands in a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) kind: RecordKind,
    pub(super) codec: Codec,
    pub(super) header: &'a [u8],
    pub(super) payload: &'a [u8],
    checksum: Option<u32>,
    /// Its own link, which the next record follows.
    pub(super) link: Sha256,
    /// Octets it takes in all.
    pub(super) length: usize,
}

impl Frame<'_> {
    /// The same record with its header as it was given.
    pub(super) fn with_header<'h>(self, header: &'h [u8]) -> Frame<'h>
    where
        Self: 'h,
    {
        Frame { header, ..self }
    }

    /// Whether it follows a link.
    pub(super) fn follows(&self, before: &Sha256) -> bool {
        link(before, self.kind, self.header) == self.link
    }

    /// Whether the payload is what was written.
    pub(super) fn is_whole(&self) -> bool {
        self.checksum.is_none_or(|sum| sum == checksum(self.kind, self.codec, self.payload))
    }
}

/// Appends a record that follows the link `before`; returns its own link.
pub(super) fn write(
    out: &mut Vec<u8>,
    before: &Sha256,
    kind: RecordKind,
    header: &[u8],
    payload: Option<(Codec, &[u8])>,
) -> Sha256 {
    let (codec, octets) = payload.unwrap_or((Codec::None, &[]));
    out.push(tag(kind, codec));
    put_number(out, header.len() as u64);
    if has_payload(codec) {
        put_number(out, octets.len() as u64);
    }
    out.extend_from_slice(header);
    if has_payload(codec) {
        out.extend_from_slice(octets);
        out.extend_from_slice(&checksum(kind, codec, octets).to_le_bytes());
    }
    let link = link(before, kind, header);
    out.extend_from_slice(&link.0);
    link
}

/// The record at `offset`, where one stands there whole and follows the link in front of it.
pub(super) fn read(octets: &[u8], offset: usize) -> Option<Frame<'_>> {
    let frame = outline(octets, offset)?;
    let before = link_before(octets, offset)?;
    (link(&before, frame.kind, frame.header) == frame.link).then_some(frame)
}

/// The link that ends at `offset`.
pub(super) fn link_before(octets: &[u8], offset: usize) -> Option<Sha256> {
    octets.get(offset.checked_sub(LINK)?..offset)?.try_into().ok().map(Sha256)
}

/// How many octets the record at `offset` claims to take, from its first few octets; None where none begins there.
pub(super) fn claimed_length(octets: &[u8], offset: usize) -> Option<usize> {
    let (start, header, payload, codec) = lengths(octets, offset)?;
    let tail = if has_payload(codec) { 4 } else { 0 };
    (start - offset).checked_add(header)?.checked_add(payload)?.checked_add(tail + LINK)
}

/// Where the walk goes on after a record at `offset` that cannot be read; None: nothing whole follows.
pub(super) fn resume(octets: &[u8], offset: usize) -> Option<usize> {
    let claimed = claimed_length(octets, offset).and_then(|length| offset.checked_add(length));
    if let Some(next) = claimed
        && (next == octets.len() || next < octets.len() && outline(octets, next).is_some())
    {
        return Some(next);
    }
    (offset + 1..octets.len()).find(|&next| read(octets, next).is_some())
}

/// Whether what stands from `offset` on is no record that was being written when the program or the power ended: of such a
/// one any octets may be zero, and none is another.
pub(super) fn is_foreign(octets: &[u8], offset: usize) -> bool {
    let rest = octets.get(offset..).unwrap_or_default();
    let tag = rest.first().copied().unwrap_or_default();
    // The end of the file, appended to it again.
    if rest.len() > 4 && octets[..offset].ends_with(rest) {
        return true;
    }
    rest.iter().any(|octet| *octet != 0) && tag != 0 && (kind(tag).is_none() || codec(tag).is_none())
}

/// The parts of a record by its lengths, unchecked.
pub(super) fn outline(octets: &[u8], offset: usize) -> Option<Frame<'_>> {
    let (start, header_length, payload_length, codec) = lengths(octets, offset)?;
    let kind = kind(octets[offset])?;
    let header = octets.get(start..start.checked_add(header_length)?)?;
    match (kind, header.first()) {
        (RecordKind::Visits, Some(&super::visits::VERSION))
        | (RecordKind::Capture, Some(&(b'{' | super::header::PACKED))) => {}
        (RecordKind::Visits | RecordKind::Capture, _) => return None,
        (_, Some(b'{')) => {}
        _ => return None,
    }
    let mut end = start + header_length;
    let payload = octets.get(end..end.checked_add(payload_length)?)?;
    end += payload_length;
    let mut sum = None;
    if has_payload(codec) {
        sum = Some(u32::from_le_bytes(octets.get(end..end + 4)?.try_into().ok()?));
        end += 4;
    }
    let link = Sha256(octets.get(end..end + LINK)?.try_into().ok()?);
    Some(Frame { kind, codec, header, payload, checksum: sum, link, length: end + LINK - offset })
}

/// Where the header begins, the lengths of header and payload, and the codec.
fn lengths(octets: &[u8], offset: usize) -> Option<(usize, usize, usize, Codec)> {
    let tag = *octets.get(offset)?;
    kind(tag)?;
    let codec = codec(tag)?;
    let mut at = offset + 1;
    let header = usize::try_from(take_number(octets, &mut at)?).ok()?;
    let payload = if has_payload(codec) { usize::try_from(take_number(octets, &mut at)?).ok()? } else { 0 };
    (header <= HEADER_MAX).then_some((at, header, payload, codec))
}

fn link(before: &Sha256, kind: RecordKind, header: &[u8]) -> Sha256 {
    let mut digest = sha2::Sha256::new();
    digest.update(before.0);
    digest.update([kind as u8]);
    digest.update(header);
    Sha256(digest.finalize().into())
}

fn checksum(kind: RecordKind, codec: Codec, payload: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&[tag(kind, codec)]);
    sum.update(payload);
    sum.finalize()
}

fn tag(kind: RecordKind, codec: Codec) -> u8 {
    0x80 | (kind as u8) << 4 | codec as u8
}

fn has_payload(codec: Codec) -> bool {
    codec != Codec::None
}

fn kind(tag: u8) -> Option<RecordKind> {
    let kinds = [
        RecordKind::Name,
        RecordKind::Definition,
        RecordKind::Capture,
        RecordKind::Visits,
        RecordKind::Letter,
        RecordKind::Served,
    ];
    kinds.into_iter().find(|kind| tag >> 4 == 8 | *kind as u8)
}

fn codec(tag: u8) -> Option<Codec> {
    let codecs = [Codec::None, Codec::Raw, Codec::Zstd, Codec::Delta, Codec::Dropped];
    codecs.into_iter().find(|codec| tag & 15 == *codec as u8)
}

/// Appends a number as LEB128: seven bits an octet, low ones first.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Takes a LEB128 number at `at` and moves on.
pub(super) fn take_number(octets: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let octet = *octets.get(*at)?;
        *at += 1;
        number |= u64::from(octet & 0x7f) << shift;
        if octet < 0x80 {
            return Some(number);
        }
    }
    None
}
