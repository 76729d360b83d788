//! Benchmarks of comparing, on texts made here: two readings of 100 kB pages.

use noticewatch_core::extract::{Class, Passage, Reading};
use noticewatch_core::promise::{Commitment, Said, Slot};
use noticewatch_core::target::TermsKind;
use noticewatch_core::text::Shingles;
use noticewatch_core::{history, text};
fn main() {
    divan::main();
}

/// A page of 16,000 words in which every twelfth passage says `promise`.
fn reading(promise: &str, strength: &str) -> Reading {
    let text = (0..16_000).map(|n| format!("w{}", n * 7919 % 6007)).collect::<Vec<_>>().join(" ");
    let passage = |n: usize| {
        let said = if n.is_multiple_of(12) { promise } else { "will attempt" };
        let quote = format!(
            "Where allowed, in case {n}, we {said} to provide you with prior notice before disclosing your information in \
             response to a subpoena, a court order or another legal process, unless (a) this is prohibited by law, (b) it \
             would endanger a person of group {n}, or (c) an emergency leaves no time."
        );
        let say = |slot, value: &str, words: &str| (slot, Said { value: value.into(), quote: words.into() });
        let slots = [
            say(Slot::Strength, if n.is_multiple_of(12) { strength } else { "effort" }, said),
            say(Slot::Timing, "before", "before disclosing"),
            say(Slot::Exceptions, "emergency, prohibited-by-law, risk-of-harm", "prohibited by law"),
        ];
        Passage {
            normal: text::normal(&quote),
            quote,
            heading: vec![format!("part {n}")],
            class: Class::UserNotice,
            commitment: Commitment { slots: slots.into() },
            tags: Vec::new(),
        }
    };
    Reading {
        words: 16_000,
        shingles: Shingles::of(&text),
        closed: true,
        passages: (0..24).map(passage).collect(),
        ..Reading::default()
    }
}

#[divan::bench]
fn equal(bencher: divan::Bencher) {
    let page = reading("will attempt", "effort");
    bencher.bench(|| history::compare(&page, &page, &[], TermsKind::Privacy));
}

#[divan::bench]
fn two_of_twenty_four_changed(bencher: divan::Bencher) {
    let (before, after) = (reading("will attempt", "effort"), reading("may attempt", "may"));
    bencher.bench(|| history::compare(&before, &after, &[], TermsKind::Privacy));
}

/// Every passage changed: the worst of what one page can ask for.
#[divan::bench]
fn all_changed(bencher: divan::Bencher) {
    let (before, mut after) = (reading("will attempt", "effort"), reading("may attempt", "may"));
    for passage in &mut after.passages {
        passage.quote = passage.quote.replace("provide you", "give you");
        passage.normal = text::normal(&passage.quote);
    }
    bencher.bench(|| history::compare(&before, &after, &[], TermsKind::Privacy));
}
