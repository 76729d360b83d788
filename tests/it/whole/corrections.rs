//! Corrections: to each who got the first letter, in its thread, once; and to nobody else.

use super::world::{COUNSEL, DESK, Mail, World, said};
use crate::smtp_server::{Act, Script};
use noticewatch::io::store::OutboxState;

const REASON: &str = "we were served a test version of the page";

async fn told() -> (World, String) {
    let mut world = World::about_to_tell().await;
    world.until("2026-01-06T06:55:00Z").await;
    assert_eq!((world.to(COUNSEL).len(), world.to(DESK).len()), (1, 1));
    let found = world.json(&["history", "--json"]);
    let id = found[0]["id"].as_str().expect("an id").to_owned();
    (world, id)
}

fn header(letter: &Mail, name: &str) -> String {
    let unfolded = letter.octets.replace("\r\n ", " ");
    let found = unfolded.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
    found.unwrap_or_else(|| panic!("{name} in {}", letter.octets)).trim().to_owned()
}

/// The second letter answers the first.
fn answers(letters: &[Mail]) {
    let [first, second] = letters else { panic!("two letters: {letters:#?}") };
    assert!(second.subject.starts_with("[correction] lumenfeed law enforcement guidelines"), "{}", second.subject);
    for part in
        ["We withdraw what our letter of 2026-01-06", &format!("What was wrong: {REASON}"), "Where required by law"]
    {
        assert!(second.text.contains(part), "{part}: {}", second.text);
    }
    assert!(!second.text.contains("WEAKENED") && !second.octets.contains("X-Noticewatch-Verdict"), "{}", second.octets);
    assert!(second.text.len() * 2 < first.text.len(), "short: {}", second.text);
    assert_eq!(header(second, "In-Reply-To:"), first.id);
    let thread = header(second, "References:");
    assert_eq!(thread, format!("{} {}", header(first, "References:"), first.id), "its thread, and the letter itself");
    assert_ne!(first.id, second.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_answers_the_first_letter_and_comes_once() {
    let (mut world, id) = told().await;
    world.close();
    let ask = ["correct", &id, "--reason", REASON, "--now", "2026-01-06T07:00:00Z"];
    let corrected = world.run(&ask);
    assert_eq!(corrected.status.code(), Some(0), "{}", said(&corrected));
    for part in ["corrected", COUNSEL, DESK, "sent: 250"] {
        assert!(said(&corrected).contains(part), "{part}: {}", said(&corrected));
    }
    for recipient in [COUNSEL, DESK] {
        answers(&world.to(recipient));
    }
    let again = world.run(&ask);
    assert_eq!(again.status.code(), Some(64), "{}", said(&again));
    assert!(said(&again).contains("is corrected already, since 2026-01-06 07:00 UTC"), "{}", said(&again));
    let line = world.json(&["history", "--json"]).remove(0);
    assert_eq!(line["corrected"]["reason"], REASON, "{line}");
    assert_eq!(line["told"].as_array().map(Vec::len), Some(2), "told it was: {line}");
    assert!(said(&world.run(&["history", "lumenfeed-law"])).contains(REASON));
    // The weekly letter names it as told, and as corrected; nobody hears of it anew.
    world.configure("\n[[subscription]]\nname = \"late\"\nrecipients = [\"new@press.example\"]\n");
    world.until("2026-01-12T08:00:00Z").await;
    let weekly = world.to(DESK).pop().expect("a letter");
    assert!(weekly.text.contains("(corrected: a fault of ours)"), "{}", weekly.text);
    let new: String = world.to("new@press.example").into_iter().map(|letter| letter.subject + &letter.text).collect();
    assert!(!new.is_empty() && !new.contains("weakened"), "{new}");
    assert_eq!(world.subjects(COUNSEL).iter().filter(|subject| subject.contains("correction")).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_takes_a_correction_up_and_the_letter_is_as_durable_as_any() {
    let (mut world, id) = told().await;
    let ask = ["correct", &id, "--reason", REASON, "--now", "2026-01-06T06:56:00Z"];
    let corrected = world.run(&ask);
    assert_eq!(corrected.status.code(), Some(0), "{}", said(&corrected));
    assert!(said(&corrected).contains("takes this up within half a minute"), "{}", said(&corrected));
    let again = world.run(&ask);
    assert_eq!(again.status.code(), Some(64), "waiting counts: {}", said(&again));
    world.mail.set(Script { banner: vec![Act::Say("421 not now")], ..Script::default() });
    world.until("2026-01-06T07:00:00Z").await;
    assert_eq!(world.rows(COUNSEL).len(), 2);
    assert_eq!(world.rows(COUNSEL)[1].state, OutboxState::Queued);
    // The end between the letters to two recipients, and the next beginning: nobody gets two.
    world.close();
    world.mail.set(Script::default());
    world.until("2026-01-06T08:00:00Z").await;
    for recipient in [COUNSEL, DESK] {
        answers(&world.to(recipient));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_today_s_rules_find_no_more_is_corrected_in_the_words_of_its_letter() {
    let (mut world, id) = told().await;
    world.close();
    let targets = world.dir.path().join("targets.toml");
    let text = std::fs::read_to_string(&targets).expect("targets");
    let second = text.rfind("[[target]]").expect("a second target");
    std::fs::write(&targets, &text[second..]).expect("targets");
    let corrected = world.run(&["correct", &id, "--reason", REASON, "--now", "2026-01-06T07:00:00Z"]);
    assert_eq!(corrected.status.code(), Some(0), "{}", said(&corrected));
    let letter = world.to(DESK).pop().expect("a letter");
    assert!(letter.text.contains("It is our policy to notify members"), "{}", letter.text);
    assert!(letter.text.contains("not in the list of pages any more"), "{}", letter.text);
    assert_eq!(header(&letter, "In-Reply-To:"), world.to(DESK)[0].id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_corrected_is_said() {
    let (mut world, id) = told().await;
    world.close();
    let near = format!("{}0", &id[..id.len() - 1]);
    let none = world.run(&["correct", &near, "--reason", REASON]);
    assert_eq!(none.status.code(), Some(66), "{}", said(&none));
    assert!(said(&none).contains(&format!("did you mean {id}?")), "{}", said(&none));
    let empty = world.run(&["correct", &id, "--reason", ""]);
    assert_eq!(empty.status.code(), Some(64), "{}", said(&empty));
}
