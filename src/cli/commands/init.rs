//! `init`: a first `noticewatch.toml`, from options and, on a terminal, a few questions; then the first steps with it, and
//! what comes next.

use super::{board, check, digest};
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::cli::args::common::Common;
use crate::cli::args::init::{InitArgs, port};
use crate::cli::output::prompt::Questions;
use crate::cli::output::terminal;
use crate::cli::output::terminal::{BOLD, FAINT};
use crate::config;
use crate::config::FirstAnswers;
use crate::io::clock::Clock;
use serde_json::json;
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The example with all keys and their comments.
const EXAMPLE: &str = include_str!("../../../noticewatch.example.toml");

/// What lends the password to a command that is run by hand.
const LENDING: &str =
    "systemd-run --same-dir --pipe --wait -p LoadCredential=smtp-password:/etc/noticewatch/smtp-password";

/// What is done at once with the new file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// The test letter.
    pub send_test: bool,
    /// The first look, and the board.
    pub check: bool,
}

/// Writes the file, and goes the first steps that were asked for or agreed to.
///
/// # Errors
/// The file is there already, an answer is missing or wrong, or the file cannot be written; then nothing was changed.
/// Or a step after it failed.
pub async fn init(ask: &InitArgs, common: &Common) -> Result<(), Failure> {
    let path = common.config.clone().unwrap_or_else(|| PathBuf::from("noticewatch.toml"));
    if path.symlink_metadata().is_ok() {
        return Err(there(&path));
    }
    let talks = !ask.yes && !common.json && std::io::stdin().is_terminal();
    let first = if talks { at_the_terminal(|questions| asked(ask, questions))? } else { given(ask)? };
    let text = config::first(EXAMPLE, &first);
    let name = path.display().to_string();
    let office = AppContext::on(Some(&(name, text.clone())), &common.paths(), Clock::system())?;
    write(&path, &text)?;
    let common = &Common { config: Some(path), ..common.clone() };
    say(&first, &office, common);
    let watched = office.watched().count();
    let steps = if talks {
        at_the_terminal(|questions| agreed(ask, &first, watched, questions))?
    } else {
        Steps { send_test: ask.send_test, check: ask.check }
    };
    let sent = if steps.send_test { digest::send_test(None, common).await } else { Ok(()) };
    let looked = if steps.check { look(common).await } else { Ok(()) };
    if !common.json {
        next(&first, common, Steps { send_test: steps.send_test && sent.is_ok(), ..steps });
    }
    match looked {
        Ok(()) | Err(Failure::Attention) => sent.and(looked),
        failed => failed,
    }
}

/// Asks at the terminal.
fn at_the_terminal<T>(ask: impl FnOnce(&mut Questions<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    ask(&mut Questions::new(&mut std::io::stdin().lock(), &mut anstream::stdout()))
}

/// The first look, and the board.
async fn look(common: &Common) -> Result<(), Failure> {
    let checked = Box::pin(check::check(&crate::cli::args::check::CheckArgs::default(), common)).await;
    if matches!(checked, Ok(()) | Err(Failure::Attention)) {
        board::board(common)?;
    }
    checked
}

fn there(path: &Path) -> Failure {
    let name = path.display();
    Failure::Usage(format!("{name} is there already and stays as it is; edit it, or name another with --config FILE"))
}

/// What the options say.
fn given(ask: &InitArgs) -> Result<FirstAnswers, Failure> {
    let missing =
        "whom can a site's operator write to? Give --contact ADDRESS: a mail or https address that someone reads";
    let first = FirstAnswers {
        contact: ask.contact.clone().ok_or_else(|| Failure::Usage(missing.to_owned()))?,
        operator: ask.operator.clone(),
        time_zone: Some(ask.time_zone.clone().unwrap_or_else(here)),
        from: ask.from.clone(),
        host: ask.host.clone(),
        port: ask.port,
        tls: ask.tls.clone(),
        username: ask.username.clone(),
        password_file: ask.password_file.clone(),
        recipients: ask.recipients.clone(),
        allow: ask.allow.clone(),
    };
    complete(first)
}

/// A mail server needs a sender and somebody to write to.
fn complete(first: FirstAnswers) -> Result<FirstAnswers, Failure> {
    if first.host.is_some() && first.recipients.is_empty() {
        let missing = "who gets letters? Give --to ADDRESS, once for each; without --host letters are written as files";
        return Err(Failure::Usage(missing.to_owned()));
    }
    if first.host.is_some() && first.from.is_none() && first.contact.contains("://") {
        let missing = "the contact is no mail address: give --from ADDRESS, the sender of letters";
        return Err(Failure::Usage(missing.to_owned()));
    }
    Ok(first)
}

/// What the options say, and what the operator answers to the rest.
///
/// # Errors
/// An answer is missing or wrong.
pub fn asked(ask: &InitArgs, questions: &mut Questions<'_>) -> Result<FirstAnswers, Failure> {
    let mut ask = ask.clone();
    if ask.contact.is_none() {
        ask.contact =
            questions.answer("Whom can a site's operator write to about our visits? (mail or https address)", "")?;
    }
    if ask.host.is_none() {
        ask.host = questions.answer("Mail server (empty: letters are written as files)", "")?;
    }
    if ask.host.is_some() {
        if ask.port.is_none() {
            ask.port = port(questions.answer("Its port", "465")?)?;
        }
        if ask.username.is_none() {
            ask.username = questions.answer("User name there (empty: no login)", "")?;
        }
        if ask.username.is_some() && ask.password_file.is_none() {
            ask.password_file =
                questions.answer("File with the password (empty: the systemd credential smtp-password)", "")?;
        }
        if ask.from.is_none() {
            let contact = ask.contact.clone().filter(|contact| !contact.contains("://")).unwrap_or_default();
            ask.from = questions.answer("Sender of letters", &contact)?;
        }
    }
    if ask.recipients.is_empty() {
        let all = questions.answer("Who gets letters? (mail addresses, with commas)", "")?.unwrap_or_default();
        ask.recipients = all.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    }
    if ask.time_zone.is_none() {
        ask.time_zone = questions.answer("Time zone of schedules", &here())?;
    }
    given(&ask)
}

/// The first steps that options ask for, and those that the operator agrees to.
///
/// # Errors
/// The answer cannot be read.
pub fn agreed(
    ask: &InitArgs,
    first: &FirstAnswers,
    watched: usize,
    questions: &mut Questions<'_>,
) -> Result<Steps, Failure> {
    let mut steps = Steps { send_test: ask.send_test, check: ask.check };
    if is_lent(first) {
        return Ok(steps);
    }
    if !steps.send_test && first.host.is_some() {
        steps.send_test = questions.yes("Send a test letter to everyone now?")?;
    }
    if !steps.check {
        let question = format!("Look at every page now ({watched}), and show what each service promises?");
        steps.check = questions.yes(&question)?;
    }
    Ok(steps)
}

/// Whether the password is a credential, without which neither a letter nor a look can be tried by hand.
fn is_lent(first: &FirstAnswers) -> bool {
    first.username.is_some() && first.password_file.is_none()
}

/// The time zone of this machine, if it has a name.
fn here() -> String {
    jiff::tz::TimeZone::system().iana_name().map_or_else(|| "UTC".to_owned(), str::to_owned)
}

/// The whole file or none, and never in the place of another. It holds no secret, and the unit's user reads it.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => there(path),
        ErrorKind::NotFound => Failure::State(format!("{}: its directory is not there; make it first", path.display())),
        _ => Failure::State(format!("{}: cannot be written: {error}", path.display())),
    };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    let mode = std::fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(mode).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist_noclobber(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What was written, and what it leads to.
fn say(first: &FirstAnswers, office: &AppContext, common: &Common) {
    let name = named(common);
    let watched = office.watched().count();
    if common.json {
        let (host, recipients) = (&first.host, &first.recipients);
        terminal::json(&json!({"file": name, "host": host, "recipients": recipients, "watched": watched}));
        return;
    }
    let pages = if watched == 1 { "1 page is".to_owned() } else { format!("{watched} pages are") };
    say!("{BOLD}{name}{BOLD:#} is written and holds no mistake. {pages} watched.");
    match &first.host {
        Some(host) => say!("Letters go by {host} to {}.", first.recipients.join(", ")),
        None => say!("Letters are written as files, to {}.", office.state.join("mail").display()),
    }
    match (&first.username, &first.password_file) {
        (Some(_), Some(file)) => {
            say!("The password is read from {file}, which only you may be able to read.");
        }
        (Some(_), None) => say!(
            "The password is the systemd credential smtp-password, which only the service manager lends: put it into\n/etc/noticewatch/smtp-password (root's, mode 0600) and take the # from LoadCredential in the unit."
        ),
        (None, _) => {}
    }
}

fn named(common: &Common) -> String {
    common.config.as_deref().unwrap_or(Path::new("noticewatch.toml")).display().to_string()
}

/// The commands that come next.
fn next(first: &FirstAnswers, common: &Common, done: Steps) {
    let name = named(common);
    let mut option = if name == "noticewatch.toml" { String::new() } else { format!(" --config {name}") };
    for (named, dir) in [("--targets", &common.targets), ("--state", &common.state)] {
        option += &dir.as_ref().map_or_else(String::new, |dir| format!(" {named} {}", dir.display()));
    }
    let next = |verb: &str, what: &str| say!("  noticewatch{option} {verb:<10} {FAINT}{what}{FAINT:#}");
    say!("Next:");
    let send = !done.send_test && first.host.is_some();
    if is_lent(first) {
        if send {
            say!("  {LENDING} \\\n      noticewatch{option} send-test");
        }
    } else {
        if send {
            next("send-test", "a test letter to everyone");
        }
        if !done.check {
            next("check", "looks at every page once");
            next("board", "what each service promises");
        }
    }
    next("watch", "the daemon; under systemd: systemctl enable --now noticewatch");
}
