//! The calendar: which page is struck by which fault when, and when its promise is weakened. The same for the same seed.
//!
//! Knows no server and no page.

use crate::Failure;
use crate::faults::{Becomes, Row};
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::Why;

/// Days from one fault of a page to the next.
const APART_D: u64 = 9;
/// Times without any network in the year, and how long each lasts.
const NIGHTS: u64 = 3;
const NIGHT_H: i64 = 31;

/// A fault at one page.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub page: usize,
    pub row: usize,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// All that happens in the year.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub faults: Vec<Fault>,
    /// Page, moment, wording that stands from then on.
    pub changes: Vec<(usize, Timestamp, usize)>,
    /// Times in which nothing can be reached.
    pub nights: Vec<(Timestamp, Timestamp)>,
}

/// Numbers that look random and are the same every time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }

    /// A place among so many.
    #[allow(dead_code, reason = "not every year needs it")]
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }
}

/// The calendar of a year.
///
/// # Errors
/// A time beyond all calendars.
pub fn plan(pages: usize, rows: &[Row], start: Timestamp, span: SignedDuration, seed: u64) -> Result<Plan, Failure> {
    let mut dice = Dice::new(seed);
    let mut plan = Plan::default();
    let days = u64::try_from(span.as_hours() / 24)?;
    let hour = |hours: u64| -> Result<Timestamp, Failure> {
        Ok(start.checked_add(SignedDuration::from_hours(i64::try_from(hours)?))?)
    };
    let mut row = 0;
    for page in 0..pages {
        // Two quiet weeks at both ends, so that each change can settle.
        let mut day = 14 + dice.below(APART_D);
        let (mut count, mut wording) = (0, 0);
        while day + 14 < days {
            let from = hour(day * 24 + dice.below(24))?;
            let until = from.checked_add(length(&rows[row], &mut dice)?)?;
            plan.faults.push(Fault { page, row, from, until });
            // Behind every sixth fault the promise was weakened.
            if count % 6 == 3 && wording < 4 {
                wording += 1;
                plan.changes.push((page, from.checked_add(SignedDuration::from_hours(1))?, wording));
            }
            count += 1;
            // Every row in turn, over all pages.
            row = (row + 1) % rows.len();
            day += APART_D + dice.below(3);
        }
    }
    for night in 1..=NIGHTS.min(days / 60) {
        let from = hour(night * days * 24 / (NIGHTS + 1))?;
        plan.nights.push((from, from.checked_add(SignedDuration::from_hours(NIGHT_H))?));
    }
    plan.faults.sort_by_key(|fault| fault.from);
    plan.changes.sort_by_key(|change| change.1);
    Ok(plan)
}

/// How long a fault lasts: most for longer than a day, so that letters must tell of them; a page that answers 404 for
/// longer than 26 hours would be gone, and servers that keep us waiting cost our own time.
fn length(row: &Row, dice: &mut Dice) -> Result<SignedDuration, Failure> {
    let hours = match (row.slow, row.becomes) {
        (true, _) => 3 + dice.below(3),
        (false, Becomes::Missed(Why::Gone)) => 6 + dice.below(16),
        (false, _) => 6 + dice.below(60),
    };
    Ok(SignedDuration::from_hours(i64::try_from(hours)?))
}
