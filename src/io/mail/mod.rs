//! Letters on their way: over SMTP, into a directory, or to a local program.
//!
//! Takes octets that were rendered once and sends the same on every try; knows no outbox and decides nothing about it.

mod message;
mod smtp;

pub use message::{Envelope, MailError, octets};
pub use smtp::{Server, Stage, Tls};

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// After the final dot a server may take ten minutes (RFC 5321, 4.5.3.2.6); lettre's own time-out covers the connect only.
const WHOLE: Duration = Duration::from_secs(11 * 60);

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Taken, with the server's words.
    Sent(String),
    /// Refused for good: a 5xx as the answer to RCPT or after DATA, and nothing else (FACTS.md 1).
    Refused(String),
    /// Not now.
    Later {
        /// What the server, or the system, said.
        text: String,
        /// Where it failed.
        stage: Stage,
        /// The operator must mend something: name, port, certificate, password, sender.
        operator: bool,
    },
}

/// The ways out.
#[derive(Clone, Debug)]
pub enum Transport {
    /// A mail server.
    Smtp(Server),
    /// One `.eml` file a letter in a directory.
    Mailbox(PathBuf),
    /// A local program that takes the message on its standard input, as sendmail does.
    Sendmail(String),
}

/// Sends letters one way.
#[derive(Clone, Debug)]
pub struct Mailer {
    transport: Transport,
    whole: Duration,
}

impl Mailer {
    /// A mailer for that way.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self { transport, whole: WHOLE }
    }

    /// The same mailer with another bound for a whole sending.
    #[must_use]
    pub fn within(self, whole: Duration) -> Self {
        Self { whole, ..self }
    }

    /// Sends the octets of one letter to one recipient. `name` is that of the file in a mailbox directory.
    pub async fn send(&self, octets: &[u8], from: &str, to: &str, name: &str) -> Reply {
        let sending = async {
            match &self.transport {
                Transport::Smtp(server) => smtp::send(server, octets, from, to).await,
                Transport::Mailbox(dir) => drop_into(dir, name, octets),
                Transport::Sendmail(command) => pipe(command, octets, from, to).await,
            }
        };
        match tokio::time::timeout(self.whole, sending).await {
            Ok(reply) => reply,
            Err(_) => Reply::Later {
                text: format!("the server did not finish within {} s", self.whole.as_secs()),
                stage: Stage::Data,
                operator: false,
            },
        }
    }
}

/// Writes a letter as a file that is there whole or not at all.
fn drop_into(dir: &Path, name: &str, octets: &[u8]) -> Reply {
    let path = dir.join(format!("{name}.eml"));
    let written = std::fs::create_dir_all(dir).and_then(|()| {
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        std::io::Write::write_all(&mut file, octets)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    });
    match written {
        Ok(()) => Reply::Sent(format!("written to {}", path.display())),
        Err(error) => later(format!("{}: {error}", path.display()), Stage::Data, true),
    }
}

/// Hands a letter to a local program.
async fn pipe(command: &str, octets: &[u8], from: &str, to: &str) -> Reply {
    let started = tokio::process::Command::new(command)
        .args(["-i", "-f", from, "--", to])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return later(format!("{command}: {error}"), Stage::Connect, true),
    };
    if let Some(mut input) = child.stdin.take()
        && let Err(error) = input.write_all(octets).await
    {
        return later(format!("{command}: {error}"), Stage::Data, true);
    }
    match child.wait_with_output().await {
        Ok(output) if output.status.success() => Reply::Sent(format!("taken by {command}")),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            later(format!("{command}: {}: {}", output.status, said.trim()), Stage::Data, true)
        }
        Err(error) => later(format!("{command}: {error}"), Stage::Data, true),
    }
}

fn later(text: String, stage: Stage, operator: bool) -> Reply {
    Reply::Later { text, stage, operator }
}
