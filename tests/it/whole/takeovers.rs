//! A store that another version wrote last, or one with other rules: the operator's next letter says so, once, and
//! nobody else's.

use super::world::{COUNSEL, DESK, OPERATOR, REDESIGN, World, said, time};
use noticewatch::io::store::Store;

use serde_json::{Value, json};

/// A world that lived for a day; then somebody else wrote its store last.
async fn world(key: &str, value: Value) -> World {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-07T12:00:00Z").await;
    world.engine().store.mark(key, value, time("2026-01-07T12:00:00Z")).expect("marked");
    world.close();
    world
}

fn telling(world: &World, recipient: &str) -> Vec<String> {
    let letters = world.to(recipient).into_iter();
    letters.map(|letter| letter.text).filter(|text| text.contains("took over")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_is_told_once_that_another_version_took_over() {
    let older = json!({"version": "0.0.9", "rules": "0123456789abcdef", "from": null});
    let mut world = world("version", older).await;
    for end in ["2026-01-08T12:00:00Z", "2026-01-20T12:00:00Z"] {
        world.until(end).await;
        world.close();
        let told = telling(&world, OPERATOR);
        assert_eq!(told.len(), 1, "by {end}: {told:#?}");
        let version = env!("CARGO_PKG_VERSION");
        for words in [
            &format!("noticewatch {version} took over from 0.0.9 on 2026-01-07. It reads pages by other rules"),
            &format!("New in {version}: The first version."),
            "more changes; CHANGELOG.md names all.",
        ] {
            assert!(told[0].contains(words), "no {words}: {}", told[0]);
        }
    }
    assert!(world.to(COUNSEL).len() > 1, "letters came");
    assert_eq!([COUNSEL, DESK].map(|recipient| telling(&world, recipient).len()), [0, 0], "it is not theirs");
}

/// Before versions were noted, the rules alone tell that there was another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_unknown_version_with_other_rules_is_another_s() {
    let mut world = world("rules/0123456789abcdef", json!("first seen")).await;
    world.engine().store.mark("version", json!(null), time("2026-01-07T12:00:00Z")).expect("marked");
    world.close();
    world.until("2026-01-12T12:00:00Z").await;
    let told = telling(&world, OPERATOR);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        told[0].contains("took over from an earlier version on 2026-01-07. It reads pages by other"),
        "{}",
        told[0]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_version_takes_over_from_nobody_and_a_later_operator_is_not_told() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    for end in ["2026-01-07T12:00:00Z", "2026-01-08T12:00:00Z"] {
        world.until(end).await;
        world.close();
    }
    let state = world.dir.path().join("state");
    let marks = Store::read_only(&state).expect("a store").marks().expect("marks");
    assert_eq!(marks["version"].at, time("2026-01-06T08:00:00Z"), "noted once");
    assert_eq!(telling(&world, OPERATOR), [""; 0]);
    let older = json!({"version": "0.0.9", "rules": "0123456789abcdef", "from": null});
    world.engine().store.mark("version", older, time("2026-01-08T12:00:00Z")).expect("marked");
    world.close();
    world.engine();
    // Another who comes to it a day later.
    world.close();
    let path = world.dir.path().join("noticewatch.toml");
    let settings = std::fs::read_to_string(&path).expect("settings").replace(OPERATOR, "new@noticewatch.example");
    std::fs::write(path, settings).expect("settings");
    world.clock.advance_to(time("2026-01-08T12:30:00Z"));
    world.until("2026-01-16T12:00:00Z").await;
    assert_eq!(telling(&world, "new@noticewatch.example"), [""; 0]);
}

/// As the daemon's log has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_it_once() {
    let older = json!({"version": "0.0.9", "rules": "0123456789abcdef", "from": null});
    let world = world("version", older).await;
    let check = |now: &str| said(&world.run(&["check", "-v", "--no-wait", "--now", now]));
    let line =
        format!("noticewatch {} took over from 0.0.9; CHANGELOG.md says what changed", env!("CARGO_PKG_VERSION"));
    let first = check("2026-01-07T13:00:00Z");
    assert_eq!(first.matches(&line).count(), 1, "{first}");
    let second = check("2026-01-07T14:00:00Z");
    assert!(!second.contains("took over"), "{second}");
}
