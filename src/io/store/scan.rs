//! Walking the archive: record after record through all segments, each damage named with its range.
//!
//! Knows the layout of segments, not what records mean. Holds one segment at a time.

use super::archive::{Archive, HEAD, Reached, RecordPlace, head_fits, left_out};
use super::damage::Damage;
use super::error::StoreError;
use super::record::Frame;
use super::tombstone::{Grave, Shifts};
use super::{header, record};
use noticewatch_core::capture::Sha256;
use std::fs;

/// What a walk meets.
pub(super) enum SegmentMet<'a> {
    /// A record: its place, how far the walk is with it, and the octets of its segment's file that it takes.
    Record { place: RecordPlace, frame: Frame<'a>, after: Reached, from: u64, to: u64 },
    /// A range that cannot be read.
    Damage(Damage),
}

/// What is called for each record and damage.
pub(super) type On<'a> = &'a mut dyn FnMut(SegmentMet<'_>) -> Result<(), StoreError>;

impl Archive {
    /// Walks all records from a place on, to the end that was found at opening. Payloads are not checked.
    pub(super) fn walk(&self, from: Option<RecordPlace>, on: On<'_>) -> Result<(), StoreError> {
        let start = from.unwrap_or(RecordPlace { segment: 1, offset: 0 });
        let mut before = None;
        for segment in start.segment..=self.end().place.segment {
            let offset = if segment == start.segment { start.offset } else { 0 };
            before = self.walk_one(RecordPlace { segment, offset }, before, on)?;
        }
        Ok(())
    }

    /// Walks one segment; returns the link that it ends with.
    fn walk_one(&self, start: RecordPlace, before: Option<Sha256>, on: On<'_>) -> Result<Option<Sha256>, StoreError> {
        let segment = start.segment;
        let path = self.path(segment);
        if !path.exists() {
            on(SegmentMet::Damage(Damage::of(&path, 0, 0, "the whole segment is missing")))?;
            return Ok(None);
        }
        let mut octets = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let last = self.end().place;
        let mut left = if start.offset > 0 { Shifts::of(&octets, HEAD).left_out(start.offset) } else { 0 };
        let offset = usize::try_from(start.offset - left).unwrap_or(usize::MAX).max(HEAD);
        let damaged = |from: usize, to: usize, why: &str| Damage::of(&path, from as u64, to as u64, why);
        let mut whole = self.check_head(segment, &octets, before, on)?;
        let end = walk_segment(&octets, offset, &mut |from, to, frame| {
            let place = RecordPlace { segment, offset: from as u64 + left };
            if segment == last.segment && place.offset >= last.offset {
                // Written since the end was found.
                return Ok(());
            }
            let Some(stored) = frame else {
                whole = false;
                return on(SegmentMet::Damage(damaged(from, to, "no whole record stands here")));
            };
            left = Grave::left_out_after(&stored, left);
            let Some(header) = header::whole(stored.header) else {
                whole = false;
                return on(SegmentMet::Damage(damaged(from, to, "the header of this record cannot be unpacked")));
            };
            let after = Reached { place: RecordPlace { segment, offset: to as u64 + left }, link: stored.link };
            on(SegmentMet::Record {
                place,
                frame: stored.with_header(&header),
                after,
                from: from as u64,
                to: to as u64,
            })
        })?;
        // At the end of the last segment something may be on its way; how far it had come is checked elsewhere.
        if end < octets.len() && (segment < last.segment || record::is_foreign(&octets, end)) {
            whole = false;
            on(SegmentMet::Damage(damaged(end, octets.len(), "no whole record stands here")))?;
        }
        if whole && start.offset == 0 && segment < last.segment && left_out(&octets) != left {
            on(SegmentMet::Damage(damaged(0, HEAD, "the head of the segment is damaged")))?;
        }
        octets.truncate(end);
        Ok(record::link_before(&octets, end))
    }

    /// Whether the head of a segment is what it should be.
    fn check_head(&self, segment: u32, octets: &[u8], before: Option<Sha256>, on: On<'_>) -> Result<bool, StoreError> {
        let path = self.path(segment);
        let before = if segment == 1 { Some(Sha256::default()) } else { before };
        let why = if !head_fits(segment, octets) {
            "the head of the segment is damaged"
        } else if before.is_some() && record::link_before(octets, HEAD) != before {
            "it does not follow the segment before it: records are missing, or the head is damaged"
        } else {
            return Ok(true);
        };
        on(SegmentMet::Damage(Damage::of(&path, 0, HEAD as u64, why)))?;
        Ok(false)
    }
}

/// Calls `on(from, to, record or None for damage)` in order; returns where the last of them ends.
pub(super) fn walk_segment<'a>(
    octets: &'a [u8],
    from: usize,
    on: &mut dyn FnMut(usize, usize, Option<Frame<'a>>) -> Result<(), StoreError>,
) -> Result<usize, StoreError> {
    let mut at = from;
    while at < octets.len() {
        let frame = record::read(octets, at);
        let next = match &frame {
            Some(frame) => Some(at + frame.length),
            None => record::resume(octets, at),
        };
        let Some(next) = next else { break };
        on(at, next, frame)?;
        at = next;
    }
    Ok(at)
}
