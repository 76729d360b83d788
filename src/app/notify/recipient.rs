//! Who gets a letter, and by which way.

use crate::app::context::AppContext;
use crate::app::secrets;
use crate::config::{Notifier, Password, Subscription};
use crate::io::mail::{DeliveryFault, Stage, Transport};
use std::path::PathBuf;

/// How one letter leaves the house.
#[derive(Clone, Debug)]
pub enum Route {
    /// By the way of all mail.
    Mail,
    /// By a way of its own: a command or a directory.
    Own(Transport),
    /// Posted to an address, with these headers.
    Post(String, Vec<(String, String)>),
}

/// Whether a receiver, as it stands in the outbox, is a mail address.
#[must_use]
pub fn is_mail(receiver: &str) -> bool {
    !receiver.contains(':')
}

/// The subscription and the notifier that a receiver names.
#[must_use]
pub fn find<'a>(office: &'a AppContext, receiver: &str) -> Option<(&'a Subscription, &'a Notifier)> {
    let all = office.settings.subscriptions.iter();
    let mut all = all.flat_map(|one| one.notifiers.iter().map(move |notifier| (one, notifier)));
    all.find(|(one, notifier)| notifier.receiver(&one.name) == receiver)
}

/// The way to a receiver by today's settings.
///
/// # Errors
/// No such notifier stands there any more, or its secret cannot be read.
pub fn route(office: &AppContext, receiver: &str) -> Result<Route, DeliveryFault> {
    if is_mail(receiver) {
        return Ok(Route::Mail);
    }
    let gone = || {
        let (kind, name) = receiver.split_once(':').unwrap_or_default();
        DeliveryFault::new(
            Stage::Settings,
            format!("the subscription {name} has no {kind} any more in noticewatch.toml"),
        )
    };
    Ok(match find(office, receiver).ok_or_else(gone)?.1 {
        Notifier::Command(words) => Route::Own(Transport::Command(words.clone())),
        Notifier::Mailbox(directory) => Route::Own(Transport::Mailbox(PathBuf::from(directory))),
        Notifier::Webhook { url, header } => {
            let header = header.as_ref().map(secret).transpose()?;
            Route::Post(url.clone(), header.into_iter().collect())
        }
    })
}

fn secret((name, place): &(String, Password)) -> Result<(String, String), DeliveryFault> {
    let value = secrets::secret(place, secrets::HEADER[0]);
    let value = value.map_err(|failure| DeliveryFault::new(Stage::Settings, failure.to_string()))?;
    Ok((name.clone(), value))
}
