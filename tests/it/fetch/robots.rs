//! robots.txt: what it forbids, what it does not, how long it is believed, and how a target overrules it.

use super::{PAGE, ask, captured, missed, options, start_of_time, target};
use crate::fault_server::{Answer, FaultServer};
use jiff::ToSpan;
use noticewatch::io::clock::Clock;
use noticewatch::io::fetch::{FetchOptions, Fetched, Fetcher, Request};
use noticewatch_core::capture::Why;

const ROBOTS: &str = "/robots.txt";

fn text(rules: impl Into<Vec<u8>>) -> Answer {
    Answer::status("200 OK").header("Content-Type: text/plain").body(rules)
}

async fn server(robots: Answer) -> FaultServer {
    let server = FaultServer::start().await;
    server.set(ROBOTS, robots);
    for path in ["/", "/legal", "/legal/requests", "/legal/requests?lang=en", "/guide.pdf", "/shark/fish", "/%E3%83%84"]
    {
        server.set(path, Answer::page(PAGE));
    }
    server
}

fn heeding(server: &FaultServer, clock: &Clock) -> Fetcher {
    let options = FetchOptions { robots: true, ..options(&[server.authority()]) };
    Fetcher::new(options, clock.clone()).expect("a client")
}

async fn allows(rules: Answer, path: &str) -> bool {
    let server = server(rules).await;
    match heeding(&server, &start_of_time()).visit(&ask(&server.url(path))).await {
        Fetched::Captured(_) => true,
        Fetched::Missed(missed) => {
            assert_eq!(missed.why, Why::Robots, "{path}: {}", missed.detail);
            assert_eq!(server.count(path), 0, "{path} was asked for all the same");
            false
        }
        other @ Fetched::NotModified { .. } => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn rules_are_read_as_rfc_9309_has_them() {
    let rows = [
        ("User-agent: *\nDisallow: /\n", "/legal", false),
        ("User-agent: *\nDisallow:\n", "/legal", true),
        ("User-agent: NoticeWatch\nDisallow: /legal\n\nUser-agent: *\nDisallow:\n", "/legal/requests", false),
        ("User-agent: noticewatch\nDisallow: /other\n\nUser-agent: *\nDisallow: /\n", "/legal", true),
        (
            "User-agent: other\nUser-agent: noticewatch\nDisallow: /a\n\nUser-agent: noticewatch\nDisallow: /legal\n",
            "/legal",
            false,
        ),
        ("User-agent: noticewatch/0.1.0\nDisallow: /legal\n", "/legal", false),
        ("user-agent : NoticeWatch 2 # ours\r\nDisallow: /legal\r\n", "/legal", false),
        ("User-agent: noticewatch/*\nAllow: /legal\n\nUser-agent: *\nDisallow: /\n", "/legal", true),
        ("User-agent: noticewatch-images/1\nDisallow: /\n", "/legal", true),
        ("User-agent: 7noticewatch\nDisallow: /\n", "/legal", true),
        ("User-agent: * \nDisallow: /legal\n", "/legal", false),
        ("User-agent: notice\nDisallow: /\n", "/legal", true),
        ("User-agent: *\nDisallow: /fish*$\n", "/shark/fish", true),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/guide.pdf", false),
        ("User-agent: *\nDisallow: /*?\n", "/legal/requests?lang=en", false),
        ("User-agent: *\nDisallow: /*?\n", "/legal/requests", true),
        ("User-agent: *\nDisallow: /legal\nAllow: /legal/requests\n", "/legal/requests", true),
        ("User-agent: *\nDisallow: /legal\nAllow: /legal\n", "/legal", true),
        ("User-agent: *\nDisallow: /\nAllow: /$\n", "/", true),
        ("User-agent: *\nDisallow: /ツ\n", "/%E3%83%84", false),
        ("\u{feff}User-agent: *\r\nDisallow: /legal # not for robots\r\n", "/legal", false),
        ("User-agent: *\nCrawl-delay: 5\nUser-agent: other\nDisallow: /\n", "/legal", true),
    ];
    for (rules, path, allowed) in rows {
        assert_eq!(allows(text(rules), path).await, allowed, "{path} under {rules:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_missing_broken_or_out_of_reach_forbids_nothing() {
    let all = "User-agent: *\nDisallow: /\n";
    let rows = [
        ("none", Answer::status("404 None")),
        ("denied", Answer::status("403 No").body(all)),
        ("down", Answer::status("503 Busy").body(all)),
        ("cut off", Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nUser-agent: *\n")),
        ("no HTTP", Answer::raw("User-agent: *\nDisallow: /\n")),
        ("a page of HTML", Answer::page("<html><body>User-agent: * Disallow: /</body></html>")),
        ("gzip that is none", text(all).header("Content-Encoding: gzip")),
        ("a private address", Answer::redirect("http://10.0.0.1/robots.txt")),
        ("a circle", Answer::redirect(ROBOTS)),
    ];
    for (name, robots) in rows {
        assert!(allows(robots, "/legal").await, "{name}");
    }
}

#[tokio::test]
async fn a_file_behind_a_redirect_counts_and_a_long_one_is_read_as_far_as_it_must() {
    let elsewhere = server(text("User-agent: *\nDisallow: /legal\n")).await;
    let here = server(Answer::redirect(&elsewhere.url(ROBOTS))).await;
    let options = FetchOptions { robots: true, ..options(&[here.authority(), elsewhere.authority()]) };
    let fetcher = Fetcher::new(options, start_of_time()).expect("a client");
    assert_eq!(missed(fetcher.visit(&ask(&here.url("/legal"))).await).why, Why::Robots);

    let long = format!("User-agent: *\nDisallow: /legal\n{}", "# and so on\n".repeat(60_000));
    assert!(!allows(text(long), "/legal").await);
}

#[tokio::test]
async fn a_file_that_wants_its_cookie_back_is_read() {
    let server = server(text("")).await;
    let rules = text("User-agent: *\nDisallow: /legal\n");
    server.script(ROBOTS, [Answer::redirect(ROBOTS).header("Set-Cookie: seen=1"), rules]);
    let refused = missed(heeding(&server, &start_of_time()).visit(&ask(&server.url("/legal"))).await);
    assert_eq!((refused.why, server.count(ROBOTS)), (Why::Robots, 2));
    assert_eq!(server.asked().last().and_then(|asked| asked.header("cookie")).as_deref(), Some("seen=1"));
}

#[tokio::test]
async fn it_is_asked_for_once_a_day_and_believed_while_it_is_out_of_reach() {
    let server = server(text("User-agent: *\nDisallow: /legal\n")).await;
    let clock = start_of_time();
    let fetcher = heeding(&server, &clock);
    let later = |hours: i64| clock.advance_to(clock.now().checked_add(hours.hours()).expect("a time"));
    for _ in 0..3 {
        assert_eq!(missed(fetcher.visit(&ask(&server.url("/legal"))).await).why, Why::Robots);
        captured(fetcher.visit(&ask(&server.url("/"))).await);
        later(7);
    }
    assert_eq!(server.count(ROBOTS), 1);
    later(4);
    server.set(ROBOTS, Answer::status("503 Busy"));
    assert_eq!(missed(fetcher.visit(&ask(&server.url("/legal"))).await).why, Why::Robots, "what was read holds on");
    assert_eq!(server.count(ROBOTS), 2);
    later(1);
    server.set(ROBOTS, text("User-agent: *\nDisallow:\n"));
    captured(fetcher.visit(&ask(&server.url("/legal"))).await);
    assert_eq!(server.count(ROBOTS), 3);
}

#[tokio::test]
async fn a_target_overrules_it_with_a_reason_and_each_redirect_is_asked_for() {
    let server = server(text("User-agent: *\nDisallow: /legal\n")).await;
    let fetcher = heeding(&server, &start_of_time());
    server.set("/moved", Answer::redirect("/legal"));
    let refused = missed(fetcher.visit(&ask(&server.url("/moved"))).await);
    assert_eq!((refused.why, server.count("/legal")), (Why::Robots, 0));
    assert!(refused.detail.contains("ignore_robots = \"why\""), "{}", refused.detail);

    let ignore_robots = Some("the site's operator agreed by mail".to_owned());
    let target = noticewatch_core::target::Target { ignore_robots, ..target(&server.url("/moved")) };
    captured(fetcher.visit(&Request { target, validators: None }).await);
    assert_eq!(server.count(ROBOTS), 1, "not even asked for");
}
