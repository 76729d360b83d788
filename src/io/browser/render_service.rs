//! The process that renders: takes one order from its socket, drives the browser, answers, and ends.
//!
//! It reads no configuration and keeps nothing. It ends when its parent does, and when who asked has left.

use super::chromium::Chromium;
use super::page::{PageFault, TakenPage};
use super::protocol::{ORDER_MAX, RenderOrder, RenderReply, RenderedPage, VERSION};
use super::proxy::Proxy;
use super::{BrowserError, page, protocol};
use noticewatch_core::address::{Allowed, check_redirect, check_url};
use noticewatch_core::capture::{Missed, Why};
use rustix::process::{Signal, set_parent_process_death_signal};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream as StdStream;
use std::time::Duration;
use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout};
use url::Url;

/// Serves the order that comes on standard input, a socket, and answers there.
///
/// # Errors
/// Standard input is no socket, or who asked left in the middle.
pub async fn serve() -> Result<(), BrowserError> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(std::io::Error::from)?;
    let stream = StdStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    stream.set_nonblocking(true)?;
    let (read, mut write) = UnixStream::from_std(stream)?.into_split();
    let mut read = BufReader::new(read);
    let order: RenderOrder = protocol::read(&mut read, ORDER_MAX).await?;
    let reply = tokio::select! {
        reply = render(&order) => reply,
        _ = read.read_u8() => return Err(BrowserError::Left),
    };
    Ok(protocol::write(&mut write, &reply).await?)
}

/// Renders one page, within its time.
async fn render(order: &RenderOrder) -> RenderReply {
    match attempt(order).await {
        Ok(page) => RenderReply::Page(page),
        Err(missed) => RenderReply::Missed(missed),
    }
}

async fn attempt(order: &RenderOrder) -> Result<RenderedPage, Missed> {
    if order.version != VERSION {
        let both = format!("{} and {VERSION}", order.version);
        let detail = format!("daemon and render service speak different versions ({both}); restart both");
        return Err(missed(Why::Browser, detail));
    }
    let begun = Instant::now();
    let total = Duration::from_millis(order.total_ms);
    let (url, allowed) = judged(&order.url, order)?;
    let broken = |error: BrowserError| missed(Why::Browser, error.to_string());
    let proxy = Proxy::open(order).await.map_err(|error| broken(error.into()))?;
    let mut browser = Chromium::start(order, proxy.address()).await.map_err(broken)?;
    let left = total.saturating_sub(begun.elapsed());
    let taken = timeout(left, page::take(&browser.endpoint, order, left)).await;
    let unconfined = browser.unconfined.take();
    browser.end().await;
    let taken = taken.unwrap_or(Err(PageFault::Stuck(total))).map_err(|fault| told(&fault, &url, &proxy))?;
    finished(taken, unconfined, &url, &allowed, &proxy)
}

/// The order's address and what is allowed, judged by the rules.
fn judged(address: &str, order: &RenderOrder) -> Result<(Url, Allowed), Missed> {
    let forbidden = |why: String| missed(Why::Forbidden, why);
    let url = Url::parse(address).map_err(|error| forbidden(error.to_string()))?;
    let allowed = Allowed::parse(order.allow.iter().map(String::as_str)).map_err(|why| forbidden(why.to_string()))?;
    check_url(&url, &allowed).map_err(|why| forbidden(why.to_string()))?;
    Ok((url, allowed))
}

/// The page, if the browser did not end where it must not.
fn finished(
    taken: TakenPage,
    unconfined: Option<String>,
    from: &Url,
    allowed: &Allowed,
    proxy: &Proxy,
) -> Result<RenderedPage, Missed> {
    let forbidden = |why: String| missed(Why::Forbidden, format!("the page led the browser away: {why}"));
    let mut url = Url::parse(&taken.url).map_err(|error| forbidden(error.to_string()))?;
    url.set_fragment(None);
    check_redirect(from, &url, allowed).map_err(|why| forbidden(why.to_string()))?;
    let TakenPage { html, browser, settled, .. } = taken;
    Ok(RenderedPage { html, final_url: url.into(), browser, settled, unconfined, refused: proxy.refused() })
}

/// The fault as a miss: what the proxy could not or would not reach explains more than what the browser says of it.
fn told(fault: &PageFault, url: &Url, proxy: &Proxy) -> Missed {
    let vain = match fault {
        PageFault::Opening(_) => proxy.vain(url),
        PageFault::Status(403 | 502, at) => Url::parse(at).ok().and_then(|at| proxy.vain(&at)),
        _ => None,
    };
    if let Some(vain) = vain {
        let why = if vain.forbidden { Why::Forbidden } else { Why::Connect };
        return missed(why, format!("in the browser: {}", vain.why));
    }
    let why = match fault {
        PageFault::Driving(_) => Why::Browser,
        PageFault::Opening(said) if said.contains("ERR_CERT") || said.contains("ERR_SSL") => Why::Tls,
        PageFault::Opening(said) if said.contains("ERR_HTTP_RESPONSE_CODE_FAILURE") => Why::Status,
        PageFault::Opening(_) => Why::Connect,
        PageFault::Crashed => Why::Broken,
        PageFault::Stuck(_) => Why::Timeout,
        PageFault::TooLarge(_) => Why::TooLarge,
        PageFault::Status(404 | 410 | 451, _) => Why::Gone,
        PageFault::Status(401 | 403 | 999, _) => Why::Denied,
        PageFault::Status(429 | 503, _) => Why::Busy,
        PageFault::Status(..) => Why::Status,
    };
    let status = if let PageFault::Status(status, _) = fault { Some(*status) } else { None };
    Missed { status, ..missed(why, fault.to_string()) }
}

fn missed(why: Why, detail: String) -> Missed {
    Missed { why, detail, status: None, retry_after_s: None }
}
