//! The figures that operators alert on: in the file for Prometheus, by the verb, and in `status --json`.

use super::world::{COUNSEL, REDESIGN, WEAKENED, World, said};
use crate::fault_server::Answer;
use crate::smtp_server::{Act, Script};
use noticewatch::io::store::OutboxState;

use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Each sample by its name and labels; every family must be announced as Prometheus wants it.
fn samples(text: &str) -> BTreeMap<String, String> {
    let line =
        Regex::new(r#"^(noticewatch_[a-z_]+)(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? (\S+)$"#).expect("a pattern");
    let mut announced = Vec::new();
    let mut samples = BTreeMap::new();
    for text in text.lines() {
        if let Some(rest) = text.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("name and kind");
            assert_eq!(kind, if name.ends_with("_total") { "counter" } else { "gauge" }, "{name}");
            announced.push(name.to_owned());
        } else if !text.starts_with("# HELP ") {
            let parts = line.captures(text).unwrap_or_else(|| panic!("no sample: {text}"));
            assert!(announced.contains(&parts[1].to_owned()), "{text} was not announced");
            let key = format!("{}{}", &parts[1], parts.get(2).map_or("", |labels| labels.as_str()));
            assert!(samples.insert(key, parts[4].to_owned()).is_none(), "{text} comes twice");
        }
    }
    samples
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_left_after_each_run_printed_and_in_the_status() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
    let mut world = World::new("2026-01-06T08:00:00Z", &rows).await;
    let file = world.dir.path().join("noticewatch.prom");
    let path = world.dir.path().join("noticewatch.toml");
    let settings = fs::read_to_string(&path).expect("settings");
    fs::write(path, format!("{settings}\n[metrics]\nfile = \"{}\"\n", file.display())).expect("settings");
    world.until("2026-01-07T12:00:00Z").await;
    world.set("/law", WEAKENED);
    world.web.set("/other", Answer::status("404 Not Found"));
    world.until("2026-01-09T12:00:00Z").await;
    let text = fs::read_to_string(&file).expect("written after each run");
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o644, "the collector reads it");
    let found = samples(&text);
    let value = |key: &str| found.get(key).unwrap_or_else(|| panic!("{key} in\n{text}")).as_str();
    let number = |key: &str| value(key).parse::<f64>().expect("a number");
    #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
    let seconds = |at: &str| super::world::time(at).as_second() as f64;
    let good = r#"noticewatch_last_good_check_timestamp_seconds{service="lumenfeed",target="lumenfeed-law"}"#;
    assert!(number(good) > seconds("2026-01-09T05:00:00Z"));
    let away = r#"noticewatch_last_good_check_timestamp_seconds{service="parcelbird",target="parcelbird-law"}"#;
    assert!(number(away) < seconds("2026-01-07T13:00:00Z"));
    let trouble = r#"noticewatch_trouble_since_timestamp_seconds{service="parcelbird",target="parcelbird-law"}"#;
    assert!(number(trouble) > seconds("2026-01-07T11:00:00Z"));
    assert_eq!(value(r#"noticewatch_targets{state="in-sight"}"#), "1");
    assert_eq!(value(r#"noticewatch_targets{state="trouble"}"#), "1");
    assert_eq!(value(r#"noticewatch_findings{verdict="weakened"}"#), "1");
    assert!(number(r#"noticewatch_visits_total{ended="gone"}"#) >= 3.0);
    assert!(number(r#"noticewatch_visits_total{ended="captured"}"#) >= 3.0);
    assert_eq!(value("noticewatch_queue_length"), "0");
    assert!(!text.contains("noticewatch_oldest_queued"), "nothing waits");
    let letters = world.letters().len().to_string();
    assert_eq!(value(r#"noticewatch_letters{state="sent"}"#), letters);
    assert!(world.to(COUNSEL).len() > 1);
    assert!(number("noticewatch_store_size_bytes") > 1000.0);
    assert_eq!(value("noticewatch_store_damaged_places"), "0");
    let printed = samples(&said(&world.run(&["metrics"])));
    // The verb goes by the machine's clock, by which nobody has looked for long.
    let alike = |samples: &BTreeMap<String, String>| {
        let names = samples.keys().filter(|key| !key.contains("build_info") && !key.contains("in-sight"));
        names.filter(|key| !key.contains("overdue")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(alike(&printed), alike(&found));
    let output = world.run(&["status", "--json"]);
    let figures = super::world::lines(&output).into_iter().find_map(|line| line.get("figures").cloned());
    let figures = figures.unwrap_or_else(|| panic!("{}", said(&output)));
    assert_eq!(figures["findings"]["weakened"], 1, "{figures}");
    assert_eq!(figures["letters"]["sent"], world.letters().len(), "{figures}");
}

/// Letters that are not taken are counted until they are, and the oldest of them says since when.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_that_wait_are_counted_with_the_oldest_of_them() {
    let mut world = World::about_to_tell().await;
    let path = world.dir.path().join("noticewatch.toml");
    let settings = fs::read_to_string(&path).expect("settings");
    let file = world.dir.path().join("noticewatch.prom");
    fs::write(path, format!("{settings}\n[metrics]\nfile = \"{}\"\n", file.display())).expect("settings");
    world.close();
    world.mail.set(Script { rcpt: vec![Act::Say("451 4.7.1 come back later")], ..Script::default() });
    let oldest = "noticewatch_oldest_queued_letter_timestamp_seconds";
    let queued = r#"noticewatch_letters{state="queued"}"#;
    // What waits, and since when, by the file, by the verb and by the status.
    let waiting = |world: &mut World| {
        let figures = super::world::lines(&world.run(&["status", "--json"]))
            .into_iter()
            .find_map(|line| line.get("figures").cloned());
        let figures = figures.expect("figures");
        let rows = world.engine().store.outbox().expect("the outbox");
        let rows = rows.into_iter().filter(|row| row.state == OutboxState::Queued);
        let since: Vec<jiff::Timestamp> = rows.map(|row| row.queued_at).collect();
        for text in [fs::read_to_string(&file).expect("the file"), said(&world.run(&["metrics"]))] {
            let found = samples(&text);
            assert_eq!(found["noticewatch_queue_length"], since.len().to_string(), "{text}");
            let first = since.iter().min().map(|at| at.as_second().to_string());
            let said = found.get(oldest).and_then(|seconds| seconds.split('.').next());
            assert_eq!(said, first.as_deref(), "{text}");
            let counted = found.get(queued).map_or("0", String::as_str);
            assert_eq!(counted, since.len().to_string(), "{text}");
        }
        assert_eq!(figures["oldest_queued"], serde_json::json!(since.iter().min()), "{figures}");
        assert_eq!(figures["letters"]["queued"].as_u64().unwrap_or_default(), since.len() as u64, "{figures}");
        since
    };
    world.until("2026-01-06T06:30:00Z").await;
    let first = waiting(&mut world);
    assert_eq!(first.len(), 2, "the change, to counsel and the desk: {first:?}");
    world.set("/privacy", WEAKENED);
    world.until("2026-01-07T12:00:00Z").await;
    let later = waiting(&mut world);
    assert!(later.len() > first.len() && later.iter().min() == first.iter().min(), "more of them: {later:?}");
    world.mail.set(Script::default());
    world.until("2026-01-08T12:00:00Z").await;
    assert_eq!(waiting(&mut world), [], "all were taken");
}

/// A daemon that is dead writes nothing of it: what shows it is that the last run stands still.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_looks_any_more_the_last_run_stands_still_and_no_page_is_in_sight() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
    let mut world = World::new("2026-01-06T08:00:00Z", &rows).await;
    world.until("2026-01-07T12:00:00Z").await;
    let last = world.engine().survey.pages.iter().filter_map(|page| page.followed.last_look).max().expect("a look");
    let figures = |world: &mut World| {
        let engine = world.engine();
        noticewatch::app::metrics::figures(&engine.office, &engine.survey, &engine.store).expect("figures")
    };
    let alive = figures(&mut world);
    assert_eq!((alive.last_run, alive.targets["in-sight"]), (Some(last), 2));
    assert!(alive.at > alive.last_run);
    world.clock.advance_to(last + jiff::SignedDuration::from_hours(23));
    assert_eq!(figures(&mut world).targets["in-sight"], 2, "not before a day");
    world.clock.advance_to(last + jiff::SignedDuration::from_hours(25));
    let dead = figures(&mut world);
    assert_eq!((dead.last_run, dead.targets.get("in-sight"), dead.targets["overdue"]), (Some(last), None, 2));
    world.close();
    // By the machine's clock, years have passed.
    let printed = samples(&said(&world.run(&["metrics"])));
    #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
    let run = last.as_millisecond() as f64 / 1000.0;
    assert_eq!(printed["noticewatch_last_run_timestamp_seconds"].parse::<f64>(), Ok(run));
    assert_eq!(printed[r#"noticewatch_targets{state="overdue"}"#], "2");
    let status = world.run(&["status"]);
    let first = said(&status).lines().next().unwrap_or_default().to_owned();
    assert!(first.starts_with("nobody has looked at any page since 2026-01-07"), "{}", said(&status));
    assert_eq!(status.status.code(), Some(1), "{}", said(&status));
    let lines = super::world::lines(&world.run(&["status", "--json"]));
    assert_eq!(lines[0]["overdue"], true, "{lines:?}");
}

/// Promise 10: who is called when a run begins and when it ends notices a dead daemon, and one that cannot work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_party_is_called_when_a_run_begins_ends_well_and_fails() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let path = world.dir.path().join("noticewatch.toml");
    let settings = fs::read_to_string(&path).expect("settings");
    fs::write(path, format!("ping_url = \"{}\"\n{settings}", world.web.url("/ping"))).expect("settings");
    world.until("2026-01-06T08:30:00Z").await;
    world.close();
    let calls = |world: &World| ["/ping/start", "/ping", "/ping/fail"].map(|path| world.web.count(path));
    let [start, well, failed] = calls(&world);
    assert!(start >= 1 && well >= start && failed == 0, "{:?}", calls(&world));
    // No file may grow beyond what the archive takes: the page comes, and cannot be kept.
    let length = fs::metadata(world.dir.path().join("state/archive/000001.nwa")).expect("a segment").len();
    let inner = world.command(&["check", "--now", "2026-01-06T18:00:00Z"]);
    let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"", length / 512);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).arg(inner.get_program()).args(inner.get_args());
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(73), "{}", said(&output));
    assert!(said(&output).contains("no room left to write"), "{}", said(&output));
    assert_eq!(calls(&world), [start + 1, well, 1]);
}
