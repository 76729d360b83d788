//! Readings of kept captures by today's rules, made once, and what comes of whole recorded pasts: the caches are files
//! that may be deleted at any time.

use super::capture_text;
use crate::app::error::Failure;
use crate::app::version::rules;
use crate::io::pdf::PdfError;
use crate::io::store::{Cache, Store};
use noticewatch_core::capture::{Capture, Sha256};
use noticewatch_core::document::Symptom;
use noticewatch_core::extract::{Reading, Skimmed, text};
use noticewatch_core::history::Followed;
use noticewatch_core::target::{ReadingSettings, Target};
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
pub struct ReadingCache {
    /// Digests of readings by what they depend on, and readings by their digests: a page that says the same every day
    /// takes some octets a day.
    cache: Option<Cache>,
    followed: Option<Cache>,
    at_hand: VecDeque<(Sha256, Arc<Reading>)>,
    /// The digest of the last target's settings and of the rules: thousands of captures of one target come together.
    settings: Option<(String, ReadingSettings, Sha256)>,
    made: usize,
    damaged: bool,
}

impl ReadingCache {
    /// Readings remembered in that state directory; where its caches cannot be used, in none.
    #[must_use]
    pub fn open(state: &Path) -> Self {
        let cache = |name: &str| by_these_rules(Cache::open(&state.join(name)).ok()?);
        Self {
            cache: cache(READINGS),
            followed: cache(FOLLOWED),
            at_hand: VecDeque::new(),
            settings: None,
            made: 0,
            damaged: false,
        }
    }

    /// How many readings were made, not remembered.
    #[must_use]
    pub fn made(&self) -> usize {
        self.made
    }

    /// Whether anything that was asked for since the last time is damaged.
    pub fn take_damaged(&mut self) -> bool {
        std::mem::take(&mut self.damaged)
    }

    /// The final address and the reading of a kept capture; None where the store does not hold it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(&mut self, store: &Store, target: &Target, sha256: Sha256) -> Result<Option<CaptureReading>, Failure> {
        // A dropped body is read as the one that stands for it, whether or not its own reading is remembered.
        let readable = held(store.readable(&sha256).map(Some).map_err(Failure::from), &mut self.damaged)?;
        let Some(readable) = readable else { return Ok(None) };
        let key = self.key(target, readable);
        if let Some(seen) = self.remembered(key) {
            return Ok(Some(seen));
        }
        let read = held(capture(store, target, &readable), &mut self.damaged)?;
        let Some((header, capture)) = read else { return Ok(None) };
        let reading = capture_text::read_kept(&capture.body, &header, &target.reading());
        self.made += 1;
        let reading = self.remember(key, &header.final_url, reading);
        Ok(Some((header.final_url, reading)))
    }

    /// The digest of the text that a kept capture shows ([`Reading::text`]); None where the store does not hold it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn text(&mut self, store: &Store, target: &Target, sha256: Sha256) -> Result<Option<Sha256>, Failure> {
        let readable = store.readable(&sha256)?;
        let key = self.key(target, readable);
        if let Some((_, reading)) = self.remembered(key) {
            return Ok(Some(reading.text));
        }
        let key = Sha256::of(&[b"text", key.0.as_slice()].concat());
        let known = self.cache.as_ref().and_then(|cache| cache.get(&key.0)?.try_into().ok());
        if let Some(text) = known {
            return Ok(Some(Sha256(text)));
        }
        let Some((header, capture)) = capture(store, target, &readable)? else { return Ok(None) };
        let text = text(&capture_text::parse_kept(&capture.body, &header, &target.reading()));
        if let Some(cache) = &mut self.cache {
            cache.put(key.0, &text.0);
        }
        Ok(Some(text))
    }

    /// As [`Readings::of`], for a past that is kept as a whole: the reading is not remembered.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn once(store: &Store, target: &Target, sha256: Sha256) -> Result<Option<CaptureReading>, Failure> {
        let read =
            store.readable(&sha256).map_err(Failure::from).and_then(|readable| capture(store, target, &readable));
        let Some((header, capture)) = held(read, &mut false)? else { return Ok(None) };
        let reading = Arc::new(capture_text::read_kept(&capture.body, &header, &target.reading()));
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

    /// What a capture that just came shows; of a PDF file, from its letters. It is not remembered: the body may be one
    /// that is not kept.
    ///
    /// # Errors
    /// It is a PDF file that gives no text.
    pub fn of_capture(capture: &Capture, target: &Target, letters: Option<&[u8]>) -> Result<Skimmed, PdfError> {
        let settings = target.reading();
        match letters {
            Some(letters) => Ok(capture_text::skim_letters(letters, &settings)),
            None => capture_text::skim(&capture.body, &capture.media_type, capture.charset.as_deref(), &settings),
        }
    }

    /// Remembers the reading of a capture that is going to be kept, and that was not kept for its target before: what is
    /// read of it later is read by this header.
    pub fn keep(&mut self, target: &Target, capture: &Capture, skimmed: &Skimmed) {
        let key = self.key(target, capture.sha256);
        self.remember(key, &capture.final_url, skimmed.read(&target.reading()));
        self.made += 1;
    }

    /// Writes down what was made.
    pub fn flush(&mut self) {
        self.cache.iter_mut().chain(&mut self.followed).for_each(Cache::flush);
    }

    /// The final address and the reading under a key.
    fn remembered(&mut self, key: Sha256) -> Option<CaptureReading> {
        let value = self.cache.as_ref()?.get(&key.0)?;
        let (digest, final_url) = value.split_at_checked(32)?;
        let (digest, final_url) = (Sha256(digest.try_into().ok()?), String::from_utf8(final_url.to_vec()).ok()?);
        if let Some((_, reading)) = self.at_hand.iter().find(|(known, _)| *known == digest) {
            return Some((final_url, Arc::clone(reading)));
        }
        let reading = Arc::new(serde_json::from_slice(&self.cache.as_ref()?.get(&digest.0)?).ok()?);
        Some((final_url, self.hold(digest, reading)))
    }

    fn remember(&mut self, key: Sha256, final_url: &str, reading: Reading) -> Arc<Reading> {
        // What failed once may not fail again.
        let nothing = reading.signs.as_slice() == [Symptom::Undecodable];
        let Some(octets) = serde_json::to_vec(&reading).ok().filter(|_| !nothing) else { return Arc::new(reading) };
        let digest = Sha256::of(&octets);
        if let Some(cache) = &mut self.cache {
            if cache.get(&digest.0).is_none() {
                cache.put(digest.0, &octets);
            }
            cache.put(key.0, &[digest.0.as_slice(), final_url.as_bytes()].concat());
        }
        self.hold(digest, Arc::new(reading))
    }

    /// What a reading depends on: the capture (a target's header of a body never changes), the target's reading
    /// settings, the rules.
    fn key(&mut self, target: &Target, sha256: Sha256) -> Sha256 {
        let settings = target.reading();
        let digest = match &self.settings {
            Some((id, known, digest)) if *id == target.id && *known == settings => *digest,
            _ => {
                let text = serde_json::to_string(&settings).unwrap_or_default();
                let digest = Sha256::of(format!("{}\n{text}\n{}", target.id, rules()).as_bytes());
                self.settings = Some((target.id.clone(), settings, digest));
                digest
            }
        };
        Sha256::of(&[digest.0, sha256.0].concat())
    }

    fn hold(&mut self, digest: Sha256, reading: Arc<Reading>) -> Arc<Reading> {
        self.at_hand.truncate(AT_HAND - 1);
        self.at_hand.push_front((digest, Arc::clone(&reading)));
        reading
    }
}

/// The final address and the reading of a capture.
pub type CaptureReading = (String, Arc<Reading>);

/// A cache without what other rules made: nobody would ever ask for that again.
fn by_these_rules(mut cache: Cache) -> Option<Cache> {
    let (key, rules) = (Sha256::of(RULES).0, rules().as_bytes());
    if cache.get(&key).as_deref() != Some(rules) {
        cache.keep(&HashSet::new()).ok()?;
        cache.put(key, rules);
    }
    Some(cache)
}

/// A target's header of a body, and a capture with that body.
fn capture(store: &Store, target: &Target, sha256: &Sha256) -> Result<Option<(Capture, Capture)>, Failure> {
    let Some(header) = store.header(&target.id, sha256)? else { return Ok(None) };
    let capture = store.readable_capture(sha256)?;
    Ok(capture.map(|capture| (header, capture)))
}

/// What can be read; damage is nothing that is held, and noted.
fn held<T>(read: Result<Option<T>, Failure>, damaged: &mut bool) -> Result<Option<T>, Failure> {
    match read {
        Err(Failure::Damaged(text)) => {
            tracing::error!("{text}");
            *damaged = true;
            Ok(None)
        }
        read => read,
    }
}
