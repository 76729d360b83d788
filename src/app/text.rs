//! Moments and words of a page, as plain text that nothing acts on.

use std::fmt::Write as _;

/// Text without control characters and characters that change the direction of writing.
#[must_use]
pub fn clean(text: &str) -> String {
    let spaced = text.chars().map(|letter| if letter == '\n' { ' ' } else { letter });
    spaced.filter(|letter| !is_hidden(*letter)).collect()
}

/// Whether a terminal would act on a character, or show others elsewhere, instead of showing it.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// JSON in which hidden characters, which stand in its strings alone, are escaped. Its own line ends stay.
#[must_use]
pub fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter != '\n' && is_hidden(letter) {
            letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(text, "\\u{unit:04x}");
            });
        } else {
            text.push(letter);
        }
    }
    text
}

/// A time as people read it.
#[must_use]
pub fn utc(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
