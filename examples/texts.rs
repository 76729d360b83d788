//! How quiet the reader is on a real past: for every page of a bare git repository of captures or versions, how many
//! captures there are, how many differ in their octets, and how many still differ in the text that was read.
//!
//! `cargo run --release --example texts -- captures.git [part of a path]`, or a single file to see its blocks.

use noticewatch::capture::Sha256;
use noticewatch::document::{Page, parse, read};
use noticewatch::target::ReadingSettings;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let source = arguments.next().ok_or("which repository or file?")?;
    let part = arguments.next().unwrap_or_default();
    if std::path::Path::new(&source).is_file() {
        return show(&source);
    }
    let began = std::time::Instant::now();
    let mut git = Blobs::open(&source)?;
    let mut totals = (0, 0, 0, 0);
    println!("captures  bodies  texts  words        signs");
    for (path, blobs) in pages(&source, &part)? {
        let Some(media_type) = media_type(&path) else { continue };
        let mut texts: Vec<Sha256> = Vec::new();
        let mut words = BTreeSet::new();
        let mut signs: BTreeMap<String, usize> = BTreeMap::new();
        let mut read_already: HashMap<&str, Sha256> = HashMap::new();
        for blob in &blobs {
            if !read_already.contains_key(blob.as_str()) {
                let body = git.read(blob)?;
                totals.3 += body.len();
                let reading = read(Page { body: &body, media_type, charset: None }, &ReadingSettings::default());
                words.insert(reading.words);
                for sign in &reading.signs {
                    *signs.entry(format!("{sign:?}")).or_default() += 1;
                }
                texts.push(reading.text);
                read_already.insert(blob, reading.text);
            }
        }
        let distinct: BTreeSet<_> = texts.iter().collect();
        let (low, high) = (words.first().unwrap_or(&0), words.last().unwrap_or(&0));
        println!(
            "{:8} {:7} {:6}  {:12} {path} {}",
            blobs.len(),
            read_already.len(),
            distinct.len(),
            format!("{low}-{high}"),
            if signs.is_empty() { String::new() } else { format!("{signs:?}") }
        );
        totals = (totals.0 + blobs.len(), totals.1 + read_already.len(), totals.2 + distinct.len(), totals.3);
    }
    println!(
        "{:8} {:7} {:6}  all, {} MB in {:.1} s",
        totals.0,
        totals.1,
        totals.2,
        totals.3 / 1_000_000,
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Prints what is read of one file.
fn show(path: &str) -> Result<(), Failure> {
    let body = std::fs::read(path)?;
    let media_type = media_type(path).ok_or("an ending of .html, .md or .txt is needed")?;
    let document = parse(Page { body: &body, media_type, charset: None }, &ReadingSettings::default());
    println!(
        "{:?} {:?} {:?} {:?} closed={}",
        document.title, document.language, document.dates, document.signs, document.closed
    );
    for block in &document.blocks {
        println!("{:>2} {:?}: {}", block.heading.len(), block.kind, block.text);
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

/// The blobs of every page on every branch, oldest first.
fn pages(repository: &str, part: &str) -> Result<BTreeMap<String, Vec<String>>, Failure> {
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
            "--format=",
        ])
        .output()?;
    let mut pages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((fields, path)) = line.split_once('\t') else { continue };
        let blob = fields.split(' ').nth(3).unwrap_or_default();
        if path.contains(part) && !blob.starts_with("00000000") {
            pages.entry(path.to_owned()).or_default().push(blob.to_owned());
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
