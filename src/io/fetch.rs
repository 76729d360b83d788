//! The HTTP client: one visit to one target, typed by how it ended.
