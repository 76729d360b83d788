//! A third party notices a dead daemon: an address that is called when a run begins and when it ends.

use super::client;
use super::context::AppContext;
use super::error::Failure;
use crate::io::fetch::{Fetcher, Request, Waits};
use noticewatch_core::target::Target;

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It begins.
    Start,
    /// It ended well.
    Success,
    /// It could not be done.
    Fail,
}

/// Calls the address of the settings; does nothing where there is none.
pub struct Ping {
    call: Option<(Fetcher, String)>,
}

impl Ping {
    /// The address of the settings, asked once and never again by the same call.
    ///
    /// # Errors
    /// A certificate file cannot be read.
    pub fn new(office: &AppContext) -> Result<Self, Failure> {
        let call = match &office.settings.ping_url {
            Some(url) => Some((client::fetcher_with(office, Waits::none())?, url.trim_end_matches('/').to_owned())),
            None => None,
        };
        Ok(Self { call })
    }

    /// Says how a run stands. What the third party answers changes nothing.
    pub async fn say(&self, run: RunState) {
        let Some((fetcher, url)) = &self.call else { return };
        let url = match run {
            RunState::Start => format!("{url}/start"),
            RunState::Success => url.clone(),
            RunState::Fail => format!("{url}/fail"),
        };
        let ignore_robots = Some("the operator named it".to_owned());
        let target = Target { id: "ping".to_owned(), url, ignore_robots, ..Target::default() };
        let answer = fetcher.visit(&Request { target, validators: None }).await;
        tracing::debug!(?run, ?answer, "ping");
    }
}
