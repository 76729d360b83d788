//! Bundles of evidence, as the real program makes them.

use super::world::{COUNSEL, DESK, LOGIN, OPERATOR, PROMISE, REDESIGN, WEAKENED, World, said};
use crate::fault_server::Answer;
use noticewatch::app::notify::mail_envelope;
use noticewatch_core::capture::Sha256;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

type Files = BTreeMap<String, Vec<u8>>;

/// The files of a bundle, by their names without the directory.
fn unpacked(path: &Path) -> Files {
    let octets = std::fs::read(path).expect("a bundle");
    let mut files = Files::new();
    let mut keep = |name: String, from: &mut dyn Read| {
        let mut octets = Vec::new();
        from.read_to_end(&mut octets).expect("readable");
        let (_, name) = name.split_once('/').expect("a directory");
        files.insert(name.to_owned(), octets);
    };
    if path.extension().is_some_and(|ending| ending == "zip") {
        let mut bundle = zip::ZipArchive::new(std::io::Cursor::new(octets)).expect("a bundle");
        for index in 0..bundle.len() {
            let mut file = bundle.by_index(index).expect("a file");
            let name = file.name().expect("a name").into_owned();
            keep(name, &mut file);
        }
    } else {
        for file in tar::Archive::new(octets.as_slice()).entries().expect("files") {
            let mut file = file.expect("a file");
            keep(file.path().expect("a name").display().to_string(), &mut file);
        }
    }
    files
}

/// Makes a bundle of what is named.
fn bundle(world: &World, args: &[&str], name: &str) -> (Files, String) {
    let path = world.dir.path().join(name);
    let output = world.run(&[&["evidence"], args, &["-o", path.to_str().expect("a path")]].concat());
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    (unpacked(&path), said(&output))
}

fn text(files: &Files, name: &str) -> String {
    let octets = files.get(name).unwrap_or_else(|| panic!("{name} among {:?}", files.keys()));
    String::from_utf8_lossy(octets).into_owned()
}

/// That every file is the one that is listed, and each command of the README that looks for a digest finds it.
fn checked(files: &Files) -> usize {
    let sums = text(files, "SHA256SUMS");
    let listed: Vec<(&str, &str)> = sums.lines().map(|line| line.split_once("  ").expect("two parts")).collect();
    assert_eq!(listed.len() + 1, files.len());
    for (sum, name) in listed {
        assert_eq!(Sha256::of(&files[name]).to_string(), sum, "{name}");
    }
    let readme = text(files, "README.txt");
    let steps: Vec<&str> = readme.lines().map(str::trim).filter(|line| line.starts_with("grep ")).collect();
    for step in &steps {
        let named = step.split("sha256sum < ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a file");
        let within = step.rsplit(' ').next().expect("a file");
        let sum = Sha256::of(&files[named]).to_string();
        assert_eq!(text(files, within).matches(&sum).count(), 1, "{step}");
    }
    steps.len()
}

/// A world in which the promise was weakened on the third day.
async fn weakened() -> World {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    world.until("2026-01-08T13:00:00Z").await;
    world.set("/law", WEAKENED);
    world.until("2026-01-08T20:00:00Z").await;
    world
}

fn finding(world: &World) -> String {
    world.json(&["history", "--json"])[0]["id"].as_str().expect("an id").to_owned()
}

/// What a terminal acts on, and what shows other letters elsewhere.
fn hidden(text: &str) -> String {
    text.chars().filter(|c| c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_hides_in_its_words_and_headers_reaches_no_terminal_and_no_paper() {
    let marked = |page: &str| {
        let marked = page.replace("members", "mem\u{202e}bers\u{9b}31m\u{1b}[2J\u{7}");
        assert_ne!(marked, page);
        marked
    };
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let answer = |page: &str| Answer::page(marked(page)).header("X-Served-By: edge\u{9b}31m");
    world.web.set("/law", answer(REDESIGN));
    world.until("2026-01-08T13:00:00Z").await;
    world.web.set("/law", answer(WEAKENED));
    world.until("2026-01-09T13:00:00Z").await;
    world.close();
    for args in [
        &["board"][..],
        &["board", "--json"],
        &["history", "--json"],
        &["history", "lumenfeed-law"],
        &["show", "lumenfeed-law"],
        &["show", "lumenfeed-law", "--headers"],
        &["digest", "--json"],
        &["outbox", "--all", "--json"],
    ] {
        let output = world.run(args);
        assert_eq!(hidden(&said(&output)), "", "{args:?}: {}", said(&output));
    }
    let header = world.json_whole(&["show", "lumenfeed-law", "--headers"]);
    assert!(header.to_string().contains("edge\u{9b}31m"), "the same value, escaped: {header}");
    let (files, _) = bundle(&world, &[&finding(&world)], "hidden.tar");
    for (name, octets) in &files {
        let text = String::from_utf8_lossy(octets);
        // The octets as served, and the list that holds them by digest.
        if !name.starts_with("exhibit-") && name.as_str() != "captures.warc" && !name.starts_with("chain/") {
            assert_eq!(hidden(&text), "", "{name}: {text}");
        }
    }
    assert!(text(&files, "declaration.html").contains("<blockquote>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_holds_what_proves_and_nothing_of_who_was_told() {
    let mut world = weakened().await;
    let id = finding(&world);
    let (early, print) = bundle(&world, &[&id], "early.tar");
    assert!(print.contains("No daily root covers it yet") || print.contains("make it again tomorrow"), "{print}");
    assert!(text(&early, "README.txt").contains("a bundle that is made a day later"), "says what is missing");
    world.until("2026-01-09T13:00:00Z").await;
    let (files, print) = bundle(&world, &[&id[..8]], "bundle.tar");
    assert!(print.contains("stands in daily roots, which nobody stamped"), "{print}");
    assert!(checked(&files) >= 4);
    assert_eq!(files["exhibit-A.html"], REDESIGN.as_bytes());
    assert_eq!(files["exhibit-B.html"], WEAKENED.as_bytes());
    let passages = text(&files, "passages.txt");
    assert!(passages.contains("[-It is our policy to-]{+Where required by law, we will+} notify"), "{passages}");
    assert!(text(&files, "passages.html").contains("<del>It is our policy to</del>"));
    for wanted in ["28 U.S.C. § 1746", "902(13)", "902(14)", "Exhibit A", "Exhibit B", "under penalty of perjury"] {
        assert!(text(&files, "declaration.md").contains(wanted), "{wanted}");
        assert!(text(&files, "declaration.html").contains(wanted), "{wanted}");
    }
    let record: serde_json::Value = serde_json::from_slice(&files["chain/B-capture.json"]).expect("a record");
    let maker = &record["capture"]["maker"];
    let settings = format!("settings-{}.json", maker["settings"].as_str().expect("a fingerprint"));
    let sum = Sha256::of(&files[&settings]).to_string();
    assert!(settings.contains(&sum[..16]), "{settings} is {sum}");
    assert_eq!(maker["rules"], noticewatch::app::version::rules());
    for (name, octets) in &files {
        let text = String::from_utf8_lossy(octets);
        for told in [COUNSEL, DESK, OPERATOR] {
            assert!(!text.contains(told), "{told} in {name}");
        }
    }
    // Later looks, letters and roots change nothing, and the form of packing nothing of what is in it.
    world.until("2026-01-12T13:00:00Z").await;
    let (again, _) = bundle(&world, &[&id], "again.tar");
    assert_eq!(again, files);
    let octets = |name: &str| std::fs::read(world.dir.path().join(name)).expect("a bundle");
    assert_eq!(octets("again.tar"), octets("bundle.tar"));
    assert_eq!(bundle(&world, &[&id], "bundle.zip").0, files);
    assert_eq!(octets("bundle.zip"), {
        bundle(&world, &[&id], "bundle.zip");
        octets("bundle.zip")
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_can_be_proved_as_well_and_what_is_not_there_is_said() {
    let mut world = weakened().await;
    world.until("2026-01-10T13:00:00Z").await;
    let (files, _) = bundle(&world, &["lumenfeed-law", "--at", "2026-01-07"], "day.zip");
    assert_eq!(files["exhibit-A.html"], REDESIGN.as_bytes());
    assert!(checked(&files) >= 2);
    assert!(
        files.contains_key("chain/A-look.json"),
        "the last look of the day brought nothing new: {:?}",
        files.keys()
    );
    assert!(!files.contains_key("passages.txt") && !files.contains_key("exhibit-B.html"));
    let (latest, _) = bundle(&world, &["lumenfeed-law"], "latest.tar");
    assert_eq!(latest["exhibit-A.html"], WEAKENED.as_bytes());
    for (args, code, wanted) in [
        (&["evidence", "nothing-such", "-o", "x.tar"][..], 66, "no finding and no target is called nothing-such"),
        (&["evidence", "lumenfeed-law", "--at", "2025-01-01", "-o", "x.tar"], 66, "was not captured before"),
        (&["evidence", "lumenfeed-law", "-o", "x.pdf"], 64, "ends in .tar or .zip"),
        (&["evidence", "lumenfeed-law", "-o", "/nowhere/x.tar"], 73, "/nowhere/x.tar"),
    ] {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{args:?}: {}", said(&output));
    }
}

/// `[keep]` drops what nobody needs; of a finding everything stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_finding_refers_to_outlives_the_time_of_keeping() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", "")]).await;
    let path = world.dir.path().join("noticewatch.toml");
    let settings = std::fs::read_to_string(&path).expect("settings");
    std::fs::write(&path, settings + "\n[keep]\nbodies = \"60 days\"\n\n[schedule]\ncheck = \"0 6 * * *\"\n")
        .expect("settings");
    // So unlike that no body is kept as a difference to another, which would then have to stay.
    let numbered = |page: &str, number: u64| {
        let noise = (0..400).map(|part| Sha256::of(format!("{number} {part}").as_bytes()).to_string());
        page.replace("</body>", &format!("<!-- {} --></body>", noise.collect::<String>()))
    };
    let mut last = String::new();
    for day in 0..20 {
        last = numbered(if day < 10 { REDESIGN } else { WEAKENED }, day);
        world.set("/law", &last);
        world.until(&format!("2026-01-{:02}T20:00:00Z", 6 + day)).await;
    }
    let id = finding(&world);
    let (before, _) = bundle(&world, &[&id], "before.tar");
    world.set("/law", &last);
    world.until("2026-04-20T20:00:00Z").await;
    let verify = said(&world.run(&["verify"]));
    assert!(!verify.contains("(0 bodies dropped"), "{verify}");
    assert!(verify.contains("every record, link, checksum and digest is as it was written"), "{verify}");
    let (after, _) = bundle(&world, &[&id], "after.tar");
    assert_eq!(after, before);
    assert_eq!(after["exhibit-A.html"], numbered(REDESIGN, 9).as_bytes());
    assert_eq!(after["exhibit-B.html"], numbered(WEAKENED, 10).as_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_does_not_answer_holds_nothing_up_and_the_weekly_letter_prints_the_root() {
    let mut world = World::new("2026-01-06T00:00:00Z", &[("lumenfeed-law", "/law", PROMISE)]).await;
    let path = world.dir.path().join("noticewatch.toml");
    let settings = std::fs::read_to_string(&path).expect("settings");
    std::fs::write(&path, settings + &format!("\n[stamp]\nurl = \"{}\"\n", world.web.url("/tsa"))).expect("settings");
    world.web.script("/tsa", [Answer::status("500 Oh"), Answer::page(LOGIN)]);
    world.until("2026-01-12T08:00:00Z").await;
    assert!(world.web.count("/tsa") > 1, "asked again");
    let roots = world.engine().store.roots().expect("roots");
    assert!(roots.len() > 5 && roots.iter().all(|root| root.stamp.is_none()), "{roots:?}");
    let weekly = world.to(COUNSEL).pop().expect("the weekly letter");
    let written = mail_envelope::parts(weekly.octets.as_bytes()).text;
    let covers = roots.iter().rev().find(|root| written.contains(&root.sha256.to_string()));
    assert!(covers.is_some(), "a root in {written}");
}

/// A finding that was withdrawn is no evidence of a change: nobody makes a bundle of it unawares, and no paper is silent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrected_finding_says_so_at_the_head_of_each_paper() {
    let mut world = weakened().await;
    world.until("2026-01-09T13:00:00Z").await;
    world.close();
    let id = finding(&world);
    let reason = "we were served a test version";
    let corrected = world.run(&["correct", &id, "--reason", reason, "--now", "2026-01-09T14:00:00Z"]);
    assert_eq!(corrected.status.code(), Some(0), "{}", said(&corrected));
    let path = world.dir.path().join("x.tar");
    let refused = world.run(&["evidence", &id, "-o", path.to_str().expect("a path")]);
    assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
    assert!(said(&refused).contains(reason) && said(&refused).contains("--corrected"), "{}", said(&refused));
    assert!(!path.exists());
    let head = format!(
        "CORRECTED 2026-01-09 14:00:00 UTC: this finding was a fault of ours and is withdrawn. Reason: {reason}"
    );
    let (files, print) = bundle(&world, &[&id, "--corrected"], "corrected.tar");
    assert!(print.starts_with(&head), "{print}");
    for name in ["README.txt", "timeline.txt", "passages.txt", "page-diff.txt"] {
        assert!(text(&files, name).starts_with(&head), "{name}: {}", text(&files, name));
    }
    assert!(text(&files, "declaration.md").starts_with(&format!("**{head}")), "{}", text(&files, "declaration.md"));
    for name in ["declaration.html", "passages.html", "page-diff.html"] {
        assert!(text(&files, name).contains(&format!("<body>\n<p><strong>{head}")), "{name}");
    }
    assert!(text(&files, "finding.json").contains(reason) && text(&files, "captures.warc").contains(&head));
    let timeline = text(&files, "timeline.txt");
    assert!(timeline.contains("CORRECTED 2026-01-09 14:00:00 UTC as a fault of ours"), "{timeline}");
    checked(&files);
    // A bundle of a day names it as corrected too.
    let (day, _) = bundle(&world, &["lumenfeed-law"], "day.tar");
    assert!(
        text(&day, "timeline.txt").contains("as a fault of ours: we were served"),
        "{}",
        text(&day, "timeline.txt")
    );
}

/// What `history` prints is what `show` and `evidence` are asked with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_history_prints_the_ids_of_findings_and_captures() {
    let mut world = weakened().await;
    world.close();
    let history = said(&world.run(&["history", "lumenfeed-law"]));
    let [old, new] = [REDESIGN, WEAKENED].map(|page| Sha256::of(page.as_bytes()).short());
    let asked = format!("captures {old} and {new}; noticewatch show lumenfeed-law --diff {old} {new}");
    assert!(history.contains(&asked) && history.contains(&finding(&world)), "{history}");
    assert!(history.contains(&format!("capture {new}\n")), "of what stands today: {history}");
    let shown = world.run(&["show", "lumenfeed-law", "--diff", &old, &new]);
    assert_eq!(shown.status.code(), Some(0), "{}", said(&shown));
}
