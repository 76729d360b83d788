//! `noticewatch targets`.

use super::fetch_once;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::{preflight, text};
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::cli::output::terminal::FAINT;
use crate::io::clock::Clock;
use serde_json::json;

/// The list of targets, checked, and the settings with what they name.
///
/// # Errors
/// The configuration is wrong, or something that it names cannot be used.
pub async fn targets(online: bool, common: &Common) -> Result<(), Failure> {
    let office = AppContext::open(&common.paths(), Clock::system())?;
    let watched = office.watched().count();
    let eye = if online { Some(crate::app::collect::page_fetcher::PageFetcher::once(&office)?) } else { None };
    for target in &office.targets {
        let found = match (&eye, &target.disabled) {
            (Some(eye), None) => Some(tried(eye, target).await),
            _ => None,
        };
        if common.json {
            let found =
                found.map(|found| found.map_or_else(|why| json!({"failed": why.to_string()}), |tried| json!(tried)));
            terminal::json(&json!({"target": target, "online": found}));
            continue;
        }
        let state = target
            .disabled
            .as_ref()
            .map_or_else(String::new, |reason| format!("  {FAINT}not readable yet: {reason}{FAINT:#}"));
        say!("{:<34} {:<44} {}{state}", target.id, target.label(), target.place());
        match found {
            Some(Ok(tried)) => tried.print("    "),
            Some(Err(why)) => say!("    cannot be read: {}", text::clean(&why.to_string())),
            None => {}
        }
    }
    if !common.json {
        say!("{watched} watched, {} not readable yet", office.targets.len() - watched);
    }
    preflight::check(&office)
}

/// What would be read of a target.
async fn tried(
    eye: &crate::app::collect::page_fetcher::PageFetcher,
    target: &noticewatch_core::target::Target,
) -> Result<fetch_once::Tried, Failure> {
    let page = fetch_once::fetch(eye, target).await?;
    fetch_once::Tried::of(&page, target).map_err(|error| Failure::Data(error.to_string()))
}
