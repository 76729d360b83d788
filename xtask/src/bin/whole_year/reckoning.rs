//! The reckoning: what the letters told against what was planned. Every edit once to each who asked for it, and no other
//! change; nothing out of sight for long without a word; each week its letter; the queue empty and the store whole.

use crate::Failure;
use crate::arrivals::{Arrivals, arrivals, message_id};
use crate::faults::Becomes;
use crate::life::Life;
use crate::pages;
use crate::plan::Edit;
use crate::stage::{AUDIENCES, Audience};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use noticewatch::app::notify::mail_envelope;
use noticewatch::app::notify::notification_log::ToldTrouble;
use noticewatch::io::store::{OutboxRow, OutboxState, Store};
use noticewatch_core::history::Told;
use noticewatch_core::letter::Occasion;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A page that was so long not to be seen is out of sight: a day, and the time until the next look shows it.
const BLIND: SignedDuration = SignedDuration::from_hours(31);
/// A letter tells of it so long after its end at the latest.
const IN_TIME: SignedDuration = SignedDuration::from_hours(48);
/// So long a clock is ahead.
const WRONG: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What it came to.
#[derive(Default)]
pub struct Sum {
    edits: usize,
    tellings: usize,
    anew: usize,
    reworded: usize,
    too_soon: usize,
    reminders: usize,
    blind: usize,
    /// Of these, by a letter of a clock that was ahead.
    blind_ahead: usize,
    /// Times out of sight that the build before did not tell.
    blind_before: usize,
    weeks: usize,
    pub checks: usize,
    unsaid: usize,
    between: usize,
    expired: usize,
    /// Letters that were written, by what their subjects begin with.
    kinds: BTreeMap<String, usize>,
    pub letters: usize,
    /// Sentences on what must not be.
    pub wrong: Vec<String>,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        writeln!(
            f,
            "changes: {} real ones, told {} times; {} told anew with more weight; {} lines on other words for the same \
            promise; {} told by a clock that was ahead, of pages that were out of sight",
            self.edits, self.tellings, self.anew, self.reworded, self.too_soon
        )?;
        writeln!(
            f,
            "reminders of days that came: {}; times out of sight, each told: {} ({} by a clock that was ahead); not told by the \
             build before: {}; weekly letters: {}",
            self.reminders, self.blind, self.blind_ahead, self.blind_before, self.weeks
        )?;
        writeln!(f, "letters: {} ({})", self.letters, kinds.join(", "))?;
        writeln!(
            f,
            "came again with the same octets: {} that the server took and never said so, {} over which a kill fell between its \
             250 and the record; {} expired by a clock that was ahead",
            self.unsaid, self.between, self.expired
        )?;
        write!(f, "wrong: {}", self.wrong.len())?;
        self.wrong.iter().try_for_each(|wrong| write!(f, "\n  {wrong}"))
    }
}

/// Reckons.
///
/// # Errors
/// The store cannot be read.
pub fn reckon(life: &Life) -> Result<Sum, Failure> {
    let (stage, year) = (&life.stage, &life.stage.year);
    let Arrivals { mut letters, unsaid, between, faults } =
        arrivals(stage.mail.answered(), stage.hooks(), &life.marks)?;
    for entry in std::fs::read_dir(stage.shelf())? {
        let octets = std::fs::read_to_string(entry?.path())?;
        letters.insert(message_id(&octets).to_owned(), octets.trim_end().to_owned());
    }
    let mut sum = Sum { unsaid, between, wrong: faults, edits: year.edits.len(), ..Sum::default() };
    let store = Store::read_only(&stage.dir.join("state"))?;
    let rows = store.outbox()?;
    for row in &rows {
        came(row, life, &store, &letters, &mut sum)?;
    }
    let (mut told, mut troubles): (Vec<Told>, Vec<(String, ToldTrouble)>) = (Vec::new(), Vec::new());
    // What an expired letter told counts as not told.
    for line in store.told()?.into_iter().filter(|line| line.state != OutboxState::Expired) {
        if line.what.get("trouble").is_some() {
            troubles.push((line.recipient, serde_json::from_value(line.what)?));
        } else if line.what.get("in_force").is_none() {
            told.push(serde_json::from_value(line.what)?);
        }
    }
    let texts: BTreeMap<&str, String> = letters.iter().map(|(id, octets)| (id.as_str(), text(octets))).collect();
    changes(life, &told, &texts, &mut sum);
    reminders(life, &told, &rows, &texts, &mut sum);
    blind(life, &troubles, &mut sum);
    weekly(life, &rows, &mut sum);
    for target in store.targets()? {
        sum.checks += store.visits(&target)?.len();
    }
    sum.wrong.extend(store.verify()?.damage.iter().map(ToString::to_string));
    Ok(sum)
}

/// A letter of the outbox was sent, and arrived with the octets that were stored.
fn came(
    row: &OutboxRow,
    life: &Life,
    store: &Store,
    letters: &BTreeMap<String, String>,
    sum: &mut Sum,
) -> Result<(), Failure> {
    sum.letters += 1;
    let subject = row.note["subject"].as_str().unwrap_or_default();
    let kind = subject.split([']', ',', ':']).next().unwrap_or_default().trim_start_matches('[');
    *sum.kinds.entry(kind.to_owned()).or_default() += 1;
    // A clock that was days ahead ends the five days of what waits; it is told anew.
    let ahead = |at: Timestamp| life.ahead.iter().any(|(_, then)| at.duration_since(*then).abs() < DAY);
    if row.state == OutboxState::Expired && row.last_at.is_some_and(ahead) {
        sum.expired += 1;
        return Ok(());
    }
    if row.state != OutboxState::Sent {
        sum.wrong.push(format!("letter {} to {} is {:?}: {:?}", row.id, row.recipient, row.state, row.last_reply));
        return Ok(());
    }
    let octets = String::from_utf8_lossy(&store.octets(row.id)?).trim_end().to_owned();
    match letters.get(&row.message_id) {
        None => sum.wrong.push(format!("letter {} to {} counts as sent and never came", row.id, row.recipient)),
        Some(came) if *came != octets => {
            sum.wrong.push(format!("letter {} to {} came with other octets than were stored", row.id, row.recipient));
        }
        Some(_) => {}
    }
    Ok(())
}

/// The words of a letter: the text part without the marks of quoting and differing, with single spaces.
fn text(octets: &str) -> String {
    let text = match serde_json::from_str::<Value>(octets) {
        Ok(json) => json["text"].as_str().unwrap_or_default().to_owned(),
        Err(_) => mail_envelope::parts(octets.as_bytes()).text,
    };
    let bare = ["[-", "-]", "{+", "+}"].iter().fold(text, |text, mark| text.replace(mark, ""));
    bare.split_whitespace().filter(|word| *word != "|" && *word != ">").collect::<Vec<_>>().join(" ")
}

/// The wordings of an edit as a finding quotes them: no sentence on one side is no quote.
fn is(told: &Told, edit: &Edit) -> bool {
    let same = |quote: &str, sentence: &Option<String>| match sentence {
        Some(sentence) => plain(quote).contains(&plain(sentence)),
        None => quote.is_empty(),
    };
    // What comes back after it was gone may be quoted beside what stood before.
    let before = same(&told.before, &edit.before.sentence);
    told.target == pages::names(edit.page).0 && same(&told.after, &edit.after.sentence) && before
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn audience(recipient: &str) -> Option<&'static Audience> {
    AUDIENCES.iter().find(|one| one.receivers.contains(&recipient))
}

/// Every edit once to each who asked for its page, and nothing else as a change.
fn changes(life: &Life, told: &[Told], texts: &BTreeMap<&str, String>, sum: &mut Sum) {
    let edits = &life.stage.year.edits;
    let mut times: BTreeMap<(usize, &str), Vec<&Told>> = BTreeMap::new();
    for one in told {
        // An edit is told after it was made; of edits with the same wordings the last.
        let edit = edits.iter().rposition(|edit| edit.at <= one.at.max(one.between[1]) && is(one, edit));
        let near = |edit: &Edit| one.between[1].duration_since(edit.at) < WEEK;
        let Some(edit) = edit.filter(|edit| near(&edits[*edit])) else {
            if serde_json::to_value(one.verdict).is_ok_and(|verdict| verdict == "reworded") {
                sum.reworded += 1;
            } else if life.ahead.iter().any(|(_, then)| one.at.duration_since(*then).abs() < DAY) {
                sum.too_soon += 1;
            } else {
                sum.wrong.push(format!("told as a change and none: {}", words(one)));
            }
            continue;
        };
        times.entry((edit, &one.recipient)).or_default().push(one);
    }
    for (index, edit) in edits.iter().enumerate() {
        for audience in AUDIENCES.iter().filter(|audience| (audience.wants)(edit.page)) {
            for receiver in audience.receivers {
                let tellings = times.remove(&(index, *receiver)).unwrap_or_default();
                telling(edit, receiver, &tellings, texts, sum);
            }
        }
    }
    for ((edit, recipient), _) in times {
        sum.wrong.push(format!("told to {recipient}, who did not ask for it: {}", change(&edits[edit])));
    }
}

/// What one recipient was told of one edit.
fn telling(edit: &Edit, receiver: &str, tellings: &[&Told], texts: &BTreeMap<&str, String>, sum: &mut Sum) {
    // Told again with more weight than before is no double.
    let ranks: BTreeSet<_> = tellings.iter().map(|one| one.rank).collect();
    if tellings.is_empty() || ranks.len() < tellings.len() {
        let when: Vec<String> = tellings.iter().map(|one| one.at.to_string()).collect();
        sum.wrong.push(format!("told {} times to {receiver} ({}): {}", tellings.len(), when.join(", "), change(edit)));
    }
    sum.tellings += tellings.len();
    sum.anew += tellings.len().saturating_sub(1);
    let quote = edit.after.sentence.as_ref().or(edit.before.sentence.as_ref());
    for one in tellings {
        // A letter of many changes lists them all, and is cut where it would grow too long.
        let listed =
            |text: &String| text.contains("changes in what platforms promise") && text.contains(&label(edit.page));
        let shows = |text: &String| quote.is_none_or(|quote| text.contains(quote.as_str())) || listed(text);
        if !texts.get(one.message_id.as_str()).is_some_and(shows) {
            sum.wrong.push(format!("{} to {receiver} does not show {}", one.message_id, change(edit)));
        }
    }
}

/// The name of a page in letters.
fn label(page: usize) -> String {
    format!("{} {}", pages::brand(page), pages::names(page).1.to_lowercase())
}

fn change(edit: &Edit) -> String {
    let words = |sentence: &Option<String>| sentence.clone().unwrap_or_else(|| "nothing".to_owned());
    let (id, _) = pages::names(edit.page);
    format!("{id} {}: \"{}\" -> \"{}\"", edit.at, words(&edit.before.sentence), words(&edit.after.sentence))
}

fn words(told: &Told) -> String {
    let Told { target, recipient, at, verdict, before, after, between, .. } = told;
    let [from, until] = between;
    format!("{target} {verdict:?} to {recipient} at {at}, between {from} and {until}: \"{before}\" -> \"{after}\"")
}

/// Where a page named a day ahead, a letter says once that it has come.
fn reminders(life: &Life, told: &[Told], rows: &[OutboxRow], texts: &BTreeMap<&str, String>, sum: &mut Sum) {
    let year = &life.stage.year;
    for edit in &year.edits {
        let Some(day) = edit.after.effective else { continue };
        for one in told.iter().filter(|one| is(one, edit) && one.at >= edit.at && one.at < midnight(day)) {
            let Some(audience) = audience(&one.recipient) else { continue };
            let label = label(edit.page);
            let came = format!("By the page's own words in force since {day}");
            let says = |row: &&OutboxRow| {
                let text = texts.get(row.message_id.as_str()).map_or("", String::as_str);
                let mut places = text.match_indices(&came).map(|(at, _)| &text[..at]);
                row.recipient == one.recipient && places.any(|before| tail(before).contains(&label))
            };
            let times = rows.iter().filter(says).count();
            let told_ahead = one.at.to_string().get(..10).is_some_and(|told| told < day.to_string().as_str());
            let wanted = usize::from(told_ahead && stands(life, edit, day));
            sum.reminders += times;
            // A clock that was ahead says it too early, or of what the right one tells only then; never twice.
            let early = life.ahead.iter().any(|(at, until)| *at < midnight(day) && *until > midnight(day));
            if times != wanted && !(early && times < 2) {
                let name = audience.name;
                sum.wrong.push(format!(
                    "{times} letters to {} ({name}) say that {day} has come, {wanted} should (told {}): {}",
                    one.recipient,
                    one.at,
                    change(edit)
                ));
            }
        }
    }
}

/// The last letters of a text: a line of a letter, and no more.
fn tail(text: &str) -> &str {
    let start = (text.len().saturating_sub(240)..=text.len()).find(|at| text.is_char_boundary(*at));
    &text[start.unwrap_or_default()..]
}

/// Whether what an edit wrote stands long enough for a letter of the week to say that its day has come.
fn stands(life: &Life, edit: &Edit, day: Date) -> bool {
    let year = &life.stage.year;
    let later = year.edits.iter().filter(|other| other.page == edit.page && other.at > edit.at);
    later.map(|other| other.at).min().is_none_or(|next| next > midnight(day))
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// A page that was not to be seen for long was named in a letter to those who are told of troubles each day.
fn blind(life: &Life, troubles: &[(String, ToldTrouble)], sum: &mut Sum) {
    let (stage, year) = (&life.stage, &life.stage.year);
    let lasting = year.faults.faults.iter().filter(|fault| {
        let row = stage.row(fault.row);
        row.becomes != Becomes::Fine && row.target.is_empty() && fault.until.duration_since(fault.from) >= BLIND
    });
    for fault in lasting {
        let (id, _) = pages::names(fault.page);
        for receiver in AUDIENCES[0].receivers {
            let late = delay(&life.away, fault.from, fault.until);
            let until = fault.until.checked_add(IN_TIME + late).unwrap_or(fault.until);
            let night = year.faults.nights.iter().any(|(from, end)| *from <= fault.until && fault.from <= *end);
            let about = |told: &ToldTrouble| told.trouble == id || (night && told.trouble.is_empty());
            let told = |early: Timestamp, late: Timestamp| {
                let mut own = troubles.iter().filter(|(recipient, told)| recipient == receiver && about(told));
                own.any(|(_, told)| told.at >= early && told.at <= late)
            };
            // What the clock was set to meanwhile dates a letter, and what was told by it stays told.
            let ahead = |(at, said): &(Timestamp, Timestamp)| {
                *at >= fault.from && *at <= until && told(*said, said.checked_add(WRONG).unwrap_or(*said))
            };
            if told(fault.from, until) {
                sum.blind += 1;
            } else if life.ahead.iter().any(ahead) {
                sum.blind += 1;
                sum.blind_ahead += 1;
            } else if life.taken_over.is_some_and(|taken_over| fault.until < taken_over) {
                sum.blind_before += 1;
            } else if late == SignedDuration::ZERO {
                let name = stage.row(fault.row).name;
                sum.wrong.push(format!(
                    "{receiver} was not told that {id} was out of sight: {name}, {} to {}",
                    fault.from, fault.until
                ));
            }
        }
    }
}

/// How long nobody looked in that time, and soon before it.
fn delay(away: &[(Timestamp, Timestamp)], from: Timestamp, until: Timestamp) -> SignedDuration {
    let near = away.iter().filter(|(gone, back)| *back > from && *gone < until);
    near.map(|(gone, back)| back.duration_since(*gone)).filter(|length| length.as_hours() > 0).sum()
}

/// Each week has its letter, and no run has two.
fn weekly(life: &Life, rows: &[OutboxRow], sum: &mut Sum) {
    let weeks = life.stage.year.end.duration_since(life.stage.year.start).as_hours() / (7 * 24);
    for audience in AUDIENCES.iter().filter(|audience| audience.weekly) {
        for receiver in audience.receivers {
            let occasion = serde_json::to_value(Occasion::Weekly).unwrap_or_default();
            let own = |row: &&OutboxRow| row.recipient == *receiver && row.note["occasion"] == occasion;
            let runs: Vec<&str> = rows.iter().filter(own).filter_map(|row| row.note["run"].as_str()).collect();
            let different: BTreeSet<&&str> = runs.iter().collect();
            sum.weeks += runs.len();
            if different.len() < runs.len() || i64::try_from(runs.len()).is_ok_and(|runs| runs < weeks) {
                sum.wrong.push(format!(
                    "{receiver} got {} weekly letters for {} of {weeks} weeks",
                    runs.len(),
                    different.len()
                ));
            }
        }
    }
}
