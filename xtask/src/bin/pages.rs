//! What is read of the pages of PDF files, to compare with other readers: a line a block, headings with their path.
//!
//! `cargo run -p xtask --bin pages -- FILE.pdf ...`, with the program built beside it.

use noticewatch::io::pdf::PdfReader;
use noticewatch_core::capture::glyphs::TYPESET;
use noticewatch_core::document::{BlockKind, PageSource, parse};
use noticewatch_core::target::ReadingSettings;
fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(show())
}

fn show() -> Result<(), Box<dyn std::error::Error>> {
    let program = std::env::current_exe()?.with_file_name("../noticewatch");
    for name in std::env::args().skip(1) {
        let octets = PdfReader::of(&program).read(&std::fs::read(&name)?)?;
        let document =
            parse(PageSource { body: &octets, media_type: TYPESET, charset: None }, &ReadingSettings::default());
        for block in &document.blocks {
            match block.kind {
                BlockKind::Heading => noticewatch::say!("\n{} {}", "#".repeat(block.heading.len() + 1), block.text),
                BlockKind::Item(depth) => noticewatch::say!("{}- {}", "  ".repeat(usize::from(depth)), block.text),
                _ => noticewatch::say!("{}", block.text),
            }
        }
    }
    Ok(())
}
