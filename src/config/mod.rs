//! `targets.toml` and `noticewatch.toml`: from text to definitions, all mistakes at once, each with its line and the fix.
//!
//! Pure: it never opens a file; texts come in with their names. `targets.toml` says what to watch and holds no secret
//! and no fact about the machine; `noticewatch.toml` says how to run.

pub(crate) mod append;
pub(crate) mod browser;
pub(crate) mod fields;
pub(crate) mod first;
pub(crate) mod keep;
pub(crate) mod mail;
pub(crate) mod notifier;
pub(crate) mod party;
pub(crate) mod proxies;
pub(crate) mod report;
pub(crate) mod settings;
pub(crate) mod stamp;
pub(crate) mod subscription;
pub(crate) mod targets;
pub mod times;
pub(crate) mod upkeep;

pub use fields::nearest;
pub use party::Sendable;

use noticewatch_core::target::Target;

pub use append::with_target;
pub use browser::BrowserSettings;
pub use first::FirstAnswers;
pub use first::first;
pub use keep::Keep;
pub use mail::Mail;
pub use mail::MailWay;
pub use mail::Password;
pub use mail::SmtpSettings;
pub use mail::Tls;
pub use notifier::Notifier;
pub use party::Party;
pub use proxies::Proxies;
pub use report::Mistake;
pub use report::Report;
pub use settings::Fetch;
pub use settings::Settings;
pub use stamp::StampAuthority;
pub use subscription::OPERATOR;
pub use subscription::Pattern;
pub use subscription::Quiet;
pub use subscription::Subscription;

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

/// As [`targets`], for one who is about to add to them: a list that names none yet is no mistake.
///
/// # Errors
/// All mistakes of the file.
pub fn targets_so_far(name: &str, text: &str) -> Result<Vec<Target>, Report> {
    if append::is_empty(text) { Ok(Vec::new()) } else { targets(name, text) }
}

/// The settings of a `noticewatch.toml`; what it leaves out has the value of [`Settings::default`].
///
/// # Errors
/// All mistakes of the file.
pub fn settings(name: &str, text: &str) -> Result<Settings, Report> {
    settings::read(name, text, None, |_| Ok(()))
}

/// As [`load`], for one who is about to add to the targets: none yet is no mistake, and the settings are read alone then.
///
/// # Errors
/// As there.
pub fn load_to_add(
    targets: (&str, &str),
    settings: Option<(&str, &str)>,
    sendable: Sendable,
) -> Result<(Vec<Target>, Settings), Vec<Report>> {
    if !append::is_empty(targets.1) {
        return load(targets, settings, sendable);
    }
    let alone =
        settings.map_or_else(|| Ok(Settings::default()), |(name, text)| settings::read(name, text, None, sendable));
    alone.map(|settings| (Vec::new(), settings)).map_err(|report| vec![report])
}

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
