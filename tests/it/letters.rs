//! Tests of: letters.
