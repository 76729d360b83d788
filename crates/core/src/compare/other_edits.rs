//! What else changed in the same edit: sentences about demands for data that stand on one side only, beside the passages
//! that are told.
//!
//! Shown so that a reader sees the whole edit; nothing here is judged, and a sentence that only moved is no change.

use super::condition_words::Roles;
use super::diff;
use super::types::Beside;
use crate::extract::Sentence;
use std::collections::{HashMap, HashSet};

/// Sentences of one side that are looked at: a page that is made anew is no list to read.
const MOST: usize = 400;
/// A row of a table or an item of a list with fewer words says nothing by itself.
const LEAST: usize = 4;
/// Role tokens that weigh most: what is done, may be done, is never done.
const MODALS: [&str; 7] = ["will", "may", "must", "not", "never", "without", "only"];
/// Two sentences with this share of their words in common are one that was changed.
const ALIKE: f64 = 0.5;

/// The sentences about demands that the edit took, brought or changed. First those in which a modal or a negation
/// changed, or a condition, then those that came or went, then the others; each in reading order. `told` holds the normal forms
/// of the passages that are told already.
#[must_use]
pub fn beside(before: &[Sentence], after: &[Sentence], told: &[&str]) -> Vec<Beside> {
    let gone = only(before, after, told);
    let mut come: Vec<Option<SentenceWords<'_>>> = only(after, before, told).into_iter().map(Some).collect();
    let mut found = Vec::new();
    for old in gone {
        let new = nearest(&old, &come).and_then(|index| come[index].take());
        if old.sentence.demand || new.as_ref().is_some_and(|new| new.sentence.demand) {
            found.push(weighed(Some(old.sentence), new.map(|new| new.sentence)));
        }
    }
    let left = come.into_iter().flatten().filter(|new| new.sentence.demand);
    found.extend(left.map(|new| weighed(None, Some(new.sentence))));
    found.sort_by_key(|(weight, _)| *weight);
    found.into_iter().map(|(_, beside)| beside).collect()
}

/// What became of a sentence, and its place among the others.
fn weighed(before: Option<&Sentence>, after: Option<&Sentence>) -> (u8, Beside) {
    let roles = |sentence: Option<&Sentence>| Roles::of(sentence.map_or("", |sentence| &sentence.normal));
    let moved = roles(before).difference(&roles(after));
    let modal = moved.lost.iter().chain(&moved.gained).any(|token| MODALS.contains(&token.as_str()));
    let weight = match (before, after) {
        (Some(_), Some(_)) if modal => 0,
        (Some(_), Some(_)) if !moved.lost.is_empty() || !moved.gained.is_empty() => 1,
        (Some(_), Some(_)) => 3,
        _ => 2,
    };
    let text = |sentence: Option<&Sentence>| sentence.map_or(String::new(), |sentence| sentence.text.clone());
    (weight, Beside { diff: diff::words(&text(before), &text(after)) })
}

/// A sentence and the set of its words.
struct SentenceWords<'a> {
    sentence: &'a Sentence,
    words: HashSet<&'a str>,
}

/// The sentences of one side that the other side does not hold, and no told passage either.
fn only<'a>(these: &'a [Sentence], others: &[Sentence], told: &[&str]) -> Vec<SentenceWords<'a>> {
    let mut held: HashMap<&str, usize> = HashMap::new();
    for other in others {
        *held.entry(&other.normal).or_default() += 1;
    }
    let fresh = these.iter().filter(|sentence| match held.get_mut(sentence.normal.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => sentence.normal.split(' ').count() >= LEAST && !told.iter().any(|quote| quote.contains(&sentence.normal)),
    });
    fresh.take(MOST).map(|sentence| SentenceWords { sentence, words: sentence.normal.split(' ').collect() }).collect()
}

/// The place of the sentence that is most alike, if one is alike enough.
fn nearest(old: &SentenceWords<'_>, come: &[Option<SentenceWords<'_>>]) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::types::Span;

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
    fn what_touches_a_condition_comes_first() {
        let old = page(&["The police write to the office in Bristol.", "An order is refused if it is too broad."]);
        let new = page(&["The police write to the office in Leeds.", "An order may be refused if it is too broad."]);
        let found = beside(&old, &new, &[]);
        assert_eq!((found.len(), found[0].diff[0].clone()), (2, Span::Same("An order ".into())), "{found:?}");
    }

    #[test]
    fn what_is_told_or_only_moved_is_not_beside() {
        let old = page(&["We tell you of an order.", "Orders come by mail.", "An order needs a judge."]);
        let new = page(&["An order needs a judge.", "We may tell you of an order."]);
        let told = ["we tell you of an order.", "we may tell you of an order."];
        let found = beside(&old, &new, &told);
        assert!(found.is_empty(), "{found:?}");
        let once = "An order needs a judge.";
        assert_eq!(beside(&page(&[once]), &page(&[once, once]), &[]).len(), 1, "said once more");
    }
}
