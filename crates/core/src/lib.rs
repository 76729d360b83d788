//! The core of noticewatch: what a page promises about telling users of demands for their data, and what changed.
//!
//! Functions from values to values: no file, no network, no clock. [`document`] makes blocks of octets, [`extract`] finds
//! promises in them, [`compare`] holds two wordings against each other, [`history`] follows a page in time, [`letter`] says it.

pub mod address;
pub mod capture;
pub mod compare;
pub mod document;
pub mod extract;
pub mod history;
pub mod letter;
pub mod promise;
pub mod schedule;
pub mod target;
pub mod text;
