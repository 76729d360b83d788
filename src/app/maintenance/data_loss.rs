//! What was lost for good and is on record: ends of archive or journal that were cut off, behind which noticewatch wrote on.
//!
//! The files do not show such a loss any more; the mark in the journal does, until a whole restore takes it away.

use crate::app::error::Failure;
use crate::app::marks::DAMAGE;
use crate::app::text::utc;
use crate::io::store::{Healed, Mark, Store};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;

/// The part of the mark that holds them.
const GONE: &str = "gone";
/// Words of the sentence that says that an end was cut off.
const CUT: &str = "it had been written up to";

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// When it was noticed.
    pub noticed: Timestamp,
    /// What was lost.
    pub what: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (noticed {})", self.what, utc(self.noticed))
    }
}

/// Those that a mark names.
#[must_use]
pub fn of(mark: Option<&Mark>) -> Vec<Loss> {
    let Some(mark) = mark else { return Vec::new() };
    if let Some(list) = mark.value[GONE].as_array() {
        return list.iter().filter_map(|loss| serde_json::from_value(loss.clone()).ok()).collect();
    }
    // Marks of before there was that part name cut ends among the damage.
    let texts = mark.value["lost"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let cut = texts.filter(|text| text.contains(CUT));
    cut.map(|text| Loss { noticed: mark.at, what: text.to_owned() }).collect()
}

/// The value of a mark by which nothing is damaged any more, where one says that something is; cut ends stay gone.
#[must_use]
pub fn whole_again(mark: Option<&Mark>) -> Option<Value> {
    let gone = of(mark);
    let healed = count(mark) > gone.len();
    healed.then(|| json!({"restored": [], "lost": [], GONE: gone}))
}

/// Those on record in a state directory, which nobody needs to have opened.
///
/// # Errors
/// The journal cannot be read.
pub fn on_record(dir: &Path) -> Result<Vec<Loss>, Failure> {
    Ok(of(Store::last_mark(dir, DAMAGE)?.as_ref()))
}

/// Adds to the value of a mark those of before and of now.
pub fn add(value: &mut Value, before: Option<&Mark>, healed: &Healed, now: Timestamp) {
    let mut all = of(before);
    for damage in healed.lost.iter().filter(|damage| damage.gone) {
        let what = damage.to_string();
        if all.iter().all(|loss| loss.what != what) {
            all.push(Loss { noticed: now, what });
        }
    }
    value[GONE] = serde_json::to_value(all).unwrap_or_default();
}

/// How many places a mark names as lost: damaged ones, and those that were cut off.
#[must_use]
pub fn count(mark: Option<&Mark>) -> usize {
    let gone = of(mark);
    let lost = mark.and_then(|mark| mark.value["lost"].as_array()).into_iter().flatten();
    let there = lost.filter(|text| gone.iter().all(|loss| Some(loss.what.as_str()) != text.as_str()));
    there.count() + gone.len()
}
