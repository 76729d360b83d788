//! One file a verb.

pub mod add;
pub mod backup;
pub mod board;
pub mod check;
pub mod compare;
pub mod correct;
pub mod decide;
pub mod demo;
pub mod digest;
pub mod evidence;
pub mod export;
pub mod fetch_once;
pub mod history;
pub mod import;
pub mod init;
pub mod metrics;
pub mod outbox;
pub mod read;
pub mod restore;
pub mod send_test;
pub mod show;
pub mod status;
pub mod targets;
pub mod verify;
