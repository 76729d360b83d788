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
    /// A page that was missed is no failure before it has been out of sight for as long as letters wait.
    pub lasting: bool,
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
    let mut done = Done { due: ask.due, only: ask.only.clone(), ..Done::default() };
    done.look(&mut engine, &which, common).await?;
    let horizon = clock.now().checked_add(SECOND_LOOK).unwrap_or(Timestamp::MAX);
    while let Some(next) = engine.next_wanted(!clock.is_driven()).filter(|next| *next <= horizon && !ask.no_wait) {
        wait_until(&clock, next, common).await;
        done.look(&mut engine, &Which::Waiting, common).await?;
    }
    report(&engine, &done, common)?;
    attention(&engine, &done, ask.lasting)
}

/// What was done: the ticks, and how the last look at each target ended.
#[derive(Debug, Default)]
struct Done {
    due: bool,
    only: Vec<String>,
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

    /// The pages that were asked for: named ones, those that were due, or all that are watched.
    fn asked<'a>(&self, engine: &'a Engine) -> Vec<&'a Page> {
        let named = |page: &&Page| self.only.is_empty() || self.only.contains(&page.target.id);
        let due = |page: &&Page| !self.due || self.visits.contains_key(&page.target.id);
        engine.survey.pages.iter().filter(|page| page.is_looked_at()).filter(named).filter(due).collect()
    }

    /// Whether a look of this run, its last one, showed the page.
    fn is_read(&self, page: &Page) -> bool {
        let followed = &page.followed;
        self.visits.contains_key(&page.target.id)
            && followed.last_look.is_some()
            && followed.last_good == followed.last_look
    }

    /// Why a page was not read; None where it was.
    fn unread(&self, page: &Page) -> Option<String> {
        if self.is_read(page) {
            return None;
        }
        let followed = &page.followed;
        if let Some(away) = self.away().find(|away| away.target == page.target.id) {
            return Some(format!("not asked: its server asked us to stay away until {}", utc(away.until)));
        }
        if let Some(missed) = &followed.missed {
            return Some(missed.detail.clone());
        }
        let signs = &followed.health.signs;
        Some(if signs.is_empty() { "not looked at".to_owned() } else { format!("put aside: {}", signs.join(", ")) })
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
        paint::json(&json!({
            "at": at, "looked": looked, "asked": asked.len(), "read": read, "unread": unread, "away": away, "letters": letters,
        }));
        return Ok(());
    }
    let at = utc(engine.office.clock.now());
    if done.due && asked.is_empty() {
        anstream::println!("no page is due at {at}; next look or letter {}", utc(engine.next_due()));
    } else {
        let which = if done.due { " that were due" } else { "" };
        anstream::println!("{BOLD}{read} of {} pages read{which}{BOLD:#} at {at}", asked.len());
        print_pages(&asked, done);
    }
    if !done.due && done.only.is_empty() {
        print_resting(engine);
    }
    print_letters(engine, done, &letters)
}

/// The pages that nobody looks at, with the reasons.
fn print_resting(engine: &Engine) {
    let pages = &engine.survey.pages;
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
            anstream::println!("  {FAINT}{id}: {}{FAINT:#}", paint::clean(reason));
        }
    }
}

/// What there is to say of pages, each in a line.
fn print_pages(pages: &[&Page], done: &Done) {
    let missed = |page: &&Page| page.followed.missed.clone();
    let cut_off = done.is_cut_off() && pages.iter().all(|page| page.followed.missed.is_some());
    if let Some(missed) = pages.iter().find_map(missed).filter(|_| cut_off) {
        anstream::println!("  no page could be reached ({}); is this machine online?", paint::clean(&missed.detail));
    }
    for page in pages.iter().filter(|_| !cut_off) {
        let id = &page.target.id;
        if let Some(why) = done.unread(page) {
            anstream::println!("  {id}: {}", paint::clean(&why));
        }
        let in_part = |trouble: &&Trouble| trouble.until.is_none() && trouble.kind == TroubleKind::ReadInPart;
        if let Some(trouble) = page.followed.troubles.iter().find(in_part) {
            anstream::println!("  {id}: {}", paint::clean(&trouble.detail));
        }
        for pending in &page.followed.pending {
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

/// Exit code 1 where something needs the operator: a letter was not taken; a page that was asked for was not read, or
/// none was. With `--lasting` pages count once they are out of sight for as long as letters wait, and of what is due only
/// those of this run: such a page is said at each of its looks, not at each beat of a timer.
fn attention(engine: &Engine, done: &Done, lasting: bool) -> Result<(), Failure> {
    let delivered = || done.ticks.iter().map(|tick| &tick.delivered);
    let unmade = unmade::all(&engine.office, &engine.store)?;
    for Unmade { recipient, why, .. } in &unmade {
        anstream::eprintln!("noticewatch: no letter can be made to {}: {}", paint::clean(recipient), paint::clean(why));
    }
    let refused = delivered().any(|delivered| !delivered.refused.is_empty() || !delivered.later.is_empty());
    for text in delivered().flat_map(|delivered| delivered.refused.iter().chain(&delivered.later)) {
        anstream::eprintln!("noticewatch: a letter was not taken: {}", paint::clean(text));
    }
    let asked = done.asked(engine);
    let unread = asked.iter().any(|page| !done.is_read(page)) || (asked.is_empty() && !done.due);
    let blind = asked.iter().any(|page| {
        page.followed.troubles.iter().any(|trouble| trouble.until.is_none() && trouble.kind == TroubleKind::OutOfSight)
    });
    let wrong = refused || blind || !unmade.is_empty() || (unread && !lasting);
    if wrong { Err(Failure::Attention) } else { Ok(()) }
}
