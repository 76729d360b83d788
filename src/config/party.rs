//! Who writes and who is written to: a mail address, and the name that may stand before it.
//!
//! What a header is made of here is never text that somebody has to read again: name and address go apart from each other.

use super::fields::{Fields, GivenValue};
use std::fmt;
use std::str::FromStr;
use url::Host;

/// A mail address with the name that stands before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The name as a reader sees it, without quotes and escapes.
    pub name: Option<String>,
    /// `noticewatch@example.org`.
    pub address: String,
}

impl Party {
    /// A bare address.
    #[must_use]
    pub fn of(address: &str) -> Self {
        Self { name: None, address: address.to_owned() }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "\"{}\" <{}>", name.replace('\\', "\\\\").replace('"', "\\\""), self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// `name@example.org`, `Name <name@example.org>`, or with the name in quotes, as it must be in a header where it holds a
/// comma, a colon, brackets or an at-sign (RFC 5322, 3.4). Here such a name may do without.
///
/// # Examples
/// ```
/// use noticewatch::config::Party;
/// for text in ["\"Legal, Watch\" <nw@example.org>", "Legal, Watch <nw@example.org>"] {
///     let party: Party = text.parse().unwrap();
///     assert_eq!((party.name.as_deref(), party.address.as_str()), (Some("Legal, Watch"), "nw@example.org"));
/// }
/// ```
impl FromStr for Party {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.strip_suffix('>').and_then(|start| start.rsplit_once('<')) {
            Some((name, bare)) => Ok(Self { name: phrase(name)?, address: address(bare.trim())? }),
            None => address(text).map(|address| Self { name: None, address }),
        }
    }
}

/// The words before an address: quotes are taken off, what is escaped in them stands for itself.
fn phrase(text: &str) -> Result<Option<String>, String> {
    let (mut name, mut quoted, mut letters) = (String::new(), false, text.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            '\\' if quoted => name.extend(letters.next()),
            '<' | '>' if !quoted => {
                return Err(format!("before the address stands \"{}\": one address, or a name in quotes", text.trim()));
            }
            other => name.push(other),
        }
    }
    if quoted {
        return Err(format!("the quotes of the name {} are not closed", text.trim()));
    }
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Some(name).filter(|name| !name.is_empty()))
}

/// An address that a program such as this one can write to: `local@domain`, in ASCII, without quotes or comments.
///
/// The domain is returned in lower case and, where it is written in another script, in its ASCII form.
pub(crate) fn address(text: &str) -> Result<String, String> {
    let wrong = |why: &str| format!("\"{text}\" is no mail address: {why}");
    let (local, domain) = text.rsplit_once('@').ok_or_else(|| wrong("it has no @"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c);
    if local.is_empty() || local.len() > 64 || local.split('.').any(str::is_empty) || !local.chars().all(plain) {
        return Err(wrong("what stands before the @ cannot be used"));
    }
    match Host::parse(domain) {
        Ok(Host::Domain(domain)) if is_domain(&domain) => Ok(format!("{local}@{domain}")),
        _ => Err(wrong("what stands after the @ is no domain")),
    }
}

/// A name of labels as DNS has them (RFC 1035, 2.3.4).
pub(crate) fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let inner = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        inner && !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    };
    domain.len() <= 253 && domain.split('.').all(label)
}

/// The party under a key, with or without `mailto:`.
pub(crate) fn read(fields: &mut Fields<'_>, key: &'static str) -> Option<Party> {
    let given = fields.text(key)?;
    let bare = given.value.strip_prefix("mailto:").unwrap_or(&given.value).to_owned();
    checked(fields, &GivenValue { value: bare, place: given.place })
}

/// A given party, or its mistake; what letters could not be made with is one too.
pub(crate) fn checked(fields: &Fields<'_>, given: &GivenValue<String>) -> Option<Party> {
    let party: Party = match given.value.parse() {
        Ok(party) => party,
        Err(wrong) if given.value.contains(['<', '"']) => {
            let fix =
                "write \"Name <name@example.org>\", or, with the name in quotes, '\"Legal, Watch\" <name@example.org>'";
            fields.mistake(&given.place, wrong, fix);
            return None;
        }
        Err(wrong) => {
            fields.mistake(&given.place, wrong, "write an address such as \"counsel@example.org\"");
            return None;
        }
    };
    if let Err(wrong) = fields.sendable(&party) {
        fields.mistake(&given.place, wrong, "write a shorter name, or the address alone");
        return None;
    }
    Some(party)
}

/// Whether a letter can be made with a party in its header: what makes the header says so, and why not.
pub type Sendable = fn(&Party) -> Result<(), String>;
