//! How many days lie between notice and disclosure (docs/RULES.md 3.3): "at least ten (10) calendar days".
//!
//! Sees one line; whether it is a promise is known elsewhere.

use super::sentences::Line;
use crate::promise::Said;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// The days that a line gives, as `10 days` or `14 business days`.
pub(crate) fn of(line: &Line<'_>) -> Option<Said> {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        super::lexicon::entry::compile(
            r"\b([0-9]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|fourteen|fifteen|twenty|twenty-one|thirty)(?: \([0-9]+\))?[ -](calendar |business |working )?(hour|day|week)s?'?\b",
        )
    });
    let plain = line.plain.bytes();
    let found =
        LEAD.captures_iter(plain).find(|found| found.get(0).is_some_and(|whole| !late(&plain[..whole.start()])))?;
    let whole = found.get(0)?;
    let text = |group: usize| found.get(group).map_or("", |part| std::str::from_utf8(part.as_bytes()).unwrap_or(""));
    let business = if matches!(text(2).trim(), "business" | "working") { "business " } else { "" };
    let value = format!("{} {business}{}s", number(text(1)), text(3));
    Some(Said { value, quote: line.text[line.plain.origin(whole.range())].trim().to_owned() })
}

/// "Within 7 days" is how late notice may come, not how early.
fn late(before: &[u8]) -> bool {
    const LATE: [&[u8]; 6] = [b"within ", b"after ", b"for ", b"later than ", b"more than ", b"a period of "];
    LATE.iter().any(|word| before.ends_with(word))
}

fn number(word: &str) -> &str {
    const WORDS: &[(&str, &str)] = &[
        ("one", "1"),
        ("two", "2"),
        ("three", "3"),
        ("four", "4"),
        ("five", "5"),
        ("six", "6"),
        ("seven", "7"),
        ("eight", "8"),
        ("nine", "9"),
        ("ten", "10"),
        ("fourteen", "14"),
        ("fifteen", "15"),
        ("twenty", "20"),
        ("twenty-one", "21"),
        ("thirty", "30"),
    ];
    WORDS.iter().find(|(name, _)| *name == word).map_or(word, |(_, digits)| digits)
}
