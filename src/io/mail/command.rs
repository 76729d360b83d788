//! Letters handed to a command of the operator's, on its standard input.
//!
//! Knows exit codes as sysexits(3) has them, and nothing of what the command does with a letter.

use super::reply::{DeliveryFault, Stage};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout_at};

/// Longest time for one letter.
const LONGEST: Duration = Duration::from_mins(2);
/// Octets of its error output that are kept.
const KEPT: u64 = 500;

/// The exit code that means "later", by sysexits(3).
const TEMPORARY: i32 = 75;
/// The exit codes that are about the letter or its recipient: the data is wrong, no such user. All others are faults of
/// the command, which never cost a letter.
const FINAL: [i32; 2] = [65, 67];

pub(super) async fn deliver(words: &[String], octets: &[u8], until: Instant) -> Result<String, DeliveryFault> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(DeliveryFault::new(Stage::Command, "no program is named"));
    };
    let broken = |error: std::io::Error| DeliveryFault::new(Stage::Command, format!("{program}: {}", reason(&error)));
    // Files instead of pipes: neither a command that does not read nor a child that it leaves behind can hold us up.
    let (input, mut said) = files(octets).map_err(broken)?;
    let errors = said.try_clone().map_err(broken)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(input).stdout(Stdio::null()).stderr(errors);
    // The service manager is ours to talk to.
    let command = command.env_remove("NOTIFY_SOCKET").process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(broken)?;
    let Ok(ended) = timeout_at(until.min(Instant::now() + LONGEST), child.wait()).await else {
        end(&child);
        let text = format!("{program} did not end in the time given");
        return Err(DeliveryFault { silent: true, ..DeliveryFault::new(Stage::Command, text) });
    };
    judge(program, ended.map_err(broken)?, &words_of(&mut said))
}

/// The letter as a file to read from its beginning, and one for the error output.
fn files(octets: &[u8]) -> std::io::Result<(File, File)> {
    let mut input = tempfile::tempfile()?;
    input.write_all(octets)?;
    input.rewind()?;
    Ok((input, tempfile::tempfile()?))
}

/// Ends the command with all that it started.
fn end(child: &Child) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

fn judge(program: &str, ended: ExitStatus, said: &str) -> Result<String, DeliveryFault> {
    let words = if said.is_empty() { String::new() } else { format!(": {said}") };
    let fault = |end: String| DeliveryFault::new(Stage::Command, format!("{program} {end}{words}"));
    match (ended.code(), ended.signal()) {
        (Some(0), _) => Ok(format!("taken by {program}{words}")),
        (Some(TEMPORARY), _) => Err(DeliveryFault { passing: true, ..fault("asks to try later (exit 75)".to_owned()) }),
        (Some(code), _) => {
            Err(DeliveryFault { refused: FINAL.contains(&code), ..fault(format!("ended with exit {code}")) })
        }
        (None, signal) => Err(fault(format!("was ended by signal {}", signal.unwrap_or_default()))),
    }
}

/// The beginning of what it said, as one line.
fn words_of(said: &mut File) -> String {
    let mut octets = Vec::new();
    let read = said.rewind().and_then(|()| said.take(KEPT).read_to_end(&mut octets));
    read.map_or_else(|_| String::new(), |_| super::reply::one_line(&String::from_utf8_lossy(&octets)))
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such program".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be run by this user".to_owned(),
        _ => error.to_string(),
    }
}
