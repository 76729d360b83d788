//! Tests of: store. The real store on a real disk: reopened, damaged on purpose, and killed for real.

use jiff::{Timestamp, ToSpan};
use noticewatch::io::store::{
    Cache, Decision, DecisionKind, OutboxState, Outgoing, Recorded, ReplyKind, Store, StoreError,
};
use noticewatch_core::capture::{Capture, Missed, Outcome, Sha256, TlsSession, Visit, Why};
use noticewatch_core::target::Target;

use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// No damage, no targets.
const NONE: [&str; 0] = [];

pub fn at(minutes: i64) -> Timestamp {
    "2026-03-01T06:00:00Z".parse::<Timestamp>().expect("a time") + minutes.minutes()
}

/// Octets that no compression makes smaller.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Random(seed);
    (0..length).map(|_| random.next().to_le_bytes()[3]).collect()
}

/// A page of some length; pages with the same seed differ in one number.
pub fn page(seed: u64, edition: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let words = ["notify", "users", "before", "we", "disclose", "their", "data", "unless", "law", "forbids", "it"];
    let mut word = || {
        let word = words[usize::try_from(random.next() % 11).expect("small")];
        format!("{word}{} ", random.next() % 50)
    };
    let text = (0..4000).map(|_| word()).collect::<Vec<_>>().concat();
    format!("<html><body data-edition=\"{edition}\"><p>{text}</p></body></html>").into_bytes()
}

pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 20
    }
}

pub fn capture(target: &str, minutes: i64, body: Vec<u8>) -> Recorded {
    let capture = Capture {
        target: target.into(),
        started: at(minutes),
        ended: at(minutes),
        url: "https://palaver.example/legal".into(),
        final_url: "https://palaver.example/legal/".into(),
        status: 200,
        request_headers: vec![("user-agent".into(), "noticewatch".into())],
        headers: vec![("etag".into(), format!("\"{minutes}\"")), ("content-type".into(), "text/html".into())],
        media_type: "text/html".into(),
        charset: Some("utf-8".into()),
        sha256: Sha256::of(&body),
        sha256_received: Some(Sha256::of(b"as received")),
        peer: Some("192.0.2.7:443".into()),
        tls: Some(TlsSession { version: None, certificate: Sha256::of(b"certificate") }),
        program: "noticewatch 0.1.0".into(),
        body,
        ..Capture::default()
    };
    let outcome = Outcome::Captured { sha256: capture.sha256 };
    Recorded { visit: visit(target, minutes, outcome).visit, capture: Some(capture) }
}

pub fn visit(target: &str, minutes: i64, outcome: Outcome) -> Recorded {
    let (target, at) = (target.into(), at(minutes));
    Recorded { visit: Visit { target, at, unconditional: false, twin: None, recorded: false, outcome }, capture: None }
}

pub fn letter(number: u64, recipient: &str) -> Outgoing {
    Outgoing {
        id: format!("letter-{number}"),
        recipient: recipient.into(),
        message_id: format!("<{number}.{recipient}>"),
        at: at(i64::try_from(number).expect("small")),
        octets: format!("To: {recipient}\r\n\r\nLetter {number}\r\n").into_bytes(),
        told: vec![json!({"finding": number}), json!({"finding": number, "before": "word ".repeat(2000)})],
        note: json!({"occasion": "digest"}),
    }
}

/// All that a store answers, as one text to compare.
pub fn answers(store: &Store) -> String {
    let mut lines = Vec::new();
    for target in store.targets().expect("targets") {
        lines.push(format!("{target}: {:?}", store.visits(&target).expect("visits")));
        for (at, header) in store.captures_of(&target).expect("captures") {
            let full = store.capture(&header.sha256).expect("a capture").expect("kept");
            assert_eq!(Sha256::of(&full.body), header.sha256);
            lines.push(format!("{at} {}", serde_json::to_string(&header).expect("JSON")));
        }
    }
    for row in store.outbox().expect("outbox") {
        let octets = String::from_utf8(store.octets(row.id).expect("octets")).expect("text");
        lines.push(format!("{row:?} {octets}"));
    }
    lines.push(format!("{:?}", store.definitions().expect("definitions")));
    lines.push(format!("{:?}", store.told().expect("told")));
    lines.push(format!("{:?}", store.marks().expect("marks")));
    lines.push(format!("{:?}", store.decisions().expect("decisions")));
    lines.join("\n")
}

/// A store with something of everything in it.
pub fn filled(dir: &Path) -> String {
    let mut store = Store::open(dir).expect("a new store");
    assert_eq!(store.damage(), NONE);
    fill(&mut store);
    answers(&store)
}

pub fn fill(store: &mut Store) {
    let target = Target { id: "palaver-legal".into(), service: "Palaver".into(), ..Target::default() };
    assert!(store.define(at(0), &target).expect("defined"));
    for edition in 0..5 {
        let minutes = i64::try_from(edition).expect("small") * 60;
        let first = capture("palaver-legal", minutes, page(1, edition));
        let kept = first.visit.seen().expect("kept");
        let same = Outcome::SameText { sha256: Sha256::of(&edition.to_le_bytes()), kept };
        let missed =
            Missed { why: Why::Busy, detail: "come back later".into(), status: Some(503), retry_after_s: Some(9) };
        let group = [
            first,
            visit("palaver-legal", minutes + 10, Outcome::NotModified { kept }),
            visit("quill-privacy", minutes + 10, Outcome::Missed(missed)),
            visit("palaver-legal", minutes + 20, same),
        ];
        store.record(&group).expect("recorded");
    }
    let rows = store.tell(&[letter(1, "a@example.org"), letter(1, "b@example.org")]).expect("told");
    store.reply(rows[0], at(2), ReplyKind::Later, "451 try later", Some(at(12))).expect("noted");
    store.reply(rows[0], at(12), ReplyKind::Sent, "250 ok", None).expect("noted");
    store.reply(rows[1], at(2), ReplyKind::Refused, "550 no such user", None).expect("noted");
    store.mark("recipient/a@example.org", json!({"first": true}), at(1)).expect("marked");
    let (decision, target) = (DecisionKind::Accept, Some("palaver-legal".to_owned()));
    let decision =
        Decision { at: at(5), decision, target, finding: None, letter: None, reason: "really rewritten".into() };
    store.decide(decision).expect("decided");
}

pub fn segment(dir: &Path) -> PathBuf {
    dir.join("archive/000001.nwa")
}

pub fn flip(path: &Path, offset: usize) {
    let mut octets = fs::read(path).expect("a file");
    octets[offset] ^= 0x20;
    fs::write(path, octets).expect("written");
}

#[test]
fn what_the_operator_decides_of_a_letter_is_one_line_and_comes_back() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let letters: Vec<_> = ["a", "b", "c", "d"].map(|name| letter(1, &format!("{name}@example.org"))).into();
    let rows = store.tell(&letters).expect("told");
    let decide = |store: &mut Store, decision, row: usize, minutes| {
        let (letter, reason) = (Some(rows[row]), "as decided".to_owned());
        store
            .decide(Decision { at: at(minutes), decision, target: None, finding: None, letter, reason })
            .expect("decided");
    };
    store.reply(rows[0], at(1), ReplyKind::Later, "451 later", Some(at(60))).expect("noted");
    store.reply(rows[1], at(1), ReplyKind::Sent, "250 ok", None).expect("noted");
    store.reply(rows[2], at(1), ReplyKind::Refused, "550 no", None).expect("noted");
    decide(&mut store, DecisionKind::Drop, 0, 2);
    for row in [1, 2] {
        decide(&mut store, DecisionKind::Drop, row, 2);
        decide(&mut store, DecisionKind::Retry, row, 3);
    }
    decide(&mut store, DecisionKind::Retry, 3, 3);
    let found = store.outbox().expect("the outbox");
    let states: Vec<OutboxState> = found.iter().map(|row| row.state).collect();
    assert_eq!(states, [OutboxState::Dropped, OutboxState::Sent, OutboxState::Queued, OutboxState::Queued]);
    assert_eq!((found[0].last_reply.as_deref(), found[0].next_try), (Some("as decided"), None));
    assert_eq!(found[1].again_at, None, "what the server took is never sent again");
    assert_eq!((found[2].tries, found[2].again_at), (0, Some(at(3))));
    assert_eq!(Store::read_only(dir.path()).expect("beside").outbox().expect("the outbox"), found);
    drop(store);
    assert_eq!(Store::open(dir.path()).expect("again").outbox().expect("the outbox"), found);
    fs::remove_dir_all(dir.path().join("view")).expect("removed");
    assert_eq!(Store::open(dir.path()).expect("anew").outbox().expect("the outbox"), found);
}

#[test]
fn everything_comes_back_as_it_was_given() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let given = capture("palaver-legal", 0, page(1, 1));
    let twin = Visit { twin: Some("other".into()), unconditional: true, ..given.visit.clone() };
    let kept = given.visit.seen().expect("kept");
    let odd = Visit { at: at(3) + 7.nanoseconds(), recorded: true, ..given.visit.clone() };
    let old = Visit { at: at(-10_000_000), outcome: Outcome::NotModified { kept }, ..given.visit.clone() };
    let ancient = Visit { at: "1969-01-01T00:00:00Z".parse().expect("a time"), ..old.clone() };
    let unknown = Visit { at: at(5), outcome: Outcome::NotModified { kept: Sha256::of(b"elsewhere") }, ..old.clone() };
    let mut group = vec![given.clone()];
    let visits = [twin, odd, old, ancient, unknown];
    group.extend(visits.iter().map(|visit| Recorded { visit: visit.clone(), capture: None }));
    store.record(&group).expect("recorded");
    let mut wanted: Vec<Visit> = group.iter().map(|recorded| recorded.visit.clone()).collect();
    wanted.sort_by_key(|visit| visit.at);
    for _ in 0..2 {
        assert_eq!(store.visits("palaver-legal").expect("visits"), wanted);
        assert_eq!(store.capture(&kept).expect("read"), given.capture);
        let header = store.header("palaver-legal", &kept).expect("read").expect("there");
        assert_eq!(
            Capture { body: given.capture.as_ref().expect("given").body.clone(), ..header },
            given.capture.clone().expect("given")
        );
        drop(store);
        store = Store::open(dir.path()).expect("opened again");
    }
    assert_eq!(store.capture(&Sha256::of(b"never seen")).expect("read"), None);
    assert_eq!(store.visits("never-seen").expect("read"), []);
}

#[test]
fn letters_wait_are_sent_and_are_remembered() {
    let dir = TempDir::new().expect("a directory");
    filled(dir.path());
    let store = Store::open(dir.path()).expect("opened");
    let outbox = store.outbox().expect("outbox");
    assert_eq!(outbox.iter().map(|row| row.state).collect::<Vec<_>>(), [OutboxState::Sent, OutboxState::Refused]);
    assert_eq!((outbox[0].tries, outbox[0].last_reply.as_deref()), (2, Some("250 ok")));
    assert_eq!(store.octets(outbox[1].id).expect("octets"), letter(1, "b@example.org").octets);
    let told = store.told().expect("told");
    assert_eq!(
        told.iter().map(|told| told.recipient.as_str()).collect::<Vec<_>>(),
        ["a@example.org"; 2].into_iter().chain(["b@example.org"; 2]).collect::<Vec<_>>()
    );
    assert_eq!(told[1].what, letter(1, "a@example.org").told[1], "long ones stand in the journal");
    assert!(matches!(store.octets(99), Err(StoreError::NoRow { row: 99 })));
}

#[test]
fn a_definition_is_kept_only_when_it_differs() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let target = Target { id: "palaver-legal".into(), service: "Palaver".into(), ..Target::default() };
    assert!(store.define(at(0), &target).expect("defined"));
    assert!(!store.define(at(1), &target).expect("defined"));
    let changed = Target { url: "https://palaver.example/new".into(), ..target.clone() };
    assert_eq!(store.define_all(at(2), &[changed.clone(), target.clone()]).expect("defined"), 1);
    assert_eq!(store.definitions().expect("read"), [(at(0), target), (at(2), changed)]);
}

#[test]
fn a_body_is_kept_once_and_its_next_edition_as_a_difference() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let size = |dir: &TempDir| fs::metadata(segment(dir.path())).expect("a segment").len();
    store.record(&[capture("palaver-legal", 0, page(1, 0))]).expect("recorded");
    let one = size(&dir);
    store.record(&[capture("quill-legal", 1, page(1, 0)), capture("palaver-legal", 2, page(1, 0))]).expect("recorded");
    let again = size(&dir) - one;
    assert!(again < 3000, "two captures of a known body took {again} octets");
    for edition in 1..140_u64 {
        let minutes = i64::try_from(edition).expect("small") + 10;
        store.record(&[capture("palaver-legal", minutes, page(1, edition))]).expect("recorded");
    }
    let each = (size(&dir) - one - again) / 139;
    assert!(each < 2000, "a capture with one changed word takes {each} octets, the first one took {one}");
    assert_eq!(store.captures_of("palaver-legal").expect("captures").len(), 141);
    drop(store);
    let store = Store::read_only(dir.path()).expect("opened");
    for edition in [0, 63, 64, 65, 128, 139] {
        let body = page(1, edition);
        assert_eq!(store.capture(&Sha256::of(&body)).expect("read").expect("kept").body, body);
    }
}

#[test]
fn headers_that_are_alike_take_little_room_and_come_back_whole() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let size = || fs::metadata(segment(dir.path())).expect("a segment").len();
    let with_headers = |minutes: i64| {
        let mut recorded = capture("palaver-legal", minutes, page(1, 0));
        let capture = recorded.capture.as_mut().expect("given");
        let policy = (0..60).map(|host| format!("https://{host}.palaver.example")).collect::<Vec<_>>().join(" ");
        capture.headers.push(("content-security-policy".into(), format!("default-src {policy}; nonce-{minutes}")));
        recorded
    };
    store.record(&[with_headers(0)]).expect("recorded");
    let first = size();
    let given: Vec<Recorded> = (1..200).map(with_headers).collect();
    given.chunks(7).for_each(|group| store.record(group).expect("recorded"));
    let each = (size() - first) / 199;
    assert!(each < 700, "a capture with a known body takes {each} octets");
    for round in 0..2 {
        let headers = store.captures_of("palaver-legal").expect("captures");
        assert_eq!(headers.len(), 200);
        for ((at, header), recorded) in headers.iter().skip(1).zip(&given) {
            let capture = recorded.capture.clone().expect("given");
            assert_eq!((*at, header), (recorded.visit.at, &Capture { body: Vec::new(), ..capture }), "round {round}");
        }
        assert_eq!(store.verify().expect("verified").damage, []);
        drop(store);
        fs::remove_dir_all(dir.path().join("view")).expect("removed");
        store = Store::open(dir.path()).expect("opened");
    }
}

#[test]
fn a_body_that_comes_twice_in_one_group_is_kept_once() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let group = [capture("palaver-legal", 0, page(1, 0)), capture("quill-legal", 1, page(1, 0))];
    store.record(&group).expect("recorded");
    let mut packer = store.packer("parley-legal").expect("a packer");
    let mut ready = Vec::new();
    for minutes in 2..5 {
        let Recorded { visit, capture } = capture("parley-legal", minutes, page(2, u64::from(minutes == 4)));
        ready.push(packer.pack(visit, capture.expect("given")).expect("packed"));
    }
    store.record_packed(&ready).expect("recorded");
    for body in [page(1, 0), page(2, 0), page(2, 1)] {
        assert_eq!(store.capture(&Sha256::of(&body)).expect("read").expect("kept").body, body);
    }
    assert_eq!(store.verify().expect("verified").damage, []);
}

#[test]
fn a_body_that_is_not_what_its_capture_says_is_refused() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let mut wrong = capture("palaver-legal", 0, page(1, 0));
    wrong.capture.as_mut().expect("given").body.push(b'!');
    assert!(matches!(store.record(&[wrong]), Err(StoreError::WrongDigest { .. })));
    assert_eq!(store.targets().expect("targets"), NONE);
}

#[test]
fn an_unchanged_visit_takes_at_most_eighty_octets() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    for number in 0..200 {
        store.record(&[capture(&format!("target-{number}"), 0, page(number, 0))]).expect("recorded");
    }
    let kept = |number| Sha256::of(&page(number, 0));
    let size = || fs::metadata(segment(dir.path())).expect("a segment").len();
    let mut largest = 0;
    for minutes in 1..4_i64 {
        let noisy = Sha256::of(&minutes.to_le_bytes());
        for outcome in [
            Outcome::NotModified { kept: kept(199) },
            Outcome::SameText { sha256: noisy, kept: kept(199) },
            Outcome::Captured { sha256: kept(199) },
        ] {
            let before = size();
            store.record(&[visit("target-199", minutes, outcome)]).expect("recorded");
            largest = largest.max(size() - before);
        }
    }
    assert!(largest <= 80, "a visit alone takes {largest} octets");
    let before = size();
    let group: Vec<Recorded> = (0..200)
        .map(|number| visit(&format!("target-{number}"), 60, Outcome::NotModified { kept: kept(number) }))
        .collect();
    store.record(&group).expect("recorded");
    let each = (size() - before) / 200;
    assert!(each <= 10, "in a group of 200 a visit takes {each} octets");
}

#[test]
fn the_view_is_made_anew_whatever_happens_to_it() {
    type Harm = fn(&Path);
    let each_file = |dir: &Path, harm: &dyn Fn(&Path)| {
        for entry in fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path()) {
            if entry.is_file() {
                harm(&entry);
            }
        }
    };
    let harms: [(&str, Harm); 6] = [
        ("all emptied", |view| {
            for entry in fs::read_dir(view).expect("a directory").map(|entry| entry.expect("an entry").path()) {
                if entry.is_file() {
                    fs::write(entry, "").expect("emptied");
                }
            }
        }),
        ("deleted", |view| fs::remove_dir_all(view).expect("removed")),
        ("no directory", |view| {
            fs::remove_dir_all(view).expect("removed");
            fs::write(view, "garbage").expect("written");
        }),
        ("garbage", |view| fs::write(view.join("db"), noise(7, 300_000)).expect("written")),
        ("emptied", |view| fs::write(view.join("db"), "").expect("written")),
        ("cut", |view| {
            let octets = fs::read(view.join("db")).expect("a file");
            let end = octets.iter().rposition(|octet| *octet != 0).expect("something");
            fs::write(view.join("db"), &octets[..end * 7 / 10]).expect("written");
        }),
    ];
    for (name, harm) in harms {
        let dir = TempDir::new().expect("a directory");
        let before = filled(dir.path());
        harm(&dir.path().join("view"));
        let mut store = Store::open(dir.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(answers(&store), before, "{name}");
        store.record(&[capture("new-one", 900, page(9, 9))]).expect("recorded");
        let after = answers(&store);
        drop(store);
        assert_eq!(answers(&Store::open(dir.path()).expect("opened")), after, "{name}, opened again");
    }
    let dir = TempDir::new().expect("a directory");
    let before = filled(dir.path());
    let mut random = Random(11);
    for round in 0..12 {
        each_file(&dir.path().join("view"), &|path| {
            let length = fs::metadata(path).expect("a file").len();
            if length > 0 {
                flip(path, usize::try_from(Random(round).next() % length.min(20_000)).expect("small"));
            }
        });
        let store = Store::open(dir.path()).unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert_eq!(answers(&store), before, "round {round}, {}", random.next());
    }
    // The last that was put aside stays for whoever wants to know why; they do not pile up.
    let names = fs::read_dir(dir.path()).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with("view.")).count(), 1);
}

#[test]
fn an_older_view_is_brought_up_to_date_and_a_newer_one_names_the_loss() {
    let dir = TempDir::new().expect("a directory");
    filled(dir.path());
    let (old_archive, old_journal) = (fs::read(segment(dir.path())), fs::read(dir.path().join("journal.jsonl")));
    let mut store = Store::open(dir.path()).expect("opened");
    store.record(&[capture("palaver-legal", 2000, page(1, 77))]).expect("recorded");
    store.mark("late", json!(1), at(2000)).expect("marked");
    let whole = answers(&store);
    drop(store);
    let copy = TempDir::new().expect("a directory");
    filled(copy.path());
    fs::copy(segment(dir.path()), segment(copy.path())).expect("copied");
    fs::copy(dir.path().join("journal.jsonl"), copy.path().join("journal.jsonl")).expect("copied");
    let store = Store::open(copy.path()).expect("opened");
    assert_eq!((answers(&store), store.damage().len()), (whole, 0), "replayed above the watermarks");
    fs::write(segment(dir.path()), old_archive.expect("read")).expect("written");
    fs::write(dir.path().join("journal.jsonl"), old_journal.expect("read")).expect("written");
    let store = Store::open(dir.path()).expect("opened");
    assert!(store.damage().iter().any(|text| text.contains("records are lost")), "{:?}", store.damage());
    assert!(store.marks().expect("marks").keys().all(|key| key != "late"));
}

#[test]
fn an_incomplete_last_record_is_cut_at_any_length() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    store.record(&[capture("palaver-legal", 0, page(1, 0))]).expect("recorded");
    let whole = fs::read(segment(dir.path())).expect("a segment");
    let before = answers(&store);
    let ends = fs::read(dir.path().join("ends")).expect("how far it had come");
    store.record(&[capture("palaver-legal", 1, page(1, 1))]).expect("recorded");
    drop(store);
    let more = fs::read(segment(dir.path())).expect("a segment");
    fs::remove_dir_all(dir.path().join("view")).expect("removed");
    for length in (whole.len()..more.len()).step_by(97) {
        fs::write(segment(dir.path()), &more[..length]).expect("written");
        fs::write(dir.path().join("ends"), &ends).expect("written");
        assert_eq!(answers(&Store::read_only(dir.path()).expect("opened for reading")), before, "{length}");
        assert_eq!(fs::metadata(segment(dir.path())).expect("there").len(), length as u64, "readers write nothing");
        let store = Store::open(dir.path()).expect("opened");
        assert_eq!((answers(&store), store.damage().len()), (before.clone(), 0), "{length}");
        assert_eq!(fs::read(segment(dir.path())).expect("a segment"), whole);
    }
    let journal = dir.path().join("journal.jsonl");
    let lines = fs::read(&journal).expect("a journal");
    fs::write(&journal, [lines.as_slice(), b"{\"kind\":\"mark\",\"key"].concat()).expect("written");
    let mut store = Store::open(dir.path()).expect("opened");
    assert_eq!(fs::read(&journal).expect("a journal"), lines);
    store.mark("next", json!(1), at(1)).expect("marked");
    assert_eq!(store.verify().expect("verified").damage, []);
}

#[test]
fn a_flipped_octet_anywhere_is_named_and_harms_little_else() {
    let dir = TempDir::new().expect("a directory");
    filled(dir.path());
    let path = segment(dir.path());
    let clean = fs::read(&path).expect("a segment");
    let records = Store::read_only(dir.path()).expect("opened").verify().expect("verified").records;
    for offset in (0..clean.len()).step_by(clean.len() / 150) {
        flip(&path, offset);
        let report = Store::read_only(dir.path()).expect("opened").verify().expect("verified");
        // The reserve of a segment's head means nothing.
        assert!(!report.damage.is_empty(), "octet {offset} of {}", clean.len());
        assert!(report.records + 2 >= records, "octet {offset}: only {} of {records} records left", report.records);
        fs::write(&path, &clean).expect("written");
    }
    let journal = dir.path().join("journal.jsonl");
    let clean = fs::read(&journal).expect("a journal");
    for offset in (0..clean.len()).step_by(clean.len() / 50) {
        flip(&journal, offset);
        let report = Store::read_only(dir.path()).expect("opened").verify().expect("verified");
        assert!(!report.damage.is_empty(), "octet {offset} of the journal");
        fs::write(&journal, &clean).expect("written");
    }
    let damaged = clean.len() / 2;
    flip(&journal, damaged);
    let mut store = Store::open(dir.path()).expect("a damaged journal opens");
    assert!(store.damage().iter().any(|text| text.contains("journal.jsonl: bytes")), "{:?}", store.damage());
    store.mark("goes on", json!(1), at(1)).expect("marked");
}

#[test]
fn a_damaged_archive_opens_names_it_and_goes_on() {
    let dir = TempDir::new().expect("a directory");
    filled(dir.path());
    let clean = fs::read(segment(dir.path())).expect("a segment");
    for offset in [70, clean.len() / 2, clean.len() - 5] {
        fs::write(segment(dir.path()), &clean).expect("written");
        flip(&segment(dir.path()), offset);
        let _ = fs::remove_dir_all(dir.path().join("view"));
        let mut store = Store::open(dir.path()).expect("opened");
        store.record(&[capture("after", 5000, page(5, 5))]).expect("recorded");
        assert_eq!(store.visits("after").expect("visits").len(), 1);
        drop(store);
        let store = Store::read_only(dir.path()).expect("opened");
        assert_eq!(store.visits("after").expect("visits").len(), 1, "octet {offset}");
        assert!(!store.verify().expect("verified").damage.is_empty(), "octet {offset}");
    }
}

#[test]
fn what_is_cut_from_the_end_is_found_by_the_journal() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    store.record(&[capture("palaver-legal", 0, page(1, 0))]).expect("recorded");
    let length = fs::metadata(segment(dir.path())).expect("there").len();
    store.record(&[capture("palaver-legal", 1, page(1, 1))]).expect("recorded");
    store.mark("run", json!(1), at(2)).expect("marked");
    drop(store);
    // Even where nothing says how far it had come.
    fs::remove_file(dir.path().join("ends")).expect("removed");
    fs::remove_dir_all(dir.path().join("view")).expect("nor the database");
    fs::File::options().write(true).open(segment(dir.path())).expect("opened").set_len(length).expect("cut");
    let report = Store::read_only(dir.path()).expect("opened").verify().expect("verified");
    assert!(report.damage.iter().any(|found| found.why.contains("it is cut or changed")), "{:?}", report.damage);
}

#[test]
fn segments_follow_one_another() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    for number in 0..5 {
        let minutes = i64::try_from(number).expect("small");
        store.record(&[capture("palaver-legal", minutes, noise(number, 9 << 20))]).expect("recorded");
    }
    let body = noise(3, 9 << 20);
    for _ in 0..2 {
        assert!(store.capture(&Sha256::of(&body)).expect("read").is_some_and(|capture| capture.body == body));
        drop(store);
        store = Store::open(dir.path()).expect("opened");
        assert_eq!(store.damage(), NONE);
    }
    assert_eq!(store.verify().expect("verified").damage, []);
    drop(store);
    fs::remove_file(dir.path().join("archive/000002.nwa")).expect("removed");
    let store = Store::read_only(dir.path()).expect("opened");
    let found = store.verify().expect("verified").damage[0].to_string();
    assert!(found.contains("000002.nwa: the whole segment is missing"), "{found}");
    fs::write(dir.path().join("archive/000004.nwa"), "NWARCH").expect("a segment that was only begun");
    drop(store);
    let mut store = Store::open(dir.path()).expect("opened");
    store.record(&[capture("palaver-legal", 9, page(9, 9))]).expect("recorded");
}

#[test]
fn one_process_writes_and_others_read_beside_it() {
    let dir = TempDir::new().expect("a directory");
    assert!(matches!(Store::read_only(dir.path()), Err(StoreError::NoStore { .. })));
    let before = filled(dir.path());
    let mut store = Store::open(dir.path()).expect("opened");
    let refused = Store::open(dir.path()).expect_err("a second writer is refused").to_string();
    let pid = std::process::id().to_string();
    assert!(refused.contains(&pid) && refused.contains(&dir.path().display().to_string()), "{refused}");
    let mut reader = Store::read_only(dir.path()).expect("opened for reading");
    assert_eq!(answers(&reader), before);
    assert_eq!(reader.verify().expect("verified").damage, []);
    store.record(&[capture("palaver-legal", 3000, page(1, 30))]).expect("recorded");
    assert_eq!(answers(&reader), before, "a reader sees the store as it was opened");
    assert_eq!(answers(&Store::read_only(dir.path()).expect("opened")), answers(&store));
    assert!(matches!(reader.record(&[capture("x", 1, page(1, 1))]), Err(StoreError::ReadOnly { .. })));
    assert!(matches!(reader.mark("x", json!(1), at(1)), Err(StoreError::ReadOnly { .. })));
}

#[test]
fn a_newer_store_is_left_alone() {
    let dir = TempDir::new().expect("a directory");
    filled(dir.path());
    let mut octets = fs::read(segment(dir.path())).expect("a segment");
    octets[..8].copy_from_slice(b"NWARCH02");
    let sum = crc32fast::hash(&octets[..20]).to_le_bytes();
    octets[20..24].copy_from_slice(&sum);
    fs::write(segment(dir.path()), &octets).expect("written");
    assert!(matches!(Store::open(dir.path()), Err(StoreError::Newer { .. })));
    assert_eq!(fs::read(segment(dir.path())).expect("a segment"), octets);
}

#[test]
fn the_view_stays_small_while_it_is_written() {
    let dir = TempDir::new().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new store");
    let targets: Vec<String> = (0..200).map(|number| format!("target-{number}")).collect();
    let size = || -> u64 {
        let files = fs::read_dir(dir.path().join("view")).expect("a view");
        files.map(|entry| entry.expect("an entry").metadata().expect("a file").len()).sum()
    };
    let (mut written, mut largest, mut before, mut renewed) = (0, 0, size(), 0);
    for minutes in 0..700 {
        let kept = Sha256::of(b"kept");
        let group: Vec<Recorded> =
            targets.iter().map(|target| visit(target, minutes, Outcome::NotModified { kept })).collect();
        store.record(&group).expect("recorded");
        let now = size();
        (written, renewed) = (written + now.saturating_sub(before), renewed + u32::from(now < before));
        (largest, before) = (largest.max(now), now);
    }
    assert_eq!(store.damage(), NONE);
    assert!(renewed > 0, "{written} octets were written, {largest} at most lay there");
    assert!(largest < 40 << 20, "{largest} octets of {written}");
    let answer = answers(&store);
    drop(store);
    let store = Store::open(dir.path()).expect("opened");
    assert_eq!(store.damage(), NONE);
    assert_eq!(answers(&store), answer);
    assert_eq!(store.visits("target-7").expect("visits").len(), 700);
}

#[test]
fn a_renewal_that_was_interrupted_costs_nothing() {
    for left in ["view.next", "view.old"] {
        let dir = TempDir::new().expect("a directory");
        let before = filled(dir.path());
        fs::rename(dir.path().join("view"), dir.path().join(left)).expect("moved");
        let store = Store::open(dir.path()).expect("opened");
        assert_eq!((store.damage(), answers(&store)), (&[][..], before), "{left}");
        assert!(!dir.path().join(left).exists(), "{left}");
    }
}

#[test]
fn the_cache_remembers_and_may_be_lost() {
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().join("readings.cache");
    let key = |number: u8| [number; 32];
    let mut cache = Cache::open(&path).expect("a new cache");
    for number in 0..20 {
        cache.put(key(number), &page(u64::from(number), 0));
        cache.put(key(number), &page(u64::from(number), 1));
    }
    assert_eq!(cache.get(&key(3)), Some(page(3, 1)));
    drop(cache);
    let long = fs::metadata(&path).expect("there").len();
    let mut cache = Cache::open(&path).expect("opened");
    assert_eq!((cache.len(), cache.get(&key(3)), cache.get(&key(99))), (20, Some(page(3, 1)), None));
    cache.keep(&[key(3), key(4)].into()).expect("kept");
    assert_eq!((cache.len(), cache.get(&key(4)), cache.get(&key(5))), (2, Some(page(4, 1)), None));
    assert!(fs::metadata(&path).expect("there").len() < long / 5);
    let mut other = Cache::open(&path).expect("a second process");
    other.put(key(50), b"theirs");
    other.flush();
    cache.put(key(51), b"ours");
    cache.flush();
    assert_eq!(cache.get(&key(51)), Some(b"ours".to_vec()));
    drop((cache, other));
    flip(&path, 100);
    let cache = Cache::open(&path).expect("opened");
    assert!(cache.get(&key(3)).is_none() || cache.get(&key(4)).is_none(), "what is damaged is not there");
    assert_eq!(cache.get(&key(50)), Some(b"theirs".to_vec()));
    fs::write(&path, "garbage").expect("written");
    assert!(Cache::open(&path).expect("opened").is_empty());
}

/// Runs one test of this binary in a process of its own, with its standard output to read from.
fn child(test: &str, dir: &Path, wrapper: Option<&str>) -> std::process::Child {
    let own = std::env::current_exe().expect("this binary");
    let mut command = match wrapper {
        Some(script) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]).arg(own);
            shell
        }
        None => Command::new(own),
    };
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env("NOTICEWATCH_TEST_STORE", dir);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a child process")
}

fn acknowledge(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "ack {what}").and_then(|()| out.flush()).expect("the parent listens");
}

/// The other side of the next test: appends and tells for ever. By itself it does nothing.
#[test]
fn child_that_is_killed() {
    let Some(dir) = std::env::var_os("NOTICEWATCH_TEST_STORE") else { return };
    let mut store = Store::open(Path::new(&dir)).expect("opened");
    let first = store.visits("palaver-legal").expect("visits").len() as u64;
    for number in first.. {
        let minutes = i64::try_from(number).expect("small");
        let recorded = match number % 3 {
            0 => capture("palaver-legal", minutes, page(1, number)),
            _ => visit(
                "palaver-legal",
                minutes,
                Outcome::NotModified { kept: Sha256::of(&page(1, number - number % 3)) },
            ),
        };
        let elsewhere = visit("quill-legal", minutes, Outcome::NotModified { kept: Sha256::of(b"nowhere") });
        store.record(&[recorded, elsewhere]).expect("recorded");
        acknowledge(&format!("visit {number}"));
        if number % 2 == 0 {
            let rows = store.tell(&[letter(number, "a@example.org"), letter(number, "b@example.org")]).expect("told");
            acknowledge(&format!("tell {number}"));
            store.reply(rows[0], at(minutes), ReplyKind::Sent, &format!("250 {number}"), None).expect("noted");
            acknowledge(&format!("reply {number}"));
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let dir = TempDir::new().expect("a directory");
    let mut random = Random(2026);
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..12 {
        let mut child = child("store::child_that_is_killed", dir.path(), None);
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let wait = usize::try_from(1 + random.next() % 25).expect("small");
        let is_ack = |line: std::io::Result<String>| line.ok()?.split_once("ack ").map(|(_, what)| what.to_owned());
        acknowledged.extend(lines.by_ref().filter_map(is_ack).take(wait));
        child.kill().expect("killed");
        acknowledged.extend(lines.filter_map(is_ack));
        child.wait().expect("ended");
        let store = Store::open(dir.path()).expect("opened after a kill");
        assert_eq!(store.damage(), NONE, "round {round}");
        assert_eq!(store.verify().expect("verified").damage, [], "round {round}");
        check_acknowledged(&store, &acknowledged, round);
    }
    assert!(acknowledged.len() > 60, "only {} steps", acknowledged.len());
}

fn check_acknowledged(store: &Store, acknowledged: &[String], round: usize) {
    let visits = store.visits("palaver-legal").expect("visits");
    assert_eq!(store.visits("quill-legal").expect("visits").len(), visits.len(), "round {round}: a group is whole");
    let outbox = store.outbox().expect("outbox");
    for step in acknowledged {
        let (kind, number) = step.split_once(' ').expect("kind and number");
        let minutes: i64 = number.parse().expect("a number");
        let letters = || outbox.iter().filter(|row| row.letter == format!("letter-{number}"));
        match kind {
            "visit" => assert!(visits.iter().any(|visit| visit.at == at(minutes)), "round {round}: {step}"),
            "tell" => assert!(letters().count() >= 2, "round {round}: {step}"),
            _ => assert!(letters().any(|row| row.state == OutboxState::Sent), "round {round}: {step}"),
        }
    }
    let told = store.told().expect("told");
    for row in &outbox {
        assert!(!store.octets(row.id).expect("octets").is_empty());
        assert_eq!(told.iter().filter(|told| told.row == row.id).count(), 2, "round {round}: told with its letter");
        assert_eq!(
            outbox.iter().filter(|other| other.letter == row.letter).count() % 2,
            0,
            "round {round}: all or none"
        );
    }
}

/// The other side of the next test: writes until a file may not grow further. By itself it does nothing.
#[test]
fn child_without_room() {
    let Some(dir) = std::env::var_os("NOTICEWATCH_TEST_STORE") else { return };
    let mut store = Store::open(Path::new(&dir)).expect("opened");
    let mut kept = 0;
    for number in 0_u64.. {
        let minutes = i64::try_from(number).expect("small");
        match store.record(&[capture("palaver-legal", minutes, noise(number, 100_000))]) {
            Ok(()) => kept += 1,
            Err(StoreError::NoRoom { .. }) => break,
            Err(other) => panic!("{other}"),
        }
        acknowledge(&format!("visit {number}"));
    }
    let again = store.record(&[capture("palaver-legal", 9999, noise(9999, 3_000_000))]);
    assert!(matches!(again, Err(StoreError::NoRoom { .. })));
    assert_eq!(store.visits("palaver-legal").expect("visits").len(), kept);
    assert_eq!(store.verify().expect("verified").damage, []);
    store.mark("still", json!("here"), at(1)).expect("the journal has room");
    acknowledge("usable");
}

#[test]
fn without_room_the_store_stays_whole_and_usable() {
    let dir = TempDir::new().expect("a directory");
    // 4,000 blocks of 512 octets; a file that would grow further gives an error instead of a signal.
    let mut child =
        child("store::child_without_room", dir.path(), Some("trap '' XFSZ; ulimit -f 4000; exec \"$0\" \"$@\""));
    let lines: Vec<String> =
        BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok).collect();
    assert!(child.wait().expect("ended").success(), "{lines:?}");
    let visits = lines.iter().filter(|line| line.contains("ack visit")).count();
    assert!(visits > 10 && lines.iter().any(|line| line.contains("ack usable")), "{lines:?}");
    let mut store = Store::open(dir.path()).expect("opened");
    assert_eq!(store.visits("palaver-legal").expect("visits").len(), visits);
    assert_eq!(store.marks().expect("marks")["still"].value, json!("here"));
    store.record(&[capture("palaver-legal", 9999, noise(9999, 3_000_000))]).expect("room again");
}
