//! Follows a folder of versions, named by their day (`2026-03-01.md`): `cargo run --example follow_folder -- versions`.

use jiff::{SignedDuration, Timestamp, civil::Date};
use noticewatch_core::history::{Look, LookSource, Seen, Terms, follow};
use noticewatch_core::{capture::Sha256, document::PageSource, extract::read, target::Target};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let target = Target { terms_type: "Law Enforcement Guidelines".to_owned(), ..Target::default() };
    let mut looks = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let day: Date = path.file_stem().and_then(|name| name.to_str()).ok_or("a file without a day")?.parse()?;
        let body = std::fs::read(&path)?;
        let page = PageSource { body: &body, media_type: "text/markdown", charset: None };
        let seen = Seen::Page {
            capture: Sha256::of(&body),
            final_url: "".into(),
            reading: Arc::new(read(page, &target.reading())),
            twin: None,
        };
        looks.push(Look { at: day.in_tz("UTC")?.timestamp(), unconditional: true, seen });
    }
    looks.sort_by_key(|look| look.at);
    let now = looks.last().map_or(Timestamp::UNIX_EPOCH, |look| look.at + SignedDuration::from_hours(24 * 30));
    let terms = Terms { source: LookSource::Recorded, now, interval: SignedDuration::from_hours(24) };
    for finding in &follow(&target, &looks, terms).findings {
        println!("{} {:?}: {:?}", finding.id, finding.change.verdict, finding.change.reasons);
    }
    Ok(())
}
