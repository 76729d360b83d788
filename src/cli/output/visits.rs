//! What a run of `check` prints: visits, pages, letters.

use super::terminal::{BOLD, FAINT};
use crate::app::analysis::types::TargetState;
use crate::app::collect::fetch_run::Looked;
use crate::app::due::{Away, Which};
use crate::app::engine::{Engine, Tick};
use crate::app::error::Failure;
use crate::app::notify::mail_envelope;
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::config::MailWay;
use crate::io::store::{OutboxRow, OutboxState};
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use noticewatch_core::capture::{Outcome, Visit};
use noticewatch_core::history::{Trouble, TroubleKind, reached};
use std::collections::BTreeMap;
use std::io::IsTerminal;

/// What was done: the ticks, and how the last look at each target ended.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) due: bool,
    pub(crate) only: Vec<String>,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) visits: BTreeMap<String, Visit>,
}

impl Done {
    /// One tick with a progress bar on a terminal.
    pub(crate) async fn look(&mut self, engine: &mut Engine, which: &Which, common: &Common) -> Result<(), Failure> {
        let bar = progress(common);
        let visits = &mut self.visits;
        let tick = engine
            .tick(which, |Looked { visit, done, of }| {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
                bar.set_message(visit.target.clone());
                if common.verbose > 0 {
                    bar.suspend(|| complain!("{}", visit_line(visit)));
                }
                visits.insert(visit.target.clone(), visit.clone());
            })
            .await;
        bar.finish_and_clear();
        self.ticks.push(tick?);
        Ok(())
    }

    /// What was asked for and left alone.
    pub(crate) fn away(&self) -> impl Iterator<Item = &Away> {
        self.ticks.iter().flat_map(|tick| &tick.away)
    }

    /// The pages that were asked for: named ones, those that were due, or all that are watched.
    pub(crate) fn asked<'a>(&self, engine: &'a Engine) -> Vec<&'a TargetState> {
        let named = |page: &&TargetState| self.only.is_empty() || self.only.contains(&page.target.id);
        let due = |page: &&TargetState| !self.due || self.visits.contains_key(&page.target.id);
        engine.survey.pages.iter().filter(|page| page.is_looked_at()).filter(named).filter(due).collect()
    }

    /// Whether a look of this run, its last one, showed the page.
    pub(crate) fn is_read(&self, page: &TargetState) -> bool {
        let followed = &page.followed;
        self.visits.contains_key(&page.target.id)
            && followed.last_look.is_some()
            && followed.last_good == followed.last_look
    }

    /// Why a page was not read; None where it was.
    pub(crate) fn unread(&self, page: &TargetState) -> Option<String> {
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
    pub(crate) fn is_cut_off(&self) -> bool {
        !self.visits.is_empty() && self.visits.values().all(|visit| reached(visit) == Some(false))
    }

    /// The letters that were written.
    pub(crate) fn letters(&self, engine: &Engine) -> Result<Vec<OutboxRow>, Failure> {
        let told = |row: &OutboxRow| self.ticks.iter().any(|tick| tick.told.contains(&row.id));
        Ok(engine.store.outbox()?.into_iter().filter(told).collect())
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
    format!("{}  {}  {}", utc(visit.at), visit.target, text::clean(&end))
}

/// The pages that nobody looks at, with the reasons.
pub(crate) fn print_resting(engine: &Engine) {
    let pages = &engine.survey.pages;
    for page in pages {
        if let Some(paused) = &page.paused {
            let (id, since) = (&page.target.id, utc(paused.since));
            say!("  {id}: paused since {since}: {}", text::clean(&paused.reason));
        }
    }
    let unreadable: Vec<(&str, &str)> =
        pages.iter().filter_map(|page| Some((page.target.id.as_str(), page.target.disabled.as_deref()?))).collect();
    if !unreadable.is_empty() {
        say!("{} not readable yet, because:", unreadable.len());
        for (id, reason) in unreadable {
            say!("  {FAINT}{id}: {}{FAINT:#}", text::clean(reason));
        }
    }
}

/// What there is to say of pages, each in a line.
pub(crate) fn print_pages(pages: &[&TargetState], done: &Done) {
    let missed = |page: &&TargetState| page.followed.missed.clone();
    let cut_off = done.is_cut_off() && pages.iter().all(|page| page.followed.missed.is_some());
    if let Some(missed) = pages.iter().find_map(missed).filter(|_| cut_off) {
        say!("  no page could be reached ({}); is this machine online?", text::clean(&missed.detail));
    }
    for page in pages.iter().filter(|_| !cut_off) {
        let id = &page.target.id;
        if let Some(why) = done.unread(page) {
            say!("  {id}: {}", text::clean(&why));
        }
        let in_part = |trouble: &&Trouble| trouble.until.is_none() && trouble.kind == TroubleKind::ReadInPart;
        if let Some(trouble) = page.followed.troubles.iter().find(in_part) {
            say!("  {id}: {}", text::clean(&trouble.detail));
        }
        for pending in &page.followed.pending {
            say!("  {id}: waits to be confirmed: {}", text::clean(pending));
        }
    }
}

pub(crate) fn print_letters(engine: &Engine, done: &Done, letters: &[OutboxRow]) -> Result<(), Failure> {
    let local = matches!(engine.office.settings.mail.way, MailWay::Mailbox { .. });
    for row in letters {
        let state = match row.state {
            OutboxState::Sent => format!("sent: {}", row.last_reply.clone().unwrap_or_default()),
            OutboxState::Queued => format!("queued: {}", row.last_reply.clone().unwrap_or_default()),
            other => format!("{other:?}").to_lowercase(),
        };
        say!("\n{BOLD}letter{BOLD:#} to {} ({})", row.recipient, text::clean(&state));
        if local {
            let text = mail_envelope::parts(&engine.store.octets(row.id)?).text;
            text.lines().for_each(|line| say!("{}", text::clean(line)));
        }
    }
    if letters.is_empty() && !(done.due && done.visits.is_empty()) {
        say!("nothing to tell");
    }
    Ok(())
}
