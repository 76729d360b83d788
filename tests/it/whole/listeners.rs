//! Nobody listens: a reader that went away is no fault and ends every verb quietly; an output that takes no more is said
//! in one line with 74, and never by a panic. What a verb does for others is done in both.

use super::world::{World, program};
use std::fs::File;
use std::process::{Command, Output, Stdio};

/// Verbs that only show, each with something to say in this world.
const SHOWS: [&[&str]; 19] = [
    &["board"],
    &["board", "--json"],
    &["history"],
    &["history", "lumenfeed-law"],
    &["history", "--changes"],
    &["history", "--json"],
    &["targets"],
    &["status"],
    &["status", "--json"],
    &["verify"],
    &["metrics"],
    &["metrics", "--json"],
    &["show", "lumenfeed-law"],
    &["show", "lumenfeed-law", "--raw"],
    &["show", "lumenfeed-law", "--headers"],
    &["outbox"],
    &["outbox", "--all", "--json"],
    &["digest"],
    &["digest", "--html"],
];

/// Words that need no world.
const WORDS: [&[&str]; 3] = [&["--help"], &["--version"], &["history", "--help"]];

/// The output on a full device, and on a pipe whose reader is gone.
fn full(mut command: Command) -> Output {
    command.stdout(File::create("/dev/full").expect("a full device")).stderr(Stdio::piped()).output().expect("it runs")
}

fn unread(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped()).output().expect("it runs")
}

/// How both ended, beside how the verb ends where somebody listens.
fn judged(make: &dyn Fn() -> Command, what: &str) {
    let heard = make().output().expect("it runs");
    let code = heard.status.code();
    assert!(matches!(code, Some(0 | 1)) && !heard.stdout.is_empty(), "{what}: {heard:?}");
    let usual = String::from_utf8_lossy(&heard.stderr).into_owned();
    let full = full(make());
    let line = "noticewatch: standard output: No space left on device (os error 28)\n";
    assert_eq!(full.status.code(), Some(74), "{what}: {full:?}");
    assert_eq!(String::from_utf8_lossy(&full.stderr), usual.clone() + line, "{what}");
    let unread = unread(make());
    assert_eq!(unread.status.code(), code, "{what}: {unread:?}");
    assert_eq!(String::from_utf8_lossy(&unread.stderr), usual, "{what}");
}

#[tokio::test]
async fn every_verb_ends_in_order_where_nobody_listens() {
    let mut world = World::about_to_tell().await;
    world.until("2026-01-06T06:30:00Z").await;
    world.close();
    for words in SHOWS {
        judged(&|| world.command(words), &words.join(" "));
    }
    for words in WORDS {
        judged(&|| program(words), &words.join(" "));
    }
}

#[tokio::test]
async fn a_failure_of_its_own_keeps_its_code_and_work_is_done_unheard() {
    let world = World::about_to_tell().await;
    let missing = full(world.command(&["show", "nowhere"]));
    assert_eq!(missing.status.code(), Some(66), "{missing:?}");
    assert!(!String::from_utf8_lossy(&missing.stderr).contains("standard output"), "{missing:?}");
    for (to, end) in [("unread", unread as fn(Command) -> Output), ("full", full)] {
        let output = end(world.command(&["backup", to]));
        assert_eq!(output.status.code(), Some(if to == "full" { 74 } else { 0 }), "{output:?}");
        assert!(world.dir.path().join(to).exists(), "{to}: the backup is made all the same");
    }
}
