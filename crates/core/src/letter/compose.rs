//! One letter from its material: subject, text and HTML, as long as mail clients bear.
//!
//! The same material gives the same octets; recipient, date and transport are not known here.

use super::model::{LetterView, Limits};
use super::types::{Letter, Material, Occasion};
use super::{model, quote, subject, text};
use askama::Template;
use sha2::Digest;
use std::collections::HashSet;

/// Octets of HTML that mail clients show without cutting it themselves (Gmail cuts at 102 kB).
const MOST_HTML: usize = 100_000;

/// How much is told in full, from all that is useful down to what surely fits.
///
/// Quotes of the board give way first: every page is named before any is quoted at length.
const LIMITS: [Limits; 10] = [
    Limits { items: 40, lines: 300, contents: 300, quote: 700 },
    Limits { items: 40, lines: 300, contents: 300, quote: 240 },
    Limits { items: 20, lines: 200, contents: 200, quote: 120 },
    Limits { items: 10, lines: 150, contents: 150, quote: 60 },
    Limits { items: 10, lines: 150, contents: 150, quote: 0 },
    Limits { items: 10, lines: 80, contents: 150, quote: 60 },
    Limits { items: 5, lines: 80, contents: 150, quote: 60 },
    Limits { items: 5, lines: 40, contents: 100, quote: 60 },
    Limits { items: 2, lines: 20, contents: 50, quote: 60 },
    Limits { items: 1, lines: 10, contents: 20, quote: 60 },
];

#[derive(Template)]
#[template(path = "letter.html")]
struct LetterPage<'a> {
    letter: &'a LetterView,
}

/// The letter made of this material.
///
/// # Examples
/// ```
/// use noticewatch_core::letter::{compose, Checked, Material, Occasion};
/// let checked = Checked { good: 28, of: 30, ..Checked::default() };
/// let since = Some(jiff::Timestamp::UNIX_EPOCH);
/// let letter = compose(&Material { occasion: Occasion::Weekly, since, checked, ..Material::default() });
/// assert_eq!(letter.subject, "[quiet week] 28 of 30 pages checked, nothing changed");
/// ```
#[must_use]
pub fn compose(material: &Material) -> Letter {
    let subject = subject::subject(material);
    let (text, html) = within_limits(material, &subject);
    let targets = targets(material);
    let single = matches!(material.occasion, Occasion::AtOnce | Occasion::Correction) && targets.len() == 1;
    Letter {
        subject,
        text,
        html,
        id: id(material),
        // What a correction takes back is no verdict any more.
        verdict: material
            .items
            .iter()
            .chain(&material.tail)
            .map(|item| item.finding.change.verdict)
            .find(|_| material.occasion != Occasion::Correction),
        thread: single.then(|| targets[0].clone()),
        targets,
    }
}

fn within_limits(material: &Material, subject: &str) -> (String, String) {
    let mut parts = (String::new(), String::new());
    for limits in LIMITS {
        let view = model::view(material, subject.to_owned(), limits);
        // Rendering a template into a string has no outer world that could fail it.
        let html = LetterPage { letter: &view }.render().unwrap_or_default();
        parts = (text::write(&view), html);
        if parts.1.len() <= MOST_HTML {
            break;
        }
    }
    parts
}

fn targets(material: &Material) -> Vec<String> {
    let mut targets: Vec<String> = Vec::new();
    let mut named: HashSet<&str> = HashSet::new();
    let findings = material.items.iter().chain(&material.tail).map(|item| &item.finding.target);
    let troubles = material.troubles.iter().map(|line| &line.trouble.target);
    // What is no target's own trouble names none.
    for target in findings.chain(troubles).filter(|target| !target.is_empty()) {
        if named.insert(target) {
            targets.push(target.clone());
        }
    }
    targets
}

fn id(material: &Material) -> String {
    let text = serde_json::to_string(material).unwrap_or_else(|_| format!("{material:?}"));
    sha2::Sha256::digest(text.as_bytes()).iter().take(16).fold(String::new(), |id, octet| id + &format!("{octet:02x}"))
}

impl quote::Piece {
    /// Whether the change took these words away (the template asks).
    fn removed(&self) -> bool {
        self.mark == quote::SpanMark::Removed
    }

    /// Whether the change brought these words (the template asks).
    fn added(&self) -> bool {
        self.mark == quote::SpanMark::Added
    }
}
