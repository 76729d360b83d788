//! Pages fetched once to be shown, outside any store: `read URL` and `targets --online`.

use super::args::Common;
use super::eye::Eye;
use super::failure::Failure;
use super::legible;
use super::office::Office;
use crate::capture::Capture;
use crate::document::{Class, Reading};
use crate::io::clock::Clock;
use crate::io::fetch::{Fetched, Request};
use crate::io::pdf::PdfError;
use crate::target::Target;

/// Fetches an address and reads what came.
///
/// # Errors
/// The page cannot be fetched.
pub async fn fetch_and_read(url: &str, terms_type: Option<&str>, common: &Common) -> Result<Reading, Failure> {
    let office = Office::open(common, Clock::system())?;
    let target = Target {
        id: "page".to_owned(),
        terms_type: terms_type.unwrap_or("Privacy Policy").to_owned(),
        url: url.to_owned(),
        ..Target::default()
    };
    match Eye::open(&office)?.visit(&Request { target: target.clone(), validators: None }).await {
        Fetched::Captured(capture) => read(&capture, &target).map_err(|error| Failure::Data(format!("{url}: {error}"))),
        Fetched::Missed(missed) => Err(Failure::Unavailable(format!("{url}: {}", missed.detail))),
        Fetched::NotModified { .. } => Err(Failure::Unavailable(format!("{url}: nothing came"))),
    }
}

fn read(capture: &Capture, target: &Target) -> Result<Reading, PdfError> {
    legible::read(&capture.body, &capture.media_type, capture.charset.as_deref(), &target.reading())
}

/// What would be read of a target, in one line.
pub async fn try_target(eye: &Eye, target: &Target) -> String {
    match eye.visit(&Request { target: target.clone(), validators: None }).await {
        Fetched::Captured(capture) => {
            let reading = match read(&capture, target) {
                Ok(reading) => reading,
                Err(error) => return format!("cannot be read: {error}"),
            };
            let passages = reading.passages.iter().filter(|passage| passage.class == Class::UserNotice).count();
            format!("{} words, {passages} passage(s) about user notice", reading.words)
        }
        Fetched::Missed(missed) => format!("cannot be read: {}", missed.detail),
        Fetched::NotModified { .. } => "nothing came".to_owned(),
    }
}
