//! Letters as mail: what stands in the octets, and what is made of each answer of a server that misbehaves.

use crate::cases::cases;
use crate::smtp_server::{Act, Script, Server};
use mail_parser::{Encoding, MessageParser, MimeHeaders};
use noticewatch::config::Party;
use noticewatch::io::mail::{
    Envelope, Mailer, Reply, Security, Smtp, Stage, Transport, message_id, octets, thread_root,
};
use noticewatch_core::letter::{Letter, Material, compose};

use std::sync::Arc;
use std::time::Duration;

const FROM: &str = "noticewatch <watch@noticewatch.example>";
const TO: &str = "Counsel <counsel@law.example>";

fn letter(case: &std::path::Path) -> Letter {
    let json = std::fs::read_to_string(case).expect("a readable case");
    let material: Material = serde_json::from_str(&json).expect("a material");
    compose(&material)
}

fn envelope(letter: &Letter) -> Envelope {
    Envelope {
        from: FROM.parse().expect("a party"),
        to: TO.parse().expect("a party"),
        message_id: message_id(&letter.id, "counsel@law.example", "noticewatch.example"),
        date: "2026-03-01T18:25:00Z".parse().expect("a time"),
        list_id: Some("noticewatch.example".to_owned()),
        unsubscribe: Some("watch@noticewatch.example".to_owned()),
        in_reply_to: letter
            .thread
            .as_deref()
            .map(|target| thread_root(target, "counsel@law.example", "noticewatch.example")),
        ..Envelope::default()
    }
}

fn one() -> Vec<u8> {
    let letter = letter(&cases("letters", "weakened.material.json").remove(0));
    octets(&letter, &envelope(&letter)).expect("octets")
}

/// What any mail server and any client can count on, whatever stood on the page.
pub fn strict(name: &str, letter: &Letter) {
    let made = octets(letter, &envelope(letter)).expect("octets");
    assert_eq!(made, octets(letter, &envelope(letter)).expect("octets"), "{name}: same letter, same octets");
    assert!(made.is_ascii(), "{name}: seven bits");
    let text = String::from_utf8(made.clone()).expect("ASCII");
    assert!(
        !text.replace("\r\n", "").contains(['\r', '\n', '\0', '\u{1b}']),
        "{name}: CR LF only, no control characters"
    );
    assert!(text.lines().all(|line| line.len() <= 998), "{name}: a line over 998 octets");
    assert!(
        text.split("\r\n\r\n").next().unwrap_or_default().lines().all(|line| line.len() <= 200),
        "{name}: a long header line"
    );
    let mail = MessageParser::default().parse(&made).expect("a message");
    assert_eq!(mail.subject(), Some(letter.subject.as_str()), "{name}");
    assert_eq!(mail.content_type().expect("a content type").subtype(), Some("alternative"), "{name}");
    assert_eq!(mail.parts.len(), 3, "{name}: the alternative and its two leaves");
    assert_eq!(mail.parts[0].encoding, Encoding::None, "{name}: encodings stand on leaves only");
    assert_eq!(mail.body_text(0).expect("text").replace("\r\n", "\n").trim_end(), letter.text.trim_end(), "{name}");
    assert_eq!(mail.body_html(0).expect("html").replace("\r\n", "\n").trim_end(), letter.html.trim_end(), "{name}");
    for part in &mail.parts[1..] {
        assert_eq!(part.encoding, Encoding::QuotedPrintable, "{name}");
        assert_eq!(part.content_type().and_then(|kind| kind.attribute("charset")), Some("utf-8"), "{name}");
    }
    assert_eq!(mail.to().map(|to| to.iter().count()), Some(1), "{name}: one recipient");
    for (header, value) in mail.headers().iter().filter_map(|header| Some((header.name(), header.value().as_text()?))) {
        let clean = value.replace("\r\n ", " ").chars().all(|c| {
            !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert!(clean, "{name}: {header}: {value:?}");
    }
    assert!(mail.header("Bcc").is_none() && mail.header("X-Evil").is_none(), "{name}");
}

#[test]
fn every_golden_letter_is_strict_mime() {
    for case in cases("letters", ".material.json") {
        strict(&case.display().to_string(), &letter(&case));
    }
}

#[test]
fn headers_for_clients_and_filters() {
    let letter = letter(&cases("letters", "weakened.material.json").remove(0));
    let text = String::from_utf8(octets(&letter, &envelope(&letter)).expect("octets")).expect("ASCII");
    let head = text.split("\r\n\r\n").next().expect("headers");
    for line in [
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "List-Id: <noticewatch.example>",
        "List-Unsubscribe: <mailto:watch@noticewatch.example?subject=unsubscribe>",
        "X-Noticewatch-Verdict: weakened",
        "X-Noticewatch-Targets: periwinkle-privacy",
        &format!("X-Noticewatch-Digest: {}", letter.id),
        "Date: Sun, 01 Mar 2026 18:25:00 +0000",
    ] {
        assert!(head.contains(line), "{line} is not in\n{head}");
    }
    let root = thread_root("periwinkle-privacy", "counsel@law.example", "noticewatch.example");
    let unfolded = head.replace("\r\n ", " ");
    assert!(
        unfolded.contains(&format!("In-Reply-To: {root}")) && unfolded.contains(&format!("References: {root}")),
        "{head}"
    );
    assert!(!head.split("\r\nTo:").next().unwrap_or_default().contains("counsel"), "the recipient stands in To alone");
}

/// Names that settings take, as they are written there and as they are read in the letter.
const NAMES: [(&str, &str); 22] = [
    (r#""Legal, Watch""#, "Legal, Watch"),
    ("Legal, Watch", "Legal, Watch"),
    ("Watch: legal;", "Watch: legal;"),
    ("Desk (night) [2]", "Desk (night) [2]"),
    ("watch@desk", "watch@desk"),
    (r#""Ada \"the watch\" King""#, r#"Ada "the watch" King"#),
    (r#""back\\slash""#, r"back\slash"),
    (r"back\slash", r"back\slash"),
    (r#""a <b> c""#, "a <b> c"),
    ("J. R. Watch", "J. R. Watch"),
    ("O'Neill & Söhne", "O'Neill & Söhne"),
    ("Überwachung, Recht", "Überwachung, Recht"),
    ("法務部、監視", "法務部、監視"),
    ("مراقبة", "مراقبة"),
    ("🔔 watch", "🔔 watch"),
    ("=?utf-8?B?QmNj?=", "=?utf-8?B?QmNj?="),
    (r#""two  blanks""#, "two blanks"),
    ("Legal", "Legal"),
    (".", "."),
    (
        "The Office for Telling People, in Good Time, of Demands for What Others Know of Them",
        "The Office for Telling People, in Good Time, of Demands for What Others Know of Them",
    ),
    (
        "Das Büro, das Leuten rechtzeitig sagt, wer nach ihnen fragt: Abteilung für Anfragen",
        "Das Büro, das Leuten rechtzeitig sagt, wer nach ihnen fragt: Abteilung für Anfragen",
    ),
    (r#""""#, ""),
];

const TARGET: &str = "[[target]]\nid = \"exampleton\"\nservice = \"Exampleton\"\nterms_type = \"Privacy Policy\"\nurl = \"https://exampleton.example/\"\n";

/// Whatever settings take at the start is a header that every mail program reads as it was meant.
#[test]
fn whatever_name_the_settings_take_leaves_as_it_was_meant() {
    let letter = letter(&cases("letters", "weakened.material.json").remove(0));
    for (written, read) in NAMES {
        for address in ["nw@example.org", "a!#$%&'*+/=?^_`{|}~-.b@xn--mnchen-3ya.example"] {
            let party = format!("{written} <{address}>");
            let quoted = toml::Value::from(party.as_str());
            let text = format!(
                "[mail]\nfrom = {quoted}\nreply_to = {quoted}\nunsubscribe = {quoted}\n[mail.sendmail]\n[[subscription]]\nname = \"legal\"\nrecipients = [{quoted}]\n"
            );
            let loaded = noticewatch::config::load(("t", TARGET), Some(("s", &text)), noticewatch::io::mail::sendable);
            let settings = loaded.unwrap_or_else(|reports| panic!("{party}: {}", reports[0].plain())).1;
            let made = Envelope {
                from: settings.mail.from.clone(),
                to: settings.party(&settings.subscriptions[0].recipients[0]),
                reply_to: settings.mail.reply_to.clone(),
                unsubscribe: settings.mail.unsubscribe.clone(),
                ..envelope(&letter)
            };
            let octets = octets(&letter, &made).unwrap_or_else(|error| panic!("{party}: {error}"));
            let head = String::from_utf8_lossy(&octets).split("\r\n\r\n").next().unwrap_or_default().to_owned();
            assert!(head.is_ascii() && head.lines().all(|line| line.len() <= 998), "{party}: {head}");
            let mail = MessageParser::default().parse(&octets).expect("a message");
            for (who, header) in [("from", mail.from()), ("to", mail.to()), ("reply-to", mail.reply_to())] {
                let all = header.expect("a header");
                assert_eq!(all.iter().count(), 1, "{party}: {who}: {head}");
                let first = all.first().expect("one");
                assert_eq!((first.name().unwrap_or_default(), first.address()), (read, Some(address)), "{who}: {head}");
            }
        }
    }
}

#[test]
fn a_name_of_printable_signs_is_written_in_quotes() {
    let letter = letter(&cases("letters", "weakened.material.json").remove(0));
    let from = r#""Legal, Watch" <nw@example.org>"#.parse().expect("a party");
    let text =
        String::from_utf8(octets(&letter, &Envelope { from, ..envelope(&letter) }).expect("octets")).expect("ASCII");
    assert!(text.contains("From: \"Legal, Watch\" <nw@example.org>\r\n"), "{}", &text[..400]);
    let unsubscribe = Some("a?b@example.org".to_owned());
    let octets = octets(&letter, &Envelope { unsubscribe, ..envelope(&letter) }).expect("octets");
    assert!(String::from_utf8_lossy(&octets).contains("<mailto:a%3Fb@example.org?subject=unsubscribe>"));
}

#[test]
fn a_wrong_address_is_named() {
    let letter = letter(&cases("letters", "weakened.material.json").remove(0));
    let wrong = Envelope { to: Party::of("counsel at law"), ..envelope(&letter) };
    let error = octets(&letter, &wrong).expect_err("no address").to_string();
    assert!(error.contains("`counsel at law`") && error.contains("name@example.org"), "{error}");
}

fn mailer(port: u16, tls: Security) -> Mailer {
    let host = "localhost".to_owned();
    let smtp = Smtp { host, port, tls, helo: Some("client.example".to_owned()), ..Smtp::default() };
    Mailer {
        whole: Duration::from_millis(600),
        connect: Duration::from_millis(300),
        ..Mailer::new(Transport::Smtp(smtp))
    }
}

async fn reply(script: Script) -> (Reply, Vec<String>) {
    let server = Server::start(script).await;
    let reply = mailer(server.port, Security::None).send(&one(), FROM, TO).await;
    (reply, server.arrived())
}

fn later(reply: &Reply, operator: bool, words: &str) {
    match reply {
        Reply::Later { text, operator: told } => assert!(text.contains(words) && *told == operator, "{reply:?}"),
        _ => panic!("not later: {reply:?}"),
    }
}

#[tokio::test]
async fn a_good_server_gets_the_very_octets() {
    let (reply, arrived) = reply(Script::default()).await;
    assert_eq!(reply, Reply::Sent("250 2.0.0 queued as 42".to_owned()));
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0], String::from_utf8(one()).expect("ASCII"));
}

#[tokio::test]
async fn refused_for_good_only_by_an_answer_about_recipient_or_letter() {
    let no = |text| vec![Act::Say(text)];
    let (answer, _) = reply(Script { rcpt: no("550 5.1.1 no such user"), ..Script::default() }).await;
    assert_eq!(answer, Reply::Refused("550 5.1.1 no such user".to_owned()));
    let (answer, _) = reply(Script { data: no("552 5.3.4 too large"), ..Script::default() }).await;
    assert_eq!(answer, Reply::Refused("552 5.3.4 too large".to_owned()));
    let (answer, _) = reply(Script { dot: no("554 5.7.1 content refused"), ..Script::default() }).await;
    assert_eq!(answer, Reply::Refused("554 5.7.1 content refused".to_owned()));
    let (answer, _) = reply(Script { mail: no("550 5.7.1 sender not allowed"), ..Script::default() }).await;
    later(&answer, true, "550 5.7.1 sender not allowed");
    let (answer, _) = reply(Script { banner: no("554 5.7.1 not you"), ..Script::default() }).await;
    later(&answer, true, "554 5.7.1 not you");
    let (answer, _) = reply(Script { rcpt: no("530 5.7.0 authentication required"), ..Script::default() }).await;
    later(&answer, true, "530");
}

#[tokio::test]
async fn what_passes_is_tried_later() {
    let (answer, _) = reply(Script { banner: vec![Act::Say("421 4.3.2 not now")], ..Script::default() }).await;
    later(&answer, false, "421 4.3.2 not now");
    let (answer, _) = reply(Script { dot: vec![Act::Drop], ..Script::default() }).await;
    later(&answer, false, "letter");
    let (answer, _) = reply(Script { data: vec![Act::Drop], ..Script::default() }).await;
    later(&answer, false, "letter");
    let (answer, _) = reply(Script { banner: vec![Act::Say("HTTP/1.1 200 OK")], ..Script::default() }).await;
    later(&answer, false, "greeting");
}

#[tokio::test]
async fn silence_ends_with_the_time_given() {
    let hang = || vec![Act::Hang];
    for (script, stage) in [
        (Script { banner: hang(), ..Script::default() }, "greeting of the mail server"),
        (Script { mail: hang(), ..Script::default() }, "sender address"),
        (Script { rcpt: hang(), ..Script::default() }, "recipient address"),
        (Script { dot: hang(), ..Script::default() }, "letter"),
    ] {
        let (answer, arrived) = reply(script).await;
        later(&answer, false, &format!("{stage}: no answer"));
        assert!(arrived.is_empty());
    }
}

#[tokio::test]
async fn greylisting_and_slowness_cost_nothing() {
    let script =
        Script { rcpt: vec![Act::Say("451 4.7.1 come back"), Act::Say("250 2.1.5 fine")], ..Script::default() };
    let server = Server::start(script).await;
    let mailer = mailer(server.port, Security::None);
    later(&mailer.send(&one(), FROM, TO).await, false, "451 4.7.1 come back");
    assert!(matches!(mailer.send(&one(), FROM, TO).await, Reply::Sent(_)));
    assert_eq!(server.arrived().len(), 1);
    let slow = Script {
        banner: vec![Act::Slowly("220 slow.example ESMTP")],
        dot: vec![Act::Slowly("250 2.0.0 at last")],
        ..Script::default()
    };
    assert_eq!(reply(slow).await.0, Reply::Sent("250 2.0.0 at last".to_owned()));
}

#[tokio::test]
async fn a_wrong_password_is_the_operators_and_a_busy_login_is_not() {
    for (answer, operator) in [("535 5.7.8 wrong password", true), ("454 4.7.0 try again", false)] {
        let script = Script { offers: vec!["AUTH PLAIN LOGIN"], auth: vec![Act::Say(answer)], ..Script::default() };
        let server = Server::start(script).await;
        let mut mailer = mailer(server.port, Security::None);
        if let Transport::Smtp(smtp) = &mut mailer.transport {
            smtp.username = Some("watch".to_owned());
            smtp.password = Some("secret".to_owned());
        }
        later(&mailer.send(&one(), FROM, TO).await, operator, answer);
        let fault = mailer.diagnose(&one(), FROM, TO).await.expect_err("a fault");
        assert_eq!(fault.stage, Stage::Auth);
        assert!(!format!("{mailer:?}").contains("secret"), "the password stands in the debug form");
    }
}

/// A server certificate for `name`, signed by itself, and the acceptor that shows it.
fn certificate(name: &str) -> (String, tokio_rustls::TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).expect("a pair");
    (made.cert.pem(), tokio_rustls::TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn nothing_is_sent_without_tls_that_holds() {
    let stripped = Server::start(Script::default()).await;
    later(&mailer(stripped.port, Security::Starttls).send(&one(), FROM, TO).await, true, "offers no STARTTLS");

    let (_, acceptor) = certificate("localhost");
    let own = Server::start(Script { offers: vec!["STARTTLS"], tls: Some(acceptor), ..Script::default() }).await;
    later(&mailer(own.port, Security::Starttls).send(&one(), FROM, TO).await, true, "TLS with the mail server");

    let (pem, acceptor) = certificate("elsewhere.example");
    let other = Server::start(Script { offers: vec!["STARTTLS"], tls: Some(acceptor), ..Script::default() }).await;
    let answer = trusting(&pem, other.port).send(&one(), FROM, TO).await;
    later(&answer, true, "TLS with the mail server");
    for server in [stripped, own, other] {
        assert!(server.arrived().is_empty());
    }
}

#[tokio::test]
async fn a_private_issuer_that_is_named_is_trusted() {
    let (pem, acceptor) = certificate("localhost");
    let server = Server::start(Script { offers: vec!["STARTTLS"], tls: Some(acceptor), ..Script::default() }).await;
    let answer = trusting(&pem, server.port).send(&one(), FROM, TO).await;
    assert_eq!(answer, Reply::Sent("250 2.0.0 queued as 42".to_owned()));
}

/// A mailer that trusts one more issuer; its file lives as long as the test's process.
fn trusting(pem: &str, port: u16) -> Mailer {
    let file = tempfile::NamedTempFile::new().expect("a file").into_temp_path().keep().expect("a path");
    std::fs::write(&file, pem).expect("written");
    let mut mailer = mailer(port, Security::Starttls);
    if let Transport::Smtp(smtp) = &mut mailer.transport {
        smtp.extra_ca = Some(file);
    }
    mailer
}

#[tokio::test]
async fn faults_of_the_way_are_told_apart() {
    let free =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("its address").port();
    let fault = mailer(free, Security::None).diagnose(&one(), FROM, TO).await.expect_err("nobody listens");
    assert_eq!(fault.stage, Stage::Connect);
    let mut clear = mailer(free, Security::None);
    if let Transport::Smtp(smtp) = &mut clear.transport {
        smtp.host = "mail.example.org".to_owned();
    }
    let fault = clear.diagnose(&one(), FROM, TO).await.expect_err("in clear to elsewhere");
    assert_eq!(fault.stage, Stage::Settings);
    assert!(fault.text.contains("never go in clear"), "{fault}");
    let mut nowhere = mailer(free, Security::Starttls);
    if let Transport::Smtp(smtp) = &mut nowhere.transport {
        smtp.host = "no such name".to_owned();
    }
    let fault = nowhere.diagnose(&one(), FROM, TO).await.expect_err("no such name");
    assert_eq!(fault.stage, Stage::Dns);
}

#[tokio::test]
async fn a_mailbox_directory_gets_whole_files_in_order_of_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let mailer = Mailer::new(Transport::Mailbox(directory.path().join("mailbox")));
    for _ in 0..2 {
        assert!(matches!(mailer.send(&one(), FROM, TO).await, Reply::Sent(text) if text.starts_with("written to ")));
    }
    let files: Vec<_> = std::fs::read_dir(directory.path().join("mailbox"))
        .expect("listing")
        .map(|file| file.expect("a file").path())
        .collect();
    assert_eq!(files.len(), 1, "the same octets are the same file: {files:?}");
    let name = files[0].file_name().expect("a name").to_string_lossy().into_owned();
    assert!(name.starts_with("20260301T182500Z-weakened-"), "{name}");
    assert_eq!(files[0].extension().and_then(|ending| ending.to_str()), Some("eml"));
    assert_eq!(std::fs::read(&files[0]).expect("the letter"), one());
}

#[tokio::test]
async fn sendmail_that_is_not_there_is_the_operators() {
    let mailer = Mailer::new(Transport::Sendmail("/nowhere/sendmail".into()));
    later(&mailer.send(&one(), FROM, TO).await, true, "/nowhere/sendmail");
}
