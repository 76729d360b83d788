//! Pages fetched once to be shown, outside any store: `read URL` and `targets --online`.

use super::args::Common;
use super::eye::Eye;
use super::failure::Failure;
use super::office::Office;
use crate::document::{Class, Page, Reading, read};
use crate::io::clock::Clock;
use crate::io::fetch::{Fetched, Request};
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
        Fetched::Captured(capture) => {
            let page =
                Page { body: &capture.body, media_type: &capture.media_type, charset: capture.charset.as_deref() };
            Ok(read(page, &target.reading()))
        }
        Fetched::Missed(missed) => Err(Failure::Unavailable(format!("{url}: {}", missed.detail))),
        Fetched::NotModified { .. } => Err(Failure::Unavailable(format!("{url}: nothing came"))),
    }
}

/// What would be read of a target, in one line.
pub async fn try_target(eye: &Eye, target: &Target) -> String {
    match eye.visit(&Request { target: target.clone(), validators: None }).await {
        Fetched::Captured(capture) => {
            let page =
                Page { body: &capture.body, media_type: &capture.media_type, charset: capture.charset.as_deref() };
            let reading = read(page, &target.reading());
            let passages = reading.passages.iter().filter(|passage| passage.class == Class::UserNotice).count();
            format!("{} words, {passages} passage(s) about user notice", reading.words)
        }
        Fetched::Missed(missed) => format!("cannot be read: {}", missed.detail),
        Fetched::NotModified { .. } => "nothing came".to_owned(),
    }
}
