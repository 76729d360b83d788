//! The one integration binary: cases are files, the edge is tested against real parts in the same process.

mod cases;
mod certificates;

mod backups;
mod browser;
mod changelog;
mod changes;
mod config;
mod courses;
mod damages;
mod documents;
mod evidence;
mod fault_server;
mod faults;
mod fetch;
mod formats;
mod histories;
mod hostile;
mod house;
mod import;
mod letters;
mod mail;
mod mail_faults;
mod package;
mod papers;
mod passages;
mod pdf;
mod phrases;
mod readme;
mod regions;
mod retention;
mod schedule;
mod smtp_server;
mod store;
mod store_faults;
mod whole;
