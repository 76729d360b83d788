//! From a page's drawing instructions to runs of letters. What is drawn beside letters is passed over, and so are letters
//! that stand aslant (watermarks) or outside the page.

use super::ink;
use super::ink::{Inked, Scales};
use hayro_interpret::font::{Glyph, GlyphRun, PositionedGlyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::{Dict, Name};
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use noticewatch_core::capture::glyphs::{GlyphPage, TypeRun, Typeset};

/// Pages that are read. The longest guidelines have some 150.
const PAGES: usize = 1_000;

/// Letters of one page; a full one has some five thousand.
const LETTERS: usize = 200_000;

/// Letters of all pages. The longest guidelines have less than a million; more are not read anyway.
const ALL_LETTERS: usize = 4_000_000;

/// Glyphs have their measures in thousandths of the size of the type.
const UNITS: f64 = 1000.0;

/// A gap of this share of the size parts words, beyond the usual gap between letters of the line.
const WORD_GAP: f64 = 0.15;

/// A gap of this share of the size parts runs: what stands behind it belongs to another column, or follows a bullet.
const RUN_GAP: f64 = 0.7;

/// All letters of a file; None where they are more than any honest file has.
pub(super) fn typeset(pdf: &Pdf) -> Option<Typeset> {
    if pdf.pages().len() > PAGES {
        return None;
    }
    let cache = InterpreterCache::new();
    let mut scales = Scales::default();
    let mut all = 0;
    let mut sheets: Vec<(f32, f32, Vec<Inked>)> = Vec::new();
    for page in pdf.pages().iter() {
        let area = Rect::new(0.0, 0.0, 1.0, 1.0);
        let at = page.initial_transform(true).to_kurbo();
        let mut context = Context::new(at, area, &cache, pdf.xref(), InterpreterSettings::default());
        let mut letters = Letters::of(page, std::mem::take(&mut scales));
        interpret_page(page, &mut context, &mut letters);
        all += letters.drawn.len();
        if letters.drawn.len() >= LETTERS || all > ALL_LETTERS {
            return None;
        }
        sheets.push((letters.width, letters.height, letters.runs()));
        scales = letters.scales;
    }
    ink::judge(sheets.iter_mut().flat_map(|(_, _, runs)| runs));
    let pages = sheets.into_iter().map(|(width, height, runs)| GlyphPage {
        width,
        height,
        runs: runs.into_iter().map(|inked| inked.run).collect(),
    });
    Some(Typeset { pages: pages.collect() })
}

/// One letter at its place.
struct PlacedGlyph {
    x: f64,
    y: f64,
    advance: f64,
    size: f64,
    bold: bool,
    /// What it covers, where its font does not say its weight.
    ink: Option<f64>,
    text: String,
}

/// The letters of a page as they are drawn.
struct Letters {
    width: f32,
    height: f32,
    drawn: Vec<PlacedGlyph>,
    /// Of each part that is open: whether it is a running head or foot, as the file itself marks them.
    parts: Vec<bool>,
    scales: Scales,
}

impl Letters {
    fn of(page: &Page<'_>, scales: Scales) -> Self {
        let (width, height) = page.render_dimensions();
        Self { width, height, drawn: Vec::new(), parts: Vec::new(), scales }
    }

    fn draw(&mut self, glyph: &PositionedGlyph<'_>, placed: Affine) {
        let whole = placed * glyph.transform();
        let at = whole * Point::ZERO;
        let [a, b, c, d, ..] = whole.as_coeffs();
        let (across, size) = (a.hypot(b), c.hypot(d) * UNITS);
        let upright = a > 0.0 && b.abs() < a * 0.1;
        let inside = (0.0..f64::from(self.width)).contains(&at.x) && (0.0..f64::from(self.height)).contains(&at.y);
        if !upright || !inside || self.drawn.len() >= LETTERS || !(0.5..2_000.0).contains(&size) {
            return;
        }
        let text = match glyph.as_unicode() {
            Some(BfString::Char(letter)) => letter.to_string(),
            Some(BfString::String(text)) => text,
            None => char::REPLACEMENT_CHARACTER.to_string(),
        };
        let advance = advance(glyph) * across;
        let bold = is_bold(glyph);
        let ink = match &**glyph {
            Glyph::Outline(outline) if bold.is_none() => Some(self.scales.weigh(outline)),
            _ => None,
        };
        self.drawn.push(PlacedGlyph { x: at.x, y: at.y, advance, size, bold: bold.unwrap_or(false), ink, text });
    }

    /// The letters put together to runs.
    fn runs(&mut self) -> Vec<Inked> {
        let drawn = std::mem::take(&mut self.drawn);
        let mut runs = Vec::new();
        let mut rest = drawn.as_slice();
        while let Some((first, others)) = rest.split_first() {
            let mut last = first;
            let length = others.iter().take_while(|next| follows(std::mem::replace(&mut last, next), next)).count();
            let (line, after) = rest.split_at(length + 1);
            let ink = line.iter().filter_map(|letter| Some((letter.text.chars().next()?, letter.ink?)));
            runs.extend(
                parted(line).map(|run| Inked { run, ink: ink.filter(|(letter, _)| letter.is_alphabetic()).collect() }),
            );
            rest = after;
        }
        runs
    }
}

/// How far it is to the next letter, in glyph space.
fn advance(glyph: &Glyph<'_>) -> f64 {
    let advance = match glyph {
        Glyph::Outline(outline) => outline.advance_width(),
        Glyph::Type3(drawn) => drawn.advance_width(),
    };
    advance.map_or(0.0, f64::from)
}

/// Whether its font says that it is bold; None where it says nothing.
fn is_bold(glyph: &Glyph<'_>) -> Option<bool> {
    let Glyph::Outline(outline) = glyph else { return None };
    let font = outline.font_data()?;
    let name = font.postscript_name.unwrap_or_default().to_lowercase();
    let named = ["bold", "black", "heavy", "demi"].iter().any(|word| name.contains(word));
    Some(named || font.weight.is_some_and(|weight| weight >= 600))
}

/// Whether a letter stands right of another on the same line, in the same type.
fn follows(letter: &PlacedGlyph, next: &PlacedGlyph) -> bool {
    let gap = next.x - (letter.x + letter.advance);
    let size = letter.size;
    (next.y - letter.y).abs() < size * 0.1
        && (next.size - size).abs() < size * 0.05
        && next.bold == letter.bold
        && (-0.3 * size..RUN_GAP * size).contains(&gap)
}

/// The words of a line as one run. In widely set type every gap is wide, so that it is the usual one that counts.
fn parted(line: &[PlacedGlyph]) -> Option<TypeRun> {
    let (first, last) = (line.first()?, line.last()?);
    let gap = |pair: &[PlacedGlyph]| pair[1].x - (pair[0].x + pair[0].advance);
    let mut gaps: Vec<f64> =
        line.windows(2).filter(|pair| !is_space(&pair[0]) && !is_space(&pair[1])).map(gap).collect();
    gaps.sort_by(f64::total_cmp);
    let usual = if gaps.len() < 5 { 0.0 } else { gaps[gaps.len() / 2].clamp(0.0, first.size / 2.0) };
    let mut text = first.text.clone();
    for pair in line.windows(2) {
        if gap(pair) > usual + WORD_GAP * first.size {
            text.push(' ');
        }
        text.push_str(&pair[1].text);
    }
    let width = last.x + last.advance - first.x;
    (!text.trim().is_empty()).then(|| TypeRun {
        x: single(first.x),
        y: single(first.y),
        width: single(width),
        size: single(first.size),
        bold: first.bold,
        text,
    })
}

fn is_space(letter: &PlacedGlyph) -> bool {
    letter.text.chars().all(char::is_whitespace)
}

#[expect(clippy::cast_possible_truncation, reason = "places on a page need no more")]
fn single(value: f64) -> f32 {
    value as f32
}

impl<'a> Device<'a> for Letters {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        if !self.parts.contains(&true) {
            run.glyphs().iter().for_each(|glyph| self.draw(glyph, props.transform));
        }
    }

    fn begin_marked_content(&mut self, tag: &[u8], properties: Option<&Dict<'_>>) {
        let kind = properties.and_then(|properties| properties.get::<Name<'_>>(b"Type".as_slice()));
        self.parts.push(tag == b"Artifact" && kind.is_some_and(|kind| kind.as_ref() == b"Pagination"));
    }

    fn end_marked_content(&mut self) {
        self.parts.pop();
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
