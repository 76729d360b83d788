//! Letters that the mail server refuses, delays or never answers; and letters by the calendar.

use super::world::{COUNSEL, DESK, LOGIN, REDESIGN, World, time};
use crate::smtp_server::{Act, Script};
use noticewatch::app::due::Which;
use noticewatch::io::store::OutboxState;

use std::time::Duration;

fn states(world: &mut World, recipient: &str) -> Vec<(OutboxState, Option<String>)> {
    world.rows(recipient).into_iter().map(|row| (row.state, row.last_reply)).collect()
}

#[tokio::test]
async fn a_refused_recipient_costs_nobody_elses_letter() {
    let mut world = World::about_to_tell().await;
    let refused = "550 5.1.1 no such user here";
    world.mail.set(Script { rcpt: vec![Act::Say(refused), Act::Say("250 2.1.5 fine")], ..Script::default() });
    world.until("2026-01-06T06:55:00Z").await;
    assert_eq!(world.to(DESK).len(), 1);
    assert!(world.to(COUNSEL).is_empty());
    let state = states(&mut world, COUNSEL);
    assert_eq!(state.len(), 1);
    assert_eq!(state[0].0, OutboxState::Refused);
    assert!(state[0].1.as_deref().is_some_and(|said| said.contains("no such user here")), "{state:?}");
    let status = world.run(&["status"]);
    let said = super::world::said(&status);
    assert!(said.to_lowercase().contains("refused to counsel@law.example"), "{said}");
    assert!(said.contains("no such user here"), "{said}");
    world.until("2026-01-12T08:00:00Z").await;
    let text: String = world.to(DESK).into_iter().map(|letter| letter.text).collect();
    assert!(text.contains("1 letter to another recipient could not be delivered"), "{text}");
    assert!(!text.contains(COUNSEL), "who it was is for the operator");
}

#[tokio::test]
async fn a_letter_turned_away_once_comes_later_with_the_same_octets() {
    let mut world = World::about_to_tell().await;
    world.mail.set(Script {
        rcpt: vec![Act::Say("451 4.7.1 greylisted, try again"), Act::Say("250 2.1.5 fine")],
        ..Script::default()
    });
    let mut queued = Vec::new();
    while queued.is_empty() {
        let due = world.engine().next_due();
        world.clock.advance_to(due);
        world.engine().tick(&Which::Due, |_| ()).await.expect("a tick");
        let rows = world.engine().store.outbox().expect("the outbox");
        queued = rows.into_iter().filter(|row| row.state == OutboxState::Queued).collect();
    }
    assert_eq!((queued.len(), queued[0].recipient.as_str(), queued[0].tries), (1, COUNSEL, 1));
    let octets = world.engine().store.octets(queued[0].id).expect("octets");
    assert!(world.to(COUNSEL).is_empty());
    world.close();
    world.until("2026-01-06T06:55:00Z").await;
    let letters = world.to(COUNSEL);
    assert_eq!(letters.len(), 1);
    let octets = String::from_utf8(octets).expect("ASCII");
    assert_eq!(letters[0].octets.trim_end(), octets.trim_end(), "rendered once");
    assert_eq!(letters[0].id, queued[0].message_id);
    assert_eq!(world.to(DESK).len(), 1);
}

#[tokio::test]
async fn three_days_without_a_mail_server_lose_nothing() {
    let mut world = World::about_to_tell().await;
    world.mail.set(Script { banner: vec![Act::Drop], ..Script::default() });
    world.until("2026-01-07T05:00:00Z").await;
    world.set("/privacy", LOGIN);
    world.until("2026-01-09T07:30:00Z").await;
    assert!(world.letters().is_empty());
    assert!(world.mail.connections() < 200, "tries thin out: {}", world.mail.connections());
    world.close();
    let queued: Vec<_> = world.engine().store.outbox().expect("the outbox");
    assert!(queued.len() >= 4 && queued.iter().all(|row| row.state == OutboxState::Queued), "{queued:?}");
    world.mail.set(Script::default());
    world.until("2026-01-09T12:00:00Z").await;
    for recipient in [COUNSEL, DESK] {
        let wanted: Vec<&str> =
            queued.iter().filter(|row| row.recipient == recipient).map(|row| row.message_id.as_str()).collect();
        let came: Vec<String> = world.to(recipient).into_iter().map(|letter| letter.id).collect();
        assert_eq!(came, wanted, "{recipient}: each once and in order");
    }
}

#[tokio::test]
async fn a_mail_server_that_hangs_stops_no_looking() {
    let mut world = World::about_to_tell().await;
    world.mail.set(Script { banner: vec![Act::Hang], ..Script::default() });
    let mailer = &mut world.engine().delivery.mailer;
    (mailer.connect, mailer.whole) = (Duration::from_millis(60), Duration::from_millis(60));
    world.until("2026-01-07T05:00:00Z").await;
    assert!(world.web.count("/law") >= 7, "{} looks", world.web.count("/law"));
    assert!(states(&mut world, DESK).iter().all(|(state, _)| *state == OutboxState::Queued));
    world.mail.set(Script::default());
    world.close();
    world.until("2026-01-07T10:00:00Z").await;
    assert_eq!((world.to(DESK).len(), world.to(COUNSEL).len()), (1, 1));
}

#[tokio::test]
async fn one_recipient_over_whom_the_server_hangs_holds_nobody_up() {
    let mut world = World::about_to_tell().await;
    world.mail.set(Script { rcpt: vec![Act::Hang, Act::Say("250 2.1.5 fine"), Act::Hang], ..Script::default() });
    let mailer = &mut world.engine().delivery.mailer;
    mailer.whole = Duration::from_millis(400);
    world.until("2026-01-06T06:40:00Z").await;
    assert_eq!((world.to(COUNSEL).len(), world.to(DESK).len()), (0, 1));
}

#[tokio::test]
async fn the_calendar_brings_a_weekly_letter_and_else_only_news() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-12T06:59:00Z").await;
    assert!(world.letters().is_empty(), "nothing to tell on quiet days: {:?}", world.subjects(DESK));
    world.until("2026-01-12T07:10:00Z").await;
    let letters = world.to(DESK);
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.contains("1 of 1 pages checked"), "{}", letters[0].subject);
    assert!(letters[0].text.contains("Tells users, as a policy"), "the board: {}", letters[0].text);
    world.until("2026-01-18T20:00:00Z").await;
    assert_eq!(world.letters().len(), 2, "{:?}", world.subjects(DESK));

    // Late, but with nothing to say: no letter.
    world.until("2026-01-20T06:50:00Z").await;
    let before = world.to(DESK).len();
    world.close();
    world.clock.advance_to(time("2026-01-20T10:00:00Z"));
    world.until("2026-01-20T10:30:00Z").await;
    assert_eq!(world.to(DESK).len(), before, "{:?}", world.subjects(DESK));

    // Down over three digests, one of them with news: one letter, which says that it is late.
    world.until("2026-01-21T05:00:00Z").await;
    world.set("/law", LOGIN);
    world.until("2026-01-21T06:50:00Z").await;
    assert_eq!(world.to(DESK).len(), before, "{:?}", world.subjects(DESK));
    world.close();
    world.clock.advance_to(time("2026-01-23T10:00:00Z"));
    world.until("2026-01-23T12:30:00Z").await;
    let letters = world.to(DESK);
    assert_eq!(letters.len(), before + 1, "{:?}", world.subjects(DESK));
    let late = letters.last().expect("a letter");
    assert!(late.subject.starts_with("[page check]"), "{}", late.subject);
    assert!(late.text.contains("later than its schedule says"), "{}", late.text);
}

#[tokio::test]
async fn a_weekly_letter_is_not_written_twice_after_a_sudden_end() {
    let mut world = World::new("2026-01-11T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-12T07:10:00Z").await;
    assert_eq!(world.letters().len(), 2);
    // As after a kill between the letters and the note that all have theirs.
    let before = time("2026-01-12T06:00:00Z");
    for name in ["weekly/legal", "digest/legal"] {
        world.engine().store.mark(name, serde_json::json!("ran"), before).expect("a mark");
    }
    world.close();
    world.until("2026-01-12T12:00:00Z").await;
    assert_eq!(world.letters().len(), 2, "{:?}", world.subjects(DESK));
}

/// A letter that cannot be made holds nobody else's up, is no loop, and is said until it can be made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_cannot_be_made_is_a_fact_and_no_loop() {
    let mut world = World::about_to_tell().await;
    // No settings file is taken that says so: it stands for whatever the check of settings does not know yet.
    world.engine().office.settings.subscriptions[0].recipients[0] = "counsel at law".to_owned();
    world.until("2026-01-06T06:55:00Z").await;
    assert_eq!(world.subjects(DESK).len(), 1, "{:?}", world.subjects(DESK));
    let engine = world.engine();
    let marks = engine.store.marks().expect("marks");
    let noted = marks.get("unmade/counsel at law").expect("a fact").clone();
    assert!(noted.value.as_str().is_some_and(|why| why.contains("is not a mail address")), "{noted:?}");
    let unmade = noticewatch::app::notify::unmade_letters::all(&engine.office, &engine.store).expect("read");
    assert_eq!(unmade.len(), 1, "{unmade:?}");
    let lines = journal(&world);
    world.until("2026-01-06T23:00:00Z").await;
    assert_eq!(journal(&world), lines, "said once, not at every beat");
    world.until("2026-01-07T08:00:00Z").await;
    let notices = world.to(super::world::OPERATOR);
    assert!(
        notices.iter().any(|letter| letter.text.contains("No letter can be made to counsel at law")),
        "{notices:?}"
    );
    // The settings are mended: what was not told comes, and the fact is past.
    world.close();
    world.until("2026-01-07T13:00:00Z").await;
    let subjects = world.subjects(COUNSEL);
    assert_eq!(subjects.iter().filter(|subject| subject.starts_with("[weakened")).count(), 1, "{subjects:?}");
}

/// Lines of the journal that speak of letters that cannot be made.
fn journal(world: &World) -> usize {
    let text = std::fs::read_to_string(world.dir.path().join("state/journal.jsonl")).expect("the journal");
    text.lines().filter(|line| line.contains("unmade/")).count()
}

/// What an earlier version wrote down, or a hand, is said by both verbs, with the exit code that asks for somebody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_and_check_say_to_whom_no_letter_can_be_made() {
    let mut world = World::about_to_tell().await;
    let now = world.clock.now();
    world.engine().store.mark("unmade/counsel@law.example", "no such header".into(), now).expect("noted");
    world.close();
    let status = world.run(&["status"]);
    assert_eq!(status.status.code(), Some(1), "{}", super::world::said(&status));
    let said = super::world::said(&status);
    assert!(said.contains("no letter can be made to counsel@law.example since 2026-01-06"), "{said}");
    let lines = super::world::lines(&world.run(&["status", "--json"]));
    assert!(lines.iter().any(|line| line["unmade"]["why"] == "no such header"), "{lines:?}");
    // The next beginning tries again, and finds that it can.
    assert!(
        noticewatch::app::notify::unmade_letters::all(&world.engine().office.clone(), &world.engine().store)
            .expect("read")
            .is_empty()
    );
    world.close();
    let status = super::world::said(&world.run(&["status"]));
    assert!(!status.contains("no letter can be made"), "{status}");
}
