//! Any octets, as any kind of page: they are read, without a panic, and what is quoted stands on the page.
use noticewatch_core::document::PageSource;
use noticewatch_core::extract::read;
use noticewatch_core::target::ReadingSettings;
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (kind, body) = input;
    let media_type = ["text/html", "text/markdown", "text/plain"][usize::from(kind) % 3];
    let terms_type = ["Privacy Policy", "Law Enforcement Guidelines", "Terms of Service"][usize::from(kind / 3) % 3];
    let settings = ReadingSettings { terms_type: terms_type.to_owned(), ..ReadingSettings::default() };
    let reading = read(PageSource { body: &body, media_type, charset: None }, &settings);
    assert!(reading.passages.iter().all(|passage| !passage.quote.is_empty()));
});
