//! From wordings that settled to findings: what replaced what, what is new, what is gone, what came back.
//!
//! Judging a pair of wordings is `compare`'s work; this file decides when there is a pair to judge.

use super::align;
use super::compare::{Copies, still_there};
use super::types::{Change, Finding, Rank, Standing, Verdict};
use super::verdict::{change, rank, unjudged};
use super::wording::{Current, Showing, Sight, Wordings};
use crate::capture::Sha256;
use crate::document::Passage;
use crate::target::{Expect, Kind, Target};
use jiff::Timestamp;
use std::collections::HashSet;

/// Why a finding is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Because {
    /// The wordings settled.
    Settled,
    /// Another page stands where the known one stood, and has become the yardstick.
    PageReplaced,
    /// The operator said that what is served now is the page.
    Accepted,
    /// The operator watches another address now.
    AddressChanged,
    /// The page answers 404, 410 or 451.
    PageGone,
    /// The page shows two wordings in turn.
    InTurn,
}

/// Where and when the two sides of a finding were seen.
#[derive(Clone, Copy)]
struct Proof {
    last: Option<Sight>,
    first: Sight,
    settled: Timestamp,
    slow: bool,
}

/// Findings of one target as they are made.
#[derive(Clone)]
pub(super) struct Book {
    pub(super) target: Target,
    pub(super) findings: Vec<Finding>,
    pub(super) past: Vec<Standing>,
    /// The target has shown a passage at some time; until then a promise that was expected is no `added`.
    pub(super) met: bool,
    /// What stood before the look that is being settled: regional copies are told by it.
    pub(super) standing: Vec<Passage>,
}

impl Book {
    /// Makes findings of what has settled by this look.
    pub(super) fn settle(&mut self, wordings: &mut Wordings, showing: &Showing<'_>) {
        for (gone, left, _) in wordings.turns.end(showing.at) {
            self.turn_over(wordings, &gone, &left, showing);
        }
        wordings.forget(showing.at);
        let standing: Vec<Current> = wordings.standing().cloned().collect();
        self.standing = standing.iter().map(|wording| wording.passage.clone()).collect();
        let shown = distinct(showing);
        let before: Vec<&Passage> = standing.iter().map(|wording| &wording.passage).collect();
        let kind = Kind::of(&self.target.terms_type);
        for pair in align::align_page(&before, &shown, &self.target.aliases, kind) {
            let old: Vec<&Current> = pair.before.iter().map(|index| &standing[*index]).collect();
            let new: Vec<&Passage> = pair.after.iter().map(|index| shown[*index]).collect();
            if let Some(because) = ripe(wordings, &old, &new, showing.at) {
                self.turn_page(wordings, &old, &new, showing, because);
            }
        }
    }

    /// One settled pair: the finding, and what stands from now on.
    fn turn_page(
        &mut self,
        wordings: &mut Wordings,
        old: &[&Current],
        new: &[&Passage],
        showing: &Showing<'_>,
        because: Because,
    ) {
        let fresh = new.iter().find_map(|passage| wordings.fresh(&passage.normal));
        let tally = fresh.map(|fresh| fresh.tally).or_else(|| old.iter().find_map(|wording| wording.absent));
        let proof = Proof {
            last: old
                .iter()
                .map(|wording| wording.last)
                .max_by_key(|sight| sight.at)
                .or(fresh.and_then(|fresh| fresh.before)),
            first: tally.map_or_else(|| showing.sight(), |tally| tally.first),
            settled: showing.at,
            slow: tally.is_some_and(|tally| tally.slow),
        };
        let before: Vec<&Passage> = old.iter().map(|wording| &wording.passage).collect();
        let id = self.enter(&before, new, proof, showing, because);
        self.met |= !new.is_empty();
        for passage in new {
            let last = if showing.inferred { proof.first } else { showing.sight() };
            wordings.stand(passage, proof.first, last);
        }
        if because == Because::InTurn {
            wordings.turns.begin(before[0].normal.clone(), new[0].normal.clone(), showing.at, id.unwrap_or_default());
            return;
        }
        for wording in old.iter().filter(|wording| !holds(new, &wording.passage)) {
            self.past.push(wording.stands(false, Some(proof.first.at)));
            let settled = wording.absent.is_some_and(|tally| tally.settled_as_absent(showing.at));
            match wordings.current.iter_mut().find(|other| other.passage.normal == wording.passage.normal) {
                Some(other) if !settled => other.replaced = Some(id.clone().unwrap_or_default()),
                _ => wordings.drop(&wording.passage.normal),
            }
        }
    }

    /// One of two wordings in turn was not seen for thirty days: the other stands alone.
    fn turn_over(&mut self, wordings: &mut Wordings, gone: &str, left: &str, showing: &Showing<'_>) {
        let find = |normal: &str| wordings.current.iter().find(|wording| wording.passage.normal == normal).cloned();
        if let (Some(gone), Some(left)) = (find(gone), find(left)) {
            let proof = Proof { last: Some(gone.last), first: showing.sight(), settled: showing.at, slow: false };
            self.enter(&[&gone.passage], &[&left.passage], proof, showing, Because::Settled);
            self.past.push(gone.stands(false, Some(showing.at)));
            wordings.drop(&gone.passage.normal);
        }
    }

    /// The page was replaced as a whole: everything that differs is for a person to judge.
    pub(super) fn replaced(&mut self, wordings: &mut Wordings, showing: &Showing<'_>, because: Because) {
        let standing: Vec<Current> = wordings.standing().cloned().collect();
        let shown = distinct(showing);
        let before: Vec<&Passage> = standing.iter().map(|wording| &wording.passage).collect();
        let kind = Kind::of(&self.target.terms_type);
        for pair in align::align_page(&before, &shown, &self.target.aliases, kind) {
            let old: Vec<&Passage> = pair.before.iter().map(|index| before[*index]).collect();
            let new: Vec<&Passage> = pair.after.iter().map(|index| shown[*index]).collect();
            let last = pair.before.iter().map(|index| standing[*index].last).max_by_key(|sight| sight.at);
            let proof =
                Proof { last: last.or(showing.previous), first: showing.sight(), settled: showing.at, slow: true };
            if !same(&old, &new) {
                self.enter(&old, &new, proof, showing, because);
            }
        }
        let left = standing.iter().filter(|wording| !holds(&shown, &wording.passage));
        self.past.extend(left.map(|wording| wording.stands(false, Some(showing.at))));
        self.met |= !shown.is_empty();
        wordings.adopt(showing);
        wordings.confirm();
        // A wording that outlived the page has stood since it was first seen.
        for wording in &mut wordings.current {
            let before = standing.iter().find(|old| old.passage.normal == wording.passage.normal);
            wording.since = before.map_or(wording.since, |old| old.since);
        }
    }

    /// The page is gone: so are its promises.
    pub(super) fn gone(&mut self, wordings: &mut Wordings, showing: &Showing<'_>, since: Timestamp) {
        for wording in std::mem::take(&mut wordings.current).iter().filter(|wording| wording.replaced.is_none()) {
            let first = Sight { at: since, capture: wording.last.capture };
            let proof = Proof { last: Some(wording.last), first, settled: showing.at, slow: false };
            self.enter(&[&wording.passage], &[], proof, showing, Because::PageGone);
            self.past.push(wording.stands(false, Some(since)));
        }
        wordings.fresh.clear();
    }

    /// Judges the two sides and writes the finding down; None where there is nothing to say.
    fn enter(
        &mut self,
        before: &[&Passage],
        after: &[&Passage],
        proof: Proof,
        showing: &Showing<'_>,
        because: Because,
    ) -> Option<String> {
        let expected = before.is_empty() && self.target.expect == Expect::Promise && !self.met;
        if expected && because == Because::Settled {
            return None;
        }
        let (old, new) = (align::merged(before), align::merged(after));
        let kind = Kind::of(&self.target.terms_type);
        let judge = |old: &Option<Passage>, new: &Option<Passage>| match showing
            .reading
            .language
            .as_deref()
            .filter(|language| *language != "en")
        {
            Some(language) => unjudged(old.as_ref(), new.as_ref(), &self.target.aliases, language),
            None => change(old.as_ref(), new.as_ref(), &self.target.aliases, kind),
        };
        let mut judged = judge(&old, &new);
        let bare = judged.clone();
        if because == Because::Settled {
            let standing: Vec<&Passage> = self.standing.iter().collect();
            let shown = distinct(showing);
            judged = Copies::of(&standing, &shown, &self.target.aliases, kind).judge(judged);
            if let Some(anchor) = showing.anchor {
                judged = still_there(judged, anchor, showing.reading);
            }
        }
        if judged.verdict == Verdict::None {
            return None;
        }
        let earlier = self.taken_back(old.as_ref(), new.as_ref());
        adjust(&mut judged, because, earlier);
        let mut soon = rank(&judged);
        if let Some(first) = earlier {
            soon = first.rank;
            soon = soon.max(rank(&bare));
        }
        if because == Because::InTurn {
            soon = soon.min(Rank::Digest);
        }
        let last = proof.last.map_or(proof.first.at, |sight| sight.at);
        let id = identity(&self.target.id, proof.first.at, old.as_ref(), new.as_ref());
        let captures =
            [proof.last.map(|sight| sight.capture), (because != Because::PageGone).then_some(proof.first.capture)];
        let restores = earlier.map(|finding| finding.id.clone());
        self.findings.push(Finding {
            id: id.clone(),
            target: self.target.id.clone(),
            service: self.target.service.clone(),
            terms_type: self.target.terms_type.clone(),
            change: judged,
            between: [last.min(proof.first.at), proof.first.at],
            captures,
            settled: proof.settled,
            rank: soon,
            stated: if because == Because::PageGone { Vec::new() } else { showing.reading.dates.clone() },
            rewritten: proof.slow,
            siblings: Vec::new(),
            restores,
        });
        Some(id)
    }

    /// The finding that this change takes back: the wording that it had reported as gone is the one that comes.
    fn taken_back(&self, old: Option<&Passage>, new: Option<&Passage>) -> Option<&Finding> {
        let new = new?;
        let normal = |passage: &Option<Passage>| passage.as_ref().map(|passage| passage.normal.clone());
        let taken: HashSet<&str> = self.findings.iter().filter_map(|finding| finding.restores.as_deref()).collect();
        self.findings.iter().rev().find(|finding| {
            normal(&finding.change.before).as_deref() == Some(new.normal.as_str())
                && normal(&finding.change.after).as_deref() == old.map(|passage| passage.normal.as_str())
                && !taken.contains(finding.id.as_str())
                && finding.rank > Rank::Tail
        })
    }
}

/// Whether a pair has settled, and why it is a finding; None: it waits, or nothing moved.
fn ripe(wordings: &Wordings, old: &[&Current], new: &[&Passage], now: Timestamp) -> Option<Because> {
    let before: Vec<&Passage> = old.iter().map(|wording| &wording.passage).collect();
    if same(&before, new) {
        return None;
    }
    let fresh: Vec<_> = new.iter().filter_map(|passage| wordings.fresh(&passage.normal)).collect();
    if fresh.is_empty() {
        let missing: Vec<_> = old.iter().filter(|wording| !holds(new, &wording.passage)).collect();
        let settled = |wording: &&&Current| wording.absent.is_some_and(|tally| tally.settled_as_absent(now));
        return (!missing.is_empty() && missing.iter().all(settled)).then_some(Because::Settled);
    }
    if let ([one], [other]) = (old, new)
        && one.absent.is_some()
        && wordings.turns.alternate(&one.passage.normal, &other.normal)
        && !wordings.turns.holds(&one.passage.normal)
    {
        return Some(Because::InTurn);
    }
    fresh.iter().all(|fresh| fresh.tally.settled_as_new(now)).then_some(Because::Settled)
}

/// Sets the verdict where another rule than the words decides.
fn adjust(judged: &mut Change, because: Because, earlier: Option<&Finding>) {
    let reason = match because {
        Because::Settled => None,
        Because::PageReplaced => Some("page replaced: another page stands at this address, and has stood long enough"),
        Because::Accepted => Some("page replaced: the operator accepted what is served now as the page"),
        Because::AddressChanged => Some("address changed: the operator watches another page for this promise now"),
        Because::PageGone => Some("page gone: the server says that the page does not exist"),
        Because::InTurn => Some("two wordings in turn: the page has shown each of them twice within seven days"),
    };
    if let Some(reason) = reason {
        judged.reasons.insert(0, reason.to_owned());
        if because != Because::PageGone && judged.verdict != Verdict::Reworded {
            // A page that replaced itself may hide a loss: that does not wait for the digest.
            judged.touches_clause = because == Because::PageReplaced && rank(judged) == Rank::AtOnce;
            judged.verdict = Verdict::NeedsHuman;
        }
    } else if let Some(earlier) = earlier {
        let date = earlier.between[1].strftime("%Y-%m-%d");
        judged.reasons.insert(0, format!("restored: the wording that was reported as gone on {date} is back"));
        judged.verdict = Verdict::Restored;
    }
}

/// The judged passages shown, each wording once.
fn distinct<'a>(showing: &Showing<'a>) -> Vec<&'a Passage> {
    let mut known = HashSet::new();
    showing.passages().filter(|passage| known.insert(passage.normal.as_str())).collect()
}

fn holds(passages: &[&Passage], passage: &Passage) -> bool {
    passages.iter().any(|other| other.normal == passage.normal)
}

fn same(old: &[&Passage], new: &[&Passage]) -> bool {
    old.len() == new.len() && old.iter().all(|passage| holds(new, passage))
}

/// A name for a finding that stays when it is derived again.
fn identity(target: &str, first: Timestamp, old: Option<&Passage>, new: Option<&Passage>) -> String {
    let normal = |passage: Option<&Passage>| passage.map(|passage| passage.normal.clone()).unwrap_or_default();
    let name = format!("{target}\n{first}\n{}\n{}", normal(old), normal(new));
    Sha256::of(name.as_bytes()).short()
}
