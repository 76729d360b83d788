//! The daemon under a service manager: that it ends in time whatever hangs, and says how far it is.

use super::mail_faults::fill;
use super::process::{ended, hang_up, started, terminate, until};
use super::world::{REDESIGN, WEAKENED, World, released, said, time};
use crate::fault_server::Answer;
use crate::smtp_server::{Act, Script};
use noticewatch::app::due::Which;
use noticewatch::daemon::progress::{Progress, ProgressNews, Pulse};

use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixDatagram;
use tokio::process::Command;

/// Told to stop, it may take ten seconds for everything together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_page_and_a_mail_server_hang_it_ends_in_ten_seconds() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.mail.set(Script { banner: vec![Act::Hang], ..Script::default() });
    world.web.set("/other", Answer::silent());
    let dir = world.dir.path();
    fill(&dir.join("state"), time("2026-01-06T08:00:00Z"));
    released(&dir.join("state"));
    let mut watch = started(&world, &["watch"]);
    let mut log = BufReader::new(watch.stderr.take().expect("its log")).lines();
    until(&mut log, "pass done").await;
    let targets = std::fs::read_to_string(dir.join("targets.toml")).expect("targets");
    let added = targets.replace("lumenfeed", "parcelbird").replace("/law\"", "/other\"");
    std::fs::write(dir.join("targets.toml"), format!("{targets}\n{added}")).expect("written");
    hang_up(&watch);
    while world.web.count("/other") == 0 {
        tokio::task::yield_now().await;
    }
    let told = Instant::now();
    terminate(&watch);
    let read = until(&mut log, "stopped while a letter was under way").await;
    assert!(read.contains("stopped in the middle of a pass"), "{read}");
    let ended = ended(watch).await;
    assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn during_a_pass_the_status_says_how_far_it_is() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", WEAKENED)];
    let world = World::new("2026-01-06T08:00:00Z", &rows).await;
    world.web.set("/other", Answer::silent());
    let socket = world.dir.path().join("notify");
    let manager = UnixDatagram::bind(&socket).expect("a socket");
    let mut command = Command::from(world.command(&["watch"]));
    command.env("NOTIFY_SOCKET", &socket).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut watch = command.spawn().expect("the program starts");
    let (mut heard, mut message) = (String::new(), [0; 1024]);
    let listening = async {
        while !heard.contains("STATUS=looking: 1 of 2 pages") {
            let length = manager.recv(&mut message).await.expect("a message");
            heard += &String::from_utf8_lossy(&message[..length]);
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), listening).await.is_ok();
    assert!(in_time, "in a minute only: {heard}");
    assert!(heard.contains("STATUS=looking and telling"), "{heard}");
    watch.kill().await.expect("killed");
}

/// The watchdog is pinged only while the work gets on: a pass whose looks never end says nothing any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_that_is_stuck_pings_no_watchdog() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", WEAKENED)];
    let mut world = World::new("2026-01-06T08:00:00Z", &rows).await;
    world.web.set("/other", Answer::silent());
    let millis = Duration::from_millis;
    let pulse = Pulse { alive: millis(5), far: millis(5), bound: millis(200) };
    let (progress, begun) = (Progress::default(), Instant::now());
    let (mut looked, mut pings, mut far) = (begun, Vec::new(), Vec::new());
    let done = &mut looked;
    let pass = world.engine().tick_beside(&Which::Due, |look| {
        *done = Instant::now();
        progress.note(look.done, look.of);
    });
    let work = pulse.beside(&progress, pass, |news| match news {
        ProgressNews::Alive => pings.push(Instant::now()),
        ProgressNews::Far { done, of } => far.push((done, of)),
    });
    let stuck = tokio::time::timeout(millis(1500), work).await.is_err();
    let last = *pings.last().expect("it got on");
    assert!(stuck && looked > begun && last > looked, "{} pings", pings.len());
    assert!(last.elapsed() > millis(500), "the last ping came {:?} after the last look", last - looked);
    assert_eq!(far, [(1, 2)]);
}
