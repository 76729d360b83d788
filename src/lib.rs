//! noticewatch keeps watch over what platforms promise their users about demands for their data, and tells the people
//! who need to know when a promise changes.
//!
//! Three rooms of pure functions ([`document`], [`history`], [`digest`]), a porch that touches the world ([`io`]), and
//! [`cli`], the only place where they meet. ARCHITECTURE.md is the map.

// First: all others speak by its macros.
#[macro_use]
pub mod io;

pub mod app;
pub mod cli;
pub mod config;
pub mod daemon;
