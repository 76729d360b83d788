//! The real killed at moments drawn from a seed: every change is told, and what comes twice is the same letter.

use super::world::{COUNSEL, DESK, Mail, World, said, time};
use crate::fault_server::{Answer, Step};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Child;
use tokio::sync::Barrier;

/// Each weaker than the one before.
const WORDINGS: [&str; 5] = [
    "We will notify members before we disclose their information in response to legal process, unless we are prohibited by law.",
    "We will attempt to notify members before we disclose their information in response to legal process, unless we are prohibited by law.",
    "We may notify members before we disclose their information in response to legal process, unless we are prohibited by law.",
    "Where required by law, we may notify members after we disclose their information in response to legal process.",
    "We will not notify members when we disclose their information in response to legal process.",
];

fn page(wording: usize) -> String {
    let start = super::world::REDESIGN;
    let from = start.find("<p>It is our policy").expect("the promise");
    let until = from + start[from..].find("<h2>").expect("the next section");
    format!("{}<p>{}</p>\n{}", &start[..from], WORDINGS[wording], &start[until..])
}

/// A run that waits for a dead peer is killed like any other: the test ends, whatever hangs.
const BOUND: Duration = Duration::from_secs(20);

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

fn check(world: &World, at: Timestamp) -> Child {
    let mut command = tokio::process::Command::from(world.command(&["check", "--now", &at.to_string()]));
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().expect("the program starts")
}

/// Runs until so many commands came to the mail server, or the program ends.
async fn killed_over_mail(world: &World, at: Timestamp, after: usize) {
    let mut commands = world.mail.commands();
    let until = *commands.borrow() + after;
    let mut child = check(world, at);
    // The guard that `wait_for` returns holds the channel: kept while the child is killed, it stops the mail server and with
    // it the thread that would learn of the child's end.
    let reached = async { commands.wait_for(|count| *count >= until).await.map(drop) };
    tokio::select! {
        _ = reached => child.kill().await.expect("killed"),
        _ = child.wait() => (),
        () = tokio::time::sleep(BOUND) => child.kill().await.expect("killed"),
    }
}

/// Runs to its end; one that does not end in time is killed like the others and begun again.
async fn finished(world: &World, at: Timestamp) {
    for _ in 0..4 {
        let mut child = check(world, at);
        match tokio::time::timeout(BOUND, child.wait()).await {
            Ok(ended) => return assert!(ended.expect("it ends").success()),
            Err(_) => child.kill().await.expect("killed"),
        }
    }
    panic!("no pass ended in time");
}

/// Runs until a page is asked; what was answered of it is `half` or nothing.
async fn killed_over_page(world: &World, at: Timestamp, path: &str, wording: usize, half: bool) {
    let barrier = Arc::new(Barrier::new(2));
    let meet = Step::Meet(Arc::clone(&barrier));
    let answer = Answer::page(page(wording));
    world.web.set(path, if half { answer.then(meet) } else { answer.first(meet) });
    let mut child = check(world, at);
    tokio::select! {
        _ = barrier.wait() => child.kill().await.expect("killed"),
        _ = child.wait() => (),
        () = tokio::time::sleep(BOUND) => child.kill().await.expect("killed"),
    }
    world.web.set(path, Answer::page(page(wording)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_every_change_is_told_and_doubles_are_the_same() {
    let first = page(0);
    let rows = [("lumenfeed-law", "/one", first.as_str()), ("parcelbird-law", "/two", first.as_str())];
    let world = World::new("2026-01-06T08:00:00Z", &rows).await;
    let mut now = time("2026-01-06T08:00:00Z");
    finished(&world, now).await;
    let mut dice = Dice(20_260_106);
    for (wording, words) in WORDINGS.iter().enumerate().skip(1) {
        now += SignedDuration::from_hours(5);
        for path in ["/one", "/two"] {
            world.web.set(path, Answer::page(page(wording)));
        }
        for kill in 0..4 {
            now += SignedDuration::from_mins(20);
            if kill == 0 {
                let path = ["/one", "/two"][dice.below(2)];
                let half = dice.below(2) == 0;
                killed_over_page(&world, now, path, wording, half).await;
            } else {
                killed_over_mail(&world, now, 1 + dice.below(12)).await;
            }
        }
        now += SignedDuration::from_hours(3);
        finished(&world, now).await;
        for recipient in [COUNSEL, DESK] {
            for service in ["lumenfeed", "parcelbird"] {
                let told = |letter: &Mail| letter.text.contains(words) && letter.text.contains(service);
                assert!(
                    world.to(recipient).iter().any(told),
                    "{recipient} was not told of {service} {wording}: {:?}\n{}",
                    world.subjects(recipient),
                    said(&world.run(&["history", &format!("{service}-law")]))
                );
            }
        }
    }
    let mut seen: HashMap<String, Mail> = HashMap::new();
    let mut doubled = 0;
    for letter in world.letters() {
        if let Some(other) = seen.insert(letter.id.clone(), letter.clone()) {
            assert_eq!(other.octets, letter.octets, "the same Message-ID, the same octets");
            doubled += 1;
        }
    }
    let told = world.json(&["history", "--json"]);
    assert_eq!(told.len(), 2 * (WORDINGS.len() - 1), "{told:#?}");
    for finding in &told {
        assert_eq!(finding["told"].as_array().map(Vec::len), Some(2), "told once to each: {finding}");
    }
    let ids = told.iter().flat_map(|finding| finding["told"].as_array().into_iter().flatten());
    let ids: std::collections::BTreeSet<String> =
        ids.filter_map(|one| one["message_id"].as_str().map(str::to_owned)).collect();
    assert!(ids.iter().all(|id| seen.contains_key(id)), "what counts as told arrived");
    assert!(doubled <= 16, "at most one double a kill: {doubled}");
}
