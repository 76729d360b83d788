//! Tests of: changes.
