//! From wordings that settled to findings: what replaced what, what is new, what is gone, what came back.
//!
//! Judging a pair of wordings is `compare`'s work; this file decides when there is a pair to judge.

use super::finding_reasons::{Because, adjust, seen_once};
use super::flapping::Ended;
use super::types::{Finding, Standing};
use super::wordings::{Showing, Sight, StandingWording, Wordings};
use crate::capture::Sha256;
use crate::compare::{Change, Copies, Rank, Verdict, align, change, rank, still_there, unjudged};
use crate::extract::Passage;
use crate::target::{Expect, Target, TermsKind};
use jiff::Timestamp;
use std::collections::HashSet;

/// Where and when the two sides of a finding were seen.
#[derive(Clone, Copy)]
struct Proof {
    last: Option<Sight>,
    first: Sight,
    settled: Timestamp,
    slow: bool,
    /// What is said to have stood before was seen at one look only.
    once: bool,
}

/// Findings of one target as they are made.
#[derive(Clone)]
pub(crate) struct SettlingFindings {
    pub(crate) target: Target,
    pub(crate) findings: Vec<Finding>,
    pub(crate) past: Vec<Standing>,
    /// The target has shown a passage at some time; until then a promise that was expected is no `added`.
    pub(crate) met: bool,
    /// What stood before the look that is being settled: regional copies are told by it.
    pub(crate) standing: Vec<Passage>,
}

impl SettlingFindings {
    /// Makes findings of what has settled by this look.
    pub(crate) fn settle(&mut self, wordings: &mut Wordings, showing: &Showing<'_>) {
        for ended in wordings.turns.end(showing.at) {
            self.turn_over(wordings, &ended, showing);
        }
        wordings.forget(showing.at);
        self.standing = wordings.standing().map(|wording| wording.passage.clone()).collect();
        let its_turn = |wording: &&StandingWording| !wordings.turns.waits(&wording.passage.normal);
        let standing: Vec<StandingWording> = wordings.standing().filter(its_turn).cloned().collect();
        let shown = distinct(showing);
        let before: Vec<&Passage> = standing.iter().map(|wording| &wording.passage).collect();
        let kind = TermsKind::of(&self.target.terms_type);
        for pair in align::align_page(&before, &shown, &self.target.aliases, kind) {
            let old: Vec<&StandingWording> = pair.before.iter().map(|index| &standing[*index]).collect();
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
        old: &[&StandingWording],
        new: &[&Passage],
        showing: &Showing<'_>,
        because: Because,
    ) {
        let fresh = new.iter().find_map(|passage| wordings.fresh(&passage.normal));
        let tally = fresh.map(|fresh| fresh.tally).or_else(|| old.iter().find_map(|wording| wording.absent));
        let mut proof = Proof {
            last: old
                .iter()
                .map(|wording| wording.last)
                .max_by_key(|sight| sight.at)
                .or(fresh.and_then(|fresh| fresh.before)),
            first: tally.map_or_else(|| showing.sight(), |tally| tally.first),
            settled: showing.at,
            slow: tally.is_some_and(|tally| tally.slow),
            once: wordings.only_once(old, fresh),
        };
        let because = match because {
            Because::InTurn(_) => Because::InTurn(take_turns(wordings, old, new, &mut proof, showing)),
            other => other,
        };
        let before: Vec<&Passage> = old.iter().map(|wording| &wording.passage).collect();
        let id = self.enter(&before, new, proof, showing, because);
        self.met |= !new.is_empty();
        for passage in new {
            let last = if showing.inferred { proof.first } else { showing.sight() };
            wordings.stand(passage, proof.first, last);
        }
        if because != Because::Settled {
            return;
        }
        for wording in old.iter().filter(|wording| !holds(new, &wording.passage)) {
            self.past.push(wording.stands(Some(proof.first.at)));
            let settled = wording.absent.is_some_and(|tally| tally.settled_as_absent(showing.at));
            for partner in wordings.turns.dissolve(&wording.passage.normal) {
                let partners = wordings.current.iter_mut().filter(|other| other.passage.normal == partner);
                for other in partners.filter(|other| other.replaced.is_none()) {
                    self.past.push(other.stands(Some(proof.first.at)));
                    other.replaced = Some(id.clone().unwrap_or_default());
                }
            }
            match wordings.current.iter_mut().find(|other| other.passage.normal == wording.passage.normal) {
                Some(other) if !settled => other.replaced = Some(id.clone().unwrap_or_default()),
                _ => wordings.drop(&wording.passage.normal),
            }
        }
    }

    /// One of the wordings in turn was not seen for long: what is left has taken its place.
    fn turn_over(&mut self, wordings: &mut Wordings, ended: &Ended, showing: &Showing<'_>) {
        let find = |normals: &[String]| -> Vec<StandingWording> {
            let mine = |wording: &&StandingWording| normals.contains(&wording.passage.normal);
            wordings.standing().filter(mine).cloned().collect()
        };
        let (gone, left) = (find(&ended.gone.wordings), find(&ended.left.wordings));
        let passages =
            |side: &[StandingWording]| -> Vec<Passage> { side.iter().map(|wording| wording.passage.clone()).collect() };
        let (old, new) = (passages(&gone), passages(&left));
        if old.is_empty() {
            return;
        }
        let proof = Proof {
            last: gone.iter().map(|wording| wording.last).max_by_key(|sight| sight.at),
            first: ended.gone.missing.unwrap_or(showing.sight()),
            settled: showing.at,
            slow: false,
            once: false,
        };
        let (old, new): (Vec<&Passage>, Vec<&Passage>) = (old.iter().collect(), new.iter().collect());
        self.enter(&old, &new, proof, showing, Because::TurnsOver);
        for wording in &gone {
            self.past.push(wording.stands(Some(proof.first.at)));
            wordings.drop(&wording.passage.normal);
        }
    }

    /// The page was replaced as a whole: everything that differs is for a person to judge. `first`: when what is shown was
    /// first seen, before it counted as the page.
    pub(crate) fn replaced(
        &mut self,
        wordings: &mut Wordings,
        showing: &Showing<'_>,
        because: Because,
        first: Timestamp,
    ) {
        let known = self.findings.len();
        let standing: Vec<StandingWording> = wordings.standing().cloned().collect();
        let shown = distinct(showing);
        let before: Vec<&Passage> = standing.iter().map(|wording| &wording.passage).collect();
        let kind = TermsKind::of(&self.target.terms_type);
        for pair in align::align_page(&before, &shown, &self.target.aliases, kind) {
            let old: Vec<&Passage> = pair.before.iter().map(|index| before[*index]).collect();
            let new: Vec<&Passage> = pair.after.iter().map(|index| shown[*index]).collect();
            let last = pair.before.iter().map(|index| standing[*index].last).max_by_key(|sight| sight.at);
            let proof = Proof {
                last: last.or(showing.previous),
                first: showing.sight(),
                settled: showing.at,
                slow: true,
                once: !old.is_empty() && pair.before.iter().all(|index| standing[*index].once),
            };
            if !same(&old, &new) {
                self.enter(&old, &new, proof, showing, because);
            }
        }
        let left = standing.iter().filter(|wording| !holds(&shown, &wording.passage));
        self.past.extend(left.map(|wording| wording.stands(Some(first.max(wording.last.at)))));
        for finding in &mut self.findings[known..] {
            finding.between[1] = first.max(finding.between[0]);
        }
        self.met |= !shown.is_empty();
        wordings.adopt(showing);
        wordings.confirm();
        // A wording that outlived the page has stood since it was first seen.
        for wording in &mut wordings.current {
            let before = standing.iter().find(|old| old.passage.normal == wording.passage.normal);
            wording.since = before.map_or(Sight { at: first, ..showing.sight() }, |old| old.since);
        }
    }

    /// The page is gone: so are its promises.
    pub(crate) fn gone(&mut self, wordings: &mut Wordings, showing: &Showing<'_>, since: Timestamp) {
        for wording in std::mem::take(&mut wordings.current).iter().filter(|wording| wording.replaced.is_none()) {
            let first = Sight { at: since, capture: wording.last.capture };
            let (last, once) = (Some(wording.last), wording.once);
            let proof = Proof { last, first, settled: showing.at, slow: false, once };
            self.enter(&[&wording.passage], &[], proof, showing, Because::PageGone);
            self.past.push(wording.stands(Some(since)));
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
        let kind = TermsKind::of(&self.target.terms_type);
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
        let over = because == Because::TurnsOver;
        let ends_turn =
            over.then(|| self.told_in_turn(old.as_ref(), new.as_ref()).map(|finding| finding.id.clone())).flatten();
        if proof.once {
            judged.reasons.insert(0, seen_once(proof.last.map_or(proof.first.at, |sight| sight.at), old.is_some()));
        }
        adjust(&mut judged, because, earlier);
        let mut soon = rank(&judged);
        if let Some(first) = earlier.filter(|_| !over) {
            soon = first.rank;
            soon = soon.max(rank(&bare));
        }
        if matches!(because, Because::InTurn(_)) || (proof.once && old.is_none()) {
            soon = soon.min(Rank::Digest);
        }
        let last = proof.last.map_or(proof.first.at, |sight| sight.at);
        let mut id = identity(&self.target.id, proof.first.at, old.as_ref(), new.as_ref());
        if over {
            // The same two, and it may be the same two looks, as when they were told to take turns.
            id = Sha256::of(format!("{id} alone").as_bytes()).short();
        }
        let captures =
            [proof.last.map(|sight| sight.capture), (because != Because::PageGone).then_some(proof.first.capture)];
        let restores = earlier.filter(|_| !over).map(|finding| finding.id.clone());
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
            ends_turn,
            accepted: None,
        });
        Some(id)
    }

    /// The finding that told of these two as taking turns.
    fn told_in_turn(&self, old: Option<&Passage>, new: Option<&Passage>) -> Option<&Finding> {
        let same = |one: &Option<Passage>, other: Option<&Passage>| {
            one.as_ref().map(|passage| &passage.normal) == other.map(|passage| &passage.normal)
        };
        self.findings.iter().rev().find(|finding| {
            let Change { before, after, .. } = &finding.change;
            (same(before, old) && same(after, new)) || (same(before, new) && same(after, old))
        })
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
fn ripe(wordings: &Wordings, old: &[&StandingWording], new: &[&Passage], now: Timestamp) -> Option<Because> {
    let before: Vec<&Passage> = old.iter().map(|wording| &wording.passage).collect();
    if same(&before, new) {
        return None;
    }
    let fresh: Vec<_> = new.iter().filter_map(|passage| wordings.fresh(&passage.normal)).collect();
    let missing: Vec<_> = old.iter().filter(|wording| !holds(new, &wording.passage)).collect();
    let gone: Vec<&str> = missing.iter().map(|wording| wording.passage.normal.as_str()).collect();
    let come: Vec<&str> = fresh.iter().map(|fresh| fresh.passage.normal.as_str()).collect();
    let absent = missing.iter().all(|wording| wording.absent.is_some());
    if absent && wordings.turns.alternate(&gone, &come) {
        return Some(Because::InTurn(2));
    }
    if fresh.is_empty() {
        let settled = |wording: &&&StandingWording| wording.absent.is_some_and(|tally| tally.settled_as_absent(now));
        return (!missing.is_empty() && missing.iter().all(settled)).then_some(Because::Settled);
    }
    fresh.iter().all(|fresh| fresh.tally.settled_as_new(now)).then_some(Because::Settled)
}

/// The judged passages shown, each wording once.
fn distinct<'a>(showing: &Showing<'a>) -> Vec<&'a Passage> {
    let mut known = HashSet::new();
    showing.passages().filter(|passage| known.insert(passage.normal.as_str())).collect()
}

/// Lets wordings take turns from now on, and says how many there are. What changed between which two looks is set to when
/// the new ones were seen first.
fn take_turns(
    wordings: &mut Wordings,
    old: &[&StandingWording],
    new: &[&Passage],
    proof: &mut Proof,
    showing: &Showing<'_>,
) -> usize {
    let gone = normals(old.iter().map(|wording| &wording.passage).filter(|passage| !holds(new, passage)));
    let come = normals(new.iter().copied().filter(|passage| wordings.fresh(&passage.normal).is_some()));
    let last = proof.last.map_or(showing.at, |sight| sight.at);
    let since = old.iter().map(|wording| wording.since.at).max().unwrap_or(Timestamp::MIN);
    if let Some((before, first)) = wordings.turns.begun(&gone, &come, since) {
        (proof.last, proof.first) = (before.or(proof.last.filter(|last| last.at < first.at)), first);
    }
    wordings.turns.begin(gone, come, last, showing.sight())
}

/// Their normal forms.
fn normals<'a>(passages: impl Iterator<Item = &'a Passage>) -> Vec<String> {
    passages.map(|passage| passage.normal.clone()).collect()
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
