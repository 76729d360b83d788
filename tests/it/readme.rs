//! Tests of: README.md and the operator's guide. Usage block, letter and commands are the program's own.

use clap::Parser;
use noticewatch::app::notify::mail_envelope;
use noticewatch::cli::args::Cli;

use regex::Regex;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md")
}

/// The fenced blocks of a kind under a heading; an empty heading: all of them.
fn blocks(kind: &str, heading: &str) -> Vec<String> {
    let text = readme();
    let begin = text.find(heading).unwrap_or_else(|| panic!("README.md has no {heading}"));
    let fence = format!("```{kind}\n");
    text[begin..]
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().expect("a block that ends").to_owned())
        .collect()
}

/// Runs the program as a reader would who has set nothing.
fn noticewatch(arguments: &[String], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_noticewatch"))
        .args(arguments)
        .current_dir(dir)
        .env_remove("NOTICEWATCH_CONFIG")
        .env_remove("NOTICEWATCH_TARGETS")
        .env_remove("STATE_DIRECTORY")
        .output()
        .expect("the program runs")
}

/// The program's arguments, where a command can be run without building, installing, asking or reaching the network.
fn offline(command: &str) -> Option<Vec<String>> {
    let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    let reaches = |word: &String| {
        ["check", "init", "watch", "send-test", "--online"].contains(&word.as_str()) || word.contains("://")
    };
    match words.first().map(String::as_str) {
        Some("noticewatch") => (!words.iter().any(reaches)).then(|| words[1..].to_vec()),
        Some("cargo" | "scripts/package" | "sudo") => None,
        other => panic!("README.md runs {other:?}, of which this test knows nothing"),
    }
}

#[test]
fn the_usage_block_is_the_help() {
    let help = noticewatch(&["--help".to_owned()], Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(blocks("text", "## Usage")[0], String::from_utf8_lossy(&help.stdout));
}

/// In the order of the README, so that what `demo` leaves is there for the commands after it.
#[test]
fn the_commands_work_and_the_letter_is_the_demo_s() {
    let home = tempfile::tempdir().expect("a directory");
    let mut dir = home.path().to_owned();
    let mut ran = 0;
    for block in blocks("console", "") {
        for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            if let Some(place) = command.strip_prefix("cd ") {
                dir = dir.join(place);
            } else if let Some(arguments) = offline(command) {
                let output = noticewatch(&arguments, &dir);
                // The demo is over: `status` says that nobody looks any more.
                let over = String::from_utf8_lossy(&output.stdout).starts_with("nobody has looked at any page since");
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success() || over, "{command}: {stderr}");
                ran += 1;
            }
        }
    }
    assert!(ran > 5, "README.md shows {ran} commands that can be tried");
    same_letter(&home.path().join("noticewatch-demo"));
}

/// Whoever builds from source gets the program that the package brings: small, in one piece, without symbols.
#[test]
fn the_program_is_installed_as_it_is_handed_out() {
    let install = "cargo install --path . --locked --profile dist";
    assert!(blocks("console", "## First steps")[0].lines().any(|line| line == format!("$ {install}")));
    assert!(include_str!("../../scripts/package").contains("cargo build --profile dist "));
    let whole: toml::Table = include_str!("../../Cargo.toml").parse().expect("TOML");
    let (release, dist) = (&whole["profile"]["release"], &whole["profile"]["dist"]);
    assert_eq!((dist["inherits"].as_str(), dist["lto"].as_str()), (Some("release"), Some("fat")));
    assert_eq!(release["strip"].as_str(), Some("symbols"));
}

/// What the guide tells operators to type is a command line of the program.
#[test]
fn the_commands_of_the_operator_s_guide_are_real() {
    let guide = include_str!("../../docs/OPERATING.md");
    let mut tried = 0;
    for command in guide.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let command = command.replace('\'', "\"");
        // A reason in quotes is one word; all others stand apart by themselves.
        let words: Vec<&str> = command
            .split('"')
            .enumerate()
            .flat_map(|(part, text)| if part % 2 == 1 { vec![text] } else { text.split_whitespace().collect() })
            .collect();
        let placed: Vec<&str> = words.iter().map(|word| if *word == "ID" { "12" } else { *word }).collect();
        if placed[0] == "sudo" {
            continue;
        }
        let parsed = Cli::try_parse_from(&placed);
        assert!(parsed.is_ok(), "{command}: {}", parsed.expect_err("a mistake"));
        tried += 1;
    }
    assert!(tried > 20, "{tried} commands");
}

/// Every link of the guide and the README to a file of ours leads there.
#[test]
fn links_to_our_own_files_lead_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let link = Regex::new(r"\]\(([^)#:]+)\)").expect("a pattern");
    for (file, text) in [("", readme()), ("docs", include_str!("../../docs/OPERATING.md").to_owned())] {
        for found in link.captures_iter(&text) {
            assert!(root.join(file).join(&found[1]).exists(), "{file}: {}", &found[1]);
        }
    }
}

fn same_letter(demo: &Path) {
    let entries = std::fs::read_dir(demo).expect("the demo's directory");
    let letter: PathBuf = entries
        .map(|entry| entry.expect("an entry").path())
        .find(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            name.contains("-weakened-") && name.ends_with(".eml")
        })
        .expect("a letter of the weakened promise");
    let parts = mail_envelope::parts(&std::fs::read(letter).expect("a letter"));
    let port = Regex::new(r"127\.0\.0\.1:\d+").expect("a pattern");
    let letter = format!("Subject: {}\n\n{}", parts.subject, parts.text).replace("\r\n", "\n");
    let letter = port.replace_all(&letter, "127.0.0.1:8080");
    let shown = &blocks("text", "")[0];
    let shown = shown.split("\n[...]").next().expect("the letter's beginning");
    assert!(letter.starts_with(shown), "README.md shows\n{shown}\nbut the demo wrote\n{letter}");
}
