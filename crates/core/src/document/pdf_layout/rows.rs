//! Runs of letters on one base line, put together to rows and segments. A row goes across the whole page; segments are
//! parted by gaps that no space between words has.

use crate::capture::glyphs::{GlyphPage, TypeRun};

/// Runs whose base lines differ by less than this share of their size stand on one row: footnote marks are raised.
const RAISED: f32 = 0.4;

/// A gap of this share of the size parts segments; where no column ends there, they are read as one line all the same.
const SEGMENT_GAP: f32 = 0.5;

/// A gap of this share of the size parts words.
const WORD_GAP: f32 = 0.15;

/// Runs on one base line, from left to right.
#[derive(Clone, Debug)]
pub(super) struct BaselineRow {
    pub y: f32,
    pub segments: Vec<RowSegment>,
}

/// Words that belong together.
#[derive(Clone, Debug)]
pub(super) struct RowSegment {
    pub x0: f32,
    pub x1: f32,
    /// Its own base line: beside it may stand another column.
    pub y: f32,
    /// The size of most of its letters.
    pub size: f32,
    /// All its letters are bold.
    pub bold: bool,
    pub text: String,
    letters: usize,
}

impl BaselineRow {
    /// The text of the whole row.
    pub fn text(&self) -> String {
        self.segments.iter().map(|segment| segment.text.trim()).collect::<Vec<_>>().join(" ")
    }
}

/// The rows of a page from top to bottom.
pub(super) fn rows(sheet: &GlyphPage) -> Vec<BaselineRow> {
    let mut runs: Vec<&TypeRun> = sheet.runs.iter().filter(|run| is_sound(run)).collect();
    runs.sort_by(|one, other| one.y.total_cmp(&other.y));
    let mut rows: Vec<(f32, f32, Vec<&TypeRun>)> = Vec::new();
    for run in runs {
        match rows.last_mut() {
            Some((y, size, row)) if run.y - *y < RAISED * size.max(run.size) => {
                // The larger type says where the base line is.
                if run.size > *size {
                    (*y, *size) = (run.y, run.size);
                }
                row.push(run);
            }
            _ => rows.push((run.y, run.size, vec![run])),
        }
    }
    let rows = rows.into_iter().map(|(y, _, runs)| BaselineRow { y, segments: segments(runs) });
    rows.filter(|row| !row.segments.is_empty()).collect()
}

fn is_sound(run: &TypeRun) -> bool {
    [run.x, run.y, run.width, run.size].iter().all(|value| value.is_finite()) && run.size > 0.0
}

fn segments(mut runs: Vec<&TypeRun>) -> Vec<RowSegment> {
    runs.sort_by(|one, other| one.x.total_cmp(&other.x));
    let mut segments: Vec<RowSegment> = Vec::new();
    let mut drawn: Vec<&TypeRun> = Vec::new();
    for run in runs {
        // Bold type is feigned, and shadows are cast, by drawing the same letters again a little aside.
        let again = drawn.iter().rev().take(4).any(|old| {
            old.text == run.text && (old.x - run.x).abs() < 0.2 * run.size && (old.y - run.y).abs() < 0.2 * run.size
        });
        if again {
            continue;
        }
        drawn.push(run);
        let letters = run.text.chars().filter(|letter| letter.is_alphanumeric()).count();
        if letters == 0 && run.text.trim().is_empty() {
            continue;
        }
        match segments.last_mut() {
            Some(last) if run.x - last.x1 < SEGMENT_GAP * run.size.max(last.size) => last.add(run, letters),
            _ => segments.push(RowSegment {
                x0: run.x,
                x1: run.x + run.width,
                y: run.y,
                size: run.size,
                bold: run.bold,
                text: run.text.clone(),
                letters,
            }),
        }
    }
    segments.iter_mut().for_each(RowSegment::trim);
    segments
}

impl RowSegment {
    fn add(&mut self, run: &TypeRun, letters: usize) {
        if run.x - self.x1 > WORD_GAP * run.size && !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
        self.text.push_str(&run.text);
        self.x1 = self.x1.max(run.x + run.width);
        if letters > 0 {
            self.bold = run.bold && (self.bold || self.letters == 0);
        }
        if letters > self.letters {
            (self.size, self.y) = (run.size, run.y);
        }
        self.letters += letters;
    }

    /// Spaces at the end are no part of its width.
    fn trim(&mut self) {
        let text = self.text.trim_end();
        let spaces = self.text[text.len()..].chars().count();
        let spaces = u16::try_from(spaces).unwrap_or(u16::MAX);
        self.x1 = (self.x1 - f32::from(spaces) * self.size * 0.25).max(self.x0);
        self.text.truncate(text.len());
    }
}
