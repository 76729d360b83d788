//! `noticewatch digest`.

use super::send_test;
use crate::app::analysis::reading_cache::ReadingCache;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::notify::dispatch;
use crate::app::open::watched;
use crate::app::text;
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::cli::output::terminal::BOLD;
use crate::io::clock::Clock;
use crate::io::say;

/// The letter that would be sent now.
///
/// # Errors
/// No such subscription; nothing kept; the store cannot be read.
pub fn digest(subscription: Option<&str>, html: bool, common: &Common) -> Result<(), Failure> {
    let kept = watched(&common.paths())?;
    let all = &kept.office.settings.subscriptions;
    let chosen = match subscription {
        None => all.first(),
        Some(name) => all.iter().find(|one| one.name == name),
    };
    let Some(chosen) = chosen else {
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        let wanted = subscription.unwrap_or_default();
        return Err(Failure::Missing(format!("no subscription is called {wanted}; there is {}", names.join(", "))));
    };
    let readings = &mut ReadingCache::open(&kept.office.state);
    let letter = dispatch::preview(&kept.store, readings, &kept.survey, chosen, kept.office.clock.now())?;
    if common.json {
        terminal::json(&letter);
    } else if html {
        say::raw(letter.html.as_bytes());
    } else {
        say!("{BOLD}Subject: {}{BOLD:#}\n", text::clean(&letter.subject));
        letter.text.lines().for_each(|line| say!("{}", text::clean(line)));
    }
    Ok(())
}

/// Sends a test letter to every recipient, or to one.
///
/// # Errors
/// A letter was not taken.
pub async fn send_test(to: Option<&str>, common: &Common) -> Result<(), Failure> {
    let office = AppContext::open(&common.paths(), Clock::system())?;
    send_test::send_test(&office, to, common.json).await
}
