//! What the service manager and people ask of the daemon.

use crate::app::error::Failure;
use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::watch;
use tokio::time::Instant;

/// What the daemon can be told: to stop (SIGTERM from the service manager, SIGINT from a terminal), and to read its
/// settings again (SIGHUP).
pub(crate) struct Orders {
    /// When the order to stop came, noted at once, whatever is being done.
    pub(crate) stop: watch::Receiver<Option<Instant>>,
    pub(crate) hangup: Signal,
}

impl Orders {
    pub(crate) fn new() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::Io(format!("signals cannot be received: {error}")));
        let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let (told, stop) = watch::channel(None);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                () = told.closed() => return,
            }
            // Kept for whoever asks later.
            told.send_replace(Some(Instant::now()));
            told.closed().await;
        });
        Ok(Self { stop, hangup: listen(SignalKind::hangup())? })
    }

    /// When the order to stop came.
    pub(crate) async fn stop(&mut self) -> Instant {
        self.stop.wait_for(Option::is_some).await.ok().and_then(|told| *told).unwrap_or_else(Instant::now)
    }

    pub(crate) async fn next(&mut self) -> Order {
        let Self { stop, hangup } = self;
        tokio::select! {
            told = stop.wait_for(Option::is_some) => {
                Order::Stop(told.ok().and_then(|told| *told).unwrap_or_else(Instant::now))
            }
            _ = hangup.recv() => Order::Reload,
        }
    }
}

/// One of them.
pub(crate) enum Order {
    /// It came at this moment.
    Stop(Instant),
    Reload,
}
