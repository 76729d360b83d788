//! An archive's recordings as looks: a version is confirmed by standing until the next one, at most seven days (DESIGN.md 4).
//!
//! Knows times only; what a recording says is none of its business.

use super::types::{Look, Seen};
use jiff::{SignedDuration, Timestamp};

/// The moments after a recording at which it counts as seen again, if it stands that long: those that settle a new
/// wording, an absence, and a page that replaced another.
const CONFIRMED_AFTER_M: [i64; 7] = [10, 13 * 60, 26 * 60, 3 * 24 * 60, 4 * 24 * 60, 5 * 24 * 60, 7 * 24 * 60];

/// The recordings with the looks that their standing amounts to, in order; the last stands for itself alone.
/// Each comes with whether it is such an inferred look, which settles but is never quoted as a time of seeing.
pub(super) fn expand(looks: &[Look]) -> impl Iterator<Item = (Look, bool)> {
    looks.iter().enumerate().flat_map(|(index, look)| {
        let until = looks.get(index + 1).map(|next| next.at);
        let again = standing(look.at, until, matches!(look.seen, Seen::Page { .. }));
        std::iter::once((look.clone(), false))
            .chain(again.into_iter().map(|at| (Look { at, unconditional: true, seen: look.seen.clone() }, true)))
    })
}

fn standing(from: Timestamp, until: Option<Timestamp>, page: bool) -> Vec<Timestamp> {
    let Some(until) = until.filter(|_| page) else { return Vec::new() };
    CONFIRMED_AFTER_M
        .iter()
        .filter_map(|minutes| from.checked_add(SignedDuration::from_mins(*minutes)).ok())
        .take_while(|at| *at < until)
        .collect()
}
