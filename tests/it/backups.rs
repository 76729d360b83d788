//! Tests of: store, its backups: copied while it is written, killed and failed on the way, brought back whole or in part.

use crate::store::{answers, at, capture, filled, flip, letter, noise, page, segment};
use noticewatch::io::store::{Faults, Rows, Store, StoreError};
use noticewatch_core::capture::Sha256;

use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

fn dirs() -> (TempDir, PathBuf, PathBuf) {
    let home = TempDir::new().expect("a directory");
    let (state, backup) = (home.path().join("state"), home.path().join("backup"));
    (home, state, backup)
}

/// What a store in a directory answers, read without writing.
fn read(dir: &Path) -> String {
    let store = Store::read_only(dir).expect("opened for reading");
    assert_eq!(store.damage(), [""; 0], "{}", dir.display());
    answers(&store)
}

fn fine(dir: &Path) {
    assert_eq!(Store::verify_in(dir).expect("verified").damage, [], "{}", dir.display());
}

fn size(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir.join("archive")).expect("a directory").map(|entry| entry.expect("an entry"));
    entries.map(|entry| entry.metadata().expect("a file").len()).sum()
}

#[test]
fn a_backup_takes_only_what_is_new_beside_a_writer_and_is_a_store() {
    let (_home, state, backup) = dirs();
    assert!(matches!(Store::backup(&state, &backup, at(0)), Err(StoreError::NoStore { .. })));
    filled(&state);
    let mut store = Store::open(&state).expect("a daemon holds it");
    let first = Store::backup(&state, &backup, at(10)).expect("copied");
    assert_eq!((read(&backup), first.trouble.len()), (answers(&store), 0));
    fine(&backup);
    let modes = [&state, &backup].map(|dir| fs::metadata(dir).expect("a directory").permissions().mode() & 0o777);
    assert_eq!(modes, [0o700; 2], "what names recipients is its owner's alone");
    assert_eq!(Store::backup(&state, &backup, at(11)).expect("copied").octets, 0, "nothing new");
    for round in 0..3 {
        let before = size(&state);
        store.record(&[capture("palaver-legal", 3000 + round, page(7, 0))]).expect("recorded");
        store.tell(&[letter(50, "a@example.org")]).expect("told");
        let copied = Store::backup(&state, &backup, at(12)).expect("copied");
        assert!(copied.octets < size(&state) - before + 20_000, "{} octets copied", copied.octets);
        assert_eq!(read(&backup), answers(&store), "round {round}");
        fine(&backup);
    }
    assert_eq!(Store::about(&backup).expect("about it").at, at(12));
    // In the backup the end is known as well: what is cut from it is missed.
    let octets = fs::read(segment(&backup)).expect("a segment");
    fs::write(segment(&backup), &octets[..octets.len() - 3]).expect("cut");
    assert!(!Store::verify_in(&backup).expect("verified").damage.is_empty());
}

/// Every write, sync and renaming of a backup fails, and then the power too: the backup is the one before or the new one.
#[test]
fn a_backup_that_ends_anywhere_leaves_one_that_can_be_read_and_the_next_one_completes_it() {
    let (_home, state, backup) = dirs();
    filled(&state);
    Store::backup(&state, &backup, at(10)).expect("copied");
    let old = read(&backup);
    let mut store = Store::open(&state).expect("opened");
    store.record(&[capture("palaver-legal", 3000, page(7, 0))]).expect("recorded");
    store.tell(&[letter(50, "a@example.org")]).expect("told");
    let new = answers(&store);
    let (home, pristine) = (TempDir::new().expect("a directory"), copied(&backup));
    for step in 1.. {
        let backup = home.path().join(step.to_string());
        laid(&backup, &pristine);
        let faults = Faults::at(step, true, ErrorKind::StorageFull);
        let made = Store::backup_on(&state, &backup, at(11), &faults);
        if step % 2 == 0 {
            faults.power_cut(50).expect("cut");
        }
        let now = Store::read_only(&backup).map(|store| answers(&store)).expect("a backup");
        let half = now.contains("letter-50") || now == old || made.is_ok() || now.lines().count() > old.lines().count();
        assert!(half, "step {step}:\n{now}");
        fine(&backup);
        Store::backup(&state, &backup, at(12)).unwrap_or_else(|error| panic!("step {step}: {error}"));
        assert_eq!(read(&backup), new, "step {step}");
        fine(&backup);
        if made.is_ok() {
            assert!(step > 8, "only {step} steps");
            return;
        }
    }
}

/// All files below a directory.
fn copied(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for path in fs::read_dir(next).expect("a directory").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                dirs.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("below").to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// Lays files down again.
fn laid(dir: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    for (name, octets) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(path, octets).expect("written");
    }
}

#[test]
fn a_thinned_segment_takes_the_place_of_its_copy() {
    let (_home, state, backup) = dirs();
    let mut store = Store::open(&state).expect("a new store");
    for edition in 0..6 {
        let minutes = i64::try_from(edition).expect("small");
        store.record(&[capture("palaver-legal", minutes, noise(edition, 90_000))]).expect("recorded");
    }
    Store::backup(&state, &backup, at(10)).expect("copied");
    let sha256 = |edition| Sha256::of(&noise(edition, 90_000));
    let drops = [(sha256(1), sha256(0)), (sha256(2), sha256(0)), (sha256(3), sha256(0))];
    assert_eq!(store.drop_bodies(&drops.into(), at(20), "old").expect("dropped").bodies, 3);
    let before = size(&backup);
    Store::backup(&state, &backup, at(30)).expect("copied");
    assert!(size(&backup) < before, "the copy is thinned too");
    assert_eq!(
        Store::read_only(&backup).expect("opened").visits("palaver-legal").expect("visits"),
        store.visits("palaver-legal").expect("visits")
    );
    fine(&backup);
    // A thinned segment that is damaged does not take the place of a whole copy.
    assert_eq!(store.drop_bodies(&[(sha256(4), sha256(0))].into(), at(40), "old").expect("dropped").bodies, 1);
    drop(store);
    flip(&segment(&state), 45_000);
    let copied = Store::backup(&state, &backup, at(50)).expect("copied");
    assert!(copied.trouble[0].contains("the backup keeps its copy"), "{:?}", copied.trouble);
    fine(&backup);
}

#[test]
fn a_store_that_lost_something_does_not_take_it_from_the_backup() {
    let (_home, state, backup) = dirs();
    filled(&state);
    Store::backup(&state, &backup, at(10)).expect("copied");
    let held = read(&backup);
    let clean = copied(&state);
    for name in ["archive/000001.nwa", "journal.jsonl"] {
        let octets = fs::read(state.join(name)).expect("a file");
        fs::write(state.join(name), &octets[..octets.len() / 2]).expect("cut");
        drop(Store::open(&state).expect("opened, and the end cut"));
        let refused = Store::backup(&state, &backup, at(11)).expect_err("the backup holds more");
        assert!(matches!(refused, StoreError::Ahead { .. }), "{name}: {refused}");
        assert_eq!(read(&backup), held, "{name}");
        fs::remove_dir_all(&state).expect("removed");
        laid(&state, &clean);
    }
    let inside = Store::backup(&state, &state.join("backup"), at(11)).expect_err("not there");
    assert!(inside.to_string().contains("in the state directory itself"), "{inside}");
}

#[test]
fn a_store_is_restored_on_another_machine() {
    let (home, state, backup) = dirs();
    let all = filled(&state);
    Store::backup(&state, &backup, at(10)).expect("copied");
    let other = home.path().join("another/machine");
    assert_eq!(Store::restore(&backup, &other).expect("restored"), None);
    let mut store = Store::open(&other).expect("opened");
    assert_eq!((answers(&store), store.damage().len()), (all.clone(), 0));
    store.record(&[capture("palaver-legal", 9000, page(8, 8))]).expect("goes on");
    drop(store);
    fine(&other);
    // Again, over what is there: that lies aside.
    let aside = Store::restore(&backup, &other).expect("restored").expect("there was something");
    assert!(aside.join("archive/000001.nwa").exists() && aside.join("view").exists());
    assert_eq!(answers(&Store::open(&other).expect("opened")), all);
    // One that was interrupted is no store.
    fs::create_dir(other.join("restoring")).expect("left");
    let refused = Store::open(&other).expect_err("half a store").to_string();
    assert!(refused.contains("run `noticewatch restore` again"), "{refused}");
    Store::restore(&backup, &other).expect("restored");
    assert_eq!(answers(&Store::open(&other).expect("opened")), all);
    assert!(matches!(Store::restore(&home.path().join("nothing"), &other), Err(StoreError::NoStore { .. })));
}

type Harm = fn(&Path);

fn cut(path: &Path, part: usize) {
    let octets = fs::read(path).expect("a file");
    fs::write(path, &octets[..octets.len() * part / 100]).expect("cut");
}

/// What can happen to the files of a store, and is mended from the backup so that nothing is lost.
const MENDED: [(&str, Harm); 10] = [
    ("a flipped octet", |dir| flip(&segment(dir), 5000)),
    ("a flipped octet in the head", |dir| flip(&segment(dir), 9)),
    ("many flipped octets", |dir| [700, 9000, 9001, 11_000].into_iter().for_each(|offset| flip(&segment(dir), offset))),
    ("a cut segment", |dir| cut(&segment(dir), 40)),
    ("an emptied segment", |dir| fs::write(segment(dir), "").expect("emptied")),
    ("a missing segment", |dir| fs::remove_file(segment(dir)).expect("removed")),
    ("a flipped octet in the journal", |dir| flip(&dir.join("journal.jsonl"), 3000)),
    ("a cut journal", |dir| cut(&dir.join("journal.jsonl"), 70)),
    ("an emptied journal", |dir| fs::write(dir.join("journal.jsonl"), "").expect("emptied")),
    ("both", |dir| {
        flip(&segment(dir), 5000);
        cut(&dir.join("journal.jsonl"), 70);
    }),
];

#[test]
fn what_is_damaged_is_taken_from_the_backup_and_what_came_since_stays() {
    for (name, harm) in MENDED {
        for since in [false, true] {
            let (_home, state, backup) = dirs();
            filled(&state);
            Store::backup(&state, &backup, at(10)).expect("copied");
            if since {
                let mut store = Store::open(&state).expect("opened");
                store.record(&[capture("palaver-legal", 3000, page(7, 0))]).expect("recorded");
                store.mark("since", json!(1), at(3000)).expect("marked");
                // What was cut away here is not in the backup.
                if name.contains("cut") || name.contains("empt") || name.contains("missing") || name == "both" {
                    continue;
                }
            }
            let all = read(&state);
            harm(&state);
            let report = Store::verify_in(&state).expect("verified");
            assert!(!report.damage.is_empty(), "{name}");
            let mut store = Store::open(&state).unwrap_or_else(|error| panic!("{name}: {error}"));
            let healed = store.heal(&backup, &report).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(healed.lost, [], "{name}, since: {since}");
            assert_eq!(answers(&store), all, "{name}, since: {since}");
            assert_eq!(store.damage(), [""; 0], "{name}");
            store.record(&[capture("palaver-legal", 4000, page(8, 0))]).expect("goes on");
            let now = answers(&store);
            drop(store);
            assert_eq!(answers(&Store::open(&state).expect("opened")), now, "{name}");
            let report = Store::verify_in(&state).expect("verified");
            assert_eq!((report.damage, report.rows), (Vec::new(), Rows::Fit), "{name}");
        }
    }
}

/// Segments of a larger store, each mended by itself.
#[test]
fn a_segment_among_others_is_mended_and_the_others_are_left_alone() {
    let harms: [(&str, u32, Harm); 5] = [
        ("flipped", 2, |path| flip(path, 5_000_000)),
        ("missing", 2, |path| fs::remove_file(path).expect("removed")),
        ("emptied", 2, |path| fs::write(path, "").expect("emptied")),
        ("the last one cut", 3, |path| cut(path, 60)),
        ("the last one missing", 3, |path| fs::remove_file(path).expect("removed")),
    ];
    let (_home, state, backup) = dirs();
    let mut store = Store::open(&state).expect("a new store");
    for edition in 0..5 {
        let minutes = i64::try_from(edition).expect("small");
        store.record(&[capture("palaver-legal", minutes, noise(edition, 9 << 20))]).expect("recorded");
    }
    store.mark("run", json!(1), at(9)).expect("marked");
    drop(store);
    Store::backup(&state, &backup, at(10)).expect("copied");
    for (name, segment, harm) in harms {
        harm(&state.join(format!("archive/{segment:06}.nwa")));
        let report = Store::verify_in(&state).expect("verified");
        assert!(!report.damage.is_empty(), "{name}");
        let other = state.join("archive/000001.nwa");
        let before = fs::metadata(&other).expect("a segment").modified().expect("a time");
        let mut store = Store::open(&state).unwrap_or_else(|error| panic!("{name}: {error}"));
        let healed = store.heal(&backup, &report).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(healed.lost, [], "{name}");
        assert_eq!(store.visits("palaver-legal").expect("visits").len(), 5, "{name}");
        assert_eq!(fs::metadata(&other).expect("a segment").modified().expect("a time"), before, "{name}");
    }
    fine(&state);
}

/// While one process writes, thins and tells, others verify, read and copy: nothing is ever found that is not there.
#[test]
fn beside_a_writer_nothing_is_ever_found_damaged_and_every_backup_is_whole() {
    let (_home, state, backup) = dirs();
    let mut store = Store::open(&state).expect("a new store");
    store.record(&[capture("palaver-legal", 0, noise(0, 100_000))]).expect("recorded");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..60_u64 {
                let minutes = i64::try_from(number).expect("small");
                store.record(&[capture("palaver-legal", minutes, noise(number, 100_000))]).expect("recorded");
                store.tell(&[letter(number, "a@example.org")]).expect("told");
                if number.is_multiple_of(20) {
                    let sha256 = |number| Sha256::of(&noise(number, 100_000));
                    let drops = (number - 15..number).map(|number| (sha256(number), sha256(0))).collect();
                    assert!(store.drop_bodies(&drops, at(minutes), "old").expect("dropped").bodies > 5);
                }
            }
            done.store(true, Ordering::SeqCst);
        });
        let mut rounds = 0;
        while !done.load(Ordering::SeqCst) || rounds == 0 {
            fine(&state);
            let _ = facts(&state);
            let copied =
                Store::backup(&state, &backup, at(10)).unwrap_or_else(|error| panic!("round {rounds}: {error}"));
            assert_eq!(copied.trouble, [""; 0], "round {rounds}");
            fine(&backup);
            rounds += 1;
        }
    });
    Store::backup(&state, &backup, at(10)).expect("copied");
    assert_eq!(facts(&backup), facts(&state));
}

/// What a store whose bodies were thinned answers.
fn facts(dir: &Path) -> String {
    let store = Store::read_only(dir).expect("opened for reading");
    assert_eq!(store.damage(), [""; 0], "{}", dir.display());
    let visits = store.visits("palaver-legal").expect("visits");
    let held = store.held("palaver-legal").expect("captures");
    assert_eq!(visits.len(), held.len());
    format!("{visits:?}\n{held:?}\n{:?}", store.told().expect("told"))
}

/// The daemon finds its last record damaged beyond reading while it runs, and no backup holds it: what it writes next is
/// read by everyone.
#[test]
fn what_is_written_behind_damage_is_not_lost_with_it() {
    let (_home, state, backup) = dirs();
    filled(&state);
    Store::backup(&state, &backup, at(10)).expect("copied");
    let mut store = Store::open(&state).expect("opened");
    let length = fs::metadata(segment(&state)).expect("a segment").len();
    store.record(&[capture("palaver-legal", 3000, page(7, 0))]).expect("recorded");
    // In place, as a disk would: tag and lengths of the last record, and an earlier one.
    for offset in [length, length + 1, 2000] {
        let file = fs::File::options().write(true).open(segment(&state)).expect("opened");
        file.write_all_at(&[0xff], offset).expect("written");
    }
    let report = store.verify().expect("verified");
    let healed = store.heal(&backup, &report).expect("as far as it goes");
    assert!(!healed.lost.is_empty());
    for minutes in 3001..3004 {
        store.record(&[capture("palaver-legal", minutes, page(8, 0))]).expect("recorded");
    }
    drop(store);
    let store = Store::open(&state).expect("opened");
    let visits = store.visits("palaver-legal").expect("visits");
    assert_eq!(visits.iter().filter(|visit| visit.at > at(3000)).count(), 3);
    assert!(Store::verify_in(&state).expect("verified").damage.len() <= 2);
}

#[test]
fn what_no_backup_holds_is_named_and_stays_on_record_until_it_is_told() {
    let (_home, state, backup) = dirs();
    filled(&state);
    Store::backup(&state, &backup, at(10)).expect("copied");
    let mut store = Store::open(&state).expect("opened");
    store.record(&[capture("palaver-legal", 3000, page(7, 0))]).expect("recorded");
    let length = fs::metadata(segment(&state)).expect("a segment").len();
    store.record(&[capture("palaver-legal", 3001, page(7, 1))]).expect("recorded");
    drop(store);
    fs::File::options().write(true).open(segment(&state)).expect("opened").set_len(length).expect("cut");
    // A verb opens the store and writes behind the loss; the daemon learns of it all the same.
    let mut store = Store::open(&state).expect("opened");
    assert!(store.is_harmed() && store.damage()[0].contains("records are lost"), "{:?}", store.damage());
    store.mark("a verb", json!(1), at(3100)).expect("marked");
    drop(store);
    let mut store = Store::open(&state).expect("opened");
    assert!(store.is_harmed(), "{:?}", store.damage());
    let report = store.verify().expect("verified");
    let healed = store.heal(&backup, &report).expect("as far as it goes");
    assert_eq!(healed.restored, []);
    let [lost] = healed.lost.as_slice() else { panic!("{:?}", healed.lost) };
    assert!(lost.why.contains("records are lost") && lost.after == Some(at(3000)), "{lost}");
    assert_eq!(lost.targets, Vec::<String>::new());
    store.forget_loss().expect("it was told");
    drop(store);
    let store = Store::open(&state).expect("opened");
    assert_eq!(store.damage(), [""; 0]);
    assert_eq!(store.visits("palaver-legal").expect("visits").last().map(|visit| visit.at), Some(at(3000)));
}
