//! The figures that operators alert on: in the file for Prometheus, by the verb, and in `status --json`.

use super::world::{COUNSEL, REDESIGN, WEAKENED, World, said};
use crate::fault_server::Answer;
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Each sample by its name and labels; every family must be announced as Prometheus wants it.
fn samples(text: &str) -> BTreeMap<String, f64> {
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
            assert!(samples.insert(key, parts[4].parse().expect("a number")).is_none(), "{text} comes twice");
        }
    }
    samples
}

#[expect(clippy::float_cmp, reason = "whole numbers, written as such")]
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
    let value = |key: &str| *found.get(key).unwrap_or_else(|| panic!("{key} in\n{text}"));
    #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
    let seconds = |at: &str| super::world::time(at).as_second() as f64;
    let good = r#"noticewatch_last_good_check_timestamp_seconds{service="lumenfeed",target="lumenfeed-law"}"#;
    assert!(value(good) > seconds("2026-01-09T05:00:00Z"));
    let away = r#"noticewatch_last_good_check_timestamp_seconds{service="parcelbird",target="parcelbird-law"}"#;
    assert!(value(away) < seconds("2026-01-07T13:00:00Z"));
    let trouble = r#"noticewatch_trouble_since_timestamp_seconds{service="parcelbird",target="parcelbird-law"}"#;
    assert!(value(trouble) > seconds("2026-01-07T11:00:00Z"));
    assert_eq!(
        value(r#"noticewatch_targets{state="in-sight"}"#) + value(r#"noticewatch_targets{state="trouble"}"#),
        2.0
    );
    assert_eq!(value(r#"noticewatch_findings{verdict="weakened"}"#), 1.0);
    assert!(value(r#"noticewatch_visits_total{ended="gone"}"#) >= 3.0);
    assert!(value(r#"noticewatch_visits_total{ended="captured"}"#) >= 3.0);
    assert_eq!(value("noticewatch_queue_length"), 0.0);
    assert!(!text.contains("noticewatch_oldest_queued"), "nothing waits");
    #[expect(clippy::cast_precision_loss, reason = "a few letters")]
    let letters = world.letters().len() as f64;
    assert_eq!(value(r#"noticewatch_letters{state="sent"}"#), letters);
    assert!(world.to(COUNSEL).len() > 1);
    assert!(value("noticewatch_store_size_bytes") > 1000.0);
    assert_eq!(value("noticewatch_store_damaged_places"), 0.0);
    let printed = samples(&said(&world.run(&["metrics"])));
    assert_eq!(
        printed.keys().filter(|key| !key.contains("build_info")).collect::<Vec<_>>(),
        found.keys().filter(|key| !key.contains("build_info")).collect::<Vec<_>>()
    );
    let output = world.run(&["status", "--json"]);
    let figures = super::world::lines(&output).into_iter().find_map(|line| line.get("figures").cloned());
    let figures = figures.unwrap_or_else(|| panic!("{}", said(&output)));
    assert_eq!(figures["findings"]["weakened"], 1, "{figures}");
    assert_eq!(figures["letters"]["sent"], world.letters().len(), "{figures}");
}
