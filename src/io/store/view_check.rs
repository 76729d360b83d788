//! Whether the database fits archive and journal, and whom it knows in what is damaged. Seen from beside: a copy is
//! opened, so that nothing is written.
//!
//! Knows the view and where it must stand; nothing of what its rows mean.

use super::archive::{Archive, RecordPlace};
use super::damage::{Damage, Rows};
use super::error::StoreError;
use super::failpoints::Faults;
use super::journal::JournalEnd;
use super::projection::key;
use super::view::View;
use super::{journal, projection};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

/// Looks into the database, unless a process that writes holds it.
pub(super) fn rows(
    dir: &Path,
    archive: &Archive,
    journal: JournalEnd,
    damage: &mut Vec<Damage>,
) -> Result<Rows, StoreError> {
    let view = dir.join("view");
    if !view.is_dir() {
        return Ok(Rows::None);
    }
    let lock = File::open(dir.join("lock")).ok();
    // Shared: it keeps a writer waiting for the moment of copying, and is refused while there is one.
    if lock.as_ref().is_some_and(|lock| lock.try_lock_shared().is_err()) {
        return Ok(Rows::Held);
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
        return Ok(Rows::Unknown);
    };
    Ok(match View::open(copy.path()) {
        Ok(view) => {
            if !damage.iter().any(|damage| damage.gone) {
                damage.extend(cut(dir, archive, &view)?);
            }
            for damage in damage.iter_mut() {
                concerned(&view, archive, damage);
            }
            let mark = view.mark;
            let reached = mark.archive.place.segment == 0 || archive.has(&mark.archive);
            if reached && mark.journal.length <= journal.length { Rows::Fit } else { Rows::Misfit }
        }
        Err(_) => Rows::Misfit,
    })
}

/// An end that the database still knows and that is not there: it follows archive and journal, and is never ahead of them.
fn cut(dir: &Path, archive: &Archive, view: &View) -> Result<Option<Damage>, StoreError> {
    let mark = view.mark;
    // As they are by now: somebody may have written since they were walked.
    let now = Archive::open(&archive.dir, false, &Faults::default()).unwrap_or_else(|_| Archive::none(&archive.dir));
    let (place, end) = (mark.archive.place, now.end().place);
    if place > end && !now.has_link(&mark.archive.link)? {
        let why = format!(
            "the database knows records up to segment {} byte {}; they are lost here",
            place.segment, place.offset
        );
        let path = archive.path(end.segment.max(1));
        return Ok(Some(Damage { gone: true, ..Damage::of(&path, end.offset, end.offset, why) }));
    }
    let path = dir.join("journal.jsonl");
    let (mut held, mut end) = (mark.journal.length == 0, 0);
    journal::each(&path, None, &mut |met| {
        (held, end) = (held || met.end.last == mark.journal.last, met.end.length);
        Ok(())
    })?;
    let why = format!("the database knows lines up to byte {}; they are lost here", mark.journal.length);
    let lost = !held && mark.journal.length > end;
    Ok(lost.then(|| Damage { gone: true, ..Damage::of(&path, end, end, why) }))
}

/// The targets whose captures lay in a damaged range, where the record itself does not tell.
fn concerned(view: &View, archive: &Archive, damage: &mut Damage) {
    if !damage.targets.is_empty() || !damage.file.starts_with(&archive.dir) {
        return;
    }
    let mut targets = BTreeSet::new();
    for (row, _) in view.scan(&key(b'c', &[])).unwrap_or_default() {
        let number = row.get(1..5).and_then(|octets| octets.try_into().ok()).map(u32::from_be_bytes);
        let (Some(number), Some(place)) = (number, row.get(37..).and_then(RecordPlace::of)) else { continue };
        let path = archive.path(place.segment);
        let gone = damage.to == 0 && !path.exists();
        let offset = File::open(&path).and_then(|file| archive.offset(&file, place)).unwrap_or(place.offset);
        let within = (damage.from..damage.to).contains(&offset) || damage.from == damage.to && offset >= damage.from;
        if path == damage.file && (gone || within) {
            targets.extend(projection::id_of(view, number).ok().flatten());
        }
    }
    damage.targets = targets.into_iter().collect();
}
