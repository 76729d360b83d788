//! What stands in a segment where a payload was dropped, and how places stay what they were. Knows no files.
//!
//! A place names the octet at which a record began when it was written. Where payloads before it were dropped, the
//! record begins earlier by as many octets as were left out; each grave says how many those are up to its own end.

use super::record;
use super::record::{Codec, Frame};
use jiff::Timestamp;
use noticewatch_core::capture::Sha256;

/// Digest, time, octets left out.
const FIXED: usize = 48;

/// Why a body is not kept any more, and which one stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grave {
    /// A kept body that said the same to a reader: the visits that saw the dropped one are judged by it.
    pub stand_in: Sha256,
    /// When it was dropped.
    pub at: Timestamp,
    /// Why, for a person.
    pub reason: String,
    /// Octets left out of the segment, up to the end of this record.
    pub(super) left_out: u64,
}

impl Grave {
    pub(super) fn new(stand_in: Sha256, at: Timestamp, reason: &str) -> Self {
        Self { stand_in, at, reason: reason.to_owned(), left_out: 0 }
    }

    /// Octets that it takes as a payload.
    pub(super) fn length(&self) -> usize {
        FIXED + self.reason.len()
    }

    /// The grave as a payload.
    pub(super) fn to_octets(&self) -> Vec<u8> {
        let mut octets = self.stand_in.0.to_vec();
        octets.extend_from_slice(&self.at.as_millisecond().to_le_bytes());
        octets.extend_from_slice(&self.left_out.to_le_bytes());
        octets.extend_from_slice(self.reason.as_bytes());
        octets
    }

    /// Reads a payload; None where it is no grave.
    pub(super) fn of(codec: Codec, payload: &[u8]) -> Option<Self> {
        let fixed = payload.get(..FIXED).filter(|_| codec == Codec::Dropped)?;
        let number = |from: usize| fixed[from..from + 8].try_into().map(i64::from_le_bytes).ok();
        Some(Self {
            stand_in: Sha256(fixed[..32].try_into().ok()?),
            at: Timestamp::from_millisecond(number(32)?).ok()?,
            reason: String::from_utf8(payload[FIXED..].to_vec()).ok()?,
            left_out: number(40)?.cast_unsigned(),
        })
    }

    /// The octets left out before the end of a record, given those before its beginning.
    pub(super) fn left_out_after(frame: &Frame<'_>, before: u64) -> u64 {
        Self::of(frame.codec, frame.payload).filter(|_| frame.is_whole()).map_or(before, |grave| grave.left_out)
    }
}

/// Where the records of one segment lie, from which payloads were dropped.
#[derive(Debug, Default)]
pub(super) struct Shifts {
    /// Places behind graves, and the octets left out before them.
    steps: Vec<(u64, u64)>,
}

impl Shifts {
    /// Finds the graves of a segment from its first record on.
    pub(super) fn of(octets: &[u8], first: usize) -> Self {
        let (mut at, mut left_out) = (first, 0);
        let mut steps = Vec::new();
        while at < octets.len() {
            let frame = record::outline(octets, at);
            let Some(next) = frame.map_or_else(|| record::resume(octets, at), |frame| Some(at + frame.length)) else {
                break;
            };
            if let Some(frame) = frame.filter(|frame| frame.codec == Codec::Dropped) {
                left_out = Grave::left_out_after(&frame, left_out);
                steps.push((next as u64 + left_out, left_out));
            }
            at = next;
        }
        Self { steps }
    }

    /// The octets left out before a place.
    pub(super) fn left_out(&self, place: u64) -> u64 {
        let behind = self.steps.partition_point(|(step, _)| *step <= place);
        behind.checked_sub(1).and_then(|last| self.steps.get(last)).map_or(0, |(_, left_out)| *left_out)
    }
}
