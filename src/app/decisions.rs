//! Decisions of people: handed to whoever writes the store, or written at once.

use super::context::AppContext;
use super::error::Failure;
use crate::io::store::{Decision, Store, StoreError};

/// Who took a decision up.
pub(crate) enum TakenUpBy {
    /// The store has it.
    Recorded,
    /// Another process writes the store, and takes it up at its next beat.
    Left {
        /// The process, as it wrote its number down.
        pid: String,
    },
    /// The store is another user's and nobody writes it: whoever writes it next takes it up.
    Waits {
        /// The user.
        owner: u32,
    },
}

impl TakenUpBy {
    /// Whether the store has it.
    pub(crate) fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded)
    }
}

/// First left as a file, so that no end at any moment loses it; then taken up, by us or by who writes the store.
///
/// # Errors
/// The state directory cannot be written.
pub(crate) fn hand_over(office: &AppContext, decisions: &[Decision]) -> Result<TakenUpBy, Failure> {
    for decision in decisions {
        Store::request(&office.state, decision)?;
    }
    match Store::open(&office.state) {
        Ok(mut store) => {
            let taken = store.take_up()?;
            taken.trouble.iter().for_each(|text| complain!("noticewatch: {text}"));
            Ok(TakenUpBy::Recorded)
        }
        Err(StoreError::Locked { pid, .. }) => Ok(TakenUpBy::Left { pid }),
        Err(StoreError::NotOurs { owner, .. }) => {
            Ok(Store::writer(&office.state).map_or(TakenUpBy::Waits { owner }, |pid| TakenUpBy::Left { pid }))
        }
        Err(error) => Err(error.into()),
    }
}
