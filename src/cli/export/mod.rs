//! `export`: what was kept, for others to read. Git is how the field shares its records: Open Terms Archive's layout.
//!
//! The same facts make the same commits, and only what is new is written, so that several monitors can publish to one
//! remote.

mod markdown;

use super::args::Common;
use super::failure::Failure;
use super::legible;
use super::office::Office;
use super::survey::{ARCHIVE, Facts, place};
use crate::capture::{Capture, Outcome, Sha256, Visit};
use crate::io::clock::Clock;
use crate::io::git::{Commit, Repository, Writer};
use crate::io::store::Store;
use crate::target::Target;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// In which form.
#[derive(Debug, clap::Subcommand)]
pub enum Ask {
    /// As a git repository in Open Terms Archive's layout: one commit for each version of a document
    #[command(
        after_help = "Example:\n  noticewatch export git /srv/versions.git && git -C /srv/versions.git push origin main"
    )]
    Git {
        /// The repository; made where there is none
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The branch for what is watched; what was imported goes to branches named after its archive
        #[arg(long, value_name = "BRANCH", default_value = "main")]
        branch: String,
        /// Leave out what was imported
        #[arg(long)]
        watched: bool,
    },
}

/// Exports.
///
/// # Errors
/// Nothing was kept, the store cannot be read, or git refuses.
pub fn export(ask: &Ask, common: &Common) -> Result<(), Failure> {
    let Ask::Git { dir, branch, watched } = ask;
    let office = Office::open(common, Clock::system())?;
    let Some((store, _)) = office.reader()? else {
        return Err(Failure::Missing(format!("nothing was kept in {} yet", office.state.display())));
    };
    Writer::prepare(dir, branch)?;
    let mut written = 0;
    for (branch, documents) in branches(&office, &store, branch, *watched)? {
        written += write(&store, dir, &branch, &documents)?;
    }
    if common.json {
        anstream::println!("{}", serde_json::json!({"commits": written}));
    } else {
        anstream::println!("{}: {written} versions written", dir.display());
    }
    Ok(())
}

/// A target and where its versions go: `Service/Terms type`.
struct Document {
    target: Target,
    path: String,
}

/// What goes to which branch.
fn branches(
    office: &Office,
    store: &Store,
    own: &str,
    watched: bool,
) -> Result<BTreeMap<String, Vec<Document>>, Failure> {
    let mut branches: BTreeMap<String, Vec<Document>> = BTreeMap::new();
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
        documents.push(Document { target, path });
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

/// Writes what is new on a branch; returns how many versions that were.
fn write(store: &Store, dir: &Path, branch: &str, documents: &[Document]) -> Result<usize, Failure> {
    let there = there(dir, branch)?;
    let mut commits = Vec::new();
    for document in documents {
        let path = format!("{}.md", document.path);
        let mut first = !there.iter().any(|(other, _)| *other == path);
        for version in versions(store, &document.target)? {
            if there.contains(&(path.clone(), version.at.as_second())) {
                continue;
            }
            let word = if std::mem::take(&mut first) { "First record" } else { "Record new changes" };
            let (service, terms_type) = (&document.target.service, &document.target.terms_type);
            let message = format!("{word} of {service} {terms_type}\n\n{}", version.proof);
            commits.push((version, message, path.clone()));
        }
    }
    if commits.is_empty() {
        return Ok(0);
    }
    commits.sort_by(|(one, _, path), (other, _, behind)| (one.at, path).cmp(&(other.at, behind)));
    let mut writer = Writer::open(dir, branch)?;
    let count = commits.len();
    for (version, message, path) in commits {
        let text = zstd::stream::decode_all(version.packed.as_slice());
        let text = text.map_err(|error| Failure::Io(format!("a version: {error}")))?;
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

/// One version of a document.
struct Version {
    at: Timestamp,
    /// Digest of the text.
    digest: Sha256,
    /// The text, compressed: those of a whole branch are held until they are sorted.
    packed: Vec<u8>,
    proof: String,
}

impl Version {
    fn new(at: Timestamp, text: &[u8], proof: String) -> Result<Self, Failure> {
        let packed = zstd::bulk::compress(text, 1).map_err(|error| Failure::Io(format!("a version: {error}")))?;
        Ok(Self { at, digest: Sha256::of(text), packed, proof })
    }
}

/// The versions of a target, oldest first: texts that differ from the one before. What we saw ourselves must have been
/// seen twice, as a promise must before it stands (DESIGN.md 4); only the first text need not.
fn versions(store: &Store, target: &Target) -> Result<Vec<Version>, Failure> {
    let mut versions: Vec<Version> = Vec::new();
    let mut once: Option<Version> = None;
    let mut last: Option<Sha256> = None;
    for visit in store.visits(&target.id)? {
        let Some(body) = visit.seen() else {
            if visit.recorded && is_empty(&visit) {
                versions.push(Version::new(visit.at, &[], String::new())?);
                last = None;
            }
            continue;
        };
        if last == Some(body) {
            once = None;
            continue;
        }
        let Some(seen) = version(store, target, &visit, body)? else { continue };
        let before = once.take().filter(|before| before.digest == seen.digest);
        let again = before.is_some();
        let version = before.unwrap_or(seen);
        let same = versions.last().is_some_and(|before| before.digest == version.digest);
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
    matches!(&visit.outcome, Outcome::Missed(missed) if missed.why == crate::capture::Why::Empty)
}

fn version(store: &Store, target: &Target, visit: &Visit, digest: Sha256) -> Result<Option<Version>, Failure> {
    let Some(capture) = store.capture(&digest)? else { return Ok(None) };
    let header = store.header(&target.id, &digest)?;
    let header = header.as_ref().unwrap_or(&capture);
    let url = &header.url;
    let location =
        if url.starts_with(ARCHIVE) { String::new() } else { format!("X-source-document-location: {url}\n") };
    let proof = format!(
        "This version was recorded after extracting from capture {digest}\n\nX-engine-version: {}\n{location}",
        header.program
    );
    Version::new(visit.at, &text(target, &capture.body, header), proof).map(Some)
}

/// A version's text: Markdown as it was recorded, or what a reader sees of the page.
fn text(target: &Target, body: &[u8], header: &Capture) -> Vec<u8> {
    if header.media_type == "text/markdown" {
        return body.to_vec();
    }
    markdown::markdown(&legible::parse_kept(body, header, &target.reading())).into_bytes()
}
