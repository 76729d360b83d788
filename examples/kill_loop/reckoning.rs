//! The reckoning: every change of every page told to everybody, what came twice the same, the store whole.

use super::Failure;
use super::town::{PAGES, RECEIVERS, Town, sentence};
use noticewatch::io::store::{OutboxRow, OutboxState, Store};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What it came to.
#[derive(Default)]
pub struct Sum {
    changes: usize,
    letters: usize,
    corrections: usize,
    /// Came again because the server took it and never said so.
    unsaid: usize,
    /// Came again because a kill fell between the server's 250 and the record.
    between: usize,
    /// Sentences on what must not be.
    faults: Vec<String>,
}

impl Sum {
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changes, letters, corrections, unsaid, between, faults } = self;
        let told = changes * RECEIVERS.len();
        write!(
            f,
            "{changes} changes, {told} tellings, {corrections} corrections, {letters} letters\ncame again, with the same octets: {unsaid} that the server \
             took and never said so, {between} over which a kill fell between its 250 and the record\n{} faults",
            faults.len()
        )?;
        faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// Reckons.
pub fn reckon(town: &Town) -> Result<Sum, Failure> {
    let mut sum = Sum::default();
    let arrived = arrived(town, &mut sum)?;
    told(town, &arrived, &mut sum)?;
    let store = Store::read_only(&town.dir.path().join("state"))?;
    for row in store.outbox()? {
        sum.letters += 1;
        if row.state != OutboxState::Sent {
            sum.faults.push(format!("letter {} to {} is {:?}", row.id, row.recipient, row.state));
        }
        // Lines on the wire end alike, whatever stands after the last.
        let octets = String::from_utf8_lossy(&store.octets(row.id)?).trim_end().to_owned();
        match arrived.get(&row.message_id) {
            None => sum.faults.push(format!("letter {} to {} counts as sent and never came", row.id, row.recipient)),
            Some(came) if *came != octets => {
                sum.faults.push(format!("letter {} came with other octets than were stored", row.id));
            }
            Some(_) => {}
        }
    }
    sum.corrections = town.corrected.len();
    for id in &town.corrected {
        for receiver in RECEIVERS {
            let mine = |row: &&OutboxRow| row.recipient == receiver && row.note["corrects"] == id.as_str();
            let times = store.outbox()?.iter().filter(mine).count();
            if times != 1 {
                sum.faults.push(format!("the correction of {id} was written {times} times to {receiver}"));
            }
        }
    }
    sum.faults.extend(store.verify()?.damage.iter().map(ToString::to_string));
    Ok(sum)
}

/// What arrived, by its Message-ID. The same one must hold the same octets, and there must be a reason why it came again.
fn arrived(town: &Town, sum: &mut Sum) -> Result<BTreeMap<String, String>, Failure> {
    let mails = town.mail.answered().into_iter().map(|(octets, said)| {
        let id = octets.lines().find_map(|line| line.strip_prefix("Message-ID:")).unwrap_or_default();
        (id.trim().to_owned(), octets, said)
    });
    let hooks = town.hooks().into_iter().map(|body| {
        let json: Value = serde_json::from_slice(&body)?;
        Ok((json["message_id"].as_str().unwrap_or_default().to_owned(), String::from_utf8(body)?, true))
    });
    let ways = [mails.collect::<Vec<_>>(), hooks.collect::<Result<Vec<_>, Failure>>()?];
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (way, came) in ways.into_iter().enumerate() {
        let mut last: BTreeMap<String, (usize, bool)> = BTreeMap::new();
        for (index, (id, octets, said)) in came.into_iter().enumerate() {
            if let Some((before, said)) = last.insert(id.clone(), (index, said)) {
                sum.again(&id, before, said, town, way);
            }
            let octets = octets.trim_end().to_owned();
            if all.insert(id.clone(), octets.clone()).is_some_and(|first| first != octets) {
                sum.faults.push(format!("{id} came twice, with other octets"));
            }
        }
    }
    Ok(all)
}

impl Sum {
    /// A letter came again that had come as the one of this number.
    fn again(&mut self, id: &str, before: usize, said: bool, town: &Town, way: usize) {
        // The server may have read the end of a letter after the client was gone.
        let near = |mark: &[usize; 2]| (before..=before + 2).contains(&mark[way]);
        if !said {
            self.unsaid += 1;
        } else if town.marks.iter().any(near) {
            self.between += 1;
        } else {
            self.faults.push(format!("{id} came twice although it was said to be taken, and no kill fell there"));
        }
    }
}

/// Every edition of every page is one finding, told once to each, in a letter that arrived.
fn told(town: &Town, arrived: &BTreeMap<String, String>, sum: &mut Sum) -> Result<(), Failure> {
    let lines = String::from_utf8(town.output(&["history", "--json"])?)?;
    let found: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for ((id, _), editions) in PAGES.iter().zip(town.editions) {
        for edition in 1..=editions {
            sum.changes += 1;
            let wording = sentence(edition);
            let mine = |finding: &&Value| finding["target"] == *id && finding["after"] == wording.as_str();
            let finding = found.iter().find(mine);
            let told = finding.and_then(|finding| finding["told"].as_array()).cloned().unwrap_or_default();
            let whom: Vec<&str> = told.iter().filter_map(|told| told["recipient"].as_str()).collect();
            for receiver in RECEIVERS {
                let times = whom.iter().filter(|one| **one == receiver).count();
                if times != 1 {
                    sum.faults.push(format!("{id}, edition {edition}: told {times} times to {receiver}"));
                }
            }
            let ids: BTreeSet<&str> = told.iter().filter_map(|told| told["message_id"].as_str()).collect();
            for lost in ids.iter().filter(|id| !arrived.contains_key(**id)) {
                sum.faults.push(format!("{id}, edition {edition}: {lost} never came"));
            }
        }
    }
    Ok(())
}
