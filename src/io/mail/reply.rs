//! What came of sending a letter: sent, refused for good, or to be tried later; and for operators, where it failed and what to change.
//!
//! Only an answer about this recipient or this letter is final; a fault of the way never costs a letter
//! (docs/FACTS.md 1.3).

use std::fmt;

/// What came of sending one letter to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The server took it; its words.
    Sent(String),
    /// The server will never take it for this recipient; its words.
    Refused(String),
    /// Not now.
    Later {
        /// What happened.
        text: String,
        /// The operator must mend something: settings, password, certificate, sender.
        operator: bool,
    },
}

/// The step of a delivery at which it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The settings cannot work as they are.
    Settings,
    /// The server's name.
    Dns,
    /// The connection.
    Connect,
    /// Banner and EHLO.
    Greeting,
    /// STARTTLS, handshake, certificate.
    Tls,
    /// User name and password.
    Auth,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA and the letter's octets, up to the answer to the final dot.
    Content,
    /// A local directory or `sendmail`.
    Local,
    /// A command of the operator's.
    Command,
    /// A webhook.
    Webhook,
}

/// A delivery that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{stage}: {text}")]
pub struct DeliveryFault {
    /// Where.
    pub stage: Stage,
    /// The server's reply code, where it gave one.
    pub code: Option<u16>,
    /// What happened, in the server's words where it had any.
    pub text: String,
    /// Nothing came in the time given.
    pub silent: bool,
    /// Turned down for good, in other ways than by a reply code.
    pub refused: bool,
    /// It passes by itself, in other ways than by a reply code.
    pub passing: bool,
    /// What the operator can change, where more is known than the stage.
    pub hint: Option<&'static str>,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settings => "mail settings",
            Self::Dns => "name of the mail server",
            Self::Connect => "connection to the mail server",
            Self::Greeting => "greeting of the mail server",
            Self::Tls => "TLS with the mail server",
            Self::Auth => "user name and password",
            Self::Sender => "sender address",
            Self::Recipient => "recipient address",
            Self::Content => "letter",
            Self::Local => "local delivery",
            Self::Command => "command",
            Self::Webhook => "webhook",
        })
    }
}

impl DeliveryFault {
    /// A fault without a reply code.
    #[must_use]
    pub fn new(stage: Stage, text: impl Into<String>) -> Self {
        Self { stage, code: None, text: text.into(), silent: false, refused: false, passing: false, hint: None }
    }

    /// Whether the server's answer is final: a 5xx to RCPT or from DATA on. Codes that speak of a missing or broken login are not about the recipient.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let about_letter = matches!(self.stage, Stage::Recipient | Stage::Content);
        self.refused || about_letter && self.code.is_some_and(|code| code / 100 == 5 && !is_about_us(code))
    }

    /// Whether waiting alone will hardly mend it.
    #[must_use]
    pub fn needs_operator(&self) -> bool {
        let (permanent, temporary) =
            (self.code.is_some_and(|code| code >= 500), self.code.is_some_and(|code| code < 500));
        match self.stage {
            Stage::Settings | Stage::Local => true,
            Stage::Command | Stage::Webhook => !self.passing,
            Stage::Tls | Stage::Auth => !temporary && !self.silent,
            Stage::Recipient if self.code.is_none() => !self.silent && self.text.contains("address"),
            _ => permanent,
        }
    }

    /// What the operator can change.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        if let Some(hint) = self.hint {
            return hint;
        }
        match (self.stage, self.silent, self.code) {
            (Stage::Settings, ..) => "Change the [mail] part of noticewatch.toml as said.",
            (Stage::Dns, ..) => {
                "Look at the spelling of `host` in noticewatch.toml. If it is right, this machine cannot resolve names: try `getent hosts` with it."
            }
            (Stage::Connect, true, _) => {
                "Nothing answers: a firewall or a wrong `port`? Usual ports are 587 for STARTTLS and 465 for implicit TLS."
            }
            (Stage::Connect, ..) => {
                "Look whether the server listens on this `port`: usual are 587 for STARTTLS and 465 for implicit TLS."
            }
            (Stage::Greeting, true, _) => {
                "The server took the connection and said nothing: port 465 wants `tls = \"implicit\"`, port 587 `tls = \"starttls\"`."
            }
            (Stage::Greeting, ..) => {
                "The server does not want to talk to this machine: look at `helo`, and whether the server lists this address."
            }
            (Stage::Tls, ..) => {
                "The server broke off while TLS was set up: look at `port` and `tls`, and at the server's own log."
            }
            (Stage::Auth, _, Some(code)) if code < 500 => {
                "The server cannot check logins just now. It is tried again by itself; nothing need be changed."
            }
            (Stage::Auth, ..) => {
                "Look at `username` and at the password's file or credential. Some providers want a password made for this program."
            }
            (Stage::Sender | Stage::Recipient | Stage::Content, _, Some(400..=499)) => {
                "The server does not take it just now, as with greylisting or where it is busy: try again in some minutes. Letters of the daemon are tried again by themselves."
            }
            (Stage::Sender, ..) => {
                "Look whether this login may send as `from`; most servers allow only the login's own addresses."
            }
            (Stage::Recipient, _, Some(code)) if is_about_us(code) => {
                "The server wants a login before it takes letters: set `username` and the password."
            }
            (Stage::Recipient, ..) => {
                "Look at the recipient's spelling, and whether this server may send to that domain."
            }
            (Stage::Content, true, _) => {
                "The server was silent at the end: the letter may have arrived all the same. A letter of the daemon is sent again then, with the same Message-ID."
            }
            (Stage::Content, ..) => {
                "The server did not take the letter itself: its size, or its content filter. Its own log says more."
            }
            (Stage::Local, ..) => "Look at the path, at its owner and rights, and at the free room.",
            (Stage::Command, ..) => {
                "Run the command by hand with a letter on its standard input (`noticewatch outbox show ID --raw`): 0 means taken, 75 later, 65 and 67 never."
            }
            (Stage::Webhook, ..) => {
                "Look at `webhook` and its header in noticewatch.toml, and at what the service behind it says."
            }
        }
    }
}

/// 503, 530, 534, 535, 538: the server complains of the order of commands or the login, not of the recipient (RFC 4954).
fn is_about_us(code: u16) -> bool {
    matches!(code, 503 | 530 | 534 | 535 | 538)
}

/// A server's or command's words as one line for logs and letters.
pub(super) fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(500).collect()
}

impl From<DeliveryFault> for Reply {
    fn from(fault: DeliveryFault) -> Self {
        if fault.is_final() {
            return Self::Refused(fault.text);
        }
        Self::Later { operator: fault.needs_operator(), text: fault.to_string() }
    }
}
