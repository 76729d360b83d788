//! A bundle as one file: a directory, packed with fixed times, modes and order, so that the same files give the same octets.
//!
//! Knows names and octets only.

use crate::app::error::Failure;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use noticewatch_core::capture::Sha256;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Error, Write};
use std::path::Path;

/// The name of the list of digests.
pub const SUMS: &str = "SHA256SUMS";

/// The files of a bundle by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// How a bundle is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleForm {
    /// `.tar`
    Tar,
    /// `.zip`
    Zip,
}

impl BundleForm {
    /// The form that a file's name asks for.
    ///
    /// # Errors
    /// It asks for none that is known.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        match ending.as_str() {
            "tar" => Ok(Self::Tar),
            "zip" => Ok(Self::Zip),
            _ => Err(Failure::Usage(format!("{}: name a file that ends in .tar or .zip", path.display()))),
        }
    }
}

/// The list of the digests of all files, as `sha256sum -c` reads it.
#[must_use]
pub fn sums(files: &Files) -> Vec<u8> {
    let mut text = String::new();
    for (name, octets) in files {
        let _ = writeln!(text, "{}  {name}", Sha256::of(octets));
    }
    text.into_bytes()
}

/// Packs files into a directory of that name.
///
/// # Errors
/// A name or a size that the form cannot hold.
pub fn pack(form: BundleForm, dir: &str, files: &Files, at: Timestamp) -> Result<Vec<u8>, Failure> {
    let packed = match form {
        BundleForm::Tar => tar(dir, files, at),
        BundleForm::Zip => zip(dir, files, at),
    };
    packed.map_err(|error| Failure::Io(format!("the bundle cannot be packed: {error}")))
}

fn tar(dir: &str, files: &Files, at: Timestamp) -> Result<Vec<u8>, Error> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, octets) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(octets.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(u64::try_from(at.as_second()).unwrap_or_default());
        builder.append_data(&mut header, format!("{dir}/{name}"), octets.as_slice())?;
    }
    builder.into_inner()
}

fn zip(dir: &str, files: &Files, at: Timestamp) -> Result<Vec<u8>, Error> {
    let time = at.to_zoned(TimeZone::UTC).datetime();
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let time = zip::DateTime::from_date_and_time(
        u16::try_from(time.year()).unwrap_or(1980),
        small(time.month()),
        small(time.day()),
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
    );
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(time.unwrap_or_default())
        .unix_permissions(0o644);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, octets) in files {
        writer.start_file(format!("{dir}/{name}"), options).map_err(Error::other)?;
        writer.write_all(octets)?;
    }
    Ok(writer.finish().map_err(Error::other)?.into_inner())
}
