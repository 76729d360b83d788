//! Dates that a page states about itself: "Effective: September 29, 2025".
//!
//! English words only: other languages' pages are quoted, not dated. A date that is not stated is never guessed.

use super::types::{Block, StatedDate};
use jiff::civil::Date;
use regex::{Captures, Regex};
use std::collections::HashSet;
use std::sync::LazyLock;

const DATE: &str = concat!(
    r"(?:(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.? +(?P<day>\d{1,2})(?:st|nd|rd|th)?,? +(?P<year>20\d\d|19\d\d)",
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -](?P<month2>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?,?[ -](?P<year2>20\d\d|19\d\d)",
    r"|(?P<year3>20\d\d|19\d\d)[-/.](?P<month3>\d{1,2})[-/.](?P<day3>\d{1,2})",
    r"|(?P<one>\d{1,2})[/.-](?P<other>\d{1,2})[/.-](?P<year4>20\d\d|19\d\d))\b",
);

static STATED: LazyLock<Regex> = LazyLock::new(|| {
    let words = concat!(
        r"(?P<word>effective|in effect|in force|takes effect|take effect|last[ -]updated|last[ -]modified|last[ -]revised|last[ -]changed",
        r"|last[ -]edited|last[ -]update|updated|modified|revised|revision|amended|last[ -]amended)",
    );
    let between = r"(?: (?:date|version|as|of|on|from|since|starting|beginning|is|was|and|last|the|and applies))*[ ]?[:\-–—|]?[ ]*(?:(?:as of|on|from|since) )?";
    Regex::new(&format!(r"(?i)\b{words}{between}{DATE}")).expect("a regular expression")
});

/// The dates that blocks state, in their order, each once.
pub(crate) fn stated(blocks: &[Block]) -> Vec<StatedDate> {
    let mut dates: Vec<StatedDate> = Vec::new();
    let mut known: HashSet<(String, Date)> = HashSet::new();
    for (at, block) in blocks.iter().enumerate() {
        let mut found = dates_in(&block.text);
        // The words and the date often stand in two blocks: `<dt>Effective date</dt><dd>1 May 2025</dd>`.
        if found.is_empty()
            && block.text.len() < 40
            && let Some(next) = blocks.get(at + 1).filter(|next| next.text.len() < 40 && has_year(&next.text))
        {
            found = dates_in(&format!("{} {}", block.text.trim_end_matches(':'), next.text));
        }
        dates.extend(found.into_iter().filter(|found| known.insert((found.kind.clone(), found.date))));
    }
    dates
}

/// Whether a line only states a date of the page, and so is no heading whatever its size.
pub(crate) fn is_statement(text: &str) -> bool {
    text.len() < 120 && has_year(text) && text.split(' ').count() <= 12 && STATED.is_match(text)
}

/// A year costs little to look for; most blocks have none.
fn has_year(text: &str) -> bool {
    text.contains("20") || text.contains("19")
}

fn dates_in(text: &str) -> Vec<StatedDate> {
    if !has_year(text) {
        return Vec::new();
    }
    STATED.captures_iter(text).filter_map(|found| stated_date(&found)).collect()
}

fn stated_date(found: &Captures<'_>) -> Option<StatedDate> {
    let word = found.name("word")?.as_str().to_lowercase();
    let kind = match word.as_str() {
        _ if word.contains("effect") || word.contains("force") => "effective",
        _ if word.contains("revis") || word.contains("amended") => "revised",
        _ => "updated",
    };
    Some(StatedDate { kind: kind.to_owned(), date: date(found)?, quote: found.get(0)?.as_str().trim().to_owned() })
}

fn date(found: &Captures<'_>) -> Option<Date> {
    let number = |name: &str| found.name(name).and_then(|digits| digits.as_str().parse::<i16>().ok());
    let month = |name: &str| found.name(name).map(|text| month(text.as_str()));
    let (year, month, day) = if let Some(year) = number("year") {
        (year, month("month")?, number("day")?)
    } else if let Some(year) = number("year2") {
        (year, month("month2")?, number("day2")?)
    } else if let Some(year) = number("year3") {
        (year, number("month3")?, number("day3")?)
    } else {
        // 09/29/2025 is American; 29/09/2025 can only be European. Both small: American, as most of these pages are.
        let (one, other) = (number("one")?, number("other")?);
        let (month, day) = if one > 12 { (other, one) } else { (one, other) };
        (number("year4")?, month, day)
    };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The number of a month from its first three letters.
fn month(name: &str) -> i16 {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = name.to_lowercase();
    (1..).zip(MONTHS).find(|(_, month)| name.starts_with(month)).map_or(0, |(number, _)| number)
}
