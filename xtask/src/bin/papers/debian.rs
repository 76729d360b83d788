//! The changelog in Debian's form, from CHANGELOG.md; Cargo.toml names who is responsible. Where the package puts it is
//! not known here.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use noticewatch::app::maintenance::changelog::{CHANGELOG, ChangelogVersion, versions};

use std::io;
use std::path::Path;
use toml::Table;

/// Which package of a version it is, as cargo-deb counts where Cargo.toml says nothing.
const REVISION: &str = "1";

/// The file of the settings of the package that names it.
pub const NAME: &str = "changelog";

/// Whom Cargo.toml names.
pub fn maintainer() -> Option<String> {
    let whole: Table = include_str!("../../../../Cargo.toml").parse().ok()?;
    Some(whole["package"]["metadata"]["deb"]["maintainer"].as_str()?.to_owned())
}

/// The changelog as Debian's tools read it (deb-changelog(5)); a version without a day has that of the build.
pub fn changelog(versions: &[ChangelogVersion], maintainer: &str, built: Timestamp) -> String {
    let entries = versions.iter().map(|version| {
        let day = version.day.and_then(|day| Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp()));
        let when = day.unwrap_or(built).strftime("%a, %d %b %Y %H:%M:%S +0000");
        let options = textwrap::Options::new(79).initial_indent("  * ").subsequent_indent("    ");
        let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
        let changes: Vec<String> = version.changes.iter().map(|change| textwrap::fill(change, &options)).collect();
        let number = &version.number;
        format!(
            "noticewatch ({number}-{REVISION}) unstable; urgency=medium\n\n{}\n\n -- {maintainer}  {when}\n",
            changes.join("\n")
        )
    });
    entries.collect::<Vec<_>>().join("\n")
}

/// Writes it.
///
/// # Errors
/// Cargo.toml names nobody, or the directory cannot be made or written.
pub fn write(directory: &Path, built: Timestamp) -> io::Result<()> {
    let missing = || io::Error::other("Cargo.toml names no maintainer under [package.metadata.deb]");
    let text = changelog(&versions(CHANGELOG), &maintainer().ok_or_else(missing)?, built);
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join(NAME), text)
}
