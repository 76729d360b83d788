//! Says what one page promises: `cargo run --example read_page -- page.html "Privacy Policy"`.

use noticewatch_core::document::PageSource;
use noticewatch_core::extract::read;
use noticewatch_core::target::ReadingSettings;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("which file?")?;
    let terms_type = arguments.next().unwrap_or_else(|| "Privacy Policy".to_owned());
    let body = std::fs::read(&file)?;
    let is_markdown = std::path::Path::new(&file).extension().is_some_and(|ending| ending == "md");
    let media_type = if is_markdown { "text/markdown" } else { "text/html" };
    let page = PageSource { body: &body, media_type, charset: None };
    let reading = read(page, &ReadingSettings { terms_type, ..ReadingSettings::default() });
    for passage in &reading.passages {
        println!("{:?}: {}", passage.class, passage.quote);
        for (slot, said) in &passage.commitment.slots {
            println!("    {slot:?}: {} ({})", said.value, said.quote);
        }
    }
    Ok(())
}
