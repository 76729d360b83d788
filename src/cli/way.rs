//! The way letters go, by the settings: mailer and password, envelope; and a letter taken apart again.

use super::failure::Failure;
use super::notify::is_mail;
use super::office::Office;
use crate::config::{Party, Password, Tls, Way};
use crate::digest::Letter;
use crate::io::mail::{Envelope, Mailer, Security, Smtp, Transport, message_id, thread_root};
use jiff::Timestamp;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The keys that name the mail server's password: in a file, as a credential.
pub(super) const PASSWORD: [&str; 2] = ["password_file", "credential"];
/// The keys that name the value of a webhook's header.
pub(super) const HEADER: [&str; 2] = ["webhook_header_file", "webhook_header_credential"];

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

/// A secret from where it stands, without the newline that editors leave: one line, and something on it; `by_hand`: the key to set where no service
/// manager hands it over.
///
/// # Errors
/// It cannot be read, others could read it too, or what stands there is not one line of text.
pub fn secret(place: &Password, by_hand: &str) -> Result<String, Failure> {
    let path = match place {
        Password::File(path) => PathBuf::from(path),
        Password::Credential(name) => match std::env::var_os("CREDENTIALS_DIRECTORY") {
            Some(dir) => PathBuf::from(dir).join(name),
            None => {
                return Err(Failure::Setup(format!(
                    "the credential {name} comes from the service manager (LoadCredential=), which did not start this \
                     program; to run it by hand, give {by_hand}"
                )));
            }
        },
    };
    let unread = |error: std::io::Error| unread(&path, place, &error);
    let octets = std::fs::read(&path).map_err(unread)?;
    let about = std::fs::metadata(&path).map_err(unread)?;
    if about.permissions().mode() & 0o007 != 0 {
        let name = path.display();
        return Err(Failure::Setup(format!(
            "{name}: everybody on this machine can read this secret, so it is not used; close the file with `chmod \
             o= {name}`, and change the secret if others may have seen it"
        )));
    }
    line(octets).map_err(|why| Failure::Setup(format!("{}: {why}", path.display())))
}

/// The one line of a secret; a sentence where it would not be what was meant. Nothing of it is ever shown.
fn line(octets: Vec<u8>) -> Result<String, &'static str> {
    let text =
        String::from_utf8(octets).map_err(|_| "is no UTF-8; save it as plain text in UTF-8, the secret alone")?;
    if text.starts_with('\u{feff}') {
        return Err("begins with a byte order mark, which would be sent with the secret; save it as UTF-8 without one");
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() {
        return Err("holds nothing; write the secret into it, on one line");
    }
    if line.contains(['\n', '\r']) {
        return Err("holds more than one line, or an empty one behind the secret; leave the secret alone on one line");
    }
    if line.contains(char::is_control) {
        return Err("holds a control character; write the secret anew, on one line");
    }
    Ok(line.to_owned())
}

/// Why a secret cannot be read, and what to do.
fn unread(path: &Path, place: &Password, error: &std::io::Error) -> Failure {
    let mend = match (place, error.kind()) {
        (Password::Credential(name), ErrorKind::NotFound) => {
            format!("; the unit hands over no credential of this name: add LoadCredential={name}:/PATH to it")
        }
        (Password::File(_), ErrorKind::NotFound) => {
            "; write the secret into it, and close it with `chmod o=`".to_owned()
        }
        (_, ErrorKind::PermissionDenied) => "; give it to the user who runs noticewatch".to_owned(),
        _ => String::new(),
    };
    Failure::Setup(format!("{}{mend}", Failure::of_file(path, error)))
}

/// What stands on a letter beside its text.
#[must_use]
pub fn envelope(office: &Office, letter: &Letter, recipient: &str, now: Timestamp, text_only: bool) -> Envelope {
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
