//! What a state directory comes to: a simulated year of hourly visits, or how quickly each capture of one is read.
//!
//! `cargo run --release -p xtask --bin year -- [TARGETS [DAYS [small]]]` lets targets be visited hourly, as the daemon does: a
//! pass records its visits, then sees what follows. No page ever answers 304, every answer has another body, and the text
//! changes as often as that of real pages. Targets do not touch each other, so what a hundred of them come to in a year,
//! a thousand come to ten times. `small`: bodies of 6 kB, to measure passes alone.
//!
//! `... --example year -- --read STATE` reads every capture of a state directory cold and checks it.

use noticewatch::app::analysis::incremental::TargetFolds;
use noticewatch::app::analysis::reading_cache::ReadingCache;
use noticewatch::app::analysis::survey;
use noticewatch::io::store::{Recorded, Store};
use noticewatch_core::capture::{Outcome, Sha256, Visit};
use noticewatch_core::target::Target;
mod page;

use jiff::{SignedDuration, Timestamp};

use std::path::Path;
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error>;

/// Visits that are recorded at once, as a pass of the daemon does.
const GROUP: usize = 32;
/// What the view may take beside its rows, however few these are: that part does not grow with the targets.
const ALLOWED: u64 = 16 << 20;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(measure())
}

fn measure() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [option, state] = arguments.as_slice()
        && option == "--read"
    {
        return read(Path::new(state));
    }
    let number = |index: usize, usual: u64| arguments.get(index).map_or(Ok(usual), |text| text.parse());
    simulate(number(0, 20)?, number(1, 365)?, arguments.get(2).is_some_and(|word| word == "small"))
}

/// Visits so many targets for so many days.
fn simulate(targets: u64, days: u64, small: bool) -> Result<(), Failure> {
    let dir = tempfile::tempdir()?;
    let mut store = Store::open(dir.path())?;
    let mut readings = ReadingCache::open(dir.path());
    let mut courses = TargetFolds::default();
    let watched: Vec<Target> = (0..targets).map(target).collect();
    let start: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    store.define_all(start, &watched)?;
    let mut kept = vec![Sha256::default(); watched.len()];
    let (mut quiet, mut quiet_octets, mut largest_view, mut passes) = (0, 0, 0, Vec::new());
    for hour in 0..days * 24 {
        let at = start.checked_add(HOUR * i32::try_from(hour)?)?;
        let before = size(&dir.path().join("archive"))?;
        let mut visits = Vec::new();
        for number in 0..targets {
            // Not at the same second, as real targets are not.
            let at = at.checked_add(SignedDuration::from_millis(i64::try_from(number)? * 1_571))?;
            let kept = &mut kept[usize::try_from(number)?];
            visits.push(visit(number, hour, at, kept, small));
        }
        for group in visits.chunks(GROUP) {
            store.record(group)?;
        }
        if !hour.is_multiple_of(24) {
            quiet += targets;
            quiet_octets += size(&dir.path().join("archive"))? - before;
        }
        let began = Instant::now();
        survey(&store, &mut readings, &mut courses, &watched, at.checked_add(HOUR)?, |_| HOUR)?;
        passes.push(began.elapsed());
        readings.flush();
        largest_view = largest_view.max(size(&dir.path().join("view"))?);
    }
    drop((store, readings));
    noticewatch::say!("{targets} targets, {days} days: {} visits, {} captures", targets * days * 24, targets * days);
    let mut sum = largest_view.saturating_sub(ALLOWED);
    for name in ["archive", "journal.jsonl", "readings.cache", "followed.cache"] {
        let octets = size(&dir.path().join(name))?;
        sum += octets;
        noticewatch::say!("{name}: {octets} octets");
    }
    noticewatch::say!("view: {largest_view} octets at the most, {} at the end", size(&dir.path().join("view"))?);
    noticewatch::say!(
        "a visit with another body and the same text adds {} octets to the archive",
        quiet_octets / quiet.max(1)
    );
    let year = sum * 1_000 / targets * 365 / days + ALLOWED;
    noticewatch::say!("1,000 targets for a year: {} MB", year / 1_000_000);
    let tenth = passes.len().div_ceil(10);
    let (first, last) = (median(&passes[..tenth]), median(&passes[passes.len() - tenth..]));
    noticewatch::say!("what follows from a pass: {first:?} in the first tenth of the time, {last:?} in the last");
    whole(dir.path(), &watched, start.checked_add(HOUR * i32::try_from(days * 24 + 1)?)?)
}

/// From nothing at hand, as at a start: everything is followed from its first visit.
fn whole(dir: &Path, targets: &[Target], now: Timestamp) -> Result<(), Failure> {
    let began = Instant::now();
    let store = Store::open(dir)?;
    let mut readings = ReadingCache::open(dir);
    let opened = began.elapsed();
    let survey = survey(&store, &mut readings, &mut TargetFolds::default(), targets, now, |_| HOUR)?;
    let visits: usize = survey.pages.iter().map(|page| page.visits).sum();
    noticewatch::say!(
        "opened in {opened:?}; all {visits} visits followed again in {:?}, {} readings made",
        began.elapsed().saturating_sub(opened),
        readings.made()
    );
    let status = std::fs::read_to_string("/proc/self/status")?;
    noticewatch::say!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
    Ok(())
}

fn target(number: u64) -> Target {
    Target {
        id: format!("target-{number}"),
        service: format!("Platform {number}"),
        terms_type: "Law Enforcement Guidelines".into(),
        url: format!("https://platform-{number}.example/legal/policy"),
        ..Target::default()
    }
}

/// The first visit of a day keeps the body, the others find another body with the same text.
fn visit(number: u64, hour: u64, at: Timestamp, kept: &mut Sha256, small: bool) -> Recorded {
    let id = format!("target-{number}");
    let unconditional = true;
    if hour.is_multiple_of(24) {
        let capture = page::capture(number, at, page::body(number, hour / 24, hour, small));
        *kept = capture.sha256;
        let outcome = Outcome::Captured { sha256: *kept };
        let visit = Visit { target: id, at, unconditional, twin: None, recorded: false, outcome };
        return Recorded { visit, capture: Some(capture) };
    }
    let other = Sha256::of(format!("{number} {hour}").as_bytes());
    let outcome = Outcome::SameText { sha256: other, kept: *kept };
    Recorded { visit: Visit { target: id, at, unconditional, twin: None, recorded: false, outcome }, capture: None }
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
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
    noticewatch::say!("{} bodies, {octets} octets, all as they were kept", digests.len());
    noticewatch::say!("cold: half of them within {:?}, 95 % within {:?}, all within {:?}", at(50), at(95), at(100));
    Ok(())
}

/// Octets of a file, or of all files below a directory; none where there is neither.
fn size(dir: &Path) -> Result<u64, Failure> {
    if !dir.is_dir() {
        return Ok(dir.metadata().map_or(0, |file| file.len()));
    }
    let mut total = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        total += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(total)
}
