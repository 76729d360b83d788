//! Tests of: phrases that mean the same and phrases that only look so (docs/RULES.md 4.4, 4.5): tables of fillings,
//! each tried against each other in both orders.
//!
//! The tables are `tests/phrases/same.txt` and `tests/phrases/other.txt`; how a table is written stands at its head.

use crate::cases;
use noticewatch_core::compare::Verdict;
use noticewatch_core::document::PageSource;
use noticewatch_core::extract::Reading;
use noticewatch_core::target::{ReadingSettings, TermsKind};
use noticewatch_core::{extract, history};

/// One block of a table.
struct Block {
    terms_type: String,
    sentence: String,
    /// The lines below: fillings, or `key: filling`.
    lines: Vec<String>,
}

fn blocks(table: &str) -> Vec<Block> {
    let tables = cases::cases("phrases", ".txt");
    let path = tables.iter().find(|path| path.ends_with(table)).expect("a table");
    let text = std::fs::read_to_string(path).expect("text");
    let block = |block: &str| {
        let mut lines = block.lines().filter(|line| !line.starts_with('#'));
        let terms_type = lines.next()?.strip_prefix("type: ").expect("type").to_owned();
        let sentence = lines.next()?.strip_prefix("sentence: ").expect("sentence").to_owned();
        Some(Block { terms_type, sentence, lines: lines.map(str::to_owned).collect() })
    };
    text.split("\n\n").filter_map(block).collect()
}

impl Block {
    fn read(&self, filling: &str) -> Reading {
        let settings = ReadingSettings { terms_type: self.terms_type.clone(), ..ReadingSettings::default() };
        let sentence = self.sentence.replace("{}", filling);
        let body = format!("# Legal requests\n\n## Notice to users\n\n{sentence}\n");
        extract::read(
            PageSource { body: body.as_bytes(), media_type: "text/markdown", charset: Some("utf-8") },
            &settings,
        )
    }

    fn judge(&self, before: &str, after: &str) -> Verdict {
        history::compare(&self.read(before), &self.read(after), &[], TermsKind::of(&self.terms_type)).verdict
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| line.strip_prefix(key)).map(str::trim)
    }
}

fn named(verdict: Verdict) -> String {
    serde_json::to_value(verdict).expect("json").as_str().expect("a name").to_owned()
}

#[test]
fn phrases_that_mean_the_same_alarm_nobody() {
    cases::all(blocks("same.txt").iter().flat_map(|block| {
        let pairs = block.lines.iter().flat_map(|one| block.lines.iter().map(move |other| (one, other)));
        pairs.map(|(one, other)| match block.judge(one, other) {
            Verdict::None | Verdict::Reworded => Ok(()),
            verdict => Err(format!("{} : \"{one}\" -> \"{other}\" is {}", block.sentence, named(verdict))),
        })
    }));
}

#[test]
fn phrases_that_only_look_the_same_are_told_with_the_right_sign() {
    cases::all(blocks("other.txt").iter().map(|block| {
        let (more, less) = (block.value("more:").expect("more"), block.value("less:").expect("less"));
        let wanted = block.value("verdicts:").unwrap_or("weakened / strengthened").to_owned();
        let is = format!("{} / {}", named(block.judge(more, less)), named(block.judge(less, more)));
        if is == wanted { Ok(()) } else { Err(format!("{} : \"{more}\" -> \"{less}\" is {is}", block.sentence)) }
    }));
}

/// Ways to disclose, each once without and once with the words by which nobody is told.
fn disclosures() -> Vec<(String, String)> {
    const WHO: [&str; 5] = [
        "We may",
        "Fernmail can",
        "In answer to a subpoena we will",
        "Where a court orders it, we may",
        "To the extent that the law asks for it, Fernmail will",
    ];
    const WHAT: [&str; 4] = [
        "disclose your personal data",
        "release the contents of your account",
        "share your account records",
        "provide information about you",
    ];
    const WHY: [&str; 3] = [
        "to law enforcement in response to a valid legal request",
        "to any government agency that presents a court order",
        "as needed to comply with a subpoena or another legal demand",
    ];
    let mut found = Vec::new();
    for (i, who) in WHO.iter().enumerate() {
        for (j, what) in WHAT.iter().enumerate() {
            for why in WHY {
                let with = if (i + j) % 2 == 0 {
                    format!("{who}, without notice, {what} {why}.")
                } else {
                    format!("{who} {what} {why}, without notice.")
                };
                found.push((format!("{who} {what} {why}."), with));
            }
        }
    }
    found
}

#[test]
fn without_notice_put_into_a_disclosure_is_told() {
    let block = |terms_type: &str| {
        Block {
        terms_type: terms_type.to_owned(),
        sentence: "We keep what the law asks us to keep. {} We look at each request before we answer it, and keep a record of what was asked for and what was given."
            .to_owned(),
        lines: Vec::new(),
    }
    };
    let pairs = disclosures();
    assert_eq!(pairs.len(), 60);
    cases::all(["Privacy Policy", "Law Enforcement Guidelines"].iter().flat_map(|terms_type| {
        let block = block(terms_type);
        pairs.iter().map(move |(before, after)| match block.judge(before, after) {
            Verdict::Weakened | Verdict::Mixed | Verdict::NeedsHuman => Ok(()),
            verdict => Err(format!("{terms_type}: \"{after}\" is {}", named(verdict))),
        })
    }));
}
