//! Bad input on the command line: each ends with a sentence and the code that the help promises, and none is waited for.

use super::world::{REDESIGN, World, program, said};
use crate::fault_server::Answer;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Runs to its end, which comes within seconds; one that waits for ever fails and is ended.
fn run(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let id = child.id().to_string();
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || said.send(child.wait_with_output()));
    if let Ok(output) = heard.recv_timeout(Duration::from_mins(1)) {
        return output.expect("its words");
    }
    let _ = Command::new("kill").arg(id).status();
    panic!("{command:?} waits");
}

/// One sentence on the error stream, without what a terminal acts on, and the code.
fn refused(output: &Output, code: i32, wanted: &str, what: &str) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{what}: {}", said(output));
    assert!(text.contains(wanted), "{what}: {wanted} in {text}");
    assert!(!text.contains("panicked") && !text.chars().any(|c| c.is_control() && c != '\n'), "{what}: {text:?}");
}

/// A pipe with a name, which nobody writes.
fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

#[test]
fn files_that_are_no_page_are_refused_with_a_sentence() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = |name: &str| dir.path().join(name).display().to_string();
    let write = |name: &str, octets: &[u8]| std::fs::write(at(name), octets).expect("written");
    fifo(&dir.path().join("pipe.html"));
    write("program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0");
    write("picture.html", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    write("broken.pdf", b"%PDF-1.7\nnothing of the kind");
    write("page.html", REDESIGN.as_bytes());
    let large = std::fs::File::create(at("large.html")).expect("a file");
    large.set_len(65_000_000).expect("a hole");
    let odd = at("a\u{1b}[31m\u{202e}.html");
    let rows: [(&str, i32, &str); 8] = [
        (&at("pipe.html"), 74, "is no file; `-` reads the standard input"),
        ("/dev/zero", 74, "is no file"),
        (&at("program"), 65, "is neither text nor a PDF file"),
        (&at("picture.html"), 65, "is neither text nor a PDF file"),
        (&at("broken.pdf"), 65, "broken.pdf"),
        (&at("large.html"), 65, "more than 64 MB"),
        (&at(""), 74, "is a directory"),
        (&odd, 66, "no such file"),
    ];
    for (name, code, wanted) in rows {
        refused(&run(program(&["read", name])), code, wanted, name);
        for pair in [[name, &at("page.html")], [&at("page.html"), name]] {
            refused(&run(program(&["compare", pair[0], pair[1]])), code, wanted, name);
        }
    }
    // One that cannot be read costs no other.
    let both = run(program(&["read", &at("program"), &at("page.html")]));
    refused(&both, 65, "is neither text nor a PDF file", "both");
    assert!(said(&both).contains("It is our policy to notify members"), "{}", said(&both));
}

#[test]
fn a_dash_is_the_standard_input() {
    let mut command = program(&["read", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("its input").write_all(REDESIGN.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("its words");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("It is our policy to notify members"), "{}", said(&output));
}

#[cfg(unix)]
#[test]
fn what_is_no_utf_8_is_refused_or_named_as_it_can_be() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe.html");
    for verb in ["read", "history", "show", "check", "pause", "accept", "evidence"] {
        let mut command = program(&[verb]);
        command.arg(odd);
        refused(&run(command), 64, "", verb);
    }
    for option in ["--config", "--targets"] {
        let mut command = program(&["status"]);
        command.arg(option).arg(odd);
        refused(&run(command), 66, "no such file", option);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_times_that_are_nothing_of_ours_are_refused() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-06T08:30:00Z").await;
    world.close();
    let hostile = "x\u{1b}[2J\u{9b}31m\u{202e}'; rm -rf /\n\"";
    let rows: [(&[&str], i32); 23] = [
        (&["history", hostile], 66),
        (&["show", hostile], 66),
        (&["check", hostile], 66),
        (&["accept", hostile], 66),
        (&["pause", hostile, "--reason", "x"], 66),
        (&["resume", hostile], 66),
        (&["correct", hostile, "--reason", "x"], 66),
        (&["evidence", hostile, "-o", "x.tar"], 66),
        (&["outbox", "show", "99999"], 66),
        (&["digest", "--subscription", hostile], 66),
        (&["show", "lumenfeed-law", "zzzz"], 66),
        (&["show", "lumenfeed-law", hostile], 66),
        (&["history", ""], 66),
        (&["check", ""], 66),
        (&["pause", "lumenfeed-law", "--reason", ""], 64),
        (&["history", "--at", "2026-02-30"], 64),
        (&["history", "--at", hostile], 64),
        (&["history", "--at", "9999-12-31"], 64),
        (&["history", "--at", "8999-12-31"], 64),
        (&["check", "--now", "99999-01-01"], 64),
        (&["check", "--due", "lumenfeed-law"], 64),
        (&["check", "--now", "9999-12-30T00:00:00Z"], 64),
        (&["pause", "lumenfeed-law", "--reason", "x", "--now", "9999-12-30"], 64),
    ];
    for (args, code) in rows {
        let output = run(world.command(args));
        refused(&output, code, "", &format!("{args:?}"));
        assert!(!output.stderr.is_empty(), "{args:?}");
        assert!(!said(&output).contains("overflowed"), "{}", said(&output));
    }
    // Long before anything was seen there is nothing, and that is said.
    let early = said(&world.run(&["history", "lumenfeed-law", "--at", "0001-01-01"]));
    assert!(early.contains("nobody looked before that time"), "{early}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_that_is_no_state_directory_and_settings_that_are_no_file_are_refused() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let at = |name: &str| world.dir.path().join(name).display().to_string();
    std::fs::write(at("a-file"), "no directory").expect("written");
    std::fs::create_dir(at("foreign")).expect("made");
    std::fs::write(at("foreign/journal.jsonl"), "this is somebody's journal\n").expect("written");
    fifo(&world.dir.path().join("pipe"));
    let (config, targets) = (at("noticewatch.toml"), at("targets.toml"));
    for verb in ["status", "history", "board", "verify"] {
        let output = run(program(&[verb, "--config", &config, "--targets", &targets, "--state", &at("a-file")]));
        refused(&output, 73, "a-file", verb);
        let output = run(program(&[verb, "--config", &config, "--targets", &targets, "--state", &at("nowhere")]));
        let nothing = if verb == "verify" { "holds no store yet" } else { "nothing was kept" };
        refused(&output, 66, nothing, verb);
    }
    let output = run(program(&["check", "--config", &config, "--targets", &targets, "--state", &at("a-file")]));
    refused(&output, 73, "a-file", "check");
    assert_eq!(std::fs::read_to_string(at("a-file")).expect("left"), "no directory");
    // A journal that is not ours is read as a damaged one: nothing that stands in it is overwritten, and it is said.
    let output = run(program(&["check", "--config", &config, "--targets", &targets, "--state", &at("foreign")]));
    assert!(said(&output).contains("foreign/journal.jsonl"), "{}", said(&output));
    let left = std::fs::read_to_string(at("foreign/journal.jsonl")).expect("left");
    assert!(left.starts_with("this is somebody's journal\n"), "{left}");
    for (option, name) in [("--config", "pipe"), ("--targets", "pipe"), ("--config", ""), ("--targets", "")] {
        refused(&run(program(&["status", option, &at(name)])), 74, "", &format!("{option} {name:?}"));
    }
}

/// 0 says that every page that was asked for was read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_ends_with_0_only_where_every_page_was_read() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
    let world = World::new("2026-01-06T08:00:00Z", &rows).await;
    let check = |args: &[&str], now: &str| {
        let output = world.run(&[&["check", "--no-wait", "--now", now], args].concat());
        (output.status.code().expect("a code"), said(&output))
    };
    world.web.set("/law", Answer::status("404 Not Found"));
    world.web.set("/other", Answer::status("500 Oh"));
    let (code, text) = check(&[], "2026-01-06T08:00:00Z");
    assert!(code == 1 && text.contains("0 of 2 pages read"), "{code} {text}");
    world.set("/other", REDESIGN);
    let (code, text) = check(&[], "2026-01-06T09:00:00Z");
    assert!(code == 1 && text.contains("1 of 2 pages read") && text.contains("lumenfeed-law: 404"), "{code} {text}");
    // What was not asked for is not reckoned, neither as missed nor as read.
    let (code, text) = check(&["parcelbird-law"], "2026-01-06T10:00:00Z");
    assert!(code == 0 && text.contains("1 of 1 pages read") && !text.contains("lumenfeed-law:"), "{code} {text}");
    let (code, text) = check(&["lumenfeed-law"], "2026-01-06T11:00:00Z");
    assert!(code == 1 && text.contains("0 of 1 pages read"), "{code} {text}");
    let (code, text) = check(&["lumenfeed-law", "--lasting"], "2026-01-06T11:10:00Z");
    assert!(code == 0 && text.contains("0 of 1 pages read"), "{code} {text}");
    world.set("/law", REDESIGN);
    assert_eq!(check(&[], "2026-01-06T12:00:00Z").0, 0);
    world.set("/law", super::world::LOGIN);
    let (code, text) = check(&[], "2026-01-06T13:00:00Z");
    assert!(code == 1 && text.contains("lumenfeed-law: put aside: "), "{code} {text}");
    let json: serde_json::Value =
        serde_json::from_str(&check(&["--json"], "2026-01-06T14:00:00Z").1).expect("an object");
    assert_eq!((&json["asked"], &json["read"]), (&2.into(), &1.into()), "{json}");
    assert_eq!(json["unread"][0]["target"], "lumenfeed-law", "{json}");
}
