//! Tests of: documents.
