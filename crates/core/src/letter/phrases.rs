//! The letter's own words: verdicts, slots, signs, troubles, languages and times as a reader is told of them.
//!
//! Fixed sentences only; which of them a letter needs is decided elsewhere.

use crate::compare::{Change, Direction, Severity, Verdict};
use crate::history::TroubleKind;
use crate::promise::Slot;
use jiff::Timestamp;

/// A time as letters write it: UTC, to the minute.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The date alone, for subjects.
pub fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// `1 page`, `3 pages`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The verdict in one word, as the command line and the subjects write it.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::None => "unchanged",
        Verdict::Reworded => "reworded",
        Verdict::Weakened => "weakened",
        Verdict::Strengthened => "strengthened",
        Verdict::Mixed => "mixed",
        Verdict::Added => "added",
        Verdict::Removed => "removed",
        Verdict::Moved => "moved",
        Verdict::Restored => "restored",
        Verdict::NeedsHuman => "needs-human",
        Verdict::SuspectCapture => "suspect-capture",
    }
}

/// The verdict as a reader is told of it in a headline.
pub fn headline(of: Verdict) -> &'static str {
    match of {
        Verdict::NeedsHuman => "needs a human reader",
        Verdict::SuspectCapture => "not sure that it is the page",
        _ => verdict(of),
    }
}

/// What is known of a wording in other words: no more than that.
pub const OTHER_WORDS: &str = "Other words; no rule of ours finds a different promise.";

/// Whether both sides have the same words in the same order, whatever stands between them: then the promise is the same.
fn same_words(change: &Change) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let sides = change.before.as_ref().zip(change.after.as_ref());
    sides.is_some_and(|(before, after)| letters(&before.normal) == letters(&after.normal))
}

/// What the verdict means for users, as one sentence.
pub fn meaning(change: &Change) -> &'static str {
    match (change.verdict, change.dominant) {
        (Verdict::None, _) => "Nothing that a reader would see differs.",
        (Verdict::Reworded, _) if same_words(change) => "The same words, set in another way.",
        (Verdict::Reworded, _) => OTHER_WORDS,
        (Verdict::Weakened, _) if change.before.is_none() => "The page now says that users may not be told.",
        (Verdict::Weakened, _) => "Users may expect less than before.",
        (Verdict::Strengthened, _) if change.after.is_none() => "The page no longer says that users are not told.",
        (Verdict::Strengthened, _) => "Users may expect more than before.",
        (Verdict::Mixed, Some(Direction::Minus)) => {
            "Less in some points, more in others; what became less weighs more."
        }
        (Verdict::Mixed, _) => "More in some points, less in others; what became more weighs more.",
        (Verdict::Added, _) => "The page promises something where we saw no promise before.",
        (Verdict::Removed, _) => "The promise is gone from the page.",
        (Verdict::Moved, _) => "The promise stands on another page of the service now.",
        (Verdict::Restored, _) => "A wording that was reported as changed is back.",
        (Verdict::NeedsHuman, _) => {
            "Words that matter changed and no rule of ours explains them: please judge for yourself."
        }
        (Verdict::SuspectCapture, _) => "What was served may not be the page.",
    }
}

/// How grave it is.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "none",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

/// What a slot is about.
pub fn slot(slot: Slot) -> &'static str {
    match slot {
        Slot::Strength => "How firmly notice is promised",
        Slot::Timing => "When users are told",
        Slot::LeadTime => "Time between notice and disclosure",
        Slot::Decider => "Who decides on exceptions",
        Slot::Exceptions => "When users are not told",
        Slot::ClosedList => "Whether the list of exceptions is closed",
        Slot::Trigger => "Which demands are covered",
        Slot::Burden => "What officials must show to prevent notice",
        Slot::Delayed => "Notice once the obstacle is gone",
        Slot::Object => "Chance to object before disclosure",
        Slot::Contents => "What the notice contains",
        Slot::Gag => "How non-disclosure orders are met",
        Slot::Reach => "Which users are reached",
        Slot::Channel => "How users are told",
        Slot::Actor => "Who promises",
    }
}

/// What a movement means for users.
pub fn sign(sign: Direction) -> &'static str {
    match sign {
        Direction::Minus => "Less for users.",
        Direction::Zero => "Neither less nor more.",
        Direction::Plus => "More for users.",
    }
}

/// A trouble's cause: as it lasts, and when it is over.
pub fn trouble(kind: TroubleKind) -> (&'static str, &'static str) {
    match kind {
        TroubleKind::OutOfSight => ("out of sight", "seen again"),
        TroubleKind::Quarantined => ("what is served is not the page", "the page is served again"),
        TroubleKind::Gone => ("the page answers that it is gone", "the page is back"),
        TroubleKind::PromiseNotThere => ("an expected promise is not on the page", "the expected promise is there"),
        TroubleKind::OtherLanguage => ("served in another language", "served in its own language again"),
        TroubleKind::Replaced => ("page replaced or walled", "the page is served again"),
        TroubleKind::ReadInPart => ("only the beginning of the page is read", "the page is read to its end"),
        TroubleKind::NoNetwork => ("no network", "the network is back"),
    }
}

/// What befell several pages, as it stands behind `are` or `are still`, and what they are when it is over.
pub fn befell(kind: TroubleKind) -> (&'static str, &'static str) {
    match kind {
        TroubleKind::OutOfSight => ("out of sight", "seen again"),
        TroubleKind::Quarantined => ("served as something else", "served again"),
        TroubleKind::Gone => ("gone", "back"),
        TroubleKind::PromiseNotThere => ("without an expected promise", "with the expected promise again"),
        TroubleKind::OtherLanguage => ("served in another language", "served in the right language again"),
        TroubleKind::Replaced => ("replaced or walled", "served again"),
        TroubleKind::ReadInPart => ("read only in their beginning", "read to their end again"),
        TroubleKind::NoNetwork => ("out of reach, without network", "in reach again"),
    }
}

/// A language's English name where it is a common one, else its tag.
pub fn language(tag: &str) -> String {
    let name = match tag.split('-').next().unwrap_or(tag) {
        "ar" => "Arabic",
        "de" => "German",
        "en" => "English",
        "es" => "Spanish",
        "fa" => "Persian",
        "fr" => "French",
        "he" => "Hebrew",
        "hi" => "Hindi",
        "it" => "Italian",
        "ja" => "Japanese",
        "ko" => "Korean",
        "nl" => "Dutch",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "ru" => "Russian",
        "tr" => "Turkish",
        "uk" => "Ukrainian",
        "zh" => "Chinese",
        _ => return tag.to_owned(),
    };
    name.to_owned()
}

/// The text with its first letter large.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
