//! Bounds of size and time: no server takes more than its share, however it tries.

use super::{PAGE, ask, captured, coded, fetcher, missed, options};
use crate::fault_server::{Answer, FaultServer, Step};
use noticewatch::io::fetch::FetchOptions;
use noticewatch_core::capture::Why;

use std::time::Duration;

#[tokio::test]
async fn more_than_the_cap_is_refused_in_every_way_it_may_come() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let bomb = coded("gzip", &vec![b' '; 30_000_000]).await;
    assert!(bomb.len() < 100_000, "a bomb is small: {}", bomb.len());
    let endless =
        Answer::raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n").then(Step::Send(vec![b'a'; 6_000_000]));
    let rows = [
        ("by its length, not one octet read", Answer::page("").header("Content-Length: 5000001").then(Step::Silence)),
        ("by what comes", endless.then(Step::Silence)),
        ("once decoded", Answer::page(bomb).header("Content-Encoding: gzip")),
    ];
    for (name, answer) in rows {
        server.set("/", answer);
        let missed = missed(fetcher.visit(&ask(&server.url("/"))).await);
        assert_eq!((missed.why, missed.detail.as_str()), (Why::TooLarge, "more than 5,000,000 octets"), "{name}");
    }
    server.set("/", Answer::page(vec![b'a'; 5_000_000]));
    assert_eq!(captured(fetcher.visit(&ask(&server.url("/"))).await).body.len(), 5_000_000);
}

#[tokio::test]
async fn silence_and_dripping_end_in_time() {
    let server = FaultServer::start().await;
    let part = || Answer::raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900\r\n\r\n<p>We will");
    let apart = Duration::from_millis(10);
    let (short, long) = (Duration::from_millis(250), Duration::from_secs(30));
    let stopped = "the server stopped sending; nothing came for 250 ms";
    let rows = [
        ("no first octet", Answer::silent(), (short, long), "no answer within 250 ms"),
        (
            "half a head",
            Answer::raw("HTTP/1.1 200 OK\r\nConte").then(Step::Silence),
            (short, long),
            "no answer within 250 ms",
        ),
        ("a stall in the body", part().then(Step::Silence), (short, long), stopped),
        (
            "a dripping head",
            Answer::raw("HTTP/1.1 200 OK\r\n").then(Step::Drip(b"X: y\r\n".to_vec(), apart)),
            (long, short),
            "the answer was not complete after 250 ms",
        ),
        (
            "a dripping body",
            part().then(Step::Drip(b"a".to_vec(), apart)),
            (long, short),
            "the answer was not complete after 250 ms",
        ),
    ];
    for (name, answer, (read, total), detail) in rows {
        server.set("/", answer);
        let fetcher = fetcher(FetchOptions { read, total, ..options(&[server.authority()]) });
        let missed = missed(fetcher.visit(&ask(&server.url("/"))).await);
        assert_eq!((missed.why, missed.detail.as_str()), (Why::Timeout, detail), "{name}");
    }
}

#[tokio::test]
async fn a_peer_that_never_shakes_hands_is_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let authority = listener.local_addr().expect("its address").to_string();
    let connect = Duration::from_millis(250);
    let fetcher = fetcher(FetchOptions { connect, ..options(std::slice::from_ref(&authority)) });
    let missed = missed(fetcher.visit(&ask(&format!("https://{authority}/"))).await);
    assert_eq!((missed.why, missed.detail.as_str()), (Why::Timeout, "no connection within 250 ms"));
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let authority = listener.local_addr().expect("its address").to_string();
    drop(listener);
    let fetcher = fetcher(options(std::slice::from_ref(&authority)));
    let missed = missed(fetcher.visit(&ask(&format!("http://{authority}/"))).await);
    assert_eq!((missed.why, missed.detail.as_str()), (Why::Connect, "connection refused"));
}

#[tokio::test]
async fn after_every_fault_the_page_is_seen_again() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(FetchOptions { read: Duration::from_millis(250), ..options(&[server.authority()]) });
    server.script(
        "/",
        [Answer::silent(), Answer::default().then(Step::Reset), Answer::status("500 Oh"), Answer::page(PAGE)],
    );
    for _ in 0..3 {
        missed(fetcher.visit(&ask(&server.url("/"))).await);
    }
    assert_eq!(captured(fetcher.visit(&ask(&server.url("/"))).await).body, PAGE.as_bytes());
}
