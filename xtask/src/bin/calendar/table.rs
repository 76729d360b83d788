//! The table: what each fault came to, by comparing a year with faults with the same year without.

use crate::faults::{Becomes, Row};
use crate::pages::{Page, WORDINGS};
use crate::plan::{Fault, Plan};
use crate::year::Year;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::extract::Passage;
use noticewatch_core::history::Finding;
use noticewatch_core::letter::TroubleNews;

/// A fault that lasts so long must be told: a page is out of sight after a day, and the digest comes once a day.
const TOLD_AFTER: SignedDuration = SignedDuration::from_hours(49);
/// A letter that tells of a fault comes within this time after its end.
const IN_TIME: SignedDuration = SignedDuration::from_hours(48);

/// What belongs to one row.
#[derive(Clone, Default)]
struct Count {
    injected: usize,
    behind: usize,
    false_findings: usize,
    missed: usize,
    long: usize,
    unreported: usize,
}

/// Prints it, and what was false or missed in words.
pub fn print(pages: &[Page], plan: &Plan, rows: &[Row], calm: &Year, stormy: &Year) {
    let mut counts = vec![Count::default(); rows.len()];
    for fault in &plan.faults {
        let count = &mut counts[fault.row];
        count.injected += 1;
        let lasts = fault.until.duration_since(fault.from) >= TOLD_AFTER;
        if lasts && rows[fault.row].becomes != Becomes::Fine && rows[fault.row].target.is_empty() {
            count.long += 1;
            if !reported(pages, plan, fault, stormy) {
                count.unreported += 1;
                noticewatch::say!(
                    "unreported: {} at {}, {} to {}",
                    rows[fault.row].name,
                    pages[fault.page].id,
                    fault.from,
                    fault.until
                );
            }
        }
    }
    for (page, at, wording) in &plan.changes {
        let row = row_at(plan, *page, *at);
        let found = |year: &Year| year.findings.iter().filter(|one| is(one, &pages[*page].id, *wording)).count();
        let (with, without) = (found(stormy), found(calm));
        if let Some(row) = row {
            counts[row].behind += 1;
            counts[row].missed += usize::from(with == 0);
            counts[row].false_findings += with.saturating_sub(1);
        }
        if with != 1 || without != 1 {
            noticewatch::say!(
                "planted: {} wording {wording}: found {with} times with faults, {without} without",
                pages[*page].id
            );
        }
    }
    let (mut false_findings, mut missed) = (0, 0);
    for one in stormy.findings.iter().filter(|one| !planted(one) && !calm.findings.iter().any(|other| same(one, other)))
    {
        false_findings += 1;
        if let Some(row) =
            pages.iter().position(|page| page.id == one.target).and_then(|page| row_before(plan, page, one.settled))
        {
            counts[row].false_findings += 1;
            noticewatch::say!("only with faults, after {}: {}", rows[row].name, words(one));
        } else {
            noticewatch::say!("only with faults: {}", words(one));
        }
    }
    for one in calm.findings.iter().filter(|one| !planted(one) && !stormy.findings.iter().any(|other| same(one, other)))
    {
        missed += 1;
        noticewatch::say!("only without faults: {}", words(one));
    }
    noticewatch::say!(
        "\n{:<14} {:>8} {:>8} {:>8} {:>8} {:>10} {:>12}",
        "fault",
        "injected",
        "changes",
        "false",
        "missed",
        "long ones",
        "unreported"
    );
    for (row, count) in rows.iter().zip(&counts) {
        noticewatch::say!(
            "{:<14} {:>8} {:>8} {:>8} {:>8} {:>10} {:>12}",
            row.name,
            count.injected,
            count.behind,
            count.false_findings,
            count.missed,
            count.long,
            count.unreported
        );
    }
    let sum = |of: fn(&Count) -> usize| counts.iter().map(of).sum::<usize>();
    noticewatch::say!(
        "{:<14} {:>8} {:>8} {:>8} {:>8} {:>10} {:>12}",
        "all",
        sum(|one| one.injected),
        sum(|one| one.behind),
        sum(|one| one.false_findings),
        sum(|one| one.missed),
        sum(|one| one.long),
        sum(|one| one.unreported)
    );
    noticewatch::say!("of the archive's own changes: {false_findings} only with faults, {missed} only without");
    let nights = stormy.troubles.iter().filter(|told| told.trouble.is_empty()).count();
    noticewatch::say!(
        "{} times without network, {nights} lines about them; {} letters in the year",
        plan.nights.len(),
        stormy.letters
    );
}

/// Whether a letter told of the page while the fault lasted, or soon after; or before, of a trouble that still lasted.
fn reported(pages: &[Page], plan: &Plan, fault: &Fault, year: &Year) -> bool {
    let until = fault.until.checked_add(IN_TIME).unwrap_or(fault.until);
    let night = plan.nights.iter().any(|(from, end)| *from <= fault.until && fault.from <= *end);
    let told = |target: &str| {
        year.troubles.iter().any(|told| told.trouble == target && told.at >= fault.from && told.at <= until)
    };
    let mut before = year
        .troubles
        .iter()
        .filter(|told| told.trouble == pages[fault.page].id && told.at < fault.from)
        .collect::<Vec<_>>();
    before.sort_by_key(|told| told.at);
    let known = before.last().is_some_and(|told| told.news != TroubleNews::Ended);
    known || told(&pages[fault.page].id) || (night && told(""))
}

/// The row under which a page lay at a moment.
fn row_at(plan: &Plan, page: usize, at: Timestamp) -> Option<usize> {
    plan.faults.iter().find(|one| one.page == page && one.from <= at && at <= one.until).map(|one| one.row)
}

/// The row of the last fault before.
fn row_before(plan: &Plan, page: usize, at: Timestamp) -> Option<usize> {
    plan.faults.iter().rev().find(|one| one.page == page && one.from <= at).map(|one| one.row)
}

fn quote(passage: Option<&Passage>) -> &str {
    passage.map_or("", |passage| passage.quote.as_str())
}

/// Whether a finding is that planted change.
fn is(finding: &Finding, target: &str, wording: usize) -> bool {
    let (before, after) = (quote(finding.change.before.as_ref()), quote(finding.change.after.as_ref()));
    finding.target == target && before.contains(WORDINGS[wording - 1]) && after.contains(WORDINGS[wording])
}

fn planted(finding: &Finding) -> bool {
    (1..WORDINGS.len()).any(|wording| is(finding, &finding.target, wording))
}

fn same(one: &Finding, other: &Finding) -> bool {
    let words = |finding: &Finding| {
        (quote(finding.change.before.as_ref()).to_owned(), quote(finding.change.after.as_ref()).to_owned())
    };
    one.target == other.target && words(one) == words(other)
}

fn words(finding: &Finding) -> String {
    let cut = |text: &str| text.chars().take(160).collect::<String>().replace('\n', " ");
    let (before, after) = (cut(quote(finding.change.before.as_ref())), cut(quote(finding.change.after.as_ref())));
    format!("{} {:?} settled {}: \"{before}\" -> \"{after}\"", finding.target, finding.change.verdict, finding.settled)
}
