//! A letter that says nothing but that letters arrive.

use super::letter_content::Draft;
use super::{channels, mail_envelope};
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::text;
use crate::io::mail::octets;
use jiff::Timestamp;
use noticewatch_core::letter::{Letter, Material};

/// A test letter to a receiver, with its `Message-ID`.
///
/// # Errors
/// No letter can be made to it.
pub fn octets_for(office: &AppContext, receiver: &str, now: Timestamp) -> Result<(Vec<u8>, String), Failure> {
    let letter = test_letter(now);
    let envelope = mail_envelope::envelope(office, &letter, receiver, now, true);
    let message_id = envelope.message_id.clone();
    let octets = if receiver.starts_with("webhook:") {
        let gathered = Draft { material: Material { at: now, ..Material::default() }, told: Vec::new() };
        channels::payload(&gathered, &letter, &message_id)
    } else {
        octets(&letter, &envelope).map_err(|error| Failure::Usage(error.to_string()))?
    };
    Ok((octets, message_id))
}

fn test_letter(now: Timestamp) -> Letter {
    let text = format!(
        "This is a test of noticewatch.\n\nLetters from it arrive. Nothing was checked and nothing changed.\nWritten {}.\n",
        text::utc(now)
    );
    Letter {
        subject: "[test] noticewatch letters arrive".to_owned(),
        html: String::new(),
        id: noticewatch_core::capture::Sha256::of(format!("{now}").as_bytes()).short(),
        text,
        verdict: None,
        targets: Vec::new(),
        thread: None,
    }
}
