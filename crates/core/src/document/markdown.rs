//! Markdown to blocks, as Open Terms Archive writes it.
//!
//! Links are reduced to their text, images and raw HTML tags are left out. Nothing here knows what a text means.

use super::blocks::{BlockWriter, TextRun, collapse};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Reads a Markdown text.
pub(crate) fn read(source: &str) -> BlockWriter {
    let mut reader = MarkdownReader::default();
    for event in Parser::new_ext(source, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        reader.take(event);
    }
    reader.flush();
    reader.writer
}

/// What is open while the events pass by.
#[derive(Default)]
struct MarkdownReader {
    writer: BlockWriter,
    text: String,
    /// Letters outside bold were seen in this run of text.
    plain: bool,
    /// Letters outside links were seen in this run of text.
    unlinked: bool,
    strong: usize,
    links: usize,
    images: usize,
    in_html: bool,
    cells: Vec<String>,
}

impl MarkdownReader {
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
            let letters = text.contains(char::is_alphanumeric);
            self.plain |= self.strong == 0 && letters;
            self.unlinked |= self.links == 0 && letters;
            self.text.push_str(text);
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Strong => self.strong += 1,
            Tag::Link { .. } => self.links += 1,
            Tag::Image { .. } => self.images += 1,
            Tag::Emphasis | Tag::Strikethrough | Tag::TableCell => {}
            Tag::List(_) => {
                self.flush();
                self.writer.open_list();
            }
            Tag::Item => {
                self.flush();
                self.writer.open_item();
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
            TagEnd::Link => self.links = self.links.saturating_sub(1),
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            TagEnd::Emphasis | TagEnd::Strikethrough => {}
            TagEnd::Heading(level) => {
                let text = std::mem::take(&mut self.text);
                let run = self.run(&text);
                self.writer.heading(level as u8, run);
            }
            TagEnd::Item => {
                self.flush();
                self.writer.close_item();
            }
            TagEnd::List(_) => {
                self.flush();
                self.writer.close_list();
            }
            TagEnd::TableCell => {
                let cell = collapse(&std::mem::take(&mut self.text));
                self.cells.extend((!cell.is_empty()).then_some(cell));
            }
            TagEnd::TableRow | TagEnd::TableHead => {
                let cells = std::mem::take(&mut self.cells);
                let run = self.run("");
                self.writer.row(&cells, run.link);
            }
            TagEnd::HtmlBlock => self.end_html(),
            _ => self.flush(),
        }
    }

    fn end_html(&mut self) {
        self.in_html = false;
        let html = std::mem::take(&mut self.text);
        for text in without_tags(&html).lines() {
            self.writer.run(TextRun { text, bold: false, link: false });
        }
    }

    /// The run that ends here.
    fn run<'a>(&mut self, text: &'a str) -> TextRun<'a> {
        TextRun { text, bold: !std::mem::take(&mut self.plain), link: !std::mem::take(&mut self.unlinked) }
    }

    /// Ends a run of text.
    fn flush(&mut self) {
        if !self.in_html {
            let text = std::mem::take(&mut self.text);
            let run = self.run(&text);
            self.writer.run(run);
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
        let tag = &rest[open + 1..open + length];
        rest = &rest[open + length + 1..];
        let closing = tag.starts_with('/');
        let name = tag.trim_start_matches('/').split(|letter: char| !letter.is_ascii_alphanumeric()).next();
        match name.unwrap_or_default().to_ascii_lowercase().as_str() {
            "script" | "style" if !closing => rest = rest.find("</").map_or("", |end| &rest[end..]),
            "a" | "b" | "i" | "u" | "em" | "strong" | "span" | "sup" | "sub" | "font" => {}
            _ => out.push('\n'),
        }
    }
    out.push_str(&rest.replace(['\n', '\r'], " "));
    out.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
