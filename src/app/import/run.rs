//! The import itself: several documents at once are read out of git, packed, read by today's rules and recorded.
//!
//! Documents are independent; only the desk, where what is ready is recorded in groups, is shared.

use super::plan::{RecordedDocument, Recording};
use crate::app::analysis::capture_text;
use crate::app::analysis::facts::Facts;
use crate::app::analysis::looks::Past;
use crate::app::analysis::reading_cache::ReadingCache;
use crate::app::analysis::types::KnownReadings;
use crate::app::error::Failure;
use crate::io::git::{Blobs, Repository};
use crate::io::store::{Packed, Packer, Store};
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::{Capture, Missed, Outcome, Sha256, Visit, Why};
use serde::Serialize;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Visits that are recorded together: with one synced step each they would take minutes.
const GROUP: usize = 400;
/// Octets that are recorded together.
const GROUP_OCTETS: usize = 4 << 20;
/// More documents at once would only wait for each other.
const WORKERS_MAX: usize = 4;

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Totals {
    /// Recordings that were added.
    pub added: usize,
    /// Recordings that were known.
    pub known: usize,
    /// Empty recordings among the added.
    pub empty: usize,
    /// Recordings among the added that cannot be read: PDF files without text, or damaged.
    pub not_read: usize,
}

/// Where everything comes together.
pub struct Importer<'a> {
    /// The facts.
    pub store: &'a mut Store,
    /// What they say.
    pub readings: &'a mut ReadingCache,
    /// What operators decided.
    pub facts: Facts,
}

/// Imports documents; recordings that are kept already are left out.
///
/// # Errors
/// git breaks off, or the store cannot be written; what was recorded before stays.
pub fn work(
    repository: &Repository,
    documents: &[RecordedDocument],
    desk: Importer<'_>,
    bar: &ProgressBar,
) -> Result<Totals, Failure> {
    let desk = Mutex::new(desk);
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, WORKERS_MAX);
    let done = std::thread::scope(|scope| {
        let start = |_| scope.spawn(|| Worker::new(repository, documents, &desk, bar)?.run(&next));
        let running: Vec<_> = (0..workers).map(start).collect();
        running.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(died()))).collect::<Vec<_>>()
    });
    let mut totals = Totals::default();
    for one in done {
        totals.add(one?);
    }
    Ok(totals)
}

fn died() -> Failure {
    Failure::Io("a part of the import broke off; run it again, it goes on where it stopped".to_owned())
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.added += other.added;
        self.known += other.known;
        self.empty += other.empty;
        self.not_read += other.not_read;
    }
}

struct Worker<'a> {
    documents: &'a [RecordedDocument],
    desk: &'a Mutex<Importer<'a>>,
    bar: &'a ProgressBar,
    blobs: Blobs,
    group: Vec<Packed>,
    octets: usize,
    /// Documents whose recordings are all in the group or recorded.
    finished: Vec<(&'a RecordedDocument, KnownReadings)>,
    totals: Totals,
}

/// What the store holds of a document, and what was read of it now.
struct State {
    origins: HashSet<String>,
    bodies: HashSet<(Timestamp, Sha256)>,
    misses: HashSet<Timestamp>,
    packer: Packer,
    /// Nothing was kept of it: all that it says is read on the way.
    fresh: bool,
    known: KnownReadings,
}

impl<'a> Worker<'a> {
    fn new(
        repository: &Repository,
        documents: &'a [RecordedDocument],
        desk: &'a Mutex<Importer<'a>>,
        bar: &'a ProgressBar,
    ) -> Result<Self, Failure> {
        let (group, finished) = (Vec::new(), Vec::new());
        let blobs = repository.blobs()?;
        Ok(Self { documents, desk, bar, blobs, group, octets: 0, finished, totals: Totals::default() })
    }

    fn run(mut self, next: &AtomicUsize) -> Result<Totals, Failure> {
        while let Some(document) = self.documents.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(failure) = self.document(document) {
                // The others end with the document that they are at.
                next.fetch_max(self.documents.len(), Ordering::Relaxed);
                return Err(failure);
            }
        }
        self.flush()?;
        Ok(self.totals)
    }

    fn desk(&self) -> MutexGuard<'a, Importer<'a>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn document(&mut self, document: &'a RecordedDocument) -> Result<(), Failure> {
        let before = self.totals.added;
        let mut state = State::of(self.desk().store, document)?;
        for recording in &document.recordings {
            self.recording(document, recording, &mut state)?;
            self.bar.inc(1);
            if self.group.len() >= GROUP || self.octets >= GROUP_OCTETS {
                self.flush()?;
            }
        }
        if self.totals.added > before {
            self.finished.push((document, state.known));
        }
        Ok(())
    }

    fn recording(
        &mut self,
        document: &RecordedDocument,
        recording: &Recording,
        state: &mut State,
    ) -> Result<(), Failure> {
        let entry = &recording.entry;
        let origin = format!("{}@{}", document.target.url, entry.commit);
        if state.origins.contains(&origin) || state.misses.contains(&entry.at) {
            self.totals.known += 1;
            return Ok(());
        }
        let body = self.blobs.get(&entry.blob)?;
        if !body.is_empty() {
            return self.capture(document, recording, origin, body, state);
        }
        self.totals.empty += 1;
        self.miss(document, entry.at, empty());
        Ok(())
    }

    fn miss(&mut self, document: &RecordedDocument, at: Timestamp, missed: Missed) {
        self.totals.added += 1;
        self.add(Packed::visit(visit(document, at, Outcome::Missed(missed))));
    }

    fn capture(
        &mut self,
        document: &RecordedDocument,
        recording: &Recording,
        origin: String,
        body: Vec<u8>,
        state: &mut State,
    ) -> Result<(), Failure> {
        let at = recording.entry.at;
        let capture = capture(document, recording, origin, body);
        if state.bodies.contains(&(at, capture.sha256)) {
            self.totals.known += 1;
            return Ok(());
        }
        // A PDF file is read before it is kept: one without text is no page.
        let pdf = capture.media_type == capture_text::PDF;
        if (state.fresh || pdf) && !state.known.contains_key(&capture.sha256) {
            let settings = document.target.reading();
            let read = capture_text::read(&capture.body, &capture.media_type, capture.charset.as_deref(), &settings);
            let reading = match read {
                Ok(reading) => Arc::new(reading),
                Err(error) => {
                    self.totals.not_read += 1;
                    self.miss(document, at, capture_text::missed(&error));
                    return Ok(());
                }
            };
            state.known.insert(capture.sha256, (capture.final_url.as_str().into(), reading));
        }
        self.totals.added += 1;
        let visit = visit(document, at, Outcome::Captured { sha256: capture.sha256 });
        self.add(state.packer.pack(visit, capture)?);
        Ok(())
    }

    fn add(&mut self, packed: Packed) {
        self.octets += packed.size();
        self.group.push(packed);
    }

    /// Records the group, and follows the documents that are finished with it.
    fn flush(&mut self) -> Result<(), Failure> {
        self.octets = 0;
        let group = std::mem::take(&mut self.group);
        self.desk().store.record_packed(&group)?;
        for (document, known) in std::mem::take(&mut self.finished) {
            let mut desk = self.desk();
            let Importer { store, readings, facts } = &mut *desk;
            let past = Past::of(store, facts, &document.target)?;
            let terms = past.terms(Timestamp::MAX, SignedDuration::ZERO);
            past.follow(store, readings, terms, known)?;
        }
        Ok(())
    }
}

impl State {
    fn of(store: &Store, document: &RecordedDocument) -> Result<Self, Failure> {
        let id = &document.target.id;
        let visits = store.visits(id)?;
        let captures = if visits.is_empty() { Vec::new() } else { store.captures_of(id)? };
        Ok(Self {
            origins: captures.into_iter().filter_map(|(_, capture)| capture.origin).collect(),
            bodies: visits.iter().filter_map(|visit| Some((visit.at, visit.seen()?))).collect(),
            misses: visits.iter().filter(|visit| is_final(visit)).map(|visit| visit.at).collect(),
            packer: store.packer(id)?,
            fresh: visits.is_empty(),
            known: KnownReadings::default(),
        })
    }
}

/// An empty recording.
fn empty() -> Missed {
    let detail = "the archive recorded an empty document".to_owned();
    Missed { why: Why::Empty, detail, status: None, retry_after_s: None }
}

/// Whether a visit brought nothing, and would bring nothing again. Earlier versions did not read PDF files.
fn is_final(visit: &Visit) -> bool {
    matches!(&visit.outcome, Outcome::Missed(missed) if missed.why != Why::MediaType)
}

fn visit(document: &RecordedDocument, at: Timestamp, outcome: Outcome) -> Visit {
    Visit { target: document.target.id.clone(), at, unconditional: true, twin: None, recorded: true, outcome }
}

fn capture(document: &RecordedDocument, recording: &Recording, origin: String, body: Vec<u8>) -> Capture {
    let url = recording.location.as_ref().unwrap_or(&document.target.url);
    Capture {
        target: document.target.id.clone(),
        started: recording.entry.at,
        ended: recording.entry.at,
        url: url.clone(),
        final_url: url.clone(),
        redirects: Vec::new(),
        status: 200,
        request_headers: Vec::new(),
        headers: Vec::new(),
        media_type: recording.media_type.to_owned(),
        // The archive's engine decodes what it fetches, and writes UTF-8 whatever the page says of itself.
        charset: Some("utf-8".to_owned()),
        sha256: Sha256::of(&body),
        sha256_received: None,
        peer: None,
        tls: None,
        protocol: None,
        program: recording.program.clone(),
        maker: None,
        origin: Some(origin),
        rendered: None,
        remark: None,
        body,
    }
}
