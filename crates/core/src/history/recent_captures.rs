//! What the page has been lately: the good captures that others are measured against.
//!
//! Knows texts as wholes; what they promise is none of its business.

use super::health;
use super::health::{Judged, REPLACEMENT_WORDS, REWRITE, SAME_TEXT, Yardstick};
use super::types::HealthState;
use super::wordings::Sight;
use crate::capture::Sha256;
use crate::extract::Reading;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// For so long a text that was the page is remembered after it was last seen.
const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So many texts that differ as wholes are remembered.
const TEXTS: usize = 4;
/// For so long the first text of all is no surer than another that stands where it stood.
const YOUNG: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A good capture.
#[derive(Clone)]
pub(crate) struct Good {
    pub(crate) at: Timestamp,
    pub(crate) capture: Sha256,
    pub(crate) final_url: Arc<str>,
    pub(crate) reading: Arc<Reading>,
}

impl Good {
    pub(crate) fn sight(&self) -> Sight {
        Sight { at: self.at, capture: self.capture }
    }

    pub(crate) fn yardstick(&self) -> Yardstick<'_> {
        Yardstick { reading: &self.reading, final_url: &self.final_url }
    }

    fn same_text(&self, other: &Self) -> bool {
        let (one, other) = (&self.reading, &other.reading);
        Arc::ptr_eq(one, other)
            || (one.shingles.share_in(&other.shingles) >= SAME_TEXT
                && other.shingles.share_in(&one.shingles) >= SAME_TEXT)
    }

    /// Whether this, the first look of all, did not show the page: measured by the next good one it would have been put aside,
    /// or was another text without any promise. What it promised must stand in that next one, whole.
    pub(crate) fn was_broken(&self, next: &Self, language: Option<&str>) -> bool {
        let (first, now) = (&self.reading, &next.reading);
        if first.passages.is_empty() && now.shingles.share_in(&first.shingles) < REWRITE {
            return true;
        }
        let judged = health::judge(first, &self.final_url, Some(next.yardstick()), language, None);
        judged.health.state == HealthState::Suspect
            && first.passages.iter().all(|part| now.passages.iter().any(|whole| whole.normal.starts_with(&part.normal)))
    }
}

/// The texts that were the page lately, the last one among them.
#[derive(Clone, Default)]
pub(crate) struct Lately {
    /// Each as it was seen last, and at how many looks.
    texts: Vec<(Good, usize)>,
    /// When the first of all was seen.
    begun: Option<Timestamp>,
    /// Others have been the page since.
    moved: bool,
}

impl Lately {
    /// Remembers a good capture.
    pub(crate) fn keep(&mut self, page: &Good) {
        self.begun.get_or_insert(page.at);
        let known = self.texts.iter().position(|(text, _)| text.same_text(page));
        let looks = known.map_or(0, |index| self.texts.remove(index).1);
        self.texts.retain(|(text, _)| page.at.duration_since(text.at) <= LATELY);
        self.moved |= known.is_none() && !self.texts.is_empty();
        if self.texts.len() == TEXTS {
            // The one that was the page at the fewest looks.
            let least = (0..TEXTS).min_by_key(|index| self.texts[*index].1).unwrap_or_default();
            self.texts.remove(least);
        }
        self.texts.push((page.clone(), looks + 1));
    }

    /// Judges a capture against the last good one, `last`. One that is as the page was lately is the page, whatever has been
    /// taken for it since.
    pub(crate) fn judge(&self, page: &Good, last: Option<&Good>, language: Option<&str>, twin: Option<&str>) -> Judged {
        let by = |text: Option<&Good>| {
            health::judge(&page.reading, &page.final_url, text.map(Good::yardstick), language, twin)
        };
        let judged = by(last);
        if judged.health.state == HealthState::Good {
            return judged;
        }
        let stub = |reading: &Reading| reading.words < REPLACEMENT_WORDS && reading.passages.is_empty();
        let sure = |text: &Good| !stub(&text.reading) && page.at.duration_since(text.at) <= LATELY;
        let texts = self.texts.iter().map(|(text, _)| text).filter(|text| last.is_some() && sure(text));
        texts.rev().map(|text| by(Some(text))).find(|again| again.health.state == HealthState::Good).unwrap_or(judged)
    }

    /// Whether the last good capture may have been the odd one: the only text so far, not known for long, and many times as
    /// long as what is served now.
    pub(crate) fn is_odd(&self, last: &Good, page: &Good) -> bool {
        let young = self.begun.is_some_and(|begun| page.at.duration_since(begun) <= YOUNG);
        !self.moved && young && health::is_giant(&last.reading, &page.reading)
    }
}
