//! Something posted to an address that the operator named. The address is judged like any other, and no redirect is
//! followed: a webhook that moved is for the operator to see.
//!
//! Knows octets and headers; what they say, and what is made of the answer, is the caller's.

use super::Fetcher;
use super::error::FetchFault;
use noticewatch_core::address::check_url;
use noticewatch_core::capture::{Missed, Why};
use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION, USER_AGENT};
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// Octets of an answer that are looked at.
const SHOWN: usize = 2_000;

/// How long the body of an answer is waited for.
const LINGERED: Duration = Duration::from_secs(2);

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// The beginning of its body, as text.
    pub words: String,
    /// Where a redirect would lead.
    pub location: Option<String>,
}

impl Fetcher {
    /// Posts octets, once.
    ///
    /// # Errors
    /// The address is refused, or no answer came.
    pub async fn post(&self, url: &str, headers: &[(String, String)], octets: Vec<u8>) -> Result<Posted, Missed> {
        let sent = timeout(self.options.total, self.sent(url, headers, octets)).await;
        sent.unwrap_or_else(|_| Err(FetchFault::total(self.options.total))).map_err(|fault| fault.missed)
    }

    async fn sent(&self, url: &str, headers: &[(String, String)], octets: Vec<u8>) -> Result<Posted, FetchFault> {
        let response = self.answered(url, headers, octets).await?;
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let location = response.headers().get(LOCATION).map(text);
        let words = timeout(LINGERED, beginning(response)).await.unwrap_or_default();
        Ok(Posted { status, words, location })
    }

    /// The answer to octets that are posted by the rules for every address.
    pub(super) async fn answered(
        &self,
        url: &str,
        headers: &[(String, String)],
        octets: Vec<u8>,
    ) -> Result<Response, FetchFault> {
        let broken = |what: &str| FetchFault::lasting(Why::Forbidden, what);
        let url = Url::parse(url).map_err(|_| broken("this is no address"))?;
        check_url(&url, &self.options.allowed).map_err(|refused| FetchFault::forbidden(&refused))?;
        let mut map = HeaderMap::new();
        let agent = (USER_AGENT.as_str().to_owned(), self.options.agent());
        for (name, value) in headers.iter().chain([&agent]) {
            let name = HeaderName::try_from(name).map_err(|_| broken("a header cannot have this name"))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| broken("a header cannot have this value"))?;
            value.set_sensitive(true);
            map.insert(name, value);
        }
        self.doors.post(&url, map, octets, &self.options).await
    }
}

/// How the body begins. That it breaks off or never ends takes nothing back of what the status said.
async fn beginning(mut response: Response) -> String {
    let mut octets = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        octets.extend_from_slice(&piece);
        if octets.len() >= SHOWN {
            break;
        }
    }
    octets.truncate(SHOWN);
    String::from_utf8_lossy(&octets).into_owned()
}
