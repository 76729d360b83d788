//! Passes that last beyond the next planned look of their own pages, or a planned run of letters: what fell into them is
//! skipped, one run makes up for it, and that is put on record.
//!
//! Counts what was planned; what is due after such a pass is for `due` and `post` to say.

use super::analysis::types::WatchState;
use super::collect::fetch_run::WantedTarget;
use super::context::AppContext;
use super::error::Failure;
use super::marks::OVERLAP;
use super::notify::runs::subscriptions;
use crate::io::store::Store;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// For so long after it `status` shows it.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A pass into which planned runs fell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub until: Timestamp,
    /// Planned looks at its own pages that fell into it.
    pub looks: u32,
    /// Planned runs of letters that could not start in time because of it.
    pub letters: u32,
    /// Skipped runs of this and of all such passes before it.
    pub in_all: u64,
}

impl Overlap {
    /// The sentence for log and `status`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let took = Duration::from_secs(u64::try_from(self.until.duration_since(self.from).as_secs()).unwrap_or(0));
        let some = |count: u32, one: &str, many: &str| {
            (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
        };
        let parts = [
            some(self.looks, "planned look", "planned looks"),
            some(self.letters, "planned run of letters", "planned runs of letters"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!(
            "a pass took {}: {} fell into it and were skipped; one run each makes up for them",
            indicatif::HumanDuration(took),
            parts.join(" and ")
        )
    }
}

/// What is planned while a pass goes on.
#[derive(Debug)]
pub(crate) struct RunPlan {
    begun: Timestamp,
    /// For each page the look for which this pass stands.
    served: BTreeMap<String, Timestamp>,
}

impl RunPlan {
    /// At the beginning of a pass over these targets.
    pub(crate) fn of(office: &AppContext, survey: &WatchState, wanted: &[WantedTarget], begun: Timestamp) -> Self {
        let spread = office.settings.jitter;
        let mut served: BTreeMap<String, Timestamp> = wanted.iter().map(|one| (one.target.id.clone(), begun)).collect();
        for page in &survey.pages {
            let Some(from) = served.get_mut(&page.target.id) else { continue };
            let last = page.followed.last_look.filter(|last| *last < begun);
            let next = last.map(|last| office.settings.line_of(&page.target).planned(&page.target.id, last, spread));
            // Looked at before its time, because something waits: if its time comes meanwhile, this look stands for it.
            if let Some(next) = next.filter(|next| *next > begun) {
                *from = next;
            }
        }
        Self { begun, served }
    }

    /// At its end: puts on record what fell into it. Letters were written at `told`.
    pub(crate) fn note(self, office: &AppContext, store: &mut Store, survey: &WatchState, told: Timestamp) {
        let until = office.clock.now();
        let (looks, letters) = (self.looks(office, survey, until), self.letters(office, told, until));
        if looks == 0 && letters == 0 {
            return;
        }
        let before = last(store).ok().flatten().map_or(0, |before| before.in_all);
        let in_all = before + u64::from(looks) + u64::from(letters);
        let overlap = Overlap { from: self.begun, until, looks, letters, in_all };
        tracing::warn!(looks, letters, "{}", overlap.sentence());
        // Letters are worth more: this is said, and looking and telling go on.
        if let Err(error) = store.mark(OVERLAP, json!(overlap), until) {
            tracing::error!("a pass that took long could not be put on record: {error}");
        }
    }

    fn looks(&self, office: &AppContext, survey: &WatchState, until: Timestamp) -> u32 {
        let spread = office.settings.jitter;
        let mut counted = 0_u32;
        for page in &survey.pages {
            let Some(from) = self.served.get(&page.target.id) else { continue };
            // It lies ahead of the look: the page was looked at, and its time came after that.
            let early =
                *from > self.begun && page.followed.last_look.is_some_and(|look| look < *from) && *from <= until;
            let line = office.settings.line_of(&page.target);
            counted =
                counted.saturating_add(u32::from(early) + line.planned_within(&page.target.id, *from, until, spread));
        }
        counted
    }

    fn letters(&self, office: &AppContext, told: Timestamp, until: Timestamp) -> u32 {
        let all = subscriptions(office);
        let lines = all.iter().flat_map(|one| one.digest.iter().chain(&one.weekly));
        // Those before the letters were written came late with them; those after it come with the next tick.
        lines.map(|line| line.late_within(self.begun, told) + line.late_within(told, until)).sum()
    }
}

/// The last pass into which planned runs fell.
///
/// # Errors
/// The store cannot be read.
pub fn last(store: &Store) -> Result<Option<Overlap>, Failure> {
    let mark = store.marks()?.remove(OVERLAP);
    Ok(mark.and_then(|mark| serde_json::from_value(mark.value).ok()))
}

/// As [`last`], where it is not long ago by the looks since.
///
/// # Errors
/// The store cannot be read.
pub fn recent(store: &Store, survey: &WatchState) -> Result<Option<Overlap>, Failure> {
    let look = survey.pages.iter().filter_map(|page| page.followed.last_look).max();
    let recent = |overlap: &Overlap| look.is_none_or(|look| look.duration_since(overlap.until) <= RECENT);
    Ok(last(store)?.filter(recent))
}
