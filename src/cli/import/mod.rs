//! `import`: the recordings of an archive, as facts beside our own.
//!
//! What is imported is never told: it answers questions about the past, and gives a live target its context.

mod plan;
mod work;

use super::args::Common;
use super::failure::Failure;
use super::office::Office;
use super::paint::{self, BOLD, FAINT, utc};
use super::survey::Facts;
use crate::io::clock::Clock;
use crate::io::git::{Branch, Repository};
use crate::io::store::Store;
use indicatif::{ProgressBar, ProgressStyle};
use plan::{Document, Wanted};
use serde_json::json;
use std::path::PathBuf;
use work::{Desk, Totals, work};

pub use plan::Recording;

/// What to import.
#[derive(Clone, Debug, clap::Args)]
pub struct Ask {
    /// A git repository, bare or not, or a bundle
    #[arg(value_name = "REPOSITORY")]
    pub repository: PathBuf,
    /// Only these branches [default: all]
    #[arg(long, value_name = "BRANCH")]
    pub branch: Vec<String>,
    /// A name for the archive [default: the repository's]
    #[arg(long, value_name = "LABEL")]
    pub source: Option<String>,
    /// Only services that match (`Tik*`)
    #[arg(long, value_name = "GLOB")]
    pub service: Vec<String>,
    /// Only terms types that match (`*Guidelines`)
    #[arg(long, value_name = "GLOB")]
    pub terms_type: Vec<String>,
    /// Show a document beside a target of targets.toml: `Service/Terms type=target-id`
    #[arg(long, value_name = "DOCUMENT=TARGET", value_parser = mapping)]
    pub map: Vec<(String, String)>,
    /// Only show what would come
    #[arg(long)]
    pub dry_run: bool,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    let parts = text.rsplit_once('=').filter(|(document, _)| document.contains('/'));
    let (document, target) = parts.ok_or("expected `Service/Terms type=target-id`")?;
    Ok((document.trim().to_owned(), target.trim().to_owned()))
}

/// Imports a repository.
///
/// # Errors
/// The repository cannot be read, an option names what does not exist, or the store cannot be written.
pub fn import(ask: &Ask, common: &Common) -> Result<(), Failure> {
    let office = Office::open(common, Clock::system())?;
    for (_, target) in &ask.map {
        office.target(target)?;
    }
    let repository = Repository::open(&ask.repository)?;
    if repository.is_shallow()? {
        let path = paint::clean(&ask.repository.display().to_string());
        let help = "git fetch --unshallow there, then import again";
        anstream::eprintln!("noticewatch: {path} is a shallow clone, without what came before; {help}");
    }
    let source = ask.source.clone().unwrap_or_else(|| repository.name().to_owned());
    let wanted = Wanted::new(&ask.service, &ask.terms_type)?;
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
    let done = work(&repository, &documents, Desk { store: &mut store, readings: &mut readings, facts }, &bar);
    readings.flush();
    bar.finish_and_clear();
    say(done?, &documents, common);
    Ok(())
}

/// The branches that are wanted.
fn branches(repository: &Repository, ask: &Ask) -> Result<Vec<Branch>, Failure> {
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

/// The key of the mark that shows an imported document beside a watched target.
#[must_use]
pub fn context_key(document: &str) -> String {
    format!("context/{document}")
}

/// Notes which documents are shown beside which targets.
fn context(
    office: &Office,
    store: &mut Store,
    documents: &[Document],
    maps: &[(String, String)],
) -> Result<(), Failure> {
    let marks = store.marks()?;
    for (path, target) in maps {
        let mut named = documents.iter().filter(|document| document.path == *path).peekable();
        if named.peek().is_none() {
            return Err(Failure::Missing(format!("--map: the repository has no document {path}")));
        }
        for document in named {
            let (key, value) = (context_key(&document.target.id), json!(target));
            if marks.get(&key).is_none_or(|mark| mark.value != value) {
                store.mark(&key, value, office.clock.now())?;
            }
        }
    }
    Ok(())
}

fn bar(documents: &[Document]) -> ProgressBar {
    let count: usize = documents.iter().map(|document| document.recordings.len()).sum();
    let bar = ProgressBar::new(count as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} recordings, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn say(totals: Totals, documents: &[Document], common: &Common) {
    if common.json {
        let mut line = json!(totals);
        line["documents"] = json!(documents.len());
        paint::json(&line);
        return;
    }
    let Totals { added, known, empty, not_read } = totals;
    anstream::println!("{} documents: {added} recordings added, {known} known before", documents.len());
    if empty + not_read > 0 {
        anstream::println!("of the added, {empty} are empty and {not_read} are PDF files that cannot be read");
    }
}

/// What would come.
fn preview(office: &Office, documents: &mut [Document], common: &Common) -> Result<(), Failure> {
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
            paint::json(&line);
            continue;
        }
        let span = [first, last].map(|at| at.map(utc).unwrap_or_default());
        anstream::println!(
            "{BOLD}{id}{BOLD:#}  {} {FAINT}{count} recordings ({before} known), {} to {}{FAINT:#}",
            paint::clean(&document.path),
            span[0],
            span[1]
        );
    }
    if !common.json {
        anstream::println!("{} documents; nothing was changed", documents.len());
    }
    Ok(())
}
