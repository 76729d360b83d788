//! The wordings of one target as looks confirm or deny them: what is current, what is new, what is missing.
//!
//! Counts looks only; whether something has settled, and what a change means, is decided in `settle`.

use super::flapping::Turns;
use super::types::Standing;
use crate::capture::Sha256;
use crate::extract::{Class, Passage, Reading};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;

/// Looks closer together than this are one look (docs/RULES.md 6.1: at least ten minutes later).
pub(crate) const APART: SignedDuration = SignedDuration::from_mins(10);
/// How long an absence, or anything on a rewritten page, must last (docs/RULES.md 6.4: of false middle states 67-78 %
/// lived at most 25 h).
pub(crate) const SLOW: SignedDuration = SignedDuration::from_hours(26);

/// One healthy look at the page.
#[derive(Clone, Copy)]
pub(crate) struct Showing<'a> {
    pub(crate) at: Timestamp,
    pub(crate) capture: Sha256,
    pub(crate) reading: &'a Reading,
    /// New connection, no conditions: it can confirm.
    pub(crate) independent: bool,
    /// Inferred from a recording's standing: it confirms, but is never quoted as a time of seeing.
    pub(crate) inferred: bool,
    /// The page was rewritten: things settle slowly.
    pub(crate) slow: bool,
    /// The good look before this one.
    pub(crate) previous: Option<Sight>,
    /// The last reading at which nothing was pending.
    pub(crate) anchor: Option<&'a Reading>,
}

impl<'a> Showing<'a> {
    pub(crate) fn sight(&self) -> Sight {
        Sight { at: self.at, capture: self.capture }
    }

    /// The passages that are judged.
    pub(crate) fn passages(&self) -> impl Iterator<Item = &'a Passage> {
        self.reading.passages.iter().filter(|passage| passage.class == Class::UserNotice)
    }
}

/// When and in which capture something was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    pub(crate) at: Timestamp,
    pub(crate) capture: Sha256,
}

/// Consecutive independent looks that agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confirmations {
    pub(crate) first: Sight,
    pub(crate) looks: u32,
    pub(crate) slow: bool,
    counted: Timestamp,
}

impl Confirmations {
    fn begin(showing: &Showing<'_>) -> Self {
        Self { first: showing.sight(), looks: 1, slow: showing.slow, counted: showing.at }
    }

    fn again(&mut self, showing: &Showing<'_>) {
        self.slow |= showing.slow;
        if showing.independent && showing.at.duration_since(self.counted) >= APART {
            self.looks += 1;
            self.counted = showing.at;
        }
    }

    /// How long the looks agree by now.
    fn lasted(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.first.at)
    }

    /// A new wording settles at its second look, on a rewritten page as an absence does.
    pub(crate) fn settled_as_new(&self, now: Timestamp) -> bool {
        if self.slow { self.settled_as_absent(now) } else { self.looks >= 2 && self.lasted(now) >= APART }
    }

    /// An absence settles at three looks over 26 hours.
    pub(crate) fn settled_as_absent(&self, now: Timestamp) -> bool {
        self.looks >= 3 && self.lasted(now) >= SLOW
    }
}

/// A wording that stands.
#[derive(Clone, Debug)]
pub(crate) struct StandingWording {
    pub(crate) passage: Passage,
    pub(crate) since: Sight,
    pub(crate) last: Sight,
    pub(crate) absent: Option<Confirmations>,
    /// The finding that told of its replacement; it stays until its absence settles.
    pub(crate) replaced: Option<String>,
    /// Seen at one look only: the first of all.
    pub(crate) once: bool,
}

impl StandingWording {
    /// The wording as it is shown to people; `until` for one of the past.
    pub(crate) fn stands(&self, until: Option<Timestamp>) -> Standing {
        Standing {
            passage: self.passage.clone(),
            since: self.since.at,
            last_seen: self.last.at,
            capture: self.since.capture,
            seen_once: self.once,
            in_turn: false,
            last_capture: self.last.capture,
            until,
        }
    }
}

/// A wording that is not settled yet.
#[derive(Clone, Debug)]
pub(crate) struct PendingWording {
    pub(crate) passage: Passage,
    /// The last good look that did not show it.
    pub(crate) before: Option<Sight>,
    pub(crate) tally: Confirmations,
}

/// All wordings of one target.
#[derive(Clone, Default)]
pub(crate) struct Wordings {
    pub(crate) current: Vec<StandingWording>,
    pub(crate) fresh: Vec<PendingWording>,
    pub(crate) turns: Turns,
    /// The first reading, and how many looks showed what stood by then and nothing else.
    pub(crate) baseline: Option<Confirmations>,
}

impl Wordings {
    /// Whether the first reading was confirmed.
    pub(crate) fn established(&self) -> bool {
        self.baseline.is_some_and(|tally| tally.looks >= 2)
    }

    /// What was seen and is not settled, as sentences for a person.
    pub(crate) fn waiting(&self) -> Vec<String> {
        let new = self.fresh.iter().map(|fresh| {
            format!("new wording seen at {} look(s): {}", fresh.tally.looks, first_words(&fresh.passage.quote))
        });
        let absent = self.standing().filter_map(|wording| {
            let tally = wording.absent?;
            Some(format!("not seen at {} look(s): {}", tally.looks, first_words(&wording.passage.quote)))
        });
        new.chain(absent).collect()
    }

    /// Whether there was one look so far, and no more.
    pub(crate) fn seen_once(&self) -> bool {
        self.baseline.is_some_and(|tally| tally.looks == 1) && !self.differ()
    }

    /// What stands, as it is shown to people.
    pub(crate) fn stands(&self) -> Vec<Standing> {
        let stands = |wording: &StandingWording| Standing {
            in_turn: self.turns.holds(&wording.passage.normal),
            ..wording.stands(None)
        };
        self.standing().map(stands).collect()
    }

    /// Whether anything is seen but not settled.
    pub(crate) fn pending(&self) -> bool {
        !self.established() || self.differ()
    }

    /// Whether the last look showed something else than what stands.
    pub(crate) fn differ(&self) -> bool {
        !self.fresh.is_empty() || self.current.iter().any(|wording| wording.absent.is_some())
    }

    /// Takes a look at the page into account.
    pub(crate) fn mark(&mut self, showing: &Showing<'_>) {
        let mut seen: HashSet<&str> = showing.passages().map(|passage| passage.normal.as_str()).collect();
        let partners = self.turns.partners(&seen, showing.sight());
        let waiting: HashSet<&str> =
            partners.iter().map(String::as_str).filter(|normal| !seen.contains(normal)).collect();
        seen.extend(waiting.iter());
        for wording in &mut self.current {
            if waiting.contains(wording.passage.normal.as_str()) {
                wording.absent = None;
            } else if seen.contains(wording.passage.normal.as_str()) {
                wording.absent = None;
                if wording.replaced.is_none() && !showing.inferred {
                    wording.last = showing.sight();
                }
                wording.once &= !(showing.independent && showing.at.duration_since(wording.since.at) >= APART);
                // The same words may stand under another heading now: people are shown where they stood last.
                if let Some(shown) = showing.passages().find(|shown| shown.normal == wording.passage.normal)
                    && shown.heading != wording.passage.heading
                {
                    wording.passage = shown.clone();
                }
            } else if let Some(tally) = &mut wording.absent {
                tally.again(showing);
            } else {
                wording.absent = Some(Confirmations::begin(showing));
            }
        }
        self.fresh.retain(|fresh| seen.contains(fresh.passage.normal.as_str()));
        for fresh in &mut self.fresh {
            fresh.tally.again(showing);
        }
        for passage in showing.passages() {
            if !self.knows(&passage.normal) {
                self.fresh.push(PendingWording {
                    passage: passage.clone(),
                    before: showing.previous,
                    tally: Confirmations::begin(showing),
                });
            }
        }
        self.turns.spells(showing, self.current.iter().map(|wording| (&wording.passage, wording.last)));
        if !self.differ()
            && let Some(tally) = &mut self.baseline
        {
            tally.again(showing);
        }
    }

    fn knows(&self, normal: &str) -> bool {
        self.current.iter().any(|wording| wording.replaced.is_none() && wording.passage.normal == normal)
            || self.fresh.iter().any(|fresh| fresh.passage.normal == normal)
    }

    /// The wordings that stand and were not told as replaced.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &StandingWording> {
        self.current.iter().filter(|wording| wording.replaced.is_none())
    }

    /// Whether a wording is new and not settled.
    pub(crate) fn fresh(&self, normal: &str) -> Option<&PendingWording> {
        self.fresh.iter().find(|fresh| fresh.passage.normal == normal)
    }

    /// Whether what stood before was seen at the first look of all and at no other: these wordings, or that none stood.
    pub(crate) fn only_once(&self, old: &[&StandingWording], fresh: Option<&PendingWording>) -> bool {
        let first = self.baseline.filter(|tally| tally.looks == 1).map(|tally| tally.first.at);
        let before = fresh.and_then(|fresh| fresh.before).map(|sight| sight.at);
        if old.is_empty() { first.is_some() && first == before } else { old.iter().all(|wording| wording.once) }
    }

    /// Lets a wording stand from `since` on; one that was told as replaced is back.
    pub(crate) fn stand(&mut self, passage: &Passage, since: Sight, last: Sight) {
        self.fresh.retain(|fresh| fresh.passage.normal != passage.normal);
        if self.standing().any(|wording| wording.passage.normal == passage.normal) {
            return;
        }
        self.current.retain(|wording| wording.passage.normal != passage.normal);
        self.current.push(StandingWording {
            passage: passage.clone(),
            since,
            last,
            absent: None,
            replaced: None,
            once: false,
        });
    }

    /// Lets a wording go at once.
    pub(crate) fn drop(&mut self, normal: &str) {
        self.current.retain(|wording| wording.passage.normal != normal);
    }

    /// Forgets wordings that were told as replaced and whose absence has settled.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.current.retain(|wording| {
            wording.replaced.is_none() || !wording.absent.is_some_and(|tally| tally.settled_as_absent(now))
        });
    }

    /// Takes what the page shows for what stands, seen once.
    pub(crate) fn adopt(&mut self, showing: &Showing<'_>) {
        self.baseline = Some(Confirmations::begin(showing));
        self.fresh.clear();
        self.turns = Turns::default();
        let sight = showing.sight();
        let mut known = HashSet::new();
        self.current = showing
            .passages()
            .filter(|passage| known.insert(passage.normal.clone()))
            .map(|passage| StandingWording {
                passage: passage.clone(),
                since: sight,
                last: sight,
                absent: None,
                replaced: None,
                once: true,
            })
            .collect();
    }

    /// Declares the first reading confirmed, as when it replaces a page that was known.
    pub(crate) fn confirm(&mut self) {
        if let Some(tally) = &mut self.baseline {
            tally.looks = tally.looks.max(2);
        }
        self.current.iter_mut().for_each(|wording| wording.once = false);
    }
}

fn first_words(quote: &str) -> String {
    let words: Vec<&str> = quote.split_whitespace().take(12).collect();
    format!("\"{} ...\"", words.join(" "))
}
