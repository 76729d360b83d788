//! The words of the field, as a table: what telling a user looks like, what a demand is called, what an exception is.
//!
//! Knows English patterns and their meaning, each with its source and its own examples (one test walks them all); knows
//! nothing of documents, blocks or passages. A new phrase family is one entry here.

mod challenges;
mod demands;
mod exceptions;
mod fragments;
mod governors;
mod guards;
mod headings;
mod languages;
mod needles;
mod notify;
mod strength;
mod timing;
pub mod values;

use needles::Needles;
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// What an entry's words do in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Somebody tells a user something: a notify verb or a notice with its user.
    Tell,
    /// A notice without its user: `prior notice`, `without notice`.
    Notice,
    /// A demand for data, or the one who demands, by its own name.
    Demand,
    /// Words that mean a demand only where one was named before: `such a request`, `in this case`.
    Anaphor,
    /// Telling tied to a demand or to a disclosure: `notify you of requests`, `disclose ... without notice`.
    Link,
    /// A sentence that hangs on a promise spoken beside it.
    Dependent,
    /// A heading that promises a section about user notice, or about demands.
    Heading,
    /// How firmly it is promised.
    Strength,
    /// A verb of telling, by itself.
    Telling,
    /// A word that governs a verb of telling: a modal, a negation, an effort; its value is a strength.
    Governor,
    /// When users are told.
    Timing,
    /// Which demands are covered.
    Trigger,
    /// Which users are reached.
    Reach,
    /// What the notice contains.
    Contents,
    /// The chance to object.
    Object,
    /// When users are not told.
    Exception,
    /// Who decides that they are not.
    Decider,
    /// Whether the list of exceptions is closed.
    ClosedList,
    /// What an official must show.
    Burden,
    /// How non-disclosure orders are met.
    Gag,
    /// Notice after the obstacle has gone.
    Delayed,
    /// By which way.
    Channel,
    /// Who tells.
    Actor,
    /// A look-alike (DOMAIN.md 2): tags and lowers, never deletes.
    Guard,
    /// A word of another language; the value says which and what.
    Foreign,
}

/// One phrase family.
#[derive(Debug)]
pub struct Entry {
    /// Its name in tags and tests.
    pub id: &'static str,
    /// What its words do.
    pub role: Role,
    /// The canonical value it stands for; for guards the class, elsewhere a strength of the signal.
    pub value: &'static str,
    /// What it means, for a person.
    pub meaning: &'static str,
    /// Where the rule stands.
    pub source: &'static str,
    /// The pattern on plain text ([`crate::document::ascii`]); `{name}` stands for a fragment.
    pub pattern: &'static str,
    /// Texts in which it must be found.
    pub matches: &'static [&'static str],
    /// Texts in which it must not be found.
    pub not: &'static [&'static str],
}

/// Writes a table: role, then rows of id, value, meaning, source, pattern, examples, counter-examples.
macro_rules! table {
    ($name:ident: $($role:ident, $id:literal = $value:expr, $meaning:literal, $source:literal, $pattern:expr,
        [$($yes:literal),* $(,)?], [$($no:literal),* $(,)?];)*) => {
        /// The rows of this file.
        pub(super) static $name: &[super::Entry] = &[$(super::Entry {
            role: super::Role::$role,
            id: $id,
            value: $value,
            meaning: $meaning,
            source: $source,
            pattern: $pattern,
            matches: &[$($yes),*],
            not: &[$($no),*],
        }),*];
    };
}
use table;

/// All rows of all tables, in order.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    [
        notify::TABLE,
        demands::TABLE,
        headings::TABLE,
        strength::TABLE,
        governors::TABLE,
        timing::TABLE,
        exceptions::TABLE,
        challenges::TABLE,
        guards::TABLE,
        languages::TABLE,
    ]
    .into_iter()
    .flatten()
}

impl Entry {
    /// The pattern with its fragments written out.
    #[must_use]
    pub fn expanded(&self) -> String {
        fragments::expand(self.pattern)
    }

    /// The entry, ready to search texts.
    #[must_use]
    pub fn compiled(&self) -> Pattern {
        Pattern(compile(&self.expanded()))
    }
}

/// One entry's pattern, compiled.
pub struct Pattern(Regex);

impl Pattern {
    /// Whether the entry's words stand in a text.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        self.0.is_match(super::ascii::Plain::of(text).bytes())
    }
}

/// A pattern with the fragments that it names written out.
pub(super) fn expand(pattern: &str) -> String {
    fragments::expand(pattern)
}

/// So many octets a pattern's states may take, which are made while it searches; hundreds of patterns have some.
const STATES: usize = 1 << 18;

/// A pattern of the tables, compiled for plain (ASCII) text.
pub(super) fn compile(pattern: &str) -> Regex {
    RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(1 << 26)
        .dfa_size_limit(STATES)
        .build()
        .expect("a pattern of the lexicon compiles")
}

/// All entries of one role, compiled.
pub struct Family {
    entries: Vec<&'static Entry>,
    /// The branches of all entries, each with the place of its entry.
    branches: Vec<(usize, Lazy)>,
    /// Which branches may stand in a text at all.
    needles: Needles,
}

/// A pattern that is compiled when first tried: most stand in few pages.
struct Lazy {
    pattern: String,
    compiled: OnceLock<Regex>,
}

impl Lazy {
    fn of(pattern: String) -> Self {
        Self { pattern, compiled: OnceLock::new() }
    }

    fn get(&self) -> &Regex {
        self.compiled.get_or_init(|| compile(&self.pattern))
    }
}

/// Words found: which entry, and where in the plain text.
#[derive(Clone, Debug)]
pub struct Found {
    /// The entry whose words they are.
    pub entry: &'static Entry,
    /// Their place in the plain text.
    pub at: Range<usize>,
}

impl Family {
    fn of(role: Role) -> Self {
        let entries: Vec<&'static Entry> = entries().filter(|entry| entry.role == role).collect();
        let parts = |(at, entry): (usize, &&'static Entry)| {
            let parts = needles::branches(&entry.expanded()).into_iter();
            parts.map(move |part| (at, Lazy::of(part))).collect::<Vec<_>>()
        };
        let branches: Vec<(usize, Lazy)> = entries.iter().enumerate().flat_map(parts).collect();
        let needles = Needles::of(branches.iter().map(|(_, branch)| branch.pattern.as_str()));
        Self { entries, branches, needles }
    }

    /// Whether any entry's words stand in the text.
    #[must_use]
    pub fn any(&self, text: &[u8]) -> bool {
        self.needles.candidates(text).any(|at| self.branches[at].1.get().is_match(text))
    }

    /// Every place of every entry that stands in the text, entry by entry.
    #[must_use]
    pub fn every(&self, text: &[u8]) -> Vec<(&'static Entry, Range<usize>)> {
        let mut places = Vec::new();
        for (entry, branches) in self.speaking(text) {
            let mut from = 0;
            while let Some(at) = first(&branches, text, from).filter(|at| !at.is_empty()) {
                from = at.end;
                places.push((entry, at));
            }
        }
        places
    }

    /// The first place of each entry that stands in the text, in table order.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<Found> {
        let spoken = self.speaking(text).into_iter();
        spoken.filter_map(|(entry, branches)| Some(Found { entry, at: first(&branches, text, 0)? })).collect()
    }

    /// The entries that may stand in the text, in table order, each with those of its branches that may.
    fn speaking(&self, text: &[u8]) -> Vec<(&'static Entry, Vec<&Lazy>)> {
        let mut spoken: Vec<(&'static Entry, Vec<&Lazy>)> = Vec::new();
        for at in self.needles.candidates(text) {
            let (entry, branch) = &self.branches[at];
            let entry = self.entries[*entry];
            match spoken.last_mut().filter(|(last, _)| std::ptr::eq(*last, entry)) {
                Some((_, branches)) => branches.push(branch),
                None => spoken.push((entry, vec![branch])),
            }
        }
        spoken
    }
}

/// Where the alternation of these branches stands next: what begins first, and of what begins there the former branch.
fn first(branches: &[&Lazy], text: &[u8], from: usize) -> Option<Range<usize>> {
    let next = branches.iter().filter_map(|branch| branch.get().find_at(text, from));
    next.min_by_key(regex::bytes::Match::start).map(|found| found.range())
}

/// The compiled entries of a role.
#[must_use]
pub fn family(role: Role) -> &'static Family {
    macro_rules! families {
        ($($role:ident)*) => {{
            match role {$(Role::$role => {
                static FAMILY: LazyLock<Family> = LazyLock::new(|| Family::of(Role::$role));
                &FAMILY
            })*}
        }};
    }
    families!(Tell Notice Demand Anaphor Link Dependent Heading Strength Telling Governor Timing Trigger Reach Contents Object Exception
        Decider ClosedList Burden Gag Delayed Channel Actor Guard Foreign)
}
