//! How a target is seen: fetched, and rendered by a browser where it asks for that or shows itself to be a shell.
//!
//! The only place where fetching and browsing meet.

use crate::app::client;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::io::browser;
use crate::io::browser::{Browser, Renderer};
use crate::io::clock::Clock;
use crate::io::fetch::{EndedVisit, Fetched, Fetcher, Request, Waits};
use futures_util::{Stream, StreamExt};
use noticewatch_core::capture::{Capture, Missed, Rendered, Sha256};
use noticewatch_core::document::PageSource as Source;
use noticewatch_core::document::Symptom;
use noticewatch_core::extract::read;
use noticewatch_core::target::Target;
use std::path::PathBuf;
use url::Url;

/// The HTTP client, and the browser for what it cannot show.
#[derive(Debug)]
pub struct PageFetcher {
    fetcher: Fetcher,
    browser: Browser,
    automatic: bool,
    clock: Clock,
}

impl PageFetcher {
    /// Opens it by the settings of the office, around its client.
    #[must_use]
    pub fn new(office: &AppContext, fetcher: Fetcher) -> Self {
        let (fetch, how) = (&office.settings.fetch, &office.settings.browser);
        let usual = browser::RenderOptions::default();
        let options = browser::RenderOptions {
            renderer: how.socket.as_ref().map_or(usual.renderer, |socket| Renderer::Socket(PathBuf::from(socket))),
            program: how.program.as_ref().map(PathBuf::from),
            agent: office.settings.user_agent(),
            allow: fetch.allow.clone(),
            proxies: office.proxies(),
            connect: fetch.connect_timeout,
            total: how.timeout,
            ..browser::RenderOptions::default()
        };
        let clock = office.clock.clone();
        Self { fetcher, browser: Browser::new(options), automatic: how.automatic, clock }
    }

    /// The eye of an office.
    ///
    /// # Errors
    /// A certificate file cannot be read.
    pub fn open(office: &AppContext) -> Result<Self, Failure> {
        Ok(Self::new(office, client::fetcher(office)?))
    }

    /// One that a person waits for: each page is asked for once.
    ///
    /// # Errors
    /// As [`Eye::open`].
    pub fn once(office: &AppContext) -> Result<Self, Failure> {
        Ok(Self::new(office, client::fetcher_with(office, Waits::none())?))
    }

    /// Looks at one target.
    pub async fn visit(&self, request: &Request) -> Fetched {
        let fetched = self.fetcher.visit(request).await;
        self.develop(&request.target, fetched).await
    }

    /// Looks at many, in the order in which they end.
    pub fn visit_all(&self, requests: Vec<Request>) -> impl Stream<Item = EndedVisit> + Send + '_ {
        let all = requests.len().max(1);
        self.fetcher.visit_all(requests).map(|ended| self.end(ended)).buffer_unordered(all)
    }

    async fn end(&self, ended: EndedVisit) -> EndedVisit {
        let EndedVisit { request, at, fetched } = ended;
        if !self.is_to_render(&request.target, &fetched) {
            return EndedVisit { request, at, fetched };
        }
        let fetched = self.develop(&request.target, fetched).await;
        EndedVisit { request, at: self.clock.now(), fetched }
    }

    /// What was fetched, rendered where that is wanted.
    async fn develop(&self, target: &Target, fetched: Fetched) -> Fetched {
        let render = self.is_to_render(target, &fetched);
        match fetched {
            Fetched::Captured(answer) if render => match self.render(target, *answer).await {
                Ok(capture) => Fetched::Captured(Box::new(capture)),
                Err(missed) => Fetched::Missed(missed),
            },
            fetched => fetched,
        }
    }

    fn is_to_render(&self, target: &Target, fetched: &Fetched) -> bool {
        let Fetched::Captured(answer) = fetched else { return false };
        let html = matches!(answer.media_type.as_str(), "text/html" | "application/xhtml+xml");
        html && (target.render || self.automatic && is_shell(answer, target))
    }

    /// The page that a browser makes of an answer. One page at a time, and in the host's turn.
    async fn render(&self, target: &Target, answer: Capture) -> Result<Capture, Missed> {
        let turn = self.browser.turn().await;
        let start = entrance(&answer);
        let _host = match Url::parse(start) {
            Ok(url) => Some(self.fetcher.turn(&url).await),
            Err(_) => None,
        };
        let page = self.browser.render(&turn, target, start).await?;
        let body = page.html.into_bytes();
        let rendered = Rendered {
            browser: page.browser,
            served: answer.sha256,
            settled: page.settled,
            answer: Some(Box::new(answer.clone())),
        };
        Ok(Capture {
            ended: self.clock.now(),
            final_url: page.final_url,
            media_type: "text/html".to_owned(),
            charset: Some("utf-8".to_owned()),
            sha256: Sha256::of(&body),
            sha256_received: None,
            rendered: Some(rendered),
            body,
            ..answer
        })
    }
}

/// Where the browser goes in: before the redirects, since one of them may set a cookie that the page wants to see, and
/// behind the page on which a link was followed.
fn entrance(answer: &Capture) -> &str {
    let redirects = answer.redirects.iter().rev().take_while(|hop| hop.status != 200);
    redirects.last().map_or(&answer.final_url, |hop| &hop.url)
}

/// Whether the answer shows that its text is put there by a script.
fn is_shell(answer: &Capture, target: &Target) -> bool {
    let page = Source { body: &answer.body, media_type: &answer.media_type, charset: answer.charset.as_deref() };
    read(page, &target.reading()).signs.contains(&Symptom::Shell)
}
