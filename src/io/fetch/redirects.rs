//! One try: from the target's address along its redirects, and along the link that it follows, to an answer. Every hop
//! is judged before it is asked.

use super::error::FetchFault;
use super::jar::Jar;
use super::response::Answer;
use super::{Fetched, Fetcher, Request, Validators, content_coding, link, response};
use noticewatch_core::address::{check_redirect, check_url};
use noticewatch_core::capture::{Hop, Why};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, HeaderMap, HeaderName, HeaderValue};
use reqwest::header::{COOKIE, IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use url::Url;

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 5;

/// What one try has come through.
#[derive(Default)]
struct Way {
    hops: Vec<Hop>,
    /// Every address that was asked, with the cookies that it was shown.
    asked: Vec<(Url, Option<HeaderValue>)>,
    jar: Jar,
}

impl Fetcher {
    /// One try, with all its redirects.
    pub(super) async fn look(&self, request: &Request) -> Result<Fetched, FetchFault> {
        let mut url = parse(&request.target.url)?;
        check_url(&url, &self.options.allowed).map_err(|refused| FetchFault::forbidden(&refused))?;
        let mut way = Way::default();
        let mut wanted = request.target.follow.as_deref();
        let mut left = self.options.total;
        let mut turn = self.hosts.turn(&url).await;
        let started = self.clock.now();
        loop {
            let begun = Instant::now();
            // Validators speak of the page that was kept, never of the one that links to it.
            let asked = timeout(left, self.ask(&url, request, wanted.is_none(), &mut way)).await;
            match asked.unwrap_or_else(|_| Err(FetchFault::total(self.options.total)))? {
                Answer::Unchanged(kept) => return Ok(Fetched::NotModified { kept }),
                Answer::Page(page) if let Some(pattern) = wanted.take() => {
                    url = self.follow(&url, page.status, link::find(&page, pattern)?.as_str(), &mut way)?;
                }
                Answer::Page(mut capture) => {
                    capture.started = started;
                    capture.redirects = way.hops;
                    return Ok(Fetched::Captured(capture));
                }
                Answer::Redirect { status, location } => {
                    url = self.follow(&url, status, &location, &mut way)?;
                }
            }
            left = left.saturating_sub(begun.elapsed()).max(Duration::from_millis(1));
            // A chain within one host goes on at once, as with any client; another host has its own queue, and its turn
            // is waited for with empty hands, so that two chains never wait for each other.
            if !turn.covers(&url) {
                drop(turn);
                turn = self.hosts.turn(&url).await;
            }
        }
    }

    /// Where a redirect or link leads, if it may be followed.
    fn follow(&self, from: &Url, status: u16, location: &str, way: &mut Way) -> Result<Url, FetchFault> {
        let nowhere = |_| FetchFault::lasting(Why::Redirects, "a redirect to something that is no address");
        let mut to = from.join(location).map_err(nowhere)?;
        to.set_fragment(None);
        check_redirect(from, &to, &self.options.allowed).map_err(|refused| FetchFault::forbidden(&refused))?;
        // What was asked before may answer otherwise now that it is shown another cookie, as it would in a browser.
        if way.asked.contains(&(to.clone(), way.jar.shown(&to))) {
            return Err(FetchFault::lasting(Why::Redirects, "the redirects lead round in a circle"));
        }
        if way.hops.iter().filter(|hop| hop.status != 200).count() >= MOST_REDIRECTS {
            return Err(FetchFault::lasting(Why::Redirects, format!("more than {MOST_REDIRECTS} redirects")));
        }
        way.hops.push(Hop { url: from.to_string(), status, location: to.to_string() });
        Ok(to)
    }

    async fn ask(&self, url: &Url, request: &Request, conditions: bool, way: &mut Way) -> Result<Answer, FetchFault> {
        if request.target.ignore_robots.is_none() {
            self.heed_robots(url).await?;
        }
        let validators = request.validators.as_ref().filter(|validators| conditions && validators.url == url.as_str());
        let mut headers = self.headers(request, validators);
        let cookie = way.jar.shown(url);
        headers.extend(cookie.clone().map(|cookie| (COOKIE, cookie)));
        way.asked.push((url.clone(), cookie));
        let kept = validators.filter(|_| is_conditional(&headers)).map(|validators| validators.kept);
        let response = self.doors.ask(url, headers.clone(), &self.options).await?;
        way.jar.keep(url, response.headers());
        response::receive(response, &self.options, &self.clock, kept, |capture| {
            capture.target.clone_from(&request.target.id);
            capture.url.clone_from(&request.target.url);
            capture.final_url = url.to_string();
            capture.request_headers = response::written(&headers);
        })
        .await
    }

    fn headers(&self, request: &Request, validators: Option<&Validators>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &str| {
            // A value that fits no header is not sent; the user agent was tested when the client was built.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(USER_AGENT, &self.options.agent());
        set(ACCEPT, "text/html,application/xhtml+xml;q=0.9,text/plain;q=0.8,application/pdf;q=0.8,*/*;q=0.1");
        set(ACCEPT_LANGUAGE, &request.target.accept_language());
        set(ACCEPT_ENCODING, content_coding::ACCEPTED);
        if let Some(validators) = validators {
            validators.etag.iter().for_each(|etag| set(IF_NONE_MATCH, etag));
            validators.last_modified.iter().for_each(|date| set(IF_MODIFIED_SINCE, date));
        }
        headers
    }
}

fn is_conditional(headers: &HeaderMap) -> bool {
    headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE)
}

fn parse(address: &str) -> Result<Url, FetchFault> {
    let mut url = Url::parse(address).map_err(|error| {
        FetchFault::lasting(
            Why::Forbidden,
            format!("this is no address that can be fetched ({error}); write it as https://host/path"),
        )
    })?;
    url.set_fragment(None);
    Ok(url)
}
