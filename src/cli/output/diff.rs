//! Two captures of one target side by side: passage by passage, or the whole text, on a terminal or as a page of HTML.
//!
//! Knows parsed pages; the captures are found by `verbs`.

use super::changes::print_change;
use super::terminal;
use super::terminal::FAINT;
use crate::app::analysis::capture_text;
use crate::app::analysis::capture_text::visible;
use crate::app::json::verdict_name;
use crate::app::text::utc;
use noticewatch_core::capture::Capture;
use noticewatch_core::compare::{Change, Span, changes, diff};
use noticewatch_core::target::{Target, TermsKind};
use serde_json::json;
use std::fmt::Write;

/// How two captures are shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiffForm {
    /// The whole text, not only the passages.
    pub whole: bool,
    /// A page of HTML.
    pub html: bool,
    /// JSON.
    pub json: bool,
}

/// Shows the difference between two captures of a target, the older first.
pub fn print(target: &Target, old: &Capture, new: &Capture, form: DiffForm) {
    let spans = form.whole.then(|| diff::words(&visible(old, target), &visible(new, target)));
    let changes = if form.whole { Vec::new() } else { passages(target, old, new) };
    if form.html {
        say!("{}", html(target, old, new, spans.as_deref(), &changes));
    } else if form.json {
        let line =
            json!({"target": target.id, "captures": [old.sha256, new.sha256], "diff": spans, "changes": changes});
        terminal::json(&line);
    } else {
        say!("{FAINT}{} {}\n{} {}{FAINT:#}", old.sha256, utc(old.ended), new.sha256, utc(new.ended));
        match spans {
            Some(spans) => {
                for paragraph in paragraphs(&spans) {
                    say!("{}\n", terminal::diff(&paragraph, ""));
                }
            }
            None if changes.is_empty() => {
                say!("no passage differs; --whole shows the other words of the page");
            }
            None => changes.iter().for_each(|change| print_change(change, "")),
        }
    }
}

fn passages(target: &Target, old: &Capture, new: &Capture) -> Vec<Change> {
    let [old, new] = [old, new].map(|capture| capture_text::read_kept(&capture.body, capture, &target.reading()));
    let mut changes = changes(&old, &new, &target.aliases, TermsKind::of(&target.terms_type));
    changes.retain(|change| change.before != change.after);
    changes
}

/// A page that stands by itself: no script, no style from elsewhere.
fn html(target: &Target, old: &Capture, new: &Capture, spans: Option<&[Span]>, changes: &[Change]) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title>\n<style>body{{max-width:46em;margin:2em auto;\
         padding:0 1em;font:1em/1.5 sans-serif}}del{{background:#fdd}}ins{{background:#dfd}}</style>\n<h1>{0}</h1>\n\
         <p>Before: {1}, capture <code>{2}</code><br>After: {3}, capture <code>{4}</code></p>\n",
        escaped(&target.label()),
        utc(old.ended),
        old.sha256,
        utc(new.ended),
        new.sha256,
    );
    if let Some(spans) = spans {
        for paragraph in paragraphs(spans) {
            let _ = writeln!(out, "<p>{}</p>", marked(&paragraph));
        }
    } else if changes.is_empty() {
        out.push_str("<p>No passage differs.</p>\n");
    }
    for change in changes {
        let reasons = change.reasons.iter().map(|reason| escaped(reason)).collect::<Vec<_>>().join("<br>");
        let _ = writeln!(out, "<h2>{}</h2>\n<p>{reasons}</p>", verdict_name(change.verdict));
        let side = |passage: &Option<noticewatch_core::extract::Passage>| {
            passage.as_ref().map(|passage| passage.quote.clone()).unwrap_or_default()
        };
        let words = diff::words(&side(&change.before), &side(&change.after));
        let _ = writeln!(out, "<blockquote>{}</blockquote>", marked(&words).replace('\n', "<br>"));
    }
    out.push_str("</html>");
    out
}

/// A diff cut where the text has an empty line.
fn paragraphs(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut paragraphs = vec![Vec::new()];
    for span in spans {
        let (text, again): (&str, fn(String) -> Span) = match span {
            Span::Same(text) => (text, Span::Same),
            Span::Removed(text) => (text, Span::Removed),
            Span::Added(text) => (text, Span::Added),
        };
        for (index, part) in text.split("\n\n").enumerate() {
            if index > 0 {
                paragraphs.push(Vec::new());
            }
            if let Some(paragraph) = paragraphs.last_mut().filter(|_| !part.is_empty()) {
                paragraph.push(again(part.to_owned()));
            }
        }
    }
    paragraphs.retain(|spans| !spans.is_empty());
    paragraphs
}

fn marked(spans: &[Span]) -> String {
    let mark = |span: &Span| match span {
        Span::Same(text) => escaped(text),
        Span::Removed(text) => format!("<del>{}</del>", escaped(text)),
        Span::Added(text) => format!("<ins>{}</ins>", escaped(text)),
    };
    spans.iter().map(mark).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
