//! When looks and letters are due, as the settings say it.

use super::fields::{Fields, did_you_mean};
use noticewatch_core::schedule::{CronLine, time_zone};
use std::time::Duration;

/// Checks without a line of their own: four times a day.
const CHECK: &str = "0 */6 * * *";

/// The digest: every morning.
const DIGEST: &str = "0 7 * * *";

/// The weekly letter: Monday morning.
const WEEKLY: &str = "0 7 * * MON";

/// The lines that subscriptions refer to.
pub(crate) struct Times {
    pub zone: String,
    pub check: CronLine,
    pub jitter: Duration,
    pub digest: CronLine,
    pub weekly: CronLine,
}

impl Times {
    /// The same lines in another time zone; None where it is not known.
    pub fn in_zone(&self, zone: &str) -> Option<Self> {
        let line = |line: &CronLine| line.in_zone(zone).ok();
        let (check, digest, weekly) = (line(&self.check)?, line(&self.digest)?, line(&self.weekly)?);
        Some(Self { zone: zone.to_owned(), check, jitter: self.jitter, digest, weekly })
    }
}

pub(crate) fn times(root: &mut Fields<'_>) -> Option<Times> {
    // A wrong zone is one mistake; the lines are judged in UTC all the same.
    let judged = zone(root).unwrap_or_else(|| "UTC".to_owned());
    let (check, jitter, digest, weekly) = match root.table("schedule") {
        Some(mut fields) => {
            let check = line_or(&mut fields, "check", &judged, CHECK);
            let jitter = fields.duration("jitter", Duration::ZERO..=Duration::from_hours(6));
            let digest = line_or(&mut fields, "digest", &judged, DIGEST);
            let weekly = line_or(&mut fields, "weekly", &judged, WEEKLY);
            fields.finish();
            (check, jitter, digest, weekly)
        }
        None => (usual(CHECK, &judged), None, usual(DIGEST, &judged), usual(WEEKLY, &judged)),
    };
    let jitter = jitter.unwrap_or(Duration::from_mins(20));
    Some(Times { zone: judged, check: check?, jitter, digest: digest?, weekly: weekly? })
}

/// The time zone under `time_zone`, where it is a known one.
pub(crate) fn zone(root: &mut Fields<'_>) -> Option<String> {
    let given = root.text("time_zone")?;
    if time_zone(&given.value).is_ok() {
        return Some(given.value);
    }
    let usual = || "write an IANA name such as \"America/New_York\" or \"UTC\"".to_owned();
    let fix = zones_near(&given.value).unwrap_or_else(usual);
    root.mistake(&given.place, format!("\"{}\" is no known time zone", given.value), fix);
    None
}

/// The cron line under a key that stands there.
pub(crate) fn line(fields: &mut Fields<'_>, key: &'static str, zone: &str) -> Option<CronLine> {
    let given = fields.text(key)?;
    let line = CronLine::parse(&given.value, zone);
    if let Err(wrong) = &line {
        fields.mistake(&given.place, wrong, "write one such as \"0 7 * * MON\" or @daily");
    }
    line.ok()
}

fn line_or(fields: &mut Fields<'_>, key: &'static str, zone: &str, usually: &str) -> Option<CronLine> {
    let given = if fields.holds(key) { line(fields, key, zone) } else { fields.take(key).and(None) };
    given.or_else(|| usual(usually, zone))
}

fn usual(line: &str, zone: &str) -> Option<CronLine> {
    CronLine::parse(line, zone).ok()
}

fn zones_near(name: &str) -> Option<String> {
    let known: Vec<String> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
    did_you_mean(name, &known.iter().map(String::as_str).collect::<Vec<_>>())
}
