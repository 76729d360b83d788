//! The porch: the only part of the program that touches the world.
//!
//! No file here knows another, but all may use the clock; none knows the rooms beyond [`noticewatch_core::letter::Letter`].

pub mod browser;
pub mod clock;
pub mod fetch;
pub mod git;
pub mod mail;
pub mod metrics;
pub mod pdf;
#[macro_use]
pub mod say;
pub mod store;
pub mod systemd;
pub mod tsa;
pub mod warc;
