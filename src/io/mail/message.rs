//! The octets of a message: headers and both parts, made once and kept; the same letter and envelope give the same octets.
//!
//! Knows no server and no way of sending. Addresses come from the operator's settings, everything else from the letter.

use crate::capture::Sha256;
use crate::digest::Letter;
use jiff::Timestamp;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use std::time::SystemTime;

/// Targets named in a header; further ones are counted.
const MOST_TARGETS: usize = 30;

/// Everything about a message but its letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Sender, `noticewatch <watch@example.org>`.
    pub from: String,
    /// The one recipient.
    pub to: String,
    /// `<...@domain>`, see [`message_id`].
    pub message_id: String,
    /// Where an answer goes, if elsewhere than to the sender.
    pub reply_to: Option<String>,
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
    let (from, to) = (mailbox(&envelope.from)?, mailbox(&envelope.to)?);
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .subject(letter.subject.clone())
        .message_id(Some(envelope.message_id.clone()))
        .date(SystemTime::from(envelope.date));
    if let Some(address) = &envelope.reply_to {
        builder = builder.reply_to(mailbox(address)?);
    }
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
    let mut message = message.map_err(|source| MessageError::Build { to: envelope.to.clone(), source })?;
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
    if let Some(list) = envelope.list_id.as_deref().map(clean) {
        headers.push(("List-Id", format!("<{}>", list.trim_matches(['<', '>']))));
    }
    if let Some(address) = envelope.unsubscribe.as_deref().map(clean) {
        headers.push(("List-Unsubscribe", format!("<mailto:{address}?subject=unsubscribe>")));
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

/// Fit for a header: printable ASCII without white space and without the beginning of an encoded word (RFC 2047), at most
/// 80 characters.
fn clean(text: &str) -> String {
    let graphic: String = text.chars().filter(char::is_ascii_graphic).collect();
    graphic.replace("=?", "=").chars().take(80).collect()
}

fn mailbox(text: &str) -> Result<Mailbox, MessageError> {
    text.parse().map_err(|error: lettre::address::AddressError| MessageError::Address {
        address: text.to_owned(),
        reason: error.to_string(),
    })
}

/// The bare address in `Name <name@host>`.
pub(super) fn address(text: &str) -> Result<Address, MessageError> {
    mailbox(text).map(|mailbox| mailbox.email)
}
