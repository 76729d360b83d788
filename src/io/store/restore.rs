//! Restoring from a backup: the whole store, or in place only what is damaged.
//!
//! Knows segments and lines, not what they mean. What is put in the place of something is checked first.

use super::archive::{Archive, HEAD, head_fits, left_out};
use super::backup::{end_of, sound};
use super::damage::{Damage, Report};
use super::disk::{replace, sync_directory};
use super::ends::{self, Said};
use super::error::StoreError;
use super::faults::Faults;
use super::journal::{self, Entry, Journal, JournalEnd};
use super::record;
use super::values::Mark;
use super::view::{self, View};
use super::{Store, opening, owner, requests};
use crate::capture::Sha256;
use jiff::Timestamp;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Where a store is put together before it takes its place; while it is there, nobody may open the store.
pub(super) const RESTORING: &str = "restoring";
const JOURNAL: &str = "journal.jsonl";
/// In the order in which they take their places.
const PARTS: [&str; 4] = ["archive", "decisions", JOURNAL, ends::FILE];

/// What became of damage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healed {
    /// What is as it was written again.
    pub restored: Vec<Damage>,
    /// What the backup does not hold either.
    pub lost: Vec<Damage>,
}

impl Store {
    /// Whether a directory holds a store, or parts of one.
    #[must_use]
    pub fn is_in(dir: &Path) -> bool {
        ["archive", JOURNAL, ends::FILE, "view", RESTORING].iter().any(|name| dir.join(name).exists())
    }

    /// Puts the store of a backup into a directory. What was there lies aside then; where, is returned.
    ///
    /// # Errors
    /// Where another process writes there, there is no backup, or the system refuses.
    pub fn restore(from: &Path, dir: &Path) -> Result<Option<PathBuf>, StoreError> {
        if !from.join("archive").is_dir() {
            return Err(StoreError::NoStore { dir: from.to_owned() });
        }
        owner::make(dir)?;
        owner::owned(dir, Some(from))?;
        let _lock = opening::lock(dir)?;
        let next = dir.join(RESTORING);
        if next.exists() {
            fs::remove_dir_all(&next).map_err(StoreError::io("remove", &next))?;
        }
        let aside = set_aside(dir)?;
        copy(from, &next)?;
        for part in PARTS.iter().filter(|part| next.join(part).exists()) {
            let place = dir.join(part);
            fs::rename(next.join(part), &place).map_err(StoreError::io("write", &place))?;
        }
        sync_directory(dir, &Faults::default())?;
        fs::remove_dir_all(&next).map_err(StoreError::io("remove", &next))?;
        Ok(aside)
    }

    /// Takes from a backup what `report` found damaged, and makes the view anew. The store stays open.
    ///
    /// # Errors
    /// Where the system refuses; each segment is the old one or a whole one then.
    pub fn heal(&mut self, from: &Path, report: &Report) -> Result<Healed, StoreError> {
        let last = self.archive.end().place.segment;
        let segments = self.heal_archive(from, &report.damage)?;
        let journal = self.heal_journal(from, &report.damage)?;
        // What was not replaced stays open as it is: behind damage at an end the next step still goes where it belongs.
        if segments.iter().any(|segment| *segment >= last) {
            self.archive = Archive::open(&self.archive.dir.clone(), true, &self.archive.faults.clone())?;
        }
        if journal {
            self.journal = Journal::open(&self.dir.join(JOURNAL), true, &self.archive.faults)?.0;
        }
        if journal || !segments.is_empty() {
            self.renew_view()?;
        }
        if self.is_complete()? {
            self.forget_loss()?;
        }
        let left = self.verify()?.damage;
        let gone = |damage: &&Damage| !left.iter().any(|left| left.overlaps(damage));
        let restored = report.damage.iter().filter(gone).cloned().collect();
        self.damage.clear();
        self.damage.extend(left.iter().map(ToString::to_string));
        Ok(Healed { restored, lost: left })
    }

    /// Whether archive and journal reach as far as they had come when a loss was found.
    fn is_complete(&self) -> Result<bool, StoreError> {
        let Said::Ends(ends) = ends::lost(&self.dir)? else { return Ok(false) };
        let lines = self.journal.lines(None)?;
        let journal = ends.journal.length == 0 || lines.lines.iter().any(|(_, end)| *end == ends.journal);
        Ok(journal && (ends.archive.place.segment == 0 || self.archive.has(&ends.archive)))
    }

    /// Forgets how far archive and journal had come before a loss: it is on record elsewhere, or mended.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn forget_loss(&mut self) -> Result<(), StoreError> {
        let path = self.dir.join(ends::LOST);
        if path.exists() { fs::remove_file(&path).map_err(StoreError::io("remove", &path)) } else { Ok(()) }
    }

    /// Returns the segments that were replaced.
    fn heal_archive(&self, from: &Path, damage: &[Damage]) -> Result<Vec<u32>, StoreError> {
        let mut replaced = Vec::new();
        let backup = Archive::open(&from.join("archive"), false, &Faults::default())?;
        let last = self.archive.last_segment()?.max(backup.last_segment()?);
        let mut before = Some(Sha256::default());
        for segment in 1..=last {
            let (path, theirs) = (self.archive.path(segment), fs::read(backup.path(segment)).ok());
            let own = fs::read(&path).ok();
            let found: Vec<&Damage> = damage.iter().filter(|damage| damage.file == path).collect();
            let after = fs::read(self.archive.path(segment + 1)).ok().and_then(|next| record::link_before(&next, HEAD));
            let ill = !found.is_empty() || own.is_none();
            let better = theirs.filter(|_| ill).and_then(|theirs| {
                let ways = ways(own.as_deref(), theirs, &found);
                ways.into_iter().find(|octets| fits(segment, octets, before, after))
            });
            if let Some(octets) = better {
                replace(&path.with_extension("new"), &path, &octets, &self.archive.faults)?;
                before = record::link_before(&octets, octets.len());
                replaced.push(segment);
            } else {
                before = own.and_then(|own| record::link_before(&own, own.len()));
            }
        }
        Ok(replaced)
    }

    /// Returns whether it was replaced.
    fn heal_journal(&self, from: &Path, damage: &[Damage]) -> Result<bool, StoreError> {
        let (path, theirs) = (self.dir.join(JOURNAL), from.join(JOURNAL));
        let found: Vec<&Damage> = damage.iter().filter(|damage| damage.file == path).collect();
        let (Ok(theirs), false) = (fs::read(&theirs), found.is_empty()) else { return Ok(false) };
        let own = fs::read(&path).unwrap_or_default();
        let next = self.dir.join("journal.new");
        for octets in ways(Some(&own), theirs, &found).into_iter().filter(|octets| octets.len() >= own.len()) {
            fs::write(&next, &octets).map_err(StoreError::io("write", &next))?;
            let mut whole = end_of(&next)?.length == octets.len() as u64;
            journal::each(&next, None, &mut |met| {
                whole &= met.damage.is_none();
                Ok(())
            })?;
            if whole {
                return replace(&next, &path, &octets, &self.archive.faults).map(|()| true);
            }
        }
        let _ = fs::remove_file(&next);
        Ok(false)
    }

    /// Makes the view anew from archive and journal as they are now.
    fn renew_view(&mut self) -> Result<(), StoreError> {
        let lines = self.journal.lines(Some(self.journal.end().length))?;
        self.view = View::memory();
        self.recent = std::sync::Mutex::default();
        view::remove(&self.dir.join("view"))?;
        self.view = opening::new_view(&self.dir, &mut self.damage);
        opening::replay(&mut self.view, &self.archive, &lines, &mut self.damage)?;
        self.made += 1;
        Ok(())
    }
}

/// The ways to make a file whole, the one that keeps most of our own first: the damaged ranges from the other one, its
/// beginning with our end, the other one itself.
fn ways(own: Option<&[u8]>, theirs: Vec<u8>, found: &[&Damage]) -> Vec<Vec<u8>> {
    let mut ways = Vec::new();
    if let Some(own) = own.filter(|own| left_out(own) == left_out(&theirs) || own.starts_with(b"{")) {
        let mut patched = own.to_vec();
        for damage in found {
            let range =
                usize::try_from(damage.from).unwrap_or_default()..usize::try_from(damage.to).unwrap_or_default();
            let end = range.end.min(theirs.len()).min(patched.len());
            if range.start < end {
                patched[range.start..end].copy_from_slice(&theirs[range.start..end]);
            }
        }
        if theirs.len() > patched.len() {
            patched.extend_from_slice(&theirs[patched.len()..]);
        }
        ways.push(patched);
        if own.len() > theirs.len() {
            ways.push([theirs.as_slice(), &own[theirs.len()..]].concat());
        }
    }
    ways.push(theirs);
    ways
}

/// Whether a segment is whole and stands between its neighbours.
fn fits(segment: u32, octets: &[u8], before: Option<Sha256>, after: Option<Sha256>) -> bool {
    let follows = before.is_none() || record::link_before(octets, HEAD) == before;
    let leads = after.is_none() || record::link_before(octets, octets.len()) == after;
    head_fits(segment, octets) && sound(octets) && follows && leads
}

/// Moves what a state directory holds of a store into a directory of its own; None: it holds nothing.
fn set_aside(dir: &Path) -> Result<Option<PathBuf>, StoreError> {
    let parts = PARTS.iter().chain(&["view"]).map(|part| dir.join(part)).filter(|part| part.exists());
    let parts: Vec<PathBuf> = parts.collect();
    let empty =
        |part: &PathBuf| part.ends_with("decisions") && fs::read_dir(part).is_ok_and(|mut all| all.next().is_none());
    if parts.iter().all(empty) {
        return Ok(None);
    }
    let free = |number: &u32| !dir.join(format!("before-restore-{number}")).exists();
    let aside = dir.join(format!("before-restore-{}", (1..10_000).find(free).unwrap_or_default()));
    fs::create_dir(&aside).map_err(StoreError::io("create", &aside))?;
    for part in parts {
        let name = part.file_name().unwrap_or_default();
        fs::rename(&part, aside.join(name)).map_err(StoreError::io("move", &part))?;
    }
    Ok(Some(aside))
}

/// Copies the facts of a store, durable when this returns.
fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let archive = to.join("archive");
    fs::create_dir_all(&archive).map_err(StoreError::io("create", &archive))?;
    let entries = fs::read_dir(from.join("archive")).map_err(StoreError::io("read", from))?;
    let mut files: Vec<(PathBuf, PathBuf)> = Vec::new();
    for entry in entries {
        let path = entry.map_err(StoreError::io("read", from))?.path();
        if path.extension().is_some_and(|ending| ending == "nwa") {
            let name = path.file_name().unwrap_or_default().to_owned();
            files.push((path, archive.join(name)));
        }
    }
    files.extend([JOURNAL, ends::FILE].map(|name| (from.join(name), to.join(name))));
    for (from, to) in files.iter().filter(|(from, _)| from.exists()) {
        fs::copy(from, to).map_err(StoreError::io("write", to))?;
        File::open(to).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", to))?;
    }
    requests::copy(from, to)?;
    sync_directory(&archive, &Faults::default())?;
    sync_directory(to, &Faults::default())
}

/// The time of the last line that a journal holds.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn last_line(dir: &Path) -> Result<Option<Timestamp>, StoreError> {
    let mut last = None;
    journal::each(&dir.join(JOURNAL), None, &mut |met| {
        last = met.line.and_then(|line| line.entry.at()).or(last);
        Ok(())
    })?;
    Ok(last)
}

impl Store {
    /// Whether a backup holds records or lines that the store of a directory does not have where they stood.
    ///
    /// # Errors
    /// Where the system refuses to read.
    pub fn lacks(dir: &Path, backup: &Path) -> Result<bool, StoreError> {
        let theirs = end_of(&backup.join(JOURNAL))?;
        let mut journal = theirs == JournalEnd::default();
        journal::each(&dir.join(JOURNAL), None, &mut |met| {
            journal |= met.end == theirs;
            Ok(())
        })?;
        let open = |dir: &Path| Archive::open(&dir.join("archive"), false, &Faults::default());
        let theirs = open(backup)?.end();
        Ok(!journal || theirs.place.segment > 0 && !open(dir)?.has(&theirs))
    }

    /// What was last noted under a key in the journal of a directory, which nobody needs to have opened.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn last_mark(dir: &Path, wanted: &str) -> Result<Option<Mark>, StoreError> {
        let mut last = None;
        journal::each(&dir.join(JOURNAL), None, &mut |met| {
            if let Some(Entry::Mark { key, value, at }) = met.line.map(|line| line.entry)
                && key == wanted
            {
                last = Some(Mark { value, at });
            }
            Ok(())
        })?;
        Ok(last)
    }

    /// The time of the last thing that was told, answered or decided, as the journal has it.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn last_line(&self) -> Result<Option<Timestamp>, StoreError> {
        last_line(&self.dir)
    }
}
