//! The pages of the year: documents of an archive, and the promise that is planted in each.
//!
//! Knows git and the reading of pages; no time and no fault.

use crate::Failure;
use noticewatch::io::git::{Blobs, Repository};
use noticewatch_core::document::PageSource as Octets;
use noticewatch_core::extract::{Class, read};
use noticewatch_core::target::Target;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The promise, each wording weaker than the one before.
pub const WORDINGS: [&str; 5] = [
    "We will notify users before we disclose their information in response to legal process, unless we are prohibited by law.",
    "We will attempt to notify users before we disclose their information in response to legal process, unless we are prohibited by law.",
    "We may notify users before we disclose their information in response to legal process, unless we are prohibited by law.",
    "Where required by law, we may notify users after we disclose their information in response to legal process.",
    "We will not notify users when we disclose their information in response to legal process.",
];

/// Larger captures are left out: the server holds a body for each page.
const LARGEST: usize = 1_500_000;
/// A document needs so many recordings to be a year.
const LEAST: usize = 20;

/// A document of the archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page {
    /// Its id as a target.
    pub id: String,
    /// Service and terms type.
    pub service: String,
    pub terms_type: String,
    /// Its recordings, oldest first.
    pub blobs: Vec<String>,
}

/// Chooses documents in which the planted promise is read, spread over the services.
///
/// # Errors
/// The archive cannot be read.
pub fn choose(archive: &Path, most: usize) -> Result<Vec<Page>, Failure> {
    let repository = Repository::open(archive)?;
    let mut blobs = repository.blobs()?;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for branch in repository.branches()? {
        for entry in repository
            .log(&branch)?
            .into_iter()
            .filter(|entry| Path::new(&entry.path).extension().is_some_and(|ending| ending == "html"))
        {
            found.entry(entry.path).or_default().push(entry.blob);
        }
    }
    found.retain(|_, blobs| blobs.len() >= LEAST);
    // Not the first so many of the alphabet: every third, then every third of the rest.
    let paths: Vec<&String> = found.keys().collect();
    let order = (0..3).flat_map(|offset| paths.iter().skip(offset).step_by(3));
    let mut chosen = Vec::new();
    for path in order {
        if chosen.len() == most {
            break;
        }
        let recordings = &found[*path];
        if fits(&mut blobs, recordings)? {
            let (service, rest) = path.split_once('/').unwrap_or(("Example", path.as_str()));
            let terms_type = rest.trim_end_matches(".html").split(" #").next().unwrap_or(rest).to_owned();
            let id = format!("page-{}", chosen.len());
            chosen.push(Page { id, service: service.to_owned(), terms_type, blobs: recordings.clone() });
        }
    }
    Ok(chosen)
}

/// Whether the first and the last recording are pages that can hold the promise.
fn fits(blobs: &mut Blobs, recordings: &[String]) -> Result<bool, Failure> {
    for blob in recordings.iter().take(1).chain(recordings.last()) {
        let body = blobs.get(blob)?;
        if body.len() > LARGEST || !holds(&planted(&body, 0), 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the promise is read on a page without signs of ill health, and stands on it alone.
pub fn holds(page: &[u8], wording: usize) -> bool {
    let settings = Target { terms_type: "Privacy Policy".to_owned(), ..Target::default() }.reading();
    let reading = read(Octets { body: page, media_type: "text/html", charset: Some("utf-8") }, &settings);
    let found =
        reading.passages.iter().any(|one| one.class == Class::UserNotice && one.quote.contains(WORDINGS[wording]));
    reading.signs.is_empty() && reading.closed && found
}

/// Whether the text of the page of that number is named by a selector, as every fourth one's is.
pub fn is_selected(page: usize) -> bool {
    page % 4 == 1
}

/// The text to read, as `div.doc` names it.
pub fn marked(body: &[u8]) -> Vec<u8> {
    let page = String::from_utf8_lossy(body);
    let begins = page.find("<body").and_then(|at| Some(at + page[at..].find('>')? + 1));
    let Some((begins, ends)) = begins.zip(page.rfind("</body>")).filter(|(begins, ends)| begins < ends) else {
        return body.to_vec();
    };
    format!("{}<div class=\"doc\">{}</div>{}", &page[..begins], &page[begins..ends], &page[ends..]).into_bytes()
}

/// A recording with the promise in its middle; as it was where it has no middle.
pub fn planted(body: &[u8], wording: usize) -> Vec<u8> {
    let page = String::from_utf8_lossy(body);
    let ends: Vec<usize> = page.match_indices("</p>").map(|(at, end)| at + end.len()).collect();
    let Some(middle) = ends.get(ends.len() / 2) else { return body.to_vec() };
    let (before, after) = page.split_at(*middle);
    format!("{before}<h2>How we tell users of legal requests</h2><p>{}</p>{after}", WORDINGS[wording]).into_bytes()
}
