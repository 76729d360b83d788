//! The journal: JSON lines, each with the SHA-256 of the line before, its own CRC-32, and how far the archive had come.
//!
//! Knows what a line says, not what follows from it. A line is the commit point of what it says.

use super::archive::{Reached, read_up_to};
use super::damage::Damage;
use super::durable_file::Disk;
use super::error::StoreError;
use super::failpoints::Faults;
use super::values::{Decision, ReplyKind};
use jiff::Timestamp;
use noticewatch_core::capture::Sha256;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Octets of [`ending`].
pub(super) const ENDING: usize = 18;
const VERSION: u32 = 1;
/// As much of an unfinished line tells what it is.
const TAIL_MAX: usize = 1 << 20;

/// A letter as the journal tells of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LetterEntry {
    pub(super) row: u64,
    pub(super) letter: String,
    pub(super) recipient: String,
    pub(super) message_id: String,
    pub(super) at: Timestamp,
    /// Digest of the octets, which lie in the archive.
    pub(super) sha256: Sha256,
    pub(super) told: Vec<Value>,
    pub(super) note: Value,
}

/// What a line says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum JournalEntry {
    /// The first line.
    Journal { version: u32, program: String },
    /// Letters put into the outbox, with what they tell.
    Tell { letters: Vec<LetterEntry> },
    /// What became of one try to send.
    Reply {
        row: u64,
        at: Timestamp,
        reply: ReplyKind,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_try: Option<Timestamp>,
    },
    /// Something seen for the first time, or a last run.
    Mark { key: String, value: Value, at: Timestamp },
    /// What an operator decided.
    Decision {
        #[serde(flatten)]
        decision: Decision,
    },
}

impl JournalEntry {
    /// The time that it tells of; None: of none.
    pub(super) fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Journal { .. } => None,
            Self::Tell { letters } => letters.first().map(|letter| letter.at),
            Self::Reply { at, .. } | Self::Mark { at, .. } => Some(*at),
            Self::Decision { decision } => Some(decision.at),
        }
    }
}

/// An entry with what holds the file together.
#[derive(Serialize, Deserialize)]
struct Chained {
    #[serde(flatten)]
    entry: JournalEntry,
    archive: Reached,
    prev: Sha256,
}

/// A line where it stands.
#[derive(Debug)]
pub(super) struct JournalLine {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) entry: JournalEntry,
    pub(super) archive: Reached,
}

/// How far the journal has come: its length and the digest of its last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JournalEnd {
    pub(super) length: u64,
    pub(super) last: Sha256,
}

/// The lines of a file, whole or damaged, and where the last of them ends.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Each line, None where it cannot be read, and where it ends.
    pub(super) lines: Vec<(Option<JournalLine>, JournalEnd)>,
    /// The lines that are damaged, lost or changed.
    pub(super) damage: Vec<Damage>,
}

/// The journal file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    disk: Option<Disk>,
    end: JournalEnd,
}

/// What a walk over the lines meets: the line's number, the line if it can be read, where it ends, and what does not fit.
pub(super) struct LineMet {
    pub(super) number: usize,
    pub(super) line: Option<JournalLine>,
    pub(super) end: JournalEnd,
    pub(super) damage: Option<Damage>,
}

impl Journal {
    /// Opens for reading, or for writing too.
    pub(super) fn open(path: &Path, write: bool, faults: &Faults) -> Result<(Self, Lines), StoreError> {
        let disk = if write { Some(Disk::open(path, faults)?) } else { None };
        let mut journal = Self { path: path.to_owned(), disk, end: JournalEnd::default() };
        let lines = journal.lines(None)?;
        journal.end = lines.lines.last().map(|(_, end)| *end).unwrap_or_default();
        let version = lines.lines.first().and_then(|(line, _)| line.as_ref()).map(|line| &line.entry);
        if let Some(JournalEntry::Journal { version, program }) = version
            && *version > VERSION
        {
            return Err(StoreError::Newer { path: path.to_owned(), found: format!("version {version}, {program}") });
        }
        Ok((journal, lines))
    }

    /// Whether what stands behind the last whole line was never a line.
    pub(super) fn ends_foreign(&self) -> Result<bool, StoreError> {
        Ok(is_foreign(&tail(&self.path, self.end.length)?))
    }

    /// Removes an incomplete last line, and gives an empty file its first line. `aside`: what is removed had been whole
    /// and durable, so it is kept in a file of its own.
    pub(super) fn prepare(&mut self, lines: &mut Lines, aside: bool) -> Result<Option<PathBuf>, StoreError> {
        let end = self.end.length;
        let mut kept = None;
        if let Some(disk) = self.disk.as_mut().filter(|disk| disk.length() > end) {
            if aside {
                let octets = std::fs::read(&self.path).map_err(StoreError::io("read", &self.path))?;
                let rest = octets.get(usize::try_from(end).unwrap_or(usize::MAX)..).unwrap_or_default();
                let path = cut_file(&self.path, end);
                std::fs::write(&path, rest).map_err(StoreError::io("write", &path))?;
                kept = Some(path);
            }
            disk.truncate(end)?;
        }
        if end == 0 {
            let program = concat!("noticewatch ", env!("CARGO_PKG_VERSION")).to_owned();
            let line = self.append(JournalEntry::Journal { version: VERSION, program }, Reached::default())?;
            lines.lines.push((Some(line), self.end));
        }
        Ok(kept)
    }

    /// Where the last whole line ends.
    pub(super) fn end(&self) -> JournalEnd {
        self.end
    }

    /// Appends a line; durable when this returns.
    pub(super) fn append(&mut self, entry: JournalEntry, archive: Reached) -> Result<JournalLine, StoreError> {
        let Some(disk) = self.disk.as_mut() else { return Err(StoreError::ReadOnly { dir: self.path.clone() }) };
        let chained = Chained { entry, archive, prev: self.end.last };
        let mut text = serde_json::to_string(&chained)?;
        text.pop();
        text.push_str(&ending(text.as_bytes()));
        let last = Sha256::of(text.as_bytes());
        text.push('\n');
        disk.append(text.as_bytes())?;
        let (offset, length) = (self.end.length, text.len() as u64);
        self.end = JournalEnd { length: offset + length, last };
        Ok(JournalLine { offset, length, entry: chained.entry, archive })
    }

    /// All whole lines, up to `end` or to the end of the file.
    pub(super) fn lines(&self, end: Option<u64>) -> Result<Lines, StoreError> {
        let mut lines = Lines::default();
        each(&self.path, end, &mut |met| {
            lines.damage.extend(met.damage);
            lines.lines.push((met.line, met.end));
            Ok(())
        })?;
        Ok(lines)
    }

    /// The JSON of the line at an offset.
    pub(super) fn line(&self, offset: u64, length: u64) -> Result<Value, StoreError> {
        let mut text = vec![0; usize::try_from(length).unwrap_or_default()];
        let file = std::fs::File::open(&self.path).map_err(StoreError::io("open", &self.path))?;
        file.read_exact_at(&mut text, offset).map_err(StoreError::io("read", &self.path))?;
        let why = |error: serde_json::Error| error.to_string();
        serde_json::from_slice(&text).map_err(|error| StoreError::Damaged {
            path: self.path.clone(),
            offset,
            why: why(error),
        })
    }
}

/// Where the octets are kept that were cut off a journal of this length.
pub(super) fn cut_file(path: &Path, length: u64) -> PathBuf {
    path.with_extension(format!("cut-{length}"))
}

/// How every line begins.
pub(super) const LINE: &str = "{\"kind\":";

/// What stands behind the last whole line, up to the next one: a step that was interrupted, or something foreign.
pub(super) fn tail(path: &Path, end: u64) -> Result<Vec<u8>, StoreError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        file => file.map_err(StoreError::io("open", path))?,
    };
    let mut tail = read_up_to(&file, end, TAIL_MAX).map_err(StoreError::io("read", path))?;
    // Written since the end was found.
    tail.truncate(tail.iter().position(|octet| *octet == b'\n').map_or(tail.len(), |_| 0));
    Ok(tail)
}

/// Whether what stands behind the last line is no line that was being written.
pub(super) fn is_foreign(tail: &[u8]) -> bool {
    let begun = tail.len().min(LINE.len());
    tail.iter().any(|octet| *octet != 0)
        && tail[..begun].iter().zip(LINE.bytes()).any(|(own, line)| *own != 0 && *own != line)
}

/// The digest of the line that a whole line follows; None: it is no whole line.
pub(super) fn follows(line: &[u8]) -> Option<Sha256> {
    parse(line, None).0.map(|chained| chained.prev)
}

/// Goes over all whole lines of a file, up to `end` or to the end of the file, one at a time.
pub(super) fn each(
    path: &Path,
    end: Option<u64>,
    on: &mut dyn FnMut(LineMet) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        file => file.map_err(StoreError::io("open", path))?,
    };
    let mut reader = BufReader::new(file.take(end.unwrap_or(u64::MAX)));
    let (mut at, mut follows, mut number) = (JournalEnd::default(), true, 0);
    let mut piece = Vec::new();
    loop {
        piece.clear();
        reader.read_until(b'\n', &mut piece).map_err(StoreError::io("read", path))?;
        let Some(text) = piece.strip_suffix(b"\n") else { return Ok(()) };
        number += 1;
        let (chained, fault) = parse(text, follows.then_some(&at.last));
        let (offset, length) = (at.length, piece.len() as u64);
        at = JournalEnd { length: offset + length, last: Sha256::of(text) };
        let damage = fault.map(|why| Damage::of(path, offset, at.length, format!("line {number} {why}")));
        let line =
            chained.map(|chained| JournalLine { offset, length, entry: chained.entry, archive: chained.archive });
        follows = line.is_some();
        on(LineMet { number, line, end: at, damage })?;
    }
}

/// What closes a line: its sum, as the last member of the object.
pub(super) fn ending(text: &[u8]) -> String {
    format!(",\"crc\":\"{:08x}\"}}", crc32fast::hash(text))
}

/// Reads a line and checks it against its own sum and, where that one could be read, the line before.
fn parse(line: &[u8], before: Option<&Sha256>) -> (Option<Chained>, Option<String>) {
    let Some((text, crc)) = line.len().checked_sub(ENDING).and_then(|cut| line.split_at_checked(cut)) else {
        return (None, Some("is too short to be a record".into()));
    };
    if crc != ending(text).as_bytes() {
        return (None, Some("does not match its checksum".into()));
    }
    match serde_json::from_slice::<Chained>(line) {
        Err(error) => (None, Some(format!("cannot be read: {error}"))),
        Ok(chained) if before.is_some_and(|before| chained.prev != *before) => {
            (Some(chained), Some("does not follow the line before it: lines were lost or changed there".into()))
        }
        Ok(chained) => (Some(chained), None),
    }
}
