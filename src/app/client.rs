//! The HTTP client by the operator's settings.

use super::context::AppContext;
use super::error::Failure;
use super::provenance;
use crate::io::fetch::{FetchOptions, Fetcher, Waits};
use noticewatch_core::address::Allowed;
use std::path::PathBuf;

/// The HTTP client by these settings.
///
/// # Errors
/// A certificate file cannot be read.
pub fn fetcher(office: &AppContext) -> Result<Fetcher, Failure> {
    fetcher_with(office, Waits::default())
}

/// The HTTP client by these settings, with other waits before it tries again.
///
/// # Errors
/// A certificate file cannot be read.
pub fn fetcher_with(office: &AppContext, waits: Waits) -> Result<Fetcher, Failure> {
    let fetch = &office.settings.fetch;
    let allowed =
        Allowed::parse(fetch.allow.iter().map(String::as_str)).map_err(|error| Failure::Usage(error.to_string()))?;
    let options = FetchOptions {
        user_agent: Some(office.settings.user_agent()),
        connect: fetch.connect_timeout,
        read: fetch.read_timeout,
        total: fetch.timeout,
        spacing: fetch.spacing,
        hosts_at_once: fetch.parallel_hosts,
        extra_ca: fetch.extra_ca.iter().map(PathBuf::from).collect(),
        allowed,
        waits,
        proxies: office.proxies(),
        maker: Some(provenance::maker(office)),
        ..FetchOptions::default()
    };
    Fetcher::new(options, office.clock.clone()).map_err(|error| Failure::Setup(error.to_string()))
}
