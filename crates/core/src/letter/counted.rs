//! News of many pages in one line: how many, and what befell them.
//!
//! Pages are counted by what a reader hears of them: what was walled and what was put aside are both "served again".

use super::subject::{label, trouble_in_short};
use super::types::{TroubleLine, TroubleNews};
use super::{phrases, sanitize};
use crate::history::TroubleKind;
use std::collections::BTreeSet;

/// Pages that the same befell.
struct Group<'a> {
    news: TroubleNews,
    kind: TroubleKind,
    /// As it stands behind `are`.
    what: &'static str,
    lines: Vec<&'a TroubleLine>,
}

/// `13 pages are out of sight since 2026-03-01`, `3 pages are gone, 13 pages are served again`: what begins before what lasts before what is
/// over, the most pages first, in so many characters; pages for which there is no room are counted.
pub fn troubles(lines: &[TroubleLine], most: usize) -> String {
    if let Some(page) = one_page(lines) {
        return page;
    }
    let groups = groups(lines);
    let alone = groups.len() == 1;
    let all: Vec<String> = groups.iter().map(|group| clause(group, alone)).collect();
    let mut told = all.len();
    loop {
        let mut sentence = all[..told].join(", ");
        if told < all.len() {
            let left: usize = groups[told..].iter().map(number).sum();
            sentence = format!("{sentence}, and news of {left} more");
        }
        if told <= 1 || sentence.chars().count() <= most {
            return service(lines).map_or_else(|| sentence.clone(), |service| format!("{service}: {sentence}"));
        }
        told -= 1;
    }
}

/// Several things that befell one page stand behind its name.
fn one_page(lines: &[TroubleLine]) -> Option<String> {
    let first = lines.first()?;
    let same = |line: &TroubleLine| line.trouble.target == first.trouble.target && line.label == first.label;
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        let words = trouble_in_short(line);
        if !all.contains(&words) {
            all.push(words);
        }
    }
    lines.iter().all(same).then(|| format!("{}: {}", label(&first.label), all.join("; ")))
}

fn groups(lines: &[TroubleLine]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in lines {
        let (lasting, ended) = phrases::befell(line.trouble.kind);
        let what = if line.news == TroubleNews::Ended { ended } else { lasting };
        match groups.iter_mut().find(|group| group.news == line.news && group.what == what) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { news: line.news, kind: line.trouble.kind, what, lines: vec![line] }),
        }
    }
    let order = |news: TroubleNews| match news {
        TroubleNews::Begun => 0,
        TroubleNews::Lasts => 1,
        TroubleNews::Ended => 2,
    };
    groups.sort_by_key(|group| (order(group.news), std::cmp::Reverse(number(group))));
    groups
}

/// The pages of a group, each once.
fn number(group: &Group<'_>) -> usize {
    group.lines.iter().map(|line| (&line.trouble.target, &line.label)).collect::<BTreeSet<_>>().len()
}

/// One group in words; `dated`: with the day since when, if it is one.
fn clause(group: &Group<'_>, dated: bool) -> String {
    let days: BTreeSet<String> = group.lines.iter().map(|line| phrases::day(line.trouble.began())).collect();
    let since = match (group.news, days.first()) {
        (TroubleNews::Begun | TroubleNews::Lasts, Some(day)) if dated && days.len() == 1 => format!(" since {day}"),
        _ => String::new(),
    };
    if group.kind == TroubleKind::NoNetwork {
        return match group.news {
            TroubleNews::Begun => format!("no network{since}"),
            TroubleNews::Lasts => format!("still no network{since}"),
            TroubleNews::Ended => "the network is back".to_owned(),
        };
    }
    let number = number(group);
    let be = if number == 1 { "is" } else { "are" };
    let still = if group.news == TroubleNews::Lasts { "still " } else { "" };
    format!("{} {be} {still}{}{since}", phrases::count(number, "page", "pages"), group.what)
}

/// The service that all of them belong to.
fn service(lines: &[TroubleLine]) -> Option<String> {
    let first = &lines.first()?.service;
    let alone = !first.is_empty() && lines.iter().all(|line| line.service == *first);
    alone.then(|| sanitize::cut(&sanitize::short_words(first, 40), 60))
}
