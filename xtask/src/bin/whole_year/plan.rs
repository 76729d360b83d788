//! What happens when: edits of the promise, changes that are none, faults of pages and mail servers, and what befalls the
//! program and its machine. The same for the same seed.
//!
//! Knows no server and no process.

use crate::Failure;
use crate::calendar::{self, Dice};
use crate::faults;
use crate::pages::{Promise, sentence};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Days without edits at both ends, so that each can settle and be told.
const QUIET_D: u64 = 12;
/// A page flashes another wording so long after an edit.
const FLASH_D: i64 = 12;

/// A real change of a page's promise.
#[derive(Clone, Debug)]
pub struct Edit {
    pub page: usize,
    pub at: Timestamp,
    pub before: Promise,
    pub after: Promise,
}

/// What befalls the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// SIGTERM, and a start so much later.
    Stop(SignedDuration),
    /// SIGKILL while it waits.
    Kill(SignedDuration),
    /// SIGKILL so many milliseconds after a pass began.
    KillInPass(u64),
    /// The machine sleeps.
    Suspend(SignedDuration),
    /// The clock is so far ahead for an hour, and is then set right.
    Ahead(SignedDuration),
    /// Settings are read again: other ones.
    Reload,
    /// Settings are read again: broken ones, and then the former.
    BrokenReload,
    /// Stopped; the view is removed.
    ViewGone,
    /// Stopped; a bit of the view is flipped.
    ViewBit,
    /// Stopped; a bit of the archive is flipped.
    ArchiveBit,
    /// Stopped; what is cached is gone, and everything is read again, as after an upgrade.
    Cold,
    /// In place of the daemon, `check` by a timer; with the build before, where there is one.
    Timer(SignedDuration),
}

/// All that happens.
pub struct Year {
    pub start: Timestamp,
    pub end: Timestamp,
    pub pages: usize,
    pub first: Vec<Promise>,
    pub edits: Vec<Edit>,
    /// Page and moment.
    pub cosmetics: Vec<(usize, Timestamp)>,
    /// Page, moment, and a wording that is served once.
    pub flashes: Vec<(usize, Timestamp, Promise)>,
    pub deeds: Vec<(Timestamp, Deed)>,
    /// Row of the table of mail faults, from, until.
    pub mail: Vec<(usize, Timestamp, Timestamp)>,
    /// The webhook answers 503.
    pub hook: Vec<(Timestamp, Timestamp)>,
    /// Faults of pages, and times without network.
    pub faults: calendar::Plan,
}

impl Year {
    /// What a page says of its promise at a moment, by what was edited until then: how many edits of it.
    pub fn edition(&self, page: usize, at: Timestamp) -> usize {
        self.edits.iter().filter(|edit| edit.page == page && edit.at <= at).count()
    }

    /// The promise of an edition.
    pub fn promise(&self, page: usize, edition: usize) -> &Promise {
        let mut own = self.edits.iter().filter(|edit| edit.page == page);
        edition.checked_sub(1).and_then(|index| own.nth(index)).map_or(&self.first[page], |edit| &edit.after)
    }

    /// How many changes that are none a page has seen.
    pub fn cosmetic(&self, page: usize, at: Timestamp) -> usize {
        self.cosmetics.iter().filter(|(of, when)| *of == page && *when <= at).count()
    }

    /// The next moment at which something that is served changes, at most a day away.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let spans = self.faults.faults.iter().map(|fault| (fault.from, fault.until));
        let spans = spans.chain(self.faults.nights.iter().copied()).chain(self.hook.iter().copied());
        let spans = spans.chain(self.mail.iter().map(|(_, from, until)| (*from, *until)));
        let moments = spans.flat_map(|(from, until)| [from, until]);
        let moments = moments.chain(self.edits.iter().map(|edit| edit.at));
        let moments = moments.chain(self.cosmetics.iter().map(|(_, at)| *at));
        let moments = moments.chain(self.flashes.iter().map(|(_, at, _)| *at));
        let day = now.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        moments.filter(|at| *at > now).min().map_or(day, |at| at.min(day))
    }
}

/// A calendar that is being written.
struct Writer {
    dice: Dice,
    start: Timestamp,
    days: u64,
}

impl Writer {
    fn at(&mut self, day: u64) -> Result<Timestamp, Failure> {
        let minutes = day * 1_440 + self.dice.below(1_440);
        Ok(self.start.checked_add(SignedDuration::from_mins(i64::try_from(minutes)?))?)
    }

    fn mins(&mut self, least: u64, more: u64) -> SignedDuration {
        SignedDuration::from_mins(i64::try_from(least + self.dice.below(more)).unwrap_or(1))
    }

    /// Moments so many days apart, and up to so many more.
    fn moments(&mut self, first: u64, apart: u64, more: u64) -> Result<Vec<Timestamp>, Failure> {
        let mut moments = Vec::new();
        let mut day = first + self.dice.below(more + 1);
        while day + 2 < self.days {
            moments.push(self.at(day)?);
            day += (apart + self.dice.below(more + 1)).max(1);
        }
        Ok(moments)
    }
}

/// Writes the calendar of a year.
///
/// # Errors
/// A time beyond all calendars.
pub fn plan(pages: usize, days: u64, seed: u64, rows: &[faults::Row], mail_rows: usize) -> Result<Year, Failure> {
    let start: Timestamp = "2026-01-05T00:00:00Z".parse()?;
    let span = SignedDuration::from_hours(24 * i64::try_from(days)?);
    let mut writer = Writer { dice: Dice::new(seed), start, days };
    let faults = calendar::plan(pages, rows, start, span, seed)?;
    let first = Vec::new();
    let (edits, cosmetics, flashes) = (Vec::new(), Vec::new(), Vec::new());
    let deeds = deeds(&mut writer)?;
    let mail = mail(&mut writer, mail_rows)?;
    let hook = writer.moments(3, 9, 6)?.into_iter().map(|from| Ok((from, from.checked_add(writer.mins(60, 2_400))?)));
    let hook = hook.collect::<Result<_, Failure>>()?;
    let end = start.checked_add(span)?;
    let mut year = Year { start, end, pages, first, edits, cosmetics, flashes, deeds, mail, hook, faults };
    for page in 0..pages {
        edits_of(&mut writer, page, &mut year)?;
        let moments = writer.moments(1, 5, 4)?;
        year.cosmetics.extend(moments.into_iter().map(|at| (page, at)));
    }
    year.edits.sort_by_key(|edit| edit.at);
    Ok(year)
}

/// The edits of a page: other promises, returns to the one before, sections that go and come back, days ahead.
fn edits_of(writer: &mut Writer, page: usize, year: &mut Year) -> Result<(), Failure> {
    let of = |sentence: String| Promise { sentence: Some(sentence), effective: None };
    let mut now = of(sentence(&mut writer.dice, &[]));
    year.first.push(now.clone());
    let mut before: Option<String> = None;
    let mut day = QUIET_D / 2 + writer.dice.below(QUIET_D);
    let mut back = false;
    while day + QUIET_D + 2 < writer.days {
        let at = writer.at(day)?;
        let standing = now.sentence.clone();
        let taken: Vec<&str> = standing.iter().chain(&before).map(String::as_str).collect();
        let (mut after, choice) = (of(sentence(&mut writer.dice, &taken)), writer.dice.below(10));
        let mut gap = 20 + writer.dice.below(34);
        match (&standing, &before) {
            (Some(now), Some(former)) if now != former && (back || choice < 2) => after.sentence = Some(former.clone()),
            (Some(_), _) if choice == 2 => after.sentence = None,
            (None, Some(former)) if choice < 6 => after.sentence = Some(former.clone()),
            (Some(_), _) if choice > 7 => {
                let ahead = at.checked_add(SignedDuration::from_hours(24 * 12))?;
                after.effective = Some(ahead.to_zoned(TimeZone::UTC).date());
                gap += 5;
            }
            _ => {}
        }
        // Sometimes back again soon, and told all the same.
        back = !back && after.sentence.is_some() && writer.dice.below(5) == 0;
        if back {
            gap = 9;
        } else if after.sentence.is_some() && writer.dice.below(3) == 0 {
            let when = at.checked_add(SignedDuration::from_hours(24 * FLASH_D))?;
            let other = sentence(&mut writer.dice, &[after.sentence.as_deref().unwrap_or_default()]);
            year.flashes.push((page, when, Promise { sentence: Some(other), effective: after.effective }));
        }
        year.edits.push(Edit { page, at, before: now.clone(), after: after.clone() });
        before = standing.or(before);
        now = after;
        day += gap;
    }
    Ok(())
}

/// What befalls the program: each kind in turn.
fn deeds(writer: &mut Writer) -> Result<Vec<(Timestamp, Deed)>, Failure> {
    let apart = (writer.days / 20).clamp(1, 3);
    let mut deeds = Vec::new();
    for (turn, at) in writer.moments(2, apart, 1)?.into_iter().enumerate() {
        let deed = match turn % 14 {
            0 => Deed::Kill(writer.mins(1, 90)),
            1 | 8 => Deed::KillInPass(writer.dice.below(250)),
            2 => Deed::Timer(writer.mins(1_440, 2_880)),
            3 => Deed::ViewGone,
            4 => Deed::Suspend(writer.mins(180, 2_400)),
            5 | 12 => Deed::Reload,
            6 => Deed::ViewBit,
            7 => Deed::Stop(writer.mins(5, 2_400)),
            9 => Deed::BrokenReload,
            10 => Deed::Ahead(writer.mins(600, 43_200)),
            11 => Deed::Cold,
            _ => Deed::ArchiveBit,
        };
        deeds.push((at, deed));
    }
    Ok(deeds)
}

/// Faults of the mail server, each row in turn, from two hours to two days.
fn mail(writer: &mut Writer, rows: usize) -> Result<Vec<(usize, Timestamp, Timestamp)>, Failure> {
    let moments = writer.moments(2, 3, 3)?;
    let turned = |(turn, from): (usize, Timestamp)| {
        Ok((turn * 7 % rows.max(1), from, from.checked_add(writer.mins(120, 2_760))?))
    };
    moments.into_iter().enumerate().map(turned).collect()
}
