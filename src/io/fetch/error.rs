//! From a client's error to a typed reason and a calm sentence, and whether it may pass. Knows no target.

use super::connectors::Unresolved;
use super::options::FetchOptions;
use jiff::Timestamp;
use noticewatch_core::address::Refused;
use noticewatch_core::capture::{Missed, Why};
use rustls::CertificateError;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// A try that brought nothing.
#[derive(Debug)]
pub(super) struct FetchFault {
    /// What is recorded if no further try follows.
    pub(super) missed: Missed,
    /// Whether it may pass within minutes, so that another try is worth it.
    pub(super) passing: bool,
}

impl FetchFault {
    pub(super) fn new(why: Why, detail: impl Into<String>, passing: bool) -> Self {
        let missed = Missed { why, detail: detail.into(), status: None, retry_after_s: None };
        Self { missed, passing }
    }

    pub(super) fn passing(why: Why, detail: impl Into<String>) -> Self {
        Self::new(why, detail, true)
    }

    pub(super) fn lasting(why: Why, detail: impl Into<String>) -> Self {
        Self::new(why, detail, false)
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.missed.status = Some(status);
        self
    }

    pub(super) fn forbidden(refused: &Refused) -> Self {
        Self::lasting(Why::Forbidden, refused.to_string())
    }

    pub(super) fn too_large(cap: usize) -> Self {
        Self::lasting(Why::TooLarge, format!("more than {} octets", grouped(cap)))
    }

    pub(super) fn no_answer(read: Duration) -> Self {
        Self::passing(Why::Timeout, format!("no answer within {}", said(read)))
    }

    pub(super) fn stalled(read: Duration) -> Self {
        Self::passing(Why::Timeout, format!("the server stopped sending; nothing came for {}", said(read)))
    }

    pub(super) fn total(total: Duration) -> Self {
        Self::passing(Why::Timeout, format!("the answer was not complete after {}", said(total)))
    }

    /// The fault behind a client's error.
    pub(super) fn of(error: &reqwest::Error, options: &FetchOptions) -> Self {
        if let Some(unresolved) = cause::<Unresolved>(error) {
            return Self::resolving(unresolved);
        }
        if let Some(tls) = cause::<rustls::Error>(error) {
            return Self::tls(tls);
        }
        if error.is_timeout() && error.is_connect() {
            return Self::passing(Why::Timeout, format!("no connection within {}", said(options.connect)));
        }
        match cause::<hyper::Error>(error) {
            Some(http) if http.is_parse() => {
                return Self::passing(Why::Broken, "the answer is not HTTP as it should be");
            }
            _ => {}
        }
        match cause::<io::Error>(error) {
            Some(io) => Self::transport(io, error.is_connect()),
            None if error.is_connect() => Self::passing(Why::Connect, "no connection came about"),
            None => Self::cut(),
        }
    }

    fn cut() -> Self {
        Self::passing(Why::Cut, "the connection ended before the answer was complete")
    }

    fn resolving(unresolved: &Unresolved) -> Self {
        match unresolved {
            Unresolved::Refused(refused) => Self::forbidden(refused),
            Unresolved::NoAddress => Self::lasting(Why::Dns, "the name has no address"),
            Unresolved::Lookup(error) if is_final(error) => Self::lasting(Why::Dns, "there is no such name"),
            Unresolved::Lookup(_) => Self::passing(Why::Dns, "the name could not be resolved just now"),
        }
    }

    fn transport(error: &io::Error, connecting: bool) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::passing(Why::Connect, "connection refused"),
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                Self::passing(Why::Connect, "no route leads there")
            }
            ErrorKind::TimedOut => Self::passing(Why::Timeout, "the connection timed out"),
            ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof if connecting => {
                Self::passing(Why::Tls, "the server ended the connection during the TLS handshake")
            }
            _ if connecting => Self::passing(Why::Connect, "no connection came about"),
            ErrorKind::InvalidInput | ErrorKind::InvalidData => {
                Self::passing(Why::Broken, "the framing of the answer is broken")
            }
            _ => Self::cut(),
        }
    }

    fn tls(error: &rustls::Error) -> Self {
        let sentence = match error {
            rustls::Error::InvalidCertificate(certificate) => invalid(certificate),
            rustls::Error::InvalidMessage(_) => "the server does not speak TLS there".to_owned(),
            rustls::Error::AlertReceived(alert) => format!("the server refused the TLS handshake ({alert:?})"),
            rustls::Error::PeerIncompatible(_) => "the server offers no TLS that we trust".to_owned(),
            _ => "the TLS handshake failed".to_owned(),
        };
        Self::lasting(Why::Tls, sentence)
    }
}

/// Whether a resolver answered that there is no such name; the system tells this from "no resolver answered" by its
/// words only (glibc: `EAI_NONAME`, `EAI_NODATA`).
fn is_final(error: &io::Error) -> bool {
    let words = error.to_string();
    words.contains("not known") || words.contains("No address associated")
}

fn invalid(error: &CertificateError) -> String {
    let day = |time: rustls::pki_types::UnixTime| {
        let second = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_second(second)
            .map_or_else(|_| "an unknown day".to_owned(), |time| time.strftime("%F").to_string())
    };
    match error {
        CertificateError::ExpiredContext { not_after, .. } => format!("the certificate expired on {}", day(*not_after)),
        CertificateError::Expired => "the certificate has expired".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate is valid from {} only", day(*not_before))
        }
        CertificateError::NotValidYet => "the certificate is not valid yet".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "the certificate is signed by nobody we trust; `extra_ca` can name an authority".to_owned()
        }
        CertificateError::Other(_) => {
            "the certificate is not one for a server; `extra_ca` can name the authority that signs such ones".to_owned()
        }
        CertificateError::Revoked => "the certificate was revoked".to_owned(),
        other => format!("the certificate is not valid ({other})"),
    }
}

/// The first cause of that type. An `io::Error` hides the error it carries from `source`, so that one is opened too.
fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next: Option<&'a (dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

/// A span of time as a person says it: `20 s`, `150 ms`.
fn said(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

/// A number with its thousands set apart: `5,000,000`.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}
