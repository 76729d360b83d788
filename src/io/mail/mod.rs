//! Letters as mail: their octets, and the ways by which these leave the house.
//!
//! Knows a letter and the addresses given with it; never what a subscription is, what was told, or when to try again.

pub(crate) mod command;
pub(crate) mod mailbox;
pub(crate) mod message;
pub(crate) mod parties;
pub(crate) mod reply;
pub(crate) mod sendmail;
pub(crate) mod smtp;
pub(crate) mod starttls_guard;
pub(crate) mod tls;

use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

pub use message::Envelope;
pub use message::MessageError;
pub use message::message_id;
pub use message::octets;
pub use message::thread_root;
pub use parties::sendable;
pub use reply::DeliveryFault;
pub use reply::Reply;
pub use reply::Stage;
pub use smtp::Security;
pub use smtp::Smtp;

/// The way by which letters leave.
#[derive(Clone, Debug)]
pub enum Transport {
    /// A mail server.
    Smtp(Smtp),
    /// A directory that gets each letter as `.eml`; the way without a mail server.
    Mailbox(PathBuf),
    /// A command with sendmail's options `-i -f FROM -- TO`, the letter on its standard input.
    Sendmail(PathBuf),
    /// A command with its arguments, the letter on its standard input.
    Command(Vec<String>),
}

/// Sends octets that were rendered once, and says what came of it.
#[derive(Clone, Debug)]
pub struct Mailer {
    /// The way.
    pub transport: Transport,
    /// Longest time until a connection stands; 30 s.
    pub connect: Duration,
    /// Longest time for one letter as a whole; 11 min, since a server may think for ten after the final dot (RFC 5321 4.5.3.2.6).
    pub whole: Duration,
}

impl Mailer {
    /// A mailer with the usual limits of time.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self { transport, connect: Duration::from_secs(30), whole: Duration::from_mins(11) }
    }

    /// Sends the octets to one recipient; `from` and `to` are plain addresses (`name@host`, a display name is allowed).
    pub async fn send(&self, octets: &[u8], from: &str, to: &str) -> Reply {
        match self.deliver(octets, from, to).await {
            Ok(text) => Reply::Sent(text),
            Err(fault) => Reply::from(fault),
        }
    }

    /// Sends like [`Mailer::send`], but tells where it failed and what to change, for an operator who tries the settings.
    ///
    /// # Errors
    /// The [`DeliveryFault`]: its stage, the words that came, and [`Fault::advice`].
    pub async fn diagnose(&self, octets: &[u8], from: &str, to: &str) -> Result<String, DeliveryFault> {
        self.deliver(octets, from, to).await
    }

    async fn deliver(&self, octets: &[u8], from: &str, to: &str) -> Result<String, DeliveryFault> {
        let until = Instant::now() + self.whole;
        let addresses = || {
            let from =
                parties::address(from).map_err(|error| DeliveryFault::new(Stage::Settings, error.to_string()))?;
            let to = parties::address(to).map_err(|error| DeliveryFault::new(Stage::Recipient, error.to_string()))?;
            Ok((from, to))
        };
        match &self.transport {
            Transport::Smtp(smtp) => {
                let (from, to) = addresses()?;
                smtp::deliver(smtp, octets, from, to, self.connect, until).await
            }
            Transport::Sendmail(command) => {
                let (from, to) = addresses()?;
                sendmail::deliver(command, octets, from, to, until).await
            }
            Transport::Mailbox(directory) => mailbox::deliver(directory, octets).await,
            Transport::Command(words) => command::deliver(words, octets, until).await,
        }
    }
}
