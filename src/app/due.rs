//! Which pages a tick looks at, and when the next is due: by schedule, because something waits, and never while its
//! server asked us to stay away.
//!
//! Chooses and asks nobody; when a line of the schedule runs is for `schedule` to say.

use super::analysis::types::TargetState;
use super::analysis::types::WatchState;
use super::collect::fetch_run::WantedTarget;
use super::context::AppContext;
use crate::io::store::Store;
use jiff::{SignedDuration, Timestamp, ToSpan};
use noticewatch_core::target::Target;

/// Which targets a tick looks at.
#[derive(Clone, Debug)]
pub enum Which {
    /// Those that are due.
    Due,
    /// All that are watched.
    All,
    /// These.
    Only(Vec<String>),
    /// Those of which something waits for another look by now.
    Waiting,
    /// None: only tell and deliver.
    Nothing,
}

/// A page that a sibling's change asks for, and that could not be read, is asked again after this time.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// A target whose server asked us to stay away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// The target's id.
    pub target: String,
    /// Until when.
    pub until: Timestamp,
}

/// What a tick takes up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    /// What is looked at.
    pub(crate) wanted: Vec<WantedTarget>,
    /// What was asked for and is left alone.
    pub(crate) away: Vec<Away>,
    /// By the schedule, and not because somebody asked.
    pub(crate) planned: bool,
}

/// What decides which pages are due: settings and clock, the last visits, and what waits for another look.
#[derive(Clone, Copy)]
pub struct DueTargets<'a> {
    /// Settings and clock.
    pub office: &'a AppContext,
    /// The last visits.
    pub store: &'a Store,
    /// What waits for another look.
    pub survey: &'a WatchState,
}

impl DueTargets<'_> {
    /// When a page is due next; None where none is looked at.
    #[must_use]
    pub fn next_look(&self) -> Option<Timestamp> {
        self.survey.pages.iter().filter(|page| page.is_looked_at()).map(|page| self.due_at(page)).min()
    }

    /// The targets that a tick looks at. Whoever asks, none is before the time that its server named.
    pub(crate) fn chosen(&self, which: &Which) -> Chosen {
        let now = self.office.clock.now();
        let mut chosen = Chosen { planned: matches!(which, Which::Due), ..Chosen::default() };
        for page in self.survey.pages.iter().filter(|page| page.is_looked_at()) {
            let id = &page.target.id;
            let asked = match which {
                Which::All => true,
                Which::Only(ids) => ids.contains(id),
                Which::Due => self.due_at(page) <= now,
                Which::Waiting => self.waits(page).is_some_and(|at| at <= now),
                Which::Nothing => false,
            };
            match self.away(page) {
                _ if !asked => {}
                Some(until) => chosen.away.push(Away { target: id.clone(), until }),
                None => {
                    let unconditional = !page.followed.wanted.is_empty();
                    chosen.wanted.push(WantedTarget { target: page.target.clone(), unconditional });
                }
            }
        }
        chosen
    }

    /// The first moment at which something waits for another look; `changes`: only what changed, not what was missed or
    /// seen for the first time.
    #[must_use]
    pub fn next_wanted(&self, changes: bool) -> Option<Timestamp> {
        let pages = self.survey.pages.iter().filter(|page| page.is_looked_at());
        let mine = pages.filter(|page| {
            !changes || !page.followed.pending.is_empty() || self.survey.wanted.contains(&page.target.id)
        });
        mine.filter_map(|page| self.waits(page)).min()
    }

    /// When something on a page waits for a look: its own change, or one of a sibling that needs to know what stands here.
    fn waits(&self, page: &TargetState) -> Option<Timestamp> {
        let own = page.followed.wanted.first().copied();
        let asked = self.survey.wanted.contains(&page.target.id);
        let last = page.followed.last_look.filter(|_| asked);
        let sibling = last.map(|last| match page.followed.last_good {
            Some(good) if good == last => last,
            _ => last.checked_add(AGAIN).unwrap_or(last),
        });
        let first = own.into_iter().chain(sibling).min()?;
        Some(self.away(page).map_or(first, |until| first.max(until)))
    }

    /// Until when the server of a page asked us to stay away, where that time has not come. What it said by a clock that
    /// was ahead is no time of its.
    fn away(&self, page: &TargetState) -> Option<Timestamp> {
        let now = self.office.clock.now();
        let last = page.followed.last_look.filter(|last| *last <= now)?;
        let seconds = page.followed.missed.as_ref()?.retry_after_s?;
        last.checked_add(i64::from(seconds).seconds()).ok().filter(|until| *until > now)
    }

    /// When a page is due: by its schedule, or because something waits; never while its server asked us to stay away.
    fn due_at(&self, page: &TargetState) -> Timestamp {
        let Some(last) = page.followed.last_look else { return Timestamp::MIN };
        let now = self.office.clock.now();
        if last > now {
            // The clock was set back: what it said before schedules nothing.
            let last = self.store.last_visit(&page.target.id).ok().flatten().map(|visit| visit.at);
            return last.filter(|last| *last <= now).map_or(now, |last| self.scheduled(&page.target, last));
        }
        let scheduled = self.scheduled(&page.target, last);
        let due = self.waits(page).map_or(scheduled, |wanted| wanted.min(scheduled));
        self.away(page).map_or(due, |until| due.max(until))
    }

    fn scheduled(&self, target: &Target, last: Timestamp) -> Timestamp {
        let (settings, now) = (&self.office.settings, self.office.clock.now());
        let line = settings.line_of(target);
        line.planned(&target.id, line.mend(last, now), settings.jitter)
    }
}
