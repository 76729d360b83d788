//! The pages of the year: invented guidelines and policies, the promise that stands in each, and what of them changes
//! without a change of the promise.
//!
//! Knows sentences and HTML; no time and no server.

use crate::calendar::Dice;
use std::fmt::Write as _;

/// Paragraphs of a page, beside the promise.
const PARAGRAPHS: usize = 34;
/// The promise stands behind this one.
const MIDDLE: usize = 17;

const STRENGTHS: [&str; 4] = ["will", "will attempt to", "may", "will make reasonable efforts to"];
const EXCEPTIONS: [&str; 3] = [
    ", unless we are prohibited by law",
    ", unless we are prohibited by law or there is an emergency that involves a risk of death",
    ", unless we are prohibited by law or believe that notice would be counterproductive",
];

/// Names of services; two pages each.
const BRANDS: [&str; 20] = [
    "Lumenfeed",
    "Parcelbird",
    "Quillhaven",
    "Orchardly",
    "Tideway",
    "Marblecast",
    "Fernpost",
    "Copperloop",
    "Brindle",
    "Saltmarsh",
    "Windrose",
    "Hollowtree",
    "Pinemark",
    "Driftline",
    "Kestrelo",
    "Amberfold",
    "Stonewick",
    "Larkwell",
    "Mosspoint",
    "Harborly",
];

const SUBJECTS: [&str; 8] =
    ["The team", "Our office", "The portal", "A clerk", "The desk", "Support", "The service", "Each department"];
const VERBS: [&str; 8] = ["sorts", "keeps", "reads", "answers", "files", "reviews", "weighs", "prints"];
const OBJECTS: [&str; 12] = [
    "parcels of pictures",
    "songs and playlists",
    "letters about fonts",
    "comments below drawings",
    "lists of favourite places",
    "recipes with many steps",
    "questions about colours",
    "maps of the center",
    "old catalogues",
    "calendars of fairs",
    "tickets for concerts",
    "notes about the weather",
];
const TIMES: [&str; 8] = [
    "on working days",
    "within a week",
    "by the end of a month",
    "in the morning",
    "after the holidays",
    "as often as it can",
    "twice a year",
    "whenever the queue is short",
];

/// What a page says of its promise: the sentence, or None where the section is not there; and a day from which it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    pub sentence: Option<String>,
    pub effective: Option<jiff::civil::Date>,
}

/// A sentence that differs from all of these in what it promises.
pub fn sentence(dice: &mut Dice, taken: &[&str]) -> String {
    loop {
        let strength = STRENGTHS[dice.index(STRENGTHS.len())];
        let exception = EXCEPTIONS[dice.index(EXCEPTIONS.len())];
        let when = match dice.index(4) {
            0 => "before".to_owned(),
            _ => format!("at least {} days before", 2 + dice.index(58)),
        };
        let made = format!(
            "We {strength} notify users {when} we disclose their information in response to legal process{exception}."
        );
        if !taken.contains(&made.as_str()) {
            return made;
        }
    }
}

/// The name of the service whose page this is.
pub fn brand(page: usize) -> String {
    let (round, index) = (page / 2 / BRANDS.len(), page / 2 % BRANDS.len());
    if round == 0 { BRANDS[index].to_owned() } else { format!("{} {round}", BRANDS[index]) }
}

/// Id and terms type: each service has guidelines and a policy.
pub fn names(page: usize) -> (String, &'static str) {
    let service = brand(page).to_lowercase().replace(' ', "-");
    if page.is_multiple_of(2) {
        (format!("{service}-law"), "Law Enforcement Guidelines")
    } else {
        (format!("{service}-privacy"), "Privacy Policy")
    }
}

/// The page with a promise, after so many changes that are none.
pub fn page(number: usize, promise: &Promise, cosmetic: usize) -> String {
    let brand = brand(number);
    let (_, kind) = names(number);
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{kind} | {brand}</title>\
         <meta name=\"build\" content=\"{cosmetic:08x}\"></head><body><div role=\"banner\"><a href=\"/t\">{brand}</a></div>\
         <main><div class=\"doc\"><h1>{kind}</h1>"
    );
    if let Some(day) = promise.effective {
        let _ = write!(html, "<p>Effective {}</p>", day.strftime("%B %-d, %Y"));
    }
    for paragraph in 0..PARAGRAPHS {
        if paragraph % 5 == 0 {
            let _ = write!(html, "<h2>{} {brand}</h2>", ["About", "Using", "Writing to", "Meeting"][paragraph / 5 % 4]);
        }
        let _ = write!(html, "<p>{}</p>", filler(number, paragraph, cosmetic));
        if let (MIDDLE, Some(sentence)) = (paragraph, &promise.sentence) {
            // The same words in another dress: another tag, another space, an emphasis.
            let dressed = match cosmetic % 3 {
                0 => sentence.clone(),
                1 => sentence.replacen("notify users", "<strong>notify</strong> users", 1),
                _ => sentence.replacen("legal process", "legal&nbsp;process", 1),
            };
            let _ = write!(html, "<h2>Notice to users</h2><p>{dressed}</p><h2>Further matters</h2>");
        }
    }
    let _ = write!(
        html,
        "</div></main><div role=\"contentinfo\"><p>Copyright {} {brand}. Page {cosmetic} of our handbook.</p>\
         <p><a href=\"/t?v={cosmetic}\">Terms</a></p></div><script>window.__build={{\"id\":{cosmetic}}};</script></body></html>",
        2026 + cosmetic / 40
    );
    html
}

/// A paragraph that speaks of nothing that is followed. Every cosmetic change writes two of them anew.
fn filler(number: usize, paragraph: usize, cosmetic: usize) -> String {
    let written = (cosmetic + PARAGRAPHS - 1 - paragraph) / (PARAGRAPHS / 2);
    let mut dice = Dice::new((number * 1_009 + paragraph * 31 + written * 7) as u64 + 1);
    let mut text = String::new();
    for _ in 0..5 {
        let mut one = |from: &[&'static str]| from[dice.index(from.len())];
        let (subject, verb, object, other) = (one(&SUBJECTS), one(&VERBS), one(&OBJECTS), one(&OBJECTS));
        let _ = write!(text, "{subject} of {} {verb} {object} and {other} {}. ", brand(number), one(&TIMES));
    }
    text.trim_end().to_owned()
}
