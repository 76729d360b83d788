//! Tests of: config. A case is a file with mistakes and the report it gets.

use crate::cases::{all, cases, check};
use noticewatch::config;
use noticewatch::config::{MailWay, Notifier, Password, Quiet, Settings, Tls};
use noticewatch::io::mail::sendable;
use noticewatch_core::target::Expect;

use std::time::Duration;

/// Both files of a case stand in one directory; what is said of them, in `report`.
#[test]
fn mistakes_are_reported_all_at_once() {
    all(cases("config", "").into_iter().map(|case| {
        let text = |name: &str| std::fs::read_to_string(case.join(name)).ok();
        let (targets, settings) = (text("targets.toml"), text("noticewatch.toml"));
        let targets = targets.unwrap_or_else(|| TARGET.to_owned());
        let settings = settings.as_deref().map(|text| ("noticewatch.toml", text));
        let loaded = config::load(("targets.toml", &targets), settings, sendable);
        let reports = loaded.err().unwrap_or_default();
        let mut said: String = reports.iter().map(config::Report::plain).collect();
        for report in &reports {
            said.push('\n');
            said.push_str(&report.with_carets(100, false));
        }
        let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
        check(&case.join("report"), &(lines.join("\n") + "\n"))
    }));
}

const TARGET: &str = r#"
[[target]]
id = "exampleton-law"
service = "Exampleton"
terms_type = "Law Enforcement Guidelines"
url = "https://exampleton.example/legal/requests"
"#;

fn settings(text: &str) -> Settings {
    config::settings("noticewatch.toml", text).unwrap_or_else(|report| panic!("{}", report.plain()))
}

#[test]
fn bodies_are_kept_for_ever_or_for_a_time() {
    let days = |text: &str| settings(text).keep.bodies.map(|time| time.as_hours() / 24);
    assert_eq!(days(""), None);
    assert_eq!(days("[keep]\nbodies = \"forever\""), None);
    assert_eq!(days("[keep]\nbodies = \"90 days\""), Some(90));
    assert_eq!(days("[keep]\nbodies = \"2 years 1 month\""), Some(2 * 366 + 31));
}

#[test]
fn an_ordinary_target_is_four_lines() {
    let targets = config::targets("targets.toml", TARGET).expect("a target");
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].id, "exampleton-law");
    assert_eq!((targets[0].expect, targets[0].disabled.as_deref()), (Expect::Silence, None));
}

#[test]
fn what_a_target_leaves_out_comes_from_its_service_and_from_the_defaults() {
    let text = format!(
        "[defaults]\nregion = \"US\"\nlanguage = \"en\"\nschedule = \"@daily\"\n\
         [service.Exampleton]\nregion = \"EU\"\naliases = [[\"Sampleton\", \"Exampleton\"]]\n{TARGET}language = \"de\"\n"
    );
    let target = config::targets("targets.toml", &text).expect("a target").remove(0);
    assert_eq!((target.region.as_deref(), target.language.as_deref()), (Some("EU"), Some("de")));
    assert_eq!(target.schedule.as_deref(), Some("@daily"));
    assert_eq!(target.aliases, [["Sampleton", "Exampleton"]]);
}

#[test]
fn without_a_file_everything_has_a_value() {
    let settings = Settings::default();
    assert_eq!(settings, self::settings(""));
    assert_eq!(settings.mail.way, MailWay::Mailbox { directory: None });
    assert_eq!(settings.subscriptions.len(), 1);
    assert_eq!(settings.subscriptions[0].recipients, ["noticewatch@localhost"]);
    assert_eq!(settings.fetch.timeout, Duration::from_mins(1));
    assert_eq!(settings.check.to_string(), "0 */6 * * * (UTC)");
}

#[test]
fn the_example_settings_are_valid_and_say_what_they_show() {
    let settings = settings(include_str!("../../noticewatch.example.toml"));
    assert_eq!(settings.time_zone, "America/New_York");
    let MailWay::Smtp(smtp) = &settings.mail.way else { panic!("the example sends by SMTP") };
    assert_eq!((smtp.port, smtp.tls), (465, Tls::Implicit));
    assert_eq!(smtp.login.as_ref().map(|(_, password)| password), Some(&Password::Credential("smtp-password".into())));
    assert!(!settings.subscriptions.is_empty());
}

/// What the example shows commented out holds too: every `#key = value` line of it is tried.
#[test]
fn the_keys_that_the_example_shows_commented_out_are_known() {
    let example = include_str!("../../noticewatch.example.toml");
    let shown = |line: &str| line.starts_with('#') && !line.starts_with("# ");
    let lines: Vec<&str> = example.lines().map(|line| if shown(line) { &line[1..] } else { line }).collect();
    assert!(example.lines().filter(|line| shown(line)).count() > 10);
    settings(&lines.join("\n"));
}

#[test]
fn a_user_agent_names_a_person_to_write_to() {
    assert!(settings("contact = \"watch@example.org\"").user_agent().ends_with(" (+mailto:watch@example.org)"));
    assert!(settings("contact = \"https://example.org/bot\"").user_agent().ends_with(" (+https://example.org/bot)"));
    assert_eq!(settings("[fetch]\nuser_agent = \"watcher/1\"").user_agent(), "watcher/1");
}

#[test]
fn mail_servers_have_their_usual_ports() {
    for (lines, port, tls) in [
        ("", 465, Tls::Implicit),
        ("tls = \"starttls\"", 587, Tls::StartTls),
        ("port = 587", 587, Tls::StartTls),
        ("port = 2525\ntls = \"starttls\"", 2525, Tls::StartTls),
    ] {
        let text = format!(
            "[mail]\nfrom = \"n@example.org\"\n[mail.smtp]\nhost = \"mx.example.org\"\n{lines}\n\
             [[subscription]]\nname = \"legal\"\nrecipients = \"c@example.org\"\n"
        );
        let MailWay::Smtp(smtp) = settings(&text).mail.way else { panic!("SMTP") };
        assert_eq!((smtp.port, smtp.tls), (port, tls), "{lines}");
    }
}

#[test]
fn a_subscription_chooses_by_patterns() {
    let text = "[[subscription]]\nname = \"legal\"\nrecipients = [\"c@example.org\"]\nservices = [\"exam*\", \"Other\"]\n\
                terms_types = \"Law*\"\nlanguages = [\"en\"]\nverdicts = [\"weakened\", \"removed\"]\ndigest = false\n";
    let subscription = settings(text).subscriptions.remove(0);
    let mut target = config::targets("targets.toml", TARGET).expect("a target").remove(0);
    target.language = Some("en-US".into());
    assert!(subscription.wants(&target));
    assert!(subscription.wants_verdict("weakened") && !subscription.wants_verdict("added"));
    assert_eq!(subscription.digest, None);
    target.language = Some("es".into());
    assert!(!subscription.wants(&target));
    target.language = Some("en".into());
    target.terms_type = "Privacy Policy".into();
    assert!(!subscription.wants(&target));
}

#[test]
fn a_subscription_may_have_other_ways_than_mail() {
    let text = "[[subscription]]\nname = \"desk\"\nwebhook = \"https://hooks.example.org/n\"\n\
                webhook_header_file = \"/etc/hook\"\ncommand = [\"/usr/bin/notify\", \"-u\"]\nmailbox = \"/var/mail/n\"\n";
    let subscription = settings(text).subscriptions.remove(0);
    assert!(subscription.recipients.is_empty());
    assert_eq!(subscription.receivers(), ["webhook:desk", "command:desk", "mailbox:desk"]);
    let header = Some(("Authorization".to_owned(), Password::File("/etc/hook".to_owned())));
    assert_eq!(subscription.notifiers[0], Notifier::Webhook { url: "https://hooks.example.org/n".to_owned(), header });
    let clear = "[fetch]\nallow = [\"127.0.0.1:8080\"]\n[[subscription]]\nname = \"a\"\n\
                 recipients = \"c@example.org\"\nwebhook = \"http://127.0.0.1:8080/hook\"\n";
    assert_eq!(settings(clear).subscriptions[0].receivers(), ["c@example.org", "webhook:a"]);
}

#[test]
fn a_subscription_has_its_own_time_zone_weekly_line_and_quiet_letters() {
    let subscription = |lines: &str| {
        let text = format!(
            "time_zone = \"America/New_York\"\n[schedule]\ndigest = \"30 6 * * *\"\n\
             [[subscription]]\nname = \"legal\"\nrecipients = [\"c@example.org\"]\n{lines}\n"
        );
        settings(&text).subscriptions.remove(0)
    };
    let usual = subscription("");
    assert_eq!(usual.weekly.as_ref().map(ToString::to_string).as_deref(), Some("0 7 * * MON (America/New_York)"));
    assert_eq!((usual.quiet, usual.troubles, usual.text_only), (Quiet::Weekly, true, false));
    let own = subscription("time_zone = \"Asia/Tokyo\"\nweekly = \"@weekly\"\nquiet = \"always\"\ntroubles = false");
    assert_eq!(own.digest.map(|line| line.to_string()).as_deref(), Some("30 6 * * * (Asia/Tokyo)"));
    assert_eq!(own.weekly.map(|line| line.to_string()).as_deref(), Some("@weekly (Asia/Tokyo)"));
    assert_eq!((own.quiet, own.troubles), (Quiet::Always, false));
    assert_eq!(subscription("weekly = false\nquiet = \"never\"").weekly, None);
}

#[test]
fn a_page_whose_language_nobody_stated_is_of_every_language() {
    let text = "[[subscription]]\nname = \"legal\"\nrecipients = [\"c@example.org\"]\nlanguages = [\"de\"]\n";
    let subscription = settings(text).subscriptions.remove(0);
    let mut target = config::targets("targets.toml", TARGET).expect("a target").remove(0);
    assert!(subscription.wants(&target));
    for (language, wanted) in [("de", true), ("de-CH", true), ("en", false)] {
        target.language = Some(language.to_owned());
        assert_eq!(subscription.wants(&target), wanted, "{language}");
    }
}

#[test]
fn a_digest_is_daily_weekly_never_or_by_a_line() {
    let digest = |line: &str| {
        let text = format!(
            "time_zone = \"America/New_York\"\n[[subscription]]\nname = \"legal\"\nrecipients = [\"c@example.org\"]\n{line}\n"
        );
        settings(&text).subscriptions.remove(0).digest.map(|line| line.to_string())
    };
    assert_eq!(digest("").as_deref(), Some("0 7 * * * (America/New_York)"));
    assert_eq!(digest("digest = \"daily\""), digest(""));
    assert_eq!(digest("digest = \"weekly\"").as_deref(), Some("0 7 * * MON (America/New_York)"));
    assert_eq!(digest("digest = \"30 16 * * MON-FRI\"").as_deref(), Some("30 16 * * MON-FRI (America/New_York)"));
    assert_eq!(digest("digest = false"), None);
}

#[test]
fn the_shipped_targets_are_valid() {
    let targets = config::targets("targets.toml", include_str!("../../targets.toml"))
        .unwrap_or_else(|report| panic!("{}", report.plain()));
    let watched = targets.iter().filter(|target| target.disabled.is_none()).count();
    assert!(targets.len() >= 60 && watched >= 40, "{} targets, {watched} watched", targets.len());
    for target in &targets {
        assert!(target.region.is_some() && target.language.is_some(), "{}: region and language", target.id);
        assert!(target.why.len() > 10, "{}: why", target.id);
        assert!(target.url.starts_with("https://"), "{}: {}", target.id, target.url);
        let reasons = target.disabled.as_deref().unwrap_or("long enough");
        assert!(reasons.len() > 10, "{}: a reason that a person understands", target.id);
    }
    let whys: std::collections::BTreeSet<&str> = targets.iter().map(|target| target.why.as_str()).collect();
    assert_eq!(whys.len(), targets.len(), "every target has a reason of its own");
}

#[test]
fn targets_of_one_service_stand_together() {
    let targets = config::targets("targets.toml", include_str!("../../targets.toml")).expect("targets");
    let mut seen: Vec<&str> = Vec::new();
    for target in &targets {
        if seen.last() != Some(&target.service.as_str()) {
            assert!(!seen.contains(&target.service.as_str()), "{} stands in two places", target.service);
            seen.push(&target.service);
        }
    }
}

#[test]
fn the_nearest_name_is_found_or_none() {
    let names = ["discord-privacy", "snap-law", "meta-law"];
    assert_eq!(config::nearest("Discord", names), Some("discord-privacy"));
    assert_eq!(config::nearest("sanp-law", names), Some("snap-law"));
    assert_eq!(config::nearest("windstream", names), None);
}

#[test]
fn letters_go_out_by_one_of_three_ways() {
    let way = |lines: &str| {
        let rest = "[[subscription]]\nname = \"legal\"\nrecipients = \"c@example.org\"\n";
        settings(&format!("[mail]\nfrom = \"Watch <n@example.org>\"\n{lines}\n{rest}")).mail
    };
    assert_eq!(way("[mail.sendmail]").way, MailWay::Sendmail { command: "/usr/sbin/sendmail".into() });
    assert_eq!(
        way("[mail.mailbox]\ndirectory = \"/srv/mail\"").way,
        MailWay::Mailbox { directory: Some("/srv/mail".into()) }
    );
    let MailWay::Smtp(smtp) = way("[mail.smtp]\nhost = \"127.0.0.1\"\nport = 2525\ntls = \"none\"").way else {
        panic!("SMTP")
    };
    assert_eq!((smtp.tls, smtp.login), (Tls::None, None));
    let mail = way("unsubscribe = \"mailto:ops@example.org\"");
    assert_eq!((mail.from.to_string().as_str(), mail.domain.as_str()), ("\"Watch\" <n@example.org>", "example.org"));
    assert_eq!(mail.unsubscribe.as_deref(), Some("ops@example.org"));
}

/// A password in the wrong place is refused, and neither shown on the terminal nor put into a log.
#[test]
fn a_password_is_never_repeated() {
    for line in ["password = \"hunter2\"", "password = 'hunter2'", "password = \"hunter2", "password = hunter2"] {
        let text = format!(
            "[mail]\nfrom = \"n@example.org\"\n[mail.smtp]\nhost = \"mx.example.org\"\nusername = \"n\"\n{line}\n"
        );
        let report = config::settings("noticewatch.toml", &text).expect_err("a mistake");
        let said = report.plain() + &report.with_carets(80, true) + &report.to_string();
        assert!(!said.contains("hunter2"), "{said}");
    }
}

/// A file that was cut anywhere, or has a stray character anywhere, is read or reported, never more than that.
#[test]
fn a_damaged_file_is_reported_and_nothing_worse() {
    let settings = include_str!("../../noticewatch.example.toml");
    let targets = &include_str!("../../targets.toml")[..4000];
    for (index, stray) in (0..4000).step_by(5).zip(['"', '[', '=', '\u{0}', '\u{feff}', 'ß', '\n'].into_iter().cycle())
    {
        for text in [settings, targets].into_iter().filter(|text| text.is_char_boundary(index) && index < text.len()) {
            let (start, end) = text.split_at(index);
            for damaged in [start.to_owned(), format!("{start}{stray}{end}")] {
                let reports = [config::settings("s", &damaged).err(), config::targets("t", &damaged).err()];
                for report in reports.into_iter().flatten() {
                    assert!(!report.mistakes.is_empty());
                    if index % 97 == 0 {
                        assert!(report.with_carets(80, false).contains("help") || !report.plain().is_empty());
                    }
                }
            }
        }
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_taken() {
    let text = format!("\u{feff}{}", TARGET.replace('\n', "\r\n"));
    assert_eq!(config::targets("targets.toml", &text).expect("a target").len(), 1);
}
