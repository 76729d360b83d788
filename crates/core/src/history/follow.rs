//! One target through all its looks: a fold that ends in what stands, what changed and what cannot be vouched for.
//!
//! Sees one target only; what stands on sibling pages is `across`'s business.

use super::accepted::Accepted;
use super::availability::Availability;
use super::finding_reasons::Because;
use super::findings::SettlingFindings;
use super::health::Judged;
use super::quarantine::Quarantine;
use super::recent_captures::{Good, Lately};
use super::types::{Followed, HealthState, Look, LookSource, Outside, Seen};
use super::wordings::{SLOW, Showing, Wordings};
use super::{archive_looks, health};
use crate::capture::{Missed, Why};
use crate::extract::Reading;
use crate::target::Target;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

/// What the fold needs to know beyond the looks.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Our own looks, or an archive's recordings.
    pub source: LookSource,
    /// The time at which the question is asked.
    pub now: Timestamp,
    /// The usual time between two looks at this target.
    pub interval: SignedDuration,
}

/// Follows one target through its looks, oldest first.
///
/// # Examples
/// ```
/// use jiff::{SignedDuration, Timestamp};
/// use noticewatch_core::history::{LookSource, Terms, follow};
/// use noticewatch_core::target::Target;
///
/// let terms = Terms { source: LookSource::Live, now: Timestamp::UNIX_EPOCH, interval: SignedDuration::from_hours(6) };
/// let followed = follow(&Target::default(), &[], terms);
/// assert!(followed.findings.is_empty());
/// ```
#[must_use]
pub fn follow(target: &Target, looks: &[Look], terms: Terms) -> Followed {
    TargetFold::begin(target, looks, terms).followed(terms.now)
}

/// A target followed up to some look: it goes on with the next ones, so that years that were followed once cost nothing
/// again.
#[derive(Clone)]
pub struct TargetFold {
    fold: Fold,
    /// Pages were looked at before the target's language was known.
    untold: bool,
}

impl TargetFold {
    /// Follows a target through its looks so far, oldest first.
    #[must_use]
    pub fn begin(target: &Target, looks: &[Look], terms: Terms) -> Self {
        let mut course = Self { fold: Fold::new(target, looks, terms), untold: false };
        match terms.source {
            LookSource::Live => course.follow(looks),
            LookSource::Recorded => {
                archive_looks::expand(looks, terms.now).for_each(|(look, inferred)| course.fold.look(&look, inferred));
            }
        }
        course
    }

    /// Whether these looks can follow on those so far. Otherwise they say in which language a live target speaks, which
    /// is needed to judge earlier looks too: then it is followed from its beginning.
    #[must_use]
    pub fn leads_to(&self, looks: &[Look]) -> bool {
        !self.untold || usual_language(looks, LookSource::Live).is_none()
    }

    /// Follows a live target through its next looks, oldest first, none of them before the last one.
    pub fn follow(&mut self, looks: &[Look]) {
        if self.fold.language.is_none() {
            self.fold.language = usual_language(looks, LookSource::Live);
        }
        for look in looks {
            self.fold.look(look, false);
        }
        let pages = looks.iter().any(|look| matches!(look.seen, Seen::Page { .. }));
        self.untold = self.fold.language.is_none() && (self.untold || pages);
    }

    /// What the looks so far come to.
    #[must_use]
    pub fn followed(&self, now: Timestamp) -> Followed {
        self.fold.clone().end(now)
    }
}

#[derive(Clone)]
struct Fold {
    language: Option<String>,
    book: SettlingFindings,
    wordings: Wordings,
    watch: Availability,
    good: Option<Good>,
    lately: Lately,
    /// The last reading at which nothing was pending.
    anchor: Option<Arc<Reading>>,
    quarantine: Option<Quarantine>,
    gone: Option<(Timestamp, u32)>,
    redefined: bool,
    outside: Vec<Outside>,
    out: Followed,
}

impl Fold {
    fn new(target: &Target, looks: &[Look], terms: Terms) -> Self {
        let book = SettlingFindings {
            target: target.clone(),
            findings: Vec::new(),
            past: Vec::new(),
            met: false,
            standing: Vec::new(),
        };
        Self {
            language: target.language.clone().or_else(|| usual_language(looks, terms.source)),
            book,
            wordings: Wordings::default(),
            watch: Availability::new(&target.id, terms.interval),
            good: None,
            lately: Lately::default(),
            anchor: None,
            quarantine: None,
            gone: None,
            redefined: false,
            outside: Vec::new(),
            out: Followed { target: target.id.clone(), ..Followed::default() },
        }
    }

    fn look(&mut self, look: &Look, inferred: bool) {
        if !matches!(look.seen, Seen::Accepted { .. } | Seen::Redefined) {
            self.out.first_look.get_or_insert(look.at);
            self.out.last_look = if inferred { self.out.last_look } else { Some(look.at) };
        }
        match &look.seen {
            Seen::Page { capture, final_url, reading, twin } => {
                let page =
                    Good { at: look.at, capture: *capture, final_url: final_url.clone(), reading: reading.clone() };
                self.page(page, twin.as_deref(), look.unconditional, inferred);
            }
            Seen::Missed(missed) => self.missed(look.at, missed),
            Seen::Accepted { reason } => self.accepted(look.at, reason),
            Seen::Redefined => self.redefined = true,
        }
    }

    fn page(&mut self, page: Good, twin: Option<&str>, independent: bool, inferred: bool) {
        self.out.missed = None;
        self.gone = None;
        if self.unmoved(&page, twin) {
            return self.seen_again(page, inferred);
        }
        let last = self.good.as_ref().filter(|_| !self.redefined);
        let judged = self.lately.judge(&page, last, self.language.as_deref(), twin);
        self.out.health = judged.health.clone();
        if judged.health.state == HealthState::Suspect {
            return self.put_aside(&page, judged);
        }
        let slow = judged.health.state == HealthState::Rewritten || self.still_rewritten(&page);
        self.watch.good(page.at);
        self.watch.read_in_part(page.at, health::in_part(&page.reading));
        self.quarantine = None;
        self.accept(page, slow, independent, inferred);
    }

    /// The same capture as the last good one with nothing pending: years of such looks cost nothing.
    fn unmoved(&self, page: &Good, twin: Option<&str>) -> bool {
        twin.is_none()
            && self.quarantine.is_none()
            && !self.redefined
            && !self.wordings.pending()
            && self.wordings.turns.none()
            && self.good.as_ref().is_some_and(|good| good.capture == page.capture)
    }

    fn seen_again(&mut self, page: Good, inferred: bool) {
        self.watch.good(page.at);
        self.out.health.state = HealthState::Good;
        self.out.health.signs.clear();
        if !inferred {
            let sight = page.sight();
            self.wordings.current.iter_mut().for_each(|wording| wording.last = sight);
            self.good = Some(page);
        }
    }

    /// A rewrite stays slow while anything that it began is pending.
    fn still_rewritten(&self, page: &Good) -> bool {
        self.wordings.fresh.iter().any(|fresh| fresh.tally.slow && page.at.duration_since(fresh.tally.first.at) < SLOW)
    }

    /// A good capture: marks what it shows, and settles what is ripe.
    fn accept(&mut self, page: Good, slow: bool, independent: bool, inferred: bool) {
        let previous = self.good.as_ref().map(Good::sight);
        let reading = Arc::clone(&page.reading);
        let anchor = self.anchor.clone();
        let showing = Showing {
            at: page.at,
            capture: page.capture,
            reading: &reading,
            independent,
            inferred,
            slow,
            previous,
            anchor: anchor.as_deref(),
        };
        if self.redefined {
            self.redefined = false;
            if self.good.is_some() {
                self.book.replaced(&mut self.wordings, &showing, Because::AddressChanged, page.at);
                self.lately = Lately::default();
                return self.keep(page);
            }
        }
        if let Some(good) = &self.good
            && good.reading.text != reading.text
            && good.reading.key == reading.key
        {
            self.outside.push(Outside { at: page.at, capture: page.capture });
        }
        if self.wordings.baseline.is_none() || self.first_was_broken(&page) {
            self.wordings.adopt(&showing);
            self.out.first_good = Some(page.at);
        } else {
            self.wordings.mark(&showing);
            self.book.settle(&mut self.wordings, &showing);
        }
        self.book.met |= self.wordings.standing().next().is_some();
        if !self.wordings.differ() {
            self.anchor = Some(Arc::clone(&reading));
        }
        self.watch.promise(page.at, self.book.target.expect, self.wordings.established(), self.book.met);
        if !inferred || self.good.is_none() {
            self.keep(page);
        }
    }

    fn keep(&mut self, page: Good) {
        self.lately.keep(&page);
        self.good = Some(page);
    }

    /// Whether nothing but one look came before this one, and that did not show the page.
    fn first_was_broken(&self, page: &Good) -> bool {
        let first = self.good.as_ref().filter(|_| self.wordings.seen_once());
        first.is_some_and(|first| first.was_broken(page, self.language.as_deref()))
    }

    fn put_aside(&mut self, page: &Good, judged: Judged) {
        let put =
            Quarantine::put(self.quarantine.take(), judged, page.at, page.capture, &page.final_url, &page.reading);
        self.watch.aside(page.at, &put, self.good.as_ref().map(|good| good.at));
        let odd = self.good.as_ref().is_some_and(|good| self.lately.is_odd(good, page));
        if put.has_replaced(page.at, odd) {
            self.replace(&put, page.at, Because::PageReplaced);
        } else {
            self.quarantine = Some(put);
        }
    }

    /// What was put aside is the page from now on.
    fn replace(&mut self, put: &Quarantine, at: Timestamp, because: Because) {
        let previous = self.good.as_ref().map(Good::sight);
        let showing = Showing {
            at,
            capture: put.capture,
            reading: &put.reading,
            independent: true,
            inferred: false,
            slow: true,
            previous,
            anchor: None,
        };
        if self.good.is_some() {
            self.book.replaced(&mut self.wordings, &showing, because, put.first);
        } else {
            self.wordings.adopt(&showing);
            self.wordings.confirm();
            self.out.first_good = Some(put.first);
        }
        self.watch.good(at);
        self.watch.read_in_part(at, health::in_part(&put.reading));
        self.out.health = super::types::Health::default();
        self.keep(Good { at, capture: put.capture, final_url: put.final_url.clone(), reading: put.reading.clone() });
    }

    fn accepted(&mut self, at: Timestamp, reason: &str) {
        if let Some(put) = self.quarantine.take() {
            let settled = self.book.findings.len();
            self.replace(&put, at, Because::Accepted);
            for finding in &mut self.book.findings[settled..] {
                finding.accepted = Some(Accepted { reason: reason.to_owned(), looks: put.seen });
            }
        }
    }

    fn missed(&mut self, at: Timestamp, missed: &Missed) {
        self.out.missed = Some(missed.clone());
        self.watch.missed(at, missed);
        if missed.why != Why::Gone {
            self.gone = None;
            return;
        }
        let (since, looks) = self.gone.map_or((at, 1), |(since, looks)| (since, looks + 1));
        self.gone = Some((since, looks));
        if looks >= 3
            && at.duration_since(since) >= SLOW
            && let Some(good) = self.good.clone()
        {
            let showing = Showing {
                at,
                capture: good.capture,
                reading: &good.reading,
                independent: true,
                inferred: false,
                slow: false,
                previous: None,
                anchor: None,
            };
            self.book.gone(&mut self.wordings, &showing, since);
        }
    }

    fn end(mut self, now: Timestamp) -> Followed {
        self.out.last_good = self.good.as_ref().map(|good| good.at);
        self.out.streak = self.watch.streak;
        self.out.aside = self.quarantine.as_ref().map(Quarantine::aside);
        self.out.capture = self.good.as_ref().map(|good| good.capture);
        self.out.wanted = self.wanted();
        self.out.pending = self.wordings.waiting();
        self.out.fading = self
            .wordings
            .standing()
            .filter(|wording| wording.absent.is_some())
            .map(|wording| wording.passage.clone())
            .collect();
        self.out.standings = self.wordings.stands();
        self.out.past = self.book.past;
        self.out.troubles = self.watch.end(now);
        self.out.findings = self.book.findings;
        self.out.outside = self.outside;
        self.out
    }

    /// When looks are wanted that settle what is pending (docs/RULES.md 6.8: +10 min, +13 h, +26 h).
    fn wanted(&self) -> Vec<Timestamp> {
        let begun = self.wordings.fresh.iter().map(|fresh| fresh.tally.first.at);
        let absent = self.wordings.current.iter().filter_map(|wording| wording.absent.map(|tally| tally.first.at));
        let first = self.wordings.baseline.filter(|_| !self.wordings.established()).map(|tally| tally.first.at);
        let aside = self.quarantine.as_ref().map(|put| put.first);
        let gone = self.gone.map(|(since, _)| since);
        let mut wanted: Vec<Timestamp> = begun
            .chain(absent)
            .chain(first)
            .chain(aside)
            .chain(gone)
            .flat_map(|since| {
                [10, 13 * 60, 26 * 60].map(|minutes| since.checked_add(SignedDuration::from_mins(minutes)))
            })
            .filter_map(Result::ok)
            .filter(|at| self.out.last_look.is_none_or(|last| *at > last))
            .collect();
        if !wanted.is_empty() || self.watch.misses > 0 {
            wanted.extend(self.watch.retry());
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }
}

/// The language of most recordings, for an import; of the first healthy capture, for a live target.
fn usual_language(looks: &[Look], source: LookSource) -> Option<String> {
    let languages = looks.iter().filter_map(|look| match &look.seen {
        Seen::Page { reading, .. } if reading.signs.is_empty() => reading.language.clone(),
        _ => None,
    });
    if source == LookSource::Live {
        return languages.into_iter().next();
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    languages.for_each(|language| *counts.entry(language).or_default() += 1);
    counts.into_iter().max_by(|one, other| (one.1, &other.0).cmp(&(other.1, &one.0))).map(|(language, _)| language)
}
