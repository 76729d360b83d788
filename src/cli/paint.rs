//! Text for a terminal: cleaned, wrapped, marked. Colours come off by themselves where the output is no terminal.
//!
//! Nothing of a page reaches the terminal but through [`clean`].

use crate::history::Span;
use anstyle::{AnsiColor, Style};

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
    text.chars()
        .map(|letter| if letter == '\n' { ' ' } else { letter })
        .filter(|letter| !letter.is_control() && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .collect()
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
