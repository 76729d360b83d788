//! Readings of kept captures by today's rules, made once, and what comes of whole recorded pasts: the caches are files
//! that may be deleted at any time.

use super::failure::Failure;
use crate::capture::{Capture, Sha256};
use crate::document::{Page, Reading, read, rules};
use crate::history::Followed;
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
        let Some(mut header) = store.header(&target.id, &sha256)? else { return Ok(None) };
        // A dropped body is read as the one that stands for it, whether or not its own reading is remembered.
        let readable = store.readable(&sha256)?;
        if readable != sha256
            && let Some(stand_in) = store.header(&target.id, &readable)?
        {
            header = Capture { final_url: header.final_url, ..stand_in };
        }
        let key = key(&header, target);
        if let Some(reading) = self.remembered(key) {
            return Ok(Some((header.final_url, reading)));
        }
        let Some(capture) = store.readable_capture(&header.sha256)? else { return Ok(None) };
        let reading = self.make(&capture, &header, target, key);
        Ok(Some((header.final_url, reading)))
    }

    /// As [`Readings::of`], for a past that is kept as a whole: the reading is not remembered.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn once(store: &Store, target: &Target, sha256: Sha256) -> Result<Option<(String, Reading)>, Failure> {
        let Some(header) = store.header(&target.id, &sha256)? else { return Ok(None) };
        let Some(capture) = store.readable_capture(&sha256)? else { return Ok(None) };
        let page = Page { body: &capture.body, media_type: &header.media_type, charset: header.charset.as_deref() };
        Ok(Some((header.final_url, read(page, &target.reading()))))
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
    pub fn of_capture(&mut self, capture: &Capture, target: &Target) -> Reading {
        let key = key(capture, target);
        self.remembered(key).unwrap_or_else(|| self.make(capture, capture, target, key))
    }

    /// Writes down what was made.
    pub fn flush(&mut self) {
        self.cache.iter_mut().chain(&mut self.followed).for_each(Cache::flush);
    }

    fn remembered(&mut self, key: Sha256) -> Option<Reading> {
        serde_json::from_slice(&self.cache.as_ref()?.get(&key.0)?).ok()
    }

    fn make(&mut self, body: &Capture, header: &Capture, target: &Target, key: Sha256) -> Reading {
        let page = Page { body: &body.body, media_type: &header.media_type, charset: header.charset.as_deref() };
        let reading = read(page, &target.reading());
        self.made += 1;
        if let (Some(cache), Ok(octets)) = (self.cache.as_mut(), serde_json::to_vec(&reading)) {
            cache.put(key.0, &octets);
        }
        reading
    }
}

/// What a reading depends on: body, media type and charset, the target's reading settings, the rules.
fn key(header: &Capture, target: &Target) -> Sha256 {
    let settings = serde_json::to_string(&target.reading()).unwrap_or_default();
    let charset = header.charset.as_deref().unwrap_or_default();
    let name = format!("{}\n{}\n{charset}\n{settings}\n{}", header.sha256, header.media_type, rules());
    Sha256::of(name.as_bytes())
}
