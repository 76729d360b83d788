//! `correct`: what was told was a fault of ours; all who were told are told so.

use super::decide::say_taken;
use crate::app::analysis::types::WatchState;
use crate::app::context::AppContext;
use crate::app::decisions::{TakenUpBy, hand_over};
use crate::app::engine::Engine;
use crate::app::error::Failure;
use crate::app::marks::CORRECTS;
use crate::app::notify::correction::{FirstLetter, decided, first_letters};
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::args::correct::CorrectArgs;
use crate::cli::output::terminal;
use crate::cli::output::terminal::BOLD;
use crate::config;
use crate::io::clock::Clock;
use crate::io::store::{Decision, DecisionKind, OutboxRow, OutboxState, Store};
use serde_json::{Value, json};

/// Records the correction and, where no other noticewatch runs, writes and sends its letters.
///
/// # Errors
/// No such finding; nobody was told of it; it is corrected already; the state directory cannot be written; a letter was
/// not taken (exit code 1).
pub async fn correct(ask: &CorrectArgs, common: &Common) -> Result<(), Failure> {
    let clock = ask.now.map_or_else(Clock::system, Clock::driven);
    let office = AppContext::open(&common.paths(), clock)?;
    let Some((store, mut readings)) = office.reader()? else {
        let state = office.state.display();
        return Err(Failure::Missing(format!(
            "nothing was kept in {state} yet; `noticewatch check` makes a beginning"
        )));
    };
    let survey = office.survey(&store, &mut readings)?;
    let first = first(&store, &survey, &ask.finding)?;
    drop(store);
    let decision = Decision {
        at: office.clock.now(),
        decision: DecisionKind::Correct,
        target: first.first().map(|first| first.told.target.clone()),
        finding: Some(ask.finding.clone()),
        letter: None,
        reason: ask.reason.clone(),
    };
    let taken = hand_over(&office, &[decision])?;
    let receivers: Vec<String> = first.into_iter().map(|first| first.told.recipient).collect();
    say(ask, &receivers, &taken, common);
    if taken.is_recorded() { send(office, &ask.finding, common).await } else { Ok(()) }
}

/// The first letters that told of the finding; a sentence where there is nothing to correct.
fn first(store: &Store, survey: &WatchState, id: &str) -> Result<Vec<FirstLetter>, Failure> {
    let waiting = store.requests()?.into_iter().filter(|one| one.decision == DecisionKind::Correct);
    let known = decided(store)?.into_iter().chain(waiting).find(|one| one.finding.as_deref() == Some(id));
    if let Some(known) = known {
        return Err(Failure::Usage(format!(
            "{id} is corrected already, since {}: {}; nothing was sent again (`noticewatch outbox --all` shows the letters)",
            utc(known.at),
            known.reason
        )));
    }
    let first = first_letters(&store.told()?, survey, id);
    if !first.is_empty() {
        return Ok(first);
    }
    if survey.findings.iter().any(|finding| finding.id == id) {
        return Err(Failure::Missing(format!("nobody was told of {id}, so there is nothing to correct")));
    }
    let near = config::nearest(id, survey.findings.iter().map(|finding| finding.id.as_str()));
    let hint = near.map_or_else(
        || "`noticewatch history --changes` prints them".to_owned(),
        |near| format!("did you mean {near}?"),
    );
    Err(Failure::Missing(format!("no finding is called {id}; {hint}")))
}

fn say(ask: &CorrectArgs, receivers: &[String], taken: &TakenUpBy, common: &Common) {
    if common.json {
        let line = json!({
            "finding": ask.finding,
            "decision": DecisionKind::Correct,
            "reason": ask.reason,
            "recorded": taken.is_recorded(),
            "receivers": receivers,
        });
        terminal::json(&line);
        return;
    }
    let reason = text::clean(&ask.reason);
    say!("{BOLD}corrected{BOLD:#}: {} was a fault of ours: {reason}", ask.finding);
    say!("  next: a letter in the same thread to all who were told: {}.", receivers.join(", "));
    say_taken(taken, common);
}

/// Opens the engine, which writes the letters, and sends what waits. What cannot be sent now goes with the next pass: it is recorded.
async fn send(office: AppContext, id: &str, common: &Common) -> Result<(), Failure> {
    let mut engine = match Engine::open(office) {
        Ok(engine) => engine,
        Err(failure) => {
            complain!("noticewatch: the letters go with the next pass: {failure}");
            return Err(Failure::Attention);
        }
    };
    engine.delivery.deliver(&engine.office, &mut engine.store).await?;
    let mut waits = false;
    let mine = |row: &OutboxRow| row.note.get(CORRECTS).and_then(Value::as_str) == Some(id);
    for row in engine.store.outbox()?.into_iter().filter(mine) {
        waits |= row.state != OutboxState::Sent;
        if !common.json {
            let said = row.last_reply.clone().unwrap_or_else(|| "waits behind an earlier letter".to_owned());
            let state = crate::app::notify::outbox::state(row.state);
            say!("  letter {} to {}: {state}: {}", row.id, row.recipient, text::clean(&said));
        }
    }
    if !common.json && waits {
        say!("  what waits is tried again by a running noticewatch, or by the next `noticewatch check`.");
    }
    if waits { Err(Failure::Attention) } else { Ok(()) }
}
