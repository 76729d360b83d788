//! In which form a page comes: charsets that are wrongly named, XHTML under its many names, and what grows when it is read.

use noticewatch_core::document;
use noticewatch_core::document::{Document, PageSource, Symptom};
use noticewatch_core::target::ReadingSettings;
fn parsed(body: &[u8], media_type: &str, charset: Option<&str>) -> Document {
    document::parse(PageSource { body, media_type, charset }, &ReadingSettings::default())
}

fn text(body: &[u8], media_type: &str, charset: Option<&str>) -> String {
    parsed(body, media_type, charset).blocks.into_iter().map(|block| block.text).collect::<Vec<_>>().join("/")
}

/// Text around a passage, so that few octets are few.
fn amid(octets: &[u8]) -> Vec<u8> {
    let filler = "We answer requests that the law allows. ".repeat(12);
    [b"<p>", octets, b"</p><p>", filler.as_bytes(), b"</p>"].concat()
}

#[test]
fn wrongly_named_charsets_leave_no_holes() {
    let utf8 = "“Users’ data” – naïve".as_bytes();
    for (octets, named, wanted) in [
        // windows-1252 that is called UTF-8, in a word or a whole text.
        (b"We won\x92t wait".to_vec(), "utf-8", "We won’t wait"),
        (b"\x93User notice\x94 \x96 caf\xe9".to_vec(), "utf-8", "“User notice” – café"),
        (b"Gr\xfc\xdfe \x80 5\xa0%".to_vec(), "utf-8", "Grüße € 5 %"),
        // One stray octet in UTF-8, whatever the name.
        ([utf8, b" won\x92t"].concat(), "utf-8", "“Users’ data” – naïve won’t"),
        ([utf8, b" won\x92t"].concat(), "windows-1252", "“Users’ data” – naïve won’t"),
        ([utf8, b" a caf\xe9 "].concat(), "iso-8859-1", "“Users’ data” – naïve a café"),
        // UTF-8 that is called something else.
        (utf8.to_vec(), "windows-1252", "“Users’ data” – naïve"),
        (utf8.to_vec(), "shift_jis", "“Users’ data” – naïve"),
        // What was cut, or is no letter of a word, stays a hole.
        ([utf8, b" cut \xe2\x80 off"].concat(), "utf-8", "“Users’ data” – naïve cut \u{fffd} off"),
        ([utf8, b" odd \xff off"].concat(), "utf-8", "“Users’ data” – naïve odd \u{fffd} off"),
        ([utf8, b" odd \x81 off"].concat(), "windows-1252", "“Users’ data” – naïve odd \u{fffd} off"),
    ] {
        let read = text(&amid(&octets), "text/html", Some(named));
        assert_eq!(read.split('/').next(), Some(wanted), "{named}: {octets:x?}");
    }
    let unnamed = text(&amid(&[utf8, b" won\x92t"].concat()), "text/html", None);
    assert!(unnamed.starts_with("“Users’ data” – naïve won’t/"), "{unnamed}");
}

#[test]
fn what_is_plainly_another_charset_is_read_as_it() {
    let russian = "Мы уведомляем пользователей о запросах государственных органов до раскрытия данных.";
    let (koi8, ..) = encoding_rs::KOI8_R.encode(russian);
    let page = b"<meta charset=koi8-r><p>";
    assert_eq!(text(&[page, &*koi8].concat(), "text/html", Some("utf-8")), russian, "the page knows better");
    let declared = b"<?xml version='1.0' encoding='ISO-8859-2'?><html xmlns='http://www.w3.org/1999/xhtml'>\
        <body><p>Policja \xbf\xb1da danych.</p></body></html>";
    assert_eq!(text(declared, "application/xhtml+xml", None), "Policja żąda danych.");
    let words = "<p>We notify users of every demand.</p>";
    let octets = |pair: fn(u16) -> [u8; 2]| words.encode_utf16().flat_map(pair).collect::<Vec<u8>>();
    for (octets, named) in [
        (octets(u16::to_le_bytes), Some("utf-16")),
        (octets(u16::to_be_bytes), Some("utf-16")),
        (octets(u16::to_be_bytes), Some("utf-16be")),
        (octets(u16::to_le_bytes), None),
    ] {
        assert_eq!(text(&octets, "text/html", named), "We notify users of every demand.", "{named:?}");
    }
    assert_eq!(parsed(b"a\0b\0\0\0\0\x01 and more of it", "text/plain", None).signs, [Symptom::Undecodable]);
}

#[test]
fn xhtml_is_known_by_its_namespace_and_a_feed_stays_what_it_is() {
    let page = b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body>\
        <script/><p>We notify users.</p></body></html>";
    for media_type in ["application/xhtml+xml", "application/xml", "text/xml"] {
        assert_eq!(text(page, media_type, None), "We notify users.", "{media_type}");
    }
    assert_eq!(text(page, "text/html", None), "", "as browsers read it: the title never ends");
    let feed = b"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title><item>\
        <description>We notify users.</description></item></channel></rss>";
    assert_eq!(parsed(feed, "text/xml", None), parsed(feed, "text/markdown", None));
    let own = b"<html><head><title>T</title></head><body><p>No namespace.</p></body></html>";
    assert_eq!(text(own, "application/xhtml+xml", None), "No namespace.");
}

#[test]
fn entities_that_grow_are_not_followed() {
    let around = |subset: &str, body: &str| {
        format!(
            "<!DOCTYPE html [{subset}]><html xmlns='http://www.w3.org/1999/xhtml'><body>\
             <p>We notify users.</p><p>{body}</p></body></html>"
        )
    };
    let entity = |at: usize| format!("<!ENTITY e{at} \"{}\">", format!("&e{};", at - 1).repeat(10));
    let laughs = (1..12).map(entity).chain(["<!ENTITY e0 \"ha\">".to_owned()]).collect::<Vec<_>>().concat();
    let nothing = laughs.replace("\"ha\"", "\"\"");
    let large = format!("<!ENTITY e11 \"{}\">", "ha ".repeat(10_000));
    for (subset, body) in [
        (laughs.as_str(), "&e11;".to_owned()),
        (nothing.as_str(), "&e6;".repeat(100)),
        (large.as_str(), "&e11;".repeat(1_000)),
        ("<!ENTITY e11 \"&e11;\">", "&e11;".to_owned()),
    ] {
        let document = parsed(around(subset, &body).as_bytes(), "application/xhtml+xml", None);
        assert!(document.blocks.iter().any(|block| block.text.contains("We notify users.")), "{subset:.80}");
        let length: usize = document.blocks.iter().map(|block| block.text.len()).sum();
        assert!(length < 100_000, "{length}");
    }
}

#[test]
fn xhtml_is_bounded_as_html_is() {
    let within = |body: &str| {
        let source = format!("<html xmlns='http://www.w3.org/1999/xhtml'><body><p>We notify users.</p>{body}");
        let document = parsed(source.as_bytes(), "application/xhtml+xml", None);
        assert_eq!(document.blocks[0].text, "We notify users.");
        document.signs
    };
    let deep = within(&"<div>".repeat(5_000));
    assert!(deep.iter().any(|sign| matches!(sign, Symptom::Limit(why) if why.contains("512"))), "{deep:?}");
    let flat = within(&format!("{}</body></html>", "<br/>".repeat(5_000)));
    assert!(!flat.iter().any(|sign| matches!(sign, Symptom::Limit(_))), "{flat:?}");
}
