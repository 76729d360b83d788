//! The word diff of two quotes, made for reading: whole words, whole phrases, and nothing lost.
//!
//! Knows nothing of passages or promises. The kept and removed runs together are the text before, octet for octet;
//! the kept and added runs are the text after.

use super::types::Span;
use similar::{Algorithm, DiffOp, TextDiff};
use std::ops::Range;
use std::time::Duration;
use unicode_segmentation::UnicodeSegmentation;

/// Above this many words a side, only the common beginning and end are kept: no quote that a person reads is longer.
const MOST_WORDS: usize = 20_000;
/// After this long the diff turns coarse instead of slow; the longest real quotes take a hundredth of it.
const PATIENCE: Duration = Duration::from_millis(500);
/// Words that do not deserve to stand alone between two replacements.
const STOP_WORDS: [&str; 28] = [
    "a", "an", "the", "of", "to", "in", "on", "or", "and", "by", "for", "with", "from", "as", "at", "is", "are", "be",
    "it", "its", "that", "this", "such", "any", "we", "you", "your", "our",
];

/// The word diff from `before` to `after`; runs of the same kind are one span, and a removal stands before its
/// replacement.
///
/// # Examples
/// ```
/// use noticewatch_core::compare::{Span, diff};
/// let spans = diff::words("we will attempt to tell you", "we may attempt to tell you");
/// assert_eq!(spans[1..3], [Span::Removed("will".into()), Span::Added("may".into())]);
/// ```
#[must_use]
pub fn words(before: &str, after: &str) -> Vec<Span> {
    let (old, new) = (tokens(before), tokens(after));
    let mut segments = segments(&old, &new);
    join_confetti(&mut segments, &old, &new);
    emit(&segments, &old, &new)
}

/// A word or a mark of punctuation with the white space before it; the last one of a text may be white space alone.
#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    space: &'a str,
    word: &'a str,
}

/// Runs of tokens, equal on both sides or not; the two kinds take turns.
#[derive(Clone, Debug)]
struct Segment {
    same: bool,
    old: Range<usize>,
    new: Range<usize>,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let pieces: Vec<(usize, &str)> = text.split_word_bound_indices().collect();
    let mut found = Vec::with_capacity(pieces.len());
    let (mut space_from, mut at) = (0, 0);
    while let Some(&(start, piece)) = pieces.get(at) {
        at += 1;
        if piece.chars().all(char::is_whitespace) {
            continue;
        }
        let mut end = start + piece.len();
        // "non-disclosure" and "and/or" are one word to a reader: a mark between two words without space glues them.
        while let [(_, mark), (next, word)] = pieces[at..].iter().take(2).collect::<Vec<_>>()[..]
            && glues(mark)
            && text[..end].ends_with(char::is_alphanumeric)
            && word.starts_with(char::is_alphanumeric)
        {
            end = next + word.len();
            at += 2;
        }
        found.push(Token { space: &text[space_from..start], word: &text[start..end] });
        space_from = end;
    }
    if space_from < text.len() {
        found.push(Token { space: &text[space_from..], word: "" });
    }
    found
}

fn glues(mark: &str) -> bool {
    matches!(mark, "-" | "\u{2010}" | "\u{2011}" | "/" | "'" | "\u{2019}" | "&" | "@" | "_")
}

fn segments(old: &[Token<'_>], new: &[Token<'_>]) -> Vec<Segment> {
    if old.len() > MOST_WORDS || new.len() > MOST_WORDS {
        return ends(old, new);
    }
    let old_words: Vec<&str> = old.iter().map(|token| token.word).collect();
    let new_words: Vec<&str> = new.iter().map(|token| token.word).collect();
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(PATIENCE).diff_slices(&old_words, &new_words);
    let mut found = Vec::new();
    for op in diff.ops() {
        let same = matches!(op, DiffOp::Equal { .. });
        push(&mut found, Segment { same, old: op.old_range(), new: op.new_range() });
    }
    found
}

/// The common beginning, the common end, and all between as one replacement.
fn ends(old: &[Token<'_>], new: &[Token<'_>]) -> Vec<Segment> {
    let head = old.iter().zip(new).take_while(|(a, b)| a.word == b.word).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a.word == b.word).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let mut found = Vec::new();
    push(&mut found, Segment { same: true, old: 0..head, new: 0..head });
    push(&mut found, Segment { same: false, old: head..old_end, new: head..new_end });
    push(&mut found, Segment { same: true, old: old_end..old.len(), new: new_end..new.len() });
    found
}

fn push(segments: &mut Vec<Segment>, segment: Segment) {
    if segment.old.is_empty() && segment.new.is_empty() {
        return;
    }
    match segments.last_mut() {
        Some(last) if last.same == segment.same => {
            last.old.end = segment.old.end;
            last.new.end = segment.new.end;
        }
        _ => segments.push(segment),
    }
}

/// Takes short kept runs between two replacements into one replacement of the whole phrase.
fn join_confetti(segments: &mut Vec<Segment>, old: &[Token<'_>], new: &[Token<'_>]) {
    let mut joined: Vec<Segment> = Vec::with_capacity(segments.len());
    for (at, segment) in segments.iter().enumerate() {
        let mut segment = segment.clone();
        if segment.same
            && let (Some(left), Some(right)) = (joined.last(), segments.get(at + 1))
            && is_confetti(&old[segment.old.clone()], [left, right], old, new)
        {
            segment.same = false;
        }
        push(&mut joined, segment);
    }
    *segments = joined;
}

fn is_confetti(run: &[Token<'_>], sides: [&Segment; 2], old: &[Token<'_>], new: &[Token<'_>]) -> bool {
    let chars = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.word.len()).sum::<usize>();
    let stops = run.iter().all(|token| !is_word(token.word) || STOP_WORDS.contains(&token.word));
    let replacements = sides.iter().all(|side| !side.old.is_empty() && !side.new.is_empty());
    if stops && run.len() <= 2 && replacements {
        return true;
    }
    if sides.iter().any(|side| !side.old.is_empty() && !side.new.is_empty())
        && matches!(run, [mark] if !is_word(mark.word))
    {
        return true;
    }
    // The rule of diff-match-patch, stricter: a kept run no longer than half of each of its neighbours is chance.
    let size = |side: &Segment| chars(&old[side.old.clone()]).max(chars(&new[side.new.clone()]));
    run.len() <= 3 && sides.iter().all(|side| chars(run) * 2 <= size(side)) && replacements
}

fn is_word(word: &str) -> bool {
    word.chars().any(char::is_alphanumeric)
}

/// The spans so far, and what was removed and added since the last kept run.
#[derive(Default)]
struct Spans {
    done: Vec<Span>,
    removed: String,
    added: String,
}

impl Spans {
    fn same(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.flush();
        match self.done.last_mut() {
            Some(Span::Same(last)) => last.push_str(text),
            _ => self.done.push(Span::Same(text.to_owned())),
        }
    }

    fn flush(&mut self) {
        for (text, span) in [
            (std::mem::take(&mut self.removed), Span::Removed as fn(String) -> Span),
            (std::mem::take(&mut self.added), Span::Added as fn(String) -> Span),
        ] {
            if !text.is_empty() {
                self.done.push(span(text));
            }
        }
    }
}

fn emit(segments: &[Segment], old: &[Token<'_>], new: &[Token<'_>]) -> Vec<Span> {
    let mut spans = Spans::default();
    let mut space_told = false;
    for (at, segment) in segments.iter().enumerate() {
        let (before, after) = (&old[segment.old.clone()], &new[segment.new.clone()]);
        if segment.same {
            for (a, b) in before.iter().zip(after) {
                if !std::mem::take(&mut space_told) {
                    space(&mut spans, a.space, b.space);
                }
                spans.same(a.word);
            }
            continue;
        }
        let next = segments.get(at + 1).map(|next| (old[next.old.start].space, new[next.new.start].space));
        space_told = replace(&mut spans, before, after, next);
    }
    spans.flush();
    spans.done
}

fn space(spans: &mut Spans, before: &str, after: &str) {
    if before == after {
        spans.same(before);
    } else {
        spans.removed.push_str(before);
        spans.added.push_str(after);
    }
}

/// Emits a replacement; true if the white space before the next kept word is told already.
fn replace(spans: &mut Spans, before: &[Token<'_>], after: &[Token<'_>], next: Option<(&str, &str)>) -> bool {
    let lead = match (before.first(), after.first()) {
        (Some(a), Some(b)) if a.space == b.space => a.space,
        // "notify {+government +}users", not "notify{+ government+} users".
        (Some(only), None) | (None, Some(only)) if next == Some((only.space, only.space)) => only.space,
        _ => "",
    };
    spans.same(lead);
    for (side, text) in [(before, &mut spans.removed), (after, &mut spans.added)] {
        for (at, token) in side.iter().enumerate() {
            text.push_str(if at == 0 { &token.space[lead.len()..] } else { token.space });
            text.push_str(token.word);
        }
    }
    let rotated = (before.is_empty() || after.is_empty()) && !lead.is_empty();
    if rotated {
        let text = if before.is_empty() { &mut spans.added } else { &mut spans.removed };
        text.push_str(lead);
    }
    rotated
}
