//! The canonical form of a text: its normal form with spelling, contractions and brand names folded
//! (docs/RULES.md 4.1).
//!
//! Two wordings with one canonical form say the same: a change of locale or of the company's name, not of a promise.

use super::normal::normal;
use aho_corasick::{AhoCorasick, MatchKind};

/// The [`normal`] form of a text, in which US spelling stands for UK spelling, full words stand for contractions, and
/// each group of `aliases` is folded to its first name.
///
/// # Examples
/// ```
/// use noticewatch_core::text::canonical;
/// let aliases = vec![vec!["Chirper".to_owned(), "Q".to_owned()]];
/// assert_eq!(canonical("Q's staff won't recognise it", &aliases), "chirper's staff will not recognize it");
/// ```
#[must_use]
pub fn canonical(text: &str, aliases: &[Vec<String>]) -> String {
    let text = fold_names(normal(text), aliases);
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.as_str();
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_lowercase()) {
        let (gap, word) = rest.split_at(start);
        out.push_str(gap);
        let end = word
            .find(|letter: char| !(letter.is_alphanumeric() || letter == '-' || letter == '\''))
            .unwrap_or(word.len());
        let length = word[..end].trim_end_matches(['-', '\'']).len();
        push_word(&mut out, &word[..length]);
        rest = &word[length..];
    }
    out.push_str(rest);
    fold_phrases(out)
}

/// Brand names, whole words only, folded to the first of their group; the longest name wins.
fn fold_names(text: String, aliases: &[Vec<String>]) -> String {
    let mut names = Vec::new();
    let mut firsts = Vec::new();
    for group in aliases {
        let Some(first) = group.first().map(|name| normal(name)) else { continue };
        for name in group.iter().map(|name| normal(name)).filter(|name| !name.is_empty()) {
            names.push(name);
            firsts.push(first.clone());
        }
    }
    if names.is_empty() {
        return text;
    }
    let Ok(finder) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&names) else { return text };
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    for found in finder.find_iter(&text) {
        let whole = !text[..found.start()].ends_with(char::is_alphanumeric)
            && !text[found.end()..].starts_with(char::is_alphanumeric);
        if whole {
            out.push_str(&text[at..found.start()]);
            out.push_str(&firsts[found.pattern().as_usize()]);
            at = found.end();
        }
    }
    out.push_str(&text[at..]);
    out
}

/// Appends one word in its US spelling, a contraction as two words.
fn push_word(out: &mut String, word: &str) {
    if let Some((_, full)) = VARIANTS.iter().find(|(variant, _)| *variant == word) {
        out.push_str(full);
    } else if let Some(stem) = word.strip_suffix("n't") {
        push_word(out, stem);
        out.push_str(" not");
    } else if let Some((stem, full)) =
        CLITICS.iter().find_map(|(clitic, full)| word.strip_suffix(clitic).map(|stem| (stem, full)))
    {
        push_word(out, stem);
        out.push(' ');
        out.push_str(full);
    } else if let Some((stem, tail)) = word.split_once('\'') {
        push_word(out, stem);
        out.push('\'');
        out.push_str(tail);
    } else if let Some((first, second)) = word.split_once('-') {
        push_word(out, first);
        out.push('-');
        for (index, part) in second.split('-').enumerate() {
            if index > 0 {
                out.push('-');
            }
            push_spelling(out, part);
        }
    } else {
        push_spelling(out, word);
    }
}

/// Appends one plain word in its US spelling.
fn push_spelling(out: &mut String, word: &str) {
    for (uk, us) in ENDINGS {
        if let Some(stem) = word.strip_suffix(uk)
            && IZE.contains(
                &stem.strip_prefix("un").or(stem.strip_prefix("re")).filter(|bare| IZE.contains(bare)).unwrap_or(stem),
            )
        {
            out.push_str(stem);
            out.push_str(us);
            return;
        }
    }
    for (uk, us) in STEMS {
        if let Some(tail) = word.strip_prefix(uk) {
            out.push_str(us);
            out.push_str(tail);
            return;
        }
    }
    match VARIANTS.iter().find(|(variant, _)| *variant == word) {
        Some((_, full)) => out.push_str(full),
        None => out.push_str(word),
    }
}

/// Variants of more than one word, after the words themselves were folded.
fn fold_phrases(text: String) -> String {
    PHRASES.iter().fold(
        text,
        |text, (variant, full)| {
            if text.contains(variant) { replace_words(&text, variant, full) } else { text }
        },
    )
}

/// Replaces `variant` where it stands as whole words.
fn replace_words(text: &str, variant: &str, full: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, _) in text.match_indices(variant) {
        let end = start + variant.len();
        if !text[..start].ends_with(char::is_alphanumeric) && !text[end..].starts_with(char::is_alphanumeric) {
            out.push_str(&text[at..start]);
            out.push_str(full);
            at = end;
        }
    }
    out.push_str(&text[at..]);
    out
}

/// Endings of contractions and what they stand for. `'s` stays: it is far more often a possessive.
const CLITICS: &[(&str, &str)] = &[("'ll", "will"), ("'re", "are"), ("'ve", "have"), ("'m", "am"), ("'d", "would")];

/// UK endings and their US form, for the stems of [`IZE`].
const ENDINGS: &[(&str, &str)] = &[
    ("isations", "izations"),
    ("isation", "ization"),
    ("isational", "izational"),
    ("isable", "izable"),
    ("ises", "izes"),
    ("ised", "ized"),
    ("iser", "izer"),
    ("isers", "izers"),
    ("ising", "izing"),
    ("ise", "ize"),
];

/// Stems that take `-ise` in the UK and `-ize` in the US (so not "promise", "advise", "exercise", "compromise").
#[rustfmt::skip]
const IZE: &[&str] = &[
    "agon", "anonym", "apolog", "author", "capital", "categor", "central", "character", "civil", "critic", "custom",
    "deanonym", "decentral", "depersonal", "digit", "digital", "emphas", "equal", "external", "familiar", "final", "formal", "general",
    "global", "harmon", "hypothes", "immun", "incentiv", "individual", "initial", "internal", "ital", "item", "jeopard", "legal", "legitim",
    "local", "material", "maxim", "memor", "minim", "mobil", "modern", "monet", "monopol", "national", "neutral", "normal", "optim",
    "organ", "penal", "personal", "polar", "popular", "priorit", "privat", "pseudonym", "public", "random", "real", "recogn",
    "sanit", "scrutin", "secur", "serial", "social", "special", "stabil", "standard", "steril", "subsid", "summar", "symbol", "sympath",
    "synchron", "synthes", "token", "trivial", "util", "victim", "visual", "vocal",
];

/// Beginnings of words that differ: "behaviour", "behavioural", "unauthorised" is found by [`IZE`].
#[rustfmt::skip]
const STEMS: &[(&str, &str)] = &[
    ("analyse", "analyze"), ("analysing", "analyzing"), ("armour", "armor"), ("behaviour", "behavior"), ("cancell", "cancel"), ("catalogue", "catalog"),
    ("centre", "center"), ("colour", "color"), ("cooperat", "cooperat"), ("counsell", "counsel"), ("demeanour", "demeanor"),
    ("dishonour", "dishonor"), ("enrolment", "enrollment"), ("endeavour", "endeavor"), ("favour", "favor"), ("fulfilment", "fulfillment"),
    ("harbour", "harbor"), ("honour", "honor"), ("instalment", "installment"), ("judgement", "judgment"), ("labell", "label"), ("labour", "labor"),
    ("acknowledgement", "acknowledgment"), ("misdemeanour", "misdemeanor"), ("modell", "model"), ("neighbour", "neighbor"), ("paralyse", "paralyze"),
    ("programme", "program"), ("rumour", "rumor"), ("signall", "signal"), ("skilful", "skillful"), ("theatre", "theater"), ("totall", "total"),
    ("travell", "travel"), ("wilful", "willful"),
];

/// Whole words with another form.
#[rustfmt::skip]
const VARIANTS: &[(&str, &str)] = &[
    ("totally", "totally"), ("cancellation", "cancellation"), ("cancellations", "cancellations"), ("programmed", "programmed"), ("programmer", "programmer"),
    ("programmers", "programmers"), ("fulfil", "fulfill"), ("fulfils", "fulfills"), ("enrol", "enroll"), ("enrols", "enrolls"),
    ("won't", "will not"), ("can't", "can not"), ("cannot", "can not"), ("shan't", "shall not"), ("ain't", "is not"),
    ("it's", "it is"), ("that's", "that is"), ("there's", "there is"), ("what's", "what is"), ("here's", "here is"), ("who's", "who is"),
    ("let's", "let us"), ("whilst", "while"), ("amongst", "among"), ("learnt", "learned"), ("towards", "toward"), ("afterwards", "afterward"),
    ("grey", "gray"), ("cheque", "check"), ("cheques", "checks"), ("licence", "license"), ("licences", "licenses"), ("defence", "defense"),
    ("offence", "offense"), ("offences", "offenses"), ("pretence", "pretense"), ("practise", "practice"), ("practises", "practices"), ("practised", "practiced"),
    ("practising", "practicing"), ("expiry", "expiration"), ("enquiry", "inquiry"), ("enquiries", "inquiries"), ("enquire", "inquire"), ("adviser", "advisor"),
    ("advisers", "advisors"), ("counter-productive", "counterproductive"), ("e-mail", "email"), ("e-mails", "emails"), ("e-mailed", "emailed"),
    ("on-line", "online"), ("off-line", "offline"), ("web-site", "website"), ("web-sites", "websites"), ("nondisclosure", "non-disclosure"),
    ("co-operate", "cooperate"), ("co-operates", "cooperates"), ("co-operation", "cooperation"), ("co-operating", "cooperating"), ("co-operative", "cooperative"),
    ("co-ordinate", "coordinate"), ("co-ordination", "coordination"), ("pre-emptive", "preemptive"), ("third-party", "third party"),
    ("third-parties", "third parties"), ("law-enforcement", "law enforcement"), ("cyber-security", "cybersecurity"), ("cyber-crime", "cybercrime"),
    ("life-threatening", "life threatening"), ("good-faith", "good faith"), ("user-name", "username"), ("metre", "meter"), ("metres", "meters"),
    ("dialogue", "dialog"), ("ageing", "aging"), ("per-cent", "percent"), ("artefact", "artifact"), ("artefacts", "artifacts"), ("whomever", "whoever"),
];

/// Phrases with another form, in folded spelling.
const PHRASES: &[(&str, &str)] = &[
    ("in breach of", "in violation of"),
    ("per cent", "percent"),
    ("web site", "website"),
    ("web sites", "websites"),
    ("non disclosure", "non-disclosure"),
    ("counter productive", "counterproductive"),
    ("user name", "username"),
    ("no less than", "at least"),
    ("not less than", "at least"),
    ("no fewer than", "at least"),
    ("not fewer than", "at least"),
];
