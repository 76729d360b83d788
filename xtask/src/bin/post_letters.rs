//! Every golden letter as the mail that the program makes of it: written as files, and sent to a mail server.
//!
//! `cargo run -p xtask --bin post_letters -- DIRECTORY [PORT]`: each `tests/letters/NAME.material.json` becomes
//! `DIRECTORY/NAME.eml`, and `NAME-text.eml` without the HTML part; with a port all of them go, in clear, to the mail
//! server that listens there on this machine. Exit code 1 where one is not taken.

use noticewatch::config::Party;
use noticewatch::io::mail::{Envelope, Mailer, Reply, Security, Smtp, Transport, message_id, octets, thread_root};
use noticewatch_core::letter::{Letter, Material, compose};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Failure = Box<dyn std::error::Error>;

const FROM: &str = "watch@noticewatch.example";
const TO: &str = "counsel@law.example";
const DOMAIN: &str = "noticewatch.example";

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(post())
}

#[tokio::main(flavor = "current_thread")]
async fn post() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(directory) = arguments.first().map(PathBuf::from) else {
        noticewatch::complain!("usage: post_letters DIRECTORY [PORT]");
        return Ok(ExitCode::from(64));
    };
    let mailer = arguments.get(1).map(|port| port.parse().map(mailer)).transpose()?;
    let (mut sent, mut turned_down) = (0, 0);
    for (name, octets) in letters()? {
        std::fs::write(directory.join(format!("{name}.eml")), &octets)?;
        let Some(mailer) = &mailer else { continue };
        match mailer.send(&octets, FROM, TO).await {
            Reply::Sent(_) => sent += 1,
            reply => {
                turned_down += 1;
                noticewatch::say!("{name}: {reply:?}");
            }
        }
    }
    if mailer.is_some() {
        noticewatch::say!("{sent} letters taken, {turned_down} not");
    }
    Ok(if turned_down == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn mailer(port: u16) -> Mailer {
    let (host, tls, helo) = ("127.0.0.1".to_owned(), Security::None, Some("client.example".to_owned()));
    Mailer::new(Transport::Smtp(Smtp { host, port, tls, helo, ..Smtp::default() }))
}

/// Names and octets.
fn letters() -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/letters");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(cases)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let mut letters = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".material.json") else { continue };
        let material: Material = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
        let letter = compose(&material);
        for (ending, text_only) in [("", false), ("-text", true)] {
            letters.push((format!("{name}{ending}"), octets(&letter, &envelope(&letter, &material, text_only))?));
        }
    }
    if letters.is_empty() { Err("no letters in tests/letters".into()) } else { Ok(letters) }
}

fn envelope(letter: &Letter, material: &Material, text_only: bool) -> Envelope {
    let id = if text_only { format!("{}t", letter.id) } else { letter.id.clone() };
    Envelope {
        from: Party { name: Some("noticewatch".to_owned()), ..Party::of(FROM) },
        to: Party::of(TO),
        message_id: message_id(&id, TO, DOMAIN),
        date: material.at,
        list_id: Some(DOMAIN.to_owned()),
        unsubscribe: Some("watch@noticewatch.example".to_owned()),
        in_reply_to: letter.thread.as_deref().map(|target| thread_root(target, TO, DOMAIN)),
        text_only,
        ..Envelope::default()
    }
}
