//! The words that carry a condition: modals, negations, `if`, `unless`, `before`, `where required`, numbers (DOMAIN.md R4).
//!
//! Knows which of them mean the same (DOMAIN.md R6) and nothing of slots; what moves here and in no slot is a case for a person.

use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The role tokens of a text and how often each stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(BTreeMap<String, usize>);

/// Role tokens on one side only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Only before.
    pub lost: Vec<String>,
    /// Only after.
    pub gained: Vec<String>,
}

/// Phrases that mean the same, each with the token that stands for it: tried in this order on the canonical form.
static SAME: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let ban = "(?:prohibited|forbidden|prevented|barred|precluded|restrained|restricted|disallowed)";
    let leave = "(?:permitted|allowed|permissible|lawful|possible under (?:the )?law)";
    let few = r"(?:[\w/']+ ){0,4}?";
    [
        (format!(r"\b(?:unless|except (?:where|when|if|as)|other than where|where not|if not|when not) {few}{ban}\b"), " @ban "),
        (format!(r"\b(?:where|when|if|whenever|wherever|as|unless not|provided that|to the extent) {few}{leave}\b"), " @ban "),
        (r"\b(?:to the (?:maximum |fullest )?extent|as far as|in so far as|insofar as) (?:the )?(?:applicable )?law (?:allows|permits)\b".to_owned(), " @ban "),
        (format!(r"\b(?:where|when|if|whenever|wherever|unless|as|to the extent) {few}required\b"), " when-required "),
        (r"\b(?:prior to|in advance of|ahead of|previous to)\b".to_owned(), " before "),
        (r"\bin advance\b".to_owned(), " before "),
        (r"\bexcept (?:where|when|if|as|in)\b".to_owned(), " unless "),
        (r"\b(?:sections?|articles?|clauses?|paragraphs?|parts?|§+) *[\d.]+(?:\([a-z0-9]+\))*".to_owned(), " "),
        (r"\b\d+ (?:u\.?s\.?c\.?|c\.?f\.?r\.?)(?: §*)? *[\d.]+(?:\([a-z0-9]+\))*".to_owned(), " "),
        (r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b".to_owned(), " "),
        (r"\b\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? \d{4}\b".to_owned(), " "),
        (r"\b(?:19|20)\d\d\b|\b24/7\b".to_owned(), " "),
    ]
    .into_iter()
    .map(|(pattern, token)| (Regex::new(&pattern).expect("a pattern of this table"), token))
    .collect()
});

/// Numbers in words that a lead time or a count of exceptions may have; "one" is a pronoun too often.
const NUMBERS: [&str; 14] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "fifteen", "twenty", "thirty", "sixty",
    "ninety",
];

/// The token for "unless prohibited", "where permitted" and their like.
pub const BAN: &str = "unless prohibited";

/// Words that stand for themselves.
const WORDS: [&str; 16] = [
    "must",
    "can",
    "could",
    "should",
    "would",
    "no",
    "never",
    "without",
    "if",
    "unless",
    "before",
    "after",
    "until",
    "only",
    "except",
    "when-required",
];

/// The token that a word stands for, if it carries a condition.
fn token(word: &str) -> Option<&str> {
    match word {
        "will" | "shall" => Some("will"),
        "may" | "might" => Some("may"),
        "not" | "nor" | "neither" | "cannot" => Some("not"),
        "@ban" => Some(BAN),
        _ => (WORDS.contains(&word) || is_number(word)).then_some(word),
    }
}

fn is_number(word: &str) -> bool {
    NUMBERS.contains(&word) || word.starts_with(|letter: char| letter.is_ascii_digit())
}

/// The words of a text that say "unless prohibited" or "where permitted", as they stand there.
#[must_use]
pub fn ban(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let bans = SAME.iter().filter(|(_, token)| token.trim() == "@ban");
    bans.filter_map(|(pattern, _)| pattern.find(&lower))
        .min_by_key(regex::Match::start)
        .map(|found| &text[found.range()])
}

impl Roles {
    /// The role tokens of a text in its canonical form.
    #[must_use]
    pub fn of(canonical: &str) -> Self {
        let mut text = canonical.to_owned();
        for (pattern, token) in SAME.iter() {
            if pattern.is_match(&text) {
                text = pattern.replace_all(&text, *token).into_owned();
            }
        }
        let mut found = BTreeMap::new();
        for word in text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '@'))) {
            if let Some(token) = token(word) {
                *found.entry(token.to_owned()).or_insert(0) += 1;
            }
        }
        Self(found)
    }

    /// "Where required" or "unless required" stands there.
    #[must_use]
    pub fn floor(&self) -> bool {
        self.0.contains_key("when-required")
    }

    /// What stands on one side only.
    #[must_use]
    pub fn difference(&self, after: &Self) -> Difference {
        let only = |a: &Self, b: &Self| {
            a.0.iter()
                .filter(|(token, n)| **n > b.0.get(*token).copied().unwrap_or(0))
                .map(|(t, _)| t.clone())
                .collect()
        };
        Difference { lost: only(self, after), gained: only(after, self) }
    }
}

impl Difference {
    /// Nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.gained.is_empty()
    }

    /// A modal, a negation or a condition differs, not only a number.
    #[must_use]
    pub fn touches_clause(&self) -> bool {
        let number =
            |token: &String| NUMBERS.contains(&token.as_str()) || token.starts_with(|c: char| c.is_ascii_digit());
        self.lost.iter().chain(&self.gained).any(|token| !number(token))
    }

    /// For a person: `gone "not"; new "if"`.
    #[must_use]
    pub fn told(&self) -> String {
        let quoted =
            |tokens: &[String]| tokens.iter().map(|token| format!("\"{token}\"")).collect::<Vec<_>>().join(", ");
        [("gone", &self.lost), ("new", &self.gained)]
            .into_iter()
            .filter(|(_, tokens)| !tokens.is_empty())
            .map(|(how, tokens)| format!("{how} {}", quoted(tokens)))
            .collect::<Vec<_>>()
            .join("; ")
    }
}
