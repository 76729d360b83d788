//! A parsed page laid flat: every element and text in reading order, with how much text each element holds.
//!
//! One walk without recursion; what the elements are for is judged by `chrome`, what they say is read by `html`.

use scraper::{Html, node::Element};

/// What stands at one place of the tree.
pub(super) enum Kind<'a> {
    Text(&'a str),
    Element(&'a Element),
}

/// How much an element holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Amount {
    /// Words of text that could be seen.
    pub(super) words: u32,
    /// Of these, words inside links.
    pub(super) linked: u32,
    /// Links that lead elsewhere.
    pub(super) links: u32,
    /// Links into the page itself.
    pub(super) anchors: u32,
    /// Headings.
    pub(super) headings: u32,
    /// First-level headings.
    pub(super) titles: u32,
    /// Tables.
    pub(super) tables: u32,
    /// Rows and cells of tables.
    pub(super) rows: u32,
    pub(super) cells: u32,
    /// Fields for passwords.
    pub(super) passwords: u32,
}

impl Amount {
    fn add(&mut self, other: &Self) {
        self.words += other.words;
        self.linked += other.linked;
        self.links += other.links;
        self.anchors += other.anchors;
        self.headings += other.headings;
        self.titles += other.titles;
        self.tables += other.tables;
        self.rows += other.rows;
        self.cells += other.cells;
        self.passwords += other.passwords;
    }

    /// The share of the words that are links; 0 where there are none.
    pub(super) fn link_density(&self) -> f64 {
        if self.words == 0 { 0.0 } else { f64::from(self.linked) / f64::from(self.words) }
    }
}

/// One place of the tree.
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    /// Where the element around it stands; its own place at the root.
    pub(super) parent: usize,
    /// The place after its last descendant.
    pub(super) end: usize,
    pub(super) amount: Amount,
}

impl<'a> Node<'a> {
    /// The element, where it is one.
    pub(super) fn element(&self) -> Option<&'a Element> {
        match self.kind {
            Kind::Element(element) => Some(element),
            Kind::Text(_) => None,
        }
    }

    /// The element's name; empty for text.
    pub(super) fn name(&self) -> &'a str {
        self.element().map_or("", Element::name)
    }

    /// An attribute of the element.
    pub(super) fn attr(&self, name: &str) -> Option<&'a str> {
        self.element().and_then(|element| element.attr(name))
    }
}

/// Elements that hold nothing to read.
pub(super) fn is_silent(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "noscript"
            | "svg"
            | "iframe"
            | "object"
            | "embed"
            | "canvas"
            | "video"
            | "audio"
            | "map"
            | "head"
            | "select"
            | "datalist"
            | "textarea"
            | "progress"
            | "meter"
            | "option"
            | "title"
    )
}

/// The tree, flat, with the amounts of each element.
pub(super) fn flatten(html: &Html) -> Vec<Node<'_>> {
    let mut nodes: Vec<Node<'_>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let (mut silent, mut linked) = (0_usize, 0_usize);
    let mut here = Some(*html.root_element());
    while let Some(node) = here {
        let at = nodes.len();
        let parent = open.last().copied().unwrap_or(at);
        if let Some(text) = node.value().as_text() {
            if silent == 0 || nodes[parent].name() == "title" {
                let words = if silent > 0 { 0 } else { text.split_whitespace().count() };
                let words = u32::try_from(words).unwrap_or(u32::MAX);
                let amount = Amount { words, linked: if linked > 0 { words } else { 0 }, ..Amount::default() };
                nodes.push(Node { kind: Kind::Text(text), parent, end: at + 1, amount });
            }
        } else if let Some(element) = node.value().as_element() {
            let amount = if silent > 0 { Amount::default() } else { own(element) };
            nodes.push(Node { kind: Kind::Element(element), parent, end: at + 1, amount });
            if let Some(child) = node.first_child() {
                silent += usize::from(is_silent(element.name()));
                linked += usize::from(is_link(element));
                open.push(at);
                here = Some(child);
                continue;
            }
        }
        let mut last = node;
        here = loop {
            if let Some(next) = last.next_sibling() {
                break Some(next);
            }
            let (Some(up), Some(at)) = (last.parent(), open.pop()) else { break None };
            if let Some(element) = up.value().as_element() {
                silent -= usize::from(is_silent(element.name()));
                linked -= usize::from(is_link(element));
            }
            nodes[at].end = nodes.len();
            last = up;
        };
    }
    for at in (1..nodes.len()).rev() {
        let (amount, parent) = (nodes[at].amount, nodes[at].parent);
        nodes[parent].amount.add(&amount);
    }
    nodes
}

/// What an element counts by itself.
fn own(element: &Element) -> Amount {
    let mut amount = Amount::default();
    match element.name() {
        "a" => match element.attr("href") {
            Some(href) if href.starts_with('#') => amount.anchors = 1,
            Some(_) => amount.links = 1,
            None => {}
        },
        "h1" => (amount.headings, amount.titles) = (1, 1),
        "h2" | "h3" | "h4" | "h5" | "h6" => amount.headings = 1,
        "table" => amount.tables = 1,
        "tr" => amount.rows = 1,
        "td" | "th" => amount.cells = 1,
        "input" if element.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("password")) => {
            amount.passwords = 1;
        }
        _ => {}
    }
    amount
}

/// Whether an element is a link; an `<a>` that only names a place is none.
pub(super) fn is_link(element: &Element) -> bool {
    element.name() == "a" && element.attr("href").is_some()
}
