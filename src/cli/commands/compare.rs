//! `noticewatch compare`: what changed between two files.

use crate::app::error::Failure;
use crate::app::json::change_json;
use crate::app::local_page::PageFile;
use crate::cli::args::common::Common;
use crate::cli::output::changes::print_comparison;
use crate::cli::output::terminal;
use noticewatch_core::history::compare;
use noticewatch_core::target::TermsKind;
use serde_json::json;
use std::path::Path;

/// Says what changed between two files.
///
/// # Errors
/// A file that cannot be read.
pub fn compare_files(
    old: &Path,
    new: &Path,
    terms_type: Option<&str>,
    alias: &[String],
    common: &Common,
) -> Result<(), Failure> {
    let old = PageFile::open(old, terms_type)?;
    let new = PageFile::open(new, terms_type.or(Some(&old.terms_type)))?;
    let aliases: Vec<Vec<String>> =
        alias.iter().map(|names| names.split(',').map(|name| name.trim().to_owned()).collect()).collect();
    let comparison = compare(&old.reading()?, &new.reading()?, &aliases, TermsKind::of(&new.terms_type));
    if common.json {
        terminal::json(&json!({
            "verdict": comparison.verdict,
            "dominant": comparison.dominant,
            "severity": comparison.severity,
            "alert": comparison.alert,
            "health": comparison.health,
            "changes": comparison.changes.iter().map(change_json).collect::<Vec<_>>(),
        }));
    } else {
        print_comparison(&comparison);
    }
    Ok(())
}
