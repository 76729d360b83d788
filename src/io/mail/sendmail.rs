//! Letters handed to a local `sendmail` command.
//!
//! lettre runs it; a command that hangs is ended with the letter's time.

use super::reply::{DeliveryFault, Stage};
use lettre::address::Envelope;
use lettre::{Address, AsyncSendmailTransport, AsyncTransport, Tokio1Executor};
use std::path::Path;
use tokio::time::{Instant, timeout_at};

pub(super) async fn deliver(
    command: &Path,
    octets: &[u8],
    from: Address,
    to: Address,
    until: Instant,
) -> Result<String, DeliveryFault> {
    let shown = command.display();
    let envelope =
        Envelope::new(Some(from), vec![to]).map_err(|error| DeliveryFault::new(Stage::Recipient, error.to_string()))?;
    let transport = AsyncSendmailTransport::<Tokio1Executor>::new_with_command(command.as_os_str());
    match timeout_at(until, transport.send_raw(&envelope, octets)).await {
        Ok(Ok(())) => Ok(format!("taken by {shown}")),
        Ok(Err(error)) => Err(DeliveryFault::new(Stage::Local, format!("{shown}: {error}"))),
        Err(_) => Err(DeliveryFault {
            silent: true,
            ..DeliveryFault::new(Stage::Local, format!("{shown} did not end in the time given"))
        }),
    }
}
