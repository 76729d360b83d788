//! How much of a page is parsed at all, so that no page can take more than its share of time and memory.
//!
//! The HTML parser is quadratic in nesting depth and has no cap of its own. This file walks over the tags once, without
//! building anything, and says where to cut. It is no parser: it errs towards letting pages pass.

/// Octets of one page that are read; FACTS.md 2, promise 14.
const OCTETS: usize = 5_000_000;

/// Nesting that browsers keep to as well.
const DEPTH: usize = 512;

/// Tags of one page. The largest real page in the public captures has some 15,000; each costs about 200 octets of memory.
const TAGS: usize = 250_000;

/// Copies of unclosed `<b>`, `<font>` ... that the parser may have to make: each paragraph opens all of them again.
const COPIES: usize = 200_000;

/// A text cut where it becomes too much, and what was too much.
pub(super) struct Cut<'a> {
    pub(super) text: &'a str,
    pub(super) reason: Option<String>,
}

/// The beginning of a text, at most as long as pages may be.
pub(super) fn length(text: &str) -> Cut<'_> {
    if text.len() <= OCTETS {
        return Cut { text, reason: None };
    }
    let end = (0..=OCTETS).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    Cut { text: &text[..end], reason: Some(format!("longer than {OCTETS} octets")) }
}

/// The beginning of an HTML source that can be parsed in linear time.
pub(super) fn html(source: &str) -> Cut<'_> {
    let Cut { text, reason } = length(source);
    let mut scan = Scan::default();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        at = scan.tag(text, start);
        if let Some(reason) = scan.too_much() {
            return Cut { text: &text[..start], reason: Some(reason) };
        }
    }
    Cut { text, reason }
}

/// What is open while the tags pass by. Names are kept as hashes: a wrong match only makes the estimate worse.
#[derive(Default)]
struct Scan {
    open: Vec<u32>,
    tags: usize,
    /// Formatting elements that were closed by the end of something around them, and will be opened again.
    lost: usize,
    copies: usize,
}

impl Scan {
    fn too_much(&self) -> Option<String> {
        if self.open.len() > DEPTH {
            Some(format!("nested deeper than {DEPTH}"))
        } else if self.tags > TAGS {
            Some(format!("more than {TAGS} tags"))
        } else {
            (self.copies > COPIES).then(|| "unclosed formatting".to_owned())
        }
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
        let length = name.iter().position(|octet| b" \t\r\n\x0c/>".contains(octet)).unwrap_or(name.len());
        let name = name[..length].to_ascii_lowercase();
        let end = after_tag(text, start + 1 + usize::from(closing) + length);
        self.tags += 1;
        if closing {
            self.close(&name);
            return end;
        }
        let foreign = self.open.iter().any(|open| *open == hash(b"svg") || *open == hash(b"math"));
        if foreign {
            if !text[..end].ends_with("/>") {
                self.open.push(hash(&name));
            }
        } else if RAW.contains(&name.as_slice()) {
            return after_raw(text, end, &name);
        } else {
            self.start(&name);
        }
        end
    }

    /// An element begins, and with it ends what it cannot stand in.
    fn start(&mut self, name: &[u8]) {
        if VOID.contains(&name) {
            return;
        }
        if is_block(name) {
            self.truncate_to(b"p", |open| SCOPE.contains(&open));
            self.copies += self.lost;
        }
        let in_table = self.open.contains(&hash(b"table"));
        match name {
            b"li" => self.truncate_to(b"li", ends_item),
            b"dt" | b"dd" => self.truncate_to(b"dt", ends_item) || self.truncate_to(b"dd", ends_item),
            b"td" | b"th" | b"tr" | b"tbody" | b"thead" | b"tfoot" if !in_table => return,
            b"tr" => self.truncate_to(b"tr", |open| open == b"table"),
            b"td" | b"th" => {
                self.truncate_to(b"td", |open| open == b"table") || self.truncate_to(b"th", |open| open == b"table")
            }
            b"tbody" | b"thead" | b"tfoot" => self.truncate_to(name, |open| open == b"table"),
            _ => false,
        };
        self.open.push(hash(name));
    }

    /// An element is closed, if it may be from here.
    fn close(&mut self, name: &[u8]) {
        if FORMATTING.contains(&name) {
            let Some(at) = self.open.iter().rposition(|open| *open == hash(name)) else {
                self.lost = self.lost.saturating_sub(1);
                return;
            };
            if self.open[at..].iter().any(|open| BLOCKS.iter().any(|block| hash(block) == *open)) {
                self.open.remove(at);
                self.copies += 1;
            } else {
                self.open.truncate(at);
            }
        } else if is_block(name) || TABLE.contains(&name) {
            self.truncate_to(name, |open| SCOPE.contains(&open) && !TABLE.contains(&name));
        } else {
            self.truncate_to(name, |open| is_block(open) || SCOPE.contains(&open));
        }
    }

    /// Closes the innermost open element of that name, and what is open inside it, but looks past no wall.
    fn truncate_to(&mut self, name: &[u8], wall: impl Fn(&[u8]) -> bool) -> bool {
        let wanted = hash(name);
        for at in (0..self.open.len()).rev() {
            let open = self.open[at];
            if open == wanted {
                self.lost += self.open[at + 1..].iter().filter(|open| is_formatting(**open)).count();
                self.open.truncate(at);
                return true;
            }
            if WALLS.iter().copied().flatten().any(|name| hash(name) == open && wall(name)) {
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

/// All that can stop an end tag.
const WALLS: &[&[&[u8]]] = &[BLOCKS, SCOPE];

/// Elements that the parser opens again where they were not closed (HTML, "active formatting elements").
const FORMATTING: &[&[u8]] =
    &[b"a", b"b", b"big", b"code", b"em", b"font", b"i", b"nobr", b"s", b"small", b"strike", b"strong", b"tt", b"u"];

fn is_block(name: &[u8]) -> bool {
    BLOCKS.contains(&name)
}

/// Whether a list item that begins cannot end one outside this element.
fn ends_item(open: &[u8]) -> bool {
    !matches!(open, b"div" | b"p" | b"address" | b"li" | b"dt" | b"dd")
}

fn is_formatting(open: u32) -> bool {
    FORMATTING.iter().any(|name| hash(name) == open)
}

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

/// Where a comment ends that begins with the `--` at `from`.
fn after_comment(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(found) = text[at..].find("--") {
        at += found + 1;
        let rest = &text.as_bytes()[at + 1..];
        if rest.starts_with(b">") {
            return at + 2;
        }
        if rest.starts_with(b"!>") {
            return at + 3;
        }
    }
    text.len()
}

/// Where a tag ends: quotes count only around the value of an attribute, as in the HTML tokenizer.
fn after_tag(text: &str, from: usize) -> usize {
    #[derive(PartialEq)]
    enum State {
        Between,
        Name,
        Value,
        Bare,
        Quoted(u8),
    }
    let mut state = State::Between;
    for (at, octet) in text.as_bytes()[from..].iter().enumerate() {
        state = match (state, octet) {
            (State::Quoted(quote), octet) if quote == *octet => State::Between,
            (State::Quoted(quote), _) => State::Quoted(quote),
            (_, b'>') => return from + at + 1,
            (State::Value, b'"' | b'\'') => State::Quoted(*octet),
            (State::Value, b' ' | b'\t' | b'\n' | b'\r' | 0x0c) => State::Value,
            (State::Value, _) => State::Bare,
            (State::Bare, b' ' | b'\t' | b'\n' | b'\r' | 0x0c) => State::Between,
            (State::Bare, _) => State::Bare,
            (State::Name, b'=') => State::Value,
            (State::Name, b' ' | b'\t' | b'\n' | b'\r' | 0x0c) => State::Name,
            (_, b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/') => State::Between,
            _ => State::Name,
        };
    }
    text.len()
}

/// Where the raw text of a script, style or title ends; the end of the text where it never does.
fn after_raw(text: &str, from: usize, name: &[u8]) -> usize {
    let mut at = from;
    while let Some(found) = text[at..].find("</") {
        at += found + 2;
        let end = at + name.len();
        if text.as_bytes().get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return after_tag(text, end);
        }
    }
    text.len()
}
