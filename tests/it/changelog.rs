//! Tests of the changelog: as values, in letters to the operator, and in Debian's form. Its texts are invented but for
//! the one test of our own.

use noticewatch::app::maintenance::changelog::{CHANGELOG, between, versions};
use noticewatch::app::maintenance::upgrade_notice::{StoreWriter, Takeover, said};
#[path = "../../xtask/src/bin/papers/debian.rs"]
pub mod debian;

use jiff::Timestamp;

const INVENTED: &str = "\
# Changes for operators

What stands before the first version belongs to none.

## 0.10.0

- The newest, which has no day yet.

## 0.3.0 (2027-03-04)

A paragraph by itself, over
two lines.

- One change
  with `code`, over two lines.
- Another.

### A heading below

- A third.
## 0.2.0 (2027-02-01)
* The second.

## 0.1.0 (2027-01-05)

- The first.
";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn writer(version: Option<&str>, rules: &str) -> StoreWriter {
    StoreWriter { version: version.map(str::to_owned), rules: rules.to_owned() }
}

fn told(by: StoreWriter, from: Option<StoreWriter>) -> Vec<String> {
    said(&Takeover { by, from }, at("2027-03-09T22:00:00Z"), &versions(INVENTED))
}

#[test]
fn each_version_has_its_day_and_its_changes() {
    let all = versions(INVENTED);
    let short: Vec<(&str, String, usize)> = all
        .iter()
        .map(|one| (one.number.as_str(), one.day.map_or_else(String::new, |day| day.to_string()), one.changes.len()))
        .collect();
    let day = |text: &str| text.to_owned();
    assert_eq!(
        short,
        [
            ("0.10.0", String::new(), 1),
            ("0.3.0", day("2027-03-04"), 4),
            ("0.2.0", day("2027-02-01"), 1),
            ("0.1.0", day("2027-01-05"), 1),
        ]
    );
    assert_eq!(
        all[1].changes,
        ["A paragraph by itself, over two lines.", "One change with `code`, over two lines.", "Another.", "A third."]
    );
    for (after, to, wanted) in [
        ("0.1.0", "0.3.0", &["0.3.0", "0.2.0"][..]),
        ("0.0.9", "0.1.0", &["0.1.0"]),
        ("0.3.0", "0.10.0", &["0.10.0"]),
        ("0.3.0", "0.3.0", &[]),
        ("0.3.0", "0.2.0", &[]),
        ("0.3.0-beta", "0.10.0", &[]),
    ] {
        let found: Vec<&str> = between(&all, after, to).map(|one| one.number.as_str()).collect();
        assert_eq!(found, wanted, "{after} to {to}");
    }
}

#[test]
fn the_operator_is_told_who_took_over_and_the_first_of_what_changed() {
    let rules = "It reads pages by other rules: what it judges graver now comes marked late or judged anew.";
    assert_eq!(
        told(writer(Some("0.2.0"), "a"), Some(writer(Some("0.1.0"), "a"))),
        ["noticewatch 0.2.0 took over from 0.1.0 on 2027-03-09.", "New in 0.2.0: The second."]
    );
    assert_eq!(
        told(writer(Some("0.3.0"), "b"), Some(writer(Some("0.1.0"), "a"))),
        [
            &format!("noticewatch 0.3.0 took over from 0.1.0 on 2027-03-09. {rules}"),
            "New in 0.3.0: A paragraph by itself, over two lines.",
            "New in 0.3.0: One change with `code`, over two lines.",
            "New in 0.3.0: Another.",
            "New in 0.3.0: A third.",
            "... and 1 more change; CHANGELOG.md names all.",
        ]
    );
    // Back to an older one: of what it does not do any more its changelog knows nothing.
    assert_eq!(
        told(writer(Some("0.2.0"), "a"), Some(writer(Some("0.3.0"), "b"))),
        [format!("noticewatch 0.2.0 took over from 0.3.0 on 2027-03-09. {rules}")]
    );
    assert_eq!(
        told(writer(Some("0.2.0"), "b"), Some(writer(Some("0.2.0"), "a"))),
        [format!("noticewatch 0.2.0 took over from another build of 0.2.0 on 2027-03-09. {rules}")]
    );
    assert_eq!(
        told(writer(Some("0.2.0"), "b"), Some(writer(None, "a"))),
        [format!("noticewatch 0.2.0 took over from an earlier version on 2027-03-09. {rules}")]
    );
    assert!(told(writer(Some("0.2.0"), "b"), None).is_empty(), "nobody was there before");
}

#[test]
fn debian_s_form_has_each_version_with_its_day() {
    let text = debian::changelog(&versions(INVENTED), "Nobody <nobody@example.org>", at("2027-05-06T07:08:09Z"));
    let first = "\
noticewatch (0.10.0-1) unstable; urgency=medium

  * The newest, which has no day yet.

 -- Nobody <nobody@example.org>  Thu, 06 May 2027 07:08:09 +0000

noticewatch (0.3.0-1) unstable; urgency=medium

  * A paragraph by itself, over two lines.
  * One change with `code`, over two lines.
";
    assert!(text.starts_with(first), "{text}");
    assert!(text.contains("\n -- Nobody <nobody@example.org>  Thu, 04 Mar 2027 00:00:00 +0000\n"), "{text}");
    let last = "  * The first.\n\n -- Nobody <nobody@example.org>  Tue, 05 Jan 2027 00:00:00 +0000\n";
    assert!(text.ends_with(last), "{text}");
}

/// What the program carries, and what the package is made with.
#[test]
fn our_own_changelog_begins_with_this_version() {
    let all = versions(CHANGELOG);
    assert_eq!(all[0].number, env!("CARGO_PKG_VERSION"));
    for (index, one) in all.iter().enumerate() {
        assert!(!one.changes.is_empty(), "{} changed nothing", one.number);
        assert!(index == 0 || one.day.is_some(), "which day had {}? `## {0} (YEAR-MONTH-DAY)`", one.number);
    }
    let dir = tempfile::tempdir().expect("a directory");
    debian::write(dir.path(), at("2027-05-06T07:08:09Z")).expect("written");
    let text = std::fs::read_to_string(dir.path().join(debian::NAME)).expect("the changelog");
    assert!(text.starts_with(&format!("noticewatch ({}-1) unstable", env!("CARGO_PKG_VERSION"))), "{text}");
    let changes = text.lines().filter(|line| line.starts_with("  "));
    assert!(changes.clone().count() > 100 && changes.clone().all(|line| line.chars().count() < 80), "{text}");
}
