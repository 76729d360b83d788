//! Dates that a page states about itself: "Effective: September 29, 2025".

/// Whether a line only states a date of the page, and so is no heading whatever its size.
pub(super) fn is_statement(text: &str) -> bool {
    let text = text.to_lowercase();
    ["effective", "last", "updated", "revised", "published", "version", "date"]
        .iter()
        .any(|word| text.starts_with(word))
        && text.split(' ').count() <= 12
        && text.contains(|letter: char| letter.is_ascii_digit())
}
