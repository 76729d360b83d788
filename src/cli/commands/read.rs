//! `read` and `compare`: what one page says, and what two pages say differently. No store, no configuration.

use crate::app::error::Failure;
use crate::app::local_page::PageFile;
use crate::app::text;
use crate::cli::args::common::Common;
use crate::cli::output::changes::{own_health, print};
use crate::cli::output::terminal;
use noticewatch_core::extract::Reading;
use noticewatch_core::target::ReadingSettings;
use serde_json::{Value, json};
use std::path::Path;

/// Says what pages promise.
///
/// # Errors
/// A file that cannot be read, an address that cannot be fetched.
pub async fn read(pages: &[String], terms_type: Option<&str>, common: &Common) -> Result<(), Failure> {
    let mut failed = None;
    for page in pages {
        let reading = if page.starts_with("https://") || page.starts_with("http://") {
            super::fetch_once::fetch_and_read(page, terms_type, common).await
        } else {
            PageFile::open(Path::new(page), terms_type).and_then(|file| file.reading())
        };
        match reading {
            Ok(reading) if common.json => terminal::json(&json_line(page, &reading)),
            Ok(reading) => print(page, &reading),
            Err(failure) if pages.len() > 1 => {
                complain!("noticewatch: {}", text::clean(&failure.to_string()));
                failed = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    failed.map_or(Ok(()), Err)
}

/// The `read --json` object.
fn json_line(file: &str, reading: &Reading) -> Value {
    let health = own_health(reading);
    json!({
        "file": file,
        "language": reading.language,
        "health": health,
        "passages": reading.passages.iter().map(|passage| json!({
            "quote": passage.quote,
            "heading": passage.heading,
            "class": passage.class,
            "commitment": passage.commitment,
            "tags": passage.tags,
        })).collect::<Vec<_>>(),
    })
}

/// Settings for a page of which only the terms type is known.
#[must_use]
pub fn settings_for(terms_type: Option<&str>) -> ReadingSettings {
    ReadingSettings { terms_type: terms_type.unwrap_or("Privacy Policy").to_owned(), ..ReadingSettings::default() }
}
