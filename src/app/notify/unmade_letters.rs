//! Letters that could not be made: a fact of the journal, told by `status`, by `check`, and in letters to the operator.
//!
//! What cannot be made is not told, so it is made with the next letter; nobody else's letter waits for it. Knows
//! recipients and reasons, never what stands in a letter.

use super::runs;
use super::test_letter;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::text::utc;
use crate::config::Subscription;
use crate::io::store::{Mark, Outgoing, Store};
use jiff::Timestamp;
use serde_json::Value;

/// Under keys that begin so, the journal holds why the last letter to a recipient could not be made; null: it could.
const KEY: &str = "unmade/";

/// A recipient to whom no letter can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmade {
    /// Who gets none.
    pub recipient: String,
    /// Since when.
    pub since: Timestamp,
    /// Why, and how to mend it.
    pub why: String,
}

/// Puts a letter into the outbox, or on record that it could not be made; the rows.
///
/// # Errors
/// The store cannot be read or written; of a letter that could not be made, nothing.
pub fn tell(
    store: &mut Store,
    recipient: &str,
    made: Result<Outgoing, Failure>,
    now: Timestamp,
) -> Result<Vec<u64>, Failure> {
    match made {
        Ok(outgoing) => {
            note(store, recipient, None, now)?;
            Ok(store.tell(&[outgoing])?)
        }
        Err(Failure::Data(why)) => {
            note(store, recipient, Some(&why), now)?;
            Ok(Vec::new())
        }
        Err(failure) => Err(failure),
    }
}

/// Looks whether letters can be made again, where they could not: the settings may have changed.
///
/// # Errors
/// The store cannot be read or written.
pub fn review(office: &AppContext, store: &mut Store, now: Timestamp) -> Result<(), Failure> {
    for unmade in all(office, store)? {
        let why = test_letter::octets_for(office, &unmade.recipient, now).err().map(|failure| failure.to_string());
        note(store, &unmade.recipient, why.as_deref(), now)?;
    }
    Ok(())
}

/// The recipients of the settings to whom no letter can be made.
///
/// # Errors
/// The store cannot be read.
pub fn all(office: &AppContext, store: &Store) -> Result<Vec<Unmade>, Failure> {
    let receivers: Vec<String> = runs::subscriptions(office).iter().flat_map(Subscription::receivers).collect();
    let marks = store.marks()?;
    let unmade = receivers.into_iter().filter_map(|recipient| {
        let mark = marks.get(&format!("{KEY}{recipient}"))?;
        Some(Unmade { why: mark.value.as_str()?.to_owned(), since: mark.at, recipient })
    });
    let mut unmade: Vec<Unmade> = unmade.collect();
    unmade.sort_by(|one, other| one.recipient.cmp(&other.recipient));
    unmade.dedup();
    Ok(unmade)
}

/// What the operator is told of those that are new since a time.
///
/// # Errors
/// The store cannot be read.
pub fn notes(store: &Store, recent: impl Fn(Timestamp) -> bool) -> Result<Vec<String>, Failure> {
    let marks = store.marks()?.into_iter().filter(|(_, mark)| recent(mark.at));
    let note = |(key, mark): (String, Mark)| {
        let (recipient, why) = (key.strip_prefix(KEY)?, mark.value.as_str()?);
        Some(format!("No letter can be made to {recipient} since {}: {why}", utc(mark.at)))
    };
    Ok(marks.filter_map(note).collect())
}

/// A line only where something is new: it is asked at every beat.
fn note(store: &mut Store, recipient: &str, why: Option<&str>, now: Timestamp) -> Result<(), Failure> {
    let (key, value) = (format!("{KEY}{recipient}"), why.map_or(Value::Null, Value::from));
    let known = store.marks()?.get(&key).map_or(Value::Null, |mark| mark.value.clone());
    if known == value {
        return Ok(());
    }
    if let Some(why) = why {
        tracing::error!("no letter can be made to {recipient}: {why}");
    } else {
        tracing::info!("letters to {recipient} can be made again");
    }
    Ok(store.mark(&key, value, now)?)
}
