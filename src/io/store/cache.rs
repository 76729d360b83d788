//! A cache in a plain file: octets under 32-octet keys. Only a cache: it may be deleted, and what is damaged in it is
//! not there. Knows nothing of what is kept.
//!
//! Several processes may use one file: entries are appended whole, and a rewritten file takes the place of the old one.

use super::error::StoreError;
use super::ownership::belong;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zstd::bulk::Decompressor;

const MAGIC: &[u8; 8] = b"NWCACH01";
/// Key, length, CRC-32 of key and octets.
const HEAD: usize = 40;
/// Octets that wait before they are written.
const WAITING_MAX: usize = 1 << 20;
/// A longer entry is damage.
const ENTRY_MAX: usize = 64 << 20;

/// A cache file.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    file: File,
    /// Where the compressed octets of a key lie, their length and sum.
    places: HashMap<[u8; 32], (u64, usize, u32)>,
    /// Entries of the file, doubled ones included.
    entries: usize,
    waiting: Vec<u8>,
    unwritten: HashMap<[u8; 32], Vec<u8>>,
    unpacker: Unpacker,
}

impl Cache {
    /// Opens a cache file, and makes an empty one where there is none or where it is something else.
    ///
    /// # Errors
    /// Where the system refuses to make or read the file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut cache = Self::empty(path)?;
        cache.load().map_err(StoreError::io("read", path))?;
        if cache.entries > 2 * cache.places.len() {
            let live = cache.places.keys().copied().collect();
            cache.rewrite(&live)?;
        }
        Ok(cache)
    }

    /// The octets under a key.
    #[must_use]
    pub fn get(&self, key: &[u8; 32]) -> Option<Vec<u8>> {
        if let Some(octets) = self.unwritten.get(key) {
            return Some(octets.clone());
        }
        let packed = self.packed(key)?;
        self.unpacker.unpack(&packed)
    }

    /// Keeps octets under a key; written at the latest when the cache is dropped. A disk that is full only means that
    /// they are not found again.
    pub fn put(&mut self, key: [u8; 32], octets: &[u8]) {
        let Ok(packed) = zstd::bulk::compress(octets, 1) else { return };
        push_entry(&mut self.waiting, &key, &packed);
        self.unwritten.insert(key, octets.to_vec());
        if self.waiting.len() > WAITING_MAX {
            self.flush();
        }
    }

    /// Writes what waits.
    pub fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.unwritten.clear();
        if waiting.is_empty() || self.file.write_all(&waiting).is_err() {
            return;
        }
        // The file is open for appending: the position tells where the octets went, whoever else appends.
        let Ok(end) = self.file.stream_position() else { return };
        self.note(&waiting, end - waiting.len() as u64);
    }

    /// How many keys it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len() + self.unwritten.keys().filter(|key| !self.places.contains_key(*key)).count()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.unwritten.is_empty()
    }

    /// Bounds the file: where it holds more than twice the keys that are live, the others are left out.
    ///
    /// # Errors
    /// Where the system refuses to write the new file; the old one stays.
    pub fn keep(&mut self, live: &HashSet<[u8; 32]>) -> Result<(), StoreError> {
        self.flush();
        if self.entries > 2 * live.len() { self.rewrite(live) } else { Ok(()) }
    }

    fn empty(path: &Path) -> Result<Self, StoreError> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = file.map_err(StoreError::io("open", path))?;
        belong(&file, path);
        let (places, unwritten, unpacker) = (HashMap::new(), HashMap::new(), Unpacker::default());
        Ok(Self { path: path.to_owned(), file, places, entries: 0, waiting: Vec::new(), unwritten, unpacker })
    }

    /// Finds the entries. What follows an entry that cannot be one is cut off.
    fn load(&mut self) -> std::io::Result<()> {
        let length = self.file.metadata()?.len();
        let mut reader = BufReader::new(self.file.try_clone()?);
        reader.rewind()?;
        let mut magic = [0; 8];
        let mut at = 8;
        if length < at || reader.read_exact(&mut magic).is_err() || magic != *MAGIC {
            self.file.set_len(0)?;
            return self.file.write_all(MAGIC);
        }
        let mut head = [0; HEAD];
        while at + HEAD as u64 <= length {
            reader.read_exact(&mut head)?;
            let Some((key, size, sum)) = parse_head(&head) else { break };
            let end = at + (HEAD + size) as u64;
            if end > length {
                break;
            }
            self.places.insert(key, (at + HEAD as u64, size, sum));
            self.entries += 1;
            reader.seek_relative(i64::try_from(size).unwrap_or_default())?;
            at = end;
        }
        if at < length { self.file.set_len(at) } else { Ok(()) }
    }

    /// The compressed octets of a key, where they are what was written.
    fn packed(&self, key: &[u8; 32]) -> Option<Vec<u8>> {
        let (at, size, sum) = *self.places.get(key)?;
        let mut packed = vec![0; size];
        self.file.read_exact_at(&mut packed, at).ok()?;
        (checksum(key, &packed) == sum).then_some(packed)
    }

    fn rewrite(&mut self, live: &HashSet<[u8; 32]>) -> Result<(), StoreError> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::NamedTempFile::new_in(dir).map_err(StoreError::io("write", dir))?;
        let mut entry = MAGIC.to_vec();
        for key in self.places.keys().filter(|key| live.contains(*key)) {
            if let Some(packed) = self.packed(key) {
                push_entry(&mut entry, key, &packed);
            }
            new.write_all(&entry).map_err(StoreError::io("write", &self.path))?;
            entry.clear();
        }
        new.write_all(&entry).map_err(StoreError::io("write", &self.path))?;
        belong(new.as_file(), &self.path);
        let renamed = new.persist(&self.path).map_err(|error| error.error);
        renamed.map_err(StoreError::io("write", &self.path))?;
        *self = Self::empty(&self.path)?;
        self.load().map_err(StoreError::io("read", &self.path))
    }

    /// Notes where entries lie that were written at an offset.
    fn note(&mut self, written: &[u8], offset: u64) {
        let mut at = 0;
        while let Some((key, size, sum)) = written.get(at..at + HEAD).and_then(parse_head) {
            self.places.insert(key, (offset + (at + HEAD) as u64, size, sum));
            self.entries += 1;
            at += HEAD + size;
        }
    }
}

/// zstd's workspace, made once for thousands of small entries.
#[derive(Default)]
struct Unpacker(Mutex<Option<Decompressor<'static>>>);

impl Unpacker {
    fn unpack(&self, packed: &[u8]) -> Option<Vec<u8>> {
        // What was written says how long it is.
        let length = Decompressor::upper_bound(packed).filter(|length| *length <= ENTRY_MAX)?;
        let mut workspace = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if workspace.is_none() {
            *workspace = Decompressor::new().ok();
        }
        workspace.as_mut()?.decompress(packed, length).ok()
    }
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unpacker")
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.flush();
    }
}

fn push_entry(out: &mut Vec<u8>, key: &[u8; 32], packed: &[u8]) {
    out.extend_from_slice(key);
    out.extend_from_slice(&u32::try_from(packed.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&checksum(key, packed).to_le_bytes());
    out.extend_from_slice(packed);
}

fn parse_head(head: &[u8]) -> Option<([u8; 32], usize, u32)> {
    let key = head.get(..32)?.try_into().ok()?;
    let size = u32::from_le_bytes(head.get(32..36)?.try_into().ok()?) as usize;
    let sum = u32::from_le_bytes(head.get(36..40)?.try_into().ok()?);
    (size <= ENTRY_MAX).then_some((key, size, sum))
}

fn checksum(key: &[u8; 32], packed: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(key);
    sum.update(packed);
    sum.finalize()
}
