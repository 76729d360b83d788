//! A clock that is set: what it said while it was wrong silences nothing, and no change is told for it.

use super::world::{COUNSEL, DESK, LOGIN, OPERATOR, REDESIGN, WEAKENED, World, in_force_from, time};
use crate::fault_server::Answer;
use jiff::SignedDuration;
use noticewatch::app::due::Which;
use noticewatch_core::capture::{Outcome, Sha256, Visit};

/// For an hour the clock says another time; the daemon looks twice.
async fn wrong(world: &mut World, by: SignedDuration) {
    let right = world.clock.now();
    for minutes in [0, 11] {
        world.clock.set(right + by + SignedDuration::from_mins(minutes));
        world.engine().tick(&Which::Due, |_| ()).await.expect("a tick");
    }
    world.clock.set(right + SignedDuration::from_hours(1));
}

fn weakened(world: &World, recipient: &str) -> usize {
    world.subjects(recipient).iter().filter(|subject| subject.starts_with("[weakened]")).count()
}

#[tokio::test]
async fn after_an_hour_a_month_ahead_pages_are_seen_and_letters_come_as_before() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T10:00:00Z").await;
    wrong(&mut world, SignedDuration::from_hours(30 * 24)).await;
    world.until("2026-01-10T10:00:00Z").await;
    world.set("/law", WEAKENED);
    world.until("2026-01-12T10:00:00Z").await;
    assert_eq!((weakened(&world, COUNSEL), weakened(&world, DESK)), (1, 1), "{:?}", world.subjects(DESK));
    world.set("/law", LOGIN);
    world.until("2026-01-14T10:00:00Z").await;
    let said = world.subjects(OPERATOR).into_iter().chain(world.subjects(DESK));
    assert!(said.filter(|subject| subject.starts_with("[page check]")).count() >= 2, "{:?}", world.subjects(DESK));
    world.set("/law", WEAKENED);
    world.until("2026-01-15T13:00:00Z").await;
    // More than a day, and over before the next digest.
    world.web.set("/law", Answer::status("500 Oh"));
    world.until("2026-01-17T05:00:00Z").await;
    world.set("/law", WEAKENED);
    world.until("2026-01-17T10:00:00Z").await;
    let last = world.subjects(DESK).pop().expect("a letter");
    assert!(last.contains("seen again"), "{:?}", world.subjects(DESK));
    // When the time has come that the clock had said, what was seen then is no return to the former text.
    world.until("2026-02-10T10:00:00Z").await;
    assert_eq!((weakened(&world, COUNSEL), weakened(&world, DESK)), (1, 1), "{:?}", world.subjects(DESK));
    assert_eq!(world.json(&["history", "--json"]).len(), 1);
    let weekly = world.subjects(DESK).iter().filter(|subject| subject.contains("week")).count();
    assert!(weekly >= 4, "{:?}", world.subjects(DESK));
}

#[tokio::test]
async fn after_an_hour_at_the_beginning_of_time_the_past_is_what_it_was() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T10:00:00Z").await;
    world.set("/law", WEAKENED);
    world.until("2026-01-10T10:00:00Z").await;
    let before = world.json(&["history", "--json"]);
    let past = world.clock.now().duration_since(time("1970-01-01T00:00:00Z"));
    wrong(&mut world, -past).await;
    world.until("2026-01-14T10:00:00Z").await;
    assert_eq!(world.json(&["history", "--json"]), before);
    assert_eq!((weakened(&world, COUNSEL), weakened(&world, DESK)), (1, 1), "{:?}", world.subjects(DESK));
}

#[tokio::test]
async fn a_day_that_a_clock_ahead_saw_come_does_not_come_again() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T05:00:00Z").await;
    world.set("/law", &in_force_from("January 20, 2026"));
    world.until("2026-01-19T10:00:00Z").await;
    wrong(&mut world, SignedDuration::from_hours(6 * 24)).await;
    world.until("2026-01-28T12:00:00Z").await;
    let said = world.subjects(COUNSEL);
    assert_eq!(said.iter().filter(|subject| subject.starts_with("[in force]")).count(), 1, "{said:?}");
}

#[test]
fn of_visits_that_disagree_with_the_order_in_which_they_were_recorded_the_fewer_are_left_out() {
    let visits = |hours: &[i64]| -> Vec<Visit> {
        let visit = |hour: &i64| Visit {
            target: "lumenfeed-law".to_owned(),
            at: time("2026-01-06T00:00:00Z") + SignedDuration::from_hours(*hour),
            unconditional: true,
            twin: None,
            recorded: false,
            outcome: Outcome::NotModified { kept: Sha256::default() },
        };
        hours.iter().map(visit).collect()
    };
    for (recorded, kept) in [
        (&[0, 6, 12][..], &[0, 6, 12][..]),
        (&[0, 6, 720, 720, 7, 13], &[0, 6, 7, 13]),
        (&[0, 6, 720, 721, 7], &[0, 6, 720, 721]),
        (&[0, 6, 720, 7], &[0, 6, 7]),
        (&[0, 6, 12, -9000, 18, 24], &[0, 6, 12, 18, 24]),
        (&[0, 6, 720, 7, 13, 714, 720, 726], &[0, 6, 7, 13, 714, 720, 726]),
    ] {
        assert_eq!(Visit::in_time(visits(recorded)), visits(kept), "{recorded:?}");
    }
}
