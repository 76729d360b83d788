//! The HTTP client: one visit to one target, typed by how it ended.
//!
//! Knows addresses, the clock and the values of a capture; never looks at what a page says beyond the link that a
//! target follows, keeps nothing, and knows no store: the caller records visits and supplies the validators of the last good capture.

pub(crate) mod connectors;
pub(crate) mod content_coding;
pub(crate) mod error;
pub(crate) mod jar;
pub(crate) mod link;
pub(crate) mod options;
pub(crate) mod politeness;
pub(crate) mod post_query;
pub(crate) mod redirects;
pub(crate) mod response;
pub(crate) mod robots;
pub(crate) mod webhook_post;

use super::clock::Clock;
use super::fetch::connectors::Doors;
use super::fetch::politeness::Hosts;
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Missed, Sha256};
use noticewatch_core::target::Target;
use reqwest::header::HeaderValue;
use url::Url;

pub use connectors::authorities;
pub use options::FetchError;
pub use options::FetchOptions;
pub use options::Waits;
pub use post_query::Question;
pub use webhook_post::Posted;

/// What is asked: a target, and the condition under which the server may answer "not modified".
#[derive(Clone, Debug)]
pub struct Request {
    /// The target whose address is fetched.
    pub target: Target,
    /// Validators of the last good capture; None asks without conditions: an independent look.
    pub validators: Option<Validators>,
}

/// What a server said of its last good answer, sent back to it as a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators {
    /// The capture they belong to.
    pub kept: Sha256,
    /// The address that gave that capture. Another address of the chain is never asked under this condition: an old
    /// `Last-Modified` would make a page "unchanged" that was never seen.
    pub url: String,
    /// Its `ETag`, as received.
    pub etag: Option<String>,
    /// Its `Last-Modified`, as received.
    pub last_modified: Option<String>,
}

impl Validators {
    /// The validators of a capture, None where its answer had none.
    #[must_use]
    pub fn of(capture: &Capture) -> Option<Self> {
        let header = |name| capture.header(name).map(str::to_owned);
        let (etag, last_modified) = (header("etag"), header("last-modified"));
        let any = etag.is_some() || last_modified.is_some();
        any.then(|| Self { kept: capture.sha256, url: capture.final_url.clone(), etag, last_modified })
    }
}

/// How a visit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// A complete, decoded 200 answer.
    Captured(Box<Capture>),
    /// 304 to our own condition: the page equals the capture named.
    NotModified {
        /// The capture whose validators were sent.
        kept: Sha256,
    },
    /// Nothing usable came.
    Missed(Missed),
}

/// One of many visits, as it ended.
#[derive(Clone, Debug)]
pub struct EndedVisit {
    /// What was asked.
    pub request: Request,
    /// When it ended.
    pub at: Timestamp,
    /// How it ended.
    pub fetched: Fetched,
}

impl EndedVisit {
    /// The digest of the body that came, if one did.
    #[must_use]
    pub fn brought(&self) -> Option<Sha256> {
        match &self.fetched {
            Fetched::Captured(capture) => Some(capture.sha256),
            Fetched::NotModified { .. } | Fetched::Missed(_) => None,
        }
    }
}

/// The client: built once, holds no connection between visits.
#[derive(Debug)]
pub struct Fetcher {
    options: FetchOptions,
    clock: Clock,
    doors: Doors,
    hosts: Hosts,
    robots: robots::RobotsCache,
}

impl Fetcher {
    /// A client for these options.
    ///
    /// # Errors
    /// A certificate file that cannot be used, a contact that fits no header, a machine without root certificates.
    pub fn new(options: FetchOptions, clock: Clock) -> Result<Self, FetchError> {
        if HeaderValue::from_str(&options.agent()).is_err() {
            return Err(FetchError::UserAgent(options.agent()));
        }
        let doors = Doors::new(&options)?;
        let hosts = Hosts::new(clock.clone(), &options);
        Ok(Self { options, clock, doors, hosts, robots: robots::RobotsCache::default() })
    }

    /// Visits one target: up to the number of tries that the options give, and every failure as a value.
    pub async fn visit(&self, request: &Request) -> Fetched {
        let mut waits = self.options.waits.of(&request.target.id, self.clock.now());
        loop {
            let fault = match self.look(request).await {
                Ok(fetched) => return fetched,
                Err(fault) => fault,
            };
            match waits.next().filter(|_| fault.passing) {
                Some(wait) => self.clock.sleep(wait).await,
                None => return Fetched::Missed(fault.missed),
            }
        }
    }

    /// Waits until it is our turn at the host of an address, for a request that is made elsewhere; the turn lasts until
    /// the value is dropped, and the pause follows.
    pub async fn turn(&self, url: &Url) -> impl Send + use<> {
        self.hosts.turn(url).await
    }

    /// Visits many targets: hosts in parallel, one request at a time a host, in the order in which they end.
    ///
    /// A target that waits for its next try holds up no other, not even one of its own host. Dropping the stream ends
    /// all visits at once.
    pub fn visit_all(&self, requests: Vec<Request>) -> impl Stream<Item = EndedVisit> + Send + '_ {
        // All at once: it is `hosts` that lets a request through when its turn has come, first come first served.
        let all = requests.len().max(1);
        stream::iter(requests).map(|request| self.end(request)).buffer_unordered(all)
    }

    async fn end(&self, request: Request) -> EndedVisit {
        let fetched = self.visit(&request).await;
        EndedVisit { request, at: self.clock.now(), fetched }
    }
}
