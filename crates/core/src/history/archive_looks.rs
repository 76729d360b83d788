//! An archive's recordings as looks: a version is confirmed by standing until the next one, at most seven days
//! (docs/RULES.md 6.10). The last one stands too, once seven days have passed without another: archives may record
//! changes only.
//!
//! Knows times only; what a recording says is none of its business.

use super::types::{Look, Seen};
use jiff::{SignedDuration, Timestamp};

/// So long after the last recording it counts as the last word.
const STOOD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The moments after a recording at which it counts as seen again, if it stands that long: those that settle a new
/// wording, an absence, and a page that replaced another.
const CONFIRMED_AFTER_M: [i64; 7] = [10, 13 * 60, 26 * 60, 3 * 24 * 60, 4 * 24 * 60, 5 * 24 * 60, 7 * 24 * 60];

/// The time by which an archive's recordings are judged when the question is asked: seven days after the last one, and
/// before that the last one itself. Later nothing of it grows old.
#[must_use]
pub fn judged_by(last: Timestamp, asked: Timestamp) -> Timestamp {
    last.checked_add(STOOD).ok().filter(|stood| *stood <= asked).unwrap_or(last)
}

/// The recordings with the looks that their standing amounts to by `now`, in order.
/// Each comes with whether it is such an inferred look, which settles but is never quoted as a time of seeing.
pub(crate) fn expand(looks: &[Look], now: Timestamp) -> impl Iterator<Item = (Look, bool)> {
    looks.iter().enumerate().flat_map(move |(index, look)| {
        let next = looks.get(index + 1).map(|next| next.at);
        let stands = |at: Timestamp| next.map_or(at <= now && judged_by(look.at, now) > look.at, |next| at < next);
        let again = standing(look.at, stands, matches!(look.seen, Seen::Page { .. }));
        std::iter::once((look.clone(), false))
            .chain(again.into_iter().map(|at| (Look { at, unconditional: true, seen: look.seen.clone() }, true)))
    })
}

fn standing(from: Timestamp, stands: impl Fn(Timestamp) -> bool, page: bool) -> Vec<Timestamp> {
    let moments = CONFIRMED_AFTER_M.iter().filter(|_| page);
    moments
        .filter_map(|minutes| from.checked_add(SignedDuration::from_mins(*minutes)).ok())
        .take_while(|at| stands(*at))
        .collect()
}
