//! When a change happened and from which day it holds: our two looks, and what the page says of itself.
//!
//! "Changed between" is all that looks can say; a stated date is quoted, never taken for our own knowledge.

use super::{phrases, sanitize};
use crate::document::StatedDate;
use crate::history::Finding;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The day ahead from which the new text holds, by the page's own words; the nearest one.
pub fn ahead(finding: &Finding, at: Timestamp) -> Option<Date> {
    let today = at.to_zoned(TimeZone::UTC).date();
    let days = finding.stated.iter().filter(|stated| is_effective(stated) && stated.date > today);
    days.map(|stated| stated.date).min()
}

/// Sentences: the interval, how long the old text had been seen, every date that the page states.
pub fn when(finding: &Finding, stood_since: Option<Timestamp>, at: Timestamp) -> Vec<String> {
    let [last, first] = finding.between.map(phrases::time);
    let (old, new) = match (&finding.change.before, &finding.change.after) {
        (None, _) => ("page last seen without it", "text first seen"),
        (_, None) => ("text last seen", "page first seen without it"),
        _ => ("old text last seen", "new text first seen"),
    };
    let mut lines = vec![format!("Changed between {last} ({old}) and {first} ({new}).")];
    let seen = finding.change.before.as_ref().map(|_| finding.between[0]);
    lines.extend(finding.stated.iter().map(|stated| stated_date(stated, at, seen)));
    if finding.stated.is_empty() {
        lines.push("The page states no date of its own that we could read.".to_owned());
    } else if finding.change.after.is_some() && !finding.stated.iter().any(is_effective) {
        lines.push("It names no day from which the new text is in force.".to_owned());
    }
    lines.extend(stood_since.map(|since| format!("We had seen the old text since {}.", phrases::time(since))));
    lines
}

fn is_effective(stated: &StatedDate) -> bool {
    stated.kind == "effective"
}

/// What a stated date says; `seen` is the last look at the old text.
fn stated_date(stated: &StatedDate, at: Timestamp, seen: Option<Timestamp>) -> String {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let today = day(at);
    let days = today.until(stated.date).map_or(0, |span| span.get_days());
    let says = format!("The page says of itself: \"{}\"", sanitize::cut(&stated.quote, 160));
    if !is_effective(stated) {
        return format!("{says} ({}).", stated.date);
    }
    if days > 0 {
        let left = phrases::count(usize::try_from(days).unwrap_or(0), "day", "days");
        return format!("{says}. Not yet in force: {left} to go until {}.", stated.date);
    }
    if seen.is_some_and(|seen| stated.date < day(seen)) {
        return format!("{says}. We still saw the old text after that day: the date may be older than the new text.");
    }
    format!("{says}. By that date it is in force since {}.", stated.date)
}
