//! The words of the field, as a table: what telling a user looks like, what a demand is called, what an exception is.
//!
//! Knows English patterns and their meaning, each with its source and its own examples (one test walks them all); knows
//! nothing of documents, blocks or passages. A new phrase family is one entry here.

pub(crate) mod demands;
pub(crate) mod entry;
pub(crate) mod exceptions;
pub(crate) mod fragments;
pub(crate) mod headings;
pub(crate) mod languages;
pub(crate) mod look_alikes;
pub(crate) mod modality;
pub(crate) mod notify;
pub(crate) mod other_slots;
pub(crate) mod prefilter;
pub(crate) mod strength;
pub(crate) mod timing;

use super::lexicon::entry::{Entry, Role, compile};
use super::lexicon::prefilter::Needles;
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// All rows of all tables, in order.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    [
        notify::TABLE,
        demands::TABLE,
        headings::TABLE,
        strength::TABLE,
        modality::TABLE,
        timing::TABLE,
        exceptions::TABLE,
        other_slots::TABLE,
        look_alikes::TABLE,
        languages::TABLE,
    ]
    .into_iter()
    .flatten()
}

/// All entries of one role, compiled.
pub struct PatternFamily {
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
pub struct FoundPhrase {
    /// The entry whose words they are.
    pub entry: &'static Entry,
    /// Their place in the plain text.
    pub at: Range<usize>,
}

impl PatternFamily {
    fn of(role: Role) -> Self {
        let entries: Vec<&'static Entry> = entries().filter(|entry| entry.role == role).collect();
        let parts = |(at, entry): (usize, &&'static Entry)| {
            let parts = prefilter::branches(&entry.expanded()).into_iter();
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
    pub fn find(&self, text: &[u8]) -> Vec<FoundPhrase> {
        let spoken = self.speaking(text).into_iter();
        spoken.filter_map(|(entry, branches)| Some(FoundPhrase { entry, at: first(&branches, text, 0)? })).collect()
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
pub fn family(role: Role) -> &'static PatternFamily {
    macro_rules! families {
        ($($role:ident)*) => {{
            match role {$(Role::$role => {
                static FAMILY: LazyLock<PatternFamily> = LazyLock::new(|| PatternFamily::of(Role::$role));
                &FAMILY
            })*}
        }};
    }
    families!(Tell Notice Demand Anaphor Link Dependent Heading Strength Telling Governor Timing Trigger Reach Contents Object Exception
        Decider ClosedList Burden Gag Delayed Channel Actor Guard Foreign)
}
