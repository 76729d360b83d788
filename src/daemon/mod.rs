//! `watch`: the daemon. A heartbeat asks every thirty seconds whether anything is due; the schedule itself is pure.

pub mod progress;
pub mod signals;

use crate::app::collect::fetch_run::Looked;
use crate::app::context::AppContext;
use crate::app::due::Which;
use crate::app::engine::Engine;
use crate::app::error::Failure;
use crate::app::notify::delivery_queue::Delivered;
use crate::app::paths::Paths;
use crate::app::text::utc;
use crate::cli::output::visits::visit_line;
use crate::daemon::progress::{Progress, ProgressNews, Pulse};
use crate::daemon::signals::{Order, Orders};
use crate::io::clock::Clock;
use crate::io::store::OutboxState;
use crate::io::systemd;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_cron_scheduler::{Job, JobScheduler};

/// Every thirty seconds (the crate's dialect has seconds).
const HEARTBEAT: &str = "*/30 * * * * *";
/// What is under way, a pass and letters alike, may end within this time after the order to stop. With what follows, all
/// is over within ten seconds.
const GRACE: Duration = Duration::from_secs(7);
/// How a pass is spoken of: the watchdog is told that it goes on, and the status says how far it is. One that shows nothing
/// for the bound is stuck: one target may take four tries of a minute with waits between.
const PULSE: Pulse = Pulse { alive: BEAT, far: Duration::from_secs(1), bound: Duration::from_mins(15) };
/// How often the service manager is told that something goes on.
const BEAT: Duration = Duration::from_secs(20);

/// Figures are left after each run, and this often between runs: so that an old file means a dead daemon.
const FIGURES: Duration = Duration::from_mins(5);
/// A large store may be made anew from its files, or checked, before the first look; each beat asks for this much more.
const OPENING: Duration = Duration::from_mins(2);

/// Watches until it is told to stop.
///
/// # Errors
/// Configuration, state directory or network client cannot be used.
pub async fn watch(paths: &Paths) -> Result<(), Failure> {
    let (scheduler, beat) = heartbeat().await?;
    let ended = beaten(&|| AppContext::open(paths, Clock::system()), beat).await;
    shut(scheduler).await;
    ended
}

/// As [`watch`], by another heart; settings, targets and clock are what `office` says, at the start and at each reload.
///
/// # Errors
/// As [`watch`].
pub async fn beaten(
    office: &impl Fn() -> Result<AppContext, Failure>,
    mut beat: mpsc::Receiver<()>,
) -> Result<(), Failure> {
    let mut orders = Orders::new()?;
    let Some(mut engine) = opened(office, &mut orders, &mut beat).await? else { return Ok(()) };
    let watched = engine.office.watched().count();
    let disabled = engine.office.targets.len() - watched;
    tracing::info!(watched, not_readable = disabled, state = %engine.office.state.display(), "watching");
    systemd::ready("watching");
    let (mut wrong, mut stuck) = (None, None);
    let mut left = Instant::now();
    let deadline = loop {
        // In this order: what is due now is never due at a moment that comes after the one it is compared with.
        if decided(&mut engine) || engine.next_due() <= engine.office.clock.now() {
            systemd::status("looking and telling");
            match turn(&mut engine, &mut orders).await {
                Turned::Done => stuck = None,
                Turned::Stuck(why) => stuck = Some(why),
                Turned::Stop(deadline) => break deadline,
            }
            left = Instant::now();
        } else if left.elapsed() >= FIGURES {
            engine.leave_figures();
            left = Instant::now();
        }
        systemd::watchdog();
        systemd::status(&stuck.clone().unwrap_or_else(|| line(&engine, wrong.as_deref())));
        tokio::select! {
            _ = beat.recv() => {}
            // What a mail server said is written down at once, and the next letter may set out.
            answer = engine.answered() => stuck = said(answer).or(stuck),
            order = orders.next() => match order {
                Order::Reload => wrong = reload(&mut engine, office),
                Order::Stop(told) => break told + GRACE,
            },
        }
    };
    systemd::stopping("stopping");
    if tokio::time::timeout_at(deadline, engine.drain()).await.is_err() {
        tracing::warn!("stopped while a letter was under way; it is sent again, with the same octets");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Opens the store, however long that takes; None: told to stop meanwhile. A full disk is no reason to go away, and
/// starting again would not make room: it is said, and tried again at each beat.
async fn opened(
    office: &impl Fn() -> Result<AppContext, Failure>,
    orders: &mut Orders,
    beat: &mut mpsc::Receiver<()>,
) -> Result<Option<Engine>, Failure> {
    loop {
        let office = office()?;
        let opening = tokio::task::spawn_blocking(move || Engine::open(office));
        let mut opening = std::pin::pin!(opening);
        let mut pulse = tokio::time::interval(BEAT);
        let engine = loop {
            tokio::select! {
                engine = &mut opening => break engine.map_err(|error| Failure::Io(error.to_string()))?,
                _ = pulse.tick() => systemd::extend(OPENING),
                _ = orders.stop() => return Ok(None),
            }
        };
        match engine {
            Err(Failure::Full(text)) => {
                tracing::error!("{text}");
                systemd::ready(&text);
                systemd::watchdog();
            }
            engine => return engine.map(Some),
        }
        tokio::select! {
            _ = beat.recv() => {}
            order = orders.next() => if let Order::Stop(_) = order { return Ok(None) },
        }
    }
}

/// Reads settings and targets again. Broken ones change nothing; what is wrong with them is returned.
fn reload(engine: &mut Engine, office: &impl Fn() -> Result<AppContext, Failure>) -> Option<String> {
    systemd::reloading();
    let taken = office().and_then(|office| engine.reload(office));
    let wrong = match taken {
        Ok(()) => {
            let watched = engine.office.watched().count();
            tracing::info!(watched, "settings and targets were read again and hold from now on");
            None
        }
        Err(failure) => {
            tracing::error!("settings and targets were read again and not taken; the former ones hold:\n{failure}");
            Some("settings on disk are wrong and not taken".to_owned())
        }
    };
    systemd::ready(&line(engine, wrong.as_deref()));
    wrong
}

/// Logs what became of letters; what keeps it from being written down is returned.
fn said(answer: Result<Delivered, Failure>) -> Option<String> {
    match answer {
        Ok(delivered) => {
            for text in delivered.refused.iter().chain(&delivered.later) {
                tracing::warn!("a letter was not taken: {text}");
            }
            if delivered.sent > 0 {
                tracing::info!(sent = delivered.sent, "letters sent");
            }
            None
        }
        Err(failure) => {
            tracing::error!("{failure}");
            Some(failure.to_string())
        }
    }
}

/// Takes up what operators decided; a full disk is tried again at the next beat.
fn decided(engine: &mut Engine) -> bool {
    engine.take_up().unwrap_or_else(|failure| {
        tracing::error!("{failure}");
        false
    })
}

/// How a tick ended.
enum Turned {
    /// All that was due is done.
    Done,
    /// Something keeps it from being done, which is tried again at the next beat.
    Stuck(String),
    /// The order to stop came meanwhile; until this moment the rest may end.
    Stop(Instant),
}

/// One tick.
async fn turn(engine: &mut Engine, orders: &mut Orders) -> Turned {
    let progress = Progress::default();
    let work = PULSE.beside(&progress, tick(engine, &progress), |news| match news {
        ProgressNews::Alive => systemd::watchdog(),
        ProgressNews::Far { done, of } => systemd::status(&format!("looking: {done} of {of} pages")),
    });
    let mut work = std::pin::pin!(work);
    let deadline = tokio::select! {
        stuck = &mut work => return stuck.map_or(Turned::Done, Turned::Stuck),
        told = orders.stop() => told + GRACE,
    };
    if tokio::time::timeout_at(deadline, work).await.is_err() {
        tracing::warn!("stopped in the middle of a pass; it will be made up");
    }
    Turned::Stop(deadline)
}

/// Looks, tells and delivers; what kept it from that is returned.
async fn tick(engine: &mut Engine, progress: &Progress) -> Option<String> {
    let ended = engine
        .tick_beside(&Which::Due, |Looked { visit, done, of }| {
            progress.note(done, of);
            tracing::info!(target_id = %visit.target, "{}", visit_line(visit));
        })
        .await;
    match ended {
        Ok(tick) => {
            let letters = tick.told.len();
            tracing::info!(looked = tick.looked, letters, "pass done");
            None
        }
        // A full disk is no reason to go away: stay up, say so, try again at the next beat.
        Err(failure) => {
            tracing::error!("{failure}");
            Some(failure.to_string())
        }
    }
}

/// What the service manager shows.
fn line(engine: &Engine, wrong: Option<&str>) -> String {
    let watched = engine.office.watched().count();
    let seen =
        engine.survey.pages.iter().filter(|page| page.followed.missed.is_none() && page.followed.last_good.is_some());
    let wrong = wrong.map_or_else(String::new, |wrong| format!("; {wrong}"));
    let rows = engine.store.outbox().unwrap_or_default();
    let waiting = rows.iter().filter(|row| row.state == OutboxState::Queued && row.tries > 0).count();
    let waiting = if waiting > 0 { format!("; {waiting} letters not taken yet") } else { String::new() };
    let leaving = match engine.delivery.underway() {
        0 => String::new(),
        count => format!("; {count} letters under way"),
    };
    let next = utc(engine.next_due());
    format!("{} of {watched} pages in sight{leaving}{waiting}; next look {next}{wrong}", seen.count())
}

/// The heartbeat: one job that only rings.
async fn heartbeat() -> Result<(JobScheduler, mpsc::Receiver<()>), Failure> {
    let (ring, beat) = mpsc::channel(1);
    let broken =
        |error: tokio_cron_scheduler::JobSchedulerError| Failure::Io(format!("the heartbeat cannot start: {error}"));
    let scheduler = JobScheduler::new().await.map_err(broken)?;
    let job = Job::new(HEARTBEAT, move |_, _| {
        // A bell that is ringing already need not ring twice.
        let _ = ring.try_send(());
    })
    .map_err(broken)?;
    scheduler.add(job).await.map_err(broken)?;
    scheduler.start().await.map_err(broken)?;
    Ok((scheduler, beat))
}

async fn shut(mut scheduler: JobScheduler) {
    if let Err(error) = scheduler.shutdown().await {
        tracing::warn!("the heartbeat did not stop: {error}");
    }
}
