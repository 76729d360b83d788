//! Recording: visits with their captures, and definitions of targets. The archive first, then the view.

use super::archive::Batch;
use super::error::StoreError;
use super::projection::{Content, DefinitionHeader, NAMES, NameHeader};
use super::record::{Codec, RecordKind};
use super::values::Recorded;
use super::visits::Last;
use super::{Store, delta, header, projection, visits};
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Sha256, Visit};
use noticewatch_core::target::Target;
use serde::Serialize;
use std::sync::{Arc, PoisonError};

/// Octets of packed visits after which a further record is begun.
const LIST_MAX: usize = 64 << 10;

/// [`index::CaptureHeader`] for writing.
#[derive(Serialize)]
pub(super) struct NewCaptureHeader<'a> {
    pub(super) number: u32,
    pub(super) visit: &'a Visit,
    pub(super) capture: &'a Capture,
}

/// Visits without a capture that wait for their record.
#[derive(Default)]
pub(super) struct WaitingVisits {
    packed: Vec<u8>,
    last: Last,
}

impl Store {
    /// Records visits, in the order given, as one group: after an error none of them is kept. Times may lie before
    /// those of earlier visits. A body that is kept already is not kept twice.
    ///
    /// # Errors
    /// Where a body has another digest than its capture says, there is no room, or the store is open for reading.
    pub fn record(&mut self, visits: &[Recorded]) -> Result<(), StoreError> {
        let captures = visits.iter().filter_map(|recorded| recorded.capture.as_ref());
        for capture in captures.flat_map(|capture| std::iter::once(capture).chain(answer_of(capture))) {
            let is = Sha256::of(&capture.body);
            if is != capture.sha256 {
                let (target, said) = (capture.target.clone(), capture.sha256.to_string());
                return Err(StoreError::WrongDigest { target, said, is: is.to_string() });
            }
        }
        self.group(&mut |store, batch| {
            let mut waiting = WaitingVisits::default();
            for recorded in visits {
                match &recorded.capture {
                    Some(capture) => {
                        store.add_list(batch, &mut waiting)?;
                        store.add_capture(batch, &recorded.visit, capture)?;
                    }
                    None => store.add_visit(batch, &mut waiting, &recorded.visit)?,
                }
            }
            store.add_list(batch, &mut waiting)
        })
    }

    /// Records the definition of a target, if it differs from the last one of that id; returns whether it does.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading.
    pub fn define(&mut self, at: Timestamp, target: &Target) -> Result<bool, StoreError> {
        Ok(self.define_all(at, std::slice::from_ref(target))? == 1)
    }

    /// As [`Store::define`], for many targets as one group; returns how many definitions were new.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading.
    pub fn define_all(&mut self, at: Timestamp, targets: &[Target]) -> Result<usize, StoreError> {
        let mut new = Vec::new();
        for target in targets {
            if self.definition(&target.id)?.as_ref() != Some(target) {
                new.push(target);
            }
        }
        self.group(&mut |store, batch| {
            for target in &new {
                let number = store.number(batch, &target.id, false)?;
                let header = DefinitionHeader { number, at, target: (*target).clone() };
                store.add(batch, RecordKind::Definition, &serde_json::to_vec(&header)?, None)?;
            }
            Ok(())
        })?;
        Ok(new.len())
    }

    /// Appends the records that `add` gives, and then their rows. Where sled fails, once more in memory.
    pub(super) fn group(
        &mut self,
        add: &mut dyn FnMut(&mut Self, &mut Batch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut batch = self.archive.batch()?;
        let mut added = add(self, &mut batch);
        if let Err(error @ StoreError::View { .. }) = &added {
            self.work_in_memory(error)?;
            batch = self.archive.batch()?;
            added = add(self, &mut batch);
        }
        if let Err(error) = added.and_then(|()| self.archive.append(&batch)) {
            self.view.roll_back();
            return Err(error);
        }
        self.view.mark.archive = batch.reached();
        self.note_ends();
        self.settle()
    }

    /// Adds a record to a group, and its rows to those that wait.
    pub(super) fn add(
        &mut self,
        batch: &mut Batch,
        kind: RecordKind,
        header: &[u8],
        payload: Option<(Codec, &[u8])>,
    ) -> Result<(), StoreError> {
        let packed = if kind == RecordKind::Capture { header::pack(header) } else { None };
        let place = batch.add(kind, packed.as_deref().unwrap_or(header), payload);
        let (codec, payload) = payload.unwrap_or((Codec::None, &[]));
        projection::record(&mut self.view, place, &Content { kind, codec, header, payload }, &mut self.damage)
    }

    fn add_capture(&mut self, batch: &mut Batch, visit: &Visit, capture: &Capture) -> Result<(), StoreError> {
        let (codec, payload) = self.packed(capture)?;
        self.add_packed(batch, visit, capture, codec, &payload)?;
        let body = Arc::new(capture.body.clone());
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).put(capture.sha256, body);
        match answer_of(capture) {
            Some(answer) => self.add_served(batch, visit, answer),
            None => Ok(()),
        }
    }

    /// Adds what was served beside what a browser made of it, unless that body is kept already.
    fn add_served(&mut self, batch: &mut Batch, visit: &Visit, answer: &Capture) -> Result<(), StoreError> {
        let (codec, payload) = self.packed(answer)?;
        if codec == Codec::None {
            return Ok(());
        }
        let number = self.number(batch, &answer.target, false)?;
        let header = serde_json::to_vec(&NewCaptureHeader { number, visit, capture: answer })?;
        self.add(batch, RecordKind::Served, &header, Some((codec, &payload)))
    }

    /// A body as a payload; none where it is kept already.
    fn packed(&self, capture: &Capture) -> Result<(Codec, Vec<u8>), StoreError> {
        if self.holds(&capture.sha256)? {
            return Ok((Codec::None, Vec::new()));
        }
        let number = projection::number_of(&self.view, &capture.target)?;
        let bases = number.map_or_else(|| Ok(Vec::new()), |number| self.bases(number))?;
        let root = || self.root(&bases).map_err(std::io::Error::other);
        let packed = delta::pack(&capture.body, &bases, root);
        packed.map_err(StoreError::io("compress a body for", &self.dir))
    }

    pub(super) fn add_visit(
        &mut self,
        batch: &mut Batch,
        waiting: &mut WaitingVisits,
        visit: &Visit,
    ) -> Result<(), StoreError> {
        let number = self.number(batch, &visit.target, true)?;
        if waiting.packed.len() > LIST_MAX {
            self.add_list(batch, waiting)?;
        }
        if waiting.packed.is_empty() {
            waiting.packed.push(visits::VERSION);
        }
        let short = match visit.seen() {
            None => false,
            Some(kept) => {
                let first = projection::resolve(&self.view, number, &kept.0[..visits::PREFIX])?;
                first.is_some_and(|(sha256, _)| sha256 == kept)
            }
        };
        visits::put(&mut waiting.packed, &mut waiting.last, visit, Some(number), short);
        Ok(())
    }

    pub(super) fn add_list(&mut self, batch: &mut Batch, waiting: &mut WaitingVisits) -> Result<(), StoreError> {
        let WaitingVisits { packed, .. } = std::mem::take(waiting);
        if packed.is_empty() { Ok(()) } else { self.add(batch, RecordKind::Visits, &packed, None) }
    }

    /// The number of a target; a new one is recorded where `name` asks for it, otherwise the caller's record tells it.
    pub(super) fn number(&mut self, batch: &mut Batch, id: &str, name: bool) -> Result<u32, StoreError> {
        if let Some(number) = projection::number_of(&self.view, id)? {
            return Ok(number);
        }
        let number = u32::try_from(self.view.mark.counts[NAMES] + 1).unwrap_or(u32::MAX);
        if name {
            let header = serde_json::to_vec(&NameHeader { number, id: id.to_owned() })?;
            self.add(batch, RecordKind::Name, &header, None)?;
        }
        Ok(number)
    }
}

/// The answer as served, where a browser rendered it.
fn answer_of(capture: &Capture) -> Option<&Capture> {
    capture.rendered.as_ref().and_then(|rendered| rendered.answer.as_deref())
}
