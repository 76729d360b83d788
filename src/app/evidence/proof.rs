//! How what was kept hangs together: from a record or a look, by the list of its day, to a root that was stamped.
//!
//! Every step is a file whose SHA-256 stands in the next one.

use super::archive::Files;
use crate::app::error::Failure;
use crate::io::store::{Root, Statement, Store};
use noticewatch_core::capture::{Capture, Visit};
use serde_json::Value;
use std::collections::BTreeMap;

/// One thing that is to be shown to stand in the record.
#[derive(Clone, Debug)]
pub enum Link {
    /// A capture.
    Capture(Box<Capture>),
    /// A look that brought nothing new.
    Look(Visit),
}

/// A step that a reader can follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofStep {
    /// The file with the statement.
    pub file: String,
    /// What it is, in words.
    pub what: String,
    /// The day of the root that covers it; None: there was no root since.
    pub day: Option<String>,
}

/// The steps, and the roots that they lead to, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// What is shown.
    pub steps: Vec<ProofStep>,
    /// The roots, with those between them and the first that was stamped.
    pub roots: Vec<Root>,
}

/// Shows where these stand, and adds the files that show it.
///
/// # Errors
/// The store cannot be read.
pub fn chain(store: &Store, links: &[(String, String, Link)], files: &mut Files) -> Result<Chain, Failure> {
    let all = store.roots()?;
    let mut found: BTreeMap<usize, Statement> = BTreeMap::new();
    let mut days: BTreeMap<usize, usize> = BTreeMap::new();
    let mut lists: BTreeMap<usize, String> = BTreeMap::new();
    for (number, root) in all.iter().enumerate() {
        if found.len() == links.len() {
            break;
        }
        // What archives recorded was kept long after its own time: of such captures no root is left out.
        let late = links.iter().all(|(_, _, link)| match link {
            Link::Capture(capture) => capture.origin.is_none() && capture.ended > root.made,
            Link::Look(visit) => !visit.recorded && visit.at > root.made,
        });
        if late {
            continue;
        }
        let mut here = Vec::new();
        let list = store.list_of(root, &mut |statement| {
            here.extend(
                links
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, _, link))| says(statement, link))
                    .map(|(index, _)| (index, statement.clone())),
            );
        })?;
        here.retain(|(index, _)| !found.contains_key(index));
        if !here.is_empty() {
            lists.insert(number, list);
        }
        for (index, statement) in here {
            days.insert(index, number);
            found.insert(index, statement);
        }
    }
    let mut chain = Chain::default();
    for (index, (file, what, _)) in links.iter().enumerate() {
        let file = format!("chain/{file}");
        if let Some(statement) = found.remove(&index) {
            files.insert(file.clone(), statement.text);
            let day = days.get(&index).map(|number| all[*number].day());
            chain.steps.push(ProofStep { file, what: what.clone(), day });
        } else {
            chain.steps.push(ProofStep { file, what: what.clone(), day: None });
        }
    }
    let numbers: Vec<usize> = lists.keys().copied().collect();
    for (number, list) in lists {
        files.insert(format!("chain/{}-list.txt", all[number].day()), list.into_bytes());
    }
    for number in up_to_stamps(&all, &numbers) {
        add_root(store, &all[number], files)?;
        chain.roots.push(all[number].clone());
    }
    Ok(chain)
}

/// The numbers of the roots, and of those between each and the first stamped one at or after it.
fn up_to_stamps(all: &[Root], wanted: &[usize]) -> Vec<usize> {
    let mut numbers: Vec<usize> = Vec::new();
    for &number in wanted {
        let stamped = (number..all.len()).find(|later| all[*later].stamp.is_some());
        numbers.extend(number..=stamped.unwrap_or(number));
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn add_root(store: &Store, root: &Root, files: &mut Files) -> Result<(), Failure> {
    let name = format!("chain/{}-root", root.day());
    files.insert(format!("{name}.txt"), root.text.clone().into_bytes());
    let Some(stamp) = &root.stamp else { return Ok(()) };
    let papers = [("tsq", Some(stamp.request)), ("tsr", Some(stamp.response)), ("authority.pem", stamp.authority)];
    for (ending, sha256) in papers.into_iter().filter_map(|(ending, sha256)| Some((ending, sha256?))) {
        if let Some(octets) = store.paper(&sha256)? {
            files.insert(format!("{name}.{ending}"), octets);
        }
    }
    Ok(())
}

/// Whether a statement is the record of this capture, or this look.
fn says(statement: &Statement, link: &Link) -> bool {
    match (link, statement.kind) {
        (Link::Look(visit), "look") => serde_json::to_vec(visit).is_ok_and(|text| text == statement.text),
        (Link::Capture(capture), "capture" | "served") => {
            let Ok(value) = serde_json::from_slice::<Value>(&statement.text) else { return false };
            let said = &value["capture"];
            let is = |key: &str, text: &str| said[key].as_str() == Some(text);
            is("sha256", &capture.sha256.to_string())
                && is("target", &capture.target)
                && is("ended", &capture.ended.to_string())
        }
        _ => false,
    }
}
