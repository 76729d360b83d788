//! Which documents a repository holds, under which names they are kept, and which of them are wanted.
//!
//! Knows Open Terms Archive's layouts and commit messages; no store. Source, branch and path (without its ending, with
//! its ` #document` part) are a document's identity: the same path stands in several branches.

use crate::app::analysis::types::ARCHIVE;
use crate::app::error::Failure;
use crate::io::git::{Branch, LogEntry, Repository};
use globset::{Glob, GlobMatcher};
use noticewatch_core::capture::Sha256;
use noticewatch_core::target::Target;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A part of the commit message: where the document was fetched.
const LOCATION: &str = "X-source-document-location:";
/// A part of the commit message: the version of the recording engine.
const ENGINE: &str = "X-engine-version:";

/// Which documents are wanted.
#[derive(Debug, Default)]
pub struct WantedDocuments {
    services: Vec<GlobMatcher>,
    terms_types: Vec<GlobMatcher>,
}

impl WantedDocuments {
    /// Documents whose service and terms type match one of these globs; an empty list is matched by all.
    ///
    /// # Errors
    /// A glob cannot be understood.
    pub fn new(services: &[String], terms_types: &[String]) -> Result<Self, Failure> {
        Ok(Self { services: globs(services)?, terms_types: globs(terms_types)? })
    }

    fn has(&self, service: &str, terms_type: &str) -> bool {
        let fits = |globs: &[GlobMatcher], name: &str| globs.is_empty() || globs.iter().any(|glob| glob.is_match(name));
        fits(&self.services, service) && fits(&self.terms_types, terms_type)
    }
}

fn globs(patterns: &[String]) -> Result<Vec<GlobMatcher>, Failure> {
    let glob = |text: &String| Glob::new(text).map(|glob| glob.compile_matcher());
    patterns.iter().map(glob).collect::<Result<_, _>>().map_err(|error| Failure::Usage(error.to_string()))
}

/// One recording of a document.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What the commit says.
    pub entry: LogEntry,
    /// By the file's ending.
    pub media_type: &'static str,
    /// Where the document was fetched, as this or a near commit says.
    pub location: Option<String>,
    /// The program that recorded it.
    pub program: String,
}

/// One document of one branch with its recordings, oldest first.
#[derive(Clone, Debug)]
pub struct RecordedDocument {
    /// As it is kept.
    pub target: Target,
    /// Its ` #document` part included: `Service/Terms type #document`.
    pub path: String,
    /// The recordings.
    pub recordings: Vec<Recording>,
}

/// The documents of these branches that are wanted, by source, branch and path.
///
/// # Errors
/// git cannot read the repository.
pub fn documents(
    repository: &Repository,
    branches: &[Branch],
    source: &str,
    wanted: &WantedDocuments,
) -> Result<Vec<RecordedDocument>, Failure> {
    let mut documents: BTreeMap<String, RecordedDocument> = BTreeMap::new();
    for branch in branches {
        for entry in repository.log(branch)? {
            let Some(name) = Name::of(&entry.path).filter(|name| wanted.has(name.service, name.terms_type)) else {
                continue;
            };
            let url = format!("{ARCHIVE}{source}/{}/{}/{}", branch.name, name.service, name.document);
            let document = documents.entry(url).or_insert_with_key(|url| RecordedDocument {
                target: name.target(url),
                path: format!("{}/{}", name.service, name.document),
                recordings: Vec::new(),
            });
            let (location, program) = (trailer(&entry.message, LOCATION), program(&entry.message));
            document.recordings.push(Recording { media_type: name.media_type, location, program, entry });
        }
    }
    let mut documents: Vec<RecordedDocument> = documents.into_values().collect();
    documents.iter_mut().for_each(locate);
    Ok(documents)
}

/// A path of the archive's layout, taken apart.
struct Name<'a> {
    service: &'a str,
    /// The file's name without its ending.
    document: &'a str,
    terms_type: &'a str,
    media_type: &'static str,
}

impl<'a> Name<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let (service, file) = path.split_once('/')?;
        let (document, ending) = file.rsplit_once('.')?;
        let media_type = match ending {
            "md" => "text/markdown",
            "html" => "text/html",
            "pdf" => "application/pdf",
            _ => return None,
        };
        let terms_type = document.split_once(" #").map_or(document, |(terms_type, _)| terms_type);
        let named = !service.starts_with('.') && !document.is_empty() && !document.contains('/');
        named.then_some(Self { service, document, terms_type, media_type })
    }

    fn target(&self, url: &str) -> Target {
        Target {
            service: self.service.to_owned(),
            terms_type: self.terms_type.to_owned(),
            url: url.to_owned(),
            ..Target::default()
        }
    }
}

/// Old commits do not say where the document was fetched: what a near one says holds for them.
fn locate(document: &mut RecordedDocument) {
    let mut near = document.recordings.iter().find_map(|recording| recording.location.clone());
    for recording in &mut document.recordings {
        match &recording.location {
            Some(location) => near = Some(location.clone()),
            None => recording.location.clone_from(&near),
        }
    }
}

fn trailer(message: &str, name: &str) -> Option<String> {
    let found = message.lines().find_map(|line| line.strip_prefix(name));
    found.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn program(message: &str) -> String {
    match trailer(message, ENGINE) {
        None => "Open Terms Archive".to_owned(),
        // Ours say their name.
        Some(version) if version.contains(' ') => version,
        Some(version) => format!("Open Terms Archive {version}"),
    }
}

/// Gives each document its id: the one that its identity has already, or a new one that no other target has.
pub fn name(documents: &mut [RecordedDocument], kept: &[Target], watched: &[Target]) {
    let by_url: HashMap<&str, &str> = kept.iter().map(|target| (target.url.as_str(), target.id.as_str())).collect();
    let mut taken: HashSet<String> = kept.iter().chain(watched).map(|target| target.id.clone()).collect();
    for document in documents {
        let url = document.target.url.clone();
        document.target.id = by_url.get(url.as_str()).map_or_else(
            || {
                let id = slug(url.trim_start_matches(ARCHIVE));
                if taken.contains(&id) { format!("{id}-{}", &Sha256::of(url.as_bytes()).short()[..6]) } else { id }
            },
            |id| (*id).to_owned(),
        );
        taken.insert(document.target.id.clone());
    }
}

/// Lower-case letters, digits, and a hyphen for every run of other characters.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').to_owned()
}
