//! Verifying: walks archive and journal from end to end and names all that is not as it was written.

use super::archive::{Met, Place};
use super::error::StoreError;
use super::grave::Grave;
use super::index::CaptureHeader;
use super::journal::Entry;
use super::record::{Codec, Frame, Kind};
use super::values::Report;
use super::visits;
use super::{Store, index};
use crate::capture::Sha256;

impl Store {
    /// Checks every record with its payload, every line, both chains, and that what the journal names is there.
    ///
    /// # Errors
    /// Where the system refuses to read; damage is no error but stands in the report.
    pub fn verify(&self) -> Result<Report, StoreError> {
        let mut report = Report::default();
        self.archive.walk(None, true, &mut |met| {
            match met {
                Met::Damage(text) => report.damage.push(text),
                Met::Record(place, frame, _) => self.verify_record(place, &frame, &mut report),
            }
            Ok(())
        })?;
        self.verify_journal(&mut report)?;
        Ok(report)
    }

    fn verify_record(&self, place: Place, frame: &Frame<'_>, report: &mut Report) {
        report.records += 1;
        match frame.kind {
            Kind::Capture => match serde_json::from_slice::<CaptureHeader>(frame.header) {
                Ok(header) => {
                    report.captures += 1;
                    report.visits += 1;
                    self.verify_body(place, frame, &header.capture.sha256, report);
                }
                Err(error) => report.damage.push(self.archive.damaged(place, error.to_string()).to_string()),
            },
            Kind::Visits => {
                let name = |number| index::id_of(&self.view, number).ok().flatten();
                let resolve = |number, prefix: &[u8]| {
                    index::resolve(&self.view, number, prefix).ok().flatten().map(|(sha256, _)| sha256)
                };
                for visit in visits::take(frame.header, true, &name, &resolve) {
                    report.visits += u64::from(visit.is_ok());
                    report.damage.extend(visit.err());
                }
            }
            Kind::Served => match serde_json::from_slice::<CaptureHeader>(frame.header) {
                Ok(header) => self.verify_body(place, frame, &header.capture.sha256, report),
                Err(error) => report.damage.push(self.archive.damaged(place, error.to_string()).to_string()),
            },
            Kind::Name | Kind::Definition | Kind::Letter => {}
        }
    }

    /// That a body can be read back, and is the one that its header names.
    fn verify_body(&self, place: Place, frame: &Frame<'_>, sha256: &Sha256, report: &mut Report) {
        if let Some(grave) = Grave::of(frame.codec, frame.payload) {
            report.dropped += 1;
            let stands = self.readable(&grave.stand_in).and_then(|stand_in| self.body(&stand_in));
            if !matches!(stands, Ok(Some(_))) {
                let why = format!("its body was dropped, and {} that stands for it cannot be read", grave.stand_in);
                report.damage.push(self.archive.damaged(place, why).to_string());
            }
            return;
        }
        match self.body(sha256) {
            Ok(Some(_)) => {}
            Ok(None) if frame.codec == Codec::None && matches!(self.grave(sha256), Ok(Some(_))) => {}
            Ok(None) => report.damage.push(self.archive.damaged(place, "its body is nowhere".into()).to_string()),
            Err(error) => report.damage.push(error.to_string()),
        }
    }

    fn verify_journal(&self, report: &mut Report) -> Result<(), StoreError> {
        let lines = self.journal.lines(Some(self.journal.end().length))?;
        report.damage.extend(lines.damage);
        for (index, (line, _)) in lines.lines.iter().enumerate() {
            report.lines += 1;
            let Some(line) = line else { continue };
            let number = index + 1;
            if line.archive.place.segment > 0 && !self.archive.has(&line.archive) {
                let place = line.archive.place;
                let place = format!("segment {} byte {}", place.segment, place.offset);
                report.damage.push(format!(
                    "line {number} of the journal knows the archive up to {place}; it is cut or changed"
                ));
            }
            if let Entry::Tell { letters } = &line.entry {
                for letter in letters {
                    report.letters += 1;
                    if let Err(error) = self.octets(letter.row) {
                        report.damage.push(format!("letter {} of line {number} of the journal: {error}", letter.row));
                    }
                }
            }
        }
        Ok(())
    }
}
