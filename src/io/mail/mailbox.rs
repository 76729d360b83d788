//! Letters as files: each whole or not there, named so that a listing is in order of time.
//!
//! Knows a directory and octets; nothing of recipients.

use super::reply::{DeliveryFault, Stage};
use noticewatch_core::capture::Sha256;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes `20260301T182500Z-weakened-0123456789ab.eml`; the same octets give the same file.
pub(super) async fn deliver(directory: &Path, octets: &[u8]) -> Result<String, DeliveryFault> {
    let path = directory.join(name(octets));
    let (target, octets) = (path.clone(), octets.to_vec());
    let written = tokio::task::spawn_blocking(move || write(&target, &octets)).await;
    match written {
        Ok(Ok(())) => Ok(format!("written to {}", path.display())),
        Ok(Err(error)) => Err(DeliveryFault::new(Stage::Local, format!("{}: {error}", path.display()))),
        Err(error) => Err(DeliveryFault::new(Stage::Local, format!("{}: {error}", path.display()))),
    }
}

fn write(path: &Path, octets: &[u8]) -> std::io::Result<()> {
    let directory: PathBuf = path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    std::fs::create_dir_all(&directory)?;
    let mut file = tempfile::Builder::new().prefix(".letter-").tempfile_in(&directory)?;
    file.write_all(octets)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    std::fs::File::open(&directory)?.sync_all()
}

fn name(octets: &[u8]) -> String {
    let time = header(octets, "Date").and_then(|date| jiff::fmt::rfc2822::parse(&date).ok());
    let time =
        time.map_or_else(|| "undated".to_owned(), |date| date.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string());
    let verdict = header(octets, "X-Noticewatch-Verdict").unwrap_or_else(|| "letter".to_owned());
    let verdict: String = verdict.chars().filter(|c| c.is_ascii_lowercase() || *c == '-').take(20).collect();
    format!("{time}-{verdict}-{}.eml", Sha256::of(octets).short())
}

/// The value of a short header of our own making, which stands on one line.
fn header(octets: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(octets);
    let lines = head.split("\r\n").take_while(|line| !line.is_empty());
    lines
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
}
