//! When pages are looked at: by their own schedules under a timer too, and what becomes of planned looks that fall into a
//! pass which still goes on.

use super::world::{COUNSEL, DESK, REDESIGN, WEAKENED, World, said, time};
use crate::fault_server::{Answer, FaultServer};
use noticewatch::app::due::Which;

/// One page by that schedule, one by the default: each six hours.
async fn world(schedule: &str) -> World {
    let web = FaultServer::start().await;
    let own = format!("schedule = \"{schedule}\"");
    let rows = [("lumenfeed-law", web.url("/law"), own.as_str()), ("parcelbird-law", web.url("/other"), "")];
    let fetch = format!("allow = [\"{}\"]", web.authority());
    web.set("/law", Answer::page(REDESIGN));
    web.set("/other", Answer::page(REDESIGN));
    let mut world = World::on("2026-01-06T05:00:00Z", web, &rows, &fetch).await;
    world.configure("\n[schedule]\ncheck = \"0 */6 * * *\"\njitter = \"0s\"\n");
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_due_looks_at_what_is_due_and_at_nothing_else() {
    let world = world("0 * * * *").await;
    let counts = |world: &World| [world.web.count("/law"), world.web.count("/other")];
    let due = |now: &str| {
        let output = world.run(&["check", "--due", "--no-wait", "--now", now]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        said(&output)
    };
    for (now, looks, words) in [
        ("2026-01-06T05:30:00Z", [1, 1], "2 of 2 pages read that were due"),
        ("2026-01-06T05:35:00Z", [1, 1], "no page is due at 2026-01-06 05:35 UTC; next look or letter"),
        // First readings wait for a second look.
        ("2026-01-06T05:45:00Z", [2, 2], "2 of 2 pages read that were due"),
        ("2026-01-06T06:05:00Z", [3, 3], "2 of 2 pages read that were due"),
        ("2026-01-06T07:05:00Z", [4, 3], "1 of 1 pages read that were due"),
        ("2026-01-06T07:10:00Z", [4, 3], "no page is due"),
        ("2026-01-06T11:55:00Z", [5, 3], "1 of 1 pages read that were due"),
    ] {
        let text = due(now);
        assert_eq!(counts(&world), looks, "{now}: {text}");
        assert!(text.contains(words), "{now}: {text}");
    }
    // A change is confirmed by a later run, as the daemon would, and told once.
    world.set("/other", WEAKENED);
    assert!(due("2026-01-06T12:05:00Z").contains("parcelbird-law: waits to be confirmed"));
    due("2026-01-06T12:10:00Z");
    assert_eq!(counts(&world), [6, 4]);
    let text = due("2026-01-06T12:20:00Z");
    assert_eq!(counts(&world), [6, 5], "{text}");
    assert!(text.contains(&format!("letter to {COUNSEL}")), "{text}");
    let told = world.subjects(DESK).iter().filter(|subject| subject.starts_with("[weakened]")).count();
    assert_eq!(told, 1, "{:?}", world.subjects(DESK));
    let output = world.run(&["check", "--due", "lumenfeed-law"]);
    assert_eq!(output.status.code(), Some(64), "{}", said(&output));
}

/// Out of sight is said at each look, so that a failed unit does not call the operator every five minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_due_fails_where_it_looked_and_the_page_is_out_of_sight() {
    let world = world("0 */6 * * *").await;
    let code = |args: &[&str], now: &str| {
        let output = world.run(&[&["check", "--no-wait", "--now", now], args].concat());
        (output.status.code(), said(&output))
    };
    for now in ["2026-01-06T05:00:00Z", "2026-01-06T06:00:00Z"] {
        assert_eq!(code(&[], now).0, Some(0));
    }
    world.web.set("/law", Answer::status("403 Forbidden"));
    for now in ["2026-01-06T12:00:00Z", "2026-01-06T18:00:00Z", "2026-01-07T00:00:00Z"] {
        assert_eq!(code(&["--due", "--lasting"], now).0, Some(0), "a timer is patient");
    }
    let (failed, text) = code(&["--due", "--lasting"], "2026-01-07T12:00:05Z");
    assert_eq!(failed, Some(1), "{text}");
    assert_eq!(code(&["--due", "--lasting"], "2026-01-07T12:01:05Z").0, Some(0), "it was not looked at again");
    assert_eq!(code(&[], "2026-01-07T12:02:05Z").0, Some(1), "who asks for all is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planned_looks_that_fall_into_a_pass_are_made_up_once_and_put_on_record() {
    let mut world = world("* * * * *").await;
    world.until("2026-01-06T05:30:00Z").await;
    let overlap = |world: &World| {
        let lines = super::world::lines(&world.run(&["status", "--json"]));
        let found = lines.iter().find_map(|line| line.get("overlap").cloned());
        let figures = lines.iter().find_map(|line| line.get("figures").cloned()).expect("figures");
        (found, figures["skipped_runs"].as_u64().expect("a number"))
    };
    assert_eq!(overlap(&world), (None, 0), "passes of no length");
    // Three further tries, over about two and a half minutes.
    world.web.set("/law", Answer::status("500 Oh"));
    world.until("2026-01-06T05:31:00Z").await;
    let asked = world.web.count("/law");
    let now = world.clock.now();
    assert!(now > time("2026-01-06T05:33:00Z"), "{now}");
    let (found, skipped) = overlap(&world);
    let found = found.expect("on record");
    assert_eq!((&found["from"], found["letters"].as_u64()), (&"2026-01-06T05:31:00Z".into(), Some(0)), "{found}");
    let looks = found["looks"].as_u64().expect("a number");
    assert!((2..=3).contains(&looks), "{found}");
    assert_eq!(skipped, looks);
    // The next one comes at its time.
    world.set("/law", REDESIGN);
    world.until(&now.to_string()).await;
    assert_eq!(world.web.count("/law"), asked);
    world.until("2026-01-06T05:40:00Z").await;
    assert_eq!(overlap(&world).1, looks, "later passes have no length");
    let text = said(&world.run(&["status"]));
    assert!(
        text.contains("2026-01-06 05:31 UTC: a pass took 3 minutes") || text.contains("a pass took 2 minutes"),
        "{text}"
    );
    assert!(text.contains("planned looks fell into it"), "{text}");
    let figures = said(&world.run(&["metrics"]));
    assert!(figures.contains(&format!("noticewatch_skipped_runs_total {looks}\n")), "{figures}");
    world.close();
    let path = world.dir.path().join("targets.toml");
    let targets = std::fs::read_to_string(&path).expect("targets");
    std::fs::write(&path, targets.replace("* * * * *", "@daily")).expect("written");
    world.until("2026-01-14T06:30:00Z").await;
    assert_eq!(overlap(&world), (None, looks), "after a week it is no news, and still counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_letters_that_falls_into_a_pass_is_put_on_record_too() {
    let mut world = world("0 * * * *").await;
    let path = world.dir.path().join("noticewatch.toml");
    let settings = std::fs::read_to_string(&path).expect("settings");
    std::fs::write(&path, settings.replace("jitter", "digest = \"2 9 * * *\"\njitter")).expect("written");
    world.until("2026-01-06T08:59:00Z").await;
    world.clock.advance_to(time("2026-01-06T09:00:00Z"));
    // The pass of nine o'clock lasts until twenty past ten.
    let clock = world.clock.clone();
    let tick = world.engine().tick(&Which::Due, |_| clock.advance_to(time("2026-01-06T10:20:00Z"))).await;
    assert_eq!(tick.expect("a tick").looked, 1);
    let lines = super::world::lines(&world.run(&["status", "--json"]));
    let found = lines.iter().find_map(|line| line.get("overlap").cloned()).expect("on record");
    // The operator's digest and the subscription's.
    assert_eq!((found["looks"].as_u64(), found["letters"].as_u64()), (Some(1), Some(2)), "{found}");
    let text = said(&world.run(&["status"]));
    assert!(text.contains("1 planned look and 2 planned runs of letters fell into it"), "{text}");
}
