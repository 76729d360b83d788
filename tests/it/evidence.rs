//! Tests of: what proves. Daily roots in the real store, the request for a stamp and its answer, and the WARC writer.

use jiff::{Timestamp, ToSpan};
use noticewatch::io::store::{Recorded, Stamp, Store};
use noticewatch::io::tsa;
use noticewatch::io::tsa::TsaError;
use noticewatch::io::warc::Warc;
use noticewatch_core::capture::{Capture, Outcome, Sha256, Visit};

use std::fmt::Write;
use std::path::Path;

const TARGET: &str = "palaver-law";
const NONCE: [u8; 8] = [0x41, 2, 3, 4, 5, 6, 7, 8];

fn at(hours: i64) -> Timestamp {
    "2026-01-01T06:00:00Z".parse::<Timestamp>().expect("a time") + hours.hours()
}

fn capture(hours: i64, text: &str) -> Capture {
    Capture {
        target: TARGET.into(),
        started: at(hours),
        ended: at(hours) + 1.second(),
        url: "https://palaver.example/legal?of=users".into(),
        final_url: "https://palaver.example/legal?of=users".into(),
        status: 200,
        request_headers: vec![("accept".into(), "text/html".into())],
        headers: vec![("content-encoding".into(), "gzip".into()), ("x-note".into(), "a\r\nb: c".into())],
        media_type: "text/html".into(),
        sha256: Sha256::of(text.as_bytes()),
        peer: Some("192.0.2.7:443".into()),
        protocol: Some("HTTP/2.0".into()),
        program: "noticewatch/0.1.0".into(),
        body: text.as_bytes().to_vec(),
        ..Capture::default()
    }
}

fn visit(hours: i64, outcome: Outcome) -> Visit {
    Visit { target: TARGET.into(), at: at(hours), unconditional: true, twin: None, recorded: false, outcome }
}

fn captured(hours: i64, text: &str) -> Recorded {
    let capture = capture(hours, text);
    let outcome = Outcome::Captured { sha256: capture.sha256 };
    Recorded { visit: visit(hours, outcome), capture: Some(capture) }
}

fn unchanged(hours: i64, text: &str) -> Recorded {
    let kept = Sha256::of(text.as_bytes());
    Recorded { visit: visit(hours, Outcome::NotModified { kept }), capture: None }
}

/// A store with three days in it, and a root after each.
fn three_days(dir: &Path) -> Store {
    let mut store = Store::open(dir).expect("a store");
    for day in 0..3 {
        let text = format!("<p>We tell users, edition {day}.</p>");
        store.record(&[captured(day * 24, &text), unchanged(day * 24 + 1, &text)]).expect("recorded");
        assert!(store.make_root(at(day * 24 + 2)).expect("a root").is_some());
    }
    store
}

#[test]
fn a_root_a_day_covers_every_record_and_look_and_follows_the_one_before() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = three_days(dir.path());
    assert!(store.make_root(at(50)).expect("no error").is_none(), "one a day");
    assert!(store.make_root(at(80)).expect("no error").is_none(), "none without anything new");
    let roots = store.roots().expect("roots");
    assert_eq!(
        roots.iter().map(noticewatch::io::store::Root::day).collect::<Vec<_>>(),
        ["2026-01-01", "2026-01-02", "2026-01-03"]
    );
    let first = "<p>We tell users, edition 0.</p>";
    let mut kinds = Vec::new();
    let list = store
        .list_of(&roots[0], &mut |said| {
            assert_eq!(said.sha256, Sha256::of(&said.text));
            kinds.push(said.kind);
            if said.kind == "look" {
                let look: Visit = serde_json::from_slice(&said.text).expect("a look");
                assert_eq!(look, unchanged(1, first).visit);
            }
        })
        .expect("a list");
    assert_eq!(kinds, ["capture", "look"]);
    for (root, before) in roots.iter().skip(1).zip(&roots) {
        assert!(root.text.contains(&format!("previous root: {}", before.sha256)), "{}", root.text);
        assert_eq!(Sha256::of(root.text.as_bytes()), root.sha256);
    }
    assert!(roots[0].text.contains(&format!("list of records: {}", Sha256::of(list.as_bytes()))), "{}", roots[0].text);
    drop(store);
    let report = Store::verify_in(dir.path()).expect("a report");
    assert_eq!((report.roots, report.damage), (3, Vec::new()));
    let beside = Store::read_only(dir.path()).expect("a store");
    assert_eq!(beside.roots().expect("roots"), roots);
    assert_eq!(beside.list_of(&roots[0], &mut |_| ()).expect("a list"), list);
}

/// Who can write checksums can forge a line, but no root that fits.
#[test]
fn a_forged_root_is_named_by_its_day() {
    for (whole, why) in
        [(false, "is not the digest of what it names"), (true, "does not fit the records that it covers")]
    {
        let dir = tempfile::tempdir().expect("a directory");
        drop(three_days(dir.path()));
        let path = dir.path().join("journal.jsonl");
        let journal = std::fs::read_to_string(&path).expect("the journal");
        let (rest, last) = journal.trim_end().rsplit_once('\n').expect("lines");
        let mut value: serde_json::Value = serde_json::from_str(last).expect("a line");
        let heading = &mut value["value"];
        if whole {
            // Another list, and a root that fits it.
            let listed = heading["list"].as_str().expect("a list").to_owned();
            let root = Store::read_only(dir.path()).expect("a store").roots().expect("roots").pop().expect("a root");
            let other = Sha256::of(b"another list");
            heading["list"] = other.to_string().into();
            heading["root"] = Sha256::of(root.text.replace(&listed, &other.to_string()).as_bytes()).to_string().into();
        } else {
            heading["records"] = 17.into();
        }
        // The members in their old order: the checksum is over the text.
        let mut line = last[..last.len() - 18].to_owned();
        let old: serde_json::Value = serde_json::from_str(last).expect("a line");
        for key in ["records", "list", "root"] {
            let member = |value: &serde_json::Value| format!("\"{key}\":{}", value["value"][key]);
            line = line.replace(&member(&old), &member(&value));
        }
        let sum = crc32fast::hash(line.as_bytes());
        let _ = write!(line, ",\"crc\":\"{sum:08x}\"}}");
        std::fs::write(&path, format!("{rest}\n{line}\n")).expect("written");
        let report = Store::verify_in(dir.path()).expect("a report");
        let said: Vec<String> = report.damage.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains(&format!("the root of 2026-01-03 {why}"))), "{why}: {said:?}");
    }
}

#[test]
fn a_stamp_is_kept_with_its_root_and_found_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = three_days(dir.path());
    let root = store.roots().expect("roots").pop().expect("a root");
    let (request, response) = (b"the request".as_slice(), b"the response".as_slice());
    let stamp = Stamp {
        root: root.sha256,
        url: "https://tsa.example/".into(),
        request: Sha256::of(request),
        response: Sha256::of(response),
        authority: None,
        time: at(51),
    };
    store.keep_stamp(&root, &stamp, &[request, response], at(51)).expect("kept");
    drop(store);
    assert!(Store::verify_in(dir.path()).expect("a report").damage.is_empty());
    let store = Store::open(dir.path()).expect("a store");
    let stamped = store.roots().expect("roots").pop().expect("a root");
    assert_eq!(stamped.stamp, Some(stamp));
    assert_eq!(store.paper(&Sha256::of(response)).expect("no damage").as_deref(), Some(response));
    assert!(store.marks().expect("marks").keys().all(|key| !key.starts_with("root/")), "marks are read often");
}

#[test]
fn a_stamp_is_taken_for_what_it_stamps_alone() {
    let read = |name: &str| std::fs::read(Path::new("tests/stamps").join(name)).expect(name);
    let digest = Sha256::of(&read("root.txt"));
    assert_eq!(tsa::request(&digest, NONCE).expect("a request"), read("root.tsq"));
    let response = read("root.tsr");
    // The authority states fractions of a second.
    assert_eq!(tsa::time(&response, &digest, NONCE).expect("a stamp"), "2026-11-23T11:28:26Z".parse().expect("a time"));
    let other = Sha256::of(b"something else");
    assert!(matches!(tsa::time(&response, &other, NONCE), Err(TsaError::Other)));
    assert!(matches!(tsa::time(&response, &digest, [7; 8]), Err(TsaError::Other)));
    assert!(matches!(tsa::time(&read("refused.tsr"), &digest, NONCE), Err(TsaError::Refused(2))));
    for broken in [&response[..response.len() - 9], b"<html>not found</html>", b""] {
        assert!(matches!(tsa::time(broken, &digest, NONCE), Err(TsaError::Unreadable(_))));
    }
}

#[test]
fn a_warc_file_says_what_was_asked_and_answered_and_gives_the_same_octets_again() {
    let text = "<p>We tell users.</p>";
    let written = || {
        let mut warc = Warc::new("captures.warc", at(9), &[("software", "noticewatch/0.1.0")]);
        let id = warc.capture(&capture(0, text), None);
        warc.look(&unchanged(1, text).visit, &capture(0, text), &id);
        warc.finish()
    };
    let octets = written();
    assert_eq!(octets, written());
    let warc = String::from_utf8(octets).expect("text");
    for wanted in [
        "WARC/1.1\r\nWARC-Type: warcinfo\r\n",
        "WARC-Type: response\r\n",
        "WARC-Target-URI: https://palaver.example/legal?of=users\r\n",
        "WARC-IP-Address: 192.0.2.7\r\nWARC-Protocol: h2\r\n",
        &format!("WARC-Payload-Digest: sha256:{}\r\n", Sha256::of(text.as_bytes())),
        "HTTP/1.1 200 OK\r\nX-Orig-content-encoding: gzip\r\nx-note: a  b: c\r\nContent-Length: 21\r\n\r\n<p>We tell users.</p>\r\n\r\nWARC/1.1\r\n",
        "GET /legal?of=users HTTP/1.1\r\nHost: palaver.example\r\naccept: text/html\r\n\r\n",
        "WARC-Type: revisit\r\n",
        "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified\r\n",
    ] {
        assert!(warc.contains(wanted), "{wanted} in {warc}");
    }
    let ids: Vec<&str> = warc.lines().filter_map(|line| line.strip_prefix("WARC-Record-ID: ")).collect();
    let unlike: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!((ids.len(), unlike.len()), (5, 5), "{ids:?}");
}
