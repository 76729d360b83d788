//! The letter as one value from which both parts are written: sentences, quotes and lists, in their order.
//!
//! What is left out of a letter that would be too long is decided here and said; markup and line widths are not known.

use super::item::ItemView;
use super::lines::{Group, LetterLine, arrived, board, capped_lines, recent, recent_title, tail, trouble};
use super::types::{Checked, Material, Occasion, TroubleNews};
use super::withdrawn::Withdrawn;
use super::{counted, item, phrases, sanitize, subject, withdrawn};

/// Over changes that were told before they held.
pub const ARRIVED: &str = "In force now, as told before";
/// Over findings of the tail.
pub const REWORDED: &str = "Reworded: both wordings";
/// Over what a page says today.
pub const SAYS: &str = "What the page says today";
/// Over pages that were seen and are not vouched for.
pub const DOUBTFUL: &str = "Seen, but not to be vouched for now:";

/// How much a letter may carry.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Findings in full.
    pub items: usize,
    /// Lines of any other list.
    pub lines: usize,
    /// Findings in the list of contents: a line each.
    pub contents: usize,
    /// Characters of a quote on the board.
    pub quote: usize,
}

/// The whole letter.
pub struct LetterView {
    pub subject: String,
    pub preheader: String,
    pub headline: String,
    pub lead: Vec<String>,
    pub contents: Vec<String>,
    pub withdrawn: Option<Withdrawn>,
    pub items: Vec<ItemView>,
    pub cut: Option<String>,
    pub late: Option<String>,
    pub arrived: Vec<LetterLine>,
    pub recent_title: String,
    pub recent: Vec<LetterLine>,
    pub troubles: Vec<LetterLine>,
    pub tail: Vec<LetterLine>,
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
pub fn view(material: &Material, subject: String, limits: Limits) -> LetterView {
    let most = limits.lines;
    let corrects = material.occasion == Occasion::Correction;
    let told = if corrects { &[] } else { &material.items[..] };
    let items: Vec<ItemView> = told.iter().take(limits.items).map(|item| item::view(item, material)).collect();
    let several = if told.len() > 1 { told } else { &[] };
    let checked = &material.checked;
    LetterView {
        preheader: preheader(material, &items),
        headline: headline(material),
        lead: lead(material),
        contents: capped(
            several.iter().map(|item| item::contents_line(item, material.at)),
            limits.contents,
            "changes",
            "noticewatch history",
        ),
        cut: cut(told.len(), items.len()),
        items,
        withdrawn: material.items.first().filter(|_| corrects).map(|item| withdrawn::view(item, material)),
        late: late(material.late_more),
        arrived: capped_lines(material.arrived.iter().map(arrived), most, "noticewatch history"),
        recent_title: recent_title(material),
        recent: capped_lines(material.recent.iter().map(recent), most, "noticewatch history"),
        troubles: capped_lines(material.troubles.iter().map(trouble), most, "noticewatch status"),
        tail: capped_lines(material.tail.iter().map(tail), most, "noticewatch history"),
        notes: capped(material.notes.iter().map(|note| sanitize::cut(note, 500)), most, "notes", "noticewatch status"),
        board: board(&material.board, most, limits.quote),
        about: about(material),
        checked: checked_sentence(checked),
        unseen: capped(checked.unseen.iter().map(unseen), most, "pages", "noticewatch status"),
        doubtful: doubtful(material, most),
        not_readable: capped(checked.not_readable.iter().map(not_readable), most, "pages", "noticewatch targets"),
        outside: capped(
            checked.outside.iter().map(|label| sanitize::cut(label, 120)),
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
    let label = |text: &str| sanitize::cut(&sanitize::short_words(text, 40), 100);
    match (&material.items[..], &material.troubles[..]) {
        ([item], _) if material.occasion == Occasion::Correction => format!("{}: a fault of ours", label(&item.label)),
        ([item], _) => format!("{}: {}", label(&item.label), phrases::headline(item.finding.change.verdict)),
        ([_, _, ..], _) => {
            format!("{} in what platforms promise", phrases::count(material.items.len(), "change", "changes"))
        }
        ([], _) if !material.arrived.is_empty() => {
            format!("{} told before, in force now", phrases::count(material.arrived.len(), "change", "changes"))
        }
        ([], [line]) if line.news == TroubleNews::Ended => format!("{} can be vouched for again", label(&line.label)),
        ([], [line]) => format!("{} cannot be vouched for now", label(&line.label)),
        ([], [_, _, ..]) => phrases::capital(&counted::troubles(&material.troubles, 200)),
        _ if !material.tail.is_empty() => phrases::OTHER_WORDS.trim_end_matches('.').to_owned(),
        _ if material.late_more > 0 => "Older changes".to_owned(),
        _ if subject::is_blind(material) && subject::notice(material).is_none() => {
            format!("Not watching; {} of {} pages checked", material.checked.good, material.checked.of)
        }
        _ if subject::is_first(material) => {
            format!("The first letter; {} of {} pages checked", material.checked.good, material.checked.of)
        }
        _ if subject::notice(material).is_some() => "A notice from noticewatch".to_owned(),
        _ => {
            let nothing =
                if material.only.is_empty() { "Nothing changed" } else { "Nothing of what was asked for changed" };
            let what = subject::told(material).unwrap_or_else(|| nothing.to_owned());
            format!("{what}; {} of {} pages checked", material.checked.good, material.checked.of)
        }
    }
}

fn preheader(material: &Material, items: &[ItemView]) -> String {
    let checked = checked_sentence(&material.checked);
    match items.first() {
        Some(item) => format!("{} {} {checked}", item.meaning, item.when[0]),
        None => checked,
    }
}

fn lead(material: &Material) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if material.occasion == Occasion::Correction {
        return lines;
    }
    lines.extend(material.reason.as_deref().map(|reason| format!("Reason: {}", sanitize::cut(reason, 1_000))));
    let told = material.items.len() + material.tail.len() + material.arrived.len() + material.late_more;
    let quiet = told == 0 && subject::notice(material).is_none();
    if quiet && subject::is_blind(material) {
        lines.push(
            "No page was read in the last 24 hours that we can vouch for: whether anything changed, we cannot say. What was seen last stands below."
                .to_owned(),
        );
    } else if subject::is_first(material) && told == 0 {
        lines.push(
            "This is the first letter of the subscription: the board says what each page promises today. From now on, letters tell what changes."
                .to_owned(),
        );
    } else if quiet {
        lines.push(nothing_changed(material));
    }
    lines
}

/// That nothing is new, and among what.
fn nothing_changed(material: &Material) -> String {
    let since =
        material.since.map_or(String::new(), |since| format!(" since the last letter ({})", phrases::time(since)));
    if !material.only.is_empty() {
        return format!(
            "This subscription asks for findings of some kinds only: {}. None of them is new{since} on the pages that we could check; it is not told of others.",
            sanitize::cut(&material.only.join(", "), 200)
        );
    }
    let no = if material.recent.is_empty() { "No wording" } else { "No other wording" };
    format!("{no} about telling users of demands for their data changed{since} on the pages that we could check.")
}

fn about(material: &Material) -> String {
    let subscription = if material.subscription.is_empty() {
        String::new()
    } else {
        format!(", subscription \"{}\"", sanitize::cut(&material.subscription, 80))
    };
    format!(
        "This is a comparison of texts, not legal advice, and no finding about what a company does in practice. Silence of a page proves nothing. Times are UTC; \"changed between\" names our two looks, not the moment of the change. Written {} by {}{subscription}.",
        phrases::time(material.at),
        sanitize::cut(&material.program, 60)
    )
}

fn checked_sentence(checked: &Checked) -> String {
    format!("{} of {} pages checked in the last 24 h.", checked.good, checked.of)
}

fn unseen((label, last, reason): &(String, Option<jiff::Timestamp>, String)) -> String {
    let since = last.map_or("never seen yet".to_owned(), |last| format!("last good look {}", phrases::time(last)));
    format!("{}: {since}; {}", sanitize::cut(label, 100), sanitize::cut(reason, 300))
}

/// Pages that were seen and are not vouched for, but for those of which this letter speaks above.
fn doubtful(material: &Material, most: usize) -> Vec<String> {
    let above =
        |label: &str| material.troubles.iter().any(|line| line.label == label && line.news != TroubleNews::Ended);
    let open: Vec<String> = (material.checked.doubtful.iter())
        .filter(|(label, ..)| !above(label))
        .map(|(label, since, reason)| {
            format!("{}: since {}; {}", sanitize::cut(label, 100), phrases::time(*since), sanitize::cut(reason, 300))
        })
        .collect();
    capped(open.into_iter(), most, "pages", "noticewatch status")
}

fn not_readable((label, reason): &(String, String)) -> String {
    format!("{}: {}", sanitize::cut(label, 100), sanitize::cut(reason, 300))
}
