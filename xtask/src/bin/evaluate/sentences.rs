//! The part about sentences: which of them are found to speak of user notice.
//!
//! Each row is read as a small document: its heading, and one paragraph of the text before it and the sentence.

use noticewatch_core::document::PageSource;
use noticewatch_core::extract::Class;
use noticewatch_core::target::ReadingSettings;
use noticewatch_core::{extract, text};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

/// A row of `sentences.jsonl`.
#[derive(Deserialize)]
struct Row {
    service: String,
    terms_type: String,
    heading: Option<String>,
    before: Option<String>,
    sentence: String,
    label: String,
}

/// What was measured.
#[derive(Default)]
pub struct Sentences {
    notice: usize,
    other: usize,
    near: usize,
    near_found: usize,
    hits: usize,
    false_hits: usize,
    wrong: Vec<Value>,
}

/// Reads `sentences.jsonl` of a directory and judges every row; None where there is no such file.
pub fn measure(dir: &Path) -> Result<Option<Sentences>, String> {
    let path = dir.join("sentences.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(None) };
    let mut measured = Sentences::default();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row: Row = serde_json::from_str(line)
            .map_err(|error| format!("{}, line {}: {error}; is it a row of sentences?", path.display(), number + 1))?;
        measured.take(&row);
    }
    Ok(Some(measured))
}

impl Sentences {
    fn take(&mut self, row: &Row) {
        let found = predicted(row);
        match row.label.as_str() {
            "notice" => {
                self.notice += 1;
                self.hits += usize::from(found);
            }
            "near" => {
                self.near += 1;
                self.near_found += usize::from(found);
                return;
            }
            _ => {
                self.other += 1;
                self.false_hits += usize::from(found);
            }
        }
        if found != (row.label == "notice") {
            self.wrong.push(json!({
                "service": row.service, "terms_type": row.terms_type, "heading": row.heading, "before": row.before,
                "sentence": row.sentence, "label": row.label, "found": found,
            }));
        }
    }

    fn recall(&self) -> f64 {
        share(self.hits, self.notice)
    }

    fn precision(&self) -> f64 {
        share(self.hits, self.hits + self.false_hits)
    }

    /// The part of the JSON report.
    pub fn json(&self) -> Value {
        json!({
            "notice": self.notice, "other": self.other, "precision": self.precision(), "recall": self.recall(),
            "near": self.near, "near_found": self.near_found, "wrong": self.wrong,
        })
    }

    /// The part of the report for a person.
    pub fn print(&self) {
        noticewatch::say!("sentences: {} notice, {} other", self.notice, self.other);
        noticewatch::say!("  recall     {:.3}  ({} missed)", self.recall(), self.notice - self.hits);
        noticewatch::say!("  precision  {:.3}  ({} wrongly found)", self.precision(), self.false_hits);
        noticewatch::say!("  near       {} of {} found (counted neither way)", self.near_found, self.near);
        for wrong in &self.wrong {
            let verdict = if wrong["found"] == true { "wrongly found" } else { "missed" };
            let text = |name: &str| wrong[name].as_str().unwrap_or_default().to_owned();
            noticewatch::say!(
                "  {verdict}: {} {} | {} | {}",
                text("service"),
                text("terms_type"),
                text("heading"),
                text("sentence")
            );
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Whether a passage of class user-notice covers the row's sentence.
fn predicted(row: &Row) -> bool {
    let heading = row.heading.as_deref().map(one_line).filter(|heading| !heading.is_empty());
    let heading = heading.map(|heading| format!("# {heading}\n\n")).unwrap_or_default();
    let before = one_line(row.before.as_deref().unwrap_or_default());
    let text = format!("{heading}{before} {}\n", one_line(&row.sentence));
    let page = PageSource { body: text.as_bytes(), media_type: "text/markdown", charset: Some("utf-8") };
    let settings = ReadingSettings {
        terms_type: row.terms_type.clone(),
        names: vec![row.service.clone()],
        ..ReadingSettings::default()
    };
    let sentence = text::normal(&row.sentence);
    extract::read(page, &settings)
        .passages
        .iter()
        .filter(|passage| passage.class == Class::UserNotice)
        .any(|passage| covers(&passage.quote, &sentence))
}

/// Whether a quote holds a sentence, or one of the quote's sentences stands in it.
fn covers(quote: &str, sentence: &str) -> bool {
    text::normal(quote).contains(sentence)
        || quote
            .lines()
            .flat_map(text::sentences)
            .map(text::normal)
            .any(|spoken| spoken.len() > 20 && (sentence.contains(&spoken) || spoken.contains(sentence)))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
