//! Scratch: prints passages of files given as paths `Service/Type.md`.
use noticewatch::document::{self, Page};
use noticewatch::target::ReadingSettings;
fn main() {
    let full = std::env::args().any(|a| a == "--slots");
    for path in std::env::args().skip(1).filter(|a| !a.starts_with("--")) {
        let p = std::path::Path::new(&path);
        let body = std::fs::read(p).unwrap();
        let terms_type = p.file_stem().unwrap().to_string_lossy().into_owned();
        let service = p.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let settings = ReadingSettings { terms_type, names: vec![service], ..Default::default() };
        let t = std::time::Instant::now();
        let reading = document::read(Page { body: &body, media_type: "text/markdown", charset: None }, &settings);
        let el = t.elapsed();
        if std::env::args().any(|a| a == "--time") {
            println!("{path} {} bytes {:?}", body.len(), el);
        }
        for passage in &reading.passages {
            println!(
                "\n@@ {path} | {:?} | {} | tags {:?}",
                passage.class,
                passage.heading.join(" > ").chars().take(150).collect::<String>(),
                passage.tags
            );
            println!("{}", passage.quote);
            if full {
                for (slot, said) in &passage.commitment.slots {
                    println!(
                        "      {slot:?} = {}   << {}",
                        said.value,
                        said.quote.chars().take(130).collect::<String>()
                    );
                }
            }
        }
    }
}
