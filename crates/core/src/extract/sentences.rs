//! A document as lines: the sentences of its blocks in plain form, with the section each stands in.
//!
//! Knows the order and the headings; what a line says is weighed in `weigh`.

use super::lexicon::entry::{Role, compile};
use super::lexicon::family;
use super::types::Class;
use crate::document::{Block, BlockKind, Document};
use crate::target::TermsKind;
use crate::text;
use crate::text::plain_form::Plain;
use regex::bytes::Regex;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

/// A sentence longer than this is read in pieces, so that hostile lines cost linear time.
const LONGEST: usize = 2_000;

/// What the headings above a line announce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each heading may announce several things at once")]
pub(crate) struct Announced {
    /// A section about user notice.
    pub notice: bool,
    /// A section about demands by authorities or litigants.
    pub strong: bool,
    /// A section about what law may require.
    pub demand: bool,
    /// A section about demands to remove content.
    pub content: bool,
    /// A section about something else that users are told of: mergers, breaches, changes.
    pub elsewhere: bool,
    /// The nearest heading announces something else, and nothing of demands.
    pub apart: bool,
}

/// One sentence of a document.
pub(crate) struct Line<'a> {
    /// The index of its block.
    pub block: usize,
    /// Its words on the page.
    pub text: &'a str,
    /// Its plain form.
    pub plain: Plain,
    /// Number of its section: blocks that follow each other under one heading path.
    pub section: usize,
    /// It stands in a list.
    pub item: bool,
    /// What its headings announce.
    pub announced: Announced,
    /// The class as which it speaks of telling users about demands.
    pub hit: Option<Class>,
    /// It belongs to a promise spoken beside it.
    pub depends: bool,
    /// Whether it names a demand for data, once that was asked.
    pub names_demand: OnceCell<bool>,
    /// Guards that spoke.
    pub tags: Rc<[&'static str]>,
}

impl Line<'_> {
    /// Whether the line stands in a quote.
    pub(crate) fn speaks(&self) -> bool {
        self.hit.is_some() || self.depends
    }
}

/// The lines of a document, headings left out.
pub(crate) fn of(document: &Document, kind: TermsKind) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut section = 0;
    let mut last: Option<&[String]> = None;
    let mut announced = Announced::default();
    let mut titled = false;
    let mut headings = Headings { kind, seen: HashMap::new() };
    for (index, block) in document.blocks.iter().enumerate() {
        if block.kind == BlockKind::Heading {
            continue;
        }
        if last != Some(&block.heading) {
            last = Some(&block.heading);
            section += 1;
            titled = false;
            announced = headings.announce(block.heading.iter().map(String::as_str));
        }
        if looks_like_title(block) {
            let path = block.heading.iter().map(String::as_str).chain([block.text.as_str()]);
            let under_title = headings.announce(path);
            if titled || under_title != announced {
                section += 1;
                titled = true;
                announced = under_title;
            }
            if titled && !block.text.ends_with('?') {
                continue;
            }
        }
        for sentence in text::sentences(&block.text) {
            for text in pieces(sentence) {
                lines.push(Line {
                    block: index,
                    text,
                    plain: Plain::of(text),
                    section,
                    item: matches!(block.kind, BlockKind::Item(_)),
                    announced,
                    hit: None,
                    depends: false,
                    names_demand: OnceCell::new(),
                    tags: Rc::from([]),
                });
            }
        }
    }
    lines
}

/// What headings announce, each looked at once.
struct Headings<'a> {
    kind: TermsKind,
    seen: HashMap<&'a str, (Announced, Announced)>,
}

impl<'a> Headings<'a> {
    /// What a heading path announces. Deep paths are read from their end: hostile nesting must not cost more.
    fn announce(&mut self, path: impl DoubleEndedIterator<Item = &'a str>) -> Announced {
        let mut announced = Announced::default();
        for (height, heading) in path.rev().take(4).enumerate() {
            let kind = self.kind;
            let (near, far) = *self.seen.entry(heading).or_insert_with(|| one(heading, kind));
            let found = if height < 2 { near } else { far };
            announced.apart |= height == 0 && near.elsewhere && !(near.strong || near.demand || near.notice);
            announced.notice |= found.notice;
            announced.strong |= found.strong;
            announced.demand |= found.demand;
            announced.content |= found.content;
            announced.elsewhere |= found.elsewhere;
        }
        announced.strong |= self.kind == TermsKind::Report && !announced.content && !announced.elsewhere;
        announced.demand |= announced.strong;
        announced.notice &= self.kind == TermsKind::LawEnforcement || announced.demand;
        announced
    }
}

/// What one heading announces for what stands right under it, and for what stands deeper.
fn one(heading: &str, kind: TermsKind) -> (Announced, Announced) {
    let cut = heading.char_indices().nth(400).map_or(heading.len(), |(at, _)| at);
    let plain = Plain::of(&heading[..cut]);
    let changes = ["chang", "updat", "amend", "breach", "privacy"].iter().any(|word| plain.text().contains(word));
    let mut near = Announced::default();
    for found in family(Role::Heading).find(plain.bytes()) {
        match found.entry.value {
            "notice" => near.notice |= !changes,
            "bare" => near.notice |= kind == TermsKind::LawEnforcement,
            "strong" => near.strong = true,
            "demand" => near.demand = true,
            "content-demand" => near.content = true,
            _ => near.elsewhere = true,
        }
    }
    let far = Announced { strong: near.strong, demand: near.demand, ..Announced::default() };
    (near, far)
}

/// Whether a paragraph looks like a heading that was never marked as one, as in plain text: short, without the point
/// that ends a sentence. It opens a section only where it announces something.
fn looks_like_title(block: &Block) -> bool {
    let question = block.text.ends_with('?');
    block.kind == BlockKind::Paragraph
        && block.text.len() <= if question { 160 } else { 90 }
        && !block.text.ends_with(['.', '!', ':', ';', ',', ')'])
        && block.text.starts_with(|letter: char| letter.is_uppercase() || letter.is_ascii_digit())
        && (question
            || ![" will ", " may ", " we ", " you ", " is ", " are "].iter().any(|verb| block.text.contains(verb)))
}

/// Captures that lost their line breaks run sentences together: "offences.Context and Offence(s)".
static JOINT: LazyLock<Regex> = LazyLock::new(|| compile(r"[a-z)]\.[A-Z][a-z][a-z]"));

/// A sentence, cut at spaces where it is too long to be one.
fn pieces(sentence: &str) -> impl Iterator<Item = &str> {
    let mut rest = sentence.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // No further than a piece may be long: a text without joints is looked through once.
        let near = &rest.as_bytes()[..rest.len().min(LONGEST)];
        if let Some(joint) = JOINT.find(near).filter(|_| sentence.len() > 200) {
            let (piece, tail) = rest.split_at(joint.start() + 2);
            rest = tail;
            return Some(piece);
        }
        if rest.len() <= LONGEST {
            return Some(std::mem::take(&mut rest));
        }
        let mut cut = LONGEST;
        while !rest.is_char_boundary(cut) {
            cut -= 1;
        }
        let cut = rest[..cut].rfind([';', ' ']).map_or(cut, |at| at + 1);
        let (piece, tail) = rest.split_at(cut);
        rest = tail;
        Some(piece)
    })
}
