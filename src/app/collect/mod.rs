//! From targets to visits in the store: fetch, render, compare with what is kept.

pub mod fetch_run;
pub mod known_bodies;
pub mod page_fetcher;
pub mod suggestion;
pub mod swapped_pages;
