//! What a person sees at a terminal.

pub mod changes;
pub mod diff;
pub mod prompt;
pub mod terminal;
pub mod timeline;
pub mod visits;
