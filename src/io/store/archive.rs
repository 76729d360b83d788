//! The archive: segment files of records, appended in groups, read at a place.
//!
//! Knows the layout of segments, not what records mean. Every segment begins with the link that the one before ended
//! with, so the chain runs through all of them.

use super::durable_file::{Disk, sync_directory};
use super::error::StoreError;
use super::failpoints::Faults;
use super::record::{Codec, LINK, RecordKind};
use super::scan::{SegmentMet, walk_segment};
use super::tombstone::{Grave, Shifts};
use super::{header, record};
use noticewatch_core::capture::Sha256;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const MAGIC: &[u8; 8] = b"NWARCH01";
/// Mark, number, octets left out by retention, CRC-32 of these (none in the first segments ever written), reserve, link.
pub(super) const HEAD: usize = 64;
/// A segment that has grown beyond this is left, and the next one begun.
const SEGMENT_MAX: u64 = 16 << 20;

/// Most records are shorter.
const USUAL: usize = 8 << 10;

/// Where a record begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct RecordPlace {
    pub(super) segment: u32,
    pub(super) offset: u64,
}

impl RecordPlace {
    pub(super) fn to_octets(self) -> [u8; 12] {
        let mut octets = [0; 12];
        octets[..4].copy_from_slice(&self.segment.to_be_bytes());
        octets[4..].copy_from_slice(&self.offset.to_be_bytes());
        octets
    }

    pub(super) fn of(octets: &[u8]) -> Option<Self> {
        let segment = u32::from_be_bytes(octets.get(..4)?.try_into().ok()?);
        Some(Self { segment, offset: u64::from_be_bytes(octets.get(4..12)?.try_into().ok()?) })
    }
}

/// A place between records and the link that the chain has there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reached {
    #[serde(flatten)]
    pub(super) place: RecordPlace,
    pub(super) link: Sha256,
}

/// Records that will be appended together.
#[derive(Debug)]
pub(super) struct Batch {
    octets: Vec<u8>,
    reached: Reached,
}

impl Batch {
    /// Adds a record; returns its place.
    pub(super) fn add(&mut self, kind: RecordKind, header: &[u8], payload: Option<(Codec, &[u8])>) -> RecordPlace {
        let place = self.reached.place;
        let before = self.octets.len();
        self.reached.link = record::write(&mut self.octets, &self.reached.link, kind, header, payload);
        self.reached.place.offset += (self.octets.len() - before) as u64;
        place
    }

    /// Where the archive will end.
    pub(super) fn reached(&self) -> Reached {
        self.reached
    }
}

/// A record read from its place.
pub(super) struct ArchivedRecord {
    pub(super) codec: Codec,
    pub(super) header: Vec<u8>,
    pub(super) payload: Vec<u8>,
}

/// Inode and length of a file: it is another one after each rewriting, under the same name.
pub(super) type Identity = (u64, u64);

/// The segment files.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) dir: PathBuf,
    pub(super) disk: Option<Disk>,
    end: Reached,
    torn: u64,
    pub(super) faults: Faults,
    /// Where records lie in segments from which payloads were dropped, by inode and length of the file.
    pub(super) shifts: Mutex<HashMap<u32, (Identity, Shifts)>>,
}

impl Archive {
    /// Opens for reading, or for writing too; then an empty archive gets its first segment.
    pub(super) fn open(dir: &Path, write: bool, faults: &Faults) -> Result<Self, StoreError> {
        let mut archive = Self { faults: faults.clone(), ..Self::none(dir) };
        if write {
            fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        }
        archive.find_end(write)?;
        if write {
            archive.clear()?;
            match archive.end.place.segment {
                0 => archive.begin_segment()?,
                // A segment from which payloads were dropped is never appended to.
                last if archive.is_rewritten(last)? => archive.begin_segment()?,
                last => archive.disk = Some(Disk::open(&archive.path(last), &archive.faults)?),
            }
        }
        Ok(archive)
    }

    /// An archive of which nothing is there.
    pub(super) fn none(dir: &Path) -> Self {
        let (end, faults) = (Reached::default(), Faults::default());
        Self { dir: dir.to_owned(), disk: None, end, torn: 0, faults, shifts: Mutex::default() }
    }

    /// Where the last whole record ends.
    pub(super) fn end(&self) -> Reached {
        self.end
    }

    /// Removes an incomplete last record. `aside`: it had been durable, so its octets are kept in a file of their own.
    pub(super) fn cut(&mut self, aside: bool) -> Result<Option<PathBuf>, StoreError> {
        let (torn, place) = (std::mem::take(&mut self.torn), self.end.place);
        let path = self.path(place.segment);
        let length = fs::metadata(&path).map_or(0, |about| about.len());
        let cut = self.cut_file(place.segment, length.saturating_sub(torn));
        let Some(disk) = self.disk.as_mut().filter(|_| torn > 0) else { return Ok(None) };
        let mut kept = None;
        if aside {
            let octets = fs::read(&path).map_err(StoreError::io("read", &path))?;
            let rest = &octets[octets.len().saturating_sub(usize::try_from(torn).unwrap_or_default())..];
            fs::write(&cut, rest).map_err(StoreError::io("write", &cut))?;
            kept = Some(cut);
        }
        disk.truncate(place.offset)?;
        Ok(kept)
    }

    /// Whether what stands behind the last whole record was never one.
    pub(super) fn ends_foreign(&self) -> Result<bool, StoreError> {
        let path = self.path(self.end.place.segment);
        let octets = if self.torn > 0 { fs::read(&path).map_err(StoreError::io("read", &path))? } else { Vec::new() };
        let end = octets.len().saturating_sub(usize::try_from(self.torn).unwrap_or_default());
        Ok(record::is_foreign(&octets, end))
    }

    /// Where the octets are kept that were cut off a segment of this length.
    pub(super) fn cut_file(&self, segment: u32, length: u64) -> PathBuf {
        self.dir.join(format!("cut-{segment:06}-{length}"))
    }

    /// Begins a group of records.
    pub(super) fn batch(&mut self) -> Result<Batch, StoreError> {
        if self.disk.is_none() {
            return Err(StoreError::ReadOnly { dir: self.dir.clone() });
        }
        if self.end.place.offset >= SEGMENT_MAX {
            self.begin_segment()?;
        }
        Ok(Batch { octets: Vec::new(), reached: self.end })
    }

    /// Appends a group; durable when this returns. After an error nothing of it is there.
    pub(super) fn append(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let Some(disk) = self.disk.as_mut() else { return Err(StoreError::ReadOnly { dir: self.dir.clone() }) };
        disk.append(&batch.octets)?;
        self.end = batch.reached;
        Ok(())
    }

    /// Reads and checks the record at a place.
    pub(super) fn read(&self, place: RecordPlace) -> Result<ArchivedRecord, StoreError> {
        let path = self.path(place.segment);
        let file = File::open(&path).map_err(StoreError::io("open", &path))?;
        let damaged = |why: &str| self.damaged(place, why.into());
        let offset = self.offset(&file, place).map_err(StoreError::io("read", &path))?;
        let from = offset.checked_sub(LINK as u64).ok_or_else(|| damaged("no record can begin there"))?;
        let mut octets = read_up_to(&file, from, USUAL).map_err(StoreError::io("read", &path))?;
        let length = record::claimed_length(&octets, LINK).ok_or_else(|| damaged("no record begins there"))?;
        if octets.len() < LINK + length {
            let left = file.metadata().map_err(StoreError::io("read", &path))?.len().saturating_sub(from);
            if (LINK + length) as u64 > left {
                return Err(damaged("the record is cut off"));
            }
            octets = read_up_to(&file, from, LINK + length).map_err(StoreError::io("read", &path))?;
        }
        let frame = record::read(&octets, LINK).ok_or_else(|| damaged("the record does not match its checksum"))?;
        if !frame.is_whole() {
            return Err(damaged("the payload does not match its checksum"));
        }
        let header = header::whole(frame.header).ok_or_else(|| damaged("the header cannot be unpacked"))?;
        Ok(ArchivedRecord { codec: frame.codec, header: header.into_owned(), payload: frame.payload.to_vec() })
    }

    /// Names the record at a place and what does not fit there.
    pub(super) fn damaged(&self, place: RecordPlace, why: String) -> StoreError {
        let path = self.path(place.segment);
        let offset = File::open(&path).and_then(|file| self.offset(&file, place)).unwrap_or(place.offset);
        StoreError::Damaged { path, offset, why }
    }

    /// Whether the chain has this link at this place.
    pub(super) fn has(&self, reached: &Reached) -> bool {
        if reached.place > self.end.place {
            return false;
        }
        let link = File::open(self.path(reached.place.segment)).ok().and_then(|file| {
            let from = self.offset(&file, reached.place).ok()?.checked_sub(LINK as u64)?;
            read_up_to(&file, from, LINK).ok()
        });
        link.is_some_and(|link| link == reached.link.0)
    }

    /// Whether the chain has a link anywhere: octets that were inserted move all that stands behind them.
    pub(super) fn has_link(&self, link: &Sha256) -> Result<bool, StoreError> {
        let mut found = false;
        self.walk(None, &mut |met| {
            found |= matches!(met, SegmentMet::Record { after, .. } if after.link == *link);
            Ok(())
        })?;
        Ok(found)
    }

    /// Whether a store is older than the file that says how far it had come: then the heads had no sum either.
    pub(super) fn is_first_version(&self) -> bool {
        let head = File::open(self.path(1)).and_then(|file| read_up_to(&file, 0, HEAD));
        head.is_ok_and(|head| head.get(20..24) == Some(&[0; 4]))
    }

    /// The last segment with a whole head, and the end of its last whole record.
    fn find_end(&mut self, write: bool) -> Result<(), StoreError> {
        let mut segments = self.segments()?;
        while let Some(segment) = segments.pop() {
            let path = self.path(segment);
            let octets = fs::read(&path).map_err(StoreError::io("read", &path))?;
            if octets.len() < HEAD {
                // The step that begins a segment was interrupted; there was nothing in it yet.
                if write {
                    fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
                }
                continue;
            }
            if let Some(found) = newer(&octets) {
                return Err(StoreError::Newer { path, found });
            }
            let mut left = 0;
            let end = walk_segment(&octets, HEAD, &mut |_, _, frame| {
                left = frame.map_or(left, |frame| Grave::left_out_after(&frame, left));
                Ok(())
            })?;
            let link = record::link_before(&octets, end).unwrap_or_default();
            self.end = Reached { place: RecordPlace { segment, offset: end as u64 + left }, link };
            self.torn = (octets.len() - end) as u64;
            return Ok(());
        }
        Ok(())
    }

    /// Leaves the last segment and begins the next one.
    pub(super) fn begin_segment(&mut self) -> Result<(), StoreError> {
        let segment = self.end.place.segment + 1;
        if let Some(last) = self.disk.as_mut() {
            // What a failed step left is not to stand before the next segment for ever.
            last.settle()?;
        }
        let mut disk = Disk::open(&self.path(segment), &self.faults)?;
        disk.truncate(0)?;
        disk.append(&head(segment, &self.end.link, 0))?;
        sync_directory(&self.dir, &self.faults)?;
        self.disk = Some(disk);
        self.torn = 0;
        self.end.place = RecordPlace { segment, offset: HEAD as u64 };
        Ok(())
    }

    /// The highest number of a segment that is there, whole or not.
    pub(super) fn last_segment(&self) -> Result<u32, StoreError> {
        Ok(self.segments()?.pop().unwrap_or_default())
    }

    fn segments(&self) -> Result<Vec<u32>, StoreError> {
        let entries = fs::read_dir(&self.dir).map_err(StoreError::io("read", &self.dir))?;
        let number = |entry: std::io::Result<fs::DirEntry>| {
            let name = entry.ok()?.file_name();
            name.to_str()?.strip_suffix(".nwa")?.parse().ok()
        };
        let mut segments: Vec<u32> = entries.filter_map(number).collect();
        segments.sort_unstable();
        Ok(segments)
    }

    pub(super) fn path(&self, segment: u32) -> PathBuf {
        self.dir.join(format!("{segment:06}.nwa"))
    }
}

/// The octets left out of a segment by retention, as its head says.
pub(super) fn left_out(octets: &[u8]) -> u64 {
    octets.get(12..20).and_then(|octets| octets.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// The head of a segment.
pub(super) fn head(segment: u32, link: &Sha256, left_out: u64) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(MAGIC);
    head[8..12].copy_from_slice(&segment.to_le_bytes());
    head[12..20].copy_from_slice(&left_out.to_le_bytes());
    let sum = crc32fast::hash(&head[..20]);
    head[20..24].copy_from_slice(&sum.to_le_bytes());
    head[HEAD - LINK..].copy_from_slice(&link.0);
    head
}

/// Whether the head of a segment is as it was written, its link aside.
pub(super) fn head_fits(segment: u32, octets: &[u8]) -> bool {
    let Some(own) = octets.get(..HEAD - LINK) else { return false };
    let head = head(segment, &Sha256::default(), left_out(octets));
    let sum = [&head[20..24], &[0; 4]].contains(&&own[20..24]);
    sum && own[..20] == head[..20] && own[24..] == head[24..HEAD - LINK]
}

/// The mark of a later version of the program, which is no damage where the head's sum fits.
fn newer(octets: &[u8]) -> Option<String> {
    let version = octets.get(..8)?.strip_prefix(&MAGIC[..6])?;
    let fits = octets.get(20..24)? == crc32fast::hash(&octets[..20]).to_le_bytes();
    let later = version > &MAGIC[6..] && version.iter().all(u8::is_ascii_digit);
    (fits && later).then(|| String::from_utf8_lossy(&octets[..8]).into_owned())
}

/// Up to `length` octets from an offset; fewer at the end of the file.
pub(super) fn read_up_to(file: &File, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
    let mut octets = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut octets[filled..], offset + filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    octets.truncate(filled);
    Ok(octets)
}
