//! What is wrong with TLS, in words that say what to change.
//!
//! Knows errors of the TLS stack as they lie inside those of lettre; no server and no letter.

use super::reply::{DeliveryFault, Stage};
use rustls::{CertificateError, Error as TlsError};
use std::error::Error;
use std::io;

/// The port has no TLS from the first octet.
const NOT_IMPLICIT: &str = "This port does not begin with TLS: set `tls = \"starttls\"` (usual on port 587), or the port \
                            that does (usually 465).";
/// The certificate's name.
const NAME: &str = "Set `host` to a name that stands in the server's certificate; an address or an alias will not do.";
/// Its dates.
const DATES: &str = "The server's administrator has to renew the certificate; look at this machine's clock too.";
/// Its issuer.
const ISSUER: &str = "If the server is your own and its authority private, name that authority's certificate in \
                      `extra_ca`. If not, somebody may stand between: do not send.";

/// A fault of TLS behind an error of lettre; None where TLS has no part in it.
pub(super) fn fault(error: &(dyn Error + 'static)) -> Option<DeliveryFault> {
    let (said, hint) = match cause(error)? {
        TlsError::InvalidCertificate(certificate) => invalid(certificate),
        TlsError::InvalidMessage(_) => ("the server does not speak TLS there".to_owned(), NOT_IMPLICIT),
        other => return Some(DeliveryFault::new(Stage::Tls, other.to_string())),
    };
    Some(DeliveryFault { hint: Some(hint), ..DeliveryFault::new(Stage::Tls, said) })
}

fn invalid(error: &CertificateError) -> (String, &'static str) {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("the server's certificate has expired".to_owned(), DATES)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("the server's certificate is not valid yet".to_owned(), DATES)
        }
        CertificateError::NotValidForName => ("the server's certificate is for another name".to_owned(), NAME),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names = presented.join(", ");
            (format!("the server's certificate is for another name: {names}"), NAME)
        }
        CertificateError::UnknownIssuer => {
            ("the server's certificate is signed by nobody that this machine trusts".to_owned(), ISSUER)
        }
        other => (format!("the server's certificate is not valid: {other}"), ISSUER),
    }
}

/// The error of the TLS stack. An `io::Error` hides the error it carries from `source`, so that one is opened too.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TlsError> {
    let mut next: Option<&'a (dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<TlsError>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}
