//! Captures as the rooms can read them: text as it was served, PDF files as the letters on their pages.
//!
//! Where every reading of a capture passes; what comes of it is decided elsewhere.

use crate::io::fetch::Fetched;
use crate::io::pdf::{PdfError, PdfReader};
use noticewatch_core::capture::glyphs::TYPESET;
use noticewatch_core::capture::{Capture, Missed, Why};
use noticewatch_core::document::{Document, PageSource, Symptom};
use noticewatch_core::extract::{Reading, Skimmed};
use noticewatch_core::target::{ReadingSettings, Target};
use noticewatch_core::{document, extract};
use std::borrow::Cow;

/// The text that a reader sees, a paragraph a block.
#[must_use]
pub fn visible(capture: &Capture, target: &Target) -> String {
    let parsed = parse_kept(&capture.body, capture, &target.reading());
    parsed.blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join("\n\n")
}

/// The media type of PDF files.
pub const PDF: &str = "application/pdf";

/// What a PDF file begins with.
const MAGIC: &[u8] = b"%PDF-";

/// What a body says.
///
/// # Errors
/// A PDF file that gives no text.
pub fn read(
    body: &[u8],
    media_type: &str,
    charset: Option<&str>,
    settings: &ReadingSettings,
) -> Result<Reading, PdfError> {
    Ok(skim(body, media_type, charset, settings)?.read(settings))
}

/// What a body shows, before it is asked what that promises.
///
/// # Errors
/// A PDF file that gives no text.
pub fn skim(
    body: &[u8],
    media_type: &str,
    charset: Option<&str>,
    settings: &ReadingSettings,
) -> Result<Skimmed, PdfError> {
    let text = text(body, media_type)?;
    Ok(extract::skim(page(&text, media_type, charset), settings))
}

/// The letters of a fetched PDF file, taken out beside all else; None where it is no PDF file.
pub async fn letters(fetched: &Fetched) -> Option<Result<Vec<u8>, PdfError>> {
    let Fetched::Captured(capture) = fetched else { return None };
    if capture.media_type != PDF {
        return None;
    }
    let body = capture.body.clone();
    let read = tokio::task::spawn_blocking(move || PdfReader::default().read(&body)).await;
    Some(read.unwrap_or_else(|error| Err(PdfError::Machine(std::io::Error::other(error)))))
}

/// What a PDF file shows whose letters are known.
#[must_use]
pub fn skim_letters(letters: &[u8], settings: &ReadingSettings) -> Skimmed {
    extract::skim(page(letters, PDF, None), settings)
}

/// What a kept capture says. One that was read once and is not any more shows that as a sign.
#[must_use]
pub fn read_kept(body: &[u8], header: &Capture, settings: &ReadingSettings) -> Reading {
    read(body, &header.media_type, header.charset.as_deref(), settings).unwrap_or_else(|error| {
        tracing::warn!("{}, capture {}: {error}", header.target, header.sha256.short());
        Reading { signs: vec![Symptom::Undecodable], ..Reading::default() }
    })
}

/// What a reader would see of a kept capture; nothing where it is not read any more.
#[must_use]
pub fn parse_kept(body: &[u8], header: &Capture, settings: &ReadingSettings) -> Document {
    match text(body, &header.media_type) {
        Ok(text) => document::parse(page(&text, &header.media_type, header.charset.as_deref()), settings),
        Err(error) => {
            tracing::warn!("{}, capture {}: {error}", header.target, header.sha256.short());
            Document { signs: vec![Symptom::Undecodable], ..Document::default() }
        }
    }
}

/// Whether a body is a PDF file, whatever its name.
#[must_use]
pub fn is_pdf(body: &[u8]) -> bool {
    body.starts_with(MAGIC)
}

/// A PDF file that gives no text, as a visit that brought nothing.
#[must_use]
pub fn missed(error: &PdfError) -> Missed {
    let why = if matches!(error, PdfError::NoText) { Why::NoText } else { Why::Undecodable };
    Missed { why, detail: error.to_string(), status: Some(200), retry_after_s: None }
}

fn text<'a>(body: &'a [u8], media_type: &str) -> Result<Cow<'a, [u8]>, PdfError> {
    if media_type == PDF { PdfReader::default().read(body).map(Cow::Owned) } else { Ok(Cow::Borrowed(body)) }
}

fn page<'a>(text: &'a [u8], media_type: &'a str, charset: Option<&'a str>) -> PageSource<'a> {
    let media_type = if media_type == PDF { TYPESET } else { media_type };
    PageSource { body: text, media_type, charset }
}
