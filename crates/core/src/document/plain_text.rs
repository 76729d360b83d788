//! Plain text to blocks: lines that were wrapped at a column are joined again, and what looks like a heading, a list
//! item or a new paragraph is told by its mark, its indent and by how short the line before it is.
//!
//! Knows the habits of typed text; nothing here knows what a text means.

use super::blocks::{BlockWriter, TextRun};

/// A line up to so many words can be a heading.
const HEADING_WORDS: usize = 12;

/// Text with a longer line than this was not wrapped: each of its lines is a paragraph.
const WRAPPED: usize = 130;

/// Reads a plain text.
pub(crate) fn read(source: &str) -> BlockWriter {
    let mut writer = BlockWriter::default();
    for run in runs(source) {
        match run.as_slice() {
            [line] if is_capitals(line) => writer.heading(1, plain(line)),
            [line] if is_numbered_heading(line) => writer.heading(2, plain(line)),
            lines => pieces(&mut writer, lines),
        }
    }
    writer
}

fn plain(text: &str) -> TextRun<'_> {
    TextRun { text, bold: false, link: false }
}

/// Runs of lines between empty ones; a sentence that goes on after an empty line (a page ends there) goes on.
fn runs(source: &str) -> Vec<Vec<&str>> {
    let mut found: Vec<Vec<&str>> = vec![Vec::new()];
    let mut open = false;
    for line in source.split(['\n', '\r', '\u{c}']).map(str::trim_end) {
        if line.is_empty() {
            open = false;
            continue;
        }
        let last = found.last().and_then(|run| run.last()).copied();
        let goes_on = last.is_some_and(|last| {
            last.len() > 40
                && last.ends_with(|letter: char| letter.is_lowercase() || letter == ',')
                && line.trim_start().starts_with(char::is_lowercase)
                && mark(line).is_none()
        });
        match found.last_mut() {
            Some(run) if open || goes_on || run.is_empty() => run.push(line),
            _ => found.push(vec![line]),
        }
        open = true;
    }
    found
}

/// The headings, paragraphs and items in a run of lines.
fn pieces(writer: &mut BlockWriter, lines: &[&str]) {
    let widest = lines.iter().map(|line| line.len()).max().unwrap_or_default();
    let mut piece = TextPiece { text: String::new(), item: false, indent: 0 };
    let mut last = "";
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).copied();
        if is_underline(line) && !last.is_empty() {
            piece.heading(writer, 1);
            last = "";
            continue;
        }
        let fresh = last.is_empty() || widest > WRAPPED || ends_short(last, widest);
        if (fresh || last.ends_with(['.', ':']) && line.len() * 10 < widest * 6)
            && next.is_some_and(|next| heads(line, next))
            || is_contents(line)
        {
            piece.write(writer);
            piece.text.push_str(line);
            if is_contents(line) {
                piece.write(writer);
            } else {
                piece.heading(writer, 2);
            }
            last = "";
            continue;
        }
        let deeper = indent(line) > piece.indent;
        match mark(line) {
            Some((rest, bullet)) if bullet || fresh || deeper || introduces(last) => {
                piece.write(writer);
                piece = TextPiece { text: rest.to_owned(), item: true, indent: indent(line) };
            }
            _ if fresh && (!piece.item || !deeper) && starts_paragraph(line) || widest > WRAPPED => {
                piece.write(writer);
                piece = TextPiece { text: (*line).to_owned(), item: false, indent: indent(line) };
            }
            _ => {
                piece.text.push(' ');
                piece.text.push_str(line.trim_start());
            }
        }
        last = line;
    }
    piece.write(writer);
}

/// A piece in the making.
struct TextPiece {
    text: String,
    item: bool,
    indent: usize,
}

impl TextPiece {
    fn write(&mut self, writer: &mut BlockWriter) {
        if self.item {
            writer.open_list();
            writer.open_item();
        }
        writer.run(plain(&self.text));
        if self.item {
            writer.close_item();
            writer.close_list();
        }
        self.text.clear();
        self.item = false;
    }

    /// The piece was a heading.
    fn heading(&mut self, writer: &mut BlockWriter, level: u8) {
        writer.heading(level, plain(&self.text));
        self.text.clear();
        self.item = false;
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The text after a bullet (true) or an enumerator such as `(a)`, `b.` or `2)`, where the line begins with one. The
/// enumerator stays with the text, as it does in a paragraph.
pub(crate) fn mark(line: &str) -> Option<(&str, bool)> {
    let line = line.trim_start();
    let bullets = ['-', '*', '+', '\u{2022}', '\u{25e6}', '\u{25aa}', '\u{25cf}', '\u{b7}', 'o'];
    if let Some(rest) = line.strip_prefix(bullets).filter(|rest| rest.starts_with([' ', '\t'])) {
        return Some((rest.trim_start(), true)).filter(|(rest, _)| !rest.is_empty());
    }
    let inner = line.strip_prefix('(').unwrap_or(line);
    let name: usize = inner.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let letters = &inner[..name];
    let roman = letters.bytes().all(|octet| b"ivxIVX".contains(&octet));
    let enumerator = (1..=4).contains(&name)
        && (name == 1 || roman || letters.bytes().all(|octet| octet.is_ascii_digit()) && name < 3);
    let after = inner[name..].strip_prefix([')', '.'])?;
    (enumerator && after.starts_with([' ', '\t'])).then_some((line, false))
}

/// Whether a line ends a paragraph: its sentence ends, and there was room for more.
fn ends_short(line: &str, widest: usize) -> bool {
    line.ends_with(['.', '!', '?', ':', ';', '"', ')']) && line.len() * 10 < widest * 8
}

/// Whether a line may stand before the next item of a list.
fn introduces(line: &str) -> bool {
    line.ends_with([':', ';']) || [" or", " and", "and/or"].iter().any(|end| line.ends_with(end))
}

fn starts_paragraph(line: &str) -> bool {
    line.trim_start().starts_with(|letter: char| letter.is_uppercase() || letter.is_ascii_digit() || letter == '"')
}

/// Whether a line heads what follows right under it.
fn heads(line: &str, next: &str) -> bool {
    (is_capitals(line) || is_numbered_heading(line))
        && !is_capitals(next)
        && mark(next).is_none_or(|(_, bullet)| bullet)
        && starts_paragraph(next)
        && (line.ends_with('?') || ![" we ", " will ", " may ", " you "].iter().any(|verb| line.contains(verb)))
}

/// "2. Legal requests ........ 3", a row of a table of contents.
fn is_contents(line: &str) -> bool {
    let words = line.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
    words.len() < line.len() && (words.ends_with("....") || words.ends_with(". . ."))
}

/// "USER NOTIFICATION".
fn is_capitals(line: &str) -> bool {
    let letters = line.chars().filter(|letter| letter.is_alphabetic()).count();
    letters >= 3 && !line.chars().any(char::is_lowercase) && line.split_whitespace().count() <= HEADING_WORDS
}

/// "4. User notifications", no full stop at its end.
fn is_numbered_heading(line: &str) -> bool {
    let line = line.trim();
    let digits = line.bytes().take_while(|octet| octet.is_ascii_digit() || *octet == b'.').count();
    let rest = line[digits..].trim_start();
    (1..=6).contains(&digits)
        && line.as_bytes()[0].is_ascii_digit()
        && line[..digits].contains('.')
        && rest.starts_with(char::is_uppercase)
        && !rest.ends_with(['.', ';', ',', ':'])
        && rest.split_whitespace().count() <= HEADING_WORDS
        && !is_contents(line)
}

/// "=====" or "-----" under a title.
fn is_underline(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && (line.bytes().all(|octet| octet == b'=') || line.bytes().all(|octet| octet == b'-'))
}
