//! The walk over a page's flat tree: what each element means for the blocks.
//!
//! No recursion, so no depth of nesting can harm it. Which parts are left out was decided before.

use super::boilerplate;
use super::tree::{Amount, Node, NodeKind};
use crate::document::blocks::{BlockWriter, TextRun, collapse, looks_like_heading};
use crate::document::types::Block;

/// What ends with an element.
#[derive(Clone, Copy)]
enum Close {
    Block,
    Heading(u8),
    /// A term, summary or unfolding button.
    Term,
    List,
    Item,
    Bold,
    Link,
    Cell,
    Row,
    /// A table; whether one around it is read row by row.
    Table(bool),
    /// A part that keeps its headings to itself.
    Part(usize),
}

/// A line of text between breaks.
#[derive(Default)]
struct OpenLine {
    text: String,
    plain: bool,
    unlinked: bool,
}

/// What is open while the elements pass by.
#[derive(Default)]
pub(crate) struct Walk<'a> {
    nodes: &'a [Node<'a>],
    dropped: &'a [bool],
    writer: BlockWriter,
    lines: Vec<OpenLine>,
    closes: Vec<(usize, Close)>,
    bold: usize,
    links: usize,
    /// Inside a heading, a term or a cell: blocks do not end the run.
    held: usize,
    by_rows: bool,
    cells: Vec<String>,
    cells_linked: bool,
}

impl<'a> Walk<'a> {
    /// A walk over a tree without what was dropped.
    pub(crate) fn over(nodes: &'a [Node<'a>], dropped: &'a [bool]) -> Self {
        Self { nodes, dropped, ..Self::default() }
    }

    /// The blocks, and of each whether it is nothing but links.
    pub(crate) fn finish(self) -> (Vec<Block>, Vec<bool>) {
        self.writer.finish()
    }

    /// Reads one element and all it holds.
    pub(crate) fn element(&mut self, root: usize) {
        let (nodes, dropped) = (self.nodes, self.dropped);
        let mut at = root;
        while at < nodes[root].end {
            self.close_until(at);
            if dropped[at] && at != root {
                self.picture(at);
                at = nodes[at].end;
                continue;
            }
            match nodes[at].kind {
                NodeKind::Text(text) => self.text(text),
                NodeKind::Element(_) => self.open(at),
            }
            at += 1;
        }
        self.close_until(usize::MAX);
        self.flush();
    }

    fn close_until(&mut self, at: usize) {
        while let Some((end, close)) = self.closes.last().copied()
            && end <= at
        {
            self.closes.pop();
            self.close(close);
        }
    }

    fn text(&mut self, text: &str) {
        let letters = text.contains(char::is_alphanumeric);
        let (plain, unlinked) = (letters && self.bold == 0, letters && self.links == 0);
        let line = self.line();
        line.plain |= plain;
        line.unlinked |= unlinked;
        line.text.push_str(text);
    }

    fn line(&mut self) -> &mut OpenLine {
        if self.lines.is_empty() {
            self.lines.push(OpenLine::default());
        }
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    fn open(&mut self, at: usize) {
        let node = &self.nodes[at];
        let end = node.end;
        if let Some(level) = heading_level(node) {
            self.boundary();
            return self.hold(end, Close::Heading(level));
        }
        match node.name() {
            _ if self.picture(at) => {}
            "br" if self.held == 0 => self.lines.push(OpenLine::default()),
            "br" => self.line().text.push(' '),
            "b" | "strong" => self.inline(end, Close::Bold),
            "a" if node.attr("href").is_some() => {
                self.apart();
                self.inline(end, Close::Link);
            }
            "ul" | "ol" | "menu" | "dir" => {
                self.boundary();
                self.writer.open_list();
                self.closes.push((end, Close::List));
            }
            "li" => {
                self.boundary();
                self.writer.open_item();
                self.closes.push((end, Close::Item));
            }
            "dl" | "details" => {
                self.boundary();
                self.closes.push((end, Close::Part(self.writer.depth())));
            }
            "dt" | "summary" | "button" => {
                self.boundary();
                if self.held == 0 {
                    self.hold(end, Close::Term);
                }
            }
            "table" => {
                self.boundary();
                self.closes.push((end, Close::Table(self.by_rows)));
                self.by_rows = is_by_rows(node);
            }
            "tr" if self.by_rows => {
                self.boundary();
                self.cells_linked = true;
                self.closes.push((end, Close::Row));
            }
            "td" | "th" if self.by_rows => self.hold(end, Close::Cell),
            name if is_block(name) => {
                self.boundary();
                self.closes.push((end, Close::Block));
                if is_bold(node) || matches!(name, "div" | "p") && boilerplate::is_called_heading(node) {
                    self.inline(end, Close::Bold);
                }
            }
            _ if is_bold(node) => self.inline(end, Close::Bold),
            _ => {}
        }
    }

    /// A picture that stands in a cell of a table for a word: "Yes", "No".
    fn picture(&mut self, at: usize) -> bool {
        let Some((_, Close::Cell)) =
            self.closes.iter().rfind(|(_, close)| !matches!(close, Close::Bold | Close::Block))
        else {
            return false;
        };
        let Some(word) = named(&self.nodes[at]) else { return false };
        let line = self.line();
        line.text.push(' ');
        line.text.push_str(word);
        line.text.push(' ');
        line.unlinked = true;
        true
    }

    /// A link that follows a word without a space is set apart by the page's style.
    fn apart(&mut self) {
        let line = self.line();
        if line.text.ends_with(char::is_alphanumeric) {
            line.text.push(' ');
        }
    }

    fn inline(&mut self, end: usize, close: Close) {
        match close {
            Close::Bold => self.bold += 1,
            _ => self.links += 1,
        }
        self.closes.push((end, close));
    }

    fn hold(&mut self, end: usize, close: Close) {
        self.held += 1;
        self.closes.push((end, close));
    }

    fn close(&mut self, close: Close) {
        match close {
            Close::Block => self.boundary(),
            Close::Bold => self.bold -= 1,
            Close::Link => self.links -= 1,
            Close::List => {
                self.boundary();
                self.writer.close_list();
            }
            Close::Item => {
                self.boundary();
                self.writer.close_item();
            }
            Close::Part(depth) => {
                self.boundary();
                self.writer.leave(depth);
            }
            Close::Heading(level) => self.release(|writer, run| writer.heading(level, run)),
            Close::Term => self.release(|writer, run| {
                if looks_like_heading(run.text) || run.text.trim_end().ends_with('?') {
                    writer.presume(run);
                } else {
                    writer.run(run);
                }
            }),
            Close::Cell => {
                self.held -= 1;
                let line = self.joined();
                let cell = collapse(&line.text);
                self.cells_linked &= !line.unlinked;
                self.cells.extend((!cell.is_empty()).then_some(cell));
            }
            Close::Row => {
                let cells = std::mem::take(&mut self.cells);
                self.writer.row(&cells, self.cells_linked);
            }
            Close::Table(around) => {
                self.boundary();
                self.by_rows = around;
            }
        }
    }

    /// Ends a held run: inside another one it stays a part of that.
    fn release(&mut self, write: impl FnOnce(&mut BlockWriter, TextRun<'_>)) {
        self.held -= 1;
        if self.held > 0 {
            return self.line().text.push(' ');
        }
        let OpenLine { text, plain, unlinked } = self.joined();
        write(&mut self.writer, TextRun { text: &text, bold: !plain, link: !unlinked });
    }

    /// All lines as one.
    fn joined(&mut self) -> OpenLine {
        std::mem::take(&mut self.lines).into_iter().fold(OpenLine::default(), |mut all, line| {
            all.text.push(' ');
            all.text.push_str(&line.text);
            all.plain |= line.plain;
            all.unlinked |= line.unlinked;
            all
        })
    }

    /// A block begins or ends.
    fn boundary(&mut self) {
        if self.held > 0 {
            self.line().text.push(' ');
        } else {
            self.flush();
        }
    }

    /// Ends the run: an empty line between two breaks parts paragraphs, a bold first line is a heading of its own.
    fn flush(&mut self) {
        let mut run = OpenLine::default();
        let mut title = false;
        for line in std::mem::take(&mut self.lines) {
            let empty = line.text.trim().is_empty();
            if empty || title && line.plain {
                self.write(&std::mem::take(&mut run));
                title = false;
            }
            if empty {
                continue;
            }
            if run.text.is_empty() {
                title = !line.plain && looks_like_heading(&line.text);
            } else {
                title = false;
            }
            run.text.push(' ');
            run.text.push_str(&line.text);
            run.plain |= line.plain;
            run.unlinked |= line.unlinked;
        }
        self.write(&run);
    }

    fn write(&mut self, line: &OpenLine) {
        self.writer.run(TextRun { text: &line.text, bold: !line.plain, link: !line.unlinked });
    }
}

/// The word that a picture stands for.
fn named<'a>(node: &Node<'a>) -> Option<&'a str> {
    if node.attr("aria-hidden") == Some("true") || node.amount.words > 0 {
        return None;
    }
    let word = match node.name() {
        "img" => node.attr("alt").or_else(|| node.attr("aria-label"))?,
        "svg" | "i" | "span" => node.attr("aria-label")?,
        _ => return None,
    };
    (!word.trim().is_empty() && word.len() <= 200).then_some(word)
}

/// Whether a table is read row by row: it has columns, and is not there for the layout.
fn is_by_rows(node: &Node<'_>) -> bool {
    let Amount { tables, headings, rows, cells, words, .. } = node.amount;
    let layout = matches!(node.attr("role"), Some("presentation" | "none")) || tables > 1 || headings > 0;
    !layout && cells > rows && words <= cells.saturating_mul(80)
}

/// Whether an element is bold by its own style.
fn is_bold(node: &Node<'_>) -> bool {
    node.attr("style").is_some_and(|style| {
        style.split(';').filter_map(|rule| rule.split_once(':')).any(|(name, value)| {
            name.trim().eq_ignore_ascii_case("font-weight")
                && matches!(
                    value.trim().to_ascii_lowercase().as_str(),
                    "bold" | "bolder" | "600" | "700" | "800" | "900"
                )
        })
    })
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "header"
            | "footer"
            | "nav"
            | "aside"
            | "form"
            | "pre"
            | "blockquote"
            | "figure"
            | "figcaption"
            | "address"
            | "fieldset"
            | "legend"
            | "center"
            | "dd"
            | "hgroup"
            | "hr"
            | "body"
            | "html"
            | "caption"
            | "tr"
            | "td"
            | "th"
            | "tbody"
            | "thead"
            | "tfoot"
            | "dialog"
            | "search"
    )
}

/// The level of a heading.
pub(crate) fn heading_level(node: &Node<'_>) -> Option<u8> {
    match node.name() {
        "h1" => Some(1),
        "h2" => Some(2),
        "h3" => Some(3),
        "h4" => Some(4),
        "h5" => Some(5),
        "h6" => Some(6),
        _ if node.attr("role") == Some("heading") => {
            Some(node.attr("aria-level").and_then(|level| level.parse().ok()).unwrap_or(2).clamp(1, 6))
        }
        _ => None,
    }
}
