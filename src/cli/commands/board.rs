//! `noticewatch board`.

use crate::app::error::Failure;
use crate::app::notify::board;
use crate::app::open::kept;
use crate::cli::args::common::Common;
use crate::cli::output::terminal::{BOLD, FAINT};
use crate::cli::output::{terminal, timeline};

/// What each service promises today.
///
/// # Errors
/// Nothing kept; the store cannot be read.
pub fn board(common: &Common) -> Result<(), Failure> {
    let kept = kept(&common.paths())?;
    let mut service = String::new();
    let rows = board::board(&kept.survey);
    let alike = |label: &str| rows.iter().filter(|other| other.label == label).count() > 1;
    for row in &rows {
        if common.json {
            terminal::json(row);
            continue;
        }
        if row.service != service {
            say!("{BOLD}{}{BOLD:#}", row.service);
            service.clone_from(&row.service);
        }
        timeline::print_row(row, alike(&row.label));
    }
    let waiting: Vec<_> = kept.office.targets.iter().filter(|target| target.disabled.is_some()).collect();
    if !common.json && !waiting.is_empty() {
        say!("{} not readable yet, because:", waiting.len());
        for target in waiting {
            say!("  {FAINT}{}: {}{FAINT:#}", target.label(), target.disabled.as_deref().unwrap_or_default());
        }
    }
    Ok(())
}
