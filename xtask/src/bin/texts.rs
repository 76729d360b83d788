//! How quiet the reader is on a real past: for every page of a bare git repository of captures or versions, how many
//! captures there are, how many differ in their octets, and how many still differ in the text that was read.
//!
//! `cargo run --release -p xtask --bin texts -- captures.git [part of a path]`, or a single file to see its blocks. The last
//! lines are the rates by which `year` simulates: how long and how often the text of a page changes, how long bodies are,
//! and how long the difference to the body before is.

use noticewatch_core::capture::Sha256;
use noticewatch_core::document::{PageSource, parse};
use noticewatch_core::extract::read;
use noticewatch_core::target::ReadingSettings;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

type Failure = Box<dyn std::error::Error>;

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(survey())
}

fn survey() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let source = arguments.next().ok_or("which repository or file?")?;
    let part = arguments.next().unwrap_or_default();
    if std::path::Path::new(&source).is_file() {
        return show(&source);
    }
    let began = std::time::Instant::now();
    let mut git = Blobs::open(&source)?;
    let mut totals = (0, 0, 0, 0);
    let mut rates = Rates::default();
    noticewatch::say!("captures  bodies  texts  words        signs");
    for (path, blobs) in pages(&source, &part)? {
        let Some(media_type) = media_type(&path) else { continue };
        let mut texts: Vec<Sha256> = Vec::new();
        let mut words = BTreeSet::new();
        let mut signs: BTreeMap<String, usize> = BTreeMap::new();
        let mut read_already: HashMap<&str, Sha256> = HashMap::new();
        let mut before = Vec::new();
        for (_, blob) in &blobs {
            if !read_already.contains_key(blob.as_str()) {
                let body = git.read(blob)?;
                rates.body(&body, &std::mem::replace(&mut before, body.clone()))?;
                totals.3 += body.len();
                let reading = read(PageSource { body: &body, media_type, charset: None }, &ReadingSettings::default());
                words.insert(reading.words);
                for sign in &reading.signs {
                    *signs.entry(format!("{sign:?}")).or_default() += 1;
                }
                read_already.insert(blob, reading.text);
            }
            texts.extend(read_already.get(blob.as_str()));
        }
        rates.page(&blobs, &texts);
        let distinct: BTreeSet<_> = texts.iter().collect();
        let (low, high) = (words.first().unwrap_or(&0), words.last().unwrap_or(&0));
        noticewatch::say!(
            "{:8} {:7} {:6}  {:12} {path} {}",
            blobs.len(),
            read_already.len(),
            distinct.len(),
            format!("{low}-{high}"),
            if signs.is_empty() { String::new() } else { format!("{signs:?}") }
        );
        totals = (totals.0 + blobs.len(), totals.1 + read_already.len(), totals.2 + distinct.len(), totals.3);
    }
    noticewatch::say!(
        "{:8} {:7} {:6}  all, {} MB in {:.1} s",
        totals.0,
        totals.1,
        totals.2,
        totals.3 / 1_000_000,
        began.elapsed().as_secs_f64()
    );
    rates.print();
    Ok(())
}

/// What a simulation needs to know of real pages.
#[derive(Default)]
struct Rates {
    days: f64,
    recordings: usize,
    changes: usize,
    bodies: Vec<usize>,
    differences: Vec<usize>,
}

impl Rates {
    /// A page with its recordings, and the texts in their order.
    fn page(&mut self, blobs: &[(i64, String)], texts: &[Sha256]) {
        if let (Some((first, _)), Some((last, _))) = (blobs.first(), blobs.last()) {
            self.days += f64::from(u32::try_from((last - first) / 60).unwrap_or_default()) / (60.0 * 24.0);
            self.recordings += blobs.len() - 1;
            self.changes += texts.windows(2).filter(|pair| pair[0] != pair[1]).count();
        }
    }

    /// A body, and the one before it.
    fn body(&mut self, body: &[u8], before: &[u8]) -> Result<(), Failure> {
        self.bodies.push(body.len());
        if !before.is_empty() {
            let mut encoder = zstd::stream::write::Encoder::with_ref_prefix(Vec::new(), 5, before)?;
            encoder.window_log((body.len() + before.len()).max(1024).next_power_of_two().trailing_zeros().min(27))?;
            encoder.write_all(body)?;
            self.differences.push(encoder.finish()?.len());
        }
        Ok(())
    }

    fn print(mut self) {
        let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        let years = self.days / 365.25;
        noticewatch::say!(
            "{:.1} page-years; a page and year: {:.0} other bodies, {:.1} changes of the text",
            years,
            count(self.recordings) / years,
            count(self.changes) / years
        );
        for (name, octets) in [("bodies", &mut self.bodies), ("differences", &mut self.differences)] {
            octets.sort_unstable();
            let at = |percent: usize| octets.get(octets.len() * percent / 100).copied().unwrap_or_default();
            let mean = octets.iter().sum::<usize>() / octets.len().max(1);
            noticewatch::say!(
                "{name}: {} / {} / {} / {} octets at 10 / 50 / 75 / 90 %, {mean} on average",
                at(10),
                at(50),
                at(75),
                at(90)
            );
        }
    }
}

/// Prints what is read of one file.
fn show(path: &str) -> Result<(), Failure> {
    let body = std::fs::read(path)?;
    let media_type = media_type(path).ok_or("an ending of .html, .md or .txt is needed")?;
    let document = parse(PageSource { body: &body, media_type, charset: None }, &ReadingSettings::default());
    noticewatch::say!(
        "{:?} {:?} {:?} {:?} closed={}",
        document.title,
        document.language,
        document.dates,
        document.signs,
        document.closed
    );
    for block in &document.blocks {
        noticewatch::say!("{:>2} {:?}: {}", block.heading.len(), block.kind, block.text);
    }
    Ok(())
}

fn media_type(path: &str) -> Option<&'static str> {
    match path.rsplit('.').next()? {
        "html" | "htm" => Some("text/html"),
        "md" => Some("text/markdown"),
        "txt" => Some("text/plain"),
        _ => None,
    }
}

/// Times and blobs of every page on every branch, oldest first.
fn pages(repository: &str, part: &str) -> Result<BTreeMap<String, Vec<(i64, String)>>, Failure> {
    let output = Command::new("git")
        .args([
            "-C",
            repository,
            "-c",
            "core.quotePath=false",
            "log",
            "--all",
            "--reverse",
            "--no-renames",
            "--raw",
            "--no-abbrev",
            "--format=%at",
        ])
        .output()?;
    let mut pages: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    let mut at = 0;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((fields, path)) = line.split_once('\t') else {
            at = line.trim().parse().unwrap_or(at);
            continue;
        };
        let blob = fields.split(' ').nth(3).unwrap_or_default();
        if path.contains(part) && !blob.starts_with("00000000") {
            pages.entry(path.to_owned()).or_default().push((at, blob.to_owned()));
        }
    }
    Ok(pages)
}

/// `git cat-file --batch`, one process for all blobs.
struct Blobs {
    child: std::process::Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Blobs {
    fn open(repository: &str) -> Result<Self, Failure> {
        let mut child = Command::new("git")
            .args(["-C", repository, "cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let answers = BufReader::new(child.stdout.take().ok_or("no output of git")?);
        Ok(Self { child, answers })
    }

    fn read(&mut self, blob: &str) -> Result<Vec<u8>, Failure> {
        writeln!(self.child.stdin.as_mut().ok_or("no input of git")?, "{blob}")?;
        let mut header = String::new();
        self.answers.read_line(&mut header)?;
        let size: usize = header.trim().rsplit(' ').next().ok_or("no size")?.parse()?;
        let mut body = vec![0; size + 1];
        self.answers.read_exact(&mut body)?;
        body.pop();
        Ok(body)
    }
}
