//! Text for a terminal: cleaned, wrapped, marked. Colours come off by themselves where the output is no terminal.
//!
//! Nothing of a page reaches the terminal but through [`clean`].

use crate::history::Span;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt::Write as _;

/// Marks what was removed.
pub const REMOVED: Style = AnsiColor::Red.on_default().strikethrough();
/// Marks what was added.
pub const ADDED: Style = AnsiColor::Green.on_default().underline();
/// Marks headings.
pub const BOLD: Style = Style::new().bold();
/// Marks what matters less.
pub const FAINT: Style = Style::new().dimmed();

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

/// Prints a line of JSON. What [`clean`] takes away stands there as `\uXXXX`: the same value, harmless in a terminal.
pub fn json(value: &impl Serialize) {
    anstream::println!("{}", escaped(&serde_json::to_string(value).unwrap_or_default()));
}

/// As [`json`], with an indented line for each key.
pub fn json_pretty(value: &impl Serialize) {
    anstream::println!("{}", escaped(&serde_json::to_string_pretty(value).unwrap_or_default()));
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

/// Cleaned text, wrapped to the width and indented.
#[must_use]
pub fn wrapped(text: &str, indent: &str) -> String {
    let options = textwrap::Options::new(width()).initial_indent(indent).subsequent_indent(indent);
    text.lines().map(|line| textwrap::fill(&clean(line), &options)).collect::<Vec<_>>().join("\n")
}

/// A word diff with its paragraphs: `[-old-]{+new+}`, coloured on a terminal.
#[must_use]
pub fn diff(spans: &[Span], indent: &str) -> String {
    let lines = |text: &str| text.split('\n').map(clean).collect::<Vec<_>>().join("\n");
    let marked: String = spans
        .iter()
        .map(|span| match span {
            Span::Same(text) => lines(text),
            Span::Removed(text) => format!("[-{}-]", lines(text)),
            Span::Added(text) => format!("{{+{}+}}", lines(text)),
        })
        .collect();
    let wrapped = wrapped(&marked, indent);
    coloured(&wrapped)
}

/// Colours the marks of a diff, across line ends.
fn coloured(text: &str) -> String {
    text.replace("[-", &format!("{REMOVED}[-"))
        .replace("-]", &format!("-]{REMOVED:#}"))
        .replace("{+", &format!("{ADDED}{{+"))
        .replace("+}", &format!("+}}{ADDED:#}"))
}

/// The width of the text: that of the terminal, at most 100 columns.
fn width() -> usize {
    textwrap::termwidth().clamp(40, 100)
}

/// A time as people read it.
#[must_use]
pub fn utc(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
