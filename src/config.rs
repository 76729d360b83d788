//! `targets.toml` and `noticewatch.toml`: from text to definitions, all mistakes at once, each with its line and the fix.
//!
//! Pure: it never opens a file; texts come in with their names.
