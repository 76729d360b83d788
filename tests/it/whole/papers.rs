//! PDF files under watch, as the real program meets them: a guide that is followed from version to version.

use super::world::{OPERATOR, World, said};
use crate::fault_server::Answer;
use crate::pdf::maker::pages;

const POLICY: &str = "It is our policy to notify account holders before we hand over their records,";
const FLOOR: &str = "Where required by law, we will notify account holders after we disclose their records,";

/// A guide of two pages with that sentence in it.
fn guide(version: &str, sentence: &str) -> Answer {
    let head = (72, 800, 8, "Wrenhollow - Guide for officials");
    let first = [
        (72, 740, 18, "Guide for officials"),
        (72, 700, 11, "Wrenhollow answers demands for the records of its account holders that a court or a"),
        (72, 686, 11, "prosecutor with jurisdiction has signed, and no others. Name the account by its number,"),
        (72, 672, 11, "the days that you ask for, and an official address to which our answer can be sent."),
        (72, 630, 14, "Notice to account holders"),
        (72, 602, 11, sentence),
        (72, 588, 11, "unless a court order forbids it. When such an order has ended, we notify them within"),
    ];
    let second = [
        (72, 740, 11, "ten days of its end, and send them a copy of what was demanded."),
        (72, 700, 14, "Preservation"),
        (72, 672, 11, "We set a copy of the records aside for ninety days when an agency asks for it in writing."),
    ];
    let feet = [(72, 40, 8, version), (520, 40, 8, "1"), (520, 40, 8, "2")];
    let page = |lines: &[_], number: usize| [&[head][..], lines, &[feet[0], feet[number]]].concat();
    let octets = pages(&[page(&first, 1), page(&second, 2)]);
    Answer::status("200 OK").header("Content-Type: application/pdf").body(octets)
}

fn links(to: &str) -> Answer {
    Answer::page(format!("<h1>Safety</h1><p>For agencies: <a href='{to}'>Guide for officials (PDF)</a></p>"))
}

async fn world() -> World {
    let world = World::new("2026-01-06T00:00:00Z", &[("wrenhollow-law", "/law", "")]).await;
    let targets = world.dir.path().join("targets.toml");
    let text = std::fs::read_to_string(&targets).expect("targets");
    let url = format!("url = \"{}\"", world.web.url("/law"));
    let follow = format!("follow = {{ page = \"{}\", link = \"/guide-v*.pdf\" }}", world.web.url("/law"));
    assert!(text.contains(&url), "{text}");
    std::fs::write(&targets, text.replace(&url, &follow)).expect("targets");
    world
}

/// A pass at that moment, with the second looks that it needs.
fn check(world: &World, now: &str) -> String {
    let output = world.run(&["check", "--now", now]);
    said(&output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guide_is_followed_from_version_to_version() {
    let world = world().await;
    world.web.set("/law", links("/guide-v1.pdf"));
    world.web.set("/guide-v1.pdf", guide("v1", POLICY));
    for now in ["2026-01-06T00:00:00Z", "2026-01-06T06:00:00Z"] {
        check(&world, now);
    }
    let shown = said(&world.run(&["show", "wrenhollow-law"]));
    let whole = "It is our policy to notify account holders before we hand over their records, unless a court order \
        forbids it. When such an order has ended, we notify them within ten days of its end, and send them a copy of \
        what was demanded.";
    assert!(shown.split_whitespace().collect::<Vec<_>>().join(" ").contains(whole), "across pages: {shown}");
    assert!(!shown.contains("Wrenhollow - Guide"), "no running head: {shown}");
    let headers = said(&world.run(&["show", "wrenhollow-law", "--headers"]));
    for part in ["\"status\": 200,", "/guide-v1.pdf", "application/pdf"] {
        assert!(headers.contains(part), "{part} in {headers}");
    }
    assert_eq!(world.run(&["show", "wrenhollow-law", "--raw"]).stdout[..5], *b"%PDF-", "kept as it was served");

    // The old version stays where it was; only the link says that there is a new one.
    world.web.set("/law", links("/guide-v2.pdf"));
    world.web.set("/guide-v2.pdf", guide("v2", FLOOR));
    for now in ["2026-01-07T00:00:00Z", "2026-01-07T06:00:00Z", "2026-01-08T12:00:00Z"] {
        check(&world, now);
    }
    let found = world.json(&["history", "wrenhollow-law", "--json"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["verdict"], &found[0]["severity"]), (&"weakened".into(), &"high".into()), "{found:?}");
    // The operator hears besides that nobody looked in between.
    let letters: Vec<_> = world.letters().into_iter().filter(|letter| letter.to != OPERATOR).collect();
    assert_eq!(letters.len(), 2, "one to each: {letters:?}");
    let [old, new] = ["v1", "v2"].map(|version| world.web.url(&format!("/guide-{version}.pdf")));
    let stood = format!("The old text stood at {old}, the new one stands at {new}: the page above leads there now.");
    assert!(letters[0].text.contains(&stood), "{}", letters[0].text);
    assert!(letters[0].text.contains("\"Guide for officials > Notice to account holders\""), "{}", letters[0].text);

    // Then nothing leads there any more, and then to a file of pictures.
    world.web.set("/law", Answer::page("<p>We are <a href='/moved'>moving</a>.</p>"));
    check(&world, "2026-01-09T00:00:00Z");
    let status = said(&world.run(&["status"]));
    assert!(status.contains("no link on the page matches \"/guide-v*.pdf\""), "{status}");
    world.web.set("/law", links("/guide-v3.pdf"));
    world
        .web
        .set("/guide-v3.pdf", Answer::status("200 OK").header("Content-Type: application/pdf").body(pages(&[vec![]])));
    check(&world, "2026-01-10T00:00:00Z");
    let status = said(&world.run(&["status"]));
    assert!(status.contains("the PDF file holds no text"), "{status}");
    assert_eq!(world.json(&["history", "wrenhollow-law", "--json"]).len(), 1, "neither is a change of the promise");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_says_what_a_pdf_file_promises() {
    let world = world().await;
    let file = world.dir.path().join("guide.pdf");
    std::fs::write(
        &file,
        pages(&[vec![(72, 700, 12, "We will notify users before we disclose their data to the police.")]]),
    )
    .expect("a file");
    let output = world.run(&["read", "--as", "Law Enforcement Guidelines", &file.display().to_string()]);
    assert!(output.status.success() && said(&output).contains("User notice"), "{}", said(&output));
    std::fs::write(&file, b"%PDF-1.7 and no more").expect("a file");
    let output = world.run(&["read", &file.display().to_string()]);
    assert_eq!(output.status.code(), Some(65), "{}", said(&output));
    assert!(said(&output).contains("guide.pdf: the PDF file is damaged or cut short"), "{}", said(&output));
}
