//! The papers of a bundle: what a stranger reads, from templates that escape what pages say.
//!
//! Facts come in; how a change is marked is the only thing made here.

use super::archive::Files;
use super::facts::BundleFacts;
use super::subject::Subject;
use crate::app::analysis::capture_text::visible;
use crate::app::error::Failure;
use crate::app::text;
use askama::Template;
use noticewatch_core::capture::Visit;
use noticewatch_core::compare::{Span, diff};
use serde_json::json;

/// `README.txt`.
#[derive(Template)]
#[template(path = "evidence/README.txt")]
struct Readme<'a> {
    f: &'a BundleFacts,
}

/// `declaration.md`.
#[derive(Template)]
#[template(path = "evidence/declaration.md")]
struct Declaration<'a> {
    f: &'a BundleFacts,
}

/// `declaration.html`.
#[derive(Template)]
#[template(path = "evidence/declaration.html")]
struct Printable<'a> {
    f: &'a BundleFacts,
}

/// `timeline.txt`.
#[derive(Template)]
#[template(path = "evidence/timeline.txt")]
struct Timeline<'a> {
    f: &'a BundleFacts,
}

/// A text with what changed in it marked.
#[derive(Template)]
#[template(path = "evidence/difference.txt")]
struct PlainDifference<'a> {
    f: &'a BundleFacts,
    title: &'a str,
    paragraphs: Vec<String>,
}

/// The same as a page.
#[derive(Template)]
#[template(path = "evidence/difference.html")]
struct MarkedDifference<'a> {
    f: &'a BundleFacts,
    title: &'a str,
    paragraphs: Vec<Vec<MarkedPart>>,
}

/// A piece of a marked text.
#[derive(Clone, Debug)]
struct MarkedPart {
    /// `del`, `ins` or empty.
    mark: &'static str,
    text: String,
}

/// Adds all papers but the list of digests.
///
/// # Errors
/// Never for these templates.
pub fn add(f: &BundleFacts, subject: &Subject, files: &mut Files) -> Result<(), Failure> {
    let mut put = |name: &str, text: askama::Result<String>| -> Result<(), Failure> {
        let text = text.map_err(|error| Failure::Io(format!("{name} cannot be written: {error}")))?;
        files.insert(name.to_owned(), format!("{}\n", text.trim_end()).into_bytes());
        Ok(())
    };
    let texts: Vec<String> =
        subject.exhibits.iter().map(|exhibit| visible(&exhibit.capture, &exhibit.target)).collect();
    if let Some(change) = &f.change {
        let side = |quote: &Option<String>| quote.clone().unwrap_or_default();
        let spans = diff::words(&side(&change.before), &side(&change.after));
        let title = "The passages";
        put("passages.txt", PlainDifference { f, title, paragraphs: plain(&spans) }.render())?;
        put("passages.html", MarkedDifference { f, title, paragraphs: marked(&spans) }.render())?;
    }
    if let [before, after] = texts.as_slice() {
        let (title, spans) = ("The whole text of the page", diff::words(before, after));
        put("page-diff.txt", PlainDifference { f, title, paragraphs: plain(&spans) }.render())?;
        put("page-diff.html", MarkedDifference { f, title, paragraphs: marked(&spans) }.render())?;
    }
    let mut finding = json!({"finding": subject.finding, "target": subject.target});
    if let Some((at, reason)) = &subject.corrected {
        finding["corrected"] = json!({"at": at, "reason": reason});
    }
    put("finding.json", Ok(text::escaped(&format!("{finding:#}\n"))))?;
    put("timeline.txt", Timeline { f }.render())?;
    put("declaration.md", Declaration { f }.render())?;
    put("declaration.html", Printable { f }.render())?;
    put("README.txt", Readme { f }.render())
}

/// The looks, one object a line.
pub fn looks(looks: &[Visit]) -> Vec<u8> {
    let lines = looks.iter().filter_map(|look| serde_json::to_string(look).ok());
    lines.flat_map(|line| (text::escaped(&line) + "\n").into_bytes()).collect()
}

/// The marks of letters: `[-gone-]`, `{+new+}`.
fn plain(spans: &[Span]) -> Vec<String> {
    let whole = |parts: &[MarkedPart]| -> String {
        let text = parts.iter().map(|part| match part.mark {
            "del" => format!("[-{}-]", part.text),
            "ins" => format!("{{+{}+}}", part.text),
            _ => part.text.clone(),
        });
        text.collect()
    };
    let paragraphs = marked(spans).into_iter().map(|parts| textwrap::fill(&whole(&parts), 100));
    paragraphs.collect()
}

/// A diff in paragraphs, cut where the text has a line end.
fn marked(spans: &[Span]) -> Vec<Vec<MarkedPart>> {
    let mut paragraphs = vec![Vec::new()];
    for span in spans {
        let (mark, text) = match span {
            Span::Same(text) => ("", text),
            Span::Removed(text) => ("del", text),
            Span::Added(text) => ("ins", text),
        };
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                paragraphs.push(Vec::new());
            }
            let text = text::clean(line);
            if let Some(paragraph) = paragraphs.last_mut().filter(|_| !text.is_empty()) {
                paragraph.push(MarkedPart { mark, text });
            }
        }
    }
    paragraphs.retain(|parts| !parts.is_empty());
    paragraphs
}
