//! HTML to blocks: the text a reader would see, under its headings, page chrome left out.
//!
//! Parsing is `scraper`'s; the walk over the flat tree has no recursion, so no depth of nesting can harm it.

use super::Block;
use super::blocks::{Run, Writer, collapse, looks_like_heading};
use super::chrome::{self, Place};
use super::tree::{self, Amount, Kind, Node};
use crate::target::ReadingSettings;
use scraper::{Html, Selector};
use std::collections::HashSet;

/// What an HTML page gives away besides its blocks.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The text of `<title>`.
    pub(super) title: Option<String>,
    /// The `lang` of `<html>`.
    pub(super) lang: Option<String>,
    /// Where `<meta http-equiv=refresh>` leads.
    pub(super) refresh: Option<String>,
    /// How many scripts there are.
    pub(super) scripts: usize,
    /// What the part that was read holds.
    pub(super) amount: Amount,
    /// What the whole page holds, chrome and hidden parts too.
    pub(super) all: Amount,
}

/// Reads an HTML source that `limit` has cut to size.
pub(super) fn read(source: &str, settings: &ReadingSettings) -> (Vec<Block>, Seen) {
    let html = Html::parse_document(source);
    let nodes = tree::flatten(&html);
    let mut seen = look(&nodes);
    let removed = places(&html, &nodes, settings.remove.iter());
    let dropped = drop_chrome(&nodes, &removed);
    let kept = kept(&nodes, &dropped);
    let selected = places(&html, &nodes, settings.select.iter());
    let mut walk = Walk { nodes: &nodes, dropped: &dropped, ..Walk::default() };
    if selected.is_empty() {
        let root = root(&nodes, &kept);
        seen.amount = kept[root];
        walk.element(root);
    } else {
        let mut end = 0;
        let mut places: Vec<usize> = selected.into_iter().collect();
        places.sort_unstable();
        for place in places {
            if place >= end {
                end = nodes[place].end;
                seen.amount.words += kept[place].words;
                seen.amount.linked += kept[place].linked;
                walk.element(place);
            }
        }
    }
    let (blocks, links) = walk.writer.finish();
    (chrome::without_margins(blocks, &links), seen)
}

/// Title, language, refresh and amounts of the whole page.
fn look(nodes: &[Node<'_>]) -> Seen {
    let mut seen = Seen { all: nodes.first().map(|node| node.amount).unwrap_or_default(), ..Seen::default() };
    for (at, node) in nodes.iter().enumerate() {
        match node.name() {
            "html" if at == 0 => seen.lang = node.attr("lang").or_else(|| node.attr("xml:lang")).map(str::to_owned),
            "title" if seen.title.is_none() && nodes[node.parent].name() == "head" => {
                let text: String = nodes[at..node.end].iter().filter_map(text_of).collect();
                seen.title = Some(collapse(&text)).filter(|title| !title.is_empty());
            }
            "script" => seen.scripts += 1,
            "meta" if node.attr("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh")) => {
                seen.refresh = node
                    .attr("content")
                    .and_then(|content| content.split_once('='))
                    .map(|(_, url)| url.trim().to_owned());
            }
            _ => {}
        }
    }
    seen
}

fn text_of<'a>(node: &Node<'a>) -> Option<&'a str> {
    match node.kind {
        Kind::Text(text) => Some(text),
        Kind::Element(_) => None,
    }
}

/// The places that selectors match; one that is no selector matches nothing.
fn places<'s>(html: &Html, nodes: &[Node<'_>], selectors: impl Iterator<Item = &'s String>) -> HashSet<usize> {
    let selectors: Vec<Selector> = selectors.filter_map(|text| Selector::parse(text).ok()).collect();
    if selectors.is_empty() {
        return HashSet::new();
    }
    let found: HashSet<_> = selectors
        .iter()
        .flat_map(|selector| html.select(selector))
        .map(|element| std::ptr::from_ref(element.value()))
        .collect();
    let matches = |node: &Node<'_>| node.element().is_some_and(|element| found.contains(&std::ptr::from_ref(element)));
    nodes.iter().enumerate().filter(|(_, node)| matches(node)).map(|(at, _)| at).collect()
}

/// Which places are left out.
fn drop_chrome(nodes: &[Node<'_>], removed: &HashSet<usize>) -> Vec<bool> {
    let total = nodes.first().map_or(0, |node| node.amount.words);
    let mut dropped = vec![false; nodes.len()];
    let (mut main_until, mut heading_until) = (0, 0);
    let mut at = 0;
    while at < nodes.len() {
        let node = &nodes[at];
        let place = Place { in_main: at < main_until, in_heading: at < heading_until, total };
        if removed.contains(&at) || at > 0 && chrome::is_chrome(node, place) {
            dropped[at] = true;
            at = node.end;
            continue;
        }
        if is_main(node) {
            main_until = main_until.max(node.end);
        }
        if heading_level(node).is_some() || matches!(node.name(), "summary" | "dt") {
            heading_until = heading_until.max(node.end);
        }
        at += 1;
    }
    dropped
}

/// What each element holds once chrome is left out.
fn kept(nodes: &[Node<'_>], dropped: &[bool]) -> Vec<Amount> {
    let mut kept = vec![Amount::default(); nodes.len()];
    let mut at = 0;
    while at < nodes.len() {
        if dropped[at] {
            at = nodes[at].end;
            continue;
        }
        if text_of(&nodes[at]).is_some() {
            kept[at] = nodes[at].amount;
        }
        at += 1;
    }
    for at in (1..nodes.len()).rev() {
        let amount = kept[at];
        let parent = &mut kept[nodes[at].parent];
        parent.words += amount.words;
        parent.linked += amount.linked;
    }
    kept
}

/// Where the document stands: the largest `<main>` or `<article>` that holds at least half of the words, else all.
fn root(nodes: &[Node<'_>], kept: &[Amount]) -> usize {
    let Some(all) = kept.first().map(|amount| u64::from(amount.words)) else { return 0 };
    let largest = |wanted: &dyn Fn(&Node<'_>) -> bool, within: std::ops::Range<usize>| {
        within.filter(|at| wanted(&nodes[*at])).max_by_key(|at| (kept[*at].words, std::cmp::Reverse(*at)))
    };
    let is_article = |node: &Node<'_>| node.name() == "article" || node.attr("role") == Some("article");
    let main = largest(&|node| is_main(node) && !is_article(node), 0..nodes.len());
    let main = main.filter(|at| u64::from(kept[*at].words) * 2 >= all && all > 0);
    let (root, words, linked) =
        main.map_or((0, all, kept[0].linked), |at| (at, u64::from(kept[at].words), kept[at].linked));
    let Some(article) = largest(&is_article, root..nodes[root].end) else { return root };
    let inside = u64::from(kept[article].words);
    // Beside the article: related articles and tables of contents may go, a line "Last updated" may not.
    let beside_is_links = u64::from(linked - kept[article].linked) * 2 >= words - inside;
    if inside * 2 >= words && (beside_is_links || main.is_none()) { article } else { root }
}

fn is_main(node: &Node<'_>) -> bool {
    matches!(node.name(), "main" | "article") || matches!(node.attr("role"), Some("main" | "article"))
}

/// The level of a heading.
fn heading_level(node: &Node<'_>) -> Option<u8> {
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
struct Line {
    text: String,
    plain: bool,
    unlinked: bool,
}

/// What is open while the elements pass by.
#[derive(Default)]
struct Walk<'a> {
    nodes: &'a [Node<'a>],
    dropped: &'a [bool],
    writer: Writer,
    lines: Vec<Line>,
    closes: Vec<(usize, Close)>,
    bold: usize,
    links: usize,
    /// Inside a heading, a term or a cell: blocks do not end the run.
    held: usize,
    by_rows: bool,
    cells: Vec<String>,
    cells_linked: bool,
}

impl Walk<'_> {
    /// Reads one element and all it holds.
    fn element(&mut self, root: usize) {
        let (nodes, dropped) = (self.nodes, self.dropped);
        let mut at = root;
        while at < nodes[root].end {
            self.close_until(at);
            if dropped[at] && at != root {
                at = nodes[at].end;
                continue;
            }
            match nodes[at].kind {
                Kind::Text(text) => self.text(text),
                Kind::Element(_) => self.open(at),
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

    fn line(&mut self) -> &mut Line {
        if self.lines.is_empty() {
            self.lines.push(Line::default());
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
            "br" if self.held == 0 => self.lines.push(Line::default()),
            "br" => self.line().text.push(' '),
            "b" | "strong" => self.inline(end, Close::Bold),
            "a" if node.attr("href").is_some() => {
                if at > 0 && self.nodes[at - 1].end == at && self.nodes[self.nodes[at - 1].parent].name() == "a" {
                    self.line().text.push(' ');
                }
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
            }
            _ if is_bold(node) => self.inline(end, Close::Bold),
            _ => {}
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
    fn release(&mut self, write: impl FnOnce(&mut Writer, Run<'_>)) {
        self.held -= 1;
        if self.held > 0 {
            return self.line().text.push(' ');
        }
        let Line { text, plain, unlinked } = self.joined();
        write(&mut self.writer, Run { text: &text, bold: !plain, link: !unlinked });
    }

    /// All lines as one.
    fn joined(&mut self) -> Line {
        std::mem::take(&mut self.lines).into_iter().fold(Line::default(), |mut all, line| {
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
        let mut run = Line::default();
        let mut title = false;
        for line in std::mem::take(&mut self.lines) {
            let empty = line.text.trim().is_empty();
            if empty || title && line.plain {
                self.write(std::mem::take(&mut run));
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
        self.write(run);
    }

    fn write(&mut self, line: Line) {
        self.writer.run(Run { text: &line.text, bold: !line.plain, link: !line.unlinked });
    }
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
