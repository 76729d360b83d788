//! Lines about one page each: news of troubles, what is in force now, what was told, the tail, the board.
//!
//! Words of the letter and quotes of pages; how long a list may be is a parameter.

use super::item::ShownWording;
use super::types::{Arrived, BoardRow, Item, Material, ToldBefore, TroubleLine, TroubleNews};
use super::{item, phrases, sanitize};
use crate::history::TroubleKind;

/// Characters of a wording of the tail.
const TAIL: usize = 900;

/// A line about one page.
pub struct LetterLine {
    pub label: String,
    pub url: String,
    pub text: String,
    pub quote: String,
    pub trouble: String,
    /// Both wordings, where the line tells of a change.
    pub wordings: Vec<ShownWording>,
}

/// Pages of one service on the board.
pub struct Group {
    pub service: String,
    pub rows: Vec<LetterLine>,
}

/// The first lines, and one that names the command which shows the others.
pub fn capped_lines(lines: impl ExactSizeIterator<Item = LetterLine>, most: usize, command: &str) -> Vec<LetterLine> {
    let all = lines.len();
    let mut shown: Vec<LetterLine> = lines.take(most).collect();
    if all > most {
        shown.push(LetterLine::of(format!("and {} more", all - most), "", format!("all of them: {command}")));
    }
    shown
}

impl LetterLine {
    fn of(label: String, url: &str, text: String) -> Self {
        let url = if item::web(url) { sanitize::line(url) } else { String::new() };
        Self { label, url, text, quote: String::new(), trouble: String::new(), wordings: Vec::new() }
    }
}

/// News of a page that cannot be vouched for.
pub fn trouble(line: &TroubleLine) -> LetterLine {
    let (lasting, ended) = phrases::trouble(line.trouble.kind);
    let since = phrases::time(line.trouble.began());
    let what = match (line.news, line.trouble.until) {
        (TroubleNews::Begun, _) => format!("{lasting} since {since}."),
        (TroubleNews::Lasts, _) => format!("still: {lasting}, since {since}."),
        (TroubleNews::Ended, Some(until)) => {
            format!("{ended} since {}; before that, from {since}: {lasting}.", phrases::time(until))
        }
        (TroubleNews::Ended, None) => format!("{ended}; before that, from {since}: {lasting}."),
    };
    let detail = sanitize::cut(&line.trouble.detail, 400);
    let stop = if detail.is_empty() || detail.ends_with('.') { "" } else { "." };
    let text = format!("{} {}{stop}", phrases::capital(&what), phrases::capital(&detail));
    let mut shown = LetterLine::of(sanitize::cut(&line.label, 100), &line.url, text.trim_end().to_owned());
    if line.news != TroubleNews::Ended {
        shown.quote = sanitize::cut(&line.trouble.shown, 300);
        if line.trouble.kind == TroubleKind::Replaced && !shown.quote.trim().is_empty() {
            let id = sanitize::cut(&line.trouble.target, 80);
            shown.text = format!(
                "{} If that is the page now, the operator says so: noticewatch accept {id}. It begins:",
                shown.text
            );
        }
    }
    shown
}

/// A change told before that is in force now.
pub fn arrived(arrived: &Arrived) -> LetterLine {
    let verdict = phrases::capital(phrases::headline(arrived.verdict));
    let words = sanitize::cut(&arrived.words.replace(" -> ", " → "), 200);
    let text = format!(
        "{verdict}: {words}. By the page's own words in force since {}; told {}. The page still says:",
        arrived.date,
        phrases::time(arrived.told)
    );
    let mut line = LetterLine::of(sanitize::cut(&arrived.label, 100), &arrived.url, text);
    line.quote = sanitize::cut(&arrived.quote, 700);
    line
}

/// What stands over the lines of what was told this week.
pub fn recent_title(material: &Material) -> String {
    match material.recent_since {
        Some(since) => format!("Told since the last weekly letter, {}", phrases::day(since)),
        None => "Told since the subscription began".to_owned(),
    }
}

/// What was told this week.
pub fn recent(recent: &ToldBefore) -> LetterLine {
    let verdict = recent.verdict.map(|verdict| format!("{}. ", phrases::capital(phrases::headline(verdict))));
    let words = phrases::capital(&sanitize::cut(&recent.words.replace(" -> ", " → "), 200));
    let text = format!("{}{words}. Told {}.", verdict.unwrap_or_default(), phrases::time(recent.at));
    LetterLine::of(sanitize::cut(&recent.label, 100), &recent.url, text)
}

/// A finding of the tail, with both wordings: that nothing differs is for the reader to see.
pub fn tail(item: &Item) -> LetterLine {
    let change = &item.finding.change;
    let [last, first] = item.finding.between.map(phrases::time);
    let verdict = phrases::capital(phrases::verdict(change.verdict));
    let meaning = phrases::meaning(change);
    // The rest of the reasons says more than the meaning does.
    let known = |reason: &&String| !reason.starts_with("Other words;") && !reason.starts_with("The same words");
    let why: Vec<String> = change.reasons.iter().filter(known).map(|reason| sanitize::cut(reason, 300)).collect();
    let meaning: Vec<&str> = std::iter::once(meaning).chain(why.iter().map(String::as_str)).collect();
    let id = sanitize::cut(&item.finding.id, 80);
    let text = format!("{verdict} between {last} and {first}. {} Finding {id}.", meaning.join(" "));
    let mut line = LetterLine::of(sanitize::cut(&item.label, 100), &item.url, text);
    line.wordings = item::in_short(&item.finding, TAIL);
    line
}

/// The board, service by service; quotes of at most `quote` characters.
pub fn board(rows: &[BoardRow], most: usize, quote: usize) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows.iter().take(most) {
        let line = board_line(row, quote);
        match groups.last_mut() {
            Some(group) if group.service == sanitize::cut(&row.service, 60) => group.rows.push(line),
            _ => groups.push(Group { service: sanitize::cut(&row.service, 60), rows: vec![line] }),
        }
    }
    if rows.len() > most {
        let line = LetterLine::of(
            format!("and {} more pages", rows.len() - most),
            "",
            "all of them: noticewatch board".to_owned(),
        );
        groups.push(Group { service: "More".to_owned(), rows: vec![line] });
    }
    groups
}

fn board_line(row: &BoardRow, quote: usize) -> LetterLine {
    let times = match (row.since, row.last_seen, row.seen_once) {
        (Some(since), _, true) => format!(" Seen once so far, {}.", phrases::time(since)),
        (Some(since), Some(last), _) => {
            format!(" First seen {}, last seen {}.", phrases::time(since), phrases::time(last))
        }
        (None, Some(last), _) => format!(" Last seen {}.", phrases::time(last)),
        _ => String::new(),
    };
    let promise = phrases::capital(&sanitize::cut(&row.promise, 160));
    let mut line = LetterLine::of(sanitize::cut(&row.label, 100), &row.url, format!("{promise}.{times}"));
    let quotes = std::iter::once(&row.quote).chain(&row.in_turn).map(|wording| sanitize::cut(wording, quote));
    line.quote = if quote == 0 { String::new() } else { quotes.collect::<Vec<_>>().join(" / in turn with: ") };
    line.trouble = row.trouble.as_deref().map(|trouble| sanitize::cut(trouble, 300)).unwrap_or_default();
    line
}
