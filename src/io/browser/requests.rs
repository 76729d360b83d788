//! Which requests of a page are under way. Knows only that they begin and end.

use chromiumoxide::cdp::browser_protocol::network::{EventLoadingFailed, EventLoadingFinished, EventRequestWillBeSent};
use chromiumoxide::error::CdpError;
use chromiumoxide::page::Page;
use futures_util::StreamExt;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// The requests of a page.
pub(super) struct Requests(Arc<Mutex<OpenRequests>>);

struct OpenRequests {
    ids: HashSet<String>,
    /// Those that have ended: ends and beginnings come by different ways, and an end may come first.
    ended: HashSet<String>,
    /// Since when there is none.
    since: Instant,
}

impl Requests {
    /// Counts from now on; the task is pushed to `tasks`.
    pub(super) async fn listen(page: &Page, tasks: &mut Vec<JoinHandle<()>>) -> Result<Self, CdpError> {
        let open =
            Arc::new(Mutex::new(OpenRequests { ids: HashSet::new(), ended: HashSet::new(), since: Instant::now() }));
        let sent = page.event_listener::<EventRequestWillBeSent>().await?;
        let done = page.event_listener::<EventLoadingFinished>().await?;
        let lost = page.event_listener::<EventLoadingFailed>().await?;
        let sent = sent.map(|event| (event.request_id.inner().clone(), true)).boxed();
        let done = done.map(|event| (event.request_id.inner().clone(), false)).boxed();
        let lost = lost.map(|event| (event.request_id.inner().clone(), false)).boxed();
        let mut all = futures_util::stream::select_all([sent, done, lost]);
        let counted = Arc::clone(&open);
        tasks.push(tokio::spawn(async move {
            while let Some((id, begins)) = all.next().await {
                let mut open = counted.lock().unwrap_or_else(PoisonError::into_inner);
                if !begins {
                    open.ids.remove(&id);
                    open.ended.insert(id);
                } else if !open.ended.contains(&id) {
                    open.ids.insert(id);
                }
                open.since = Instant::now();
            }
        }));
        Ok(Self(open))
    }

    /// For how long nothing has been under way.
    pub(super) fn idle_for(&self) -> Duration {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.ids.is_empty() { open.since.elapsed() } else { Duration::ZERO }
    }
}
