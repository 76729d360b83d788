//! Measures how well pages are read and changes judged, on a directory of labelled real material.
//!
//! `cargo run --release --example evaluate -- DIR [--json]`, where DIR holds `sentences.jsonl`, `changes.jsonl` and a
//! bare clone `versions.git`; a part whose file is missing is left out. Labels are never seen while judging.

mod sentences;

use serde_json::{Map, Value};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(dir) = arguments.iter().find(|argument| !argument.starts_with("--")).map(PathBuf::from) else {
        eprintln!("usage: evaluate DIR [--json]   (DIR holds sentences.jsonl, changes.jsonl, versions.git)");
        return ExitCode::from(64);
    };
    let json = arguments.iter().any(|argument| argument == "--json");
    let mut report = Map::new();
    match sentences::measure(&dir) {
        Ok(Some(part)) => {
            if !json {
                part.print();
            }
            report.insert("sentences".to_owned(), part.json());
        }
        Ok(None) => {}
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(65);
        }
    }
    if json {
        println!("{}", Value::Object(report));
    }
    ExitCode::SUCCESS
}
