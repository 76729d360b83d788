//! The doors: the command line, and the only place where the porch meets the rooms.

pub mod args;
pub mod commands;
pub mod output;

use crate::app::error::Failure;
use crate::app::text;
use crate::cli::args::{Cli, Verb};
use crate::cli::commands::{
    add, backup, board, check, compare, correct, decide, demo, digest, evidence, export, history, import, init,
    metrics, outbox, read, restore, show, status, targets, verify,
};
use crate::cli::output::diff;
use crate::daemon;
use crate::io::store::DecisionKind;
use crate::io::{pdf, say, systemd};
use clap::Parser;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Runs the program: parses the command line, does what it says, and returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no mistakes; a wrong command line is EX_USAGE.
            let wrong = error.use_stderr();
            let hidden = |arg: std::ffi::OsString| text::clean(&arg.to_string_lossy()) != arg.to_string_lossy();
            if std::env::args_os().any(hidden) {
                complain!("{}", shown(&error.render().to_string()).trim_end());
            } else if wrong {
                let _ = error.print();
            } else {
                say::words(&error.render().ansi().to_string());
            }
            return say::ended(ExitCode::from(if wrong { 64 } else { 0 }));
        }
    };
    if let Verb::ReadOne { computing_s } = cli.verb {
        return pdf::read_one(computing_s);
    }
    logs(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain!("noticewatch: cannot start: {error}");
            return ExitCode::from(74);
        }
    };
    let ended = runtime.block_on(run(cli));
    // A backup or a check that is under way is left: what it had done is whole, the rest is made up.
    runtime.shutdown_timeout(Duration::from_secs(1));
    say::ended(match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(failure.code())
        }
    })
}

/// One verb.
async fn run(cli: Cli) -> Result<(), Failure> {
    let common = &cli.common;
    match cli.verb {
        Verb::Init(ask) => Box::pin(init::init(&ask, common)).await,
        Verb::Read { pages, terms_type } => read::read(&pages, terms_type.as_deref(), common).await,
        Verb::Compare { old, new, terms_type, alias } => {
            compare::compare_files(&old, &new, terms_type.as_deref(), &alias, common)
        }
        Verb::History { target, at, changes } => history::history(target.as_deref(), at, changes, common),
        Verb::Board => board::board(common),
        Verb::Digest { subscription, html } => digest::digest(subscription.as_deref(), html, common),
        Verb::Check { only, due, now, no_wait, lasting } => {
            Box::pin(check::check(&crate::cli::args::check::CheckArgs { only, due, now, no_wait, lasting }, common))
                .await
        }
        Verb::Watch => Box::pin(daemon::watch(&common.paths())).await,
        Verb::Targets { online } => targets::targets(online, common).await,
        Verb::Add(ask) => add::add(&ask, common).await,
        Verb::Status => status::status(common),
        Verb::Verify => verify::verify(common),
        Verb::Metrics => metrics::metrics(common),
        Verb::Backup { to } => backup::backup(to, common),
        Verb::Restore { from, whole, now } => restore::restore(&from, whole, now, common),
        Verb::Show { target, named, at, capture, raw, served, headers, diff, whole, html } => {
            let capture = capture.or(named);
            let form = diff::DiffForm { whole, html, json: common.json };
            show::show(&target, &show::ShowAs { at, capture, raw, served, headers, diff, form }, common)
        }
        Verb::Outbox(ask) => outbox::outbox(&ask, common),
        Verb::Correct(ask) => Box::pin(correct::correct(&ask, common)).await,
        Verb::Accept { target, reason, now, yes } => {
            let (decision, reason) = (DecisionKind::Accept, reason.unwrap_or_default());
            decide::decide(&crate::cli::args::decide::DecideArgs { target, decision, reason, now, yes }, common)
        }
        Verb::Pause { target, reason, now } => decide::decide(
            &crate::cli::args::decide::DecideArgs { target, decision: DecisionKind::Pause, reason, now, yes: true },
            common,
        ),
        Verb::Resume { target, reason, now } => {
            let (decision, reason) = (DecisionKind::Resume, reason.unwrap_or_default());
            decide::decide(&crate::cli::args::decide::DecideArgs { target, decision, reason, now, yes: true }, common)
        }
        Verb::Import(ask) => import::import(&ask, common),
        Verb::Evidence { named, at, output, corrected } => {
            evidence::evidence(&crate::cli::args::evidence::EvidenceArgs { named, at, to: output, corrected }, common)
        }
        Verb::Export { form } => export::export(&form, common),
        // Done before there are threads, which the bounds would count.
        Verb::ReadOne { .. } => Ok(()),
        Verb::SendTest { to } => digest::send_test(to.as_deref(), common).await,
        Verb::RenderService => {
            crate::io::browser::serve().await.map_err(|error| Failure::Unavailable(error.to_string()))
        }
        Verb::Demo { dir } => demo::demo(&dir, common).await,
    }
}

/// What the names of our fields begin with in the journal: `journalctl NOTICEWATCH_TARGET_ID=...`.
const FIELDS: &str = "NOTICEWATCH";

/// Log lines go to the journal with their fields where the error stream leads there, else to the error stream: the
/// daemon's own, others on demand.
fn logs(cli: &Cli) {
    let level = match (&cli.verb, cli.common.verbose) {
        (Verb::Watch, 0) | (_, 1) => "noticewatch=info,warn",
        (_, 0) => "error",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let registry = tracing_subscriber::registry().with(filter);
    let journal = tracing_journald::layer().ok().filter(|_| systemd::logs_to_journal());
    let _ = if let Some(journal) = journal {
        registry.with(journal.with_field_prefix(Some(FIELDS.to_owned()))).try_init()
    } else {
        let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
        registry.with(lines.with_ansi(std::io::stderr().is_terminal())).try_init()
    };
}

/// Words that a terminal only shows: names of files and targets may hold anything.
fn shown(text: &str) -> String {
    text.lines().map(text::clean).collect::<Vec<_>>().join("\n")
}

/// Says what went wrong, mistakes of configuration with the lines they stand in.
fn complain(failure: &Failure) {
    match failure {
        Failure::Attention => {}
        Failure::Config(reports) => {
            let colours = std::io::stderr().is_terminal();
            for report in reports {
                complain!("{}", report.with_carets(textwrap::termwidth().clamp(60, 120), colours));
            }
            complain!("noticewatch: the configuration is wrong; nothing was started or changed");
        }
        other => complain!("noticewatch: {}", shown(&other.to_string())),
    }
}
