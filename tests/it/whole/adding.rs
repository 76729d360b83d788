//! `add URL` and `targets --online`, as their user meets them: what is proposed, what is written, what is refused.

use super::world::{COUNSEL, LOGIN, PROMISE, REDESIGN, World, lines, program, said};
use crate::fault_server::{Answer, FaultServer};
use noticewatch::config;
use noticewatch_core::target::{Expect, Target};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_proposed_and_appended_and_comments_stay() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let path = world.dir.path().join("targets.toml");
    let before = format!("# Ours.\n\n{}# The end.\n", std::fs::read_to_string(&path).expect("targets"));
    std::fs::write(&path, &before).expect("written");
    let page = PROMISE.replace("Lumenfeed", "Wrenfield");
    world.set("/wrenfield/legal-requests", &page);
    let url = world.web.url("/wrenfield/legal-requests");
    let asked = world.run(&["add", &url]);
    assert_eq!(asked.status.code(), Some(64), "{}", said(&asked));
    assert!(said(&asked).contains("nothing was added: --yes appends it"), "{}", said(&asked));
    assert_eq!(std::fs::read_to_string(&path).expect("targets"), before, "nothing without a yes");
    let added = world.run(&["add", &url, "--service", "Wrenfield", "--yes"]);
    assert_eq!(added.status.code(), Some(0), "{}", said(&added));
    for part in ["wrenfield-law", "Law Enforcement Guidelines", "passages about user notice", "stands in"] {
        assert!(said(&added).contains(part) || part.starts_with("passages"), "{part}: {}", said(&added));
    }
    assert!(said(&added).contains("about user notice:"), "{}", said(&added));
    let text = std::fs::read_to_string(&path).expect("targets");
    assert!(text.starts_with(&before), "{text}");
    let targets = config::targets("targets.toml", &text).expect("a list");
    let new = targets.last().expect("a target");
    assert_eq!((new.id.as_str(), new.service.as_str()), ("wrenfield-law", "Wrenfield"));
    assert_eq!((new.terms_type.as_str(), new.expect), ("Law Enforcement Guidelines", Expect::Promise));
    assert_eq!((new.language.as_deref(), &new.schedule, &new.url), (Some("en"), &None, &url));
    for known in [url.as_str(), &format!("{url}#notice"), &world.web.url("/law")] {
        let twice = world.run(&["add", known, "--yes"]);
        assert_eq!(twice.status.code(), Some(64), "{known}: {}", said(&twice));
        assert!(said(&twice).contains("is watched already, as"), "{}", said(&twice));
    }
    world.web.set("/moved", Answer::redirect("/law"));
    let moved = world.run(&["add", &world.web.url("/moved"), "--yes"]);
    assert_eq!(moved.status.code(), Some(64), "{}", said(&moved));
    assert_eq!(std::fs::read_to_string(&path).expect("targets"), text, "nothing more was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_added_changes_nothing() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let path = world.dir.path().join("targets.toml");
    let before = std::fs::read_to_string(&path).expect("targets");
    world.web.set("/gone", Answer::status("404 Not Found"));
    world.set("/new", PROMISE);
    let rows: [(&[&str], i32, &str); 4] = [
        (&["add", &world.web.url("/gone"), "--yes"], 69, "there is no such page"),
        (&["add", "pages", "--yes"], 64, "is no address"),
        (&["add", &world.web.url("/new"), "--id", "Not a slug", "--yes"], 78, "is no slug"),
        (&["add", &world.web.url("/new"), "--schedule", "now and then", "--yes"], 78, "cron line"),
    ];
    for (args, code, wanted) in rows {
        let output = world.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{args:?}: {}", said(&output));
    }
    assert_eq!(std::fs::read_to_string(&path).expect("targets"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_who_add_at_once_all_find_their_entries_again() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    // Four of one service and kind, which would all be called the same; the last page is asked for twice.
    let names = ["Wrenfield", "Wrenfield", "Wrenfield", "Wrenfield", "Mirelle", "Mirelle"];
    let mut running = Vec::new();
    for (number, name) in names.into_iter().enumerate() {
        let path = format!("/{}/legal-requests", number.min(4));
        world.set(&path, &PROMISE.replace("Lumenfeed", name));
        let mut command = world.command(&["add", &world.web.url(&path), "--service", name, "--yes"]);
        let streams = || std::process::Stdio::piped();
        running.push(command.stdout(streams()).stderr(streams()).spawn().expect("it runs"));
    }
    let done: Vec<_> = running.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect();
    let mut codes: Vec<_> = done.iter().map(|output| output.status.code()).collect();
    codes[4..].sort_unstable();
    let all: String = done.iter().map(said).collect();
    assert_eq!(codes, [0, 0, 0, 0, 0, 64].map(Some), "{all}");
    assert!(all.contains("is watched already, as mirelle-law"), "{all}");
    let text = std::fs::read_to_string(world.dir.path().join("targets.toml")).expect("targets");
    let targets = config::targets("targets.toml", &text).expect("a list");
    for number in 0..5 {
        let url = world.web.url(&format!("/{number}/legal-requests"));
        let target = targets.iter().find(|target| target.url == url).expect("its entry");
        assert!(all.contains(&format!("{} stands in", target.id)), "{all}");
    }
    assert_eq!(targets.len(), 6, "{text}");
}

/// Lines that end as on another system, a link, a mode, a group: what was there is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_stays_whose_and_what_it_was() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let (path, real) = (world.dir.path().join("targets.toml"), world.dir.path().join("elsewhere.toml"));
    let before = format!("\u{feff}# Ours.\n{}", std::fs::read_to_string(&path).expect("targets"));
    let before = before.replace('\n', "\r\n");
    std::fs::write(&real, &before).expect("written");
    std::fs::remove_file(&path).expect("removed");
    symlink("elsewhere.toml", &path).expect("linked");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("its mode");
    // Only one who may give a file away can be tried with another's.
    let _ = std::os::unix::fs::chown(&real, Some(12345), Some(12346));
    let about = std::fs::metadata(&real).expect("a file");
    world.set("/wrenfield/legal-requests", &PROMISE.replace("Lumenfeed", "Wrenfield"));
    let url = world.web.url("/wrenfield/legal-requests");
    let added = world.run(&["add", &url, "--service", "Wrenfield", "--yes"]);
    assert_eq!(added.status.code(), Some(0), "{}", said(&added));
    assert!(path.is_symlink(), "the link stays");
    let text = std::fs::read_to_string(&real).expect("targets");
    assert!(text.starts_with(&before) && text.contains("\r\nid = \"wrenfield-law\"\r\n"), "{text:?}");
    assert!(!text.replace("\r\n", "").contains('\n'), "{text:?}");
    let now = std::fs::metadata(&real).expect("a file");
    assert_eq!((now.uid(), now.gid(), now.mode()), (about.uid(), about.gid(), about.mode()));
    std::fs::remove_file(&real).expect("removed");
    let nowhere = world.run(&["add", &world.web.url("/law"), "--yes"]);
    assert_ne!(nowhere.status.code(), Some(0), "{}", said(&nowhere));
    assert!(path.is_symlink() && !real.exists(), "a link to nowhere is not replaced");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_names_nothing_yet_is_where_adding_begins() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", PROMISE)]).await;
    let path = world.dir.path().join("targets.toml");
    for (list, url) in [("", "/law"), ("# Ours, from today.\n[defaults]\nlanguage = \"en\"\n", "/law")] {
        std::fs::write(&path, list).expect("written");
        let added = world.run(&["add", &world.web.url(url), "--yes"]);
        assert_eq!(added.status.code(), Some(0), "{list:?}: {}", said(&added));
        let text = std::fs::read_to_string(&path).expect("targets");
        assert!(text.starts_with(list), "{text}");
        assert_eq!(config::targets("targets.toml", &text).expect("a list").len(), 1, "{text}");
    }
    std::fs::write(&path, "[defaults]\nlanguage = 3\n").expect("written");
    let wrong = world.run(&["add", &world.web.url("/law"), "--yes"]);
    assert_eq!(wrong.status.code(), Some(78), "{}", said(&wrong));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_proposes_and_a_shell_is_not_watched_before_it_can_be_read() {
    let web = FaultServer::start().await;
    web.set("/law", Answer::page(REDESIGN));
    let shell = "<html lang=en><head><title>Privacy | Mirelle</title></head><body><div id=app></div><script src=/a.js></script></body></html>";
    web.set("/privacy", Answer::page(shell));
    let (url, fetch) =
        (web.url("/privacy"), format!("allow = [\"{}\"]\n[browser]\nprogram = \"/nowhere/chromium\"", web.authority()));
    let targets = [("lumenfeed-law", web.url("/law"), "")];
    let world = World::on("2026-01-06T08:00:00Z", web, &targets, &fetch).await;
    let proposed = world.run(&["add", &url, "--json", "--service", "Mirelle", "--why", "It was asked for."]);
    let line = &lines(&proposed)[0];
    assert_eq!((&line["added"], &line["target"]["id"]), (&false.into(), &"mirelle-privacy".into()), "{line}");
    assert_eq!(line["target"]["schedule"], "@daily", "no promise was found: {line}");
    assert_eq!(line["target"]["render"], true, "{line}");
    assert!(line["target"]["disabled"].as_str().is_some_and(|reason| reason.contains("/nowhere/chromium")), "{line}");
    assert!(line["online"]["signs"].as_array().is_some_and(|signs| !signs.is_empty()), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_online_prints_what_would_be_read_of_each() {
    let rows =
        [("lumenfeed-law", "/law", REDESIGN), ("parcelbird-privacy", "/login", LOGIN), ("gone-law", "/gone", "")];
    let world = World::new("2026-01-06T08:00:00Z", &rows).await;
    world.web.set("/gone", Answer::status("404 Not Found"));
    let output = world.run(&["targets", "--online"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for part in [
        "1 passage about user notice:",
        "It is our policy to notify members before we disclose",
        "not healthy: only 12 words, a login form",
        "cannot be read: ",
        "404: there is no such page",
        "3 watched",
    ] {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
    let found = world.json(&["targets", "--online", "--json"]);
    assert!(found[0]["online"]["passages"][0].as_str().is_some_and(|quote| quote.contains("notify")), "{}", found[0]);
    assert!(found[2]["online"]["failed"].is_string(), "{}", found[2]);
}

#[test]
fn without_a_list_here_the_carried_one_is_the_beginning() {
    let dir = tempfile::tempdir().expect("a directory");
    let output =
        program(&["add", "http://127.0.0.1:9/law", "--yes"]).current_dir(dir.path()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(69), "{}", said(&output));
    assert!(!dir.path().join("targets.toml").exists(), "nothing is written before a page was read");
    let carried = include_str!("../../../targets.toml");
    let target = Target {
        id: "wrenfield-law".to_owned(),
        service: "Wrenfield".to_owned(),
        terms_type: "Law Enforcement Guidelines".to_owned(),
        url: "https://wrenfield.example/law".to_owned(),
        language: Some("en".to_owned()),
        ..Target::default()
    };
    let text = config::with_target(carried, &target).expect("one more");
    assert!(text.starts_with(carried) && text.contains("[[target]]\nid = \"wrenfield-law\""), "{}", COUNSEL);
    let new = &text[carried.len()..];
    assert!(!new.contains("language"), "what the defaults say is left out: {new}");
    let odd = "target = [{ id = \"a\" }] # one list\n";
    assert!(config::with_target(odd, &target).expect_err("refused").contains("as one list"));
    let late = "[[target]]\nid = \"a\"\n\n[service.Wrenfield] # later\nregion = \"US\"\n# end";
    let text = config::with_target(late, &target).expect("one more");
    assert!(text.starts_with(late) && text.ends_with("language = \"en\"\n"), "{text}");
}
