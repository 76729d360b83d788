//! `send-test`: a letter that says nothing but that letters arrive, by every way; and what to change where one does not.

use crate::app::context::Office;
use crate::app::error::Failure;
use crate::app::notify::channels::Parcel;
use crate::app::notify::letter_content::Gathered;
use crate::app::notify::{channels, mail_envelope, recipient};
use crate::app::text;
use crate::cli::output::terminal;
use crate::config::Subscription;
use crate::io::mail::{Fault, Mailer, octets};
use jiff::Timestamp;
use noticewatch_core::letter::{Letter, Material};
use serde_json::json;
use std::time::Duration;

/// A server that says nothing for so long is reported as silent.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends a test letter to all that get letters, or to one of them.
///
/// # Errors
/// A letter was not taken; what to change was said.
pub async fn send_test(office: &Office, only: Option<&str>, as_json: bool) -> Result<(), Failure> {
    // Whoever tries the way sits and waits for it.
    let mailer = Mailer { whole: PATIENCE, ..mail_envelope::mailer(office)? };
    let fetcher = channels::fetcher(office)?;
    let now = office.clock.now();
    let mut failed = false;
    for receiver in receivers(office, only) {
        let parcel = parcel(office, &receiver, now)?;
        let ended = match recipient::route(office, &receiver) {
            Ok(route) => channels::carry(route, mailer.clone(), fetcher.clone(), &parcel).await,
            Err(fault) => Err(fault),
        };
        failed |= ended.is_err();
        say(&receiver, &ended, as_json);
    }
    if failed { Err(Failure::Attention) } else { Ok(()) }
}

fn receivers(office: &Office, only: Option<&str>) -> Vec<String> {
    if let Some(only) = only {
        return vec![only.to_owned()];
    }
    let mut all: Vec<String> = office.settings.subscriptions.iter().flat_map(Subscription::receivers).collect();
    all.extend(office.settings.operator.clone());
    all.sort_unstable();
    all.dedup();
    all
}

fn say(receiver: &str, ended: &Result<String, Fault>, as_json: bool) {
    let clean = |text: &str| text::clean(text);
    match (ended, as_json) {
        (Ok(said), false) => anstream::println!("{receiver}: sent: {}", clean(said)),
        (Ok(said), true) => terminal::json(&json!({"receiver": receiver, "sent": true, "said": said})),
        (Err(fault), false) => {
            anstream::println!("{receiver}: not sent: {}\n    {}", clean(&fault.to_string()), fault.advice());
        }
        (Err(fault), true) => {
            let (said, advice) = (fault.to_string(), fault.advice());
            terminal::json(&json!({"receiver": receiver, "sent": false, "said": said, "advice": advice}));
        }
    }
}

fn parcel(office: &Office, receiver: &str, now: Timestamp) -> Result<Parcel, Failure> {
    let (octets, message_id) = octets_for(office, receiver, now)?;
    let from = office.settings.mail.from.address.clone();
    Ok(Parcel { octets, from, receiver: receiver.to_owned(), message_id })
}

/// A test letter to a receiver, with its `Message-ID`.
///
/// # Errors
/// No letter can be made to it.
pub fn octets_for(office: &Office, receiver: &str, now: Timestamp) -> Result<(Vec<u8>, String), Failure> {
    let letter = test_letter(now);
    let envelope = mail_envelope::envelope(office, &letter, receiver, now, true);
    let message_id = envelope.message_id.clone();
    let octets = if receiver.starts_with("webhook:") {
        let gathered = Gathered { material: Material { at: now, ..Material::default() }, told: Vec::new() };
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
