//! `watch`: the daemon. A heartbeat asks every thirty seconds whether anything is due; the schedule itself is pure.

use super::args::Common;
use super::check::visit_line;
use super::deliver::Delivered;
use super::engine::{Engine, Which};
use super::failure::Failure;
use super::office::Office;
use super::paint::utc;
use crate::io::clock::Clock;
use crate::io::store::OutboxState;
use crate::io::systemd;
use std::cell::Cell;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_cron_scheduler::{Job, JobScheduler};

/// Every thirty seconds (the crate's dialect has seconds).
const HEARTBEAT: &str = "*/30 * * * * *";
/// What is under way may end within this time after the order to stop.
const GRACE: Duration = Duration::from_secs(8);
/// How often the watchdog is told that a pass goes on.
const PULSE: Duration = Duration::from_secs(20);
/// A pass that shows nothing for so long is stuck: one target may take four tries of a minute with waits between.
const PROGRESS: Duration = Duration::from_mins(15);

/// Watches until it is told to stop.
///
/// # Errors
/// Configuration, state directory or network client cannot be used.
pub async fn watch(common: &Common) -> Result<(), Failure> {
    let office = Office::open(common, Clock::system())?;
    let watched = office.watched().count();
    let disabled = office.targets.len() - watched;
    let mut engine = Engine::open(office)?;
    let mut stop = Stop::new()?;
    let (scheduler, mut beat) = heartbeat().await?;
    tracing::info!(watched, not_readable = disabled, state = %engine.office.state.display(), "watching");
    systemd::ready("watching");
    loop {
        let now = engine.office.clock.now();
        if decided(&mut engine) || engine.next_due() <= now {
            systemd::status("looking and telling");
            if turn(&mut engine, &mut stop).await {
                break;
            }
        }
        systemd::watchdog();
        systemd::status(&line(&engine, watched));
        tokio::select! {
            _ = beat.recv() => {}
            // What a mail server said is written down at once, and the next letter may set out.
            answer = engine.answered() => said(answer),
            () = stop.asked() => break,
        }
    }
    systemd::stopping("stopping");
    if tokio::time::timeout(GRACE, engine.drain()).await.is_err() {
        tracing::warn!("stopped while a letter was under way; it is sent again, with the same octets");
    }
    shut(scheduler).await;
    tracing::info!("stopped");
    Ok(())
}

/// Logs what became of letters.
fn said(answer: Result<Delivered, Failure>) {
    match answer {
        Ok(delivered) => {
            for text in delivered.refused.iter().chain(&delivered.later) {
                tracing::warn!("a letter was not taken: {text}");
            }
            if delivered.sent > 0 {
                tracing::info!(sent = delivered.sent, "letters sent");
            }
        }
        Err(failure) => tracing::error!("{failure}"),
    }
}

/// Takes up what operators decided; a full disk is tried again at the next beat.
fn decided(engine: &mut Engine) -> bool {
    engine.take_up().unwrap_or_else(|failure| {
        tracing::error!("{failure}");
        false
    })
}

/// One tick; true where the order to stop came meanwhile.
async fn turn(engine: &mut Engine, stop: &mut Stop) -> bool {
    let progress = Cell::new(Instant::now());
    let tick = tick(engine, &progress);
    let mut tick = std::pin::pin!(tick);
    let mut pulse = tokio::time::interval(PULSE);
    loop {
        tokio::select! {
            () = &mut tick => return false,
            () = stop.asked() => break,
            _ = pulse.tick() => {
                if progress.get().elapsed() < PROGRESS {
                    systemd::watchdog();
                }
            }
        }
    }
    if tokio::time::timeout(GRACE, tick).await.is_err() {
        tracing::warn!("stopped in the middle of a pass; it will be made up");
    }
    true
}

async fn tick(engine: &mut Engine, progress: &Cell<Instant>) {
    let ended = engine
        .tick_beside(&Which::Due, |visit| {
            progress.set(Instant::now());
            tracing::info!(target_id = %visit.target, "{}", visit_line(visit));
        })
        .await;
    match ended {
        Ok(tick) => {
            let letters = tick.told.len();
            tracing::info!(looked = tick.looked, letters, "pass done");
        }
        // A full disk is no reason to go away: stay up, say so, try again at the next beat.
        Err(failure) => {
            tracing::error!("{failure}");
            systemd::status(&failure.to_string());
        }
    }
}

/// What the service manager shows.
fn line(engine: &Engine, watched: usize) -> String {
    let seen =
        engine.survey.pages.iter().filter(|page| page.followed.missed.is_none() && page.followed.last_good.is_some());
    let rows = engine.store.outbox().unwrap_or_default();
    let waiting = rows.iter().filter(|row| row.state == OutboxState::Queued && row.tries > 0).count();
    let waiting = if waiting > 0 { format!("; {waiting} letters not taken yet") } else { String::new() };
    format!("{} of {watched} pages in sight{waiting}; next look {}", seen.count(), utc(engine.next_due()))
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

/// The order to stop: SIGTERM from the service manager, SIGINT from a terminal.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::Io(format!("signals cannot be received: {error}")));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
