//! Every golden letter as a mail, for programs that look at whole messages.
//!
//! `cargo run -p xtask --bin letters -- DIRECTORY` writes NAME.eml for each `tests/letters/NAME.material.json`.

use noticewatch::config::Party;
use noticewatch::io::mail::{Envelope, message_id, octets, thread_root};
use noticewatch_core::letter::{Material, compose};
use std::path::{Path, PathBuf};

type Failure = Box<dyn std::error::Error>;

const ENDING: &str = ".material.json";
const RECIPIENT: &str = "counsel@law.example";
const DOMAIN: &str = "noticewatch.example";

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(write_all())
}

fn write_all() -> Result<(), Failure> {
    let to = PathBuf::from(std::env::args().nth(1).ok_or("into which directory?")?);
    std::fs::create_dir_all(&to)?;
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/letters");
    let mut written = 0;
    for entry in std::fs::read_dir(&cases)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(ENDING) else { continue };
        std::fs::write(to.join(format!("{name}.eml")), mail(&path)?)?;
        written += 1;
    }
    noticewatch::say!("{written} letters in {}", to.display());
    Ok(())
}

fn mail(material: &Path) -> Result<Vec<u8>, Failure> {
    let material: Material = serde_json::from_str(&std::fs::read_to_string(material)?)?;
    let letter = compose(&material);
    let envelope = Envelope {
        from: format!("noticewatch <watch@{DOMAIN}>").parse()?,
        to: Party::of(RECIPIENT),
        message_id: message_id(&letter.id, RECIPIENT, DOMAIN),
        date: material.at,
        list_id: Some(format!("noticewatch.{DOMAIN}")),
        unsubscribe: Some(format!("watch@{DOMAIN}")),
        in_reply_to: letter.thread.as_deref().map(|target| thread_root(target, RECIPIENT, DOMAIN)),
        ..Envelope::default()
    };
    Ok(octets(&letter, &envelope)?)
}
