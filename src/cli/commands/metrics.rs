//! `noticewatch metrics`.

use crate::app::error::Failure;
use crate::app::metrics::{families, figures};
use crate::app::open::watched;
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::io::metrics;
use crate::io::say;

/// Prints the figures as Prometheus reads them.
///
/// # Errors
/// Nothing was kept yet; the store cannot be read.
pub fn metrics(common: &Common) -> Result<(), Failure> {
    let kept = watched(&common.paths())?;
    let figures = figures(&kept.office, &kept.survey, &kept.store)?;
    if common.json {
        terminal::json(&serde_json::json!({"figures": figures}));
        return Ok(());
    }
    let text = metrics::text(&families(&figures, &kept.survey)).map_err(|error| Failure::Io(error.to_string()))?;
    say::raw(&text);
    Ok(())
}
