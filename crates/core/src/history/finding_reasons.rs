//! Why a finding is made, where another rule than the words decides, and the sentences that say so.
//!
//! Knows nothing of looks and wordings: when something has settled, `settle` decides.

use super::types::Finding;
use crate::compare::{Change, Rank, Verdict, rank};
use jiff::Timestamp;

/// Why a finding is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Because {
    /// The wordings settled.
    Settled,
    /// Another page stands where the known one stood, and has become the yardstick.
    PageReplaced,
    /// The operator said that what is served now is the page.
    Accepted,
    /// The operator watches another address now.
    AddressChanged,
    /// The page answers 404, 410 or 451.
    PageGone,
    /// The page shows wordings in turn, so many of them.
    InTurn(usize),
    /// One of the wordings in turn was not seen for long.
    TurnsOver,
}

/// Sets the verdict where another rule than the words decides.
pub(crate) fn adjust(judged: &mut Change, because: Because, earlier: Option<&Finding>) {
    let reason = match because {
        Because::Settled => None,
        Because::PageReplaced => Some("page replaced: another page stands at this address, and has stood long enough"),
        Because::Accepted => Some("page replaced: the operator accepted what is served now as the page"),
        Because::AddressChanged => Some("address changed: the operator watches another page for this promise now"),
        Because::PageGone => Some("page gone: the server says that the page does not exist"),
        Because::InTurn(_) if judged.before.is_none() || judged.after.is_none() => {
            Some("in turn: the page has shown this wording and then not, again and again")
        }
        Because::InTurn(2) => {
            Some("two wordings in turn: the page has shown one after the other, each of them at least twice")
        }
        Because::InTurn(_) => Some(
            "three or more wordings in turn: the page shows this one too, beside those that it has shown in turn before",
        ),
        Because::TurnsOver => {
            let over =
                "in turn no more: the wording before was not seen again since then, after both had been shown in turn";
            judged.reasons.insert(0, over.to_owned());
            return;
        }
    };
    if let Some(reason) = reason {
        if matches!(because, Because::InTurn(_)) && (judged.before.is_none() || judged.after.is_none()) {
            // It is neither gone nor new.
            judged.reasons.clear();
        }
        judged.reasons.insert(0, reason.to_owned());
        if because != Because::PageGone && judged.verdict != Verdict::Reworded {
            // A page that replaced itself may hide a loss: that does not wait for the digest.
            judged.touches_clause = because == Because::PageReplaced && rank(judged) == Rank::AtOnce;
            judged.verdict = Verdict::NeedsHuman;
        }
    } else if let Some(earlier) = earlier {
        let date = earlier.between[1].strftime("%Y-%m-%d");
        judged.reasons.insert(0, format!("restored: the wording that was reported as gone on {date} is back"));
        judged.verdict = Verdict::Restored;
    }
}

/// That what stood before was seen at the first look and at no other.
pub(crate) fn seen_once(at: Timestamp, wording: bool) -> String {
    let at = at.strftime("%Y-%m-%d %H:%M UTC");
    if wording {
        format!("seen once before: one look only, the first of all on {at}, showed the old wording")
    } else {
        format!("seen once before: one look only, the first of all on {at}, showed the page without it")
    }
}
