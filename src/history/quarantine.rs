//! Captures put aside because they are not the page: how long, why, and whether they have become the page by standing.
//!
//! Never compares passages; a quarantined capture is not read for promises here.

use super::health::{Judged, SAME_TEXT};
use super::wording::APART;
use crate::capture::Sha256;
use crate::document::Reading;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// So many looks, over so long, make another text the page (DESIGN.md 3).
const LOOKS: u32 = 5;
const STOOD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is put aside at the moment.
#[derive(Clone)]
pub(super) struct Quarantine {
    /// The first capture put aside since the last good one.
    pub(super) since: Timestamp,
    /// The signs of the last one.
    pub(super) signs: Vec<String>,
    /// All that were put aside lately speak another language.
    pub(super) other_language: bool,
    /// The capture that would become the page.
    pub(super) reading: Arc<Reading>,
    pub(super) capture: Sha256,
    pub(super) final_url: Arc<str>,
    /// When this text was first served.
    pub(super) first: Timestamp,
    counted: Timestamp,
    looks: u32,
    replaceable: bool,
}

impl Quarantine {
    /// Puts a capture aside, after others or as the first.
    pub(super) fn put(
        before: Option<Self>,
        judged: Judged,
        at: Timestamp,
        capture: Sha256,
        final_url: &Arc<str>,
        reading: &Arc<Reading>,
    ) -> Self {
        let since = before.as_ref().map_or(at, |before| before.since);
        let same = before.filter(|before| {
            Arc::ptr_eq(&before.reading, reading)
                || (before.reading.shingles.share_in(&reading.shingles) >= SAME_TEXT
                    && reading.shingles.share_in(&before.reading.shingles) >= SAME_TEXT)
        });
        let (first, mut counted, mut looks) =
            same.as_ref().map_or((at, at, 1), |before| (before.first, before.counted, before.looks));
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
            first,
            counted,
            looks,
            replaceable: judged.replaceable && same.is_none_or(|before| before.replaceable),
        }
    }

    /// Whether this text has become the page by standing.
    pub(super) fn has_replaced(&self, now: Timestamp) -> bool {
        self.replaceable && self.looks >= LOOKS && now.duration_since(self.first) >= STOOD
    }
}
