//! Pages out of sight: told once, again after a week, and seen again; all of them at once is one line.

use super::world::{DESK, LOGIN, NO_SECTION, REDESIGN, SECTION, WEAKENED, World, said, time};
use crate::fault_server::{Answer, FaultServer, Step};

#[tokio::test]
async fn a_page_out_of_sight_is_told_once_after_a_week_and_seen_again() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-06T05:00:00Z").await;
    world.web.set("/law", Answer::status("500 Oh"));
    let told =
        |world: &World, words: &str| world.to(DESK).into_iter().filter(|letter| letter.text.contains(words)).count();
    world.until("2026-01-07T00:00:00Z").await;
    assert!(world.letters().is_empty(), "not before a day: {:?}", world.subjects(DESK));
    world.until("2026-01-07T08:00:00Z").await;
    assert_eq!(told(&world, "Out of sight since 2026-01-06"), 1, "{:?}", world.subjects(DESK));
    world.until("2026-01-14T06:00:00Z").await;
    assert_eq!(told(&world, "Still: out of sight"), 0, "{:?}", world.subjects(DESK));
    world.until("2026-01-14T08:00:00Z").await;
    assert_eq!(told(&world, "Still: out of sight"), 1, "{:?}", world.subjects(DESK));
    world.set("/law", WEAKENED);
    world.until("2026-01-18T20:00:00Z").await;
    assert_eq!(told(&world, "Seen again since 2026-01-14"), 1, "{:?}", world.subjects(DESK));
    assert_eq!(told(&world, "out of sight since"), 0, "told once");
    assert_eq!(told(&world, "WEAKENED"), 1, "{:?}", world.subjects(DESK));
}

/// Three pages on two hosts, and one that was broken before.
async fn two_hosts() -> (World, FaultServer) {
    let (web, other) = (FaultServer::start().await, FaultServer::start().await);
    let targets = [
        ("lumenfeed-law", web.url("/law"), ""),
        ("parcelbird-law", web.url("/other"), ""),
        ("quillhaven-law", other.url("/law"), ""),
        ("wrenfield-law", other.url("/other"), ""),
    ];
    let fetch = format!("allow = [\"{}\", \"{}\"]", web.authority(), other.authority());
    for server in [&web, &other] {
        server.set("/law", Answer::page(REDESIGN));
        server.set("/other", Answer::page(REDESIGN));
    }
    (World::on("2026-01-06T00:00:00Z", web, &targets, &fetch).await, other)
}

fn all(world: &World, other: &FaultServer, answer: &Answer) {
    for server in [&world.web, other] {
        server.set("/law", answer.clone());
        server.set("/other", answer.clone());
    }
}

#[tokio::test]
async fn no_network_is_one_line_while_it_lasts_and_one_when_it_is_over() {
    let (mut world, other) = two_hosts().await;
    world.until("2026-01-06T05:00:00Z").await;
    all(&world, &other, &Answer::default().then(Step::Reset));
    world.until("2026-01-07T13:00:00Z").await;
    let letters = world.to(DESK);
    assert_eq!(letters.len(), 1, "{:?}", world.subjects(DESK));
    let (subject, text) = (&letters[0].subject, &letters[0].text);
    assert!(subject.contains("All 4 pages that were due: no network since 2026-01-06"), "{subject}");
    assert!(text.contains("Nothing could be reached from this machine"), "{text}");
    assert!(text.contains("4 pages: last good look 2026-01-06"), "{text}");
    assert!(!text.to_lowercase().contains("out of sight"), "one line, not four: {text}");
    assert!(!text.contains("lumenfeed"), "{text}");
    all(&world, &other, &Answer::page(WEAKENED));
    world.until("2026-01-08T08:00:00Z").await;
    let letters = world.to(DESK);
    let over: Vec<_> =
        letters.iter().filter(|letter| letter.text.contains("The network is back since 2026-01-07")).collect();
    assert_eq!(over.len(), 1, "{:?}", world.subjects(DESK));
    assert!(!over[0].text.to_lowercase().contains("seen again"), "{}", over[0].text);
    assert_eq!(world.json(&["history", "--json"]).len(), 4, "what changed meanwhile is found");
    world.until("2026-01-12T20:00:00Z").await;
    let again = world.to(DESK).iter().filter(|letter| letter.subject.contains("no network")).count();
    assert_eq!(again, 1, "{:?}", world.subjects(DESK));
}

#[tokio::test]
async fn a_page_that_stays_away_when_the_network_is_back_is_told_as_its_own() {
    let (mut world, other) = two_hosts().await;
    world.until("2026-01-06T05:00:00Z").await;
    all(&world, &other, &Answer::default().then(Step::Reset));
    world.until("2026-01-07T13:00:00Z").await;
    all(&world, &other, &Answer::page(REDESIGN));
    other.set("/law", Answer::status("503 Busy"));
    world.until("2026-01-08T13:00:00Z").await;
    let letters = world.to(DESK);
    let own: Vec<_> = letters.iter().filter(|letter| letter.text.contains("Out of sight since 2026-01-06")).collect();
    assert_eq!(own.len(), 1, "{:?}", world.subjects(DESK));
    assert!(own[0].text.contains("quillhaven"), "{}", own[0].text);
}

#[tokio::test]
async fn two_pages_of_two_hosts_are_no_network_lost() {
    let (mut world, other) = two_hosts().await;
    world.until("2026-01-06T05:00:00Z").await;
    for server in [&world.web, &other] {
        server.set("/law", Answer::default().then(Step::Reset));
    }
    world.until("2026-01-07T13:00:00Z").await;
    let text: String = world.to(DESK).into_iter().map(|letter| letter.text).collect();
    assert_eq!(text.matches("Out of sight since").count(), 2, "{text}");
}

/// What a letter says of a trouble holds for what it was then, and for the day from which it is that.
#[tokio::test]
async fn a_page_out_of_sight_that_turns_out_to_be_gone_is_told_so_from_that_day() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-06T05:00:00Z").await;
    world.web.set("/law", Answer::status("403 No"));
    world.until("2026-01-13T12:00:00Z").await;
    world.web.set("/law", Answer::status("451 No"));
    world.until("2026-01-19T12:00:00Z").await;
    let said = world.subjects(DESK);
    let page = "[page check] lumenfeed law enforcement guidelines:";
    let out = format!("{page} out of sight since 2026-01-06");
    let gone = format!("{page} the page answers that it is gone since 2026-01-13");
    let count = |wanted: &String| said.iter().filter(|subject| *subject == wanted).count();
    assert_eq!((count(&out), count(&gone)), (1, 1), "{said:#?}");
    let weekly = world.to(DESK).pop().expect("a letter").text;
    let told = weekly.split("Told since").nth(1).unwrap_or_default().to_lowercase();
    assert!(told.contains("gone since 2026-01-13. told 2026-01-14"), "{told}");
}

/// Where nobody looked, no page was out of sight: that is said of us, with both ends.
#[tokio::test]
async fn our_own_absence_is_told_as_ours() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-06T13:00:00Z").await;
    // One look fails, then the program is away for four days, and the first look after it fails too.
    world.web.set("/law", Answer::status("500 Oh"));
    world.until("2026-01-06T18:30:00Z").await;
    world.close();
    world.clock.advance_to(time("2026-01-10T20:00:00Z"));
    world.until("2026-01-10T20:10:00Z").await;
    world.set("/law", REDESIGN);
    world.until("2026-01-12T08:00:00Z").await;
    let text: String = world.to(DESK).into_iter().map(|letter| letter.subject + " " + &letter.text).collect();
    assert!(text.contains("We did not look from 2026-01-06 18:"), "{text}");
    assert!(text.contains(" UTC to 2026-01-10 20:00 UTC: noticewatch itself was not at work."), "{text}");
    assert!(!text.to_lowercase().contains("out of sight") && !text.contains("Seen again"), "{text}");
    assert!(world.engine().survey.pages.iter().all(|page| page.followed.troubles.is_empty()));
}

/// A page that fails for a day after we came back is out of sight since then, not since we left.
#[tokio::test]
async fn out_of_sight_counts_from_when_somebody_looked_again() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-06T13:00:00Z").await;
    world.close();
    world.clock.advance_to(time("2026-01-10T20:00:00Z"));
    world.web.set("/law", Answer::status("500 Oh"));
    world.until("2026-01-11T19:00:00Z").await;
    assert!(world.engine().survey.pages.iter().all(|page| page.followed.troubles.is_empty()));
    world.until("2026-01-12T08:00:00Z").await;
    let text: String = world.to(DESK).into_iter().map(|letter| letter.subject + " " + &letter.text).collect();
    assert!(text.contains("Out of sight since 2026-01-10 20:0"), "{text}");
    assert!(text.contains("1 of 2 pages checked"), "{text}");
}

/// What was put aside was watched and not checked.
#[tokio::test]
async fn a_page_that_cannot_be_vouched_for_does_not_count_as_checked() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-06T13:00:00Z").await;
    for path in ["/law", "/other"] {
        world.set(path, LOGIN);
    }
    world.until("2026-01-07T08:00:00Z").await;
    let letter = world.to(DESK).pop().expect("a letter");
    assert!(letter.subject.starts_with("[page check] 2 pages are served as something else"), "{}", letter.subject);
    assert!(letter.text.contains("0 of 2 pages checked in the last 24 h."), "{}", letter.text);
    assert!(!letter.text.contains("No wording about telling users"), "{}", letter.text);
    world.until("2026-01-12T08:00:00Z").await;
    let weekly = world.to(DESK).pop().expect("a letter");
    assert!(weekly.subject.starts_with("[not watching] 0 of 2 pages checked"), "{}", weekly.subject);
}

#[tokio::test]
async fn a_page_that_is_read_in_part_is_followed_and_named() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T00:00:00Z").await;
    let told = |world: &World, words: &str| world.to(DESK).iter().filter(|letter| letter.text.contains(words)).count();
    world.set("/law", &WEAKENED.replace("</body>", &format!("{}</body>", "<div>".repeat(600))));
    world.until("2026-01-12T00:00:00Z").await;
    assert_eq!(
        told(&world, "Only the beginning of the page is read since 2026-01-08"),
        1,
        "{:?}",
        world.subjects(DESK)
    );
    assert!(told(&world, "nested deeper than 512") > 0, "and why");
    assert_eq!(told(&world, "WEAKENED"), 1, "the page is judged all the same: {:?}", world.subjects(DESK));
    world.set("/law", WEAKENED);
    world.until("2026-01-14T00:00:00Z").await;
    assert_eq!(told(&world, "The page is read to its end since 2026-01-12"), 1, "{:?}", world.subjects(DESK));
}

/// One document under two names, each with octets of its own at every look, moves under both: in whichever order, at
/// one look or at two, with the same octets or others.
#[tokio::test]
async fn two_names_of_one_document_move_together_and_neither_is_taken_for_the_other() {
    for (first, second) in [("/law", "/other"), ("/other", "/law")] {
        for apart in [false, true] {
            for nonce in [false, true] {
                let page =
                    |html: &str, nonce: &str| html.replace("<head>", &format!("<head><meta name=n content={nonce}>"));
                let rows = [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-law", "/other", REDESIGN)];
                let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
                world.set(first, &page(REDESIGN, "a"));
                world.set(second, &page(REDESIGN, "b"));
                world.until("2026-01-08T00:00:00Z").await;
                world.set(first, &page(NO_SECTION, "c"));
                if apart {
                    world.until("2026-01-08T13:00:00Z").await;
                }
                world.set(second, &page(NO_SECTION, if nonce { "d" } else { "c" }));
                world.until("2026-01-12T12:00:00Z").await;
                let case = format!("{first} first, apart {apart}, other octets {nonce}");
                let text: String =
                    world.to(DESK).into_iter().map(|letter| letter.subject + " " + &letter.text).collect();
                assert!(!text.contains("same body as") && !text.contains("served as something else"), "{case}: {text}");
                let visits = |id: &str| world.json(&["history", id, "--json"]).len();
                assert_eq!((visits("lumenfeed-law"), visits("parcelbird-law")), (1, 1), "{case}: {text}");
            }
        }
    }
}

/// Two rows that read alike are told apart, and what was lost is no silence from the beginning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_tells_rows_of_one_label_apart_and_what_was_lost() {
    let rows =
        [("quillhaven-law", "/law", SECTION), ("quillhaven-law-b", "/b", "x"), ("lumenfeed-law", "/c", REDESIGN)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.web.set("/b", Answer::status("404 Not Found"));
    world.until("2026-01-06T13:00:00Z").await;
    let board = said(&world.run(&["board"]));
    assert!(board.contains("(quillhaven-law):") && board.contains("(quillhaven-law-b): not read yet"), "{board}");
    assert!(!board.contains("(lumenfeed-law)"), "one of its label needs no id: {board}");
    assert_eq!(board.matches("not read yet").count(), 1, "{board}");
    world.set("/law", NO_SECTION);
    world.until("2026-01-09T13:00:00Z").await;
    let board = said(&world.run(&["board"]));
    assert!(board.contains("(quillhaven-law): no promise now; had a promise until 2026-01-0"), "{board}");
}
