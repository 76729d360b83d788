//! Gives the rules of reading and judging a name: a digest of their sources, and of the
//! versions of what finds the letters in PDF files, so that every cached reading is made anew
//! when they change, and what they find in the past is known to be found late.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The sources that decide what a page is read to say and how a change is judged.
const RULES: [&str; 7] = [
    "src/capture/typeset.rs",
    "src/document",
    "src/history",
    "src/io/pdf/glyphs.rs",
    "src/io/pdf/ink.rs",
    "src/words",
    "src/words.rs",
];

/// The crates that see the letters in a PDF file: another version may see others.
const LETTERS: &str = "name = \"hayro-";

fn main() {
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
    let name = digest.finalize().iter().take(8).fold(String::new(), |name, octet| name + &format!("{octet:02x}"));
    println!("cargo::rustc-env=NOTICEWATCH_RULES={name}");
    println!("cargo::rerun-if-changed=Cargo.lock");
    for place in RULES {
        println!("cargo::rerun-if-changed={place}");
    }
}

fn files(place: &Path) -> Vec<PathBuf> {
    match std::fs::read_dir(place) {
        Ok(entries) => entries.flatten().flat_map(|entry| files(&entry.path())).collect(),
        Err(_) => vec![place.to_owned()],
    }
}
