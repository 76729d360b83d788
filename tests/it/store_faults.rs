//! Tests of: store, under everything that a disk, a machine and an operator can do to it. Each row of [`STEPS`] is failed,
//! each octet flipped, each file emptied; the store is the real one, on a real disk.

use crate::store::{Random, answers, at, capture, page, segment, visit};
use noticewatch::io::store::{
    Cache, Cursor, Decision, DecisionKind, Faults, Outgoing, ReplyKind, Rows, Store, StoreError, VerifyReport,
};
use noticewatch_core::capture::{Outcome, Sha256};
use noticewatch_core::target::Target;

use serde_json::json;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn target() -> Target {
    Target { id: "palaver-legal".into(), service: "Palaver".into(), ..Target::default() }
}

fn decision() -> Decision {
    let reason = "really rewritten".to_owned();
    Decision {
        at: at(5),
        decision: DecisionKind::Accept,
        target: Some(target().id),
        finding: None,
        letter: None,
        reason,
    }
}

fn letter(number: u64, recipient: &str) -> Outgoing {
    let told = vec![json!({"finding": number})];
    Outgoing { octets: b"Letter".to_vec(), told, ..crate::store::letter(number, recipient) }
}

fn small(edition: u64) -> Vec<u8> {
    format!("<html><p>We will notify members before we disclose their data, unless a court forbids it. {edition}</p>")
        .into_bytes()
}

fn kept() -> Sha256 {
    Sha256::of(&small(0))
}

type Step = (&'static str, fn(&mut Store) -> Result<(), StoreError>);

/// What a daemon does in a day, in little.
const STEPS: [Step; 9] = [
    ("define", |store| store.define(at(0), &target()).map(drop)),
    ("a capture", |store| store.record(&[capture("palaver-legal", 1, small(0))])),
    ("a difference", |store| store.record(&[capture("palaver-legal", 2, small(1))])),
    ("visits", |store| {
        let same = Outcome::SameText { sha256: Sha256::of(b"nonce"), kept: kept() };
        store.record(&[
            visit("palaver-legal", 3, Outcome::NotModified { kept: kept() }),
            visit("quill-privacy", 3, same),
        ])
    }),
    ("letters", |store| store.tell(&[letter(1, "a@example.org"), letter(1, "b@example.org")]).map(drop)),
    ("a reply", |store| store.reply(1, at(6), ReplyKind::Sent, "250 ok", None)),
    ("a mark", |store| store.mark("run", json!({"at": 1}), at(7))),
    ("a decision", |store| store.decide(decision())),
    ("the next day", |store| store.record(&[capture("palaver-legal", 1500, small(2))])),
];

/// Does all steps; a step that fails is done again, up to three times in all. The names of those that never worked.
fn live(store: &mut Store) -> Vec<&'static str> {
    let works = |store: &mut Store, step: &Step| (0..3).any(|_| step.1(store).is_ok());
    STEPS.iter().filter(|step| !works(store, step)).map(|(name, _)| *name).collect()
}

/// What a store answers after all steps.
fn whole() -> String {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    assert_eq!(live(&mut store), Vec::<&str>::new());
    answers(&store)
}

fn verified(dir: &Path) -> VerifyReport {
    Store::verify_in(dir).expect("verified")
}

fn fine(dir: &Path, row: &str) {
    let report = verified(dir);
    assert_eq!(report.damage, [], "{row}");
    assert!(matches!(report.rows, Rows::Fit | Rows::None), "{row}: {:?}", report.rows);
}

/// Every file of a state directory that holds facts.
fn facts(dir: &Path) -> Vec<PathBuf> {
    let mut files = vec![dir.join("journal.jsonl"), dir.join("ends")];
    for part in ["archive", "decisions"] {
        let entries = fs::read_dir(dir.join(part)).expect("a directory");
        files.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    files.sort();
    files
}

/// A small store with something of everything, without its database, which can be made again.
fn lived(dir: &Path) {
    let mut store = Store::open(dir).expect("a new store");
    assert_eq!(live(&mut store), Vec::<&str>::new());
    drop(store);
    fs::remove_dir_all(dir.join("view")).expect("removed");
    Store::request(dir, &Decision { reason: "waits".into(), ..decision() }).expect("left");
}

/// Whether `verify` finds something, or refuses in words.
fn found(dir: &Path) -> bool {
    match Store::verify_in(dir) {
        Ok(report) => !report.damage.is_empty(),
        Err(StoreError::Newer { .. }) => true,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn any_flipped_octet_is_found() {
    let dir = TempDir::new().expect("a directory");
    lived(dir.path());
    fine(dir.path(), "as it was written");
    let mut random = Random(19);
    for path in facts(dir.path()) {
        let clean = fs::read(&path).expect("a file");
        // Lines are all alike: one octet in five of them, each of everything else.
        let step = if path.ends_with("journal.jsonl") { 5 } else { 1 };
        for offset in (0..clean.len()).step_by(step) {
            let mut octets = clean.clone();
            octets[offset] ^= 1 << (random.next() % 8);
            fs::write(&path, octets).expect("written");
            assert!(found(dir.path()), "octet {offset} of {}", path.display());
        }
        fs::write(&path, clean).expect("written");
    }
}

#[test]
fn any_cut_and_any_emptied_or_missing_file_is_found() {
    let dir = TempDir::new().expect("a directory");
    lived(dir.path());
    for path in facts(dir.path()) {
        let clean = fs::read(&path).expect("a file");
        let archive = path.extension().is_some_and(|ending| ending == "nwa");
        let edge = |length: usize| {
            archive || length.is_multiple_of(13) || clean[length - 1] == b'\n' || clean[length] == b'\n'
        };
        for length in (0..clean.len()).filter(|length| edge(*length)) {
            fs::write(&path, &clean[..length]).expect("written");
            assert!(found(dir.path()), "{} cut to {length}", path.display());
        }
        if !path.ends_with("ends") && !path.parent().is_some_and(|dir| dir.ends_with("decisions")) {
            fs::remove_file(&path).expect("removed");
            assert!(found(dir.path()), "{} is gone", path.display());
        }
        fs::write(&path, clean).expect("written");
    }
    fine(dir.path(), "as it was written");
    fs::remove_dir_all(dir.path().join("archive")).expect("removed");
    assert!(found(dir.path()), "no archive at all");
}

#[test]
fn records_that_were_taken_out_swapped_or_doubled_are_found() {
    let dir = TempDir::new().expect("a directory");
    lived(dir.path());
    let path = dir.path().join("journal.jsonl");
    let text = fs::read_to_string(&path).expect("a journal");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for index in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(index);
        let mut doubled = lines.clone();
        doubled.insert(index, lines[index]);
        let mut swapped = lines.clone();
        swapped.swap(index, (index + 1) % lines.len());
        for changed in [without, doubled, swapped] {
            fs::write(&path, changed.concat()).expect("written");
            assert!(found(dir.path()), "line {index}");
        }
    }
}

#[test]
fn a_damage_is_named_with_its_range_times_and_target() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    for (hour, edition) in [(0, 1), (60, 2), (120, 3)] {
        store.record(&[capture("palaver-legal", hour, page(edition, 0))]).expect("recorded");
        store.record(&[capture("quill-legal", hour + 1, page(edition + 10, 0))]).expect("recorded");
    }
    drop(store);
    let clean = fs::read(segment(dir.path())).expect("a segment");
    let mut octets = clean.clone();
    octets[clean.len() / 2] ^= 4;
    fs::write(segment(dir.path()), &octets).expect("written");
    let report = verified(dir.path());
    let [damage] = report.damage.as_slice() else { panic!("{:?}", report.damage) };
    assert_eq!(damage.file, segment(dir.path()));
    assert!((damage.from..damage.to).contains(&(clean.len() as u64 / 2)), "{damage}");
    assert!(damage.to - damage.from < clean.len() as u64 / 4, "{damage}");
    assert_eq!(damage.targets, ["quill-legal"], "{damage}");
    assert_eq!((damage.after, damage.before), (Some(at(60)), Some(at(120))), "{damage}");
    let said = damage.to_string();
    assert!(said.contains("written between 2026-03-01 07:00 UTC and 2026-03-01 08:00 UTC"), "{said}");
}

/// Every write, sync, cut and renaming fails, one after the other: once, and from then on for good.
#[test]
fn every_step_on_the_disk_may_fail() {
    let counted = {
        let (dir, faults) = (TempDir::new().expect("a directory"), Faults::at(0, false, ErrorKind::Other));
        live(&mut Store::open_on(dir.path(), &faults).expect("a new store"));
        faults.steps()
    };
    assert!(counted > 30, "only {counted} steps");
    let whole = whole();
    for (for_good, kind) in [(false, ErrorKind::Other), (true, ErrorKind::StorageFull)] {
        for step in 1..=counted {
            let row = format!("{kind:?} at step {step}, for good: {for_good}");
            let dir = TempDir::new().expect("a directory");
            let faults = Faults::at(step, for_good, kind);
            let missed = match Store::open_on(dir.path(), &faults) {
                Ok(mut store) => {
                    let missed = live(&mut store);
                    assert!(for_good || missed.is_empty(), "{row}: never done: {missed:?}");
                    // There is room again, or the disk has recovered: the same process goes on.
                    faults.end();
                    let left = live(&mut store);
                    assert!(left.is_empty(), "{row}: not even afterwards: {left:?}");
                    assert_eq!(store.verify().expect("verified").damage, [], "{row}");
                    missed
                }
                Err(_) => vec!["nothing was begun"],
            };
            faults.end();
            let mut store = Store::open(dir.path()).unwrap_or_else(|error| panic!("{row}: {error}"));
            assert_eq!(store.damage(), [""; 0], "{row}");
            if missed.is_empty() && !for_good {
                // Done again above: all that is told once stands there twice, and what it was is the same.
                let visits = store.visits_after("palaver-legal", Cursor::default()).expect("visits").expect("all");
                assert_eq!(visits.0.len(), 8, "{row}");
            } else if missed == ["nothing was begun"] {
                live(&mut store);
                assert_eq!(answers(&store), whole, "{row}");
            }
            drop(store);
            fine(dir.path(), &row);
        }
    }
}

/// The power fails after every step: what was acknowledged is there, and nothing is damaged.
#[test]
fn a_power_cut_costs_nothing_that_was_acknowledged() {
    let counted = {
        let (dir, faults) = (TempDir::new().expect("a directory"), Faults::at(0, false, ErrorKind::Other));
        live(&mut Store::open_on(dir.path(), &faults).expect("a new store"));
        faults.steps()
    };
    for step in 1..=counted {
        for percent in [0, 50, 100] {
            let row = format!("step {step}, {percent} % of the rest");
            let dir = TempDir::new().expect("a directory");
            let faults = Faults::at(step, true, ErrorKind::Other);
            let mut done = 0;
            if let Ok(mut store) = Store::open_on(dir.path(), &faults) {
                done = STEPS.iter().take_while(|step| step.1(&mut store).is_ok()).count();
            }
            faults.power_cut(percent).expect("cut");
            // sled's own files are not synced: after a power cut they may hold anything.
            let db = dir.path().join("view/db");
            if let (Ok(octets), 50) = (fs::read(&db), percent) {
                fs::write(&db, &octets[..octets.len() / 2]).expect("written");
            }
            let mut store = Store::open(dir.path()).unwrap_or_else(|error| panic!("{row}: {error}"));
            let view = |text: &&String| !text.contains("the database was made anew");
            assert_eq!(store.damage().iter().filter(view).collect::<Vec<_>>(), Vec::<&String>::new(), "{row}");
            let visits = store.visits("palaver-legal").expect("visits").len();
            let letters = store.outbox().expect("outbox").len();
            assert!(visits >= done.saturating_sub(1).min(3) + usize::from(done == 9), "{row}: {visits} visits");
            assert!(letters >= if done > 4 { 2 } else { 0 }, "{row}: {letters} letters");
            assert!(done <= 6 || store.marks().expect("marks").contains_key("run"), "{row}");
            for row in store.outbox().expect("outbox") {
                store.octets(row.id).expect("a letter with its octets");
            }
            store.record(&[capture("palaver-legal", 9000, small(9))]).expect("goes on");
            drop(store);
            fine(dir.path(), &row);
        }
    }
}

#[test]
fn without_room_from_the_start_the_store_opens_is_read_and_goes_on_once_there_is_room() {
    let dir = TempDir::new().expect("a directory");
    lived(dir.path());
    fs::remove_file(dir.path().join("ends")).expect("a store of the first version");
    let mut octets = fs::read(segment(dir.path())).expect("a segment");
    octets[20..24].fill(0);
    fs::write(segment(dir.path()), octets).expect("its heads had no sum");
    let faults = Faults::at(1, true, ErrorKind::StorageFull);
    let mut store = Store::open_on(dir.path(), &faults).expect("opened all the same");
    assert_eq!(answers(&store), whole());
    let refused = store.record(&[capture("palaver-legal", 3000, small(7))]).expect_err("there is no room");
    assert!(matches!(refused, StoreError::NoRoom { .. }), "{refused}");
    assert!(refused.to_string().contains("free some space"), "{refused}");
    faults.end();
    store.record(&[capture("palaver-legal", 3000, small(7))]).expect("there is room");
    drop(store);
    fine(dir.path(), "afterwards");
}

#[test]
fn a_store_of_the_first_version_opens_and_is_witnessed_from_then_on() {
    let dir = TempDir::new().expect("a directory");
    lived(dir.path());
    fs::remove_file(dir.path().join("ends")).expect("it had none");
    let mut octets = fs::read(segment(dir.path())).expect("a segment");
    octets[20..24].fill(0);
    fs::write(segment(dir.path()), octets).expect("its heads had no sum");
    fine(dir.path(), "as it was");
    let mut store = Store::open(dir.path()).expect("opened");
    assert_eq!((answers(&store), store.damage().len()), (whole(), 0));
    store.record(&[capture("palaver-legal", 3000, small(7))]).expect("recorded");
    drop(store);
    let octets = fs::read(segment(dir.path())).expect("a segment");
    fs::write(segment(dir.path()), &octets[..octets.len() - 1]).expect("written");
    assert!(found(dir.path()), "the end is missed");
}

#[test]
fn a_newer_journal_is_left_alone() {
    let dir = TempDir::new().expect("a directory");
    lived(dir.path());
    let path = dir.path().join("journal.jsonl");
    let text = fs::read_to_string(&path).expect("a journal");
    let (first, rest) = text.split_once('\n').expect("lines");
    let newer = first.replace("\"version\":1", "\"version\":2");
    let cut = newer.rfind(",\"crc\"").expect("a sum");
    let sum = crc32fast::hash(&newer.as_bytes()[..cut]);
    let changed = format!("{},\"crc\":\"{sum:08x}\"}}\n{rest}", &newer[..cut]);
    fs::write(&path, &changed).expect("written");
    let refused = Store::open(dir.path()).expect_err("a newer store");
    assert!(matches!(refused, StoreError::Newer { .. }), "{refused}");
    assert!(refused.to_string().contains("install that version or a later one"), "{refused}");
    assert_eq!(fs::read_to_string(&path).expect("a journal"), changed);
}

#[test]
fn the_directory_of_another_user_is_refused_with_the_command() {
    let dir = TempDir::new().expect("a directory");
    let other = dir.path().join("state");
    fs::create_dir(&other).expect("a directory");
    // Who may not give it away finds one that is another's.
    let other = match std::os::unix::fs::chown(&other, Some(12345), None) {
        Ok(()) => other,
        Err(_) => PathBuf::from("/usr"),
    };
    let refused = Store::open(&other).expect_err("it is not ours");
    assert!(matches!(refused, StoreError::NotOurs { .. }), "{refused}");
    assert!(refused.to_string().contains("sudo -u '#"), "{refused}");
    assert!(!other.join("lock").exists(), "nothing was written");
}

/// Root may look into the store of another user, and leaves nothing there that this one could not write.
#[test]
fn what_root_leaves_in_a_cache_belongs_to_whom_the_directory_belongs() {
    use std::os::unix::fs::{MetadataExt, chown};
    let dir = TempDir::new().expect("a directory");
    // Only root may give it away.
    let owner = if chown(dir.path(), Some(12345), None).is_ok() { 12345 } else { rustix::process::geteuid().as_raw() };
    let path = dir.path().join("readings.cache");
    let mut cache = Cache::open(&path).expect("a cache");
    (0..9).for_each(|number| cache.put([1; 32], &[number]));
    drop(cache);
    assert_eq!(fs::metadata(&path).expect("a file").uid(), owner);
    Cache::open(&path).expect("a cache").keep(&[].into()).expect("made anew");
    assert_eq!(fs::metadata(&path).expect("a file").uid(), owner);
}

#[test]
fn a_disk_that_is_only_for_reading_is_read_and_named() {
    let dir = TempDir::new().expect("a directory");
    lived(dir.path());
    let faults = Faults::at(1, true, ErrorKind::ReadOnlyFilesystem);
    let failed = match Store::open_on(dir.path(), &faults) {
        Ok(mut store) => store.record(&[capture("palaver-legal", 3000, small(7))]).expect_err("refused"),
        Err(error) => error,
    };
    let said = failed.to_string();
    for words in ["cannot write", &dir.path().display().to_string(), "is read-only", "Mount it writable"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(noticewatch::app::error::Failure::from(failed).code(), 73, "it cannot be written");
    assert_eq!(answers(&Store::read_only(dir.path()).expect("read")), whole());
    fine(dir.path(), "verified beside it");
}
