//! When is what due: cron lines with time zones, missed runs made up once, jitter.
//!
//! Pure: the time is a parameter, what ran last is a parameter. It starts nothing and waits for nothing.

use crate::capture::Sha256;
use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// A run that starts this much after its time says that it is late. The heartbeat comes every 30 s, so that a run in
/// time is never called late.
const GRACE: Duration = Duration::from_mins(5);

/// Missed runs are counted up to here; nobody needs the exact number of missed minutes of a year.
const COUNTED: u32 = 1_000;

/// The named lines and what they stand for; the names are those of cron.
const NAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// What may stand in one field of a cron line.
struct Field {
    name: &'static str,
    least: u16,
    most: u16,
    /// Words for numbers, the first for `least`.
    words: &'static [&'static str],
    /// `L`, `W` and `#` mean something here; those are left to the parser.
    marks: bool,
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, words: &[], marks: false },
    Field { name: "hour", least: 0, most: 23, words: &[], marks: false },
    Field { name: "day", least: 1, most: 31, words: &[], marks: true },
    Field { name: "month", least: 1, most: 12, words: &MONTHS, marks: false },
    Field { name: "weekday", least: 0, most: 7, words: &WEEKDAYS, marks: true },
];

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Field {
    /// A sentence, where a number is out of range or a word is none of this field.
    fn check(&self, text: &str) -> Result<(), String> {
        for part in text.split(',') {
            let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
            if let Some(step) = step.filter(|step| !step.parse().is_ok_and(|step: u16| step > 0)) {
                return Err(format!("{} {part}: the step `{step}` is no number above 0", self.name));
            }
            if matches!(range, "*" | "?") {
                continue;
            }
            let ends = range.split('-').map(|end| self.value(end)).collect::<Result<Vec<_>, _>>()?;
            if let [Some(first), Some(last)] = ends[..]
                && first > last
            {
                return Err(format!("{} {range}: the first is after the last; write two ranges", self.name));
            }
        }
        Ok(())
    }

    /// A number or the word for it; None for what the parser is to judge.
    fn value(&self, text: &str) -> Result<Option<u16>, String> {
        let wrong = || {
            let (name, least, most) = (self.name, self.least, self.most);
            let words = match self.words {
                [from, .., to] => format!(", or {from} to {to}"),
                _ => String::new(),
            };
            Err(format!("{name} {}: {least} to {most}{words}", if text.is_empty() { "(nothing)" } else { text }))
        };
        if let Some(at) = self.words.iter().position(|word| word.eq_ignore_ascii_case(text)) {
            return Ok(u16::try_from(at).ok().map(|at| self.least + at));
        }
        let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        match text.parse::<u16>() {
            Ok(value) if digits && (self.least..=self.most).contains(&value) => Ok(Some(value)),
            Err(_) if self.marks && !digits && text.contains(['L', 'l', 'W', 'w', '#']) => Ok(None),
            _ => wrong(),
        }
    }
}

/// What the parser refuses after the fields were looked at.
fn in_our_words(error: &CronError) -> String {
    match error {
        CronError::EmptyPattern => "it is empty",
        CronError::InvalidDate | CronError::InvalidTime | CronError::TimeSearchLimitExceeded => "no such time comes",
        CronError::InvalidPattern(_) | CronError::IllegalCharacters(_) | CronError::ComponentError(_) => {
            "a field is none of a number, a word for one, a range, a list, or `*` with a step"
        }
    }
    .to_owned()
}

/// A cron line of five fields in a time zone.
///
/// Vixie semantics: where both day of month and day of week are given, either fires. A time that a clock change skips
/// fires when the clock has moved on; one that it repeats fires once, unless hours or minutes are a range or `*`.
#[derive(Clone)]
pub struct CronLine {
    text: String,
    zone: String,
    cron: Cron,
    tz: TimeZone,
    known: Arc<RememberedRuns>,
}

/// What a line was asked before, for its clones too: a thousand targets of one line ask for the same runs, at every beat.
#[derive(Default)]
struct RememberedRuns {
    longest: OnceLock<Duration>,
    /// Stretches of time within which the next run is the same: the first moment asked for, and that run.
    runs: Mutex<Vec<(Timestamp, Timestamp)>>,
}

/// Stretches of time that are remembered: looks of two runs, and the time now.
const STRETCHES: usize = 4;

/// A run that is to start now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueRun {
    /// The time it was planned for; what the caller keeps as last due.
    pub at: Timestamp,
    /// It starts noticeably after its time, or makes up for runs that were missed.
    pub late: bool,
    /// Runs before this one that were missed; they are not made up one by one. Counted up to 1,000.
    pub missed: u32,
}

impl CronLine {
    /// Reads a cron line (`0 7 * * MON-FRI`, or a name such as `@hourly`) and the IANA name of its time zone.
    ///
    /// # Errors
    /// A sentence that says what is wrong and how to mend it: another number of fields, a field out of range, a time
    /// zone that is not known, or a line that never fires (`0 9 31 2 *`).
    ///
    /// # Examples
    /// ```
    /// use noticewatch_core::schedule::CronLine;
    /// let line = CronLine::parse("0 7 * * MON", "America/New_York").unwrap();
    /// let next = line.next_after("2026-11-23T12:00:00Z".parse().unwrap());
    /// assert_eq!(next.to_string(), "2026-11-30T12:00:00Z");
    /// assert!(CronLine::parse("0 9 31 2 *", "UTC").is_err());
    /// ```
    pub fn parse(cron: &str, zone: &str) -> Result<Self, String> {
        let tz = time_zone(zone)?;
        let fields = fields(cron)?;
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let wrong = |why: String| format!("`{}` is no cron line: {why}", cron.trim());
        FIELDS.iter().zip(fields.split_whitespace()).try_for_each(|(field, text)| field.check(text)).map_err(wrong)?;
        let parsed = parser.parse(&fields).map_err(|error| wrong(in_our_words(&error)))?;
        let (text, zone, known) = (cron.trim().to_owned(), zone.to_owned(), Arc::default());
        let line = Self { text, zone, cron: parsed, tz, known };
        if line.next(reference()).is_none() {
            return Err(format!("`{}` never fires: no year has such a day", line.text));
        }
        Ok(line)
    }

    /// The first run after `time`.
    #[must_use]
    pub fn next_after(&self, time: Timestamp) -> Timestamp {
        let mut runs = self.known.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, next)) = runs.iter().find(|(from, next)| *from <= time && time < *next) {
            return *next;
        }
        let next = self.next(time).unwrap_or(Timestamp::MAX);
        if let Some((from, _)) = runs.iter_mut().find(|(_, known)| *known == next) {
            *from = time.min(*from);
        } else {
            runs.truncate(STRETCHES - 1);
            runs.insert(0, (time, next));
        }
        next
    }

    /// The first look at a target that is planned after `time`: the next run, and the delay that spreads the targets of
    /// one line (see [`jitter`]).
    #[must_use]
    pub fn planned(&self, id: &str, time: Timestamp, spread: Duration) -> Timestamp {
        let at = self.next_after(time);
        let delay = SignedDuration::try_from(jitter(id, at, spread)).unwrap_or_default();
        at.checked_add(delay).unwrap_or(at)
    }

    /// How many looks at a target are planned after `from` and up to `until`, each after the one before. Counted up to
    /// 1,000.
    #[must_use]
    pub fn planned_within(&self, id: &str, from: Timestamp, until: Timestamp, spread: Duration) -> u32 {
        let (mut counted, mut at) = (0, self.planned(id, from, spread));
        while at <= until && counted < COUNTED {
            counted += 1;
            at = self.planned(id, at, spread);
        }
        counted
    }

    /// The last run at or before `time`.
    #[must_use]
    pub fn last_before(&self, time: Timestamp) -> Timestamp {
        let from = time.to_zoned(self.tz.clone());
        self.cron.find_previous_occurrence(&from, true).map_or(Timestamp::MIN, |found| found.timestamp())
    }

    /// Whether a run is to start now, given the `at` of the one that ran last.
    ///
    /// However many runs were missed, one makes up for them. What never ran is due at once; who wants a first digest
    /// at its time instead gives the moment of subscription as last. A clock set back starts nothing again; after one
    /// that was far ahead see [`Line::mend`].
    #[must_use]
    pub fn due(&self, last_due: Option<Timestamp>, now: Timestamp) -> Option<DueRun> {
        let at = self.last_before(now);
        let Some(last) = last_due else {
            return Some(DueRun { at, late: false, missed: 0 });
        };
        if at <= last {
            return None;
        }
        let missed = self.count(last, at);
        let delay = Duration::try_from(now.duration_since(at)).unwrap_or_default();
        Some(DueRun { at, late: missed > 0 || delay > GRACE, missed })
    }

    /// What counts as last due where the clock was once ahead: a last run beyond the next one cannot have been, and
    /// would silence the line until then, so that the one before `now` takes its place. Everything else is left as it is.
    #[must_use]
    pub fn mend(&self, last_due: Timestamp, now: Timestamp) -> Timestamp {
        if last_due > now && last_due > self.next_after(now) { self.last_before(now) } else { last_due }
    }

    /// How many runs between `from` and `until` could not start in time, because something else went on. Counted up to 1,000.
    #[must_use]
    pub fn late_within(&self, from: Timestamp, until: Timestamp) -> u32 {
        let grace = SignedDuration::try_from(GRACE).unwrap_or_default();
        let until = until.checked_sub(grace).unwrap_or(until);
        if until > from { self.count(from, until) } else { 0 }
    }

    /// The longest time between two runs that follow each other, so that a line of working days is not taken for
    /// overdue on a Monday.
    #[must_use]
    pub fn interval(&self) -> Duration {
        *self.known.longest.get_or_init(|| self.longest_gap())
    }

    fn longest_gap(&self) -> Duration {
        let mut longest = Duration::ZERO;
        let mut before = self.next_after(reference());
        for _ in 0..64 {
            let Some(after) = self.next(before) else { break };
            longest = longest.max(Duration::try_from(after.duration_since(before)).unwrap_or_default());
            before = after;
        }
        longest
    }

    /// The time zone in which the line is read; digests say their times in it.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.tz
    }

    /// The same cron line in another time zone.
    ///
    /// # Errors
    /// A sentence, where the zone is not known.
    pub fn in_zone(&self, zone: &str) -> Result<Self, String> {
        Self::parse(&self.text, zone)
    }

    fn next(&self, time: Timestamp) -> Option<Timestamp> {
        let from = time.to_zoned(self.tz.clone());
        self.cron.find_next_occurrence::<Zoned>(&from, false).ok().map(|found| found.timestamp())
    }

    /// Runs after `last` and before `until`.
    fn count(&self, last: Timestamp, until: Timestamp) -> u32 {
        let mut counted = 0;
        let mut at = self.next_after(last);
        while at < until && counted < COUNTED {
            counted += 1;
            at = self.next_after(at);
        }
        counted
    }
}

impl fmt::Display for CronLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text, self.zone)
    }
}

impl fmt::Debug for CronLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({self})")
    }
}

impl PartialEq for CronLine {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.zone == other.zone
    }
}

impl Eq for CronLine {}

/// A delay below `spread` that depends on the name and the run alone, so that a thousand targets of one line spread
/// out, each run differently, and a restart changes nothing.
#[must_use]
pub fn jitter(id: &str, at: Timestamp, spread: Duration) -> Duration {
    let digest = Sha256::of(format!("{id}\n{}", at.as_second()).as_bytes());
    let (head, _) = digest.0.split_at(8);
    let number = head.iter().fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
    let spread = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(number.checked_rem(spread).unwrap_or_default())
}

/// A target without a good check for this long is out of sight: two intervals, but at least a day (docs/FACTS.md 3.7).
#[must_use]
pub fn out_of_sight_after(line: &CronLine) -> Duration {
    (line.interval() * 2).max(Duration::from_hours(24))
}

/// The time zone of an IANA name, such as `Europe/London`.
///
/// # Errors
/// A sentence that names the zone, where it is not known.
pub fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        format!("`{name}` is no known time zone; write an IANA name such as \"America/New_York\" or \"UTC\"")
    })
}

/// The five fields of a line or of a name.
fn fields(cron: &str) -> Result<String, String> {
    let cron = cron.trim();
    if cron.starts_with('@') {
        let found = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(cron));
        return found.map(|(_, fields)| (*fields).to_owned()).ok_or_else(|| {
            format!("`{cron}` is no name of a schedule; write @hourly, @daily, @weekly, @monthly or @yearly")
        });
    }
    match cron.split_whitespace().count() {
        5 => Ok(cron.to_owned()),
        count => Err(format!(
            "`{cron}` is no cron line: it needs five fields (minute, hour, day of month, month, day of week), not {count}"
        )),
    }
}

/// Where lines are tried from: a fixed time with a leap day in sight, so that the answer depends on the line alone.
fn reference() -> Timestamp {
    Timestamp::UNIX_EPOCH.checked_add(482_136.hours()).unwrap_or(Timestamp::UNIX_EPOCH)
}
