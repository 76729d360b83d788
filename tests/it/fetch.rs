//! Tests of: fetch.
