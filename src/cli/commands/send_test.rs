//! `send-test`: a letter that says nothing but that letters arrive, by every way; and what to change where one does not.

use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::notify::channels::Parcel;
use crate::app::notify::{channels, mail_envelope, recipient, test_letter};
use crate::app::text;
use crate::cli::output::terminal;
use crate::config::Subscription;
use crate::io::mail::{DeliveryFault, Mailer};
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// A server that says nothing for so long is reported as silent.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends a test letter to all that get letters, or to one of them.
///
/// # Errors
/// A letter was not taken; what to change was said.
pub async fn send_test(office: &AppContext, only: Option<&str>, as_json: bool) -> Result<(), Failure> {
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

fn receivers(office: &AppContext, only: Option<&str>) -> Vec<String> {
    if let Some(only) = only {
        return vec![only.to_owned()];
    }
    let mut all: Vec<String> = office.settings.subscriptions.iter().flat_map(Subscription::receivers).collect();
    all.extend(office.settings.operator.clone());
    all.sort_unstable();
    all.dedup();
    all
}

fn say(receiver: &str, ended: &Result<String, DeliveryFault>, as_json: bool) {
    let clean = |text: &str| text::clean(text);
    match (ended, as_json) {
        (Ok(said), false) => say!("{receiver}: sent: {}", clean(said)),
        (Ok(said), true) => terminal::json(&json!({"receiver": receiver, "sent": true, "said": said})),
        (Err(fault), false) => {
            say!("{receiver}: not sent: {}\n    {}", clean(&fault.to_string()), fault.advice());
        }
        (Err(fault), true) => {
            let (said, advice) = (fault.to_string(), fault.advice());
            terminal::json(&json!({"receiver": receiver, "sent": false, "said": said, "advice": advice}));
        }
    }
}

fn parcel(office: &AppContext, receiver: &str, now: Timestamp) -> Result<Parcel, Failure> {
    let (octets, message_id) = test_letter::octets_for(office, receiver, now)?;
    let from = office.settings.mail.from.address.clone();
    Ok(Parcel { octets, from, receiver: receiver.to_owned(), message_id })
}
