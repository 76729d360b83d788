//! A question that is put by POST, such as a request for a time stamp: by the same rules as a page, once, without
//! redirects. Knows neither what is asked nor what the answer means.

use super::error::FetchFault;
use super::{Fetcher, response};
use noticewatch_core::capture::{Missed, Why};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
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
        answered.unwrap_or_else(|_| Err(FetchFault::total(self.options.total))).map_err(|fault| fault.missed)
    }

    async fn put(&self, question: Question) -> Result<Vec<u8>, FetchFault> {
        let types = [(CONTENT_TYPE, question.media_type), (ACCEPT, question.accept)];
        let headers = types.map(|(name, value)| (name.to_string(), value.to_owned()));
        let _turn = match Url::parse(&question.url) {
            Ok(url) => Some(self.hosts.turn(&url).await),
            Err(_) => None,
        };
        let response = self.answered(&question.url, &headers, question.body).await?;
        match response.status().as_u16() {
            200 => response::octets(response, &self.options).await,
            status => {
                Err(FetchFault::lasting(Why::Status, format!("the server answered {status}")).with_status(status))
            }
        }
    }
}
