//! The ways of a subscription beside mail addresses: a webhook, a command, a directory.
//!
//! It never sees a secret: only the name of the file or credential that holds it. Nothing is connected to or run here.

use super::fields::{Fields, GivenValue};
use super::mail::{Password, secret};
use noticewatch_core::address::{Allowed, check_url};
use url::Url;

/// The header that carries a webhook's secret, where the file names none.
const HEADER: &str = "Authorization";

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notifier {
    /// An address that is called with each letter as JSON.
    Webhook {
        /// The address.
        url: String,
        /// A header with a secret, and where that stands.
        header: Option<(String, Password)>,
    },
    /// A program that takes each letter on its standard input, with its arguments.
    Command(Vec<String>),
    /// A directory that gets each letter as a file.
    Mailbox(String),
}

impl Notifier {
    /// The name under which it stands in the outbox: `webhook:legal` for the one of the subscription `legal`. No mail
    /// address holds a colon.
    #[must_use]
    pub fn receiver(&self, subscription: &str) -> String {
        let kind = match self {
            Self::Webhook { .. } => "webhook",
            Self::Command(_) => "command",
            Self::Mailbox(_) => "mailbox",
        };
        format!("{kind}:{subscription}")
    }
}

/// Reads the keys of a `[[subscription]]` that name notifiers. `allow`: `host:port` pairs that may be asked.
pub(crate) fn read(fields: &mut Fields<'_>, allow: &[String]) -> Vec<Notifier> {
    let webhook = webhook(fields, allow);
    let command = command(fields).map(Notifier::Command);
    let mailbox = fields.text("mailbox").map(|given| Notifier::Mailbox(given.value));
    webhook.into_iter().chain(command).chain(mailbox).collect()
}

/// Whether one of them stands there, right or wrong.
pub(crate) fn stand(fields: &Fields<'_>) -> bool {
    ["webhook", "command", "mailbox"].iter().any(|key| fields.holds(key))
}

fn webhook(fields: &mut Fields<'_>, allow: &[String]) -> Option<Notifier> {
    let given = fields.text("webhook");
    let name = fields.text("webhook_header");
    if let Some(given) = name.as_ref().filter(|given| !is_header(&given.value)) {
        let problem = format!("\"{}\" is no name of a header", given.value);
        fields.mistake(&given.place, problem, "write one such as \"Authorization\"");
    }
    let secret = secret(fields, ["webhook_header_file", "webhook_header_credential"]);
    for key in ["webhook_header", "webhook_header_file", "webhook_header_credential"] {
        if !fields.holds("webhook") && fields.holds(key) {
            let fix = "add webhook = \"https://...\", or take this line out";
            fields.mistake(&fields.place_of(key), "belongs to a webhook, and there is none", fix);
        }
    }
    if fields.holds("webhook_header") && secret.is_none() {
        let fix = "add webhook_header_file = \"...\" or webhook_header_credential = \"...\"";
        fields.mistake(&fields.place_of("webhook_header"), "has no value", fix);
    }
    let given = given?;
    if let Err(wrong) = judge(&given, allow) {
        let fix = "write an https address of the public network; others must stand in fetch.allow as host:port";
        fields.mistake(&given.place, wrong, fix);
        return None;
    }
    let name = name.map_or_else(|| HEADER.to_owned(), |given| given.value);
    Some(Notifier::Webhook { url: given.value, header: secret.map(|secret| (name, secret)) })
}

/// The rules for pages hold for webhooks too; in clear only to what the operator allowed by name.
fn judge(given: &GivenValue<String>, allow: &[String]) -> Result<(), String> {
    let url = Url::parse(&given.value).map_err(|_| format!("\"{}\" is no web address", given.value))?;
    let allowed = Allowed::parse(allow.iter().map(String::as_str)).unwrap_or_default();
    check_url(&url, &allowed).map_err(|refused| format!("\"{}\" cannot be called: {refused}", given.value))?;
    if url.scheme() == "https" || allowed.contains(&url) {
        return Ok(());
    }
    Err(format!("letters would go to \"{}\" in the clear", given.value))
}

/// A token of RFC 9110, 5.6.2, which is not one of those that the client writes.
fn is_header(name: &str) -> bool {
    let own = ["host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"];
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    name.chars().all(token) && !own.contains(&name.to_ascii_lowercase().as_str())
}

fn command(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    let holds = fields.holds("command");
    let place = fields.place_of("command");
    let words: Vec<String> = fields.texts("command").into_iter().map(|given| given.value).collect();
    match words.first() {
        Some(program) if program.starts_with('/') => Some(words),
        Some(program) => {
            let problem = format!("\"{program}\" is no whole path of a program");
            fields.mistake(
                &place,
                problem,
                "write it with its path: command = [\"/usr/local/bin/notify\", \"--urgent\"]",
            );
            None
        }
        None => {
            if holds && fields.empty_list("command") {
                fields.mistake(&place, "is empty", "write command = [\"/usr/local/bin/notify\"]");
            }
            None
        }
    }
}
