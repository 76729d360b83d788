//! The reckoning: every change of every page told to everybody, what came twice the same, the store whole.

use super::Failure;
use super::arrivals::{Arrivals, arrivals};
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
    let Arrivals { letters: arrived, unsaid, between, faults } =
        arrivals(town.mail.answered(), town.hooks(), &town.marks)?;
    let mut sum = Sum { unsaid, between, faults, ..Sum::default() };
    let store = Store::read_only(&town.dir.path().join("state"))?;
    told(town, &store, &arrived, &mut sum)?;
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

/// Every edition of every page is one finding, told once to each, in a letter that arrived.
fn told(town: &Town, store: &Store, arrived: &BTreeMap<String, String>, sum: &mut Sum) -> Result<(), Failure> {
    let receivers: BTreeMap<String, String> =
        store.outbox()?.into_iter().map(|row| (row.message_id, row.recipient)).collect();
    let lines = String::from_utf8(town.output(&["history", "--json"])?)?;
    let found: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for ((id, _), editions) in PAGES.iter().zip(town.editions) {
        for edition in 1..=editions {
            sum.changes += 1;
            let wording = sentence(edition);
            let mine = |finding: &&Value| finding["target"] == *id && finding["after"] == wording.as_str();
            let finding = found.iter().find(mine);
            let told = finding.and_then(|finding| finding["told"].as_array()).cloned().unwrap_or_default();
            let letters = told.iter().filter_map(|told| told["message_id"].as_str());
            let whom: Vec<&String> = letters.filter_map(|letter| receivers.get(letter)).collect();
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
