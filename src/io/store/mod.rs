//! What is kept: archive and journal are the truth, sled is where the program works with them (DESIGN.md 5).
//!
//! Knows bytes, visits, captures and letters; nothing of readings or findings. One process writes; any number read
//! beside it, from archive and journal alone.

mod archive;
mod body;
mod burial;
mod cache;
mod disk;
mod error;
mod grave;
mod header;
mod index;
mod journal;
mod letters;
mod packing;
mod reading;
mod record;
mod recording;
mod requests;
mod retention;
mod values;
mod verify;
mod view;
mod visits;

pub use cache::Cache;
pub use error::StoreError;
pub use grave::Grave;
pub use packing::{Packed, Packer};
pub use requests::TakenUp;
pub use retention::{Freed, Held};
pub use values::{
    Cursor, Decision, DecisionKind, Mark, OutboxRow, OutboxState, Outgoing, Recorded, ReplyKind, Report, Told,
};

use archive::{Archive, Met};
use body::Recent;
use journal::{Journal, Lines};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use view::View;

/// Rows that a replay gathers before it commits them.
const REPLAY_ROWS: usize = 4096;

/// The store of one state directory.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    archive: Archive,
    journal: Journal,
    view: View,
    recent: Mutex<Recent>,
    damage: Vec<String>,
    /// How often the view was made, from 1: a cursor of another making does not fit.
    made: u32,
    /// Held for as long as the store is open for writing.
    _lock: Option<File>,
}

impl Store {
    /// Opens the store for writing and makes it where there is none. What an interrupted step left is removed; a view
    /// that does not fit archive and journal is moved aside and made anew; damage is named in [`Store::damage`].
    ///
    /// # Errors
    /// Where another process writes this store, the files are of a newer version, or the system refuses.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        let lock = lock(dir)?;
        requests::prepare(dir)?;
        let (journal, lines) = Journal::open(&dir.join("journal.jsonl"), true)?;
        let mut archive = Archive::open(&dir.join("archive"), true)?;
        let mut damage = lines.damage.clone();
        let mut view = open_view(dir, &archive, &lines, &mut damage)?;
        let lost = view.is_none() && damage.iter().any(|text| text.contains(LOST));
        if let Some(kept) = archive.cut(lost)? {
            damage.push(format!("the end of the archive cannot be read; its octets are kept in {}", kept.display()));
        }
        if view.is_none() {
            let path = dir.join("view");
            view = Some(View::open(&path).map_err(|why| StoreError::View { path, why })?);
        }
        let mut view = view.unwrap_or_else(View::memory);
        replay(&mut view, &archive, &lines, &mut damage)?;
        Ok(Self {
            dir: dir.to_owned(),
            archive,
            journal,
            view,
            recent: Mutex::default(),
            damage,
            made: 1,
            _lock: Some(lock),
        })
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
        // The journal first: what a line speaks of was in the archive before the line was written.
        let (journal, lines) = Journal::open(&dir.join("journal.jsonl"), false)?;
        let archive = Archive::open(&dir.join("archive"), false)?;
        let mut damage = lines.damage.clone();
        let mut view = View::memory();
        replay(&mut view, &archive, &lines, &mut damage)?;
        Ok(Self { dir: dir.to_owned(), archive, journal, view, recent: Mutex::default(), damage, made: 1, _lock: None })
    }

    /// The state directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What was found damaged, or could not be kept in the view, since opening: sentences for the operator.
    #[must_use]
    pub fn damage(&self) -> &[String] {
        &self.damage
    }

    /// Commits the view. The facts are durable before this, so its failure is no failure of the step: the program
    /// then works in memory until the next start.
    fn settle(&mut self) -> Result<(), StoreError> {
        match self.view.commit() {
            Ok(()) if self.view.is_wasteful() => match std::mem::replace(&mut self.view, View::memory()).renewed() {
                Ok(view) => {
                    self.view = view;
                    Ok(())
                }
                Err(error) => self.work_in_memory(&error),
            },
            Ok(()) => Ok(()),
            Err(error) => self.work_in_memory(&error),
        }
    }

    /// Leaves sled and takes all rows from archive and journal.
    fn work_in_memory(&mut self, error: &StoreError) -> Result<(), StoreError> {
        self.damage.push(format!("{error}; until then the program works in memory"));
        let lines = self.journal.lines(Some(self.journal.end().length))?;
        let mut view = View::memory();
        replay(&mut view, &self.archive, &lines, &mut self.damage)?;
        self.view = view;
        self.made += 1;
        Ok(())
    }
}

/// Words of the sentence that says that acknowledged records are gone.
const LOST: &str = "had been written further";

/// The view in sled, where it fits archive and journal; None: there is none to believe, and none in the way.
fn open_view(
    dir: &Path,
    archive: &Archive,
    lines: &Lines,
    damage: &mut Vec<String>,
) -> Result<Option<View>, StoreError> {
    let path = dir.join("view");
    view::finish_renewal(&path)?;
    if !path.exists() {
        return Ok(None);
    }
    let why = match View::open(&path) {
        Err(why) => why,
        Ok(view) => {
            let mark = view.mark;
            let fresh = mark.archive.place.segment == 0;
            let journal = mark.journal.length == 0 || lines.lines.iter().any(|(_, end)| *end == mark.journal);
            if journal && (fresh || archive.has(&mark.archive)) {
                return Ok(Some(view));
            }
            let end = lines.lines.last().map_or(0, |(_, end)| end.length);
            if mark.journal.length > end || mark.archive.place > archive.end().place {
                damage.push(format!(
                    "{}: archive or journal {LOST} than they reach now (segment {} byte {}, journal byte {}): records are lost",
                    dir.display(), mark.archive.place.segment, mark.archive.place.offset, mark.journal.length
                ));
            }
            "it does not fit archive and journal".to_owned()
        }
    };
    let aside = view::set_aside(&path)?;
    damage.push(format!(
        "the database was made anew from archive and journal ({why}); the old one lies in {}",
        aside.display()
    ));
    Ok(None)
}

/// Takes what lies above the watermark into the view.
fn replay(view: &mut View, archive: &Archive, lines: &Lines, damage: &mut Vec<String>) -> Result<(), StoreError> {
    let from = (view.mark.archive.place.segment > 0).then_some(view.mark.archive.place);
    archive.walk(from, false, &mut |met| {
        match met {
            Met::Damage(text) => damage.push(text),
            Met::Record(place, frame, after) => {
                let (kind, codec, header, payload) = (frame.kind, frame.codec, frame.header, frame.payload);
                index::record(view, place, &index::Content { kind, codec, header, payload }, damage)?;
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
            line.iter().try_for_each(|line| index::line(view, line))?;
            view.mark.journal = *end;
        }
    }
    view.commit()
}

/// Takes the lock of the state directory, and writes down who has it.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = file.map_err(StoreError::io("open", &path))?;
    if file.try_lock().is_err() {
        let mut pid = String::new();
        let _ = file.read_to_string(&mut pid);
        let pid = if pid.trim().is_empty() { "unknown".into() } else { pid.trim().to_owned() };
        return Err(StoreError::Locked { dir: dir.to_owned(), pid });
    }
    // Only a courtesy to the one who is refused: on a full disk the lock holds without it.
    let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(file)
}
