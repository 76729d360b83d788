//! The table of docs/FACTS.md 2, row by row, with the real fetcher, store, engine and mail: what a visit comes to, that
//! the last good text stays, what the letter says, and that the change behind the fault is found and mailed once.

use super::world::{COUNSEL, DESK, OPERATOR, REDESIGN, SECTION, WEAKENED, World, said};
use crate::fault_server::{Answer, FaultServer};
use crate::faults::{Becomes, Peers, Row, peers, rows};
use noticewatch_core::capture::{Outcome, Why};

use std::time::Duration;

/// Another page, which a row may serve in place of its own.
const NEIGHBOUR: &str = "neighbour";

/// What docs/FACTS.md 2 lists beside the rows above, and the tests that hold it.
const ELSEWHERE: [(&str, &str); 9] = [
    ("3 tries at 5/30/120 s with jitter", "fetch::courtesy"),
    ("Retry-After obeyed up to 24 h", "whole::courtesy"),
    ("one request at a time per host, at least 2 s apart", "fetch::courtesy"),
    ("no option to turn certificate checks off; `extra_ca` exists", "fetch::tls"),
    ("names that resolve to forbidden addresses", "fetch::hops"),
    ("404/410/451 again and again: \"page gone\", with the last text", "whole::changes"),
    ("ETag or Last-Modified can lie for months", "whole::faults"),
    ("an exact return to an earlier text", "histories"),
    ("full language flips, relative dates, \"Was this helpful?\" over days", "histories"),
];

/// Every row of docs/FACTS.md 2 in its own words: what stands here must be covered by a row of the table.
const FACTS: [&str; 48] = [
    "connect time-out",
    "refusal",
    "no first byte",
    "stalls",
    "slow-loris",
    "reset",
    "cut body with length",
    "bad chunks",
    "cut chunks",
    "bad answers",
    "bad gzip",
    "cut gzip",
    "leftover Content-Encoding",
    "gzip over 5 MB decoded",
    "body over 5 MB",
    "refuse by Content-Length",
    "empty body",
    "more than 5 redirects",
    "redirect without a Location",
    "any status but 200",
    "429/503 with Retry-After",
    "bad certificate",
    "forbidden addresses in any spelling",
    "https to http",
    "file/javascript URLs",
    "userinfo in URLs",
    "selector that matched before matches nothing",
    "under 25 % of the last good words",
    "truncated (under 60 %, nine tenths known)",
    "title list",
    "cf-mitigated: challenge",
    "_cf_chl_opt",
    "same body hash for two targets",
    "redirect to `/`",
    "JS shell",
    "meta refresh",
    "language changed",
    "media type changed",
    "truncated tail",
    "cut by FIN without length",
    "U+FFFD",
    "not \"server: cloudflare\", `challenge-platform` or Turnstile alone",
    "link targets only",
    "relative dates",
    "\"Copy link\", \"Was this helpful?\"",
    "UK/US spelling of the whole page",
    "second request on a kept connection",
    "wrong header charset over valid UTF-8",
];

/// The servers: one for all rows, and one for each that keeps the client waiting.
struct Sites {
    shared: String,
    own: Vec<(&'static str, FaultServer)>,
}

fn page(wording: &str, name: &str) -> String {
    // A brand of its own for each, and no word that means something.
    wording.replace("Lumenfeed", &format!("Lumen{name}"))
}

impl Sites {
    fn set(&self, world: &World, name: &str, answer: Answer) {
        match self.own.iter().find(|(own, _)| *own == name) {
            Some((_, server)) => server.set(&format!("/{name}"), answer),
            None => world.web.set(&format!("/{name}"), answer),
        }
    }

    fn url(&self, name: &str) -> String {
        let own = self.own.iter().find(|(own, _)| *own == name);
        own.map_or_else(|| format!("{}/{name}", self.shared), |(_, server)| server.url(&format!("/{name}")))
    }
}

/// A world in which every row is a healthy page.
async fn healthy(table: &[Row], peers: &Peers) -> (World, Sites) {
    let web = FaultServer::start().await;
    let mut own = Vec::new();
    for row in table.iter().filter(|row| row.slow) {
        own.push((row.name, FaultServer::start().await));
    }
    let mut allowed = peers.authorities.clone();
    allowed.extend(own.iter().map(|(_, server)| server.authority()).chain([web.authority()]));
    let sites = Sites { shared: web.url(""), own };
    let names = table.iter().map(|row| (row.name, row.target)).chain([(NEIGHBOUR, "")]);
    let targets: Vec<(String, String, &str)> =
        names.clone().map(|(name, more)| (format!("{name}-law"), sites.url(name), more)).collect();
    let targets: Vec<_> = targets.iter().map(|(id, url, more)| (id.as_str(), url.clone(), *more)).collect();
    let fetch = format!("allow = {allowed:?}\nextra_ca = [\"{}\"]", peers.authority.file.path().display());
    web.set(
        "/",
        Answer::page(format!("<title>Home</title><p>{}</p>", "Meet people and share what you like. ".repeat(30))),
    );
    let world = World::on("2026-01-06T00:00:00Z", web, &targets, &fetch).await;
    for (name, _) in names {
        sites.set(&world, name, Answer::page(page(REDESIGN, name)));
    }
    (world, sites)
}

/// Lives through the table and holds every row to what it says.
async fn through(table: Vec<Row>, peers: Peers, bound: Option<Duration>) {
    let (mut world, sites) = healthy(&table, &peers).await;
    (world.bounds, world.grain_m) = (bound, 60);
    world.until("2026-01-06T03:00:00Z").await;
    let good = |world: &mut World, row: &Row| {
        let page = world.engine().survey.page(&format!("{}-law", row.name)).expect("a page");
        let stands: Vec<String> = page.followed.standings.iter().map(|one| one.passage.quote.clone()).collect();
        (page.followed.capture, stands)
    };
    let before: Vec<_> = table.iter().map(|row| good(&mut world, row)).collect();
    let neighbour = page(REDESIGN, NEIGHBOUR);
    let gone = |row: &&Row| row.becomes == Becomes::Missed(Why::Gone);
    let strike = |world: &World, rows: &mut dyn Iterator<Item = &Row>| {
        rows.for_each(|row| sites.set(world, row.name, row.answer(&page(REDESIGN, row.name), &neighbour)));
    };
    strike(&world, &mut table.iter().filter(|row| !gone(row)));
    // A page that answers 404 for longer is no fault any more, but gone.
    world.until("2026-01-06T13:00:00Z").await;
    strike(&world, &mut table.iter().filter(gone));
    world.until("2026-01-07T09:00:00Z").await;
    for (row, before) in table.iter().zip(&before) {
        let why = judged(&mut world, row);
        let after = good(&mut world, row);
        assert!(!after.1.is_empty() && after.1 == before.1, "{}: {:?} stands after {:?}", row.name, after.1, before.1);
        assert!(row.becomes == Becomes::Fine || after.0 == before.0, "{}: another last good text", row.name);
        told(&world, row, &why);
    }
    assert!(world.json(&["history", "--json"]).is_empty(), "no finding while nothing can be read");
    for row in &table {
        sites.set(&world, row.name, Answer::page(page(WEAKENED, row.name)));
    }
    world.until("2026-01-08T20:00:00Z").await;
    let found = world.json(&["history", "--json"]);
    for row in &table {
        let id = format!("{}-law", row.name);
        let mine: Vec<_> = found.iter().filter(|finding| finding["target"] == *id).collect();
        assert_eq!(mine.len(), 1, "{id}: {}", said(&world.run(&["history", &id])));
        assert_eq!(mine[0]["verdict"], "weakened", "{id}");
        assert_eq!(mine[0]["told"].as_array().map(Vec::len), Some(2), "{id}: {}", mine[0]["told"]);
        for recipient in [COUNSEL, DESK] {
            // In the subject, or in the list of contents where a letter tells several.
            let line = format!("[weakened] {} law enforcement guidelines:", row.name);
            let letters = world.to(recipient).into_iter();
            let named = letters.filter(|letter| letter.subject.contains(&line) || letter.text.contains(&line)).count();
            assert_eq!(named, 1, "{id}: mailed {named} times to {recipient}");
        }
    }
    let status = super::world::lines(&world.run(&["status", "--json"]));
    for row in status.iter().filter(|row| row.get("target").is_some()) {
        assert!(row["trouble"].is_null() && row["missed"].is_null(), "{row}");
    }
}

/// How the last visit of a row ended; why, in words.
fn judged(world: &mut World, row: &Row) -> String {
    let id = format!("{}-law", row.name);
    let visits = world.engine().store.visits(&id).expect("visits");
    let last = visits.last().expect("a visit");
    let followed = &world.engine().survey.page(&id).expect("a page").followed;
    let what = format!("{} ({}): {:?}, {:?}", row.name, row.facts, last.outcome, followed.health);
    match (row.becomes, &last.outcome) {
        (Becomes::Missed(why), Outcome::Missed(missed)) => {
            assert_eq!(missed.why, why, "{what}");
            missed.detail.clone()
        }
        (Becomes::Missed(_), _) => panic!("not missed: {what}"),
        (_, Outcome::Missed(_)) => panic!("missed: {what}"),
        (Becomes::Aside(words), _) => {
            let signs = followed.aside.as_ref().map(|aside| aside.signs.join(", ")).unwrap_or_default();
            assert!(signs.contains(words), "{what}");
            signs
        }
        (Becomes::Fine, _) => {
            assert!(followed.aside.is_none() && followed.last_good == followed.last_look, "{what}");
            String::new()
        }
    }
}

/// What the letters said of a row and why, the operator's too.
fn told(world: &World, row: &Row, why: &str) {
    for recipient in [OPERATOR, DESK] {
        let text: String = world.to(recipient).into_iter().map(|letter| letter.text).collect();
        let line = format!("{} law enforcement guidelines: {}", row.name, row.letter);
        if row.becomes == Becomes::Fine {
            assert!(!text.contains(&line), "{}: {text}", row.name);
        } else {
            // Up to the next page of the letter; bars part columns there, and a sentence begins with a capital.
            let plain = |text: &str| text.to_lowercase().replace("| ", "");
            let lines = text.match_indices(&line).map(|(at, _)| &text[at + line.len()..]);
            let mut lines = lines.map(|rest| plain(rest.split("guidelines:").next().unwrap_or(rest)));
            assert!(lines.any(|rest| rest.contains(&plain(why))), "{}: `{line}`, `{why}` in {text}", row.name);
        }
    }
}

#[tokio::test]
async fn every_fault_is_named_changes_nothing_and_hides_no_change() {
    let peers = peers().await;
    let table: Vec<Row> = rows(&peers).into_iter().filter(|row| !row.slow).collect();
    assert!(table.len() >= 60, "{} rows", table.len());
    Box::pin(through(table, peers, None)).await;
}

#[tokio::test]
async fn servers_that_keep_us_waiting_are_named_and_hide_no_change() {
    let peers = peers().await;
    let table: Vec<Row> = rows(&peers).into_iter().filter(|row| row.slow).collect();
    assert!(table.len() >= 5, "{} rows", table.len());
    Box::pin(through(table, peers, Some(Duration::from_millis(60)))).await;
}

#[tokio::test]
async fn a_server_that_says_not_modified_for_ever_is_not_believed_for_more_than_a_day() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.web.set("/law", Answer::page(REDESIGN).etag("\"same\""));
    world.until("2026-01-08T05:00:00Z").await;
    world.web.set("/law", Answer::page(WEAKENED).etag("\"same\""));
    world.until("2026-01-09T12:00:00Z").await;
    let found = world.json(&["history", "--json"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(world.to(DESK).iter().filter(|letter| letter.subject.starts_with("[weakened]")).count(), 1);
}

#[tokio::test]
async fn no_row_of_the_facts_is_forgotten() {
    let peers = peers().await;
    let rows = rows(&peers);
    for fact in FACTS {
        assert!(rows.iter().any(|row| row.facts == fact), "no row for `{fact}`");
    }
    for row in &rows {
        assert!(FACTS.contains(&row.facts), "{}: `{}` is not in the list", row.name, row.facts);
        assert_eq!(rows.iter().filter(|other| other.name == row.name).count(), 1, "{}: twice", row.name);
    }
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    for (fact, place) in ELSEWHERE {
        let file = std::path::Path::new(sources).join(place.replace("::", "/")).with_extension("rs");
        assert!(file.is_file(), "{fact}: {place} is no file of tests");
    }
}

#[tokio::test]
async fn the_page_of_another_target_is_known_by_its_text_before_that_target_was_looked_at() {
    let rows = [("lumenfeed-law", "/law", REDESIGN), ("quillhaven-law", "/other", SECTION)];
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-07T00:00:00Z").await;
    // Its own address still shows the former version when this one is mixed up with it.
    world.set("/law", &SECTION.replacen("</p>", " This is of today.</p>", 1));
    world.until("2026-01-09T00:00:00Z").await;
    let page = &world.engine().survey.page("lumenfeed-law").expect("a page").followed;
    let signs = page.aside.as_ref().map(|aside| aside.signs.join(", ")).unwrap_or_default();
    assert!(signs.contains("the same body as quillhaven-law"), "{signs}");
    assert!(world.json(&["history", "--json"]).is_empty(), "nothing is gone");
}
