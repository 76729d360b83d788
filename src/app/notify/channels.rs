//! The ways of a subscription beside mail addresses: which one a row of the outbox means, what a webhook is sent, and
//! what is made of its answer.

use super::letter_content::Draft;
use super::recipient::Route;
use crate::app::client;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::json::finding_json;
use crate::config::Notifier;
use crate::io::fetch::{Fetcher, Posted, Waits};
use crate::io::mail::{DeliveryFault, Mailer, Stage};
use noticewatch_core::letter::{Letter, Occasion, TroubleLine, TroubleNews};
use serde_json::{Value, json};
use std::sync::Arc;

/// Statuses by which a webhook turns down the letter itself (RFC 9110, 15.5): it would never take it.
const REFUSED: [u16; 4] = [400, 413, 415, 422];
/// Statuses that pass by themselves, beside those of the 500s.
const PASSING: [u16; 3] = [408, 425, 429];

/// What is carried, and to whom.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The octets, as they were stored.
    pub octets: Vec<u8>,
    /// Who sends mail.
    pub from: String,
    /// A mail address, or a notifier by its name.
    pub receiver: String,
    /// The letter's `Message-ID`.
    pub message_id: String,
}

/// The client for webhooks, under the rules for pages; None where there is no webhook.
///
/// # Errors
/// A certificate file cannot be read.
pub fn fetcher(office: &AppContext) -> Result<Option<Arc<Fetcher>>, Failure> {
    let mut all = office.settings.subscriptions.iter().flat_map(|one| &one.notifiers);
    let any = all.any(|notifier| matches!(notifier, Notifier::Webhook { .. }));
    any.then(|| client::fetcher_with(office, Waits::none()).map(Arc::new)).transpose()
}

/// Carries octets to one receiver.
///
/// # Errors
/// The [`DeliveryFault`], with its stage.
pub async fn carry(
    route: Route,
    mailer: Mailer,
    fetcher: Option<Arc<Fetcher>>,
    parcel: &Parcel,
) -> Result<String, DeliveryFault> {
    let Parcel { octets, from, receiver, message_id } = parcel;
    match (route, fetcher) {
        (Route::Mail, _) => mailer.diagnose(octets, from, receiver).await,
        (Route::Own(transport), _) => Mailer { transport, ..mailer }.diagnose(octets, from, receiver).await,
        (Route::Post(url, mut headers), Some(fetcher)) => {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            // By it a receiver knows a letter again that comes twice.
            headers.push(("Idempotency-Key".to_owned(), message_id.clone()));
            let posted = fetcher.post(&url, &headers, octets.clone()).await;
            posted.map_or_else(|missed| Err(passing(missed.detail)), |posted| judge(&posted))
        }
        (Route::Post(..), None) => {
            Err(DeliveryFault::new(Stage::Settings, "the webhook was not there when the program started"))
        }
    }
}

fn passing(text: String) -> DeliveryFault {
    DeliveryFault { passing: true, ..DeliveryFault::new(Stage::Webhook, text) }
}

fn judge(posted: &Posted) -> Result<String, DeliveryFault> {
    let words: String = posted.words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    let said = if words.is_empty() { posted.status.to_string() } else { format!("{} {words}", posted.status) };
    match (posted.status, &posted.location) {
        (200..300, _) => Ok(said),
        (300..400, Some(place)) => {
            let text = format!("{} leads on to {place}, which is not followed", posted.status);
            Err(DeliveryFault::new(Stage::Webhook, text))
        }
        (status, _) if status >= 500 || PASSING.contains(&status) => Err(passing(said)),
        (status, _) => {
            Err(DeliveryFault { refused: REFUSED.contains(&status), ..DeliveryFault::new(Stage::Webhook, said) })
        }
    }
}

/// What a webhook is sent: the letter in short, and its findings as `history --json` prints them, but for whom else
/// they were told. Written once and kept, like the octets of a mail.
#[must_use]
pub fn payload(gathered: &Draft, letter: &Letter, message_id: &str) -> Vec<u8> {
    let material = &gathered.material;
    let corrects = (material.occasion == Occasion::Correction).then(|| material.items.first());
    let findings = gathered.told.iter().map(|(finding, _)| finding);
    let own = corrects.flatten().map(|item| &item.finding);
    let findings = findings.chain(own).map(|finding| {
        let late = material
            .items
            .iter()
            .any(|item| item.finding.id == finding.id && item.mark != noticewatch_core::letter::ItemMark::Fresh);
        let mut line = finding_json(finding, &[], late);
        line.as_object_mut().map(|line| line.remove("told"));
        line
    });
    let body = json!({
        "letter": letter.id,
        "message_id": message_id,
        "subscription": material.subscription,
        "occasion": material.occasion,
        "at": material.at,
        "subject": letter.subject,
        "text": letter.text,
        "checked": {"good": material.checked.good, "of": material.checked.of},
        "findings": findings.collect::<Vec<Value>>(),
        "troubles": material.troubles.iter().map(trouble).collect::<Vec<Value>>(),
        "reason": material.reason,
    });
    serde_json::to_vec(&body).unwrap_or_default()
}

fn trouble(line: &TroubleLine) -> Value {
    let trouble = &line.trouble;
    let news = match line.news {
        TroubleNews::Begun => "begun",
        TroubleNews::Lasts => "lasts",
        TroubleNews::Ended => "ended",
    };
    json!({
        "target": trouble.target,
        "kind": trouble.kind,
        "since": trouble.since,
        "until": trouble.until,
        "detail": trouble.detail,
        "news": news,
    })
}
