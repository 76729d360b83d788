//! Thrift and courtesy as a site sees them over days: conditions, the daily look without any, robots.txt once a day.

use super::world::{PROMISE, World, program, said};
use crate::fault_server::{Answer, FaultServer};
use noticewatch_core::capture::{Outcome, Visit};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_with_validators_is_asked_for_without_conditions_once_a_day() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", PROMISE)]).await;
    world.web.set("/law", Answer::page(PROMISE).etag("\"same\""));
    world.until("2026-01-07T00:00:00Z").await;
    let settled = world.web.asked().len();
    world.until("2026-01-11T00:00:00Z").await;
    let asked = world.web.asked().split_off(settled);
    let looks: Vec<bool> = asked
        .iter()
        .filter(|asked| asked.path == "/law")
        .map(|asked| asked.header("if-none-match").is_some())
        .collect();
    let free = looks.iter().filter(|conditional| !**conditional).count();
    assert_eq!((looks.len(), free), (16, 4), "four looks a day, one of them free: {looks:?}");
    let robots = asked.iter().filter(|asked| asked.path == "/robots.txt").count();
    assert!((3..=4).contains(&robots), "at the first look after a day: {robots}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_robots_txt_asks_not_to_fetch_is_named_so_and_a_reason_overrules_it() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", PROMISE)]).await;
    world.web.set("/robots.txt", Answer::status("200 OK").body("User-agent: *\nDisallow: /law\n"));
    world.run(&["check", "--no-wait"]);
    assert_eq!(world.web.count("/law"), 0);
    let status = said(&world.run(&["status"]));
    assert!(status.contains("robots.txt asks not to fetch it"), "{status}");
    let path = world.dir.path().join("targets.toml");
    let text = std::fs::read_to_string(&path).expect("targets");
    std::fs::write(path, text + "ignore_robots = \"agreed by mail\"\n").expect("written");
    let output = world.run(&["check", "--no-wait"]);
    assert!(said(&output).contains("1 of 1 pages read"), "{}", said(&output));
}

#[tokio::test]
async fn the_same_octets_are_not_read_again_unless_they_are_served_as_something_else() {
    let (before, after) = PROMISE.split_once("<article>").expect("an article");
    let octets = [before.as_bytes(), b"<article><p>Caf\xe9 Lumen, K\xf6ln</p>", after.as_bytes()].concat();
    let served = |charset: &str| {
        let line = format!("Content-Type: text/html; charset={charset}");
        Answer::status("200 OK").header(&line).body(octets.clone())
    };
    let mut world = World::new("2026-01-06T00:30:00Z", &[("lumenfeed-law", "/law", PROMISE)]).await;
    world.web.set("/law", served("windows-1252"));
    world.until("2026-01-06T11:00:00Z").await;
    let kept =
        |visits: &[Visit]| visits.iter().map(|visit| matches!(visit.outcome, Outcome::Captured { .. })).collect();
    let visits = world.engine().store.visits("lumenfeed-law").expect("visits");
    let first: Vec<bool> = kept(&visits);
    assert!(first.len() > 1 && first[0] && !first[1..].contains(&true), "{visits:?}");
    world.web.set("/law", served("windows-1251"));
    world.until("2026-01-06T17:00:00Z").await;
    let later: Vec<bool> = kept(&world.engine().store.visits("lumenfeed-law").expect("visits")[first.len()..]);
    assert_eq!(later.first(), Some(&true), "the same octets, and another text");
}

/// As curl reads them. The address is never connected to: the proxy stands for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxies_that_the_environment_names_are_used() {
    const PLACE: &str = "http://93.184.215.14/privacy";
    let proxy = FaultServer::start().await;
    proxy.set(PLACE, Answer::page(PROMISE));
    for name in ["http_proxy", "ALL_PROXY"] {
        let before = proxy.count(PLACE);
        let output = program(&["read", PLACE]).env(name, proxy.url("")).output().expect("the program runs");
        assert!(said(&output).contains("policy to notify"), "{name}: {}", said(&output));
        assert_eq!(proxy.count(PLACE), before + 1, "{name}");
    }
}
