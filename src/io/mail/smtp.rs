//! One letter over one SMTP session, step by step, so that a fault is known by the step it came at.

use super::Reply;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// From the first octet.
    Implicit,
    /// By STARTTLS, required.
    Starttls,
    /// Not at all; only to this machine.
    None,
}

/// A mail server.
#[derive(Clone)]
pub struct Server {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User name and password.
    pub login: Option<(String, String)>,
    /// How long connecting, and each answer before DATA, may take.
    pub patience: Duration,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.tls)
    }
}

/// The steps of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Resolving, connecting, banner, EHLO.
    Connect,
    /// STARTTLS or the TLS handshake.
    Tls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA and the message.
    Data,
}

/// Sends one letter in a session of its own.
pub(super) async fn send(server: &Server, octets: &[u8], from: &str, to: &str) -> Reply {
    match converse(server, octets, from, to).await {
        Ok(response) => Reply::Sent(words(&response)),
        Err((stage, fault)) => fault.reply(stage),
    }
}

/// What went wrong at a step.
enum Fault {
    Smtp(Error),
    Silent,
    Said(String),
}

impl Fault {
    /// Only a 5xx that answers RCPT or comes after DATA is final; everything before is the operator's to mend, and
    /// must not empty the queue.
    fn reply(self, stage: Stage) -> Reply {
        let permanent = matches!(&self, Self::Smtp(error) if error.is_permanent());
        let text = match self {
            Self::Smtp(error) => sentence(&error),
            Self::Silent => "the server kept silent".to_owned(),
            Self::Said(text) => text,
        };
        if permanent && matches!(stage, Stage::Recipient | Stage::Data) {
            return Reply::Refused(text);
        }
        let operator = permanent || matches!(stage, Stage::Tls | Stage::Auth);
        Reply::Later { text, stage, operator }
    }
}

type Step<T> = Result<T, (Stage, Fault)>;

async fn converse(server: &Server, octets: &[u8], from: &str, to: &str) -> Step<Response> {
    let (from, to) = (address(from, Stage::Sender)?, address(to, Stage::Recipient)?);
    let mut session = open(server).await?;
    let mut options = Vec::new();
    if session.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let patience = server.patience;
    within(patience, Stage::Sender, session.command(Mail::new(Some(from), options))).await?;
    within(patience, Stage::Recipient, session.command(Rcpt::new(to, Vec::new()))).await?;
    within(patience, Stage::Data, session.command(Data)).await?;
    // Only the caller's bound limits this: after the dot a server may think for ten minutes.
    let response = session.message(octets).await.map_err(|error| (Stage::Data, Fault::Smtp(error)))?;
    // The letter is taken; how the session ends changes nothing.
    let _ = tokio::time::timeout(patience, session.quit()).await;
    Ok(response)
}

async fn open(server: &Server) -> Step<AsyncSmtpConnection> {
    let hello = ClientId::default();
    let patience = server.patience;
    let tls = || TlsParameters::new_rustls(server.host.clone()).map_err(|error| (Stage::Tls, Fault::Smtp(error)));
    let implicit = if server.tls == Tls::Implicit { Some(tls()?) } else { None };
    let address = (server.host.as_str(), server.port);
    let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(patience), &hello, implicit, None);
    let mut session = within(patience, Stage::Connect, connecting).await.map_err(tls_told_apart)?;
    if server.tls == Tls::Starttls {
        if !session.can_starttls() {
            let text = "the server offers no STARTTLS; nothing is sent in clear";
            return Err((Stage::Tls, Fault::Said(text.to_owned())));
        }
        within(patience, Stage::Tls, session.starttls(tls()?, &hello)).await?;
    }
    if let Some((user, password)) = &server.login {
        let credentials = Credentials::new(user.clone(), password.clone());
        within(patience, Stage::Auth, session.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)).await?;
    }
    Ok(session)
}

fn tls_told_apart((stage, fault): (Stage, Fault)) -> (Stage, Fault) {
    match fault {
        Fault::Smtp(error) if error.is_tls() => (Stage::Tls, Fault::Smtp(error)),
        other => (stage, other),
    }
}

async fn within<T>(patience: Duration, stage: Stage, step: impl Future<Output = Result<T, Error>>) -> Step<T> {
    match tokio::time::timeout(patience, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err((stage, Fault::Smtp(error))),
        Err(_) => Err((stage, Fault::Silent)),
    }
}

fn address(text: &str, stage: Stage) -> Step<Address> {
    text.parse().map_err(|error| (stage, Fault::Said(format!("\"{text}\" is no mail address: {error}"))))
}

/// The server's words, one line.
fn words(response: &Response) -> String {
    let said: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), said.join(" "))
}

/// An error of lettre with its causes, one line.
fn sentence(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
