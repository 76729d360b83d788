//! In which language a text is written.

use super::types::Block;
use whatlang::Lang;

/// So many octets of running text are enough for whatlang, whose cost grows with the text.
const SAMPLE: usize = 3_000;

/// Enough text to believe it rather than what the page says of itself: templates say `lang="en"` over any language.
const LONG: usize = 400;

/// The language of a document as a primary tag (`en`): that of its visible text where whatlang is sure of it, else the
/// one that the page names for itself.
pub(crate) fn of(blocks: &[Block], named: Option<&str>) -> Option<String> {
    let named = named.and_then(primary);
    let sample = sample(blocks);
    if named.is_none() && sample.len() < LONG && english(&sample) {
        return Some("en".to_owned());
    }
    let Some(info) = whatlang::detect(&sample).filter(whatlang::Info::is_reliable) else { return named };
    let found = tag(info.lang()).to_owned();
    match named {
        Some(named) if named == found || sample.len() < LONG || same(&named, &found) => Some(named),
        _ => Some(found),
    }
}

/// Whether one word in five is a small English one: whatlang guesses at single sentences.
fn english(text: &str) -> bool {
    const SMALL: &[&str] = &[
        "the", "of", "to", "and", "we", "you", "your", "our", "will", "be", "by", "or", "is", "are", "not", "if", "it",
        "that", "this", "any", "with", "for", "from", "when", "unless", "have", "has", "been", "which", "their",
        "they",
    ];
    let words = || text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    let small = words().filter(|word| SMALL.contains(&word.to_lowercase().as_str())).count();
    words().count() >= 8 && small * 5 >= words().count()
}

/// The primary tag of a language tag: `en` of `en-US`.
fn primary(tag: &str) -> Option<String> {
    let tag = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
    (matches!(tag.len(), 2 | 3) && tag.bytes().all(|octet| octet.is_ascii_alphabetic())).then_some(tag)
}

/// Languages that whatlang takes for each other.
fn same(named: &str, found: &str) -> bool {
    const NEAR: [&[&str]; 4] = [&["no", "nb", "nn", "da"], &["hr", "sr", "bs"], &["id", "ms"], &["cs", "sk"]];
    NEAR.iter().any(|group| group.contains(&named) && group.contains(&found))
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
