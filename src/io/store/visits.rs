//! Visits packed into few octets, as the archive and the view keep them. Knows no files.
//!
//! An octet of flags; in the archive the target's number; the time in milliseconds (48 bits, later ones of a list as
//! the difference); the digests that the outcome needs; a miss as JSON; a twin's id. What does not fit is kept as JSON.

use super::record::{put_number, take_number};
use jiff::Timestamp;
use noticewatch_core::capture::{Missed, Outcome, Sha256, Visit};

/// The first octet of a list in the archive.
pub(super) const VERSION: u8 = 1;

const UNCONDITIONAL: u8 = 8;
const RECORDED: u8 = 16;
const TWIN: u8 = 32;
const SHORT: u8 = 64;
const SAME: u8 = 128;
/// Octets of a digest that name a kept capture among those of its target.
pub(super) const PREFIX: usize = 4;

/// How far a list has come: what the next visit may lean on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last {
    millis: Option<i64>,
    kept: Option<Sha256>,
}

/// Appends a visit to a list. `number`: of the target, in the archive; `short`: four octets name the kept capture.
pub(super) fn put(out: &mut Vec<u8>, last: &mut Last, visit: &Visit, number: Option<u32>, short: bool) {
    let millis = visit.at.as_millisecond();
    let kept = visit.seen();
    let same = number.is_none() && kept.is_some() && kept == last.kept;
    let fits = fits(visit);
    let mut flags = if fits { outcome_code(&visit.outcome) } else { 7 };
    for (is, bit) in [
        (visit.unconditional, UNCONDITIONAL),
        (visit.recorded, RECORDED),
        (visit.twin.is_some(), TWIN),
        (short && !same && kept.is_some(), SHORT),
        (same, SAME),
    ] {
        flags |= if is { bit } else { 0 };
    }
    out.push(flags);
    if let Some(number) = number {
        put_number(out, u64::from(number));
    }
    if !fits {
        return put_text(out, &serde_json::to_string(visit).unwrap_or_default());
    }
    put_time(out, last, millis);
    put_outcome(out, &visit.outcome, flags);
    last.kept = kept.or(last.kept);
    if let Some(twin) = &visit.twin {
        put_text(out, twin);
    }
}

/// Takes the visits of a list. `numbered`: the target's number stands before each; `name` gives the id of a number and
/// `resolve` the digest that begins with four octets. A visit that cannot be resolved is told by a sentence; None at
/// the end of a list that breaks off.
pub(super) fn take(
    octets: &[u8],
    numbered: bool,
    name: &dyn Fn(u32) -> Option<String>,
    resolve: &dyn Fn(u32, &[u8]) -> Option<Sha256>,
) -> Vec<Result<(u32, Visit), String>> {
    let mut reader = PackedReader { octets, at: usize::from(numbered), last: Last::default() };
    let mut visits = Vec::new();
    while reader.at < octets.len() {
        let start = reader.at;
        let Some(visit) = reader.visit(numbered, name, resolve) else {
            visits.push(Err(format!("a list of visits breaks off after {start} octets")));
            break;
        };
        visits.push(visit);
    }
    visits
}

/// What the next visit of a packed list may lean on, from the visits that stand in it.
pub(super) fn last_of(visits: &[Visit]) -> Last {
    let packed = || visits.iter().rev().filter(|visit| fits(visit));
    Last { millis: packed().next().map(|visit| visit.at.as_millisecond()), kept: packed().find_map(Visit::seen) }
}

/// Whether the packed form can carry the visit's time: whole milliseconds from 1970 on.
fn fits(visit: &Visit) -> bool {
    let millis = visit.at.as_millisecond();
    (0..1 << 47).contains(&millis) && Timestamp::from_millisecond(millis).is_ok_and(|at| at == visit.at)
}

fn outcome_code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Captured { .. } => 0,
        Outcome::SameText { .. } => 1,
        Outcome::NotModified { .. } => 2,
        Outcome::Missed(_) => 3,
    }
}

fn put_time(out: &mut Vec<u8>, last: &mut Last, millis: i64) {
    match last.millis {
        None => out.extend_from_slice(&millis.to_le_bytes()[..6]),
        Some(before) => {
            let difference = millis - before;
            put_number(out, (difference << 1 ^ difference >> 63).cast_unsigned());
        }
    }
    last.millis = Some(millis);
}

fn put_outcome(out: &mut Vec<u8>, outcome: &Outcome, flags: u8) {
    match outcome {
        Outcome::Captured { sha256 } => put_kept(out, sha256, flags),
        Outcome::SameText { sha256, kept } => {
            out.extend_from_slice(&sha256.0);
            put_kept(out, kept, flags);
        }
        Outcome::NotModified { kept } => put_kept(out, kept, flags),
        Outcome::Missed(missed) => put_text(out, &serde_json::to_string(missed).unwrap_or_default()),
    }
}

fn put_kept(out: &mut Vec<u8>, kept: &Sha256, flags: u8) {
    if flags & SHORT != 0 {
        out.extend_from_slice(&kept.0[..PREFIX]);
    } else if flags & SAME == 0 {
        out.extend_from_slice(&kept.0);
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// The record of the capture that a visit names is not there.
struct Lost;

/// A place in a packed list.
struct PackedReader<'a> {
    octets: &'a [u8],
    at: usize,
    last: Last,
}

impl PackedReader<'_> {
    fn visit(
        &mut self,
        numbered: bool,
        name: &dyn Fn(u32) -> Option<String>,
        resolve: &dyn Fn(u32, &[u8]) -> Option<Sha256>,
    ) -> Option<Result<(u32, Visit), String>> {
        let flags = self.take(1)?[0];
        let number = if numbered { u32::try_from(take_number(self.octets, &mut self.at)?).ok()? } else { 0 };
        if flags & 7 == 7 {
            let visit = serde_json::from_str(&self.text()?).map_err(|error| format!("a visit is not JSON: {error}"));
            return Some(visit.map(|visit| (number, visit)));
        }
        let at = self.time()?;
        let outcome = self.outcome(flags, &|prefix| resolve(number, prefix))?;
        let twin = if flags & TWIN == 0 { None } else { Some(self.text()?) };
        let Some(target) = name(number) else {
            return Some(Err(format!("a visit at {at} belongs to target number {number}, whose name is lost")));
        };
        let Ok(outcome) = outcome else {
            return Some(Err(format!("a visit of {target} at {at} names a capture that is lost")));
        };
        let (unconditional, recorded) = (flags & UNCONDITIONAL != 0, flags & RECORDED != 0);
        Some(Ok((number, Visit { target, at, unconditional, twin, recorded, outcome })))
    }

    fn outcome(&mut self, flags: u8, resolve: &dyn Fn(&[u8]) -> Option<Sha256>) -> Option<Result<Outcome, Lost>> {
        Some(match flags & 7 {
            0 => self.kept(flags, resolve)?.map(|sha256| Outcome::Captured { sha256 }),
            1 => {
                let sha256 = Sha256(self.take(32)?.try_into().ok()?);
                self.kept(flags, resolve)?.map(|kept| Outcome::SameText { sha256, kept })
            }
            2 => self.kept(flags, resolve)?.map(|kept| Outcome::NotModified { kept }),
            3 => Ok(Outcome::Missed(serde_json::from_str::<Missed>(&self.text()?).ok()?)),
            _ => return None,
        })
    }

    fn kept(&mut self, flags: u8, resolve: &dyn Fn(&[u8]) -> Option<Sha256>) -> Option<Result<Sha256, Lost>> {
        let kept = if flags & SAME != 0 {
            self.last.kept
        } else if flags & SHORT != 0 {
            resolve(self.take(PREFIX)?)
        } else {
            Some(Sha256(self.take(32)?.try_into().ok()?))
        };
        self.last.kept = kept.or(self.last.kept);
        Some(kept.ok_or(Lost))
    }

    fn time(&mut self) -> Option<Timestamp> {
        let millis = match self.last.millis {
            None => {
                let mut octets = [0; 8];
                octets[..6].copy_from_slice(self.take(6)?);
                i64::from_le_bytes(octets)
            }
            Some(before) => {
                let coded = take_number(self.octets, &mut self.at)?;
                before.checked_add((coded >> 1).cast_signed() ^ -(coded & 1).cast_signed())?
            }
        };
        self.last.millis = Some(millis);
        Timestamp::from_millisecond(millis).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(take_number(self.octets, &mut self.at)?).ok()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let taken = self.octets.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }
}
