//! The killing: rounds of changes, each with kills at moments drawn from the seed, and a run to the end after it.

use super::Failure;
use super::fault_server::Step;
use super::mail_faults::{Comes, Setup, rows, well};
use super::town::{PAGES, Town};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Child;
use tokio::sync::Barrier;

/// No run lasts longer: what hangs is killed then.
const BOUND: Duration = Duration::from_secs(10);
/// The longest time after the start at which a kill by time falls.
const LATEST_MS: usize = 900;

/// Numbers that look random and are the same for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound.max(1)
    }
}

/// What was done.
#[derive(Default)]
pub struct Done {
    /// Kills by what they fell on.
    kills: BTreeMap<&'static str, usize>,
    /// Runs that had ended before the kill fell.
    early: usize,
    /// Faults of the mail server, by name.
    faults: BTreeMap<&'static str, usize>,
}

impl Done {
    pub fn kills(&self) -> usize {
        self.kills.values().sum()
    }

    fn note(&mut self, what: &'static str, killed: bool) {
        if killed {
            *self.kills.entry(what).or_default() += 1;
        } else {
            self.early += 1;
        }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<String> = self.kills.iter().map(|(what, count)| format!("{count} {what}")).collect();
        write!(f, "{} kills ({}); {} runs ended before", self.kills(), kinds.join(", "), self.early)?;
        let faults: Vec<String> = self.faults.iter().map(|(name, count)| format!("{name} {count}")).collect();
        write!(f, "\nmail server: {}", faults.join(", "))
    }
}

/// One round: pages change, the mail server misbehaves, the program is killed; then all is well, and it runs to its end.
pub async fn round(town: &mut Town, dice: &mut Dice, kills: usize, done: &mut Done) -> Result<(), Failure> {
    if town.editions == [0; 3] {
        finish(town).await?;
    }
    town.now += SignedDuration::from_hours(5);
    for page in 0..PAGES.len() {
        if dice.below(3) > 0 || page == 0 {
            town.change(page);
        }
    }
    let until = done.kills() + kills;
    while done.kills() < until {
        misbehave(town, dice, done);
        town.now += SignedDuration::from_mins(20);
        let at = town.now.to_string();
        let check = ["check", "--now", &at];
        match dice.below(3) {
            0 => done.note("at a moment", after(town, &check, dice.below(LATEST_MS)).await?),
            1 => done.note("over mail", over_mail(town, &check, 1 + dice.below(30)).await?),
            _ => done.note("over a page", over_page(town, &check, dice).await?),
        }
    }
    town.now += SignedDuration::from_hours(3);
    finish(town).await?;
    if dice.below(2) == 0 {
        correct(town, dice, done).await?;
        finish(town).await?;
    }
    Ok(())
}

/// The last change of the first page is corrected, and the correcting killed; then it is asked for again.
async fn correct(town: &mut Town, dice: &mut Dice, done: &mut Done) -> Result<(), Failure> {
    let lines = String::from_utf8(town.output(&["history", PAGES[0].0, "--json"])?)?;
    let last: Value = serde_json::from_str(lines.lines().last().ok_or("no finding")?)?;
    let id = last["id"].as_str().ok_or("a finding without id")?.to_owned();
    misbehave(town, dice, done);
    town.now += SignedDuration::from_mins(20);
    let at = town.now.to_string();
    let words = ["correct", &id, "--reason", "a fault of ours", "--now", &at];
    let killed = after(town, &words, dice.below(LATEST_MS / 2)).await?;
    done.note("of a correction", killed);
    ended(town.start(&words)?).await?;
    town.corrected.push(id);
    town.now += SignedDuration::from_hours(1);
    Ok(())
}

/// The rest of the kills fall on the daemon, by the system's clock, with letters in the outbox for all.
pub async fn over_watch(town: &mut Town, dice: &mut Dice, kills: usize, done: &mut Done) -> Result<(), Failure> {
    let until = done.kills() + kills;
    while done.kills() < until {
        if (until - done.kills()).is_multiple_of(10) {
            fill(town).await?;
        }
        misbehave(town, dice, done);
        // Taken up at the start, killed or not: what waits is due now.
        let _ = town.output(&["outbox", "retry", "--waiting"]);
        let killed = if dice.below(2) == 0 {
            after(town, &["watch"], dice.below(2 * LATEST_MS)).await?
        } else {
            over_mail(town, &["watch"], 1 + dice.below(30)).await?
        };
        done.note("of the daemon", killed);
    }
    town.now = town.now.max(Timestamp::now()) + SignedDuration::from_hours(5);
    finish(town).await
}

/// Changes that are settled and told while nobody takes mail.
async fn fill(town: &mut Town) -> Result<(), Failure> {
    let names = |papers: &_| rows(papers).into_iter().find(|row| row.name == "drop-at-banner");
    town.mail.set(names(&town.papers).ok_or("no such row")?.script);
    (0..PAGES.len()).for_each(|page| town.change(page));
    town.now += SignedDuration::from_hours(5);
    let child = town.start(&["check", "--now", &town.now.to_string()])?;
    ended(child).await.map(|_| ())
}

/// A fault of the mail server that lets letters through in the end.
fn misbehave(town: &Town, dice: &mut Dice, done: &mut Done) {
    let mut table = rows(&town.papers);
    table.retain(|row| row.setup == Setup::Clear && row.comes != Comes::Never && row.others_come != Comes::Never);
    let row = table.swap_remove(dice.below(table.len()));
    *done.faults.entry(row.name).or_default() += 1;
    town.mail.set(row.script);
}

/// Kills after some milliseconds; false where the run had ended.
async fn after(town: &mut Town, words: &[&str], millis: usize) -> Result<bool, Failure> {
    let mut child = town.start(words)?;
    let millis = Duration::from_millis(u64::try_from(millis)?);
    let killed = tokio::select! {
        ended = child.wait() => { ended?; false }
        () = tokio::time::sleep(millis) => { child.kill().await?; true }
    };
    town.mark(killed);
    Ok(killed)
}

/// Kills when so many commands came to the mail server.
async fn over_mail(town: &mut Town, words: &[&str], commands: usize) -> Result<bool, Failure> {
    let mut count = town.mail.commands();
    let until = *count.borrow() + commands;
    let mut child = town.start(words)?;
    // The guard that `wait_for` returns holds the channel, and with it the mail server.
    let reached = async { count.wait_for(|count| *count >= until).await.map(drop) };
    // A daemon that has nothing to send would live for ever.
    let patience = if words == ["watch"] { Duration::from_secs(2) } else { BOUND };
    let killed = tokio::select! {
        _ = reached => { child.kill().await?; true }
        ended = child.wait() => { ended?; false }
        () = tokio::time::sleep(patience) => { child.kill().await?; true }
    };
    town.mark(killed);
    Ok(killed)
}

/// Kills when a page is asked; all, half or nothing of it was answered.
async fn over_page(town: &mut Town, words: &[&str], dice: &mut Dice) -> Result<bool, Failure> {
    let page = dice.below(PAGES.len());
    let barrier = Arc::new(Barrier::new(2));
    let meet = Step::Meet(Arc::clone(&barrier));
    let answer = town.answer(page);
    town.web.set(PAGES[page].1, if dice.below(2) == 0 { answer.then(meet) } else { answer.first(meet) });
    let mut child = town.start(words)?;
    let killed = tokio::select! {
        _ = barrier.wait() => { child.kill().await?; true }
        ended = child.wait() => { ended?; false }
        () = tokio::time::sleep(BOUND) => { child.kill().await?; true }
    };
    town.web.set(PAGES[page].1, town.answer(page));
    town.mark(killed);
    Ok(killed)
}

/// Runs to the end with a mail server that is well, until nothing waits.
async fn finish(town: &mut Town) -> Result<(), Failure> {
    town.mail.set(well(Setup::Clear, &town.papers));
    for _ in 0..6 {
        let at = town.now.to_string();
        ended(town.start(&["check", "--now", &at])?).await?;
        let waiting = town.output(&["outbox", "--json"])?;
        if waiting.is_empty() {
            return Ok(());
        }
        town.now += SignedDuration::from_hours(5);
    }
    Err("letters wait for ever".into())
}

/// Waits for the end; what does not end in time is killed, and begun again by the caller's next run.
async fn ended(mut child: Child) -> Result<bool, Failure> {
    if let Ok(ended) = tokio::time::timeout(BOUND, child.wait()).await {
        return Ok(ended?.success());
    }
    child.kill().await?;
    Ok(false)
}
