//! Packing the captures of one target away from the store, so that several targets are packed at once.
//!
//! A packer believes what it packed to be kept; where another target brought the same body first, the store says so
//! when the packed visits are recorded.

use super::archive::Batch;
use super::delta::DeltaBase;
use super::error::StoreError;
use super::record::{Codec, RecordKind};
use super::write::{NewCaptureHeader, WaitingVisits};
use super::{Store, delta, projection};
use noticewatch_core::capture::{Capture, Sha256, Visit};
use std::sync::Arc;

/// Packs the captures of one target, one after the other.
pub struct Packer {
    bases: Vec<DeltaBase>,
    root: Option<DeltaBase>,
}

/// A visit that is ready to be recorded, its capture packed.
pub struct Packed {
    visit: Visit,
    capture: Option<(Capture, Codec, Vec<u8>)>,
}

impl Packed {
    /// A visit without a capture.
    #[must_use]
    pub fn visit(visit: Visit) -> Self {
        Self { visit, capture: None }
    }

    /// Octets that it will take, about.
    #[must_use]
    pub fn size(&self) -> usize {
        self.capture.as_ref().map_or(0, |(_, _, payload)| payload.len())
    }
}

impl Packer {
    /// Packs a capture with its visit. The body must have the digest that the capture says.
    ///
    /// # Errors
    /// Where zstd refuses.
    pub fn pack(&mut self, visit: Visit, mut capture: Capture) -> Result<Packed, StoreError> {
        let body = std::mem::take(&mut capture.body);
        let sha256 = capture.sha256;
        if let Some(at) = self.bases.iter().position(|base| base.sha256 == sha256) {
            self.bases[..=at].rotate_right(1);
            return Ok(Packed { visit, capture: Some((capture, Codec::None, Vec::new())) });
        }
        let packed = delta::pack(&body, &self.bases, || Ok(self.root.clone()));
        let (codec, payload) =
            packed.map_err(StoreError::io("compress a body for", std::path::Path::new(&visit.target)))?;
        let base = DeltaBase { sha256, depth: delta::depth_of(codec, &payload), body: Arc::new(body) };
        if base.depth == 0 {
            self.root = Some(base.clone());
        }
        self.bases.insert(0, base);
        self.bases.truncate(projection::RECENT);
        Ok(Packed { visit, capture: Some((capture, codec, payload)) })
    }
}

impl Store {
    /// A packer that goes on after the last captures of a target.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn packer(&self, target: &str) -> Result<Packer, StoreError> {
        let number = projection::number_of(&self.view, target)?;
        let bases = number.map_or_else(|| Ok(Vec::new()), |number| self.bases(number))?;
        let root = self.root(&bases)?;
        Ok(Packer { bases, root })
    }

    /// Records packed visits, in the order given, as one group: after an error none of them is kept.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading.
    pub fn record_packed(&mut self, visits: &[Packed]) -> Result<(), StoreError> {
        self.group(&mut |store, batch| {
            let mut waiting = WaitingVisits::default();
            for packed in visits {
                match &packed.capture {
                    Some((capture, codec, payload)) => {
                        store.add_list(batch, &mut waiting)?;
                        store.add_packed(batch, &packed.visit, capture, *codec, payload)?;
                    }
                    None => store.add_visit(batch, &mut waiting, &packed.visit)?,
                }
            }
            store.add_list(batch, &mut waiting)
        })
    }

    /// Adds a capture whose body is packed already; the payload is left out where the body is kept already.
    pub(super) fn add_packed(
        &mut self,
        batch: &mut Batch,
        visit: &Visit,
        capture: &Capture,
        codec: Codec,
        payload: &[u8],
    ) -> Result<(), StoreError> {
        let number = self.number(batch, &capture.target, false)?;
        let header = serde_json::to_vec(&NewCaptureHeader { number, visit, capture })?;
        if codec == Codec::None || self.holds(&capture.sha256)? {
            return self.add(batch, RecordKind::Capture, &header, None);
        }
        let Some(base) = delta::base_of(payload).filter(|_| codec == Codec::Delta) else {
            return self.add(batch, RecordKind::Capture, &header, Some((codec, payload)));
        };
        // Another target may have brought the base, with another number of differences under it.
        let depth = self.body_place(&base)?.map_or(0, |(_, depth)| depth);
        let mut payload = payload.to_vec();
        delta::set_depth(&mut payload, depth.saturating_add(1));
        self.add(batch, RecordKind::Capture, &header, Some((codec, &payload)))
    }

    /// The body without differences under it that the last of these bodies leans on in the end.
    pub(super) fn root(&self, bases: &[DeltaBase]) -> Result<Option<DeltaBase>, StoreError> {
        let Some(last) = bases.first() else { return Ok(None) };
        let mut sha256 = last.sha256;
        while let Some((place, depth)) = self.body_place(&sha256)? {
            // On what is damaged nothing new is to lean.
            if depth == 0 {
                return Ok(self.body(&sha256).ok().flatten().map(|body| DeltaBase { sha256, depth, body }));
            }
            let Ok(record) = self.archive.read(place) else { break };
            let Some(base) = delta::base_of(&record.payload).filter(|_| record.codec == Codec::Delta) else { break };
            sha256 = base;
        }
        Ok(None)
    }

    /// The last bodies of a target, as far as they can be read.
    pub(super) fn bases(&self, number: u32) -> Result<Vec<DeltaBase>, StoreError> {
        let recent = self.view.get(&projection::key(b'r', &[&number.to_be_bytes()]))?.unwrap_or_default();
        let mut bases = Vec::new();
        for sha256 in recent.chunks_exact(32).filter_map(|octets| octets.try_into().ok().map(Sha256)) {
            if let (Some((_, depth)), Ok(Some(body))) = (self.body_place(&sha256)?, self.body(&sha256)) {
                bases.push(DeltaBase { sha256, depth, body });
            }
        }
        Ok(bases)
    }
}
