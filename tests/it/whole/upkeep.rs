//! The store kept trustworthy under the whole program: backups, checks, damage and restoring, and what letters and verbs
//! say of them.

use super::world::{COUNSEL, OPERATOR, REDESIGN, WEAKENED, World, program, said};
use std::fs;
use std::path::{Path, PathBuf};

/// A world whose daemon makes backups.
async fn world(rows: &[super::world::Row<'_>]) -> (World, PathBuf) {
    let world = World::new("2026-01-06T08:00:00Z", rows).await;
    let backup = world.dir.path().join("backup");
    let path = world.dir.path().join("noticewatch.toml");
    let settings = fs::read_to_string(&path).expect("settings");
    fs::write(path, format!("{settings}\n[backup]\ndirectory = \"{}\"\n", backup.display())).expect("settings");
    (world, backup)
}

fn segment(state: &Path) -> PathBuf {
    state.join("archive/000001.nwa")
}

/// Changes one octet in the middle.
fn harm(path: &Path) {
    let mut octets = fs::read(path).expect("a file");
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    fs::write(path, octets).expect("written");
}

/// The letters to a recipient that hold these words.
fn telling(world: &World, recipient: &str, words: &str) -> usize {
    world.to(recipient).iter().filter(|letter| letter.text.contains(words)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_damaged_is_mended_from_the_daily_backup_and_the_operator_told_once() {
    let (mut world, backup) = world(&[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T12:00:00Z").await;
    let state = world.dir.path().join("state");
    assert!(backup.join("backup.json").exists(), "made on the first day");
    let before = world.engine().store.visits("lumenfeed-law").expect("visits");
    harm(&segment(&state));
    world.set("/law", WEAKENED);
    // The weekly check finds it; the daily backup before that did not take it over.
    world.until("2026-01-16T12:00:00Z").await;
    assert_eq!(telling(&world, OPERATOR, "Found damaged and restored from the backup"), 1, "{:?}", world.to(OPERATOR));
    assert_eq!(telling(&world, COUNSEL, "damaged"), 0, "nothing was lost");
    assert!(world.subjects(COUNSEL).iter().any(|subject| subject.contains("weakened")), "looking went on");
    let visits = world.engine().store.visits("lumenfeed-law").expect("visits");
    assert_eq!(visits[..before.len()], before);
    world.close();
    for dir in [&state, &backup] {
        let output = program(&["verify", "--state", &dir.display().to_string()]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).contains("fine"), "{}", said(&output));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_for_good_is_told_once_with_its_range() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T12:00:00Z").await;
    world.close();
    let state = world.dir.path().join("state");
    let path = segment(&state);
    let octets = fs::read(&path).expect("a segment");
    fs::write(&path, &octets[..octets.len() - 40]).expect("cut");
    let output = world.run(&["verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    for words in ["damaged", "000001.nwa", "records are lost", "written after 2026-01-08", "What to do"] {
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
    }
    world.until("2026-01-13T12:00:00Z").await;
    assert_eq!(telling(&world, OPERATOR, "Found damaged and lost"), 1, "{:?}", world.to(OPERATOR));
    assert_eq!(telling(&world, COUNSEL, "was found damaged"), 1, "{:?}", world.to(COUNSEL));
}

/// What is lost at an end shows in no file once something is written behind it; it is said until a whole restore.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_was_lost_is_named_until_it_is_restored_and_what_that_costs_is_said() {
    for part in ["journal.jsonl", "archive/000001.nwa"] {
        let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
        world.until("2026-01-08T12:00:00Z").await;
        world.close();
        let (state, backup) = (world.dir.path().join("state"), world.dir.path().join("backup"));
        let (named, older) = (backup.display().to_string(), world.dir.path().join("older").display().to_string());
        assert!(world.run(&["backup", &named]).status.success());
        let octets = fs::read(state.join(part)).expect("a file");
        let left = octets.len() * 2 / 3;
        if part.starts_with("archive") {
            fs::remove_file(state.join(part)).expect("removed");
        } else {
            fs::write(state.join(part), &octets[..left]).expect("cut");
        }
        world.until("2026-01-09T12:00:00Z").await;
        world.close();
        assert!(world.run(&["backup", &older]).status.code().is_some());
        for _ in 0..2 {
            let output = world.run(&["verify"]);
            let text = said(&output);
            assert_eq!(output.status.code(), Some(1), "{part}: {text}");
            assert!(!text.contains("fine:"), "{part}: {text}");
            for words in ["lost before, and never restored", part, "(noticed 2026-01-0", "it changes nothing of that"] {
                assert!(text.contains(words), "{part}: {words}: {text}");
            }
            let status = said(&world.run(&["status"]));
            assert!(status.contains("damaged in "), "{part}: {status}");
            let output = world.run(&["restore", &named, "--now", "2026-01-09T12:00:00Z"]);
            let text = said(&output);
            assert_eq!(output.status.code(), Some(1), "{part}: {text}");
            for words in
                ["holds records that", "wrote on behind the loss", "--whole` takes all", "What was written here since"]
            {
                assert!(text.contains(words), "{part}: {words}: {text}");
            }
            assert!(!text.contains("the backup does not hold it"), "{part}: {text}");
            assert!(text.lines().count() < 20, "{part}: {text}");
        }
        let output = world.run(&["restore", &older]);
        assert_eq!(output.status.code(), Some(1), "{part}: {}", said(&output));
        let report = super::world::lines(&world.run(&["verify", "--json"])).remove(0);
        assert!(report["lost"][0]["what"].as_str().is_some_and(|what| what.contains(part)), "{report}");
        let looks = world.engine().store.visits("lumenfeed-law").expect("visits");
        world.close();
        let output = world.run(&["restore", &named, "--whole", "--now", "2026-01-09T13:00:00Z"]);
        assert_eq!(output.status.code(), Some(0), "{part}: {}", said(&output));
        let output = world.run(&["verify"]);
        assert!(output.status.success() && said(&output).contains("fine"), "{part}: {}", said(&output));
        // What was written since is where it was said to be.
        let aside = noticewatch::io::store::Store::read_only(&state.join("before-restore-1")).expect("a store");
        assert_eq!(aside.visits("lumenfeed-law").expect("visits"), looks, "{part}");
    }
}

/// A file that is put right by hand is no damage any more; an end that an earlier version noted as lost still is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_right_by_hand_is_forgotten_and_what_was_cut_off_is_not() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T12:00:00Z").await;
    let flipped = "state/archive/000001.nwa: bytes 64 to 900: the payload of this record is damaged";
    let cut = "state/journal.jsonl: at byte 900: it had been written up to byte 2400; lines are lost";
    let at = super::world::time("2026-01-08T12:00:00Z");
    let value = serde_json::json!({"restored": [], "lost": [flipped, cut]});
    world.engine().store.mark("damage", value, at).expect("noted");
    let status = said(&world.run(&["status"]));
    assert!(status.contains("damaged in 2 places"), "{status}");
    // The weekly check, which a driven clock makes where there is a backup, finds all whole.
    let backup = world.dir.path().join("backup");
    world.configure(&format!("\n[backup]\ndirectory = \"{}\"\n", backup.display()));
    world.until(&(at + jiff::SignedDuration::from_hours(200)).to_string()).await;
    let status = said(&world.run(&["status"]));
    assert!(status.contains("damaged in 1 places"), "{status}");
    let output = world.run(&["verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains(cut) && !said(&output).contains(flipped), "{}", said(&output));
    let again = world.engine().store.marks().expect("marks")["damage"].at;
    world.until(&(at + jiff::SignedDuration::from_hours(400)).to_string()).await;
    assert_eq!(world.engine().store.marks().expect("marks")["damage"].at, again, "noted once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restore_each_recipient_is_told_once_that_letters_may_come_twice() {
    let (mut world, backup) = world(&[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T12:00:00Z").await;
    world.close();
    let state = world.dir.path().join("state");
    fs::remove_dir_all(&state).expect("the disk is gone");
    let backup = backup.display().to_string();
    let output = world.run(&["restore", &backup, "--now", "2026-01-08T12:00:00Z"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("Letters since then may come twice"), "{}", said(&output));
    assert_eq!(world.run(&["verify"]).status.code(), Some(0));
    world.set("/law", WEAKENED);
    world.until("2026-01-20T12:00:00Z").await;
    let words = "letters since 2026-01-07";
    assert_eq!(telling(&world, COUNSEL, words), 1, "{:?}", world.to(COUNSEL));
    assert!(telling(&world, OPERATOR, words) <= 1, "{:?}", world.to(OPERATOR));
    let first = world.to(COUNSEL).into_iter().find(|letter| letter.text.contains(words)).expect("a letter");
    assert!(first.subject.contains("weakened"), "in the first letter after it: {}", first.subject);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verbs_say_what_they_did_and_end_with_their_codes() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let backup = world.dir.path().join("backup");
    let named = backup.display().to_string();
    for (args, code, words) in [
        (&["verify"][..], 66, "holds no store yet"),
        (&["backup", &named], 66, "holds no store yet"),
        (&["restore", &named], 66, "holds no backup"),
    ] {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{args:?}: {}", said(&output));
    }
    world.until("2026-01-07T12:00:00Z").await;
    // Beside the process that holds the store.
    for (args, code, words) in [
        (&["verify"][..], 0, "in use by the noticewatch that runs"),
        (&["backup"], 64, "no directory was named"),
        (&["backup", &named], 0, "holds everything up to now"),
        (&["backup", &named], 0, "nothing new"),
        (&["restore", &named], 0, "nothing was restored"),
        (&["restore", &named, "--whole"], 75, "in use by process"),
    ] {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{args:?}: {}", said(&output));
    }
    let output = program(&["verify", "--state", &named]).output().expect("it runs");
    assert!(output.status.success() && said(&output).contains("fine"), "a backup is a store: {}", said(&output));
    let report = &world.json(&["verify", "--json"])[0];
    assert_eq!((&report["damage"], &report["rows"]), (&serde_json::json!([]), &"held".into()), "{report}");
    world.close();
    harm(&segment(&world.dir.path().join("state")));
    let output = world.run(&["restore", &named]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("1 of 1 damaged place"), "{}", said(&output));
    let output = world.run(&["restore", &named, "--whole"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("what was there before lies in"), "{}", said(&output));
}

/// All files of a state directory but its caches and its database.
fn facts(state: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let names = ["archive/000001.nwa", "journal.jsonl", "ends"];
    names.map(|name| (state.join(name), fs::read(state.join(name)).expect("a file"))).into()
}

/// Without a backup, and without caches that would still know: what is damaged is lost, and everything else goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_damaged_looking_and_telling_go_on() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", WEAKENED)];
    let mut world = World::new("2026-01-06T08:00:00Z", &rows).await;
    world.until("2026-01-07T12:00:00Z").await;
    world.close();
    let state = world.dir.path().join("state");
    let clean = facts(&state);
    let mut now = super::world::time("2026-01-07T12:00:00Z");
    for round in 0..16_usize {
        for (path, octets) in &clean {
            fs::write(path, octets).expect("written");
        }
        for name in ["view", "readings.cache", "followed.cache"] {
            let path = state.join(name);
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
        let (path, octets) = &clean[usize::from(round % 4 == 3)];
        let place = octets.len() * (round + 1) / 18;
        let mut harmed = octets.clone();
        if round % 6 == 5 {
            harmed.truncate(place);
        } else {
            harmed[place] ^= 2;
        }
        fs::write(path, harmed).expect("written");
        let visits = |world: &mut World| world.engine().store.visits("lumenfeed-law").expect("visits").len();
        let before = visits(&mut world);
        now += jiff::SignedDuration::from_hours(26);
        world.until(&now.to_string()).await;
        assert!(visits(&mut world) > before, "round {round}: looking goes on");
        // An end that was cut off is on record once it was found; everything else can be found at any time.
        let store = &world.engine().store;
        let on_record = store.marks().expect("marks").contains_key("damage");
        assert!(on_record || !store.verify().expect("verified").damage.is_empty(), "round {round}");
        world.close();
    }
}
