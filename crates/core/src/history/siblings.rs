//! The siblings of one service: a promise that left one page may stand on another (docs/RULES.md 6.9).
//!
//! Sees what `follow` made of each page; never a look or a capture.

use super::types::{Finding, Followed, Standing};
use crate::compare::{Rank, Severity, Verdict, align, change, diff, rank};
use crate::extract::Passage;
use crate::target::{Target, TermsKind};
use jiff::{SignedDuration, Timestamp};

/// A sibling without a good look for so long after a promise went holds nothing up (docs/RULES.md 6.9).
const PATIENCE: SignedDuration = SignedDuration::from_hours(6);
/// A promise that appears on a sibling within this time of another's going is the same promise.
const TOGETHER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One page of a service, followed.
#[derive(Clone, Copy, Debug)]
pub struct Sibling<'a> {
    /// The page.
    pub target: &'a Target,
    /// What became of it.
    pub followed: &'a Followed,
}

/// The findings of one service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Across {
    /// What is ready to be told, oldest first.
    pub findings: Vec<Finding>,
    /// Targets that must be looked at before something can be told.
    pub wanted: Vec<String>,
}

/// Looks at all pages of one service together.
#[must_use]
pub fn across(pages: &[Sibling<'_>], now: Timestamp) -> Across {
    let mut out = Across::default();
    let mut explained: Vec<String> = Vec::new();
    for page in pages {
        for finding in page.followed.findings.iter().filter(|finding| finding.change.verdict == Verdict::Removed) {
            let others = || pages.iter().filter(|other| other.target.id != page.target.id);
            let unseen: Vec<&Sibling<'_>> = others().filter(|other| !seen_since(other, finding.settled)).collect();
            if !unseen.is_empty() && now.duration_since(finding.settled) < PATIENCE {
                // One that was tried in vain comes again by its own retries.
                let untried =
                    unseen.iter().filter(|other| other.followed.last_look.is_none_or(|last| last < finding.settled));
                out.wanted.extend(untried.map(|other| other.target.id.clone()));
                continue;
            }
            let mut finding = finding.clone();
            for other in &unseen {
                say(&mut finding, format!("{} could not be looked at", other.target.label()));
            }
            for other in others() {
                if let Some(added) = taken_over(&finding, other) {
                    explained.push(added.id.clone());
                    moved(&mut finding, added, page.target, other.target);
                } else if let Some(standing) = stands_there(&finding, other) {
                    say(&mut finding, format!("{} says: \"{}\"", other.target.label(), standing.passage.quote));
                }
            }
            out.findings.push(finding);
        }
    }
    for page in pages {
        let rest = page.followed.findings.iter().filter(|finding| finding.change.verdict != Verdict::Removed);
        for finding in rest.filter(|finding| !explained.contains(&finding.id)) {
            if !(finding.change.verdict == Verdict::Added && explainable(finding, page, pages)) {
                out.findings.push(finding.clone());
            }
        }
    }
    out.findings
        .sort_by(|one, other| (one.settled, &one.target, &one.id).cmp(&(other.settled, &other.target, &other.id)));
    out
}

/// Adds what is known of a sibling; documents of one name say it once.
fn say(finding: &mut Finding, words: String) {
    if !finding.siblings.contains(&words) {
        finding.siblings.push(words);
    }
}

fn seen_since(page: &Sibling<'_>, when: Timestamp) -> bool {
    page.followed.last_good.is_some_and(|last| last >= when)
        || page.followed.first_look.is_none()
        || page.target.disabled.is_some()
}

/// The sibling's new passage that is the one that went.
fn taken_over<'a>(gone: &Finding, other: &Sibling<'a>) -> Option<&'a Finding> {
    let before = gone.change.before.as_ref()?;
    other.followed.findings.iter().find(|finding| {
        let near = finding.between[1].duration_since(gone.between[0]) >= -TOGETHER
            && finding.between[1].duration_since(gone.settled) <= TOGETHER;
        near && finding.change.before.is_none()
            && finding.change.after.as_ref().is_some_and(|after| alike(before, after, other.target))
    })
}

/// The sibling's passage of the same meaning that stood before the other went.
fn stands_there<'a>(gone: &Finding, other: &Sibling<'a>) -> Option<&'a Standing> {
    let before = gone.change.before.as_ref()?;
    other
        .followed
        .standings
        .iter()
        .find(|standing| standing.since <= gone.between[1] && alike(before, &standing.passage, other.target))
}

fn alike(one: &Passage, other: &Passage, target: &Target) -> bool {
    align::align(&[one], &[other], &target.aliases).iter().any(|pair| !pair.before.is_empty() && !pair.after.is_empty())
}

/// Whether an `added` may be a sibling's wording on its way over.
fn explainable(added: &Finding, page: &Sibling<'_>, pages: &[Sibling<'_>]) -> bool {
    let Some(after) = added.change.after.as_ref() else { return false };
    pages
        .iter()
        .filter(|other| other.target.id != page.target.id)
        .any(|other| other.followed.fading.iter().any(|fading| alike(fading, after, other.target)))
}

/// Turns a removal into a move; one that lost something on the way keeps its own verdict.
fn moved(finding: &mut Finding, added: &Finding, from: &Target, to: &Target) {
    let kind = TermsKind::of(&from.terms_type);
    let mut judged = change(finding.change.before.as_ref(), added.change.after.as_ref(), &from.aliases, kind);
    if matches!(judged.verdict, Verdict::None | Verdict::Reworded | Verdict::Strengthened) {
        judged.verdict = Verdict::Moved;
        judged.severity = judged.severity.max(Severity::Low);
        finding.rank = Rank::Digest;
    } else {
        finding.rank = rank(&judged).max(Rank::Digest);
    }
    judged.reasons.insert(0, format!("moved: it stands on {} now ({})", to.label(), to.url));
    finding.captures[1] = added.captures[1];
    if let (true, Some(before), Some(after)) = (judged.diff.is_empty(), &judged.before, &judged.after) {
        judged.diff = diff::words(&before.quote, &after.quote);
    }
    finding.change = judged;
}
