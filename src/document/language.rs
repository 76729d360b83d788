//! In which language a text is written.

use super::Block;
use whatlang::Lang;

/// So many octets of running text are enough for whatlang, whose cost grows with the text.
const SAMPLE: usize = 3_000;

/// The language of the visible text as a primary tag (`en`), where whatlang is sure of it.
pub(super) fn of_blocks(blocks: &[Block]) -> Option<String> {
    let info = whatlang::detect(&sample(blocks))?;
    info.is_reliable().then(|| tag(info.lang()).to_owned())
}

/// Running text from all over the document: the beginnings of its longer blocks.
fn sample(blocks: &[Block]) -> String {
    let long: Vec<&Block> = blocks.iter().filter(|block| block.text.len() >= 60).collect();
    let chosen: Vec<&Block> = if long.len() < 3 { blocks.iter().collect() } else { long };
    let step = (chosen.len() / 12).max(1);
    let mut text = String::with_capacity(SAMPLE + 400);
    for block in chosen.iter().step_by(step) {
        text.extend(block.text.chars().take(300));
        text.push('\n');
        if text.len() >= SAMPLE {
            break;
        }
    }
    text
}

/// The BCP 47 primary tag of a language.
fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Eng => "en",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Pol => "pl",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Cmn => "zh",
        Lang::Tur => "tr",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Nob => "nb",
        Lang::Fin => "fi",
        Lang::Ces => "cs",
        Lang::Slk => "sk",
        Lang::Slv => "sl",
        Lang::Hun => "hu",
        Lang::Ron => "ro",
        Lang::Bul => "bg",
        Lang::Ell => "el",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Est => "et",
        Lang::Lav => "lv",
        Lang::Lit => "lt",
        Lang::Cat => "ca",
        Lang::Ara => "ar",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Tha => "th",
        Lang::Vie => "vi",
        Lang::Ind => "id",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Epo => "eo",
        Lang::Pes => "fa",
        Lang::Urd => "ur",
        Lang::Ben => "bn",
        _ => lang.code(),
    }
}
