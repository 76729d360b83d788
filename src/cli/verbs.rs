//! The verbs that only show: `history`, `board`, `digest`, `targets`; and `send-test`.
//!
//! They stand on what was kept, read by today's rules; nothing here writes to the store.

use super::args::Common;
use super::failure::Failure;
use super::import::context_key;
use super::office::Office;
use super::online;
use super::paint::{self, BOLD, FAINT};
use super::post::{self, Post};
use super::readings::Readings;
use super::setup;
use super::show::raw;
use super::survey::{Page, Survey, place};
use super::timeline;
use super::trial;
use crate::history::Finding;
use crate::io::clock::Clock;
use crate::io::store::Store;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

/// Everything that was kept, read by today's rules.
pub(super) struct Kept {
    pub(super) office: Office,
    pub(super) store: Store,
    pub(super) survey: Survey,
}

/// Everything that was kept, imported documents too.
///
/// # Errors
/// The configuration is wrong, nothing was kept yet, or the store cannot be read.
pub(super) fn kept(common: &Common) -> Result<Kept, Failure> {
    kept_by(common, Office::survey_all)
}

/// What is watched: imported documents are never told.
///
/// # Errors
/// As [`kept`].
pub(super) fn watched(common: &Common) -> Result<Kept, Failure> {
    kept_by(common, Office::survey)
}

fn kept_by(
    common: &Common,
    survey: impl Fn(&Office, &Store, &mut Readings) -> Result<Survey, Failure>,
) -> Result<Kept, Failure> {
    let office = Office::open(common, Clock::system())?;
    let Some((store, mut readings)) = office.reader()? else {
        return Err(Failure::Missing(format!(
            "nothing was kept in {} yet; `noticewatch check` makes a beginning",
            office.state.display()
        )));
    };
    let survey = survey(&office, &store, &mut readings)?;
    readings.flush();
    Ok(Kept { office, store, survey })
}

impl Kept {
    /// The page of that id, watched or imported.
    ///
    /// # Errors
    /// There is none; the nearest id is named.
    pub(super) fn page(&self, id: &str) -> Result<&Page, Failure> {
        self.survey.page(id).ok_or_else(|| self.office.unknown(id, self.survey.pages.iter().map(|page| &page.target)))
    }
}

/// The timeline of one target or of all.
///
/// # Errors
/// No such target; nothing kept; the store cannot be read.
pub fn history(target: Option<&str>, at: Option<Timestamp>, changes: bool, common: &Common) -> Result<(), Failure> {
    let kept = kept(common)?;
    if let Some(id) = target {
        kept.page(id)?;
    }
    let at = at.map(|at| past(at, kept.office.clock.now())).transpose()?;
    let told = post::all_told(&kept.store)?;
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
            (Some(at), true) => paint::json(&at_json(page, at)),
            (Some(at), false) => timeline::print_at(page, at),
            (None, true) if findings.is_empty() && target.is_some() => paint::json(&timeline::unchanged_json(page)),
            (None, true) => findings.iter().for_each(|finding| {
                let late = post::is_late(&kept.store, finding);
                let mut line = timeline::finding_json(finding, &told, late);
                if let Some((at, reason)) = kept.survey.corrected.get(&finding.id) {
                    line["corrected"] = json!({"at": at, "reason": reason});
                }
                paint::json(&line);
            }),
            (None, false) => timeline::print_page(&kept.survey, page, &findings, changes),
        }
        if !common.json {
            anstream::println!();
        }
    }
    if quiet && !common.json {
        anstream::println!("{unchanged} other pages, on which no change of the wording was found");
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
fn beside(kept: &Kept, id: &str, at: Option<Timestamp>) -> Result<(), Failure> {
    let (own, marks) = (&kept.page(id)?.target, kept.store.marks()?);
    let mapped = |page: &&Page| marks.get(&context_key(&page.target.id)).is_some_and(|mark| mark.value == json!(id));
    let alike = |page: &&Page| page.target.service == own.service && page.target.terms_type == own.terms_type;
    let recorded = kept.survey.pages.iter().filter(|page| place(&page.target).is_some() && place(own).is_none());
    for page in recorded.filter(|page| mapped(page) || alike(page)) {
        anstream::println!("{FAINT}recorded by an archive, never told:{FAINT:#}");
        let all = kept.survey.findings.iter();
        let findings: Vec<&Finding> = all.filter(|finding| finding.target == page.target.id).collect();
        match at {
            Some(at) => timeline::print_at(page, at),
            None => timeline::print_page(&kept.survey, page, &findings, true),
        }
        anstream::println!();
    }
    Ok(())
}

fn at_json(page: &Page, at: Timestamp) -> serde_json::Value {
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

/// What each service promises today.
///
/// # Errors
/// Nothing kept; the store cannot be read.
pub fn board(common: &Common) -> Result<(), Failure> {
    let kept = kept(common)?;
    let mut service = String::new();
    let rows = timeline::board(&kept.survey);
    let alike = |label: &str| rows.iter().filter(|other| other.label == label).count() > 1;
    for row in &rows {
        if common.json {
            paint::json(row);
            continue;
        }
        if row.service != service {
            anstream::println!("{BOLD}{}{BOLD:#}", row.service);
            service.clone_from(&row.service);
        }
        timeline::print_row(row, alike(&row.label));
    }
    let waiting: Vec<_> = kept.office.targets.iter().filter(|target| target.disabled.is_some()).collect();
    if !common.json && !waiting.is_empty() {
        anstream::println!("{} not readable yet, because:", waiting.len());
        for target in waiting {
            anstream::println!(
                "  {FAINT}{}: {}{FAINT:#}",
                target.label(),
                target.disabled.as_deref().unwrap_or_default()
            );
        }
    }
    Ok(())
}

/// The letter that would be sent now.
///
/// # Errors
/// No such subscription; nothing kept; the store cannot be read.
pub fn digest(subscription: Option<&str>, html: bool, common: &Common) -> Result<(), Failure> {
    let kept = watched(common)?;
    let all = &kept.office.settings.subscriptions;
    let chosen = match subscription {
        None => all.first(),
        Some(name) => all.iter().find(|one| one.name == name),
    };
    let Some(chosen) = chosen else {
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        let wanted = subscription.unwrap_or_default();
        return Err(Failure::Missing(format!("no subscription is called {wanted}; there is {}", names.join(", "))));
    };
    let readings = &mut Readings::open(&kept.office.state);
    let letter = Post::preview(&kept.store, readings, &kept.survey, chosen, kept.office.clock.now())?;
    if common.json {
        paint::json(&letter);
    } else if html {
        raw(letter.html.as_bytes())?;
    } else {
        anstream::println!("{BOLD}Subject: {}{BOLD:#}\n", paint::clean(&letter.subject));
        letter.text.lines().for_each(|line| anstream::println!("{}", paint::clean(line)));
    }
    Ok(())
}

/// The list of targets, checked, and the settings with what they name.
///
/// # Errors
/// The configuration is wrong, or something that it names cannot be used.
pub async fn targets(online: bool, common: &Common) -> Result<(), Failure> {
    let office = Office::open(common, Clock::system())?;
    let watched = office.watched().count();
    let eye = if online { Some(super::eye::Eye::once(&office)?) } else { None };
    for target in &office.targets {
        let found = match (&eye, &target.disabled) {
            (Some(eye), None) => Some(tried(eye, target).await),
            _ => None,
        };
        if common.json {
            let found =
                found.map(|found| found.map_or_else(|why| json!({"failed": why.to_string()}), |tried| json!(tried)));
            paint::json(&json!({"target": target, "online": found}));
            continue;
        }
        let state = target
            .disabled
            .as_ref()
            .map_or_else(String::new, |reason| format!("  {FAINT}not readable yet: {reason}{FAINT:#}"));
        anstream::println!("{:<34} {:<44} {}{state}", target.id, target.label(), target.place());
        match found {
            Some(Ok(tried)) => tried.print("    "),
            Some(Err(why)) => anstream::println!("    cannot be read: {}", paint::clean(&why.to_string())),
            None => {}
        }
    }
    if !common.json {
        anstream::println!("{watched} watched, {} not readable yet", office.targets.len() - watched);
    }
    setup::check(&office)
}

/// What would be read of a target.
async fn tried(eye: &super::eye::Eye, target: &crate::target::Target) -> Result<online::Tried, Failure> {
    let page = online::fetch(eye, target).await?;
    online::Tried::of(&page, target).map_err(|error| Failure::Data(error.to_string()))
}

/// Sends a test letter to every recipient, or to one.
///
/// # Errors
/// A letter was not taken.
pub async fn send_test(to: Option<&str>, common: &Common) -> Result<(), Failure> {
    let office = Office::open(common, Clock::system())?;
    trial::send_test(&office, to, common.json).await
}
