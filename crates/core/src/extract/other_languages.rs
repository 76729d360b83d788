//! Pages in German, French, Spanish, Portuguese and Italian: which lines speak of telling users, well enough to quote.
//!
//! Weighs by the small tables of `lexicon::languages`; what is promised is left to people.

use super::lexicon::entries;
use super::lexicon::entry::compile;
use super::sentences::Line;
use super::types::Class;
use crate::target::TermsKind;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// One language's patterns.
pub(crate) struct Tables {
    language: &'static str,
    tell: Regex,
    demand: Regex,
    guard: Regex,
}

static TABLES: LazyLock<Vec<Tables>> = LazyLock::new(|| {
    let pattern = |language: &str, part: &str| {
        let value = format!("{language} {part}");
        let joined: Vec<String> =
            entries().filter(|entry| entry.value == value).map(super::lexicon::entry::Entry::expanded).collect();
        compile(&joined.join("|"))
    };
    ["de", "fr", "es", "pt", "it"]
        .into_iter()
        .map(|language| Tables {
            language,
            tell: pattern(language, "tell"),
            demand: pattern(language, "demand"),
            guard: pattern(language, "guard"),
        })
        .collect()
});

/// The tables for a document's language, where it is one of the five.
pub(crate) fn tables(language: Option<&str>) -> Option<&'static Tables> {
    TABLES.iter().find(|tables| Some(tables.language) == language)
}

/// Marks the lines that speak, and those of a guideline's notice section with them.
pub(crate) fn mark(lines: &mut [Line<'_>], kind: TermsKind, tables: &Tables) {
    let guideline = kind == TermsKind::LawEnforcement;
    let mut demand = (0, 0);
    for (at, line) in lines.iter_mut().enumerate() {
        let plain = line.plain.bytes();
        if tables.demand.is_match(plain) {
            demand = (line.block, at);
        }
        let near = demand.1 == at && demand.0 == line.block
            || demand.0 == line.block && at - demand.1 <= 3 && demand.0 > 0
            || guideline;
        if near && tables.tell.is_match(plain) && !tables.guard.is_match(plain) {
            line.hit = Some(Class::UserNotice);
        }
    }
}
