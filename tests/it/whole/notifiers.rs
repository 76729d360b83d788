//! Webhooks, commands and directories: recipients like others, with the same durability and order.

use super::world::{COUNSEL, World, said};
use crate::fault_server::Answer;
use noticewatch::app::notify::mail_envelope;
use noticewatch::io::store::OutboxState;

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const HOOK: &str = "webhook:desk";
const COMMAND: &str = "command:desk";
const MAILBOX: &str = "mailbox:desk";

/// A program that leaves its input in a file of its own and ends with what the file `exit` says.
fn program(dir: &Path) -> PathBuf {
    let path = dir.join("notify");
    let here = dir.display();
    let text = format!(
        "#!/bin/sh\ncat > \"{here}/taken-$$.eml\"\necho \"$1 $(cat {here}/exit)\" >&2\nexit \"$(cat {here}/exit)\"\n"
    );
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("runs");
    ends(dir, 0);
    path
}

fn ends(dir: &Path, code: i32) {
    std::fs::write(dir.join("exit"), code.to_string()).expect("written");
}

fn files(dir: &Path, beginning: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning)));
    paths.sort();
    paths
}

/// A world with all three for one subscription, about to tell.
async fn world() -> World {
    let mut world = World::about_to_tell().await;
    let dir = world.dir.path().to_owned();
    let secret = dir.join("secret");
    std::fs::write(&secret, "Bearer of news\n").expect("written");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).expect("closed");
    let lines = format!(
        "\n[[subscription]]\nname = \"desk\"\nwebhook = \"{}\"\nwebhook_header = \"Authorization\"\nwebhook_header_file = \"{}\"\ncommand = [\"{}\", \"--urgent\"]\nmailbox = \"{}\"\n",
        world.web.url("/hook"),
        secret.display(),
        program(&dir).display(),
        dir.join("box").display()
    );
    world.web.set("/hook", Answer::status("200 OK").body("got it"));
    world.configure(&lines);
    world
}

fn bodies(world: &World) -> Vec<Value> {
    let asked = world.web.asked().into_iter().filter(|asked| asked.path == "/hook");
    asked.map(|asked| serde_json::from_slice(&asked.body).expect("JSON")).collect()
}

#[tokio::test]
async fn a_finding_goes_to_webhook_command_and_directory() {
    let mut world = world().await;
    world.until("2026-01-06T06:55:00Z").await;
    let body = bodies(&world).remove(0);
    let asked = world.web.asked().into_iter().find(|asked| asked.path == "/hook").expect("a call");
    assert_eq!(asked.header("authorization").as_deref(), Some("Bearer of news"));
    assert_eq!(asked.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(asked.header("idempotency-key"), body["message_id"].as_str().map(str::to_owned));
    assert!(asked.header("user-agent").is_some_and(|agent| agent.starts_with("noticewatch/")));
    let mut line = world.json(&["history", "--json"]).remove(0);
    line.as_object_mut().expect("an object").remove("told");
    assert_eq!(body["findings"], Value::Array(vec![line]), "as history prints it");
    assert!(body["subject"].as_str().is_some_and(|subject| subject.starts_with("[weakened]")), "{body}");
    assert!(body["text"].as_str().is_some_and(|text| text.contains("Where required by law")), "{body}");
    assert_eq!((&body["subscription"], &body["occasion"]), (&"desk".into(), &"at-once".into()));

    let (taken, boxed) = (files(world.dir.path(), "taken-"), files(&world.dir.path().join("box"), "2026"));
    assert_eq!((taken.len(), boxed.len(), bodies(&world).len()), (1, 1, 1));
    for (path, receiver) in [(&taken[0], COMMAND), (&boxed[0], MAILBOX)] {
        let octets = std::fs::read(path).expect("a letter");
        let row = world.rows(receiver).remove(0);
        assert_eq!(row.state, OutboxState::Sent, "{row:?}");
        assert_eq!(octets, world.engine().store.octets(row.id).expect("octets"), "{receiver}: the octets as stored");
        assert!(mail_envelope::parts(&octets).subject.starts_with("[weakened]"));
    }
    assert!(world.rows(COMMAND)[0].last_reply.as_deref().is_some_and(|said| said.contains("--urgent 0")));
    assert!(world.rows(HOOK)[0].last_reply.as_deref().is_some_and(|said| said == "200 got it"));
    let id = world.rows(HOOK)[0].id.to_string();
    assert!(said(&world.run(&["outbox", "show", &id])).contains("Where required by law"));
    assert_eq!(world.to(COUNSEL).len(), 1, "mail goes as ever");

    // A correction goes the same ways.
    let finding = body["findings"][0]["id"].as_str().expect("an id").to_owned();
    let asked = world.run(&["correct", &finding, "--reason", "a fault of ours", "--now", "2026-01-06T06:56:00Z"]);
    assert!(asked.status.success(), "{}", said(&asked));
    world.until("2026-01-06T07:30:00Z").await;
    let body = bodies(&world).pop().expect("a call");
    assert_eq!((&body["occasion"], &body["reason"]), (&"correction".into(), &"a fault of ours".into()), "{body}");
    assert_eq!(body["findings"][0]["id"], finding.as_str());
    assert_eq!((files(world.dir.path(), "taken-").len(), files(&world.dir.path().join("box"), "2026").len()), (2, 2));
}

#[tokio::test]
async fn what_is_not_taken_now_comes_later_the_same_and_in_order() {
    let mut world = world().await;
    world.web.set("/hook", Answer::status("503 Service Unavailable"));
    ends(world.dir.path(), 75);
    let boxed = world.dir.path().join("box");
    std::fs::write(&boxed, "in the way").expect("written");
    world.until("2026-01-07T05:00:00Z").await;
    world.set("/privacy", super::world::WEAKENED);
    world.until("2026-01-07T06:55:00Z").await;
    assert_eq!(world.to(COUNSEL).len(), 2, "nobody else waits");
    for (receiver, words) in
        [(HOOK, "webhook: 503"), (COMMAND, "asks to try later (exit 75)"), (MAILBOX, "local delivery")]
    {
        let rows = world.rows(receiver);
        assert_eq!(rows.len(), 2, "{rows:#?}");
        assert!(rows.iter().all(|row| row.state == OutboxState::Queued), "{rows:#?}");
        assert!(rows[0].last_reply.as_deref().is_some_and(|said| said.contains(words)), "{:?}", rows[0].last_reply);
        assert_eq!(rows[1].tries, 0, "it waits for the first");
    }
    let asked = bodies(&world);
    assert!(asked.len() > 3 && asked.iter().all(|body| *body == asked[0]), "the same octets on every try");
    world.web.set("/hook", Answer::status("204 No Content"));
    ends(world.dir.path(), 0);
    std::fs::remove_file(&boxed).expect("removed");
    world.close();
    let before = (bodies(&world).len(), files(world.dir.path(), "taken-").len());
    world.until("2026-01-07T12:00:00Z").await;
    let came: Vec<Value> = bodies(&world).split_off(before.0);
    let wanted: Vec<String> = world.rows(HOOK).into_iter().map(|row| row.message_id).collect();
    assert_eq!(came.iter().map(|body| body["message_id"].as_str().expect("an id")).collect::<Vec<_>>(), wanted);
    assert_eq!(files(world.dir.path(), "taken-").len(), before.1 + 2);
    assert_eq!(files(&boxed, "2026").len(), 2);
    for receiver in [HOOK, COMMAND, MAILBOX] {
        assert!(world.rows(receiver).iter().all(|row| row.state == OutboxState::Sent), "{receiver}");
    }
}

#[tokio::test]
async fn only_an_answer_about_the_letter_is_final() {
    let rows: [(&str, Answer, OutboxState, &str); 6] = [
        (
            "refused",
            Answer::status("422 Unprocessable Content").body("no such field"),
            OutboxState::Refused,
            "no such field",
        ),
        ("changed token", Answer::status("401 Unauthorized"), OutboxState::Queued, "webhook: 401"),
        ("moved", Answer::redirect("https://elsewhere.example/hook"), OutboxState::Queued, "which is not followed"),
        ("busy", Answer::status("429 Too Many Requests"), OutboxState::Queued, "webhook: 429"),
        ("cut", Answer::default(), OutboxState::Queued, "webhook: "),
        (
            "taken without end",
            Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nyes"),
            OutboxState::Sent,
            "200",
        ),
    ];
    let mut world = world().await;
    world.web.set("/hook", Answer::status("503 Not yet"));
    world.until("2026-01-06T06:55:00Z").await;
    let id = world.rows(HOOK)[0].id.to_string();
    for (name, answer, state, words) in rows {
        world.web.set("/hook", answer);
        world.close();
        world.clock.advance_to(world.clock.now() + jiff::SignedDuration::from_secs(1));
        let now = world.clock.now().to_string();
        assert!(world.run(&["outbox", "retry", &id, "--now", &now]).status.success());
        let engine = world.engine();
        engine.take_up().expect("taken up");
        engine.delivery.deliver(&engine.office, &mut engine.store).await.expect("delivered");
        let row = world.rows(HOOK).remove(0);
        let reply = row.last_reply.clone().unwrap_or_default();
        assert!(row.state == state && reply.contains(words), "{name}: {row:?}");
    }
}

#[tokio::test]
async fn commands_that_fail_or_hang_cost_no_letter() {
    let mut world = world().await;
    ends(world.dir.path(), 1);
    world.until("2026-01-06T06:30:00Z").await;
    let row = world.rows(COMMAND).remove(0);
    assert_eq!(row.state, OutboxState::Queued, "{row:?}");
    assert!(row.last_reply.as_deref().is_some_and(|said| said.contains("ended with exit 1: --urgent 1")), "{row:?}");
    // It hangs, with a child that holds on to its streams.
    std::fs::write(world.dir.path().join("notify"), "#!/bin/sh\nsleep 600 &\nwait\n").expect("written");
    world.engine().delivery.mailer.whole = std::time::Duration::from_millis(200);
    world.until("2026-01-06T06:50:00Z").await;
    let row = world.rows(COMMAND).remove(0);
    assert!(row.last_reply.as_deref().is_some_and(|said| said.contains("did not end in the time given")), "{row:?}");
    std::fs::remove_file(world.dir.path().join("notify")).expect("removed");
    world.until("2026-01-06T08:00:00Z").await;
    let row = world.rows(COMMAND).remove(0);
    assert!(row.last_reply.as_deref().is_some_and(|said| said.contains("there is no such program")), "{row:?}");
    program(world.dir.path());
    ends(world.dir.path(), 67);
    world.until("2026-01-06T12:00:00Z").await;
    assert_eq!(world.rows(COMMAND)[0].state, OutboxState::Refused, "no such user");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_test_tries_them_all() {
    let mut world = world().await;
    world.close();
    let output = world.run(&["send-test"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for part in [HOOK, COMMAND, MAILBOX, COUNSEL, "sent: 200 got it", "sent: 250"] {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
    ends(world.dir.path(), 1);
    let output = world.run(&["send-test", "--to", COMMAND]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("Run the command by hand"), "{}", said(&output));
    let output = world.run(&["send-test", "--to", "webhook:nobody"]);
    assert!(said(&output).contains("the subscription nobody has no webhook"), "{}", said(&output));
}

#[tokio::test]
async fn a_secret_that_everybody_can_read_is_refused() {
    let mut world = World::about_to_tell().await;
    let password = world.dir.path().join("password");
    std::fs::write(&password, "hunter2\n").expect("written");
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o644)).expect("open");
    let settings = world.dir.path().join("noticewatch.toml");
    let text = std::fs::read_to_string(&settings).expect("settings");
    let login = format!("tls = \"none\"\nusername = \"watch\"\npassword_file = \"{}\"", password.display());
    std::fs::write(&settings, text.replace("tls = \"none\"", &login)).expect("settings");
    world.close();
    for verb in ["watch", "check", "send-test"] {
        let output = world.run(&[verb]);
        assert_eq!(output.status.code(), Some(78), "{verb}: {}", said(&output));
        assert!(said(&output).contains("chmod o= "), "{verb}: {}", said(&output));
        assert!(!said(&output).contains("hunter2"));
    }
}
