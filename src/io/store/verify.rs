//! Verifying: walks archive and journal from end to end, beside a process that writes them or without one, and names all
//! that is not as it was written.
//!
//! Holds one segment at a time, and of each capture a few dozen octets: where its body lies, by half of its digest.

pub(crate) mod reach;

use super::archive::{Archive, RecordPlace};
use super::damage::{Damage, VerifyReport, Wrong};
use super::delta::RecentBodies;
use super::error::StoreError;
use super::failpoints::Faults;
use super::heads::HeadsFile;
use super::journal::JournalEntry;
use super::projection::{CaptureHeader, DefinitionHeader, LetterHeader, NameHeader};
use super::record::{Codec, Frame, RecordKind};
use super::root_check::RootCheck;
use super::scan::SegmentMet;
use super::tombstone::Grave;
use super::{Store, delta, heads, inbox, journal, view_check, visits};
use jiff::Timestamp;
use noticewatch_core::capture::Sha256;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first half of a digest: enough to find a body by, not to prove it.
pub(super) type Half = [u8; 16];

pub(super) fn half(sha256: &Sha256) -> Half {
    let mut half = [0; 16];
    half.copy_from_slice(&sha256.0[..16]);
    half
}

/// Bodies that may lie under one, each a difference to the next; more are a circle.
const LEANING_MAX: u8 = 64;

impl Store {
    /// Checks every record with its payload, every line, both chains, that what the journal names is there, that nothing
    /// is cut off, and that the database fits.
    ///
    /// # Errors
    /// Where the system refuses to read; damage is no error but stands in the report.
    pub fn verify(&self) -> Result<VerifyReport, StoreError> {
        Self::verify_in(&self.dir)
    }

    /// As [`Store::verify`], for the store of a directory that nobody needs to have opened.
    ///
    /// # Errors
    /// Where there is no store, it is of a newer version, or the system refuses to read.
    pub fn verify_in(dir: &Path) -> Result<VerifyReport, StoreError> {
        if !["archive", "journal.jsonl", heads::FILE].iter().any(|name| dir.join(name).exists()) {
            return Err(StoreError::NoStore { dir: dir.to_owned() });
        }
        let mut check = Check::new(dir)?;
        check.records()?;
        check.graves();
        check.journal()?;
        check.far_enough()?;
        check.consequences();
        check.witnessed();
        check.report.damage.extend(inbox::damaged(dir)?);
        // What does not fit a root is told only where nothing else explains it.
        if check.report.damage.is_empty() {
            check.report.damage = check.roots.wrong(&dir.join("journal.jsonl"));
        }
        // Room for the rows.
        check.recent.clear();
        check.report.rows = view_check::rows(dir, &check.archive, check.journal_end, &mut check.report.damage)?;
        Ok(check.report)
    }
}

/// A verification under way.
struct Check {
    dir: PathBuf,
    said: HeadsFile,
    /// What a loss left that was found at opening.
    before: HeadsFile,
    journal_end: journal::JournalEnd,
    archive: Archive,
    report: VerifyReport,
    recent: RecentBodies,
    /// Where the record with a body, or its grave, lies.
    bodies: HashMap<Half, RecordPlace>,
    letters: HashSet<Half>,
    names: HashMap<u32, String>,
    /// Numbers of targets with the first octets of the digests of their captures.
    seen: HashMap<(u32, [u8; visits::PREFIX]), Sha256>,
    /// What stands for dropped bodies.
    stand_ins: HashMap<Half, (Sha256, RecordPlace)>,
    /// The last time met, and the damages that wait for the next one.
    last: Option<Timestamp>,
    open: Vec<usize>,
    /// What follows from other damage: told only where there is none.
    consequences: Vec<Damage>,
    /// The times of the last record and of the last line.
    ends: [Option<Timestamp>; 2],
    roots: RootCheck,
}

impl Check {
    fn new(dir: &Path) -> Result<Self, StoreError> {
        // In the order opposite to writing: what is named in one is in the next by then.
        let (said, before) = (heads::read(dir)?, heads::lost(dir)?);
        let path = dir.join("journal.jsonl");
        let mut journal_end = journal::JournalEnd::default();
        let mut roots = RootCheck::default();
        journal::each(&path, None, &mut |met| {
            roots.learn(&met, std::mem::replace(&mut journal_end, met.end));
            Ok(())
        })?;
        let mut report = VerifyReport { octets: journal_end.length, roots: roots.count(), ..VerifyReport::default() };
        let archive = dir.join("archive");
        let archive = match Archive::open(&archive, false, &Faults::default()) {
            Err(StoreError::Io { path, .. }) if !path.exists() => {
                report.damage.push(Damage::of(&path, 0, 0, "the whole archive is missing"));
                Archive::none(&archive)
            }
            archive => archive?,
        };
        Ok(Self {
            dir: dir.to_owned(),
            said,
            before,
            journal_end,
            archive,
            report,
            recent: RecentBodies::default(),
            bodies: HashMap::new(),
            letters: HashSet::new(),
            names: HashMap::new(),
            seen: HashMap::new(),
            stand_ins: HashMap::new(),
            last: None,
            open: Vec::new(),
            consequences: Vec::new(),
            ends: [None; 2],
            roots,
        })
    }

    /// Everything in the archive.
    fn records(&mut self) -> Result<(), StoreError> {
        // Parted for the walk, which reads through one and tells the other.
        let archive = std::mem::replace(&mut self.archive, Archive::none(Path::new("")));
        let mut segment = 0;
        let walked = archive.walk(None, &mut |met| {
            self.roots.meet(&met, &self.names, &self.seen);
            match met {
                SegmentMet::Damage(damage) => self.damaged(damage),
                SegmentMet::Record { place, frame, from, to, .. } => {
                    self.report.segments += u32::from(place.segment != segment);
                    segment = place.segment;
                    self.report.records += 1;
                    self.report.octets += to - from;
                    if let Err(Wrong { why, targets, follows }) = self.record(&archive, place, &frame) {
                        let damage =
                            Damage { targets, follows, ..Damage::of(&archive.path(place.segment), from, to, why) };
                        if follows { self.consequences.push(damage) } else { self.damaged(damage) }
                    }
                }
            }
            Ok(())
        });
        self.archive = archive;
        self.ends[0] = self.last;
        walked
    }

    /// Notes a damage; the time of the next record closes its range.
    fn damaged(&mut self, damage: Damage) {
        self.open.push(self.report.damage.len());
        self.report.damage.push(Damage { after: self.last, ..damage });
    }

    /// Notes the time of a record.
    fn at(&mut self, at: Timestamp) {
        for index in self.open.drain(..) {
            self.report.damage[index].before = Some(at);
        }
        self.last = Some(at);
        let (first, last) = self.report.times.unwrap_or((at, at));
        self.report.times = Some((first.min(at), last.max(at)));
    }

    /// Checks one record.
    fn record(&mut self, archive: &Archive, place: RecordPlace, frame: &Frame<'_>) -> Result<(), Wrong> {
        match frame.kind {
            RecordKind::Name => {
                let header: NameHeader = serde_json::from_slice(frame.header)?;
                self.names.insert(header.number, header.id);
                Ok(())
            }
            RecordKind::Definition => {
                let header: DefinitionHeader = serde_json::from_slice(frame.header)?;
                self.names.insert(header.number, header.target.id);
                self.at(header.at);
                Ok(())
            }
            RecordKind::Capture | RecordKind::Served => {
                self.capture(archive, place, frame, &serde_json::from_slice(frame.header)?)
            }
            RecordKind::Letter => {
                let header: LetterHeader = serde_json::from_slice(frame.header)?;
                self.letters.insert(half(&header.sha256));
                let octets = delta::unpack(frame.codec, frame.payload, None).filter(|_| frame.is_whole());
                let fits = octets.is_some_and(|octets| Sha256::of(&octets) == header.sha256);
                if fits {
                    Ok(())
                } else {
                    Err(Wrong::own(format!("the octets of this letter are not {}", header.sha256)))
                }
            }
            RecordKind::Visits => self.visits(frame),
        }
    }

    fn capture(
        &mut self,
        archive: &Archive,
        place: RecordPlace,
        frame: &Frame<'_>,
        header: &CaptureHeader,
    ) -> Result<(), Wrong> {
        let (number, sha256) = (header.number, header.capture.sha256);
        if frame.kind == RecordKind::Capture {
            self.report.captures += 1;
            self.report.visits += 1;
            self.names.entry(number).or_insert_with(|| header.capture.target.clone());
            let mut prefix = [0; visits::PREFIX];
            prefix.copy_from_slice(&sha256.0[..visits::PREFIX]);
            self.seen.entry((number, prefix)).or_insert(sha256);
        }
        let body = self.capture_body(archive, place, frame, &sha256);
        self.at(header.visit.at);
        body.map_err(|wrong| Wrong { targets: vec![header.capture.target.clone()], ..wrong })
    }

    fn capture_body(
        &mut self,
        archive: &Archive,
        place: RecordPlace,
        frame: &Frame<'_>,
        sha256: &Sha256,
    ) -> Result<(), Wrong> {
        if frame.codec == Codec::None {
            let there = self.bodies.contains_key(&half(sha256));
            let why = || Wrong { follows: true, ..Wrong::own(format!("the body {sha256} that it names is nowhere")) };
            return if there { Ok(()) } else { Err(why()) };
        }
        self.bodies.insert(half(sha256), place);
        if !frame.is_whole() {
            return Err(Wrong::own("the payload of this record is damaged".to_owned()));
        }
        if let Some(grave) = Grave::of(frame.codec, frame.payload) {
            self.report.dropped += 1;
            self.stand_ins.entry(half(&grave.stand_in)).or_insert((grave.stand_in, place));
            return Ok(());
        }
        let base = match delta::base_of(frame.payload).filter(|_| frame.codec == Codec::Delta) {
            None => None,
            Some(base) => {
                let why = || format!("the body {base} that this one is a difference to cannot be read");
                let body = self.body(archive, &base, LEANING_MAX);
                Some(body.ok_or_else(|| Wrong { follows: true, ..Wrong::own(why()) })?)
            }
        };
        let octets = delta::unpack(frame.codec, frame.payload, base.as_ref().map(|base| base.as_slice()));
        let octets = octets.filter(|octets| Sha256::of(octets) == *sha256);
        let body = octets.ok_or_else(|| Wrong::own(format!("the body that is kept there is not {sha256}")))?;
        self.recent.put(*sha256, Arc::new(body));
        Ok(())
    }

    /// A body that another one leans on; `left`: how many more bodies may lie under it.
    fn body(&mut self, archive: &Archive, sha256: &Sha256, left: u8) -> Option<Arc<Vec<u8>>> {
        if let Some(body) = self.recent.get(sha256) {
            return Some(body);
        }
        let record = archive.read(*self.bodies.get(&half(sha256))?).ok()?;
        let base = match delta::base_of(&record.payload).filter(|_| record.codec == Codec::Delta) {
            Some(base) => Some(self.body(archive, &base, left.checked_sub(1)?)?),
            None => None,
        };
        let octets = delta::unpack(record.codec, &record.payload, base.as_ref().map(|base| base.as_slice()))?;
        let body = Some(Arc::new(octets)).filter(|octets| Sha256::of(octets) == *sha256)?;
        self.recent.put(*sha256, Arc::clone(&body));
        Some(body)
    }

    fn visits(&mut self, frame: &Frame<'_>) -> Result<(), Wrong> {
        let name = |number: u32| self.names.get(&number).cloned();
        let resolve = |number: u32, prefix: &[u8]| {
            let prefix = prefix.try_into().ok()?;
            self.seen.get(&(number, prefix)).copied()
        };
        let (mut why, mut targets, mut times) = (None, BTreeSet::new(), Vec::new());
        for visit in visits::take(frame.header, true, &name, &resolve) {
            match visit {
                Ok((_, visit)) => {
                    targets.insert(visit.target);
                    times.push(visit.at);
                }
                Err(wrong) => why = why.or(Some(wrong)),
            }
        }
        self.report.visits += times.len() as u64;
        for at in times {
            self.at(at);
        }
        let targets = targets.into_iter().collect();
        why.map_or(Ok(()), |why| Err(Wrong { why, targets, follows: true }))
    }

    /// That what stands for dropped bodies is there.
    fn graves(&mut self) {
        let gone = self.stand_ins.iter().filter(|(half, _)| !self.bodies.contains_key(*half));
        for (sha256, place) in gone.map(|(_, gone)| *gone).collect::<Vec<_>>() {
            let why = format!("a body was dropped here, and {sha256} that stands for it is nowhere");
            self.damaged(Damage::of(&self.archive.path(place.segment), place.offset, place.offset, why));
        }
    }

    /// Everything in the journal.
    fn journal(&mut self) -> Result<(), StoreError> {
        let path = self.archive.dir.with_file_name("journal.jsonl");
        (self.last, self.open) = (None, Vec::new());
        journal::each(&path, Some(self.journal_end.length), &mut |met| {
            self.report.lines += 1;
            if let Some(damage) = met.damage {
                self.damaged(damage);
            }
            let Some(line) = met.line else { return Ok(()) };
            let (from, to) = (line.offset, line.offset + line.length);
            let leaning = |why: String| Damage { follows: true, ..Damage::of(&path, from, to, why) };
            if line.archive.place.segment > 0 && !self.archive.has(&line.archive) {
                let place = line.archive.place;
                self.consequences.push(leaning(format!(
                    "line {} knows the archive up to segment {} byte {}; it is cut or changed",
                    met.number, place.segment, place.offset
                )));
            }
            if let Some(at) = line.entry.at() {
                self.at(at);
            }
            if let JournalEntry::Tell { letters } = &line.entry {
                self.report.letters += letters.len() as u64;
                for letter in letters.iter().filter(|letter| !self.letters.contains(&half(&letter.sha256))) {
                    self.consequences.push(leaning(format!(
                        "line {} tells of letter {}, whose octets are not in the archive",
                        met.number, letter.row
                    )));
                }
            }
            Ok(())
        })
    }

    /// What follows from other damage is counted; where there is no other, it is the damage.
    fn consequences(&mut self) {
        self.report.leaning = self.consequences.len() as u64;
        if self.report.damage.is_empty() {
            self.report.damage.append(&mut self.consequences);
        }
    }
}
