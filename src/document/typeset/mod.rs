//! Pages set in type to blocks: running heads left out, columns read one after another, lines joined to paragraphs, and
//! what is set larger, bold or in capitals taken for headings.
//!
//! Knows places and sizes of letters; nothing here knows what a text means. A page of a PDF file has no paragraphs, only
//! letters: all that a reader sees has to be told from the layout.

mod columns;
mod heads;
mod join;
mod pieces;
mod rows;

use super::blocks::Writer;
use crate::capture::typeset::Typeset;
use rows::Row;

/// One line of a column.
#[derive(Clone, Debug)]
struct Line {
    /// The number of its column, counted through the document.
    column: usize,
    x0: f32,
    x1: f32,
    y: f32,
    size: f32,
    /// All its letters are bold.
    bold: bool,
    text: String,
    /// The edges of its column.
    left: f32,
    right: f32,
}

/// Reads the written form of [`Typeset`].
pub(super) fn read(source: &str) -> Writer {
    let typeset = Typeset::parse(source);
    let mut pages: Vec<Vec<Row>> = typeset.pages.iter().map(rows::rows).collect();
    let heights: Vec<f32> = typeset.pages.iter().map(|sheet| sheet.height).collect();
    heads::remove(&mut pages, &heights);
    let widths = typeset.pages.iter().map(|sheet| sheet.width);
    let mut lines: Vec<Line> = Vec::new();
    for (rows, width) in pages.iter().zip(widths) {
        columns::read(rows, width, &mut lines);
    }
    columns::widen(&mut lines);
    pieces::write(&lines)
}
