//! `demo`: the daemon's own parts watch three invented platforms over loopback for five weeks, on the program's clock.

pub(crate) mod mail_server;
pub(crate) mod scenario;
pub(crate) mod web_server;

use super::demo::mail_server::Receiver;
use super::demo::web_server::Site;
use crate::app::context::AppContext;
use crate::app::due::Which;
use crate::app::engine::Engine;
use crate::app::error::Failure;
use crate::app::notify::{board, mail_envelope};
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::output::terminal::{BOLD, FAINT};
use crate::cli::output::timeline;
use crate::io::clock::Clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::history::Finding;
use std::path::{Path, PathBuf};

/// A file that says that a directory is the demo's own and may be emptied by the next one.
const MARK: &str = "made-by-noticewatch-demo";

/// Runs the demo and leaves its letters in a directory.
///
/// # Errors
/// The directory cannot be written; no port is free.
pub async fn demo(dir: &Path, common: &Common) -> Result<(), Failure> {
    make_room(dir)?;
    let cannot = |error: std::io::Error| Failure::Unavailable(format!("the demo cannot listen on 127.0.0.1: {error}"));
    let site = Site::start().await.map_err(cannot)?;
    let receiver = Receiver::start().await.map_err(cannot)?;
    let (targets, config) = (dir.join("targets.toml"), dir.join("noticewatch.toml"));
    write(&targets, scenario::targets(site.port()).as_bytes())?;
    write(&config, scenario::settings(site.port(), receiver.port()).as_bytes())?;
    let options =
        Common { config: Some(config), targets: Some(targets), state: Some(dir.join("state")), ..common.clone() };
    let clock = Clock::driven(scenario::BEGINNING);
    let mut engine = Engine::open(AppContext::open(&options.paths(), clock.clone())?)?;
    let (looks, mail_before) = live_through(&mut engine, &clock, &site).await?;
    say!("{looks} looks in five weeks of the program's own clock, {mail_before} letters sent\n");
    show(&engine);
    let letters = keep_letters(dir, &receiver)?;
    say!("\n{BOLD}Letters{BOLD:#}");
    for (path, subject) in letters {
        say!("  {}  {FAINT}{}{FAINT:#}", path.display(), text::clean(&subject));
    }
    say!(
        "\nLook around: noticewatch --config {0}/noticewatch.toml --targets {0}/targets.toml --state {0}/state history",
        dir.display()
    );
    Ok(())
}

/// Five weeks: whatever is due next, or whatever happens next, comes next.
async fn live_through(engine: &mut Engine, clock: &Clock, site: &Site) -> Result<(usize, usize), Failure> {
    let end = after(scenario::BEGINNING, scenario::WATCHED);
    let bar = bar();
    let mut events = scenario::EVENTS.iter().peekable();
    let (mut looks, mut letters) = (0, 0);
    loop {
        let due = engine.next_due();
        let happens = events.peek().map(|event| after(scenario::BEGINNING, SignedDuration::from_hours(event.after_h)));
        let next = happens.map_or(due, |happens| happens.min(due));
        if next > end {
            break;
        }
        clock.advance_to(next);
        bar.set_position(u64::try_from(next.duration_since(scenario::BEGINNING).as_hours()).unwrap_or(0));
        while let Some(event) =
            events.next_if(|event| after(scenario::BEGINNING, SignedDuration::from_hours(event.after_h)) <= next)
        {
            site.put(event.path, event.status, event.page);
            bar.suspend(|| say!("{FAINT}{}{FAINT:#}  {}", utc(next), event.said));
        }
        if due > next {
            continue;
        }
        let tick = engine.tick(&Which::Due, |_| looks += 1).await?;
        letters += tick.delivered.sent;
        for row in engine.store.outbox()?.iter().filter(|row| tick.told.contains(&row.id)) {
            let subject = row.note["subject"].as_str().unwrap_or_default();
            bar.suspend(|| {
                say!("{FAINT}{}{FAINT:#}  {BOLD}letter{BOLD:#} {}", utc(next), text::clean(subject));
            });
        }
    }
    bar.finish_and_clear();
    Ok((looks, letters))
}

fn after(start: Timestamp, time: SignedDuration) -> Timestamp {
    start.checked_add(time).unwrap_or(Timestamp::MAX)
}

fn bar() -> ProgressBar {
    let hours = u64::try_from(scenario::WATCHED.as_hours()).unwrap_or(0);
    let style =
        ProgressStyle::with_template("{bar:40} hour {pos} of {len}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(hours), ProgressDrawTarget::stderr()).with_style(style)
}

/// The timeline, then the board.
fn show(engine: &Engine) {
    say!("{BOLD}Timeline{BOLD:#}");
    for page in &engine.survey.pages {
        let findings: Vec<&Finding> =
            engine.survey.findings.iter().filter(|finding| finding.target == page.target.id).collect();
        timeline::print_page(&engine.survey, page, &findings, false);
        say!();
    }
    say!("{BOLD}Board{BOLD:#}");
    for row in board::board(&engine.survey) {
        timeline::print_row(&row, false);
    }
}

/// Writes each letter as it came and its HTML part beside it.
fn keep_letters(dir: &Path, receiver: &Receiver) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut kept = Vec::new();
    for (index, (_, octets)) in receiver.letters().iter().enumerate() {
        let parts = mail_envelope::parts(octets);
        let name: String = parts
            .subject
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
            .collect();
        let name: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).take(6).collect();
        let path = dir.join(format!("{:02}-{}.eml", index + 1, name.join("-")));
        write(&path, octets)?;
        write(&path.with_extension("html"), parts.html.as_bytes())?;
        kept.push((path, parts.subject));
    }
    Ok(kept)
}

/// Makes the directory, or empties one that an earlier demo made.
fn make_room(dir: &Path) -> Result<(), Failure> {
    if dir.exists() && !dir.join(MARK).exists() {
        return Err(Failure::State(format!(
            "{} exists and is not an earlier demo's; name another with --dir",
            dir.display()
        )));
    }
    let failed = |error: std::io::Error| Failure::State(format!("{}: {error}", dir.display()));
    if dir.exists() {
        std::fs::remove_dir_all(dir).map_err(failed)?;
    }
    std::fs::create_dir_all(dir).map_err(failed)?;
    write(&dir.join(MARK), b"This directory was made by `noticewatch demo`, which empties it when it runs again.\n")
}

fn write(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, octets).map_err(|error| Failure::State(format!("{}: {error}", path.display())))
}
