//! Bold faces of fonts that do not say so: the letters of a bold face hold more ink than the same letters of the running
//! text. Fonts of the old kinds carry no weight that could be asked for.

use hayro_interpret::font::OutlineGlyph;
use hayro_interpret::kurbo::Shape;
use noticewatch_core::capture::glyphs::TypeRun;
use std::collections::HashMap;

/// A run with this much more ink than usual is bold. Bold faces have 1.3 to 1.7 times that of their regular ones.
const HEAVIER: f64 = 1.22;

/// Letters that are seen less often say nothing of what is usual.
const SEEN: usize = 5;

/// Letters of a run that are needed to judge it.
const ENOUGH: usize = 4;

/// The ink of letters, each shape measured once.
#[derive(Default)]
pub(super) struct Scales(HashMap<u128, f64>);

impl Scales {
    /// The share of its square that a letter covers.
    pub fn weigh(&mut self, glyph: &OutlineGlyph) -> f64 {
        let measure = || glyph.outline().area().abs() / 1_000_000.0;
        *self.0.entry(glyph.identifier().cache_key()).or_insert_with(measure)
    }
}

/// A run with the ink of its letters, as far as its font does not say its weight.
pub(super) struct Inked {
    pub run: TypeRun,
    pub ink: Vec<(char, f64)>,
}

/// Says of each run whether it is bold, by what is usual in the whole file.
pub(super) fn judge<'a>(runs: impl Iterator<Item = &'a mut Inked> + 'a) {
    let runs: Vec<&mut Inked> = runs.collect();
    let mut seen: HashMap<char, Vec<f64>> = HashMap::new();
    for (letter, ink) in runs.iter().flat_map(|run| &run.ink) {
        seen.entry(*letter).or_default().push(*ink);
    }
    let usual: HashMap<char, f64> = seen
        .into_iter()
        .filter(|(_, ink)| ink.len() >= SEEN)
        .map(|(letter, mut ink)| {
            ink.sort_by(f64::total_cmp);
            (letter, ink[ink.len() / 2])
        })
        .collect();
    for inked in runs {
        let known = inked.ink.iter().filter_map(|(letter, ink)| Some((*ink, *usual.get(letter)?)));
        let (count, ink, usually) =
            known.fold((0, 0.0, 0.0), |(count, sum, usually), (ink, usual)| (count + 1, sum + ink, usually + usual));
        inked.run.bold |= count >= ENOUGH && ink > usually * HEAVIER;
    }
}
