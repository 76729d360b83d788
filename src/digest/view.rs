//! The letter as one value from which both parts are written: sentences, quotes and lists, in their order.
//!
//! What is left out of a letter that would be too long is decided here and said; markup and line widths are not known.

use super::item::{self, ItemView};
use super::types::{Arrived, BoardRow, Checked, Item, Material, News, Occasion, Recent, TroubleLine};
use super::{clean, phrases, subject};
use crate::history::TroubleKind;

/// Over changes that were told before they held.
pub const ARRIVED: &str = "In force now, as told before";
/// Over pages that were seen and are not vouched for.
pub const DOUBTFUL: &str = "Seen, but not to be vouched for now:";

/// How much a letter may carry.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Findings in full.
    pub items: usize,
    /// Lines of any list.
    pub lines: usize,
}

/// A line about one page.
pub struct Line {
    pub label: String,
    pub url: String,
    pub text: String,
    pub quote: String,
    pub trouble: String,
}

/// Pages of one service on the board.
pub struct Group {
    pub service: String,
    pub rows: Vec<Line>,
}

/// The whole letter.
pub struct View {
    pub subject: String,
    pub preheader: String,
    pub headline: String,
    pub lead: Vec<String>,
    pub contents: Vec<String>,
    pub items: Vec<ItemView>,
    pub cut: Option<String>,
    pub late: Option<String>,
    pub arrived: Vec<Line>,
    pub recent_title: String,
    pub recent: Vec<Line>,
    pub troubles: Vec<Line>,
    pub tail: Vec<Line>,
    pub notes: Vec<String>,
    pub board: Vec<Group>,
    pub about: String,
    pub checked: String,
    pub unseen: Vec<String>,
    pub doubtful: Vec<String>,
    pub not_readable: Vec<String>,
    pub outside: Vec<String>,
}

/// The letter's content within limits.
pub fn view(material: &Material, subject: String, limits: Limits) -> View {
    let most = limits.lines;
    let items: Vec<ItemView> =
        material.items.iter().take(limits.items).map(|item| item::view(item, material)).collect();
    let several = if material.items.len() > 1 { &material.items[..] } else { &[] };
    let checked = &material.checked;
    View {
        preheader: preheader(material, &items),
        headline: headline(material),
        lead: lead(material),
        contents: capped(
            several.iter().map(|item| item::contents_line(item, material.at)),
            most,
            "changes",
            "noticewatch history",
        ),
        cut: cut(material.items.len(), items.len()),
        items,
        late: late(material.late_more),
        arrived: capped_lines(material.arrived.iter().map(arrived), most, "noticewatch history"),
        recent_title: recent_title(material),
        recent: capped_lines(material.recent.iter().map(recent), most, "noticewatch history"),
        troubles: capped_lines(material.troubles.iter().map(trouble), most, "noticewatch status"),
        tail: capped_lines(material.tail.iter().map(tail), most, "noticewatch history"),
        notes: capped(material.notes.iter().map(|note| clean::cut(note, 500)), most, "notes", "noticewatch status"),
        board: board(&material.board, most),
        about: about(material),
        checked: checked_sentence(checked),
        unseen: capped(checked.unseen.iter().map(unseen), most, "pages", "noticewatch status"),
        doubtful: capped(checked.doubtful.iter().map(doubtful), most, "pages", "noticewatch status"),
        not_readable: capped(checked.not_readable.iter().map(not_readable), most, "pages", "noticewatch targets"),
        outside: capped(
            checked.outside.iter().map(|label| clean::cut(label, 120)),
            most,
            "pages",
            "noticewatch status",
        ),
        subject,
    }
}

fn capped(lines: impl ExactSizeIterator<Item = String>, most: usize, what: &str, command: &str) -> Vec<String> {
    let all = lines.len();
    let mut shown: Vec<String> = lines.take(most).collect();
    if all > most {
        shown.push(format!("and {} more {what}; all of them: {command}", all - most));
    }
    shown
}

fn capped_lines(lines: impl ExactSizeIterator<Item = Line>, most: usize, command: &str) -> Vec<Line> {
    let all = lines.len();
    let mut shown: Vec<Line> = lines.take(most).collect();
    if all > most {
        shown.push(Line::of(format!("and {} more", all - most), "", format!("all of them: {command}")));
    }
    shown
}

impl Line {
    fn of(label: String, url: &str, text: String) -> Self {
        let url = if item::web(url) { clean::line(url) } else { String::new() };
        Self { label, url, text, quote: String::new(), trouble: String::new() }
    }
}

fn cut(all: usize, shown: usize) -> Option<String> {
    (all > shown).then(|| format!("{shown} of {all} changes stand here in full. The others are kept whole; this shows them: noticewatch history"))
}

fn late(more: usize) -> Option<String> {
    (more > 0).then(|| {
        let changes = phrases::count(more, "older change is", "older changes are");
        format!("{changes} not told one by one: settled before this subscription or the present rules began. This shows all: noticewatch history")
    })
}

fn headline(material: &Material) -> String {
    let label = |text: &str| clean::cut(&clean::short_words(text, 40), 100);
    match (&material.items[..], &material.troubles[..]) {
        ([item], _) if material.occasion == Occasion::Correction => format!("{}: a fault of ours", label(&item.label)),
        ([item], _) => format!("{}: {}", label(&item.label), phrases::headline(item.finding.change.verdict)),
        ([_, _, ..], _) => {
            format!("{} in what platforms promise", phrases::count(material.items.len(), "change", "changes"))
        }
        ([], _) if !material.arrived.is_empty() => {
            format!("{} told before, in force now", phrases::count(material.arrived.len(), "change", "changes"))
        }
        ([], [line]) if line.news == News::Ended => format!("{} can be vouched for again", label(&line.label)),
        ([], [line]) => format!("{} cannot be vouched for now", label(&line.label)),
        ([], [_, _, ..]) => format!(
            "News of {} that could not be vouched for",
            phrases::count(material.troubles.len(), "page", "pages")
        ),
        _ if !material.tail.is_empty() => "Other words, the same promises".to_owned(),
        _ if material.late_more > 0 => "Older changes".to_owned(),
        _ if subject::is_first(material) => {
            format!("The first letter; {} of {} pages checked", material.checked.good, material.checked.of)
        }
        _ => {
            let what = subject::told(material).unwrap_or_else(|| "Nothing changed".to_owned());
            format!("{what}; {} of {} pages checked", material.checked.good, material.checked.of)
        }
    }
}

fn preheader(material: &Material, items: &[ItemView]) -> String {
    let checked = checked_sentence(&material.checked);
    match items.first() {
        Some(item) if material.occasion != Occasion::Correction => {
            format!("{} {} {checked}", item.meaning, item.when[0])
        }
        _ => checked,
    }
}

fn lead(material: &Material) -> Vec<String> {
    let mut lines = Vec::new();
    if material.occasion == Occasion::Correction {
        lines.push(
            "An earlier letter told you of the change below. That was a fault of ours, not a change of theirs."
                .to_owned(),
        );
    }
    lines.extend(material.reason.as_deref().map(|reason| format!("Reason: {}", clean::cut(reason, 1_000))));
    let told = material.items.len() + material.tail.len() + material.arrived.len() + material.late_more;
    let quiet = told == 0;
    if subject::is_first(material) && quiet {
        lines.push(
            "This is the first letter of the subscription: the board says what each page promises today. From now on, letters tell what changes."
                .to_owned(),
        );
    } else if quiet {
        let since =
            material.since.map_or(String::new(), |since| format!(" since the last letter ({})", phrases::time(since)));
        let no = if material.recent.is_empty() { "No wording" } else { "No other wording" };
        lines.push(format!(
            "{no} about telling users of demands for their data changed{since} on the pages that we could check."
        ));
    }
    lines
}

fn trouble(line: &TroubleLine) -> Line {
    let (lasting, ended) = phrases::trouble(line.trouble.kind);
    let since = phrases::time(line.trouble.since);
    let what = match (line.news, line.trouble.until) {
        (News::Begun, _) => format!("{lasting} since {since}."),
        (News::Lasts, _) => format!("still: {lasting}, since {since}."),
        (News::Ended, Some(until)) => {
            format!("{ended} since {}; before that, from {since}: {lasting}.", phrases::time(until))
        }
        (News::Ended, None) => format!("{ended}; before that, from {since}: {lasting}."),
    };
    let detail = clean::cut(&line.trouble.detail, 400);
    let stop = if detail.is_empty() || detail.ends_with('.') { "" } else { "." };
    let text = format!("{} {}{stop}", item::capital(&what), item::capital(&detail));
    let mut shown = Line::of(clean::cut(&line.label, 100), &line.url, text.trim_end().to_owned());
    if line.news != News::Ended {
        shown.quote = clean::cut(&line.trouble.shown, 300);
        if line.trouble.kind == TroubleKind::Replaced {
            let id = clean::cut(&line.trouble.target, 80);
            shown.text = format!(
                "{} If that is the page now, the operator says so: noticewatch accept {id}. It begins:",
                shown.text
            );
        }
    }
    shown
}

fn arrived(arrived: &Arrived) -> Line {
    let verdict = item::capital(phrases::headline(arrived.verdict));
    let words = clean::cut(&arrived.words.replace(" -> ", " → "), 200);
    let text = format!(
        "{verdict}: {words}. By the page's own words in force since {}; told {}. The page still says:",
        arrived.date,
        phrases::time(arrived.told)
    );
    let mut line = Line::of(clean::cut(&arrived.label, 100), &arrived.url, text);
    line.quote = clean::cut(&arrived.quote, 700);
    line
}

fn recent_title(material: &Material) -> String {
    match material.recent_since {
        Some(since) => format!("Told since the last weekly letter, {}", phrases::day(since)),
        None => "Told since the subscription began".to_owned(),
    }
}

fn recent(recent: &Recent) -> Line {
    let verdict = recent.verdict.map(|verdict| format!("{}. ", item::capital(phrases::headline(verdict))));
    let words = item::capital(&clean::cut(&recent.words.replace(" -> ", " → "), 200));
    let text = format!("{}{words}. Told {}.", verdict.unwrap_or_default(), phrases::time(recent.at));
    Line::of(clean::cut(&recent.label, 100), &recent.url, text)
}

fn tail(item: &Item) -> Line {
    let [last, first] = item.finding.between.map(phrases::time);
    let verdict = item::capital(phrases::verdict(item.finding.change.verdict));
    let meaning = phrases::meaning(&item.finding.change);
    let text = format!("{verdict} between {last} and {first}. {meaning}");
    let mut line = Line::of(clean::cut(&item.label, 100), &item.url, text);
    line.quote = item.finding.change.after.as_ref().map(|passage| clean::cut(&passage.quote, 240)).unwrap_or_default();
    line
}

fn board(rows: &[BoardRow], most: usize) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows.iter().take(most) {
        let line = board_line(row);
        match groups.last_mut() {
            Some(group) if group.service == clean::cut(&row.service, 60) => group.rows.push(line),
            _ => groups.push(Group { service: clean::cut(&row.service, 60), rows: vec![line] }),
        }
    }
    if rows.len() > most {
        let line =
            Line::of(format!("and {} more pages", rows.len() - most), "", "all of them: noticewatch board".to_owned());
        groups.push(Group { service: "More".to_owned(), rows: vec![line] });
    }
    groups
}

fn board_line(row: &BoardRow) -> Line {
    let times = match (row.since, row.last_seen, row.seen_once) {
        (Some(since), _, true) => format!(" Seen once so far, {}.", phrases::time(since)),
        (Some(since), Some(last), _) => {
            format!(" First seen {}, last seen {}.", phrases::time(since), phrases::time(last))
        }
        (None, Some(last), _) => format!(" Last seen {}.", phrases::time(last)),
        _ => String::new(),
    };
    let promise = item::capital(&clean::cut(&row.promise, 160));
    let mut line = Line::of(clean::cut(&row.label, 100), &row.url, format!("{promise}.{times}"));
    line.quote = clean::cut(&row.quote, 700);
    line.trouble = row.trouble.as_deref().map(|trouble| clean::cut(trouble, 300)).unwrap_or_default();
    line
}

fn about(material: &Material) -> String {
    let subscription = if material.subscription.is_empty() {
        String::new()
    } else {
        format!(", subscription \"{}\"", clean::cut(&material.subscription, 80))
    };
    format!(
        "This is a comparison of texts, not legal advice, and no finding about what a company does in practice. Silence of a page proves nothing. Times are UTC; \"changed between\" names our two looks, not the moment of the change. Written {} by {}{subscription}.",
        phrases::time(material.at),
        clean::cut(&material.program, 60)
    )
}

fn checked_sentence(checked: &Checked) -> String {
    format!("{} of {} pages checked in the last 24 h.", checked.good, checked.of)
}

fn unseen((label, last, reason): &(String, Option<jiff::Timestamp>, String)) -> String {
    let since = last.map_or("never seen yet".to_owned(), |last| format!("last good look {}", phrases::time(last)));
    format!("{}: {since}; {}", clean::cut(label, 100), clean::cut(reason, 300))
}

fn doubtful((label, since, reason): &(String, jiff::Timestamp, String)) -> String {
    format!("{}: since {}; {}", clean::cut(label, 100), phrases::time(*since), clean::cut(reason, 300))
}

fn not_readable((label, reason): &(String, String)) -> String {
    format!("{}: {}", clean::cut(label, 100), clean::cut(reason, 300))
}
