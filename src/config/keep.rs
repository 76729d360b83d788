//! `[keep]` of `noticewatch.toml`: how long bodies are kept that nothing refers to.
//!
//! It knows the wish only; what may go by it is decided where readings and findings are at hand.

use super::fields::Fields;
use jiff::{SignedDuration, Span};

/// Shorter is refused: what is pending, or put aside, may lean on captures of the last weeks.
const LEAST_DAYS: i64 = 60;

/// How long what was captured is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// How long bodies are kept that nothing refers to; None: for ever.
    pub bodies: Option<SignedDuration>,
}

/// Reads the table.
pub(crate) fn read(mut fields: Fields<'_>) -> Keep {
    let mut keep = Keep::default();
    if let Some(given) = fields.text("bodies").filter(|given| given.value != "forever") {
        keep.bodies = time(&given.value);
        if keep.bodies.is_none() {
            let problem = format!("\"{}\" is no time that can be used here", given.value);
            let fix = format!("write \"forever\", or at least \"{LEAST_DAYS} days\", such as \"2 years\"");
            fields.mistake(&given.place, problem, fix);
        }
    }
    fields.finish();
    keep
}

/// A time in days or more; months count 31 days and years 366, so that nothing goes too early.
fn time(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    let years = i64::from(span.get_years()) * 366 + i64::from(span.get_months()) * 31;
    let days = years + i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    (LEAST_DAYS..1_000_000).contains(&days).then(|| SignedDuration::from_hours(days * 24))
}
