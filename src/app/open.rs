//! Opening what is kept, for verbs that only show it.

use super::analysis::reading_cache::ReadingCache;
use super::analysis::types::{TargetState, WatchState};
use super::context::AppContext;
use super::error::Failure;
use super::paths::Paths;
use super::text::utc;
use crate::io::clock::Clock;
use crate::io::store::Store;
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Sha256};

/// Everything that was kept, read by today's rules.
pub(crate) struct OpenedStore {
    pub(crate) office: AppContext,
    pub(crate) store: Store,
    pub(crate) survey: WatchState,
}

/// Everything that was kept, imported documents too.
///
/// # Errors
/// The configuration is wrong, nothing was kept yet, or the store cannot be read.
pub(crate) fn kept(paths: &Paths) -> Result<OpenedStore, Failure> {
    kept_by(paths, AppContext::survey_all)
}

/// What is watched: imported documents are never told.
///
/// # Errors
/// As [`kept`].
pub(crate) fn watched(paths: &Paths) -> Result<OpenedStore, Failure> {
    kept_by(paths, AppContext::survey)
}

fn kept_by(
    paths: &Paths,
    survey: impl Fn(&AppContext, &Store, &mut ReadingCache) -> Result<WatchState, Failure>,
) -> Result<OpenedStore, Failure> {
    let office = AppContext::open(paths, Clock::system())?;
    let Some((store, mut readings)) = office.reader()? else {
        return Err(Failure::Missing(format!(
            "nothing was kept in {} yet; `noticewatch check` makes a beginning",
            office.state.display()
        )));
    };
    let survey = survey(&office, &store, &mut readings)?;
    readings.flush();
    Ok(OpenedStore { office, store, survey })
}

impl OpenedStore {
    /// The page of that id, watched or imported.
    ///
    /// # Errors
    /// There is none; the nearest id is named.
    pub(crate) fn page(&self, id: &str) -> Result<&TargetState, Failure> {
        self.survey.page(id).ok_or_else(|| self.office.unknown(id, self.survey.pages.iter().map(|page| &page.target)))
    }
}

/// A capture with its body. Where that was dropped, the sentence says when, why, and which one stands for it.
pub(crate) fn body(kept: &OpenedStore, target: &str, sha256: &Sha256) -> Result<Capture, Failure> {
    if let Some(capture) = kept.store.capture(sha256)? {
        return Ok(capture);
    }
    let Some(grave) = kept.store.grave(sha256)? else {
        return Err(Failure::Missing(format!("the body of capture {sha256} is not in the store")));
    };
    let (at, reason, stands) = (utc(grave.at), &grave.reason, kept.store.readable(sha256)?.short());
    Err(Failure::Missing(format!(
        "the body of capture {sha256} was dropped on {at}: {reason}; its headers are kept (--headers), and what the page \
         said stands in {stands}: `noticewatch show {target} {stands}`"
    )))
}

/// The kept capture that the last look before a moment saw.
pub(crate) fn standing(kept: &OpenedStore, target: &str, at: Option<Timestamp>) -> Result<Sha256, Failure> {
    let visits = kept.store.visits(target)?;
    let mut before = visits.iter().rev().filter(|visit| at.is_none_or(|at| visit.at <= at));
    before.find_map(noticewatch_core::capture::Visit::seen).ok_or_else(|| {
        let when = at.map_or_else(String::new, |at| format!(" before {}", utc(at)));
        Failure::Missing(format!("{target} was not captured{when}"))
    })
}
