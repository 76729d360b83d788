//! `show`: a capture as text, as served or as headers, or two of them side by side.
//!
//! Captures only: what is promised in them is not asked here.

use crate::app::analysis::capture_text;
use crate::app::error::Failure;
use crate::app::open::{OpenedStore, body, kept, standing};
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::output::terminal::FAINT;
use crate::cli::output::{diff, terminal};
use crate::io::say;
use crate::io::store::DecisionKind;
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Sha256};

/// How a capture is shown.
#[derive(Clone, Debug, Default)]
pub struct ShowAs {
    /// The capture that stood on that day.
    pub at: Option<Timestamp>,
    /// The capture with this digest, or its first digits.
    pub capture: Option<String>,
    /// The bytes as captured.
    pub raw: bool,
    /// The bytes as served, where a browser rendered the page.
    pub served: bool,
    /// Headers, redirects and hashes.
    pub headers: bool,
    /// What differs between two captures.
    pub diff: Option<Vec<String>>,
    /// How they are shown.
    pub form: diff::DiffForm,
}

/// Shows a capture.
///
/// # Errors
/// No such target or capture; the store cannot be read.
pub fn show(target: &str, view: &ShowAs, common: &Common) -> Result<(), Failure> {
    let kept = kept(&common.paths())?;
    kept.page(target)?;
    if let Some([old, new]) = view.diff.as_deref() {
        let (old, new) = (named(&kept, target, old)?, named(&kept, target, new)?);
        diff::print(&kept.page(target)?.target, &old, &new, view.form);
        return Ok(());
    }
    let chosen = match (&view.capture, view.at) {
        (Some(digits), _) => find(&kept, target, digits)?,
        (None, at) => standing(&kept, target, at)?,
    };
    if (view.headers || common.json)
        && let Some(header) = kept.store.header(target, &chosen)?
    {
        terminal::json_pretty(&header);
        return Ok(());
    }
    if view.served {
        say::raw(&served(&kept, target, &chosen)?.body);
        return Ok(());
    }
    let capture = body(&kept, target, &chosen)?;
    if view.raw {
        say::raw(&capture.body);
    } else {
        let page = kept.survey.page(target).map(|page| page.target.clone()).unwrap_or_default();
        say!("{FAINT}{} {} {}{FAINT:#}", capture.sha256, utc(capture.ended), text::clean(&capture.final_url));
        if let Some(remark) = &capture.remark {
            say!("{FAINT}remark: {}{FAINT:#}", text::clean(remark));
        }
        for (at, reason) in accepted(&kept, target, &chosen)? {
            let reason = if reason.is_empty() { "none given" } else { &reason };
            say!(
                "{FAINT}put aside when it came; the operator accepted the page {} (reason: {}){FAINT:#}",
                utc(at),
                text::clean(reason)
            );
        }
        say!("{}", terminal::wrapped(&capture_text::visible(&capture, &page), ""));
    }
    Ok(())
}

/// When the operator accepted this capture as the page, and why.
fn accepted(kept: &OpenedStore, target: &str, chosen: &Sha256) -> Result<Vec<(Timestamp, String)>, Failure> {
    let decisions = kept.store.decisions()?.into_iter();
    let mine = decisions
        .filter(|one| one.decision == DecisionKind::Accept && one.target.as_deref() == Some(target))
        .filter(|one| standing(kept, target, Some(one.at)).is_ok_and(|seen| seen == *chosen));
    Ok(mine.map(|one| (one.at, one.reason)).collect())
}

/// What was served for a capture: the capture itself, or what a browser made it of.
fn served(kept: &OpenedStore, target: &str, chosen: &Sha256) -> Result<Capture, Failure> {
    let header = kept.store.header(target, chosen)?;
    let sha256 = header.and_then(|header| header.rendered).map_or(*chosen, |rendered| rendered.served);
    let gone = || Failure::Missing(format!("the body {sha256} is not in the store"));
    kept.store.capture(&sha256)?.ok_or_else(gone)
}

/// The capture whose digest begins with these digits, with its body.
fn named(kept: &OpenedStore, target: &str, digits: &str) -> Result<Capture, Failure> {
    let sha256 = find(kept, target, digits)?;
    let capture = body(kept, target, &sha256)?;
    // Another target may have brought the same body first: what is said of it here is this target's own.
    let header = kept.store.header(target, &sha256)?;
    Ok(Capture { body: capture.body.clone(), ..header.unwrap_or(capture) })
}

/// The capture whose digest begins with these digits.
fn find(kept: &OpenedStore, target: &str, digits: &str) -> Result<Sha256, Failure> {
    let mut found: Vec<Sha256> =
        kept.store.captures_of(target)?.into_iter().map(|(_, capture)| capture.sha256).collect();
    found.retain(|sha256| sha256.to_string().starts_with(&digits.to_lowercase()));
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::Missing(format!(
            "{target} has no capture {digits}; `noticewatch history {target}` names them"
        ))),
        _ => Err(Failure::Usage(format!("{} captures of {target} begin with {digits}; give more digits", found.len()))),
    }
}
