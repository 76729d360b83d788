//! Measures following: every document of every branch of `versions.git`, from first to last version, under the real
//! rules of health, settling and siblings, with the recorded times as clock.
//!
//! Labels are looked at only after the judgement.

use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::{Missed, Sha256, Why};
use noticewatch_core::compare::Rank;
use noticewatch_core::document::PageSource;
use noticewatch_core::extract;
use noticewatch_core::extract::Reading;
use noticewatch_core::history::{Finding, Followed, Look, LookSource, Seen, Sibling, Terms, across, follow, judged_by};
use noticewatch_core::target::{ReadingSettings, Target};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

/// One labelled change, as far as it says where and when it happened.
#[derive(Deserialize)]
struct Row {
    collection: String,
    service: String,
    terms_type: String,
    dates: Vec<String>,
    alert: bool,
    kind: String,
    #[serde(default)]
    disputed: bool,
}

/// The figures of this part.
#[derive(Debug, Default, Serialize)]
pub struct Histories {
    documents: usize,
    versions: usize,
    /// Findings that would be mailed or stand in a digest.
    findings: usize,
    /// Labelled genuine changes that a finding matches.
    matched: usize,
    /// Labelled genuine changes that none matches.
    missed: usize,
    missed_rows: Vec<String>,
    /// Findings that match no labelled genuine change.
    unmatched: Vec<Value>,
    #[serde(skip)]
    matching: Vec<Value>,
    /// Quarantines by their sign: episodes, of them ended, of the ended those over within 26 hours.
    #[serde(skip)]
    quarantines: BTreeMap<String, [usize; 3]>,
}

/// One document of one branch.
struct Doc {
    branch: String,
    target: Target,
    versions: Vec<(Timestamp, String)>,
}

/// Follows every document; None where the archive has no `versions.git`.
///
/// # Errors
/// git cannot be run, or a label cannot be read.
pub fn measure(dir: &Path) -> Result<Option<Histories>, String> {
    let (labels, versions) = (dir.join("changes.jsonl"), dir.join("versions.git"));
    if !versions.exists() {
        return Ok(None);
    }
    let rows: Vec<Row> = std::fs::read_to_string(&labels)
        .unwrap_or_default()
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("changes.jsonl: {error}"))?;
    let docs = documents(&versions)?;
    let mut figures = Histories {
        documents: docs.len(),
        versions: docs.iter().map(|doc| doc.versions.len()).sum(),
        ..Histories::default()
    };
    let half = docs.len().div_ceil(2);
    let followed: Vec<Followed> = std::thread::scope(|scope| {
        let parts: Vec<_> = docs.chunks(half.max(1)).map(|part| scope.spawn(|| follow_all(&versions, part))).collect();
        parts
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|_| Err("a thread failed".to_owned())))
            .collect::<Result<Vec<_>, _>>()
    })?
    .concat();
    judge(&mut figures, &docs, &followed, &rows);
    quarantines(&mut figures, &followed);
    Ok(Some(figures))
}

/// All findings over siblings, matched with the labels.
fn judge(figures: &mut Histories, docs: &[Doc], followed: &[Followed], rows: &[Row]) {
    let mut services: BTreeMap<(&str, &str), Vec<Sibling<'_>>> = BTreeMap::new();
    for (doc, followed) in docs.iter().zip(followed) {
        let key = (doc.branch.as_str(), doc.target.service.as_str());
        services.entry(key).or_default().push(Sibling { target: &doc.target, followed });
    }
    let labels: Vec<&Row> = rows.iter().filter(|row| !row.disputed && row.alert && row.kind == "genuine").collect();
    let mut met: HashSet<usize> = HashSet::new();
    for ((branch, _), siblings) in &services {
        for finding in across(siblings, Timestamp::MAX).findings.iter().filter(|finding| finding.rank >= Rank::Digest) {
            figures.findings += 1;
            let found: Vec<usize> = labels
                .iter()
                .enumerate()
                .filter(|(_, row)| fits(row, branch, finding))
                .map(|(index, _)| index)
                .collect();
            let shown = show(branch, finding);
            if found.is_empty() {
                figures.unmatched.push(shown);
            } else {
                figures.matching.push(shown);
            }
            met.extend(found);
        }
    }
    figures.matched = met.len();
    figures.missed = labels.len() - met.len();
    let missed = labels.iter().enumerate().filter(|(index, _)| !met.contains(index));
    figures.missed_rows = missed
        .map(|(_, row)| format!("{} {} {} {:?}", row.collection, row.service, row.terms_type, row.dates))
        .collect();
}

/// Counts what health put aside, by the kind of its first sign.
fn quarantines(figures: &mut Histories, followed: &[Followed]) {
    for trouble in followed.iter().flat_map(|followed| &followed.troubles) {
        let sign = trouble.detail.split([';', ',']).next().unwrap_or_default();
        let kind: String = sign.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        let kind = kind.split('"').next().unwrap_or_default().trim().to_owned();
        let counts = figures.quarantines.entry(format!("{:?}: {kind}", trouble.kind)).or_default();
        counts[0] += 1;
        if let Some(until) = trouble.until {
            counts[1] += 1;
            counts[2] += usize::from(until.duration_since(trouble.since) <= SignedDuration::from_hours(26));
        }
    }
}

fn fits(row: &Row, branch: &str, finding: &Finding) -> bool {
    let near = |date: &String| {
        let Ok(day) = date.parse::<jiff::civil::Date>() else { return false };
        let Ok(noon) = day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC) else { return false };
        let noon = noon.timestamp();
        let day = SignedDuration::from_hours(36);
        noon.duration_since(finding.between[0]) >= -day
            && finding.settled.duration_since(noon) >= -day
            && noon.duration_since(finding.between[1]) <= day
    };
    row.collection == branch
        && row.service == finding.service
        && row.terms_type == finding.terms_type
        && row.dates.iter().any(near)
}

fn show(branch: &str, finding: &Finding) -> Value {
    let quote =
        |passage: &Option<noticewatch_core::extract::Passage>| passage.as_ref().map(|passage| passage.quote.clone());
    json!({
        "branch": branch, "service": finding.service, "terms_type": finding.terms_type,
        "verdict": finding.change.verdict, "severity": finding.change.severity, "rank": finding.rank,
        "between": finding.between, "settled": finding.settled, "reasons": finding.change.reasons,
        "before": quote(&finding.change.before), "after": quote(&finding.change.after),
    })
}

fn follow_all(versions: &Path, docs: &[Doc]) -> Result<Vec<Followed>, String> {
    let mut blobs = Blobs::open(versions)?;
    docs.iter().map(|doc| follow_one(&mut blobs, doc)).collect()
}

fn follow_one(blobs: &mut Blobs, doc: &Doc) -> Result<Followed, String> {
    let settings: ReadingSettings = doc.target.reading();
    let mut known: HashMap<&str, (Sha256, Option<Arc<Reading>>)> = HashMap::new();
    let url: Arc<str> = doc.target.url.as_str().into();
    let mut looks = Vec::new();
    for (at, blob) in &doc.versions {
        if !known.contains_key(blob.as_str()) {
            let body = blobs.get(blob)?;
            let page = PageSource { body: &body, media_type: "text/markdown", charset: Some("utf-8") };
            let reading = (!body.is_empty()).then(|| Arc::new(extract::read(page, &settings)));
            known.insert(blob, (Sha256::of(&body), reading));
        }
        let seen = match &known[blob.as_str()] {
            (capture, Some(reading)) => {
                Seen::Page { capture: *capture, final_url: Arc::clone(&url), reading: Arc::clone(reading), twin: None }
            }
            (_, None) => Seen::Missed(Missed {
                why: Why::Empty,
                detail: "an empty recording".to_owned(),
                status: None,
                retry_after_s: None,
            }),
        };
        looks.push(Look { at: *at, unconditional: true, seen });
    }
    let now = doc.versions.last().map_or(Timestamp::UNIX_EPOCH, |(at, _)| judged_by(*at, Timestamp::MAX));
    let terms = Terms { source: LookSource::Recorded, now, interval: SignedDuration::from_hours(24) };
    Ok(follow(&doc.target, &looks, terms))
}

/// The documents of all branches with their versions, oldest first.
fn documents(versions: &Path) -> Result<Vec<Doc>, String> {
    let mut docs = Vec::new();
    for branch in git(versions, &["for-each-ref", "--format=%(refname:short)", "refs/heads"])?.lines() {
        let log = git(
            versions,
            &[
                "-c",
                "core.quotepath=off",
                "log",
                "--reverse",
                "--raw",
                "--no-abbrev",
                "--no-renames",
                "--format=@%at",
                branch,
            ],
        )?;
        let mut paths: BTreeMap<String, Vec<(Timestamp, String)>> = BTreeMap::new();
        let mut at = Timestamp::UNIX_EPOCH;
        for line in log.lines() {
            if let Some(time) = line.strip_prefix('@') {
                at = Timestamp::from_second(time.parse().unwrap_or(0)).unwrap_or(at);
            } else if let Some((fields, path)) = line.strip_prefix(':').and_then(|line| line.split_once('\t')) {
                let blob = fields.split(' ').nth(3).unwrap_or_default();
                if !blob.starts_with("0000000") {
                    paths.entry(path.to_owned()).or_default().push((at, blob.to_owned()));
                }
            }
        }
        for (path, mut versions) in paths {
            versions.sort_by_key(|(at, _)| *at);
            let Some((service, rest)) = path.split_once('/') else { continue };
            let terms_type = rest.trim_end_matches(".md").to_owned();
            let target = Target {
                id: format!("{branch}/{path}"),
                service: service.to_owned(),
                terms_type,
                url: format!("archive://{branch}/{path}"),
                ..Target::default()
            };
            docs.push(Doc { branch: branch.to_owned(), target, versions });
        }
    }
    Ok(docs)
}

fn git(repository: &Path, arguments: &[&str]) -> Result<String, String> {
    let out = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(arguments)
        .output()
        .map_err(|error| format!("git: {error}"))?;
    String::from_utf8(out.stdout).map_err(|error| format!("git: {error}"))
}

/// Blobs out of `git cat-file --batch`.
struct Blobs {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Blobs {
    fn open(repository: &Path) -> Result<Self, String> {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(repository)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("git: {error}"))?;
        let output = child.stdout.take().ok_or("git cat-file has no output")?;
        Ok(Self { child, output: BufReader::new(output) })
    }

    fn get(&mut self, blob: &str) -> Result<Vec<u8>, String> {
        let input = self.child.stdin.as_mut().ok_or("git cat-file has no input")?;
        let output = &mut self.output;
        writeln!(input, "{blob}").and_then(|()| input.flush()).map_err(|error| format!("git: {error}"))?;
        let mut head = String::new();
        output.read_line(&mut head).map_err(|error| format!("git: {error}"))?;
        let size: usize =
            head.split_whitespace().nth(2).and_then(|size| size.parse().ok()).ok_or(format!("git: {head}"))?;
        let mut body = vec![0; size + 1];
        output.read_exact(&mut body).map_err(|error| format!("git: {error}"))?;
        body.pop();
        Ok(body)
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // The child has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Histories {
    /// The figures as one JSON object.
    pub fn json(&self) -> Value {
        json!(self)
    }

    /// The figures, every labelled change without a finding and every finding without a label, for a person.
    pub fn print(&self) {
        noticewatch::say!(
            "histories: {} documents, {} versions, {} findings, {} labelled changes matched, {} missed, {} findings unmatched",
            self.documents,
            self.versions,
            self.findings,
            self.matched,
            self.missed,
            self.unmatched.len()
        );
        noticewatch::say!("  put aside, by first sign: episodes, ended, ended within 26 h");
        self.quarantines
            .iter()
            .for_each(|(sign, [all, ended, soon])| noticewatch::say!("    {all:>4} {ended:>4} {soon:>4}  {sign}"));
        self.missed_rows.iter().for_each(|row| noticewatch::say!("  missed: {row}"));
        self.matching.iter().for_each(|finding| noticewatch::say!("  matched: {}", line(finding)));
        self.unmatched.iter().for_each(|finding| noticewatch::say!("  unmatched: {}", line(finding)));
    }
}

fn line(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
    format!(
        "{} {} {} {} {} {}..{}\n      reasons {}\n      - {}\n      + {}",
        text("branch"),
        text("service"),
        text("terms_type"),
        text("verdict"),
        text("severity"),
        finding["between"][0].as_str().unwrap_or_default(),
        finding["between"][1].as_str().unwrap_or_default(),
        finding["reasons"],
        text("before").replace('\n', " | "),
        text("after").replace('\n', " | "),
    )
}
