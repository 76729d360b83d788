//! One phrase family: its role, its pattern, its examples; and how a table of them is written.

use super::fragments;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;

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
    /// A look-alike (docs/RULES.md 2): tags and lowers, never deletes.
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
    /// The pattern on plain text ([`crate::text::plain_form`]); `{name}` stands for a fragment.
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
        pub(super) static $name: &[super::entry::Entry] = &[$(super::entry::Entry {
            role: super::entry::Role::$role,
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

impl Entry {
    /// The pattern with its fragments written out.
    #[must_use]
    pub fn expanded(&self) -> String {
        fragments::expand(self.pattern)
    }

    /// The entry, ready to search texts.
    #[must_use]
    pub fn compiled(&self) -> EntryPattern {
        EntryPattern(compile(&self.expanded()))
    }
}

/// One entry's pattern, compiled.
pub struct EntryPattern(Regex);

impl EntryPattern {
    /// Whether the entry's words stand in a text.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        self.0.is_match(crate::text::plain_form::Plain::of(text).bytes())
    }
}

/// A pattern with the fragments that it names written out.
pub(crate) fn expand(pattern: &str) -> String {
    fragments::expand(pattern)
}

/// So many octets a pattern's states may take, which are made while it searches; hundreds of patterns have some.
const STATES: usize = 1 << 18;

/// A pattern of the tables, compiled for plain (ASCII) text.
pub(crate) fn compile(pattern: &str) -> Regex {
    RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(1 << 26)
        .dfa_size_limit(STATES)
        .build()
        .expect("a pattern of the lexicon compiles")
}

pub(super) use table;
