//! A parsed page laid flat: every element and text in reading order, with how much text each element holds.
//!
//! One walk without recursion; what the elements are for is judged by `chrome`, what they say is read by `html`.

use scraper::{Html, node::Element};

/// What stands at one place of the tree.
pub(crate) enum NodeKind<'a> {
    Text(&'a str),
    Element(&'a Element),
}

/// How much an element holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Amount {
    /// Words of text that could be seen.
    pub(crate) words: u32,
    /// Of these, words inside links.
    pub(crate) linked: u32,
    /// Links that lead elsewhere.
    pub(crate) links: u32,
    /// Links into the page itself.
    pub(crate) anchors: u32,
    /// Headings.
    pub(crate) headings: u32,
    /// First-level headings.
    pub(crate) titles: u32,
    /// Tables.
    pub(crate) tables: u32,
    /// Rows and cells of tables.
    pub(crate) rows: u32,
    pub(crate) cells: u32,
    /// Fields for passwords.
    pub(crate) passwords: u32,
    /// Full stops outside links.
    pub(crate) stops: u32,
    /// The word "cookie".
    pub(crate) cookies: u32,
    /// Panels of tabs.
    pub(crate) panels: u32,
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
        self.stops += other.stops;
        self.cookies += other.cookies;
        self.panels += other.panels;
    }

    /// The share of the words that are links; 0 where there are none.
    pub(crate) fn link_density(&self) -> f64 {
        if self.words == 0 { 0.0 } else { f64::from(self.linked) / f64::from(self.words) }
    }
}

/// One place of the tree.
pub(crate) struct Node<'a> {
    pub(crate) kind: NodeKind<'a>,
    /// Where the element around it stands; its own place at the root.
    pub(crate) parent: usize,
    /// The place after its last descendant.
    pub(crate) end: usize,
    pub(crate) amount: Amount,
}

impl<'a> Node<'a> {
    /// The element, where it is one.
    pub(crate) fn element(&self) -> Option<&'a Element> {
        match self.kind {
            NodeKind::Element(element) => Some(element),
            NodeKind::Text(_) => None,
        }
    }

    /// The element's name; empty for text.
    pub(crate) fn name(&self) -> &'a str {
        self.element().map_or("", Element::name)
    }

    /// An attribute of the element.
    pub(crate) fn attr(&self, name: &str) -> Option<&'a str> {
        self.element().and_then(|element| element.attr(name))
    }
}

/// Whether an element holds nothing to read, or was struck. A frame that carries its page holds that.
pub(crate) fn is_silent(element: &Element) -> bool {
    let name = element.name();
    if name == "iframe" && element.attr("srcdoc").is_some() {
        return false;
    }
    super::hidden::is_struck(element) || is_silent_name(name)
}

fn is_silent_name(name: &str) -> bool {
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
pub(crate) fn flatten(html: &Html) -> Vec<Node<'_>> {
    let mut nodes: Vec<Node<'_>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let (mut silent, mut linked) = (0_usize, 0_usize);
    let mut here = Some(*html.root_element());
    while let Some(node) = here {
        let at = nodes.len();
        let parent = open.last().copied().unwrap_or(at);
        if let Some(text) = node.value().as_text() {
            if silent == 0 || nodes[parent].name() == "title" {
                let amount = if silent > 0 { Amount::default() } else { of_text(text, linked > 0) };
                nodes.push(Node { kind: NodeKind::Text(text), parent, end: at + 1, amount });
            }
        } else if let Some(element) = node.value().as_element() {
            let amount = if silent > 0 { Amount::default() } else { own(element) };
            nodes.push(Node { kind: NodeKind::Element(element), parent, end: at + 1, amount });
            if let Some(child) = node.first_child() {
                silent += usize::from(is_silent(element));
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
                silent -= usize::from(is_silent(element));
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

/// What a text counts.
fn of_text(text: &str, linked: bool) -> Amount {
    let mut amount = Amount::default();
    for word in text.split_whitespace() {
        amount.words = amount.words.saturating_add(1);
        let bare = word.trim_end_matches(['"', '\'', ')', '\u{201d}', '\u{2019}']);
        let stop = bare.ends_with('\u{3002}')
            || bare
                .strip_suffix('.')
                .is_some_and(|rest| rest.chars().rev().take(2).filter(|letter| letter.is_alphabetic()).count() == 2);
        amount.stops += u32::from(stop && !linked);
        amount.cookies += u32::from(word.len() < 40 && word.to_ascii_lowercase().contains("cookie"));
    }
    amount.linked = if linked { amount.words } else { 0 };
    amount
}

/// What an element counts by itself.
fn own(element: &Element) -> Amount {
    let panels = u32::from(element.attr("role") == Some("tabpanel"));
    let mut amount = Amount { panels, ..Amount::default() };
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
pub(crate) fn is_link(element: &Element) -> bool {
    element.name() == "a" && element.attr("href").is_some()
}
