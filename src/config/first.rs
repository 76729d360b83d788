//! The first `noticewatch.toml`: the example with its comments, answers in the place of what it shows.
//!
//! It knows the example's lines and judges no answer: the text is read like any other before it is used.

use toml_edit::{Array, Value};

/// What the operator said.
#[derive(Clone, Debug, Default)]
pub struct FirstAnswers {
    /// Whom a site's operator can write to.
    pub contact: String,
    /// Told of what only the operator can mend.
    pub operator: Option<String>,
    /// The IANA time zone of all lines; None: UTC.
    pub time_zone: Option<String>,
    /// The sender; None: the contact.
    pub from: Option<String>,
    /// The mail server; None: letters are files.
    pub host: Option<String>,
    /// Its port; None: the usual one.
    pub port: Option<u16>,
    /// How the connection is protected; None: as the port has it.
    pub tls: Option<String>,
    /// The user name there; None: no login.
    pub username: Option<String>,
    /// The file with the password; None: a systemd credential.
    pub password_file: Option<String>,
    /// Who gets letters about everything.
    pub recipients: Vec<String>,
    /// Hosts and ports on private networks that may be asked.
    pub allow: Vec<String>,
}

impl FirstAnswers {
    /// What stands under a key of a table; None where the line stays or becomes a comment.
    fn answer(&self, table: &str, key: &str) -> Option<Value> {
        let text = |text: &Option<String>| text.as_ref().map(Value::from);
        match (table, key) {
            ("", "contact") => Some(Value::from(&self.contact)),
            ("", "operator") => text(&self.operator),
            ("", "time_zone") => Some(self.time_zone.as_deref().unwrap_or("UTC").into()),
            ("mail", "from") => self.host.as_ref().map(|_| self.from.as_ref().unwrap_or(&self.contact).into()),
            ("mail.smtp", "host") => text(&self.host),
            ("mail.smtp", "port") => self.port.map(|port| i64::from(port).into()),
            ("mail.smtp", "tls") => self.tls(),
            ("mail.smtp", "username") => text(&self.username),
            ("mail.smtp", "credential") => self.username.as_ref().map(|_| "smtp-password".into()),
            ("subscription", "name") => self.told().then(|| "all".into()),
            ("subscription", "recipients") => list(&self.recipients),
            ("fetch", "allow") => list(&self.allow),
            _ => None,
        }
    }

    fn told(&self) -> bool {
        !self.recipients.is_empty()
    }

    /// As given; else what fits the port: 465 speaks TLS from the start, this machine on another port needs none.
    fn tls(&self) -> Option<Value> {
        let near = matches!(self.host.as_deref(), Some("localhost" | "127.0.0.1" | "::1"));
        let fitting = match self.port {
            None | Some(465) => None,
            Some(_) if near => Some("none"),
            Some(_) => Some("starttls"),
        };
        self.tls.as_deref().or(fitting).map(Value::from)
    }

    /// Whether a table of the example is wanted; of subscriptions the first is, if anybody is told.
    fn wants(&self, table: &str, subscriptions: usize) -> bool {
        match table {
            "mail" | "mail.smtp" => self.host.is_some(),
            "subscription" => self.told() && subscriptions == 1,
            _ => true,
        }
    }
}

fn list(texts: &[String]) -> Option<Value> {
    (!texts.is_empty()).then(|| texts.iter().collect::<Array>().into())
}

/// The example with these answers: every comment stays, what was not answered becomes one.
///
/// # Examples
/// ```
/// use noticewatch::config::{FirstAnswers, first};
/// let example = "# Whom to write to.\ncontact = \"x@example.org\"\noperator = \"y@example.org\"\n";
/// let answers = FirstAnswers { contact: "ada@exampleton.example".into(), ..FirstAnswers::default() };
/// let text = first(example, &answers);
/// assert_eq!(text, "# Whom to write to.\ncontact = \"ada@exampleton.example\"\n#operator = \"y@example.org\"\n");
/// ```
#[must_use]
pub fn first(example: &str, answers: &FirstAnswers) -> String {
    let (mut table, mut subscriptions) = (String::new(), 0);
    let mut text = String::new();
    for line in example.lines() {
        if line.starts_with('[') {
            line.trim_matches(['[', ']']).clone_into(&mut table);
            subscriptions += usize::from(table == "subscription");
        }
        text += &written(line, &table, answers, answers.wants(&table, subscriptions));
        text.push('\n');
    }
    text
}

/// One line of the example, in a table that is wanted or not.
fn written(line: &str, table: &str, answers: &FirstAnswers, wanted: bool) -> String {
    let shown = !line.starts_with('#') && !line.is_empty();
    if line.starts_with('[') && wanted {
        return line.to_owned();
    }
    let key = line.trim_start_matches('#').split_once(" = ").map(|(key, _)| key).filter(|key| !key.contains(' '));
    match key.and_then(|key| answers.answer(table, key).filter(|_| wanted).map(|answer| (key, answer))) {
        Some(("credential", _)) if answers.password_file.is_some() => {
            format!("password_file = {}", Value::from(answers.password_file.clone().unwrap_or_default()))
        }
        Some((key, answer)) => format!("{key} = {answer}"),
        None if shown => format!("#{line}"),
        None => line.to_owned(),
    }
}
