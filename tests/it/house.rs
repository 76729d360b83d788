//! Tests of: house. Reads the sources and holds who may import whom (DESIGN.md 6), and what no pure room may name.

mod scan;

use scan::{File, file, line_of, open, places, uses};
use std::fmt::Write as _;
use std::path::Path;

/// Which modules a module may name: whole modules, or of some only types (which begin with a capital) or one item.
fn allowed(module: &[String]) -> Option<&'static [&'static str]> {
    let names: Vec<&str> = module.iter().map(String::as_str).collect();
    Some(match names.as_slice() {
        [] | ["main" | "cli", ..] => return None,
        ["target" | "capture", ..] => &["words", "address"],
        ["config", ..] => &["words", "address", "target", "schedule"],
        ["document", ..] => &["target", "capture", "words"],
        ["history", ..] => &["target", "capture", "document::Type", "words"],
        ["digest", ..] => &["target", "history::Type", "document::Type", "words", "capture::Sha256"],
        ["schedule", ..] => &["target", "capture"],
        ["io", room, ..] if *room != "clock" => {
            &["target", "capture", "config", "address", "digest::Letter", "io::clock"]
        }
        // `words`, `address`, `io::clock`, and what is new until it has a row here: nothing of ours.
        _ => &[],
    })
}

/// What only the porch, the doors and `main.rs` may name. `std::net` is judged apart: its addresses are values.
const WORLD: [&str; 16] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "Timestamp::now",
    "Zoned::now",
    "SystemTime",
    "Instant",
    "reqwest",
    "lettre",
    "sled",
    "tokio",
    "hyper",
    "rustls",
    "sd_notify",
    "tokio_cron_scheduler",
];

/// The types of `std::net` that are values and touch nothing.
const ADDRESSES: [&str; 6] = ["IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr", "SocketAddrV4", "SocketAddrV6"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root()).expect("a path below the root").display().to_string();
            found.push((name, std::fs::read_to_string(&path).expect("a source file")));
        }
    }
}

fn sources() -> Vec<File> {
    let mut found = Vec::new();
    files(&root().join("src"), &mut found);
    found.into_iter().map(|(path, text)| file(&path, &text)).collect()
}

/// What is wrong with one import, if anything.
fn refused(file: &File, path: &[String]) -> bool {
    let Some(allowed) = allowed(&file.module) else { return false };
    let own = if file.module.first().is_some_and(|room| room == "io") { 2 } else { 1 };
    let inside = path.len() >= own && file.module.len() >= own && path[..own] == file.module[..own];
    // A path of one part that is no module is the crate root's own, such as a glob of it.
    if inside || (path.len() < own && file.module.starts_with(path)) {
        return false;
    }
    !allowed.iter().any(|rule| match rule.split_once("::") {
        None => path.first().is_some_and(|room| room == rule),
        Some((room, "Type")) => {
            path.first().is_some_and(|first| first == room)
                && path.get(1).is_none_or(|item| item == "types" || item.starts_with(char::is_uppercase))
        }
        Some((room, item)) => path.len() >= 2 && path[0] == room && path[1] == item,
    })
}

fn imports(file: &File) -> Vec<String> {
    let wrong = uses(file).into_iter().filter(|found| refused(file, &found.path));
    wrong
        .map(|found| {
            let rules = allowed(&file.module).unwrap_or_default().join(", ");
            let path = found.path.join("::");
            format!("{}:{}: names {path}, but may use only: {rules} (DESIGN.md 6)", file.path, found.line)
        })
        .collect()
}

fn world(file: &File) -> Vec<String> {
    if matches!(file.module.first().map(String::as_str), None | Some("io" | "cli" | "main")) {
        return Vec::new();
    }
    // `use std::{fs, ...}` is written out, so that a group hides nothing.
    let mut named: Vec<(usize, String)> = Vec::new();
    for at in places(&file.code, "std").filter(|at| file.code[at + 3..].starts_with("::")) {
        let line = line_of(&file.code, at);
        open(&file.code[at..], &[], &mut |path| named.push((line, path.join("::"))));
    }
    for word in WORLD.iter().filter(|word| !word.starts_with("std::")) {
        named.extend(places(&file.code, word).map(|at| (line_of(&file.code, at), (*word).to_owned())));
    }
    let wrong = named.into_iter().filter(|(_, name)| {
        let network = name.strip_prefix("std::net").is_some_and(|item| {
            !ADDRESSES.contains(&item.trim_start_matches("::").split("::").next().unwrap_or_default())
        });
        network || WORLD.iter().any(|word| name == word || name.starts_with(&format!("{word}::")))
    });
    wrong
        .map(|(line, name)| format!("{}:{line}: names {name}; only io/, cli/ and main.rs touch the world", file.path))
        .collect()
}

/// The lexicon's patterns are constants, compiled by functions that only lazy values call; a test walks the table.
const TABLES: &str = "src/document/lexicon/";

/// `unwrap` and `expect` outside the initialiser of a `LazyLock`.
fn panics(file: &File) -> Vec<String> {
    let lazy: Vec<std::ops::Range<usize>> = places(&file.code, "LazyLock::new")
        .map(|at| {
            let mut depth = 0;
            let end = file.code[at..].char_indices().find_map(|(offset, c)| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                (c == ')' && depth == 0).then_some(at + offset)
            });
            at..end.unwrap_or(file.code.len())
        })
        .collect();
    let mut wrong = Vec::new();
    if file.path.starts_with(TABLES) {
        return wrong;
    }
    for call in [".unwrap()", ".expect(", ".unwrap_err()", ".expect_err("] {
        for (at, _) in file.code.match_indices(call).filter(|(at, _)| !lazy.iter().any(|range| range.contains(at))) {
            wrong.push(format!("{}:{}: {call} outside a test", file.path, line_of(&file.code, at)));
        }
    }
    wrong
}

fn form(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if !text.starts_with("//!") {
        wrong.push(format!("{path}:1: does not open with `//!`: say what it knows, and what it does not"));
    }
    if path.starts_with("src/") && text.lines().count() > 400 {
        wrong.push(format!("{path}: {} lines; over 400, look for the second idea inside", text.lines().count()));
    }
    // Spelled in two parts, so that this file may say it.
    let unfinished = concat!("TO", "DO");
    for (index, _) in text.lines().enumerate().filter(|(_, line)| line.contains(unfinished)) {
        wrong.push(format!("{path}:{}: {unfinished} left", index + 1));
    }
    wrong
}

fn none(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.iter().fold(String::new(), |mut all, line| {
            let _ = writeln!(all, "{line}");
            all
        })
    );
}

#[test]
fn every_module_names_only_what_it_may() {
    none(&sources().iter().flat_map(imports).collect::<Vec<_>>());
}

#[test]
fn the_rooms_touch_nothing_of_the_world() {
    none(&sources().iter().flat_map(world).collect::<Vec<_>>());
}

#[test]
fn nothing_panics_on_purpose() {
    none(&sources().iter().flat_map(panics).collect::<Vec<_>>());
}

#[test]
fn every_file_says_what_it_knows_and_is_short() {
    let mut all = Vec::new();
    for dir in ["src", "tests", "benches"] {
        files(&root().join(dir), &mut all);
    }
    none(&all.iter().flat_map(|(path, text)| form(path, text)).collect::<Vec<_>>());
}

/// The scanner itself: what it must catch, and what it must leave alone.
#[test]
fn the_rules_catch_what_they_should() {
    for (path, text, caught) in [
        ("src/history/follow.rs", "use crate::io::store::Store;", 1),
        ("src/history/follow.rs", "use crate::{target::Target, io::{clock, store}};", 2),
        ("src/history/follow.rs", "use crate::document::{Reading, Passage};", 0),
        ("src/history/follow.rs", "fn f() { crate::document::read(page, settings); }", 1),
        ("src/history/follow.rs", "use crate::document;\nfn f(a: document::Sign) { document::read(b, c); }", 1),
        ("src/history/follow.rs", "use crate::document::{self, Class};\nfn f(a: document::Sign) {}", 0),
        ("src/history/follow.rs", "use super::types::Change; use super::super::digest::Letter;", 1),
        ("src/history/follow.rs", "// use crate::io::store;\nlet s = \"crate::io\"; let r = r#\"crate::io\"#;", 0),
        ("src/history/follow.rs", "pub(crate) fn f() {}\n#[cfg(test)]\nmod tests { use crate::io::store; }", 0),
        ("src/digest/compose.rs", "use crate::history::{Change, Finding};\nuse crate::words;", 0),
        ("src/digest/compose.rs", "use crate::config::Settings;", 1),
        ("src/io/mail.rs", "use super::clock::Clock;\nuse crate::config::Mail;\nuse crate::digest::Letter;", 0),
        ("src/io/mail.rs", "use super::store;\nuse crate::digest::Material;\nuse crate::history::Finding;", 3),
        (
            "src/io/store/journal.rs",
            "use super::Store;\nuse crate::io::store::archive;\nuse crate::io::clock::Clock;",
            0,
        ),
        ("src/io/store/journal.rs", "use super::super::fetch;", 1),
        ("src/words.rs", "use crate::target::Target;", 1),
        ("src/cli/check.rs", "use crate::io::store;\nuse crate::history;", 0),
    ] {
        let found = imports(&file(path, text));
        assert_eq!(found.len(), caught, "{path}: {text}\n{}", found.join("\n"));
    }
}

#[test]
fn the_rules_catch_the_world_by_any_name() {
    for (text, caught) in [
        ("use std::fs;", 1),
        ("use std::{collections::BTreeMap, fs::File, net::TcpStream};", 2),
        ("fn f() { std::env::var(\"HOME\"); std::thread::sleep(d); }", 2),
        ("use std::net::{IpAddr, Ipv4Addr, SocketAddr};", 0),
        ("let t = Timestamp::now(); let i = std::time::Instant::now();", 2),
        ("use tokio::fs; use reqwest::Client;", 2),
        ("use std::collections::BTreeMap; let tokios = 1; // tokio", 0),
        ("let c = '\"'; use std::fs; let d = '\"';", 1),
        ("fn f<'a>(x: &'a str) -> char { std::process::exit(1); 'x' }", 1),
    ] {
        let found = world(&file("src/words.rs", text));
        assert_eq!(found.len(), caught, "{text}\n{}", found.join("\n"));
    }
    assert!(world(&file("src/io/fetch.rs", "use std::fs; use tokio::fs;")).is_empty());
}

#[test]
fn the_rules_catch_panics_outside_of_lazy_values() {
    for (text, caught) in [
        ("fn f() { x.unwrap(); y.expect(\"it\"); }", 2),
        (
            "static R: LazyLock<Regex> = LazyLock::new(|| Regex::new(\"(\").expect(\"valid\"));\nfn f() { x.unwrap_or(1); }",
            0,
        ),
        ("static R: LazyLock<R> = LazyLock::new(|| a(b).expect(\"\"));\nfn f() { x.unwrap(); }", 1),
        ("/// x.unwrap()\nfn f() {}\n#[cfg(test)]\nmod tests { fn g() { x.unwrap(); } }", 0),
    ] {
        assert_eq!(panics(&file("src/words.rs", text)).len(), caught, "{text}");
    }
    assert_eq!(form("src/words.rs", "use x;").len(), 1);
    assert_eq!(form("src/words.rs", &format!("//! Long.\n{}", "\n".repeat(400))).len(), 1);
}
