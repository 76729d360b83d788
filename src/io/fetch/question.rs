//! A question that is put by POST, such as a request for a time stamp: by the same rules as a page, once, without
//! redirects. Knows neither what is asked nor what the answer means.

use super::Fetcher;
use super::answer;
use super::fault::Fault;
use crate::address::check_url;
use crate::capture::{Missed, Why};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use tokio::time::timeout;
use url::Url;

/// What is sent to an address.
#[derive(Clone, Debug)]
pub struct Question {
    /// The address.
    pub url: String,
    /// The media type of the body.
    pub media_type: &'static str,
    /// The media type of the answer.
    pub accept: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Fetcher {
    /// Puts a question, once, and returns the body of a 200 answer.
    ///
    /// # Errors
    /// Why there was none.
    pub async fn question(&self, question: Question) -> Result<Vec<u8>, Missed> {
        let answered = timeout(self.options.total, self.put(question)).await;
        answered.unwrap_or_else(|_| Err(Fault::total(self.options.total))).map_err(|fault| fault.missed)
    }

    async fn put(&self, question: Question) -> Result<Vec<u8>, Fault> {
        let no_address = |error| Fault::lasting(Why::Forbidden, format!("this is no address ({error})"));
        let url = Url::parse(&question.url).map_err(no_address)?;
        check_url(&url, &self.options.allowed).map_err(|refused| Fault::forbidden(&refused))?;
        let _turn = self.hosts.turn(&url).await;
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(USER_AGENT, &self.options.agent());
        set(CONTENT_TYPE, question.media_type);
        set(ACCEPT, question.accept);
        let response = self.doors.post(&url, headers, question.body, &self.options).await?;
        match response.status().as_u16() {
            200 => answer::octets(response, &self.options).await,
            status => Err(Fault::lasting(Why::Status, format!("the server answered {status}")).with_status(status)),
        }
    }
}
