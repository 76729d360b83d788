//! The normal form of a text (docs/RULES.md 4.1): what stays the same when only typography or markup moved.
//!
//! Brand aliases and spelling pairs are no part of it: with them a rebrand or a change of locale could not be seen at all.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The normal form of a text: NFKC, lower case, one line, straight quotes, `-` for dashes; invisible characters,
/// Markdown markers, link targets, and bullets and enumerators at the start of a line left out.
///
/// # Examples
/// ```
/// use noticewatch_core::text::normal;
/// assert_eq!(normal("**4. User\u{a0}Notifications**"), "user notifications");
/// assert_eq!(normal("(b)  would \u{201c}jeopardise\u{201d} an\ninvestigation"), "would \"jeopardise\" an investigation");
/// ```
#[must_use]
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_normal(&mut out, text);
    out
}

/// Appends the [`normal`] form of `text` to `out`, as it would be alone.
pub fn push_normal(out: &mut String, text: &str) {
    let composed = compose(text);
    let start = out.len();
    for line in composed.split(['\n', '\r', '\u{2028}', '\u{2029}']) {
        let bare = without_markers(line);
        let line = if bare.trim().is_empty() { line } else { bare };
        if out.len() > start && !out.ends_with(' ') {
            out.push(' ');
        }
        if line.contains("](") {
            push_line(out, start, &without_targets(line));
        } else {
            push_line(out, start, line);
        }
    }
    while out.len() > start && out.ends_with(' ') {
        out.pop();
    }
}

/// NFKC, which costs nothing where a text is in it already.
fn compose(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let text = if text.contains('\u{b4}') { Cow::Owned(text.replace('\u{b4}', "'")) } else { Cow::Borrowed(text) };
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => Cow::Owned(text.nfkc().collect()),
    }
}

/// Appends one line, character by character.
fn push_line(out: &mut String, start: usize, line: &str) {
    let mut letters = line.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            'A'..='Z' => out.push(letter.to_ascii_lowercase()),
            ' ' | '\t' => space(out, start),
            ',' | '.' | ';' | ':' | '!' | '?' | ')' => {
                if out.len() > start && out.ends_with(' ') && !next.is_alphanumeric() {
                    out.pop();
                }
                out.push(letter);
            }
            '*' | '`' => {}
            '_' if !(before.is_alphanumeric() && next.is_alphanumeric()) => {}
            '\\' if next.is_ascii_punctuation() => {}
            '-' if next == '-' => {}
            '-' if before == '-' => dash(out, start),
            _ if letter.is_ascii() => out.push(letter),
            _ => push_other(out, start, letter),
        }
        before = letter;
    }
}

/// Appends a character outside ASCII.
fn push_other(out: &mut String, start: usize, letter: char) {
    match letter {
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2039}' | '\u{203a}' => out.push('\''),
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => out.push('"'),
        '\u{2010}'..='\u{2013}' | '\u{2212}' => out.push('-'),
        '\u{2014}' | '\u{2015}' => dash(out, start),
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => {}
        _ if letter.is_whitespace() => space(out, start),
        _ => out.extend(letter.to_lowercase()),
    }
}

/// One space, where there is none yet.
fn space(out: &mut String, start: usize) {
    if out.len() > start && !out.ends_with([' ', '(']) {
        out.push(' ');
    }
}

/// A dash between clauses, with a space at both sides however it was set.
fn dash(out: &mut String, start: usize) {
    space(out, start);
    out.push_str("- ");
}

/// A line without the targets of its Markdown links: `[text](target)` becomes `text`.
fn without_targets(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        let Some(length) = rest[at..].find(')') else { break };
        let text = &rest[..at];
        match text.rfind('[') {
            Some(open) => {
                out.push_str(text[..open].trim_end_matches('!'));
                out.push_str(&text[open + 1..]);
            }
            None => out.push_str(text),
        }
        rest = &rest[at + length + 1..];
    }
    out.push_str(rest);
    out
}

/// A line without what only marks its place: `## `, `> `, bullets, `**` before an enumerator, and one enumerator.
fn without_markers(line: &str) -> &str {
    let mut rest = line.trim_start();
    loop {
        let Some(first) = rest.chars().next() else { return rest };
        let after = match first {
            '#' => rest.trim_start_matches('#'),
            '>' | '*' | '\u{2022}' | '\u{25e6}' | '\u{25aa}' | '\u{25cf}' | '\u{2023}' | '\u{b7}' => {
                &rest[first.len_utf8()..]
            }
            '_' => rest.trim_start_matches('_'),
            '-' | '+' | '\u{2013}' | '\u{2014}' if rest[first.len_utf8()..].starts_with([' ', '\t']) => {
                &rest[first.len_utf8()..]
            }
            _ => break,
        };
        rest = after.trim_start();
    }
    without_enumerator(rest)
}

/// A line without its enumerator: `(a)`, `iv.`, `4)`, `4\.`, `2.1`.
fn without_enumerator(line: &str) -> &str {
    let (open, rest) = line.strip_prefix('(').map_or((false, line), |rest| (true, rest));
    let length = rest.bytes().take(12).take_while(u8::is_ascii_alphanumeric).count();
    let (label, rest) = rest.split_at(length);
    if !is_label(label) {
        return line;
    }
    let after = rest.trim_start_matches('\\');
    if let Some(after) = after.strip_prefix(')').or_else(|| after.strip_prefix('.').filter(|_| !open)) {
        if after.is_empty() || after.starts_with([' ', '\t', '*', '\u{a0}']) {
            return after.trim_start();
        }
        if !open && label.bytes().all(|octet| octet.is_ascii_digit()) {
            return without_subsection(after).unwrap_or(line);
        }
    }
    line
}

/// What follows the rest of a section number, `2.1.` or `2 ` after `1.`, where a capital letter follows it.
fn without_subsection(rest: &str) -> Option<&str> {
    let after = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == '\\');
    let text = after.trim_start();
    (after.len() < rest.len() && text.len() < after.len() && text.starts_with(char::is_uppercase)).then_some(text)
}

/// Whether letters or digits can be an enumerator: up to three digits, one letter, or a small Roman number.
fn is_label(label: &str) -> bool {
    match label.len() {
        1 => true,
        2..=4 => {
            let digits = label.len() < 4 && label.bytes().all(|octet| octet.is_ascii_digit());
            digits || label.bytes().all(|octet| matches!(octet.to_ascii_lowercase(), b'i' | b'v' | b'x'))
        }
        _ => false,
    }
}
