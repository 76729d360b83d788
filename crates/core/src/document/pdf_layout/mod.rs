//! Pages set in type to blocks: running heads left out, columns read one after another, lines joined to paragraphs, and
//! what is set larger, bold or in capitals taken for headings.
//!
//! Knows places and sizes of letters; nothing here knows what a text means. A page of a PDF file has no paragraphs, only
//! letters: all that a reader sees has to be told from the layout.

pub(crate) mod columns;
pub(crate) mod heads;
pub(crate) mod join;
pub(crate) mod line;
pub(crate) mod pieces;
pub(crate) mod rows;

use super::blocks::BlockWriter;
use super::pdf_layout::line::ColumnLine;
use super::pdf_layout::rows::BaselineRow;
use crate::capture::glyphs::Typeset;

/// Reads the written form of [`Typeset`].
pub(super) fn read(source: &str) -> BlockWriter {
    let typeset = Typeset::parse(source);
    let mut pages: Vec<Vec<BaselineRow>> = typeset.pages.iter().map(rows::rows).collect();
    let heights: Vec<f32> = typeset.pages.iter().map(|sheet| sheet.height).collect();
    heads::remove(&mut pages, &heights);
    let widths = typeset.pages.iter().map(|sheet| sheet.width);
    let mut lines: Vec<ColumnLine> = Vec::new();
    for (rows, width) in pages.iter().zip(widths) {
        columns::read(rows, width, &mut lines);
    }
    columns::widen(&mut lines);
    pieces::write(&lines)
}
