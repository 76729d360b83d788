//! Running heads and feet, and page numbers: what stands at the same height of many pages and says the same but for
//! its figures.

use super::rows::BaselineRow;
use std::collections::HashMap;

/// So many rows at the top and at the bottom of a page can be head or foot.
const ROWS: usize = 3;

/// The share of a page's height in which heads and feet stand.
const MARGIN: f32 = 0.15;

/// Heights that differ by less than this, in points, are the same.
const SAME_HEIGHT: f32 = 4.0;

/// Takes running heads, feet and page numbers off the pages.
pub(super) fn remove(pages: &mut [Vec<BaselineRow>], heights: &[f32]) {
    let mut seen: HashMap<String, Vec<f32>> = HashMap::new();
    for (rows, height) in pages.iter().zip(heights) {
        for row in edges(rows, *height) {
            seen.entry(shape(&rows[row].text())).or_default().push(rows[row].y);
        }
    }
    // Heads of left and of right pages differ, and first pages of chapters have none.
    let enough = pages.len().div_ceil(3).max(2);
    for (rows, height) in pages.iter_mut().zip(heights) {
        let mut running: Vec<usize> = edges(rows, *height)
            .filter(|row| {
                let text = rows[*row].text();
                let places = seen.get(&shape(&text)).map_or(&[] as &[f32], Vec::as_slice);
                let same = places.iter().filter(|y| (**y - rows[*row].y).abs() < SAME_HEIGHT).count();
                same >= enough || is_page_number(&text)
            })
            .collect();
        running.sort_unstable();
        running.dedup();
        running.into_iter().rev().for_each(|row| drop(rows.remove(row)));
    }
}

/// The rows that can be head or foot.
fn edges(rows: &[BaselineRow], height: f32) -> impl Iterator<Item = usize> + use<> {
    let top = rows.iter().take(ROWS).take_while(|row| row.y < height * MARGIN).count();
    let bottom = rows.iter().rev().take(ROWS).take_while(|row| row.y > height * (1.0 - MARGIN)).count();
    (0..top).chain(rows.len() - bottom.min(rows.len() - top)..rows.len())
}

/// A text without what counts the pages in it.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' if shape.ends_with('#') => {}
            '0'..='9' => shape.push('#'),
            _ if letter.is_whitespace() => {
                if !shape.ends_with(' ') {
                    shape.push(' ');
                }
            }
            _ => shape.extend(letter.to_lowercase()),
        }
    }
    shape
}

/// "7", "- 7 -", "Page 7 of 12", "7/12", "vii".
fn is_page_number(text: &str) -> bool {
    let bare = text.trim_matches(|letter: char| letter.is_whitespace() || "-\u{2013}\u{2014}|".contains(letter));
    let roman = (1..=5).contains(&bare.len()) && bare.chars().all(|letter| "ivxlc".contains(letter));
    roman || matches!(shape(bare).as_str(), "#" | "page #" | "# of #" | "page # of #" | "#/#" | "# / #" | "page #/#")
}
