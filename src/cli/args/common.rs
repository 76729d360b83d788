//! Options of every verb, and how a moment is written.

use crate::app::paths::Paths;
use clap::Args;
use jiff::Timestamp;
use std::path::PathBuf;

/// Options of every verb.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// How to run: state, mail, subscriptions, schedule [default: noticewatch.toml if it stands here, else defaults]
    #[arg(long, global = true, value_name = "FILE", env = "NOTICEWATCH_CONFIG")]
    pub config: Option<PathBuf>,
    /// What to watch [default: targets.toml if it stands here, else the list that the program carries]
    #[arg(long, global = true, value_name = "FILE", env = "NOTICEWATCH_TARGETS")]
    pub targets: Option<PathBuf>,
    /// Where to keep what was seen [default: the config's, else `$STATE_DIRECTORY`, else ./state]
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Print facts as JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more on the error stream (twice: everything)
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl Common {
    /// The files and the directory that were named.
    #[must_use]
    pub fn paths(&self) -> Paths {
        Paths { config: self.config.clone(), targets: self.targets.clone(), state: self.state.clone() }
    }
}

/// A date (its end, in UTC) or a time.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return within(time);
    }
    let date: jiff::civil::Date = text
        .parse()
        .map_err(|_| "expected a date such as 2026-03-01 or a time such as 2026-03-01T06:00:00Z".to_owned())?;
    let end = date.at(23, 59, 59, 0).to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| YEARS.to_owned())?;
    within(end.timestamp())
}

/// What is said of a time that is out of range.
const YEARS: &str = "out of range: the years 1 to 9000 can be named";

/// A time to which hours and weeks can be added.
fn within(time: Timestamp) -> Result<Timestamp, String> {
    let year = time.to_zoned(jiff::tz::TimeZone::UTC).year();
    if (1..=9000).contains(&year) { Ok(time) } else { Err(YEARS.to_owned()) }
}
