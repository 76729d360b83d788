//! From octets to characters: BOM, strict UTF-8, the header's charset, the page's own `<meta>`, a guess last.
//!
//! In this order because servers name wrong charsets over valid UTF-8 more often than text in another charset happens to
//! be valid UTF-8 (FACTS.md 1, row 10).

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// A decoded body.
pub(super) struct Decoded<'a> {
    /// The text.
    pub(super) text: Cow<'a, str>,
    /// More than one character in a hundred could not be decoded, or there are NULs: not a text at all.
    pub(super) undecodable: bool,
}

/// How far into a page browsers look for its `<meta charset>`.
const PRESCAN: usize = 1024;

/// Decodes a body; `header` is the charset of the `Content-Type` header.
pub(super) fn decode<'a>(body: &'a [u8], header: Option<&str>) -> Decoded<'a> {
    let text = if let Some((encoding, mark)) = Encoding::for_bom(body) {
        encoding.decode_without_bom_handling(&body[mark..]).0
    } else if let Ok(text) = std::str::from_utf8(body) {
        Cow::Borrowed(text)
    } else {
        let encoding = header
            .and_then(|label| Encoding::for_label(label.as_bytes()))
            .or_else(|| prescan(&body[..body.len().min(PRESCAN)]))
            .unwrap_or_else(|| guess(body));
        if encoding == UTF_8 { mostly_utf8(body) } else { encoding.decode_without_bom_handling(body).0 }
    };
    let undecodable = is_broken(&text);
    Decoded { text, undecodable }
}

/// Declared as UTF-8 but not valid: a stray octet or a cut character is forgiven, more is another charset.
fn mostly_utf8(body: &[u8]) -> Cow<'_, str> {
    let text = UTF_8.decode_without_bom_handling(body).0;
    if is_broken(&text) {
        let guessed = guess(body).decode_without_bom_handling(body).0;
        if !is_broken(&guessed) {
            return guessed;
        }
    }
    text
}

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
    let mut at = 0;
    while let Some(found) = find(&head[at..], b"charset") {
        at += found + b"charset".len();
        let value = head[at..].trim_ascii_start();
        let Some(value) = value.strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        let end = value.iter().position(|octet| b"\"' ;>/".contains(octet)).unwrap_or(value.len());
        if let Some(encoding) = Encoding::for_label(&value[..end]) {
            // A page that could be read as far as this is not in UTF-16, whatever it says (HTML, "prescan").
            return Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding });
        }
    }
    None
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
