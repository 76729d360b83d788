//! `targets.toml` and `noticewatch.toml`: from text to definitions, all mistakes at once, each with its line and the fix.
//!
//! Pure: it never opens a file; texts come in with their names. `targets.toml` says what to watch and holds no secret
//! and no fact about the machine; `noticewatch.toml` says how to run.

mod append;
mod browser;
mod fields;
mod first;
mod keep;
mod mail;
mod notifier;
mod party;
mod proxies;
mod report;
mod settings;
mod stamp;
mod subscription;
mod targets;
mod upkeep;

pub use append::with_target;
pub use browser::Browser;
pub use first::{First, first};
pub use keep::Keep;
pub use mail::{Mail, Password, Smtp, Tls, Way};
pub use notifier::Notifier;
pub use party::Party;
pub use proxies::Proxies;
pub use report::{Mistake, Report};
pub use settings::{Fetch, Settings};
pub use stamp::Stamp;
pub use subscription::{OPERATOR, Pattern, Quiet, Subscription};

use crate::target::Target;

/// The targets of a `targets.toml`, in the order of the file.
///
/// # Errors
/// All mistakes of the file.
///
/// # Examples
/// ```
/// let text = r#"
/// [[target]]
/// id = "exampleton-law"
/// service = "Exampleton"
/// terms_type = "Law Enforcement Guidelines"
/// url = "https://exampleton.example/legal/requests"
/// "#;
/// let targets = noticewatch::config::targets("targets.toml", text).unwrap();
/// assert_eq!(targets[0].label(), "Exampleton law enforcement guidelines");
/// ```
pub fn targets(name: &str, text: &str) -> Result<Vec<Target>, Report> {
    targets::read(name, text, None)
}

/// The settings of a `noticewatch.toml`; what it leaves out has the value of [`Settings::default`].
///
/// # Errors
/// All mistakes of the file.
pub fn settings(name: &str, text: &str) -> Result<Settings, Report> {
    settings::read(name, text, None, |_| Ok(()))
}

/// Whether a letter can be made with a party in its header: what makes the header says so, and why not.
pub type Sendable = fn(&Party) -> Result<(), String>;

/// Both files, each with its name, and what only the two together can show: targets at addresses that are not allowed,
/// subscriptions that match no target. Without settings the defaults apply. Senders and recipients are tried with what makes
/// headers of them.
///
/// # Errors
/// One report for each file with mistakes.
pub fn load(
    targets: (&str, &str),
    settings: Option<(&str, &str)>,
    sendable: Sendable,
) -> Result<(Vec<Target>, Settings), Vec<Report>> {
    let read = |among: Option<&[Target]>| {
        settings.map_or_else(|| Ok(Settings::default()), |(name, text)| settings::read(name, text, among, sendable))
    };
    let alone = read(None);
    let allow = alone.as_ref().ok().map(|settings| settings.fetch.allow.as_slice());
    let watched = targets::read(targets.0, targets.1, allow);
    let among = watched.as_deref().ok();
    let run = read(among);
    match (watched, run) {
        (Ok(watched), Ok(run)) => Ok((watched, run)),
        (watched, run) => Err(watched.err().into_iter().chain(run.err()).collect()),
    }
}

/// The candidate that a mistyped name most likely meant; None where none comes near.
///
/// # Examples
/// ```
/// use noticewatch::config::nearest;
/// assert_eq!(nearest("discord-privcy", ["discord-privacy", "snap-law"]), Some("discord-privacy"));
/// assert_eq!(nearest("zzz", ["discord-privacy", "snap-law"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}
