//! The way letters go, by the settings: mailer and password, envelope, the test letter; and a letter taken apart again.

use super::failure::Failure;
use super::office::Office;
use crate::config::{Password, Tls, Way};
use crate::digest::Letter;
use crate::io::mail::{Envelope, Mailer, Security, Smtp, Transport, message_id, octets, thread_root};
use jiff::Timestamp;
use std::path::PathBuf;

/// The way out that the settings name, with its password.
///
/// # Errors
/// The password cannot be read.
pub fn mailer(office: &Office) -> Result<Mailer, Failure> {
    let transport = match &office.settings.mail.way {
        Way::Mailbox { directory } => {
            Transport::Mailbox(directory.as_ref().map_or_else(|| office.state.join("mail"), PathBuf::from))
        }
        Way::Sendmail { command } => Transport::Sendmail(PathBuf::from(command)),
        Way::Smtp(smtp) => {
            let (username, password) = match &smtp.login {
                Some((user, place)) => (Some(user.clone()), Some(password(place)?)),
                None => (None, None),
            };
            let tls = match smtp.tls {
                Tls::Implicit => Security::Implicit,
                Tls::StartTls => Security::Starttls,
                Tls::None => Security::None,
            };
            let (host, port) = (smtp.host.clone(), smtp.port);
            Transport::Smtp(Smtp { host, port, tls, username, password, ..Smtp::default() })
        }
    };
    Ok(Mailer::new(transport))
}

/// The password from where it stands, without the newline that editors leave.
fn password(place: &Password) -> Result<String, Failure> {
    let path = match place {
        Password::File(path) => PathBuf::from(path),
        Password::Credential(name) => match std::env::var_os("CREDENTIALS_DIRECTORY") {
            Some(dir) => PathBuf::from(dir).join(name),
            None => {
                return Err(Failure::Missing(format!(
                    "the credential {name} comes from the service manager (LoadCredential=), which did not start this \
                     program; to run it by hand, give password_file in [mail.smtp]"
                )));
            }
        },
    };
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::of_file(&path, &error))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// What stands on a letter beside its text.
#[must_use]
pub fn envelope(office: &Office, letter: &Letter, recipient: &str, now: Timestamp, text_only: bool) -> Envelope {
    let mail = &office.settings.mail;
    Envelope {
        from: mail.from.to_string(),
        to: recipient.to_owned(),
        reply_to: mail.reply_to.clone(),
        message_id: message_id(&letter.id, recipient, &mail.domain),
        date: now,
        list_id: Some(format!("noticewatch.{}", mail.domain)),
        unsubscribe: Some(mail.unsubscribe.as_ref().or(mail.reply_to.as_ref()).unwrap_or(&mail.from.address).clone()),
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

/// Sends a letter that says nothing but that letters arrive, to every recipient or to one.
///
/// # Errors
/// A letter was not taken; what to change was said.
pub async fn send_test(office: &Office, only: Option<&str>) -> Result<(), Failure> {
    let mailer = mailer(office)?;
    let mut recipients: Vec<&str> = match only {
        Some(one) => vec![one],
        None => {
            office.settings.subscriptions.iter().flat_map(|one| one.recipients.iter().map(String::as_str)).collect()
        }
    };
    recipients.sort_unstable();
    recipients.dedup();
    let now = office.clock.now();
    let letter = test_letter(now);
    let mut failed = false;
    for recipient in recipients {
        let envelope = envelope(office, &letter, recipient, now, true);
        let octets = octets(&letter, &envelope).map_err(|error| Failure::Data(error.to_string()))?;
        match mailer.diagnose(&octets, &office.settings.mail.from.address, recipient).await {
            Ok(said) => anstream::println!("{recipient}: sent: {}", super::paint::clean(&said)),
            Err(fault) => {
                failed = true;
                let (said, advice) = (super::paint::clean(&fault.to_string()), fault.advice());
                anstream::println!("{recipient}: not sent: {said}\n    {advice}");
            }
        }
    }
    if failed { Err(Failure::Attention) } else { Ok(()) }
}

fn test_letter(now: Timestamp) -> Letter {
    let text = format!(
        "This is a test of noticewatch.\n\nLetters from it arrive. Nothing was checked and nothing changed.\nWritten {}.\n",
        super::paint::utc(now)
    );
    Letter {
        subject: "[test] noticewatch letters arrive".to_owned(),
        html: String::new(),
        id: crate::capture::Sha256::of(text.as_bytes()).short(),
        text,
        verdict: None,
        targets: Vec::new(),
        thread: None,
    }
}
