//! What a reader sees of a page, as Markdown that reads back as the same blocks.
//!
//! Knows blocks and nothing else.

use noticewatch_core::document::{Block, BlockKind, Document};
use std::fmt::Write;

/// Characters that mean something to Markdown.
const MARKS: &str = "\\`*_[]<>#|~&!$";

/// The blocks of a page as Markdown.
#[must_use]
pub fn markdown(document: &Document) -> String {
    let mut out = String::new();
    let mut before: Option<BlockKind> = None;
    for block in &document.blocks {
        write_block(&mut out, block, before);
        before = Some(block.kind);
    }
    out
}

fn write_block(out: &mut String, block: &Block, before: Option<BlockKind>) {
    let text = escaped(&block.text);
    let close = matches!((before, block.kind), (Some(BlockKind::Item(_)), BlockKind::Item(_)))
        || matches!((before, block.kind), (Some(BlockKind::Row), BlockKind::Row));
    if !out.is_empty() && !close {
        out.push('\n');
    }
    let _ = match block.kind {
        BlockKind::Heading => writeln!(out, "{} {text}", "#".repeat((block.heading.len() + 1).min(6))),
        BlockKind::Paragraph => writeln!(out, "{text}"),
        BlockKind::Item(depth) => {
            writeln!(out, "{}- {text}", "  ".repeat(usize::from(depth.saturating_sub(1)).min(item_depth(before))))
        }
        BlockKind::Row => {
            let cells: Vec<String> = block.text.split(" | ").map(escaped).collect();
            let row = writeln!(out, "| {} |", cells.join(" | "));
            // The first row of a table needs the line that makes it one.
            if close { row } else { writeln!(out, "|{}", " --- |".repeat(cells.len())) }
        }
    };
}

/// How deep an item may stand after this block without becoming code.
fn item_depth(before: Option<BlockKind>) -> usize {
    if let Some(BlockKind::Item(depth)) = before { usize::from(depth) } else { 0 }
}

/// Text in which nothing means anything to Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    for (index, letter) in text.char_indices() {
        let opens = index == 0 && matches!(letter, '-' | '+' | '=' | ':');
        let counts = digits > 0 && index == digits && matches!(letter, '.' | ')');
        if MARKS.contains(letter) || opens || counts {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
