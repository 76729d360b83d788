//! CHANGELOG.md as values: which version changed what. Who ran which version, and who is told, is not known here.

use jiff::civil::Date;

/// The changelog that the program carries.
pub const CHANGELOG: &str = include_str!("../../../CHANGELOG.md");

/// What one version changed, as its operators need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangelogVersion {
    /// Its number.
    pub number: String,
    /// The day from which it was there to be had; None: not yet.
    pub day: Option<Date>,
    /// Its changes, each on one line.
    pub changes: Vec<String>,
}

/// The versions of a changelog, in its order. Each begins with `## NUMBER` or `## NUMBER (DAY)`; a change is a list item,
/// or a paragraph that stands by itself.
#[must_use]
pub fn versions(text: &str) -> Vec<ChangelogVersion> {
    let mut versions: Vec<ChangelogVersion> = Vec::new();
    let mut within = false;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            versions.push(headed(heading));
            within = false;
            continue;
        }
        let words = line.trim();
        let Some(version) = versions.last_mut().filter(|_| !words.is_empty() && !words.starts_with('#')) else {
            within = false;
            continue;
        };
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        match (item, version.changes.last_mut()) {
            (None, Some(change)) if within => {
                change.push(' ');
                change.push_str(words);
            }
            (item, _) => version.changes.push(item.unwrap_or(words).trim().to_owned()),
        }
        within = true;
    }
    versions
}

fn headed(heading: &str) -> ChangelogVersion {
    let (number, rest) = heading.trim().split_once(' ').unwrap_or((heading.trim(), ""));
    let day = rest.trim().trim_matches(['(', ')']).parse().ok();
    ChangelogVersion { number: number.to_owned(), day, changes: Vec::new() }
}

/// The versions that came after one, up to another; none where that is no later one, or where a number is no number.
pub fn between<'a>(
    versions: &'a [ChangelogVersion],
    after: &str,
    to: &str,
) -> impl Iterator<Item = &'a ChangelogVersion> {
    let (after, to) = (order(after), order(to));
    versions.iter().filter(move |version| {
        let own = order(&version.number);
        own.is_some() && after.is_some() && own > after && own <= to
    })
}

/// By what versions are ordered: their numbers, not their letters.
fn order(number: &str) -> Option<Vec<u64>> {
    number.split('.').map(|part| part.parse().ok()).collect()
}
