//! `check` and `watch`: one pass, or passes for ever.

use super::args::Common;
use super::due::Away;
use super::engine::{Engine, Tick, Which};
use super::failure::Failure;
use super::office::Office;
use super::paint::{self, BOLD, FAINT, utc};
use super::pass::Looked;
use super::survey::Page;
use super::unmade::{self, Unmade};
use super::way;
use crate::capture::{Outcome, Visit};
use crate::config::Way;
use crate::history::{Trouble, TroubleKind, reached};
use crate::io::clock::Clock;
use crate::io::store::{OutboxRow, OutboxState};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::IsTerminal;

/// How long `check` waits for the second look that a new wording needs (DESIGN.md 4).
const SECOND_LOOK: SignedDuration = SignedDuration::from_mins(11);

/// What `check` was asked for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Targets; empty: all.
    pub only: Vec<String>,
    /// Only what is due, or waits for a second look.
    pub due: bool,
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
    let which = match (ask.due, ask.only.as_slice()) {
        (true, _) => Which::Due,
        (false, []) => Which::All,
        (false, only) => Which::Only(only.to_vec()),
    };
    let mut done = Done { due: ask.due, ..Done::default() };
    done.look(&mut engine, &which, common).await?;
    let horizon = clock.now().checked_add(SECOND_LOOK).unwrap_or(Timestamp::MAX);
    while let Some(next) = engine.next_wanted(!clock.is_driven()).filter(|next| *next <= horizon && !ask.no_wait) {
        wait_until(&clock, next, common).await;
        done.look(&mut engine, &Which::Waiting, common).await?;
    }
    report(&engine, &done, common)
}

/// What was done: the ticks, and how the last look at each target ended.
#[derive(Debug, Default)]
struct Done {
    due: bool,
    ticks: Vec<Tick>,
    visits: BTreeMap<String, Visit>,
}

impl Done {
    /// One tick with a progress bar on a terminal.
    async fn look(&mut self, engine: &mut Engine, which: &Which, common: &Common) -> Result<(), Failure> {
        let bar = progress(common);
        let visits = &mut self.visits;
        let tick = engine
            .tick(which, |Looked { visit, done, of }| {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
                bar.set_message(visit.target.clone());
                if common.verbose > 0 {
                    bar.suspend(|| anstream::eprintln!("{}", visit_line(visit)));
                }
                visits.insert(visit.target.clone(), visit.clone());
            })
            .await;
        bar.finish_and_clear();
        self.ticks.push(tick?);
        Ok(())
    }

    /// What was asked for and left alone.
    fn away(&self) -> impl Iterator<Item = &Away> {
        self.ticks.iter().flat_map(|tick| &tick.away)
    }

    /// Whether pages were looked at, and no server answered.
    fn is_cut_off(&self) -> bool {
        !self.visits.is_empty() && self.visits.values().all(|visit| reached(visit) == Some(false))
    }

    /// The letters that were written.
    fn letters(&self, engine: &Engine) -> Result<Vec<OutboxRow>, Failure> {
        let told = |row: &OutboxRow| self.ticks.iter().any(|tick| tick.told.contains(&row.id));
        Ok(engine.store.outbox()?.into_iter().filter(told).collect())
    }
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

fn progress(common: &Common) -> ProgressBar {
    if common.json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
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
fn report(engine: &Engine, done: &Done, common: &Common) -> Result<(), Failure> {
    let letters = done.letters(engine)?;
    if common.json {
        let letters: Vec<_> = letters
            .iter()
            .map(|row| json!({"recipient": row.recipient, "message_id": row.message_id, "state": row.state, "subject": row.note["subject"]}))
            .collect();
        let away: Vec<_> = done.away().map(|away| json!({"target": away.target, "until": away.until})).collect();
        let looked: usize = done.ticks.iter().map(|tick| tick.looked).sum();
        let at = engine.office.clock.now();
        paint::json(&json!({"at": at, "looked": looked, "away": away, "letters": letters}));
    } else {
        if done.due {
            print_due(engine, done);
        } else {
            print_all(engine, done);
        }
        print_letters(engine, done, &letters)?;
    }
    attention(engine, done)
}

/// What was due, and nothing else: this is printed every few minutes.
fn print_due(engine: &Engine, done: &Done) {
    let at = utc(engine.office.clock.now());
    if done.visits.is_empty() {
        anstream::println!("no page is due at {at}; next look or letter {}", utc(engine.next_due()));
        return;
    }
    let pages: Vec<&Page> =
        engine.survey.pages.iter().filter(|page| done.visits.contains_key(&page.target.id)).collect();
    let good = pages.iter().filter(|page| is_good(page)).count();
    anstream::println!("{BOLD}{good} of {} pages read that were due{BOLD:#} at {at}", pages.len());
    print_pages(&pages, done);
}

fn print_all(engine: &Engine, done: &Done) {
    let pages = &engine.survey.pages;
    let watched: Vec<&Page> = pages.iter().filter(|page| page.is_looked_at()).collect();
    let good = watched.iter().filter(|page| is_good(page)).count();
    let at = utc(engine.office.clock.now());
    anstream::println!("{BOLD}{good} of {} pages read{BOLD:#} at {at}", watched.len());
    print_pages(&watched, done);
    for page in pages {
        if let Some(paused) = &page.paused {
            let (id, since) = (&page.target.id, utc(paused.since));
            anstream::println!("  {id}: paused since {since}: {}", paint::clean(&paused.reason));
        }
    }
    let unreadable: Vec<(&str, &str)> =
        pages.iter().filter_map(|page| Some((page.target.id.as_str(), page.target.disabled.as_deref()?))).collect();
    if !unreadable.is_empty() {
        anstream::println!("{} not readable yet, because:", unreadable.len());
        for (id, reason) in unreadable {
            anstream::println!("  {FAINT}{id}: {reason}{FAINT:#}");
        }
    }
}

/// Whether the last look showed the page.
fn is_good(page: &Page) -> bool {
    page.followed.last_look.is_some() && page.followed.last_good == page.followed.last_look
}

/// What there is to say of pages, each in a line.
fn print_pages(pages: &[&Page], done: &Done) {
    let missed = |page: &&Page| page.followed.missed.clone();
    let cut_off = done.is_cut_off() && pages.iter().all(|page| page.followed.missed.is_some());
    if let Some(missed) = pages.iter().find_map(missed).filter(|_| cut_off) {
        anstream::println!("  no page could be reached ({}); is this machine online?", paint::clean(&missed.detail));
    }
    for page in pages.iter().filter(|_| !cut_off) {
        let (id, followed) = (&page.target.id, &page.followed);
        if let Some(away) = done.away().find(|away| away.target == *id) {
            let until = utc(away.until);
            anstream::println!("  {id}: not asked: its server asked us to stay away until {until}");
        } else if let Some(missed) = &followed.missed {
            anstream::println!("  {id}: {}", paint::clean(&missed.detail));
        } else if !followed.health.signs.is_empty() && followed.last_good != followed.last_look {
            anstream::println!("  {id}: put aside: {}", paint::clean(&followed.health.signs.join(", ")));
        }
        let in_part = |trouble: &&Trouble| trouble.until.is_none() && trouble.kind == TroubleKind::ReadInPart;
        if let Some(trouble) = followed.troubles.iter().find(in_part) {
            anstream::println!("  {id}: {}", paint::clean(&trouble.detail));
        }
        for pending in &followed.pending {
            anstream::println!("  {id}: waits to be confirmed: {}", paint::clean(pending));
        }
    }
}

fn print_letters(engine: &Engine, done: &Done, letters: &[OutboxRow]) -> Result<(), Failure> {
    let local = matches!(engine.office.settings.mail.way, Way::Mailbox { .. });
    for row in letters {
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
    if letters.is_empty() && !(done.due && done.visits.is_empty()) {
        anstream::println!("nothing to tell");
    }
    Ok(())
}

/// Exit code 1 where something needs the operator. Of what is due, only pages of this run count: a page that stays out of
/// sight is said at each of its looks, not at each beat of a timer.
fn attention(engine: &Engine, done: &Done) -> Result<(), Failure> {
    let delivered = || done.ticks.iter().map(|tick| &tick.delivered);
    let unmade = unmade::all(&engine.office, &engine.store)?;
    for Unmade { recipient, why, .. } in &unmade {
        anstream::eprintln!("noticewatch: no letter can be made to {}: {}", paint::clean(recipient), paint::clean(why));
    }
    let refused = delivered().any(|delivered| !delivered.refused.is_empty() || !delivered.later.is_empty());
    for text in delivered().flat_map(|delivered| delivered.refused.iter().chain(&delivered.later)) {
        anstream::eprintln!("noticewatch: a letter was not taken: {}", paint::clean(text));
    }
    let concerns = |page: &&Page| page.is_looked_at() && (!done.due || done.visits.contains_key(&page.target.id));
    let blind = engine.survey.pages.iter().filter(concerns).any(|page| {
        page.followed.troubles.iter().any(|trouble| trouble.until.is_none() && trouble.kind == TroubleKind::OutOfSight)
    });
    if refused || blind || !unmade.is_empty() { Err(Failure::Attention) } else { Ok(()) }
}
