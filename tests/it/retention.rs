//! Tests of: dropping old bodies. The real store, reopened, rebuilt, read beside a writer, and killed in the middle.

use jiff::{Timestamp, ToSpan};
use noticewatch::app::analysis::incremental::TargetFolds;
use noticewatch::app::analysis::reading_cache::ReadingCache;
use noticewatch::app::analysis::types::WatchState;
use noticewatch::app::context::{AppContext, Sources};
use noticewatch::app::maintenance::retention;
use noticewatch::config;
use noticewatch::config::Settings;
use noticewatch::io::clock::Clock;
use noticewatch::io::store::{Outgoing, Recorded, Store};
use noticewatch_core::capture::{Capture, Outcome, Sha256, Visit};

use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

fn at(hours: i64) -> Timestamp {
    "2026-01-01T06:00:00Z".parse::<Timestamp>().expect("a time") + hours.hours()
}

/// Twenty sections that no compression makes much smaller; each edition has one section anew.
fn edition(seed: u64, number: u64) -> Vec<u8> {
    let mut body = String::new();
    for section in 0..20_u64 {
        let mut state = (seed << 40) ^ (section << 32) ^ ((number + 19 - section) / 20 + 1).wrapping_mul(0x9e37_79b9);
        for _ in 0..150 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let _ = write!(body, "{:08x} ", state >> 32);
        }
    }
    body.into_bytes()
}

fn captured(target: &str, hours: i64, body: Vec<u8>) -> Recorded {
    let sha256 = Sha256::of(&body);
    let capture = Capture {
        target: target.into(),
        started: at(hours),
        ended: at(hours),
        url: "https://palaver.example/legal".into(),
        final_url: "https://palaver.example/legal".into(),
        status: 200,
        headers: vec![("etag".into(), format!("\"{hours}\""))],
        media_type: "text/html".into(),
        charset: Some("utf-8".into()),
        sha256,
        program: "noticewatch 0.1.0".into(),
        body,
        ..Capture::default()
    };
    Recorded { visit: visit(target, hours, Outcome::Captured { sha256 }).visit, capture: Some(capture) }
}

fn visit(target: &str, hours: i64, outcome: Outcome) -> Recorded {
    let target = target.into();
    let visit = Visit { target, at: at(hours), unconditional: true, twin: None, recorded: false, outcome };
    Recorded { visit, capture: None }
}

fn letter(number: u64) -> Outgoing {
    Outgoing {
        id: format!("letter-{number}"),
        recipient: "counsel@example.org".into(),
        message_id: format!("<{number}@example.org>"),
        at: at(i64::try_from(number).expect("small")),
        octets: format!("Subject: letter {number}\r\n\r\nText {number}\r\n").into_bytes(),
        told: vec![json!({"finding": number})],
        note: json!({}),
    }
}

/// All that a store says but bodies.
fn facts(store: &Store) -> String {
    let mut lines = Vec::new();
    for target in store.targets().expect("targets") {
        lines.push(format!("{target}: {:?}", store.visits(&target).expect("visits")));
        for (at, header) in store.captures_of(&target).expect("captures") {
            lines.push(format!("{at} {}", serde_json::to_string(&header).expect("JSON")));
        }
    }
    for row in store.outbox().expect("outbox") {
        lines.push(format!("{row:?} {:?}", store.octets(row.id).expect("octets")));
    }
    lines.push(format!("{:?}", store.definitions().expect("definitions")));
    lines.join("\n")
}

/// So many editions of two targets, with a letter and quiet visits among them.
fn fill(store: &mut Store, from: u64, to: u64) {
    for number in from..to {
        let hours = i64::try_from(number).expect("small") * 24;
        let kept = Sha256::of(&edition(1, number));
        let group = [
            captured("palaver-legal", hours, edition(1, number)),
            visit("palaver-legal", hours + 1, Outcome::NotModified { kept }),
            captured("quill-legal", hours, edition(2, number)),
        ];
        store.record(&group).expect("recorded");
        if number % 10 == 0 {
            store.tell(&[letter(number)]).expect("told");
        }
    }
}

/// The editions from one to another, each for the one before them.
fn drops(seed: u64, from: u64, to: u64) -> BTreeMap<Sha256, Sha256> {
    let stand_in = Sha256::of(&edition(seed, from - 1));
    (from..to).map(|number| (Sha256::of(&edition(seed, number)), stand_in)).collect()
}

fn archived(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir.join("archive")).expect("an archive");
    entries.map(|entry| entry.expect("an entry").metadata().expect("a file").len()).sum()
}

/// Every edition is there, or dropped where it may be; returns how many are dropped.
fn check(store: &Store, seed: u64, all: u64, may: &dyn Fn(u64) -> bool) -> usize {
    let mut dropped = 0;
    for number in 0..all {
        let body = edition(seed, number);
        let sha256 = Sha256::of(&body);
        if let Some(capture) = store.capture(&sha256).expect("read") {
            assert_eq!(capture.body, body);
        } else {
            assert!(may(number), "edition {number} is gone");
            let grave = store.grave(&sha256).expect("read").expect("a grave");
            assert_eq!(grave.reason, "old enough");
            let stands = store.readable_capture(&sha256).expect("read").expect("stands for it");
            assert_eq!(stands.sha256, Sha256::of(&edition(seed, 0)));
            dropped += 1;
        }
    }
    dropped
}

#[test]
fn what_is_dropped_leaves_a_grave_and_all_else_stays() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    fill(&mut store, 0, 120);
    let (before, size) = (facts(&store), archived(dir.path()));
    let reader = Store::read_only(dir.path()).expect("a reader");
    let freed = store.drop_bodies(&drops(1, 1, 100), at(9_000), "old enough").expect("dropped");
    assert_eq!(freed.bodies + freed.left, 99);
    assert!(freed.bodies > 80, "{freed:?}");
    assert_eq!(archived(dir.path()), size - freed.octets + 64, "one segment more, with its head");
    let may = |number: u64| (1..100).contains(&number);
    for round in ["at once", "reopened", "rebuilt", "read only", "opened before"] {
        let here;
        let store: &Store = match round {
            "at once" => &store,
            "opened before" => &reader,
            _ => {
                drop(store);
                if round == "rebuilt" {
                    fs::remove_dir_all(dir.path().join("view")).expect("removed");
                }
                store = Store::open(dir.path()).expect("opened");
                here = Store::read_only(dir.path()).expect("opened");
                if round == "read only" { &here } else { &store }
            }
        };
        assert!(store.damage().is_empty(), "{round}: {:?}", store.damage());
        assert_eq!(facts(store), before, "{round}");
        assert_eq!(check(store, 1, 120, &may), usize::try_from(freed.bodies).expect("small"), "{round}");
        assert_eq!(check(store, 2, 120, &|_| false), 0, "{round}");
        let report = store.verify().expect("verified");
        assert!(report.damage.is_empty(), "{round}: {:?}", report.damage);
        assert_eq!((report.dropped, report.captures), (freed.bodies, 240), "{round}");
    }
}

#[test]
fn a_segment_can_be_thinned_again_and_a_dropped_body_come_back() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    fill(&mut store, 0, 80);
    store.drop_bodies(&drops(1, 1, 60), at(9_000), "old enough").expect("dropped");
    fill(&mut store, 80, 160);
    let before = facts(&store);
    let second = drops(1, 1, 140).into_iter().chain(drops(2, 1, 140)).collect();
    assert!(store.drop_bodies(&second, at(9_100), "old enough").expect("dropped").bodies > 150);
    assert_eq!(store.drop_bodies(&second, at(9_200), "old enough").expect("dropped").bodies, 0, "nothing twice");
    let back = edition(1, 30);
    assert_eq!(store.capture(&Sha256::of(&back)).expect("read"), None);
    assert_eq!(facts(&store), before);
    store.record(&[captured("palaver-legal", 9_999, back.clone())]).expect("recorded");
    let after = facts(&store);
    for round in 0..2 {
        assert_eq!(store.capture(&Sha256::of(&back)).expect("read").expect("kept").body, back, "round {round}");
        let may = |number: u64| (1..140).contains(&number) && number != 30;
        assert!(check(&store, 1, 160, &may) > 100);
        assert!(check(&store, 2, 160, &|number| (1..140).contains(&number)) > 100);
        assert!(store.verify().expect("verified").damage.is_empty(), "round {round}");
        assert_eq!(facts(&store), after, "round {round}");
        drop(store);
        fs::remove_dir_all(dir.path().join("view")).expect("removed");
        store = Store::open(dir.path()).expect("opened");
    }
}

#[test]
fn what_two_targets_showed_and_what_has_no_stand_in_stays() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    fill(&mut store, 0, 120);
    for number in 10..40 {
        let hours = i64::try_from(number).expect("small");
        store.record(&[captured("elsewhere-legal", hours, edition(1, number))]).expect("recorded");
    }
    let mut wrong = drops(2, 1, 110);
    for stand_in in wrong.values_mut() {
        *stand_in = Sha256::of(b"nowhere");
    }
    let all = drops(1, 1, 110).into_iter().chain(wrong).collect();
    store.drop_bodies(&all, at(9_000), "old enough").expect("dropped");
    assert!(check(&store, 1, 120, &|number| !(10..40).contains(&number)) > 0);
    assert_eq!(check(&store, 2, 120, &|_| false), 0);
}

#[test]
fn a_rewriting_that_was_interrupted_leaves_nothing_behind() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    fill(&mut store, 0, 5);
    let before = facts(&store);
    drop(store);
    fs::write(dir.path().join("archive/rewriting"), "half a segm").expect("written");
    let store = Store::open(dir.path()).expect("opened");
    assert_eq!(facts(&store), before);
    assert!(!dir.path().join("archive/rewriting").exists());
}

/// The other side of the next test: records and drops for ever. By itself it does nothing.
#[test]
fn child_that_drops() {
    let Some(dir) = std::env::var_os("NOTICEWATCH_TEST_RETENTION") else { return };
    let mut store = Store::open(Path::new(&dir)).expect("opened");
    let first = store.captures_of("palaver-legal").expect("captures").len() as u64;
    for round in 0.. {
        let (from, to) = (first + round * 12, first + round * 12 + 12);
        fill(&mut store, from, to);
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {to}").and_then(|()| out.flush()).expect("the parent listens");
        drop(out);
        let all = drops(1, 1, to - 2).into_iter().chain(drops(2, 1, to - 2)).collect();
        store.drop_bodies(&all, at(9_000), "old enough").expect("dropped");
    }
}

#[test]
fn nothing_is_lost_when_the_process_is_killed_while_it_drops() {
    let dir = TempDir::new().expect("a directory");
    let own = std::env::current_exe().expect("this binary");
    for round in 0_u64..8 {
        let mut command = Command::new(&own);
        command.args(["--exact", "retention::child_that_drops", "--nocapture", "--test-threads=1"]);
        command.env("NOTICEWATCH_TEST_RETENTION", dir.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("a child process");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let acks = lines.by_ref().filter(|line| line.as_ref().is_ok_and(|line| line.contains("ack "))).take(1);
        assert_eq!(acks.count(), 1, "round {round}: the child lived");
        // Somewhere in the dropping, which takes some tens of milliseconds; no round waits for the same place.
        let mut spin = round.wrapping_mul(2_654_435_761) % 4_000_000;
        while spin > 0 {
            spin = std::hint::black_box(spin - 1);
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        let store = Store::open(dir.path()).expect("opened after a kill");
        assert!(store.damage().is_empty(), "round {round}: {:?}", store.damage());
        let report = store.verify().expect("verified");
        assert!(report.damage.is_empty(), "round {round}: {:?}", report.damage);
        let all = store.captures_of("palaver-legal").expect("captures").len() as u64;
        check(&store, 1, all, &|number| (1..all).contains(&number));
        drop(store);
    }
}

/// A page with a nonce that nobody sees.
fn page(text: &str, nonce: i64) -> Vec<u8> {
    let filler = "We answer requests of authorities with care, and keep a register of them. ".repeat(20);
    let noise: Vec<String> =
        (0..400_i64).map(|word| format!("{:x}", (nonce * 7919 + word * 104_729) ^ 0x5bd1)).collect();
    format!(
        "<html lang=\"en\"><head><title>Requests</title><meta name=\"nonce\" content=\"{}\"></head><body><h1>Requests</h1>\
         <p>{filler}</p><h2>User notice</h2><p>{text}</p><p>{filler}</p></body></html>",
        noise.join("")
    )
    .into_bytes()
}

const TARGETS: &str = "[[target]]\nid = \"palaver-legal\"\nservice = \"Palaver\"\n\
                       terms_type = \"Law Enforcement Guidelines\"\nurl = \"https://palaver.example/legal\"\n";

const TEXTS: [&str; 3] = [
    "We will notify affected users before we disclose their data.",
    "We may notify affected users before we disclose their data.",
    "We do not notify users.",
];

/// What the page promises on a day.
fn shown_at(day: i64) -> &'static str {
    TEXTS[usize::try_from(day / 100).expect("small")]
}

fn office(dir: &Path, now: Timestamp, keep: &str) -> AppContext {
    let targets = config::targets("targets.toml", TARGETS).unwrap_or_else(|report| panic!("{}", report.plain()));
    let settings: Settings =
        config::settings("noticewatch.toml", keep).unwrap_or_else(|report| panic!("{}", report.plain()));
    AppContext { settings, targets, state: dir.to_owned(), clock: Clock::driven(now), sources: Sources::default() }
}

fn derived(store: &Store, office: &AppContext) -> (WatchState, String) {
    let mut readings = ReadingCache::open(&office.state);
    let survey = office.survey_on(store, &mut readings, &mut TargetFolds::default()).expect("a survey");
    let text = format!("{:?} {:?}", survey.pages, survey.findings);
    (survey, text)
}

#[test]
fn what_follows_from_the_past_is_the_same_after_dropping() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let days = 300;
    for day in 0..days {
        for part in 0..2 {
            let body = page(shown_at(day), day * 2 + part);
            store.record(&[captured("palaver-legal", day * 24 + part * 12, body)]).expect("recorded");
        }
    }
    let now = at(days * 24);
    let forever = office(dir.path(), now, "");
    let (survey, before) = derived(&store, &forever);
    assert_eq!(survey.findings.len(), 2, "{before}");
    let mut readings = ReadingCache::open(dir.path());
    let none = retention::daily(&forever, &mut store, &mut readings, &survey, now).expect("kept");
    assert_eq!(none, None);
    let office = office(dir.path(), now, "[keep]\nbodies = \"60 days\"\n");
    let freed = retention::daily(&office, &mut store, &mut readings, &survey, now).expect("dropped").expect("due");
    assert!(freed.bodies > 400, "{freed:?}");
    drop(readings);
    fs::remove_file(dir.path().join("readings.cache")).expect("removed");
    assert_eq!(derived(&store, &office).1, before);
    for finding in &survey.findings {
        for capture in finding.captures.iter().flatten() {
            assert!(store.capture(capture).expect("read").is_some(), "what a finding names is kept");
        }
    }
    // A day's visits of the last sixty days are all there, and it is not done again on the same day.
    for day in days - 59..days {
        assert!(store.capture(&Sha256::of(&page(shown_at(day), day * 2))).expect("read").is_some());
    }
    let mut readings = ReadingCache::open(dir.path());
    assert_eq!(retention::daily(&office, &mut store, &mut readings, &survey, now).expect("kept"), None);
    assert!(store.verify().expect("verified").damage.is_empty());
    shown(dir.path(), &Sha256::of(&page(shown_at(20), 41)));
}

/// What `show` says of a capture whose body was dropped.
fn shown(dir: &Path, dropped: &Sha256) {
    let targets = dir.join("targets.toml");
    fs::write(&targets, TARGETS).expect("written");
    let show = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_noticewatch"));
        command.arg("--state").arg(dir).arg("--targets").arg(&targets).args(["show", "palaver-legal"]);
        command.arg(dropped.to_string()).args(more).current_dir(dir).output().expect("the program")
    };
    let out = show(&[]);
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(66), "{said}");
    assert!(said.contains("was dropped on") && said.contains("older than 60 days"), "{said}");
    let named = said.rsplit("noticewatch show palaver-legal ").next().expect("a command").trim_end_matches(['`', '\n']);
    let mut command = Command::new(env!("CARGO_BIN_EXE_noticewatch"));
    command.arg("--state").arg(dir).arg("--targets").arg(&targets).args(["show", "palaver-legal", named]);
    let out = command.current_dir(dir).output().expect("the program");
    assert!(String::from_utf8_lossy(&out.stdout).contains("We will notify affected users"), "{named}");
    let headers = show(&["--headers"]);
    assert!(String::from_utf8_lossy(&headers.stdout).contains(&dropped.to_string()));
}
