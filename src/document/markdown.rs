//! Markdown to blocks, as Open Terms Archive writes it.
//!
//! Links are reduced to their text, images and raw HTML tags are left out. Nothing here knows what a text means.

use super::blocks::{Writer, looks_like_heading};
use super::{Block, BlockKind};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The blocks of a Markdown text.
pub(super) fn blocks(source: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(source, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        reader.take(event);
    }
    reader.flush();
    reader.writer.finish()
}

/// A list that is open.
#[derive(Default)]
struct List {
    items: usize,
    /// The block of its only item, where that is bold and short enough for a heading.
    bold: Option<usize>,
}

/// A list item that is open.
#[derive(Default)]
struct Item {
    /// Headings above it.
    depth: usize,
    /// The block of its first text, where that is bold and short enough for a heading.
    bold: Option<usize>,
    begun: bool,
}

/// What is open while the events pass by. Nesting is kept in vectors, never in the call stack.
#[derive(Default)]
struct Reader {
    writer: Writer,
    text: String,
    /// Letters outside bold were seen in this run of text.
    plain: bool,
    strong: usize,
    images: usize,
    in_html: bool,
    cells: Vec<String>,
    lists: Vec<List>,
    items: Vec<Item>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.push(&text),
            Event::Html(text) => self.text.push_str(&text),
            Event::InlineHtml(tag) if tag.starts_with("<br") => self.text.push(' '),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Rule => self.flush(),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.images == 0 {
            self.plain |= self.strong == 0 && text.contains(char::is_alphanumeric);
            self.text.push_str(text);
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Strong => self.strong += 1,
            Tag::Image { .. } => self.images += 1,
            Tag::Emphasis | Tag::Link { .. } | Tag::Strikethrough | Tag::TableCell => {}
            Tag::List(_) => {
                self.flush();
                self.section();
                self.lists.push(List::default());
            }
            Tag::Item => {
                self.flush();
                if let Some(list) = self.lists.last_mut() {
                    list.items += 1;
                }
                self.items.push(Item { depth: self.writer.depth(), ..Item::default() });
            }
            Tag::HtmlBlock => {
                self.flush();
                self.in_html = true;
            }
            _ => self.flush(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            TagEnd::Emphasis | TagEnd::Link | TagEnd::Strikethrough => {}
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => self.end_list(),
            TagEnd::TableCell => {
                let cell = super::blocks::collapse(&std::mem::take(&mut self.text));
                self.cells.extend((!cell.is_empty()).then_some(cell));
            }
            TagEnd::TableRow | TagEnd::TableHead => {
                let row = std::mem::take(&mut self.cells).join(" | ");
                self.writer.block(BlockKind::Row, &row);
                self.plain = false;
            }
            TagEnd::HtmlBlock => {
                self.in_html = false;
                let html = std::mem::take(&mut self.text);
                for line in without_tags(&html).lines() {
                    self.text.push_str(line);
                    self.plain = true;
                    self.flush();
                }
            }
            _ => self.flush(),
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let text = std::mem::take(&mut self.text);
        self.plain = false;
        self.section();
        self.writer.heading(level as u8, &text);
    }

    /// Something more follows inside a list item: a bold first line was its heading.
    fn section(&mut self) {
        if let Some(item) = self.items.last_mut() {
            if item.bold.take().is_some_and(|block| block + 1 == self.writer.len()) {
                self.writer.promote_last();
            }
            item.begun = true;
        }
    }

    fn end_item(&mut self) {
        self.flush();
        if let Some(item) = self.items.pop() {
            self.writer.leave(item.depth);
            if let Some(list) = self.lists.last_mut() {
                list.bold = item.bold;
            }
        }
    }

    fn end_list(&mut self) {
        self.flush();
        if let Some(List { items: 1, bold: Some(block) }) = self.lists.pop()
            && block + 1 == self.writer.len()
        {
            self.writer.promote_last();
        }
    }

    /// Ends a run of text.
    fn flush(&mut self) {
        if self.in_html {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let bold = !std::mem::take(&mut self.plain);
        if text.trim().is_empty() {
            return;
        }
        if self.items.is_empty() {
            return self.writer.paragraph(&text, bold);
        }
        let begun = self.items.last().is_some_and(|item| item.begun);
        self.section();
        let depth = u8::try_from(self.lists.len()).unwrap_or(u8::MAX);
        self.writer.block(BlockKind::Item(depth), &text);
        if !begun
            && bold
            && looks_like_heading(&text)
            && let Some(item) = self.items.last_mut()
        {
            item.bold = Some(self.writer.len() - 1);
        }
    }
}

/// The text between tags, on one line for each run between tags of blocks; contents of scripts and styles left out.
fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open].replace(['\n', '\r'], " "));
        let Some(length) = rest[open..].find('>') else {
            rest = "";
            break;
        };
        let tag = rest[open + 1..open + length].to_ascii_lowercase();
        rest = &rest[open + length + 1..];
        let name = tag
            .trim_start_matches('/')
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        match name {
            "script" | "style" if !tag.starts_with('/') => {
                rest = rest.find("</").map_or("", |end| &rest[end..]);
            }
            "a" | "b" | "i" | "u" | "em" | "strong" | "span" | "sup" | "sub" | "font" => {}
            _ => out.push('\n'),
        }
    }
    out.push_str(&rest.replace(['\n', '\r'], " "));
    out.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
