//! Reading back: visits, captures and definitions, in the order of their times.

use super::archive::RecordPlace;
use super::error::StoreError;
use super::projection::{CaptureHeader, DefinitionHeader, key};
use super::record::Codec;
use super::values::Cursor;
use super::{Store, delta, projection};
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Sha256, Visit};
use noticewatch_core::target::Target;
use std::sync::{Arc, PoisonError};

impl Store {
    /// The ids of all targets that were visited or defined.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn targets(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.view.scan(b"n")?;
        Ok(rows.into_iter().filter_map(|(key, _)| String::from_utf8(key[1..].to_vec()).ok()).collect())
    }

    /// All visits of a target by time; those of one moment in the order of recording.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn visits(&self, target: &str) -> Result<Vec<Visit>, StoreError> {
        let Some(number) = projection::number_of(&self.view, target)? else { return Ok(Vec::new()) };
        let rows = self.view.scan(&key(b'v', &[&number.to_be_bytes()]))?;
        Ok(Visit::in_time(rows.iter().flat_map(|(_, packed)| projection::read_list(target, packed)).collect()))
    }

    /// The visits of a target that were recorded after a cursor, in the order of recording, and the cursor behind them.
    /// None where the cursor no longer fits: then all visits are read again, from a new one.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn visits_after(&self, target: &str, cursor: Cursor) -> Result<Option<(Vec<Visit>, Cursor)>, StoreError> {
        let mut reached = Cursor { view: self.made, ..cursor };
        if cursor.view != self.made && cursor != Cursor::default() {
            return Ok(None);
        }
        let Some(number) = projection::number_of(&self.view, target)? else { return Ok(Some((Vec::new(), reached))) };
        let lists = key(b'v', &[&number.to_be_bytes()]);
        let from = key(b'v', &[&number.to_be_bytes(), &cursor.list.to_be_bytes()]);
        let mut visits = Vec::new();
        for (key, packed) in self.view.scan_from(&lists, &from)? {
            let list = key.get(5..13).and_then(|octets| octets.try_into().ok()).map_or(0, u64::from_be_bytes);
            let taken = if list == cursor.list { cursor.taken } else { 0 };
            let mut new = projection::read_list(target, &packed);
            reached = Cursor { list, taken: new.len(), ..reached };
            visits.extend(new.drain(taken.min(new.len())..));
        }
        Ok(Some((visits, reached)))
    }

    /// The last visit of a target that was recorded, without reading the others.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn last_visit(&self, target: &str) -> Result<Option<Visit>, StoreError> {
        let Some(number) = projection::number_of(&self.view, target)? else { return Ok(None) };
        let last = self.view.last(&key(b'v', &[&number.to_be_bytes()]))?;
        Ok(last.and_then(|(_, packed)| projection::read_list(target, &packed).pop()))
    }

    /// The capture that brought this body first, with the body, which is checked against the digest. None where it is
    /// not kept, or not any more ([`Store::grave`]).
    ///
    /// # Errors
    /// Where the record, or one that it leans on, is damaged.
    pub fn capture(&self, sha256: &Sha256) -> Result<Option<Capture>, StoreError> {
        let Some((place, _)) = self.body_place(sha256)? else { return Ok(None) };
        let mut capture = self.header_at(place)?.capture;
        let Some(body) = self.body(sha256)? else { return Ok(None) };
        capture.body = Arc::unwrap_or_clone(body);
        Ok(Some(capture))
    }

    /// The first capture of this body at this target, without the body.
    ///
    /// # Errors
    /// Where the record is damaged.
    pub fn header(&self, target: &str, sha256: &Sha256) -> Result<Option<Capture>, StoreError> {
        let Some(number) = projection::number_of(&self.view, target)? else { return Ok(None) };
        let mut damaged = None;
        // One that is damaged was kept anew when it came again.
        for place in self.places(&key(b'c', &[&number.to_be_bytes(), &sha256.0]))? {
            match self.header_at(place) {
                Ok(header) => return Ok(Some(header.capture)),
                Err(error) => damaged = damaged.or(Some(error)),
            }
        }
        damaged.map_or(Ok(None), Err)
    }

    /// Whether a target has a capture of this body.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn has_seen(&self, target: &str, sha256: &Sha256) -> Result<bool, StoreError> {
        let Some(number) = projection::number_of(&self.view, target)? else { return Ok(false) };
        Ok(projection::resolve(&self.view, number, &sha256.0)?.is_some())
    }

    /// All captures of a target by the time of their visit, without bodies. Damaged ones are left out.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn captures_of(&self, target: &str) -> Result<Vec<(Timestamp, Capture)>, StoreError> {
        let Some(number) = projection::number_of(&self.view, target)? else { return Ok(Vec::new()) };
        let read = |place| match self.header_at(place) {
            Err(error) if error.is_damage() => None,
            header => Some(header.map(|header| (header.visit.at, header.capture))),
        };
        let places = self.places(&key(b'c', &[&number.to_be_bytes()]))?;
        let mut captures = places.into_iter().filter_map(read).collect::<Result<Vec<_>, _>>()?;
        captures.sort_by_key(|(at, _)| *at);
        Ok(captures)
    }

    /// All definitions of all targets, by time; the last of an id is the one that holds. Damaged ones are left out.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn definitions(&self) -> Result<Vec<(Timestamp, Target)>, StoreError> {
        let rows = self.view.scan(b"D")?;
        let places = rows.iter().filter_map(|(_, place)| RecordPlace::of(place));
        let read = |place| match self.definition_at(place) {
            Err(error) if error.is_damage() => None,
            definition => Some(definition),
        };
        let mut definitions = places.filter_map(read).collect::<Result<Vec<_>, _>>()?;
        definitions.sort_by_key(|(at, _)| *at);
        Ok(definitions)
    }

    /// The last definition of a target; None where it is damaged, so that it is kept anew.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn definition(&self, id: &str) -> Result<Option<Target>, StoreError> {
        let Some(number) = projection::number_of(&self.view, id)? else { return Ok(None) };
        let last = self.view.last(&key(b'D', &[&number.to_be_bytes()]))?;
        let place = last.and_then(|(_, place)| RecordPlace::of(&place));
        match place.map(|place| self.definition_at(place)).transpose() {
            Err(error) if error.is_damage() => Ok(None),
            definition => Ok(definition?.map(|(_, target)| target)),
        }
    }

    /// Where the record with a body lies, and how many differences are under it.
    pub(super) fn body_place(&self, sha256: &Sha256) -> Result<Option<(RecordPlace, u8)>, StoreError> {
        let row = self.view.get(&key(b'b', &[&sha256.0]))?;
        Ok(row.and_then(|row| Some((RecordPlace::of(&row)?, *row.get(12)?))))
    }

    /// A body, checked against its digest.
    pub(super) fn body(&self, sha256: &Sha256) -> Result<Option<Arc<Vec<u8>>>, StoreError> {
        if let Some(body) = self.recent.lock().unwrap_or_else(PoisonError::into_inner).get(sha256) {
            return Ok(Some(body));
        }
        let Some((place, _)) = self.body_place(sha256)? else { return Ok(None) };
        let record = self.archive.read(place)?;
        if record.codec == Codec::Dropped {
            return Ok(None);
        }
        let base = match delta::base_of(&record.payload).filter(|_| record.codec == Codec::Delta) {
            Some(base) => self.body(&base)?,
            None => None,
        };
        let base = base.as_ref().map(|base| base.as_slice());
        let body = self.unpacked(place, record.codec, &record.payload, base, sha256)?;
        let body = Arc::new(body);
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).put(*sha256, Arc::clone(&body));
        Ok(Some(body))
    }

    /// What a payload holds, if that has the digest.
    pub(super) fn unpacked(
        &self,
        place: RecordPlace,
        codec: Codec,
        payload: &[u8],
        base: Option<&[u8]>,
        sha256: &Sha256,
    ) -> Result<Vec<u8>, StoreError> {
        let octets = delta::unpack(codec, payload, base).filter(|octets| Sha256::of(octets) == *sha256);
        octets.ok_or_else(|| self.archive.damaged(place, format!("what is kept there is not {sha256}")))
    }

    /// The places of the captures whose rows begin so, in the order of recording.
    fn places(&self, prefix: &[u8]) -> Result<Vec<RecordPlace>, StoreError> {
        let rows = self.view.scan(prefix)?;
        let mut places: Vec<RecordPlace> = rows.iter().filter_map(|(key, _)| RecordPlace::of(key.get(37..)?)).collect();
        places.sort_unstable();
        Ok(places)
    }

    fn header_at(&self, place: RecordPlace) -> Result<CaptureHeader, StoreError> {
        let record = self.archive.read(place)?;
        serde_json::from_slice(&record.header).map_err(|error| self.archive.damaged(place, error.to_string()))
    }

    fn definition_at(&self, place: RecordPlace) -> Result<(Timestamp, Target), StoreError> {
        let record = self.archive.read(place)?;
        let header: Result<DefinitionHeader, _> = serde_json::from_slice(&record.header);
        let header = header.map_err(|error| self.archive.damaged(place, error.to_string()))?;
        Ok((header.at, header.target))
    }
}
