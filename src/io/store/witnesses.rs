//! Whether the database fits archive and journal, and whom it knows in what is damaged. Seen from beside: a copy is
//! opened, so that nothing is written.
//!
//! Knows the view and where it must stand; nothing of what its rows mean.

use super::archive::{Archive, Place};
use super::damage::{Damage, Rows};
use super::index::{self, key};
use super::journal::JournalEnd;
use super::view::View;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

/// Looks into the database, unless a process that writes holds it.
pub(super) fn rows(dir: &Path, archive: &Archive, journal: JournalEnd, damage: &mut [Damage]) -> Rows {
    let view = dir.join("view");
    if !view.is_dir() {
        return Rows::None;
    }
    let lock = File::open(dir.join("lock")).ok();
    // Shared: it keeps a writer waiting for the moment of copying, and is refused while there is one.
    if lock.as_ref().is_some_and(|lock| lock.try_lock_shared().is_err()) {
        return Rows::Held;
    }
    let copy = tempfile::tempdir().and_then(|copy| {
        for entry in fs::read_dir(&view)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
            }
        }
        Ok(copy)
    });
    drop(lock);
    let Ok(copy) = copy else {
        return Rows::Unknown;
    };
    match View::open(copy.path()) {
        Ok(view) => {
            for damage in damage {
                concerned(&view, archive, damage);
            }
            let mark = view.mark;
            let reached = mark.archive.place.segment == 0 || archive.has(&mark.archive);
            if reached && mark.journal.length <= journal.length { Rows::Fit } else { Rows::Misfit }
        }
        Err(_) => Rows::Misfit,
    }
}

/// The targets whose captures lay in a damaged range, where the record itself does not tell.
fn concerned(view: &View, archive: &Archive, damage: &mut Damage) {
    if !damage.targets.is_empty() || !damage.file.starts_with(&archive.dir) {
        return;
    }
    let mut targets = BTreeSet::new();
    for (row, _) in view.scan(&key(b'c', &[])).unwrap_or_default() {
        let number = row.get(1..5).and_then(|octets| octets.try_into().ok()).map(u32::from_be_bytes);
        let (Some(number), Some(place)) = (number, row.get(37..).and_then(Place::of)) else { continue };
        let path = archive.path(place.segment);
        let gone = damage.to == 0 && !path.exists();
        let offset = File::open(&path).and_then(|file| archive.offset(&file, place)).unwrap_or(place.offset);
        let within = (damage.from..damage.to).contains(&offset) || damage.from == damage.to && offset >= damage.from;
        if path == damage.file && (gone || within) {
            targets.extend(index::id_of(view, number).ok().flatten());
        }
    }
    damage.targets = targets.into_iter().collect();
}
