//! Plain text in 72 columns: headings, paragraphs, list points and quotes.
//!
//! Words, and so addresses and digests, are never broken; nothing here knows what is written.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Columns of a line (docs/FACTS.md 5).
const WIDTH: usize = 72;

/// A text part under the pen.
#[derive(Default)]
pub struct Paper {
    text: String,
}

impl Paper {
    /// The title, underlined twice.
    pub fn title(&mut self, text: &str) {
        self.block("", "", text);
        let width = self.text.lines().map(textwrap::core::display_width).max().unwrap_or(0);
        self.raw(&"=".repeat(width.min(WIDTH)));
    }

    /// A section's heading, underlined.
    pub fn heading(&mut self, text: &str) {
        self.gap();
        let from = self.text.len();
        self.block("", "", text);
        let width = self.text[from..].lines().map(textwrap::core::display_width).max().unwrap_or(0);
        self.raw(&"-".repeat(width.min(WIDTH)));
    }

    /// A small heading: a line of its own.
    pub fn label(&mut self, text: &str) {
        self.gap();
        self.block("", "", text);
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.block("", "", text);
    }

    /// A paragraph set in by `indent`.
    pub fn inset(&mut self, indent: &str, text: &str) {
        self.block(indent, indent, text);
    }

    /// A list point.
    pub fn point(&mut self, text: &str) {
        self.block("  - ", "    ", text);
    }

    /// A numbered point.
    pub fn numbered(&mut self, number: usize, text: &str) {
        self.block(&format!("{number:>3}. "), "     ", text);
    }

    /// A line as it is, however long: commands, addresses, digests.
    pub fn raw(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// One empty line, wherever something stands above.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// The text written.
    pub fn finish(self) -> String {
        let mut text = self.text.trim_end().to_owned();
        text.push('\n');
        text
    }

    fn block(&mut self, first: &str, rest: &str, text: &str) {
        let options = Options::new(WIDTH)
            .initial_indent(first)
            .subsequent_indent(rest)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit);
        for line in textwrap::wrap(text, options) {
            self.raw(line.trim_end());
        }
    }
}
