//! The words that carry a condition: modals, negations, `if`, `unless`, `before`, `where required`, numbers
//! (docs/RULES.md 4.6).
//!
//! Knows which of them mean the same (docs/RULES.md 4.4) and nothing of slots; what moves here and in no slot is a case
//! for a person.

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
    let bans = "(?:prohibits?|forbids?|prevents?|bars|precludes?|restrains?|restricts?|disallows?)";
    let save = "(?:except|save) (?:where|when|if|as|in|that|to the extent(?: that)?)";
    let leave = "(?:permitted|allowed|permissible|lawful|possible under (?:the )?law)";
    let few = r"(?:[\w/']+ ){0,4}?";
    [
        (format!(r"\b(?:unless|{save}|other than where|where not|if not|when not) {few}{ban}\b"), " @ban "),
        (format!(r"\b(?:unless|{save}) (?:[\w/']+ ){{1,7}}?{bans}\b"), " @ban "),
        (format!(r"\b(?:where|when|if|whenever|wherever|as|unless not|provided that|to the extent) {few}{leave}\b"), " @ban "),
        (r"\b(?:to the (?:maximum |fullest |full )?extent(?: that)?|as far as|in so far as|insofar as|where|when|if) (?:the )?(?:applicable )?laws? (?:allows?|permits?|lets?)\b".to_owned(), " @ban "),
        (format!(r"\b(?:where|when|if|whenever|wherever|unless|as|to the extent) {few}required\b"), " when-required "),
        (format!(r"\b(?:where|when|if|whenever|wherever|unless|as|to the extent) {few}(?:laws?|statutes?) requires?\b"), " when-required "),
        (r"\b(?:if|when|where|whenever|once|as soon as|in the event that) (?:we|it|they|[a-z]+) (?:do |does |ever )?(?:receives?|gets?|(?:are|is) served with)\b".to_owned(), " "),
        (r"\b(?:prior to|in advance of|ahead of|previous to|beforehand)\b".to_owned(), " before "),
        (r"\bin advance\b".to_owned(), " before "),
        (r"\bafter the fact\b".to_owned(), " afterward "),
        (format!(r"\b{save}\b"), " unless "),
        (r"\b(?:as|so) long as\b|\bon (?:the )?condition that\b|\bprovided (?:that|you)\b|\bin (?:the event|cases?) (?:that|of|where)\b".to_owned(), " if "),
        (r"\b(?:sections?|articles?|clauses?|paragraphs?|parts?|§+) *[\d.]+(?:\([a-z0-9]+\))*".to_owned(), " "),
        (r"\b\d+ (?:u\.?s\.?c\.?|c\.?f\.?r\.?)(?: §*)? *[\d.]+(?:\([a-z0-9]+\))*|\b(?:of )?title \d+\b".to_owned(), " "),
        (r"(?:^|[:;,] |\b(?:or|and) )\(?\d{1,2}[.)] ".to_owned(), " "),
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

/// The token for "where" and "when": in the sentence that promises they open a condition, elsewhere they tell circumstances.
const WHERE: &str = "where";

/// The token for "we believe", "we think", "in our discretion".
pub const BELIEF: &str = "believe";

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
        "two" => Some("2"),
        "three" => Some("3"),
        "four" => Some("4"),
        "five" => Some("5"),
        "six" => Some("6"),
        "seven" => Some("7"),
        "eight" => Some("8"),
        "nine" => Some("9"),
        "ten" => Some("10"),
        "fifteen" => Some("15"),
        "twenty" => Some("20"),
        "thirty" => Some("30"),
        "sixty" => Some("60"),
        "ninety" => Some("90"),
        WHERE | "when" | "whenever" | "wherever" => Some(WHERE),
        "@ban" => Some(BAN),
        "believe" | "believes" | "think" | "thinks" | "deem" | "deems" | "determine" | "determines" | "opinion"
        | "discretion" => Some(BELIEF),
        _ => (WORDS.contains(&word) || is_number(word)).then_some(word),
    }
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

    /// Adds those of these tokens that another text has.
    pub fn add(&mut self, other: &Self, these: impl Fn(&str) -> bool) {
        for (token, n) in other.0.iter().filter(|(token, _)| these(token)) {
            *self.0.entry(token.clone()).or_insert(0) += n;
        }
    }

    /// These without those that another text has.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let left = |(token, n): (&String, &usize)| {
            let left = n.saturating_sub(other.0.get(token).copied().unwrap_or(0));
            (left > 0).then(|| (token.clone(), left))
        };
        Self(self.0.iter().filter_map(left).collect())
    }

    /// What stands on one side only, "where" and "when" left aside.
    #[must_use]
    pub fn difference(&self, after: &Self) -> Difference {
        let mut found = self.difference_of_conditions(after);
        found.lost.retain(|token| token != WHERE);
        found.gained.retain(|token| token != WHERE);
        found
    }

    /// What stands on one side only; an "if" that became a "where" stands on both.
    #[must_use]
    pub fn difference_of_conditions(&self, after: &Self) -> Difference {
        let only = |a: &Self, b: &Self| -> Vec<String> {
            let more = a.0.iter().filter(|(token, n)| **n > b.0.get(*token).copied().unwrap_or(0));
            more.map(|(token, _)| token.clone()).collect()
        };
        let mut found = Difference { lost: only(self, after), gained: only(after, self) };
        for (one, other) in [("if", WHERE), (WHERE, "if")] {
            let place = |tokens: &[String], token: &str| tokens.iter().position(|found| found == token);
            if let (Some(lost), Some(gained)) = (place(&found.lost, one), place(&found.gained, other)) {
                found.lost.remove(lost);
                found.gained.remove(gained);
            }
        }
        found
    }
}

/// Whether a token narrows what it stands in: `if`, `only`, `unless`, `where required`.
fn narrows(token: &str) -> bool {
    matches!(token, "if" | WHERE | "only" | "unless" | "except" | "until" | "when-required")
        || token == BAN
        || token == BELIEF
}

/// Whether a token is a number.
#[must_use]
pub fn is_number(word: &str) -> bool {
    NUMBERS.contains(&word) || word.starts_with(|letter: char| letter.is_ascii_digit())
}

impl Difference {
    /// What differs here and in `other` too.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let both =
            |one: &[String], other: &[String]| one.iter().filter(|token| other.contains(token)).cloned().collect();
        Self { lost: both(&self.lost, &other.lost), gained: both(&self.gained, &other.gained) }
    }

    /// A condition is new.
    #[must_use]
    pub fn narrowed(&self) -> bool {
        self.gained.iter().any(|token| narrows(token))
    }

    /// A condition is gone.
    #[must_use]
    pub fn widened(&self) -> bool {
        self.lost.iter().any(|token| narrows(token))
    }

    /// Nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.gained.is_empty()
    }

    /// A modal, a negation or a condition differs, not only a number.
    #[must_use]
    pub fn touches_clause(&self) -> bool {
        self.lost.iter().chain(&self.gained).any(|token| !is_number(token))
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
