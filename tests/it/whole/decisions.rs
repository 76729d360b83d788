//! What operators decide: accept, pause, resume, recorded by the verb itself or taken up by the noticewatch that runs.

use super::world::{COUNSEL, DESK, OPERATOR, REDESIGN, WEAKENED, World, lines, said, time};
use jiff::SignedDuration;
use noticewatch::io::store::{Decision, DecisionKind, Store};

/// A maintenance page that stays.
fn walled() -> String {
    let words = "Our legal pages are being moved to a new home and will be back before long. ".repeat(6);
    format!(
        "<html><head><title>Down for maintenance</title></head><body><h1>Down for maintenance</h1><p>{words}</p></body></html>"
    )
}

#[tokio::test]
async fn the_same_text_for_a_day_is_told_as_replaced_or_walled_with_its_words() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-06T11:00:00Z").await;
    world.set("/law", &walled());
    world.until("2026-01-07T08:00:00Z").await;
    let first = world.to(OPERATOR);
    assert_eq!(first.len(), 1, "{:?}", world.subjects(OPERATOR));
    assert!(first[0].text.contains("What is served is not the page"), "{}", first[0].text);
    assert!(!first[0].text.contains("replaced or walled"), "not before a day: {}", first[0].text);
    world.until("2026-01-08T08:00:00Z").await;
    for recipient in [OPERATOR, DESK, COUNSEL] {
        let letters = world.to(recipient);
        assert_eq!(letters.len(), 2, "{:?}", world.subjects(recipient));
        for part in ["Page replaced or walled", "Our legal pages are being moved", "noticewatch accept lumenfeed-law"] {
            assert!(letters[1].text.contains(part), "{part}: {}", letters[1].text);
        }
    }
    world.until("2026-01-14T20:00:00Z").await;
    let told = world.to(OPERATOR).iter().filter(|letter| letter.text.contains("Page replaced or walled")).count();
    assert_eq!(told, 1, "{:?}", world.subjects(OPERATOR));
    let status = said(&world.run(&["status"]));
    assert!(status.contains("looks in a row without the page since 2026-01-06"), "{status}");
    assert!(status.contains("put aside since 2026-01-06") && status.contains("Our legal pages"), "{status}");
}

#[tokio::test]
async fn accepting_ends_a_quarantine_and_what_moved_is_told() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-06T11:00:00Z").await;
    let none = world.run(&["history", "lumenfeed-law", "--at", "2126-01-06"]);
    assert_eq!(none.status.code(), Some(64), "{}", said(&none));
    assert!(said(&none).contains("2126-01-06 is still to come"), "{}", said(&none));
    // The day of the test, by the machine's clock, is not over.
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let today = world.run(&["history", "lumenfeed-law", "--at", &today]);
    assert_eq!(today.status.code(), Some(0), "{}", said(&today));
    let none = world.run(&["accept", "lumenfeed-law", "--now", "2026-01-06T11:00:00Z"]);
    assert_eq!(none.status.code(), Some(66), "{}", said(&none));
    world.set("/law", &walled());
    world.until("2026-01-07T10:00:00Z").await;
    let before = world.to(DESK).len();
    world.close();
    let at = ["--now", "2026-01-07T10:00:00Z"];
    for more in [&[][..], &["--json"]] {
        let asked = world.run(&[&["accept", "lumenfeed-law", at[0], at[1]], more].concat());
        assert_eq!(asked.status.code(), Some(64), "{}", said(&asked));
        for part in ["looks like no page", "Down for maintenance", "nothing was decided, --yes"] {
            assert!(said(&asked).contains(part), "{part}: {}", said(&asked));
        }
    }
    let accepted = world.run(&[
        "accept",
        "lumenfeed-law",
        "--yes",
        "--reason",
        "they shut it down",
        "--now",
        "2026-01-07T10:00:00Z",
    ]);
    assert_eq!(accepted.status.code(), Some(0), "{}", said(&accepted));
    for part in
        ["accepted: what lumenfeed-law serves", "Our legal pages are being moved", "next: its promises are compared"]
    {
        assert!(said(&accepted).contains(part), "{part}: {}", said(&accepted));
    }
    world.until("2026-01-08T20:00:00Z").await;
    let found = world.json(&["history", "--json"]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let letters = world.to(DESK);
    assert!(letters.len() > before, "{:?}", world.subjects(DESK));
    assert!(letters.iter().any(|letter| letter.text.contains("It is our policy to notify members")), "{letters:#?}");
    // The looks did not settle it, and nothing says that they did.
    let words = "Settled because the operator accepted the page (reason: they shut it down); seen at";
    let told = letters.iter().find(|letter| letter.text.contains(words)).expect("a letter that says so");
    assert!(!told.text.contains("after looks over at least 26 hours"), "{}", told.text);
    assert!(found[0]["accepted"]["looks"].as_u64().is_some_and(|looks| looks > 1), "{found:#?}");
    assert_eq!(found[0]["accepted"]["reason"], "they shut it down", "{found:#?}");
    assert!(found[0]["between"][1].as_str().is_some_and(|first| first < "2026-01-07T10"), "{found:#?}");
    let flat = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let history = flat(said(&world.run(&["history", "lumenfeed-law"])));
    assert!(history.contains(words), "{history}");
    let show = said(&world.run(&["show", "lumenfeed-law", "--at", "2026-01-07T10:00:00Z"]));
    assert!(show.contains("the operator accepted the page 2026-01-07 10:00 UTC (reason: they shut it down)"), "{show}");
    world.close();
    let again = world.run(&["accept", "lumenfeed-law", "--now", "2026-01-08T20:00:00Z"]);
    assert_eq!(again.status.code(), Some(66), "{}", said(&again));
    assert!(said(&again).contains("nothing of lumenfeed-law is put aside"), "{}", said(&again));
}

#[tokio::test]
async fn a_page_that_was_never_read_has_nothing_to_accept() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.web.set("/law", crate::fault_server::Answer::status("404 Not Found"));
    world.until("2026-01-06T11:00:00Z").await;
    world.close();
    let none = world.run(&["accept", "lumenfeed-law", "--now", "2026-01-06T11:00:00Z"]);
    assert_eq!(none.status.code(), Some(66), "{}", said(&none));
    assert!(said(&none).contains("was never read, so there is nothing to accept"), "{}", said(&none));
}

#[tokio::test]
async fn a_paused_page_rests_is_named_in_letters_and_catches_up() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-06T11:00:00Z").await;
    world.close();
    let at = ["--now", "2026-01-06T11:00:00Z"];
    let paused = world.run(&["pause", "lumenfeed-law", "--reason", "they asked us to wait", at[0], at[1], "--json"]);
    assert_eq!(paused.status.code(), Some(0), "{}", said(&paused));
    let line = &lines(&paused)[0];
    assert_eq!((&line["decision"], &line["recorded"]), (&"pause".into(), &true.into()), "{line}");
    let looks = world.web.count("/law");
    world.set("/law", WEAKENED);
    world.until("2026-01-12T08:00:00Z").await;
    assert_eq!(world.web.count("/law"), looks, "a paused page is left alone");
    let letters = world.to(DESK);
    assert_eq!(letters.len(), 1, "only the weekly one: {:?}", world.subjects(DESK));
    let text = &letters[0].text;
    assert!(text.contains("paused by the operator since 2026-01-06 11:00 UTC: they asked us to wait"), "{text}");
    assert!(text.contains("1 of 2 pages checked"), "{text}");
    let status = said(&world.run(&["status"]));
    assert!(status.contains("paused since 2026-01-06 11:00 UTC: they asked us to wait"), "{status}");
    world.close();
    let check = world.run(&["check", "lumenfeed-law", "--now", "2026-01-12T08:00:00Z"]);
    assert_eq!(check.status.code(), Some(64), "{}", said(&check));
    let twice = world.run(&["pause", "lumenfeed-law", "--reason", "again", "--now", "2026-01-12T08:00:00Z"]);
    assert_eq!(twice.status.code(), Some(64), "{}", said(&twice));
    assert!(said(&twice).contains("is paused already, since 2026-01-06"), "{}", said(&twice));
    let resumed = world.run(&["resume", "lumenfeed-law", "--now", "2026-01-12T08:00:00Z"]);
    assert!(said(&resumed).contains("resumed: lumenfeed-law, paused since"), "{}", said(&resumed));
    world.until("2026-01-12T11:00:00Z").await;
    let found = world.json(&["history", "--json"]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["verdict"], "weakened");
}

#[tokio::test]
async fn decisions_made_while_another_writes_are_taken_up_once_and_in_order() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-06T11:00:00Z").await;
    let paused = world.run(&["pause", "lumenfeed-law", "--reason", "a rest", "--now", "2026-01-06T11:00:00Z"]);
    assert_eq!(paused.status.code(), Some(0), "{}", said(&paused));
    assert!(said(&paused).contains("takes this up within half a minute"), "{}", said(&paused));
    let status = said(&world.run(&["status"]));
    assert!(status.contains("waits to be taken up: pause lumenfeed-law"), "{status}");
    let looks = world.web.count("/law");
    world.until("2026-01-07T11:00:00Z").await;
    assert!(world.web.count("/law") <= looks + 1, "the tick that takes it up looks at nothing");
    assert_eq!(world.engine().store.decisions().expect("decisions").len(), 1);
    assert!(world.engine().store.requests().expect("requests").is_empty());
    assert!(!said(&world.run(&["status"])).contains("waits to be taken up"));
}

#[test]
fn a_sudden_end_between_journal_and_removal_doubles_no_decision() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = time("2026-01-06T11:00:00Z");
    let decision = |hours: i64, decision| Decision {
        at: at + SignedDuration::from_hours(hours),
        decision,
        target: Some("lumenfeed-law".to_owned()),
        finding: None,
        letter: None,
        reason: "a rest".to_owned(),
    };
    let (pause, resume) = (decision(0, DecisionKind::Pause), decision(2, DecisionKind::Resume));
    let late = Store::request(dir.path(), &resume).expect("left");
    let early = Store::request(dir.path(), &pause).expect("left");
    let kept = std::fs::read(&early).expect("readable");
    // As an end in the middle of writing leaves it, and something that is no decision.
    std::fs::write(dir.path().join("decisions/.tmpA1"), "{\"at\"").expect("written");
    std::fs::write(dir.path().join("decisions/0-odd.json"), "{}").expect("written");
    let mut store = Store::open(dir.path()).expect("a store");
    let taken = store.take_up().expect("taken up");
    assert_eq!(taken.decisions, [pause.clone(), resume.clone()], "in the order of their times");
    assert_eq!(taken.trouble.len(), 1, "{:?}", taken.trouble);
    assert!(!late.exists() && !early.exists());
    // As after an end before the file was removed.
    std::fs::write(&early, kept).expect("written");
    assert_eq!(store.take_up().expect("taken up").decisions, []);
    assert!(!early.exists());
    drop(store);
    let store = Store::read_only(dir.path()).expect("a store");
    assert_eq!(store.decisions().expect("decisions"), [pause, resume]);
}
