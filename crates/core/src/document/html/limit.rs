//! How much of a page is parsed at all, so that no page can take more than its share of time and memory.
//!
//! The HTML parser is quadratic in nesting depth and has no cap of its own. This file walks over the tags once, without
//! building anything, and says where to cut. It is no parser: it errs towards letting pages pass.

use crate::capture::markup::{ATTRIBUTES, Surplus, after_comment, after_tag, name_length, raw_end};
use std::borrow::Cow;

/// Octets of one page that are read; docs/FACTS.md 3.10.
const OCTETS: usize = 5_000_000;

/// Nesting that browsers keep to as well.
const DEPTH: usize = 512;

/// Tags of one page. The largest real page in the public captures has some 15,000; each costs about 200 octets of memory.
const TAGS: usize = 250_000;

/// Copies of unclosed `<b>`, `<font>` ... that the parser may have to make: each paragraph opens all of them again.
const COPIES: usize = 200_000;

/// A text cut where it becomes too much, and what was too much.
pub(crate) struct Cut<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) reason: Option<String>,
}

/// The beginning of a text, at most as long as pages may be.
pub(crate) fn length(text: &str) -> Cut<'_> {
    if text.len() <= OCTETS {
        return Cut { text: Cow::Borrowed(text), reason: None };
    }
    let end = text.floor_char_boundary(OCTETS);
    Cut { text: Cow::Borrowed(&text[..end]), reason: Some(format!("longer than {OCTETS} octets")) }
}

/// The beginning of an HTML source that can be parsed in linear time.
pub(crate) fn html(source: &str) -> Cut<'_> {
    let Cut { text, mut reason } = length(source);
    let text = &source[..text.len()];
    let mut scan = Scan::default();
    let (mut at, mut end) = (0, text.len());
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        at = scan.tag(text, start);
        if let Some(too_much) = scan.too_much() {
            (reason, end) = (Some(too_much), start);
            break;
        }
    }
    Cut { text: scan.surplus.without(text, end), reason }
}

/// Whether elements are nested too deeply, or tags too many.
pub(crate) fn too_much(depth: usize, tags: usize) -> Option<String> {
    if depth > DEPTH {
        return Some(format!("nested deeper than {DEPTH}"));
    }
    (tags > TAGS).then(|| format!("more than {TAGS} tags"))
}

/// An open element. What its name means is looked up once, not at every end tag that looks past it.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four independent properties of an element")]
struct OpenElement {
    name: u32,
    block: bool,
    scope: bool,
    formatting: bool,
    /// A list item that begins cannot end one outside it.
    holds_items: bool,
}

impl OpenElement {
    fn of(name: &[u8]) -> Self {
        let (block, scope) = (BLOCKS.contains(&name), SCOPE.contains(&name));
        let transparent = matches!(name, b"div" | b"p" | b"address" | b"li" | b"dt" | b"dd");
        Self {
            name: hash(name),
            block,
            scope,
            formatting: FORMATTING.contains(&name),
            holds_items: (block || scope) && !transparent,
        }
    }
}

/// What is open while the tags pass by. Names are kept as hashes: a wrong match only makes the estimate worse.
#[derive(Default)]
struct Scan {
    open: Vec<OpenElement>,
    /// Open paragraphs; there are none most of the time.
    paragraphs: usize,
    tags: usize,
    /// Formatting elements that were closed by the end of something around them, and will be opened again.
    lost: usize,
    copies: usize,
    /// Attributes of all `<html>` and `<body>` tags.
    shared: usize,
    /// Attributes that are left out.
    surplus: Surplus,
}

impl Scan {
    fn too_much(&self) -> Option<String> {
        let unclosed = || (self.copies > COPIES).then(|| "unclosed formatting".to_owned());
        too_much(self.open.len(), self.tags).or_else(unclosed)
    }

    /// Takes the tag that begins at `start`; returns where to go on.
    fn tag(&mut self, text: &str, start: usize) -> usize {
        let rest = &text.as_bytes()[start + 1..];
        if rest.starts_with(b"!--") {
            return after_comment(text, start + 2);
        }
        let closing = rest.first() == Some(&b'/');
        let name = &rest[usize::from(closing)..];
        if !name.first().is_some_and(u8::is_ascii_alphabetic) {
            return start + 1;
        }
        let name = name[..name_length(name)].to_ascii_lowercase();
        let named = start + 1 + usize::from(closing) + name.len();
        let mut end = after_tag(text, named);
        if matches!(name.as_slice(), b"html" | b"body") {
            // All such tags of a page give their attributes to one element.
            self.shared += end.attributes;
            end.excess = end.excess.or((self.shared > ATTRIBUTES).then_some(named));
        }
        self.surplus.note(text, end);
        let end = end.at;
        self.tags += 1;
        if closing {
            self.close(&name);
            return end;
        }
        let foreign = self.open.iter().any(|open| open.name == hash(b"svg") || open.name == hash(b"math"));
        if foreign {
            if !text[..end].ends_with("/>") {
                self.push(&name);
            }
        } else if RAW.contains(&name.as_slice()) {
            return after_raw(text, end, &name);
        } else {
            self.start(&name);
        }
        end
    }

    fn push(&mut self, name: &[u8]) {
        self.paragraphs += usize::from(name == b"p");
        self.open.push(OpenElement::of(name));
    }

    /// Closes all from a place on; formatting elements in it will be opened again.
    fn truncate(&mut self, at: usize) {
        for open in self.open.drain(at..) {
            self.lost += usize::from(open.formatting);
            self.paragraphs -= usize::from(open.name == hash(b"p"));
        }
    }

    /// An element begins, and with it ends what it cannot stand in.
    fn start(&mut self, name: &[u8]) {
        if VOID.contains(&name) {
            return;
        }
        if BLOCKS.contains(&name) {
            if self.paragraphs > 0 {
                self.end(b"p", |open| open.scope);
            }
            self.copies += self.lost;
        }
        let table = |open: OpenElement| open.name == hash(b"table");
        let stands_in_table = TABLE.contains(&name) && self.open.iter().any(|open| table(*open));
        match name {
            b"li" => self.end(b"li", |open| open.holds_items),
            b"dt" | b"dd" => self.end(b"dt", |open| open.holds_items) || self.end(b"dd", |open| open.holds_items),
            b"td" | b"th" | b"tr" | b"tbody" | b"thead" | b"tfoot" if !stands_in_table => return,
            b"tr" => self.end(b"tr", table),
            b"td" | b"th" => self.end(b"td", table) || self.end(b"th", table),
            b"tbody" | b"thead" | b"tfoot" => self.end(name, table),
            _ => false,
        };
        self.push(name);
    }

    /// An element is closed, if it may be from here.
    fn close(&mut self, name: &[u8]) {
        if FORMATTING.contains(&name) {
            let Some(at) = self.open.iter().rposition(|open| open.name == hash(name)) else {
                self.lost = self.lost.saturating_sub(1);
                return;
            };
            if self.open[at..].iter().any(|open| open.block) {
                self.open.remove(at);
                self.copies += 1;
            } else {
                self.truncate(at);
                self.lost = self.lost.saturating_sub(1);
            }
        } else if TABLE.contains(&name) {
            self.end(name, |_| false);
        } else if BLOCKS.contains(&name) {
            self.end(name, |open| open.scope);
        } else {
            self.end(name, |open| open.block || open.scope);
        }
    }

    /// Closes the innermost open element of that name, and what is open inside it, but looks past no wall.
    fn end(&mut self, name: &[u8], wall: impl Fn(OpenElement) -> bool) -> bool {
        let wanted = hash(name);
        for at in (0..self.open.len()).rev() {
            let open = self.open[at];
            if open.name == wanted {
                self.truncate(at);
                return true;
            }
            if wall(open) {
                return false;
            }
        }
        false
    }
}

/// Elements without content.
const VOID: &[&[u8]] = &[
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"param", b"source",
    b"track", b"wbr", b"html", b"head", b"body",
];

/// Elements whose content holds no tags.
const RAW: &[&[u8]] =
    &[b"script", b"style", b"textarea", b"title", b"noscript", b"xmp", b"iframe", b"noembed", b"noframes"];

/// Elements that end an open paragraph.
const BLOCKS: &[&[u8]] = &[
    b"p",
    b"div",
    b"ul",
    b"ol",
    b"dl",
    b"section",
    b"article",
    b"main",
    b"header",
    b"footer",
    b"nav",
    b"aside",
    b"form",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"pre",
    b"blockquote",
    b"figure",
    b"figcaption",
    b"address",
    b"details",
    b"summary",
    b"fieldset",
    b"center",
    b"li",
    b"dt",
    b"dd",
    b"menu",
    b"dir",
    b"dialog",
    b"hgroup",
    b"search",
    b"listing",
];

/// Parts of tables.
const TABLE: &[&[u8]] = &[b"table", b"tbody", b"thead", b"tfoot", b"tr", b"td", b"th", b"caption"];

/// Elements past which no end tag looks (HTML, "has an element in scope").
const SCOPE: &[&[u8]] =
    &[b"table", b"td", b"th", b"caption", b"object", b"template", b"marquee", b"applet", b"button", b"select"];

/// Elements that the parser opens again where they were not closed (HTML, "active formatting elements").
const FORMATTING: &[&[u8]] =
    &[b"a", b"b", b"big", b"code", b"em", b"font", b"i", b"nobr", b"s", b"small", b"strike", b"strong", b"tt", b"u"];

/// A name as a number; a clash of two names only makes the estimate worse.
const fn hash(name: &[u8]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// Where the end tag of a script, style or title ends.
fn after_raw(text: &str, from: usize, name: &[u8]) -> usize {
    let end = raw_end(text, from, name);
    if end == text.len() { end } else { after_tag(text, end + 2 + name.len()).at }
}
