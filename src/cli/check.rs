//! `check` and `watch`: one pass, or passes for ever.

use super::args::Common;
use super::engine::{Engine, Tick, Which};
use super::failure::Failure;
use super::office::Office;
use super::paint::{self, BOLD, FAINT, utc};
use super::way;
use crate::capture::{Outcome, Visit};
use crate::config::Way;
use crate::history::TroubleKind;
use crate::io::clock::Clock;
use crate::io::store::OutboxState;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use std::io::IsTerminal;

/// How long `check` waits for the second look that a new wording needs (DESIGN.md 4).
const SECOND_LOOK: SignedDuration = SignedDuration::from_mins(11);

/// What `check` was asked for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Targets; empty: all.
    pub only: Vec<String>,
    /// The moment, by the program's own clock.
    pub now: Option<Timestamp>,
    /// No second look.
    pub no_wait: bool,
}

/// Fetches, settles and tells, once.
///
/// # Errors
/// Configuration, state directory or network client cannot be used; or a target needs attention (exit code 1).
pub async fn check(ask: &Ask, common: &Common) -> Result<(), Failure> {
    let clock = ask.now.map_or_else(Clock::system, Clock::driven);
    let office = Office::open(common, clock.clone())?;
    for id in &ask.only {
        if let Some(reason) = &office.target(id)?.disabled {
            return Err(Failure::Usage(format!("{id} is not watched: {reason}")));
        }
    }
    let mut engine = Engine::open(office)?;
    engine.take_up()?;
    for page in engine.survey.pages.iter().filter(|page| ask.only.contains(&page.target.id)) {
        if let Some(paused) = &page.paused {
            let (id, since, reason) = (&page.target.id, utc(paused.since), &paused.reason);
            return Err(Failure::Usage(format!(
                "{id} is paused since {since}: {reason}; `noticewatch resume {id}` ends that"
            )));
        }
    }
    after_the_last(&engine, &clock)?;
    let which = if ask.only.is_empty() { Which::All } else { Which::Only(ask.only.clone()) };
    let mut ticks = vec![look(&mut engine, &which, common).await?];
    let horizon = clock.now().checked_add(SECOND_LOOK).unwrap_or(Timestamp::MAX);
    while let Some(next) = engine.next_wanted(!clock.is_driven()).filter(|next| *next <= horizon && !ask.no_wait) {
        wait_until(&clock, next, common).await;
        ticks.push(look(&mut engine, &Which::Waiting, common).await?);
    }
    report(&engine, &ticks, common)
}

/// A driven clock never stands before what was seen already.
fn after_the_last(engine: &Engine, clock: &Clock) -> Result<(), Failure> {
    let last = engine.survey.pages.iter().filter_map(|page| page.followed.last_look).max();
    if let Some(last) = last {
        let next = last.checked_add(1.second()).map_err(|error| Failure::Usage(error.to_string()))?;
        clock.advance_to(next);
    }
    Ok(())
}

async fn wait_until(clock: &Clock, next: Timestamp, common: &Common) {
    let left = next.duration_since(clock.now());
    if left > SignedDuration::ZERO {
        if !clock.is_driven() && !common.json {
            anstream::eprintln!("something changed: looking again at {} to be sure (--no-wait skips this)", utc(next));
        }
        clock.sleep(std::time::Duration::try_from(left).unwrap_or_default()).await;
    }
}

/// One tick with a progress bar on a terminal.
async fn look(engine: &mut Engine, which: &Which, common: &Common) -> Result<Tick, Failure> {
    let bar = progress(engine.survey.pages.len(), common);
    let tick = engine
        .tick(which, |visit| {
            bar.inc(1);
            bar.set_message(visit.target.clone());
            if common.verbose > 0 {
                bar.suspend(|| anstream::eprintln!("{}", visit_line(visit)));
            }
        })
        .await;
    bar.finish_and_clear();
    tick
}

fn progress(length: usize, common: &Common) -> ProgressBar {
    if common.json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style)
}

/// A visit in one line.
#[must_use]
pub fn visit_line(visit: &Visit) -> String {
    let end = match &visit.outcome {
        Outcome::Captured { sha256 } => format!("captured {}", sha256.short()),
        Outcome::SameText { .. } => "same text".to_owned(),
        Outcome::NotModified { .. } => "not modified".to_owned(),
        Outcome::Missed(missed) => format!("missed: {}", missed.detail),
    };
    format!("{}  {}  {}", utc(visit.at), visit.target, paint::clean(&end))
}

/// What the pass came to, for the operator.
fn report(engine: &Engine, ticks: &[Tick], common: &Common) -> Result<(), Failure> {
    let rows: Vec<u64> = ticks.iter().flat_map(|tick| tick.told.iter().copied()).collect();
    if common.json {
        let letters: Vec<_> = engine
            .store
            .outbox()?
            .into_iter()
            .filter(|row| rows.contains(&row.id))
            .map(|row| json!({"recipient": row.recipient, "message_id": row.message_id, "state": row.state, "subject": row.note["subject"]}))
            .collect();
        let looked: usize = ticks.iter().map(|tick| tick.looked).sum();
        paint::json(&json!({"at": engine.office.clock.now(), "looked": looked, "letters": letters}));
    } else {
        print_pass(engine, &rows)?;
    }
    attention(engine, ticks)
}

fn print_pass(engine: &Engine, rows: &[u64]) -> Result<(), Failure> {
    let watched: Vec<_> = engine.survey.pages.iter().filter(|page| page.is_looked_at()).collect();
    let unreadable = engine.survey.pages.iter().filter(|page| page.target.disabled.is_some()).count();
    let good = watched
        .iter()
        .filter(|page| page.followed.last_look.is_some() && page.followed.last_good == page.followed.last_look);
    anstream::println!(
        "{BOLD}{} of {} pages read{BOLD:#} at {}",
        good.count(),
        watched.len(),
        utc(engine.office.clock.now())
    );
    let all_missed = !watched.is_empty() && watched.iter().all(|page| page.followed.missed.is_some());
    if let (true, Some(missed)) = (all_missed, watched.first().and_then(|page| page.followed.missed.as_ref())) {
        anstream::println!("  no page could be reached ({}); is this machine online?", paint::clean(&missed.detail));
    }
    for page in watched.iter().filter(|_| !all_missed) {
        if let Some(missed) = &page.followed.missed {
            anstream::println!("  {}: {}", page.target.id, paint::clean(&missed.detail));
        } else if !page.followed.health.signs.is_empty() && page.followed.last_good != page.followed.last_look {
            anstream::println!(
                "  {}: put aside: {}",
                page.target.id,
                paint::clean(&page.followed.health.signs.join(", "))
            );
        }
        for pending in &page.followed.pending {
            anstream::println!("  {}: waits to be confirmed: {}", page.target.id, paint::clean(pending));
        }
    }
    for page in &engine.survey.pages {
        if let Some(paused) = &page.paused {
            anstream::println!(
                "  {}: paused since {}: {}",
                page.target.id,
                utc(paused.since),
                paint::clean(&paused.reason)
            );
        }
    }
    if unreadable > 0 {
        anstream::println!("{unreadable} not readable yet, because:");
        for page in engine.survey.pages.iter().filter(|page| page.target.disabled.is_some()) {
            let reason = page.target.disabled.as_deref().unwrap_or_default();
            anstream::println!("  {FAINT}{}: {reason}{FAINT:#}", page.target.id);
        }
    }
    let local = matches!(engine.office.settings.mail.way, Way::Mailbox { .. });
    for row in engine.store.outbox()?.into_iter().filter(|row| rows.contains(&row.id)) {
        let state = match row.state {
            OutboxState::Sent => format!("sent: {}", row.last_reply.clone().unwrap_or_default()),
            OutboxState::Queued => format!("queued: {}", row.last_reply.clone().unwrap_or_default()),
            other => format!("{other:?}").to_lowercase(),
        };
        anstream::println!("\n{BOLD}letter{BOLD:#} to {} ({})", row.recipient, paint::clean(&state));
        if local {
            let text = way::parts(&engine.store.octets(row.id)?).text;
            text.lines().for_each(|line| anstream::println!("{}", paint::clean(line)));
        }
    }
    if rows.is_empty() {
        anstream::println!("nothing to tell");
    }
    Ok(())
}

/// Exit code 1 where something needs the operator.
fn attention(engine: &Engine, ticks: &[Tick]) -> Result<(), Failure> {
    let refused = ticks.iter().any(|tick| !tick.delivered.refused.is_empty() || !tick.delivered.later.is_empty());
    for text in ticks.iter().flat_map(|tick| tick.delivered.refused.iter().chain(&tick.delivered.later)) {
        anstream::eprintln!("noticewatch: a letter was not taken: {}", paint::clean(text));
    }
    let blind = engine.survey.pages.iter().filter(|page| page.is_looked_at()).any(|page| {
        page.followed.troubles.iter().any(|trouble| trouble.until.is_none() && trouble.kind == TroubleKind::OutOfSight)
    });
    if refused || blind { Err(Failure::Attention) } else { Ok(()) }
}
