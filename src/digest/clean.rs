//! Text from a page made fit for a letter: no control characters, no hidden direction changes, words of bearable length.
//!
//! Escaping for HTML is the template's work and encoding for headers the mail builder's; nothing here knows either.

/// Characters that a reader cannot see and that change how others are shown: direction marks and overrides, tags, fillers.
/// The joiners U+200C and U+200D stay: Persian and the Indic scripts are written with them.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}' | '\u{00AD}' | '\u{180E}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// One run of text as it stands, white space included, without control and hidden characters.
pub fn visible(text: &str) -> String {
    text.chars()
        .filter(|character| !is_hidden(*character))
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
    fn long_text_is_cut_behind_a_word() {
        assert_eq!(cut("we will attempt to provide notice", 20), "we will attempt to…");
        assert_eq!(cut(&"x".repeat(1500), 10), "xxxxxxxxx…");
        assert_eq!(cut("short", 10), "short");
    }
}
