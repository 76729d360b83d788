//! Text from a page made fit for a letter: no control characters, no hidden direction changes, words of bearable length.
//!
//! Escaping for HTML is the template's work and encoding for headers the mail builder's; nothing here knows either.

use regex::Regex;
use std::sync::LazyLock;
use unicode_normalization::char::is_combining_mark;

/// Marks over and under one letter, at most: no script needs more, and a heap of them covers the lines around it.
const MOST_MARKS: usize = 4;

/// Characters that a reader cannot see and that change how others are shown: direction marks and overrides, tags,
/// fillers, further variation selectors, and what is no character at all (which HTML forbids).
/// The joiners U+200C and U+200D stay: Persian and the Indic scripts are written with them.
fn is_hidden(character: char) -> bool {
    u32::from(character) & 0xFFFE == 0xFFFE
        || matches!(character,
            '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}' | '\u{00AD}' | '\u{180E}'
            | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{FFFC}' | '\u{FDD0}'..='\u{FDEF}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E01EF}')
}

/// Whether a text is written from right to left: by its first letter that has a direction of its own.
pub fn is_rtl(text: &str) -> bool {
    let first = text.chars().find(|character| character.is_alphabetic());
    first.is_some_and(|letter| {
        matches!(letter, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
            | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
    })
}

/// The text in pieces, none of which a mail program takes for an address by itself: what a page names is quoted, not
/// offered to be followed.
pub fn unlinked(text: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let mut pieces = Vec::new();
    let mut start = 0;
    for window in letters.windows(3) {
        let [(_, before), (at, mark), (_, after)] = window else { continue };
        let host = matches!(mark, '.' | '@') && before.is_alphanumeric() && after.is_alphabetic();
        let scheme = *mark == ':' && before.is_ascii_alphabetic() && (*after == '/' || after.is_ascii_alphabetic());
        if host || scheme {
            pieces.push(&text[start..*at]);
            start = *at;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// The text in pieces, and whether each is a date or a time as letters write them, which no line end may break.
pub fn timed(text: &str) -> Vec<(&str, bool)> {
    static TIME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?\b").expect("a pattern"));
    let (mut pieces, mut from) = (Vec::new(), 0);
    for found in TIME.find_iter(text) {
        pieces.extend([(&text[from..found.start()], false), (found.as_str(), true)]);
        from = found.end();
    }
    pieces.push((&text[from..], false));
    pieces
}

/// One run of text as it stands, white space included, without control and hidden characters.
pub fn visible(text: &str) -> String {
    let mut marks = 0;
    text.chars()
        .filter(|character| {
            marks = if is_combining_mark(*character) { marks + 1 } else { 0 };
            marks <= MOST_MARKS && !is_hidden(*character)
        })
        .map(|character| if character.is_whitespace() && character != '\n' { ' ' } else { character })
        .filter(|character| *character == '\n' || !character.is_control())
        .collect()
}

/// The text as one line with single spaces.
pub fn line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text as one line of at most `most` characters, cut behind a word where one ends near, with `…` in place of the rest.
pub fn cut(text: &str, most: usize) -> String {
    let text = line(text);
    if text.chars().count() <= most {
        return text;
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    let head = match head.rfind(' ') {
        Some(end) if head[..end].chars().count() * 2 >= most => &head[..end],
        _ => &head,
    };
    format!("{}…", head.trim_end_matches([' ', ',', ';', ':', '.', '…']))
}

/// The text as one line in which no word is longer than `most` characters.
pub fn short_words(text: &str, most: usize) -> String {
    line(text).split(' ').map(|word| cut(word, most)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_gone() {
        assert_eq!(line("we\r\nwill\0 \u{1b}[31mnotify\u{202e} you\u{200b}"), "we will [31mnotify you");
        assert_eq!(visible("a\tb\nc\u{85}d"), "a b\nc d");
    }

    #[test]
    fn marks_do_not_pile_up() {
        assert_eq!(visible(&format!("a{}b", "\u{301}".repeat(50))), format!("a{}b", "\u{301}".repeat(4)));
        assert_eq!(visible("שָׁלוֹם"), "שָׁלוֹם", "three to a letter are written");
        assert_eq!(visible("a\u{FFFF}\u{FDD0}\u{1FFFE}b"), "ab");
    }

    #[test]
    fn addresses_fall_to_pieces_and_sentences_do_not() {
        assert_eq!(unlinked("See https://evil.example/x now."), ["See https", "://evil", ".example/x now."]);
        assert_eq!(unlinked("a@b.example mailto:c"), ["a", "@b", ".example mailto", ":c"]);
        assert_eq!(
            unlinked("We notify you. We do so: always, 10.5 days"),
            ["We notify you. We do so: always, 10.5 days"]
        );
        assert_eq!(unlinked(""), [""]);
    }

    #[test]
    fn long_text_is_cut_behind_a_word() {
        assert_eq!(cut("we will attempt to provide notice", 20), "we will attempt to…");
        assert_eq!(cut(&"x".repeat(1500), 10), "xxxxxxxxx…");
        assert_eq!(cut("short", 10), "short");
    }
}
