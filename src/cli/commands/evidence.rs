//! `noticewatch evidence`.

use crate::app::error::Failure;
use crate::app::evidence::archive::{BundleForm, SUMS};
use crate::app::evidence::{archive, facts, files, name, standing, subject};
use crate::app::open::kept;
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::args::evidence::EvidenceArgs;
use crate::cli::output::terminal;
use crate::cli::output::terminal::BOLD;
use noticewatch_core::capture::Sha256;
use serde_json::json;
use std::path::Path;

/// Writes the bundle.
///
/// # Errors
/// No such finding, target or capture; a body was dropped; the file cannot be written.
pub fn evidence(ask: &EvidenceArgs, common: &Common) -> Result<(), Failure> {
    let form = BundleForm::of(&ask.to)?;
    let kept = kept(&common.paths())?;
    let subject = subject::find(&kept, &ask.named, ask.at)?;
    if let (Some((at, reason)), false) = (&subject.corrected, ask.corrected) {
        let id = subject.finding.as_ref().map(|finding| finding.id.clone()).unwrap_or_default();
        let (at, reason) = (utc(*at), text::clean(reason));
        return Err(Failure::Usage(format!(
            "{id} was corrected on {at}, as a fault of ours: {reason}; --corrected writes the bundle all the same, and says so \
             at the head of each paper"
        )));
    }
    let dir = name(&subject);
    let (files, chain) = files(&kept, &subject, &dir)?;
    let packed = archive::pack(form, &dir, &files, subject.until)?;
    write(&ask.to, &packed)?;
    let sums = files.get(SUMS).map(|sums| Sha256::of(sums)).unwrap_or_default();
    let covered = chain.steps.iter().filter(|step| step.day.is_some()).count();
    let stamped = chain.roots.iter().filter(|root| root.stamp.is_some()).count();
    if common.json {
        let line = json!({
            "file": ask.to, "sha256": Sha256::of(&packed), "directory": dir, "sums": sums, "files": files.len(),
            "statements": chain.steps.len(), "covered": covered, "roots": chain.roots.len(), "stamped": stamped,
            "corrected": subject.corrected.as_ref().map(|(at, reason)| json!({"at": at, "reason": reason})),
        });
        terminal::json(&line);
        return Ok(());
    }
    if let Some(corrected) = facts::corrected(&subject) {
        say!("{BOLD}{corrected}{BOLD:#}");
    }
    say!("{}: {} files in {dir}/", ask.to.display(), files.len());
    say!("SHA-256 of the file:    {}", Sha256::of(&packed));
    say!("SHA-256 of {SUMS}:  {sums}");
    say!("{}", standing(&chain, covered, stamped));
    say!("Hand over both digests by another way than the file; {dir}/README.txt says how to check it.");
    Ok(())
}

fn write(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, octets).map_err(|error| Failure::State(format!("{}: {error}", path.display())))
}
