//! One letter for one recipient as octets: MIME by lettre, headers as FACTS.md 5 has them. Rendered once, then kept.

use crate::digest::Letter;
use jiff::Timestamp;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest, Sha256};
use std::time::SystemTime;

/// Why a letter could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address that is none.
    #[error("\"{address}\" is no mail address: {why}; mend it in noticewatch.toml")]
    Address {
        /// What stands there.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// lettre could not build the message.
    #[error("the letter could not be rendered: {0}")]
    Build(#[from] lettre::error::Error),
}

/// What stands on a letter beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The name before the sender's address.
    pub from_name: Option<String>,
    /// The sender's address, also of the envelope.
    pub from: String,
    /// The one recipient.
    pub to: String,
    /// Where an answer goes, if elsewhere.
    pub reply_to: Option<String>,
    /// Where to write to be taken off the list.
    pub unsubscribe: Option<String>,
    /// The domain of `Message-ID` and `List-Id`.
    pub domain: String,
    /// The date of rendering.
    pub date: Timestamp,
}

impl Envelope {
    /// The `Message-ID` of a letter to this recipient: the same letter to the same recipient has the same.
    #[must_use]
    pub fn message_id(&self, letter: &Letter) -> String {
        let recipient: String =
            Sha256::digest(self.to.as_bytes()).iter().take(8).map(|octet| format!("{octet:02x}")).collect();
        format!("<{}.{recipient}@{}>", letter.id, self.domain)
    }

    /// The root of the thread of one target, to which no message belongs: all letters about it answer to it.
    fn thread(&self, target: &str) -> String {
        let slug: String = target.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
        format!("<target.{slug}@{}>", self.domain)
    }
}

/// The octets of a letter, ready to be sent.
///
/// # Errors
/// An address is none.
pub fn octets(letter: &Letter, envelope: &Envelope) -> Result<Vec<u8>, MailError> {
    let mut message = Message::builder()
        .from(mailbox(envelope.from_name.clone(), &envelope.from)?)
        .to(mailbox(None, &envelope.to)?)
        .subject(letter.subject.clone())
        .date(SystemTime::from(envelope.date))
        .message_id(Some(envelope.message_id(letter)))
        .header(AutoSubmitted("auto-generated".to_owned()))
        .header(AutoResponseSuppress("All".to_owned()))
        .header(ListId(format!("noticewatch <noticewatch.{}>", envelope.domain)))
        .header(Targets(letter.targets.join(", ")))
        .header(DigestId(letter.id.clone()));
    if let Some(reply_to) = &envelope.reply_to {
        message = message.reply_to(mailbox(None, reply_to)?);
    }
    if let Some(unsubscribe) = &envelope.unsubscribe {
        message = message.header(ListUnsubscribe(format!("<mailto:{unsubscribe}?subject=unsubscribe>")));
    }
    if let Some(name) = letter.verdict.and_then(|verdict| serde_json::to_value(verdict).ok()) {
        message = message.header(VerdictName(name.as_str().unwrap_or_default().to_owned()));
    }
    if let Some(target) = &letter.thread {
        let root = envelope.thread(target);
        message = message.in_reply_to(root.clone()).references(root);
    }
    let text = part(ContentType::TEXT_PLAIN, &letter.text);
    let built = if letter.html.is_empty() {
        message.singlepart(text)?
    } else {
        message.multipart(
            MultiPart::alternative().singlepart(text).singlepart(part(ContentType::TEXT_HTML, &letter.html)),
        )?
    };
    Ok(built.formatted())
}

/// A leaf in UTF-8, quoted-printable; the encoding stands on leaves only (RFC 2045, 6.4).
fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(text.to_owned())
}

fn mailbox(name: Option<String>, address: &str) -> Result<Mailbox, MailError> {
    let parsed: Result<Address, _> = address.parse();
    match parsed {
        Ok(parsed) => Ok(Mailbox::new(name, parsed)),
        Err(error) => Err(MailError::Address { address: address.to_owned(), why: error.to_string() }),
    }
}

/// Headers that lettre does not know by itself.
macro_rules! header {
    ($kind:ident, $name:literal) => {
        #[derive(Clone)]
        struct $kind(String);

        impl Header for $kind {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

header!(AutoSubmitted, "Auto-Submitted");
header!(AutoResponseSuppress, "X-Auto-Response-Suppress");
header!(ListId, "List-Id");
header!(ListUnsubscribe, "List-Unsubscribe");
header!(Targets, "X-Noticewatch-Targets");
header!(VerdictName, "X-Noticewatch-Verdict");
header!(DigestId, "X-Noticewatch-Digest");
