//! robots.txt: asked once a day a host, and what it says of one address (RFC 9309). Knows no page.
//!
//! A file that is not there, cannot be reached or cannot be read forbids nothing. RFC 9309 2.3.1.4 wants a crawler to
//! stay away from a whole site where the file cannot be reached; this program asks for a few named pages, as seldom as
//! a reader would, obeys `Retry-After`, and would go blind by a fault that has nothing to do with the page. What was
//! read before holds on for as long as the file cannot be reached.

use super::error::FetchFault;
use super::jar::Jar;
use super::options::FetchOptions;
use super::{Fetcher, content_coding, response};
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::address::{check_redirect, check_url};
use noticewatch_core::capture::Why;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, COOKIE, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
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
pub(super) struct RobotsCache(Mutex<HashMap<String, KeptRobots>>);

#[derive(Clone, Debug)]
struct KeptRobots {
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
    pub(super) async fn heed_robots(&self, url: &Url) -> Result<(), FetchFault> {
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
                let kept = KeptRobots { rules: rules.clone(), until };
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
                Err(FetchFault::lasting(Why::Robots, sentence))
            }
            _ => Ok(()),
        }
    }

    /// Asks for the file, along its redirects.
    async fn robots_of(&self, page: &Url) -> File {
        let Ok(mut url) = page.join("/robots.txt") else { return File::None };
        let mut jar = Jar::default();
        for _ in 0..=MOST_REDIRECTS {
            if check_url(&url, &self.options.allowed).is_err() {
                return File::None;
            }
            let mut headers = headers(&self.options);
            headers.extend(jar.shown(&url).map(|cookie| (COOKIE, cookie)));
            let Ok(response) = self.doors.ask(&url, headers, &self.options).await else { return File::Unreached };
            jar.keep(&url, response.headers());
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
        let codings = response::coding_names(response.headers());
        let mut received = Vec::new();
        while let Ok(Ok(Some(piece))) = timeout(self.options.read, response.chunk()).await {
            received.extend_from_slice(&piece);
            if received.len() > BYTE_LIMIT {
                break;
            }
        }
        let whole = content_coding::decode(received, &codings, self.options.cap).await;
        whole.map_or(File::None, |whole| {
            let text = with_bare_names(&whole.body);
            File::Rules(Robots::parse(&text, product(&self.options.agent())))
        })
    }
}

/// The file with each name of a crawler cut where it ends: a product token is of letters, `_` and `-` (RFC 9309, 2.2.1), and
/// many write a version behind it, as our own header shows it.
fn with_bare_names(text: &[u8]) -> Vec<u8> {
    let mut bare = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
        let name = after_key(line).filter(|name| !name.starts_with(b"*"));
        let Some(name) = name else {
            bare.extend_from_slice(line);
            continue;
        };
        let length =
            name.iter().take_while(|octet| octet.is_ascii_alphabetic() || matches!(octet, b'-' | b'_')).count();
        bare.extend_from_slice(&line[..line.len() - name.len() + length]);
        bare.extend(line.last().filter(|last| matches!(last, b'\r' | b'\n' | 0)));
    }
    bare
}

/// What stands behind `User-agent:` in a line, in any spelling that is read as that.
fn after_key(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii_start();
    let keys: [&[u8]; 3] = [b"user-agent", b"user agent", b"useragent"];
    let key = keys.iter().find(|key| line.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key)))?;
    let rest = line[key.len()..].trim_ascii_start();
    Some(rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start())
}

fn headers(options: &FetchOptions) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(agent) = HeaderValue::from_str(&options.agent()) {
        headers.insert(USER_AGENT, agent);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("text/plain,*/*;q=0.1"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(content_coding::ACCEPTED));
    headers
}

/// The name by which a site's rules speak of us: the first word of the user agent.
fn product(agent: &str) -> &str {
    let end = agent.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_'))).unwrap_or(agent.len());
    if end == 0 { "noticewatch" } else { &agent[..end] }
}
