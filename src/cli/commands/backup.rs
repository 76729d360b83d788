//! `backup` and `restore`: the store copied to another place, and brought back from there.

use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::cli::output::terminal::BOLD;
use crate::io::clock::Clock;
use crate::io::store::Store;
use serde_json::json;
use std::path::PathBuf;

/// Brings a backup up to date: the one that is named, or the one of the settings.
///
/// # Errors
/// Nothing was kept yet; the directory cannot take the backup; or something was not copied (exit code 1).
pub fn backup(to: Option<PathBuf>, common: &Common) -> Result<(), Failure> {
    let office = AppContext::open(&common.paths(), Clock::system())?;
    let to = to.or_else(|| office.settings.backup.as_ref().map(PathBuf::from)).ok_or_else(|| {
        Failure::Usage("no directory was named, and the settings name none: `[backup]` with `directory`".to_owned())
    })?;
    let copied = Store::backup(&office.state, &to, office.clock.now())?;
    if common.json {
        let (octets, segments) = (copied.octets, copied.segments);
        let line = json!({"backup": to, "octets": octets, "segments": segments, "trouble": copied.trouble});
        terminal::json(&line);
    } else {
        let new = if copied.octets == 0 {
            "nothing new".to_owned()
        } else {
            indicatif::HumanBytes(copied.octets).to_string()
        };
        say!("{BOLD}{}{BOLD:#} holds everything up to now ({new} copied)", to.display());
        say!("  `noticewatch verify --state {}` checks it; `noticewatch restore` brings it back.", to.display());
    }
    copied.trouble.iter().for_each(|text| complain!("noticewatch: {text}"));
    if copied.trouble.is_empty() { Ok(()) } else { Err(Failure::Attention) }
}

pub(crate) fn say(common: &Common, value: &serde_json::Value, text: impl FnOnce()) {
    if common.json { terminal::json(value) } else { text() }
}
