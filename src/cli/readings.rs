//! Readings of kept captures by today's rules, made once: the cache is a file that may be deleted at any time.

use super::failure::Failure;
use crate::capture::{Capture, Sha256};
use crate::document::{Page, Reading, read, rules};
use crate::io::store::{Cache, Store};
use crate::target::Target;

/// Makes readings, or remembers them.
pub struct Readings {
    cache: Option<Cache>,
    made: usize,
}

impl Readings {
    /// Readings remembered in that cache; None: in none.
    #[must_use]
    pub fn new(cache: Option<Cache>) -> Self {
        Self { cache, made: 0 }
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
        let reading = self.make(&capture, &header, target, key);
        Ok(Some((header.final_url, reading)))
    }

    /// The reading of a capture that just came.
    pub fn of_capture(&mut self, capture: &Capture, target: &Target) -> Reading {
        let key = key(capture, target);
        self.remembered(key).unwrap_or_else(|| self.make(capture, capture, target, key))
    }

    /// Writes down what was made.
    pub fn flush(&mut self) {
        if let Some(cache) = &mut self.cache {
            cache.flush();
        }
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
