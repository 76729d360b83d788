//! How work gets on, for the service manager: that it does, as long as it does, and how far it is.
//!
//! Knows no page and no pass; whoever does the work says when something of it is done.

use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, interval};

/// How work gets on.
#[derive(Debug)]
pub struct Progress {
    at: Cell<Instant>,
    done: Cell<(usize, usize)>,
}

impl Default for Progress {
    /// Nothing is done yet; the time that it may take counts from now.
    fn default() -> Self {
        Self { at: Cell::new(Instant::now()), done: Cell::default() }
    }
}

impl Progress {
    /// Something is done: so much of all.
    pub fn note(&self, done: usize, of: usize) {
        self.at.set(Instant::now());
        self.done.set((done, of));
    }
}

/// What there is to say beside the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressNews {
    /// It gets on.
    Alive,
    /// So much of all is done; said when it changed.
    Far {
        /// What is done.
        done: usize,
        /// Of how much.
        of: usize,
    },
}

/// When something is said.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// So often it is said that the work gets on.
    pub alive: Duration,
    /// So often, at most, how far it is.
    pub far: Duration,
    /// Work that shows nothing for so long is stuck, and nobody says any more that it gets on.
    pub bound: Duration,
}

impl Pulse {
    /// Does the work to its end, and says meanwhile how it gets on.
    pub async fn beside<T>(
        &self,
        progress: &Progress,
        work: impl Future<Output = T>,
        mut say: impl FnMut(ProgressNews),
    ) -> T {
        let mut work = std::pin::pin!(work);
        let (mut alive, mut far) = (interval(self.alive), interval(self.far));
        let mut said = 0;
        loop {
            tokio::select! {
                ended = &mut work => return ended,
                _ = alive.tick() => {
                    if progress.at.get().elapsed() < self.bound {
                        say(ProgressNews::Alive);
                    }
                }
                _ = far.tick() => {
                    let (done, of) = progress.done.get();
                    if std::mem::replace(&mut said, done) != done {
                        say(ProgressNews::Far { done, of });
                    }
                }
            }
        }
    }
}
