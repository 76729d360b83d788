//! What the year cost: memory, computing, disk.

use crate::Failure;
use crate::life::Life;
use crate::reckoning::Sum;
use std::fmt::Write as _;
use std::path::Path;

/// Parts of a second in which Linux counts computing for those who read `/proc` (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Seconds of computing of all processes that this one has waited for: fields 16 and 17 of `proc_pid_stat(5)`.
///
/// # Errors
/// The system does not say.
pub fn children_s() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let fields = text.rsplit(") ").next().ok_or("no fields")?.split(' ');
    let ticks: f64 = fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}

/// The figures in words.
///
/// # Errors
/// A directory cannot be read.
#[expect(clippy::cast_precision_loss, reason = "some thousand checks")]
pub fn figures(life: &Life, sum: &Sum, computing_s: f64) -> Result<String, Failure> {
    let state = life.stage.dir.join("state");
    let mut disk = format!("{} octets", size(&state)?);
    for name in ["archive", "journal.jsonl", "view", "readings.cache"] {
        write!(disk, ", {name} {}", size(&state.join(name))?)?;
    }
    let per_thousand = computing_s * 1_000.0 / sum.checks.max(1) as f64;
    Ok(format!(
        "checks: {}; computing {computing_s:.0} s, {per_thousand:.2} s a thousand checks; peak memory {} MB\n\
         state: {disk}; backup {} octets",
        sum.checks,
        life.peak_kb / 1_000,
        size(&life.stage.dir.join("backup"))?,
    ))
}

/// Octets of a file, or of all files below a directory; none where there is neither.
fn size(place: &Path) -> Result<u64, Failure> {
    if !place.is_dir() {
        return Ok(place.metadata().map_or(0, |file| file.len()));
    }
    std::fs::read_dir(place)?.try_fold(0, |sum, entry| Ok(sum + size(&entry?.path())?))
}
