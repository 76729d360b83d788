//! The operator's proxies: what goes through them, what does not, and what is refused all the same.

use super::{PAGE, ask, captured, missed, options, start_of_time};
use crate::fault_server::{Answer, FaultServer};
use noticewatch::config::Proxies;
use noticewatch::io::fetch::{FetchOptions, Fetcher};
use noticewatch_core::address::Allowed;
use noticewatch_core::capture::Why;

use std::collections::BTreeMap;

fn through(proxy: &FaultServer, no: &str) -> FetchOptions {
    let http = format!("http://watch:word@{}", proxy.authority());
    let proxies = Proxies { http, https: String::new(), no: no.to_owned() };
    let at = |ip: &str| vec![ip.parse().expect("an address")];
    // The public address is judged and never connected to: the proxy stands for it.
    let addresses = BTreeMap::from([
        ("pages.example".to_owned(), at("93.184.215.14")),
        ("rebound.example".to_owned(), at("127.0.0.1")),
    ]);
    FetchOptions { proxies, addresses, ..options(&[]) }
}

#[tokio::test]
async fn a_page_comes_through_the_proxy_that_is_named() {
    let proxy = FaultServer::start().await;
    proxy.set("http://pages.example/privacy", Answer::page(PAGE));
    let fetcher = Fetcher::new(through(&proxy, ""), start_of_time()).expect("a client");
    let capture = captured(fetcher.visit(&ask("http://pages.example/privacy")).await);
    assert_eq!(capture.final_url, "http://pages.example/privacy");
    let asked = proxy.asked();
    assert_eq!(asked[0].header("host").as_deref(), Some("pages.example"));
    assert_eq!(asked[0].header("proxy-authorization").as_deref(), Some("Basic d2F0Y2g6d29yZA=="));
    assert!(!capture.request_headers.iter().any(|(name, _)| name.starts_with("proxy")), "no password is kept");
}

#[tokio::test]
async fn what_is_forbidden_is_forbidden_through_a_proxy_too() {
    let proxy = FaultServer::start().await;
    proxy.set("http://pages.example/away", Answer::redirect("http://169.254.169.254/latest/meta-data/"));
    let fetcher = Fetcher::new(through(&proxy, ""), start_of_time()).expect("a client");
    for url in ["http://10.0.0.1/", "http://rebound.example/", "http://intranet/", "http://pages.example/away"] {
        assert_eq!(missed(fetcher.visit(&ask(url)).await).why, Why::Forbidden, "{url}");
    }
    assert_eq!(proxy.asked().len(), 1, "only the page that led away");
}

#[tokio::test]
async fn what_is_excepted_and_what_is_this_machine_goes_there_itself() {
    let (proxy, server) = (FaultServer::start().await, FaultServer::start().await);
    server.set("/privacy", Answer::page(PAGE));
    let name = format!("rebound.example:{}", server.port());
    let allow = [server.authority(), name.clone()];
    let allowed = Allowed::parse(allow.iter().map(String::as_str)).expect("clear");
    let options = FetchOptions { allowed, ..through(&proxy, "other.example, rebound.example") };
    let fetcher = Fetcher::new(options, start_of_time()).expect("a client");
    for url in [server.url("/privacy"), format!("http://{name}/privacy")] {
        captured(fetcher.visit(&ask(&url)).await);
    }
    assert_eq!((server.count("/privacy"), proxy.asked().len()), (2, 0));
}
