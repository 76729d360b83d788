//! The ends of archive and journal: that both reach as far as they had come, and that nothing foreign stands behind them.

use super::Check;
use crate::io::store::damage::Damage;
use crate::io::store::error::StoreError;
use crate::io::store::heads::{Ends, HeadsFile};
use crate::io::store::{heads, journal, open};

impl Check {
    /// That both reach as far as they had come.
    pub(super) fn far_enough(&mut self) -> Result<(), StoreError> {
        self.ends[1] = self.last;
        self.open.clear();
        self.behind()?;
        for said in [&self.said, &self.before].map(Clone::clone) {
            match said {
                HeadsFile::Nothing => {}
                HeadsFile::Damaged(damage) => self.report.damage.push(damage),
                HeadsFile::Ends(ends) => self.reaches(&ends)?,
            }
        }
        Ok(())
    }

    fn reaches(&mut self, ends: &Ends) -> Result<(), StoreError> {
        let (archive, place) = (self.archive.end().place, ends.archive.place);
        // Octets that were inserted are named where they stand, and lose nothing behind them.
        if place.segment > 0 && !self.archive.has(&ends.archive) && !self.archive.has_link(&ends.archive.link)? {
            self.last = self.ends[0];
            let why =
                format!("it had been written up to segment {} byte {}; records are lost", place.segment, place.offset);
            let path = self.archive.path(archive.segment.max(1));
            self.damaged(Damage { gone: true, ..Damage::of(&path, archive.offset, archive.offset, why) });
        }
        if ends.journal.length > self.journal_end.length {
            self.last = self.ends[1];
            let path = self.archive.dir.with_file_name("journal.jsonl");
            let end = self.journal_end.length;
            let why = format!("it had been written up to byte {}; lines are lost", ends.journal.length);
            self.damaged(Damage { gone: true, ..Damage::of(&path, end, end, why) });
        }
        Ok(())
    }

    /// That it is known how far both had come.
    pub(super) fn witnessed(&mut self) {
        let lines = usize::try_from(self.report.lines).unwrap_or(usize::MAX);
        if matches!(self.said, HeadsFile::Nothing) && open::has_begun(&self.archive, lines) {
            self.report.damage.push(heads::missing(&self.dir));
        }
    }

    /// What stands behind the last line and is no line that was being written. Of records the walk says it.
    fn behind(&mut self) -> Result<(), StoreError> {
        let path = self.archive.dir.with_file_name("journal.jsonl");
        let tail = journal::tail(&path, self.journal_end.length)?;
        if journal::is_foreign(&tail) {
            let (from, to) = (self.journal_end.length, self.journal_end.length + tail.len() as u64);
            self.report.damage.push(Damage::of(&path, from, to, "these octets belong to no line"));
        }
        Ok(())
    }
}
