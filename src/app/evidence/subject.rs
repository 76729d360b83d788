//! What a bundle is about: a finding, or what a page said on a day; its captures and looks, taken from the store.
//!
//! Nothing is judged here: the finding is what the survey says, the rest is as it was kept.

use crate::app::error::Failure;
use crate::app::open;
use crate::app::open::OpenedStore;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::{Capture, Sha256, Visit};
use noticewatch_core::history::Finding;
use noticewatch_core::target::Target;

/// How far back looks are listed.
const BEFORE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a bundle is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The page.
    pub target: Target,
    /// The change; None: only what stood on a day.
    pub finding: Option<Finding>,
    /// The captures: with a change the one with the wording before and the one with the wording after, as far as there
    /// were such; else one.
    pub exhibits: Vec<Exhibit>,
    /// All looks at the page from the first exhibit to the moment when the change settled, or to the day, in order.
    pub looks: Vec<Visit>,
    /// That moment.
    pub until: Timestamp,
    /// The change was a fault of ours: when that was said, and why.
    pub corrected: Option<(Timestamp, String)>,
}

/// A capture with what it is to show.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// `A`, `B`.
    pub letter: char,
    /// `before`, `after` or `on that day`.
    pub what: &'static str,
    /// The page it is of; a wording that moved stands on another one.
    pub target: Target,
    /// The capture with its body.
    pub capture: Capture,
    /// The answer as served, where a browser rendered the page.
    pub served: Option<Capture>,
    /// The look that saw this page: the last one with the wording before, the first with the wording after.
    pub look: Option<Visit>,
}

/// Finds what was named: a finding by its id or first digits, or a target.
///
/// # Errors
/// There is no such finding, target or capture; a body was dropped; the store cannot be read.
pub fn find(kept: &OpenedStore, named: &str, at: Option<Timestamp>) -> Result<Subject, Failure> {
    let mut findings = kept.survey.findings.iter().filter(|finding| finding.id.starts_with(named) && !named.is_empty());
    match (findings.next(), findings.next(), at) {
        _ if kept.survey.page(named).is_some() => standing(kept, named, at),
        (Some(finding), None, None) => of_finding(kept, finding),
        (Some(_), None, Some(_)) => Err(Failure::Usage("a finding has its own time: leave out --at".to_owned())),
        (Some(_), Some(_), _) => {
            Err(Failure::Usage(format!("several findings begin with {named}; give more of the id")))
        }
        (None, ..) => Err(Failure::Missing(format!(
            "no finding and no target is called {named}; `noticewatch history` shows the ids of both"
        ))),
    }
}

fn of_finding(kept: &OpenedStore, finding: &Finding) -> Result<Subject, Failure> {
    let target = kept.page(&finding.target)?.target.clone();
    let visits = kept.store.visits(&target.id)?;
    let mut exhibits = Vec::new();
    for (index, what) in ["before", "after"].into_iter().enumerate() {
        if let Some(sha256) = finding.captures[index] {
            let letter = if exhibits.is_empty() { 'A' } else { 'B' };
            let look = visits.iter().find(|visit| visit.at == finding.between[index] && visit.seen() == Some(sha256));
            exhibits.push(exhibit(kept, &target, (letter, what), sha256, look.cloned())?);
        }
    }
    let looks = looks(&visits, &exhibits, finding.between[0], finding.settled);
    let corrected = kept.survey.corrected.get(&finding.id).cloned();
    Ok(Subject { target, finding: Some(finding.clone()), exhibits, looks, until: finding.settled, corrected })
}

fn standing(kept: &OpenedStore, id: &str, at: Option<Timestamp>) -> Result<Subject, Failure> {
    let target = kept.page(id)?.target.clone();
    let sha256 = open::standing(kept, id, at)?;
    let visits = kept.store.visits(id)?;
    let seen = |visit: &&Visit| visit.seen() == Some(sha256) && at.is_none_or(|at| visit.at <= at);
    let look = visits.iter().rev().find(seen).cloned();
    let until = look.as_ref().map(|look| look.at).or(at).unwrap_or_default();
    let exhibits = vec![exhibit(kept, &target, ('A', "on that day"), sha256, look)?];
    let looks = looks(&visits, &exhibits, until, until);
    Ok(Subject { target, finding: None, exhibits, looks, until, corrected: None })
}

fn exhibit(
    kept: &OpenedStore,
    target: &Target,
    (letter, what): (char, &'static str),
    sha256: Sha256,
    look: Option<Visit>,
) -> Result<Exhibit, Failure> {
    let header = record(kept, &target.id, &sha256, look.as_ref())?;
    let stored = open::body(kept, &target.id, &sha256)?;
    let capture = Capture { body: stored.body.clone(), ..header.unwrap_or(stored) };
    let target = kept.survey.page(&capture.target).map_or_else(|| target.clone(), |page| page.target.clone());
    let served = match &capture.rendered {
        Some(rendered) => kept.store.capture(&rendered.served)?,
        None => None,
    };
    Ok(Exhibit { letter, what, target, capture, served, look })
}

/// The capture of that body that a look stands on: its own, or the last one before it. The same body may be kept daily.
fn record(kept: &OpenedStore, target: &str, sha256: &Sha256, look: Option<&Visit>) -> Result<Option<Capture>, Failure> {
    let captures = kept.store.captures_of(target)?.into_iter();
    let mut same = captures.filter(|(_, capture)| capture.sha256 == *sha256).collect::<Vec<_>>();
    let later = same.iter().position(|(at, _)| look.is_some_and(|look| *at > look.at));
    same.truncate(later.unwrap_or(same.len()).max(1));
    Ok(same.pop().map(|(_, capture)| capture))
}

/// The looks from the first exhibit on, and those of some weeks before it, which show how long the page had been so.
fn looks(visits: &[Visit], exhibits: &[Exhibit], from: Timestamp, until: Timestamp) -> Vec<Visit> {
    let from = exhibits.iter().map(|exhibit| exhibit.capture.started).min().unwrap_or(from).min(from);
    let from = from.checked_sub(BEFORE).unwrap_or(from);
    visits.iter().filter(|visit| visit.at >= from && visit.at <= until).cloned().collect()
}
