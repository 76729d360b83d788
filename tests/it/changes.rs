//! Tests of: changes. Each case is one page before and after and the finding, on one screen: `tests/changes/NAME.txt`.
//!
//! The head states by hand what the judgement must be (`claim: verdict dominant severity; slot sign; ...`); the text
//! below `finding:` shows the whole answer and is rewritten under `UPDATE=1`.

use crate::cases;
use noticewatch_core::compare::{Change, Direction, Span, Verdict, align, diff};
use noticewatch_core::document::PageSource;
use noticewatch_core::extract::{Class, Passage, Reading};
use noticewatch_core::history::Comparison;
use noticewatch_core::promise::{Commitment, Said, Slot};
use noticewatch_core::target::{ReadingSettings, TermsKind};
use noticewatch_core::{compare, document, extract, history, text};

use proptest::prelude::*;
use std::fmt::Write;
use std::path::Path;

struct Case {
    head: String,
    kind: String,
    aliases: Vec<Vec<String>>,
    claim: String,
    before: String,
    after: String,
}

impl Case {
    fn load(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a case");
        let (head, _) = text.split_once("\nfinding:\n").expect("a line `finding:`");
        let (keys, texts) = head.split_once("\nbefore:\n").expect("a line `before:`");
        let (before, after) = texts.split_once("\nafter:\n").expect("a line `after:`");
        let value =
            |key: &str| keys.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned());
        let names = |line: String| line.split(',').map(|name| name.trim().to_owned()).collect();
        Self {
            head: head.to_owned(),
            kind: value("type:").expect("type"),
            aliases: value("aliases:").map(names).into_iter().collect(),
            claim: value("claim:").expect("claim"),
            before: before.trim().to_owned(),
            after: after.trim().to_owned(),
        }
    }

    fn compare(&self) -> Comparison {
        let settings = ReadingSettings {
            terms_type: self.kind.clone(),
            names: self.aliases.iter().flatten().cloned().collect(),
            ..ReadingSettings::default()
        };
        let read = |text: &str| {
            let page = PageSource { body: text.as_bytes(), media_type: "text/markdown", charset: Some("utf-8") };
            extract::read(page, &settings)
        };
        history::compare(&read(&self.before), &read(&self.after), &self.aliases, TermsKind::of(&self.kind))
    }
}

fn kebab(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).expect("json").as_str().unwrap_or(".").to_owned()
}

/// `weakened - high; strength -; timing -`, the slots of the gravest change sorted.
fn claimed(comparison: &Comparison) -> String {
    let mut claim =
        format!("{} {} {}", kebab(comparison.verdict), kebab(comparison.dominant), kebab(comparison.severity));
    if comparison.verdict != Verdict::SuspectCapture
        && let Some(change) = comparison.changes.first()
    {
        for moved in &change.slots {
            let _ = write!(claim, "; {} {}", kebab(moved.slot), kebab(moved.sign));
        }
    }
    claim
}

fn sorted(claim: &str) -> Vec<String> {
    let mut parts: Vec<String> = claim.split(';').map(|part| part.trim().to_owned()).collect();
    parts[1..].sort();
    parts
}

/// The marked diff as the letter shows it.
fn marked(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Same(text) => text.clone(),
            Span::Removed(text) => format!("[-{text}-]"),
            Span::Added(text) => format!("{{+{text}+}}"),
        })
        .collect()
}

fn told(change: &Change) -> String {
    let mut text = format!("{} {} {}\n", kebab(change.verdict), kebab(change.dominant), kebab(change.severity));
    for reason in &change.reasons {
        let _ = writeln!(text, "  {reason}");
    }
    let _ = writeln!(text, "{}", marked(&change.diff));
    text
}

fn finding(comparison: &Comparison) -> String {
    let mut text = format!("{}; rank {}\n", claimed(comparison), kebab(comparison.changes.first().map(compare::rank)));
    for sign in &comparison.health.signs {
        let _ = writeln!(text, "health: {sign}");
    }
    for change in &comparison.changes {
        let _ = write!(text, "\n{}", told(change));
    }
    text
}

#[test]
fn every_case_is_judged_as_claimed() {
    cases::all(cases::cases("changes", ".txt").into_iter().map(|path| {
        let case = Case::load(&path);
        let comparison = case.compare();
        let whole = format!("{}\nfinding:\n{}", case.head, finding(&comparison));
        let shown = cases::check(&path, &whole);
        let (wanted, is) = (sorted(&case.claim), sorted(&claimed(&comparison)));
        if wanted == is { shown } else { Err(format!("{}: claim {wanted:?}, judged {is:?}", path.display())) }
    }));
}

/// A passage made by hand: what it says, and its slots.
fn passage(quote: &str, slots: &[(Slot, &str)]) -> Passage {
    let said = |(slot, value): &(Slot, &str)| (*slot, Said { value: (*value).to_owned(), quote: (*value).to_owned() });
    Passage {
        quote: quote.to_owned(),
        heading: Vec::new(),
        class: Class::UserNotice,
        commitment: Commitment { slots: slots.iter().map(said).collect() },
        tags: Vec::new(),
        normal: text::normal(quote),
    }
}

fn judged(before: &[(Slot, &str)], after: &[(Slot, &str)]) -> Change {
    compare::change(
        Some(&passage("we tell users of one thing", before)),
        Some(&passage("we tell users of another thing", after)),
        &[],
        TermsKind::Privacy,
    )
}

#[test]
fn each_step_on_a_scale_has_its_sign() {
    let firm = (Slot::Strength, "firm");
    let steps = [
        (Slot::Strength, Some("firm"), Some("policy"), Direction::Minus),
        (Slot::Strength, Some("effort"), Some("may"), Direction::Minus),
        (Slot::Strength, Some("may"), Some("legal-floor"), Direction::Zero),
        (Slot::Strength, Some("reserved-no-notice"), Some("refusal"), Direction::Minus),
        (Slot::Timing, Some("before"), Some("on-receipt"), Direction::Minus),
        (Slot::Timing, None, Some("if-or-when-disclosing"), Direction::Minus),
        (Slot::Timing, Some("after"), Some("if-or-when-disclosing"), Direction::Plus),
        (Slot::LeadTime, Some("10 days"), Some("2 weeks"), Direction::Plus),
        (Slot::LeadTime, Some("7 days"), None, Direction::Minus),
        (Slot::Trigger, Some("legal-process"), Some("government"), Direction::Minus),
        (Slot::Trigger, Some("court-order"), Some("court-order, subpoena"), Direction::Plus),
        (Slot::Trigger, Some("court-order, subpoena, warrant"), Some("legal-process"), Direction::Zero),
        (Slot::Trigger, Some("legal-process"), Some("legal-process, no-preservation"), Direction::Minus),
        (Slot::Exceptions, Some("prohibited-by-order"), Some("prohibited-by-law"), Direction::Minus),
        (Slot::Exceptions, Some("emergency, prohibited-by-law"), Some("prohibited-by-law"), Direction::Plus),
        (Slot::Burden, None, Some("officer-statement"), Direction::Minus),
        (Slot::Contents, Some("complete-copy"), Some("copy"), Direction::Minus),
        (Slot::Object, Some("chance-to-object"), Some("chance-to-object, hold-production"), Direction::Plus),
        (Slot::Reach, None, Some("email-address"), Direction::Minus),
        (Slot::Channel, Some("email"), None, Direction::Minus),
        (Slot::Actor, Some("company"), Some("subsidiary"), Direction::Zero),
    ];
    for (slot, from, to, sign) in steps {
        let side = |value: Option<&'static str>| {
            let base = (slot != Slot::Strength).then_some(firm);
            base.into_iter().chain(value.map(|value| (slot, value))).collect::<Vec<_>>()
        };
        let change = judged(&side(from), &side(to));
        let moved: Vec<Direction> =
            change.slots.iter().filter(|moved| moved.slot == slot).map(|moved| moved.sign).collect();
        assert_eq!(moved, [sign], "{slot:?} {from:?} -> {to:?}");
    }
}

#[test]
fn words_that_mean_the_same_need_no_person_and_others_do() {
    let verdict = |before: &str, after: &str| {
        let change = compare::change(Some(&passage(before, &[])), Some(&passage(after, &[])), &[], TermsKind::Privacy);
        (change.verdict, change.touches_clause)
    };
    let same = [
        ("We notify you prior to disclosure.", "We notify you before disclosure."),
        ("We notify you unless prohibited by law.", "We notify you to the extent the law allows."),
        ("We notify you unless we are legally prohibited.", "Where permitted by law, we notify you."),
        ("We notify you unless forbidden.", "We notify you when we are allowed to."),
        ("We shall notify you.", "We will notify a user."),
        ("We won't notify you.", "We will not notify users."),
        ("See section 4 and 18 U.S.C. 2705.", "See section 5 and 18 U.S.C. 2703(d)."),
        ("Since November 15, 2015, we notify you.", "We notify you."),
        (
            "The company reserves the right to not provide notice.",
            "The company reserves the right not to provide notice.",
        ),
    ];
    for (before, after) in same {
        assert_eq!(verdict(before, after), (Verdict::Reworded, false), "{before} / {after}");
    }
    let other = [
        ("We will notify you.", "We may notify you.", true),
        ("We notify you if we disclose.", "We notify you before we disclose.", true),
        (
            "Where appropriate, we may notify you.",
            "Where appropriate and/or legally required, we may notify you.",
            true,
        ),
        ("We do notify you.", "We do not notify you.", true),
        ("We notify you within 10 days.", "We notify you within 20 days.", false),
    ];
    for (before, after, clause) in other {
        assert_eq!(verdict(before, after), (Verdict::NeedsHuman, clause), "{before} / {after}");
    }
}

#[test]
fn an_exception_to_a_refusal_is_good_for_users() {
    let refusal = (Slot::Strength, "refusal");
    let change = judged(&[refusal], &[refusal, (Slot::Exceptions, "prohibited-by-law")]);
    assert_eq!((change.verdict, change.dominant), (Verdict::Strengthened, Some(Direction::Plus)));
}

#[test]
fn the_highest_slot_dominates_a_mixed_change() {
    let change = judged(
        &[(Slot::Strength, "may"), (Slot::Delayed, "delayed-notice")],
        &[(Slot::Strength, "firm"), (Slot::Exceptions, "emergency")],
    );
    assert_eq!((change.verdict, change.dominant), (Verdict::Mixed, Some(Direction::Plus)));
}

#[test]
fn passages_that_were_merged_split_or_moved_align() {
    let one = passage("We will notify users of every subpoena for their records before disclosure.", &[]);
    let two = passage("When a court's prohibition has expired we tell the user what was withheld.", &[]);
    let both = passage(&format!("{} {}", one.quote, two.quote), &[]);
    let far = passage("Officers serve process on our registered agent, who tells account owners nothing.", &[]);
    let pairs = align::align(&[&one, &far, &two], &[&far, &both], &[]);
    let shape: Vec<_> = pairs.iter().map(|pair| (pair.before.clone(), pair.after.clone())).collect();
    assert_eq!(shape, [(vec![1], vec![0]), (vec![0, 2], vec![1])]);
    let back = align::align(&[&far, &both], &[&one, &far, &two], &[]);
    assert!(back.iter().any(|pair| pair.before == [1] && pair.after == [0, 2]), "{back:?}");
}

#[test]
fn passages_of_two_classes_never_meet() {
    let ours = passage("We notify users of demands for their data.", &[]);
    let theirs = Passage { class: Class::B2b, ..ours.clone() };
    assert_eq!(align::align(&[&ours], &[&theirs], &[]).len(), 2);
}

#[test]
fn a_flood_of_passages_still_aligns() {
    let flood: Vec<Passage> = (0..3000)
        .map(|n| passage(&format!("we notify users of demand {n} for their data, part {}", n % 7), &[]))
        .collect();
    let (old, new): (Vec<&Passage>, Vec<&Passage>) = (flood.iter().collect(), flood.iter().rev().skip(1).collect());
    let pairs = align::align(&old, &new, &[]);
    assert_eq!(pairs.iter().filter(|pair| pair.before.len() == 1 && pair.after.len() == 1).count(), 2999);
}

fn capture(words: usize) -> Reading {
    Reading { words, shingles: text::Shingles::of(&numbered(0, words)), ..Reading::default() }
}

fn numbered(from: usize, to: usize) -> String {
    (from..to).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn health_doubts_either_side_and_leaves_rewrites_alone() {
    use noticewatch_core::history::HealthState::Good;
    use noticewatch_core::history::HealthState::Rewritten;
    use noticewatch_core::history::HealthState::Suspect;
    let state = |before: &Reading, after: &Reading| history::pair_health(before, after).state;
    assert_eq!(state(&capture(2000), &capture(1900)), Good);
    assert_eq!(state(&capture(2000), &capture(400)), Suspect, "a fifth of the words");
    assert_eq!(state(&capture(2000), &capture(1000)), Suspect, "cut short");
    assert_eq!(state(&capture(200), &capture(2000)), Suspect, "the old side was no page");
    assert_eq!(state(&capture(700), &capture(2000)), Suspect, "the old side was cut short");
    let rewritten = Reading { words: 1000, shingles: text::Shingles::of(&numbered(5000, 6000)), ..Reading::default() };
    assert_eq!(state(&capture(2000), &rewritten), Rewritten, "a rewrite that halves the page is judged");
    let french = Reading { language: Some("fr".into()), ..capture(2000) };
    let english = Reading { language: Some("en".into()), ..capture(2000) };
    assert_eq!(state(&english, &french), Suspect);
}

#[test]
fn the_diff_marks_words_and_phrases_not_letters() {
    let shown = |before: &str, after: &str| marked(&diff::words(before, after));
    assert_eq!(shown("we will attempt", "we may attempt"), "we [-will-]{+may+} attempt");
    assert_eq!(shown("prior to disclosure", "before disclosure"), "[-prior to-]{+before+} disclosure");
    assert_eq!(
        shown("notify users of requests", "notify users of government requests"),
        "notify users of {+government +}requests"
    );
    assert_eq!(shown("a non-disclosure order", "a disclosure order"), "a [-non-disclosure-]{+disclosure+} order");
    assert_eq!(
        shown("before disclosing their data", "if we disclose their data"),
        "[-before disclosing-]{+if we disclose+} their data"
    );
    assert_eq!(
        shown("notify the member of a request", "tell a user of every demand"),
        "[-notify the member of a request-]{+tell a user of every demand+}"
    );
}

proptest! {
    #[test]
    fn a_diff_reads_as_both_texts(before in "([a-d]{1,3}|[ ,.\n-]|é|won't|\\(a\\)){0,40}", after in "([a-d]{1,3}|[ ,.\n-]|é|won't|\\(a\\)){0,40}") {
        let spans = diff::words(&before, &after);
        let (mut old, mut new) = (String::new(), String::new());
        for span in &spans {
            match span {
                Span::Same(text) => { old.push_str(text); new.push_str(text); }
                Span::Removed(text) => old.push_str(text),
                Span::Added(text) => new.push_str(text),
            }
        }
        prop_assert_eq!(old, before);
        prop_assert_eq!(new, after);
        let kind = |span: &Span| std::mem::discriminant(span);
        prop_assert!(spans.windows(2).all(|pair| kind(&pair[0]) != kind(&pair[1])), "{:?}", spans);
    }
}

/// Values that a slot may hold, for commitments made at random.
fn values(slot: Slot) -> &'static [&'static str] {
    match slot {
        Slot::Strength => &["firm", "policy", "effort", "may", "legal-floor", "reserved-no-notice", "refusal"],
        Slot::Timing => &["before", "on-receipt", "if-or-when-disclosing", "after"],
        Slot::LeadTime => &["10 days", "7 days", "2 weeks", "a reasonable time"],
        Slot::Decider => &["court", "law", "company-belief", "sole-discretion", "agency"],
        Slot::Exceptions => {
            &["prohibited-by-law", "prohibited-by-order", "emergency, prohibited-by-law", "feasibility"]
        }
        Slot::Trigger => &["legal-process", "government", "court-order, subpoena", "no-preservation, us-legal-process"],
        Slot::Burden => &["court-order", "supported-statement", "officer-statement"],
        Slot::Contents => &["complete-copy", "copy", "summary"],
        Slot::Object => &["chance-to-object", "chance-to-object, hold-production", "no-chance"],
        _ => &["former", "latter"],
    }
}

fn commitment() -> impl Strategy<Value = Vec<(Slot, &'static str)>> {
    let slots = [
        Slot::Strength,
        Slot::Timing,
        Slot::LeadTime,
        Slot::Decider,
        Slot::Exceptions,
        Slot::Trigger,
        Slot::Burden,
        Slot::Delayed,
        Slot::Object,
        Slot::Contents,
        Slot::Gag,
        Slot::Reach,
        Slot::Channel,
    ];
    let said = |slot: Slot| {
        proptest::option::of(proptest::sample::select(values(slot))).prop_map(move |v| v.map(|v| (slot, v)))
    };
    slots.map(said).into_iter().collect::<Vec<_>>().prop_map(|said| said.into_iter().flatten().collect())
}

proptest! {
    #[test]
    fn what_is_taken_one_way_is_given_the_other_way(before in commitment(), after in commitment()) {
        let turned = |sign| match sign { Direction::Minus => Direction::Plus, Direction::Zero => Direction::Zero, Direction::Plus => Direction::Minus };
        let signs = |change: &Change, turn: bool| {
            let mut signs: Vec<(Slot, Direction)> =
                change.slots.iter().map(|moved| (moved.slot, if turn { turned(moved.sign) } else { moved.sign })).collect();
            // A safeguard falls with its exception (docs/RULES.md 4.7), but does not come with it.
            signs.retain(|(slot, _)| !matches!(slot, Slot::Delayed | Slot::Gag));
            // A promise that falls swallows its exceptions; one that rises may bring them.
            if signs.iter().any(|(slot, sign)| *slot == Slot::Strength && *sign != Direction::Zero) {
                signs.retain(|(slot, _)| !matches!(slot, Slot::Exceptions | Slot::ClosedList | Slot::Decider));
            }
            signs.sort();
            signs
        };
        prop_assert_eq!(signs(&judged(&before, &after), false), signs(&judged(&after, &before), true));
    }
}

proptest! {
    // Each case reads two pages; the debug build takes its time.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_two_texts_can_be_compared(before in text(), after in text()) {
        let read = |text: &str| {
            let page = PageSource { body: text.as_bytes(), media_type: "text/markdown", charset: None };
            extract::read(page, &ReadingSettings { terms_type: "Law Enforcement Guidelines".into(), ..ReadingSettings::default() })
        };
        let (before, after) = (read(&before), read(&after));
        let same = history::compare(&before, &before, &[], TermsKind::LawEnforcement);
        // Of a capture that is no page, nothing can be said, not even that nothing changed.
        let wall = before.passages.is_empty() && before.signs.iter().any(document::Symptom::is_of_no_page);
        let judged = same.verdict == Verdict::None || (wall && same.verdict == Verdict::SuspectCapture);
        prop_assert!(judged && same.changes.is_empty());
        let judged = history::compare(&before, &after, &[vec!["users".into(), "é".into()]], TermsKind::LawEnforcement);
        prop_assert_eq!(judged.alert, compare::alert(judged.verdict));
        for change in &judged.changes {
            prop_assert!(!change.reasons.is_empty(), "{:?} says nothing", change.verdict);
        }
    }
}

/// Pages made of pieces of promises.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "# User notice\n\n",
        "## Requests\n\n",
        "We will notify users ",
        "We may not notify you ",
        "of requests for their data ",
        "before disclosure",
        " unless prohibited by law",
        ", such as emergencies",
        ". ",
        "\n\n- ",
        "(a) ",
        "\n\n",
        "Where required, ",
        "at least 10 days ",
        "if we believe ",
        "a court order ",
        "without notice to you",
        "\u{a0}é\u{200b}",
        "; ",
        "Officers should tell us. ",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}
