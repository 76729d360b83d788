//! Tests of the Debian package: what it lists is there, its places are those that the units name, and it starts nothing.

use crate::papers::pages;
use globset::Glob;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The part of Cargo.toml that describes the package.
fn package() -> Table {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let whole: Table = text.parse().expect("TOML");
    whole["package"]["metadata"]["deb"].as_table().expect("a table").clone()
}

/// What is listed: the source, the place, the mode.
fn assets() -> Vec<[String; 3]> {
    let package = package();
    let all = package["assets"].as_array().expect("a list").iter();
    all.map(|asset| [0, 1, 2].map(|part| asset[part].as_str().expect("a text").to_owned())).collect()
}

/// The files that a source means, in a directory.
fn matching(dir: &Path, pattern: &str) -> Vec<PathBuf> {
    let pattern = Glob::new(pattern).expect("a pattern").compile_matcher();
    let entries = std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| pattern.is_match(path.file_name().expect("a name")))
        .collect()
}

#[test]
fn everything_that_is_listed_is_there() {
    let papers = tempfile::tempdir().expect("a directory");
    pages::write(papers.path()).expect("the papers");
    for [source, _, mode] in assets() {
        let (dir, name) = source.rsplit_once('/').unwrap_or(("", &source));
        let found = match dir {
            // Made by `scripts/package` before: the program, and its papers.
            "target/release" => continue,
            "target/papers" => matching(papers.path(), name),
            _ => matching(&root().join(dir), name),
        };
        assert!(!found.is_empty(), "{source} is not there");
        assert!(found.iter().all(|path| path.is_file()), "{source}: {found:?}");
        assert_eq!(mode, "644", "{source}");
    }
    let package = package();
    let licence = package["license-file"][0].as_str().expect("a file");
    assert!(root().join(licence).is_file());
}

/// Nothing that a package has is left out: every unit, every man page, the list of targets.
#[test]
fn every_unit_is_in_the_package() {
    let listed: Vec<String> = assets().into_iter().map(|[source, ..]| source).collect();
    for ending in ["*.service", "*.timer", "*.socket", "*.sysusers"] {
        for unit in matching(&root().join("systemd"), ending) {
            let name = unit.file_name().expect("a name").to_string_lossy().into_owned();
            // The unit of the package's own name is found by cargo-deb itself.
            let own = name == "noticewatch.service";
            assert_eq!(listed.contains(&format!("systemd/{name}")), !own, "{name}");
        }
    }
}

#[test]
fn the_package_starts_nothing_and_keeps_what_was_configured() {
    let package = package();
    let units = &package["systemd-units"];
    assert_eq!(units["enable"], Value::Boolean(false));
    assert_eq!(units["start"], Value::Boolean(false));
    assert_eq!(units["unit-scripts"].as_str(), Some("systemd"));
    let scripts = root().join(package["maintainer-scripts"].as_str().expect("a directory"));
    let script = std::fs::read_to_string(scripts.join("postinst")).expect("a script");
    assert!(script.contains("\n#DEBHELPER#\n"));
    let kept: Vec<&str> = package["conf-files"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for [source, place, _] in assets().into_iter().filter(|[_, place, _]| place.starts_with("etc/")) {
        let file = format!("/{place}{source}");
        assert!(kept.contains(&file.as_str()), "{file} would be overwritten by an upgrade");
    }
    let unit = std::fs::read_to_string(root().join("systemd/noticewatch.service")).expect("a unit");
    assert!(
        unit.contains("--targets /etc/noticewatch/targets.toml") && unit.contains("ExecStart=/usr/bin/noticewatch ")
    );
}
