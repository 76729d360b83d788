//! `init`, as its user meets it: a file with comments that the program reads, never in the place of another.

use super::world::{COUNSEL, REDESIGN, World, program, said};
use noticewatch::config::{self, Password, Tls, Way};
use std::path::Path;
use std::process::Output;

fn init(dir: &Path, args: &[&str]) -> Output {
    program(&["init"]).args(args).current_dir(dir).env("TZ", "Europe/Berlin").output().expect("the program runs")
}

fn written(dir: &Path) -> (String, config::Settings) {
    let text = std::fs::read_to_string(dir.join("noticewatch.toml")).expect("the file");
    let settings = config::settings("noticewatch.toml", &text).expect("no mistake");
    (text, settings)
}

const MAIL: [&str; 10] = [
    "--contact",
    "watch@exampleton.example",
    "--host",
    "mail.exampleton.example",
    "--username",
    "watch",
    "--to",
    "counsel@exampleton.example",
    "--to",
    "desk@exampleton.example",
];

#[test]
fn a_contact_is_enough_and_letters_are_files() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = init(dir.path(), &["--contact", "watch@exampleton.example"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for words in
        ["noticewatch.toml is written", "Letters are written as files", "noticewatch check", "noticewatch watch"]
    {
        assert!(said(&output).contains(words), "no {words}: {}", said(&output));
    }
    let (text, settings) = written(dir.path());
    assert_eq!(settings.contact.as_deref(), Some("watch@exampleton.example"));
    assert_eq!((settings.time_zone.as_str(), settings.operator), ("Europe/Berlin", None));
    assert!(matches!(settings.mail.way, Way::Mailbox { .. }));
    let comments =
        |text: &str| text.lines().filter(|line| line.starts_with("# ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(comments(&text), comments(include_str!("../../../noticewatch.example.toml")));
    assert!(!text.lines().any(|line| line.contains("example.org") && !line.starts_with('#')), "{text}");
    let checked = program(&["targets"]).current_dir(dir.path()).output().expect("the program runs");
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
}

#[test]
fn options_say_how_mail_goes_and_to_whom() {
    let dir = tempfile::tempdir().expect("a directory");
    let more = ["--port", "587", "--time-zone", "America/Chicago", "--operator", "ops@exampleton.example"];
    let output = init(dir.path(), &[&MAIL[..], &more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for words in ["the systemd credential smtp-password", "systemd-run --same-dir --pipe", "noticewatch send-test"] {
        assert!(said(&output).contains(words), "no {words}: {}", said(&output));
    }
    // What would fail without the credential is not advised.
    assert!(!said(&output).contains("noticewatch check"), "{}", said(&output));
    let (_, settings) = written(dir.path());
    let Way::Smtp(smtp) = &settings.mail.way else { panic!("a mail server was named") };
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.tls), ("mail.exampleton.example", 587, Tls::StartTls));
    let login = Some(("watch".to_owned(), Password::Credential("smtp-password".to_owned())));
    assert_eq!(smtp.login, login);
    assert_eq!(settings.mail.from.address, "watch@exampleton.example");
    assert_eq!(settings.subscriptions.len(), 1);
    assert_eq!(settings.subscriptions[0].recipients, ["counsel@exampleton.example", "desk@exampleton.example"]);
    assert_eq!(settings.operator.as_deref(), Some("ops@exampleton.example"));
    assert_eq!(settings.time_zone, "America/Chicago");
}

#[test]
fn a_password_stands_in_a_file_of_its_own() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = init(dir.path(), &[&MAIL[..], &["--password-file", "/etc/noticewatch/a \"file\""]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let Way::Smtp(smtp) = written(dir.path()).1.mail.way else { panic!("a mail server was named") };
    let file = Password::File("/etc/noticewatch/a \"file\"".to_owned());
    assert_eq!((smtp.tls, smtp.login), (Tls::Implicit, Some(("watch".to_owned(), file))));
}

#[test]
fn nothing_is_overwritten_and_nothing_wrong_is_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("noticewatch.toml");
    for (args, code, words) in [
        (&[][..], 64, "--contact ADDRESS"),
        (&["--contact", "nobody"], 78, "neither a mail address nor an https address"),
        (&["--contact", "a@exampleton.example", "--host", "mail.exampleton.example"], 64, "--to ADDRESS"),
        (&["--contact", "a@exampleton.example", "--time-zone", "Europe/Berlim"], 78, "Europe/Berlin"),
        (
            &["--contact", "https://exampleton.example", "--host", "m.example", "--to", "b@c.example"],
            64,
            "--from ADDRESS",
        ),
    ] {
        let output = init(dir.path(), args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{args:?}: {}", said(&output));
        assert!(!file.exists(), "{args:?}");
    }
    std::fs::write(&file, "# mine\n").expect("a file");
    let output = init(dir.path(), &["--contact", "watch@exampleton.example"]);
    assert_eq!(output.status.code(), Some(64), "{}", said(&output));
    assert!(said(&output).contains("stays as it is"), "{}", said(&output));
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "# mine\n");
    let output = init(dir.path(), &["--contact", "watch@exampleton.example", "--config", "no/such/dir.toml"]);
    assert_eq!(output.status.code(), Some(73), "{}", said(&output));
}

/// What the targets beside it need is checked before anything is written; then everything works with the new file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_steps_follow_where_they_are_asked_for() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let dir = world.dir.path();
    std::fs::remove_file(dir.join("noticewatch.toml")).expect("a file");
    let port = world.mail.port.to_string();
    let mail = ["--host", "127.0.0.1", "--port", &port, "--to", COUNSEL, "--send-test", "--check"];
    let args = [&["--contact", "watch@noticewatch.example"][..], &mail].concat();
    let output = init(dir, &args);
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    assert!(said(&output).contains("allow under [fetch]") && !dir.join("noticewatch.toml").exists());
    let output = init(dir, &[&args[..], &["--allow", &world.web.authority()]].concat());
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for words in [&format!("{COUNSEL}: sent"), "1 of 1 pages read", "tells users, as a policy"] {
        assert!(said.contains(words), "no {words}: {said}");
    }
    assert!(!said.contains("noticewatch check"), "{said}");
    assert!(world.subjects(COUNSEL).iter().any(|subject| subject.contains("[test]")), "no test letter");
}
