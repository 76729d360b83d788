//! Whether what the settings name can be used: certificates, secrets, the directory of the backup.
//!
//! Looks and changes nothing. What the settings say is judged by `config`; here is what only this machine can show.

use super::context::AppContext;
use super::error::Failure;
use super::secrets;
use crate::config::{MailWay, Notifier, Password};
use crate::io::fetch::{FetchError, authorities};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// What cannot be used, each with its key and how to mend it.
    pub wrong: Vec<String>,
    /// What this user may not look into; the user of the daemon may.
    pub withheld: Vec<String>,
}

impl Setup {
    /// Looks at all that the settings name.
    #[must_use]
    pub fn of(office: &AppContext) -> Self {
        let mut setup = Self::default();
        let settings = &office.settings;
        for path in &settings.fetch.extra_ca {
            setup.certificates(office, "fetch.extra_ca", path);
        }
        if let MailWay::Smtp(smtp) = &settings.mail.way {
            if let Some(path) = &smtp.extra_ca {
                setup.certificates(office, "mail.smtp.extra_ca", path);
            }
            if let Some((_, place)) = &smtp.login {
                setup.secret(office, "mail.smtp", secrets::PASSWORD, place);
            }
        }
        for subscription in &settings.subscriptions {
            for notifier in &subscription.notifiers {
                if let Notifier::Webhook { header: Some((_, place)), .. } = notifier {
                    setup.secret(office, &format!("subscription.{}", subscription.name), secrets::HEADER, place);
                }
            }
        }
        if let Some(backup) = settings.backup.as_ref().filter(|backup| lies_in(Path::new(backup), &office.state)) {
            let what = format!("{backup} lies in the state directory {} itself", office.state.display());
            setup.wrong.push(said(office, "backup.directory", &format!("{what}; name one on another disk")));
        }
        setup
    }

    fn certificates(&mut self, office: &AppContext, key: &str, path: &str) {
        let (denied, text) = match authorities(path.as_ref()) {
            Ok(_) => return,
            Err(FetchError::Unreadable { path, source }) => {
                let why = Failure::of_file(&path, &source);
                let text = format!("{why}; give a readable file of PEM certificates");
                (source.kind() == ErrorKind::PermissionDenied, text)
            }
            Err(error) => {
                let text = error.to_string();
                (false, text.strip_prefix("extra_ca: ").unwrap_or(&text).to_owned())
            }
        };
        let text = said(office, key, &text);
        if denied { self.withheld.push(text) } else { self.wrong.push(text) }
    }

    fn secret(&mut self, office: &AppContext, table: &str, keys: [&str; 2], place: &Password) {
        let key = match place {
            Password::File(_) => keys[0],
            Password::Credential(_) => keys[1],
        };
        let Err(failure) = secrets::secret(place, keys[0]) else { return };
        let text = said(office, &format!("{table}.{key}"), &failure.to_string());
        let denied = |path: &Path| File::open(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
        let withheld = match place {
            Password::File(path) => denied(path.as_ref()),
            // What a unit runs beside its main process, such as a reload, may be handed what it may not open.
            Password::Credential(name) => {
                std::env::var_os("CREDENTIALS_DIRECTORY").is_none_or(|dir| denied(&Path::new(&dir).join(name)))
            }
        };
        if withheld { self.withheld.push(text) } else { self.wrong.push(text) }
    }
}

/// That this one can take the place of the one before: no file that was read then is missing, and what the settings
/// name can be used.
///
/// # Errors
/// A file is missing, which an editor may be writing anew; or as [`hold`].
pub fn replaces(office: &AppContext, before: &AppContext) -> Result<(), Failure> {
    let (was, is) = (&before.sources, &office.sources);
    let gone = |was: &Option<String>, is: &Option<String>| was.clone().filter(|_| is.is_none());
    let gone = gone(&was.settings, &is.settings).or_else(|| gone(&was.targets, &is.targets));
    match gone {
        Some(name) => Err(Failure::Setup(format!(
            "{name} was read before and is missing now; put it back and reload again, or restart noticewatch to go \
             on without it"
        ))),
        None => hold(office),
    }
}

/// That all that the settings name can be used by this process.
///
/// # Errors
/// Something cannot; all of it is named.
pub fn hold(office: &AppContext) -> Result<(), Failure> {
    let Setup { wrong, withheld } = Setup::of(office);
    let all: Vec<String> = wrong.into_iter().chain(withheld).collect();
    if all.is_empty() { Ok(()) } else { Err(Failure::Setup(all.join("\n"))) }
}

/// The same for somebody who only checks the settings: what may be read by the daemon alone is a remark.
///
/// # Errors
/// Something cannot be used, whoever reads it.
pub fn check(office: &AppContext) -> Result<(), Failure> {
    let Setup { wrong, withheld } = Setup::of(office);
    for text in withheld {
        complain!("noticewatch: not checked, which only the user of the daemon can: {text}");
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Setup(wrong.join("\n"))) }
}

fn said(office: &AppContext, key: &str, text: &str) -> String {
    format!("{}: {key}: {text}", office.sources.settings.as_deref().unwrap_or("noticewatch.toml"))
}

/// Whether a directory is another one or lies in it, links followed as far as there is something.
fn lies_in(inner: &Path, outer: &Path) -> bool {
    real(inner).starts_with(real(outer))
}

fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    match there {
        Some((above, real)) => real.join(path.strip_prefix(above).unwrap_or(Path::new(""))),
        None => path,
    }
}
