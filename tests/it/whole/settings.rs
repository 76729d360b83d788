//! What settings name and this machine does not hold: found before anything starts, by `targets` too; and what a reload
//! does not take.

use super::world::{OPERATOR, REDESIGN, World, said};
use noticewatch::app::context::Sources;
use noticewatch::config;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

async fn world() -> World {
    World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", REDESIGN)]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_settings_name_and_cannot_be_used_is_found_before_anything_starts() {
    let world = world().await;
    let (path, none) = (world.dir.path().join("noticewatch.toml"), world.dir.path().join("none.pem"));
    let (empty, state) = (world.dir.path().join("empty.pem"), world.dir.path().join("state"));
    fs::write(&empty, "no certificate\n").expect("written");
    let settings = fs::read_to_string(&path).expect("settings");
    let fetch = |line: &str| settings.replacen("[fetch]\n", &format!("[fetch]\n{line}\n"), 1);
    let smtp = |lines: &str| settings.replacen("tls = \"none\"\n", &format!("tls = \"none\"\n{lines}\n"), 1);
    let backup = |inner: &str| format!("{settings}\n[backup]\ndirectory = \"{}{inner}\"\n", state.display());
    let (none, empty) = (none.display(), empty.display());
    for (text, parts) in [
        (fetch(&format!("extra_ca = \"{none}\"")), ["fetch.extra_ca", "none.pem", "readable file of PEM"]),
        (fetch(&format!("extra_ca = [\"{empty}\"]")), ["fetch.extra_ca", "empty.pem", "no PEM certificate"]),
        (smtp(&format!("extra_ca = \"{none}\"")), ["mail.smtp.extra_ca", "none.pem", "readable file of PEM"]),
        (smtp(&format!("extra_ca = \"{empty}\"")), ["mail.smtp.extra_ca", "empty.pem", "no PEM certificate"]),
        (
            smtp(&format!("username = \"watch\"\npassword_file = \"{none}\"")),
            ["mail.smtp.password_file", "none.pem: no such file", "write the secret into it"],
        ),
        (backup(""), ["backup.directory", "lies in the state directory", "name one on another disk"]),
        (backup("/../state/./copies"), ["backup.directory", "lies in the state directory", "another disk"]),
    ] {
        fs::write(&path, text).expect("written");
        for verb in ["targets", "check", "watch"] {
            let output = world.run(&[verb]);
            assert_eq!(output.status.code(), Some(78), "{verb}: {parts:?}: {}", said(&output));
            assert!(!said(&output).contains("os error"), "{verb}: {}", said(&output));
            for part in parts.into_iter().chain(["noticewatch.toml: "]) {
                assert!(said(&output).contains(part), "{verb}: {part} in {}", said(&output));
            }
        }
    }
    fs::write(&path, [b"# line one\n# caf\xe9\n", settings.as_bytes()].concat()).expect("written");
    let output = world.run(&["check"]);
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    for part in ["noticewatch.toml:2:", "0xE9", "save the file as UTF-8"] {
        assert!(said(&output).contains(part), "{part} in {}", said(&output));
    }
    assert!(!state.exists(), "nothing was started");
}

/// A secret that only the unit is handed is none of an operator's who checks the settings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_is_a_remark_where_settings_are_checked_by_hand() {
    let world = world().await;
    let path = world.dir.path().join("noticewatch.toml");
    let settings = fs::read_to_string(&path).expect("settings");
    let lines = "tls = \"none\"\nusername = \"watch\"\ncredential = \"smtp-password\"\n";
    fs::write(&path, settings.replacen("tls = \"none\"\n", lines, 1)).expect("written");
    let lent = world.dir.path().join("credentials");
    fs::create_dir(&lent).expect("made");
    let run = |verb: &str, given: bool| {
        let mut command = world.command(&[verb]);
        command.env_remove("CREDENTIALS_DIRECTORY");
        if given {
            command.env("CREDENTIALS_DIRECTORY", &lent);
        }
        command.output().expect("it runs")
    };
    let output = run("targets", false);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for part in ["not checked", "mail.smtp.credential", "LoadCredential="] {
        assert!(said(&output).contains(part), "{part} in {}", said(&output));
    }
    let output = run("check", false);
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    assert!(said(&output).contains("mail.smtp.credential"), "{}", said(&output));
    for verb in ["targets", "check"] {
        let output = run(verb, true);
        assert_eq!(output.status.code(), Some(78), "{}", said(&output));
        let mend = "add LoadCredential=smtp-password:/PATH";
        assert!(said(&output).contains(mend), "{verb}: {}", said(&output));
    }
    fs::write(lent.join("smtp-password"), "open sesame\n").expect("written");
    fs::set_permissions(lent.join("smtp-password"), Permissions::from_mode(0o600)).expect("closed");
    assert_eq!(run("targets", true).status.code(), Some(0), "{}", said(&run("targets", true)));
}

/// What would be sent as a password and is none is said before anything starts; nothing of it is shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_file_that_holds_no_password_is_found_before_anything_starts() {
    let world = world().await;
    let (path, file) = (world.dir.path().join("noticewatch.toml"), world.dir.path().join("password"));
    let settings = fs::read_to_string(&path).expect("settings");
    let name = file.display();
    let login = format!("tls = \"none\"\nusername = \"watch\"\npassword_file = \"{name}\"\n");
    let hook = format!(
        "{settings}\n[[subscription]]\nname = \"hook\"\nwebhook = \"https://hooks.example.org/n\"\nwebhook_header_file = \"{name}\"\n"
    );
    let cases: [(&[u8], &str); 9] = [
        (b"", "holds nothing"),
        (b"\n", "holds nothing"),
        (b"  \r\n", "holds nothing"),
        (b"\xef\xbb\xbfopen sesame\n", "begins with a byte order mark"),
        (b"open sesame\n\n", "more than one line"),
        (b"open sesame\r\n\r\n", "more than one line"),
        (b"open sesame\nclose\n", "more than one line"),
        (b"open\tsesame\n", "control character"),
        (b"open \xff sesame\n", "no UTF-8"),
    ];
    for (text, key) in [
        (settings.replacen("tls = \"none\"\n", &login, 1), "mail.smtp.password_file"),
        (hook, "subscription.hook.webhook_header_file"),
    ] {
        fs::write(&path, text).expect("written");
        for (octets, part) in cases {
            fs::write(&file, octets).expect("written");
            fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("closed");
            for verb in ["targets", "check"] {
                let output = world.run(&[verb]);
                assert_eq!(output.status.code(), Some(78), "{verb}: {part}: {}", said(&output));
                assert!(said(&output).contains(part) && said(&output).contains(key), "{part}: {}", said(&output));
                assert!(!said(&output).contains("sesame"), "{}", said(&output));
            }
        }
        for octets in [&b"open sesame\n"[..], b"open sesame\r\n", b" \xc3\xb6ffne dich "] {
            fs::write(&file, octets).expect("written");
            assert_eq!(world.run(&["targets"]).status.code(), Some(0), "{}", said(&world.run(&["targets"])));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_while_a_file_is_missing_changes_nothing() {
    let mut world = world().await;
    world.until("2026-01-06T08:30:00Z").await;
    let engine = world.engine();
    let before = engine.office.clone();
    let carried = config::targets("targets.toml", noticewatch::app::version::TARGETS).expect("a list");
    let named = before.sources.clone();
    for (sources, name) in [
        (Sources { targets: None, ..named.clone() }, "targets.toml"),
        (Sources { settings: None, ..named }, "noticewatch.toml"),
    ] {
        let mut office = before.clone();
        (office.targets, office.sources) = (carried.clone(), sources);
        let refused = engine.reload(office).expect_err("refused").to_string();
        assert!(refused.contains(&format!("{name} was read before and is missing now")), "{refused}");
        assert_eq!(engine.office.targets, before.targets);
        assert_eq!(engine.office.settings.operator.as_deref(), Some(OPERATOR));
    }
    engine.reload(before).expect("taken");
}
