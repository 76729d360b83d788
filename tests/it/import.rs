//! Tests of: import. Archives made at test time go into the store by the real program, and out of it again.

use crate::pdf::maker;
use jiff::{SignedDuration, Timestamp};
use noticewatch::io::git::{Commit, FastImport, Repository, complaint};
use noticewatch::io::store::{Recorded, Store};
use noticewatch_core::capture::{Capture, Outcome, Sha256, Visit};

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

const STRONG: &str = include_str!("../histories/weakened-at-second-look/a.md");
const WEAK: &str = include_str!("../histories/weakened-at-second-look/b.md");
const PATH: &str = "Parlour/Law Enforcement Guidelines";

fn day(days: i64) -> Timestamp {
    let first: Timestamp = "2024-03-01T06:00:00Z".parse().expect("a time");
    first.checked_add(SignedDuration::from_hours(24 * days)).expect("a time")
}

fn commit(path: &str, days: i64, text: &str) -> Commit {
    let message = "Record new changes of a document\n\nX-engine-version: 15.1.0\n".to_owned();
    Commit { at: day(days), message, path: path.to_owned(), text: text.as_bytes().to_vec() }
}

/// Two branches; the same path in both; an empty recording, a commit that comes late, a document in two parts, and
/// files that are no documents.
pub fn archive(dir: &Path) {
    let path = format!("{PATH}.md");
    FastImport::prepare(dir, "one").expect("a repository");
    let one = [
        commit("README.md", 0, "An archive."),
        commit(&path, 0, STRONG),
        commit(&path, 40, WEAK),
        commit(&path, 20, &format!("{STRONG}\n")),
        commit(&path, 30, ""),
        commit("Parlour/Terms of Service #rules.html", 1, "<p>Rules, and nothing else.</p></html>"),
        commit("Parlour/Terms of Service.pdf", 1, "%PDF-1.4"),
        commit(&path, 90, &format!("{WEAK}\n")),
    ];
    write(dir, "one", &one);
    write(dir, "two", &[commit(&path, 0, STRONG), commit(&path, 45, &format!("{STRONG}\n\nThe end.\n"))]);
}

fn write(dir: &Path, branch: &str, commits: &[Commit]) {
    let mut writer = FastImport::open(dir, branch).expect("a writer");
    for commit in commits {
        writer.commit(commit).expect("a commit");
    }
    writer.finish().expect("a branch");
}

fn program(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_noticewatch"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null()).env_remove("STATE_DIRECTORY");
    command
}

fn run(dir: &Path, arguments: &[&str]) -> String {
    let out = program(dir, arguments).output().expect("the program");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{arguments:?}: {said}");
    String::from_utf8(out.stdout).expect("text")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What does not depend on names: verdict, times, both wordings.
fn findings(dir: &Path, state: &str) -> Vec<Value> {
    let mut found = lines(&run(dir, &["--state", state, "history", "--json"]));
    for finding in &mut found {
        let object = finding.as_object_mut().expect("an object");
        object
            .retain(|key, _| ["verdict", "severity", "between", "before", "after", "service"].contains(&key.as_str()));
    }
    found.sort_by_key(Value::to_string);
    found
}

#[test]
fn an_archive_comes_in_once_and_its_past_is_judged() {
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = temporary.path();
    archive(&dir.join("plays.git"));
    let dry = lines(&run(dir, &["--json", "import", "plays.git", "--dry-run"]));
    assert!(!dir.join("state").exists(), "a dry run changes nothing");
    let ids: Vec<&str> = dry.iter().filter_map(|line| line["target"].as_str()).collect();
    let expected = [
        "plays-one-parlour-law-enforcement-guidelines",
        "plays-one-parlour-terms-of-service",
        "plays-one-parlour-terms-of-service-rules",
        "plays-two-parlour-law-enforcement-guidelines",
    ];
    assert_eq!(ids, expected);

    let first = lines(&run(dir, &["--json", "import", "plays.git"]));
    let said = serde_json::json!({"documents": 4, "added": 9, "known": 0, "empty": 1, "not_read": 1});
    assert_eq!(first, [said]);
    let found = lines(&run(dir, &["history", "--json"]));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["verdict"], "weakened");
    assert_eq!(found[0]["target"], expected[0]);
    // The late commit stands where its date puts it; the empty recording is no look.
    assert_eq!(found[0]["between"], serde_json::json!([day(20), day(40)]));

    let again = lines(&run(dir, &["--json", "import", "plays.git"]));
    assert_eq!((&again[0]["added"], &again[0]["known"]), (&0.into(), &9.into()));
    assert_eq!(lines(&run(dir, &["history", "--json"])), found);

    let at = lines(&run(dir, &["history", expected[0], "--at", "2024-03-20", "--json"]));
    assert_eq!(at[0]["passages"][0]["first_seen_otherwise"], serde_json::json!(day(40)));
    let letter = run(dir, &["digest"]);
    assert!(!letter.contains("Parlour"), "what is imported is never told: {letter}");
}

#[test]
fn a_choice_by_glob_and_a_place_beside_a_target() {
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = temporary.path();
    archive(&dir.join("plays.git"));
    let targets = "[[target]]\nid = \"parlour-requests\"\nservice = \"Parlour\"\nterms_type = \"Transparency Report\"\n\
                   url = \"https://parlour.example/requests\"\n";
    std::fs::write(dir.join("targets.toml"), targets).expect("a file");
    let map = format!("{PATH}=parlour-requests");
    let arguments = ["import", "plays.git", "--branch", "one", "--terms-type", "*Guidelines", "--map", &map];
    run(dir, &arguments);
    let text = run(dir, &["history", "parlour-requests"]);
    assert!(text.contains("recorded by an archive") && text.contains("weakened"), "{text}");
    assert!(!text.contains("terms-of-service"), "{text}");
    let wrong = program(dir, &["import", "plays.git", "--branch", "three"]).output().expect("the program");
    assert_eq!(wrong.status.code(), Some(66));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("one, two"));
}

#[test]
fn what_is_exported_and_imported_again_yields_the_same_findings() {
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = temporary.path();
    archive(&dir.join("plays.git"));
    run(dir, &["import", "plays.git"]);
    let first = lines(&run(dir, &["--json", "export", "git", "out.git"]));
    assert_eq!(first[0]["commits"], 8, "all but the PDF file");
    let second = lines(&run(dir, &["--json", "export", "git", "out.git"]));
    assert_eq!(second[0]["commits"], 0);
    run(dir, &["export", "git", "other.git"]);
    let heads = |name: &str| {
        let out = Command::new("git").args(["-C"]).arg(dir.join(name)).args(["for-each-ref"]).output().expect("git");
        String::from_utf8(out.stdout).expect("text")
    };
    assert_eq!(heads("out.git"), heads("other.git"), "the same facts make the same commits");
    run(dir, &["--state", "again", "import", "out.git"]);
    assert_eq!(findings(dir, "again"), findings(dir, "state"));
}

/// A page as served: what a reader sees of it, among what nobody sees.
fn page(promise: &str, rest: &str, nonce: i64) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><title>Requests</title><meta name=\"nonce\" content=\"{nonce}\"></head><body>\
         <nav><a href=\"/\">Home</a> <a href=\"/about\">About</a></nav><main><h1>Requests &amp; demands</h1>\
         <p>Parlour&nbsp;Inc. answers demands of <b>courts</b> and *authorities* with care. It keeps a register of them.</p>\
         <h2>1. User notice</h2><p>{promise}</p><p>Exceptions:</p><ul><li>where the law forbids it;</li>\
         <li>emergencies:<ul><li>danger of death.</li></ul></li></ul><h3>Fees</h3><table><tr><th>Kind</th><th>Fee</th></tr>\
         <tr><td>A | B</td><td>$1_000</td></tr></table><p>{rest}</p></main><script>var nonce = {nonce};</script></body></html>"
    )
}

/// A state directory with a page that was looked at twice a day, always with another body.
fn watched(dir: &Path) {
    let mut store = Store::open(&dir.join("state")).expect("a store");
    let strong =
        "We will notify users of demands for their data <em>before</em> we disclose it, unless the law forbids it.";
    let weak = "We may notify users of demands for their data after we have disclosed it.";
    let none = "Please write to our office.";
    for half in 0..160_i64 {
        let promise = if half < 40 {
            strong
        } else if half < 80 {
            weak
        } else {
            none
        };
        let rest =
            if half < 120 { "Fees are due in thirty days." } else { "Fees are due in sixty days, by bank transfer." };
        let body = page(promise, rest, half).into_bytes();
        let at = day(0).checked_add(SignedDuration::from_hours(12 * half)).expect("a time");
        let sha256 = Sha256::of(&body);
        let url = "https://parlour.example/requests".to_owned();
        let capture = Capture {
            target: "parlour-law".into(),
            started: at,
            ended: at,
            url: url.clone(),
            final_url: url,
            status: 200,
            media_type: "text/html".into(),
            charset: Some("utf-8".into()),
            sha256,
            program: "noticewatch 0.1.0".into(),
            body,
            ..Capture::default()
        };
        let outcome = Outcome::Captured { sha256 };
        let target = "parlour-law".into();
        let visit = Visit { target, at, unconditional: true, twin: None, recorded: false, outcome };
        store.record(&[Recorded { visit, capture: Some(capture) }]).expect("recorded");
    }
}

#[test]
fn what_was_watched_is_exported_and_imported_again_with_the_same_findings() {
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = temporary.path();
    let targets = "[[target]]\nid = \"parlour-law\"\nservice = \"Parlour\"\nterms_type = \"Law Enforcement Guidelines\"\n\
                   url = \"https://parlour.example/requests\"\n";
    std::fs::write(dir.join("targets.toml"), targets).expect("a file");
    watched(dir);
    let first = lines(&run(dir, &["--json", "export", "git", "out.git"]));
    assert_eq!(first[0]["commits"], 4, "what nobody sees makes no version");
    std::fs::remove_file(dir.join("state/readings.cache")).expect("removed");
    assert_eq!(lines(&run(dir, &["--json", "export", "git", "out.git"]))[0]["commits"], 0);
    std::fs::remove_file(dir.join("targets.toml")).expect("removed");
    run(dir, &["--state", "again", "import", "out.git"]);
    std::fs::write(dir.join("targets.toml"), targets).expect("a file");
    // An archive does not say when the old wording was seen last, only when the new one was recorded.
    let said = |state: &str| {
        let mut found = findings(dir, state);
        for finding in &mut found {
            finding["between"] = finding["between"][1].take();
        }
        found
    };
    assert_eq!(said("again"), said("state"));
    let verdicts: Vec<Value> = said("state").iter().map(|finding| finding["verdict"].clone()).collect();
    assert_eq!(verdicts.len(), 2, "{verdicts:?}");
}

/// A text as a PDF file, a line of it a line of type.
fn paper(text: &str) -> Vec<u8> {
    let words: Vec<String> = text.lines().flat_map(wrapped).collect();
    let height = |line: usize| u32::try_from(800 - line * 16).expect("a page is long enough");
    let lines = words.iter().enumerate().map(|(line, words)| (60, height(line), 10, words.as_str()));
    maker::pages(&[lines.collect()])
}

fn wrapped(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.trim_start_matches('#').split_whitespace() {
        if lines.last().is_some_and(|last| last.len() + word.len() > 95) {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(if last.is_empty() { "" } else { " " });
            last.push_str(word);
        }
    }
    lines
}

#[test]
fn recordings_of_pdf_files_are_read() {
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = temporary.path();
    let path = "Parlour/Law Enforcement Guidelines.pdf";
    let mut scan = commit(path, 80, "");
    scan.text = maker::pages(&[vec![]]);
    let mut texts = [commit(path, 0, ""), commit(path, 40, "")];
    texts[0].text = paper(STRONG);
    texts[1].text = paper(WEAK);
    let [strong, weak] = texts;
    FastImport::prepare(&dir.join("papers.git"), "one").expect("a repository");
    write(&dir.join("papers.git"), "one", &[strong, weak, scan]);
    let said = run(dir, &["import", "papers.git"]);
    assert!(said.contains("1 are PDF files that cannot be read"), "{said}");
    let found = findings(dir, "state");
    assert_eq!(found.len(), 1, "{found:?}");
    let shown = run(dir, &["show", "papers-one-parlour-law-enforcement-guidelines"]);
    assert!(shown.contains("notify users"), "{shown}");
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_stopped() {
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = temporary.path();
    FastImport::prepare(&dir.join("many.git"), "main").expect("a repository");
    let texts = (0..1500_i64).map(|count| {
        let text = format!("# Notes {count}\n\nNothing is promised here, for the {count}th time.\n");
        commit(&format!("Parlour{}/Privacy Policy.md", count % 7), count, &text)
    });
    write(&dir.join("many.git"), "main", &texts.collect::<Vec<_>>());
    let mut killed = program(dir, &["import", "many.git"]).stdout(Stdio::null()).spawn().expect("the program");
    let archive = dir.join("state/archive/000001.nwa");
    let length = || std::fs::metadata(&archive).map_or(0, |about| about.len());
    // Definitions take some thousand octets; the first group of recordings many more.
    while length() < 50_000 && killed.try_wait().expect("the program").is_none() {
        std::thread::yield_now();
    }
    let _ = killed.kill();
    killed.wait().expect("the program");
    let said = lines(&run(dir, &["--json", "import", "many.git"]));
    let (added, known) = (said[0]["added"].as_u64(), said[0]["known"].as_u64());
    assert_eq!(added.zip(known).map(|(added, known)| added + known), Some(1500));
    let store = Store::read_only(&dir.join("state")).expect("a store");
    let visits: usize =
        store.targets().expect("targets").iter().map(|id| store.visits(id).expect("visits").len()).sum();
    assert_eq!(visits, 1500);
    let report = store.verify().expect("a report");
    assert_eq!((report.damage, report.captures), (Vec::new(), 1500));
}

#[test]
fn two_captures_are_shown_side_by_side() {
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = temporary.path();
    archive(&dir.join("plays.git"));
    run(dir, &["import", "plays.git", "--branch", "one"]);
    let target = "plays-one-parlour-law-enforcement-guidelines";
    let found = lines(&run(dir, &["history", target, "--json"]));
    let digest = |index: usize| found[0]["captures"][index].as_str().expect("a digest").to_owned();
    let [old, new] = [digest(0), digest(1)];
    let text = run(dir, &["show", target, "--diff", &old[..12], &new[..12]]);
    assert!(text.contains("weakened") && text.contains("[-"), "{text}");
    let html = run(dir, &["show", target, "--diff", &old, &new, "--whole", "--html"]);
    assert!(html.contains("<del>") && html.contains("<ins>") && !html.contains("<script"), "{html}");
    let raw = program(dir, &["show", target, "--capture", &new, "--raw"]).output().expect("the program");
    assert_eq!(String::from_utf8(raw.stdout).expect("text"), WEAK);
}

/// What git says first is the fault; its advice after that is cut.
#[test]
fn a_file_that_is_no_repository_is_refused_with_what_git_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("targets.toml");
    std::fs::write(&file, "no bundle\n").expect("written");
    let said = Repository::open(&file).expect_err("refused").to_string();
    assert!(said.starts_with(&format!("{}: ", file.display())), "{said}");
    assert!(said.contains("git repository") || said.contains("bundle"), "{said}");
    assert!(!said.contains("repository exists"), "{said}");
}

/// A clone that was cut is imported, and the reader is told that its past is not whole.
#[test]
fn a_shallow_clone_is_remarked() {
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = temporary.path();
    archive(&dir.join("plays.git"));
    let from = format!("file://{}", dir.join("plays.git").display());
    for (depth, name) in [(Some("--depth=1"), "cut"), (None, "whole")] {
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--branch", "one"]).args(depth).args([from.as_str(), name]).current_dir(dir);
        assert!(clone.status().expect("git").success());
        let out = program(dir, &["--state", name, "import", name]).output().expect("the program");
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{said}");
        assert_eq!(said.contains(&format!("{name} is a shallow clone")), depth.is_some(), "{said}");
        assert_eq!(said.contains("git fetch --unshallow"), depth.is_some(), "{said}");
    }
}

#[test]
fn a_repository_of_another_user_is_refused_with_the_command_that_helps() {
    let said = "fatal: detected dubious ownership in repository at '/srv/plays.git'\n\
                To add an exception for this directory, call:\n\n\
                \tgit config --global --add safe.directory /srv/plays.git\n";
    assert_eq!(
        complaint(said),
        "detected dubious ownership in repository at '/srv/plays.git'; where you trust it: \
         git config --global --add safe.directory /srv/plays.git"
    );
    assert_eq!(complaint("fatal: not a git repository\nStop at /\n"), "not a git repository");
    assert_eq!(complaint(" \n"), "git failed without a word");
}
