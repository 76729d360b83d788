//! How blocks are put together: one line of text each, under the headings that stand above it.
//!
//! The readers of Markdown, HTML and plain text say what they meet, in reading order; this file keeps the heading path
//! and the lists. It knows nothing of markup. Nesting is kept in vectors, never in the call stack.

use super::types::{Block, BlockKind};

/// A heading longer than this is running text set large (whole paragraphs in `<h4>` are common in policies).
const HEADING_WORDS: usize = 40;

/// A short bold paragraph up to this long is a heading that was never marked as one: "**4. User notifications**".
const PRESUMED_WORDS: usize = 12;

/// A run of text as a reader of markup hands it over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TextRun<'a> {
    /// The text.
    pub(crate) text: &'a str,
    /// All its letters are bold.
    pub(crate) bold: bool,
    /// All its letters are links.
    pub(crate) link: bool,
}

/// A heading above the current place.
struct Above {
    level: u8,
    presumed: bool,
    text: String,
}

/// A list that is open.
#[derive(Default)]
struct OpenList {
    items: usize,
    /// The block of its only item, where that is bold and short enough for a heading.
    bold: Option<usize>,
}

/// A list item that is open.
struct OpenItem {
    /// Headings above it.
    depth: usize,
    /// The block of its first text, where that is bold and short enough for a heading.
    bold: Option<usize>,
    begun: bool,
}

/// The blocks of a document as they grow.
#[derive(Default)]
pub(crate) struct BlockWriter {
    blocks: Vec<Block>,
    links: Vec<bool>,
    path: Vec<Above>,
    lists: Vec<OpenList>,
    items: Vec<OpenItem>,
    /// Presumed headings at the end, with nothing between them.
    bare: Vec<usize>,
}

/// So many presumed headings in a row are a list (a table of contents), no headings.
const BARE: usize = 3;

impl BlockWriter {
    /// A heading of a level from 1 to 6.
    pub(crate) fn heading(&mut self, level: u8, run: TextRun<'_>) {
        self.section();
        self.head(level, false, run);
    }

    /// A heading that was not marked as one; it stands a level below the marked heading above it.
    pub(crate) fn presume(&mut self, run: TextRun<'_>) {
        let marked = self.path.iter().rfind(|above| !above.presumed);
        let level = marked.map_or(1, |above| above.level.saturating_add(1));
        self.head(level, true, run);
    }

    /// A run of text: an item inside a list, else a paragraph, or a heading where it looks like one.
    pub(crate) fn run(&mut self, run: TextRun<'_>) {
        if run.text.trim().is_empty() {
            return;
        }
        if self.items.is_empty() {
            if run.bold && looks_like_heading(run.text) {
                return self.presume(run);
            }
            return self.block(BlockKind::Paragraph, run);
        }
        let begun = self.items.last().is_some_and(|item| item.begun);
        self.section();
        let depth = u8::try_from(self.lists.len().max(1)).unwrap_or(u8::MAX);
        self.block(BlockKind::Item(depth), run);
        if !begun
            && run.bold
            && looks_like_heading(run.text)
            && let Some(item) = self.items.last_mut()
        {
            item.bold = self.blocks.len().checked_sub(1);
        }
    }

    /// A row of a table.
    pub(crate) fn row(&mut self, cells: &[String], link: bool) {
        self.section();
        self.block(BlockKind::Row, TextRun { text: &cells.join(" | "), bold: false, link });
    }

    /// A list begins.
    pub(crate) fn open_list(&mut self) {
        self.section();
        self.lists.push(OpenList::default());
    }

    /// A list ends; what was its only item, bold and short, was a heading ("1. **Who we are**").
    pub(crate) fn close_list(&mut self) {
        if let Some(OpenList { items: 1, bold: Some(block) }) = self.lists.pop() {
            self.promote(block);
        }
    }

    /// An item begins.
    pub(crate) fn open_item(&mut self) {
        if let Some(list) = self.lists.last_mut() {
            list.items += 1;
        }
        self.items.push(OpenItem { depth: self.path.len(), bold: None, begun: false });
    }

    /// An item ends, and with it the headings that stood inside.
    pub(crate) fn close_item(&mut self) {
        if let Some(item) = self.items.pop() {
            self.path.truncate(item.depth);
            if let Some(list) = self.lists.last_mut() {
                list.bold = item.bold;
            }
        }
    }

    /// How many headings stand above the current place.
    pub(crate) fn depth(&self) -> usize {
        self.path.len()
    }

    /// Leaves a part of the document and with it the headings that stood inside.
    pub(crate) fn leave(&mut self, depth: usize) {
        self.path.truncate(depth);
    }

    /// The blocks, and of each whether it is nothing but links.
    pub(crate) fn finish(self) -> (Vec<Block>, Vec<bool>) {
        (self.blocks, self.links)
    }

    /// Something more follows inside a list item: a bold first line was its heading.
    fn section(&mut self) {
        if let Some(item) = self.items.last_mut() {
            item.begun = true;
            if let Some(block) = item.bold.take() {
                self.promote(block);
            }
        }
    }

    /// Makes a block a presumed heading after all, where it is still the last.
    fn promote(&mut self, block: usize) {
        if block + 1 == self.blocks.len()
            && let (Some(block), Some(link)) = (self.blocks.pop(), self.links.pop())
        {
            self.presume(TextRun { text: &block.text, bold: true, link });
        }
    }

    fn block(&mut self, kind: BlockKind, run: TextRun<'_>) {
        let text = collapse(run.text);
        // A lone bullet or rule is no text.
        if text.contains(char::is_alphanumeric) {
            let heading = self.path.iter().map(|above| above.text.clone()).collect();
            self.blocks.push(Block { kind, text, heading });
            self.links.push(run.link);
        }
    }

    fn head(&mut self, level: u8, presumed: bool, run: TextRun<'_>) {
        // Signs that only link to the heading itself.
        let run = TextRun { text: run.text.trim_end().trim_end_matches(['#', '\u{b6}', '\u{1f517}']), ..run };
        let text = collapse(run.text);
        if !text.contains(char::is_alphanumeric) {
            return;
        }
        if text.split(' ').count() > HEADING_WORDS || super::dates::is_statement(&text) {
            return self.block(BlockKind::Paragraph, run);
        }
        while self.path.last().is_some_and(|above| above.level >= level) {
            self.path.pop();
        }
        let follows = self.bare.last().is_some_and(|last| last + 1 == self.blocks.len());
        let mut bare = std::mem::take(&mut self.bare);
        self.block(BlockKind::Heading, run);
        self.path.push(Above { level, presumed, text });
        if presumed {
            bare.truncate(if follows { bare.len() } else { 0 });
            bare.push(self.blocks.len() - 1);
            self.bare = bare;
            self.demote_lists();
        }
    }

    /// Takes back presumed headings that turn out to be a list.
    fn demote_lists(&mut self) {
        if self.bare.len() >= BARE {
            while self.path.last().is_some_and(|above| above.presumed) {
                self.path.pop();
            }
            // All but the last one were taken back already, once they were enough.
            let known = if self.bare.len() > BARE { self.bare.len() - 1 } else { 0 };
            for at in &self.bare[known..] {
                let block = &mut self.blocks[*at];
                block.kind = BlockKind::Paragraph;
                block.heading = self.path.iter().map(|above| above.text.clone()).collect();
            }
        }
    }
}

/// Whether a bold run of text is a heading: short, with letters, no full stop at its end.
pub(crate) fn looks_like_heading(text: &str) -> bool {
    let text = text.trim();
    !text.ends_with(['.', ';', ','])
        && text.contains(char::is_alphabetic)
        && text.split_whitespace().count() <= PRESUMED_WORDS
}

/// One line: white space collapsed, invisible characters left out.
pub(crate) fn collapse(text: &str) -> String {
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
