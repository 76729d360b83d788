//! Golden letters: tests/letters/NAME.material.json gives NAME.subject, NAME.txt and NAME.html, octet for octet; and what
//! holds for any letter, whatever stood on the pages.

use crate::cases::{all, cases, check};
use crate::mail::strict;
use noticewatch_core::letter::{Letter, Material, Occasion, compose};

use proptest::prelude::*;
use regex::Regex;
use scraper::{Html, Selector};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn material(case: &Path) -> Material {
    let json = std::fs::read_to_string(case).expect("a readable case");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}", case.display()))
}

fn named(name: &str) -> Material {
    material(&cases("letters", &format!("/{name}.material.json")).remove(0))
}

fn beside(case: &Path, ending: &str) -> PathBuf {
    let name = case.to_string_lossy().replace(".material.json", ending);
    PathBuf::from(name)
}

/// Ten thousand changes, each of a page of its own, and as many of everything else.
fn ten_thousand() -> Material {
    let mut many = named("many");
    many.items = many.items.iter().cycle().take(10_000).cloned().collect();
    for (number, item) in many.items.iter_mut().enumerate() {
        item.finding.target = format!("page-{number}");
        item.finding.id = format!("f-{number}");
    }
    many.tail = many.tail.iter().cycle().take(10_000).cloned().collect();
    many.troubles = many.troubles.iter().cycle().take(10_000).cloned().collect();
    many.checked.unseen = many.checked.unseen.iter().cycle().take(10_000).cloned().collect();
    many.checked.outside = (0..10_000).map(|number| format!("Page {number}")).collect();
    many
}

/// Every letter with its material, and one with ten thousand findings.
static LETTERS: LazyLock<Vec<(String, Material, Letter)>> = LazyLock::new(|| {
    let mut letters: Vec<(String, Material)> =
        cases("letters", ".material.json").iter().map(|case| (case.display().to_string(), material(case))).collect();
    letters.push(("ten thousand".to_owned(), ten_thousand()));
    let composed = |(name, material): (String, Material)| {
        let letter = compose(&material);
        (name, material, letter)
    };
    letters.into_iter().map(composed).collect()
});

#[test]
fn golden() {
    all(cases("letters", ".material.json").iter().flat_map(|case| {
        let letter = compose(&material(case));
        [
            check(&beside(case, ".subject"), &format!("{}\n", letter.subject)),
            check(&beside(case, ".txt"), &letter.text),
            check(&beside(case, ".html"), &letter.html),
        ]
    }));
}

#[test]
fn same_material_same_letter_and_another_id_for_another() {
    let mut seen = std::collections::BTreeSet::new();
    for (name, material, letter) in LETTERS.iter().filter(|(name, ..)| name != "ten thousand") {
        assert_eq!(letter, &compose(material), "{name}");
        assert!(seen.insert(&letter.id), "{name}: the id of another letter");
    }
}

/// What a reader cannot see and what turns lines round.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

fn subject_is_one_clean_line(name: &str, subject: &str) {
    assert!(subject.chars().count() <= 150, "{name}: {subject}");
    assert!(subject.split(' ').all(|word| word.chars().count() <= 60), "{name}: {subject}");
    assert!(!subject.chars().any(|c| c.is_control() || is_hidden(c)), "{name}: {subject:?}");
    assert!(subject.starts_with('['), "{name}: {subject}");
}

fn text_has_72_columns_and_ends_with_what_was_checked(name: &str, material: &Material, letter: &Letter) {
    for line in letter.text.lines() {
        let words = line.trim_start().trim_start_matches("- ").trim_start_matches("| ").split(' ').count();
        let fits = textwrap::core::display_width(line) <= 72 || words == 1 || line.starts_with("    noticewatch ");
        assert!(fits || line.starts_with("    http"), "{name}: {line}");
        assert!(!line.chars().any(|c| c.is_control() || is_hidden(c)), "{name}: {line:?}");
    }
    let checked = &material.checked;
    let end = format!("{} of {} pages checked in the last 24 h.\n", checked.good, checked.of);
    assert!(letter.text.ends_with(&end), "{name}");
    assert!(letter.html.contains(end.trim_end()), "{name}");
}

static EVERY: LazyLock<Selector> = LazyLock::new(|| Selector::parse("*").expect("a selector"));

fn html_loads_nothing_and_holds_only_our_own_elements(name: &str, html: &str) {
    let ours = "html head meta title style body div table tbody tr td h1 h2 h3 p ul ol li a br strong span del ins";
    assert!(html.len() <= 100_000, "{name}: {} octets", html.len());
    let document = Html::parse_document(html);
    assert!(document.errors.is_empty(), "{name}: {:?}", document.errors);
    for element in document.select(&EVERY) {
        let element = element.value();
        assert!(ours.split(' ').any(|known| known == element.name()), "{name}: <{}>", element.name());
        for (attribute, value) in element.attrs() {
            let fits = match attribute {
                "href" => element.name() == "a" && (value.starts_with("https://") || value.starts_with("http://")),
                "style" => !value.contains("url("),
                "class" | "role" | "dir" | "lang" | "name" | "content" | "charset" => true,
                _ => false,
            };
            assert!(fits, "{name}: {attribute}={value}");
        }
    }
}

#[test]
fn every_letter_is_sound() {
    for (name, material, letter) in &*LETTERS {
        subject_is_one_clean_line(name, &letter.subject);
        text_has_72_columns_and_ends_with_what_was_checked(name, material, letter);
        html_loads_nothing_and_holds_only_our_own_elements(name, &letter.html);
    }
}

/// The forms are fixed, and docs/LETTERS.md lists them all.
#[test]
fn subjects_are_of_a_documented_form() {
    let docs = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/LETTERS.md")).expect("docs");
    let table = docs.lines().filter_map(|line| line.strip_prefix("| `")?.split("` |").next());
    let forms: Vec<Regex> = table.filter(|form| form.starts_with('[')).map(form).collect();
    assert!(forms.len() >= 10, "the table of forms: {forms:?}");
    for (name, _, letter) in &*LETTERS {
        let fits = forms.iter().filter(|form| form.is_match(&letter.subject)).count();
        assert!(fits > 0, "{name}: {}", letter.subject);
    }
}

/// `[VERDICT] LABEL: "WORDS" is gone` as a pattern: words in capitals stand for any text.
fn form(form: &str) -> Regex {
    let capitals = Regex::new("[A-Z]{2,}(?: [A-Z]{2,})*").expect("a pattern");
    let verdicts = "(?:weakened|removed|mixed|needs-human|added|strengthened|moved|restored)(?:, late|, judged anew)?";
    let escaped = regex::escape(form);
    let whole = capitals.replace_all(&escaped, |found: &regex::Captures<'_>| match &found[0] {
        "VERDICT" => verdicts.to_owned(),
        "DAY" => r"\d{4}-\d\d-\d\d".to_owned(),
        _ => ".+?".to_owned(),
    });
    Regex::new(&format!(r"^{whole}(?: \(in force \d{{4}}-\d\d-\d\d\))?(?: and \d+ more)?$")).expect("a pattern")
}

#[test]
fn ten_thousand_changes_are_one_letter_that_says_where_the_others_are() {
    let (name, _, letter) = LETTERS.last().expect("ten thousand");
    strict(name, letter);
    assert!(letter.subject.ends_with(" and 9999 more"), "{}", letter.subject);
    let (contents, first) = (letter.text.find("  1. ["), letter.text.find("\n1. Periwinkle"));
    assert!(contents.is_some() && contents < first, "contents first");
    for part in [" more changes; all of them: noticewatch history", " of 10000 changes stand here in full."] {
        let flat = letter.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(part.trim()), "{part}");
    }
    assert!(letter.text.len() < 100_000, "{} octets of text", letter.text.len());
}

/// As many pages as the field has: the list that the program carries is as long.
#[test]
fn a_board_of_the_whole_field_names_every_page() {
    let mut week = named("quiet-week");
    let mut row = week.board.iter().find(|row| !row.quote.is_empty()).expect("a promise").clone();
    row.quote = format!("{} ", row.quote).repeat(6);
    let rows = (0..133).map(|number| {
        let mut row = row.clone();
        (row.service, row.label) = (format!("Service {number}"), format!("Page {number} of a service"));
        row
    });
    week.board = rows.collect();
    let letter = compose(&week);
    html_loads_nothing_and_holds_only_our_own_elements("board", &letter.html);
    for number in 0..133 {
        let name = format!("Page {number} of a service");
        assert!(letter.html.contains(&name) && letter.text.contains(&name), "{name}");
    }
}

#[test]
fn both_wordings_stand_there_whole() {
    let material = named("weakened");
    let letter = compose(&material);
    let words =
        |text: &str| text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>().join(" ");
    let flat = |text: &str| words(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let html = Html::parse_document(&letter.html).root_element().text().collect::<String>();
    for quote in [&material.items[0].finding.change.before, &material.items[0].finding.change.after] {
        let quote = flat(&quote.as_ref().expect("a wording").quote);
        assert!(flat(&letter.text).contains(&quote), "the text part lacks: {quote}");
        let unmarked = html.replace("[removed: ", "").replace("[added: ", "");
        assert!(flat(&unmarked).contains(&quote), "the HTML part lacks: {quote}");
    }
}

#[test]
fn only_letters_of_one_target_belong_to_a_thread() {
    let mut material = named("weakened");
    assert_eq!(compose(&material).thread.as_deref(), Some("periwinkle-privacy"));
    material.occasion = Occasion::Digest;
    assert_eq!(compose(&material).thread, None);
}

/// Keys whose texts are the program's own words, not a page's.
const OWN: [&str; 13] = [
    "occasion", "verdict", "dominant", "severity", "slot", "sign", "op", "class", "kind", "mark", "news", "rank",
    "program",
];

/// Puts the texts in place of everything that could have come from a page or a configuration.
fn poisoned(value: &mut Value, key: &str, texts: &mut impl Iterator<Item = String>) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| poisoned(value, key, texts)),
        Value::Array(list) => list.iter_mut().for_each(|value| poisoned(value, key, texts)),
        Value::String(text) => {
            let time = text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok();
            let hash = text.len() == 64 && text.bytes().all(|octet| octet.is_ascii_hexdigit());
            if !(time || hash || OWN.contains(&key)) {
                *text = texts.next().expect("texts without end");
            }
        }
        _ => {}
    }
}

/// What pages have tried on programs that mail them.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        3 => any::<String>(),
        3 => prop::sample::select(vec![
            "\r\nBcc: everyone@example.org\r\n", "\r\n.\r\n", "\r\n\r\n--noticewatch-", "\0", "\u{1b}]0;x\u{7}", "\u{202e}",
            "\u{2066}", "\u{feff}", "</td></table></html>", "<script>alert(1)</script>", "<img src=https://t.example/p.gif>",
            "-->", "<!--", "]]>", "&lt;&#0;&amp", "\" onmouseover=\"x", "'", "=?utf-8?B?AAAA?=", "{{ 7*7 }}", "[-x-]{+y+}",
            "https://evil.example/?u=1", "mailto:x@y.example", "From ", "=3D=", "שלום", "مرحبا", "日本語の約束です", "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
            "\u{2028}", "\u{85}", "\u{fffe}", "\u{1f469}\u{200d}\u{2696}", " ", "\n",
        ]).prop_map(str::to_owned),
        1 => (1_usize..1_600).prop_map(|length| "w".repeat(length)),
    ];
    prop::collection::vec(pieces, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_of_a_page_breaks_a_letter(texts in prop::collection::vec(nasty(), 1..12), case in any::<prop::sample::Index>()) {
        let all: Vec<&(String, Material, Letter)> = LETTERS.iter().filter(|(name, ..)| name != "ten thousand").collect();
        let (name, material, _) = case.get(&all);
        let mut value = serde_json::to_value(material).expect("JSON");
        poisoned(&mut value, "", &mut texts.into_iter().cycle());
        let material: Material = serde_json::from_value(value).expect("a material");
        let letter = compose(&material);
        subject_is_one_clean_line(name, &letter.subject);
        text_has_72_columns_and_ends_with_what_was_checked(name, &material, &letter);
        html_loads_nothing_and_holds_only_our_own_elements(name, &letter.html);
        strict(name, &letter);
    }
}
