//! Opening a store: the lock, what an interrupted step left, what is gone, and the view that fits archive and journal.

use super::archive::{Archive, HEAD};
use super::delta::RecentBodies;
use super::error::StoreError;
use super::failpoints::Faults;
use super::heads::{Ends, HeadsFile, Witness};
use super::journal::{Journal, Lines};
use super::scan::SegmentMet;
use super::view::View;
use super::{Store, heads, inbox, ownership, projection, view};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Rows that a replay gathers before it commits them.
const REPLAY_ROWS: usize = 4096;

/// Words of the sentence that says that acknowledged records are gone.
pub(super) const LOST: &str = "had been written further";

/// `verify` holds the lock while it copies the view: a moment, for which a writer waits.
const LOCK_TRIES: u32 = 25;
const LOCK_WAIT: Duration = Duration::from_millis(10);

impl Store {
    /// Opens the store for writing and makes it where there is none. What an interrupted step left is removed; a view
    /// that does not fit archive and journal is moved aside and made anew; damage is named in [`Store::damage`].
    ///
    /// # Errors
    /// Where another process writes this store, it belongs to another user, the files are of a newer version, or the
    /// system refuses.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_on(dir, &Faults::default())
    }

    /// As [`Store::open`], on a disk that fails as a test plans it.
    ///
    /// # Errors
    /// As [`Store::open`], and what was planned.
    pub fn open_on(dir: &Path, faults: &Faults) -> Result<Self, StoreError> {
        ownership::make(dir)?;
        ownership::owned(dir, None)?;
        let lock = lock(dir)?;
        let restoring = dir.join(RESTORING);
        if restoring.exists() {
            return Err(StoreError::Restoring { dir: restoring });
        }
        inbox::prepare(dir)?;
        let said = heads::read(dir)?;
        let before = heads::lost(dir)?;
        let (mut journal, mut lines) = Journal::open(&dir.join("journal.jsonl"), true, faults)?;
        let mut archive = Archive::open(&dir.join("archive"), true, faults)?;
        let mut damage: Vec<String> = lines.damage.iter().map(ToString::to_string).collect();
        damage.extend(lost(dir, &said, &archive, &lines));
        damage.extend(lost(dir, &before, &archive, &lines));
        let unwitnessed = match &said {
            HeadsFile::Nothing => {
                let begun = has_begun(&archive, lines.lines.len());
                damage.extend(begun.then(|| heads::missing(dir).to_string()));
                begun
            }
            HeadsFile::Damaged(_) => true,
            HeadsFile::Ends(_) => false,
        };
        let (mut view, known) = open_view(dir, &archive, &lines, &mut damage)?;
        let lost = damage.iter().any(|text| text.contains(LOST));
        let aside = [lost || archive.ends_foreign()?, lost || journal.ends_foreign()?];
        let kept = [archive.cut(aside[0])?, journal.prepare(&mut lines, aside[1])?];
        for kept in kept.into_iter().flatten() {
            damage.push(format!("an end that cannot be read was cut off; its octets are kept in {}", kept.display()));
        }
        if let Err(error) = replay(&mut view, &archive, &lines, &mut damage) {
            let StoreError::View { .. } = error else { return Err(error) };
            damage.push(format!("{error}; until then the program works in memory"));
            view = View::memory();
            replay(&mut view, &archive, &lines, &mut damage)?;
        }
        let mut store = Self {
            dir: dir.to_owned(),
            archive,
            journal,
            view,
            recent: Mutex::<RecentBodies>::default(),
            damage,
            made: 1,
            witness: Some(Witness::open(dir, &said, faults)?),
            _lock: Some(lock),
        };
        if unwitnessed || matches!(said, HeadsFile::Ends(_)) && store.damage.iter().any(|text| text.contains(LOST)) {
            // On a full disk the sentence is all there is.
            let _ = heads::keep_lost(dir, known.as_ref());
        }
        if !matches!(&said, HeadsFile::Ends(ends) if *ends == store.ends()) {
            store.note_ends();
        }
        Ok(store)
    }

    /// Opens the store for reading, beside a process that writes it or without one: as it stands now, later records
    /// are not seen. Reads archive and journal only and writes nothing.
    ///
    /// # Errors
    /// Where there is no store, its files are of a newer version, or the system refuses.
    pub fn read_only(dir: &Path) -> Result<Self, StoreError> {
        if !dir.join("archive").is_dir() {
            return Err(StoreError::NoStore { dir: dir.to_owned() });
        }
        // In the order opposite to writing: what is named in one is in the next by then.
        let faults = Faults::default();
        let said = heads::read(dir)?;
        let (journal, lines) = Journal::open(&dir.join("journal.jsonl"), false, &faults)?;
        let archive = Archive::open(&dir.join("archive"), false, &faults)?;
        let mut damage: Vec<String> = lines.damage.iter().map(ToString::to_string).collect();
        damage.extend(lost(dir, &said, &archive, &lines));
        let mut view = View::memory();
        replay(&mut view, &archive, &lines, &mut damage)?;
        let (dir, recent) = (dir.to_owned(), Mutex::<RecentBodies>::default());
        Ok(Self { dir, archive, journal, view, recent, damage, made: 1, witness: None, _lock: None })
    }
}

impl Store {
    /// The process that writes the store of a directory, as it wrote its number down; None: nobody does, or that cannot
    /// be seen.
    #[must_use]
    pub fn writer(dir: &Path) -> Option<String> {
        let mut file = File::open(dir.join("lock")).ok()?;
        file.try_lock_shared().is_err().then(|| held_by(&mut file))
    }
}

/// Sentences for what archive and journal held once and do not hold now.
fn lost(dir: &Path, said: &HeadsFile, archive: &Archive, lines: &Lines) -> Vec<String> {
    let ends = match said {
        HeadsFile::Nothing => return Vec::new(),
        HeadsFile::Damaged(damage) => return vec![damage.to_string()],
        HeadsFile::Ends(ends) => ends,
    };
    let mut lost = Vec::new();
    let moved = || archive.has_link(&ends.archive.link).unwrap_or_default();
    if ends.archive.place.segment > 0 && !archive.has(&ends.archive) && !moved() {
        let (end, place) = (archive.end().place, ends.archive.place);
        lost.push(format!(
            "{}: the archive {LOST} (segment {} byte {}) than what can be read of it now (segment {} byte {}): records are lost",
            dir.display(), place.segment, place.offset, end.segment, end.offset
        ));
    }
    if !holds(lines, ends) {
        let end = lines.lines.last().map_or(0, |(_, end)| end.length);
        lost.push(format!(
            "{}: the journal {LOST} (byte {}) than what can be read of it now (byte {end}): lines are lost",
            dir.display(),
            ends.journal.length
        ));
    }
    lost
}

/// Whether the journal has the line with which it had ended.
fn holds(lines: &Lines, ends: &Ends) -> bool {
    ends.journal.length == 0 || lines.lines.iter().rev().any(|(_, end)| end.last == ends.journal.last)
}

/// Whether something was written already by a program that notes how far it came.
pub(super) fn has_begun(archive: &Archive, lines: usize) -> bool {
    let place = archive.end().place;
    (lines > 1 || place.segment > 1 || place.offset > HEAD as u64) && !archive.is_first_version()
}

/// The view in sled, where it fits archive and journal; else a new one. Where sled cannot be used at all, such as on a
/// full disk, one in memory. With it comes how far archive and journal had come, where the old one knows more than they hold.
fn open_view(
    dir: &Path,
    archive: &Archive,
    lines: &Lines,
    damage: &mut Vec<String>,
) -> Result<(View, Option<Ends>), StoreError> {
    let path = dir.join("view");
    view::finish_renewal(&path)?;
    let mut known = None;
    if path.exists() {
        let why = match View::open(&path) {
            Err(why) => why,
            Ok(view) => match misfit(dir, &view, archive, lines, damage) {
                None => return Ok((view, None)),
                Some(why) => {
                    known = Some(Ends { archive: view.mark.archive, journal: view.mark.journal });
                    why
                }
            },
        };
        match view::set_aside(&path) {
            Ok(aside) => damage.push(format!(
                "the database was made anew from archive and journal ({why}); the old one lies in {}",
                aside.display()
            )),
            Err(error) => {
                damage.push(format!("the database cannot be used ({why}; {error}); the program works in memory"));
                return Ok((View::memory(), known));
            }
        }
    }
    Ok((new_view(dir, damage), known))
}

/// A new database; where it cannot be made, one in memory.
pub(super) fn new_view(dir: &Path, damage: &mut Vec<String>) -> View {
    let path = dir.join("view");
    View::open(&path).unwrap_or_else(|why| {
        damage.push(format!("the database in {} cannot be made ({why}); the program works in memory", path.display()));
        View::memory()
    })
}

/// Why a view does not fit archive and journal.
fn misfit(dir: &Path, view: &View, archive: &Archive, lines: &Lines, damage: &mut Vec<String>) -> Option<String> {
    let mark = view.mark;
    let fresh = mark.archive.place.segment == 0;
    let journal = mark.journal.length == 0 || lines.lines.iter().any(|(_, end)| *end == mark.journal);
    if journal && (fresh || archive.has(&mark.archive)) {
        return None;
    }
    let end = lines.lines.last().map_or(0, |(_, end)| end.length);
    let known = damage.iter().any(|text| text.contains(LOST));
    if !known && (mark.journal.length > end || mark.archive.place > archive.end().place) {
        damage.push(format!(
            "{}: archive or journal {LOST} than they reach now (segment {} byte {}, journal byte {}): records are lost",
            dir.display(),
            mark.archive.place.segment,
            mark.archive.place.offset,
            mark.journal.length
        ));
    }
    Some("it does not fit archive and journal".to_owned())
}

/// Takes what lies above the watermark into the view.
pub(super) fn replay(
    view: &mut View,
    archive: &Archive,
    lines: &Lines,
    damage: &mut Vec<String>,
) -> Result<(), StoreError> {
    let from = (view.mark.archive.place.segment > 0).then_some(view.mark.archive.place);
    archive.walk(from, &mut |met| {
        match met {
            SegmentMet::Damage(found) => damage.push(found.to_string()),
            SegmentMet::Record { place, frame, after, .. } => {
                let (kind, codec, header, payload) = (frame.kind, frame.codec, frame.header, frame.payload);
                projection::record(view, place, &projection::Content { kind, codec, header, payload }, damage)?;
                view.mark.archive = after;
                if view.waiting() >= REPLAY_ROWS {
                    view.commit()?;
                }
            }
        }
        Ok(())
    })?;
    view.mark.archive = archive.end();
    for (line, end) in &lines.lines {
        if end.length > view.mark.journal.length {
            line.iter().try_for_each(|line| projection::line(view, line))?;
            view.mark.journal = *end;
        }
    }
    view.commit()
}

/// Takes the lock of the state directory, and writes down who has it.
pub(super) fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = file.map_err(StoreError::io("open", &path))?;
    for _ in 0..LOCK_TRIES {
        if file.try_lock().is_ok() {
            // Only a courtesy to the one who is refused: on a full disk the lock holds without it.
            let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
            return Ok(file);
        }
        std::thread::sleep(LOCK_WAIT);
    }
    Err(StoreError::Locked { dir: dir.to_owned(), pid: held_by(&mut file) })
}

/// Who wrote itself into a lock.
fn held_by(file: &mut File) -> String {
    let mut pid = String::new();
    let _ = file.read_to_string(&mut pid);
    if pid.trim().is_empty() { "unknown".into() } else { pid.trim().to_owned() }
}

/// Where a store is put together before it takes its place; while it is there, nobody may open the store.
pub(super) const RESTORING: &str = "restoring";
