//! What stands around the findings of letters: what else the same edit changed, the page to which a wording went, and what
//! archives recorded before. Read once, for however many recipients.
//!
//! It only fetches and hands on: which sentences speak is the reading room's, which changed the history room's to say.

use super::earlier_changes::in_short;
use crate::app::analysis;
use crate::app::analysis::capture_text;
use crate::app::analysis::facts::Facts;
use crate::app::analysis::incremental::TargetFolds;
use crate::app::analysis::reading_cache::ReadingCache;
use crate::app::analysis::types::WatchState;
use crate::app::error::Failure;
use crate::app::marks::context_key;
use crate::io::store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::Sha256;
use noticewatch_core::compare::{Rank, beside};
use noticewatch_core::extract::{Passage, Sentence, sentences};
use noticewatch_core::history::Finding;
use noticewatch_core::letter::Item;
use noticewatch_core::target::Target;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Findings that are shown in full at the most; of others nobody reads what stood around them.
const SHOWN: usize = 40;

/// The sentences of a capture; None where the store does not hold it.
type CaptureSentences = Option<Arc<[Sentence]>>;

/// What was read for the letters of one tick.
pub struct Context<'a> {
    readings: &'a mut ReadingCache,
    captures: HashMap<(String, Sha256), CaptureSentences>,
    recorded: HashMap<String, Arc<[Finding]>>,
}

impl<'a> Context<'a> {
    /// Nothing was read yet.
    pub fn new(readings: &'a mut ReadingCache) -> Self {
        Self { readings, captures: HashMap::new(), recorded: HashMap::new() }
    }

    /// Adds to each finding what stands around it; what else an edit changed, to the first of its findings.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn add(&mut self, store: &Store, survey: &WatchState, items: &mut [Item]) -> Result<(), Failure> {
        let mut done: HashSet<(String, [Sha256; 2])> = HashSet::new();
        for index in 0..items.len().min(SHOWN) {
            let finding = &items[index].finding;
            let before = self.recorded(store, finding)?;
            let before = before.iter().filter(|other| other.between[1] <= finding.between[0]).map(in_short);
            let before = before.map(|(at, words)| (at, format!("{words} (recorded by an archive)")));
            let before: Vec<(Timestamp, String)> = before.collect();
            items[index].earlier.extend(before);
            items[index].earlier.sort_by_key(|(at, _)| *at);
            items[index].answered = answered(store, survey, &items[index].finding)?;
            self.edit(store, survey, items, index, &mut done)?;
        }
        Ok(())
    }

    /// What else the edit of one finding changed, or where its wording went.
    fn edit(
        &mut self,
        store: &Store,
        survey: &WatchState,
        items: &mut [Item],
        index: usize,
        done: &mut HashSet<(String, [Sha256; 2])>,
    ) -> Result<(), Failure> {
        let finding = &items[index].finding;
        let ([Some(old), Some(new)], Some(page)) = (finding.captures, survey.page(&finding.target)) else {
            return Ok(());
        };
        let Some(after) = self.read(store, &page.target, new)? else {
            items[index].elsewhere = elsewhere(store, survey, finding, new)?;
            return Ok(());
        };
        if old == new || !done.insert((finding.target.clone(), [old, new])) {
            return Ok(());
        }
        let Some(before) = self.read(store, &page.target, old)? else { return Ok(()) };
        let told = items.iter().filter(|item| item.finding.target == page.target.id).flat_map(|item| {
            let change = &item.finding.change;
            change.before.iter().chain(&change.after).map(|passage| passage.normal.as_str())
        });
        let told: Vec<&str> = told.collect();
        items[index].beside = beside(&before, &after, &told);
        Ok(())
    }

    fn read(&mut self, store: &Store, target: &Target, sha256: Sha256) -> Result<CaptureSentences, Failure> {
        let key = (target.id.clone(), sha256);
        if let Some(known) = self.captures.get(&key) {
            return Ok(known.clone());
        }
        let read = match sentences_of(store, target, sha256) {
            // What stands around a change is context: damage, which others find and mend, holds up no letter.
            Err(error) if error.is_damage() => None,
            read => read?,
        };
        self.captures.insert(key, read.clone());
        Ok(read)
    }

    /// What archives recorded of the same document: context that was never told.
    fn recorded(&mut self, store: &Store, finding: &Finding) -> Result<Arc<[Finding]>, Failure> {
        if let Some(known) = self.recorded.get(&finding.target) {
            return Ok(Arc::clone(known));
        }
        let marks = store.marks()?;
        let mut targets = Facts::of(store)?.recorded();
        targets.retain(|target| {
            let mapped = marks.get(&context_key(&target.id)).is_some_and(|mark| mark.value == json!(finding.target));
            mapped || target.service == finding.service && target.terms_type == finding.terms_type
        });
        let mut found = Vec::new();
        if !targets.is_empty() {
            let (courses, never) = (&mut TargetFolds::default(), |_: &Target| SignedDuration::ZERO);
            found = match analysis::survey(store, self.readings, courses, &targets, finding.settled, never) {
                Err(Failure::Damaged(_)) => Vec::new(),
                survey => survey?.findings,
            };
            found.retain(|other| other.rank > Rank::Tail);
            self.readings.flush();
        }
        let found: Arc<[Finding]> = found.into();
        self.recorded.insert(finding.target.clone(), Arc::clone(&found));
        Ok(found)
    }
}

/// The addresses that answered before and now, where a link is followed or another address answers.
fn answered(store: &Store, survey: &WatchState, finding: &Finding) -> Result<Option<[String; 2]>, Failure> {
    let ([Some(old), Some(new)], Some(page)) = (finding.captures, survey.page(&finding.target)) else {
        return Ok(None);
    };
    let address = |sha256| match store.header(&page.target.id, &sha256) {
        Err(error) if error.is_damage() => Ok(None),
        header => header.map(|header| header.map(|header| header.final_url)),
    };
    let Some(both) = address(old)?.zip(address(new)?) else { return Ok(None) };
    Ok((page.target.follow.is_some() || both.0 != both.1).then(|| both.into()))
}

/// The sentences of a kept capture.
fn sentences_of(store: &Store, target: &Target, sha256: Sha256) -> Result<CaptureSentences, StoreError> {
    let readable = store.readable(&sha256)?;
    let (Some(header), Some(capture)) = (store.header(&target.id, &readable)?, store.readable_capture(&readable)?)
    else {
        return Ok(None);
    };
    Ok(Some(sentences(&capture_text::parse_kept(&capture.body, &header, &target.reading())).into()))
}

/// The sibling page that a capture is of, and the first look that showed the wording there.
fn elsewhere(
    store: &Store,
    survey: &WatchState,
    finding: &Finding,
    sha256: Sha256,
) -> Result<Option<(String, Timestamp)>, Failure> {
    let siblings = survey.pages.iter().filter(|page| page.target.service == finding.service);
    for sibling in siblings.filter(|page| page.target.id != finding.target) {
        if store.header(&sibling.target.id, &sha256)?.is_some() {
            let after = finding.change.after.as_ref();
            let same = |passage: &Passage| after.is_some_and(|after| after.normal == passage.normal);
            let followed = &sibling.followed;
            let stood = followed.past.iter().chain(&followed.standings).filter(|standing| same(&standing.passage));
            let since = stood.map(|standing| standing.since).max();
            return Ok(Some((sibling.target.id.clone(), since.unwrap_or(finding.between[1]))));
        }
    }
    Ok(None)
}
