//! What is kept: archive and journal are the truth, sled is where the program works with them (docs/design/store.md 1).
//!
//! Knows bytes, visits, captures and letters; nothing of readings or findings. One process writes; any number read
//! beside it, from archive and journal alone.

pub(crate) mod archive;
pub(crate) mod backup;
pub(crate) mod cache;
pub(crate) mod compaction;
pub(crate) mod daily_roots;
pub(crate) mod damage;
pub(crate) mod delta;
pub(crate) mod durable_file;
pub(crate) mod error;
pub(crate) mod failpoints;
pub(crate) mod header;
pub(crate) mod heads;
pub(crate) mod import_packer;
pub(crate) mod inbox;
pub(crate) mod journal;
pub(crate) mod letters;
pub(crate) mod open;
pub(crate) mod ownership;
pub(crate) mod projection;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod restore;
pub(crate) mod retention;
pub(crate) mod root_check;
pub(crate) mod scan;
pub(crate) mod tombstone;
pub(crate) mod values;
pub(crate) mod verify;
pub(crate) mod view;
pub(crate) mod view_check;
pub(crate) mod visits;
pub(crate) mod weave;
pub(crate) mod write;

use super::store::archive::Archive;
use super::store::delta::RecentBodies;
use super::store::heads::{Ends, Witness};
use super::store::journal::Journal;
use super::store::view::View;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub use backup::About;
pub use backup::Copied;
pub use cache::Cache;
pub use daily_roots::Root;
pub use daily_roots::Stamp;
pub use daily_roots::Statement;
pub use damage::Damage;
pub use damage::Rows;
pub use damage::VerifyReport;
pub use error::StoreError;
pub use failpoints::Faults;
pub use import_packer::Packed;
pub use import_packer::Packer;
pub use inbox::TakenUp;
pub use restore::Healed;
pub use retention::Freed;
pub use retention::Held;
pub use tombstone::Grave;
pub use values::Cursor;
pub use values::Decision;
pub use values::DecisionKind;
pub use values::Mark;
pub use values::OutboxRow;
pub use values::OutboxState;
pub use values::Outgoing;
pub use values::Recorded;
pub use values::ReplyKind;
pub use values::ToldRow;

/// The store of one state directory.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    archive: Archive,
    journal: Journal,
    view: View,
    recent: Mutex<RecentBodies>,
    damage: Vec<String>,
    /// How often the view was made, from 1: a cursor of another making does not fit.
    made: u32,
    /// Where is noted how far archive and journal have come; None: open for reading.
    witness: Option<Witness>,
    /// Held for as long as the store is open for writing.
    _lock: Option<File>,
}

impl Store {
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

    /// Whether anything but the database was found damaged: that one is made anew.
    #[must_use]
    pub fn is_harmed(&self) -> bool {
        self.damage.iter().any(|text| !text.starts_with("the database "))
    }

    /// Octets of archive and journal.
    #[must_use]
    pub fn size(&self) -> u64 {
        let length = |path: PathBuf| std::fs::metadata(path).map_or(0, |about| about.len());
        let segments = 1..=self.archive.end().place.segment;
        segments.map(|segment| length(self.archive.path(segment))).sum::<u64>() + self.journal.end().length
    }

    /// That the store in a directory is the caller's to write, with what lies `beside` at hand, such as a backup.
    ///
    /// # Errors
    /// It is another user's, who is named with the command to use.
    pub fn owned(dir: &Path, beside: &Path) -> Result<(), StoreError> {
        ownership::owned(dir, Some(beside))
    }

    /// That what a group of visits takes can be written.
    ///
    /// # Errors
    /// Where there is not, or the system refuses.
    pub fn room(&self) -> Result<(), StoreError> {
        durable_file::room(&self.dir, &self.archive.faults)
    }

    /// How far archive and journal have come.
    fn ends(&self) -> Ends {
        Ends { archive: self.archive.end(), journal: self.journal.end() }
    }

    /// Notes how far archive and journal have come, after a step that is durable.
    fn note_ends(&mut self) {
        let ends = self.ends();
        if let Some(witness) = &mut self.witness {
            witness.note(&ends);
        }
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
        open::replay(&mut view, &self.archive, &lines, &mut self.damage)?;
        self.view = view;
        self.made += 1;
        Ok(())
    }
}
