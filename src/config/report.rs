//! What is wrong with a file: every mistake with line, key and fix, as plain lines or with carets under the text.
//!
//! It knows nothing of what the files mean.

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan};
use regex::Regex;
use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// A password that stands where it should not, closed quotes or not, and a proxy, which may hold one: neither is shown
/// again in a terminal or a log.
static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(\b(?:password|proxy)"?\s*=\s*)("[^"\n]*|'[^'\n]*|[^\s,}]+)"#).expect("a valid expression")
});

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {problem}")]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// Counted in characters, from 1.
    pub column: usize,
    /// The key with its table, `target.exampleton-law.url`; `syntax` where the text is no TOML.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// How to mend it.
    pub fix: Option<String>,
    span: Range<usize>,
}

impl Mistake {
    pub(crate) fn new(text: &str, span: Range<usize>, key: String, problem: String, fix: Option<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, key, problem, fix, span }
    }
}

impl Diagnostic for Mistake {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.fix.as_ref().map(|fix| Box::new(fix) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = SourceSpan::from(self.span.clone());
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".to_owned()), span))))
    }
}

/// All mistakes of one file, in the order of its lines.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file's name as the caller gave it.
    pub name: String,
    /// The mistakes.
    pub mistakes: Vec<Mistake>,
    source: NamedSource<Arc<String>>,
}

impl Report {
    pub(crate) fn new(name: &str, text: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        Self {
            name: name.to_owned(),
            mistakes,
            source: NamedSource::new(name, Arc::new(concealed(text))).with_language("TOML"),
        }
    }

    /// One line a mistake, `noticewatch.toml:3:1: mail.form: ...`, for logs and for programs.
    #[must_use]
    pub fn plain(&self) -> String {
        self.mistakes.iter().fold(String::new(), |mut lines, mistake| {
            let Mistake { line, column, key, problem, fix, .. } = mistake;
            let fix = fix.as_ref().map(|fix| format!("; {fix}")).unwrap_or_default();
            let _ = writeln!(lines, "{}:{line}:{column}: {key}: {problem}{fix}", self.name);
            lines
        })
    }

    /// The mistakes with the lines they stand in and carets under them, for a terminal of that width.
    #[must_use]
    pub fn with_carets(&self, width: usize, colours: bool) -> String {
        let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
        let mut text = String::new();
        // Writing to a string cannot fail; where it did, the plain lines still say everything.
        if handler.render_report(&mut text, self).is_ok() { text } else { self.plain() }
    }
}

/// The text with stars for passwords, as long as before, so that spans still fit.
fn concealed(text: &str) -> String {
    PASSWORD
        .replace_all(text, |found: &regex::Captures<'_>| format!("{}{}", &found[1], "*".repeat(found[2].len())))
        .into_owned()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mistakes.len() {
            1 => write!(f, "{} has a mistake", self.name),
            count => write!(f, "{} has {count} mistakes", self.name),
        }
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.mistakes.iter().map(|mistake| mistake as &dyn Diagnostic)))
    }
}
