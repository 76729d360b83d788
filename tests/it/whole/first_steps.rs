//! `init`, as its user meets it: a file with comments that the program reads, never in the place of another.

use super::world::{COUNSEL, REDESIGN, World, program, said};
use crate::smtp_server::{Act, Script};
use clap::Parser;
use noticewatch::app::error::Failure;
use noticewatch::cli::args::init::InitArgs;
use noticewatch::cli::args::{Cli, Verb};
use noticewatch::cli::commands::init::{Steps, agreed, asked};
use noticewatch::cli::output::prompt::Questions;
use noticewatch::config;
use noticewatch::config::{FirstAnswers, MailWay, Password, Tls};

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
    assert!(matches!(settings.mail.way, MailWay::Mailbox { .. }));
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
    let MailWay::Smtp(smtp) = &settings.mail.way else { panic!("a mail server was named") };
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
    let MailWay::Smtp(smtp) = written(dir.path()).1.mail.way else { panic!("a mail server was named") };
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

/// A test letter that is not taken is to be tried again; the pages are looked at all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_letter_that_is_not_taken_stays_a_next_step() {
    let world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await;
    let dir = world.dir.path();
    std::fs::remove_file(dir.join("noticewatch.toml")).expect("a file");
    world.mail.set(Script { rcpt: vec![Act::Say("550 5.1.1 no such user")], ..Script::default() });
    let (port, site) = (world.mail.port.to_string(), world.web.authority());
    let mail = ["--contact", "watch@noticewatch.example", "--host", "127.0.0.1", "--port", &port, "--to", COUNSEL];
    let output = init(dir, &[&mail[..], &["--allow", &site, "--send-test", "--check"]].concat());
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("{COUNSEL}: not sent")) && said.contains("1 of 1 pages read"), "{said}");
    let next = said.split_once("Next:").expect("what comes next").1;
    assert!(next.contains("noticewatch send-test") && !next.contains("noticewatch check"), "{next}");
}

/// What the command line says.
fn ask(args: &[&str]) -> InitArgs {
    let cli = Cli::try_parse_from([&["noticewatch", "init"], args].concat()).expect("a command line");
    let Verb::Init(ask) = cli.verb else { panic!("init") };
    ask
}

/// The conversation of a terminal: what comes of these answers, and what was shown.
fn talk<T>(answers: &str, talk: impl FnOnce(&mut Questions<'_>) -> Result<T, Failure>) -> (T, String) {
    let (mut answers, mut shown) = (answers.as_bytes(), anstream::StripStream::new(Vec::new()));
    let came = talk(&mut Questions::new(&mut answers, &mut shown)).expect("answers that fit");
    assert!(answers.is_empty(), "not asked for: {}", String::from_utf8_lossy(answers));
    (came, String::from_utf8(shown.into_inner()).expect("text"))
}

/// The questions whether to go on, as they are shown.
const LETTER: &str = "Send a test letter to everyone now? [Y/n]: ";
const LOOK: &str = "Look at every page now (57), and show what each service promises? [Y/n]: ";

#[test]
fn a_terminal_is_asked_what_no_option_says_and_then_for_the_first_steps() {
    let answers = "watch@exampleton.example\nmail.exampleton.example\n587\nwatch\n/etc/secret\n\n\
                   counsel@exampleton.example, desk@exampleton.example\nEurope/Berlin\n";
    let (first, shown) = talk(answers, |questions| asked(&ask(&[]), questions));
    assert_eq!(
        (first.contact.as_str(), first.host.as_deref()),
        ("watch@exampleton.example", Some("mail.exampleton.example"))
    );
    assert_eq!((first.port, first.from.as_deref()), (Some(587), Some("watch@exampleton.example")));
    assert_eq!(first.recipients, ["counsel@exampleton.example", "desk@exampleton.example"]);
    assert_eq!(first.time_zone.as_deref(), Some("Europe/Berlin"));
    assert!(
        shown.contains("Its port [465]: ") && shown.contains("Sender of letters [watch@exampleton.example]: "),
        "{shown}"
    );
    let steps = |args: &[&str], answers: &str, first: &FirstAnswers| {
        let (steps, shown) = talk(answers, |questions| agreed(&ask(args), first, 57, questions));
        ((steps.send_test, steps.check), shown)
    };
    let both = format!("{LETTER}{LOOK}");
    assert_eq!(steps(&[], "\n\n", &first), ((true, true), both.clone()), "a return means yes");
    assert_eq!(steps(&[], "n\nYes\n", &first), ((false, true), both.clone()));
    assert_eq!(steps(&[], "y\nno\n", &first), ((true, false), both.clone()));
    assert_eq!(steps(&[], "what?\ny\nn\n", &first).1, format!("{LETTER}{both}"), "asked again");
    assert_eq!(steps(&[], "", &first), ((false, false), format!("{LETTER}\n{LOOK}\n")), "nobody is there any more");
    assert_eq!(steps(&["--send-test"], "\n", &first), ((true, true), LOOK.to_owned()));
    assert_eq!(steps(&["--send-test", "--check"], "", &first), ((true, true), String::new()));
    let files = FirstAnswers { host: None, username: None, ..first.clone() };
    assert_eq!(steps(&[], "\n", &files), ((false, true), LOOK.to_owned()), "a letter in a file needs no trial");
    // A credential is lent to the unit alone: neither would work from here.
    let lent = FirstAnswers { password_file: None, ..first };
    assert_eq!(steps(&[], "", &lent), ((false, false), String::new()));
    assert_eq!(Steps::default(), Steps { send_test: false, check: false });
}
