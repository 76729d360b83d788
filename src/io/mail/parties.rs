//! Sender and recipient as headers, encoded here once: what cannot be encoded is said before any letter is written.
//!
//! lettre encodes names in non-ASCII letters, and reads its own headers again while it builds a message; that reading does
//! not take all names that it wrote. So the headers that it reads hold bare addresses, and those that leave stand beside.

use super::message::{Envelope, MessageError};
use crate::config::Party;
use lettre::Address;
use lettre::address::Envelope as Route;
use lettre::message::header::{From, Header, HeaderName, HeaderValue, Headers, ReplyTo, To};
use lettre::message::{Mailbox, Mailboxes};

/// Octets of a header line at most (RFC 5322, 2.1.1).
const MOST_LINE: usize = 998;
/// A name up to so many letters stands in quotes on one line with its header's name; a longer one is folded.
const MOST_QUOTED: usize = 60;

/// The parties of one envelope.
pub(super) struct Parties {
    /// The sender's bare address.
    pub(super) from: Mailbox,
    /// The recipient's.
    pub(super) to: Mailbox,
    /// The headers that leave.
    pub(super) headers: Vec<HeaderValue>,
}

impl Parties {
    /// Those of an envelope.
    pub(super) fn of(envelope: &Envelope) -> Result<Self, MessageError> {
        let bare = |party: &Party| Ok::<_, MessageError>(Mailbox::new(None, address(&party.address)?));
        let mut headers = vec![header::<From>(&envelope.from)?, header::<To>(&envelope.to)?];
        headers.extend(envelope.reply_to.as_ref().map(header::<ReplyTo>).transpose()?);
        Ok(Self { from: bare(&envelope.from)?, to: bare(&envelope.to)?, headers })
    }

    /// From whom to whom it goes.
    pub(super) fn route(&self) -> Result<Route, MessageError> {
        let to = self.to.email.clone();
        let build = |source| MessageError::Build { to: to.to_string(), source };
        Route::new(Some(self.from.email.clone()), vec![to.clone()]).map_err(build)
    }
}

/// Whether a letter can be made with this party as its sender or recipient: the headers are made and thrown away.
///
/// # Errors
/// Why not, in a sentence.
pub fn sendable(party: &Party) -> Result<(), String> {
    let all = [header::<From>(party), header::<To>(party), header::<ReplyTo>(party)];
    all.into_iter().try_for_each(|made| made.map(drop)).map_err(|error| error.to_string())
}

/// The header for a party: a name of printable ASCII in quotes, as a reader would write it; any other in encoded words
/// (RFC 2047), among them one that looks like such a word itself.
fn header<H: Header + std::convert::From<Mailboxes>>(party: &Party) -> Result<HeaderValue, MessageError> {
    let address = address(&party.address)?;
    let made = match party.name.as_deref() {
        Some(name) if is_quotable(name) => quoted(H::name(), name, &address),
        name => H::from(Mailboxes::from(Mailbox::new(name.map(str::to_owned), address))).display(),
    };
    let mut whole = Headers::new();
    whole.insert_raw(made.clone());
    let longest = whole.to_string().lines().map(str::len).max().unwrap_or_default();
    if longest > MOST_LINE {
        return Err(MessageError::Long { address: party.address.clone(), octets: longest });
    }
    Ok(made)
}

fn is_quotable(name: &str) -> bool {
    let printable = |c: char| c == ' ' || c.is_ascii_graphic();
    name.len() <= MOST_QUOTED && !name.contains("=?") && name.chars().all(printable)
}

fn quoted(header: HeaderName, name: &str, address: &Address) -> HeaderValue {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let words =
        if plain { name.to_owned() } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) };
    let value = format!("{words} <{address}>");
    HeaderValue::dangerous_new_pre_encoded(header, value.clone(), value)
}

/// A bare address, or the one in `Name <name@host>`.
pub(super) fn address(text: &str) -> Result<Address, MessageError> {
    let bare = text.strip_suffix('>').and_then(|start| start.rsplit_once('<')).map_or(text, |(_, bare)| bare);
    bare.trim().parse().map_err(|error: lettre::address::AddressError| MessageError::Address {
        address: text.to_owned(),
        reason: error.to_string(),
    })
}
