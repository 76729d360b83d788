//! Any two texts: they are compared without a panic, and the word diff re-reads as both.
use noticewatch_core::compare::Span;
use noticewatch_core::document::PageSource;
use noticewatch_core::extract::read;
use noticewatch_core::history::compare;
use noticewatch_core::target::{TermsKind, ReadingSettings};
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (String, String)| {
    let (before, after) = input;
    let settings = ReadingSettings { terms_type: "Law Enforcement Guidelines".to_owned(), ..ReadingSettings::default() };
    let page = |text: &str| read(PageSource { body: text.as_bytes(), media_type: "text/markdown", charset: None }, &settings);
    let comparison = compare(&page(&before), &page(&after), &[], TermsKind::LawEnforcement);
    for change in &comparison.changes {
        if let (Some(before), false) = (&change.before, change.diff.is_empty()) {
            let text: String = change
                .diff
                .iter()
                .filter_map(|span| match span {
                    Span::Same(text) | Span::Removed(text) => Some(text.as_str()),
                    Span::Added(_) => None,
                })
                .collect();
            assert_eq!(text, before.quote);
        }
    }
});
