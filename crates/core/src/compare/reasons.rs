//! Why a verdict is what it is, in one plain sentence a slot, with the words of the page.
//!
//! Never judges: what it is told moved, it says.

use super::movements::Movement;
use super::types::{Direction, Moved};
use crate::promise::{Commitment, Said, Slot};

/// The longest quote in a reason, in characters; the full sentences stand beside it.
const QUOTE: usize = 160;

/// The words of the promise with their meaning: `"we will notify" (firm, before)`.
#[must_use]
pub fn promise(commitment: &Commitment) -> Option<String> {
    let Said { value, quote } = commitment.slots.get(&Slot::Strength)?;
    let timing = commitment.value(Slot::Timing).map(|timing| format!(", {timing}")).unwrap_or_default();
    Some(format!("\"{}\" ({value}{timing})", cut(quote)))
}

/// One plain sentence for a slot that moved: `Promise: "will attempt" -> "may attempt" (effort -> may)`.
#[must_use]
pub fn reason(movement: &Movement) -> Option<String> {
    let Moved { slot, from, to, sign, from_quote, to_quote } = &movement.moved;
    if *sign == Direction::Zero && movement.slight && movement.detail.is_none() && *slot != Slot::Actor {
        return None;
    }
    let (from_quote, to_quote) = differing(from_quote.as_deref(), to_quote.as_deref());
    let quoted = |quote: &str| if quote.is_empty() { "nothing".to_owned() } else { format!("\"{}\"", cut(quote)) };
    let unsaid = if *slot == Slot::Strength { "silence" } else { "unstated" };
    let value = |value: &Option<String>| value.as_deref().unwrap_or(unsaid).to_owned();
    let what = movement.detail.clone().unwrap_or_else(|| format!("{} -> {}", value(from), value(to)));
    let both = from.is_some() && to.is_some();
    Some(match (from_quote.is_empty(), to_quote.is_empty()) {
        (true, true) => format!("{}: {what}", name(*slot)),
        (true, false) if both => format!("{}: {} is new ({what})", name(*slot), quoted(&to_quote)),
        (false, true) if both => format!("{}: {} is gone ({what})", name(*slot), quoted(&from_quote)),
        _ => format!("{}: {} -> {} ({what})", name(*slot), quoted(&from_quote), quoted(&to_quote)),
    })
}

/// The quotes of both sides without the parts of a list that stand on both.
fn differing(from: Option<&str>, to: Option<&str>) -> (String, String) {
    let parts = |quote: Option<&'_ str>| -> Vec<String> {
        quote.into_iter().flat_map(|quote| quote.split("; ")).map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let only = |side: &[String], other: &[String]| {
        side.iter().filter(|part| !other.contains(part)).cloned().collect::<Vec<_>>().join("; ")
    };
    (only(&from, &to), only(&to, &from))
}

/// What a slot is called in a sentence for a person.
fn name(slot: Slot) -> &'static str {
    match slot {
        Slot::Strength => "Promise",
        Slot::Timing => "Timing",
        Slot::LeadTime => "Lead time",
        Slot::Decider => "Who decides",
        Slot::Exceptions => "Exceptions",
        Slot::ClosedList => "List of exceptions",
        Slot::Trigger => "Demands covered",
        Slot::Burden => "What officials must show",
        Slot::Delayed => "Delayed notice",
        Slot::Object => "Chance to object",
        Slot::Contents => "What users are given",
        Slot::Gag => "Non-disclosure orders",
        Slot::Reach => "Who is reached",
        Slot::Channel => "Channel",
        Slot::Actor => "Who promises",
    }
}

/// Words that a reader takes as part of the promise, where they stand right before it.
const LEADING: [&str; 10] = ["will", "shall", "may", "might", "must", "not", "also", "always", "generally", "promptly"];

/// A quote completed to what a reader would quote: `before disclos` to `before disclosing`, and for a promise `attempt` to
/// `will attempt`.
#[must_use]
pub fn whole_words(slot: Slot, quote: &str, text: &str) -> String {
    let whole = |part: &str| {
        let Some(start) = text.find(part) else { return part.to_owned() };
        let end = start + part.len();
        let word = |text: &str| text.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(text.len());
        let more = if part.ends_with(char::is_alphanumeric) { word(&text[end..]) } else { 0 };
        let start = if slot == Slot::Strength { leading(text, start) } else { start };
        text[start..end + more].trim_end_matches([',', ';', ':', '.']).to_owned()
    };
    quote.split("; ").map(whole).collect::<Vec<_>>().join("; ")
}

/// Where the auxiliaries right before a place begin.
fn leading(text: &str, start: usize) -> usize {
    let mut start = start;
    while let Some(before) = text[..start].strip_suffix(' ') {
        let word = before.rsplit(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
        if !LEADING.contains(&word.to_lowercase().as_str()) {
            break;
        }
        start = before.len() - word.len();
    }
    start
}

/// A quote on one line, cut at a word where it is long.
#[must_use]
pub fn cut(quote: &str) -> String {
    let line = quote.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = line.char_indices().nth(QUOTE) else { return line };
    let end = line[..end].rfind(' ').unwrap_or(end);
    format!("{} ...", &line[..end])
}
