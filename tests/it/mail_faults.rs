//! The table of what a mail server can do to a letter: each row as a script of the server, with where the letters stand
//! meanwhile and what arrives in the end. Lived through in `whole::mail_faults`, and met at random by
//! `xtask/src/bin/kill_loop`.
//!
//! Knows no engine and asserts nothing. A row that is missing here is a row that nobody tests.

use crate::certificates::{Authority, authority, config, leaf};
use crate::smtp_server::{Act, Script};
use noticewatch::io::store::OutboxState;
use noticewatch::io::store::OutboxState::{Queued, Refused, Sent};

use rcgen::{CertificateParams, date_time_ymd};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// The recipient over whom a row stumbles, where it does not stumble over all.
pub const ONE: &str = "counsel@law.example";

/// What arrives in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    /// Each letter, once.
    Once,
    /// Each letter, some of them again with the same octets: the server took one and never said so.
    Again,
    /// None.
    Never,
}

/// How the connection is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// In clear, to this machine.
    Clear,
    /// STARTTLS.
    Starttls,
    /// TLS from the first octet.
    Implicit,
    /// In clear, with a login.
    Login,
}

/// One row.
pub struct Row {
    /// A word that names it.
    pub name: &'static str,
    /// How the server behaves.
    pub script: Script,
    /// How the program is set up.
    pub setup: Setup,
    /// It costs time: the client waits until its bound.
    pub slow: bool,
    /// Where the first letter to [`ONE`] stands meanwhile, and what was said of it.
    pub one: (OutboxState, &'static str),
    /// Where the first letters to the others stand meanwhile.
    pub others: OutboxState,
    /// What arrives at [`ONE`] once the server is well.
    pub comes: Comes,
    /// What arrives at the others.
    pub others_come: Comes,
}

/// Certificates for the rows.
pub struct Papers {
    pub authority: Authority,
    good: TlsAcceptor,
    expired: TlsAcceptor,
    elsewhere: TlsAcceptor,
    unknown: TlsAcceptor,
}

/// Makes them.
pub fn papers() -> Papers {
    let authority = authority();
    let made = |params: &CertificateParams, signed: bool| {
        TlsAcceptor::from(Arc::new(config(params, signed.then_some(&authority)).0))
    };
    let mut late = leaf("localhost");
    (late.not_before, late.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 3, 1));
    let (good, expired) = (made(&leaf("localhost"), true), made(&late, true));
    let (elsewhere, unknown) = (made(&leaf("elsewhere.example"), true), made(&leaf("localhost"), false));
    Papers { authority, good, expired, elsewhere, unknown }
}

/// The server when it is well again.
pub fn well(setup: Setup, papers: &Papers) -> Script {
    let tls = Some(papers.good.clone());
    match setup {
        Setup::Clear => Script::default(),
        Setup::Login => Script { offers: vec!["AUTH PLAIN LOGIN"], ..Script::default() },
        Setup::Starttls => Script { offers: vec!["STARTTLS"], tls, ..Script::default() },
        Setup::Implicit => Script { implicit: true, tls, ..Script::default() },
    }
}

fn say(text: &'static str) -> Vec<Act> {
    vec![Act::Say(text)]
}

/// A row in which all letters wait until the server is well.
fn waits(name: &'static str, said: &'static str, script: Script) -> Row {
    let one = (Queued, said);
    let (comes, others_come) = (Comes::Once, Comes::Once);
    Row { name, script, setup: Setup::Clear, slow: false, one, others: Queued, comes, others_come }
}

/// A row in which only the letters to [`ONE`] are not taken.
fn stumbles(name: &'static str, one: (OutboxState, &'static str), own: Script) -> Row {
    let script = Script { only: vec![(ONE, own)], ..Script::default() };
    let comes = if one.0 == Refused { Comes::Never } else { Comes::Once };
    Row { one, others: Sent, comes, ..waits(name, "", script) }
}

fn again(row: Row) -> Row {
    Row { comes: Comes::Again, others_come: Comes::Again, ..row }
}

fn slow(row: Row) -> Row {
    Row { slow: true, ..row }
}

fn over(setup: Setup, row: Row) -> Row {
    Row { setup, ..row }
}

/// Every row.
pub fn rows(papers: &Papers) -> Vec<Row> {
    let mut rows = passing();
    rows.extend(lasting());
    rows.extend(breaking());
    rows.extend(hanging());
    rows.extend(taking());
    rows.extend(tls(papers));
    rows.extend(logins());
    rows
}

/// 4xx: later, whatever it is about.
fn passing() -> Vec<Row> {
    let two = |first, then| vec![Act::Say(first), Act::Say(then)];
    let mut five = vec![Act::Say("450 4.2.0 mailbox busy"); 3];
    five.push(Act::Say("250 2.1.5 fine"));
    vec![
        waits(
            "banner-421",
            "greeting of the mail server: 421 4.3.2 not now",
            Script { banner: say("421 4.3.2 not now"), ..Script::default() },
        ),
        waits(
            "mail-421",
            "sender address: 421 4.7.0 too many from you",
            Script { mail: say("421 4.7.0 too many from you"), ..Script::default() },
        ),
        waits("dot-354", "letter: 354 go on", Script { dot: say("354 go on"), ..Script::default() }),
        waits("dot-452", "letter: 452 4.3.1 no room", Script { dot: say("452 4.3.1 no room"), ..Script::default() }),
        waits(
            "data-451",
            "letter: 451 4.3.0 not just now",
            Script { data: say("451 4.3.0 not just now"), ..Script::default() },
        ),
        // They end by themselves, after one try and after three.
        stumbles(
            "greylisting",
            (Sent, "250"),
            Script { rcpt: two("451 4.7.1 greylisted", "250 2.1.5 fine"), ..Script::default() },
        ),
        stumbles("busy-for-three-tries", (Sent, "250"), Script { rcpt: five, ..Script::default() }),
        waits(
            "words-for-terminals",
            "letter: 451 try [31mlater",
            Script { dot: say("451 try\u{1b}[31mlater"), ..Script::default() },
        ),
    ]
}

/// 5xx: final where it is about the recipient or the letter, and only there.
fn lasting() -> Vec<Row> {
    let refused = |said| (Refused, said);
    let never = |row: Row| Row { others: Refused, comes: Comes::Never, others_come: Comes::Never, ..row };
    let all = |name, said, script| never(Row { one: refused(said), ..waits(name, "", script) });
    vec![
        stumbles(
            "rcpt-550-for-one",
            refused("550 5.1.1 no such user"),
            Script { rcpt: say("550 5.1.1 no such user"), ..Script::default() },
        ),
        all(
            "rcpt-550-for-all",
            "550 5.7.1 relaying denied",
            Script { rcpt: say("550 5.7.1 relaying denied"), ..Script::default() },
        ),
        stumbles(
            "data-554-for-one",
            refused("554 5.5.1 no"),
            Script { data: say("554 5.5.1 no"), ..Script::default() },
        ),
        stumbles(
            "dot-554-for-one",
            refused("554 5.7.1 spam"),
            Script { dot: say("554 5.7.1 spam"), ..Script::default() },
        ),
        all(
            "dot-550-for-all",
            "550 5.6.0 not such letters",
            Script { dot: say("550 5.6.0 not such letters"), ..Script::default() },
        ),
        all(
            "size-limit",
            "552 5.3.4 message size exceeds fixed limit",
            Script { offers: vec!["SIZE 1000"], size: Some(1000), ..Script::default() },
        ),
        // About us, not about the letter: a changed setting must not empty the queue.
        waits(
            "banner-554",
            "greeting of the mail server: 554 5.7.1 not you",
            Script { banner: say("554 5.7.1 not you"), ..Script::default() },
        ),
        waits(
            "mail-550",
            "sender address: 550 5.7.1 not from there",
            Script { mail: say("550 5.7.1 not from there"), ..Script::default() },
        ),
        waits(
            "rcpt-530",
            "recipient address: 530 5.7.0 log in first",
            Script { rcpt: say("530 5.7.0 log in first"), ..Script::default() },
        ),
    ]
}

/// Connections that end.
fn breaking() -> Vec<Row> {
    let cut = || vec![Act::Drop];
    vec![
        waits("drop-at-banner", "greeting of the mail server", Script { banner: cut(), ..Script::default() }),
        waits("drop-at-mail", "sender address", Script { mail: cut(), ..Script::default() }),
        waits("drop-at-rcpt", "recipient address", Script { rcpt: cut(), ..Script::default() }),
        waits("drop-at-data", "letter", Script { data: cut(), ..Script::default() }),
        waits("drop-after-data", "letter", Script { dot: cut(), ..Script::default() }),
        again(waits("drop-after-taking", "letter", Script { dot: vec![Act::TakeAndDrop], ..Script::default() })),
        waits(
            "not-smtp",
            "greeting of the mail server",
            Script { banner: say("HTTP/1.1 400 Bad Request"), ..Script::default() },
        ),
    ]
}

/// Servers that fall silent, for ever.
fn hanging() -> Vec<Row> {
    let hang = || vec![Act::Hang];
    let none = "no answer in the time given";
    let rows = vec![
        waits("hang-at-connect", none, Script { banner: hang(), ..Script::default() }),
        waits("hang-at-mail", none, Script { mail: hang(), ..Script::default() }),
        waits("hang-at-rcpt", none, Script { rcpt: hang(), ..Script::default() }),
        stumbles("hang-at-rcpt-of-one", (Queued, none), Script { rcpt: hang(), ..Script::default() }),
        waits("hang-at-data", none, Script { data: hang(), ..Script::default() }),
        waits("hang-after-the-dot", none, Script { dot: hang(), ..Script::default() }),
        again(waits("hang-after-taking", none, Script { dot: vec![Act::TakeAndHang], ..Script::default() })),
    ];
    rows.into_iter().map(slow).collect()
}

/// Servers that take all letters, each in its way; among them those that know only HELO (RFC 5321, 3.2 and 4.1.4).
fn taking() -> Vec<Row> {
    let taken = |name, script| Row { others: Sent, one: (Sent, "250"), ..waits(name, "", script) };
    let old = |answer| Script { ehlo: Some(answer), ..Script::default() };
    vec![
        taken("no-8bitmime", Script::default()),
        taken("helo-after-500", old("500 5.5.1 command unrecognized")),
        taken("helo-after-502", old("502 5.5.1 EHLO not implemented")),
        taken(
            "all-that-there-is",
            Script {
                offers: vec!["8BITMIME", "SMTPUTF8", "PIPELINING", "CHUNKING", "SIZE 10240000", "DSN"],
                ..Script::default()
            },
        ),
        taken(
            "slow",
            Script {
                banner: vec![Act::Slowly("220 slow.example ESMTP")],
                rcpt: vec![Act::Slowly("250 2.1.5 well then")],
                dot: vec![Act::Slowly("250 2.0.0 at last")],
                ..Script::default()
            },
        ),
        taken(
            "many-lines",
            Script {
                banner: say("220-test.example ESMTP\r\n220-be nice\r\n220 thank you"),
                dot: say("250-2.0.0 queued\r\n250 as 42"),
                ..Script::default()
            },
        ),
    ]
}

/// What can be wrong with TLS; nothing goes out in clear.
fn tls(papers: &Papers) -> Vec<Row> {
    let starttls =
        |tls: Option<&TlsAcceptor>| Script { offers: vec!["STARTTLS"], tls: tls.cloned(), ..Script::default() };
    let words = "TLS with the mail server: ";
    let taken =
        |name, setup| over(setup, Row { others: Sent, one: (Sent, "250"), ..waits(name, "", well(setup, papers)) });
    let rows = vec![
        waits(
            "starttls-where-only-helo-is-known",
            "greeting of the mail server: 502 5.5.1 EHLO not implemented",
            Script { ehlo: Some("502 5.5.1 EHLO not implemented"), ..starttls(Some(&papers.good)) },
        ),
        waits("starttls-stripped", "offers no STARTTLS, so nothing was sent", Script::default()),
        waits(
            "starttls-454",
            "454 4.7.0 TLS not available",
            Script { starttls: say("454 4.7.0 TLS not available"), ..starttls(None) },
        ),
        waits("starttls-garbage", words, Script { starttls: say("220 go ahead\r\nhello, hello"), ..starttls(None) }),
        waits("starttls-cut", words, starttls(None)),
        // What is said in clear before TLS begins is no answer to what is asked under TLS.
        waits(
            "starttls-injection",
            words,
            Script { starttls: say("220 go ahead\r\n250-test.example\r\n250 HELP"), ..starttls(Some(&papers.good)) },
        ),
        waits("certificate-expired", "the server's certificate has expired", starttls(Some(&papers.expired))),
        waits(
            "certificate-for-another",
            "the server's certificate is for another name",
            starttls(Some(&papers.elsewhere)),
        ),
        waits("certificate-of-nobody", "signed by nobody that this machine trusts", starttls(Some(&papers.unknown))),
    ];
    let mut rows: Vec<Row> = rows.into_iter().map(|row| over(Setup::Starttls, row)).collect();
    rows.push(over(
        Setup::Implicit,
        waits("implicit-to-clear", "the server does not speak TLS there", Script::default()),
    ));
    rows.push(slow(over(Setup::Starttls, waits("starttls-to-implicit", "no answer", well(Setup::Implicit, papers)))));
    rows.push(taken("starttls", Setup::Starttls));
    rows.push(taken("implicit", Setup::Implicit));
    rows
}

/// What can be wrong with a login.
fn logins() -> Vec<Row> {
    let auth = |answer| Script { offers: vec!["AUTH PLAIN LOGIN"], auth: say(answer), ..Script::default() };
    let rows = vec![
        waits("auth-535", "user name and password: 535 5.7.8 wrong password", auth("535 5.7.8 wrong password")),
        waits("auth-454", "user name and password: 454 4.7.0 try again", auth("454 4.7.0 try again")),
        waits(
            "auth-where-only-helo-is-known",
            "greeting of the mail server: 500 5.5.1 what",
            Script { ehlo: Some("500 5.5.1 what"), ..Script::default() },
        ),
        waits("auth-not-offered", "offers no login by PLAIN or LOGIN", Script::default()),
    ];
    rows.into_iter().map(|row| over(Setup::Login, row)).collect()
}
