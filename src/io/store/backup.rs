//! Backups: archive and journal copied into another directory, where they are a store of their own that can be verified
//! and read. What only grows is only added to; a segment that was thinned takes the place of its copy at once.
//!
//! Consistent beside a process that writes: the journal's end is noted first, then the archive's. Whenever it is
//! interrupted, the backup before it is still there. What the backup holds already is never replaced by what is damaged.

use super::archive::{Archive, HEAD, left_out};
use super::durable_file::{Disk, replace, sync_directory};
use super::error::StoreError;
use super::failpoints::Faults;
use super::heads::Ends;
use super::journal::JournalEnd;
use super::scan::walk_segment;
use super::{Store, heads, inbox, journal, ownership};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Says what a directory holds.
const ABOUT: &str = "backup.json";
const JOURNAL: &str = "journal.jsonl";

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// When it was last brought up to date.
    pub at: Timestamp,
    /// By what.
    pub program: String,
    /// Of which state directory.
    pub of: String,
}

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Octets.
    pub octets: u64,
    /// Segments that were begun, added to or replaced.
    pub segments: u32,
    /// What was not copied, or is damaged in the copy too: sentences for the operator.
    pub trouble: Vec<String>,
}

impl Store {
    /// Brings the backup in `to` up to date with the store in `dir`, beside a process that writes it or without one.
    ///
    /// # Errors
    /// Where there is no store, `to` holds something else or more than the store has, or the system refuses.
    pub fn backup(dir: &Path, to: &Path, at: Timestamp) -> Result<Copied, StoreError> {
        Self::backup_on(dir, to, at, &Faults::default())
    }

    /// As [`Store::backup`], on a disk that fails as a test plans it.
    ///
    /// # Errors
    /// As [`Store::backup`], and what was planned.
    pub fn backup_on(dir: &Path, to: &Path, at: Timestamp, faults: &Faults) -> Result<Copied, StoreError> {
        if !dir.join("archive").is_dir() {
            return Err(StoreError::NoStore { dir: dir.to_owned() });
        }
        ownership::make(to)?;
        fs::create_dir_all(to.join("archive")).map_err(StoreError::io("create", to))?;
        fits(dir, to)?;
        let _lock = super::open::lock(to)?;
        // First: what is taken up meanwhile stands in the journal whose end is noted after this.
        inbox::copy(dir, to)?;
        let mut copying = Copying::new(dir, to, faults)?;
        copying.archive()?;
        copying.journal()?;
        let ends = heads::line(&Ends { archive: copying.source.end(), journal: copying.lines })?;
        replace(&to.join("ends.new"), &to.join(heads::FILE), &ends, faults)?;
        let program = concat!("noticewatch ", env!("CARGO_PKG_VERSION")).to_owned();
        let about = serde_json::to_vec_pretty(&About { at, program, of: dir.display().to_string() })?;
        replace(&to.join("backup.new"), &to.join(ABOUT), &about, faults)?;
        ownership::give_over(to);
        Ok(copying.copied)
    }

    /// What the backup in a directory says of itself; None: it is none.
    #[must_use]
    pub fn about(backup: &Path) -> Option<About> {
        serde_json::from_slice(&fs::read(backup.join(ABOUT)).ok()?).ok()
    }
}

/// That a directory can hold a backup of that store: it is another one, and holds a backup or nothing.
fn fits(dir: &Path, to: &Path) -> Result<(), StoreError> {
    let refuse = |why: &str| Err(StoreError::NoBackup { dir: to.to_owned(), why: why.to_owned() });
    let real = |path: &Path| path.canonicalize().map_err(StoreError::io("read", path));
    if real(to)?.starts_with(real(dir)?) {
        return refuse("it lies in the state directory itself; name one on another disk");
    }
    if to.join("view").exists() {
        return refuse("a noticewatch works in it");
    }
    let first = to.join("archive/000001.nwa");
    if !to.join(ABOUT).exists() && to.join(JOURNAL).exists() && !first.exists() {
        return refuse("it holds files of something else");
    }
    Ok(())
}

/// A backup under way.
struct Copying<'a> {
    source: Archive,
    copy: Archive,
    /// How far the journal had come before the archive was looked at.
    lines: JournalEnd,
    from: &'a Path,
    to: &'a Path,
    faults: &'a Faults,
    copied: Copied,
}

impl<'a> Copying<'a> {
    fn new(from: &'a Path, to: &'a Path, faults: &'a Faults) -> Result<Self, StoreError> {
        let own = end_of(&to.join(JOURNAL))?;
        let (mut lines, mut follows) = (JournalEnd::default(), own == JournalEnd::default());
        let mut copied = Copied::default();
        journal::each(&from.join(JOURNAL), None, &mut |met| {
            lines = met.end;
            follows |= met.end == own;
            if met.end.length > own.length {
                copied.trouble.extend(met.damage.map(|damage| damage.to_string()));
            }
            Ok(())
        })?;
        let source = Archive::open(&from.join("archive"), false, &Faults::default())?;
        let copy = Archive::open(&to.join("archive"), false, &Faults::default())?;
        let end = copy.end();
        if !follows || end.place.segment > 0 && !source.has(&end) {
            return Err(StoreError::Ahead { backup: to.to_owned(), dir: from.to_owned() });
        }
        Ok(Self { source, copy, lines, from, to, faults, copied })
    }

    fn archive(&mut self) -> Result<(), StoreError> {
        for segment in 1..=self.source.end().place.segment {
            let (from, to) = (self.source.path(segment), self.copy.path(segment));
            let file = match File::open(&from) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.copied.trouble.push(format!("{} is missing and was not copied", from.display()));
                    continue;
                }
                file => file.map_err(StoreError::io("open", &from))?,
            };
            self.segment(segment, &file, &to).map_err(|error| match error {
                CopyFault::Store(error) => error,
                CopyFault::Read(error) => StoreError::io("read", &from)(error),
            })?;
        }
        sync_directory(&self.copy.dir, self.faults)
    }

    /// Copies what is new of one segment.
    fn segment(&mut self, segment: u32, file: &File, to: &Path) -> Result<(), CopyFault> {
        let end = self.source.end().place;
        let length = file.metadata().map_err(CopyFault::Read)?.len();
        let length =
            if segment == end.segment { self.source.offset(file, end).map_err(CopyFault::Read)? } else { length };
        let mut head = vec![0; HEAD.min(usize::try_from(length).unwrap_or(HEAD))];
        file.read_exact_at(&mut head, 0).map_err(CopyFault::Read)?;
        let have = have(to, &head, length)?;
        if have >= length {
            return Ok(());
        }
        let mut octets = vec![0; usize::try_from(length - have).unwrap_or_default()];
        file.read_exact_at(&mut octets, have).map_err(CopyFault::Read)?;
        if have > 0 {
            let mut disk = Disk::open(to, self.faults)?;
            disk.truncate(have)?;
            disk.append(&octets)?;
        } else if to.exists() && !sound(&octets) {
            let what = "was thinned, and is damaged; the backup keeps its copy from before";
            self.copied.trouble.push(format!("{} {what}", self.source.path(segment).display()));
            return Ok(());
        } else {
            replace(&to.with_extension("new"), to, &octets, self.faults)?;
        }
        self.copied.octets += octets.len() as u64;
        self.copied.segments += 1;
        Ok(())
    }

    fn journal(&mut self) -> Result<(), StoreError> {
        let (from, to) = (self.from.join(JOURNAL), self.to.join(JOURNAL));
        let mut disk = Disk::open(&to, self.faults)?;
        let have = end_of(&to)?.length;
        if disk.length() > have {
            disk.truncate(have)?;
        }
        if have >= self.lines.length {
            return Ok(());
        }
        let mut octets = vec![0; usize::try_from(self.lines.length - have).unwrap_or_default()];
        let file = File::open(&from).map_err(StoreError::io("open", &from))?;
        file.read_exact_at(&mut octets, have).map_err(StoreError::io("read", &from))?;
        disk.append(&octets)?;
        self.copied.octets += octets.len() as u64;
        Ok(())
    }
}

/// How many octets of a segment a copy holds already, up to its last whole record; 0: it is another one, or none.
fn have(to: &Path, head: &[u8], length: u64) -> Result<u64, CopyFault> {
    let mut own = vec![0; HEAD];
    let Ok(file) = File::open(to) else { return Ok(0) };
    if file.read_exact_at(&mut own, 0).is_err() || left_out(&own) != left_out(head) {
        return Ok(0);
    }
    let copied = file.metadata().map_err(CopyFault::Read)?.len();
    if copied == length {
        return Ok(copied);
    }
    // What an interrupted backup left behind the last whole record is written again.
    let own = fs::read(to).map_err(CopyFault::Read)?;
    Ok(walk_segment(&own, HEAD, &mut |_, _, _| Ok(()))? as u64)
}

/// What stops the copying of a segment.
enum CopyFault {
    Store(StoreError),
    Read(std::io::Error),
}

impl From<StoreError> for CopyFault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Where the last whole line of a journal ends.
pub(super) fn end_of(path: &Path) -> Result<JournalEnd, StoreError> {
    let mut end = JournalEnd::default();
    journal::each(path, None, &mut |met| {
        end = met.end;
        Ok(())
    })?;
    Ok(end)
}

/// Whether a segment is whole from its first record to its last.
pub(super) fn sound(octets: &[u8]) -> bool {
    let mut sound = octets.len() >= HEAD;
    let end = walk_segment(octets, HEAD, &mut |_, _, frame| {
        sound &= frame.is_some_and(|frame| frame.is_whole());
        Ok(())
    });
    sound && end.is_ok_and(|end| end == octets.len())
}
