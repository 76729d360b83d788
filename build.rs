//! Gives the sources as a whole a name, which captures carry as the build that made them, and the rules of reading and
//! judging one: a digest of their sources, and of the
//! versions of what finds the letters in PDF files, so that every cached reading is made anew
//! when they change, and what they find in the past is known to be found late.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The sources that decide what a page is read to say and how a change is judged.
const RULES: [&str; 9] = [
    "crates/core/src/capture/glyphs.rs",
    "crates/core/src/compare",
    "crates/core/src/document",
    "crates/core/src/extract",
    "crates/core/src/history",
    "crates/core/src/promise",
    "crates/core/src/text",
    "src/io/pdf/glyphs.rs",
    "src/io/pdf/ink.rs",
];

/// The crates that see the letters in a PDF file: another version may see others.
const LETTERS: &str = "name = \"hayro-";

/// All sources. `find crates src templates build.rs Cargo.lock Cargo.toml targets.toml -type f | LC_ALL=C sort | xargs cat |
/// sha256sum | cut -c1-16` prints the same.
const BUILD: [&str; 7] = ["crates", "src", "templates", "build.rs", "Cargo.lock", "Cargo.toml", "targets.toml"];

fn main() {
    println!("cargo::rustc-env=NOTICEWATCH_BUILD={}", build());
    for place in BUILD {
        println!("cargo::rerun-if-changed={place}");
    }
    let mut files: Vec<PathBuf> = RULES.iter().flat_map(|place| files(Path::new(place))).collect();
    files.sort();
    let mut digest = Sha256::new();
    for file in &files {
        digest.update(std::fs::read(file).unwrap_or_default());
    }
    let locked = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    for version in locked.split("[[package]]").filter(|package| package.contains(LETTERS)) {
        digest.update(version);
    }
    println!("cargo::rustc-env=NOTICEWATCH_RULES={}", name(digest));
}

fn build() -> String {
    let mut files: Vec<PathBuf> = BUILD.iter().flat_map(|place| files(Path::new(place))).collect();
    files.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    let mut digest = Sha256::new();
    for file in &files {
        digest.update(std::fs::read(file).unwrap_or_default());
    }
    name(digest)
}

fn name(digest: Sha256) -> String {
    digest.finalize().iter().take(8).fold(String::new(), |name, octet| name + &format!("{octet:02x}"))
}

fn files(place: &Path) -> Vec<PathBuf> {
    match std::fs::read_dir(place) {
        Ok(entries) => entries.flatten().flat_map(|entry| files(&entry.path())).collect(),
        Err(_) => vec![place.to_owned()],
    }
}
