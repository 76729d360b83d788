//! Tests of: whole.
