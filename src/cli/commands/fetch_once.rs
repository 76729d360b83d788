//! Pages fetched once to be shown, outside any store: `read URL`, `targets --online`, `add URL`.

use crate::app::analysis::capture_text;
use crate::app::collect::page_fetcher::PageFetcher;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::text;
use crate::cli::args::common::Common;
use crate::cli::output::terminal;
use crate::cli::output::terminal::FAINT;
use crate::io::clock::Clock;
use crate::io::fetch::{Fetched, Request};
use crate::io::pdf::PdfError;
use noticewatch_core::capture::Capture;
use noticewatch_core::extract::{Class, Reading};
use noticewatch_core::history::health;
use noticewatch_core::target::Target;
use serde::Serialize;

/// Fetches an address and reads what came.
///
/// # Errors
/// The page cannot be fetched.
pub async fn fetch_and_read(url: &str, terms_type: Option<&str>, common: &Common) -> Result<Reading, Failure> {
    let office = AppContext::open(&common.paths(), Clock::system())?;
    let target = Target {
        id: "page".to_owned(),
        terms_type: terms_type.unwrap_or("Privacy Policy").to_owned(),
        url: url.to_owned(),
        ..Target::default()
    };
    let capture = fetch(&PageFetcher::once(&office)?, &target).await?;
    reading(&capture, &target).map_err(|error| Failure::Data(format!("{url}: {error}")))
}

/// Fetches a target once, under no condition; with a browser where it needs one.
///
/// # Errors
/// The page cannot be fetched.
pub async fn fetch(eye: &PageFetcher, target: &Target) -> Result<Capture, Failure> {
    let url = &target.url;
    match eye.visit(&Request { target: target.clone(), validators: None }).await {
        Fetched::Captured(capture) => Ok(*capture),
        Fetched::Missed(missed) => Err(Failure::Unavailable(format!("{url}: {}", missed.detail))),
        Fetched::NotModified { .. } => Err(Failure::Unavailable(format!("{url}: nothing came"))),
    }
}

/// What a capture says, read as this target's.
///
/// # Errors
/// It is a PDF file that gives no text.
pub fn reading(capture: &Capture, target: &Target) -> Result<Reading, PdfError> {
    capture_text::read(&capture.body, &capture.media_type, capture.charset.as_deref(), &target.reading())
}

/// What would be read of a page.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// The address that answered, where it is another.
    pub final_url: Option<String>,
    /// Words of visible text.
    pub words: usize,
    /// The language found.
    pub language: Option<String>,
    /// What speaks against its being the page, for a person.
    pub signs: Vec<String>,
    /// The passages about user notice, whole.
    pub passages: Vec<String>,
}

impl Tried {
    /// Reads a capture as this target's.
    ///
    /// # Errors
    /// It is a PDF file that gives no text.
    pub fn of(capture: &Capture, target: &Target) -> Result<Self, PdfError> {
        let reading = reading(capture, target)?;
        let judged = health::judge(&reading, &capture.final_url, None, target.language.as_deref(), None);
        let told = reading.passages.iter().filter(|passage| passage.class == Class::UserNotice);
        Ok(Self {
            final_url: (capture.final_url != target.url).then(|| capture.final_url.clone()),
            words: reading.words,
            signs: judged.health.signs,
            passages: told.map(|passage| passage.quote.clone()).collect(),
            language: reading.language,
        })
    }

    /// Prints it for a person.
    pub fn print(&self, indent: &str) {
        if let Some(url) = &self.final_url {
            say!("{indent}answered by {}", text::clean(url));
        }
        let language = self.language.as_deref().unwrap_or("no language found");
        let passages = match self.passages.len() {
            0 => "no passage about user notice".to_owned(),
            1 => "1 passage about user notice:".to_owned(),
            many => format!("{many} passages about user notice:"),
        };
        say!("{indent}{} words, {language}; {passages}", self.words);
        for quote in &self.passages {
            say!("{FAINT}{}{FAINT:#}", terminal::wrapped(quote, &format!("{indent}  | ")));
        }
        if !self.signs.is_empty() {
            say!("{indent}not healthy: {}", text::clean(&self.signs.join(", ")));
        }
    }
}
