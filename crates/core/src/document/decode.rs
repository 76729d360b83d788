//! From octets to characters: BOM, UTF-16 by its zeros, strict UTF-8, UTF-8 with stray octets, the header's charset, the
//! page's own declaration, a guess last.
//!
//! In this order because servers name wrong charsets over valid UTF-8 more often than text in another charset happens to
//! be valid UTF-8 (docs/FACTS.md 1.8). Stray octets of windows-1252 come from editors and templates that were put
//! together; they are read as what they plainly are, and as U+FFFD where that is not plain.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// A decoded body.
pub(crate) struct Decoded<'a> {
    /// The text.
    pub(crate) text: Cow<'a, str>,
    /// More than one character in a hundred could not be decoded, or there are NULs: not a text at all.
    pub(crate) undecodable: bool,
}

/// How far into a page browsers look for its `<meta charset>`.
const PRESCAN: usize = 1024;

/// Decodes a body; `header` is the charset of the `Content-Type` header.
pub(crate) fn decode<'a>(body: &'a [u8], header: Option<&str>) -> Decoded<'a> {
    let named = || header.and_then(|label| Encoding::for_label(label.as_bytes()));
    let declared = || prescan(&body[..body.len().min(PRESCAN)]);
    let text = if let Some((encoding, mark)) = Encoding::for_bom(body) {
        encoding.decode_without_bom_handling(&body[mark..]).0
    } else if let Some(encoding) = by_zeros(body) {
        encoding.decode_without_bom_handling(body).0
    } else if let Ok(text) = std::str::from_utf8(body) {
        Cow::Borrowed(text)
    } else if is_mostly_utf8(body) {
        Cow::Owned(mended(body, false))
    } else {
        match named().or_else(declared).unwrap_or_else(|| guess(body)) {
            encoding if encoding == UTF_8 => called_utf8(body, declared()),
            encoding => encoding.decode_without_bom_handling(body).0,
        }
    };
    let undecodable = is_broken(&text);
    Decoded { text, undecodable }
}

/// So many octets show which of two is always zero.
const ZEROS: usize = 4096;

/// UTF-16 without a mark: nearly every other octet of a text in Latin letters is zero, the first or the second of two.
fn by_zeros(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(ZEROS)];
    let pairs = head.len() / 2;
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|octet| **octet == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let plain = |many: usize, few: usize| pairs >= 8 && many * 10 >= pairs * 6 && few * 20 <= pairs;
    if plain(first, second) {
        return Some(UTF_16BE);
    }
    plain(second, first).then_some(UTF_16LE)
}

/// What stands in a body that is not valid UTF-8.
#[derive(Default)]
struct Tally {
    /// Characters of several octets.
    whole: usize,
    /// Runs of octets that are none.
    stray: usize,
}

fn tally(body: &[u8]) -> Tally {
    body.utf8_chunks().fold(Tally::default(), |tally, chunk| Tally {
        whole: tally.whole + chunk.valid().chars().filter(|letter| !letter.is_ascii()).count(),
        stray: tally.stray + usize::from(!chunk.invalid().is_empty()),
    })
}

/// Whether a body is UTF-8 but for a few octets, whatever it is called: in other charsets, characters of several octets
/// that are valid UTF-8 come by rare chance.
fn is_mostly_utf8(body: &[u8]) -> bool {
    let Tally { whole, stray } = tally(body);
    whole >= stray * 4
}

/// Called UTF-8, and not a single character of several octets is: another charset, by its look or by what the page
/// says of itself.
fn called_utf8<'a>(body: &'a [u8], declared: Option<&'static Encoding>) -> Cow<'a, str> {
    let alone = tally(body).whole == 0;
    if let Some(encoding) = declared.filter(|encoding| alone && *encoding != UTF_8) {
        return encoding.decode_without_bom_handling(body).0;
    }
    if is_broken(&UTF_8.decode_without_bom_handling(body).0) {
        let guessed = guess(body).decode_without_bom_handling(body).0;
        if !is_broken(&guessed) {
            return guessed;
        }
    }
    Cow::Owned(mended(body, alone))
}

/// A text in UTF-8, stray octets read as windows-1252 where that is plain: signs anywhere, letters beside letters. Where
/// nothing in the body is UTF-8, neighbours may be stray too; else they are what is left of a character that was cut.
fn mended(body: &[u8], alone: bool) -> String {
    let mut text = String::with_capacity(body.len() + body.len() / 16);
    let mut at = 0;
    while at < body.len() {
        let chunk = body[at..].utf8_chunks().next();
        text.push_str(chunk.as_ref().map_or("", |chunk| chunk.valid()));
        at += chunk.map_or(0, |chunk| chunk.valid().len());
        let high = body[at..].iter().take_while(|octet| !octet.is_ascii()).count();
        // Up to the next character that is whole.
        let broken = (1..=high).find(|end| std::str::from_utf8(&body[at + end..at + high]).is_ok()).unwrap_or(high);
        let stray = &body[at..at + broken];
        let beside_letter = text.ends_with(|letter: char| letter.is_alphabetic())
            || body.get(at + broken).is_some_and(u8::is_ascii_alphabetic);
        let lone = stray.len() == 1 || alone && stray.len() <= NEIGHBOURS;
        let read = WINDOWS_1252.decode_without_bom_handling(stray).0;
        let plain = |letter: char| if letter.is_alphabetic() { beside_letter } else { !letter.is_control() };
        if lone && read.chars().all(plain) {
            text.push_str(&read);
        } else if !stray.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        at += broken;
    }
    text
}

/// Letters with marks that follow one another: "Gr\xfc\xdfe", "cr\xe9\xe9".
const NEIGHBOURS: usize = 4;

/// Whether a text holds NULs, or U+FFFD in more than one of a hundred characters.
fn is_broken(text: &str) -> bool {
    let (mut letters, mut broken) = (0_usize, 0_usize);
    for letter in text.chars() {
        letters += 1;
        match letter {
            '\0' => return true,
            '\u{fffd}' => broken += 1,
            _ => {}
        }
    }
    broken * 100 > letters
}

/// The charset that a page names for itself, `<meta charset=...>` or `<meta http-equiv=content-type content=...>`.
fn prescan(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.to_ascii_lowercase();
    if let Some(encoding) = xml_declaration(&head) {
        return Some(encoding);
    }
    let mut at = 0;
    while let Some(found) = find(&head[at..], b"charset") {
        at += found + b"charset".len();
        let value = head[at..].trim_ascii_start();
        let Some(value) = value.strip_prefix(b"=") else { continue };
        if let Some(encoding) = labelled(value) {
            return Some(encoding);
        }
    }
    None
}

/// `<?xml version="1.0" encoding="...">`, in small letters.
fn xml_declaration(head: &[u8]) -> Option<&'static Encoding> {
    let declaration = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = &declaration[..find(declaration, b"?>")?];
    let value = &declaration[find(declaration, b"encoding")? + b"encoding".len()..];
    labelled(value.trim_ascii_start().strip_prefix(b"=")?)
}

/// The charset that a value names, quoted or not.
fn labelled(value: &[u8]) -> Option<&'static Encoding> {
    let value = value.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|octet| b"\"' ;>/".contains(octet)).unwrap_or(value.len());
    let encoding = Encoding::for_label(&value[..end])?;
    // A page that could be read as far as this is not in UTF-16, whatever it says (HTML, "prescan").
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// The charset that the octets look like.
fn guess(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&body[..body.len().min(200_000)], true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    if encoding == UTF_8 { WINDOWS_1252 } else { encoding }
}

/// The place of one run of octets in another.
fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|window| window == wanted)
}
