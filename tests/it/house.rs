//! Tests of: house. Reads the sources and holds who may use whom inside each crate, that no rooms stand in a circle, and
//! how a file looks. What the core cannot reach is held by its dependencies and by `crates/core/clippy.toml`.

mod graph;
mod scan;

use graph::{Arrow, arrows, circles};
use scan::{File, file, line_of, places};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// One crate: where its sources stand, which parts of it are halls with rooms of their own, and what each room may use.
/// A row speaks for all rooms whose names begin as it does; the first that fits counts.
struct House {
    sources: &'static str,
    halls: &'static [&'static str],
    may_use: &'static [(&'static str, &'static [&'static str])],
}

const CORE: House = House {
    sources: "crates/core/src",
    halls: &[],
    may_use: &[
        ("text", &[]),
        ("address", &[]),
        ("promise", &[]),
        ("capture", &["text", "address"]),
        ("target", &["text", "address"]),
        ("schedule", &["target", "capture"]),
        ("document", &["capture", "target", "text"]),
        ("extract", &["document", "capture", "target", "promise", "text"]),
        ("compare", &["extract", "promise", "target", "text"]),
        ("history", &["compare", "extract", "document", "promise", "capture", "target", "schedule", "text"]),
        ("letter", &["history", "compare", "extract", "document", "promise", "capture", "target", "text"]),
    ],
};

const PROGRAM: House = House {
    sources: "src",
    halls: &["app", "cli", "io"],
    may_use: &[
        ("config", &[]),
        ("io/clock", &[]),
        ("io", &["config", "io/clock"]),
        ("app", &["app", "config", "io"]),
        ("cli/args", &["app", "io/store"]),
        ("cli/output", &["app", "cli/args", "config", "io"]),
        ("daemon", &["app", "cli/output", "config", "io"]),
        ("cli", &["app", "cli", "config", "daemon", "io"]),
        ("lib", &["app", "cli", "config", "daemon", "io"]),
    ],
};

/// What the core may not depend on, directly or by others.
const WORLD: [&str; 9] =
    ["tokio", "reqwest", "rustls", "hyper", "lettre", "sled", "chromiumoxide", "tracing", "rustix"];

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

impl House {
    fn files(&self) -> Vec<File> {
        let mut found = Vec::new();
        files(&root().join(self.sources), &mut found);
        found.retain(|(path, _)| !path.ends_with("src/main.rs"));
        found.into_iter().map(|(path, text)| file(self.sources, &path, &text)).collect()
    }

    /// The room in which a module stands.
    fn room(&self, module: &[String]) -> String {
        match module {
            [] => "lib".to_owned(),
            [hall, room, ..] if self.halls.contains(&hall.as_str()) => format!("{hall}/{room}"),
            [room, ..] => room.clone(),
        }
    }

    fn allows(&self, from: &str, to: &str) -> bool {
        let within =
            |room: &str, name: &str| room == name || room.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        let row = self.may_use.iter().find(|(name, _)| within(from, name));
        row.is_some_and(|(_, rooms)| rooms.iter().any(|name| within(to, name)))
    }

    /// Arrows that the table does not allow.
    fn refused(&self, arrows: &[Arrow]) -> Vec<String> {
        let wrong = arrows.iter().filter_map(|arrow| {
            let (from, to) = (self.room(&arrow.from), self.room(&arrow.to));
            (from != to && !self.allows(&from, &to)).then(|| format!("{} ({from} may not use {to})", arrow.place))
        });
        wrong.collect()
    }

    /// Circles of rooms, and circles of more than three files inside one room, with the arrows that close them.
    fn circles(&self, arrows: &[Arrow]) -> Vec<String> {
        let mut wrong = Vec::new();
        let between = |name: &dyn Fn(&[String]) -> Vec<String>| {
            arrows.iter().map(|arrow| (name(&arrow.from), name(&arrow.to))).filter(|(from, to)| from != to).collect()
        };
        let rooms: Vec<(Vec<String>, Vec<String>)> = between(&|module| vec![self.room(module)]);
        let inside: Vec<(Vec<String>, Vec<String>)> = between(&<[String]>::to_vec);
        let inside: Vec<_> = inside.into_iter().filter(|(from, to)| self.room(from) == self.room(to)).collect();
        for (found, most, name) in [
            (circles(&rooms), 1, (&|module: &[String]| vec![self.room(module)]) as &dyn Fn(&[String]) -> Vec<String>),
            (circles(&inside), 3, &<[String]>::to_vec),
        ] {
            for circle in found.iter().filter(|circle| circle.len() > most) {
                let _ = writeln!(wrong_line(&mut wrong), "a circle of {}:", list(circle));
                let closing = arrows.iter().filter(|arrow| {
                    let (from, to) = (name(&arrow.from), name(&arrow.to));
                    from != to && circle.contains(&from) && circle.contains(&to)
                });
                wrong.extend(closing.map(|arrow| format!("    {}", arrow.place)));
            }
        }
        wrong
    }
}

fn wrong_line(wrong: &mut Vec<String>) -> &mut String {
    wrong.push(String::new());
    let last = wrong.len() - 1;
    &mut wrong[last]
}

fn list(circle: &BTreeSet<Vec<String>>) -> String {
    circle.iter().map(|module| module.join("/")).collect::<Vec<_>>().join(", ")
}

/// The lexicon's patterns are constants, compiled by functions that only lazy values call; a test walks the table.
const TABLES: &str = "crates/core/src/extract/lexicon/";

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

/// The one file through which all programs speak: other ways panic where nobody listens.
const SPEAKS: &str = "src/io/say.rs";

fn speaks(path: &str, text: &str) -> Vec<String> {
    let code = file("src", path, text).code;
    let found = ["print!", "println!", "eprint!", "eprintln!"].into_iter().flat_map(|name| {
        let lines: Vec<usize> = places(&code, name).map(|at| line_of(&code, at)).collect();
        lines.into_iter().map(move |line| format!("{path}:{line}: {name} panics where nobody listens; see {SPEAKS}"))
    });
    found.collect()
}

fn form(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if !text.starts_with("//!") {
        wrong.push(format!("{path}:1: does not open with `//!`: say what it knows, and what it does not"));
    }
    if !path.starts_with("tests/") && text.lines().count() > 400 {
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
fn every_room_uses_only_what_it_may() {
    none(&[CORE, PROGRAM].iter().flat_map(|house| house.refused(&arrows(&house.files()))).collect::<Vec<_>>());
}

#[test]
fn no_rooms_and_no_more_than_three_files_of_a_room_stand_in_a_circle() {
    none(&[CORE, PROGRAM].iter().flat_map(|house| house.circles(&arrows(&house.files()))).collect::<Vec<_>>());
}

#[test]
fn the_core_depends_on_nothing_that_reaches_the_world() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--package",
            "noticewatch-core",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(crates.contains("noticewatch-core"), "{tree}");
    none(&WORLD.iter().filter(|name| crates.contains(**name)).map(|name| (*name).to_owned()).collect::<Vec<_>>());
}

#[test]
fn nothing_panics_on_purpose() {
    none(&[CORE, PROGRAM].iter().flat_map(House::files).flat_map(|file| panics(&file)).collect::<Vec<_>>());
}

#[test]
fn every_file_says_what_it_knows_and_is_short() {
    let mut all = Vec::new();
    for dir in ["crates/core/src", "src", "tests", "benches"] {
        files(&root().join(dir), &mut all);
    }
    none(&all.iter().flat_map(|(path, text)| form(path, text)).collect::<Vec<_>>());
}

#[test]
fn all_programs_speak_in_a_way_that_cannot_panic() {
    let mut all = Vec::new();
    for dir in ["crates/core/src", "src", "xtask/src"] {
        files(&root().join(dir), &mut all);
    }
    none(&all.iter().flat_map(|(path, text)| speaks(path, text)).collect::<Vec<_>>());
    for (text, caught) in [
        ("fn f() { println!(\"it\"); anstream::eprintln!(); std::print!(\"it\"); }", 3),
        ("// println!(1)\nfn f() { say!(\"println!\"); part.print(); }", 0),
    ] {
        assert_eq!(speaks("src/words.rs", text).len(), caught, "{text}");
    }
}

/// The tests of the tests: what they must catch, and what they must leave alone.
#[test]
fn the_table_and_the_circles_catch_what_they_should() {
    let crates = |texts: &[(&str, &str)]| -> Vec<File> {
        texts.iter().map(|(path, text)| file("crates/core/src", path, text)).collect()
    };
    let base = [
        ("crates/core/src/lib.rs", "pub mod history;\npub mod letter;\npub mod text;"),
        (
            "crates/core/src/letter/mod.rs",
            "mod compose;\nmod types;\npub use types::Letter;\npub use compose::compose;",
        ),
        ("crates/core/src/letter/types.rs", "pub struct Letter;"),
        ("crates/core/src/letter/compose.rs", "use super::types::Letter;\npub fn compose() -> Letter { Letter }"),
        ("crates/core/src/text.rs", "pub fn normal() {}"),
    ];
    for (text, refused, circles) in [
        ("use crate::letter::Letter;", 1, 0),
        ("use crate::{text, letter::{self, compose}};\nfn f() { text::normal(); letter::compose(); }", 3, 0),
        ("fn f() { crate::letter::compose(); }", 1, 0),
        ("use super::letter::Letter as Mail;", 1, 0),
        ("use crate::text::normal;\nuse crate::text;\nfn f() { text::normal(); }", 0, 0),
        ("// use crate::letter;\nlet s = \"crate::letter::Letter\"; let r = r#\"crate::letter\"#;", 0, 0),
        ("pub fn f() {}\n#[cfg(test)]\nmod tests { use crate::letter::Letter; }", 0, 0),
    ] {
        let mut texts = base.to_vec();
        texts.push(("crates/core/src/history.rs", text));
        let found = arrows(&crates(&texts));
        assert_eq!(CORE.refused(&found).len(), refused, "{text}\n{}", CORE.refused(&found).join("\n"));
        assert_eq!(CORE.circles(&found).len(), circles, "{text}\n{}", CORE.circles(&found).join("\n"));
    }
    // Two rooms that use each other, through what one of them hands on.
    let mut texts = base.to_vec();
    texts.push(("crates/core/src/history.rs", "use crate::letter::Letter;\npub struct Finding;"));
    texts.push(("crates/core/src/letter/item.rs", "use crate::history::Finding;"));
    assert!(!CORE.circles(&arrows(&crates(&texts))).is_empty());
    // Three files in a circle may stand in one room, four may not.
    let ring = |count: usize| -> Vec<File> {
        let texts = (0..count).map(|index| {
            let next = (index + 1) % count;
            (
                format!("crates/core/src/letter/file{index}.rs"),
                format!("use super::file{next}::Item{next};\npub struct Item{index};"),
            )
        });
        texts.map(|(path, text)| file("crates/core/src", &path, &text)).collect()
    };
    assert!(CORE.circles(&arrows(&ring(3))).is_empty());
    assert_eq!(CORE.circles(&arrows(&ring(4))).len(), 5);
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
        assert_eq!(panics(&file("src", "src/words.rs", text)).len(), caught, "{text}");
    }
    assert_eq!(form("src/words.rs", "use x;").len(), 1);
    assert_eq!(form("src/words.rs", &format!("//! Long.\n{}", "\n".repeat(400))).len(), 1);
}
