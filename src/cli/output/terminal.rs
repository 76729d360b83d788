//! Text for a terminal: cleaned, wrapped, marked. Colours come off by themselves where the output is no terminal.
//!
//! Nothing of a page reaches the terminal but through [`clean`].

use crate::app::text::{clean, escaped};
use anstyle::{AnsiColor, Style};
use noticewatch_core::compare::Span;
use serde::Serialize;

/// Marks what was removed.
pub const REMOVED: Style = AnsiColor::Red.on_default().strikethrough();
/// Marks what was added.
pub const ADDED: Style = AnsiColor::Green.on_default().underline();
/// Marks headings.
pub const BOLD: Style = Style::new().bold();
/// Marks what matters less.
pub const FAINT: Style = Style::new().dimmed();

/// Prints a line of JSON. What [`clean`] takes away stands there as `\uXXXX`: the same value, harmless in a terminal.
pub fn json(value: &impl Serialize) {
    say!("{}", escaped(&serde_json::to_string(value).unwrap_or_default()));
}

/// As [`json`], with an indented line for each key.
pub fn json_pretty(value: &impl Serialize) {
    say!("{}", escaped(&serde_json::to_string_pretty(value).unwrap_or_default()));
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
