//! Plain text to blocks: paragraphs by empty lines, bullets as items, short lines in capitals or under numbers as headings.

use super::blocks::{Run, Writer};

/// A line up to so many words can be a heading.
const HEADING_WORDS: usize = 12;

/// Reads a plain text.
pub(super) fn read(source: &str) -> Writer {
    let mut writer = Writer::default();
    for paragraph in paragraphs(source) {
        match paragraph.as_slice() {
            [line] if is_capitals(line) => writer.heading(1, plain(line)),
            [line] if is_numbered_heading(line) => writer.heading(2, plain(line)),
            [line, rule] if is_underline(rule) => writer.heading(1, plain(line)),
            lines => pieces(&mut writer, lines),
        }
    }
    writer
}

fn plain(text: &str) -> Run<'_> {
    Run { text, bold: false, link: false }
}

/// Runs of lines between empty ones.
fn paragraphs(source: &str) -> Vec<Vec<&str>> {
    let mut found = vec![Vec::new()];
    for line in source.split(['\n', '\r', '\u{c}']) {
        if line.trim().is_empty() {
            if found.last().is_some_and(|paragraph| !paragraph.is_empty()) {
                found.push(Vec::new());
            }
        } else if let Some(paragraph) = found.last_mut() {
            paragraph.push(line.trim_end());
        }
    }
    found
}

/// The paragraphs and items in a run of lines; a line that begins with a bullet begins an item.
fn pieces(writer: &mut Writer, lines: &[&str]) {
    let mut text = String::new();
    let mut in_item = false;
    for line in lines {
        if let Some(rest) = without_bullet(line) {
            write(writer, &mut text, in_item);
            in_item = true;
            text.push_str(rest);
        } else {
            text.push(' ');
            text.push_str(line);
        }
    }
    write(writer, &mut text, in_item);
}

fn write(writer: &mut Writer, text: &mut String, item: bool) {
    if item {
        writer.open_list();
        writer.open_item();
    }
    writer.run(plain(text));
    if item {
        writer.close_item();
        writer.close_list();
    }
    text.clear();
}

/// The text after a bullet or `(a)`, where the line begins with one.
fn without_bullet(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix(['-', '*', '\u{2022}', '\u{25e6}', '\u{25aa}', '\u{25cf}', '\u{b7}', 'o'])?;
    rest.starts_with([' ', '\t']).then(|| rest.trim_start()).filter(|rest| !rest.is_empty())
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
}

/// "=====" or "-----" under a title.
fn is_underline(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && (line.bytes().all(|octet| octet == b'=') || line.bytes().all(|octet| octet == b'-'))
}
