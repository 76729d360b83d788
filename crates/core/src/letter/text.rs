//! The text part: written for reading, 72 columns, every address in full.
//!
//! Order and line layout only; every sentence comes from the view.

use super::item;
use super::item::{ItemView, ShownWording};
use super::lines::{Group, LetterLine};
use super::model::{ARRIVED, DOUBTFUL, LetterView, REWORDED, SAYS};
use super::quote::{Piece, SpanMark};
use super::text_layout::Paper;
use super::withdrawn::Withdrawn;

/// The text part of a letter.
pub fn write(view: &LetterView) -> String {
    let mut paper = Paper::default();
    paper.title(&view.headline);
    for sentence in &view.lead {
        paper.gap();
        paper.paragraph(sentence);
    }
    if let Some(withdrawn) = &view.withdrawn {
        write_withdrawn(&mut paper, withdrawn);
    }
    if !view.contents.is_empty() {
        paper.gap();
        for (index, line) in view.contents.iter().enumerate() {
            paper.numbered(index + 1, line);
        }
    }
    let many = view.items.len() > 1 || view.cut.is_some();
    for (index, item) in view.items.iter().enumerate() {
        if many {
            paper.heading(&format!("{}. {}", index + 1, item.title));
        }
        write_item(&mut paper, item);
    }
    for sentence in view.cut.iter().chain(&view.late) {
        paper.gap();
        paper.paragraph(sentence);
    }
    lines(&mut paper, ARRIVED, &view.arrived);
    lines(&mut paper, &view.recent_title, &view.recent);
    lines(&mut paper, "Pages that cannot be vouched for, or can again", &view.troubles);
    lines(&mut paper, REWORDED, &view.tail);
    board(&mut paper, &view.board);
    points(&mut paper, "About noticewatch itself", &view.notes);
    paper.heading("About this letter");
    paper.paragraph(&view.about);
    paper.heading("What was checked");
    points_under(&mut paper, "Not seen:", &view.unseen);
    points_under(&mut paper, DOUBTFUL, &view.doubtful);
    points_under(&mut paper, "In the list of pages, not readable yet:", &view.not_readable);
    points_under(&mut paper, "Text changed since the last letter, but no wording about user notice:", &view.outside);
    if ![&view.unseen, &view.doubtful, &view.not_readable, &view.outside].into_iter().all(Vec::is_empty) {
        paper.gap();
    }
    paper.paragraph(&view.checked);
    paper.finish()
}

fn write_withdrawn(paper: &mut Paper, withdrawn: &Withdrawn) {
    for sentence in &withdrawn.sentences {
        paper.gap();
        paper.paragraph(sentence);
    }
    paper.gap();
    paper.paragraph(&withdrawn.whom);
    address(paper, &withdrawn.url);
    quotes(paper, SAYS, &withdrawn.today);
    paper.gap();
    paper.paragraph(&withdrawn.trace);
    paper.raw(&format!("    {}", withdrawn.command));
}

fn address(paper: &mut Paper, url: &str) {
    if item::web(url) {
        paper.raw(url);
    } else {
        paper.paragraph(url);
    }
}

fn write_item(paper: &mut Paper, item: &ItemView) {
    paper.gap();
    paper.paragraph(&item.whom);
    address(paper, &item.url);
    paper.gap();
    paper.paragraph(&format!("{} (severity {}). {}", item.verdict.to_uppercase(), item.severity, item.meaning));
    for point in &item.points {
        paper.point(point);
    }
    for shown in [&item.before, &item.after].into_iter().flatten() {
        wording(paper, shown);
    }
    points(paper, "When", &item.when);
    quotes(paper, "What other pages of the service say today", &item.siblings);
    points(paper, "How sure we are, and what was not checked", &item.sure);
    points(paper, "Why we say so", &item.why);
    if !item.beside.is_empty() {
        paper.label("In the same edit, about demands for data");
        for pieces in &item.beside {
            paper.point(&pieces.iter().map(marked).collect::<String>());
        }
        if let Some(more) = &item.beside_more {
            paper.point(more);
        }
    }
    points(paper, "Earlier, on the same page", &item.earlier);
    paper.label("Evidence");
    for (shows, command) in &item.commands {
        paper.point(shows);
        paper.raw(&format!("    {command}"));
    }
    for (name, hash) in &item.hashes {
        paper.point(&format!("{name}:"));
        paper.raw(&format!("    {hash}"));
    }
    if let Some(address) = &item.witness {
        paper.point("An independent copy, made by the Internet Archive on request:");
        paper.raw(&format!("    {address}"));
    }
}

/// Labels with quotes; a quote is empty where the label says all.
fn quotes(paper: &mut Paper, heading: &str, quotes: &[(String, String)]) {
    if quotes.is_empty() {
        return;
    }
    paper.label(heading);
    for (label, quote) in quotes {
        if quote.is_empty() {
            paper.point(label);
        } else {
            paper.point(&format!("{label}: \"{quote}\""));
        }
    }
}

fn wording(paper: &mut Paper, shown: &ShownWording) {
    paper.label(&format!("{} ({})", shown.title.to_uppercase(), shown.seen));
    if !shown.heading.is_empty() {
        paper.paragraph(&format!("under \"{}\"", shown.heading));
    }
    for paragraph in &shown.wording.paragraphs {
        let text: String = paragraph.iter().map(marked).collect();
        paper.inset("  | ", text.trim());
    }
}

/// The words under their mark. What a page itself writes like a mark is taken apart, so that it marks nothing.
fn marked(piece: &Piece) -> String {
    let marks = [("[-", "[ -"), ("-]", "- ]"), ("{+", "{ +"), ("+}", "+ }")];
    let text = marks.iter().fold(piece.text.clone(), |text, (mark, apart)| text.replace(mark, apart));
    match piece.mark {
        SpanMark::Kept => text,
        SpanMark::Removed => format!("[-{text}-]"),
        SpanMark::Added => format!("{{+{text}+}}"),
    }
}

fn points(paper: &mut Paper, heading: &str, points: &[String]) {
    if !points.is_empty() {
        paper.label(heading);
        for point in points {
            paper.point(point);
        }
    }
}

fn points_under(paper: &mut Paper, label: &str, points: &[String]) {
    if !points.is_empty() {
        paper.gap();
        paper.paragraph(label);
        for point in points {
            paper.point(point);
        }
    }
}

fn lines(paper: &mut Paper, heading: &str, lines: &[LetterLine]) {
    if lines.is_empty() {
        return;
    }
    paper.heading(heading);
    for line in lines {
        write_line(paper, line);
    }
}

fn write_line(paper: &mut Paper, line: &LetterLine) {
    paper.point(&format!("{}: {}", line.label, line.text));
    if !line.quote.is_empty() {
        paper.inset("    ", &format!("\"{}\"", line.quote));
    }
    for shown in &line.wordings {
        let text: Vec<String> = shown.wording.paragraphs.iter().map(|all| all.iter().map(marked).collect()).collect();
        paper.inset("    ", &format!("{}: \"{}\"", shown.title, text.join(" ").trim()));
    }
    if !line.trouble.is_empty() {
        paper.inset("    ", &format!("Cannot be vouched for now: {}", line.trouble));
    }
    if !line.url.is_empty() {
        paper.raw(&format!("    {}", line.url));
    }
}

fn board(paper: &mut Paper, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    paper.heading("The board: what each page promises today");
    for group in groups {
        paper.gap();
        paper.paragraph(&group.service);
        for row in &group.rows {
            write_line(paper, row);
        }
    }
}
