//! `evidence`: a bundle that others can check without trusting us (docs/design/evidence.md).
//!
//! Reads what was kept and writes one file; the same finding gives the same octets.

pub(crate) mod archive;
pub(crate) mod documents;
pub(crate) mod facts;
pub(crate) mod proof;
pub(crate) mod subject;

use super::error::Failure;
use super::evidence::archive::{Files, SUMS};
use super::evidence::facts::BundleFacts;
use super::evidence::proof::{Chain, Link};
use super::evidence::subject::{Exhibit, Subject};
use super::open::OpenedStore;
use super::provenance;
use super::text::utc;
use crate::io::store::Store;
use crate::io::warc::Warc;
use noticewatch_core::capture::Outcome;

/// The WARC file of a bundle.
const WARC: &str = "captures.warc";

/// How far the record vouches for the bundle.
pub(crate) fn standing(chain: &Chain, covered: usize, stamped: usize) -> String {
    let all = chain.steps.len();
    match (covered, stamped) {
        (0, _) => "No daily root covers it yet: make it again after the next one, tomorrow.".to_owned(),
        (some, _) if some < all => {
            format!("{some} of {all} statements stand in a daily root; make it again tomorrow for the rest.")
        }
        (_, 0) => "All of it stands in daily roots, which nobody stamped ([stamp] in noticewatch.toml).".to_owned(),
        _ => "All of it stands in daily roots, and a time stamping authority vouches for when.".to_owned(),
    }
}

pub(crate) fn name(subject: &Subject) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' })
            .collect()
    };
    match &subject.finding {
        Some(finding) if subject.corrected.is_some() => format!("evidence-{}-corrected", plain(&finding.id)),
        Some(finding) => format!("evidence-{}", plain(&finding.id)),
        None => format!("evidence-{}-{}", plain(&subject.target.id), subject.until.strftime("%Y-%m-%d")),
    }
}

/// All files of a bundle, the list of their digests included.
pub(crate) fn files(kept: &OpenedStore, subject: &Subject, dir: &str) -> Result<(Files, Chain), Failure> {
    let mut files = Files::new();
    files.insert(WARC.to_owned(), warc(subject, dir));
    for exhibit in &subject.exhibits {
        facts::exhibit(exhibit, &mut files);
    }
    add_settings(&kept.store, subject, &mut files)?;
    files.insert("looks.jsonl".to_owned(), documents::looks(&subject.looks));
    let chain = proof::chain(&kept.store, &links(subject), &mut files)?;
    let earlier = kept.survey.findings.iter().filter(|other| other.target == subject.target.id);
    let facts = BundleFacts::of(subject, earlier, &kept.survey.corrected, &chain, dir);
    documents::add(&facts, subject, &mut files)?;
    files.insert(SUMS.to_owned(), archive::sums(&files));
    Ok((files, chain))
}

/// What the record must show: each capture, and each look that brought nothing new but names the interval.
fn links(subject: &Subject) -> Vec<(String, String, Link)> {
    let mut links = Vec::new();
    for exhibit in &subject.exhibits {
        let (letter, what) = (exhibit.letter, exhibit.what);
        let mut add =
            |file: &str, words: String, link: Link| links.push((format!("{letter}-{file}.json"), words, link));
        let capture = Box::new(exhibit.capture.clone());
        add("capture", format!("the capture of exhibit {letter} (the wording {what})"), Link::Capture(capture));
        if let Some(served) = &exhibit.served {
            add(
                "served",
                format!("the answer that exhibit {letter} was rendered from"),
                Link::Capture(Box::new(served.clone())),
            );
        }
        // A look that brought a capture stands in the capture's own record.
        if let Some(look) = exhibit.look.as_ref().filter(|look| !matches!(look.outcome, Outcome::Captured { .. })) {
            let words = format!("the look of {} that saw exhibit {letter} again", utc(look.at));
            add("look", words, Link::Look(look.clone()));
        }
    }
    links
}

fn warc(subject: &Subject, dir: &str) -> Vec<u8> {
    let software = concat!("noticewatch/", env!("CARGO_PKG_VERSION"));
    let bodies = "Bodies are as decoded; fields that spoke of the coding are named X-Orig-*.";
    let description = facts::corrected(subject).map_or(bodies.to_owned(), |corrected| format!("{corrected} {bodies}"));
    let about = [
        ("software", software),
        ("format", "WARC file version 1.1"),
        ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("isPartOf", dir),
        ("description", description.as_str()),
    ];
    let mut warc = Warc::new(WARC, subject.until, &about);
    for exhibit in &subject.exhibits {
        let id = warc.capture(&exhibit.capture, exhibit.served.as_ref());
        let again = |exhibit: &Exhibit| exhibit.target.id == subject.target.id;
        let looks = subject.looks.iter().filter(|look| {
            again(exhibit) && look.seen() == Some(exhibit.capture.sha256) && look.at > exhibit.capture.started
        });
        for look in looks.filter(|look| !matches!(look.outcome, Outcome::Captured { .. })) {
            warc.look(look, &exhibit.capture, &id);
        }
    }
    warc.finish()
}

/// The settings under which the captures were made, where they were noted.
fn add_settings(store: &Store, subject: &Subject, files: &mut Files) -> Result<(), Failure> {
    for maker in subject.exhibits.iter().filter_map(|exhibit| exhibit.capture.maker.as_ref()) {
        if let Some(text) = provenance::noted(store, &maker.settings)? {
            files.insert(format!("settings-{}.json", maker.settings), text.into_bytes());
        }
    }
    Ok(())
}
