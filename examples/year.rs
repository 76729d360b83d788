//! What a state directory comes to: a simulated year of hourly visits, or how quickly each capture of one is read.
//!
//! `cargo run --release --example year -- [TARGETS [DAYS]]` lets targets be visited hourly in a directory of its own,
//! with the rates of real pages: a new text every 40 days, another body with the same text once a day, else not
//! modified. `... --example year -- --read STATE` reads every capture of a state directory cold and checks it.

use jiff::{SignedDuration, Timestamp};
use noticewatch::capture::{Capture, Outcome, Sha256, Visit};
use noticewatch::io::store::{Recorded, Store};
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

type Failure = Box<dyn std::error::Error>;

/// Words of one page: about 30 kB of text, as policies have.
const WORDS: usize = 4_000;
/// Days between two texts of a page.
const TEXT_DAYS: u64 = 40;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [option, state] = arguments.as_slice()
        && option == "--read"
    {
        return read(Path::new(state));
    }
    let number = |index: usize, usual: u64| arguments.get(index).map_or(Ok(usual), |text| text.parse());
    simulate(number(0, 20)?, number(1, 365)?)
}

/// Visits so many targets for so many days.
fn simulate(targets: u64, days: u64) -> Result<(), Failure> {
    let dir = tempfile::tempdir()?;
    let mut store = Store::open(dir.path())?;
    let start: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let mut kept = vec![Sha256::default(); usize::try_from(targets)?];
    let (mut visits, mut quiet, mut quiet_octets) = (0_u64, 0_u64, 0_u64);
    for hour in 0..days * 24 {
        let at = start.checked_add(SignedDuration::from_hours(i64::try_from(hour)?))?;
        let before = size(&dir.path().join("archive"))?;
        let captures = hour % 24 == 0;
        for (target, kept) in kept.iter_mut().enumerate() {
            // Not at the same second, as real targets are not.
            let at = at.checked_add(SignedDuration::from_millis(i64::try_from(target)? * 3_571))?;
            let recorded = if captures { capture(target as u64, hour / 24, at) } else { again(target, *kept, at) };
            if let Outcome::Captured { sha256 } = recorded.visit.outcome {
                *kept = sha256;
            }
            store.record(&[recorded])?;
        }
        visits += targets;
        if !captures {
            quiet += targets;
            quiet_octets += size(&dir.path().join("archive"))? - before;
        }
    }
    drop(store);
    let (archive, view) = (size(&dir.path().join("archive"))?, size(&dir.path().join("view"))?);
    println!("{targets} targets, {days} days: {visits} visits, {} captures", targets * days);
    println!("archive {archive} octets, view {view} octets");
    println!("a visit of an unchanged page adds {} octets to the archive", quiet_octets / quiet.max(1));
    println!("1,000 targets for a year: {} MB", (archive + view) * 1_000 * 365 / targets / days / 1_000_000);
    Ok(())
}

fn again(target: usize, kept: Sha256, at: Timestamp) -> Recorded {
    Recorded { visit: visit(target as u64, at, Outcome::NotModified { kept }), capture: None }
}

fn visit(target: u64, at: Timestamp, outcome: Outcome) -> Visit {
    Visit { target: format!("target-{target}"), at, unconditional: false, twin: None, recorded: false, outcome }
}

/// The day's body: words that change with the text, and a nonce that changes always.
fn capture(target: u64, day: u64, at: Timestamp) -> Recorded {
    let mut seed = target * 7_919 + 1;
    let text = (day + target) / TEXT_DAYS;
    let mut body = format!("<html><head><meta name=\"nonce\" content=\"{}\"></head><body>", mix(day << 20 | target));
    for word in 0..WORDS {
        seed = mix(seed);
        // Each text has another twentieth of the words.
        let own = if word as u64 % 20 == text % 20 { mix(seed ^ text) } else { seed };
        body.push_str(["<p>", "the ", "of ", "and "][(own % 61).min(3) as usize]);
        let _ = write!(body, "{:x} ", own % 4_000);
    }
    body.push_str("</body></html>");
    let sha256 = Sha256::of(body.as_bytes());
    let url = format!("https://example.org/{target}");
    let capture = Capture {
        target: format!("target-{target}"),
        started: at,
        ended: at,
        url: url.clone(),
        final_url: url,
        redirects: Vec::new(),
        status: 200,
        request_headers: vec![("accept-language".into(), "en".into())],
        headers: vec![("content-type".into(), "text/html; charset=utf-8".into()), ("etag".into(), sha256.to_string())],
        media_type: "text/html".into(),
        charset: Some("utf-8".into()),
        sha256,
        sha256_received: Some(sha256),
        peer: Some("192.0.2.1:443".into()),
        tls: None,
        program: "noticewatch".into(),
        origin: None,
        rendered: None,
        body: body.into_bytes(),
    };
    Recorded { visit: visit(target, at, Outcome::Captured { sha256 }), capture: Some(capture) }
}

fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9).wrapping_add(0x9e37_79b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// Reads every capture in an order that no cache helps, and compares it with its digest.
fn read(state: &Path) -> Result<(), Failure> {
    let store = Store::read_only(state)?;
    let mut digests = Vec::new();
    for target in store.targets()? {
        digests.extend(store.captures_of(&target)?.into_iter().map(|(_, capture)| capture.sha256));
    }
    digests.sort_unstable();
    digests.dedup();
    let (mut times, mut octets) = (Vec::new(), 0);
    for digest in &digests {
        let began = Instant::now();
        let capture = store.capture(digest)?.ok_or("a body is missing")?;
        times.push(began.elapsed());
        octets += capture.body.len();
        assert_eq!(Sha256::of(&capture.body), *digest, "not what was kept");
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).or(times.last()).copied().unwrap_or_default();
    println!("{} bodies, {octets} octets, all as they were kept", digests.len());
    println!("cold: half of them within {:?}, 95 % within {:?}, all within {:?}", at(50), at(95), at(100));
    Ok(())
}

fn size(dir: &Path) -> Result<u64, Failure> {
    let mut total = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        total += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(total)
}
