//! One letter to one recipient over SMTP, step by step, so that every fault has a place.
//!
//! lettre speaks the protocol; its own time limit covers only the connecting, so every step here has the letter's
//! deadline (docs/FACTS.md 1.1 to 1.3).

use super::reply::{DeliveryFault, Stage, one_line};
use super::starttls_guard::LineWise;
use super::tls;
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use std::error::Error as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// What to do where a server that should offers no STARTTLS.
const NO_STARTTLS: &str = "Use the port on which the server has TLS: 587 with `tls = \"starttls\"`, or 465 with `tls = \
                           \"implicit\"`. If it did offer it until now, somebody on the way may be taking the offer out.";
/// What to do where a server offers no login.
const NO_LOGIN: &str = "The server takes no login on this port: use the one for submission (587 or 465), or take `username` \
                        out if it lets this machine send without.";

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// STARTTLS, required: without it nothing is sent.
    #[default]
    Starttls,
    /// TLS from the first octet (port 465).
    Implicit,
    /// None: only to a server on this machine.
    None,
}

/// What to do where a server does not know EHLO, and with it neither TLS nor logins.
const NO_EHLO: &str = "The server does not know EHLO, and so neither STARTTLS nor logins: it is very old, or something on \
                       the way takes them out. Use another port (587 or 465) or another server; only to one on this \
                       machine (`tls = \"none\"`) letters go by HELO.";
/// Replies by which a server says that it does not know EHLO (RFC 5321, 3.2 and 4.2.4).
const UNKNOWN: [u16; 3] = [500, 502, 504];

/// A mail server.
#[derive(Clone, Default)]
pub struct Smtp {
    /// Its name, which its certificate must carry.
    pub host: String,
    /// Its port: 587, 465, or 25 on this machine.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Security,
    /// Login; None: the server takes letters without.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// The name this machine gives itself; None: its host name.
    pub helo: Option<String>,
    /// A PEM file with the certificate of a private issuer, trusted beside the system's.
    pub extra_ca: Option<PathBuf>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let login = self.username.is_some();
        f.debug_struct("Smtp")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("login", &login)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    /// Whether the server is on this machine: `localhost` or a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let literal = self.host.trim_matches(['[', ']']).parse::<IpAddr>();
        literal.map_or(self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }
}

/// Delivers, or says at which step it failed.
pub(super) async fn deliver(
    smtp: &Smtp,
    octets: &[u8],
    from: Address,
    to: Address,
    connect: Duration,
    until: Instant,
) -> Result<String, DeliveryFault> {
    let mut connection = open(smtp, connect, until).await?;
    login(smtp, &mut connection, until).await?;
    let parameters = international(&connection, &from, &to)?;
    step(Stage::Sender, until, connection.command(Mail::new(Some(from), parameters))).await?;
    step(Stage::Recipient, until, connection.command(Rcpt::new(to, Vec::new()))).await?;
    step(Stage::Content, until, connection.command(Data)).await?;
    // lettre ends the last line itself: with our own line end, an empty line would come with each letter.
    let lines = octets.strip_suffix(b"\r\n").unwrap_or(octets);
    let reply = step(Stage::Content, until, connection.message(lines)).await?;
    // lettre takes 3xx for good, too: that is no answer to a whole letter (RFC 5321, 4.2.1).
    if reply.code().severity != Severity::PositiveCompletion {
        return Err(DeliveryFault {
            code: reply.code().to_string().parse().ok(),
            ..DeliveryFault::new(Stage::Content, words(&reply))
        });
    }
    // The letter is the server's now; a farewell that hangs or fails changes nothing.
    let _ = timeout(Duration::from_secs(2), connection.quit()).await;
    Ok(words(&reply))
}

async fn open(smtp: &Smtp, connect: Duration, until: Instant) -> Result<AsyncSmtpConnection, DeliveryFault> {
    if smtp.tls == Security::None && !smtp.is_loopback() {
        let text = format!("letters never go in clear to {}; set `tls` to \"starttls\" or \"implicit\"", smtp.host);
        return Err(DeliveryFault::new(Stage::Settings, text));
    }
    let soon = until.min(Instant::now() + connect);
    let host = smtp.host.trim_matches(['[', ']']);
    let mut addresses: Vec<_> = match timeout_at(soon, tokio::net::lookup_host((host, smtp.port))).await {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => {
            return Err(DeliveryFault::new(Stage::Dns, format!("{host} cannot be resolved ({})", plain(&error))));
        }
        Err(_) => return Err(silence(Stage::Dns)),
    };
    if smtp.tls == Security::None {
        // A name is a promise of whoever answers for it; what counts is where it leads.
        addresses.retain(|address| address.ip().is_loopback());
        if addresses.is_empty() {
            let text = format!("{host} leads to another machine, and letters never go there in clear; set `tls`");
            return Err(DeliveryFault::new(Stage::Settings, text));
        }
    }
    let name = hello(smtp);
    // A first connection tells "nobody listens there" from a server that listens and says nothing.
    let connected = async || match timeout_at(soon, tokio::net::TcpStream::connect(&addresses[..])).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(DeliveryFault::new(Stage::Connect, format!("{host}:{}: {}", smtp.port, plain(&error)))),
        Err(_) => Err(silence(Stage::Connect)),
    };
    let old = |fault: &DeliveryFault| {
        fault.stage == Stage::Greeting && fault.code.is_some_and(|code| UNKNOWN.contains(&code))
    };
    match greet(smtp, connected().await?, &name, until).await {
        Err(fault) if old(&fault) && smtp.tls == Security::None && smtp.username.is_none() => {
            let wire = LineWise::old(connected().await?);
            let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &name);
            step(Stage::Greeting, until, greeted).await
        }
        Err(fault) if old(&fault) => Err(DeliveryFault { hint: Some(NO_EHLO), ..fault }),
        greeted => greeted,
    }
}

/// Banner, EHLO and TLS on a connection that stands.
async fn greet(
    smtp: &Smtp,
    stream: tokio::net::TcpStream,
    name: &ClientId,
    until: Instant,
) -> Result<AsyncSmtpConnection, DeliveryFault> {
    if smtp.tls == Security::Implicit {
        let peer = stream.peer_addr().map_err(|error| DeliveryFault::new(Stage::Connect, error.to_string()))?;
        drop(stream);
        let tls = parameters(smtp).await?;
        let connected = AsyncSmtpConnection::connect_tokio1(peer, None, name, Some(tls), None);
        let result = timeout_at(until, connected).await.map_err(|_| silence(Stage::Tls))?;
        return result
            .map_err(|error| fault(if error.status().is_some() { Stage::Greeting } else { Stage::Tls }, &error));
    }
    let mut connection = step(
        Stage::Greeting,
        until,
        AsyncSmtpConnection::connect_with_transport(Box::new(LineWise::new(stream)), name),
    )
    .await?;
    if smtp.tls == Security::Starttls {
        if !connection.can_starttls() {
            let text = format!("{} offers no STARTTLS, so nothing was sent", smtp.host);
            return Err(DeliveryFault { hint: Some(NO_STARTTLS), ..DeliveryFault::new(Stage::Tls, text) });
        }
        let tls = parameters(smtp).await?;
        step(Stage::Tls, until, connection.starttls(tls, name)).await?;
    }
    Ok(connection)
}

async fn parameters(smtp: &Smtp) -> Result<TlsParameters, DeliveryFault> {
    let mut builder = TlsParameters::builder(smtp.host.trim_matches(['[', ']']).to_owned());
    if let Some(path) = &smtp.extra_ca {
        let pem = tokio::fs::read(path)
            .await
            .map_err(|error| DeliveryFault::new(Stage::Settings, format!("extra_ca {}: {error}", path.display())))?;
        let certificate = Certificate::from_pem(&pem)
            .map_err(|error| DeliveryFault::new(Stage::Settings, format!("extra_ca {}: {error}", path.display())))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|error| fault(Stage::Tls, &error))
}

async fn login(smtp: &Smtp, connection: &mut AsyncSmtpConnection, until: Instant) -> Result<(), DeliveryFault> {
    let Some(username) = &smtp.username else { return Ok(()) };
    let credentials = Credentials::new(username.clone(), smtp.password.clone().unwrap_or_default());
    let mechanisms = [Mechanism::Plain, Mechanism::Login];
    if !mechanisms.iter().any(|one| connection.server_info().supports_auth_mechanism(*one)) {
        let text = format!("{} offers no login by PLAIN or LOGIN", smtp.host);
        return Err(DeliveryFault { hint: Some(NO_LOGIN), ..DeliveryFault::new(Stage::Auth, text) });
    }
    step(Stage::Auth, until, connection.auth(&mechanisms, &credentials)).await.map(|_| ())
}

/// SMTPUTF8 where an address needs it.
fn international(
    connection: &AsyncSmtpConnection,
    from: &Address,
    to: &Address,
) -> Result<Vec<MailParameter>, DeliveryFault> {
    let plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if plain(from) && plain(to) {
        return Ok(Vec::new());
    }
    if connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        return Ok(vec![MailParameter::SmtpUtfEight]);
    }
    let stage = if plain(from) { Stage::Recipient } else { Stage::Sender };
    Err(DeliveryFault::new(stage, "the address is not ASCII and the server does not offer SMTPUTF8"))
}

/// One step within the letter's time.
async fn step<T>(
    stage: Stage,
    until: Instant,
    future: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, DeliveryFault> {
    match timeout_at(until, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(fault(stage, &error)),
        Err(_) => Err(silence(stage)),
    }
}

/// What the system says, without its numbers.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.rsplit(": ").next().unwrap_or_default().to_lowercase()
}

fn silence(stage: Stage) -> DeliveryFault {
    DeliveryFault { silent: true, ..DeliveryFault::new(stage, "no answer in the time given") }
}

fn fault(stage: Stage, error: &lettre::transport::smtp::Error) -> DeliveryFault {
    if let Some(fault) = tls::fault(error) {
        return fault;
    }
    let code: Option<u16> = error.status().and_then(|code| code.to_string().parse().ok());
    let source = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let text = code.map_or(source.clone(), |code| format!("{code} {source}"));
    DeliveryFault { code, ..DeliveryFault::new(stage, one_line(&text)) }
}

fn words(reply: &Response) -> String {
    one_line(&format!("{} {}", reply.code(), reply.message().collect::<Vec<_>>().join(" ")))
}

fn hello(smtp: &Smtp) -> ClientId {
    smtp.helo.clone().map_or_else(ClientId::default, ClientId::Domain)
}
