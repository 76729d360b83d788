//! How blocks are put together: one line of text each, under the headings that stand above it.
//!
//! The readers of Markdown, HTML and plain text say what they meet, in reading order; this file keeps the heading path.
//! It knows nothing of markup.

use super::{Block, BlockKind};

/// A heading longer than this is running text set large (whole paragraphs in `<h4>` are common in policies).
const HEADING_WORDS: usize = 40;

/// A short bold paragraph up to this long is a heading that was never marked as one: "**4. User notifications**".
const PRESUMED_WORDS: usize = 12;

/// A heading above the current place.
struct Above {
    level: u8,
    presumed: bool,
    text: String,
}

/// The blocks of a document as they grow.
#[derive(Default)]
pub(super) struct Writer {
    blocks: Vec<Block>,
    path: Vec<Above>,
}

impl Writer {
    /// A heading of a level from 1 to 6.
    pub(super) fn heading(&mut self, level: u8, text: &str) {
        self.head(level, false, text);
    }

    /// A run of text of some kind.
    pub(super) fn block(&mut self, kind: BlockKind, text: &str) {
        let text = collapse(text);
        if !text.is_empty() {
            let heading = self.path.iter().map(|above| above.text.clone()).collect();
            self.blocks.push(Block { kind, text, heading });
        }
    }

    /// A paragraph; where `bold` says that all of it is bold, and it looks like a heading, it is one, a level below the
    /// marked heading above it.
    pub(super) fn paragraph(&mut self, text: &str, bold: bool) {
        if bold && looks_like_heading(text) {
            self.presume(text);
        } else {
            self.block(BlockKind::Paragraph, text);
        }
    }

    /// Makes the last block a presumed heading after all.
    pub(super) fn promote_last(&mut self) {
        if let Some(block) = self.blocks.pop() {
            self.presume(&block.text);
        }
    }

    /// A heading that was not marked as one.
    pub(super) fn presume(&mut self, text: &str) {
        let marked = self.path.iter().rfind(|above| !above.presumed);
        let level = marked.map_or(1, |above| above.level.saturating_add(1));
        self.head(level, true, text);
    }

    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// How many headings stand above the current place.
    pub(super) fn depth(&self) -> usize {
        self.path.len()
    }

    /// Leaves a part of the document (a list item) and with it the headings that stood inside.
    pub(super) fn leave(&mut self, depth: usize) {
        self.path.truncate(depth);
    }

    /// The blocks.
    pub(super) fn finish(self) -> Vec<Block> {
        self.blocks
    }

    fn head(&mut self, level: u8, presumed: bool, text: &str) {
        let text = collapse(text);
        if text.is_empty() {
            return;
        }
        if text.split(' ').count() > HEADING_WORDS || super::dates::is_statement(&text) {
            return self.block(BlockKind::Paragraph, &text);
        }
        while self.path.last().is_some_and(|above| above.level >= level) {
            self.path.pop();
        }
        self.block(BlockKind::Heading, &text);
        self.path.push(Above { level, presumed, text });
    }
}

/// Whether a bold run of text is a heading: short, with letters, no full stop at its end.
pub(super) fn looks_like_heading(text: &str) -> bool {
    let text = text.trim();
    !text.ends_with(['.', ';', ','])
        && text.contains(char::is_alphabetic)
        && text.split_whitespace().count() <= PRESUMED_WORDS
}

/// One line: white space collapsed, invisible characters left out.
pub(super) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !matches!(letter, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\0') {
            out.push(letter);
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}
