//! Text made plain for the lexicon: lower case, ASCII, one space between words, with the way back to the page's words.
//!
//! A point that ends an abbreviation stands as `_`, so that what stands between two points is one clause. Patterns read this form; quotes are always taken from the page itself.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// A text in plain form.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    text: String,
    /// For each octet of `text`, where it came from.
    from: Vec<u32>,
    /// The length of the original.
    whole: usize,
}

impl Plain {
    /// The plain form of a text.
    #[must_use]
    pub fn of(original: &str) -> Self {
        let mut plain = Self { whole: original.len(), ..Self::default() };
        for (at, letter) in original.char_indices() {
            if letter == '.' && at + 1 < original.len() && plain.abbreviates() {
                plain.put(at, '_');
            } else {
                plain.push(at, letter);
            }
        }
        plain
    }

    /// Whether the text so far ends in an abbreviation, whose point ends nothing: `e.g`, `U.S.C`, `Inc`.
    fn abbreviates(&self) -> bool {
        const SHORT: &[&str] = &["inc", "ltd", "corp", "no", "sec", "art", "approx", "para", "vs", "et al", "cf"];
        let word = self.text.rsplit(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
        word.len() == 1 && word.starts_with(|letter: char| letter.is_ascii_lowercase()) || SHORT.contains(&word)
    }

    fn push(&mut self, at: usize, letter: char) {
        match letter {
            'A'..='Z' | 'a'..='z' | '0'..='9' => self.put(at, letter.to_ascii_lowercase()),
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{b4}' | '`' | '\u{2032}' => self.put(at, '\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => self.put(at, '"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => self.put(at, '-'),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            _ if letter.is_whitespace() => {
                if !self.text.ends_with(' ') {
                    self.put(at, ' ');
                }
            }
            _ if letter.is_ascii() => self.put(at, letter),
            '\u{df}' => {
                self.put(at, 's');
                self.put(at, 's');
            }
            _ => {
                for part in std::iter::once(letter).nfkd().filter(char::is_ascii) {
                    self.put(at, part.to_ascii_lowercase());
                }
            }
        }
    }

    fn put(&mut self, at: usize, letter: char) {
        self.text.push(letter);
        self.from.push(u32::try_from(at).unwrap_or(u32::MAX));
    }

    /// The plain text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The plain text as octets, which are ASCII throughout.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The same text with other words at some places, which do not overlap; the way back leads to what stood there.
    #[must_use]
    pub fn with(&self, places: &[(Range<usize>, &str)]) -> Self {
        let mut other = Self { whole: self.whole, ..Self::default() };
        let mut done = 0;
        for (at, word) in places {
            other.text.push_str(&self.text[done..at.start]);
            other.from.extend(&self.from[done..at.start]);
            other.text.push_str(word);
            other.from.extend(std::iter::repeat_n(self.from[at.start], word.len()));
            done = at.end;
        }
        other.text.push_str(&self.text[done..]);
        other.from.extend(&self.from[done..]);
        other
    }

    /// A range of the plain text, widened to whole words.
    #[must_use]
    pub fn whole_words(&self, at: Range<usize>) -> Range<usize> {
        let letter = |octet: &u8| octet.is_ascii_alphanumeric();
        let text = self.bytes();
        let inside = at.end > at.start && text.get(at.end - 1).is_some_and(letter);
        let more = if inside { text[at.end..].iter().take_while(|octet| letter(octet)).count() } else { 0 };
        at.start..at.end + more
    }

    /// Where a range of the plain text stands in the original.
    #[must_use]
    pub fn origin(&self, at: Range<usize>) -> Range<usize> {
        let place = |index: usize| self.from.get(index).map_or(self.whole, |place| *place as usize);
        place(at.start)..place(at.end).max(place(at.start))
    }
}
