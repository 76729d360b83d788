//! Restoring from a backup: the whole store, or in place only what is damaged.
//!
//! Knows segments and lines, not what they mean. What is put in the place of something is checked first.

use super::archive::{Archive, HEAD, head_fits, left_out};
use super::backup::{end_of, sound};
use super::damage::{Damage, VerifyReport};
use super::durable_file::{replace, sync_directory};
use super::error::StoreError;
use super::failpoints::Faults;
use super::heads::{HeadsFile, Witness};
use super::journal::{Journal, JournalEnd, JournalEntry};
use super::open::RESTORING;
use super::values::Mark;
use super::view::View;
use super::weave::{Copy, Woven, weave};
use super::{Store, heads, inbox, journal, open, ownership, record, view};
use jiff::Timestamp;
use noticewatch_core::capture::Sha256;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};

const JOURNAL: &str = "journal.jsonl";
/// In the order in which they take their places.
const PARTS: [&str; 4] = ["archive", "decisions", JOURNAL, heads::FILE];

/// What became of damage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healed {
    /// What is as it was written again.
    pub restored: Vec<Damage>,
    /// What the backup does not hold either.
    pub lost: Vec<Damage>,
    /// Files that hold octets which stood in archive or journal and belong to no record.
    pub aside: Vec<PathBuf>,
}

impl Store {
    /// Whether a directory holds a store, or parts of one.
    #[must_use]
    pub fn is_in(dir: &Path) -> bool {
        ["archive", JOURNAL, heads::FILE, "view", RESTORING].iter().any(|name| dir.join(name).exists())
    }

    /// Puts the store of a backup into a directory. What was there lies aside then; where, is returned.
    ///
    /// # Errors
    /// Where another process writes there, there is no backup, or the system refuses.
    pub fn restore(from: &Path, dir: &Path) -> Result<Option<PathBuf>, StoreError> {
        if !from.join("archive").is_dir() {
            return Err(StoreError::NoStore { dir: from.to_owned() });
        }
        ownership::make(dir)?;
        ownership::owned(dir, Some(from))?;
        let _lock = open::lock(dir)?;
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
    pub fn heal(&mut self, from: &Path, report: &VerifyReport) -> Result<Healed, StoreError> {
        let last = self.archive.end().place.segment;
        let (had, mut aside) = (self.ends(), Vec::new());
        let segments = self.heal_archive(from, &report.damage, &mut aside)?;
        let journal = self.heal_journal(from, &report.damage, &mut aside)?;
        inbox::heal(&self.dir, from, &report.damage)?;
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
        if !self.archive.has(&had.archive) && !self.archive.has_link(&had.archive.link)? {
            let _ = heads::keep_lost(&self.dir, Some(&had));
        }
        self.note_ends();
        // How far it had come is known again as far as the backup knows it.
        let unknown = matches!(heads::lost(&self.dir)?, HeadsFile::Damaged(_));
        if self.is_complete()? || unknown && !Self::lacks(&self.dir, from)? {
            self.forget_loss()?;
        }
        self.witnessed()?;
        let left = self.verify()?.damage;
        let gone = |damage: &&Damage| !left.iter().any(|left| left.overlaps(damage));
        let restored = report.damage.iter().filter(gone).cloned().collect();
        self.damage.clear();
        self.damage.extend(left.iter().map(ToString::to_string));
        Ok(Healed { restored, lost: left, aside })
    }

    /// Whether archive and journal reach as far as they had come when a loss was found.
    fn is_complete(&self) -> Result<bool, StoreError> {
        let HeadsFile::Ends(ends) = heads::lost(&self.dir)? else { return Ok(false) };
        let lines = self.journal.lines(None)?;
        let journal = ends.journal.length == 0 || lines.lines.iter().any(|(_, end)| *end == ends.journal);
        Ok(journal && (ends.archive.place.segment == 0 || self.archive.has(&ends.archive)))
    }

    /// Forgets how far archive and journal had come before a loss: it is on record elsewhere, or mended.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn forget_loss(&mut self) -> Result<(), StoreError> {
        let path = self.dir.join(heads::LOST);
        self.witnessed()?;
        if path.exists() { fs::remove_file(&path).map_err(StoreError::io("remove", &path)) } else { Ok(()) }
    }

    /// Makes the file anew that says how far archive and journal have come, where it was taken away or damaged.
    fn witnessed(&mut self) -> Result<(), StoreError> {
        let said = heads::read(&self.dir)?;
        if self.witness.is_some() && !matches!(said, HeadsFile::Ends(_)) {
            self.witness = Some(Witness::open(&self.dir, &said, &self.archive.faults)?);
            self.note_ends();
        }
        Ok(())
    }

    /// Returns the segments that were replaced.
    fn heal_archive(&self, from: &Path, damage: &[Damage], aside: &mut Vec<PathBuf>) -> Result<Vec<u32>, StoreError> {
        let mut replaced = Vec::new();
        let backup = Archive::open(&from.join("archive"), false, &Faults::default())?;
        let last = self.archive.last_segment()?.max(backup.last_segment()?);
        let (mut before, doubt, end) =
            (Some(Sha256::default()), self.doubts_ends(damage), self.archive.end().place.segment);
        for segment in 1..=last {
            let (path, theirs) = (self.archive.path(segment), fs::read(backup.path(segment)).ok());
            let own = fs::read(&path).ok();
            let ill = own.is_none() || damage.iter().any(|damage| damage.file == path) || doubt && segment == end;
            let after = fs::read(self.archive.path(segment + 1)).ok().and_then(|next| record::link_before(&next, HEAD));
            let place = Between { segment, before, after };
            // What opening cut off may hold whole records behind foreign octets.
            let cut = own.as_ref().and_then(|own| with_cut(own, &self.archive.cut_file(segment, own.len() as u64)));
            let tries = [cut.as_deref(), own.as_deref()].into_iter().skip(usize::from(cut.is_none()));
            let mut better = None;
            for own in tries.filter(|_| ill) {
                better = better.or_else(|| Some((own.map(<[u8]>::to_vec), place.better(own, theirs.as_deref())?)));
            }
            if let Some((own, (octets, foreign))) = better {
                for range in foreign {
                    let name = format!("foreign-{segment:06}-{}", range.start);
                    aside.push(keep(&self.archive.dir.join(name), own.as_deref().unwrap_or_default(), range)?);
                }
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
    fn heal_journal(&self, from: &Path, damage: &[Damage], aside: &mut Vec<PathBuf>) -> Result<bool, StoreError> {
        let path = self.dir.join(JOURNAL);
        let (Ok(theirs), true) =
            (fs::read(from.join(JOURNAL)), self.doubts_ends(damage) || damage.iter().any(|damage| damage.file == path))
        else {
            return Ok(false);
        };
        let own = fs::read(&path).unwrap_or_default();
        let cut = with_cut(&own, &journal::cut_file(&path, own.len() as u64));
        let replaced = match &cut {
            Some(cut) => self.weave_journal(cut, &theirs, aside)? || self.weave_journal(&own, &theirs, aside)?,
            None => self.weave_journal(&own, &theirs, aside)?,
        };
        Ok(replaced)
    }

    /// Whether something was cut off an end, though no file may show it.
    fn doubts_ends(&self, damage: &[Damage]) -> bool {
        let ends = self.dir.join(heads::FILE);
        damage.iter().any(|damage| damage.follows || damage.gone || damage.file == ends)
    }

    /// Puts the journal together from what stands there and what a backup holds.
    fn weave_journal(&self, own: &[u8], theirs: &[u8], aside: &mut Vec<PathBuf>) -> Result<bool, StoreError> {
        let path = self.dir.join(JOURNAL);
        let woven = weave(&[], Sha256::default(), &Copy::journal(own), &Copy::journal(theirs));
        // A journal that was begun anew holds a first line only.
        let begun =
            own.split_inclusive(|octet| *octet == b'\n').take(2).count() <= 1 && woven.octets.len() >= theirs.len();
        if woven.octets == own || !woven.keeps_own && !begun {
            return Ok(false);
        }
        for range in if begun { Vec::new() } else { woven.foreign } {
            let name = self.dir.join(format!("journal.foreign-{}", range.start));
            aside.push(keep(&name, own, range)?);
        }
        replace(&self.dir.join("journal.new"), &path, &woven.octets, &self.archive.faults)?;
        Ok(true)
    }

    /// Makes the view anew from archive and journal as they are now.
    fn renew_view(&mut self) -> Result<(), StoreError> {
        let lines = self.journal.lines(Some(self.journal.end().length))?;
        self.view = View::memory();
        self.recent = std::sync::Mutex::default();
        view::remove(&self.dir.join("view"))?;
        self.view = open::new_view(&self.dir, &mut self.damage);
        open::replay(&mut self.view, &self.archive, &lines, &mut self.damage)?;
        self.made += 1;
        Ok(())
    }
}

/// Where a segment stands: its number, and the links that its neighbours have beside it.
struct Between {
    segment: u32,
    before: Option<Sha256>,
    after: Option<Sha256>,
}

impl Between {
    /// A better segment than our own, and what of our own belongs to no record of it; None: nothing can be mended.
    fn better(&self, own: Option<&[u8]>, theirs: Option<&[u8]>) -> Option<(Vec<u8>, Vec<Range<usize>>)> {
        let mine = own.unwrap_or_default();
        // Where retention left out other octets, records stand elsewhere, and the two do not mix.
        let alike = |theirs: &[u8]| !head_fits(self.segment, mine) || left_out(mine) == left_out(theirs);
        let other = theirs.unwrap_or_default();
        let mut ways = Vec::new();
        if head_fits(self.segment, other) && alike(other) {
            ways.push(self.woven(other, mine, other));
        }
        if head_fits(self.segment, other) {
            let alone = self.woven(other, &[], other)?;
            let own = Copy::segment(mine);
            let keeps_own = own.links().all(|link| alone.links.contains(&link));
            let foreign = std::iter::once(0..mine.len()).filter(|range| !range.is_empty()).collect();
            ways.push(Some(Woven { keeps_own, foreign, gained: usize::from(keeps_own), ..alone }));
        }
        if head_fits(self.segment, mine) {
            ways.push(self.woven(mine, mine, &[]));
        }
        let better = |woven: &Woven| {
            let whole = fits(self.segment, &woven.octets, self.before, self.after);
            woven.octets != mine && woven.keeps_own && (whole || woven.gained > 0 || !woven.foreign.is_empty())
        };
        ways.into_iter().flatten().find(better).map(|woven| (woven.octets, woven.foreign))
    }

    /// Put together from two, behind the head of one of them.
    fn woven(&self, head: &[u8], own: &[u8], theirs: &[u8]) -> Option<Woven> {
        let start = record::link_before(head, HEAD).filter(|link| self.before.is_none_or(|before| before == *link))?;
        Some(weave(head.get(..HEAD)?, start, &Copy::segment(own), &Copy::segment(theirs)))
    }
}

/// A file with what opening cut off its end a moment ago.
fn with_cut(own: &[u8], cut: &Path) -> Option<Vec<u8>> {
    Some([own, fs::read(cut).ok()?.as_slice()].concat())
}

/// Keeps octets that belong to no record in a file of their own.
fn keep(name: &Path, octets: &[u8], range: Range<usize>) -> Result<PathBuf, StoreError> {
    let free = |path: &PathBuf| !path.exists();
    let numbered = (2..1000).map(|number| PathBuf::from(format!("{}-{number}", name.display())));
    let path = std::iter::once(name.to_owned()).chain(numbered).find(free).unwrap_or_else(|| name.to_owned());
    fs::write(&path, octets.get(range).unwrap_or_default()).map_err(StoreError::io("write", &path))?;
    Ok(path)
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
    files.extend([JOURNAL, heads::FILE].map(|name| (from.join(name), to.join(name))));
    for (from, to) in files.iter().filter(|(from, _)| from.exists()) {
        fs::copy(from, to).map_err(StoreError::io("write", to))?;
        File::open(to).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", to))?;
    }
    inbox::copy(from, to)?;
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
            if let Some(JournalEntry::Mark { key, value, at }) = met.line.map(|line| line.entry)
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
