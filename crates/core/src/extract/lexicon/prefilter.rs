//! Words without which a pattern cannot match: a cheap first look at a text, ahead of the patterns themselves.
//!
//! Knows how patterns are built, not what they mean. From each pattern it takes sets of words of which one must stand
//! in a text; one automaton finds the words of all patterns in one go, and only patterns none of whose sets is missing
//! are tried.

use aho_corasick::AhoCorasick;
use regex_syntax::ParserBuilder;
use regex_syntax::ast::Ast;
use regex_syntax::ast::parse::Parser;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// A set with a shorter word than this says too little.
const SHORTEST: usize = 3;

/// Parts in a row are spelled out as words up to this number of them.
const SPELLED: usize = 100;

/// Sets do not grow beyond this number of words.
const MOST: usize = 400;

/// What is kept of the sets of each branch of an alternation.
const KEPT: usize = 3;

/// Words of which one must stand in the text.
type Clause = BTreeSet<Vec<u8>>;

/// The words of several patterns.
pub(super) struct Needles {
    words: AhoCorasick,
    /// For each word, the clauses that it satisfies.
    satisfies: Vec<Vec<u32>>,
    /// For each pattern, its clauses in `wanted`.
    patterns: Vec<Range<usize>>,
    wanted: Vec<u32>,
    clauses: usize,
}

impl Needles {
    /// The words of patterns that are made for plain (ASCII) text.
    pub(super) fn of<'a>(patterns: impl Iterator<Item = &'a str>) -> Self {
        let mut clauses: HashMap<Clause, u32> = HashMap::new();
        let mut wanted = Vec::new();
        let ranges = patterns.map(|pattern| {
            let start = wanted.len();
            for clause in needs(pattern) {
                let next = u32::try_from(clauses.len()).expect("a table of some hundred patterns");
                wanted.push(*clauses.entry(clause).or_insert(next));
            }
            start..wanted.len()
        });
        let patterns = ranges.collect();
        let mut words: HashMap<&[u8], Vec<u32>> = HashMap::new();
        for (clause, &number) in &clauses {
            for word in clause {
                words.entry(word).or_default().push(number);
            }
        }
        let mut words: Vec<(&[u8], Vec<u32>)> = words.into_iter().collect();
        words.sort_unstable();
        let (words, satisfies): (Vec<&[u8]>, Vec<Vec<u32>>) = words.into_iter().unzip();
        let words = AhoCorasick::new(&words).expect("the words of the lexicon fit an automaton");
        Self { words, satisfies, patterns, wanted, clauses: clauses.len() }
    }

    /// The patterns that may match a text, in order: whatever is left out does not.
    pub(super) fn candidates(&self, text: &[u8]) -> impl Iterator<Item = usize> {
        let mut there = vec![false; self.clauses];
        for found in self.words.find_overlapping_iter(text) {
            for &clause in &self.satisfies[found.pattern().as_usize()] {
                there[clause as usize] = true;
            }
        }
        let possible = move |clauses: &Range<usize>| self.wanted[clauses.clone()].iter().all(|&at| there[at as usize]);
        self.patterns.iter().enumerate().filter(move |(_, clauses)| possible(clauses)).map(|(at, _)| at)
    }
}

/// The branches of a pattern: it matches where one of them does.
pub(super) fn branches(pattern: &str) -> Vec<String> {
    let parsed = Parser::new().parse(pattern);
    let Ok(Ast::Alternation(alternation)) = &parsed else { return vec![pattern.to_owned()] };
    let part = |branch: &Ast| pattern[branch.span().start.offset..branch.span().end.offset].to_owned();
    alternation.asts.iter().map(part).collect()
}

/// What a pattern needs: each clause holds in every text in which it matches.
fn needs(pattern: &str) -> Vec<Clause> {
    let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    let mut clauses: Vec<Clause> = parsed.map(|hir| Need::of(&hir).clauses()).unwrap_or_default();
    clauses.iter_mut().for_each(without_longer);
    clauses.sort();
    clauses.dedup();
    clauses
}

/// What a part of a pattern needs.
enum Need {
    /// It matches just these words.
    Exactly(Clause),
    /// It matches nothing that lacks one of each.
    Within(Vec<Clause>),
}

impl Need {
    fn of(part: &Hir) -> Self {
        match part.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::nothing(),
            HirKind::Literal(literal) => Self::Exactly(Clause::from([literal.0.to_vec()])),
            HirKind::Class(class) => letters(class),
            HirKind::Repetition(repetition) => match (repetition.min, repetition.max, Self::of(&repetition.sub)) {
                (1, Some(1), need) => need,
                (0, Some(1), Self::Exactly(mut words)) => {
                    words.insert(Vec::new());
                    Self::Exactly(words)
                }
                (0, ..) => Self::Within(Vec::new()),
                (_, _, need) => Self::Within(need.clauses()),
            },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Concat(parts) => one_after_another(parts.iter().map(Self::of)),
            HirKind::Alternation(branches) => one_of(branches.iter().map(Self::of).collect()),
        }
    }

    fn nothing() -> Self {
        Self::Exactly(Clause::from([Vec::new()]))
    }

    /// As clauses that say something.
    fn clauses(self) -> Vec<Clause> {
        match self {
            Self::Within(clauses) => clauses,
            Self::Exactly(words) if words.iter().all(|word| word.len() >= SHORTEST) && words.len() <= MOST => {
                vec![words]
            }
            Self::Exactly(_) => Vec::new(),
        }
    }
}

/// A class of a few letters is one letter or another.
fn letters(class: &Class) -> Need {
    let Class::Bytes(class) = class else { return Need::Within(Vec::new()) };
    let letters: Vec<Vec<u8>> = class
        .ranges()
        .iter()
        .flat_map(|range| range.start()..=range.end())
        .take(9)
        .map(|letter| vec![letter])
        .collect();
    if letters.len() > 8 { Need::Within(Vec::new()) } else { Need::Exactly(letters.into_iter().collect()) }
}

/// Parts in a row: words grow as long as the parts are known exactly and few.
fn one_after_another(parts: impl Iterator<Item = Need>) -> Need {
    let mut clauses: Option<Vec<Clause>> = None;
    let mut words = Clause::from([Vec::new()]);
    for part in parts {
        match part {
            Need::Exactly(next) if words.len() * next.len() <= SPELLED => {
                words = words.iter().flat_map(|word| next.iter().map(move |end| [&word[..], end].concat())).collect();
            }
            other => {
                let (next, whole) = match other {
                    Need::Exactly(next) => (next, Vec::new()),
                    Need::Within(whole) => (Clause::from([Vec::new()]), whole),
                };
                let before = std::mem::replace(&mut words, next);
                let all = clauses.get_or_insert_default();
                all.extend(Need::Exactly(before).clauses());
                all.extend(whole);
            }
        }
    }
    match clauses {
        None => Need::Exactly(words),
        Some(mut clauses) => {
            clauses.extend(Need::Exactly(words).clauses());
            Need::Within(clauses)
        }
    }
}

/// Branches: of each, its most telling clauses, joined rank by rank.
fn one_of(branches: Vec<Need>) -> Need {
    let exactly = |need: &Need| match need {
        Need::Exactly(words) => Some(words.clone()),
        Need::Within(_) => None,
    };
    let words: Option<Vec<Clause>> = branches.iter().map(exactly).collect();
    if let Some(words) =
        words.map(|words| words.into_iter().flatten().collect::<Clause>()).filter(|words| words.len() <= MOST)
    {
        return Need::Exactly(words);
    }
    let ranked: Vec<Vec<Clause>> = branches
        .into_iter()
        .map(|need| {
            let mut clauses = need.clauses();
            clauses.sort_by_key(|clause| std::cmp::Reverse(clause.iter().map(|word| letters_of(word)).min()));
            clauses
        })
        .collect();
    if ranked.iter().any(Vec::is_empty) {
        return Need::Within(Vec::new());
    }
    let joined = (0..KEPT).map(|rank| {
        let best = |clauses: &Vec<Clause>| clauses[rank.min(clauses.len() - 1)].clone();
        ranked.iter().flat_map(best).collect::<Clause>()
    });
    Need::Within(joined.filter(|clause| clause.len() <= MOST).collect())
}

/// How much a word tells: "and" with its spaces is as common as without.
fn letters_of(word: &[u8]) -> usize {
    word.iter().filter(|letter| letter.is_ascii_alphanumeric()).count()
}

/// A word that begins like another of its clause says no more than that one.
fn without_longer(clause: &mut Clause) {
    let mut last: Option<Vec<u8>> = None;
    clause.retain(|word| {
        let says_more = last.as_ref().is_none_or(|last| !word.starts_with(last));
        if says_more {
            last = Some(word.clone());
        }
        says_more
    });
}
