//! Columns: a gutter is a strip of a page that no row crosses, with running text on both sides. What is no running text,
//! such as a table or a list with its bullets, is read row by row.

use super::line::ColumnLine;
use super::rows::{BaselineRow, RowSegment};
use std::collections::HashMap;

/// Gutters that are tried on a page.
const TRIES: usize = 60;

/// So many rows on either side make columns.
const ROWS: usize = 4;

/// Words of a row on either side, at the least, on average.
const WORDS: usize = 3;

/// The share of a page's width that a column has at the least.
const WIDTH: f32 = 0.15;

/// The share of rows of a column that are full: in a table most cells are not.
const FULL: f32 = 0.5;

/// A gutter is at least this wide, in points.
const GUTTER: f32 = 6.0;

/// Columns nested deeper are no columns.
const DEPTH: usize = 4;

/// So many lines show how far a column reaches.
const LONG: usize = 8;

/// Columns whose left edges differ by less than this, in points, are one column on several pages.
const SAME_EDGE: f32 = 6.0;

/// The lines of a page, column after column.
pub(super) fn read(rows: &[BaselineRow], width: f32, lines: &mut Vec<ColumnLine>) {
    region(rows, width, 0, lines);
}

fn region(rows: &[BaselineRow], width: f32, depth: usize, lines: &mut Vec<ColumnLine>) {
    let Some(gutter) = (depth < DEPTH).then(|| widest(rows, width)).flatten() else {
        return column(rows, lines);
    };
    region(&rows[..gutter.first], width, depth + 1, lines);
    let side = |left: bool| -> Vec<BaselineRow> {
        let mine = |segment: &&RowSegment| (segment.x0 < gutter.at) == left;
        let rows = rows[gutter.first..gutter.end]
            .iter()
            .map(|row| BaselineRow { y: row.y, segments: row.segments.iter().filter(mine).cloned().collect() });
        rows.filter(|row| !row.segments.is_empty()).collect()
    };
    region(&side(true), width, depth + 1, lines);
    region(&side(false), width, depth + 1, lines);
    region(&rows[gutter.end..], width, depth + 1, lines);
}

/// A strip that rows from `first` to before `end` leave free.
struct Gutter {
    at: f32,
    first: usize,
    end: usize,
}

/// The gutter that most rows leave free.
fn widest(rows: &[BaselineRow], width: f32) -> Option<Gutter> {
    let mut tried: Vec<f32> = Vec::new();
    let mut best: Option<Gutter> = None;
    for pair in rows.iter().flat_map(|row| row.segments.windows(2)) {
        let at = f32::midpoint(pair[0].x1, pair[1].x0);
        if tried.len() >= TRIES || tried.iter().any(|old| (old - at).abs() < 2.0) {
            continue;
        }
        tried.push(at);
        for gutter in free(rows, at) {
            let longer = best.as_ref().is_none_or(|best| gutter.end - gutter.first > best.end - best.first);
            if longer && parts(&rows[gutter.first..gutter.end], at, width) {
                best = Some(gutter);
            }
        }
    }
    best
}

/// The longest stretches of rows that leave a place free.
fn free(rows: &[BaselineRow], at: f32) -> Vec<Gutter> {
    let mut found = Vec::new();
    let mut first = 0;
    for (index, row) in rows.iter().enumerate() {
        if row.segments.iter().any(|segment| segment.x0 < at && segment.x1 > at) {
            found.push(Gutter { at, first, end: index });
            first = index + 1;
        }
    }
    found.push(Gutter { at, first, end: rows.len() });
    found
}

/// Whether running text stands on both sides.
fn parts(rows: &[BaselineRow], at: f32, width: f32) -> bool {
    let side = |left: bool| rows.iter().flat_map(|row| &row.segments).filter(move |segment| (segment.x0 < at) == left);
    let inner = side(true).map(|segment| segment.x1).fold(0.0, f32::max);
    let outer = side(false).map(|segment| segment.x0).fold(f32::INFINITY, f32::min);
    outer - inner >= GUTTER && [true, false].into_iter().all(|left| is_text(side(left), width))
}

fn is_text<'a>(segments: impl Iterator<Item = &'a RowSegment> + Clone, width: f32) -> bool {
    let count = segments.clone().count();
    let words: usize = segments.clone().map(|segment| segment.text.split_whitespace().count()).sum();
    let left = segments.clone().map(|segment| segment.x0).fold(f32::INFINITY, f32::min);
    let right = segments.clone().map(|segment| segment.x1).fold(0.0, f32::max);
    count >= ROWS && words >= count * WORDS && right - left >= width * WIDTH && share(full(segments), count) >= FULL
}

/// How many segments reach nearly as far as the longest of those that begin at the same edge: several columns may stand
/// beside each other on one side.
fn full<'a>(segments: impl Iterator<Item = &'a RowSegment> + Clone) -> usize {
    let mut reach: HashMap<i32, f32> = HashMap::new();
    for segment in segments.clone() {
        let right = reach.entry(edge(segment)).or_insert(segment.x1);
        *right = right.max(segment.x1);
    }
    let full = |segment: &&RowSegment| {
        reach.get(&edge(segment)).is_some_and(|right| segment.x1 > segment.x0 + (right - segment.x0) * 0.75)
    };
    segments.filter(full).count()
}

/// The place at which a segment begins, roughly.
#[expect(clippy::cast_possible_truncation, reason = "places on a page are small")]
fn edge(segment: &RowSegment) -> i32 {
    (segment.x0 / SAME_EDGE).round() as i32
}

#[expect(clippy::cast_precision_loss, reason = "rows of a page are far fewer than 2^23")]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}

/// The rows of one column as lines.
fn column(rows: &[BaselineRow], lines: &mut Vec<ColumnLine>) {
    let column = lines.last().map_or(0, |line| line.column + 1);
    let segments = || rows.iter().flat_map(|row| &row.segments);
    let left = segments().map(|segment| segment.x0).fold(f32::INFINITY, f32::min);
    let right = reach(rows.iter().filter_map(|row| row.segments.last()).map(|segment| segment.x1));
    for row in rows {
        let (Some(first), Some(last)) = (row.segments.first(), row.segments.last()) else { continue };
        // A bullet or number before the text has a type of its own.
        let main = row.segments.iter().max_by_key(|segment| segment.text.len()).unwrap_or(first);
        let bold = row.segments.iter().all(|segment| segment.bold || !segment.text.contains(char::is_alphabetic));
        lines.push(ColumnLine {
            column,
            x0: first.x0,
            x1: last.x1,
            y: main.y,
            size: main.size,
            bold: bold && main.bold,
            text: row.text(),
            left,
            right,
        });
    }
}

/// How far the lines of a column reach, where no more than one of seven reaches further: an address that is too long for
/// its line says nothing of the others.
fn reach(segments: impl Iterator<Item = f32>) -> f32 {
    let mut ends: Vec<f32> = segments.collect();
    ends.sort_by(|one, other| other.total_cmp(one));
    ends.get(ends.len() / 7).copied().unwrap_or_default()
}

/// The last page of a text may have short lines only: a short column reaches as far as a long one that begins at the
/// same edge.
pub(super) fn widen(lines: &mut [ColumnLine]) {
    let mut lengths: Vec<usize> = Vec::new();
    for line in lines.iter() {
        lengths.resize(lengths.len().max(line.column + 1), 0);
        lengths[line.column] += 1;
    }
    let long: Vec<(f32, f32)> =
        lines.iter().filter(|line| lengths[line.column] >= LONG).map(|line| (line.left, line.right)).collect();
    for line in lines.iter_mut().filter(|line| lengths[line.column] < LONG) {
        let like = long.iter().find(|(left, _)| (*left - line.left).abs() < SAME_EDGE);
        line.right = like.map_or(line.right, |(_, right)| line.right.max(*right));
    }
}
