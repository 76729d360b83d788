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
        Self { driven: Some(Arc::new(Mutex::new(start))) }
    }

    /// Whether a caller drives this clock.
    #[must_use]
    pub fn is_driven(&self) -> bool {
        self.driven.is_some()
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
