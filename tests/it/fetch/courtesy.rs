//! Courtesy: tries and their waits, `Retry-After`, one request at a time a host, hosts side by side.

use super::{PAGE, ask, captured, fetcher, missed, options, start_of_time};
use crate::fault_server::{Answer, FaultServer, Step};
use futures_util::StreamExt;
use jiff::SignedDuration;
use noticewatch::io::clock::Clock;
use noticewatch::io::fetch::{EndedVisit, FetchError, FetchOptions, Fetched, Fetcher, Request, Waits};
use noticewatch_core::capture::Why;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

fn waited_s(clock: &Clock) -> i64 {
    clock.now().duration_since(start_of_time().now()).as_secs()
}

#[tokio::test]
async fn what_may_pass_is_tried_again_after_growing_waits() {
    let server = FaultServer::start().await;
    let clock = start_of_time();
    let waits = Waits::default();
    let fetcher =
        Fetcher::new(FetchOptions { waits, ..options(&[server.authority()]) }, clock.clone()).expect("a client");
    server.script(
        "/",
        [Answer::status("500 Oh"), Answer::page("<p>We").header("Content-Length: 90"), Answer::page(PAGE)],
    );
    captured(fetcher.visit(&ask(&server.url("/"))).await);
    assert_eq!(server.count("/"), 3);
    assert!((35..=70).contains(&waited_s(&clock)), "5 and 30 s, each up to doubled: {}", waited_s(&clock));

    server.set("/down", Answer::status("502 Oh"));
    assert_eq!(missed(fetcher.visit(&ask(&server.url("/down"))).await).detail, "502: a fault inside the server");
    assert_eq!(server.count("/down"), 4, "three further tries");
}

#[tokio::test]
async fn what_lasts_is_not_tried_again() {
    let server = FaultServer::start().await;
    let clock = start_of_time();
    let waits = Waits::default();
    let fetcher =
        Fetcher::new(FetchOptions { waits, ..options(&[server.authority()]) }, clock.clone()).expect("a client");
    let busy = Answer::status("503 Busy").header("Retry-After: 600");
    let denied = Answer::status("403 Forbidden");
    for answer in
        [denied, busy, Answer::status("429 Slow"), Answer::status("404 None"), Answer::redirect("http://10.0.0.1/")]
    {
        server.set("/", answer);
        missed(fetcher.visit(&ask(&server.url("/"))).await);
    }
    assert_eq!((server.count("/"), waited_s(&clock)), (5, 0));
}

#[tokio::test]
async fn retry_after_is_read_in_both_its_forms_up_to_a_day() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let rows = [
        ("120", Some(120), "429: too many requests; it asks us to come back in 120 s"),
        ("Mon, 02 Mar 2026 10:00:00 GMT", Some(3_600), "429: too many requests; it asks us to come back in 3,600 s"),
        ("Mon, 02 Mar 2026 08:00:00 GMT", Some(0), "429: too many requests; it asks us to come back in 0 s"),
        ("9999999999", Some(86_400), "429: too many requests; it asks us to come back in 86,400 s"),
        ("99999999999999999999999", Some(86_400), "429: too many requests; it asks us to come back in 86,400 s"),
        ("soon", None, "429: too many requests"),
    ];
    for (value, seconds, detail) in rows {
        server.set("/", Answer::status("429 Slow").header(&format!("Retry-After: {value}")));
        let missed = missed(fetcher.visit(&ask(&server.url("/"))).await);
        assert_eq!((missed.why, missed.status, missed.retry_after_s), (Why::Busy, Some(429), seconds), "{value}");
        assert_eq!(missed.detail, detail);
    }
}

#[tokio::test]
async fn a_host_is_left_alone_for_two_seconds_unless_it_is_an_allowed_loopback() {
    let server = FaultServer::start().await;
    server.set("/", Answer::page(PAGE));
    let name = format!("pages.example:{}", server.port());
    let addresses = BTreeMap::from([("pages.example".to_owned(), vec!["127.0.0.1".parse().expect("an address")])]);
    let clock = start_of_time();
    let options = FetchOptions { addresses, ..options(&[server.authority(), name.clone()]) };
    let fetcher = Fetcher::new(options, clock.clone()).expect("a client");
    for _ in 0..3 {
        captured(fetcher.visit(&ask(&server.url("/"))).await);
    }
    assert_eq!(waited_s(&clock), 0);
    for _ in 0..3 {
        captured(fetcher.visit(&ask(&format!("http://{name}/"))).await);
    }
    assert_eq!(waited_s(&clock), 4);
    // Set back by two days, the clock keeps nobody waiting for two days.
    let earlier = clock.now() - SignedDuration::from_hours(48);
    clock.set(earlier);
    captured(fetcher.visit(&ask(&format!("http://{name}/"))).await);
    assert_eq!(clock.now().duration_since(earlier).as_secs(), 2);
}

async fn all(fetcher: &Fetcher, urls: Vec<String>) -> Vec<EndedVisit> {
    let requests: Vec<Request> = urls.iter().map(|url| ask(url)).collect();
    fetcher.visit_all(requests).collect().await
}

#[tokio::test]
async fn one_request_at_a_time_a_host_and_hosts_side_by_side() {
    let (one, two) = (FaultServer::start().await, FaultServer::start().await);
    // Each host's first answer waits for the other's: only hosts visited side by side get past it.
    let both = Arc::new(Barrier::new(2));
    for server in [&one, &two] {
        server.set("/0", Answer::page(PAGE).first(Step::Meet(Arc::clone(&both))));
        (1..5).for_each(|path| server.set(&format!("/{path}"), Answer::page(PAGE)));
    }
    let fetcher = fetcher(options(&[one.authority(), two.authority()]));
    let urls = [&one, &two].iter().flat_map(|server| (0..5).map(|path| server.url(&format!("/{path}")))).collect();
    let ended = all(&fetcher, urls).await;
    assert_eq!(ended.iter().filter(|ended| matches!(ended.fetched, Fetched::Captured(_))).count(), 10);
    assert_eq!((one.most_at_once(), two.most_at_once()), (1, 1));
}

#[tokio::test]
async fn one_turn_at_a_host_holds_for_callers_that_know_nothing_of_each_other() {
    let server = FaultServer::start().await;
    (0..6).for_each(|path| server.set(&format!("/{path}"), Answer::page(PAGE)));
    let fetcher = fetcher(options(&[server.authority()]));
    let requests: Vec<Request> = (0..6).map(|path| ask(&server.url(&format!("/{path}")))).collect();
    futures_util::future::join_all(requests.iter().map(|request| fetcher.visit(request))).await.into_iter().for_each(
        |fetched| {
            captured(fetched);
        },
    );
    assert_eq!((server.asked().len(), server.most_at_once()), (6, 1));
}

#[tokio::test]
async fn a_stuck_host_and_a_failing_target_delay_no_other() {
    let (stuck, well) = (FaultServer::start().await, FaultServer::start().await);
    stuck.set("/", Answer::silent());
    for path in ["/a", "/c"] {
        well.set(path, Answer::page(PAGE));
    }
    let read = Duration::from_millis(500);
    let fetcher = fetcher(FetchOptions { read, ..options(&[stuck.authority(), well.authority()]) });
    let ended = all(&fetcher, vec![stuck.url("/"), well.url("/a"), well.url("/b"), well.url("/c")]).await;
    let order: Vec<&str> = ended.iter().map(|ended| ended.request.target.url.as_str()).collect();
    assert_eq!(order, [well.url("/a"), well.url("/b"), well.url("/c"), stuck.url("/")]);
    let ends: Vec<Option<Why>> = ended
        .iter()
        .map(|ended| match &ended.fetched {
            Fetched::Missed(missed) => Some(missed.why),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [None, Some(Why::Gone), None, Some(Why::Timeout)]);
}

#[tokio::test]
async fn a_target_that_waits_for_its_next_try_holds_up_no_sibling() {
    let server = FaultServer::start().await;
    server.script("/down", [Answer::status("500 Oh"), Answer::page(PAGE)]);
    for path in ["/a", "/b"] {
        server.set(path, Answer::page(PAGE));
    }
    let waits = Waits { further: 1, first: Duration::from_millis(300), ..Waits::default() };
    let options = FetchOptions { waits, ..options(&[server.authority()]) };
    let fetcher = Fetcher::new(options, Clock::system()).expect("a client");
    let ended = all(&fetcher, ["/down", "/a", "/b"].iter().map(|path| server.url(path)).collect()).await;
    let order: Vec<&str> = ended.iter().map(|ended| ended.request.target.url.as_str()).collect();
    assert_eq!(order, [server.url("/a"), server.url("/b"), server.url("/down")]);
    assert!(ended.iter().all(|ended| matches!(ended.fetched, Fetched::Captured(_))), "{ended:?}");
}

#[tokio::test]
async fn no_more_hosts_at_once_than_the_options_say() {
    let (one, two) = (FaultServer::start().await, FaultServer::start().await);
    let both = Arc::new(Barrier::new(2));
    for server in [&one, &two] {
        server.set("/", Answer::page(PAGE).first(Step::Meet(Arc::clone(&both))));
    }
    let read = Duration::from_millis(250);
    let fetcher = fetcher(FetchOptions { hosts_at_once: 1, read, ..options(&[one.authority(), two.authority()]) });
    let ended = all(&fetcher, vec![one.url("/"), two.url("/")]).await;
    let waiting =
        ended.iter().filter(|ended| matches!(&ended.fetched, Fetched::Missed(missed) if missed.why == Why::Timeout));
    assert!(waiting.count() >= 1, "they never met: {ended:?}");
}

#[tokio::test]
async fn chains_across_two_hosts_in_opposite_directions_do_not_wait_for_each_other() {
    let (one, two) = (FaultServer::start().await, FaultServer::start().await);
    let both = Arc::new(Barrier::new(2));
    for (here, there) in [(&one, &two), (&two, &one)] {
        here.set("/from", Answer::redirect(&there.url("/to")).first(Step::Meet(Arc::clone(&both))));
        here.set("/to", Answer::page(PAGE));
    }
    let fetcher = fetcher(options(&[one.authority(), two.authority()]));
    let ended = all(&fetcher, vec![one.url("/from"), two.url("/from")]).await;
    assert!(ended.iter().all(|ended| matches!(ended.fetched, Fetched::Captured(_))), "{ended:?}");
}

#[test]
fn a_contact_that_fits_no_header_is_refused() {
    let options = FetchOptions { contact: Some("legal\nteam".to_owned()), ..options(&[]) };
    let error = Fetcher::new(options, start_of_time()).expect_err("refused");
    assert!(matches!(error, FetchError::UserAgent(_)), "{error}");
}
