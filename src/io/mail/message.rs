//! The octets of a message: headers and both parts, made once and kept; the same letter and envelope give the same octets.
//!
//! Knows no server and no way of sending. Addresses come from the operator's settings, everything else from the letter.

use super::parties::Parties;
use crate::config::Party;
use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use noticewatch_core::capture::Sha256;
use noticewatch_core::letter::Letter;
use std::time::SystemTime;

/// Targets named in a header; further ones are counted.
const MOST_TARGETS: usize = 30;

/// Everything about a message but its letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The sender.
    pub from: Party,
    /// The one recipient.
    pub to: Party,
    /// `<...@domain>`, see [`message_id`].
    pub message_id: String,
    /// Where an answer goes, if elsewhere than to the sender.
    pub reply_to: Option<Party>,
    /// When the letter was written.
    pub date: Timestamp,
    /// Name of the list, `noticewatch.example.org`; shown by clients that group by list.
    pub list_id: Option<String>,
    /// Address that takes unsubscriptions.
    pub unsubscribe: Option<String>,
    /// The message this one follows, see [`thread_root`].
    pub in_reply_to: Option<String>,
    /// The thread it belongs to, oldest first; empty: `in_reply_to` alone.
    pub references: Vec<String>,
    /// Without the HTML part.
    pub text_only: bool,
}

/// A message that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// An address of the settings.
    #[error("`{address}` is not a mail address ({reason}); write it as name@example.org or Name <name@example.org>")]
    Address {
        /// As it was given.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// A name that makes a header longer than mail can carry.
    #[error(
        "with the name of {address}, the header has a line of {octets} octets, and 998 are the most (RFC 5322, 2.1.1)"
    )]
    Long {
        /// Whose name it is.
        address: String,
        /// The longest line.
        octets: usize,
    },
    /// The builder's own complaint.
    #[error("the letter to {to} could not be made into a message: {source}")]
    Build {
        /// The recipient.
        to: String,
        /// What is wrong.
        source: lettre::error::Error,
    },
}

/// `<LETTER.RECIPIENT@DOMAIN>`: stable for a letter and a recipient, whose address stands there as a digest only.
#[must_use]
pub fn message_id(letter: &str, recipient: &str, domain: &str) -> String {
    format!("<{letter}.{}@{domain}>", short(recipient))
}

/// The message, never sent, under which all letters about one target gather in a recipient's client.
#[must_use]
pub fn thread_root(target: &str, recipient: &str, domain: &str) -> String {
    format!("<target.{}.{}@{domain}>", short(target), short(recipient))
}

fn short(text: &str) -> String {
    Sha256::of(text.trim().to_lowercase().as_bytes()).short()
}

/// The message's octets as they are stored and sent.
///
/// # Errors
/// [`MessageError`] where an address of the envelope is none.
pub fn octets(letter: &Letter, envelope: &Envelope) -> Result<Vec<u8>, MessageError> {
    let parties = Parties::of(envelope)?;
    let mut builder = Message::builder()
        .envelope(parties.route()?)
        .from(parties.from.clone())
        .to(parties.to.clone())
        .subject(letter.subject.clone())
        .message_id(Some(envelope.message_id.clone()))
        .date(SystemTime::from(envelope.date));
    if let Some(parent) = &envelope.in_reply_to {
        builder = builder.in_reply_to(parent.clone());
        if envelope.references.is_empty() {
            builder = builder.references(parent.clone());
        }
    }
    if !envelope.references.is_empty() {
        builder = builder.references(envelope.references.join(" "));
    }
    let text = part(ContentType::TEXT_PLAIN, &letter.text);
    let message = if envelope.text_only {
        builder.singlepart(text)
    } else {
        // A boundary of our own, or no two buildings would give the same octets.
        let boundary = format!("noticewatch-{}", Sha256::of(envelope.message_id.as_bytes()).short());
        let parts = MultiPart::alternative().boundary(boundary).singlepart(text);
        builder.multipart(parts.singlepart(part(ContentType::TEXT_HTML, &letter.html)))
    };
    let mut message = message.map_err(|source| MessageError::Build { to: envelope.to.address.clone(), source })?;
    for header in parties.headers {
        message.headers_mut().insert_raw(header);
    }
    for (name, value) in headers(letter, envelope) {
        if let Ok(name) = HeaderName::new_from_ascii(name.to_owned()) {
            message.headers_mut().insert_raw(HeaderValue::new(name, value));
        }
    }
    Ok(message.formatted())
}

/// A part in UTF-8, quoted-printable whatever it holds.
fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(text.to_owned())
}

fn headers(letter: &Letter, envelope: &Envelope) -> Vec<(&'static str, String)> {
    let mut headers =
        vec![("Auto-Submitted", "auto-generated".to_owned()), ("X-Auto-Response-Suppress", "All".to_owned())];
    if let Some(list) = envelope.list_id.as_deref().map(address_like) {
        headers.push(("List-Id", format!("<{}>", list.trim_matches(['<', '>']))));
    }
    if let Some(address) = envelope.unsubscribe.as_deref().map(address_like) {
        headers.push(("List-Unsubscribe", format!("<mailto:{}?subject=unsubscribe>", escaped(&address))));
    }
    headers.push(("X-Noticewatch-Digest", clean(&letter.id)));
    if let Some(verdict) = letter.verdict.and_then(|verdict| serde_json::to_value(verdict).ok()) {
        headers.push(("X-Noticewatch-Verdict", verdict.as_str().unwrap_or_default().to_owned()));
    }
    if !letter.targets.is_empty() {
        let mut names: Vec<String> = letter.targets.iter().take(MOST_TARGETS).map(|target| clean(target)).collect();
        if letter.targets.len() > MOST_TARGETS {
            names.push(format!("and-{}-more", letter.targets.len() - MOST_TARGETS));
        }
        headers.push(("X-Noticewatch-Targets", names.join(", ")));
    }
    headers
}

/// An address in a `mailto:`, where some signs that an address may hold mean something else (RFC 6068, 2).
fn escaped(address: &str) -> String {
    let sign = |c: char| if "%?&#/`{|}^=".contains(c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() };
    address.chars().map(sign).collect()
}

/// Fit for a header: printable ASCII without white space and without the beginning of an encoded word (RFC 2047), at most
/// 80 characters.
fn clean(text: &str) -> String {
    address_like(text).chars().take(80).collect()
}

/// The same without an end: what the settings took as an address or a domain is not cut.
fn address_like(text: &str) -> String {
    let graphic: String = text.chars().filter(char::is_ascii_graphic).collect();
    graphic.replace("=?", "=")
}
