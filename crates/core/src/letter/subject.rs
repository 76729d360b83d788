//! The subject: one line in one of a few fixed forms, the worst first.
//!
//! The same table, for readers, stands in docs/LETTERS.md.
//!
//! | form | when |
//! |---|---|
//! | `[weakened] LABEL: "old words" -> "new words" and 2 more` | a finding; the word in brackets is its verdict |
//! | `[removed] LABEL: "words" is gone` | a finding without a wording after it |
//! | `[added] LABEL: now "words"` | a finding without a wording before it |
//! | `... (in force 2026-04-01)` | the page names a day ahead as the one from which it holds |
//! | `[weakened, late] ...`, `[weakened, judged anew] ...` | a finding that does not come in time |
//! | `[correction] LABEL: ...` | a finding of ours that was wrong |
//! | `[in force] LABEL: "old words" -> "new words" since 2026-04-01` | that day has come |
//! | `[page check] LABEL: out of sight since 2026-03-01` | one trouble only |
//! | `[page check] 2 pages are gone, 13 pages are served again` | several, counted; one service is named before them |
//! | `[reworded] LABEL: other words; no rule of ours finds a different promise` | only findings of the tail |
//! | `[not watching] 0 of 30 pages checked` | nothing to tell, and no page was seen that can be vouched for |
//! | `[weekly] 28 of 30 pages checked; 1 change told since 2026-01-19` | nothing to tell that was not told this week |
//! | `[quiet week] 28 of 30 pages checked, nothing changed` | nothing to tell, and nothing was told this week |
//! | `[quiet week] 28 of 30 pages checked, nothing of what was asked for changed` | the same, where not all verdicts are asked for |
//! | `[first letter] 28 of 30 pages checked; the board says what they promise` | the first weekly letter |
//! | `[late] 3 older changes` | only counted late findings |
//! | `[notice] ...` | only a note of the program about itself |

use super::types::{Item, ItemMark, Material, Occasion, TroubleLine, TroubleNews};
use super::{changes, counted, dates, phrases, sanitize};
use crate::compare::{Change, Moved, Span, Verdict};
use crate::extract::Passage;
use crate::promise::Slot;
use jiff::Timestamp;

/// Characters that most clients show (docs/FACTS.md 5).
const AIM: usize = 78;
/// Characters at most.
const MOST: usize = 150;

/// The letter's subject.
pub fn subject(material: &Material) -> String {
    let more = more(material);
    let head = if let Some(item) = material.items.first() {
        finding(item, material.occasion, material.at, AIM.saturating_sub(more.chars().count()))
    } else if let Some(arrived) = material.arrived.first() {
        format!("[in force] {}: {} since {}", label(&arrived.label), sanitize::line(&arrived.words), arrived.date)
    } else if !material.troubles.is_empty() {
        format!("[page check] {}", counted::troubles(&material.troubles, MOST - 20))
    } else if let Some(item) = material.tail.first() {
        format!("[{}] {}: {}", phrases::verdict(item.finding.change.verdict), label(&item.label), small_meaning(item))
    } else if material.late_more > 0 {
        format!("[late] {}", phrases::count(material.late_more, "older change", "older changes"))
    } else {
        quiet(material)
    };
    let head = sanitize::cut(&sanitize::short_words(&head, 60), MOST.saturating_sub(more.chars().count()));
    // What looks like an encoded word (RFC 2047) would be decoded by clients: words of a page are to be read as they stand.
    format!("{head}{more}").replace("=?", "= ?")
}

/// One finding in the subject's form, aimed at `aim` characters: contents lists use it too.
pub fn finding(item: &Item, occasion: Occasion, at: Timestamp, aim: usize) -> String {
    let change = &item.finding.change;
    let mark = match item.mark {
        ItemMark::Fresh => "",
        ItemMark::Late => ", late",
        ItemMark::JudgedAnew => ", judged anew",
    };
    let tag = if occasion == Occasion::Correction { "correction" } else { phrases::verdict(change.verdict) };
    let head = format!("[{tag}{mark}] {}: ", label(&item.label));
    let room = aim.saturating_sub(head.chars().count());
    let words = words(change, room);
    match occasion {
        Occasion::Correction => format!("{head}not a change of theirs, a fault of ours"),
        _ => format!(
            "{head}{words}{}",
            dates::ahead(&item.finding, at).map_or(String::new(), |day| format!(" (in force {day})"))
        ),
    }
}

/// What a change moved, in the words that a subject has for it.
#[must_use]
pub fn change_in_short(change: &Change) -> String {
    words(change, MOST)
}

/// What there was to tell of a trouble, in the words that a subject has for it.
#[must_use]
pub fn trouble_in_short(line: &TroubleLine) -> String {
    let (lasting, ended) = phrases::trouble(line.trouble.kind);
    match line.news {
        TroubleNews::Begun => format!("{lasting} since {}", phrases::day(line.trouble.began())),
        TroubleNews::Lasts => format!("still {lasting}, since {}", phrases::day(line.trouble.began())),
        TroubleNews::Ended => ended.to_owned(),
    }
}

/// Whether it is the weekly letter that begins a subscription: no time has passed in which nothing changed.
pub fn is_first(material: &Material) -> bool {
    material.occasion == Occasion::Weekly && material.since.is_none() && material.recent.is_empty()
}

/// Whether no page was looked at that can be vouched for.
pub fn is_blind(material: &Material) -> bool {
    material.checked.good == 0
}

/// `1 change and 2 page checks told since 2026-01-19`: what a weekly letter must not pass over.
pub fn told(material: &Material) -> Option<String> {
    let changes = material.recent.iter().filter(|recent| recent.verdict.is_some()).count();
    let checks = material.recent.len() - changes;
    let counted = [(changes, "change", "changes"), (checks, "page check", "page checks")];
    let counted: Vec<String> = counted
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| phrases::count(number, one, many))
        .collect();
    let since = material.recent_since.map_or_else(|| "the subscription began".to_owned(), phrases::day);
    (!counted.is_empty()).then(|| format!("{} told since {since}", counted.join(" and ")))
}

/// A page's name as long as a subject bears it.
pub fn label(text: &str) -> String {
    sanitize::cut(&sanitize::short_words(text, 40), 60)
}

fn small_meaning(item: &Item) -> String {
    let meaning = phrases::meaning(&item.finding.change).trim_end_matches('.').to_owned();
    let mut letters = meaning.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().collect::<String>() + letters.as_str())
}

fn words(change: &Change, room: usize) -> String {
    match (change.verdict, &change.before, &change.after) {
        (_, Some(before), None) => format!("\"{}\" is gone", promise(change, before, room, 10)),
        (_, None, Some(after)) => format!("now \"{}\"", promise(change, after, room, 6)),
        (Verdict::Restored, _, Some(after)) => {
            let words = Some(pair(change).1).filter(|words| !words.is_empty());
            let words = words.map_or_else(|| promise(change, after, room, 10), |words| fit(&words, room, 10));
            format!("\"{words}\" is back")
        }
        (Verdict::Moved, _, Some(after)) => format!("\"{}\" stands on another page", promise(change, after, room, 26)),
        _ => exchange(&pair(change), room),
    }
}

fn exchange((from, to): &(String, String), room: usize) -> String {
    match (from.is_empty(), to.is_empty()) {
        (false, false) => {
            let half = room.saturating_sub(8) / 2;
            let spare = |other: &str| half + half.saturating_sub(other.chars().count());
            format!("\"{}\" -> \"{}\"", fit(from, spare(to), 0), fit(to, spare(from), 0))
        }
        (false, true) => format!("no longer \"{}\"", fit(from, room, 12)),
        (true, false) => format!("now \"{}\"", fit(to, room, 6)),
        (true, true) => "see both wordings".to_owned(),
    }
}

/// Cut to the room left, but never below what still says something.
fn fit(text: &str, room: usize, frame: usize) -> String {
    sanitize::cut(&sanitize::short_words(text, 40), room.saturating_sub(frame).clamp(24, 60))
}

/// The words of a passage that carry its promise, and what follows them: "we will notify the affected…".
///
/// From the beginning of their clause where that is near, for "we will notify" says more than "will notify".
fn promise(change: &Change, passage: &Passage, room: usize, frame: usize) -> String {
    let room = room.saturating_sub(frame).clamp(30, 60);
    let text = sanitize::short_words(&passage.quote, 40);
    let own = [Slot::Strength, Slot::Timing].iter().filter_map(|slot| Some(&passage.commitment.slots.get(slot)?.quote));
    let moved = change.slots.iter().filter(|moved| matches!(moved.slot, Slot::Strength | Slot::Timing));
    let said = own.chain(moved.flat_map(|moved| moved.from_quote.iter().chain(&moved.to_quote)));
    let place = said.map(|said| sanitize::short_words(said, 40)).find_map(|words| {
        let start = text.find(&words).filter(|_| !words.is_empty())?;
        Some((start, start + words.len()))
    });
    let Some((start, end)) = place else { return fit(&text, room, 0) };
    let clause = text[..start].rfind(['.', ',', ';', ':', '(', ')']).map_or(0, |mark| mark + 1);
    let near = text[clause..end].trim_start().chars().count() < room;
    let said = text[if near { clause } else { start }..].trim_start();
    let sentence = said.find(". ").map_or(said, |stop| &said[..=stop]);
    without_loose_end(&sanitize::cut(sentence.trim_end_matches('.'), room))
}

/// Words that promise another one: a cut does not leave them standing at its end.
const LOOSE: [&str; 16] =
    ["a", "an", "the", "of", "to", "any", "and", "or", "our", "your", "their", "by", "with", "in", "for", "that"];

fn without_loose_end(text: &str) -> String {
    let Some(mut head) = text.strip_suffix('…') else { return text.to_owned() };
    while let Some((before, last)) = head.rsplit_once(' ').filter(|(_, last)| LOOSE.contains(last)) {
        head = if last.is_empty() { head } else { before };
    }
    format!("{}…", head.trim_end_matches([' ', ',', ';', ':']))
}

/// The words that carry the movement that decided the verdict; else the first words that differ.
fn pair(change: &Change) -> (String, String) {
    let carried = |moved: &&Moved| {
        let (from, to) = (moved.from_quote.as_deref(), moved.to_quote.as_deref());
        (from.is_some() || to.is_some()) && from != to
    };
    let dominant =
        change.slots.iter().filter(|moved| change.dominant.is_none_or(|sign| moved.sign == sign)).filter(carried);
    if let Some(moved) = dominant.min_by_key(|moved| moved.slot) {
        let quote = |quote: &Option<String>| quote.as_deref().map(sanitize::line).unwrap_or_default();
        let (from, to) = (quote(&moved.from_quote), quote(&moved.to_quote));
        return changes::apart(&from, &to, "; ").unwrap_or((from, to));
    }
    longest_difference(&change.diff)
}

/// The longest run of words that differ; one or two words in common do not end a run.
fn longest_difference(diff: &[Span]) -> (String, String) {
    let mut runs = vec![(String::new(), String::new())];
    for span in diff {
        let last = runs.len() - 1;
        match span {
            Span::Removed(text) => runs[last].0.push_str(text),
            Span::Added(text) => runs[last].1.push_str(text),
            Span::Same(text) if text.split_whitespace().count() < 3 => {
                runs[last].0.push_str(text);
                runs[last].1.push_str(text);
            }
            Span::Same(_) => runs.push((String::new(), String::new())),
        }
    }
    let length = |(from, to): &(String, String)| if from.trim() == to.trim() { 0 } else { from.len() + to.len() };
    runs.sort_by_key(|run| std::cmp::Reverse(length(run)));
    let (from, to) = runs.swap_remove(0);
    let bare = |text: &str| sanitize::line(text).trim_matches([',', ';', ':', '.', ' ']).to_owned();
    (bare(&from), bare(&to))
}

fn quiet(material: &Material) -> String {
    let pages = format!("{} of {} pages checked", material.checked.good, material.checked.of);
    // What was filtered out may have changed.
    let nothing = if material.only.is_empty() { "nothing changed" } else { "nothing of what was asked for changed" };
    match (notice(material), material.occasion) {
        (Some(note), _) => format!("[notice] {note}"),
        // Where nothing was looked at, nothing is known to be quiet.
        _ if is_blind(material) => match told(material) {
            Some(told) => format!("[not watching] {pages}; {told}"),
            None => format!("[not watching] {pages}"),
        },
        _ if is_first(material) => format!("[first letter] {pages}; the board says what they promise"),
        (None, Occasion::Weekly) => match told(material) {
            Some(told) => format!("[weekly] {pages}; {told}"),
            None => format!("[quiet week] {pages}, {nothing}"),
        },
        _ => format!("[quiet] {pages}, {nothing}"),
    }
}

/// The note for whose sake alone a letter is written: at once, or to one who is not told of all findings.
pub fn notice(material: &Material) -> Option<&String> {
    let told = material.items.len() + material.arrived.len() + material.troubles.len() + material.tail.len();
    let alone = match material.occasion {
        Occasion::AtOnce | Occasion::Correction => true,
        Occasion::Digest => !material.only.is_empty(),
        Occasion::Weekly => false,
    };
    material.notes.first().filter(|_| alone && told + material.late_more == 0)
}

fn more(material: &Material) -> String {
    let shown = [material.items.len(), material.arrived.len(), material.troubles.len(), material.tail.len()];
    let first = shown.into_iter().enumerate().find(|(_, number)| *number > 0);
    // News of several pages count them themselves.
    let number = first.filter(|(place, _)| *place != 2).map_or(0, |(_, number)| number);
    if number > 1 { format!(" and {} more", number - 1) } else { String::new() }
}
