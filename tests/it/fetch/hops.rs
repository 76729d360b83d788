//! Redirects and names: every hop is judged before it is asked; conditions go to the address they belong to only.

use super::{PAGE, ask, captured, fetcher, missed, options};
use crate::fault_server::{Answer, FaultServer};
use noticewatch::io::fetch::{FetchOptions, Fetched, Request, Validators};
use noticewatch_core::capture::{Sha256, Why};

use std::collections::BTreeMap;

#[tokio::test]
async fn redirects_to_forbidden_places_are_not_followed() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let with_user = format!("http://user:word@{}/page", server.authority());
    let rows = [
        ("http://10.0.0.1/", "private network (10.0.0.0/8)"),
        ("http://127.0.0.2/", "loopback"),
        ("//127.0.0.2/page", "loopback"),
        ("http://2130706433/", "loopback"),
        ("http://0x7f.1/", "loopback"),
        ("http://[::ffff:127.0.0.2]/", "loopback"),
        ("http://[::1]/", "loopback"),
        ("http://0.0.0.0/", "of this host"),
        ("http://169.254.169.254/latest", "metadata"),
        ("http://localhost/", "local network"),
        ("file:///etc/passwd", "`file:`"),
        ("javascript:alert(1)", "`javascript:`"),
        ("data:text/html,<p>", "`data:`"),
        (with_user.as_str(), "user name"),
    ];
    for (location, reason) in rows {
        server.set("/", Answer::redirect(location));
        let missed = missed(fetcher.visit(&ask(&server.url("/"))).await);
        assert_eq!(missed.why, Why::Forbidden, "{location}");
        assert!(missed.detail.contains(reason), "{location}: {}", missed.detail);
    }
    assert_eq!(server.count("/page"), 0);
}

#[tokio::test]
async fn five_redirects_are_followed_and_no_sixth() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    for step in 1..=6 {
        server.set(&format!("/{step}"), Answer::redirect(&format!("{}", step + 1)));
    }
    server.set("/7", Answer::page(PAGE));
    let five = captured(fetcher.visit(&ask(&server.url("/2"))).await);
    assert_eq!((five.redirects.len(), five.final_url), (5, server.url("/7")));
    let six = missed(fetcher.visit(&ask(&server.url("/1"))).await);
    assert_eq!((six.why, six.detail.as_str()), (Why::Redirects, "more than 5 redirects"));
    server.set("/4", Answer::redirect("/2"));
    let circle = missed(fetcher.visit(&ask(&server.url("/2"))).await);
    assert_eq!((circle.why, circle.detail.as_str()), (Why::Redirects, "the redirects lead round in a circle"));
}

fn set_cookie(to: &str, cookie: &str) -> Answer {
    Answer::redirect(to).header(&format!("Set-Cookie: {cookie}"))
}

#[tokio::test]
async fn a_redirect_to_itself_that_wants_its_cookie_back_is_followed_and_the_capture_says_what_was_sent() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    for look in 1..=2 {
        server.script("/law", [set_cookie("/law", "seen=1; Path=/; HttpOnly"), Answer::page(PAGE)]);
        let page = captured(fetcher.visit(&ask(&server.url("/law"))).await);
        assert_eq!((page.redirects.len(), page.final_url.clone()), (1, server.url("/law")));
        assert!(page.request_headers.contains(&("cookie".to_owned(), "seen=1".to_owned())), "{page:?}");
        let asked = server.asked();
        let cookies: Vec<_> = asked.iter().map(|asked| asked.header("cookie")).collect();
        assert_eq!(cookies[cookies.len() - 2..], [None, Some("seen=1".to_owned())], "look {look}: no jar outlives it");
    }
    server.set("/a", set_cookie("/b", "way=1; Path=/"));
    server.set("/b", set_cookie("/a?back", "last=2"));
    server.set("/a?back", Answer::page(PAGE));
    captured(fetcher.visit(&ask(&server.url("/a"))).await);
    assert_eq!(server.asked().pop().and_then(|asked| asked.header("cookie")).as_deref(), Some("way=1; last=2"));
}

#[tokio::test]
async fn a_circle_with_cookies_is_a_circle_and_no_cookie_reaches_another_host() {
    let server = FaultServer::start().await;
    let ip = |text: &str| vec![text.parse().expect(text)];
    let names = ["pages.example", "strangers.example"].map(|name| format!("{name}:{}", server.port()));
    let addresses = ["pages.example", "strangers.example"].map(|name| (name.to_owned(), ip("127.0.0.1")));
    let allowed = [server.authority(), names[0].clone(), names[1].clone()];
    let fetcher = fetcher(FetchOptions { addresses: BTreeMap::from(addresses), ..options(&allowed) });
    server.set("/same", set_cookie("/same", "seen=1"));
    let same = missed(fetcher.visit(&ask(&server.url("/same"))).await);
    assert_eq!((same.detail.as_str(), server.count("/same")), ("the redirects lead round in a circle", 2));
    server.script("/more", (0..20).map(|n| set_cookie("/more", &format!("c{n}=1"))).collect::<Vec<_>>());
    let more = missed(fetcher.visit(&ask(&server.url("/more"))).await);
    assert_eq!((more.detail.as_str(), server.count("/more")), ("more than 5 redirects", 6));
    for domain in ["", "; Domain=pages.example", "; Domain=example", "; Domain=strangers.example"] {
        server.set("/out", set_cookie(&format!("http://{}/in", names[1]), &format!("secret=1; Path=/{domain}")));
        server.set("/in", Answer::page(PAGE));
        captured(fetcher.visit(&ask(&format!("http://{}/out", names[0]))).await);
        assert_eq!(server.asked().pop().and_then(|asked| asked.header("cookie")), None, "{domain}");
    }
}

#[tokio::test]
async fn addresses_of_targets_are_judged_before_anything_is_sent() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[]));
    for address in
        [server.url("/"), "https://[::1]/".to_owned(), "mailto:legal@pages.example".to_owned(), "pages".to_owned()]
    {
        assert_eq!(missed(fetcher.visit(&ask(&address)).await).why, Why::Forbidden, "{address}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn names_are_judged_by_the_addresses_they_lead_to() {
    let server = FaultServer::start().await;
    let ip = |text: &str| text.parse().expect(text);
    let addresses = BTreeMap::from([
        ("inside.example".to_owned(), vec![ip("10.0.0.1"), ip("127.0.0.1"), ip("::1")]),
        ("nowhere.example".to_owned(), Vec::new()),
        ("pages.example".to_owned(), vec![ip("127.0.0.1")]),
    ]);
    let allowed = format!("pages.example:{}", server.port());
    let fetcher = fetcher(FetchOptions { addresses, ..options(&[allowed]) });
    server.set("/", Answer::page(PAGE));
    let page = captured(fetcher.visit(&ask(&format!("http://pages.example:{}/", server.port()))).await);
    assert_eq!(page.peer, Some(server.authority()));
    let inside = missed(fetcher.visit(&ask(&format!("http://inside.example:{}/", server.port()))).await);
    assert_eq!(inside.why, Why::Forbidden);
    assert!(inside.detail.contains("a loopback address"), "{}", inside.detail);
    let nowhere = missed(fetcher.visit(&ask("https://nowhere.example/")).await);
    assert_eq!((nowhere.why, nowhere.detail.as_str()), (Why::Dns, "the name has no address"));
    let another_port = missed(fetcher.visit(&ask("http://pages.example/")).await);
    assert_eq!(another_port.why, Why::Forbidden, "allowed is one port, not the host");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn not_modified_counts_only_as_the_answer_to_our_condition() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let url = server.url("/");
    server.set("/", Answer::page(PAGE).etag("\"one\"").header("Last-Modified: Sun, 01 Mar 2026 08:00:00 GMT"));
    let first = captured(fetcher.visit(&ask(&url)).await);
    let validators = Validators::of(&first);
    assert_eq!(validators.as_ref().and_then(|v| v.etag.as_deref()), Some("\"one\""));
    let request = Request { validators: validators.clone(), ..ask(&url) };
    assert_eq!(fetcher.visit(&request).await, Fetched::NotModified { kept: first.sha256 });
    let sent = server.asked().pop().and_then(|asked| asked.header("if-modified-since"));
    assert_eq!(sent.as_deref(), Some("Sun, 01 Mar 2026 08:00:00 GMT"));

    server.set("/", Answer::page("<p>We may notify you.</p>").etag("\"two\""));
    assert_eq!(captured(fetcher.visit(&request).await).body, b"<p>We may notify you.</p>");

    server.set("/", Answer::redirect("/elsewhere"));
    server.set("/elsewhere", Answer::status("304 Not Modified"));
    let moved = missed(fetcher.visit(&request).await);
    assert_eq!(moved.why, Why::UnaskedNotModified, "the condition belongs to the old address");
    assert_eq!(server.asked().pop().and_then(|asked| asked.header("if-none-match")), None);

    let bare = Validators { kept: Sha256::default(), url: url.clone(), etag: None, last_modified: None };
    server.set("/", Answer::status("304 Not Modified"));
    let unasked = missed(fetcher.visit(&Request { validators: Some(bare), ..ask(&url) }).await);
    assert_eq!(unasked.why, Why::UnaskedNotModified);
}
