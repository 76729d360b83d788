//! Dropping payloads: a segment is written anew with graves in their place, and takes the place of the old one at once.
//!
//! Knows segments, records and graves; not which bodies are dropped, nor why.

use super::archive::{Archive, HEAD, RecordPlace, head, left_out, read_up_to};
use super::durable_file::replace;
use super::error::StoreError;
use super::record;
use super::record::{Codec, Frame};
use super::scan::walk_segment;
use super::tombstone::{Grave, Shifts};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::sync::PoisonError;

/// A segment while it is written anew.
pub(super) const REWRITING: &str = "rewriting";

impl Archive {
    /// The octet of a segment's file at which the record of a place begins.
    pub(super) fn offset(&self, file: &File, place: RecordPlace) -> std::io::Result<u64> {
        if left_out(&read_up_to(file, 0, HEAD)?) == 0 {
            return Ok(place.offset);
        }
        // The file is another one after each rewriting, under the same name.
        let metadata = file.metadata()?;
        let identity = (metadata.ino(), metadata.len());
        let mut shifts = self.shifts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = shifts.get(&place.segment).filter(|(known, _)| *known == identity);
        if known.is_none() {
            let octets = read_up_to(file, 0, usize::try_from(metadata.len()).unwrap_or(usize::MAX))?;
            shifts.insert(place.segment, (identity, Shifts::of(&octets, HEAD)));
        }
        let left_out = shifts.get(&place.segment).map_or(0, |(_, shifts)| shifts.left_out(place.offset));
        Ok(place.offset.saturating_sub(left_out))
    }

    /// Whether payloads were dropped from a segment.
    pub(super) fn is_rewritten(&self, segment: u32) -> Result<bool, StoreError> {
        let path = self.path(segment);
        let file = File::open(&path).map_err(StoreError::io("open", &path))?;
        Ok(left_out(&read_up_to(&file, 0, HEAD).map_err(StoreError::io("read", &path))?) > 0)
    }

    /// Removes what an interrupted rewriting left.
    pub(super) fn clear(&self) -> Result<(), StoreError> {
        let path = self.dir.join(REWRITING);
        if path.exists() { fs::remove_file(&path).map_err(StoreError::io("remove", &path)) } else { Ok(()) }
    }

    /// Puts graves in place of payloads, by the offsets of their places, in a segment that is not the last. The segment
    /// is the old one or the new one at any moment, and its places and links stay what they are. Returns the octets
    /// that are free now; a segment with damage is left as it is.
    pub(super) fn bury(&self, segment: u32, graves: &BTreeMap<u64, Grave>) -> Result<u64, StoreError> {
        if self.disk.is_none() || segment >= self.end().place.segment {
            return Err(StoreError::ReadOnly { dir: self.dir.clone() });
        }
        let path = self.path(segment);
        let old = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let Some(new) = rewritten(segment, &old, graves).filter(|new| new.len() < old.len()) else { return Ok(0) };
        replace(&self.dir.join(REWRITING), &path, &new, &self.faults)?;
        Ok((old.len() - new.len()) as u64)
    }
}

/// A segment with graves in place of payloads; None where it is damaged, or the result is not what it should be.
fn rewritten(segment: u32, old: &[u8], graves: &BTreeMap<u64, Grave>) -> Option<Vec<u8>> {
    let mut new = old.get(..HEAD)?.to_vec();
    let (mut whole, mut before, mut after) = (true, 0, 0);
    let end = walk_segment(old, HEAD, &mut |from, to, frame| {
        let Some(frame) = frame.filter(Frame::is_whole) else {
            whole = false;
            return Ok(());
        };
        let place = from as u64 + before;
        before = Grave::left_out_after(&frame, before);
        let holds = !matches!(frame.codec, Codec::None | Codec::Dropped);
        // A grave that is longer than the payload would move what follows beyond its place.
        let grave = graves.get(&place).filter(|grave| holds && grave.length() <= frame.payload.len()).cloned();
        let Some(mut grave) = grave.or_else(|| Grave::of(frame.codec, frame.payload)) else {
            new.extend_from_slice(&old[from..to]);
            return Ok(());
        };
        // What is left out up to here: the end of the place, without the octets that the new file has by then.
        let link = record::link_before(old, from).unwrap_or_default();
        let length = {
            let mut one = Vec::new();
            record::write(&mut one, &link, frame.kind, frame.header, Some((Codec::Dropped, &grave.to_octets())));
            one.len()
        };
        after = (to as u64 + before).saturating_sub((new.len() + length) as u64);
        grave.left_out = after;
        record::write(&mut new, &link, frame.kind, frame.header, Some((Codec::Dropped, &grave.to_octets())));
        Ok(())
    });
    let link = record::link_before(old, HEAD)?;
    new[..HEAD].copy_from_slice(&head(segment, &link, after));
    let mut sound = true;
    let reached = walk_segment(&new, HEAD, &mut |_, _, frame| {
        sound &= frame.is_some_and(|frame| frame.is_whole());
        Ok(())
    });
    let same = record::link_before(&new, new.len()) == record::link_before(old, old.len());
    (whole && sound && same && end.ok()? == old.len() && reached.ok()? == new.len()).then_some(new)
}
