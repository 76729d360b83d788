//! Text as it stands on the pages of a capture that is set in type: which letters, where, how large. The value between
//! the reader of PDF files and the room that makes paragraphs of it.
//!
//! Knows no PDF and no paragraph. Written as lines of JSON, so that a page can be a test case.

use serde::{Deserialize, Serialize};

/// The media type of [`Typeset::to_octets`].
pub const TYPESET: &str = "application/vnd.noticewatch.typeset";

/// The pages of a document, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typeset {
    /// The pages.
    pub pages: Vec<GlyphPage>,
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GlyphPage {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// The runs of text, in the order in which they are drawn.
    pub runs: Vec<TypeRun>,
}

/// Letters that stand side by side on one line, of one size and weight; words are parted by spaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TypeRun {
    /// The left edge, in points from the left of the page.
    pub x: f32,
    /// The base line, in points from the top of the page.
    pub y: f32,
    /// From the left edge to the end of the last letter.
    pub width: f32,
    /// The size of the type.
    pub size: f32,
    /// Set in a bold face.
    pub bold: bool,
    /// The letters.
    pub text: String,
}

/// A line of the written form.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum GlyphLine {
    Sheet([f32; 2]),
    Run(f32, f32, f32, f32, bool, String),
}

impl Typeset {
    /// The written form: `[width,height]` for each page, then `[x,y,width,size,bold,"text"]` for each run on it, a line
    /// each. The numbers are rounded to tenths of a point.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let round = |value: f32| (value * 10.0).round() / 10.0;
        let mut octets = Vec::new();
        let mut write = |line: &GlyphLine| {
            octets.extend(serde_json::to_vec(line).unwrap_or_default());
            octets.push(b'\n');
        };
        for sheet in &self.pages {
            write(&GlyphLine::Sheet([round(sheet.width), round(sheet.height)]));
            for run in &sheet.runs {
                let [x, y, width, size] = [run.x, run.y, run.width, run.size].map(round);
                write(&GlyphLine::Run(x, y, width, size, run.bold, run.text.clone()));
            }
        }
        octets
    }

    /// Reads the written form; lines that are none of it are passed over.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut typeset = Self::default();
        for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            match line {
                GlyphLine::Sheet([width, height]) => typeset.pages.push(GlyphPage { width, height, runs: Vec::new() }),
                GlyphLine::Run(x, y, width, size, bold, text) => {
                    if let Some(sheet) = typeset.pages.last_mut() {
                        sheet.runs.push(TypeRun { x, y, width, size, bold, text });
                    }
                }
            }
        }
        typeset
    }
}
