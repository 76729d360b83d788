//! One pass over targets: fetch, compare the visible text with the last kept, record. Settling and telling come after.

use super::known_bodies::{KnownBodies, kept_of};
use super::page_fetcher::PageFetcher;
use super::swapped_pages;
use crate::app::analysis::capture_text;
use crate::app::analysis::reading_cache::ReadingCache;
use crate::app::analysis::types::WatchState;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::io::fetch::{EndedVisit, Fetched, Request, Validators};
use crate::io::pdf::PdfError;
use crate::io::store::{Recorded, Store};
use futures_util::StreamExt;
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Outcome, Sha256, Visit};
use noticewatch_core::extract::Skimmed;
use noticewatch_core::target::Target;
use std::cell::LazyCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::time::Duration;
use tokio::time::Instant;

/// The day of a moment, in UTC. A validator may lie for months: the first look of a day is without conditions
/// (docs/FACTS.md 2.5). Twenty-four hours since the last one would, with jitter, be five looks of six hours as often as
/// four.
fn day(time: Timestamp) -> i64 {
    time.as_second().div_euclid(24 * 60 * 60)
}

/// Visits are written and synced in groups: as many as come at once, and none waits longer than this
/// (docs/design/store.md 2).
const GROUP: Duration = Duration::from_secs(1);
const GROUP_LENGTH: usize = 32;
/// Bodies that wait to be written together take no more than this, in octets.
const GROUP_OCTETS: usize = 4 << 20;

/// PDF files that are read at the same time, each in a process of its own.
const PAPERS: usize = 2;

/// A target that is to be looked at.
#[derive(Clone, Debug)]
pub struct WantedTarget {
    /// The target.
    pub target: Target,
    /// Without conditions, because something waits to be confirmed.
    pub unconditional: bool,
}

/// A target that was just looked at, and how far the pass is.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// How the look ended.
    pub visit: &'a Visit,
    /// How many it makes.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

/// Fetches and records. `done` is called after each target.
///
/// # Errors
/// The store cannot be read or written.
pub async fn pass(
    office: &AppContext,
    eye: &PageFetcher,
    store: &mut Store,
    readings: &mut ReadingCache,
    survey: &WatchState,
    wanted: Vec<WantedTarget>,
    mut done: impl FnMut(Looked<'_>),
) -> Result<usize, Failure> {
    let mut kept: HashMap<String, KnownBodies<'_>> = HashMap::new();
    for page in &survey.pages {
        kept.insert(page.target.id.clone(), kept_of(page));
    }
    let now = office.clock.now();
    let definitions: Vec<Target> = wanted.iter().map(|one| one.target.clone()).collect();
    store.define_all(now, &definitions)?;
    let mut requests = Vec::new();
    for one in wanted {
        requests.push(request(store, &kept, one, now)?);
    }
    // The letters of a PDF file that is served again are known, and nothing is read of it.
    let known: HashMap<String, Sha256> =
        kept.iter().filter_map(|(id, kept)| Some((id.clone(), kept.unchanged()?))).collect();
    let (mut looked, of) = (0, requests.len());
    let mut group: Vec<Recorded> = Vec::new();
    let mut deadline = Instant::now() + GROUP;
    let read = |ended: EndedVisit| {
        let same = known.get(&ended.request.target.id).is_some_and(|last| ended.brought() == Some(*last));
        async move {
            let letters = if same { None } else { capture_text::letters(&ended.fetched).await };
            (ended, letters)
        }
    };
    let mut answers = std::pin::pin!(eye.visit_all(requests).map(read).buffer_unordered(PAPERS));
    loop {
        match tokio::time::timeout_at(deadline, answers.next()).await {
            Ok(Some((ended, letters))) => {
                if group.is_empty() {
                    deadline = Instant::now() + GROUP;
                }
                let recorded = judge(store, readings, &mut kept, ended, letters)?;
                looked += 1;
                done(Looked { visit: &recorded.visit, done: looked, of });
                group.push(recorded);
                if is_full(&group) {
                    store.record(&std::mem::take(&mut group))?;
                }
            }
            Err(_) => {
                deadline = Instant::now() + GROUP;
                if !group.is_empty() {
                    store.record(&std::mem::take(&mut group))?;
                }
            }
            Ok(None) => break,
        }
    }
    if !group.is_empty() {
        store.record(&group)?;
    }
    Ok(looked)
}

/// Whether a group is to be written before more is added to it.
fn is_full(group: &[Recorded]) -> bool {
    let octets: usize = group.iter().filter_map(|one| one.capture.as_ref()).map(|capture| capture.body.len()).sum();
    group.len() >= GROUP_LENGTH || octets >= GROUP_OCTETS
}

/// What to ask: under the validators of the last good capture, unless this look must be independent.
fn request(
    store: &Store,
    kept: &HashMap<String, KnownBodies<'_>>,
    wanted: WantedTarget,
    now: Timestamp,
) -> Result<Request, Failure> {
    let WantedTarget { target, unconditional } = wanted;
    let none = KnownBodies::default();
    let kept = kept.get(&target.id).unwrap_or(&none);
    let recent = kept.unconditional.is_some_and(|last| day(last) == day(now));
    let same = kept.unchanged().is_some();
    // That a shell is unchanged says nothing of what its scripts put there.
    let conditional = !unconditional && recent && same && !target.render;
    let validators = match kept.good.filter(|_| conditional) {
        Some(good) => store
            .header(&target.id, &good)
            .or_else(|error| if error.is_damage() { Ok(None) } else { Err(error) })?
            .filter(|header| header.url == target.url && header.rendered.is_none())
            .and_then(|header| Validators::of(&header)),
        None => None,
    };
    Ok(Request { target, validators })
}

/// A fetch as a visit: what is kept, what only confirms, what looks like another target's page.
fn judge(
    store: &Store,
    readings: &mut ReadingCache,
    kept: &mut HashMap<String, KnownBodies<'_>>,
    ended: EndedVisit,
    letters: Option<Result<Vec<u8>, PdfError>>,
) -> Result<Recorded, Failure> {
    let target = &ended.request.target;
    let mut visit = Visit {
        target: target.id.clone(),
        at: ended.at,
        unconditional: ended.request.validators.is_none(),
        twin: None,
        recorded: false,
        outcome: Outcome::NotModified { kept: Sha256::default() },
    };
    let capture = match ended.fetched {
        Fetched::Missed(missed) => {
            visit.outcome = Outcome::Missed(missed);
            None
        }
        Fetched::NotModified { kept } => {
            visit.outcome = Outcome::NotModified { kept };
            None
        }
        // A PDF file without text is no page that anybody reads, and nothing to compare with.
        Fetched::Captured(_) if let Some(Err(error)) = &letters => {
            visit.outcome = Outcome::Missed(capture_text::missed(error));
            None
        }
        Fetched::Captured(capture) => {
            let letters = letters.and_then(Result::ok);
            // Most captures are what was seen before, and are not read at all.
            let shows = LazyCell::new(|| ReadingCache::of_capture(&capture, target, letters.as_deref()).ok());
            visit.twin = swapped_pages::of(store, readings, kept, target, capture.sha256, &shows)?;
            let before = kept.entry(target.id.clone()).or_default();
            before.served = Some(capture.sha256);
            if let Some(last) = same_text(store, readings, before, target, (&capture, &shows), ended.at)? {
                visit.outcome = Outcome::SameText { sha256: capture.sha256, kept: last };
                None
            } else {
                before.last = Some((capture.sha256, ended.at));
                if !store.has_seen(&target.id, &capture.sha256)?
                    && let Some(skimmed) = LazyCell::force(&shows)
                {
                    readings.keep(target, &capture, skimmed);
                }
                visit.outcome = Outcome::Captured { sha256: capture.sha256 };
                Some(*capture)
            }
        }
    };
    Ok(Recorded { visit, capture })
}

/// The kept capture whose visible text this one shows again; None where it must be kept: another text, or the day's first.
fn same_text(
    store: &Store,
    readings: &mut ReadingCache,
    before: &KnownBodies,
    target: &Target,
    (capture, shows): (&Capture, &impl Deref<Target = Option<Skimmed>>),
    at: Timestamp,
) -> Result<Option<Sha256>, Failure> {
    let Some((last, when)) = before.last else { return Ok(None) };
    if day(when) != day(at) {
        return Ok(None);
    }
    if last == capture.sha256 && is_alike(store, target, capture)? {
        return Ok(Some(last));
    }
    let same = match readings.of(store, target, last)? {
        Some((final_url, old)) => shows.as_ref().map(Skimmed::shown).is_some_and(|new| {
            let same = old.text == new.text && old.signs == new.signs && old.closed == new.closed;
            same && final_url == capture.final_url
        }),
        None => false,
    };
    Ok(same.then_some(last))
}

/// Whether a body that is kept was served then as it is now, so that it says the same unread.
fn is_alike(store: &Store, target: &Target, capture: &Capture) -> Result<bool, Failure> {
    let header = store.header(&target.id, &capture.sha256);
    let header = header.or_else(|error| if error.is_damage() { Ok(None) } else { Err(error) })?;
    Ok(header.is_some_and(|kept| {
        (&kept.final_url, &kept.media_type, &kept.charset)
            == (&capture.final_url, &capture.media_type, &capture.charset)
    }))
}
