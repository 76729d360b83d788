//! What arrived by each way, and why something of it came again.
//!
//! Knows octets, answers and kills; never what a letter says.

use super::Failure;
use serde_json::Value;
use std::collections::BTreeMap;

/// What arrived.
#[derive(Default)]
pub struct Arrivals {
    /// The octets of each letter, by its Message-ID.
    pub letters: BTreeMap<String, String>,
    /// Came again because the server took it and never said so.
    pub unsaid: usize,
    /// Came again because a kill fell between the server's 250 and the record.
    pub between: usize,
    /// Sentences on what must not be.
    pub faults: Vec<String>,
}

/// Sorts what came: mails, each with whether the server said that it took it, and bodies of webhooks. `marks` says how many of
/// both had come at each kill. The same Message-ID must hold the same octets, and there must be a reason why it came again.
///
/// # Errors
/// A body of a webhook is no JSON.
pub fn arrivals(mails: Vec<(String, bool)>, hooks: Vec<Vec<u8>>, marks: &[[usize; 2]]) -> Result<Arrivals, Failure> {
    let mails = mails.into_iter().map(|(octets, said)| (message_id(&octets).to_owned(), octets, said));
    let hooks = hooks.into_iter().map(|body| {
        let json: Value = serde_json::from_slice(&body)?;
        Ok((json["message_id"].as_str().unwrap_or_default().to_owned(), String::from_utf8(body)?, true))
    });
    let ways = [mails.collect::<Vec<_>>(), hooks.collect::<Result<Vec<_>, Failure>>()?];
    let mut all = Arrivals::default();
    for (way, came) in ways.into_iter().enumerate() {
        let mut last: BTreeMap<String, (usize, bool)> = BTreeMap::new();
        for (index, (id, octets, said)) in came.into_iter().enumerate() {
            if let Some((before, said)) = last.insert(id.clone(), (index, said)) {
                // The server may have read the end of a letter after the client was gone.
                let near = |mark: &[usize; 2]| (before..=before + 2).contains(&mark[way]);
                if !said {
                    all.unsaid += 1;
                } else if marks.iter().any(near) {
                    all.between += 1;
                } else {
                    all.faults
                        .push(format!("{id} came twice although it was said to be taken, and no kill fell there"));
                }
            }
            let octets = octets.trim_end().to_owned();
            if all.letters.insert(id.clone(), octets.clone()).is_some_and(|first| first != octets) {
                all.faults.push(format!("{id} came twice, with other octets"));
            }
        }
    }
    Ok(all)
}

/// The Message-ID of a mail.
pub fn message_id(octets: &str) -> &str {
    octets.lines().find_map(|line| line.strip_prefix("Message-ID:")).unwrap_or_default().trim()
}
