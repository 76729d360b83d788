//! Tests of: going on with a target from where the last tick left it, against reading all of its past again.

use jiff::{SignedDuration, Timestamp};
use noticewatch::app::analysis::facts::Facts;
use noticewatch::app::analysis::incremental::TargetFolds;
use noticewatch::app::analysis::looks::Past;
use noticewatch::app::analysis::reading_cache::ReadingCache;
use noticewatch::app::analysis::survey;
use noticewatch::app::analysis::types::KnownReadings;
use noticewatch::io::store::{Decision, DecisionKind, Recorded, Store};
use noticewatch_core::capture::{Capture, Missed, Outcome, Sha256, Visit, Why};
use noticewatch_core::history::{Followed, LookSource, Terms};
use noticewatch_core::target::Target;

use proptest::prelude::*;

/// What happens to a target.
#[derive(Clone, Debug)]
enum Event {
    /// It shows one of the pages, so many minutes later.
    Shows { page: usize, minutes: i64, unconditional: bool },
    /// It answers 304.
    Same { minutes: i64 },
    /// It cannot be seen.
    Misses { gone: bool, minutes: i64 },
    /// A visit is recorded late: it was so many minutes before the last one.
    Late { page: usize, minutes: i64 },
    /// The operator accepts what is served.
    Accepts,
    /// The operator gives another address.
    Moves,
    /// The program looks at what has come together.
    Tick,
}

fn event() -> impl Strategy<Value = Event> {
    let minutes = prop_oneof![1_i64..30, 60_i64..800, 1_500_i64..3_000, 9_000_i64..12_000];
    prop_oneof![
        8 => (0..pages().len(), minutes.clone(), any::<bool>())
            .prop_map(|(page, minutes, unconditional)| Event::Shows { page, minutes, unconditional }),
        8 => minutes.clone().prop_map(|minutes| Event::Same { minutes }),
        3 => (any::<bool>(), minutes.clone()).prop_map(|(gone, minutes)| Event::Misses { gone, minutes }),
        1 => (0..pages().len(), 0_i64..300).prop_map(|(page, minutes)| Event::Late { page, minutes }),
        1 => Just(Event::Accepts),
        1 => Just(Event::Moves),
        6 => Just(Event::Tick),
    ]
}

/// Pages of one address: a promise, a weaker one, none, another language, a fragment, another promise, a login form.
fn pages() -> Vec<String> {
    let filler = "We answer requests of authorities with care, and write down each of them in our register. ".repeat(8);
    let page = |lang: &str, title: &str, text: &str| {
        format!(
            "<html lang=\"{lang}\"><head><title>{title}</title></head><body><h1>Requests</h1><p>{filler}</p>\
             <h2>User notice</h2><p>{text}</p><p>{filler}</p></body></html>"
        )
    };
    vec![
        page("en", "Requests", "We will notify affected users before we disclose their data."),
        page("en", "Requests", "We may notify affected users before we disclose their data, where we see fit."),
        page("en", "Requests", "Please write to our office."),
        page(
            "de",
            "Anfragen",
            &"Wir beantworten die Anfragen der Behörden nur in deutscher Sprache und nennen die Gründe. ".repeat(30),
        ),
        "<html><body><p>Sorry.</p></body></html>".to_owned(),
        page("en", "Requests", "We notify users of demands for their data unless the law forbids it."),
        "<html lang=\"en\"><head><title>Log in</title></head><body><form><input type=\"password\"></form></body></html>"
            .to_owned(),
    ]
}

/// A store with one target, and how far its story has come.
struct Story {
    store: Store,
    readings: ReadingCache,
    target: Target,
    now: Timestamp,
    last: Option<Sha256>,
    moved: usize,
}

impl Story {
    fn new(dir: &std::path::Path) -> Self {
        let now = "2026-03-01T06:00:00Z".parse().expect("a time");
        let target = Target {
            id: "palaver-legal".into(),
            service: "Palaver".into(),
            terms_type: "Law Enforcement Guidelines".into(),
            url: "https://palaver.example/legal".into(),
            ..Target::default()
        };
        let mut store = Store::open(dir).expect("a store");
        store.define(now, &target).expect("defined");
        Self { store, readings: ReadingCache::open(dir), target, now, last: None, moved: 0 }
    }

    fn later(&mut self, minutes: i64) -> Timestamp {
        self.now = self.now.checked_add(SignedDuration::from_mins(minutes)).expect("a time");
        self.now
    }

    fn record(&mut self, at: Timestamp, unconditional: bool, outcome: Outcome, body: Option<&str>) {
        let visit = Visit { target: self.target.id.clone(), at, unconditional, twin: None, recorded: false, outcome };
        let capture = body.map(|body| Capture {
            target: self.target.id.clone(),
            started: at,
            ended: at,
            url: self.target.url.clone(),
            final_url: self.target.url.clone(),
            status: 200,
            media_type: "text/html".into(),
            charset: Some("utf-8".into()),
            sha256: Sha256::of(body.as_bytes()),
            program: "noticewatch".into(),
            body: body.as_bytes().to_vec(),
            ..Capture::default()
        });
        self.store.record(&[Recorded { visit, capture }]).expect("recorded");
    }

    fn shows(&mut self, at: Timestamp, unconditional: bool, page: usize) {
        let body = pages().swap_remove(page);
        let sha256 = Sha256::of(body.as_bytes());
        self.record(at, unconditional, Outcome::Captured { sha256 }, Some(&body));
        self.last = Some(sha256);
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Shows { page, minutes, unconditional } => {
                let at = self.later(*minutes);
                self.shows(at, *unconditional, *page);
            }
            Event::Same { minutes } => {
                let at = self.later(*minutes);
                if let Some(kept) = self.last {
                    self.record(at, false, Outcome::NotModified { kept }, None);
                }
            }
            Event::Misses { gone, minutes } => {
                let at = self.later(*minutes);
                let why = if *gone { Why::Gone } else { Why::Timeout };
                let missed = Missed { why, detail: "nothing came".into(), status: None, retry_after_s: None };
                self.record(at, true, Outcome::Missed(missed), None);
            }
            Event::Late { page, minutes } => {
                let before = self.now.checked_sub(SignedDuration::from_mins(*minutes)).expect("a time");
                self.shows(before, true, *page);
            }
            Event::Accepts => {
                let target = Some(self.target.id.clone());
                let (decision, reason) = (DecisionKind::Accept, "it is the page".to_owned());
                self.store
                    .decide(Decision { at: self.now, decision, target, finding: None, letter: None, reason })
                    .expect("decided");
            }
            Event::Moves => {
                self.moved += 1;
                self.target.url = format!("https://palaver.example/legal-{}", self.moved);
                self.store.define(self.now, &self.target).expect("defined");
            }
            Event::Tick => {}
        }
    }

    fn go_on(&mut self, courses: &mut TargetFolds) -> (Followed, usize) {
        let interval = SignedDuration::from_hours(6);
        let targets = [self.target.clone()];
        let survey =
            survey(&self.store, &mut self.readings, courses, &targets, self.now, |_| interval).expect("a survey");
        let page = survey.pages.into_iter().next().expect("a page");
        (page.followed, page.visits)
    }

    /// By all of the past, in one go.
    fn whole(&mut self) -> Followed {
        let terms = Terms { source: LookSource::Live, now: self.now, interval: SignedDuration::from_hours(6) };
        let facts = Facts::of(&self.store).expect("facts");
        let past = Past::of(&self.store, &facts, &self.target).expect("a past");
        past.follow(&self.store, &mut self.readings, terms, KnownReadings::default()).expect("followed")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn going_on_comes_to_the_same_as_the_whole_past(events in prop::collection::vec(event(), 20..60)) {
        let dir = tempfile::tempdir().expect("a directory");
        let mut story = Story::new(dir.path());
        let mut courses = TargetFolds::default();
        for event in events.iter().chain([&Event::Tick]) {
            story.happens(event);
            if matches!(event, Event::Tick) {
                let (followed, visits) = story.go_on(&mut courses);
                prop_assert_eq!(&followed, &story.whole());
                prop_assert_eq!((followed, visits), story.go_on(&mut TargetFolds::default()));
            }
        }
    }
}

#[test]
fn a_tick_reads_only_the_visits_that_came_since() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut story = Story::new(dir.path());
    let mut courses = TargetFolds::default();
    for hour in 0..200 {
        story.happens(&Event::Shows { page: usize::from(hour > 100), minutes: 60, unconditional: true });
        story.go_on(&mut courses);
    }
    // Nothing is left to read the past from: what is known of it is what the courses hold.
    let followed = story.go_on(&mut courses).0;
    assert_eq!(followed, story.whole());
    assert_eq!(followed.findings.len(), 1);
    let cursor = noticewatch::io::store::Cursor::default();
    let (all, reached) = story.store.visits_after("palaver-legal", cursor).expect("read").expect("fits");
    assert_eq!(all.len(), 200);
    story.happens(&Event::Shows { page: 0, minutes: 60, unconditional: true });
    let (new, _) = story.store.visits_after("palaver-legal", reached).expect("read").expect("fits");
    assert_eq!(new.len(), 1);
}
