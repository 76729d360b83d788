//! Tests of `address` and of the client, against a server that misbehaves on purpose: the rows of docs/FACTS.md 2.

use noticewatch::io::clock::Clock;
use noticewatch::io::fetch::{FetchOptions, Fetched, Fetcher, Request, Waits};
use noticewatch_core::address::Allowed;
use noticewatch_core::capture::{Capture, Missed};
use noticewatch_core::target::Target;
mod addresses;
mod answers;
mod bounds;
mod courtesy;
mod follow;
mod hops;
mod proxies;
mod robots;
mod tls;

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};

use tokio::io::AsyncWriteExt;

const PAGE: &str = "<html><body><p>We will notify you before we disclose your data.</p></body></html>";

fn target(url: &str) -> Target {
    Target { id: "pages-privacy".to_owned(), url: url.to_owned(), language: Some("en".to_owned()), ..Target::default() }
}

fn ask(url: &str) -> Request {
    Request { target: target(url), validators: None }
}

/// Options for a server here: no second try, no robots.txt, and bounds that a busy machine keeps.
fn options(authorities: &[String]) -> FetchOptions {
    FetchOptions {
        contact: Some("https://watcher.example/contact".to_owned()),
        allowed: Allowed::parse(authorities.iter().map(String::as_str)).expect("authorities"),
        waits: Waits::none(),
        robots: false,
        ..FetchOptions::default()
    }
}

fn start_of_time() -> Clock {
    Clock::driven("2026-03-02T09:00:00Z".parse().expect("a time"))
}

fn fetcher(options: FetchOptions) -> Fetcher {
    Fetcher::new(options, start_of_time()).expect("a client")
}

fn missed(fetched: Fetched) -> Missed {
    match fetched {
        Fetched::Missed(missed) => missed,
        other => panic!("not missed: {other:?}"),
    }
}

fn captured(fetched: Fetched) -> Capture {
    match fetched {
        Fetched::Captured(capture) => *capture,
        other => panic!("not captured: {other:?}"),
    }
}

async fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    macro_rules! with {
        ($encoder:ident) => {{
            let mut encoder = $encoder::new(Vec::new());
            encoder.write_all(body).await.expect("coded");
            encoder.shutdown().await.expect("coded");
            encoder.into_inner()
        }};
    }
    match coding {
        "gzip" => with!(GzipEncoder),
        "br" => with!(BrotliEncoder),
        "zstd" => with!(ZstdEncoder),
        _ => with!(ZlibEncoder),
    }
}
