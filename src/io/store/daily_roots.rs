//! The daily root: one digest over everything that was appended since the last one, and over that one.
//!
//! A root is the SHA-256 of a short text, which names the digest of a list: a line for each record and each look, with
//! the digest of what it says. So whoever holds one record can show with nothing but `sha256sum` that a root covers it,
//! and is told nothing of the others. Texts and lists are made again from the archive whenever they are wanted; what the
//! journal keeps is a mark a day. Knows no time stamping authority: its answers are octets.

use super::archive::Reached;
use super::error::StoreError;
use super::journal::JournalEnd;
use super::projection::LetterHeader;
use super::record::{Frame, RecordKind};
use super::scan::SegmentMet;
use super::values::Mark;
use super::{Store, delta, projection, visits};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use noticewatch_core::capture::Sha256;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// How the key of a root's mark begins; the day on which it was made follows.
pub(super) const ROOT: &str = "root/";
/// The same of its stamp.
pub(super) const STAMP: &str = "stamp/";

/// One thing that a root covers: a record's header, or a look, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `capture`, `served`, `look`, `definition`, `name` or `octets`.
    pub kind: &'static str,
    /// The JSON.
    pub text: Vec<u8>,
    /// Its digest, as it stands in the list.
    pub sha256: Sha256,
}

/// What the journal keeps of a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Heading {
    pub(super) root: Sha256,
    pub(super) made: Timestamp,
    pub(super) previous: Option<Sha256>,
    pub(super) list: Sha256,
    records: u64,
    /// Places that could not be read when it was made.
    #[serde(default)]
    pub(super) unreadable: u64,
    pub(super) archive: Reached,
    pub(super) journal: JournalEnd,
}

/// The root of everything that was kept up to a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// SHA-256 of [`Root::text`].
    pub sha256: Sha256,
    /// When it was made.
    pub made: Timestamp,
    /// The text that it is the digest of.
    pub text: String,
    /// What an authority said of it.
    pub stamp: Option<Stamp>,
    /// Where the one before ends; the default: it is the first.
    from: Reached,
    to: Reached,
}

impl Root {
    /// Whether this one follows another.
    #[must_use]
    pub fn names(&self, other: &Self) -> bool {
        self.from == other.to && self.made > other.made
    }

    /// The day on which it was made, in UTC: its name.
    #[must_use]
    pub fn day(&self) -> String {
        day(self.made)
    }
}

/// What an RFC 3161 authority said of a root. Its octets are kept in the archive and named here by their digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The root that was stamped.
    pub root: Sha256,
    /// The authority's address.
    pub url: String,
    /// The request (DER).
    pub request: Sha256,
    /// The response (DER), with the certificates that came with it.
    pub response: Sha256,
    /// The authority's certificates as configured (PEM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Sha256>,
    /// The time that the authority states.
    pub time: Timestamp,
}

impl Store {
    /// Makes the root of today and notes it in the journal; None where today's stands there, or nothing is new.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading.
    pub fn make_root(&mut self, now: Timestamp) -> Result<Option<Root>, StoreError> {
        let newest = self.roots()?.pop();
        let (archive, journal) = (self.archive.end(), self.journal.end());
        let (previous, from) = newest.as_ref().map_or_else(Default::default, |root| (Some(root.sha256), root.to));
        if newest.is_some_and(|root| root.day() >= day(now)) || from.link == archive.link {
            return Ok(None);
        }
        let mut list = RootList::default();
        self.walk_list(from, archive, &mut |_| (), &mut list)?;
        let (digest, records) = (Sha256::of(list.text.as_bytes()), list.records);
        let unreadable = list.unreadable;
        let unnamed = Sha256::default();
        let mut heading =
            Heading { root: unnamed, made: now, previous, list: digest, records, unreadable, archive, journal };
        heading.root = Sha256::of(heading.text().as_bytes());
        self.mark(&format!("{ROOT}{}", day(now)), serde_json::to_value(&heading)?, now)?;
        Ok(Some(heading.root(from, None)))
    }

    /// All roots, oldest first.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn roots(&self) -> Result<Vec<Root>, StoreError> {
        let mut roots: Vec<Root> = Vec::new();
        for (key, mark) in self.view.scan(&projection::key(b'm', &[ROOT.as_bytes()]))? {
            let mark: Mark = serde_json::from_slice(&mark)?;
            let heading: Heading = serde_json::from_value(mark.value)?;
            let named = key.get(1 + ROOT.len()..).unwrap_or_default();
            let stamp = match self.view.get(&projection::key(b'm', &[STAMP.as_bytes(), named]))? {
                Some(stamp) => Some(serde_json::from_value::<Stamp>(serde_json::from_slice::<Mark>(&stamp)?.value)?),
                None => None,
            };
            let from = roots.last().map_or_else(Reached::default, |last| last.to);
            roots.push(heading.root(from, stamp));
        }
        Ok(roots)
    }

    /// The list of a root, made again from the archive; `on` is called with everything that stands in it.
    ///
    /// # Errors
    /// Where the archive cannot be read.
    pub fn list_of(&self, root: &Root, on: &mut dyn FnMut(&Statement)) -> Result<String, StoreError> {
        let mut list = RootList::default();
        self.walk_list(root.from, root.to, on, &mut list)?;
        Ok(list.text)
    }

    /// Keeps what an authority said of a root: its octets in the archive, and a mark that names them.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading.
    pub fn keep_stamp(
        &mut self,
        root: &Root,
        stamp: &Stamp,
        papers: &[&[u8]],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.group(&mut |store, batch| {
            for octets in papers {
                let sha256 = Sha256::of(octets);
                if store.letter_place(&sha256)?.is_some() {
                    continue;
                }
                let header = LetterHeader { sha256, length: octets.len() as u64 };
                let packed = delta::pack_whole(octets);
                let (codec, payload) = packed.map_err(StoreError::io("compress a stamp for", &store.dir))?;
                store.add(batch, RecordKind::Letter, &serde_json::to_vec(&header)?, Some((codec, &payload)))?;
            }
            Ok(())
        })?;
        self.mark(&format!("{STAMP}{}", root.day()), serde_json::to_value(stamp)?, at)
    }

    /// Octets that are kept under a digest: of a letter, or of a stamp. None where there are none.
    ///
    /// # Errors
    /// Where the record is damaged.
    pub fn paper(&self, sha256: &Sha256) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(place) = self.letter_place(sha256)? else { return Ok(None) };
        let record = self.archive.read(place)?;
        self.unpacked(place, record.codec, &record.payload, None, sha256).map(Some)
    }

    /// Everything between two places of the archive.
    fn walk_list(
        &self,
        from: Reached,
        to: Reached,
        on: &mut dyn FnMut(&Statement),
        list: &mut RootList,
    ) -> Result<(), StoreError> {
        let start = (from.place.segment > 0).then_some(from.place);
        let name = |number: u32| projection::id_of(&self.view, number).ok().flatten();
        let resolve = |number: u32, prefix: &[u8]| {
            projection::resolve(&self.view, number, prefix).ok().flatten().map(|(sha256, _)| sha256)
        };
        let mut done = false;
        self.archive.walk(start, &mut |met| {
            match met {
                _ if done => {}
                SegmentMet::Damage(_) => list.unreadable += 1,
                SegmentMet::Record { frame, after, .. } => {
                    list.add(&frame, &name, &resolve, on);
                    done = after.link == to.link;
                }
            }
            Ok(())
        })
    }
}

impl Heading {
    /// The text that the root is the digest of.
    pub(super) fn text(&self) -> String {
        let previous = self.previous.map_or_else(|| "none".to_owned(), |previous| previous.to_string());
        let (archive, journal) = (&self.archive, &self.journal);
        let mut text = format!(
            "noticewatch daily root, form 1\nmade: {}\nprevious root: {previous}\nlist of records: {}\nrecords: {}\n\
             archive: segment {}, byte {}, link {}\njournal: byte {}, last line {}\n",
            self.made,
            self.list,
            self.records,
            archive.place.segment,
            archive.place.offset,
            archive.link,
            journal.length,
            journal.last
        );
        if self.unreadable > 0 {
            let _ = writeln!(text, "places that could not be read: {}", self.unreadable);
        }
        text
    }

    fn root(&self, from: Reached, stamp: Option<Stamp>) -> Root {
        let stamp = stamp.filter(|stamp| stamp.root == self.root);
        Root { sha256: self.root, made: self.made, text: self.text(), stamp, from, to: self.archive }
    }
}

/// A list as it is made: a line for each statement.
#[derive(Default)]
pub(super) struct RootList {
    pub(super) text: String,
    records: u64,
    pub(super) unreadable: u64,
}

impl RootList {
    pub(super) fn add(
        &mut self,
        frame: &Frame<'_>,
        name: &dyn Fn(u32) -> Option<String>,
        resolve: &dyn Fn(u32, &[u8]) -> Option<Sha256>,
        on: &mut dyn FnMut(&Statement),
    ) {
        self.records += 1;
        let kind = match frame.kind {
            RecordKind::Name => "name",
            RecordKind::Definition => "definition",
            RecordKind::Capture => "capture",
            RecordKind::Served => "served",
            RecordKind::Letter => "octets",
            RecordKind::Visits => "look",
        };
        if frame.kind != RecordKind::Visits {
            return self.line(kind, frame.header.to_vec(), on);
        }
        for visit in visits::take(frame.header, true, name, resolve) {
            match visit.ok().and_then(|(_, visit)| serde_json::to_vec(&visit).ok()) {
                Some(text) => self.line(kind, text, on),
                None => self.unreadable += 1,
            }
        }
    }

    fn line(&mut self, kind: &'static str, text: Vec<u8>, on: &mut dyn FnMut(&Statement)) {
        let sha256 = Sha256::of(&text);
        let _ = writeln!(self.text, "{sha256}  {kind}");
        on(&Statement { kind, text, sha256 });
    }
}

/// The day that a root is named by.
pub(super) fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
