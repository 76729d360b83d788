//! A wording as it stands in a letter: paragraphs of pieces, each kept, removed or added; very long ones shortened where nothing changed.
//!
//! The words are the page's, only cleaned; this file knows no verdict and no markup.

use super::sanitize;
use crate::compare::{Change, Span};
use crate::extract::Passage;

/// Most characters of one wording in a letter.
pub const MOST: usize = 6_000;
/// Most characters of a sentence that stands beside a finding.
const MOST_INLINE: usize = 900;
/// Letters of the longest word that is shown whole: addresses have some hundred, and nobody reads more.
const MOST_WORD: usize = 200;
/// What is shown of a longer one.
const WORD_SHOWN: usize = 60;
/// Unchanged words kept on either side of a change where a wording is too long.
const AROUND: usize = 300;

/// How a piece of a wording came through the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanMark {
    Kept,
    Removed,
    Added,
}

/// A run of words under one mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub mark: SpanMark,
    pub text: String,
}

/// A wording: paragraphs of pieces.
#[derive(Clone, Debug, Default)]
pub struct Wording {
    pub paragraphs: Vec<Vec<Piece>>,
    /// Words were left out.
    pub shortened: bool,
}

/// The wording before, with what went marked as removed; and the wording after, with what came marked as added.
pub fn both(change: &Change, most: usize) -> (Option<Wording>, Option<Wording>) {
    let side = |passage: &Option<Passage>, mark| {
        passage.as_ref().map(|passage| wording(&passage.quote, &change.diff, mark, most))
    };
    (side(&change.before, SpanMark::Removed), side(&change.after, SpanMark::Added))
}

fn wording(quote: &str, diff: &[Span], own: SpanMark, most: usize) -> Wording {
    let mut pieces = Vec::new();
    for span in diff {
        match (span, own) {
            (Span::Same(text), _) => push(&mut pieces, SpanMark::Kept, text),
            (Span::Removed(text), SpanMark::Removed) | (Span::Added(text), SpanMark::Added) => {
                push(&mut pieces, own, text);
            }
            _ => {}
        }
    }
    let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    if !same_words(&joined, quote) {
        // A diff that does not spell out the quote must never stand in its place: the words decide.
        pieces =
            vec![Piece { mark: if diff.is_empty() { own } else { SpanMark::Kept }, text: sanitize::visible(quote) }];
    }
    let cut = bearable(&mut pieces);
    let long = length(&pieces) > most;
    if long {
        pieces = shorten(pieces, most);
    }
    Wording { paragraphs: paragraphs(pieces), shortened: cut || long }
}

/// A short text with what went and what came, each marked, in one run.
pub fn inline(diff: &[Span]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for span in diff {
        let (mark, text) = match span {
            Span::Same(text) => (SpanMark::Kept, text),
            Span::Removed(text) => (SpanMark::Removed, text),
            Span::Added(text) => (SpanMark::Added, text),
        };
        push(&mut pieces, mark, text);
    }
    bearable(&mut pieces);
    let pieces = if length(&pieces) > MOST_INLINE { shorten(pieces, MOST_INLINE) } else { pieces };
    paragraphs(pieces).into_iter().flatten().collect()
}

fn length(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.text.chars().count()).sum()
}

/// Cuts words that no language has; whether there were any.
fn bearable(pieces: &mut [Piece]) -> bool {
    let mut cut = false;
    for piece in pieces.iter_mut().filter(|piece| piece.text.len() > MOST_WORD) {
        let words = piece.text.split_inclusive(char::is_whitespace).map(|word| {
            let letters = word.trim_end().chars().count();
            if letters <= MOST_WORD {
                return word.to_owned();
            }
            cut = true;
            let space = &word[word.trim_end().len()..];
            format!("{} […]{space}", word.chars().take(WORD_SHOWN).collect::<String>())
        });
        piece.text = words.collect();
    }
    cut
}

fn push(pieces: &mut Vec<Piece>, mark: SpanMark, text: &str) {
    let text = sanitize::visible(text);
    match pieces.last_mut() {
        Some(last) if last.mark == mark => last.text.push_str(&text),
        _ => pieces.push(Piece { mark, text }),
    }
}

fn same_words(left: &str, right: &str) -> bool {
    sanitize::visible(left).split_whitespace().eq(sanitize::visible(right).split_whitespace())
}

/// Leaves out the middle of long unchanged runs; what is then still too long is cut at its end.
fn shorten(pieces: Vec<Piece>, most: usize) -> Vec<Piece> {
    let mut left = most;
    let mut kept = Vec::new();
    for mut piece in pieces {
        if piece.mark == SpanMark::Kept && piece.text.chars().count() > 2 * AROUND + 20 {
            let (head, tail) = (head(&piece.text, AROUND), tail(&piece.text, AROUND));
            piece.text = format!("{head} […] {tail}");
        }
        let length = piece.text.chars().count();
        if length > left {
            piece.text = format!("{} […]", head(&piece.text, left));
            kept.push(piece);
            break;
        }
        left -= length;
        kept.push(piece);
    }
    kept
}

fn head(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    text[..end].rfind(char::is_whitespace).map_or(&text[..end], |space| &text[..space])
}

fn tail(text: &str, most: usize) -> &str {
    let start = text.char_indices().rev().nth(most).map_or(0, |(at, _)| at);
    text[start..].find(char::is_whitespace).map_or(&text[start..], |space| text[start + space..].trim_start())
}

/// Breaks at line ends, and moves white space at the rim of a marked piece out of the mark.
fn paragraphs(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut paragraphs = vec![Vec::new()];
    for piece in pieces {
        for (index, part) in piece.text.split('\n').enumerate() {
            if index > 0 {
                paragraphs.push(Vec::new());
            }
            if let Some(paragraph) = paragraphs.last_mut() {
                rim(paragraph, piece.mark, part);
            }
        }
    }
    paragraphs.retain(|paragraph| paragraph.iter().any(|piece| !piece.text.trim().is_empty()));
    paragraphs
}

fn rim(paragraph: &mut Vec<Piece>, mark: SpanMark, text: &str) {
    let inner = text.trim();
    if inner.is_empty() || mark == SpanMark::Kept {
        if !text.is_empty() {
            push(paragraph, SpanMark::Kept, text);
        }
        return;
    }
    let start = text.len() - text.trim_start().len();
    for (mark, part) in
        [(SpanMark::Kept, &text[..start]), (mark, inner), (SpanMark::Kept, &text[start + inner.len()..])]
    {
        if !part.is_empty() {
            push(paragraph, mark, part);
        }
    }
}
