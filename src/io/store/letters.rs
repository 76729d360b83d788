//! Letters and what became of them, marks, and decisions: octets into the archive, then one line of the journal.

use super::archive::RecordPlace;
use super::daily_roots::{ROOT, STAMP};
use super::error::StoreError;
use super::journal::{JournalEntry, LetterEntry};
use super::projection::{LetterHeader, ROWS, key};
use super::record::RecordKind;
use super::values::{Decision, Mark, OutboxRow, Outgoing, ReplyKind, ToldRow};
use super::{Store, delta, projection};
use jiff::Timestamp;
use noticewatch_core::capture::Sha256;
use serde_json::Value;
use std::collections::BTreeMap;

impl Store {
    /// Puts letters into the outbox and records what they tell: all of it or nothing, durable when this returns.
    /// Returns their rows.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading; then nothing was told.
    pub fn tell(&mut self, letters: &[Outgoing]) -> Result<Vec<u64>, StoreError> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        self.group(&mut |store, batch| {
            for letter in letters {
                let sha256 = Sha256::of(&letter.octets);
                if store.letter_place(&sha256)?.is_some() {
                    continue;
                }
                let header = LetterHeader { sha256, length: letter.octets.len() as u64 };
                let packed = delta::pack_whole(&letter.octets);
                let (codec, payload) = packed.map_err(StoreError::io("compress a letter for", &store.dir))?;
                store.add(batch, RecordKind::Letter, &serde_json::to_vec(&header)?, Some((codec, &payload)))?;
            }
            Ok(())
        })?;
        let first = self.view.mark.counts[ROWS] + 1;
        let rows: Vec<u64> = (first..).take(letters.len()).collect();
        let entries = letters.iter().zip(&rows).map(|(letter, row)| LetterEntry {
            row: *row,
            letter: letter.id.clone(),
            recipient: letter.recipient.clone(),
            message_id: letter.message_id.clone(),
            at: letter.at,
            sha256: Sha256::of(&letter.octets),
            told: letter.told.clone(),
            note: letter.note.clone(),
        });
        self.write_line(JournalEntry::Tell { letters: entries.collect() })?;
        Ok(rows)
    }

    /// Everything that was told to anyone, in the order of telling.
    ///
    /// # Errors
    /// Where view or journal cannot be read.
    pub fn told(&self) -> Result<Vec<ToldRow>, StoreError> {
        let rows: BTreeMap<u64, OutboxRow> = self.outbox()?.into_iter().map(|row| (row.id, row)).collect();
        let mut told = Vec::new();
        for (key, value) in self.view.scan(b"t")? {
            let row = key.get(1..9).and_then(|octets| octets.try_into().ok()).map(u64::from_be_bytes);
            let Some(row) = row.and_then(|row| rows.get(&row)) else { continue };
            // A line that is damaged tells nothing any more.
            let what = match self.told_value(&value) {
                Err(error) if error.is_damage() => continue,
                what => what?,
            };
            told.push(ToldRow {
                row: row.id,
                letter: row.letter.clone(),
                recipient: row.recipient.clone(),
                at: row.queued_at,
                message_id: row.message_id.clone(),
                state: row.state,
                what,
            });
        }
        Ok(told)
    }

    /// All letters, in the order of telling.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn outbox(&self) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = self.view.scan(b"o")?;
        rows.iter().map(|(_, row)| serde_json::from_slice(row).map_err(StoreError::from)).collect()
    }

    /// One letter.
    ///
    /// # Errors
    /// Where there is no such row.
    pub fn letter(&self, row: u64) -> Result<OutboxRow, StoreError> {
        let value = self.view.get(&key(b'o', &[&row.to_be_bytes()]))?.ok_or(StoreError::NoRow { row })?;
        Ok(serde_json::from_slice(&value)?)
    }

    /// The octets of a letter, checked against their digest.
    ///
    /// # Errors
    /// Where there is no such row, or the record is damaged.
    pub fn octets(&self, row: u64) -> Result<Vec<u8>, StoreError> {
        let sha256 = self.letter(row)?.sha256;
        let place = self.letter_place(&sha256)?.ok_or(StoreError::NoRow { row })?;
        let record = self.archive.read(place)?;
        self.unpacked(place, record.codec, &record.payload, None, &sha256)
    }

    /// Records what became of a try to send; durable when this returns.
    ///
    /// # Errors
    /// Where there is no such row, no room, or the store is open for reading.
    pub fn reply(
        &mut self,
        row: u64,
        at: Timestamp,
        reply: ReplyKind,
        text: &str,
        next_try: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.letter(row)?;
        self.write_line(JournalEntry::Reply { row, at, reply, text: text.to_owned(), next_try })
    }

    /// Notes a value under a key, in place of the last one.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading.
    pub fn mark(&mut self, key: &str, value: Value, at: Timestamp) -> Result<(), StoreError> {
        self.write_line(JournalEntry::Mark { key: key.to_owned(), value, at })
    }

    /// The last mark of each key, but for daily roots and their stamps.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn marks(&self) -> Result<BTreeMap<String, Mark>, StoreError> {
        let rows = self.view.scan(b"m")?.into_iter();
        // Roots and their stamps are read by those who want them: there are more of them every day.
        let apart = |key: &[u8]| [ROOT, STAMP].iter().any(|begin| key[1..].starts_with(begin.as_bytes()));
        rows.filter(|(key, _)| !apart(key))
            .map(|(key, mark)| Ok((String::from_utf8_lossy(&key[1..]).into_owned(), serde_json::from_slice(&mark)?)))
            .collect()
    }

    /// Records what an operator decided.
    ///
    /// # Errors
    /// Where there is no room, or the store is open for reading.
    pub fn decide(&mut self, decision: Decision) -> Result<(), StoreError> {
        self.write_line(JournalEntry::Decision { decision })
    }

    /// All decisions, in the order they were made.
    ///
    /// # Errors
    /// Where the view cannot be read.
    pub fn decisions(&self) -> Result<Vec<Decision>, StoreError> {
        let rows = self.view.scan(b"x")?;
        rows.iter().map(|(_, decision)| serde_json::from_slice(decision).map_err(StoreError::from)).collect()
    }

    /// Where the octets of a letter lie.
    pub(super) fn letter_place(&self, sha256: &Sha256) -> Result<Option<RecordPlace>, StoreError> {
        Ok(self.view.get(&key(b'l', &[&sha256.0]))?.and_then(|place| RecordPlace::of(&place)))
    }

    /// One line of the journal, then its rows.
    fn write_line(&mut self, entry: JournalEntry) -> Result<(), StoreError> {
        let line = self.journal.append(entry, self.archive.end())?;
        self.view.mark.journal = self.journal.end();
        self.note_ends();
        match projection::line(&mut self.view, &line) {
            Ok(()) => self.settle(),
            Err(error) => self.work_in_memory(&error),
        }
    }

    /// What was told: in the row itself, or in the journal where it is long.
    fn told_value(&self, value: &[u8]) -> Result<Value, StoreError> {
        if let Some((0, json)) = value.split_first() {
            return Ok(serde_json::from_slice(json)?);
        }
        let number = |from: usize| {
            let octets = value.get(from..from + 8).and_then(|octets| octets.try_into().ok());
            octets.map(u64::from_be_bytes).unwrap_or_default()
        };
        let line = self.journal.line(number(1), number(9))?;
        let pointer = value.get(17..).map(String::from_utf8_lossy).unwrap_or_default();
        Ok(line.pointer(&pointer).cloned().unwrap_or_default())
    }
}
