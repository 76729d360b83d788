//! Passwords and headers: from a credential, a file, or the settings.

use super::error::Failure;
use crate::config::Password;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

/// The keys that name the mail server's password: in a file, as a credential.
pub(crate) const PASSWORD: [&str; 2] = ["password_file", "credential"];

/// The keys that name the value of a webhook's header.
pub(crate) const HEADER: [&str; 2] = ["webhook_header_file", "webhook_header_credential"];

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
