//! The service manager: readiness, watchdog, status lines. Outside systemd every call does nothing.
//!
//! It knows nothing of what the program is doing; the caller says it in words. When to ping the watchdog is the caller's
//! to decide: only where the main loop got on (docs/FACTS.md 3.13).

use sd_notify::NotifyState;
use std::time::Duration;

/// The longest status line; `systemctl status` shows one line.
const LONGEST: usize = 200;

/// Says that the start is over and what is being done now.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(&one_line(status))]);
}

/// Says what is being done now, as `systemctl status` shows it.
pub fn status(status: &str) {
    notify(&[NotifyState::Status(&one_line(status))]);
}

/// Says that the main loop got on.
pub fn watchdog() {
    notify(&[NotifyState::Watchdog]);
}

/// Says that the settings are being read again; [`ready`] ends it, whether they were taken or not.
pub fn reloading() {
    // systemd 253 and later want the moment along with it, or the reload fails.
    match NotifyState::monotonic_usec_now() {
        Ok(moment) => notify(&[NotifyState::Reloading, moment]),
        Err(error) => {
            tracing::warn!(%error, "the monotonic clock cannot be read; the service manager is not told of the reload");
        }
    }
}

/// Says that the start, or the end, takes longer, and for how long at most from now on.
pub fn extend(by: Duration) {
    notify(&[NotifyState::ExtendTimeoutUsec(u32::try_from(by.as_micros()).unwrap_or(u32::MAX))]);
}

/// Says that the program is on its way out, and why.
pub fn stopping(status: &str) {
    notify(&[NotifyState::Stopping, NotifyState::Status(&one_line(status))]);
}

/// Whether the error stream leads to the journal, as `$JOURNAL_STREAM` (systemd.exec(5)) says it does.
#[must_use]
pub fn logs_to_journal() -> bool {
    let Ok(stderr) = rustix::fs::fstat(std::io::stderr()) else { return false };
    let own = format!("{}:{}", stderr.st_dev, stderr.st_ino);
    std::env::var("JOURNAL_STREAM").is_ok_and(|stream| stream == own)
}

/// How often to call [`watchdog`]: half of what `WatchdogSec=` allows, as `sd_watchdog_enabled(3)` advises. None: never.
#[must_use]
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

/// A service manager that does not listen is no reason to stop watching: the failure goes to the log.
fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager at $NOTIFY_SOCKET cannot be told; under systemd, see NotifyAccess=");
    }
}

/// Text from outside adds no line of its own: a line break would be another assignment of the protocol.
fn one_line(status: &str) -> String {
    status.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()
}
