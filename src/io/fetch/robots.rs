//! robots.txt: asked once a day a host, and what it says of one address (RFC 9309). Knows no page.
//!
//! A file that is not there, cannot be reached or cannot be read forbids nothing. RFC 9309 2.3.1.4 wants a crawler to
//! stay away from a whole site where the file cannot be reached; this program asks for a few named pages, as seldom as
//! a reader would, obeys `Retry-After`, and would go blind by a fault that has nothing to do with the page. What was
//! read before holds on for as long as the file cannot be reached.

use super::fault::Fault;
use super::options::Options;
use super::{Fetcher, answer, coding};
use crate::address::{check_redirect, check_url};
use crate::capture::Why;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use robotxt::{BYTE_LIMIT, Robots};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// How long an answer holds (RFC 9309 2.4).
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How long "cannot be reached" holds.
const SOON: SignedDuration = SignedDuration::from_mins(30);
/// How many redirects are followed (RFC 9309 2.3.1.2).
const MOST_REDIRECTS: usize = 5;
/// How long all of it may take: it comes before the page, and must not take its time.
const TOTAL: Duration = Duration::from_secs(20);

/// What the hosts said.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<String, Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    /// None: nothing is forbidden.
    rules: Option<Arc<Robots>>,
    until: Timestamp,
}

/// How asking for the file ended.
enum File {
    /// It was read.
    Rules(Robots),
    /// There is none.
    None,
    /// Nobody knows.
    Unreached,
}

impl Fetcher {
    /// Refuses an address that the site's robots.txt asks not to fetch. Where the file was asked for just now, the host
    /// is given its pause.
    pub(super) async fn heed_robots(&self, url: &Url) -> Result<(), Fault> {
        if !self.options.robots {
            return Ok(());
        }
        let host = url.origin().ascii_serialization();
        let now = self.clock.now();
        let known = self.robots.0.lock().unwrap_or_else(PoisonError::into_inner).get(&host).cloned();
        let rules = match known {
            Some(kept) if kept.until > now && kept.until.duration_since(now) <= DAY => kept.rules,
            before => {
                let asked = timeout(TOTAL, self.robots_of(url)).await.unwrap_or(File::Unreached);
                let (rules, lasts) = match asked {
                    File::Rules(rules) => (Some(Arc::new(rules)), DAY),
                    File::None => (None, DAY),
                    File::Unreached => (before.and_then(|before| before.rules), SOON),
                };
                let until = now.checked_add(lasts).unwrap_or(now);
                let kept = Kept { rules: rules.clone(), until };
                self.robots.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host, kept);
                self.hosts.pause(url).await;
                rules
            }
        };
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        match rules {
            Some(rules) if !rules.is_allowed(path) => {
                let sentence =
                    "the site's robots.txt asks not to fetch it; ignore_robots = \"why\" at the target overrules that";
                Err(Fault::lasting(Why::Robots, sentence))
            }
            _ => Ok(()),
        }
    }

    /// Asks for the file, along its redirects.
    async fn robots_of(&self, page: &Url) -> File {
        let Ok(mut url) = page.join("/robots.txt") else { return File::None };
        for _ in 0..=MOST_REDIRECTS {
            if check_url(&url, &self.options.allowed).is_err() {
                return File::None;
            }
            let Ok(response) = self.doors.ask(&url, headers(&self.options), &self.options).await else {
                return File::Unreached;
            };
            match response.status().as_u16() {
                200..=299 => return self.read_robots(response).await,
                301 | 302 | 303 | 307 | 308 => {
                    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                    let Some(Ok(next)) = location.map(|location| url.join(location)) else { return File::None };
                    if check_redirect(&url, &next, &self.options.allowed).is_err() {
                        return File::None;
                    }
                    url = next;
                }
                429 | 500..=599 => return File::Unreached,
                _ => return File::None,
            }
        }
        File::None
    }

    /// Reads as much as has to be read; more is left out, as the RFC wants it.
    async fn read_robots(&self, mut response: reqwest::Response) -> File {
        let codings = answer::coding_names(response.headers());
        let mut received = Vec::new();
        while let Ok(Ok(Some(piece))) = timeout(self.options.read, response.chunk()).await {
            received.extend_from_slice(&piece);
            if received.len() > BYTE_LIMIT {
                break;
            }
        }
        let whole = coding::decode(received, &codings, self.options.cap).await;
        whole.map_or(File::None, |text| File::Rules(Robots::parse(&text, product(&self.options.agent()))))
    }
}

fn headers(options: &Options) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(agent) = HeaderValue::from_str(&options.agent()) {
        headers.insert(USER_AGENT, agent);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("text/plain,*/*;q=0.1"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding::ACCEPTED));
    headers
}

/// The name by which a site's rules speak of us: the first word of the user agent.
fn product(agent: &str) -> &str {
    let end = agent.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_'))).unwrap_or(agent.len());
    if end == 0 { "noticewatch" } else { &agent[..end] }
}
