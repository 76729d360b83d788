//! What each subscription asks for: when letters come, which, about what, in which form.

use super::world::{Mail, NO_SECTION, OPERATOR, REDESIGN, Row, SECTION, SIBLING, WEAKENED, World, in_force_from, said};
use crate::fault_server::Answer;

/// A world in which these are told; each subscription is its lines, for a recipient of its own name.
async fn world(start: &str, rows: &[Row<'_>], subscriptions: &[(&str, &str)]) -> World {
    let world = World::new(start, rows).await;
    let path = world.dir.path().join("noticewatch.toml");
    let settings = std::fs::read_to_string(&path).expect("settings");
    let (rest, _) = settings.split_once("[[subscription]]").expect("a subscription");
    let told = subscriptions.iter().map(|(name, lines)| {
        format!("[[subscription]]\nname = \"{name}\"\nrecipients = [\"{}\"]\n{lines}\n", at(name))
    });
    std::fs::write(&path, rest.to_owned() + &told.collect::<String>()).expect("settings");
    world
}

fn at(name: &str) -> String {
    format!("{name}@law.example")
}

/// The date of each letter to that recipient, without its year, and its subject.
fn came(world: &World, name: &str) -> Vec<String> {
    world
        .to(&at(name))
        .iter()
        .map(|mail| format!("{} {}", header(mail, "Date: ")[5..].replace(" 2026", ""), mail.subject))
        .collect()
}

/// A header's value, unfolded; empty where there is none.
fn header(mail: &Mail, name: &str) -> String {
    let head = mail.octets.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
}

/// The weakened page, in force from a day ahead, with another sentence changed in the same edit.
fn ahead() -> String {
    let edit =
        in_force_from("January 20, 2026").replace("A court order is needed for", "A written request is enough for");
    assert!(edit.contains("Effective: January 20") && edit.contains("A written request"), "{edit}");
    edit
}

const GRAVE: &str = "[weakened] lumenfeed law enforcement guidelines: \"policy to notify\" -> \"Where required by law\" (in force 2026-01-20)";

#[tokio::test]
async fn each_goes_by_its_own_calendar_and_clock() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("quillhaven-privacy", "/quill", SIBLING)];
    let subscriptions = [
        ("now", "digest = false\nweekly = false"),
        ("berlin", "at_once = false\nweekly = false\ntime_zone = \"Europe/Berlin\""),
        ("tokyo", "at_once = false\ndigest = false\nweekly = \"30 8 * * FRI\"\ntime_zone = \"Asia/Tokyo\""),
        ("weekly", "at_once = false\ndigest = \"weekly\"\nweekly = false"),
        ("other", "services = [\"quillhaven\"]\nquiet = \"never\""),
        ("good", "verdicts = [\"strengthened\", \"added\"]\nquiet = \"never\""),
        ("plain", "digest = false\nweekly = false\ntext_only = true"),
        ("german", "languages = [\"de\"]\nquiet = \"never\""),
        ("policies", "terms_types = [\"Privacy Policy\"]\nquiet = \"never\""),
        ("pages", "targets = [\"quill*\"]\nquiet = \"never\""),
    ];
    let mut world = world("2026-01-06T00:00:00Z", &rows, &subscriptions).await;
    let path = world.dir.path().join("targets.toml");
    let german = "[[target]]\nid = \"lumenfeed-de\"\nservice = \"lumenfeed\"\nterms_type = \"Privacy Policy\"\n\
                  url = \"https://lumenfeed.example/de\"\nlanguage = \"de\"\ndisabled = \"not yet\"\n";
    std::fs::write(&path, std::fs::read_to_string(&path).expect("targets") + german).expect("targets");
    world.until("2026-01-06T05:00:00Z").await;
    world.set("/law", &ahead());
    world.until("2026-01-12T12:00:00Z").await;

    let now = world.to(&at("now"));
    assert_eq!(now.len(), 1, "{:?}", came(&world, "now"));
    assert_eq!(now[0].subject, GRAVE);
    let text = &now[0].text;
    for part in [
        "Not yet in force: by the page's own words it holds from 2026-01-20.",
        "\"Effective: January 20, 2026\". Not yet in force: 14 days to go until 2026-01-20.",
        "In the same edit, about demands for data - A court order is neededwritten request is enough for log-in history.",
        "We had seen the old text since 2026-01-06 00:00 UTC.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(
        header(&now[0], "List-Unsubscribe: ").starts_with("<mailto:watch@noticewatch.example?"),
        "{}",
        now[0].octets
    );
    assert_eq!(came(&world, "berlin"), [format!("07 Jan 06:00:00 +0000 {GRAVE}")], "seven o'clock there");
    let tokyo = came(&world, "tokyo");
    assert_eq!(tokyo, [format!("08 Jan 23:30:00 +0000 {GRAVE}")], "half past eight on Friday there");
    assert_eq!(came(&world, "weekly"), [format!("12 Jan 07:00:00 +0000 {GRAVE}")]);
    for nothing in ["other", "good", "german", "policies", "pages"] {
        assert!(world.to(&at(nothing)).is_empty(), "{nothing}: {:?}", came(&world, nothing));
    }
    let plain = world.to(&at("plain")).remove(0);
    assert_eq!(header(&plain, "Content-Type: "), "text/plain; charset=utf-8");
    assert!(!plain.octets.contains("multipart") && plain.text.contains("Users may expect less"), "{}", plain.octets);
    assert!(header(&now[0], "Content-Type: ").starts_with("multipart/alternative"));
}

#[tokio::test]
async fn quiet_letters_troubles_and_the_day_that_a_page_named() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("quillhaven-privacy", "/quill", SIBLING)];
    let subscriptions = [
        ("always", "quiet = \"always\"\nweekly = false"),
        ("never", "quiet = \"never\"\ntroubles = false"),
        ("usual", ""),
        ("now", "digest = false\nweekly = false"),
    ];
    let mut world = world("2026-01-06T00:00:00Z", &rows, &subscriptions).await;
    world.until("2026-01-08T05:00:00Z").await;
    let quiet = "[quiet] 2 of 2 pages checked, nothing changed";
    assert_eq!(
        came(&world, "always"),
        [format!("06 Jan 07:00:00 +0000 {quiet}"), format!("07 Jan 07:00:00 +0000 {quiet}")]
    );
    world.set("/law", &ahead());
    world.web.set("/quill", Answer::status("503 Service Unavailable"));
    world.until("2026-01-12T12:00:00Z").await;

    let never = world.to(&at("never"));
    let subjects: Vec<&str> = never.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects[0], GRAVE);
    assert!(subjects.iter().all(|subject| !subject.contains("[page check]")), "{subjects:?}");
    assert!(subjects.len() == 2 && subjects[1].starts_with("[weekly] 1 of 2 pages checked"), "{subjects:?}");
    assert!(never[1].text.contains("Not seen: - quillhaven privacy policy: last good look"), "{}", never[1].text);
    let troubled =
        |name: &str| world.subjects(name).iter().any(|subject| subject.starts_with("[page check] quillhaven"));
    assert!(troubled(OPERATOR) && troubled(&at("usual")), "{:?}", world.subjects(OPERATOR));
    assert!(
        !world.subjects(OPERATOR).iter().any(|subject| subject.contains("weakened")),
        "findings are not for operators"
    );

    // The day comes; then nothing more is said of it.
    let before = world.to(&at("never")).len();
    world.until("2026-01-22T12:00:00Z").await;
    let after = world.to(&at("never")).split_off(before);
    let said: Vec<&str> = after.iter().map(|mail| mail.subject.as_str()).collect();
    let arrived = "[in force] lumenfeed law enforcement guidelines: \"policy to notify\" -> \"Where required by law\" since 2026-01-20";
    assert_eq!(said, [arrived]);
    let text = &after[0].text;
    assert!(text.contains("1 change told before, in force now") && text.contains("The page still says:"), "{text}");
    assert!(header(&after[0], "Date: ").contains("20 Jan"), "{}", after[0].octets);
    assert!(header(&after[0], "In-Reply-To: ").is_empty(), "a digest is of no thread");
    assert_eq!(world.subjects(&at("now")), [GRAVE, arrived], "{:?}", came(&world, "now"));
    assert_eq!(world.subjects(&at("usual")).iter().filter(|subject| subject.starts_with("[in force]")).count(), 1);
}

#[tokio::test]
async fn letters_about_one_page_are_one_thread_and_tell_its_history() {
    let rows = [("lumenfeed-law", "/law", REDESIGN)];
    let mut world = world("2026-01-06T00:00:00Z", &rows, &[("one", ""), ("two", "")]).await;
    let archive = world.dir.path().join("plays.git");
    crate::import::archive(&archive);
    let map = "Parlour/Law Enforcement Guidelines=lumenfeed-law";
    let output = world.run(&["import", &archive.display().to_string(), "--branch", "one", "--map", map]);
    assert!(output.status.success(), "{}", said(&output));
    world.until("2026-01-06T05:00:00Z").await;
    world.set("/law", WEAKENED);
    world.until("2026-01-08T05:00:00Z").await;
    world.set("/law", &WEAKENED.replace("we will notify members", "we may notify members"));
    world.until("2026-01-09T12:00:00Z").await;
    let threads = |name: &str| {
        let letters = world.to(&at(name));
        letters.iter().map(|mail| header(mail, "References: ")).collect::<Vec<_>>()
    };
    let (one, two) = (threads("one"), threads("two"));
    assert_eq!(one.len(), 2, "{:?}", came(&world, "one"));
    assert!(one[0] == one[1] && one[0].starts_with("<target."), "{one:?}");
    assert_ne!(one[0], two[0], "nobody's thread names another's");
    let letters = world.to(&at("one"));
    let earlier = |index: usize| letters[index].text.split("Earlier, on the same page").nth(1).unwrap_or_default();
    let recorded = "- 2024-04-10 06:00 UTC: weakened: ";
    assert!(earlier(0).trim_start().starts_with(recorded), "{}", letters[0].text);
    assert!(
        earlier(0).contains("(recorded by an archive)") && !earlier(0).contains("2026-01-06 06:17"),
        "{}",
        earlier(0)
    );
    assert!(
        earlier(1).contains(recorded) && earlier(1).contains("UTC: weakened: \"policy to notify\" -> "),
        "{}",
        earlier(1)
    );
    let ids: std::collections::BTreeSet<String> = world.letters().into_iter().map(|mail| mail.id).collect();
    assert_eq!(ids.len(), world.letters().len(), "each letter has an id of its own");
}

/// The commands that a letter's text part prints, without the program's name.
fn commands(mail: &Mail) -> Vec<Vec<String>> {
    let text = noticewatch::app::notify::mail_envelope::parts(mail.octets.as_bytes()).text;
    let lines = text.lines().filter_map(|line| line.strip_prefix("    noticewatch "));
    lines.map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn every_command_of_a_letter_shows_what_the_letter_says_of_it() {
    let section = SECTION.split("<h2>Notice to account holders</h2>").nth(1).and_then(|rest| rest.split("<h2").next());
    let section = format!("<h2>Notice to account holders</h2>{}", section.expect("the section on notice"));
    let rows = [
        ("lumenfeed-law", "/law", REDESIGN),
        ("quillhaven-law", "/quill", SECTION),
        ("quillhaven-privacy", "/quill-privacy", SIBLING),
    ];
    let mut world = world("2026-01-06T00:00:00Z", &rows, &[("one", "weekly = false")]).await;
    world.until("2026-01-06T05:00:00Z").await;
    world.set("/law", WEAKENED);
    world.set("/quill", NO_SECTION);
    world.set("/quill-privacy", &SIBLING.replacen("<h2", &format!("{section}<h2"), 1));
    world.until("2026-01-09T12:00:00Z").await;
    world.close();
    let letters = world.to(&at("one"));
    let moved = letters.iter().find(|mail| mail.subject.starts_with("[moved]")).expect("a move");
    let now = commands(moved).into_iter().find(|words| words[..2] == ["history", "quillhaven-privacy"]);
    let now = now.expect("what the other page promises");
    let shown = said(&world.run(&now.iter().map(String::as_str).collect::<Vec<_>>()));
    assert!(shown.contains("we will notify the affected account holder"), "{now:?}: {shown}");
    let mut ran = 0;
    for words in letters.iter().flat_map(commands) {
        let output = world.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(output.status.success() && !output.stdout.is_empty(), "{words:?}: {}", said(&output));
        ran += 1;
    }
    assert!(ran >= 9, "{ran} commands");
}
