//! Tests of: store, whatever befalls any of its files: it is named, mended from a backup, and what is foreign set aside.

use crate::store::{Random, answers, at, capture, filled, page, segment};
use noticewatch::io::store::{Rows, Store};

use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How a file is damaged, from octets and a random number.
type Kind = fn(&[u8], &mut Random) -> Option<Vec<u8>>;

const KINDS: [(&str, Kind); 6] = [
    ("cut", |octets, random| Some(octets[..place(octets, random)].to_vec())),
    ("flipped", |octets, random| {
        let (mut octets, at) = (octets.to_vec(), place(octets, random));
        octets[at] ^= 1 << (random.next() % 8);
        Some(octets)
    }),
    ("zeroed", |octets, random| {
        let (mut octets, at) = (octets.to_vec(), place(octets, random));
        let end = octets.len().min(at + 512);
        octets[at..end].fill(0);
        Some(octets)
    }),
    ("deleted", |_, _| None),
    ("inserted", |octets, random| {
        let at = place(octets, random);
        Some([&octets[..at], b"\x07oct\n".as_slice(), &octets[at..]].concat())
    }),
    ("repeated", |octets, random| Some([octets, &octets[place(octets, random)..]].concat())),
];

fn place(octets: &[u8], random: &mut Random) -> usize {
    usize::try_from(random.next()).expect("small") % octets.len().max(1)
}

fn number(random: &mut Random, below: usize) -> usize {
    usize::try_from(random.next()).expect("small") % below
}

/// A state directory, its backup, and the files that hold facts.
struct Kept {
    home: TempDir,
    files: Vec<PathBuf>,
    whole: String,
}

impl Kept {
    /// `since`: something was written after the backup.
    fn new(since: bool) -> Self {
        let home = TempDir::new().expect("a directory");
        let (state, backup) = (home.path().join("state"), home.path().join("backup"));
        filled(&state);
        Store::backup(&state, &backup, at(10)).expect("copied");
        if since {
            let mut store = Store::open(&state).expect("opened");
            store.record(&[capture("palaver-legal", 3000, page(7, 0))]).expect("recorded");
            store.mark("since", json!(1), at(3000)).expect("marked");
        }
        let whole = answers(&Store::read_only(&state).expect("opened"));
        Self { home, files: vec![segment(&state), state.join("journal.jsonl"), state.join("ends")], whole }
    }

    fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    /// Damage is named, mended, and the store goes on; then all is as it was before. Returns the files set aside.
    fn lives_through(&self, what: &str, harm: impl Fn()) -> Vec<PathBuf> {
        let (state, kept) = (self.state(), self.home.path().join("kept"));
        copy(&state, &kept);
        harm();
        let report = Store::verify_in(&state).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(!report.damage.is_empty(), "{what} is not named");
        let mut store = Store::open(&state).unwrap_or_else(|error| panic!("{what}: {error}"));
        let healed =
            store.heal(&self.home.path().join("backup"), &report).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(healed.lost, [], "{what}");
        assert_eq!(answers(&store), self.whole, "{what}");
        store.record(&[capture("palaver-legal", 4000, page(8, 0))]).expect("goes on");
        let now = answers(&store);
        drop(store);
        let store = Store::open(&state).expect("opened");
        assert_eq!((answers(&store), store.damage().len()), (now, 0), "{what}");
        drop(store);
        let report = Store::verify_in(&state).expect("verified");
        assert_eq!((report.damage, report.rows), (Vec::new(), Rows::Fit), "{what}");
        let cut =
            |path: &PathBuf| path.to_string_lossy().contains("cut-") || path.to_string_lossy().contains("foreign-");
        let aside = list(&state).into_iter().filter(cut).collect();
        fs::remove_dir_all(&state).expect("removed");
        fs::rename(&kept, &state).expect("as it was");
        aside
    }
}

fn list(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { list(&path) } else { vec![path] }).collect()
}

fn copy(from: &Path, to: &Path) {
    for path in list(from) {
        let target = to.join(path.strip_prefix(from).expect("within"));
        fs::create_dir_all(target.parent().expect("a directory")).expect("made");
        fs::copy(&path, target).expect("copied");
    }
    fs::create_dir_all(to.join("decisions")).expect("made");
}

#[test]
fn damages_of_every_kind_at_random_places_are_named_and_mended() {
    let kept = Kept::new(false);
    let mut random = Random(15);
    for round in 0..48 {
        let (name, kind) = KINDS[round % KINDS.len()];
        let path = &kept.files[number(&mut random, kept.files.len())];
        let octets = fs::read(path).expect("a file");
        let damaged = kind(&octets, &mut random);
        if damaged.as_ref() == Some(&octets) {
            continue;
        }
        kept.lives_through(&format!("round {round}, {name}: {}", path.display()), || match &damaged {
            Some(octets) => fs::write(path, octets).expect("written"),
            None => fs::remove_file(path).expect("removed"),
        });
    }
}

/// What was written after the backup and is whole stays, in front of foreign octets and behind them.
#[test]
fn octets_inserted_or_repeated_are_set_aside_and_what_came_since_stays() {
    let kept = Kept::new(true);
    let backup = kept.home.path().join("backup");
    for path in &kept.files[..2] {
        let octets = fs::read(path).expect("a file");
        let held = fs::read(backup.join(path.strip_prefix(kept.state()).expect("within"))).expect("a copy").len();
        for at in [0, 1, held / 3, held / 2, held - 40, held - 1, held] {
            let changed = [&octets[..at], b"abcde".as_slice(), &octets[at..]].concat();
            let what = format!("inserted at {at} of {}", path.display());
            let aside = kept.lives_through(&what, || fs::write(path, &changed).expect("written"));
            assert!(!aside.is_empty(), "{what}");
        }
        for at in [64, held / 2, held, octets.len() - 700, octets.len() - 3] {
            let changed = [&octets, &octets[at..]].concat();
            let what = format!("repeated from {at} of {}", path.display());
            kept.lives_through(&what, || fs::write(path, &changed).expect("written"));
        }
    }
}

/// The proof that no end was cut, taken away, emptied or exchanged.
#[test]
fn how_far_it_had_come_is_missed() {
    let kept = Kept::new(false);
    let [archive, journal, ends] = kept.files.as_slice() else { panic!("three files") };
    let view = kept.state().join("view");
    kept.lives_through("deleted", || fs::remove_file(ends).expect("removed"));
    kept.lives_through("deleted with the database", || {
        fs::remove_file(ends).expect("removed");
        fs::remove_dir_all(&view).expect("removed");
    });
    kept.lives_through("emptied", || fs::write(ends, "").expect("written"));
    for path in [archive, journal] {
        let octets = fs::read(path).expect("a file");
        let line = octets.iter().rev().skip(1).position(|octet| *octet == b'\n').expect("a line");
        for database in [true, false] {
            kept.lives_through(&format!("deleted, with the tail of {}", path.display()), || {
                fs::remove_file(ends).expect("removed");
                fs::write(path, &octets[..octets.len() - 1 - line]).expect("written");
                if !database {
                    fs::remove_dir_all(&view).expect("removed");
                }
            });
        }
    }
}

/// Without a backup at hand the next opening says it, and says it until it is on record.
#[test]
fn a_file_of_ends_that_is_made_anew_is_on_record_before_it_is_forgotten() {
    let kept = Kept::new(false);
    let state = kept.state();
    fs::remove_file(state.join("ends")).expect("removed");
    for _ in 0..2 {
        let store = Store::open(&state).expect("a verb opens it in passing");
        assert!(store.is_harmed(), "{:?}", store.damage());
        drop(store);
        let report = Store::verify_in(&state).expect("verified");
        assert!(report.damage[0].to_string().contains("cannot be seen"), "{:?}", report.damage);
    }
    let mut store = Store::open(&state).expect("opened");
    store.forget_loss().expect("it is on record");
    drop(store);
    assert_eq!(Store::open(&state).expect("opened").damage(), [""; 0]);
    let first = TempDir::new().expect("a directory");
    assert_eq!(Store::open(first.path()).expect("a first start").damage(), [""; 0]);
}
