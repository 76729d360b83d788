//! Says what changed between two versions of a page: `cargo run --example compare_two -- old.md new.md`.

use noticewatch_core::document::PageSource;
use noticewatch_core::extract::{Reading, read};
use noticewatch_core::history::compare;
use noticewatch_core::target::{ReadingSettings, TermsKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [old, new] = files.as_slice() else { return Err("which two files?".into()) };
    let terms_type = "Law Enforcement Guidelines".to_owned();
    let settings = ReadingSettings { terms_type, ..ReadingSettings::default() };
    let reading = |file: &str| -> Result<Reading, std::io::Error> {
        let body = std::fs::read(file)?;
        let is_markdown = std::path::Path::new(&file).extension().is_some_and(|ending| ending == "md");
        let media_type = if is_markdown { "text/markdown" } else { "text/html" };
        Ok(read(PageSource { body: &body, media_type, charset: None }, &settings))
    };
    let comparison = compare(&reading(old)?, &reading(new)?, &[], TermsKind::of(&settings.terms_type));
    println!("{:?}, severity {:?}", comparison.verdict, comparison.severity);
    for change in &comparison.changes {
        println!("  {:?}", change.verdict);
        change.reasons.iter().for_each(|reason| println!("    {reason}"));
    }
    Ok(())
}
