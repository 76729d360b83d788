//! The way letters go, by the settings: mailer and password, envelope; and a letter taken apart again.

use super::recipient::is_mail;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::secrets::{PASSWORD, secret};
use crate::config::{MailWay, Party, Tls};
use crate::io::mail::{Envelope, Mailer, Security, Smtp, Transport, message_id, thread_root};
use jiff::Timestamp;
use noticewatch_core::letter::Letter;
use std::path::PathBuf;

/// The way out that the settings name, with its password.
///
/// # Errors
/// The password cannot be read.
pub fn mailer(office: &AppContext) -> Result<Mailer, Failure> {
    let transport = match &office.settings.mail.way {
        MailWay::Mailbox { directory } => {
            Transport::Mailbox(directory.as_ref().map_or_else(|| office.state.join("mail"), PathBuf::from))
        }
        MailWay::Sendmail { command } => Transport::Sendmail(PathBuf::from(command)),
        MailWay::Smtp(smtp) => {
            let (username, password) = match &smtp.login {
                Some((user, place)) => (Some(user.clone()), Some(secret(place, PASSWORD[0])?)),
                None => (None, None),
            };
            let tls = match smtp.tls {
                Tls::Implicit => Security::Implicit,
                Tls::StartTls => Security::Starttls,
                Tls::None => Security::None,
            };
            let (host, port, helo) = (smtp.host.clone(), smtp.port, smtp.helo.clone());
            let extra_ca = smtp.extra_ca.as_ref().map(PathBuf::from);
            Transport::Smtp(Smtp { host, port, tls, username, password, helo, extra_ca })
        }
    };
    Ok(Mailer::new(transport))
}

/// What stands on a letter beside its text.
#[must_use]
pub fn envelope(office: &AppContext, letter: &Letter, recipient: &str, now: Timestamp, text_only: bool) -> Envelope {
    let mail = &office.settings.mail;
    let answers = mail.reply_to.as_ref().unwrap_or(&mail.from);
    Envelope {
        from: mail.from.clone(),
        // What is handed to a command or a directory is nobody's mail: it carries our own address.
        to: if is_mail(recipient) { office.settings.party(recipient) } else { Party::of(&mail.from.address) },
        reply_to: mail.reply_to.clone(),
        message_id: message_id(&letter.id, recipient, &mail.domain),
        date: now,
        list_id: Some(format!("noticewatch.{}", mail.domain)),
        unsubscribe: Some(mail.unsubscribe.as_ref().unwrap_or(&answers.address).clone()),
        in_reply_to: letter.thread.as_ref().map(|target| thread_root(target, recipient, &mail.domain)),
        references: Vec::new(),
        text_only,
    }
}

/// The parts of a letter as a mail client would show them.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The decoded subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Takes a letter's octets apart.
#[must_use]
pub fn parts(octets: &[u8]) -> Parts {
    let Some(message) = mail_parser::MessageParser::default().parse(octets) else { return Parts::default() };
    Parts {
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
    }
}

/// The thread that an answer to this letter belongs to, oldest first, the letter itself last (RFC 5322, 3.6.4); None
/// where the octets are no message.
#[must_use]
pub fn thread(octets: &[u8]) -> Option<Vec<String>> {
    let message = mail_parser::MessageParser::default().parse(octets)?;
    let own = message.message_id()?;
    let before = message.references().as_text_list().unwrap_or_default();
    Some(before.iter().map(AsRef::as_ref).chain([own]).map(|id: &str| format!("<{id}>")).collect())
}
