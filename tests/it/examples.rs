//! Tests of: examples. Each is short, runs, and says what its first line promises.

use std::path::{Path, PathBuf};
use std::process::Command;

const BEFORE: &str = "# Requests for data\n\nWe will notify users of any government request for their data before we \
    disclose it, unless a court order forbids it.\n";
const AFTER: &str =
    "# Requests for data\n\nWhere required by law, we may notify users of any government request for their data.\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What an example prints. `cargo test` builds the examples before it runs tests; where only this test was built, they are
/// built now.
fn output(name: &str, arguments: &[&Path]) -> String {
    let tests = std::env::current_exe().expect("a path");
    let built = tests.parent().and_then(Path::parent).expect("a directory above").join("examples").join(name);
    if !built.exists() {
        let made = Command::new(env!("CARGO"))
            .args(["build", "--locked", "--offline", "--example", name])
            .current_dir(root())
            .status();
        assert!(made.expect("cargo runs").success());
    }
    let ended = Command::new(&built).args(arguments).output();
    let ended = ended.unwrap_or_else(|error| panic!("{}: {error}", built.display()));
    assert!(ended.status.success(), "{name}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

#[test]
fn the_examples_show_the_core_as_a_library() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| -> PathBuf {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let (before, after) = (file("2026-01-05.md", BEFORE), file("2026-03-01.md", AFTER));
    let read = output("read_page", &[&before]);
    assert!(read.contains("We will notify users") && read.contains("before"), "{read}");
    let compared = output("compare_two", &[&before, &after]);
    assert!(compared.starts_with("Weakened"), "{compared}");
    let followed = output("follow_folder", &[dir.path()]);
    assert!(followed.contains("Weakened"), "{followed}");
}

#[test]
fn an_example_has_under_forty_lines() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("examples")).expect("examples") {
        let path = entry.expect("an entry").path();
        let lines = std::fs::read_to_string(&path).expect("an example").lines().count();
        assert!(lines < 40, "{}: {lines} lines", path.display());
        count += 1;
    }
    assert!(count >= 3);
}
