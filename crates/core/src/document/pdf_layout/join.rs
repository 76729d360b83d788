//! How the end of a line and the beginning of the next make one text: words that were divided are put together again.

use super::line::ColumnLine;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The words of a document, small letters, compounds with their hyphens.
#[derive(Default)]
pub(super) struct DocumentWords {
    all: HashSet<String>,
    /// What stands before the first hyphen of its compounds.
    firsts: HashSet<String>,
}

/// Compounds whose hyphen belongs to them, and the ends by which divided words go on.
static COMPOUNDS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let lines = include_str!("compounds.txt").lines().filter(|line| !line.starts_with('#'));
    let parts = lines.map(|line| line.split(' ').collect::<Vec<_>>());
    parts.filter_map(|parts| Some((*parts.first()?, parts[1..].to_vec()))).collect()
});

/// Whether a word is only the end of a longer one.
fn is_end(word: &str) -> bool {
    COMPOUNDS["ends"].contains(&word)
}

/// Whether the two are known to make a compound.
fn is_compound(head: &str, tail: &str) -> bool {
    let known = COMPOUNDS.get(head).filter(|_| head != "ends");
    known.is_some_and(|known| known.iter().any(|part| tail.starts_with(part) || *part == "*" && !is_end(tail)))
}

impl DocumentWords {
    /// The words of these lines, but for those that a line's end may have divided.
    pub fn of(lines: &[ColumnLine]) -> Self {
        let mut words = Self::default();
        for line in lines {
            let found: Vec<&str> = line.text.split_whitespace().collect();
            let divided = line.text.ends_with(['-', '\u{2010}', '\u{ad}']);
            let whole = found.len() - usize::from(divided && !found.is_empty());
            for word in found[..whole].iter().map(|word| bare(word)).filter(|word| !word.is_empty()) {
                words.firsts.extend(word.split_once('-').map(|(first, _)| first.to_owned()));
                words.all.insert(word);
            }
        }
        words
    }

    /// Whether the document has the two halves joined by a hyphen elsewhere.
    fn has_compound(&self, text: &str, next: &str) -> bool {
        let (head, tail) = halves(text, next);
        self.has(&format!("{head}-{tail}"))
    }

    fn has(&self, word: &str) -> bool {
        self.all.contains(word)
    }
}

/// A word without what stands around it.
fn bare(word: &str) -> String {
    word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase()
}

/// Shorter halves of a divided word are words of their own by chance: "be-cause".
const OWN: usize = 4;

/// No half of a word is longer, in octets.
const LONGEST: usize = 100;

/// Appends the text of the next line to a text.
pub(super) fn append(text: &mut String, next: &str, words: &DocumentWords) {
    let next = next.trim_start();
    let (Some(last), Some(first)) = (text.chars().last(), next.chars().next()) else {
        text.push_str(next);
        return;
    };
    match last {
        '\u{ad}' => drop(text.pop()),
        // The hyphen that programs write where they divide a word; people type the other.
        '\u{2010}' => {
            text.pop();
            let (head, tail) = halves(text, next);
            if words.has_compound(text, next) || is_compound(&head, &tail) {
                text.push('-');
            }
        }
        '-' if text[..text.len() - last.len_utf8()].ends_with(char::is_alphanumeric) => {
            if first.is_alphabetic() && !keeps_hyphen(text, next, words) {
                text.pop();
            } else if !first.is_alphanumeric() {
                text.push(' ');
            }
        }
        // An address or a dash goes on without a space; so does a script that has none between words.
        '\u{2014}' | '/' if !text[..text.len() - last.len_utf8()].ends_with(char::is_whitespace) => {}
        _ if is_wide(last) && is_wide(first) => {}
        _ => text.push(' '),
    }
    text.push_str(next);
}

/// The last word of a text and the first of the next, as they stand on both sides of a hyphen.
fn halves(text: &str, next: &str) -> (String, String) {
    let mut from = text.len().saturating_sub(LONGEST);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let head = text[from..].rsplit(char::is_whitespace).next().unwrap_or_default();
    let tail = next.split(char::is_whitespace).next().unwrap_or_default();
    (bare(head), bare(tail))
}

/// Whether the hyphen at the end of a line is part of the word: it is where the document says so elsewhere, of this word
/// or of others that begin like it, where the word has another one ("case-by-case"), where it is a known compound
/// ("third-party"), or where both halves are words of their own.
fn keeps_hyphen(text: &str, next: &str, words: &DocumentWords) -> bool {
    let (head, tail) = halves(text, next);
    if words.has_compound(text, next) {
        return true;
    }
    if words.has(&format!("{head}{tail}")) {
        return false;
    }
    if next.starts_with(char::is_uppercase) {
        return true;
    }
    let after = tail.split('-').next().unwrap_or(&tail);
    let own = |half: &str| half.len() >= OWN && words.has(half);
    let begins = words.firsts.contains(&head) && after.len() >= OWN && !is_end(after);
    head.contains('-') || begins || is_compound(&head, &tail) || own(&head) && own(after)
}

/// Letters of scripts that are written without spaces.
fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{3001}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
}

/// A text with its ligatures taken apart. Invisible letters are left out where blocks are made.
pub(super) fn without_ligatures(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{fb00}' => out.push_str("ff"),
            '\u{fb01}' => out.push_str("fi"),
            '\u{fb02}' => out.push_str("fl"),
            '\u{fb03}' => out.push_str("ffi"),
            '\u{fb04}' => out.push_str("ffl"),
            '\u{fb05}' | '\u{fb06}' => out.push_str("st"),
            _ => out.push(letter),
        }
    }
    out
}
