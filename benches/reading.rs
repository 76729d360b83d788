//! Benchmarks of reading, on texts made here.

use divan::Bencher;
use noticewatch_core::document::{PageSource, parse};
use noticewatch_core::extract::read;
use noticewatch_core::target::ReadingSettings;
use noticewatch_core::text::{Shingles, normal, sentences};

use std::fmt::Write;

fn main() {
    divan::main();
}

const SENTENCES: [&str; 4] = [
    "Our policy is to notify people who use Chirper of demands for their data before we disclose it, unless we are prohibited by law.",
    "Where we receive a \u{201c}non-disclosure order\u{201d} under 18 U.S.C. \u{a7} 2705(b), we will tell the user once it has expired.",
    "We collect information about your device, your network and what you do with our services, as Section 3.2 describes.",
    "You can change these settings at any time; doing so does not touch what was collected before.",
];

/// A policy page of about 100 kB of HTML with headings, lists, links and the chrome around it. In one of `every` sections
/// half of the sentences promise notice.
fn page(every: usize) -> String {
    let mut body = String::from(
        "<html lang=en><head><title>Policy</title></head><body><nav><a href=/>Home</a></nav><main><h1>Policy</h1>",
    );
    let mut section = 0;
    while body.len() < 100_000 {
        section += 1;
        let _ = write!(body, "<h2 id=s{section} class=\"section-title\">{section}. Section</h2>");
        for sentence in if section % every == 0 { &SENTENCES[..] } else { &SENTENCES[2..] } {
            let _ = write!(
                body,
                "<p class=\"text body\">{sentence} <a href=\"/more\">More</a> {sentence}</p><ul><li><b>Item.</b> {sentence}</li></ul>"
            );
        }
    }
    body + "</main><footer>About</footer></body></html>"
}

fn text(length: usize) -> String {
    SENTENCES.join(" ").repeat(length / 450 + 1)
}

#[divan::bench]
fn parse_html_100_kb(bencher: Bencher<'_, '_>) {
    let page = page(10);
    let settings = ReadingSettings::default();
    bencher.bench(|| parse(PageSource { body: page.as_bytes(), media_type: "text/html", charset: None }, &settings));
}

#[divan::bench]
fn read_html_100_kb(bencher: Bencher<'_, '_>) {
    let page = page(10);
    let settings = ReadingSettings::default();
    bencher.bench(|| read(PageSource { body: page.as_bytes(), media_type: "text/html", charset: None }, &settings));
}

/// Worse than any real page: every section promises.
#[divan::bench]
fn read_html_100_kb_of_promises(bencher: Bencher<'_, '_>) {
    let page = page(1);
    let settings = ReadingSettings::default();
    bencher.bench(|| read(PageSource { body: page.as_bytes(), media_type: "text/html", charset: None }, &settings));
}

#[divan::bench]
fn parse_markdown_50_kb(bencher: Bencher<'_, '_>) {
    let text: String =
        (0..28).map(|_| SENTENCES.join("\n\n*   ") + "\n\nTitle\n-----\n\n").collect::<String>().repeat(4);
    let settings = ReadingSettings::default();
    bencher
        .bench(|| parse(PageSource { body: text.as_bytes(), media_type: "text/markdown", charset: None }, &settings));
}

#[divan::bench]
fn normal_form_50_kb(bencher: Bencher<'_, '_>) {
    let text = text(50_000);
    bencher.bench(|| normal(&text));
}

#[divan::bench]
fn sentences_50_kb(bencher: Bencher<'_, '_>) {
    let text = text(50_000);
    bencher.bench(|| sentences(&text));
}

#[divan::bench]
fn shingles_50_kb(bencher: Bencher<'_, '_>) {
    let text = normal(&text(50_000));
    bencher.bench(|| Shingles::of_normal(&text));
}
