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
mod notify;
mod strength;
mod timing;
pub mod values;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
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

/// A pattern of the tables, compiled for plain (ASCII) text.
pub(super) fn compile(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).size_limit(1 << 26).build().expect("a pattern of the lexicon compiles")
}

/// How many patterns are looked for in one go.
const GROUP: usize = 4;

/// All entries of one role, compiled.
pub struct Family {
    entries: Vec<&'static Entry>,
    /// The patterns in groups: small sets stay within the memory of their automata, one large set does not.
    sets: Vec<RegexSet>,
    /// Compiled when first found: most entries stand in few pages.
    each: Vec<OnceLock<Regex>>,
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
        let patterns: Vec<String> = entries.iter().map(|entry| entry.expanded()).collect();
        let set = |group: &[String]| {
            let set = RegexSetBuilder::new(group).unicode(false).size_limit(1 << 27).dfa_size_limit(1 << 21).build();
            set.expect("the patterns of the lexicon compile")
        };
        Self {
            entries,
            sets: patterns.chunks(GROUP).map(set).collect(),
            each: patterns.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// Whether any entry's words stand in the text.
    #[must_use]
    pub fn any(&self, text: &[u8]) -> bool {
        self.sets.iter().any(|set| set.is_match(text))
    }

    /// The places in the table of the entries that stand in the text.
    fn speaking(&self, text: &[u8]) -> impl Iterator<Item = usize> {
        let found: Vec<usize> = self
            .sets
            .iter()
            .enumerate()
            .flat_map(|(group, set)| set.matches(text).into_iter().map(move |at| group * GROUP + at))
            .collect();
        found.into_iter()
    }

    /// Every place of every entry that stands in the text, entry by entry.
    #[must_use]
    pub fn every(&self, text: &[u8]) -> Vec<(&'static Entry, Range<usize>)> {
        let found = self.speaking(text).flat_map(|i| {
            let pattern = self.each[i].get_or_init(|| compile(&self.entries[i].expanded()));
            pattern.find_iter(text).map(move |found| (self.entries[i], found.range()))
        });
        found.collect()
    }

    /// The first place of each entry that stands in the text, in table order.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<Found> {
        self.speaking(text)
            .filter_map(|i| {
                let pattern = self.each[i].get_or_init(|| compile(&self.entries[i].expanded()));
                pattern.find(text).map(|found| Found { entry: self.entries[i], at: found.range() })
            })
            .collect()
    }
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
