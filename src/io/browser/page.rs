//! One page in a running browser: opened, watched until its text has come to rest, taken as HTML.
//!
//! Knows the protocol of the developer tools, no process and no network rules.

use super::protocol::RenderOrder;
use super::requests::Requests;
use chromiumoxide::browser::Browser;
use chromiumoxide::cdp::browser_protocol::browser::{SetDownloadBehaviorBehavior, SetDownloadBehaviorParams};
use chromiumoxide::cdp::browser_protocol::emulation::SetUserAgentOverrideParams;
use chromiumoxide::cdp::browser_protocol::inspector::EventTargetCrashed;
use chromiumoxide::cdp::browser_protocol::network::SetBypassServiceWorkerParams;
use chromiumoxide::cdp::browser_protocol::page::{
    CreateIsolatedWorldParams, EventJavascriptDialogOpening, HandleJavaScriptDialogParams, NavigateParams,
};
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use chromiumoxide::error::CdpError;
use chromiumoxide::handler::HandlerConfig;
use chromiumoxide::page::Page;
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// How often the page is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// One look may take this long; a page that does not answer is looked at again until the time is up.
const ANSWER: Duration = Duration::from_secs(5);
/// Text that has not changed for so long, and nothing under way: it has come to rest.
const REST: Duration = Duration::from_millis(1_500);
/// The same where something is under way all the time, as on pages that never stop asking their server.
const LONG_REST: Duration = Duration::from_secs(6);
/// The same where there is hardly any text: a shell may fill itself late.
const THIN_REST: Duration = Duration::from_secs(12);
/// Fewer words are hardly any text: the reader's own bound for pages that are no document.
const THIN: usize = 60;
/// What is kept back for taking the page when the time is up.
const TAKING: Duration = Duration::from_secs(3);

/// Run in each document before its own scripts. The proxy carries no UDP; this spares the tries.
const BEFORE: &str = "delete globalThis.RTCPeerConnection; delete globalThis.webkitRTCPeerConnection;";

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageFault {
    #[error("the browser cannot be driven: {0}")]
    Driving(#[from] CdpError),
    #[error("the browser could not open it: {0}")]
    Opening(String),
    #[error("the page crashed in the browser")]
    Crashed,
    #[error("the page did not answer the browser within {} s", .0.as_secs().max(1))]
    Stuck(Duration),
    #[error("the browser got the status {0}")]
    Status(u16, String),
    #[error("more than {} MB after its scripts ran", .0 / 1_000_000)]
    TooLarge(usize),
}

/// The page.
pub(super) struct TakenPage {
    pub(super) html: String,
    pub(super) url: String,
    pub(super) browser: String,
    pub(super) settled: bool,
}

/// What one look showed.
#[derive(Clone, Debug, Default, Deserialize)]
struct PageLook {
    ready: String,
    url: String,
    status: u16,
    words: usize,
    hash: i64,
}

#[derive(Deserialize)]
struct Html {
    url: String,
    html: Option<String>,
}

/// Tasks that end with the page.
struct Tasks(Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Opens the page of an order and takes it.
pub(super) async fn take(endpoint: &str, order: &RenderOrder, left: Duration) -> Result<TakenPage, PageFault> {
    let end = Instant::now() + left.saturating_sub(TAKING);
    // Bad certificates are errors here as anywhere; this crate would let them pass.
    let config =
        HandlerConfig { ignore_https_errors: false, viewport: None, request_timeout: left, ..HandlerConfig::default() };
    let (browser, mut handler) = Browser::connect_with_config(endpoint, config).await?;
    let mut tasks = Tasks(vec![tokio::spawn(async move { while let Some(Ok(())) = handler.next().await {} })]);
    let version = browser.version().await?;
    let deny = SetDownloadBehaviorParams::new(SetDownloadBehaviorBehavior::Deny);
    browser.execute(deny).await?;
    let page = browser.new_page("about:blank").await?;
    prepare(&page, order, &version.user_agent, &mut tasks).await?;
    let requests = Requests::listen(&page, &mut tasks.0).await?;
    let settled = watch(&page, order, &requests, end, left).await?;
    let expression = include_str!("take.js").replace("MOST", &order.cap.to_string());
    let taken: Html = timeout(TAKING, evaluate(&page, &expression)).await.map_err(|_| PageFault::Stuck(left))??;
    let html = taken.html.filter(|html| html.len() <= order.cap).ok_or(PageFault::TooLarge(order.cap))?;
    Ok(TakenPage { html, url: taken.url, browser: version.product, settled })
}

async fn prepare(page: &Page, order: &RenderOrder, agent: &str, tasks: &mut Tasks) -> Result<(), PageFault> {
    let mut own = SetUserAgentOverrideParams::new(format!("{agent} {}", order.agent));
    own.accept_language = Some(order.bare_languages());
    page.execute(own).await?;
    page.execute(SetBypassServiceWorkerParams::new(true)).await?;
    page.evaluate_on_new_document(BEFORE).await?;
    let mut dialogs = page.event_listener::<EventJavascriptDialogOpening>().await?;
    let page = page.clone();
    tasks.0.push(tokio::spawn(async move {
        while dialogs.next().await.is_some() {
            let _ = page.execute(HandleJavaScriptDialogParams::new(false)).await;
        }
    }));
    Ok(())
}

/// Opens the page and waits until its text has come to rest; false where the time was up before.
async fn watch(
    page: &Page,
    order: &RenderOrder,
    requests: &Requests,
    end: Instant,
    total: Duration,
) -> Result<bool, PageFault> {
    let mut crashes = page.event_listener::<EventTargetCrashed>().await?;
    let mut opening = Opening::begin(page, order);
    let mut last = PageLook::default();
    let mut since = Instant::now();
    while Instant::now() < end {
        if let Some(Err(error)) = opening.ended().await {
            return Err(PageFault::Opening(error.to_string()));
        }
        let seen = tokio::select! {
            Some(_) = crashes.next() => return Err(PageFault::Crashed),
            seen = timeout(ANSWER, evaluate::<PageLook>(page, include_str!("look.js"))) => seen,
        };
        // A look that fails fell between two documents, or the page is busy.
        if let Ok(Ok(seen)) = seen
            && seen.url.starts_with("http")
        {
            if seen.status >= 400 {
                return Err(PageFault::Status(seen.status, seen.url));
            }
            if (seen.hash, seen.words, &seen.url) != (last.hash, last.words, &last.url) {
                since = Instant::now();
            }
            last = seen;
            if is_at_rest(&last, since.elapsed(), requests.idle_for()) {
                return Ok(true);
            }
        }
        sleep(LOOK).await;
    }
    if last.url.is_empty() { Err(PageFault::Stuck(total)) } else { Ok(false) }
}

fn is_at_rest(seen: &PageLook, unchanged: Duration, idle: Duration) -> bool {
    let (loaded, thin) = (seen.ready == "complete", seen.words < THIN);
    match (thin, loaded && idle >= LOOK * 2) {
        (false, true) => unchanged >= REST,
        (false, false) => unchanged >= LONG_REST && seen.ready != "loading",
        (true, true) => unchanged >= THIN_REST,
        (true, false) => false,
    }
}

/// What a script says, evaluated beside the page's own ones.
async fn evaluate<T: DeserializeOwned>(page: &Page, expression: &str) -> Result<T, PageFault> {
    let frame = page.mainframe().await?.ok_or(CdpError::NotFound)?;
    let world = page.execute(CreateIsolatedWorldParams::new(frame)).await?.execution_context_id;
    let mut asked = EvaluateParams::new(expression);
    asked.context_id = Some(world);
    asked.return_by_value = Some(true);
    let value = page.execute(asked).await?.result.result.value.ok_or(CdpError::NotFound)?;
    Ok(serde_json::from_value(value).map_err(CdpError::from)?)
}

/// The opening of a page under way.
struct Opening(Option<JoinHandle<Result<(), CdpError>>>);

impl Opening {
    fn begin(page: &Page, order: &RenderOrder) -> Self {
        let (page, address) = (page.clone(), NavigateParams::new(order.url.clone()));
        Self(Some(tokio::spawn(async move { page.goto(address).await.map(|_| ()) })))
    }

    /// How it ended, once.
    async fn ended(&mut self) -> Option<Result<(), CdpError>> {
        let task = self.0.take_if(|task| task.is_finished())?;
        Some(task.await.unwrap_or(Ok(())))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}
