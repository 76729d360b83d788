//! Captures put aside because they are not the page: how long, why, and whether they have become the page by standing.
//!
//! Never compares passages; a quarantined capture is not read for promises here.

use super::health::{Judged, SAME_TEXT, share};
use super::types::Aside;
use super::wordings::{APART, SLOW};
use crate::capture::Sha256;
use crate::document::Symptom;
use crate::extract::Reading;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// So many looks, over so long, make another text the page (docs/RULES.md 5.6).
const LOOKS: u32 = 5;
const STOOD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Of the shortest whole documents that were recorded, guidelines and legal notices, none has fewer words
/// (`document::signs`): what an operator accepts below that is asked back.
const NO_PAGE: usize = 110;

/// The same text for so long is told as a page replaced or walled (docs/RULES.md 7.1; of 174 recorded episodes of
/// fragments 139 ended within 26 hours).
const WALLED: SignedDuration = SignedDuration::from_hours(24);
/// Of two texts with the same title and headings: a wall whose only news is its number or the time of day.
const ALIKE: f64 = 0.8;

/// What is put aside at the moment.
#[derive(Clone)]
pub(crate) struct Quarantine {
    /// The first capture put aside since the last good one.
    pub(crate) since: Timestamp,
    /// The signs of the last one.
    pub(crate) signs: Vec<String>,
    /// All that were put aside lately speak another language.
    pub(crate) other_language: bool,
    /// The capture that would become the page.
    pub(crate) reading: Arc<Reading>,
    pub(crate) capture: Sha256,
    pub(crate) final_url: Arc<str>,
    /// When this text was first served.
    pub(crate) first: Timestamp,
    /// Since when texts of this kind are served, by title and headings.
    alike: Timestamp,
    counted: Timestamp,
    looks: u32,
    /// How many looks showed this text, however close together.
    pub(crate) seen: u32,
    replaceable: bool,
}

impl Quarantine {
    /// Puts a capture aside, after others or as the first.
    pub(crate) fn put(
        before: Option<Self>,
        judged: Judged,
        at: Timestamp,
        capture: Sha256,
        final_url: &Arc<str>,
        reading: &Arc<Reading>,
    ) -> Self {
        let since = before.as_ref().map_or(at, |before| before.since);
        let alike = before.as_ref().filter(|before| before.looks_like(reading)).map_or(at, |before| before.alike);
        let same = before.filter(|before| {
            Arc::ptr_eq(&before.reading, reading)
                || (before.reading.shingles.share_in(&reading.shingles) >= SAME_TEXT
                    && reading.shingles.share_in(&before.reading.shingles) >= SAME_TEXT)
        });
        let (first, mut counted, mut looks) =
            same.as_ref().map_or((at, at, 1), |before| (before.first, before.counted, before.looks));
        let seen = same.as_ref().map_or(1, |before| before.seen.saturating_add(1));
        if at.duration_since(counted) >= APART {
            (counted, looks) = (at, looks + 1);
        }
        Self {
            since,
            other_language: judged.other_language,
            signs: judged.health.signs,
            reading: Arc::clone(reading),
            capture,
            final_url: Arc::clone(final_url),
            alike: alike.min(first),
            first,
            counted,
            looks,
            seen,
            replaceable: judged.replaceable && same.is_none_or(|before| before.replaceable),
        }
    }

    /// Whether another text differs from this one in nothing that a person would name.
    fn looks_like(&self, reading: &Reading) -> bool {
        let sizes = share(reading.words.min(self.reading.words), reading.words.max(self.reading.words));
        self.reading.title == reading.title && self.reading.headings == reading.headings && sizes >= ALIKE
    }

    /// Whether one text has stood there for so long that the page was replaced, or is kept from us by a wall.
    pub(crate) fn is_walled(&self, now: Timestamp) -> bool {
        now.duration_since(self.alike) >= WALLED
    }

    /// What a person is told of it.
    pub(crate) fn aside(&self) -> Aside {
        Aside {
            since: self.since,
            first: self.alike,
            capture: self.capture,
            words: self.reading.words,
            signs: self.signs.clone(),
            opening: self.reading.opening.clone(),
            no_page: self.reading.words < NO_PAGE || self.reading.signs.iter().any(Symptom::is_of_no_page),
        }
    }

    /// Whether this text has become the page by standing; as an absence settles, where what it is measured by is `odd`.
    pub(crate) fn has_replaced(&self, now: Timestamp, odd: bool) -> bool {
        let (looks, stood) = if odd { (3, SLOW) } else { (LOOKS, STOOD) };
        self.replaceable && self.looks >= looks && now.duration_since(self.first) >= stood
    }
}
