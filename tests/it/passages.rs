//! What is found on a page, and what it promises: the lexicon's own examples, cases as files, and hostile input.

use crate::cases;
use noticewatch_core::document::PageSource;
use noticewatch_core::extract::{Reading, lexicon};
use noticewatch_core::promise::Slot;
use noticewatch_core::target::ReadingSettings;
use noticewatch_core::text::plain_form::Plain;
use noticewatch_core::{document, extract};

use proptest::prelude::*;
use std::fmt::Write as _;
use std::path::Path;

#[test]
fn every_entry_of_the_lexicon_finds_its_examples() {
    let mut wrong = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for entry in lexicon::entries() {
        if !ids.insert(entry.id) {
            wrong.push(format!("{}: twice in the tables", entry.id));
        }
        let pattern = entry.compiled();
        let missed = entry.matches.iter().filter(|text| !pattern.finds(text));
        wrong.extend(missed.map(|text| format!("{} misses: {text}", entry.id)));
        let found = entry.not.iter().filter(|text| pattern.finds(text));
        wrong.extend(found.map(|text| format!("{} finds: {text}", entry.id)));
        if entry.matches.is_empty() || entry.meaning.is_empty() || !entry.source.starts_with("docs/RULES.md") {
            wrong.push(format!("{}: an entry has examples, a meaning and a source", entry.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Which patterns are tried on a text at all is decided by single words; that must never lose one.
#[test]
fn a_family_finds_what_its_entries_find() {
    let tables = [include_str!("../sentences.txt"), include_str!("../strengths.txt")];
    let sentences: Vec<&str> = tables.into_iter().flat_map(rows).filter_map(|row| row.last().copied()).collect();
    let mut wrong = Vec::new();
    for entry in lexicon::entries() {
        let pattern = entry.compiled();
        for text in sentences.iter().chain(entry.matches).chain(entry.not) {
            let plain = Plain::of(text);
            let found = lexicon::family(entry.role).find(plain.bytes());
            if found.iter().any(|found| found.entry.id == entry.id) != pattern.finds(text) {
                wrong.push(format!("{}: {text}", entry.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_hold_the_passages_that_their_cases_name() {
    let files = [".md", ".html", ".txt"].into_iter().flat_map(|ending| cases::cases("documents", ending));
    cases::all(files.filter(|file| named(file).is_some()).map(|file| {
        let body = std::fs::read(&file).expect("a case");
        let reading = read(&body, media_type(&file), named(&file).expect("a kind"));
        cases::check(&file.with_extension("passages"), &dump(&reading))
    }));
}

/// The rows of a table of cases: lines cut at ` | `, without remarks.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(" | ").collect())
}

#[test]
fn sentences_are_found_or_left_as_their_table_says() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("../sentences.txt")) {
        let [kind, label, heading, sentence] = row[..] else { panic!("four columns: {row:?}") };
        let title = if heading == "-" { String::new() } else { format!("## {heading}\n\n") };
        let page = format!("{title}{sentence}\n");
        let reading = read(page.as_bytes(), "text/markdown", named(Path::new(&format!("{kind}-"))).expect("a kind"));
        let last = sentence.rsplit(". ").next().unwrap_or(sentence);
        if reading.passages.iter().any(|passage| passage.quote.contains(last)) != (label == "notice") {
            wrong.push(row.join(" | "));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn strength_is_read_as_its_table_says() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("../strengths.txt")) {
        let [value, sentence] = row[..] else { panic!("two columns: {row:?}") };
        let page = format!("# Information for law enforcement\n\n{sentence}\n");
        let reading = read(page.as_bytes(), "text/markdown", "Law Enforcement Guidelines");
        let found = reading.passages.first().map(|passage| passage.commitment.value(Slot::Strength).unwrap_or("none"));
        if found != Some(value) {
            wrong.push(format!("{} read as {}", row.join(" | "), found.unwrap_or("no passage")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The terms type that a case's name begins with; files of other tests have other names.
fn named(file: &Path) -> Option<&'static str> {
    let name = file.file_name()?.to_str()?;
    let kinds = [
        ("guideline-", "Law Enforcement Guidelines"),
        ("privacy-", "Privacy Policy"),
        ("terms-", "Terms of Service"),
        ("fremd-", "Privacy Policy"),
    ];
    kinds.iter().find(|(start, _)| name.starts_with(start)).map(|(_, kind)| *kind)
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html",
        Some("txt") => "text/plain",
        _ => "text/markdown",
    }
}

fn read(body: &[u8], media_type: &str, terms_type: &str) -> Reading {
    let settings = ReadingSettings { terms_type: terms_type.to_owned(), ..ReadingSettings::default() };
    extract::read(PageSource { body, media_type, charset: None }, &settings)
}

/// The passages for a person: class and headings, the words, the slots with theirs.
fn dump(reading: &Reading) -> String {
    let mut text = String::new();
    for passage in &reading.passages {
        writeln!(text, "{:?} under {}", passage.class, passage.heading.join(" > ")).expect("a string");
        for line in passage.quote.lines() {
            writeln!(text, "    {line}").expect("a string");
        }
        for (slot, said) in &passage.commitment.slots {
            writeln!(text, "  {slot:?}: {}  <- {}", said.value, said.quote).expect("a string");
        }
        if !passage.tags.is_empty() {
            writeln!(text, "  tags: {}", passage.tags.join(", ")).expect("a string");
        }
        text.push('\n');
    }
    if text.is_empty() {
        text.push_str("nothing\n");
    }
    text
}

fn values(text: &str, terms_type: &str) -> Vec<String> {
    let reading = read(text.as_bytes(), "text/markdown", terms_type);
    let slots = reading.passages.iter().flat_map(|passage| passage.commitment.slots.iter());
    slots.map(|(slot, said)| format!("{slot:?}={}", said.value)).collect()
}

/// Pairs that promise the same (docs/RULES.md 4.4): every slot has the same value.
#[test]
fn equal_meanings_have_equal_values() {
    let pairs = [
        (
            "We will notify users before disclosing their data to law enforcement unless prohibited by law.",
            "Users will be notified prior to disclosing their data to law enforcement, to the extent the law allows.",
        ),
        (
            "We will notify you of government requests where permitted by law.",
            "We will notify members of government requests unless legally forbidden.",
        ),
        (
            "Our policy is to notify users of legal process in advance of production.",
            "It is our policy to notify you of legal process before production.",
        ),
        (
            "We will notify the user before we hand over the data in response to a subpoena.",
            "The user will be notified before the data is produced in response to a subpoena.",
        ),
        (
            "We will let you know before we disclose your data to law enforcement unless prohibited by law.",
            "You will be informed before your data is shared with law enforcement unless prohibited by law.",
        ),
        (
            "We will attempt to notify members of legal requests, where legally permitted.",
            "We will try to inform users of legal requests, to the extent allowed by law.",
        ),
        (
            "We may notify users of subpoenas prior to releasing their records.",
            "Users may be told of subpoenas in advance of the release of their records.",
        ),
        ("We will not notify users of preservation requests.", "Users will not be notified of preservation requests."),
    ];
    for (before, after) in pairs {
        let (before, after) = (format!("# Notice to users\n\n{before}"), format!("# Notice to users\n\n{after}"));
        let kind = "Law Enforcement Guidelines";
        assert_eq!(values(&before, kind), values(&after, kind), "{before}\n{after}");
        assert!(!values(&before, kind).is_empty(), "{before}");
    }
}

/// Pairs that only look equal (docs/RULES.md 4.5): some slot differs.
#[test]
fn false_friends_differ() {
    let pairs = [
        ("We will notify users unless prohibited by law.", "We will notify users unless we believe it is prohibited."),
        ("We will notify users where permitted by law.", "We may notify users when permitted or required by law."),
        ("We will notify users before we disclose data.", "We will notify users if we disclose data."),
        ("We will notify users unless required by law not to.", "We will not notify users unless required by law."),
        ("We will notify users of subpoenas.", "We will try to notify users of subpoenas."),
        ("We will notify users of subpoenas.", "We are not permitted to notify users of subpoenas."),
        ("We give users 14 days' notice of a subpoena.", "We give users 7 days' notice of a subpoena."),
    ];
    for (before, after) in pairs {
        let kind = "Law Enforcement Guidelines";
        assert_ne!(values(before, kind), values(after, kind), "{before}\n{after}");
    }
}

/// What a list looks like on the page changes nothing about what is promised.
#[test]
fn layout_moves_no_slot() {
    let heading = "## 4. User notifications\n\n";
    let inline = "It is our policy to notify users before disclosing their data to law enforcement, unless notice: (a) is prohibited under applicable law; (b) would jeopardize an investigation; or (c) would put individuals at risk of harm.";
    let list = "It is our policy to notify users before disclosing their data to law enforcement, unless notice:\n\n* is prohibited under applicable law;\n* would jeopardize an investigation; or\n* would put individuals at risk of harm.";
    let kind = "Law Enforcement Guidelines";
    let one = values(&format!("{heading}{inline}"), kind);
    assert_eq!(one, values(&format!("{heading}{list}"), kind));
    assert_eq!(one, values(&format!("**4. User Notifications**\n\n{inline}"), kind));
    assert!(
        one.contains(&"Exceptions=jeopardises-investigation, prohibited-by-law, risk-of-harm".to_owned()),
        "{one:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a page holds, it is read, and every quote is the page's own words in their order.
    #[test]
    fn quotes_are_the_pages_own_words(words in prop::collection::vec(pieces(), 0..60), law in any::<bool>()) {
        let text = words.join(" ");
        let kind = if law { "Law Enforcement Guidelines" } else { "Privacy Policy" };
        let reading = read(text.as_bytes(), "text/plain", kind);
        let settings = ReadingSettings { terms_type: kind.to_owned(), ..ReadingSettings::default() };
        let page = PageSource { body: text.as_bytes(), media_type: "text/plain", charset: None };
        let blocks = document::parse(page, &settings).blocks;
        let page = squeezed(&blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join(" "));
        for passage in &reading.passages {
            prop_assert!(in_order(&squeezed(&passage.quote), &page), "{}", passage.quote);
        }
    }
}

/// Whether all letters of a quote stand on the page, in their order.
fn in_order(quote: &str, page: &str) -> bool {
    let mut page = page.chars();
    quote.chars().all(|letter| page.any(|other| other == letter))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Words that policies are made of, and some that nobody expects.
fn pieces() -> impl Strategy<Value = String> {
    let known = vec![
        "We will notify you",
        "users",
        "before",
        "disclosing your data",
        "to law enforcement.",
        "subpoena",
        "unless",
        "prohibited by law;",
        "court order:",
        "\n\n",
        "(a)",
        "without notice",
        "our policy is to",
        "may not",
        "delayed notice",
        "# User notice\n\n",
        "* ",
        "\u{2019}",
        "\u{200b}",
        "\u{df}",
        "\u{1d54f}",
        "such a request.",
        "10 (ten) days",
        "\u{a0}",
        "ﬁ",
        "e.g.",
        "\n",
    ];
    prop_oneof![4 => prop::sample::select(known).prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

/// Work grows with the length of the page, not with its square.
#[test]
fn hostile_pages_are_read_in_linear_time() {
    let pages = [
        "notify you of a request ".repeat(40_000),
        "* we will notify users of any subpoena unless:\n".repeat(6_000),
        format!("# User notice\n\n{}", "without notice, ".repeat(40_000)),
        "## Will we notify users?\n\nYes.\n\n".repeat(6_000),
    ];
    for page in pages {
        let reading = read(page.as_bytes(), "text/markdown", "Law Enforcement Guidelines");
        assert!(reading.words > 0);
    }
}
