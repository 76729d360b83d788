//! How to prove a finding: what to type where noticewatch runs, and the digests of both captures.
//!
//! Commands as one can paste them; nothing is looked up.

use super::sanitize;
use super::types::Item;
use crate::history::Finding;
use jiff::Timestamp;

/// What to type where noticewatch runs, and what it shows, the finding by its id among it; `more`: parts were left out of the letter.
pub fn commands(item: &Item, more: bool) -> Vec<(String, String)> {
    let finding = &item.finding;
    let target = argument(&finding.target);
    let [last, mut first] = finding.between;
    let mut now = target.clone();
    if let Some((elsewhere, since)) = &item.elsewhere {
        (now, first) = (argument(elsewhere), first.max(*since));
    }
    // To the second, and never before the look itself.
    let second = |at: Timestamp| {
        let whole = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
        Timestamp::from_second(whole).unwrap_or(at).strftime("%Y-%m-%dT%H:%M:%SZ")
    };
    let at = |target: &str, at: Timestamp| format!("noticewatch history {target} --at {}", second(at));
    let mut commands =
        vec![("What the page promised before:", at(&target, last)), ("What it promises now:", at(&now, first))];
    let raw = |target: &str, hash: &str| format!("noticewatch show {target} {hash} --raw");
    let [old, new] = finding.captures.map(|hash| hash.map(|hash| hash.to_string()[..12].to_owned()));
    if let (Some(old), Some(new), None) = (&old, &new, &item.elsewhere) {
        commands.push(("Both captures, compared:", format!("noticewatch show {target} --diff {old} {new}")));
    }
    commands.extend(old.map(|old| ("The capture before, octet for octet:", raw(&target, &old))));
    commands.extend(new.map(|new| ("The capture now, octet for octet:", raw(&now, &new))));
    let named = sanitize::cut(&finding.id, 80);
    let bundle = format!("Finding {named}, as a bundle for whoever checks it:");
    let mut commands: Vec<(String, String)> =
        commands.into_iter().map(|(shows, command)| (shows.to_owned(), command)).collect();
    commands.push((bundle, format!("noticewatch evidence {} -o evidence.zip", argument(&finding.id))));
    commands.extend(more.then(|| ("Both pages whole, word for word:".to_owned(), whole(finding))));
    commands
}

/// The command that shows both pages whole, word for word.
fn whole(finding: &Finding) -> String {
    let target = argument(&finding.target);
    match finding.captures.map(|hash| hash.map(|hash| hash.to_string()[..12].to_owned())) {
        [Some(old), Some(new)] => format!("noticewatch show {target} --diff {old} {new} --whole"),
        [Some(only), None] | [None, Some(only)] => format!("noticewatch show {target} {only}"),
        [None, None] => format!("noticewatch history {target}"),
    }
}

/// The digests of both captures under their names.
pub fn hashes(finding: &Finding) -> Vec<(String, String)> {
    let names = ["Capture with the text before, SHA-256", "Capture with the text now, SHA-256"];
    let digests = names.into_iter().zip(finding.captures);
    digests.filter_map(|(name, hash)| hash.map(|hash| (name.to_owned(), hash.to_string()))).collect()
}

/// A target's id as one word of a command line.
pub fn argument(id: &str) -> String {
    let id = sanitize::line(id);
    let plain = !id.is_empty()
        && id.chars().all(|c| c.is_alphanumeric() || "-_./:@#".contains(c))
        && !id.starts_with(['-', '#']);
    if plain { id } else { format!("'{}'", id.replace('\'', "'\\''")) }
}
