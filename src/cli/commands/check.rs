//! `check` and `watch`: one pass, or passes for ever.

use crate::app::context::AppContext;
use crate::app::due::Which;
use crate::app::engine::Engine;
use crate::app::error::Failure;
use crate::app::notify::unmade_letters;
use crate::app::notify::unmade_letters::Unmade;
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::check::CheckArgs;
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::cli::output::terminal::BOLD;
use crate::cli::output::visits::{Done, print_letters, print_pages, print_resting};
use crate::io::clock::Clock;
use jiff::{SignedDuration, Timestamp, ToSpan};
use noticewatch_core::history::TroubleKind;
use serde_json::json;

/// How long `check` waits for the second look that a new wording needs (docs/RULES.md 6.8).
const SECOND_LOOK: SignedDuration = SignedDuration::from_mins(11);

/// Fetches, settles and tells, once.
///
/// # Errors
/// Configuration, state directory or network client cannot be used; or a target needs attention (exit code 1).
pub async fn check(ask: &CheckArgs, common: &Common) -> Result<(), Failure> {
    let clock = ask.now.map_or_else(Clock::system, Clock::driven);
    let office = AppContext::open(&common.paths(), clock.clone())?;
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
    let which = match (ask.due, ask.only.as_slice()) {
        (true, _) => Which::Due,
        (false, []) => Which::All,
        (false, only) => Which::Only(only.to_vec()),
    };
    let mut done = Done { due: ask.due, only: ask.only.clone(), ..Done::default() };
    done.look(&mut engine, &which, common).await?;
    let horizon = clock.now().checked_add(SECOND_LOOK).unwrap_or(Timestamp::MAX);
    while let Some(next) = engine.due().next_wanted(!clock.is_driven()).filter(|next| *next <= horizon && !ask.no_wait)
    {
        wait_until(&clock, next, common).await;
        done.look(&mut engine, &Which::Waiting, common).await?;
    }
    report(&engine, &done, common)?;
    attention(&engine, &done, ask.lasting)
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
            complain!("something changed: looking again at {} to be sure (--no-wait skips this)", utc(next));
        }
        clock.sleep(std::time::Duration::try_from(left).unwrap_or_default()).await;
    }
}

/// What the pass came to, for the operator.
fn report(engine: &Engine, done: &Done, common: &Common) -> Result<(), Failure> {
    let letters = done.letters(engine)?;
    let asked = done.asked(engine);
    let read = asked.iter().filter(|page| done.is_read(page)).count();
    if common.json {
        let letters: Vec<_> = letters
            .iter()
            .map(|row| json!({"recipient": row.recipient, "message_id": row.message_id, "state": row.state, "subject": row.note["subject"]}))
            .collect();
        let away: Vec<_> = done.away().map(|away| json!({"target": away.target, "until": away.until})).collect();
        let unread: Vec<_> = asked
            .iter()
            .filter_map(|page| Some(json!({"target": page.target.id, "why": done.unread(page)?})))
            .collect();
        let looked: usize = done.ticks.iter().map(|tick| tick.looked).sum();
        let at = engine.office.clock.now();
        terminal::json(&json!({
            "at": at, "looked": looked, "asked": asked.len(), "read": read, "unread": unread, "away": away, "letters": letters,
        }));
        return Ok(());
    }
    let at = utc(engine.office.clock.now());
    if done.due && asked.is_empty() {
        say!("no page is due at {at}; next look or letter {}", utc(engine.next_due()));
    } else {
        let which = if done.due { " that were due" } else { "" };
        say!("{BOLD}{read} of {} pages read{which}{BOLD:#} at {at}", asked.len());
        print_pages(&asked, done);
    }
    if !done.due && done.only.is_empty() {
        print_resting(engine);
    }
    print_letters(engine, done, &letters)
}

/// Exit code 1 where something needs the operator: a letter was not taken; a page that was asked for was not read, or
/// none was. With `--lasting` pages count once they are out of sight for as long as letters wait, and of what is due only
/// those of this run: such a page is said at each of its looks, not at each beat of a timer.
fn attention(engine: &Engine, done: &Done, lasting: bool) -> Result<(), Failure> {
    let delivered = || done.ticks.iter().map(|tick| &tick.delivered);
    let unmade = unmade_letters::all(&engine.office, &engine.store)?;
    for Unmade { recipient, why, .. } in &unmade {
        complain!("noticewatch: no letter can be made to {}: {}", text::clean(recipient), text::clean(why));
    }
    let refused = delivered().any(|delivered| !delivered.refused.is_empty() || !delivered.later.is_empty());
    for text in delivered().flat_map(|delivered| delivered.refused.iter().chain(&delivered.later)) {
        complain!("noticewatch: a letter was not taken: {}", text::clean(text));
    }
    let asked = done.asked(engine);
    let unread = asked.iter().any(|page| !done.is_read(page)) || (asked.is_empty() && !done.due);
    let blind = asked.iter().any(|page| {
        page.followed.troubles.iter().any(|trouble| trouble.until.is_none() && trouble.kind == TroubleKind::OutOfSight)
    });
    let wrong = refused || blind || !unmade.is_empty() || (unread && !lasting);
    if wrong { Err(Failure::Attention) } else { Ok(()) }
}
