//! A correction: what is withdrawn, what was wrong with it, and what the page says. Short, and without the old verdict's
//! colour: nobody should take a fault of ours for a change of theirs once more.
//!
//! Sentences and quotes only; how they look in text or HTML is not known here.

use super::phrases::capital;
use super::types::{Item, Material};
use super::{evidence, item, phrases, sanitize, subject};

/// A finding that is taken back.
pub struct Withdrawn {
    pub url: String,
    pub whom: String,
    /// That it is withdrawn, and what was wrong.
    pub sentences: Vec<String>,
    /// What the page says today: label and quote; the quote is empty where it promises nothing.
    pub today: Vec<(String, String)>,
    /// Which finding it is, and the command that shows the page's past.
    pub trace: String,
    pub command: String,
}

/// The correction of one finding.
pub fn view(item: &Item, material: &Material) -> Withdrawn {
    let finding = &item.finding;
    let letter = material
        .withdraws
        .map_or_else(|| "an earlier letter".to_owned(), |at| format!("our letter of {}", phrases::time(at)));
    let withdrawn =
        format!("We withdraw what {letter} told you of this page. It was a fault of ours, not a change of theirs.");
    let reason = material.reason.as_deref().map(|reason| sanitize::cut(reason, 1_000)).unwrap_or_default();
    let stop = if reason.ends_with(['.', '!', '?']) { "" } else { "." };
    let wrong = (!reason.is_empty()).then(|| format!("What was wrong: {reason}{stop}"));
    let [last, first] = finding.between.map(phrases::time);
    Withdrawn {
        url: sanitize::line(&item.url),
        whom: item::whom(item),
        sentences: std::iter::once(withdrawn).chain(wrong.map(|wrong| capital(&wrong))).collect(),
        today: item
            .today
            .iter()
            .take(item::MOST)
            .map(|(label, quote)| (sanitize::line(label), sanitize::cut(quote, 600)))
            .collect(),
        trace: format!(
            "Withdrawn is the finding {}, told as {} between {last} and {first}: {}. What was kept of the page:",
            sanitize::cut(&finding.id, 80),
            phrases::verdict(finding.change.verdict),
            sanitize::cut(&subject::change_in_short(&finding.change).replace(" -> ", " → "), 200)
        ),
        command: format!("noticewatch history {}", evidence::argument(&finding.target)),
    }
}
