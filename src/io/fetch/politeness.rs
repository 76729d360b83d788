//! Courtesy: one request at a time a host, a pause between two, a bound on hosts at once. Knows no request and no answer.

use super::options::FetchOptions;
use crate::io::clock::Clock;
use jiff::Timestamp;
use noticewatch_core::address::{Allowed, is_loopback};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use url::Url;

type HostSlot = Arc<tokio::sync::Mutex<Option<Timestamp>>>;

/// The host of an address with its port, as one queue of requests.
fn key(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// Every host that was asked, and when it may be asked again.
#[derive(Debug)]
pub(super) struct Hosts {
    clock: Clock,
    spacing: Duration,
    allowed: Allowed,
    slots: Mutex<HashMap<String, HostSlot>>,
    at_once: Arc<Semaphore>,
}

impl Hosts {
    pub(super) fn new(clock: Clock, options: &FetchOptions) -> Self {
        let at_once = Arc::new(Semaphore::new(options.hosts_at_once.max(1)));
        let (spacing, allowed) = (options.spacing, options.allowed.clone());
        Self { clock, spacing, allowed, slots: Mutex::default(), at_once }
    }

    /// Waits until it is our turn at this host; the turn lasts until the value is dropped.
    pub(super) async fn turn(&self, url: &Url) -> HostTurn {
        let key = key(url);
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(key.clone()).or_default())
        };
        let free_at = slot.lock_owned().await;
        if let Some(time) = *free_at {
            let wait = Duration::try_from(time.duration_since(self.clock.now())).unwrap_or_default();
            // No longer than the pause, however far back the clock was set meanwhile.
            self.clock.sleep(wait.min(self.spacing_for(url))).await;
        }
        // Taken last, so that nobody holds a place while waiting for a host. The semaphore is never closed.
        let place = Arc::clone(&self.at_once).acquire_owned().await.ok();
        HostTurn { key, free_at, spacing: self.spacing_for(url), clock: self.clock.clone(), _place: place }
    }

    /// Leaves a host alone for a while, in the middle of our turn there.
    pub(super) async fn pause(&self, url: &Url) {
        self.clock.sleep(self.spacing_for(url)).await;
    }

    fn spacing_for(&self, url: &Url) -> Duration {
        if is_loopback(url) && self.allowed.contains(url) { Duration::ZERO } else { self.spacing }
    }
}

/// Our turn at a host.
pub(super) struct HostTurn {
    key: String,
    free_at: OwnedMutexGuard<Option<Timestamp>>,
    spacing: Duration,
    clock: Clock,
    _place: Option<OwnedSemaphorePermit>,
}

impl HostTurn {
    /// Whether this turn is one at the host of that address too.
    pub(super) fn covers(&self, url: &Url) -> bool {
        self.key == key(url)
    }
}

impl Drop for HostTurn {
    fn drop(&mut self) {
        *self.free_at = self.clock.now().checked_add(self.spacing).ok();
    }
}
