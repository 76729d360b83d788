//! Readings of kept captures by today's rules, made once, and what comes of whole recorded pasts: the caches are files
//! that may be deleted at any time.

use super::failure::Failure;
use crate::capture::{Capture, Sha256};
use crate::document::{Page, Reading, read, rules};
use crate::history::Followed;
use crate::io::store::{Cache, Store};
use crate::target::Target;
use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

/// The cache of readings, beside archive and journal.
const READINGS: &str = "readings.cache";
/// The cache of pasts that archives recorded.
const FOLLOWED: &str = "followed.cache";

/// Under this key the caches name the rules by which they were filled.
const RULES: &[u8] = b"rules";
/// Readings that are at hand: most captures of a page say what the one before said.
const AT_HAND: usize = 16;

/// Makes readings, or remembers them.
pub struct Readings {
    /// Digests of readings by what they depend on, and readings by their digests: a page that says the same every day
    /// takes some octets a day.
    cache: Option<Cache>,
    followed: Option<Cache>,
    at_hand: VecDeque<(Sha256, Arc<Reading>)>,
    made: usize,
}

impl Readings {
    /// Readings remembered in that state directory; where its caches cannot be used, in none.
    #[must_use]
    pub fn open(state: &Path) -> Self {
        let cache = |name: &str| by_these_rules(Cache::open(&state.join(name)).ok()?);
        Self { cache: cache(READINGS), followed: cache(FOLLOWED), at_hand: VecDeque::new(), made: 0 }
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
    pub fn of(&mut self, store: &Store, target: &Target, sha256: Sha256) -> Result<Option<Seen>, Failure> {
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
        let page = Page { body: &capture.body, media_type: &header.media_type, charset: header.charset.as_deref() };
        let reading = read(page, &target.reading());
        self.made += 1;
        Ok(Some((header.final_url, self.remember(key, reading))))
    }

    /// As [`Readings::of`], for a past that is kept as a whole: the reading is not remembered.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn once(store: &Store, target: &Target, sha256: Sha256) -> Result<Option<Seen>, Failure> {
        let Some(header) = store.header(&target.id, &sha256)? else { return Ok(None) };
        let Some(capture) = store.readable_capture(&sha256)? else { return Ok(None) };
        let page = Page { body: &capture.body, media_type: &header.media_type, charset: header.charset.as_deref() };
        Ok(Some((header.final_url, Arc::new(read(page, &target.reading())))))
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

    /// The reading of a capture that just came. It is not remembered: the body may be one that is not kept.
    #[must_use]
    pub fn of_capture(capture: &Capture, target: &Target) -> Reading {
        let page = Page { body: &capture.body, media_type: &capture.media_type, charset: capture.charset.as_deref() };
        read(page, &target.reading())
    }

    /// Writes down what was made.
    pub fn flush(&mut self) {
        self.cache.iter_mut().chain(&mut self.followed).for_each(Cache::flush);
    }

    fn remembered(&mut self, key: Sha256) -> Option<Arc<Reading>> {
        let digest = Sha256(self.cache.as_ref()?.get(&key.0)?.try_into().ok()?);
        if let Some((_, reading)) = self.at_hand.iter().find(|(known, _)| *known == digest) {
            return Some(Arc::clone(reading));
        }
        let reading = Arc::new(serde_json::from_slice(&self.cache.as_ref()?.get(&digest.0)?).ok()?);
        Some(self.hold(digest, reading))
    }

    fn remember(&mut self, key: Sha256, reading: Reading) -> Arc<Reading> {
        let Ok(octets) = serde_json::to_vec(&reading) else { return Arc::new(reading) };
        let digest = Sha256::of(&octets);
        if let Some(cache) = &mut self.cache {
            if cache.get(&digest.0).is_none() {
                cache.put(digest.0, &octets);
            }
            cache.put(key.0, &digest.0);
        }
        self.hold(digest, Arc::new(reading))
    }

    fn hold(&mut self, digest: Sha256, reading: Arc<Reading>) -> Arc<Reading> {
        self.at_hand.truncate(AT_HAND - 1);
        self.at_hand.push_front((digest, Arc::clone(&reading)));
        reading
    }
}

/// The final address and the reading of a capture.
pub type Seen = (String, Arc<Reading>);

/// A cache without what other rules made: nobody would ever ask for that again.
fn by_these_rules(mut cache: Cache) -> Option<Cache> {
    let (key, rules) = (Sha256::of(RULES).0, rules().as_bytes());
    if cache.get(&key).as_deref() != Some(rules) {
        cache.keep(&HashSet::new()).ok()?;
        cache.put(key, rules);
    }
    Some(cache)
}

/// What a reading depends on: body, media type and charset, the target's reading settings, the rules.
fn key(header: &Capture, target: &Target) -> Sha256 {
    let settings = serde_json::to_string(&target.reading()).unwrap_or_default();
    let charset = header.charset.as_deref().unwrap_or_default();
    let name = format!("{}\n{}\n{charset}\n{settings}\n{}", header.sha256, header.media_type, rules());
    Sha256::of(name.as_bytes())
}
