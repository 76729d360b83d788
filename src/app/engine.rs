//! One tick of the program: look at what is due, see what follows, tell whom it concerns, deliver what waits.
//!
//! `check`, `watch` and `demo` all turn this one handle.

use super::analysis::incremental::TargetFolds;
use super::analysis::reading_cache::ReadingCache;
use super::analysis::types::{TargetState, WatchState};
use super::collect::fetch_run::{Looked, WantedTarget, pass};
use super::collect::page_fetcher::PageFetcher;
use super::context::AppContext;
use super::due::{Away, Chosen, DueTargets, Which};
use super::error::Failure;
use super::heartbeat::{Ping, RunState};
use super::maintenance::timestamping::Roots;
use super::maintenance::{Upkeep, retention, upgrade_notice};
use super::metrics::{families, figures};
use super::notify::delivery_queue::{Delivered, DeliveryQueue};
use super::notify::{correction, dispatch, unmade_letters};
use super::skipped_runs::RunPlan;
use super::{preflight, provenance};
use crate::io::metrics;
use crate::io::store::Store;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// An own absence shorter than this is not worth a line.
const ABSENCE: SignedDuration = SignedDuration::from_hours(2);

/// What a tick did.
#[derive(Clone, Debug, Default)]
pub struct Tick {
    /// Targets looked at.
    pub looked: usize,
    /// Targets that were asked for and left alone, because their servers asked us to stay away.
    pub away: Vec<Away>,
    /// Rows of the outbox that were written.
    pub told: Vec<u64>,
    /// Letters delivered, and letters not; empty where they are still under way.
    pub delivered: Delivered,
}

/// All that a tick needs.
pub struct Engine {
    /// Settings, targets, state directory, clock.
    pub office: AppContext,
    /// The facts.
    pub store: Store,
    /// What follows from them.
    pub survey: WatchState,
    readings: ReadingCache,
    courses: TargetFolds,
    eye: PageFetcher,
    /// The way letters go.
    pub delivery: DeliveryQueue,
    ping: Ping,
    /// Backup and check.
    pub upkeep: Upkeep,
    roots: Roots,
    /// What the last tick brought could not be written down.
    failed: bool,
}

impl Engine {
    /// Opens the store to write, and sees what follows from it.
    ///
    /// # Errors
    /// The state directory is held by another or cannot be used; a certificate file or the password cannot be read.
    pub fn open(office: AppContext) -> Result<Self, Failure> {
        preflight::hold(&office)?;
        let (mut store, mut readings) = office.writer()?;
        Upkeep::mend(&office, &mut store)?;
        let eye = PageFetcher::open(&office)?;
        let delivery = DeliveryQueue::new(&office)?;
        let ping = Ping::new(&office)?;
        let mut courses = TargetFolds::default();
        let survey = office.survey_on(&store, &mut readings, &mut courses)?;
        readings.flush();
        let now = office.clock.now();
        upgrade_notice::note(&mut store, now)?;
        dispatch::watermarks(&office, &mut store, now)?;
        unmade_letters::review(&office, &mut store, now)?;
        provenance::note(&office, &mut store)?;
        note_absence(&office, &mut store, &survey, now)?;
        // Decided by a process that could write no letters: these wait for no schedule.
        correction::correct(&office, &mut store, &survey, now)?;
        Ok(Self {
            office,
            store,
            survey,
            readings,
            courses,
            eye,
            delivery,
            ping,
            upkeep: Upkeep::default(),
            roots: Roots::default(),
            failed: false,
        })
    }

    /// Which pages are due, as of now.
    #[must_use]
    pub fn due(&self) -> DueTargets<'_> {
        DueTargets { office: &self.office, store: &self.store, survey: &self.survey }
    }

    /// When there is something to do next.
    #[must_use]
    pub fn next_due(&self) -> Timestamp {
        let now = self.office.clock.now();
        let posts = dispatch::next_due(&self.delivery, &self.office, &self.store, now);
        self.due().next_look().into_iter().chain(posts).min().unwrap_or(now).max(now)
    }

    /// Goes on by other settings and targets. Where anything of them cannot be used, nothing is changed.
    ///
    /// # Errors
    /// Another state directory is named; a certificate file or the password cannot be read; the store cannot be written.
    pub fn reload(&mut self, office: AppContext) -> Result<(), Failure> {
        if office.state != self.office.state {
            let (old, new) = (self.office.state.display(), office.state.display());
            return Err(Failure::Usage(format!(
                "the state directory cannot change from {old} to {new} without a restart"
            )));
        }
        preflight::replaces(&office, &self.office)?;
        let (eye, ping) = (PageFetcher::open(&office)?, Ping::new(&office)?);
        self.delivery.renew(&office)?;
        self.survey = office.survey_on(&self.store, &mut self.readings, &mut self.courses)?;
        dispatch::watermarks(&office, &mut self.store, office.clock.now())?;
        unmade_letters::review(&office, &mut self.store, office.clock.now())?;
        (self.office, self.eye, self.ping) = (office, eye, ping);
        Ok(())
    }

    /// Takes up what operators decided while this process held the store; whether anything was.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn take_up(&mut self) -> Result<bool, Failure> {
        let taken = self.store.take_up()?;
        for decision in &taken.decisions {
            let letter = decision.letter.map(|letter| letter.to_string());
            let what = decision.target.as_deref().or(decision.finding.as_deref()).or(letter.as_deref());
            let what = what.unwrap_or_default();
            tracing::info!("decided by the operator: {:?} {what}: {}", decision.decision, decision.reason);
        }
        taken.trouble.iter().for_each(|text| tracing::warn!("{text}"));
        if !taken.decisions.is_empty() {
            self.survey = self.office.survey_on(&self.store, &mut self.readings, &mut self.courses)?;
        }
        Ok(!taken.decisions.is_empty())
    }

    /// Looks, tells, delivers.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn tick(&mut self, which: &Which, done: impl FnMut(Looked<'_>)) -> Result<Tick, Failure> {
        self.run(which, done, true).await
    }

    /// Looks and tells, and lets letters set out; waits for none of them.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn tick_beside(&mut self, which: &Which, done: impl FnMut(Looked<'_>)) -> Result<Tick, Failure> {
        self.run(which, done, false).await
    }

    /// Waits for the next letter that is under way, and writes down what became of it; for ever where none is.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn answered(&mut self) -> Result<Delivered, Failure> {
        let delivered = self.delivery.answered(&self.office, &mut self.store).await;
        self.failed |= delivered.is_err();
        self.leave_figures();
        delivered
    }

    /// Waits for all letters that are under way.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn drain(&mut self) -> Result<(), Failure> {
        self.delivery.drain(&self.office, &mut self.store).await
    }

    async fn run(&mut self, which: &Which, done: impl FnMut(Looked<'_>), wait: bool) -> Result<Tick, Failure> {
        // Sites would be asked in vain, and letters sent of which nothing can be written down.
        if self.failed {
            self.store.room()?;
        }
        // What cannot be taken up now keeps nobody from looking.
        if let Err(failure) = self.take_up() {
            tracing::error!("decisions of the operator wait: {failure}");
        }
        let chosen = self.due().chosen(which);
        let run = !chosen.wanted.is_empty();
        if run {
            self.ping.say(RunState::Start).await;
        }
        let ended = self.turn(chosen, done, wait).await;
        self.failed = ended.is_err();
        self.leave_figures();
        if run || ended.is_err() {
            self.ping.say(if ended.is_ok() { RunState::Success } else { RunState::Fail }).await;
        }
        ended
    }

    async fn turn(&mut self, chosen: Chosen, done: impl FnMut(Looked<'_>), wait: bool) -> Result<Tick, Failure> {
        let Chosen { wanted, away, planned } = chosen;
        let plan = planned.then(|| RunPlan::of(&self.office, &self.survey, &wanted, self.office.clock.now()));
        let looked = self.look(wanted, done).await?;
        self.mended().await?;
        let now = self.office.clock.now();
        let told = dispatch::tell(&self.office, &mut self.store, &mut self.readings, &self.survey, now)?;
        let delivered = if wait {
            self.delivery.deliver(&self.office, &mut self.store).await?
        } else {
            self.delivery.begin();
            self.delivery.send_off(&self.office, &mut self.store)?;
            Delivered::default()
        };
        self.keep(now);
        self.roots.daily(&self.office, &mut self.store).await;
        self.upkeep.daily(&self.office, &mut self.store).await;
        if let Some(plan) = plan {
            plan.note(&self.office, &mut self.store, &self.survey, now);
        }
        Ok(Tick { looked, away, told, delivered })
    }

    /// Where something that was read is damaged, the store is checked and mended before anything is told.
    async fn mended(&mut self) -> Result<(), Failure> {
        if self.readings.take_damaged() && self.upkeep.hurry(&self.office, &mut self.store).await {
            self.survey = self.office.survey_on(&self.store, &mut self.readings, &mut self.courses)?;
        }
        Ok(())
    }

    /// Leaves the figures where the settings say, for Prometheus.
    pub fn leave_figures(&self) {
        let Some(path) = &self.office.settings.metrics else { return };
        let left = figures(&self.office, &self.survey, &self.store).map_err(|failure| failure.to_string()).and_then(
            |figures| {
                let families = families(&figures, &self.survey);
                metrics::write(path.as_ref(), &families).map_err(|error| error.to_string())
            },
        );
        if let Err(why) = left {
            tracing::error!("{why}");
        }
    }

    /// Drops bodies that nobody needs. Letters are worth more: a failure is said, and tried again at the next tick.
    fn keep(&mut self, now: Timestamp) {
        match retention::daily(&self.office, &mut self.store, &mut self.readings, &self.survey, now) {
            Ok(Some(freed)) if freed.bodies > 0 => {
                tracing::info!(bodies = freed.bodies, octets = freed.octets, "old bodies dropped");
            }
            Ok(_) => {}
            Err(failure) => tracing::error!("old bodies could not be dropped: {failure}"),
        }
    }

    /// Looks at these targets and sees what follows.
    async fn look(&mut self, wanted: Vec<WantedTarget>, done: impl FnMut(Looked<'_>)) -> Result<usize, Failure> {
        if wanted.is_empty() {
            return Ok(0);
        }
        note_absence(&self.office, &mut self.store, &self.survey, self.office.clock.now())?;
        let (store, readings) = (&mut self.store, &mut self.readings);
        let looked = pass(&self.office, &self.eye, store, readings, &self.survey, wanted, done).await?;
        self.survey = self.office.survey_on(&self.store, &mut self.readings, &mut self.courses)?;
        self.readings.flush();
        Ok(looked)
    }
}

/// Our own absence is a fact of its own, told in one line (docs/RULES.md 7.3): the program was not running, or the
/// machine slept.
fn note_absence(office: &AppContext, store: &mut Store, survey: &WatchState, now: Timestamp) -> Result<(), Failure> {
    let Some(last) = survey.pages.iter().filter_map(|page| page.followed.last_look).max() else { return Ok(()) };
    // Where every server asked to be left alone, or the operator let every page rest, nobody was absent.
    let away = |page: &TargetState| {
        let wait = page.followed.missed.as_ref().and_then(|missed| missed.retry_after_s).unwrap_or_default();
        page.followed.last_look.is_some_and(|look| now.duration_since(look) <= SignedDuration::from_secs(wait.into()))
    };
    if !survey.pages.iter().any(|page| page.is_looked_at() && !away(page)) {
        return Ok(());
    }
    let usual = survey.pages.iter().map(|page| office.interval(&page.target)).max().unwrap_or(ABSENCE);
    let known =
        || store.marks().map(|marks| marks.get("absence").is_some_and(|mark| mark.value["from"] == json!(last)));
    if now.duration_since(last) > ABSENCE.max(usual.saturating_mul(2)) && !known()? {
        store.mark("absence", json!({"from": last, "to": now}), now)?;
    }
    Ok(())
}
