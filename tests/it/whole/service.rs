//! The daemon under a service manager: that it ends in time, whatever hangs.

use super::mail_faults::fill;
use super::process::{ended, hang_up, started, terminate, until};
use super::world::{REDESIGN, World, released, said, time};
use crate::fault_server::Answer;
use crate::smtp_server::{Act, Script};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};

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
