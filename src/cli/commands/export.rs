//! `noticewatch export`.

use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::export::{Exporter, branches, write};
use crate::cli::args::common::Common;
use crate::cli::args::export::ExportArgs;
use crate::cli::output::terminal;
use crate::io::clock::Clock;
use crate::io::git::FastImport;

/// Exports.
///
/// # Errors
/// Nothing was kept, the store cannot be read, or git refuses.
pub fn export(ask: &ExportArgs, common: &Common) -> Result<(), Failure> {
    let ExportArgs::Git { dir, branch, watched } = ask;
    let office = AppContext::open(&common.paths(), Clock::system())?;
    let Some((store, readings)) = office.reader()? else {
        return Err(Failure::Missing(format!("nothing was kept in {} yet", office.state.display())));
    };
    FastImport::prepare(dir, branch)?;
    let mut written = 0;
    let branches = branches(&office, &store, branch, *watched)?;
    let mut desk = Exporter { store, readings };
    for (branch, documents) in branches {
        written += write(&mut desk, dir, &branch, &documents)?;
    }
    if common.json {
        terminal::json(&serde_json::json!({"commits": written}));
    } else {
        say!("{}: {written} versions written", dir.display());
    }
    Ok(())
}
