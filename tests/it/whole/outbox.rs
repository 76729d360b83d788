//! The outbox as its operator meets it: shown, tried again, given up; and what becomes of letters that nobody took.

use super::world::{COUNSEL, DESK, OPERATOR, World, in_force_from, said, time};
use crate::smtp_server::{Act, Script};
use noticewatch::app::due::Which;
use noticewatch::app::error::Failure;
use noticewatch::io::store::{OutboxState, Outgoing, ReplyKind};

use std::io::ErrorKind;

/// A server that does not take letters to counsel for now.
fn not_to_counsel(answer: &'static str) -> Script {
    let own = Script { rcpt: vec![Act::Say(answer)], ..Script::default() };
    Script { only: vec![(COUNSEL, own)], ..Script::default() }
}

const LATER: &str = "451 4.7.1 come back later";

/// A world in which one letter came and one waits, at 06:30.
async fn one_waits() -> World {
    let mut world = World::about_to_tell().await;
    world.mail.set(not_to_counsel(LATER));
    world.until("2026-01-06T06:30:00Z").await;
    assert_eq!((world.to(COUNSEL).len(), world.to(DESK).len()), (0, 1));
    world
}

#[tokio::test]
async fn letters_are_listed_and_shown_beside_the_daemon() {
    let mut world = one_waits().await;
    let row = world.rows(COUNSEL).remove(0);
    let lines = world.json(&["outbox", "--json"]);
    assert_eq!(lines.len(), 1, "only what waits: {lines:#?}");
    assert_eq!((&lines[0]["id"], &lines[0]["state"]), (&row.id.into(), &"queued".into()), "{}", lines[0]);
    assert_eq!((&lines[0]["recipient"], &lines[0]["tries"]), (&COUNSEL.into(), &row.tries.into()), "{}", lines[0]);
    assert!(lines[0]["last_reply"].as_str().is_some_and(|said| said.contains(LATER)), "{}", lines[0]);
    assert_eq!(world.json(&["outbox", "--all", "--json"]).len(), 2);
    let listed = said(&world.run(&["outbox"]));
    for part in ["queued", COUNSEL, "[weakened]", "451", "1 letter was sent", "send-test"] {
        assert!(listed.contains(part), "{part} in\n{listed}");
    }
    let id = row.id.to_string();
    let shown = said(&world.run(&["outbox", "show", &id]));
    for part in ["Subject: [weakened]", "Where required by law", &row.message_id, "queued"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    let octets = world.engine().store.octets(row.id).expect("octets");
    assert_eq!(world.run(&["outbox", "show", &id, "--raw"]).stdout, octets, "the very octets");
    let none = world.run(&["outbox", "show", "99"]);
    assert_eq!(none.status.code(), Some(66), "{}", said(&none));
    assert!(said(&none).contains("no letter has the number 99; they go from 1 to 2"), "{}", said(&none));
}

#[tokio::test]
async fn a_letter_that_is_given_up_is_named_to_others_and_can_come_back() {
    let mut world = one_waits().await;
    let id = world.rows(COUNSEL)[0].id.to_string();
    let drop = ["outbox", "drop", &id, "--reason", "she left the firm", "--now", "2026-01-06T06:30:00Z"];
    let dropped = world.run(&drop);
    assert_eq!(dropped.status.code(), Some(0), "{}", said(&dropped));
    assert!(said(&dropped).contains("takes this up within half a minute"), "{}", said(&dropped));
    assert!(said(&world.run(&["status"])).contains(&format!("waits to be taken up: drop letter {id}")));
    world.until("2026-01-06T06:50:00Z").await;
    let row = world.rows(COUNSEL).remove(0);
    assert_eq!((row.state, row.last_reply.as_deref()), (OutboxState::Dropped, Some("she left the firm")));
    let again = world.run(&drop);
    assert_eq!(again.status.code(), Some(64), "{}", said(&again));
    assert!(said(&again).contains("is dropped already"), "{}", said(&again));
    let status = said(&world.run(&["status"]));
    assert!(status.contains("0 refused, 0 expired, 1 dropped") && status.contains("she left the firm"), "{status}");
    world.until("2026-01-07T08:00:00Z").await;
    let operator: String = world.to(OPERATOR).into_iter().map(|letter| letter.text).collect();
    assert!(operator.contains("was dropped: she left the firm"), "{operator}");
    world.until("2026-01-12T08:00:00Z").await;
    let desk: String = world.to(DESK).into_iter().map(|letter| letter.text).collect();
    assert!(desk.contains("1 letter to another recipient could not be delivered (1 dropped)"), "{desk}");
    assert_eq!(desk.matches("could not be delivered").count(), 1, "named once: {desk}");

    // Back again, and taken: once, with the octets of then.
    world.mail.set(Script::default());
    world.close();
    let retried = world.run(&["outbox", "retry", &id, "--now", "2026-01-12T08:00:00Z"]);
    assert_eq!(retried.status.code(), Some(0), "{}", said(&retried));
    world.until("2026-01-12T09:00:00Z").await;
    assert!(world.to(COUNSEL).iter().any(|letter| letter.id == row.message_id), "{:?}", world.subjects(COUNSEL));
    let sent = world.run(&["outbox", "retry", &id]);
    assert_eq!(sent.status.code(), Some(64), "{}", said(&sent));
    assert!(said(&sent).contains("was sent 2026-01-12"), "{}", said(&sent));
}

#[tokio::test]
async fn after_the_server_was_mended_all_that_waits_goes_at_once_and_in_order() {
    let mut world = one_waits().await;
    world.until("2026-01-07T03:00:00Z").await;
    world.set("/privacy", super::world::WEAKENED);
    world.until("2026-01-07T06:40:00Z").await;
    let waiting = world.rows(COUNSEL);
    assert_eq!(waiting.len(), 2, "{waiting:#?}");
    world.mail.set(Script::default());
    let later = waiting[1].id.to_string();
    let retried = world.run(&["outbox", "retry", &later, "--now", "2026-01-07T06:40:00Z"]);
    assert!(said(&retried).contains(&format!("letter {}, which waits before it, goes first", waiting[0].id)));
    world.engine().tick(&Which::Nothing, |_| ()).await.expect("a tick");
    let came: Vec<String> = world.to(COUNSEL).into_iter().map(|letter| letter.id).collect();
    let wanted: Vec<String> = waiting.into_iter().map(|row| row.message_id).collect();
    assert_eq!(came, wanted, "at once, in order");
}

#[tokio::test]
async fn what_an_expired_letter_told_comes_with_the_next_marked_late() {
    let mut world = World::about_to_tell().await;
    world.mail.set(not_to_counsel(LATER));
    world.until("2026-01-11T06:50:00Z").await;
    let row = world.rows(COUNSEL).remove(0);
    assert_eq!(row.state, OutboxState::Expired, "{row:?}");
    assert!(row.tries > 30, "tried for five days: {row:?}");
    let told = world.json(&["history", "--json"]);
    assert_eq!(told[0]["told"].as_array().map(Vec::len), Some(1), "it told nothing: {}", told[0]["told"]);
    world.mail.set(Script::default());
    assert!(world.rows(COUNSEL).len() == 1, "what is late waits for a letter: {:?}", world.rows(COUNSEL));
    world.until("2026-01-11T08:00:00Z").await;
    let letters = world.to(COUNSEL);
    assert_eq!(letters.len(), 1, "{:?}", world.subjects(COUNSEL));
    assert!(letters[0].subject.starts_with("[weakened, late]"), "{}", letters[0].subject);
    assert!(letters[0].text.contains("Where required by law"), "{}", letters[0].text);
    let told = world.json(&["history", "--json"]);
    assert_eq!(told[0]["told"].as_array().map(Vec::len), Some(2), "{}", told[0]["told"]);
    world.until("2026-01-20T08:00:00Z").await;
    let desk: String = world.to(DESK).into_iter().map(|letter| letter.text).collect();
    assert!(desk.contains("1 letter to another recipient could not be delivered (1 expired)"), "{desk}");
    let shown = world.to(COUNSEL).iter().filter(|letter| letter.subject.contains("late")).count();
    assert_eq!(shown, 1, "{:?}", world.subjects(COUNSEL));
}

#[tokio::test]
async fn a_day_that_came_in_an_expired_letter_is_said_in_the_next() {
    let mut world = World::about_to_tell().await;
    world.set("/law", &in_force_from("January 20, 2026"));
    world.until("2026-01-20T05:00:00Z").await;
    world.mail.set(not_to_counsel(LATER));
    world.until("2026-01-25T08:00:00Z").await;
    world.mail.set(Script::default());
    world.until("2026-01-30T08:00:00Z").await;
    let said = |recipient| world.subjects(recipient).iter().filter(|subject| subject.starts_with("[in force]")).count();
    assert_eq!((said(COUNSEL), said(DESK)), (1, 1), "{:?}", world.subjects(COUNSEL));
}

#[tokio::test]
async fn while_a_server_hangs_pages_are_looked_at_and_other_letters_go() {
    let mut world = World::about_to_tell().await;
    world.until("2026-01-06T06:05:00Z").await;
    world.mail.set(Script { dot: vec![Act::Hang], ..Script::default() });
    // As the daemon turns, which waits for no letter; this one stays under way for ever.
    for minutes in 6..60 {
        world.clock.advance_to(time(&format!("2026-01-06T06:{minutes:02}:00Z")));
        world.engine().tick_beside(&Which::Due, |_| ()).await.expect("a tick");
    }
    let before = world.web.count("/law");
    world.clock.advance_to(time("2026-01-06T12:30:00Z"));
    world.engine().tick_beside(&Which::Due, |_| ()).await.expect("a tick");
    assert_eq!(world.web.count("/law"), before + 1, "looked at meanwhile");
    assert!(world.rows(COUNSEL).iter().chain(&world.rows(DESK)).all(|row| row.state == OutboxState::Queued));
    world.close();
    world.mail.set(Script::default());
    world.until("2026-01-06T13:00:00Z").await;
    assert_eq!((world.to(COUNSEL).len(), world.to(DESK).len()), (1, 1));
}

#[tokio::test]
async fn what_the_server_took_is_not_given_up_any_more() {
    let mut world = one_waits().await;
    let row = world.rows(COUNSEL).remove(0);
    world.mail.set(Script::default());
    let id = row.id.to_string();
    // Decided while the letter waited; the daemon sends it in the tick before it takes that up.
    let dropped = world.run(&["outbox", "drop", &id, "--reason", "no use", "--now", "2026-01-06T06:31:00Z"]);
    assert_eq!(dropped.status.code(), Some(0), "{}", said(&dropped));
    world.clock.advance_to(time("2026-01-06T06:59:00Z"));
    let engine = world.engine();
    engine.delivery.deliver(&engine.office, &mut engine.store).await.expect("delivered");
    world.until("2026-01-06T08:00:00Z").await;
    assert_eq!(world.rows(COUNSEL)[0].state, OutboxState::Sent, "it is with the server");
    assert_eq!(world.to(COUNSEL).len(), 1);
}

#[tokio::test]
async fn letters_that_were_given_up_are_shown_for_ninety_days() {
    let mut world = one_waits().await;
    let id = world.rows(COUNSEL)[0].id;
    world.close();
    let drop = ["outbox", "drop", &id.to_string(), "--reason", "no use", "--now", "2026-01-06T06:31:00Z"];
    assert!(world.run(&drop).status.success());
    for (days, shown) in [(89, 1), (91, 0)] {
        // A later letter; the days count up to it.
        let engine = world.engine();
        let at = time("2026-01-06T06:31:00Z") + jiff::SignedDuration::from_hours(24 * days);
        let (id, recipient, note) = (format!("later-{days}"), DESK.to_owned(), serde_json::json!({}));
        let (message_id, octets) = (format!("<{id}@noticewatch.example>"), id.clone().into_bytes());
        let letter = Outgoing { id, recipient, message_id, at, octets, told: Vec::new(), note };
        let row = engine.store.tell(&[letter]).expect("told")[0];
        engine.store.reply(row, at, ReplyKind::Sent, "250 ok", None).expect("noted");
        world.close();
        assert_eq!(world.json(&["outbox", "--json"]).len(), shown, "after {days} days");
        assert_eq!(said(&world.run(&["status"])).contains("no use"), shown == 1, "after {days} days");
        assert!(world.json(&["outbox", "--all", "--json"]).len() > shown, "nothing is lost");
    }
}

/// Nobody's site pays for a disk that takes nothing: what could not be kept is not asked for again before it does.
#[tokio::test]
async fn while_a_disk_takes_nothing_no_page_is_asked_for_again() {
    let mut world = World::about_to_tell().await;
    // How the pages are defined is written before they are asked for.
    let faults = world.disk_fails(4, ErrorKind::ReadOnlyFilesystem);
    let before = world.web.count("/law");
    world.clock.advance_to(time("2026-01-06T07:00:00Z"));
    for _ in 0..3 {
        let failed = world.engine().tick(&Which::Due, |_| ()).await.expect_err("a disk that takes nothing");
        assert!(matches!(failed, Failure::State(_)), "{failed}");
        assert_eq!(world.web.count("/law"), before + 1, "asked for once");
    }
    faults.end();
    world.until("2026-01-06T13:00:00Z").await;
    assert_eq!(world.subjects(COUNSEL).len(), 1, "{:?}", world.subjects(COUNSEL));
}

/// What a server took it has: that the disk did not take its answer is no reason to send it again.
#[tokio::test]
async fn a_letter_that_was_taken_while_nothing_could_be_written_is_not_sent_again() {
    let mut world = one_waits().await;
    let tries = world.rows(COUNSEL)[0].tries;
    let faults = world.disk_fails(0, ErrorKind::StorageFull);
    world.mail.set(Script::default());
    world.clock.advance_to(time("2026-01-06T07:00:00Z"));
    let engine = world.engine();
    for _ in 0..3 {
        let failed = engine.delivery.deliver(&engine.office, &mut engine.store).await.expect_err("no room");
        assert!(matches!(failed, Failure::Full(_)), "{failed}");
    }
    faults.end();
    engine.delivery.deliver(&engine.office, &mut engine.store).await.expect("delivered");
    assert_eq!(world.to(COUNSEL).len(), 1);
    let row = world.rows(COUNSEL).remove(0);
    assert_eq!((row.state, row.tries), (OutboxState::Sent, tries + 1));
}
