//! Readings of kept captures by today's rules, made once, and what comes of whole recorded pasts: the caches are files
//! that may be deleted at any time.

use super::failure::Failure;
use super::legible;
use crate::capture::{Capture, Sha256};
use crate::document::{Reading, Sign, rules};
use crate::history::Followed;
use crate::io::pdf::PdfError;
use crate::io::store::{Cache, Store};
use crate::target::Target;
use std::path::Path;

/// The cache of readings, beside archive and journal.
const READINGS: &str = "readings.cache";
/// The cache of pasts that archives recorded.
const FOLLOWED: &str = "followed.cache";

/// Makes readings, or remembers them.
pub struct Readings {
    cache: Option<Cache>,
    followed: Option<Cache>,
    made: usize,
}

impl Readings {
    /// Readings remembered in that state directory; where its caches cannot be used, in none.
    #[must_use]
    pub fn open(state: &Path) -> Self {
        let cache = |name: &str| Cache::open(&state.join(name)).ok();
        Self { cache: cache(READINGS), followed: cache(FOLLOWED), made: 0 }
    }

    /// How many readings were made, not remembered.
    #[must_use]
    pub fn made(&self) -> usize {
        self.made
    }

    /// The final address and the reading of a kept capture; None where the store does not hold it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(&mut self, store: &Store, target: &Target, sha256: Sha256) -> Result<Option<(String, Reading)>, Failure> {
        let Some(header) = store.header(&target.id, &sha256)? else { return Ok(None) };
        let key = key(&header, target);
        if let Some(reading) = self.remembered(key) {
            return Ok(Some((header.final_url, reading)));
        }
        let Some(capture) = store.capture(&sha256)? else { return Ok(None) };
        let reading = legible::read_kept(&capture.body, &header, &target.reading());
        self.keep(key, &reading);
        Ok(Some((header.final_url, reading)))
    }

    /// As [`Readings::of`], for a past that is kept as a whole: the reading is not remembered.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn once(store: &Store, target: &Target, sha256: Sha256) -> Result<Option<(String, Reading)>, Failure> {
        let Some(header) = store.header(&target.id, &sha256)? else { return Ok(None) };
        let Some(capture) = store.capture(&sha256)? else { return Ok(None) };
        let reading = legible::read_kept(&capture.body, &header, &target.reading());
        Ok(Some((header.final_url, reading)))
    }

    /// What came of a recorded past, where it is remembered.
    #[must_use]
    pub fn followed(&self, key: Option<Sha256>) -> Option<Followed> {
        serde_json::from_slice(&self.followed.as_ref()?.get(&key?.0)?).ok()
    }

    /// Remembers what came of a recorded past.
    pub fn keep_followed(&mut self, key: Option<Sha256>, followed: &Followed) {
        if let (Some(cache), Some(key), Ok(octets)) = (&mut self.followed, key, serde_json::to_vec(followed)) {
            cache.put(key.0, &octets);
        }
    }

    /// The reading of a capture that just came.
    ///
    /// # Errors
    /// It is a PDF file that gives no text.
    pub fn of_capture(&mut self, capture: &Capture, target: &Target) -> Result<Reading, PdfError> {
        let key = key(capture, target);
        if let Some(reading) = self.remembered(key) {
            return Ok(reading);
        }
        let charset = capture.charset.as_deref();
        let reading = legible::read(&capture.body, &capture.media_type, charset, &target.reading())?;
        self.keep(key, &reading);
        Ok(reading)
    }

    /// Remembers the reading of a PDF file that just came, from its letters.
    pub fn of_letters(&mut self, capture: &Capture, target: &Target, letters: &[u8]) {
        let key = key(capture, target);
        if self.remembered(key).is_none() {
            self.keep(key, &legible::read_letters(letters, &target.reading()));
        }
    }

    /// Writes down what was made.
    pub fn flush(&mut self) {
        self.cache.iter_mut().chain(&mut self.followed).for_each(Cache::flush);
    }

    fn remembered(&mut self, key: Sha256) -> Option<Reading> {
        serde_json::from_slice(&self.cache.as_ref()?.get(&key.0)?).ok()
    }

    /// Remembers a reading that was made, but for one of nothing: what failed once may not fail again.
    fn keep(&mut self, key: Sha256, reading: &Reading) {
        self.made += 1;
        let nothing = reading.signs.as_slice() == [Sign::Undecodable];
        if let (Some(cache), Ok(octets), false) = (self.cache.as_mut(), serde_json::to_vec(reading), nothing) {
            cache.put(key.0, &octets);
        }
    }
}

/// What a reading depends on: body, media type and charset, the target's reading settings, the rules.
fn key(header: &Capture, target: &Target) -> Sha256 {
    let settings = serde_json::to_string(&target.reading()).unwrap_or_default();
    let charset = header.charset.as_deref().unwrap_or_default();
    let name = format!("{}\n{}\n{charset}\n{settings}\n{}", header.sha256, header.media_type, rules());
    Sha256::of(name.as_bytes())
}
