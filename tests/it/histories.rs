//! Tests of: histories.
