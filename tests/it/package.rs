//! Tests of the Debian package: what it lists is there, its places are those that the units name, and it starts nothing.

use crate::changelog::debian;
use crate::papers::pages;
use globset::Glob;
use jiff::Timestamp;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
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
    debian::write(papers.path(), Timestamp::UNIX_EPOCH).expect("the changelog");
    for [source, place, mode] in assets() {
        let (dir, name) = source.rsplit_once('/').unwrap_or(("", &source));
        let found = match dir {
            // Made by `scripts/package` before: the program, and its papers.
            "target/release" => {
                assert_eq!([&*source, &*place, &*mode], ["target/release/noticewatch", "usr/bin/", "755"]);
                continue;
            }
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
    let changelog =
        package["changelog"].as_str().and_then(|file| file.strip_prefix("target/papers/")).expect("a paper");
    assert!(papers.path().join(changelog).is_file(), "{changelog}");
}

/// Debian's way: nothing is listed twice, what runs may run, and what it says of itself lies in its own directory.
#[test]
fn each_file_has_one_place() {
    let mut places: Vec<String> = Vec::new();
    for [source, place, _] in assets() {
        let (dir, pattern) = source.rsplit_once('/').unwrap_or(("", &source));
        let names = if dir.starts_with("target/") {
            vec![PathBuf::from(pattern)]
        } else {
            matching(&root().join(dir), pattern)
        };
        for name in names {
            let name = name.file_name().expect("a name").to_string_lossy().into_owned();
            places.push(if place.ends_with('/') { format!("{place}{name}") } else { place.clone() });
        }
    }
    assert!(places.iter().all(|place| ["usr/", "etc/"].iter().any(|top| place.starts_with(top))), "{places:#?}");
    let doc = places.iter().filter(|place| place.starts_with("usr/share/doc/"));
    assert!(doc.clone().all(|place| place.starts_with("usr/share/doc/noticewatch/")), "{places:#?}");
    assert!(doc.clone().any(|place| place.ends_with("/CHANGELOG.md")), "the postinst names it");
    let listed = places.len();
    places.sort();
    places.dedup();
    assert_eq!(places.len(), listed, "two files for one place: {places:#?}");
}

/// What the postinst says: of the version that was configured before, with settings or without.
fn installed(before: &[&str], configured: bool) -> String {
    let dir = tempfile::tempdir().expect("a directory");
    let tool = dir.path().join("dpkg-query");
    std::fs::write(&tool, "#!/bin/sh\necho 0.2.0-1\n").expect("a tool");
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let settings = dir.path().join("etc/noticewatch");
    std::fs::create_dir_all(&settings).expect("a directory");
    if configured {
        std::fs::write(settings.join("noticewatch.toml"), "").expect("settings");
    }
    let path = format!("{}:{}", dir.path().display(), std::env::var("PATH").expect("a path"));
    let mut script = Command::new("sh");
    script.arg(root().join("packaging/postinst")).arg("configure").args(before);
    let output = script.env("PATH", path).env("DPKG_ROOT", dir.path()).output().expect("a shell");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn an_upgrade_says_which_version_took_over_and_where_its_changes_stand() {
    let upgraded = "noticewatch: 0.2.0-1 takes over from 0.1.0-1, and the store is kept. What changed:\n  \
                    /usr/share/doc/noticewatch/CHANGELOG.md\n";
    assert_eq!(installed(&["0.1.0-1"], true), upgraded);
    assert_eq!(installed(&["0.2.0-1"], true), "", "the same once more");
    assert_eq!(installed(&[""], true), "", "a first time, with settings that were left");
    let first = installed(&[], false);
    assert!(first.starts_with("noticewatch: not configured yet, and not started.") && !first.contains("takes over"));
    let both = installed(&["0.1.0-1"], false);
    assert!(both.starts_with(upgraded) && both.contains("not configured yet"), "{both}");
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
