//! `add URL`: a page is fetched once, an entry is proposed, and the operator's yes appends it to the targets file.

mod targets_file;

use super::fetch_once;
use super::fetch_once::Tried;
use crate::app::collect::page_fetcher::PageFetcher;
use crate::app::collect::suggestion;
use crate::app::collect::suggestion::GivenFacts;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::text;
use crate::app::version::TARGETS;
use crate::cli::args::add::AddArgs;
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::cli::output::terminal::{BOLD, FAINT};
use crate::config;
use crate::io::clock::Clock;
use crate::io::say;
use noticewatch_core::capture::Capture;
use noticewatch_core::target::Target;
use serde_json::json;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use targets_file::TargetsFile;
use url::Url;

/// Fetches, proposes, asks, appends.
///
/// # Errors
/// The page is watched already, cannot be fetched, nobody is there to say yes, or the file cannot be written; then nothing
/// was changed.
pub async fn add(ask: &AddArgs, common: &Common) -> Result<(), Failure> {
    let office = AppContext::open_to_add(&common.paths(), Clock::system())?;
    refuse_known(&ask.url, ask.language.as_deref(), &office.targets)?;
    let asked = Target {
        id: "page".to_owned(),
        terms_type: ask.terms_type.clone().unwrap_or_else(|| "Privacy Policy".to_owned()),
        url: ask.url.clone(),
        language: ask.language.clone(),
        ..Target::default()
    };
    let (asked, capture) = look(&PageFetcher::once(&office)?, asked).await?;
    let given = GivenFacts {
        id: ask.id.clone(),
        service: ask.service.clone(),
        terms_type: ask.terms_type.clone(),
        region: ask.region.clone(),
        language: ask.language.clone(),
        schedule: ask.schedule.clone(),
        why: ask.why.clone(),
    };
    // Read twice: the kind of terms, which the first reading shows, is context for the second.
    let no_text = |error| Failure::Data(format!("{}: {error}", ask.url));
    let reading = |target: &Target| fetch_once::reading(&capture, target).map_err(no_text);
    let propose = |among: &[Target]| {
        let first = suggestion::propose(&capture, &reading(&asked)?, given.clone(), among);
        let second = suggestion::propose(&capture, &reading(&first)?, given.clone(), among);
        Ok::<Target, Failure>(Target { render: asked.render, disabled: asked.disabled.clone(), ..second })
    };
    let path = common.targets.clone().unwrap_or_else(|| PathBuf::from("targets.toml"));
    if common.targets.is_none() && !path.exists() {
        complain!("no targets.toml stands here: it is made from the list that the program carries");
    }
    // Others may add since the file was read: the same page, or one that is called the same.
    let prepare = || {
        let text = list(&path, common)?;
        let name = path.display().to_string();
        let among = config::targets_so_far(&name, &text).map_err(|report| Failure::Config(vec![report]))?;
        for url in [&ask.url, &capture.final_url] {
            refuse_known(url, ask.language.as_deref(), &among)?;
        }
        let target = propose(&among)?;
        let text = with(&target, &text, &path)?;
        Ok::<_, Failure>((target, text))
    };
    let (mut target, _) = prepare()?;
    let tried = Tried::of(&capture, &target).map_err(no_text)?;
    let agreed = ask.yes || (!common.json && confirmed(&target, &tried, &path)?);
    if agreed {
        let failed = |error: std::io::Error| Failure::unwritten(&path, &error);
        let file = TargetsFile::lock(&path).map_err(failed)?;
        let text;
        (target, text) = prepare()?;
        file.replace(&text).map_err(failed)?;
    }
    if common.json {
        terminal::json(
            &json!({"target": target, "online": tried, "added": agreed, "file": path.display().to_string()}),
        );
        return Ok(());
    }
    if ask.yes {
        show(&target, &tried);
    }
    if agreed {
        say!(
            "{} stands in {} now; a daemon that runs reads it when it is told to (`systemctl reload noticewatch`, or \
             SIGHUP), or at its next start",
            target.id,
            path.display()
        );
    } else {
        say!("nothing was added");
    }
    Ok(())
}

/// The page; where its text is put there by a script, as a browser shows it, if there is one.
async fn look(eye: &PageFetcher, asked: Target) -> Result<(Target, Capture), Failure> {
    let capture = fetch_once::fetch(eye, &asked).await?;
    if !fetch_once::reading(&capture, &asked).is_ok_and(|reading| suggestion::needs_browser(&reading)) {
        return Ok((asked, capture));
    }
    let asked = Target { render: true, ..asked };
    match fetch_once::fetch(eye, &asked).await {
        Ok(rendered) => Ok((asked, rendered)),
        Err(Failure::Unavailable(why)) => {
            let why = why.strip_prefix(&format!("{}: ", asked.url)).unwrap_or(&why).to_owned();
            Ok((Target { disabled: Some(why), ..asked }, capture))
        }
        Err(failure) => Err(failure),
    }
}

/// Refuses what is watched already, at this address or one that leads there.
fn refuse_known(url: &str, language: Option<&str>, among: &[Target]) -> Result<(), Failure> {
    let plain = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_fragment(None);
        Some(url.as_str().trim_end_matches('/').to_owned())
    };
    let Some(wanted) = plain(url) else {
        return Err(Failure::Usage(format!("{url} is no address; write it whole, beginning with https://")));
    };
    let same = |target: &&Target| {
        let other = language.is_some() && target.language.as_deref() != language;
        plain(&target.url).as_ref() == Some(&wanted) && !other
    };
    match among.iter().find(same) {
        Some(target) => Err(Failure::Usage(format!(
            "{url} is watched already, as {}; --language TAG adds the same page in another language",
            target.id
        ))),
        None => Ok(()),
    }
}

/// The text of the file; where none was named and none stands here, of the list that the program carries.
fn list(path: &Path, common: &Common) -> Result<String, Failure> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && common.targets.is_none() => {
            Ok(TARGETS.to_owned())
        }
        read => read.map_err(|error| Failure::of_file(path, &error)),
    }
}

/// The new text, read as a whole like any other before anything is written.
fn with(target: &Target, old: &str, path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let text = config::with_target(old, target).map_err(|why| Failure::Data(format!("{name} {why}")))?;
    config::targets(&name, &text).map_err(|report| Failure::Config(vec![report]))?;
    Ok(text)
}

/// Shows the proposal and asks.
fn confirmed(target: &Target, tried: &Tried, path: &Path) -> Result<bool, Failure> {
    show(target, tried);
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage("nobody is there to ask, and nothing was added: --yes appends it".to_owned()));
    }
    say::words(&format!("Append this to {}? [y/N] ", path.display()));
    let mut answer = String::new();
    let asked = say::flush().and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    asked.map_err(|error| Failure::Io(format!("the answer cannot be read: {error}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn show(target: &Target, tried: &Tried) {
    let line = |name: &str, text: &str| say!("  {FAINT}{name:<11}{FAINT:#} {}", text::clean(text));
    say!("{BOLD}{}{BOLD:#}", text::clean(&target.url));
    line("id", &target.id);
    line("service", &target.service);
    line("terms type", &target.terms_type);
    line("language", target.language.as_deref().unwrap_or("not found; the file's default holds"));
    line("schedule", target.schedule.as_deref().unwrap_or("that of all"));
    line("expect", &format!("{:?}", target.expect).to_lowercase());
    if target.render {
        line("render", "by a browser: a script puts the text there");
    }
    if let Some(reason) = &target.disabled {
        line("not watched", reason);
    }
    tried.print("  ");
}
