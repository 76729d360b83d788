//! When is what due: cron lines with time zones, missed runs made up once, jitter.
//!
//! Pure: the time is a parameter, what ran last is a parameter.
