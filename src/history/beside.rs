//! What else changed in the same edit: sentences about demands for data that stand on one side only, beside the passages
//! that are told.
//!
//! Shown so that a reader sees the whole edit; nothing here is judged, and a sentence that only moved is no change.

use super::diff;
use super::types::Beside;
use crate::document::Sentence;
use std::collections::{HashMap, HashSet};

/// Sentences of one side that are looked at: a page that is made anew is no list to read.
const MOST: usize = 400;
/// Two sentences with this share of their words in common are one that was changed.
const ALIKE: f64 = 0.5;

/// The sentences about demands that the edit took, brought or changed, in reading order; `told` holds the normal forms
/// of the passages that are told already.
#[must_use]
pub fn beside(before: &[Sentence], after: &[Sentence], told: &[&str]) -> Vec<Beside> {
    let gone = only(before, after, told);
    let mut come: Vec<Option<Words<'_>>> = only(after, before, told).into_iter().map(Some).collect();
    let mut found = Vec::new();
    for old in gone {
        let new = nearest(&old, &come).and_then(|index| come[index].take());
        if old.sentence.demand || new.as_ref().is_some_and(|new| new.sentence.demand) {
            found.push(pair(&old.sentence.text, new.map_or("", |new| &new.sentence.text)));
        }
    }
    let left = come.into_iter().flatten().filter(|new| new.sentence.demand);
    found.extend(left.map(|new| pair("", &new.sentence.text)));
    found
}

/// A sentence and the set of its words.
struct Words<'a> {
    sentence: &'a Sentence,
    words: HashSet<&'a str>,
}

/// The sentences of one side that the other side does not hold, and no told passage either.
fn only<'a>(these: &'a [Sentence], others: &[Sentence], told: &[&str]) -> Vec<Words<'a>> {
    let mut held: HashMap<&str, usize> = HashMap::new();
    for other in others {
        *held.entry(&other.normal).or_default() += 1;
    }
    let fresh = these.iter().filter(|sentence| match held.get_mut(sentence.normal.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => !sentence.normal.is_empty() && !told.iter().any(|quote| quote.contains(&sentence.normal)),
    });
    fresh.take(MOST).map(|sentence| Words { sentence, words: sentence.normal.split(' ').collect() }).collect()
}

/// The place of the sentence that is most alike, if one is alike enough.
fn nearest(old: &Words<'_>, come: &[Option<Words<'_>>]) -> Option<usize> {
    let alike = come.iter().enumerate().filter_map(|(index, new)| {
        let share = share(&old.words, &new.as_ref()?.words);
        (share >= ALIKE).then_some((index, share))
    });
    alike.max_by(|(first, one), (second, other)| one.total_cmp(other).then(second.cmp(first))).map(|(index, _)| index)
}

/// The share of words in common, of those of the longer one.
fn share(one: &HashSet<&str>, other: &HashSet<&str>) -> f64 {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    count(one.intersection(other).count()) / count(one.len().max(other.len()).max(1))
}

fn pair(before: &str, after: &str) -> Beside {
    Beside { diff: diff::words(before, after) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Span;

    fn page(texts: &[&str]) -> Vec<Sentence> {
        let sentence = |text: &&str| Sentence {
            text: (*text).to_owned(),
            normal: text.to_lowercase(),
            demand: text.contains("order") || text.contains("police"),
        };
        texts.iter().map(sentence).collect()
    }

    #[test]
    fn changed_gone_and_new_sentences_about_demands_in_order() {
        let old = page(&["We refuse every order that is too broad.", "The police must write to us.", "We like tea."]);
        let new =
            page(&["We may refuse every order that is too broad.", "We like coffee.", "An order can come by fax."]);
        let found = beside(&old, &new, &[]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0].diff[1], Span::Added("may ".into()));
        assert_eq!(found[1].diff, [Span::Removed("The police must write to us.".into())]);
        assert_eq!(found[2].diff, [Span::Added("An order can come by fax.".into())]);
    }

    #[test]
    fn what_is_told_or_only_moved_is_not_beside() {
        let old = page(&["We tell you of an order.", "Orders come by mail.", "An order needs a judge."]);
        let new = page(&["An order needs a judge.", "We may tell you of an order."]);
        let told = ["we tell you of an order.", "we may tell you of an order."];
        let found = beside(&old, &new, &told);
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(beside(&page(&["An order."]), &page(&["An order.", "An order."]), &[]).len(), 1, "said once more");
    }
}
