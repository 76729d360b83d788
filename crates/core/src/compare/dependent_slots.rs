//! What other words of a passage do to its movements: safeguards that fall with their exception (docs/RULES.md 4.7),
//! limits on a reserve, conditions on who is told, and slots that were read on one side only although their words stand
//! on both.
//!
//! Never judges; it takes movements away, adds some, or takes their weight.

use super::condition_words::BAN;
use super::movements::Movement;
use super::sentence_pairs::Touched;
use super::types::{Direction, Moved};
use super::{condition_words, movements, scales};
use crate::extract::Passage;
use crate::promise::Slot;
use crate::text;
use regex::Regex;
use std::sync::LazyLock;

/// Applies all of these rules, in their order.
pub fn apply(
    movements: &mut Vec<Movement>,
    before: &Passage,
    after: &Passage,
    touched: &Touched,
    aliases: &[Vec<String>],
) {
    fall_with_exception(movements, before, after);
    same_actor(movements, aliases);
    if touched.words.all.is_empty() {
        movements.retain(|movement| !stands_unread(&movement.moved, before, after, aliases));
    }
    no_ban_under_a_duty(movements, before, after);
    limits_a_reservation(movements, before, after, touched);
    condition_on_users(movements, before, after);
    swallowed(movements, before, after);
    movements.sort_by_key(|movement| movement.moved.slot);
}

/// A slot that was read on one side only, though its words stand on both and no word of condition differs: the lexicon knows
/// one of two ways to set the same clause. Of a list, what came or went may stand unread likewise.
fn stands_unread(moved: &Moved, before: &Passage, after: &Passage, aliases: &[Vec<String>]) -> bool {
    let (quote, other) = match (&moved.from, &moved.to, moved.sign) {
        (Some(_), None, _) => (differing(moved.from_quote.as_ref(), None), after),
        (None, Some(_), _) => (differing(moved.to_quote.as_ref(), None), before),
        (Some(_), Some(_), Direction::Plus) if moved.slot == Slot::Trigger => {
            (differing(moved.to_quote.as_ref(), moved.from_quote.as_ref()), before)
        }
        (Some(_), Some(_), Direction::Minus) if moved.slot == Slot::Trigger => {
            (differing(moved.from_quote.as_ref(), moved.to_quote.as_ref()), after)
        }
        _ => return false,
    };
    let canonical = |text: &str| text::canonical(&text.replace('\n', " "), aliases);
    let text = canonical(&other.quote);
    let sentences: Vec<String> = text::sentences(&other.quote).into_iter().map(canonical).collect();
    let stands = |part: &&str| {
        let part = canonical(part);
        let part = LEADING.replace(part.trim(), "");
        text.contains(part.as_ref())
            || match moved.slot {
                Slot::Strength => sentences.iter().any(|text| in_order(&part, text)),
                Slot::Timing => sentences.iter().any(|text| in_short(&part, text)),
                _ => false,
            }
    };
    !quote.is_empty() && quote.iter().all(stands)
}

/// Words before a noun that its place in a list asks for.
static LEADING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:(?:and|or|the|an?|any|such|valid) )+").expect("a pattern of words"));

/// The parts of a slot's words that stand in the one and not in the other.
fn differing<'a>(one: Option<&'a String>, other: Option<&'a String>) -> Vec<&'a str> {
    let parts = |quote: Option<&'a String>| quote.into_iter().flat_map(|quote| quote.split("; ")).map(str::trim);
    let others: Vec<&str> = parts(other).collect();
    parts(one).filter(|part| !part.is_empty() && !others.contains(part)).collect()
}

/// Whether the words of a phrase stand in a sentence in their order, others between them: "will, before we comply, tell you".
fn in_order(phrase: &str, sentence: &str) -> bool {
    let mut words = text::tokens(sentence).into_iter();
    text::tokens(phrase).into_iter().all(|wanted| words.any(|word| word == wanted))
}

/// A law that demands notice forbids none: where the promise became or was no more than that duty, "unless the law forbids it"
/// goes or comes with it.
fn no_ban_under_a_duty(movements: &mut Vec<Movement>, before: &Passage, after: &Passage) {
    let duty = |passage: &Passage| passage.commitment.value(Slot::Strength) == Some("legal-floor");
    let only_ban = |value: &Option<String>| {
        let bans =
            |item: &str| matches!(item.trim(), "prohibited-by-law" | "prohibited-by-order" | "believed-prohibited");
        value.as_ref().is_some_and(|value| value.split(',').all(bans))
    };
    let (fell, rose) = (!duty(before) && duty(after), duty(before) && !duty(after));
    movements.retain(|Movement { moved, .. }| {
        let with_it =
            fell && only_ban(&moved.from) && moved.to.is_none() || rose && only_ban(&moved.to) && moved.from.is_none();
        moved.slot != Slot::Exceptions || !with_it
    });
}

/// Whether the first and the last word of a phrase stand close together in a sentence, in any form of the last one: "before we
/// disclose", "before it is disclosed".
fn in_short(phrase: &str, sentence: &str) -> bool {
    let (phrase, sentence) = (text::tokens(phrase), text::tokens(sentence));
    let (Some(first), Some(last)) = (phrase.first(), phrase.last().map(|word| text::stem(word))) else { return false };
    let near = |at: usize| sentence[at..].iter().take(5).any(|word| text::stem(word).starts_with(&last));
    (0..sentence.len()).any(|at| sentence[at] == *first && near(at))
}

/// A condition that the promise makes of the user, and in which no demand is spoken of: "if you hold an active account".
static OF_USER: LazyLock<Regex> = LazyLock::new(|| {
    let user = "(?:user|member|customer|subscriber|client|account holder|account owner)";
    Regex::new(&format!(
        r"\b(?:only )?(?:if|where|when|whenever|provided(?: that)?|as long as|so long as|on (?:the )?condition that) (?:you|your account|they|(?:the|that|an?) (?:affected |relevant )?(?:{user}|account)|{user}s) [^,.;]{{3,160}}|\b(?:{user}s|people|those|anyone) (?:who|that) (?:have|has|hold|holds|are|is|opt|opted|ask|asked|request|requested|pay|pays|subscribe|enable|enabled|live|reside|choose|chose)\b[^,.;]{{3,160}}|\b{user}s? with an? (?:\w+ )?(?:verified|valid|active|paid|current|premium|business|registered|confirmed)\b[^,.;]{{0,160}}"
    ))
    .expect("a pattern of this file")
});
/// Where such a condition ends although no mark ends it.
static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:before|prior to|unless|except|we will|we may|we shall|of|about|regarding)\b")
        .expect("a pattern of words")
});
/// Words by which the clause speaks of the demand, or of an exception, and not of the user.
static OF_DEMAND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:request|demand|sought|seek|subpoena|order|warrant|process|disclos|produc|law|govern|court|affected|subject|target|named|concern|prohibit|permit|allow|forb|emergenc|compel|requir|harm|danger|investigat|fraud|violat|abus|misus|illegal|unlawful|compromis|hijack|child|information|data|records)")
        .expect("a pattern of stems")
});

/// The conditions on users in the sentence that says how firmly they are told.
fn on_users(passage: &Passage) -> Vec<String> {
    let Some(said) = passage.commitment.slots.get(&Slot::Strength) else { return Vec::new() };
    let sentences = text::sentences(&passage.quote);
    let Some(sentence) = sentences.into_iter().find(|sentence| sentence.contains(said.quote.as_str())) else {
        return Vec::new();
    };
    let lower = sentence.to_ascii_lowercase();
    let clause = |found: regex::Match<'_>| {
        let end = ENDS.find(found.as_str()).map_or(found.end(), |end| found.start() + end.start());
        sentence[found.start()..end].trim()
    };
    let of_user = |clause: &&str| {
        let head: Vec<&str> = clause.split_whitespace().take(9).collect();
        !OF_DEMAND.is_match(&head.join(" ").to_ascii_lowercase())
    };
    OF_USER.find_iter(&lower).map(clause).filter(of_user).map(str::to_owned).collect()
}

/// A promise that asks something of the user reaches fewer (docs/RULES.md 4.7). What stands in the condition is no way
/// of telling.
fn condition_on_users(movements: &mut Vec<Movement>, before: &Passage, after: &Passage) {
    let promises = |passage: &Passage| movements::strength(&passage.commitment).is_some_and(|strength| strength > 0);
    let reach = movements.iter().any(|movement| movement.moved.slot == Slot::Reach);
    if reach || !promises(before) || !promises(after) {
        return;
    }
    let (old, new) = (on_users(before), on_users(after));
    let (sign, lost, gained) = match old.len().cmp(&new.len()) {
        std::cmp::Ordering::Less => (Direction::Minus, None, new.into_iter().find(|clause| !old.contains(clause))),
        std::cmp::Ordering::Greater => (Direction::Plus, old.into_iter().find(|clause| !new.contains(clause)), None),
        std::cmp::Ordering::Equal => return,
    };
    let inside = |quote: &Option<String>, clause: &Option<String>| {
        quote.as_ref().zip(clause.as_ref()).is_some_and(|(quote, clause)| clause.contains(quote.as_str()))
    };
    movements.retain(|Movement { moved, slight, .. }| {
        !*slight || moved.sign == sign || !(inside(&moved.to_quote, &gained) || inside(&moved.from_quote, &lost))
    });
    let value = |clause: &Option<String>| clause.as_ref().map(|_| "condition".to_owned());
    let moved =
        Moved { slot: Slot::Reach, from: value(&lost), to: value(&gained), sign, from_quote: lost, to_quote: gained };
    movements.push(Movement { moved, slight: false, detail: None });
}

/// Where both sides reserve silence, a new "where permitted by law" limits the reservation, and a dropped one widens it.
fn limits_a_reservation(movements: &mut Vec<Movement>, before: &Passage, after: &Passage, touched: &Touched) {
    let reserves = |passage: &Passage| movements::strength(&passage.commitment).is_some_and(|strength| strength < 0);
    let explained = movements.iter().any(|movement| movement.moved.slot == Slot::Exceptions);
    if !reserves(before) || !reserves(after) || explained {
        return;
    }
    let (sign, from, to) = match (touched.words.main.lost.as_slice(), touched.words.main.gained.as_slice()) {
        ([], [token]) if token == BAN => (Direction::Plus, None, Some("prohibited-by-law".to_owned())),
        ([token], []) if token == BAN => (Direction::Minus, Some("prohibited-by-law".to_owned()), None),
        _ => return,
    };
    let words = |passage: &Passage| condition_words::ban(&passage.quote).map(str::to_owned);
    let from_quote = from.as_ref().and_then(|_| words(before));
    let to_quote = to.as_ref().and_then(|_| words(after));
    let moved = Moved { slot: Slot::Exceptions, from, to, sign, from_quote, to_quote };
    let detail = Some("a limit on the reservation of silence".to_owned());
    movements.push(Movement { moved, slight: false, detail });
}

/// An exception that goes is a gain only where the promise stands as firm as before: a weaker one has swallowed it.
fn swallowed(movements: &mut Vec<Movement>, before: &Passage, after: &Passage) {
    let unread = [before, after].iter().any(|side| side.commitment.value(Slot::Strength) == Some(scales::UNREAD));
    let [was, is] = [before, after].map(|side| movements::strength(&side.commitment).unwrap_or(0));
    let differ = before.commitment.value(Slot::Strength) != after.commitment.value(Slot::Strength);
    if is < was || unread && differ {
        let of_exceptions = |slot: Slot| matches!(slot, Slot::Exceptions | Slot::ClosedList | Slot::Decider);
        movements.retain(|Movement { moved, .. }| moved.sign != Direction::Plus || !of_exceptions(moved.slot));
    }
}

/// A safeguard attached only to an exception that is gone falls with it and takes nothing (docs/RULES.md 4.7).
fn fall_with_exception(movements: &mut [Movement], before: &Passage, after: &Passage) {
    const NAMES: [(&str, &str); 6] = [
        ("emergency", "emergenc"),
        ("child-safety", "child"),
        ("terrorism", "terror"),
        ("jeopardises-investigation", "investigation"),
        ("risk-of-harm", "harm"),
        ("prohibited-by-order", "order"),
    ];
    let of = |passage: &Passage| passage.commitment.value(Slot::Exceptions).unwrap_or_default().to_owned();
    let (from, to) = (of(before), of(after));
    let stands = |list: &str, name: &str| list.split(',').any(|item| item.trim() == name);
    for movement in movements {
        let safeguard = matches!(movement.moved.slot, Slot::Delayed | Slot::Gag);
        let Some(quote) = movement.moved.from_quote.as_ref().filter(|_| safeguard && movement.moved.to.is_none())
        else {
            continue;
        };
        let flat = before.quote.to_lowercase();
        let quote = quote.to_lowercase();
        let sentence = text::sentences(&flat).into_iter().find(|text| text.contains(&quote)).unwrap_or(&quote);
        let named = |list: &str| NAMES.iter().any(|(name, word)| stands(list, name) && sentence.contains(word));
        let dropped =
            NAMES.iter().any(|(name, word)| stands(&from, name) && !stands(&to, name) && sentence.contains(word));
        if dropped && !named(&to) {
            movement.moved.sign = Direction::Zero;
            movement.slight = true;
            movement.detail = Some("it served only an exception that is gone".to_owned());
        }
    }
}

/// An actor under another of its names has not moved.
fn same_actor(movements: &mut Vec<Movement>, aliases: &[Vec<String>]) {
    let folded = |value: &Option<String>| value.as_deref().map(|value| text::canonical(value, aliases));
    movements.retain(|movement| {
        movement.moved.slot != Slot::Actor || folded(&movement.moved.from) != folded(&movement.moved.to)
    });
}
