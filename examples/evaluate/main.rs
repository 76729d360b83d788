//! Measures reading, comparing and following on a directory laid out like a corpus: `changes.jsonl`, `versions.git`.
mod changes;

fn main() -> Result<(), String> {
    let dir = std::env::args().nth(1).ok_or("usage: evaluate DIR")?;
    if let Some(figures) = changes::evaluate(std::path::Path::new(&dir))? {
        println!("{}", serde_json::to_string_pretty(&figures).map_err(|error| error.to_string())?);
    }
    Ok(())
}
