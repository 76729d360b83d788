//! What moved, as sentences: one for each slot, and the reasons that say more than those do.
//!
//! Sentences of one change; nothing else of a letter is known here.

use super::glossary::meaning;
use super::phrases::capital;
use super::{phrases, sanitize};
use crate::compare::{Change, Direction, Moved, Verdict};
use crate::promise::{Said, Slot};

/// What is told of a passage that stands on one side alone; the rest of it can be read there.
const WEIGHTY: [Slot; 6] = [Slot::Strength, Slot::Timing, Slot::LeadTime, Slot::Delayed, Slot::Object, Slot::Contents];

/// A sentence for each thing that moved; of a passage that stands on one side alone, for each thing that it says.
///
/// What moved to another page is told by where it stands: its words are the same.
pub fn points(change: &Change) -> Vec<String> {
    if change.verdict == Verdict::Moved && change.slots.is_empty() {
        return change.reasons.iter().map(|reason| whole(reason)).collect();
    }
    let alone = match (&change.before, &change.after) {
        (Some(passage), None) | (None, Some(passage)) if change.slots.is_empty() => passage,
        _ => return moved(&change.slots),
    };
    let gone = change.after.is_none();
    let sentence = |(slot, said): (&Slot, &Said)| {
        let said =
            (Some(meaning(*slot, &said.value)), Some(sanitize::cut(&sanitize::short_words(&said.quote, 60), 160)));
        let (value, quote) = if gone { (said, (None, None)) } else { ((None, None), said) };
        format!("{}: {}.", phrases::slot(*slot), became(value, quote))
    };
    alone.commitment.slots.iter().filter(|(slot, _)| WEIGHTY.contains(slot)).map(sentence).collect()
}

/// A reason as a sentence of its own.
fn whole(reason: &str) -> String {
    format!("{}.", capital(sanitize::cut(reason, 400).trim_end_matches('.')))
}

/// A sentence a slot; one that became less in one point and more in another is told once.
fn moved(slots: &[Moved]) -> Vec<String> {
    let mut points: Vec<(String, Vec<Direction>)> = Vec::new();
    for moved in slots {
        let what = point(moved);
        match points.iter_mut().find(|(told, _)| *told == what) {
            Some((_, signs)) => signs.push(moved.sign),
            None => points.push((what, vec![moved.sign])),
        }
    }
    let sentence = |(what, signs): (String, Vec<Direction>)| match &signs[..] {
        [sign] => format!("{what}. {}", phrases::sign(*sign)),
        signs if signs.contains(&Direction::Minus) && signs.contains(&Direction::Plus) => {
            format!("{what}. Less for users in one point, more in another.")
        }
        signs => format!("{what}. {}", signs.first().map_or("", |sign| phrases::sign(*sign))),
    };
    points.into_iter().map(sentence).collect()
}

/// The reasons that say more than the points do.
pub fn why(reasons: &[String], points: &[String]) -> Vec<String> {
    let told = reasons.iter().filter(|reason| !repeats(reason, points) && !points.contains(&whole(reason)));
    told.map(|reason| sanitize::cut(&reason.replace(" -> ", " → "), 400)).collect()
}

/// Whether a reason is one of the points in other order: `Timing: "before" -> "if" (before -> if-or-when-disclosing)`.
fn repeats(reason: &str, points: &[String]) -> bool {
    let Some((_, detail)) = reason.rsplit_once(" (") else { return false };
    let bare = detail.contains(" -> ") || detail.starts_with("added: ") || detail.starts_with("gone: ");
    let mut quotes = reason.split('"').skip(1).step_by(2).peekable();
    bare && quotes.peek().is_some() && quotes.all(|quote| points.iter().any(|point| point.contains(quote)))
}

/// What became of one slot.
fn point(moved: &Moved) -> String {
    let said = |meant: &Option<String>, quote: &Option<String>| {
        let meant = meant.as_deref().map(|meant| meaning(moved.slot, meant));
        (meant, quote.as_deref().map(|quote| sanitize::cut(&sanitize::short_words(quote, 60), 160)))
    };
    let what = in_parts(moved)
        .unwrap_or_else(|| became(said(&moved.from, &moved.from_quote), said(&moved.to, &moved.to_quote)));
    format!("{}: {what}", phrases::slot(moved.slot))
}

/// Of a list that kept some of its parts: those that went and those that came.
fn in_parts(moved: &Moved) -> Option<String> {
    let quotes = apart(moved.from_quote.as_deref()?, moved.to_quote.as_deref()?, "; ")?;
    let values = apart(moved.from.as_deref().unwrap_or_default(), moved.to.as_deref().unwrap_or_default(), ", ");
    let (gone, come) = values.unwrap_or_default();
    let part = |word: &str, quote: String, value: String| {
        let meant = if value.is_empty() { String::new() } else { format!(" ({})", meaning(moved.slot, &value)) };
        (!quote.is_empty())
            .then(|| format!("{word} \"{}\"{meant}", sanitize::cut(&sanitize::short_words(&quote, 60), 160)))
    };
    let parts = [part("no longer", quotes.0, gone), part("now also", quotes.1, come)];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// What of two lists stands in one of them alone; None where they have nothing in common, or nothing else.
pub fn apart(from: &str, to: &str, between: &str) -> Option<(String, String)> {
    let parts = |text: &str| text.split(between).map(sanitize::line).collect::<Vec<String>>();
    let (from, to) = (parts(from), parts(to));
    let only = |these: &[String], others: &[String]| {
        let missing =
            these.iter().filter(|part| !others.iter().any(|other| other.to_lowercase() == part.to_lowercase()));
        missing.cloned().collect::<Vec<String>>()
    };
    let (gone, come) = (only(&from, &to), only(&to, &from));
    let some = gone.len() < from.len() && !(gone.is_empty() && come.is_empty());
    some.then(|| (gone.join(between), come.join(between)))
}

/// A meaning and the words that carry it.
type Meant = (Option<String>, Option<String>);

fn became(from: Meant, to: Meant) -> String {
    let says = |(value, quote): Meant| match (value, quote) {
        (Some(value), Some(quote)) if quote != value => Some(format!("\"{quote}\" ({value})")),
        (Some(text), _) | (None, Some(text)) => Some(format!("\"{text}\"")),
        (None, None) => None,
    };
    match (says(from), says(to)) {
        (Some(from), Some(to)) => format!("{from} became {to}"),
        (Some(from), None) => format!("{from} is gone"),
        (None, Some(to)) => format!("now {to}, not spoken of before"),
        (None, None) => "other words".to_owned(),
    }
}
