//! `accept`, `pause`, `resume`: what the operator decides of a target, said to the store or to the process that writes it.
//!
//! A decision is a fact with a time and a reason; what follows from it is derived like all else.

use crate::app::analysis::types::{TargetState, WatchState};
use crate::app::context::AppContext;
use crate::app::decisions::{TakenUpBy, hand_over};
use crate::app::error::Failure;
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::args::decide::DecideArgs;
use crate::cli::output::prompt::Questions;
use crate::cli::output::terminal;
use crate::cli::output::terminal::BOLD;
use crate::io::clock::Clock;
use crate::io::store::{Decision, DecisionKind};
use serde_json::json;
use std::io::IsTerminal;

/// Records a decision, or leaves it for the noticewatch that runs.
///
/// # Errors
/// No such target; nothing to decide there; nothing kept yet; the state directory cannot be written.
pub fn decide(ask: &DecideArgs, common: &Common) -> Result<(), Failure> {
    let clock = ask.now.map_or_else(Clock::system, Clock::driven);
    let office = AppContext::open(&common.paths(), clock)?;
    let target = office.target(&ask.target)?;
    if let Some(reason) = &target.disabled {
        return Err(Failure::Usage(format!("{} is not watched: {reason}", target.id)));
    }
    let Some((store, mut readings)) = office.reader()? else {
        return Err(Failure::Missing(format!(
            "nothing was kept in {} yet; `noticewatch check` makes a beginning",
            office.state.display()
        )));
    };
    let survey = office.survey(&store, &mut readings)?;
    drop(store);
    let page = page(&survey, &ask.target)?;
    let (did, next) = sentences(page, ask)?;
    if ask.decision == DecisionKind::Accept && !ask.yes {
        doubts(page, common)?;
    }
    let decision = Decision {
        at: office.clock.now(),
        decision: ask.decision,
        target: Some(ask.target.clone()),
        finding: None,
        letter: None,
        reason: ask.reason.clone(),
    };
    let taken = hand_over(&office, std::slice::from_ref(&decision))?;
    say(&decision, &did, &next, &taken, common);
    Ok(())
}

fn page<'a>(survey: &'a WatchState, id: &str) -> Result<&'a TargetState, Failure> {
    survey
        .page(id)
        .ok_or_else(|| Failure::Missing(format!("{id} was not looked at yet; `noticewatch check {id}` does")))
}

/// Asks back where what would be accepted looks like no page: its promises would be told as gone.
fn doubts(page: &TargetState, common: &Common) -> Result<(), Failure> {
    let Some(aside) = page.followed.aside.as_ref().filter(|aside| aside.no_page) else { return Ok(()) };
    let id = &page.target.id;
    let opening = text::clean(&aside.opening);
    let signs = text::clean(&aside.signs.join(", "));
    let words = if aside.words == 1 { "1 word".to_owned() } else { format!("{} words", aside.words) };
    let what = format!("what {id} serves looks like no page: {signs} ({words}). It begins: \"{opening}\"");
    if common.json || !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(format!("{what}; nothing was decided, --yes accepts it all the same")));
    }
    complain!("{what}");
    complain!("Accepted, it is the page from now on, and promises that it does not make are told as gone.");
    let (mut answers, mut shown) = (std::io::stdin().lock(), std::io::stderr());
    let said = Questions::new(&mut answers, &mut shown).answer("Accept it all the same? (yes/no)", "no")?;
    match said.unwrap_or_default().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Usage("nothing was decided".to_owned())),
    }
}

/// What is done and what comes of it; or why there is nothing to decide.
fn sentences(page: &TargetState, ask: &DecideArgs) -> Result<(String, String), Failure> {
    let id = &page.target.id;
    let followed = &page.followed;
    match ask.decision {
        DecisionKind::Accept => {
            let Some(aside) = &followed.aside else {
                return Err(Failure::Missing(followed.last_good.map_or_else(
                    || format!("{id} was never read, so there is nothing to accept; `noticewatch status` says why"),
                    |at| {
                        let seen = utc(at);
                        format!(
                            "nothing of {id} is put aside: what it serves counts as its page (last good look {seen})"
                        )
                    },
                )));
            };
            let did = format!(
                "accepted: what {id} serves since {} (capture {}, {} words) is its page now. It begins: \"{}\"",
                utc(aside.first),
                aside.capture.short(),
                aside.words,
                text::clean(&aside.opening)
            );
            let next = followed.last_good.map_or_else(
                || "what it promises is what stands from now on.".to_owned(),
                |at| format!("its promises are compared with those last seen {}; what moved is told as needing a human reader.", utc(at)),
            );
            Ok((did, next))
        }
        DecisionKind::Pause => match &page.paused {
            Some(paused) => Err(Failure::Usage(format!(
                "{id} is paused already, since {}: {}; `noticewatch resume {id}` ends that",
                utc(paused.since),
                paused.reason
            ))),
            None => Ok((
                format!("paused: {id} is not looked at any more."),
                format!(
                    "letters name it as not checked, with your reason, until `noticewatch resume {id}`{}",
                    waits(page)
                ),
            )),
        },
        _ => match &page.paused {
            None => Err(Failure::Usage(format!("{id} is not paused; `noticewatch status` shows what is"))),
            Some(paused) => Ok((
                format!("resumed: {id}, paused since {} ({}), is looked at again.", utc(paused.since), paused.reason),
                "the next pass looks at it; what changed meanwhile is found then.".to_owned(),
            )),
        },
    }
}

/// What the pause holds up.
fn waits(page: &TargetState) -> &'static str {
    if page.followed.pending.is_empty() { "." } else { "; a change that waits to be confirmed there waits until then." }
}

fn say(decision: &Decision, did: &str, next: &str, taken: &TakenUpBy, common: &Common) {
    if common.json {
        terminal::json(&json!({
            "target": decision.target,
            "decision": decision.decision,
            "at": decision.at,
            "reason": decision.reason,
            "recorded": taken.is_recorded(),
            "did": did,
            "next": next,
        }));
        return;
    }
    let (verb, rest) = did.split_once(':').unwrap_or(("", did));
    say!("{BOLD}{verb}{BOLD:#}:{}", text::clean(rest));
    say!("  next: {}", text::clean(next));
    say_taken(taken, common);
}

/// Says who takes it up, where another process writes the store.
pub(crate) fn say_taken(taken: &TakenUpBy, common: &Common) {
    match taken {
        _ if common.json => {}
        TakenUpBy::Recorded => {}
        TakenUpBy::Left { pid } => {
            say!("  noticewatch runs (process {pid}) and takes this up within half a minute, or when it starts again.");
        }
        TakenUpBy::Waits { owner } => say!(
            "  noticewatch does not run; it takes this up when it is started again as user {owner}, whose the state is."
        ),
    }
}
