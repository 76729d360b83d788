//! The time, and waiting for it: the system's clock, or one that a caller drives.
//!
//! Every `now` and every wait of the program goes through here, so that years pass in seconds in demo, replay and tests.

use jiff::{Timestamp, ToSpan};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A clock that is cheap to clone; clones tell the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    driven: Option<Arc<Mutex<Timestamp>>>,
    /// Its time counts as the machine's.
    machine: bool,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `start` and moves only by [`Clock::advance_to`] and by waits, which cost nothing.
    #[must_use]
    pub fn driven(start: Timestamp) -> Self {
        Self { driven: Some(Arc::new(Mutex::new(start))), machine: false }
    }

    /// A clock that moves like a driven one, and counts as the machine's: what passes on it passed for the program, which
    /// was asleep or away meanwhile. As on a machine, somebody may set it back ([`Clock::set`]).
    #[must_use]
    pub fn of_machine(start: Timestamp) -> Self {
        Self { machine: true, ..Self::driven(start) }
    }

    /// Whether a caller drives this clock through the past or the future, where gaps are meant.
    #[must_use]
    pub fn is_driven(&self) -> bool {
        self.driven.is_some() && !self.machine
    }

    /// Sets a clock that somebody drives, back too; the system's clock is left alone.
    pub fn set(&self, time: Timestamp) {
        if let Some(now) = &self.driven {
            *now.lock().unwrap_or_else(PoisonError::into_inner) = time;
        }
    }

    /// The time now, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = match &self.driven {
            Some(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
            None => Timestamp::now(),
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Moves a driven clock forward; the system's clock, and a time gone by, are left alone.
    pub fn advance_to(&self, time: Timestamp) {
        if let Some(now) = &self.driven {
            let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
            *now = (*now).max(time);
        }
    }

    /// Waits: really by the system's clock; a driven clock moves on at once.
    pub async fn sleep(&self, duration: Duration) {
        if self.driven.is_some() {
            let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
            if let Ok(wake) = self.now().checked_add(millis.milliseconds()) {
                self.advance_to(wake);
            }
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(duration).await;
        }
    }
}
