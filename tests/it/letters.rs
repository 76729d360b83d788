//! Golden letters: tests/letters/NAME.material.json gives NAME.subject, NAME.txt and NAME.html, octet for octet.

use crate::cases::{all, cases, check};
use noticewatch::digest::{Letter, Material, Occasion, compose};
use scraper::{Html, Selector};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn material(case: &Path) -> Material {
    let json = std::fs::read_to_string(case).expect("a readable case");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}", case.display()))
}

fn beside(case: &Path, ending: &str) -> PathBuf {
    let name = case.to_string_lossy().replace(".material.json", ending);
    PathBuf::from(name)
}

/// Every letter with its material, and one with ten thousand findings.
static LETTERS: LazyLock<Vec<(String, Material, Letter)>> = LazyLock::new(|| {
    let mut letters: Vec<(String, Material)> =
        cases("letters", ".material.json").iter().map(|case| (case.display().to_string(), material(case))).collect();
    let mut many = letters.iter().find(|(name, _)| name.contains("/many.")).expect("the case `many`").1.clone();
    many.items = many.items.iter().cycle().take(10_000).cloned().collect();
    many.tail = many.tail.iter().cycle().take(10_000).cloned().collect();
    many.troubles = many.troubles.iter().cycle().take(10_000).cloned().collect();
    many.checked.unseen = many.checked.unseen.iter().cycle().take(10_000).cloned().collect();
    letters.push(("ten thousand".to_owned(), many));
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
    for (name, material, letter) in &*LETTERS {
        assert_eq!(letter, &compose(material), "{name}");
        assert!(seen.insert(&letter.id), "{name}: the id of another letter");
    }
}

#[test]
fn subjects_are_one_clean_line() {
    for (name, _, letter) in &*LETTERS {
        let subject = &letter.subject;
        assert!(subject.chars().count() <= 150, "{name}: {subject}");
        assert!(subject.split(' ').all(|word| word.chars().count() <= 60), "{name}: {subject}");
        assert!(
            !subject.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)),
            "{name}: {subject}"
        );
        assert!(subject.starts_with('['), "{name}: {subject}");
    }
}

#[test]
fn text_parts_have_72_columns_and_end_with_what_was_checked() {
    for (name, material, letter) in &*LETTERS {
        for line in letter.text.lines() {
            let words = line.trim_start().trim_start_matches("- ").trim_start_matches("| ").split(' ').count();
            let fits = line.chars().count() <= 72 || words == 1 || line.starts_with("    noticewatch ");
            assert!(fits, "{name}: {line}");
            assert!(!line.chars().any(char::is_control), "{name}: {line:?}");
        }
        let checked = &material.checked;
        let end = format!("{} of {} pages checked in the last 24 h.\n", checked.good, checked.of);
        assert!(letter.text.ends_with(&end), "{name}");
        assert!(letter.html.contains(end.trim_end()), "{name}");
    }
}

#[test]
fn html_parts_load_nothing_and_hold_only_our_own_elements() {
    let ours = "html head meta title style body div table tbody tr td h1 h2 h3 p ul ol li a br strong span del ins";
    let every = Selector::parse("*").expect("a selector");
    for (name, _, letter) in &*LETTERS {
        let html = &letter.html;
        assert!(html.len() <= 100_000, "{name}: {} octets", html.len());
        for element in Html::parse_document(html).select(&every) {
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
}

#[test]
fn both_wordings_stand_there_whole() {
    let case = cases("letters", "weakened.material.json").remove(0);
    let material = material(&case);
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
    let mut material = material(&cases("letters", "weakened.material.json").remove(0));
    assert_eq!(compose(&material).thread.as_deref(), Some("periwinkle-privacy"));
    material.occasion = Occasion::Digest;
    assert_eq!(compose(&material).thread, None);
}
