//! Benchmarks of storing, on texts made here: each step is durable when it returns, so the disk is part of the figure.

use divan::Bencher;
use jiff::{Timestamp, ToSpan};
use noticewatch::io::store::{Recorded, Store};
use noticewatch_core::capture::{Capture, Outcome, Sha256, Visit};

use tempfile::TempDir;

fn main() {
    divan::main();
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + (minutes + 29_500_000).minutes()
}

/// A page of about 200 kB; editions differ in two numbers.
fn page(target: usize, edition: i64) -> Vec<u8> {
    let mut random = target as u64 + 1;
    let mut paragraph = |number: u32| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("<p id=\"{number}\">We notify users before we disclose {random:x} to anyone.</p>")
    };
    let paragraphs: String = (0..2500).map(&mut paragraph).collect::<Vec<_>>().concat();
    format!("<html><body data-edition=\"{edition}\">{paragraphs}<footer>{edition}</footer></body></html>").into_bytes()
}

fn visit(target: usize, minutes: i64, outcome: Outcome) -> Visit {
    let target = format!("target-{target}");
    Visit { target, at: at(minutes), unconditional: false, twin: None, recorded: false, outcome }
}

fn captured(target: usize, minutes: i64) -> Recorded {
    let body = page(target, minutes);
    let sha256 = Sha256::of(&body);
    let capture = Capture {
        target: format!("target-{target}"),
        started: at(minutes),
        ended: at(minutes),
        url: "https://palaver.example/legal".into(),
        final_url: "https://palaver.example/legal".into(),
        status: 200,
        headers: vec![("content-type".into(), "text/html".into())],
        media_type: "text/html".into(),
        sha256,
        program: "noticewatch".into(),
        body,
        ..Capture::default()
    };
    Recorded { visit: visit(target, minutes, Outcome::Captured { sha256 }), capture: Some(capture) }
}

fn unchanged(targets: usize, minutes: i64) -> Vec<Recorded> {
    let outcome = |target| Outcome::NotModified { kept: Sha256::of(format!("target-{target}").as_bytes()) };
    (0..targets).map(|target| Recorded { visit: visit(target, minutes, outcome(target)), capture: None }).collect()
}

/// A pass over many targets, nothing changed, one group.
#[divan::bench(args = [1, 100, 1000], sample_count = 50)]
fn record_unchanged_visits(bencher: Bencher, targets: usize) {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a store");
    let mut minutes = 0;
    bencher.bench_local(|| {
        minutes += 60;
        store.record(&unchanged(targets, minutes)).expect("recorded");
    });
}

/// One capture of 200 kB: the first of its target, or the next edition.
#[divan::bench(args = [true, false], sample_count = 50)]
fn record_a_capture(bencher: Bencher, first: bool) {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a store");
    let mut minutes = 0;
    bencher
        .with_inputs(|| {
            minutes += 1;
            captured(if first { usize::try_from(minutes).unwrap_or_default() } else { 0 }, minutes)
        })
        .bench_local_values(|recorded| store.record(&[recorded]).expect("recorded"));
}

/// A capture that lies under so many differences, from a store opened anew.
#[divan::bench(args = [0, 16, 63], sample_count = 20)]
fn read_a_capture(bencher: Bencher, depth: i64) {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a store");
    for edition in 0..=depth {
        store.record(&[captured(0, edition)]).expect("recorded");
    }
    let sha256 = Sha256::of(&page(0, depth));
    bencher
        .with_inputs(|| Store::read_only(dir.path()).expect("opened"))
        .bench_local_values(|store| store.capture(&sha256).expect("read"));
}

/// 100 targets, hourly for 30 days.
#[divan::bench(sample_count = 5)]
fn open_beside_the_daemon(bencher: Bencher) {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a store");
    for hour in 0..24 * 30 {
        store.record(&unchanged(100, hour * 60)).expect("recorded");
    }
    bencher.bench_local(|| Store::read_only(dir.path()).expect("opened"));
}
