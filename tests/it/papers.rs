//! Tests of the papers: every verb has its man page and stands in every completion, and what is hidden has neither.

use noticewatch::cli::args::Cli;
#[path = "../../xtask/src/bin/papers/pages.rs"]
pub mod pages;

use clap::{Command, CommandFactory};

/// The names of the pages that a verb and the verbs below it have.
fn wanted(command: &Command, name: &str) -> Vec<String> {
    let below = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let deeper = below.flat_map(|verb| wanted(verb, &format!("{name}-{}", verb.get_name())));
    std::iter::once(format!("{name}.1")).chain(deeper).collect()
}

#[test]
fn every_verb_has_its_page_and_stands_in_the_completions() {
    let dir = tempfile::tempdir().expect("a directory");
    pages::write(dir.path()).expect("the papers");
    let command = Cli::command();
    let mut pages = wanted(&command, "noticewatch");
    pages.sort();
    let mut found: Vec<String> = std::fs::read_dir(dir.path())
        .expect("the papers")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".1"))
        .collect();
    found.sort();
    assert_eq!(found, pages);
    for completion in ["noticewatch.bash", "_noticewatch", "noticewatch.fish"] {
        let text = std::fs::read_to_string(dir.path().join(completion)).expect("a completion");
        for verb in command.get_subcommands() {
            assert_eq!(text.contains(verb.get_name()), !verb.is_hide_set(), "{} in {completion}", verb.get_name());
        }
    }
}

/// The first page says what the program's own help says of exit codes, and a verb's page gives its examples.
#[test]
fn pages_hold_exit_codes_and_examples() {
    let dir = tempfile::tempdir().expect("a directory");
    pages::write(dir.path()).expect("the papers");
    let page = |name: &str| std::fs::read_to_string(dir.path().join(name)).expect("a page").replace("\\-", "-");
    assert!(page("noticewatch.1").contains("  78  the configuration is wrong"));
    assert!(page("noticewatch-history.1").contains("  noticewatch history mosaic-privacy --at 2026-03-01"));
}
