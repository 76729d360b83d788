//! When a letter that could not be delivered is tried again.
//!
//! Pure arithmetic: which mail server, which letter and what it answered are not known here.

use jiff::{SignedDuration, Timestamp};

/// A letter that nobody took for so long has expired (docs/FACTS.md 3.4).
pub const KEPT: SignedDuration = SignedDuration::from_hours(5 * 24);

/// Minutes between tries: doubled from one minute, at most four hours.
const PAUSES_MIN: [i64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 240];

/// The next try after `tries` tries of a letter that was queued at `queued_at`; None: it has expired.
///
/// The last try falls on the end of the five days, so that a server that comes back late still gets it.
#[must_use]
pub fn next_try(tries: u32, queued_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let end = queued_at.checked_add(KEPT).unwrap_or(Timestamp::MAX);
    if now >= end {
        return None;
    }
    let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX).min(PAUSES_MIN.len() - 1);
    let next = now.checked_add(SignedDuration::from_mins(PAUSES_MIN[index])).unwrap_or(end);
    Some(next.min(end))
}

/// Whether the next try of a letter is to be made now. One that is further away than any pause was set by a clock that was
/// ahead.
#[must_use]
pub fn is_due(next: Option<Timestamp>, now: Timestamp) -> bool {
    let longest = SignedDuration::from_mins(PAUSES_MIN[PAUSES_MIN.len() - 1]);
    next.is_none_or(|next| next <= now || next.duration_since(now) > longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_thin_out_and_end_after_five_days() {
        let queued: Timestamp = "2026-03-02T09:00:00Z".parse().expect("a time");
        let (mut now, mut tries, mut pauses) = (queued, 1, Vec::new());
        while let Some(next) = next_try(tries, queued, now) {
            pauses.push(next.duration_since(now).as_mins());
            (now, tries) = (next, tries + 1);
        }
        assert_eq!(pauses[..10], [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]);
        assert_eq!(now, queued.checked_add(KEPT).expect("in range"));
        assert_eq!(pauses.len(), 37);
    }

    #[test]
    fn a_clock_that_was_ahead_holds_no_letter_back() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let now = time("2026-03-02T09:00:00Z");
        assert!(is_due(None, now) && is_due(Some(now), now) && is_due(Some(time("2026-04-02T09:00:00Z")), now));
        assert!(!is_due(Some(time("2026-03-02T13:00:00Z")), now));
    }
}
