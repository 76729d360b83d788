//! `noticewatch import`.

use crate::app::analysis::facts::Facts;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::import::plan::{RecordedDocument, WantedDocuments};
use crate::app::import::run::{Importer, Totals, work};
use crate::app::import::{Recording, context, plan};
use crate::app::text;
use crate::app::text::utc;
use crate::cli::args::common::Common;
use crate::cli::args::import::ImportArgs;
use crate::cli::output::terminal;
use crate::cli::output::terminal::{BOLD, FAINT};
use crate::io::clock::Clock;
use crate::io::git::{Branch, Repository};
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use serde_json::json;

/// Imports a repository.
///
/// # Errors
/// The repository cannot be read, an option names what does not exist, or the store cannot be written.
pub fn import(ask: &ImportArgs, common: &Common) -> Result<(), Failure> {
    let office = AppContext::open(&common.paths(), Clock::system())?;
    for (_, target) in &ask.map {
        office.target(target)?;
    }
    let repository = Repository::open(&ask.repository)?;
    if repository.is_shallow()? {
        let path = text::clean(&ask.repository.display().to_string());
        let help = "git fetch --unshallow there, then import again";
        complain!("noticewatch: {path} is a shallow clone, without what came before; {help}");
    }
    let source = ask.source.clone().unwrap_or_else(|| repository.name().to_owned());
    let wanted = WantedDocuments::new(&ask.service, &ask.terms_type)?;
    let mut documents = plan::documents(&repository, &branches(&repository, ask)?, &source, &wanted)?;
    if documents.is_empty() {
        let text = format!("{}: no document of the form `Service/Terms type.md`", ask.repository.display());
        return Err(Failure::Data(format!("{text} that is wanted (.md, .html, .pdf)")));
    }
    if ask.dry_run {
        return preview(&office, &mut documents, common);
    }
    let (mut store, mut readings) = office.writer()?;
    let facts = Facts::of(&store)?;
    plan::name(&mut documents, &facts.recorded(), &office.targets);
    let targets: Vec<_> = documents.iter().map(|document| document.target.clone()).collect();
    store.define_all(office.clock.now(), &targets)?;
    context(&office, &mut store, &documents, &ask.map)?;
    let facts = Facts::of(&store)?;
    // The longest first, or the last of them comes in alone in the end.
    documents.sort_by_key(|document| std::cmp::Reverse(document.recordings.len()));
    let bar = bar(&documents);
    let done = work(&repository, &documents, Importer { store: &mut store, readings: &mut readings, facts }, &bar);
    readings.flush();
    bar.finish_and_clear();
    say(done?, &documents, common);
    Ok(())
}

/// The branches that are wanted.
fn branches(repository: &Repository, ask: &ImportArgs) -> Result<Vec<Branch>, Failure> {
    let all = repository.branches()?;
    let missing = ask.branch.iter().find(|name| all.iter().all(|branch| branch.name != **name));
    if let Some(missing) = missing {
        let names: Vec<&str> = all.iter().map(|branch| branch.name.as_str()).collect();
        let text = format!("{} has no branch {missing}; it has {}", ask.repository.display(), names.join(", "));
        return Err(Failure::Missing(text));
    }
    let wanted = |branch: &Branch| ask.branch.is_empty() || ask.branch.contains(&branch.name);
    Ok(all.into_iter().filter(wanted).collect())
}

fn bar(documents: &[RecordedDocument]) -> ProgressBar {
    let count: usize = documents.iter().map(|document| document.recordings.len()).sum();
    let bar = ProgressBar::new(count as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} recordings, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn say(totals: Totals, documents: &[RecordedDocument], common: &Common) {
    if common.json {
        let mut line = json!(totals);
        line["documents"] = json!(documents.len());
        terminal::json(&line);
        return;
    }
    let Totals { added, known, empty, not_read } = totals;
    say!("{} documents: {added} recordings added, {known} known before", documents.len());
    if empty + not_read > 0 {
        say!("of the added, {empty} are empty and {not_read} are PDF files that cannot be read");
    }
}

/// What would come.
fn preview(office: &AppContext, documents: &mut [RecordedDocument], common: &Common) -> Result<(), Failure> {
    let store = office.reader()?.map(|(store, _)| store);
    let kept = store.as_ref().map_or_else(|| Ok(Vec::new()), |store| Facts::of(store).map(|facts| facts.recorded()))?;
    plan::name(documents, &kept, &office.targets);
    for document in documents.iter() {
        let (id, count) = (&document.target.id, document.recordings.len());
        let before = store.as_ref().map_or(Ok(0), |store| store.visits(id).map(|visits| visits.len()))?;
        let at = |recording: Option<&Recording>| recording.map(|recording| recording.entry.at);
        let (first, last) = (at(document.recordings.first()), at(document.recordings.last()));
        if common.json {
            let (service, terms_type) = (&document.target.service, &document.target.terms_type);
            let line = json!({"target": id, "url": document.target.url, "service": service, "terms_type": terms_type,
                "recordings": count, "known": before, "first": first, "last": last});
            terminal::json(&line);
            continue;
        }
        let span = [first, last].map(|at| at.map(utc).unwrap_or_default());
        say!(
            "{BOLD}{id}{BOLD:#}  {} {FAINT}{count} recordings ({before} known), {} to {}{FAINT:#}",
            text::clean(&document.path),
            span[0],
            span[1]
        );
    }
    if !common.json {
        say!("{} documents; nothing was changed", documents.len());
    }
    Ok(())
}
