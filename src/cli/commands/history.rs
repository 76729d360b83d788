//! The verbs that only show: `history`, `board`, `digest`, `targets`; and `send-test`.
//!
//! They stand on what was kept, read by today's rules; nothing here writes to the store.

use crate::app::analysis::types::{TargetState, place};
use crate::app::error::Failure;
use crate::app::json;
use crate::app::marks::context_key;
use crate::app::notify::{outgoing, runs};
use crate::app::open::{OpenedStore, kept};
use crate::cli::args::common::Common;
use crate::cli::output::terminal::FAINT;
use crate::cli::output::{terminal, timeline};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use noticewatch_core::history::Finding;
use serde_json::json;

/// The timeline of one target or of all.
///
/// # Errors
/// No such target; nothing kept; the store cannot be read.
pub fn history(target: Option<&str>, at: Option<Timestamp>, changes: bool, common: &Common) -> Result<(), Failure> {
    let kept = kept(&common.paths())?;
    if let Some(id) = target {
        kept.page(id)?;
    }
    let at = at.map(|at| past(at, kept.office.clock.now())).transpose()?;
    let told = outgoing::all_told(&kept.store)?;
    let pages = kept.survey.pages.iter().filter(|page| target.is_none_or(|id| page.target.id == id));
    let quiet = changes && at.is_none() && target.is_none();
    let mut unchanged = 0;
    for page in pages.filter(|page| target.is_some() || page.visits > 0) {
        let findings: Vec<&Finding> =
            kept.survey.findings.iter().filter(|finding| finding.target == page.target.id).collect();
        if quiet && findings.is_empty() {
            unchanged += 1;
            continue;
        }
        match (at, common.json) {
            (Some(at), true) => terminal::json(&at_json(page, at)),
            (Some(at), false) => timeline::print_at(page, at),
            (None, true) if findings.is_empty() && target.is_some() => terminal::json(&json::unchanged_json(page)),
            (None, true) => findings.iter().for_each(|finding| {
                let late = runs::is_late(&kept.store, finding);
                let mut line = json::finding_json(finding, &told, late);
                if let Some((at, reason)) = kept.survey.corrected.get(&finding.id) {
                    line["corrected"] = json!({"at": at, "reason": reason});
                }
                terminal::json(&line);
            }),
            (None, false) => timeline::print_page(&kept.survey, page, &findings, changes),
        }
        if !common.json {
            say!();
        }
    }
    if quiet && !common.json {
        say!("{unchanged} other pages, on which no change of the wording was found");
    }
    if let (Some(id), false) = (target, common.json) {
        beside(&kept, id, at)?;
    }
    Ok(())
}

/// A moment that has been; a day that is not over means what stands on it by now.
fn past(at: Timestamp, now: Timestamp) -> Result<Timestamp, Failure> {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    if day(at) > day(now) {
        let what = "is still to come; without --at, history shows what stands now";
        return Err(Failure::Usage(format!("{} {what}", day(at))));
    }
    Ok(at.min(now))
}

/// What archives recorded of a target that is watched: context, never told.
fn beside(kept: &OpenedStore, id: &str, at: Option<Timestamp>) -> Result<(), Failure> {
    let (own, marks) = (&kept.page(id)?.target, kept.store.marks()?);
    let mapped =
        |page: &&TargetState| marks.get(&context_key(&page.target.id)).is_some_and(|mark| mark.value == json!(id));
    let alike = |page: &&TargetState| page.target.service == own.service && page.target.terms_type == own.terms_type;
    let recorded = kept.survey.pages.iter().filter(|page| place(&page.target).is_some() && place(own).is_none());
    for page in recorded.filter(|page| mapped(page) || alike(page)) {
        say!("{FAINT}recorded by an archive, never told:{FAINT:#}");
        let all = kept.survey.findings.iter();
        let findings: Vec<&Finding> = all.filter(|finding| finding.target == page.target.id).collect();
        match at {
            Some(at) => timeline::print_at(page, at),
            None => timeline::print_page(&kept.survey, page, &findings, true),
        }
        say!();
    }
    Ok(())
}

fn at_json(page: &TargetState, at: Timestamp) -> serde_json::Value {
    let stood: Vec<_> = timeline::stood_at(page, at)
        .into_iter()
        .map(|standing| {
            json!({
                "quote": standing.passage.quote,
                "heading": standing.passage.heading,
                "commitment": standing.passage.commitment,
                "first_seen": standing.since,
                "last_seen": standing.last_seen,
                "first_seen_otherwise": standing.until,
                "captures": [standing.capture, standing.last_capture],
            })
        })
        .collect();
    json!({"target": page.target.id, "service": page.target.service, "terms_type": page.target.terms_type, "at": at, "passages": stood})
}
