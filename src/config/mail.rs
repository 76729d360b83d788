//! `[mail]` of `noticewatch.toml`: who writes, and by which way letters go out.
//!
//! It never sees a password: only the name of the file or credential that holds it.

use super::fields::Fields;
use super::party;
use super::party::{Party, is_domain};
use url::Host;

/// Where Debian and its kin have it.
const SENDMAIL: &str = "/usr/sbin/sendmail";

/// How letters are sent, and what stands in their headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// `From` and envelope sender.
    pub from: Party,
    /// The domain of `Message-ID` and `List-Id`; that of the sender, where the file names none.
    pub domain: String,
    /// Where an answer goes, if elsewhere than to the sender.
    pub reply_to: Option<Party>,
    /// The address of `List-Unsubscribe`, without `mailto:`; None: where an answer goes.
    pub unsubscribe: Option<String>,
    /// By which way.
    pub way: MailWay,
}

/// The ways out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailWay {
    /// Files in a directory, one `.eml` a letter; None: `mail` under the state directory. What happens where no other
    /// way is set.
    Mailbox {
        /// The directory.
        directory: Option<String>,
    },
    /// A mail server.
    Smtp(SmtpSettings),
    /// A local program that takes a message on its standard input.
    Sendmail {
        /// Its path.
        command: String,
    },
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Its name, or an address literal.
    pub host: String,
    /// Its port: 465, 587 or 25 by [`Tls`], where the file names none.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The user name and where its password stands.
    pub login: Option<(String, Password)>,
    /// The name that this machine gives itself; None: its host name.
    pub helo: Option<String>,
    /// A PEM file with the certificates of authorities that are trusted besides the system's.
    pub extra_ca: Option<String>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first octet on (RFC 8314).
    Implicit,
    /// By `STARTTLS`, required.
    StartTls,
    /// Not at all: only to this machine.
    None,
}

/// Where a password stands; it never stands in the settings themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Password {
    /// A file that only the program can read.
    File(String),
    /// A credential of the service manager (`LoadCredential=`), by name.
    Credential(String),
}

/// Reads `[mail]`; None where the table does not stand and the defaults apply.
pub(crate) fn read(mut fields: Fields<'_>) -> Option<Mail> {
    let from = party::read(&mut fields, "from");
    let reply_to = party::read(&mut fields, "reply_to");
    let unsubscribe = party::read(&mut fields, "unsubscribe").map(|party| party.address);
    let domain = domain(&mut fields);
    let ways: Vec<&str> = ["smtp", "sendmail", "mailbox"].into_iter().filter(|way| fields.holds(way)).collect();
    if ways.len() > 1 {
        let fix = format!("keep one of {}", ways.join(", "));
        fields.mistake(&fields.place_of(ways[1]), "letters can go out by one way only", fix);
    }
    let way = way(&mut fields);
    if !fields.holds("from") && ways.iter().any(|way| *way != "mailbox") {
        let fix = "add a line such as from = \"noticewatch <noticewatch@example.org>\", an address that someone reads";
        fields.mistake(&fields.place_of("from"), "is missing", fix);
    }
    fields.finish();
    let from = from.unwrap_or_else(local);
    let domain = domain.unwrap_or_else(|| domain_of(&from.address));
    Some(Mail { domain, reply_to, unsubscribe, way: way?, from })
}

/// What applies without a `[mail]` table: letters into a directory.
pub(crate) fn default() -> Mail {
    let from = local();
    let domain = domain_of(&from.address);
    Mail { from, domain, reply_to: None, unsubscribe: None, way: MailWay::Mailbox { directory: None } }
}

fn local() -> Party {
    Party { name: Some("noticewatch".to_owned()), address: "noticewatch@localhost".to_owned() }
}

fn domain_of(address: &str) -> String {
    address.rsplit('@').next().unwrap_or_default().to_owned()
}

fn domain(fields: &mut Fields<'_>) -> Option<String> {
    let given = fields.text("domain")?;
    let domain = given.value.to_lowercase();
    if is_domain(&domain) {
        return Some(domain);
    }
    fields.mistake(&given.place, format!("\"{domain}\" is no domain"), "write one such as \"example.org\"");
    None
}

/// All three are read, so that no key of a way that is one too many counts as unknown.
fn way(fields: &mut Fields<'_>) -> Option<MailWay> {
    let smtp = fields.table("smtp").map(smtp);
    let mut path = |table: &'static str, key: &'static str| {
        fields.table(table).map(|mut table| {
            let path = table.text(key).map(|given| given.value);
            table.finish();
            path
        })
    };
    let sendmail = path("sendmail", "command");
    let directory = path("mailbox", "directory").flatten();
    match (smtp, sendmail) {
        (Some(smtp), _) => smtp.map(MailWay::Smtp),
        (None, Some(command)) => Some(MailWay::Sendmail { command: command.unwrap_or_else(|| SENDMAIL.to_owned()) }),
        (None, None) => Some(MailWay::Mailbox { directory }),
    }
}

fn smtp(mut fields: Fields<'_>) -> Option<SmtpSettings> {
    let host = fields.required("host", "mail.example.org").filter(|given| {
        let valid = Host::parse(&given.value).is_ok() && !given.value.contains(':');
        if !valid {
            fields.mistake(
                &given.place,
                format!("\"{}\" is no host", given.value),
                "write a name such as \"mail.example.org\"",
            );
        }
        valid
    });
    let tls_place = fields.place_of("tls");
    let tls = [("implicit", Tls::Implicit), ("starttls", Tls::StartTls), ("none", Tls::None)];
    let tls = if fields.holds("tls") { fields.choice("tls", &tls) } else { Some(default_tls(&fields)) };
    let port = fields.number("port", 1..=65_535).and_then(|port| u16::try_from(port).ok());
    let login = login(&mut fields);
    let helo = helo(&mut fields);
    let extra_ca = fields.text("extra_ca").map(|given| given.value);
    if let Some(host) = host.as_ref().filter(|host| tls == Some(Tls::None) && !loopback(&host.value)) {
        let problem = format!("letters and password would go to {} in the clear", host.value);
        fields.mistake(&tls_place, problem, "write \"implicit\" (port 465) or \"starttls\" (port 587)");
    }
    fields.finish();
    let tls = tls?;
    let usual = match tls {
        Tls::Implicit => 465,
        Tls::StartTls => 587,
        Tls::None => 25,
    };
    Some(SmtpSettings { host: host?.value, port: port.unwrap_or(usual), tls, login, helo, extra_ca })
}

fn helo(fields: &mut Fields<'_>) -> Option<String> {
    let given = fields.text("helo")?;
    if !is_domain(&given.value) {
        let problem = format!("\"{}\" is no name of a machine", given.value);
        fields.mistake(
            &given.place,
            problem,
            "write the name that this machine has in DNS, such as \"watch.example.org\"",
        );
    }
    Some(given.value)
}

/// Without `tls`, the port speaks: 587 and 25 mean `STARTTLS`, all else implicit TLS.
fn default_tls(fields: &Fields<'_>) -> Tls {
    match fields.integer("port") {
        Some(587 | 25) => Tls::StartTls,
        _ => Tls::Implicit,
    }
}

fn login(fields: &mut Fields<'_>) -> Option<(String, Password)> {
    let username = fields.text("username");
    if fields.take("password").is_some() {
        let fix = "put it into a file that only the program can read and name that file: password_file = \"...\", \
                   or name a systemd credential: credential = \"smtp-password\"";
        fields.mistake(&fields.place_of("password"), "a password does not stand in the settings", fix);
    }
    let places = ["password_file", "credential"];
    let password = secret(fields, places);
    let given = |key: &&str| fields.holds(key);
    if username.is_some() && !fields.holds("password") && !places.iter().any(given) {
        let fix = "add password_file = \"...\" or credential = \"...\"";
        fields.mistake(&fields.place_of("username"), "has no password", fix);
    }
    if let Some(alone) = places.into_iter().find(given).filter(|_| !fields.holds("username")) {
        fields.mistake(&fields.place_of(alone), "a password without a user name", "add username = \"...\"");
    }
    Some((username?.value, password?))
}

/// Where a secret stands: a file or a credential, by the keys that name them.
pub(crate) fn secret(fields: &mut Fields<'_>, [in_file, in_credential]: [&'static str; 2]) -> Option<Password> {
    let file = fields.text(in_file);
    let credential = fields.text(in_credential).filter(|given| {
        let valid = given.value.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        if !valid {
            fields.mistake(&given.place, "is no name of a credential", "write the name that LoadCredential= gives it");
        }
        valid
    });
    if let Some((_, second)) = file.as_ref().zip(credential.as_ref()) {
        let what = if in_file == "password_file" { "the password" } else { "the secret" };
        fields.mistake(&second.place, format!("{what} has two places"), format!("keep {in_file} or {in_credential}"));
    }
    let file = file.map(|given| Password::File(given.value));
    file.or_else(|| credential.map(|given| Password::Credential(given.value)))
}

fn loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Ok(Host::Domain(name)) => name == "localhost",
        Err(_) => false,
    }
}
