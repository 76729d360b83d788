//! Servers that ask us to stay away: nobody asks them before the time that they named, neither the daemon nor a verb, nor
//! a second look; and what is said of it.

use super::world::{COUNSEL, REDESIGN, WEAKENED, World, said};
use crate::fault_server::Answer;

const ROWS: [super::world::Row<'static>; 2] =
    [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", WEAKENED)];

fn busy(status: &str, retry_after: &str) -> Answer {
    Answer::status(status).header(&format!("Retry-After: {retry_after}"))
}

/// What `check` prints at that moment, where it reads every page.
fn check(world: &World, args: &[&str], now: &str) -> String {
    ends(world, args, now, 0)
}

/// The same, where it does not.
fn misses(world: &World, args: &[&str], now: &str) -> String {
    ends(world, args, now, 1)
}

fn ends(world: &World, args: &[&str], now: &str, code: i32) -> String {
    let output = world.run(&[&["check", "--now", now], args].concat());
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    said(&output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_asks_no_server_before_the_time_that_it_named_and_says_so() {
    let world = World::new("2026-01-06T08:00:00Z", &ROWS).await;
    check(&world, &["--no-wait"], "2026-01-06T08:00:00Z");
    world.web.set("/law", busy("429 Too Many Requests", "7200"));
    let text = misses(&world, &["--no-wait"], "2026-01-06T10:00:00Z");
    assert!(text.contains("lumenfeed-law: 429: too many requests; it asks us to come back in 7,200 s"), "{text}");
    assert_eq!((world.web.count("/law"), world.web.count("/other")), (2, 2));
    world.set("/law", REDESIGN);
    let words = "lumenfeed-law: not asked: its server asked us to stay away until 2026-01-06 12:00 UTC";
    let text = misses(&world, &["--no-wait"], "2026-01-06T10:30:00Z");
    assert!(text.contains(words) && !text.contains("429"), "{text}");
    assert_eq!((world.web.count("/law"), world.web.count("/other")), (2, 3));
    let text = misses(&world, &["lumenfeed-law", "--no-wait"], "2026-01-06T11:59:00Z");
    assert!(text.contains(words), "{text}");
    let json = misses(&world, &["--json", "--no-wait"], "2026-01-06T11:59:30Z");
    let json: serde_json::Value = serde_json::from_str(&json).expect("an object");
    assert_eq!(json["away"][0]["target"], "lumenfeed-law", "{json}");
    assert!(json["away"][0]["until"].as_str().is_some_and(|until| until.starts_with("2026-01-06T12:00")), "{json}");
    assert_eq!(world.web.count("/law"), 2);
    let text = check(&world, &["--no-wait"], "2026-01-06T12:00:10Z");
    assert!(text.contains("2 of 2 pages read") && !text.contains("not asked"), "{text}");
    assert_eq!(world.web.count("/law"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_look_of_check_waits_for_the_server_too() {
    let world = World::new("2026-01-06T08:00:00Z", &ROWS[..1]).await;
    check(&world, &[], "2026-01-06T08:00:00Z");
    let before = world.web.count("/law");
    // The change waits for a look ten minutes later, to which the server says: not before an hour.
    world.web.script("/law", [Answer::page(WEAKENED), busy("503 Busy", "3600"), Answer::page(WEAKENED)]);
    let text = misses(&world, &[], "2026-01-06T10:00:00Z");
    assert!(text.contains("waits to be confirmed"), "{text}");
    assert_eq!(world.web.count("/law"), before + 2);
    misses(&world, &[], "2026-01-06T10:50:00Z");
    assert_eq!(world.web.count("/law"), before + 2, "twenty minutes before that hour is over");
    let text = check(&world, &[], "2026-01-06T11:05:00Z");
    assert_eq!(world.web.count("/law"), before + 3, "it waited for the end of that hour");
    assert!(text.contains(&format!("letter to {COUNSEL}")), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daemon_asks_no_server_before_the_time_that_it_named() {
    let mut world = World::new("2026-01-06T00:00:00Z", &ROWS[..1]).await;
    world.until("2026-01-06T05:00:00Z").await;
    // Something waits there, so that the page would be asked after 10, 30 and 120 minutes.
    world.web.script("/law", [Answer::page(WEAKENED), busy("503 Busy", "18000"), Answer::page(WEAKENED)]);
    let before = world.web.count("/law");
    while world.web.count("/law") < before + 2 {
        let next = world.clock.now() + jiff::SignedDuration::from_mins(1);
        world.until(&next.to_string()).await;
    }
    let told = world.clock.now();
    let away = told + jiff::SignedDuration::from_secs(18_000 - 120);
    world.until(&away.to_string()).await;
    assert_eq!(world.web.count("/law"), before + 2, "from {told} to {away}");
    world.close();
    world.until(&(away + jiff::SignedDuration::from_secs(60)).to_string()).await;
    assert_eq!(world.web.count("/law"), before + 2, "nor after a new start");
    world.until(&(away + jiff::SignedDuration::from_secs(300)).to_string()).await;
    assert_eq!(world.web.count("/law"), before + 3, "and then at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_where_no_server_answers_the_network_is_doubted() {
    let world = World::new("2026-01-06T08:00:00Z", &ROWS).await;
    let words = "is this machine online?";
    let answers = [busy("429 Too Many Requests", "60"), Answer::status("404 Not Found")];
    for (answer, now) in answers.into_iter().zip(["2026-01-06T08:00:00Z", "2026-01-06T09:00:00Z"]) {
        world.web.set("/law", answer.clone());
        world.web.set("/other", answer);
        let text = misses(&world, &["--no-wait"], now);
        assert!(!text.contains(words), "{text}");
        assert!(text.contains("  lumenfeed-law: 4") && text.contains("  parcelbird-law: 4"), "{text}");
    }
    let path = world.dir.path().join("targets.toml");
    let targets = std::fs::read_to_string(&path).expect("targets");
    // Nobody listens there.
    std::fs::write(&path, targets.replace(&world.web.authority(), "127.0.0.1:9")).expect("written");
    let settings = world.dir.path().join("noticewatch.toml");
    let text = std::fs::read_to_string(&settings).expect("settings");
    std::fs::write(&settings, text.replace(&world.web.authority(), "127.0.0.1:9")).expect("written");
    let text = misses(&world, &["--no-wait"], "2026-01-06T10:00:00Z");
    assert!(text.contains(words) && !text.contains("  lumenfeed-law: "), "{text}");
}
