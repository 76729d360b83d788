//! What befalls files on a disk, and whether the program sees it, mends it from a backup, and says afterwards what it said
//! before.
//!
//! `cargo run -p xtask --bin damage -- PROGRAM [COUNT [SEED]]`. The state is that of `demo`, with a fresh backup; files,
//! kinds and places are drawn from the seed. Nothing leaves the machine. Exit code 1 where a damage was not named, not
//! mended, or changed what is said; what is made anew at any time (the database, the caches) must do no harm instead.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// What every part may fail with.
type Failure = Box<dyn std::error::Error>;

/// No run lasts longer: what hangs is killed then, and that is a fault.
const BOUND: Duration = Duration::from_mins(1);
/// What a process ends with that panicked.
const PANIC: i32 = 101;

/// Numbers that look random and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound.max(1)
    }
}

/// What can befall a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Cut,
    Flipped,
    Zeroed,
    Deleted,
    Inserted,
    Repeated,
}

const KINDS: [Kind; 6] = [Kind::Cut, Kind::Flipped, Kind::Zeroed, Kind::Deleted, Kind::Inserted, Kind::Repeated];

impl Kind {
    /// The octets after it; None: there is no file any more.
    fn of(self, octets: &[u8], at: usize, dice: &mut Dice) -> Option<Vec<u8>> {
        let mut after = octets.to_vec();
        match self {
            Self::Cut => after.truncate(at),
            Self::Flipped => {
                let end = after.len().min(at + 1 + dice.below(8));
                after[at..end].iter_mut().for_each(|octet| *octet ^= 1 << dice.below(8));
            }
            Self::Zeroed => {
                let end = after.len().min(at + 512);
                after[at..end].fill(0);
            }
            Self::Deleted => return None,
            Self::Inserted => {
                let foreign: Vec<u8> = (0..=dice.below(40)).map(|_| dice.below(256).to_le_bytes()[0]).collect();
                after.splice(at..at, foreign);
            }
            Self::Repeated => after.extend_from_slice(&octets[at..]),
        }
        Some(after)
    }
}

/// What a run of the program came to.
struct Ended {
    /// None: it was ended by a signal, or hung.
    code: Option<i32>,
    printed: String,
    complained: String,
}

/// The program on one directory.
struct House {
    program: PathBuf,
    home: PathBuf,
}

impl House {
    fn state(&self) -> PathBuf {
        self.home.join("state")
    }

    fn run(&self, args: &[&str]) -> Result<Ended, Failure> {
        let streams = ["printed", "complained"].map(|name| self.home.join(name));
        let mut command = Command::new(&self.program);
        for name in ["NOTICEWATCH_CONFIG", "NOTICEWATCH_TARGETS", "STATE_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
            command.env_remove(name);
        }
        for (option, name) in [("--config", "noticewatch.toml"), ("--targets", "targets.toml"), ("--state", "state")] {
            command.arg(option).arg(self.home.join(name));
        }
        command.args(args).current_dir(&self.home).stdin(Stdio::null());
        let mut child = command.stdout(File::create(&streams[0])?).stderr(File::create(&streams[1])?).spawn()?;
        let begun = Instant::now();
        let code = loop {
            if let Some(status) = child.try_wait()? {
                break status.code();
            }
            if begun.elapsed() > BOUND {
                child.kill()?;
                child.wait()?;
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let text = |path: &Path| fs::read(path).map(|octets| String::from_utf8_lossy(&octets).into_owned());
        Ok(Ended { code, printed: text(&streams[0])?, complained: text(&streams[1])? })
    }

    /// What is said of the past and of the letters.
    fn says(&self) -> Result<[Ended; 2], Failure> {
        Ok([self.run(&["history", "--json"])?, self.run(&["outbox", "--all", "--json"])?])
    }
}

fn main() -> ExitCode {
    noticewatch::io::say::ended(damage())
}

fn damage() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(program) = arguments.first().map(fs::canonicalize).transpose()? else {
        noticewatch::complain!("usage: damage PROGRAM [COUNT [SEED]]");
        return Ok(ExitCode::from(64));
    };
    let number = |index: usize, usual: u64| arguments.get(index).map_or(Ok(usual), |text| text.parse::<u64>());
    let (count, seed) = (number(1, 200)?, number(2, 20_260_301)?);
    let begun = Instant::now();
    let place = tempfile::tempdir()?;
    let whole = House { program: program.clone(), home: place.path().join("whole") };
    let made = Command::new(&program).args(["demo", "--dir"]).arg(&whole.home).stdout(Stdio::null()).status()?;
    if !made.success() {
        return Err(format!("`demo` ended with {made}").into());
    }
    let backup = whole.run(&["backup", "backup"])?;
    if backup.code != Some(0) {
        return Err(format!("`backup` failed: {}", backup.complained).into());
    }
    let before = whole.says()?;
    if before.iter().any(|said| said.code != Some(0)) || before[0].printed.is_empty() {
        return Err(format!("nothing is said of a whole store: {}", before[0].complained).into());
    }
    let files = kept(&whole.state())?;
    let (mut dice, mut done, mut faults) = (Dice(seed), BTreeMap::<Kind, u64>::new(), 0);
    let mut by_file = BTreeMap::<String, u64>::new();
    for round in 0..count {
        let house = House { program: program.clone(), home: place.path().join(format!("round-{round}")) };
        copy(&whole.home, &house.home)?;
        let (kind, name, what) = harm(&house.state(), &files, &mut dice)?;
        for fault in live_through(&house, &name, &before)? {
            noticewatch::say!("round {round}, {what}: {fault}");
            faults += 1;
        }
        *done.entry(kind).or_default() += 1;
        *by_file.entry(name.split('/').next().unwrap_or_default().to_owned()).or_default() += 1;
        fs::remove_dir_all(&house.home)?;
    }
    let list = |all: Vec<String>| all.join(", ");
    noticewatch::say!("seed {seed}, {:.0} s", begun.elapsed().as_secs_f64());
    noticewatch::say!("files: {}", list(by_file.iter().map(|(name, count)| format!("{count} {name}")).collect()));
    let kinds =
        list(done.iter().map(|(kind, count)| format!("{count} {}", format!("{kind:?}").to_lowercase())).collect());
    noticewatch::say!("{count} damages ({kinds}): {faults} faults");
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The files of a state directory that hold something, by their names in it. The lock holds nothing.
fn kept(state: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for path in list(state)? {
        let name = path.strip_prefix(state)?.to_string_lossy().into_owned();
        if name != "lock" && fs::metadata(&path)?.len() > 0 {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Whether it is made anew at any time from the others.
fn is_rebuilt(name: &str) -> bool {
    name.starts_with("view/") || ["readings.cache", "followed.cache"].contains(&name)
}

/// Damages one file; says how, which and in what words.
fn harm(state: &Path, files: &[String], dice: &mut Dice) -> Result<(Kind, String, String), Failure> {
    loop {
        let (kind, name) = (KINDS[dice.below(KINDS.len())], &files[dice.below(files.len())]);
        let path = state.join(name);
        let octets = fs::read(&path)?;
        let at = dice.below(octets.len());
        let after = kind.of(&octets, at, dice);
        match &after {
            // Zeros over zeros.
            Some(after) if *after == octets => continue,
            Some(after) => fs::write(&path, after)?,
            None => fs::remove_file(&path)?,
        }
        return Ok((kind, name.clone(), format!("{kind:?} at {at} of {name}").to_lowercase()));
    }
}

/// What is not as it should be, from the damage to the store made whole.
fn live_through(house: &House, name: &str, before: &[Ended; 2]) -> Result<Vec<String>, Failure> {
    let mut faults = Vec::new();
    let mut wanted = |args: &[&str], codes: &[i32]| {
        let ended = house.run(args)?;
        let good = ended.code.is_some_and(|code| codes.contains(&code));
        if !good || ended.complained.contains("panicked") {
            let code = ended.code.map_or_else(|| "a signal, or not at all".to_owned(), |code| code.to_string());
            let panic = if ended.code == Some(PANIC) { ", a panic" } else { "" };
            let (printed, complained) = (ended.printed.trim(), ended.complained.trim());
            faults.push(format!("`{}` ended with {code}{panic}: {printed} {complained}", args.join(" ")));
        }
        Ok::<Ended, Failure>(ended)
    };
    let named = wanted(&["verify"], if is_rebuilt(name) { &[0] } else { &[1] })?;
    // Before it is mended all that reads goes on, whatever it can still say.
    for args in [["history", "--json"], ["outbox", "--all"]] {
        wanted(&args, &[0, 1, 66, 74])?;
    }
    wanted(&["restore", "backup"], &[0])?;
    wanted(&["verify"], &[0])?;
    if !is_rebuilt(name) {
        let file = name.rsplit('/').next().unwrap_or_default();
        let all = format!("{}{}", named.printed, named.complained);
        if !all.contains(file) && !all.contains("segment") {
            faults.push(format!("`verify` does not name it: {all}"));
        }
    }
    for (said, was) in house.says()?.iter().zip(before) {
        if said.code != Some(0) || said.printed != was.printed {
            let (now, then) = (said.printed.lines().count(), was.printed.lines().count());
            let first = said.printed.lines().zip(was.printed.lines()).find(|(now, then)| now != then);
            faults.push(format!(
                "what is said has changed, {now} lines for {then}: {first:?} {}",
                said.complained.trim()
            ));
        }
    }
    // A step that writes opens all of it, and makes anew what has to be.
    let mut wanted = |args: &[&str]| {
        let ended = house.run(args)?;
        if ended.code != Some(0) {
            faults.push(format!(
                "`{}` at the end: {} {}",
                args.join(" "),
                ended.printed.trim(),
                ended.complained.trim()
            ));
        }
        Ok::<(), Failure>(())
    };
    wanted(&["pause", "lumenfeed-law", "--reason", "to write once more"])?;
    wanted(&["verify"])?;
    Ok(faults)
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() { all.extend(list(&path)?) } else { all.push(path) }
    }
    Ok(all)
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let there = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() { copy(&path, &there)? } else { _ = fs::copy(&path, &there)? }
    }
    Ok(())
}
