//! The daily roots while `verify` walks the archive: each is made again, and compared with what the journal keeps of it.
//!
//! Knows what roots are made of; reads no file.

use super::daily_roots::{Heading, ROOT, RootList, day};
use super::damage::Damage;
use super::journal::{JournalEnd, JournalEntry};
use super::visits::PREFIX;
use super::{journal, scan};
use noticewatch_core::capture::Sha256;
use std::collections::HashMap;
use std::path::Path;

/// The roots that the journal names, and how far they were made again.
#[derive(Default)]
pub(super) struct RootCheck {
    /// All of them, oldest first.
    headings: Vec<Heading>,
    /// How many of them were reached.
    reached: usize,
    list: RootList,
    wrong: Vec<String>,
}

impl RootCheck {
    /// Takes up a line of the journal, which had come as far as `before` when it was written.
    pub(super) fn learn(&mut self, met: &journal::LineMet, before: JournalEnd) {
        let Some(JournalEntry::Mark { key, value, .. }) = met.line.as_ref().map(|line| &line.entry) else { return };
        if !key.starts_with(ROOT) {
            return;
        }
        let Ok(heading) = serde_json::from_value::<Heading>(value.clone()) else {
            return self.wrong.push(format!("what is kept under {key} is no root"));
        };
        let previous = self.headings.last().map(|heading| heading.root);
        // By its line and not by its place: octets that were inserted before it move it.
        if heading.journal.last != before.last {
            self.note(&heading, "does not stand where it was written");
        } else if heading.root != Sha256::of(heading.text().as_bytes()) {
            self.note(&heading, "is not the digest of what it names");
        } else if heading.previous != previous {
            self.note(&heading, "does not follow the root before it");
        }
        self.headings.push(heading);
    }

    /// How many roots there are.
    pub(super) fn count(&self) -> u64 {
        self.headings.len() as u64
    }

    /// Takes what the walk over the archive meets.
    pub(super) fn meet(
        &mut self,
        met: &scan::SegmentMet<'_>,
        names: &HashMap<u32, String>,
        seen: &HashMap<(u32, [u8; PREFIX]), Sha256>,
    ) {
        let Some(heading) = self.headings.get(self.reached) else { return };
        let scan::SegmentMet::Record { frame, .. } = met else {
            self.list.unreadable += 1;
            return;
        };
        let ends = heading.archive.link == frame.link;
        let name = |number: u32| names.get(&number).cloned();
        let resolve = |number: u32, prefix: &[u8]| seen.get(&(number, prefix.try_into().ok()?)).copied();
        self.list.add(frame, &name, &resolve, &mut |_| ());
        if !ends {
            return;
        }
        let (heading, list) = (heading.clone(), std::mem::take(&mut self.list));
        self.reached += 1;
        let whole = list.unreadable == 0 && heading.unreadable == 0;
        if whole && Sha256::of(list.text.as_bytes()) != heading.list {
            self.note(&heading, "does not fit the records that it covers");
        }
    }

    /// What does not fit, as damage of the journal.
    pub(super) fn wrong(&mut self, journal: &Path) -> Vec<Damage> {
        for heading in self.headings.split_off(self.reached) {
            self.note(&heading, "covers records that are not there");
        }
        std::mem::take(&mut self.wrong).into_iter().map(|why| Damage::of(journal, 0, 0, why)).collect()
    }

    fn note(&mut self, heading: &Heading, why: &str) {
        self.wrong.push(format!("the root of {} {why}", day(heading.made)));
    }
}
