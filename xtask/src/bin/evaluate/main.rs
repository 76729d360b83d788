//! Measures how well pages are read and changes judged, on a directory of labelled real material.
//!
//! `cargo run --release -p xtask --bin evaluate -- DIR [--json]`, where DIR holds `sentences.jsonl`, `changes.jsonl` and a
//! bare clone `versions.git`; a part whose file is missing is left out. Labels are never seen while judging.

mod changes;
mod histories;
mod sentences;

use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(evaluate())
}

fn evaluate() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(dir) = arguments.iter().find(|argument| !argument.starts_with("--")).map(PathBuf::from) else {
        noticewatch::complain!(
            "usage: evaluate DIR [--json]   (DIR holds sentences.jsonl, changes.jsonl, versions.git)"
        );
        return ExitCode::from(64);
    };
    let json = arguments.iter().any(|argument| argument == "--json");
    let mut report = Map::new();
    for part in [sentences_part(&dir, json), changes_part(&dir, json), histories_part(&dir, json)] {
        match part {
            Ok(Some((name, part))) => {
                report.insert(name.to_owned(), part);
            }
            Ok(None) => {}
            Err(error) => {
                noticewatch::complain!("{error}");
                return ExitCode::from(65);
            }
        }
    }
    if json {
        noticewatch::say!("{}", Value::Object(report));
    }
    ExitCode::SUCCESS
}

/// A part of the report: its name and its figures.
type Part = Result<Option<(&'static str, Value)>, String>;

fn sentences_part(dir: &Path, json: bool) -> Part {
    let Some(part) = sentences::measure(dir)? else { return Ok(None) };
    if !json {
        part.print();
    }
    Ok(Some(("sentences", part.json())))
}

fn changes_part(dir: &Path, json: bool) -> Part {
    let Some(part) = changes::measure(dir)? else { return Ok(None) };
    if !json {
        part.print();
    }
    Ok(Some(("changes", part.json())))
}

fn histories_part(dir: &Path, json: bool) -> Part {
    let Some(part) = histories::measure(dir)? else { return Ok(None) };
    if !json {
        part.print();
    }
    Ok(Some(("histories", part.json())))
}
