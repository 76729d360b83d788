//! The program as a process: who holds the state directory, what it answers to mistakes, how it starts and ends.

use super::world::{REDESIGN, WEAKENED, World, program, said};
use crate::fault_server::{Answer, Step};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

pub(super) fn started(world: &World, args: &[&str]) -> Child {
    let mut command = Command::from(world.command(args));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("the program starts")
}

pub(super) async fn ended(child: Child) -> std::process::Output {
    let patience = Duration::from_mins(1);
    tokio::time::timeout(patience, child.wait_with_output()).await.expect("it ends in seconds").expect("its output")
}

fn pid(child: &Child) -> rustix::process::Pid {
    let pid = i32::try_from(child.id().expect("it runs")).expect("a process id");
    rustix::process::Pid::from_raw(pid).expect("a process id")
}

pub(super) fn terminate(child: &Child) {
    rustix::process::kill_process(pid(child), rustix::process::Signal::TERM).expect("a signal");
}

pub(super) fn hang_up(child: &Child) {
    rustix::process::kill_process(pid(child), rustix::process::Signal::HUP).expect("a signal");
}

pub(super) type Log = tokio::io::Lines<BufReader<tokio::process::ChildStderr>>;

/// Its log up to a line with these words.
pub(super) async fn until(log: &mut Log, words: &str) -> String {
    let mut read = String::new();
    loop {
        let line = tokio::time::timeout(Duration::from_mins(1), log.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("no {words} in a minute:\n{read}")).expect("readable");
        read += &line.unwrap_or_else(|| panic!("it ended without {words}:\n{read}"));
        read.push('\n');
        if read.contains(words) {
            return read;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_one_on_the_same_state_leaves_the_first_alone() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let barrier = Arc::new(Barrier::new(2));
    world.web.set("/law", Answer::page(REDESIGN).first(Step::Meet(Arc::clone(&barrier))));
    let first = started(&world, &["check", "--no-wait"]);
    while world.web.count("/law") == 0 {
        tokio::task::yield_now().await;
    }
    for verb in ["check", "watch"] {
        let second = world.run(&[verb]);
        assert_eq!(second.status.code(), Some(75), "{verb}: {}", said(&second));
        let said = said(&second);
        assert!(said.contains("state is in use by process"), "{said}");
    }
    barrier.wait().await;
    let first = ended(first).await;
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    assert!(said(&first).contains("1 of 1 pages read"), "{}", said(&first));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watch_looks_is_read_beside_and_ends_when_told() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let mut watch = started(&world, &["watch"]);
    let mut lines = BufReader::new(watch.stderr.take().expect("its log")).lines();
    let mut log = String::new();
    while !log.contains("pass done") {
        let line = tokio::time::timeout(Duration::from_mins(1), lines.next_line()).await.expect("a line in time");
        log += &line.expect("readable").unwrap_or_else(|| panic!("it ended: {log}"));
        log.push('\n');
    }
    assert!(log.contains("watching") && log.contains("lumenfeed-law"), "{log}");
    for (args, wanted) in [
        (&["status"][..], "last good check"),
        (&["history", "lumenfeed-law"], "seen once"),
        (&["board"], "tells users, as a policy"),
        (&["show", "lumenfeed-law"], "Notice to members"),
        (&["show", "lumenfeed-law", "--headers"], "\"status\""),
        (&["digest"], "1 of 1 pages"),
        (&["digest", "--html"], "<html"),
    ] {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{args:?}: {}", said(&output));
    }
    assert_eq!(world.run(&["check"]).status.code(), Some(75));
    terminate(&watch);
    let ended = ended(watch).await;
    assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
    let status = world.json(&["status", "--json"]);
    assert_eq!((&status[0]["target"], &status[0]["visits"]), (&"lumenfeed-law".into(), &1.into()), "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watch_told_to_end_in_the_middle_of_a_look_keeps_what_it_had() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", WEAKENED)];
    let world = World::new("2026-01-06T08:00:00Z", &rows).await;
    world.web.set("/other", Answer::silent());
    let mut watch = started(&world, &["watch"]);
    let mut lines = BufReader::new(watch.stderr.take().expect("its log")).lines();
    loop {
        let line = tokio::time::timeout(Duration::from_mins(1), lines.next_line()).await.expect("a line in time");
        if line.expect("readable").expect("it runs on").contains("captured") {
            break;
        }
    }
    let told = std::time::Instant::now();
    terminate(&watch);
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let ended = ended(watch).await;
    assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    let status = world.json(&["status", "--json"]);
    assert_eq!(status[0]["visits"], 1, "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mistakes_are_named_all_at_once_and_nothing_starts() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let wrong = "contcat = \"watch@noticewatch.example\"\n\n[schedule]\ncheck = \"0 9 31 2 *\"\n\n[fetch]\nparallel_hosts = \"many\"\n";
    std::fs::write(world.dir.path().join("noticewatch.toml"), wrong).expect("written");
    for verb in ["watch", "check", "status"] {
        let output = world.run(&[verb]);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(78), "{verb}: {text}");
        for part in ["noticewatch.toml", "contcat", "contact", "never fires", "parallel_hosts", "nothing was started"] {
            assert!(text.contains(part), "{verb}: {part} in\n{text}");
        }
    }
    assert!(!world.dir.path().join("state").exists(), "nothing was started");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_exist_is_named_and_the_nearest_suggested() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-06T08:30:00Z").await;
    world.close();
    for verb in ["check", "history", "show"] {
        let output = world.run(&[verb, "lumenfed-law"]);
        assert_eq!(output.status.code(), Some(66), "{verb}: {}", said(&output));
        assert!(
            said(&output).contains("no target is called lumenfed-law; did you mean lumenfeed-law?"),
            "{}",
            said(&output)
        );
    }
    let dir = world.dir.path();
    let missing = dir.join("missing.html");
    let missing = missing.to_str().expect("a path");
    let none = dir.join("none").display().to_string();
    let rows: [(&[&str], i32, &str); 8] = [
        (&["read", missing], 66, missing),
        (&["compare", missing, missing], 66, missing),
        (&["read", dir.to_str().expect("a path")], 74, dir.to_str().expect("a path")),
        (&["--config", missing, "status"], 66, missing),
        (&["--targets", missing, "board"], 66, missing),
        (&["--state", &none, "status"], 66, "nothing was kept"),
        (&["digest", "--subscription", "legl", "--state", &none], 66, "nothing was kept"),
        (&["histori"], 64, "history"),
    ];
    for (args, code, wanted) in rows {
        let output = program(args).current_dir(dir).output().expect("it runs");
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{args:?}: {}", said(&output));
        assert!(!said(&output).contains("os error"), "{args:?}: {}", said(&output));
    }
    let output = world.run(&["digest", "--subscription", "legl"]);
    assert_eq!(output.status.code(), Some(66));
    assert!(said(&output).contains("no subscription is called legl"), "{}", said(&output));
    let output = world.run(&["show", "lumenfeed-law", "--capture", "ffffffff"]);
    assert_eq!(output.status.code(), Some(66), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watch_reads_its_settings_again_and_takes_only_whole_ones() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.web.set("/other", Answer::page(WEAKENED));
    let dir = world.dir.path();
    let (socket, heard) = manager(dir);
    let mut command = Command::from(world.command(&["watch"]));
    command.env("NOTIFY_SOCKET", &socket).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut watch = command.spawn().expect("the program starts");
    let mut log = BufReader::new(watch.stderr.take().expect("its log")).lines();
    until(&mut log, "pass done").await;
    let targets = std::fs::read_to_string(dir.join("targets.toml")).expect("targets");
    std::fs::write(dir.join("targets.toml"), targets.replace("terms_type", "terms_tipe")).expect("written");
    hang_up(&watch);
    let read = until(&mut log, "terms_tipe").await;
    assert!(read.contains("not taken; the former ones hold"), "{read}");
    let added = targets.replace("lumenfeed", "parcelbird").replace("/law\"", "/other\"");
    std::fs::write(dir.join("targets.toml"), format!("{targets}\n{added}")).expect("written");
    hang_up(&watch);
    let read = until(&mut log, "pass done").await;
    assert!(read.contains("hold from now on") && read.contains("watched=2"), "{read}");
    assert!(read.contains("parcelbird-law") && read.contains("captured"), "{read}");
    terminate(&watch);
    until(&mut log, "stopped").await;
    assert_eq!(ended(watch).await.status.code(), Some(0));
    heard_in_order(
        &heard.await.expect("what the service manager heard"),
        &[
            "READY=1\nSTATUS=watching",
            "STATUS=looking and telling",
            "STATUS=1 of 1 pages in sight; next look",
            "RELOADING=1",
            "READY=1\nSTATUS=1 of 1 pages in sight",
            "settings on disk are wrong and not taken",
            "RELOADING=1",
            "STATUS=2 of 2 pages in sight",
            "STOPPING=1",
        ],
    );
}

/// A service manager: its socket, and what it heard up to the end.
fn manager(dir: &Path) -> (PathBuf, JoinHandle<String>) {
    let socket = dir.join("notify");
    let manager = tokio::net::UnixDatagram::bind(&socket).expect("a socket");
    // Read all the time: the socket holds only a few messages, and who sends more waits.
    let heard = tokio::spawn(async move {
        let (mut said, mut message) = (String::new(), [0; 1024]);
        while !said.contains("STOPPING=1") {
            let length = manager.recv(&mut message).await.expect("a message");
            said += &String::from_utf8_lossy(&message[..length]);
        }
        said
    });
    (socket, heard)
}

fn heard_in_order(said: &str, order: &[&str]) {
    let mut rest = said;
    for words in order {
        rest = rest.split_once(words).unwrap_or_else(|| panic!("no {words} in what follows:\n{said}")).1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_watch_stays_up_says_so_and_goes_on_once_there_is_room() {
    use rustix::process::{Resource, Rlimit, prlimit};
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-07T12:00:00Z").await;
    world.close();
    let inner = world.command(&["watch"]);
    let mut command = Command::new("sh");
    // A file that would grow beyond one block gives an error, as on a full disk.
    command.args(["-c", "trap '' XFSZ; ulimit -S -f 1; exec \"$0\" \"$@\""]).arg(inner.get_program());
    command.args(inner.get_args()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut watch = command.spawn().expect("the program starts");
    let mut log = BufReader::new(watch.stderr.take().expect("its log")).lines();
    let read = until(&mut log, "no room left to write").await;
    assert!(read.contains("free some space"), "{read}");
    hang_up(&watch);
    until(&mut log, "no room left to write").await;
    let free = Rlimit { current: None, maximum: None };
    prlimit(Some(pid(&watch)), Resource::Fsize, free).expect("room again");
    hang_up(&watch);
    until(&mut log, "pass done").await;
    terminate(&watch);
    until(&mut log, "stopped").await;
    assert_eq!(ended(watch).await.status.code(), Some(0));
    assert_eq!(world.run(&["verify"]).status.code(), Some(0), "{}", said(&world.run(&["verify"])));
}

/// Nobody's site pays for a full disk: what could not be kept is not asked for again before there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_meanwhile_is_said_and_pages_wait_until_there_is_room() {
    use rustix::process::{Resource, Rlimit, prlimit};
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.web.set("/other", Answer::page(WEAKENED));
    let dir = world.dir.path();
    let (socket, heard) = manager(dir);
    let inner = world.command(&["watch"]);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
    command.env("NOTIFY_SOCKET", &socket).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut watch = command.spawn().expect("the program starts");
    let mut log = BufReader::new(watch.stderr.take().expect("its log")).lines();
    until(&mut log, "pass done").await;
    // What the page is called still fits, the page does not.
    let length = dir.join("state/archive/000001.nwa").metadata().expect("a segment").len() + 512;
    let room = prlimit(Some(pid(&watch)), Resource::Fsize, Rlimit { current: Some(length), maximum: None });
    let targets = std::fs::read_to_string(dir.join("targets.toml")).expect("targets");
    let added = targets.replace("lumenfeed", "parcelbird").replace("/law\"", "/other\"");
    std::fs::write(dir.join("targets.toml"), format!("{targets}\n{added}")).expect("written");
    hang_up(&watch);
    until(&mut log, "no room left to write").await;
    for _ in 0..2 {
        hang_up(&watch);
        until(&mut log, "no room left to write").await;
    }
    assert_eq!(world.web.count("/other"), 1, "asked for once");
    prlimit(Some(pid(&watch)), Resource::Fsize, room.expect("no room")).expect("room again");
    hang_up(&watch);
    let read = until(&mut log, "pass done").await;
    assert!(read.contains("parcelbird-law") && read.contains("captured"), "{read}");
    terminate(&watch);
    until(&mut log, "stopped").await;
    assert_eq!(ended(watch).await.status.code(), Some(0));
    let order = ["STATUS=1 of 1 pages", "STATUS=no room left to write", "STATUS=2 of 2 pages", "STOPPING=1"];
    heard_in_order(&heard.await.expect("what the service manager heard"), &order);
}
