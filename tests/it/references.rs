//! Tests of: references. Every document, section and file that a comment or a page of docs names is there.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where comments and documents stand. Everything else is data, or made by the tools.
const PLACES: [&str; 12] = [
    "ARCHITECTURE.md",
    "README.md",
    "benches",
    "build.rs",
    "crates",
    "docs",
    "examples",
    "scripts",
    "src",
    "systemd",
    "tests",
    "xtask",
];

/// Documents that never stood in this repository: a reference to one of them leads nowhere.
const ELSEWHERE: [&str; 4] = ["DESIGN", "DOMAIN", "HOUSE", "NEXT"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn texts(path: &Path, found: &mut Vec<(PathBuf, String)>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a directory") {
            texts(&entry.expect("an entry").path(), found);
        }
    } else if let Ok(text) = std::fs::read_to_string(path) {
        found.push((path.strip_prefix(root()).expect("a path below the root").to_owned(), text));
    }
}

/// The numbers that begin a section: `## 4. ...`, `### 4.2 ...`, `| 2.1 | ...`, `- 3.4 ...`.
fn sections(text: &str) -> BTreeSet<String> {
    let begins = Regex::new(r"(?m)^(?:#+ |\| |- )?(\d+(?:\.\d+)?)\.?(?: |$)").expect("a pattern");
    begins.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

fn there(path: &Path) -> bool {
    path.exists() || path.with_extension("rs").exists() || PathBuf::from(format!("{}.rs", path.display())).exists()
}

fn missing() -> Vec<String> {
    let document =
        Regex::new(r"(docs/(?:[\w-]+/)*[\w-]+\.md)((?:(?:,? (?:and|to) |,? )\d+(?:\.\d+)*)*)").expect("a pattern");
    let number = Regex::new(r"\d+(?:\.\d+)*").expect("a pattern");
    let link = Regex::new(r"\]\(([^)#\s]+)(?:#[^)]*)?\)").expect("a pattern");
    let file = Regex::new(r"`((?:crates|src|tests|scripts|xtask|systemd|packaging|examples|benches)/[^` ]*)`")
        .expect("a pattern");
    let elsewhere = Regex::new(&format!(r"\b(?:{})\.md\b", ELSEWHERE.join("|"))).expect("a pattern");
    let mut found = Vec::new();
    for place in PLACES {
        texts(&root().join(place), &mut found);
    }
    let mut known: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (path, text) in &found {
        let name = path.display();
        for named in document.captures_iter(text) {
            let document = root().join(&named[1]);
            let Ok(there) = std::fs::read_to_string(&document) else {
                wrong.push(format!("{name}: {} is not there", &named[1]));
                continue;
            };
            let sections = known.entry(document).or_insert_with(|| sections(&there));
            let gone = number.find_iter(&named[2]).filter(|one| !sections.contains(one.as_str()));
            wrong.extend(gone.map(|one| format!("{name}: {} has no section {}", &named[1], one.as_str())));
        }
        wrong.extend(elsewhere.find_iter(text).map(|one| format!("{name}: {} is not there", one.as_str())));
        if path.extension().is_none_or(|ending| ending != "md") || path.starts_with("tests") {
            continue;
        }
        let beside = root().join(path.parent().unwrap_or(Path::new("")));
        let links = link.captures_iter(text).filter(|named| !named[1].contains("://"));
        wrong.extend(
            links.filter(|named| !beside.join(&named[1]).exists()).map(|named| format!("{name}: link {}", &named[1])),
        );
        let files = file.captures_iter(text).filter(|named| !named[1].contains(['*', '{']));
        wrong.extend(
            files.filter(|named| !there(&root().join(&named[1]))).map(|named| format!("{name}: file {}", &named[1])),
        );
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

#[test]
fn what_comments_and_documents_name_is_there() {
    let missing = missing();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
