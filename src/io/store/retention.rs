//! Dropping bodies that nobody needs any more. Headers, visits, links and places stay, and a grave says what stands for
//! the body.
//!
//! Knows which bodies lean on which and what is worth rewriting; what nobody needs is decided elsewhere.

use super::archive::RecordPlace;
use super::error::StoreError;
use super::projection::{DROPPED, key};
use super::record::{Codec, RecordKind};
use super::scan::SegmentMet;
use super::tombstone::Grave;
use super::{Store, delta, projection};
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Sha256};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::PoisonError;

/// A segment is written anew where at least this part of it becomes free ...
const WORTH: u64 = 8;
/// ... and at least so many octets.
const LEAST: u64 = 64 << 10;
/// Graves that lead to graves: rules change seldom, so there are few.
const GRAVES: usize = 64;

/// A capture as retention sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it was taken.
    pub at: Timestamp,
    /// Its body.
    pub sha256: Sha256,
    /// The body is not kept any more.
    pub dropped: bool,
}

/// What dropping came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    /// Bodies dropped.
    pub bodies: u64,
    /// Octets free now.
    pub octets: u64,
    /// Bodies that stay for now: kept ones lean on them, or their segment is not worth rewriting yet.
    pub left: u64,
}

/// A record with a body.
struct KeptBody {
    offset: u64,
    sha256: Sha256,
    /// The body that it leans on.
    base: Option<Sha256>,
    octets: u64,
}

/// The part of a capture's header that is needed here.
#[derive(Deserialize)]
struct Header {
    capture: Digest,
}

#[derive(Deserialize)]
struct Digest {
    sha256: Sha256,
}

impl Store {
    /// The captures of a target, oldest first.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn held(&self, target: &str) -> Result<Vec<Held>, StoreError> {
        let Some(number) = projection::number_of(&self.view, target)? else { return Ok(Vec::new()) };
        let mut held = Vec::new();
        for (key, millis) in self.view.scan(&key(b'c', &[&number.to_be_bytes()]))? {
            let sha256 = key.get(5..37).and_then(|octets| octets.try_into().ok()).map(Sha256);
            let millis = millis.try_into().ok().map(i64::from_be_bytes);
            let at = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
            let (Some(sha256), Some(at), Some(place)) = (sha256, at, key.get(37..).and_then(RecordPlace::of)) else {
                continue;
            };
            let dropped = self.body_place(&sha256)?.is_some_and(|(_, depth)| depth == DROPPED);
            held.push((at, place, Held { at, sha256, dropped }));
        }
        held.sort_unstable_by_key(|(at, place, _)| (*at, *place));
        Ok(held.into_iter().map(|(_, _, held)| held).collect())
    }

    /// What stands in place of a body that was dropped.
    ///
    /// # Errors
    /// Where the record is damaged.
    pub fn grave(&self, sha256: &Sha256) -> Result<Option<Grave>, StoreError> {
        let Some((place, _)) = self.body_place(sha256)? else { return Ok(None) };
        let record = self.archive.read(place)?;
        Ok(Grave::of(record.codec, &record.payload))
    }

    /// The kept body by which a visit is judged that saw this one: itself, or the one that stands for it.
    ///
    /// # Errors
    /// Where a record is damaged.
    pub fn readable(&self, sha256: &Sha256) -> Result<Sha256, StoreError> {
        let mut sha256 = *sha256;
        for _ in 0..GRAVES {
            if self.body_place(&sha256)?.is_none_or(|(_, depth)| depth != DROPPED) {
                break;
            }
            let Some(grave) = self.grave(&sha256)? else { break };
            sha256 = grave.stand_in;
        }
        Ok(sha256)
    }

    /// The capture by which a visit is judged that saw this one ([`Store::readable`]), with its body.
    ///
    /// # Errors
    /// Where a record is damaged.
    pub fn readable_capture(&self, sha256: &Sha256) -> Result<Option<Capture>, StoreError> {
        let mut sha256 = self.readable(sha256)?;
        for _ in 0..GRAVES {
            if let Some(capture) = self.capture(&sha256)? {
                return Ok(Some(capture));
            }
            // It was dropped since this process looked into the archive.
            let Some(grave) = self.grave(&sha256)? else { break };
            sha256 = grave.stand_in;
        }
        Ok(None)
    }

    /// Whether a body is kept, by its record: the view may lag behind a dropping that was interrupted.
    pub(super) fn holds(&self, sha256: &Sha256) -> Result<bool, StoreError> {
        match self.body_place(sha256)? {
            None | Some((_, DROPPED)) => Ok(false),
            // In the group that is being recorded.
            Some((place, _)) if place >= self.archive.end().place => Ok(true),
            // What is damaged is kept anew when it comes again.
            Some((place, _)) => match self.archive.read(place) {
                Err(error) if error.is_damage() => Ok(false),
                record => Ok(record?.codec != Codec::Dropped),
            },
        }
    }

    /// Drops bodies, each for one that stands for it; durable when this returns, and whole whenever it is interrupted.
    /// What a kept body leans on stays, as does what two targets showed, and what is not worth rewriting a segment for.
    ///
    /// # Errors
    /// Where a segment cannot be read or written; those before it are done then.
    pub fn drop_bodies(
        &mut self,
        drops: &BTreeMap<Sha256, Sha256>,
        at: Timestamp,
        reason: &str,
    ) -> Result<Freed, StoreError> {
        let mut freed = Freed::default();
        let grave = Grave::new(Sha256::default(), at, reason);
        let drops = self.droppable(drops)?;
        if drops.is_empty() {
            return Ok(freed);
        }
        let mut needed = HashSet::new();
        // What leans on a body was written after it: backwards, so that nothing kept ever leans on what is gone.
        for (segment, bodies) in self.bodies()?.into_iter().rev() {
            let (chosen, octets, length) = self.choose(segment, &bodies, &drops, grave.length() as u64, &mut needed)?;
            freed.left += bodies.iter().filter(|body| drops.contains_key(&body.sha256)).count() as u64;
            if octets < LEAST || octets < length / WORTH {
                needed.extend(bodies.iter().filter_map(|body| body.base));
                continue;
            }
            if segment == self.archive.end().place.segment {
                self.archive.begin_segment()?;
                self.view.mark.archive = self.archive.end();
                self.note_ends();
            }
            let graves = chosen.iter().map(|body| {
                let stand_in = drops.get(&body.sha256).copied().unwrap_or_default();
                (body.offset, Grave { stand_in, ..grave.clone() })
            });
            let octets = self.archive.bury(segment, &graves.collect())?;
            if octets == 0 {
                needed.extend(bodies.iter().filter_map(|body| body.base));
                continue;
            }
            freed.octets += octets;
            freed.bodies += chosen.len() as u64;
            freed.left -= chosen.len() as u64;
            self.recent.lock().unwrap_or_else(PoisonError::into_inner).clear();
            for body in chosen {
                projection::dropped(&mut self.view, &body.sha256, RecordPlace { segment, offset: body.offset })?;
            }
            self.settle()?;
        }
        Ok(freed)
    }

    /// Those of a segment's bodies that can go, what that frees, and how long the segment is. Marks what others lean on.
    fn choose<'a>(
        &self,
        segment: u32,
        bodies: &'a [KeptBody],
        drops: &HashMap<Sha256, Sha256>,
        grave: u64,
        needed: &mut HashSet<Sha256>,
    ) -> Result<(Vec<&'a KeptBody>, u64, u64), StoreError> {
        let path = self.archive.path(segment);
        let length = std::fs::metadata(&path).map_err(StoreError::io("read", &path))?.len();
        let mut chosen = Vec::new();
        for body in bodies.iter().rev() {
            let here = self
                .body_place(&body.sha256)?
                .is_some_and(|(place, _)| place == RecordPlace { segment, offset: body.offset });
            if here && body.octets > grave && drops.contains_key(&body.sha256) && !needed.contains(&body.sha256) {
                chosen.push(body);
            } else {
                needed.extend(body.base);
            }
        }
        let octets = chosen.iter().map(|body| body.octets - grave).sum();
        Ok((chosen, octets, length))
    }

    /// Without those that two targets showed, or whose stand-in is not kept.
    fn droppable(&self, drops: &BTreeMap<Sha256, Sha256>) -> Result<HashMap<Sha256, Sha256>, StoreError> {
        let mut left: HashMap<Sha256, Sha256> = HashMap::new();
        for (sha256, stand_in) in drops.iter().filter(|(_, stand_in)| !drops.contains_key(*stand_in)) {
            if self.holds(stand_in)? {
                left.insert(*sha256, *stand_in);
            }
        }
        let mut owners: HashMap<Sha256, [u8; 4]> = HashMap::new();
        for (key, _) in self.view.scan(b"c")? {
            let number = key.get(1..5).and_then(|octets| octets.try_into().ok());
            let sha256 = key.get(5..37).and_then(|octets| octets.try_into().ok()).map(Sha256);
            let (Some(number), Some(sha256)) = (number, sha256) else { continue };
            if left.contains_key(&sha256) && *owners.entry(sha256).or_insert(number) != number {
                left.remove(&sha256);
            }
        }
        Ok(left)
    }

    /// All records with a body, by segment.
    fn bodies(&self) -> Result<BTreeMap<u32, Vec<KeptBody>>, StoreError> {
        let mut bodies: BTreeMap<u32, Vec<KeptBody>> = BTreeMap::new();
        self.archive.walk(None, &mut |met| {
            let SegmentMet::Record { place, frame, .. } = met else { return Ok(()) };
            let body = matches!(frame.kind, RecordKind::Capture | RecordKind::Served);
            if !body || matches!(frame.codec, Codec::None | Codec::Dropped) {
                return Ok(());
            }
            let Ok(header) = serde_json::from_slice::<Header>(frame.header) else { return Ok(()) };
            let base = delta::base_of(frame.payload).filter(|_| frame.codec == Codec::Delta);
            let octets = frame.payload.len() as u64;
            let body = KeptBody { offset: place.offset, sha256: header.capture.sha256, base, octets };
            bodies.entry(place.segment).or_default().push(body);
            Ok(())
        })?;
        Ok(bodies)
    }
}
