//! `outbox`: the letters, those that wait and those that were given up first; one of them shown, tried again, or given up.
//!
//! What is tried again or given up is a decision of the operator: it goes to who writes the store, as those on pages do.

use super::decide::say_taken;
use crate::app::context::AppContext;
use crate::app::decisions::hand_over;
use crate::app::error::Failure;
use crate::app::notify::outbox::{is_given_up, state};
use crate::app::notify::{mail_envelope, outbox};
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::args::outbox::{Act, OutboxArgs};
use crate::cli::output::terminal;
use crate::cli::output::terminal::{BOLD, FAINT};
use crate::io::clock::Clock;
use crate::io::say;
use crate::io::store::{Decision, DecisionKind, OutboxRow, OutboxState, Store};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Lists letters, or does what is asked with one.
///
/// # Errors
/// Nothing was kept yet; no such letter; nothing to do with it; the state directory cannot be written.
pub fn outbox(ask: &OutboxArgs, common: &Common) -> Result<(), Failure> {
    match &ask.act {
        None => list(ask.all, common),
        Some(Act::Show { id, raw }) => show(*id, *raw, common),
        Some(Act::Retry { ids, waiting, reason, now }) => {
            let (office, store) = kept(common, *now)?;
            let rows = if *waiting { waiting_rows(&store)? } else { named(&store, ids)? };
            let reason = reason.as_deref().unwrap_or_default();
            let asked = Asked { kind: DecisionKind::Retry, reason, rows };
            asked.decide(&office, &store, common)
        }
        Some(Act::Drop { id, reason, now }) => {
            let (office, store) = kept(common, *now)?;
            let asked = Asked { kind: DecisionKind::Drop, reason, rows: named(&store, &[*id])? };
            asked.decide(&office, &store, common)
        }
    }
}

fn kept(common: &Common, now: Option<Timestamp>) -> Result<(AppContext, Store), Failure> {
    let office = AppContext::open(&common.paths(), now.map_or_else(Clock::system, Clock::driven))?;
    let Some((store, _)) = office.reader()? else {
        let state = office.state.display();
        return Err(Failure::Missing(format!(
            "nothing was kept in {state} yet; `noticewatch check` makes a beginning"
        )));
    };
    Ok((office, store))
}

fn list(all: bool, common: &Common) -> Result<(), Failure> {
    let (_, store) = kept(common, None)?;
    let rows = store.outbox()?;
    let shown: Vec<&OutboxRow> = if all { rows.iter().collect() } else { outbox::shown(&rows) };
    if common.json {
        for row in shown {
            terminal::json(&row_json(row));
        }
        return Ok(());
    }
    shown.iter().copied().for_each(print);
    summary(&rows, &shown, all);
    Ok(())
}

/// What is not in the table, and what can be done.
fn summary(rows: &[OutboxRow], shown: &[&OutboxRow], all: bool) {
    let sent: Vec<&OutboxRow> = rows.iter().filter(|row| row.state == OutboxState::Sent).collect();
    let count = match sent.len() {
        0 => "no letter was sent yet".to_owned(),
        1 => "1 letter was sent".to_owned(),
        many => format!("{many} letters were sent"),
    };
    let last = sent.iter().filter_map(|row| row.last_at).max();
    let last = last.map_or_else(String::new, |at| format!(", the last {}", utc(at)));
    let waits = if shown.is_empty() { "nothing waits; " } else { "" };
    let how = if all || sent.is_empty() { "" } else { " (--all lists them)" };
    say!("{waits}{count}{last}{how}");
    if shown.iter().any(|row| row.state == OutboxState::Queued && row.tries > 0) {
        say!(
            "letters that wait are tried again by themselves for five days; `noticewatch send-test` says what to change"
        );
    }
    if shown.iter().any(|row| is_given_up(row)) {
        say!("letters that were given up stay here for 90 days; `noticewatch outbox retry ID` sends one again");
    }
}

/// A letter in a line, and what became of it in the next.
fn print(row: &OutboxRow) {
    let subject = row.note["subject"].as_str().unwrap_or_default();
    let (id, state, to) = (row.id, state(row.state), text::clean(&row.recipient));
    say!("{BOLD}{id:>5}  {state:<8}{BOLD:#} to {to}: {}", text::clean(subject));
    say!("{}", terminal::wrapped(&became(row), "         "));
}

/// The story of a letter in a line.
fn became(row: &OutboxRow) -> String {
    let queued = format!("queued {}", utc(row.queued_at));
    let again = row.again_at.map_or_else(String::new, |at| format!(", again {}", utc(at)));
    let tries = match row.tries {
        0 => String::new(),
        1 => "; 1 try".to_owned(),
        many => format!("; {many} tries"),
    };
    let last = match (&row.last_reply, row.last_at) {
        (Some(said), Some(at)) => format!("; {} {}: {said}", state_word(row), utc(at)),
        _ => "; no try has ended yet".to_owned(),
    };
    let next = row.next_try.map_or_else(String::new, |at| format!("; next try {}", utc(at)));
    format!("{queued}{again}{tries}{last}{next}")
}

fn state_word(row: &OutboxRow) -> &'static str {
    if row.state == OutboxState::Queued { "last" } else { state(row.state) }
}

fn row_json(row: &OutboxRow) -> Value {
    json!({
        "id": row.id,
        "state": row.state,
        "recipient": row.recipient,
        "subscription": row.note["subscription"],
        "occasion": row.note["occasion"],
        "subject": row.note["subject"],
        "message_id": row.message_id,
        "letter": row.letter,
        "queued_at": row.queued_at,
        "again_at": row.again_at,
        "tries": row.tries,
        "next_try": row.next_try,
        "last_at": row.last_at,
        "last_reply": row.last_reply,
        "sha256": row.sha256,
    })
}

fn show(id: u64, octets: bool, common: &Common) -> Result<(), Failure> {
    let (_, store) = kept(common, None)?;
    let row = named(&store, &[id])?.remove(0);
    let kept = store.octets(id)?;
    if octets {
        say::raw(&kept);
        return Ok(());
    }
    let webhook = row.recipient.starts_with("webhook:");
    let parts = mail_envelope::parts(&kept);
    let text = if webhook { text_of_payload(&kept) } else { parts.text };
    if common.json {
        let mut line = row_json(&row);
        line["text"] = Value::String(text);
        terminal::json(&line);
        return Ok(());
    }
    let subject = row.note["subject"].as_str().unwrap_or_default();
    say!("{BOLD}letter {id}{BOLD:#} to {}: {}", text::clean(&row.recipient), state(row.state));
    say!("{FAINT}{}{FAINT:#}", text::clean(&became(&row)));
    say!("{FAINT}Message-ID {}{FAINT:#}\n", text::clean(&row.message_id));
    say!("{BOLD}Subject: {}{BOLD:#}\n", text::clean(subject));
    text.lines().for_each(|line| say!("{}", text::clean(line)));
    Ok(())
}

fn text_of_payload(octets: &[u8]) -> String {
    let body: Value = serde_json::from_slice(octets).unwrap_or_default();
    body["text"].as_str().unwrap_or_default().to_owned()
}

fn named(store: &Store, ids: &[u64]) -> Result<Vec<OutboxRow>, Failure> {
    let all = store.outbox()?;
    let of = |id: &u64| {
        all.iter().find(|row| row.id == *id).cloned().ok_or_else(|| {
            let known = all.last().map_or_else(
                || "the outbox holds none yet".to_owned(),
                |last| format!("they go from 1 to {}; `noticewatch outbox --all` lists them", last.id),
            );
            Failure::Missing(format!("no letter has the number {id}; {known}"))
        })
    };
    ids.iter().map(of).collect()
}

fn waiting_rows(store: &Store) -> Result<Vec<OutboxRow>, Failure> {
    Ok(store.outbox()?.into_iter().filter(|row| row.state == OutboxState::Queued).collect())
}

/// A decision on some letters.
struct Asked<'a> {
    kind: DecisionKind,
    reason: &'a str,
    rows: Vec<OutboxRow>,
}

impl Asked<'_> {
    fn decide(&self, office: &AppContext, store: &Store, common: &Common) -> Result<(), Failure> {
        self.rows.iter().try_for_each(|row| self.fits(row))?;
        let ahead = self.ahead(store)?;
        let at = office.clock.now();
        let decisions: Vec<Decision> = self.rows.iter().chain(&ahead).map(|row| self.decision(row, at)).collect();
        if decisions.is_empty() {
            say!("nothing waits in the outbox");
            return Ok(());
        }
        let taken = hand_over(office, &decisions)?;
        for row in &self.rows {
            let first = ahead.iter().find(|other| other.recipient == row.recipient).map(|other| other.id);
            self.say(row, first, at, taken.is_recorded(), common);
        }
        say_taken(&taken, common);
        Ok(())
    }

    /// Whether this can be done with the letter.
    fn fits(&self, row: &OutboxRow) -> Result<(), Failure> {
        let id = row.id;
        match (self.kind, row.state) {
            (DecisionKind::Retry, OutboxState::Sent) => {
                let at = row.last_at.map(utc).unwrap_or_default();
                Err(Failure::Usage(format!(
                    "letter {id} was sent {at}; the mail server has it, and it is not sent twice"
                )))
            }
            (DecisionKind::Drop, OutboxState::Queued) | (DecisionKind::Retry, _) => Ok(()),
            (_, other) => Err(Failure::Usage(format!(
                "letter {id} is {} already; only one that waits can be given up",
                state(other)
            ))),
        }
    }

    /// Letters to one recipient go in order: those before a letter that is tried again are tried too.
    fn ahead(&self, store: &Store) -> Result<Vec<OutboxRow>, Failure> {
        if self.kind != DecisionKind::Retry {
            return Ok(Vec::new());
        }
        let before = |row: &OutboxRow| {
            let mut mine = self.rows.iter().filter(|asked| asked.recipient == row.recipient);
            mine.any(|asked| asked.id > row.id) && self.rows.iter().all(|asked| asked.id != row.id)
        };
        Ok(waiting_rows(store)?.into_iter().filter(before).collect())
    }

    fn decision(&self, row: &OutboxRow, at: Timestamp) -> Decision {
        let (letter, reason) = (Some(row.id), self.reason.to_owned());
        Decision { at, decision: self.kind, target: None, finding: None, letter, reason }
    }

    fn say(&self, row: &OutboxRow, first: Option<u64>, at: Timestamp, recorded: bool, common: &Common) {
        if common.json {
            let (kind, id) = (self.kind, row.id);
            let line = json!({"letter": id, "decision": kind, "at": at, "reason": self.reason, "recorded": recorded});
            terminal::json(&line);
            return;
        }
        let (id, to) = (row.id, text::clean(&row.recipient));
        if self.kind == DecisionKind::Drop {
            say!("{BOLD}dropped{BOLD:#}: letter {id} to {to} is given up. What it told counts as told.");
            say!("  next: `noticewatch status` shows it for 90 days, and letters to others name it.");
            return;
        }
        say!("{BOLD}queued{BOLD:#}: letter {id} to {to} is tried at the next pass.");
        if let Some(first) = first {
            say!("  letter {first}, which waits before it, goes first.");
        }
        if row.state == OutboxState::Expired {
            say!("  what it tells may have come since, in a later letter.");
        }
    }
}
