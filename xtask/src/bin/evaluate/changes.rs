//! Measures comparing on `changes.jsonl`: two versions of a page, and what readers said of the change.
//!
//! The label is looked at only after the judgement.

use noticewatch_core::document::PageSource;
use noticewatch_core::extract::Reading;
use noticewatch_core::history::Comparison;
use noticewatch_core::target::{ReadingSettings, TermsKind};
use noticewatch_core::{extract, history};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// One labelled change.
#[derive(Deserialize)]
struct Row {
    service: String,
    terms_type: String,
    old_blob: String,
    new_blob: String,
    kind: String,
    direction: String,
    #[serde(default)]
    direction_also_defensible: Vec<String>,
    alert: bool,
    #[serde(default)]
    disputed: bool,
    #[serde(default)]
    why: String,
}

/// The figures of this part.
#[derive(Debug, Default, Serialize)]
pub struct Changes {
    /// Changes that should be mailed.
    genuine: usize,
    /// Of those, not mailed.
    missed: usize,
    /// Changes that are none: failed captures, other languages, moved text.
    quiet: usize,
    /// Of those, mailed.
    false_alerts: usize,
    /// Changes of wording without meaning.
    cosmetic: usize,
    /// Of those, mailed.
    cosmetic_alerts: usize,
    /// Share of the genuine and the cosmetic changes whose direction is the label's or as defensible.
    direction_agreement: f64,
    /// Each disagreement, with the program's reasons.
    wrong: Vec<Wrong>,
}

/// One disagreement.
#[derive(Debug, Serialize)]
struct Wrong {
    row: usize,
    service: String,
    terms_type: String,
    what: &'static str,
    label: String,
    verdict: String,
    why: String,
    reasons: Vec<String>,
}

/// Judges every row of `changes.jsonl`; None where a file of the archive is missing.
///
/// # Errors
/// A line that is no such row, or a blob that git does not have.
pub fn measure(dir: &Path) -> Result<Option<Changes>, String> {
    let (labels, versions) = (dir.join("changes.jsonl"), dir.join("versions.git"));
    if !labels.exists() || !versions.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&labels).map_err(|error| format!("{}: {error}", labels.display()))?;
    let (mut figures, mut agreeing) = (Changes::default(), 0);
    for (number, line) in text.lines().enumerate() {
        let row: Row = serde_json::from_str(line).map_err(|error| format!("changes.jsonl:{}: {error}", number + 1))?;
        if row.disputed {
            continue;
        }
        let judged = judge(&versions, &row)?;
        agreeing += usize::from(count(&mut figures, number, &row, &judged));
    }
    figures.direction_agreement = ratio(agreeing, figures.genuine + figures.cosmetic);
    Ok(Some(figures))
}

impl Changes {
    /// The figures as one JSON object.
    pub fn json(&self) -> Value {
        json!(self)
    }

    /// The figures and every disagreement, for a person.
    pub fn print(&self) {
        noticewatch::say!(
            "changes: {} genuine, {} missed; {} quiet, {} false alerts; {} cosmetic, {} alerts; direction {:.3}",
            self.genuine,
            self.missed,
            self.quiet,
            self.false_alerts,
            self.cosmetic,
            self.cosmetic_alerts,
            self.direction_agreement
        );
        for wrong in &self.wrong {
            noticewatch::say!(
                "  row {} {} {}: {}: {} read as {}",
                wrong.row,
                wrong.service,
                wrong.terms_type,
                wrong.what,
                wrong.label,
                wrong.verdict
            );
            noticewatch::say!("    why: {}", wrong.why);
            for reason in &wrong.reasons {
                noticewatch::say!("    program: {reason}");
            }
        }
    }
}

fn judge(versions: &Path, row: &Row) -> Result<Comparison, String> {
    let settings = ReadingSettings {
        terms_type: row.terms_type.clone(),
        names: vec![row.service.clone()],
        ..ReadingSettings::default()
    };
    let (before, after) = (read(versions, &row.old_blob, &settings)?, read(versions, &row.new_blob, &settings)?);
    Ok(history::compare(&before, &after, &[], TermsKind::of(&row.terms_type)))
}

fn read(versions: &Path, blob: &str, settings: &ReadingSettings) -> Result<Reading, String> {
    let out = Command::new("git").arg("-C").arg(versions).args(["cat-file", "blob", blob]).output();
    let out = out.map_err(|error| format!("git: {error}"))?;
    if !out.status.success() {
        return Err(format!("{}: no blob {blob}: {}", versions.display(), String::from_utf8_lossy(&out.stderr)));
    }
    let page = PageSource { body: &out.stdout, media_type: "text/markdown", charset: Some("utf-8") };
    Ok(extract::read(page, settings))
}

/// Counts a row; true if its direction counts and agrees.
fn count(figures: &mut Changes, number: usize, row: &Row, judged: &Comparison) -> bool {
    let verdict = name(judged);
    let cosmetic = row.kind == "genuine" && !row.alert;
    let what = if row.alert {
        figures.genuine += 1;
        figures.missed += usize::from(!judged.alert);
        if judged.alert { "" } else { "missed" }
    } else if cosmetic {
        figures.cosmetic += 1;
        figures.cosmetic_alerts += usize::from(judged.alert);
        if judged.alert { "cosmetic alert" } else { "" }
    } else {
        figures.quiet += 1;
        figures.false_alerts += usize::from(judged.alert);
        if judged.alert { "false alert" } else { "" }
    };
    let counts = row.kind == "genuine";
    let agrees = agrees(row, &verdict);
    let what = if what.is_empty() && counts && !agrees { "direction" } else { what };
    if !what.is_empty() {
        figures.wrong.push(wrong(number, row, judged, what));
    }
    counts && agrees
}

fn agrees(row: &Row, verdict: &str) -> bool {
    std::iter::once(&row.direction)
        .chain(&row.direction_also_defensible)
        .any(|label| label == verdict || (label == "cosmetic" && matches!(verdict, "reworded" | "none")))
}

fn wrong(number: usize, row: &Row, judged: &Comparison, what: &'static str) -> Wrong {
    Wrong {
        row: number,
        service: row.service.clone(),
        terms_type: row.terms_type.clone(),
        what,
        label: row.direction.clone(),
        verdict: name(judged),
        why: row.why.clone(),
        reasons: judged
            .health
            .signs
            .iter()
            .cloned()
            .chain(judged.changes.iter().flat_map(|change| change.reasons.iter().cloned()))
            .collect(),
    }
}

fn name(judged: &Comparison) -> String {
    serde_json::to_value(judged.verdict).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
