//! Tests of: schedule.
