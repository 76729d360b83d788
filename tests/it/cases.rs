//! Cases are files: finds them, compares with what is expected, rewrites it under `UPDATE=1`.

use std::path::{Path, PathBuf};

/// The entries of `tests/DIR` with that ending (a leading dot included; empty: directories), sorted.
///
/// # Panics
/// Where there are none: a directory with no cases fails.
pub fn cases(dir: &str, ending: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(dir);
    let mut found: Vec<PathBuf> = std::fs::read_dir(&dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.expect("a directory entry").path())
        .filter(|path| if ending.is_empty() { path.is_dir() } else { path.to_string_lossy().ends_with(ending) })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no case in {}", dir.display());
    found
}

/// Compares `actual` with the file `expected`, or writes it under `UPDATE=1`; returns the difference for a person.
pub fn check(expected: &Path, actual: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(expected, actual).map_err(|error| format!("{}: {error}", expected.display()))?;
        return Ok(());
    }
    let wanted = std::fs::read_to_string(expected).unwrap_or_default();
    if wanted == actual {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(wanted.as_str(), actual).unified_diff().context_radius(3).to_string();
    Err(format!("{} differs (UPDATE=1 cargo test rewrites it)\n{diff}", expected.display()))
}

/// Fails with all differences at once.
pub fn all(results: impl IntoIterator<Item = Result<(), String>>) {
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
