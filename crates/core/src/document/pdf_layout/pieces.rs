//! Lines to headings, paragraphs and list items: by the gap before a line, its indent, its mark, its type, and by whether
//! its first word would have had room on the line before.

use super::join;
use super::join::DocumentWords;
use super::line::ColumnLine;
use crate::document::blocks::{BlockWriter, TextRun, looks_like_heading};
use crate::document::plain_text;
use std::collections::HashMap;

/// Type larger than this share of that of the running text makes headings.
const LARGER: f32 = 1.12;

/// A gap larger than this share of the usual one parts paragraphs.
const WIDER: f32 = 1.2;

/// An indent of this share of the size is one.
const INDENT: f32 = 0.7;

/// Lists inside lists.
const NESTED: usize = 8;

/// Lines of a heading.
const HEADING_LINES: usize = 4;

/// Writes the blocks of a document.
pub(super) fn write(lines: &[ColumnLine]) -> BlockWriter {
    let styles = Styles::of(lines);
    let words = DocumentWords::of(lines);
    let mut output = Output { writer: BlockWriter::default(), styles: &styles, marks: Vec::new() };
    let mut piece: Option<LayoutPiece<'_>> = None;
    for line in lines {
        match &mut piece {
            Some(piece) if piece.goes_on(line, &styles) => piece.add(line, &words),
            _ => {
                output.write(piece.take());
                piece = Some(LayoutPiece::of(line));
            }
        }
    }
    output.write(piece);
    output.writer
}

/// What the type of a document means.
struct Styles {
    /// The size of the running text.
    body: f32,
    /// Sizes of headings, the largest first.
    headings: Vec<f32>,
    /// The usual distance of two lines, by their size.
    leading: HashMap<i32, f32>,
}

/// Sizes that differ by less than half a point are one.
#[expect(clippy::cast_possible_truncation, reason = "sizes of type are small")]
fn step(value: f32) -> i32 {
    (value * 2.0).round().clamp(0.0, 4_000.0) as i32
}

impl Styles {
    fn of(lines: &[ColumnLine]) -> Self {
        let mut letters: HashMap<i32, (usize, f32)> = HashMap::new();
        let mut gaps: HashMap<i32, HashMap<i32, usize>> = HashMap::new();
        for line in lines {
            let entry = letters.entry(step(line.size)).or_insert((0, line.size));
            entry.0 += line.text.len();
        }
        for pair in lines.windows(2) {
            let gap = pair[1].y - pair[0].y;
            let same = pair[0].column == pair[1].column && step(pair[0].size) == step(pair[1].size);
            if same && gap > 0.0 && gap < pair[0].size * 3.0 {
                *gaps.entry(step(pair[0].size)).or_default().entry(step(gap)).or_default() += 1;
            }
        }
        // The most frequent, the smaller one where two are as frequent.
        let body =
            letters.iter().max_by_key(|(size, (letters, _))| (*letters, -**size)).map_or(0.0, |(_, (_, size))| *size);
        let mut headings: Vec<f32> =
            letters.values().map(|(_, size)| *size).filter(|size| *size > body * LARGER).collect();
        headings.sort_by(|one, other| other.total_cmp(one));
        let leading = gaps.into_iter().filter_map(|(size, gaps)| {
            let usual = gaps.into_iter().max_by_key(|(gap, count)| (*count, -*gap))?;
            Some((size, f32::from(i16::try_from(usual.0).unwrap_or(i16::MAX)) / 2.0))
        });
        Self { body, headings, leading: leading.collect() }
    }

    fn is_large(&self, line: &ColumnLine) -> bool {
        line.size > self.body * LARGER
    }

    fn leading(&self, line: &ColumnLine) -> f32 {
        let found = self.leading.get(&step(line.size)).copied();
        found.filter(|gap| *gap < line.size * 2.2).unwrap_or(line.size * 1.25)
    }

    /// The level of a heading: larger type first, then bold capitals, then bold.
    fn level(&self, line: &ColumnLine, capitals: bool) -> u8 {
        let larger = self.headings.iter().filter(|size| **size > line.size + 0.25).count();
        let level = if self.is_large(line) { larger + 1 } else { self.headings.len() + if capitals { 1 } else { 2 } };
        u8::try_from(level).unwrap_or(6).min(6)
    }
}

/// A heading, paragraph or item in the making.
struct LayoutPiece<'a> {
    first: &'a ColumnLine,
    last: &'a ColumnLine,
    lines: usize,
    text: String,
    /// The left edge of its text: behind the mark of an item.
    left: f32,
    item: bool,
}

impl<'a> LayoutPiece<'a> {
    fn of(line: &'a ColumnLine) -> Self {
        let item = mark(&line.text).is_some();
        let text = line.text.clone();
        Self { first: line, last: line, lines: 1, text, left: line.x0, item }
    }

    fn add(&mut self, line: &'a ColumnLine, words: &DocumentWords) {
        if self.lines == 1 || line.column != self.last.column {
            self.left = line.x0;
        }
        join::append(&mut self.text, &line.text, words);
        self.last = line;
        self.lines += 1;
    }

    /// Whether a line belongs to this piece.
    fn goes_on(&self, line: &ColumnLine, styles: &Styles) -> bool {
        let last = self.last;
        if (line.size - last.size).abs() > last.size * 0.08 || is_contents(&last.text) || is_contents(&line.text) {
            return false;
        }
        let near =
            line.column == last.column && line.y >= last.y && line.y - last.y <= styles.leading(last) * WIDER + 0.5;
        let open = !ends(&last.text) && line.text.starts_with(char::is_lowercase);
        if styles.is_large(line) || line.bold && last.bold {
            return near && line.bold == last.bold && mark(&line.text).is_none();
        }
        if line.bold != last.bold && !(near && open) {
            return false;
        }
        if line.column != last.column {
            return mark(&line.text).is_none() && (open || !ends(&last.text) && !room(last, line));
        }
        if !near {
            return false;
        }
        let indent = line.size * INDENT;
        let deeper = line.x0 > self.left + indent;
        let fresh = room(last, line) && !starts_small(&line.text);
        match mark(&line.text) {
            Some(bullet) => !(bullet || fresh || deeper || last.text.ends_with([':', ';']) || introduces(&last.text)),
            // Left of the text of an item stands what follows the list.
            None if self.item && self.lines > 1 && line.x0 < self.left - indent => false,
            None if self.item && self.lines == 1 && line.x0 <= self.first.x0 - indent => false,
            // The first line of a paragraph is indented; so is the second of an item.
            None if !self.item && deeper && self.lines > 1 => !ends(&last.text),
            None => !fresh,
        }
    }
}

/// Whether the first word of a line would have had room on the line before.
fn room(last: &ColumnLine, line: &ColumnLine) -> bool {
    let letters = line.text.chars().count().max(1);
    let word = line.text.split_whitespace().next().map_or(0, |word| word.chars().count());
    last.right - last.x1 > (line.x1 - line.x0) * share(word, letters) + line.size * 0.6
}

#[expect(clippy::cast_precision_loss, reason = "letters of a line are far fewer than 2^23")]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

/// Whether a sentence may end with this line.
fn ends(text: &str) -> bool {
    text.trim_end_matches(|letter: char| "\")\u{201d}\u{2019}]\u{200b} ".contains(letter))
        .ends_with(['.', '!', '?', ':', ';'])
}

fn introduces(text: &str) -> bool {
    [" or", " and", "and/or"].iter().any(|end| text.ends_with(end))
}

fn starts_small(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_lowercase() || ",;)".contains(letter))
}

/// "2. Legal requests ........ 3", a row of a table of contents.
fn is_contents(text: &str) -> bool {
    text.contains(".....") || text.contains(". . . .")
}

/// Whether a line begins with a bullet (true) or an enumerator (false).
fn mark(text: &str) -> Option<bool> {
    let bullets = [
        '\u{25cb}', '\u{25a0}', '\u{25a1}', '\u{2023}', '\u{2043}', '\u{2013}', '\u{27a2}', '\u{2713}', '\u{f0b7}',
        '\u{f0a7}',
    ];
    let rest = text.trim_start().strip_prefix(bullets);
    if rest.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_whitespace() || letter == '\u{200b}')) {
        return Some(true);
    }
    plain_text::mark(&text.replace('\u{200b}', "")).map(|(_, bullet)| bullet)
}

/// A text without the bullet before it.
fn without_bullet(text: &str) -> &str {
    let rest = text.trim_start();
    match rest.split_once(char::is_whitespace) {
        Some((bullet, rest)) if mark(text) == Some(true) && bullet.chars().count() <= 2 => rest.trim_start(),
        _ => rest,
    }
}

/// "USER NOTICE": letters, and none of them small.
fn is_capitals(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    letters >= 3 && !text.chars().any(char::is_lowercase)
}

/// Where the blocks go.
struct Output<'a> {
    writer: BlockWriter,
    styles: &'a Styles,
    /// The places of the marks of the lists that are open.
    marks: Vec<f32>,
}

impl Output<'_> {
    fn write(&mut self, piece: Option<LayoutPiece<'_>>) {
        let Some(piece) = piece else { return };
        let text = join::without_ligatures(&piece.text);
        let first = piece.first;
        let capitals = is_capitals(&text);
        let alone = first.bold || capitals && piece.lines == 1;
        if !is_contents(&text)
            && mark(&text) != Some(true)
            && (self.styles.is_large(first) || alone)
            && piece.lines <= HEADING_LINES
            && looks_like_heading(&text)
        {
            self.marks.clear();
            let level = self.styles.level(first, capitals);
            return self.writer.heading(level, TextRun { text: &text, bold: first.bold, link: false });
        }
        if !piece.item {
            self.marks.retain(|mark| *mark < first.x0 - 2.0);
            return self.writer.run(TextRun { text: &text, bold: false, link: false });
        }
        while self.marks.last().is_some_and(|mark| *mark > first.x0 + 2.0) {
            self.marks.pop();
        }
        if self.marks.len() < NESTED && self.marks.last().is_none_or(|mark| *mark < first.x0 - 2.0) {
            self.marks.push(first.x0);
        }
        self.marks.iter().for_each(|_| self.writer.open_list());
        self.writer.open_item();
        self.writer.run(TextRun { text: without_bullet(&text), bold: false, link: false });
        self.writer.close_item();
        self.marks.iter().for_each(|_| self.writer.close_list());
    }
}
