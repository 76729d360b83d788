//! Where one sentence ends and the next begins, in the drafting habits of policies and guidelines.
//!
//! Unicode's own rule (UAX 29) splits after "U.S.", "No." or "Inc."; this file knows which of those to join again.

use unicode_segmentation::UnicodeSegmentation;

/// Abbreviations after which a sentence goes on, whatever follows. Lower case, without the last point.
const ALWAYS: &[&str] = &[
    "abs", "al", "app", "approx", "art", "arts", "b.v", "bzw", "ca", "cal", "cf", "ch", "cl", "cir", "civ", "crim",
    "d.h", "dept", "dr", "e.g", "eg", "esp", "et al", "ev", "evtl", "ex", "ext", "fed", "fig", "gem", "ggf", "hon",
    "i.e", "i.v.m", "ie", "incl", "lit", "max", "min", "mr", "mrs", "ms", "n.v", "no", "nos", "nr", "p", "para",
    "paras", "pp", "prof", "pub", "r", "reg", "rev", "s", "sec", "sect", "sog", "st", "stat", "tel", "u.a", "usw", "v",
    "vgl", "viz", "vol", "vs", "z.b", "zzgl",
];

/// Abbreviations that can also end a sentence: what follows decides. Lower case, without the last point.
const SOMETIMES: &[&str] = &[
    "a.m", "c.f.r", "co", "corp", "d.c", "e.u", "etc", "f.r.d", "inc", "jr", "llc", "ltd", "p.m", "s.a", "s.r.l", "sr",
    "u.k", "u.n", "u.s", "u.s.a", "u.s.c", "ltda", "pty", "pte", "s.a.r.l", "s.p.a", "f.r.c.p", "ph.d",
];

/// Words that begin a sentence, so that "in the U.S. We" ends one there.
const STARTERS: &[&str] = &[
    "a",
    "additionally",
    "all",
    "although",
    "an",
    "any",
    "as",
    "at",
    "because",
    "before",
    "by",
    "each",
    "exceptions",
    "except",
    "for",
    "from",
    "generally",
    "he",
    "how",
    "however",
    "if",
    "in",
    "it",
    "its",
    "law",
    "no",
    "nothing",
    "on",
    "once",
    "only",
    "or",
    "our",
    "please",
    "requests",
    "she",
    "should",
    "since",
    "such",
    "that",
    "the",
    "their",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "unless",
    "until",
    "upon",
    "users",
    "we",
    "what",
    "when",
    "where",
    "whether",
    "while",
    "who",
    "with",
    "without",
    "you",
    "your",
];

/// The sentences of a text, as slices of it without white space around them. A line break always ends one.
///
/// # Examples
/// ```
/// use noticewatch_core::text::sentences;
/// let text = "We follow 18 U.S.C. § 2705(b). Acme Inc. will tell you, e.g. by email.";
/// assert_eq!(sentences(text), ["We follow 18 U.S.C. § 2705(b).", "Acme Inc. will tell you, e.g. by email."]);
/// ```
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(['\n', '\r', '\u{2028}', '\u{2029}']) {
        push_line(&mut found, text, at, line);
        at += line.len();
    }
    found
}

/// Appends the sentences of one line, which stands at `offset` in `text`.
fn push_line<'a>(found: &mut Vec<&'a str>, text: &'a str, offset: usize, line: &'a str) {
    let mut start = offset;
    for (at, piece) in line.split_sentence_bound_indices() {
        let end = offset + at + piece.len();
        let following = &text[end..offset + line.len()];
        if following.trim().is_empty() || !goes_on(&text[start..end], following) {
            push(found, &text[start..end]);
            start = end;
        }
    }
    push(found, &text[start..offset + line.len()]);
}

/// Appends a sentence, if there is one.
fn push<'a>(found: &mut Vec<&'a str>, piece: &'a str) {
    let piece = piece.trim();
    if !piece.is_empty() {
        found.push(piece);
    }
}

/// Whether a sentence that seems to end with `before` goes on in `following`.
fn goes_on(before: &str, following: &str) -> bool {
    let before = before.trim_end();
    let following = following.trim_start();
    let Some(body) = before.strip_suffix('.') else { return is_enumerator(before) };
    if is_enumerator(before) || following.starts_with(char::is_lowercase) {
        return true;
    }
    let word = body.rsplit([' ', '\u{a0}', '(', '[', '"', '\u{201c}', '/']).next().unwrap_or_default();
    if word.is_empty() || word.len() > 12 {
        return false;
    }
    let word = word.to_lowercase();
    if ALWAYS.contains(&word.as_str()) {
        return follows_abbreviation(&word, following);
    }
    let initial = word.chars().count() == 1 && body.ends_with(char::is_uppercase);
    (initial || SOMETIMES.contains(&word.as_str())) && !starts_sentence(following)
}

/// Short words that are abbreviations only before a number: "No. 4", "Art. 6", "no. Users" ends.
fn follows_abbreviation(word: &str, following: &str) -> bool {
    match word {
        "no" | "nos" | "s" | "p" | "pp" | "r" | "art" | "min" | "max" | "app" | "ex" | "ch" => {
            following.starts_with(|letter: char| letter.is_ascii_digit() || letter == '§')
        }
        _ => true,
    }
}

/// Whether the next words look like the beginning of a sentence.
fn starts_sentence(following: &str) -> bool {
    let word: String = following.chars().take_while(|letter| letter.is_alphabetic()).take(16).collect();
    !word.is_empty() && STARTERS.contains(&word.to_lowercase().as_str())
}

/// Whether a piece is nothing but an enumerator ("1.", "(a)", "iv."), which belongs to what follows.
fn is_enumerator(piece: &str) -> bool {
    let piece = piece.trim();
    let label = piece.trim_start_matches(['(', '[']).trim_end_matches(['.', ')', ']', ':']);
    piece.len() <= 8
        && label.len() < piece.len()
        && !label.is_empty()
        && label.split('.').all(|part| {
            (1..=3).contains(&part.len()) && part.bytes().all(|octet| octet.is_ascii_digit())
                || part.len() == 1 && part.bytes().all(|octet| octet.is_ascii_alphabetic())
                || (1..=4).contains(&part.len()) && part.bytes().all(|octet| b"ivxIVX".contains(&octet))
        })
}
