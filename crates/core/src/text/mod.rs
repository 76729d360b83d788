//! Text as words: normal forms, sentences, shingles, counts.
//!
//! Pure functions of strings; knows nothing of pages, passages or promises.

pub(crate) mod canonical;
pub(crate) mod normal;
pub mod plain_form;
pub(crate) mod sentences;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

pub use canonical::canonical;
pub use normal::normal;
pub use normal::push_normal;
pub use sentences::sentences;

/// The words of a text, as Unicode (UAX 29) sees them: no punctuation, no white space.
#[must_use]
pub fn tokens(text: &str) -> Vec<&str> {
    text.unicode_words().collect()
}

/// The beginning of a word that its forms share.
#[must_use]
pub fn stem(word: &str) -> String {
    let endings = ["'s", "ations", "ation", "ings", "ing", "ies", "es", "ed", "e", "s", "y"];
    let bare = endings.iter().find_map(|ending| word.strip_suffix(ending).filter(|bare| bare.len() >= 3));
    bare.unwrap_or(word).to_owned()
}

/// A text without its white space: what is left of it when a PDF loses spaces.
#[must_use]
pub fn unspaced(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// How many words a text has.
///
/// # Examples
/// ```
/// assert_eq!(noticewatch_core::text::count("We don't notify: \"ever\"."), 4);
/// ```
#[must_use]
pub fn count(text: &str) -> usize {
    Runs { rest: text }.count()
}

/// A fixed sample of a text's shingles (hashes of runs of five words, every fourth by hash value), sorted: enough to
/// say how much of one text stands in another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shingles(pub Vec<u32>);

/// Every run of five words of a text, as a set of hashes of 24 bits: whether words stand in it, not only how much of them.
/// Two words put into a sentence make six new runs, so that none of them goes unseen. Written as the gaps between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u32>", into = "Vec<u32>")]
pub struct EveryRun(Vec<u32>);

impl From<Vec<u32>> for EveryRun {
    fn from(gaps: Vec<u32>) -> Self {
        let mut last = 0_u32;
        let place = |gap: u32| {
            last = last.wrapping_add(gap);
            last
        };
        Self(gaps.into_iter().map(place).collect())
    }
}

impl From<EveryRun> for Vec<u32> {
    fn from(runs: EveryRun) -> Self {
        let mut last = 0;
        runs.0.into_iter().map(|run| run.wrapping_sub(std::mem::replace(&mut last, run))).collect()
    }
}

impl EveryRun {
    /// The runs of a text that is in its [`normal`] form already.
    #[must_use]
    pub fn of_normal(text: &str) -> Self {
        Self::with_sample(text).0
    }

    /// The runs of a text that is in its [`normal`] form already, and the sample of them: both cost one pass.
    #[must_use]
    pub fn with_sample(text: &str) -> (Self, Shingles) {
        let mut runs: Vec<u32> = hashes(text).collect();
        let sample = Shingles::sampled(runs.iter().copied());
        for hash in &mut runs {
            *hash >>= 8;
        }
        runs.sort_unstable();
        runs.dedup();
        (Self(runs), sample)
    }

    /// How many different runs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the text has fewer than five words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every one of these runs stands in `other` too.
    #[must_use]
    pub fn stand_in(&self, other: &Self) -> bool {
        self.0.iter().all(|run| other.0.binary_search(run).is_ok())
    }
}

/// The hashes of a text's runs of five words, in order.
fn hashes(text: &str) -> impl Iterator<Item = u32> {
    let mut last = [0_u64; RUN];
    Runs { rest: text }.enumerate().filter_map(move |(index, word)| {
        last.rotate_left(1);
        last[RUN - 1] = fnv(word.as_bytes());
        let hash = last.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| spread(hash ^ word));
        let [a, b, c, d, ..] = hash.to_le_bytes();
        (index + 1 >= RUN).then_some(u32::from_le_bytes([a, b, c, d]))
    })
}

/// A block of text in brief: the digest of its first three words, and how many words it has. The text is in its [`normal`]
/// form already.
#[must_use]
pub fn opening(text: &str) -> (u32, u32) {
    let first =
        Runs { rest: text }.take(3).fold(0xcbf2_9ce4_8422_2325, |hash, word| spread(hash ^ fnv(word.as_bytes())));
    let [a, b, c, d, ..] = first.to_le_bytes();
    (u32::from_le_bytes([a, b, c, d]), u32::try_from(count(text)).unwrap_or(u32::MAX))
}

/// How many words make one shingle.
const RUN: usize = 5;

impl Shingles {
    /// The sample of a text's shingles; the text is brought into its [`normal`] form first.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::of_normal(&normal(text))
    }

    /// The sample of the shingles of a text that is in its [`normal`] form already.
    #[must_use]
    pub fn of_normal(text: &str) -> Self {
        Self::sampled(hashes(text))
    }

    fn sampled(hashes: impl Iterator<Item = u32>) -> Self {
        let mut sample: Vec<u32> = hashes.filter(|hash| hash.is_multiple_of(4)).collect();
        sample.sort_unstable();
        sample.dedup();
        Self(sample)
    }

    /// The share of these shingles that stand in `other` too, 0.0 to 1.0; 1.0 where there are none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of shingles are far below 2^52")]
    pub fn share_in(&self, other: &Self) -> f64 {
        if self.0.is_empty() {
            return 1.0;
        }
        let found = self.0.iter().filter(|hash| other.0.binary_search(hash).is_ok()).count();
        found as f64 / self.0.len() as f64
    }
}

/// FNV-1a: the same on every machine and in every version, unlike the standard library's hasher.
fn fnv(octets: &[u8]) -> u64 {
    octets.iter().fold(0xcbf2_9ce4_8422_2325, |hash, octet| (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3))
}

/// Spreads a hash over all its bits, so that its lowest two can choose the sample.
fn spread(hash: u64) -> u64 {
    let hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// Words found quickly: runs of letters, digits and inner apostrophes; every ideograph is a word of its own.
struct Runs<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Runs<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.rest.find(char::is_alphanumeric)?;
        let text = &self.rest[start..];
        let mut end = text.len();
        for (at, letter) in text.char_indices() {
            if at > 0 && ideograph(letter) || !(letter.is_alphanumeric() || inner_apostrophe(text, at, letter)) {
                end = at;
                break;
            }
            if ideograph(letter) {
                end = at + letter.len_utf8();
                break;
            }
        }
        self.rest = &text[end..];
        Some(&text[..end])
    }
}

/// Whether the character at `at` is an apostrophe between two letters: "don't".
fn inner_apostrophe(text: &str, at: usize, letter: char) -> bool {
    matches!(letter, '\'' | '\u{2019}')
        && text[at + letter.len_utf8()..].chars().next().is_some_and(char::is_alphabetic)
}

/// Scripts written without spaces between words: kana, Han and their neighbours (not Hangul, which uses spaces).
fn ideograph(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
