//! The build: its version, its digest, and the fingerprint of the rules by which pages are read and changes judged.

/// The fingerprint of the rules by which pages are read and changes judged: a digest of their sources, so that every
/// cached reading of older rules is made anew.
#[must_use]
pub const fn rules() -> &'static str {
    env!("NOTICEWATCH_RULES")
}

/// Fingerprint of the sources that this program was built from; `build.rs` says how to get it from them.
pub const BUILD: &str = env!("NOTICEWATCH_BUILD");

/// What `--version` prints.
pub const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (build ",
    env!("NOTICEWATCH_BUILD"),
    ", rules ",
    env!("NOTICEWATCH_RULES"),
    ")"
);

/// The targets that the program carries.
pub const TARGETS: &str = include_str!("../../targets.toml");
