//! Tests of `io::browser` without a browser: the loopback proxy, the protocol, and the processes. With one:
//! `scripts/render-browser`.

use crate::fault_server::{Answer, FaultServer};
use noticewatch::config::Proxies;
use noticewatch::io::browser::{
    Browser, Proxy, RenderOptions, RenderOrder, RenderReply, RenderedPage, Renderer, VERSION,
};
use noticewatch_core::address::public;
use noticewatch_core::capture::{Missed, Why};
use noticewatch_core::target::Target;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener};

const PAGE: &str = "<html><body><p>We will notify you before we disclose your data.</p></body></html>";

fn order(allow: &[String]) -> RenderOrder {
    let at = |ip: &str| vec![ip.parse().expect("an address")];
    RenderOrder {
        version: VERSION,
        url: "https://pages.example/privacy".to_owned(),
        agent: "noticewatch/0".to_owned(),
        languages: "en-US,en;q=0.8".to_owned(),
        allow: allow.to_vec(),
        addresses: BTreeMap::from([
            ("rebound.example".to_owned(), at("127.0.0.1")),
            ("pages.example".to_owned(), at("93.184.215.14")),
        ]),
        proxies: Proxies::default(),
        program: None,
        connect_ms: 5_000,
        total_ms: 10_000,
        cap: 1_000_000,
    }
}

/// What a proxy answers to these octets.
async fn said(proxy: &Proxy, octets: &str) -> String {
    let mut stream = TcpStream::connect(proxy.address()).await.expect("the proxy");
    stream.write_all(octets.as_bytes()).await.expect("asked");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(url: &str) -> String {
    format!("GET {url} HTTP/1.1\r\nHost: other.example\r\nProxy-Connection: keep-alive\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_plain_request_is_passed_on_to_an_allowed_host_under_its_own_name() {
    let server = FaultServer::start().await;
    server.set("/privacy", Answer::page(PAGE));
    let named = format!("rebound.example:{}", server.port());
    let proxy = Proxy::open(&order(&[server.authority(), named.clone()])).await.expect("a proxy");
    for host in [server.authority(), named] {
        let answer = said(&proxy, &get(&format!("http://{host}/privacy"))).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(PAGE), "{answer}");
        let asked = server.asked().pop().expect("a request");
        assert_eq!((asked.header("host"), asked.header("proxy-connection")), (Some(host), None));
    }
    assert!(proxy.refused().is_empty());
}

#[tokio::test]
async fn hosts_that_are_not_fetched_are_refused_by_literal_and_by_name() {
    let server = FaultServer::start().await;
    server.set("/", Answer::page(PAGE));
    let port = server.port();
    let proxy = Proxy::open(&order(&[])).await.expect("a proxy");
    for host in [
        format!("127.0.0.1:{port}"),
        format!("2130706433:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("rebound.example:{port}"),
        format!("localhost:{port}"),
        "169.254.169.254:80".to_owned(),
        "10.0.0.1:443".to_owned(),
    ] {
        for octets in [
            get(&format!("http://{host}/")),
            format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        ] {
            let answer = said(&proxy, &octets).await;
            assert!(answer.starts_with("HTTP/1.1 403"), "{octets}: {answer}");
        }
    }
    assert!(server.asked().is_empty());
    assert!(proxy.refused().iter().any(|line| line.contains("rebound.example") && line.contains("loopback")));
    for octets in
        [get("ftp://pages.example/"), get("/"), "CONNECT pages.example HTTP/1.1\r\nConnection: close\r\n\r\n".into()]
    {
        let answer = said(&proxy, &octets).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{octets}: {answer}");
    }
}

#[test]
fn only_the_public_addresses_of_a_name_are_connected_to() {
    let at = |ip: &str| format!("{ip}:443").parse().expect("an address");
    let mixed = [at("127.0.0.1"), at("93.184.215.14"), at("10.0.0.1")];
    assert_eq!(public(&mixed), Ok(vec![at("93.184.215.14")]));
    assert!(public(&mixed[..1]).is_err());
    assert_eq!(public(&[]), Ok(Vec::new()));
}

#[tokio::test]
async fn octets_go_to_and_fro_after_connect() {
    let server = FaultServer::start().await;
    server.set("/socket", Answer::page(PAGE));
    let host = server.authority();
    let proxy = Proxy::open(&order(std::slice::from_ref(&host))).await.expect("a proxy");
    let mut stream = TcpStream::connect(proxy.address()).await.expect("the proxy");
    stream.write_all(format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.expect("asked");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    stream.write_all(b"GET /socket HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.ends_with(PAGE), "{answer}");
}

#[tokio::test]
async fn an_operators_proxy_is_gone_through_and_the_rules_hold_before_it() {
    let upstream = FaultServer::start().await;
    upstream.set("http://pages.example/privacy", Answer::page(PAGE));
    upstream.set("pages.example:443", Answer::status("200 Go").header("Transfer-Encoding: none"));
    let all = format!("http://watch:word@{}", upstream.authority());
    let proxies = Proxies { http: all.clone(), https: all, no: String::new() };
    let proxy = Proxy::open(&RenderOrder { proxies, ..order(&[]) }).await.expect("a proxy");
    let answer = said(&proxy, &get("http://pages.example/privacy")).await;
    assert!(answer.ends_with(PAGE), "{answer}");
    assert_eq!(upstream.asked()[0].header("proxy-authorization").as_deref(), Some("Basic d2F0Y2g6d29yZA=="));
    assert!(said(&proxy, &get("http://rebound.example/")).await.starts_with("HTTP/1.1 403"));
    assert!(said(&proxy, &get("http://10.0.0.1/")).await.starts_with("HTTP/1.1 403"));
    let mut stream = TcpStream::connect(proxy.address()).await.expect("the proxy");
    stream.write_all(b"CONNECT pages.example:443 HTTP/1.1\r\nHost: pages.example:443\r\n\r\n").await.expect("asked");
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 200");
    assert_eq!(upstream.count("pages.example:443"), 1);
    assert_eq!(upstream.asked().len(), 2);
}

/// A browser that is asked for one page by the program, with this as Chromium.
async fn rendered(program: &Path) -> Result<RenderedPage, Missed> {
    let renderer = Renderer::Child(PathBuf::from(env!("CARGO_BIN_EXE_noticewatch")));
    let options = RenderOptions { renderer, program: Some(program.to_owned()), ..RenderOptions::default() };
    let browser = Browser::new(options);
    let turn = browser.turn().await;
    browser.render(&turn, &Target::default(), "https://pages.example/privacy").await
}

/// A program that does this, where every user may call it.
fn script(dir: &Path, lines: &str) -> PathBuf {
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).expect("a directory");
    let path = dir.join("chromium");
    std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    path
}

#[tokio::test]
async fn a_browser_that_is_not_there_or_does_not_start_is_named_with_the_remedy() {
    let dir = tempfile::tempdir().expect("a directory");
    let missed = rendered(&dir.path().join("nowhere")).await.expect_err("no browser");
    assert_eq!(missed.why, Why::Browser);
    assert!(missed.detail.contains("nowhere; correct `program` under [browser]"), "{}", missed.detail);
    let missed = rendered(&script(dir.path(), "echo 'FATAL: cannot map memory' >&2; exit 1")).await.expect_err("none");
    assert_eq!(missed.why, Why::Browser);
    assert!(missed.detail.contains("cannot map memory") && missed.detail.contains("noticewatch-render.socket"));
    let refuses =
        script(dir.path(), "echo \"$@\" >> \"$(dirname \"$0\")/called\"; echo 'No usable sandbox!' >&2; exit 1");
    std::fs::write(dir.path().join("called"), "").expect("written");
    let everyone = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(dir.path().join("called"), everyone).expect("writable");
    let missed = rendered(&refuses).await.expect_err("none");
    assert!(missed.detail.contains("No usable sandbox!"), "{}", missed.detail);
    let called = std::fs::read_to_string(dir.path().join("called")).expect("calls");
    let calls: Vec<bool> = called.lines().map(|line| line.contains("--no-sandbox")).collect();
    assert!(matches!(calls.as_slice(), [false, true] | [false, true, true]), "first with its sandbox: {calls:?}");
}

#[tokio::test]
async fn a_browser_that_is_left_alone_ends_with_who_asked() {
    let dir = tempfile::tempdir().expect("a directory");
    let pid = dir.path().join("pid");
    std::fs::write(&pid, "").expect("written");
    std::fs::set_permissions(&pid, std::fs::Permissions::from_mode(0o666)).expect("writable");
    let program = script(dir.path(), "sleep 1000 & echo $$ $! > \"$(dirname \"$0\")/pid\"; wait");
    let asked = tokio::spawn(async move { rendered(&program).await });
    let pids = loop {
        let text = std::fs::read_to_string(&pid).expect("a file");
        if text.ends_with('\n') {
            break text;
        }
        tokio::task::yield_now().await;
    };
    let pids: Vec<i32> = pids.split_whitespace().map(|pid| pid.parse().expect("a number")).collect();
    asked.abort();
    let lives = |pid: i32| {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
    };
    let patience = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    // The browser itself follows at once; what it started follows it, as Chromium's processes do theirs.
    while lives(pids[0]) {
        assert!(tokio::time::Instant::now() < patience, "the browser outlived who asked");
        tokio::task::yield_now().await;
    }
    let _ = rustix::process::Pid::from_raw(pids[1])
        .map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL));
}

/// The render service on a socket that answers this, whatever is asked; it hands on the orders it got.
async fn at_socket(reply: &RenderReply) -> (Result<RenderedPage, Missed>, RenderOrder) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("render.socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    let line = serde_json::to_string(reply).expect("JSON") + "\n";
    let service = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a daemon");
        let mut order = Vec::new();
        while !order.ends_with(b"\n") {
            order.push(stream.read_u8().await.expect("an order"));
        }
        stream.write_all(line.as_bytes()).await.expect("answered");
        serde_json::from_slice::<RenderOrder>(&order).expect("an order")
    });
    let browser = Browser::new(RenderOptions { renderer: Renderer::Socket(path), ..RenderOptions::default() });
    let turn = browser.turn().await;
    let german = Target { language: Some("de-AT".to_owned()), ..Target::default() };
    let page = browser.render(&turn, &german, "https://pages.example/privacy").await;
    (page, service.await.expect("an order"))
}

#[tokio::test]
async fn an_order_goes_over_the_socket_and_its_page_comes_back() {
    let page = RenderedPage {
        html: PAGE.to_owned(),
        final_url: "https://pages.example/privacy".to_owned(),
        browser: "Chrome/1".to_owned(),
        settled: true,
        unconfined: None,
        refused: Vec::new(),
    };
    let (got, order) = at_socket(&RenderReply::Page(page.clone())).await;
    assert_eq!(got, Ok(page));
    assert_eq!((order.version, order.languages.as_str()), (VERSION, "de-AT,de;q=0.8"));
    let missed =
        Missed { why: Why::Timeout, detail: "the page did not answer".to_owned(), status: None, retry_after_s: None };
    let (got, _) = at_socket(&RenderReply::Missed(missed.clone())).await;
    assert_eq!(got, Err(missed));
    let browser = Browser::new(RenderOptions {
        renderer: Renderer::Socket("/nowhere/socket".into()),
        ..RenderOptions::default()
    });
    let turn = browser.turn().await;
    let missed = browser.render(&turn, &Target::default(), "https://pages.example/").await.expect_err("no service");
    assert!(missed.detail.contains("systemctl status noticewatch-render.socket"), "{}", missed.detail);
}

/// What the verb answers to a line; None where it ends without a word.
fn answered(line: &str) -> Option<RenderReply> {
    use std::io::{Read, Write};
    let (mut ours, theirs) = std::os::unix::net::UnixStream::pair().expect("a socket");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_noticewatch"));
    command.arg("render-service").stdin(std::os::fd::OwnedFd::from(theirs)).stderr(std::process::Stdio::null());
    let mut child = command.spawn().expect("it starts");
    drop(command);
    // It may stop listening before the end.
    let _ = ours.write_all(line.as_bytes());
    let mut text = String::new();
    let _ = ours.read_to_string(&mut text);
    child.wait().expect("it ends");
    serde_json::from_str(&text).ok()
}

#[test]
fn the_service_judges_its_order_by_itself() {
    let said =
        |order: &RenderOrder| answered(&(serde_json::to_string(order).expect("JSON") + "\n")).expect("an answer");
    for url in ["http://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", "https://intranet/", "no address"] {
        let RenderReply::Missed(missed) = said(&RenderOrder { url: url.to_owned(), ..order(&[]) }) else {
            panic!("{url}")
        };
        assert_eq!(missed.why, Why::Forbidden, "{url}");
    }
    let RenderReply::Missed(missed) = said(&RenderOrder { version: VERSION + 1, ..order(&[]) }) else {
        panic!("another version")
    };
    assert!(missed.detail.contains("restart both"), "{}", missed.detail);
    assert_eq!(answered("{\"version\":\n"), None);
    assert_eq!(answered(&"x".repeat(2_000_000)), None, "an order without an end");
}
