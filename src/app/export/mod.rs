//! `export`: what was kept, for others to read. Git is how the field shares its records: Open Terms Archive's layout.
//!
//! The same facts make the same commits, and only what is new is written, so that several monitors can publish to one
//! remote.

pub(crate) mod markdown;

use super::analysis::capture_text;
use super::analysis::facts::Facts;
use super::analysis::reading_cache::ReadingCache;
use super::analysis::types::{ARCHIVE, place};
use super::context::AppContext;
use super::error::Failure;
use crate::io::git::{Commit, FastImport, Repository};
use crate::io::store::Store;
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Outcome, Sha256, Visit};
use noticewatch_core::target::Target;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

const MARKDOWN: &str = "text/markdown";

/// A target and where its versions go: `Service/Terms type`.
pub(crate) struct ExportedDocument {
    target: Target,
    path: String,
}

/// What goes to which branch.
pub(crate) fn branches(
    office: &AppContext,
    store: &Store,
    own: &str,
    watched: bool,
) -> Result<BTreeMap<String, Vec<ExportedDocument>>, Failure> {
    let mut branches: BTreeMap<String, Vec<ExportedDocument>> = BTreeMap::new();
    let recorded = if watched { Vec::new() } else { Facts::of(store)?.recorded() };
    for target in office.targets.iter().cloned().chain(recorded) {
        let (branch, path) = match place(&target) {
            Some(place) => {
                let path = target.url.trim_start_matches(ARCHIVE).trim_start_matches(place).trim_start_matches('/');
                (referable(place), path.to_owned())
            }
            None => (own.to_owned(), format!("{}/{}", plain(&target.service), plain(&target.terms_type))),
        };
        let documents = branches.entry(branch).or_default();
        // The first page of a kind has the plain name, others of the service say which they are.
        let doubled = documents.iter().any(|other| other.path == path);
        let path = if doubled { format!("{path} #{}", target.id) } else { path };
        documents.push(ExportedDocument { target, path });
    }
    Ok(branches)
}

/// A name without what would be a directory.
fn plain(name: &str) -> String {
    name.replace(['/', '\n'], "-")
}

/// A name that git takes for a branch.
fn referable(name: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() || "-_/".contains(letter) { letter } else { '-' };
    name.chars().map(letter).collect()
}

/// Writes what is new on a branch; returns how many versions that were. Texts are made one by one, as they are written.
pub(crate) fn write(
    desk: &mut Exporter,
    dir: &Path,
    branch: &str,
    documents: &[ExportedDocument],
) -> Result<usize, Failure> {
    let there = there(dir, branch)?;
    let mut new = Vec::new();
    for document in documents {
        let path = format!("{}.md", document.path);
        let mut first = !there.iter().any(|(other, _)| *other == path);
        for version in versions(desk, &document.target)? {
            if !there.contains(&(path.clone(), version.at.as_second())) {
                new.push((version, document, path.clone(), std::mem::take(&mut first)));
            }
        }
        desk.readings.flush();
    }
    if new.is_empty() {
        return Ok(0);
    }
    new.sort_by(|(one, _, path, _), (other, _, behind, _)| (one.at, path).cmp(&(other.at, behind)));
    let mut writer = FastImport::open(dir, branch)?;
    let count = new.len();
    for (version, document, path, first) in new {
        let (text, proof) = written(&desk.store, &document.target, version)?;
        let word = if first { "First record" } else { "Record new changes" };
        let (service, terms_type) = (&document.target.service, &document.target.terms_type);
        let message = format!("{word} of {service} {terms_type}\n\n{proof}");
        writer.commit(&Commit { at: version.at, message, path, text })?;
    }
    writer.finish()?;
    Ok(count)
}

/// Paths and times that stand on the branch.
fn there(dir: &Path, branch: &str) -> Result<HashSet<(String, i64)>, Failure> {
    let repository = Repository::open(dir)?;
    let branches = repository.branches()?;
    let Some(branch) = branches.iter().find(|one| one.name == branch) else { return Ok(HashSet::new()) };
    Ok(repository.log(branch)?.into_iter().map(|entry| (entry.path, entry.at.as_second())).collect())
}

/// What is kept, and what it says.
pub(crate) struct Exporter {
    pub(crate) store: Store,
    pub(crate) readings: ReadingCache,
}

/// One version of a document.
#[derive(Clone, Copy)]
pub(crate) struct DocumentVersion {
    at: Timestamp,
    /// What tells it from others: what was recorded as a text by its octets, a page by what a reader sees of it.
    says: Sha256,
    /// The capture; None: the recording was empty.
    body: Option<Sha256>,
}

/// The versions of a target, oldest first: texts that differ from the one before. What we saw ourselves must have been
/// seen twice, as a promise must before it stands (docs/RULES.md 6.2); only the first text need not.
fn versions(desk: &mut Exporter, target: &Target) -> Result<Vec<DocumentVersion>, Failure> {
    let mut versions: Vec<DocumentVersion> = Vec::new();
    let mut once: Option<DocumentVersion> = None;
    let mut last: Option<Sha256> = None;
    let mut known: HashMap<Sha256, Option<Sha256>> = HashMap::new();
    for visit in desk.store.visits(&target.id)? {
        let Some(body) = visit.seen() else {
            if visit.recorded && is_empty(&visit) {
                versions.push(DocumentVersion { at: visit.at, says: Sha256::default(), body: None });
                last = None;
            }
            continue;
        };
        if last == Some(body) {
            once = None;
            continue;
        }
        let says = match known.get(&body) {
            Some(says) => *says,
            None => *known.entry(body).or_insert(says(desk, target, body)?),
        };
        let Some(says) = says else { continue };
        let seen = DocumentVersion { at: visit.at, says, body: Some(body) };
        let before = once.take().filter(|before| before.says == says);
        let again = before.is_some();
        let version = before.unwrap_or(seen);
        let same = versions.last().is_some_and(|before| before.says == says);
        if same || again || visit.recorded || versions.is_empty() {
            last = Some(body);
            versions.extend((!same).then_some(version));
        } else {
            once = Some(version);
        }
    }
    Ok(versions)
}

fn is_empty(visit: &Visit) -> bool {
    matches!(&visit.outcome, Outcome::Missed(missed) if missed.why == noticewatch_core::capture::Why::Empty)
}

/// What tells a capture from others; None where the store does not hold it.
fn says(desk: &mut Exporter, target: &Target, body: Sha256) -> Result<Option<Sha256>, Failure> {
    let Some(header) = desk.store.header(&target.id, &body)? else { return Ok(None) };
    if header.media_type == MARKDOWN {
        return Ok(Some(body));
    }
    desk.readings.text(&desk.store, target, body)
}

/// The text of a version, and what proves it.
pub(crate) fn written(store: &Store, target: &Target, version: DocumentVersion) -> Result<(Vec<u8>, String), Failure> {
    let Some(digest) = version.body else { return Ok(Default::default()) };
    let lost =
        || Failure::Io(format!("capture {digest} of {} cannot be read; `noticewatch status` says more", target.id));
    let capture = store.readable_capture(&digest)?.ok_or_else(lost)?;
    let header = store.header(&target.id, &digest)?;
    let header = header.as_ref().unwrap_or(&capture);
    let url = &header.url;
    let location =
        if url.starts_with(ARCHIVE) { String::new() } else { format!("X-source-document-location: {url}\n") };
    let proof = format!(
        "This version was recorded after extracting from capture {digest}\n\nX-engine-version: {}\n{location}",
        header.program
    );
    Ok((text(target, &capture.body, header), proof))
}

/// A version's text: Markdown as it was recorded, or what a reader sees of the page.
fn text(target: &Target, body: &[u8], header: &Capture) -> Vec<u8> {
    if header.media_type == MARKDOWN {
        return body.to_vec();
    }
    markdown::markdown(&capture_text::parse_kept(body, header, &target.reading())).into_bytes()
}
