//! What is told of a page that changes, and what is not.

use super::world::{COUNSEL, DESK, NO_SECTION, PROMISE, REDESIGN, SECTION, SIBLING, WEAKENED, World, time};
use crate::fault_server::Answer;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::Outcome;

fn at(value: &serde_json::Value) -> Timestamp {
    time(value.as_str().expect("a time"))
}

#[tokio::test]
async fn a_weakened_promise_is_mailed_once_to_each_within_minutes() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-06T05:00:00Z").await;
    assert_eq!(world.web.count("/law"), 2, "two first looks");
    world.set("/law", WEAKENED);
    world.until("2026-01-06T06:59:00Z").await;
    assert_eq!(world.web.count("/law"), 4, "one that sees it, one to be sure");
    for recipient in [COUNSEL, DESK] {
        let letters = world.to(recipient);
        assert_eq!(letters.len(), 1, "{recipient}: {:?}", world.subjects(recipient));
        let letter = &letters[0];
        assert!(letter.subject.starts_with("[weakened] lumenfeed law enforcement guidelines"), "{}", letter.subject);
        assert!(letter.text.contains("It is our policy to notify members before we disclose"), "{}", letter.text);
        assert!(letter.text.contains("we will notify members after we disclose their"), "{}", letter.text);
    }
    let found = world.json(&["history", "lumenfeed-law", "--json"]);
    assert_eq!(found.len(), 1, "{found:?}");
    let found = &found[0];
    let [old, new] = [at(&found["between"][0]), at(&found["between"][1])];
    let settled = at(&found["settled"]);
    assert!(old < time("2026-01-06T05:00:00Z") && new > time("2026-01-06T05:00:00Z"), "{found}");
    let sure = settled.duration_since(new);
    assert!((SignedDuration::from_mins(10)..SignedDuration::from_mins(12)).contains(&sure), "{sure:?}");
    let told = found["told"].as_array().expect("told");
    let letters: Vec<&str> = told.iter().filter_map(|one| one["message_id"].as_str()).collect();
    let sent: Vec<String> = [COUNSEL, DESK].iter().map(|recipient| world.to(recipient)[0].id.clone()).collect();
    assert_eq!(letters, sent);
    assert!([COUNSEL, DESK].iter().all(|recipient| !found["told"].to_string().contains(recipient)), "{found}");
    let text = &world.to(DESK)[0].text;
    for moment in [old, new] {
        let moment = moment.strftime("%Y-%m-%d %H:%M UTC").to_string();
        assert!(text.contains(&moment), "{moment} in {text}");
    }
    world.until("2026-01-11T20:00:00Z").await;
    assert_eq!(world.letters().len(), 2, "told once: {:?}", world.subjects(DESK));
    assert_eq!(world.json(&["history", "--json"]).len(), 1);
}

#[tokio::test]
async fn a_removed_section_is_told_when_it_stayed_away() {
    let rows = [("quillhaven-law", "/law", SECTION), ("quillhaven-privacy", "/privacy", SIBLING)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-06T11:00:00Z").await;
    world.set("/law", NO_SECTION);
    world.until("2026-01-07T13:55:00Z").await;
    assert!(world.letters().is_empty(), "not before 26 hours: {:?}", world.subjects(DESK));
    world.until("2026-01-07T15:00:00Z").await;
    for recipient in [COUNSEL, DESK] {
        let letters = world.to(recipient);
        assert_eq!(letters.len(), 1, "{:?}", world.subjects(recipient));
        assert!(letters[0].subject.starts_with("[removed]"), "{}", letters[0].subject);
        assert!(letters[0].text.contains("we will notify the affected account holder by email"), "{}", letters[0].text);
    }
}

#[tokio::test]
async fn a_page_that_is_gone_takes_its_promise_along() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", PROMISE)]).await;
    world.until("2026-01-06T11:00:00Z").await;
    world.web.set("/law", Answer::status("404 Not Found"));
    world.until("2026-01-07T13:00:00Z").await;
    assert!(!world.subjects(DESK).iter().any(|subject| subject.contains("removed")), "{:?}", world.subjects(DESK));
    world.until("2026-01-07T23:00:00Z").await;
    let removed: Vec<_> =
        world.to(COUNSEL).into_iter().filter(|letter| letter.subject.starts_with("[removed]")).collect();
    assert_eq!(removed.len(), 1, "{:?}", world.subjects(COUNSEL));
    assert!(removed[0].text.contains("page gone"), "{}", removed[0].text);
    world.until("2026-01-11T20:00:00Z").await;
    let again = world.subjects(COUNSEL).iter().filter(|subject| subject.starts_with("[removed]")).count();
    assert_eq!(again, 1, "{:?}", world.subjects(COUNSEL));
}

#[tokio::test]
async fn one_page_under_two_addresses_may_change_at_one_before_the_other() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("lumenfeed-help", "/help", REDESIGN)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-06T05:00:00Z").await;
    world.set("/law", WEAKENED);
    world.until("2026-01-06T11:00:00Z").await;
    world.set("/help", WEAKENED);
    world.until("2026-01-06T13:00:00Z").await;
    let found = world.json(&["history", "--json"]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(world.to(DESK).len(), 2, "{:?}", world.subjects(DESK));
}

#[tokio::test]
async fn a_redesign_around_the_same_promise_is_only_counted() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", PROMISE)]).await;
    world.until("2026-01-07T11:00:00Z").await;
    world.set("/law", REDESIGN);
    world.until("2026-01-12T06:00:00Z").await;
    assert!(world.letters().is_empty(), "{:?}", world.subjects(DESK));
    world.until("2026-01-12T08:00:00Z").await;
    let letters = world.to(DESK);
    assert_eq!(letters.len(), 1);
    assert!(letters[0].text.contains("but no wording about user notice: - lumenfeed law"), "{}", letters[0].text);
    assert!(world.json(&["history", "--json"]).is_empty());
}

#[tokio::test]
async fn noise_in_every_answer_costs_no_mail_and_little_room() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", PROMISE)]).await;
    let noisy = (0..200).map(|n| {
        let page = PROMISE.replace("<article>", &format!("<article data-request=\"{n:032x}\" class=\"c{n}\">"));
        Answer::page(page.replace("/help/a1", &format!("/help/a1?token={:x}", n * 7_919_999)))
    });
    world.web.script("/law", noisy);
    world.until("2026-01-07T20:00:00Z").await;
    let early = world.state_size();
    world.until("2026-01-11T20:00:00Z").await;
    let grown = world.state_size() - early;
    let visits = world.engine().store.visits("lumenfeed-law").expect("visits");
    let same = visits.iter().filter(|visit| matches!(visit.outcome, Outcome::SameText { .. })).count();
    let kept = visits.iter().filter(|visit| matches!(visit.outcome, Outcome::Captured { .. })).count();
    assert_eq!(visits.len(), same + kept);
    assert!(same >= 3 * kept - 3, "{same} of the same text, {kept} kept");
    assert!(kept <= 6, "one body a day: {kept}");
    assert!(world.letters().is_empty(), "{:?}", world.subjects(DESK));
    let days = 4;
    assert!(grown < days * 16_000, "{grown} octets in {days} days");
}
