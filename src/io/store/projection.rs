//! Which rows a record or a line leads to: the one function for writing, replaying, rebuilding and reading.
//!
//! Knows what records and lines mean, not where they come from. Rows by the first octet of their keys:
//!
//! | key | value |
//! |---|---|
//! | `n` id | number of the target |
//! | `N` number | id |
//! | `D` number, count | place of a definition |
//! | `v` number, count | visits, packed, in the order of recording |
//! | `c` number, digest, place | time of a capture (milliseconds) |
//! | `r` number | digests of the last bodies, newest first |
//! | `b` digest | place of the record with the body, or its grave; differences under it |
//! | `l` digest | place of a letter's octets |
//! | `o` row | row of the outbox |
//! | `t` row, index | what was told, or where in the journal it stands |
//! | `m` key | mark |
//! | `x` count | decision |

use super::archive::RecordPlace;
use super::error::StoreError;
use super::journal::{JournalEntry, JournalLine, LetterEntry};
use super::record::{Codec, RecordKind};
use super::values::{Decision, DecisionKind, Mark, OutboxRow, OutboxState, ReplyKind};
use super::view::View;
use super::{delta, visits};
use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Sha256, Visit};
use noticewatch_core::target::Target;
use serde::{Deserialize, Serialize};

/// Counts of [`crate::io::store::view::Watermark`].
pub(super) const LISTS: usize = 0;
pub(super) const NAMES: usize = 1;
pub(super) const ROWS: usize = 2;
const DECISIONS: usize = 3;

/// A list of visits that has grown beyond this is left, and the next one begun: values stay small.
const LIST_MAX: usize = 1024;
/// In place of the number of differences: the body was dropped.
pub(super) const DROPPED: u8 = u8::MAX;
/// A longer value stays in the journal.
const INLINE_MAX: usize = 3 << 10;
/// How many of the last bodies of a target are tried as base of a difference.
pub(super) const RECENT: usize = 3;

/// Header of [`Kind::Name`].
#[derive(Serialize, Deserialize)]
pub(super) struct NameHeader {
    pub(super) number: u32,
    pub(super) id: String,
}

/// Header of [`Kind::Definition`].
#[derive(Serialize, Deserialize)]
pub(super) struct DefinitionHeader {
    pub(super) number: u32,
    pub(super) at: Timestamp,
    pub(super) target: Target,
}

/// Header of [`Kind::Capture`] and of [`Kind::Served`].
#[derive(Serialize, Deserialize)]
pub(super) struct CaptureHeader {
    pub(super) number: u32,
    pub(super) visit: Visit,
    pub(super) capture: Capture,
}

/// Header of [`Kind::Letter`].
#[derive(Serialize, Deserialize)]
pub(super) struct LetterHeader {
    pub(super) sha256: Sha256,
    pub(super) length: u64,
}

/// A record without its checks.
pub(super) struct Content<'a> {
    pub(super) kind: RecordKind,
    pub(super) codec: Codec,
    pub(super) header: &'a [u8],
    pub(super) payload: &'a [u8],
}

/// Takes a record into the view. What cannot be understood is added to `damage`.
pub(super) fn record(
    view: &mut View,
    place: RecordPlace,
    content: &Content<'_>,
    damage: &mut Vec<String>,
) -> Result<(), StoreError> {
    let header = content.header;
    let taken = match content.kind {
        RecordKind::Name => {
            serde_json::from_slice(header).map(|header: NameHeader| name(view, header.number, &header.id))
        }
        RecordKind::Definition => serde_json::from_slice(header).map(|header| definition(view, place, &header)),
        RecordKind::Capture => serde_json::from_slice(header).map(|header| capture(view, place, content, &header)),
        RecordKind::Served => serde_json::from_slice(header)
            .map(|header: CaptureHeader| served(view, place, content, &header.capture.sha256)),
        RecordKind::Letter => serde_json::from_slice(header)
            .map(|header: LetterHeader| view.put(key(b'l', &[&header.sha256.0]), place.to_octets().to_vec())),
        RecordKind::Visits => Ok(list(view, header, damage)),
    };
    taken.unwrap_or_else(|error| {
        damage.push(format!("the record at segment {} byte {}: {error}", place.segment, place.offset));
        Ok(())
    })
}

/// Takes a line of the journal into the view.
pub(super) fn line(view: &mut View, line: &JournalLine) -> Result<(), StoreError> {
    match &line.entry {
        JournalEntry::Journal { .. } => Ok(()),
        JournalEntry::Tell { letters } => {
            letters.iter().enumerate().try_for_each(|(index, letter)| tell(view, line, index, letter))
        }
        JournalEntry::Reply { row, at, reply, text, next_try } => {
            let key = key(b'o', &[&row.to_be_bytes()]);
            let Some(value) = view.get(&key)? else { return Ok(()) };
            let mut row: OutboxRow = serde_json::from_slice(&value)?;
            row.state = state_after(*reply);
            row.tries += u32::from(matches!(reply, ReplyKind::Sent | ReplyKind::Later | ReplyKind::Refused));
            row.next_try = next_try.filter(|_| row.state == OutboxState::Queued);
            row.last_at = Some(*at);
            row.last_reply = Some(text.clone());
            view.put(key, serde_json::to_vec(&row)?)
        }
        JournalEntry::Mark { key: name, value, at } => {
            let mark = serde_json::to_vec(&Mark { value: value.clone(), at: *at })?;
            view.put(key(b'm', &[name.as_bytes()]), mark)
        }
        JournalEntry::Decision { decision } => {
            let count = view.next(DECISIONS);
            view.put(key(b'x', &[&count.to_be_bytes()]), serde_json::to_vec(decision)?)?;
            decided(view, decision)
        }
    }
}

/// What a decision does to the letter that it names. What the server took meanwhile cannot be taken back.
fn decided(view: &mut View, decision: &Decision) -> Result<(), StoreError> {
    let Some(letter) = decision.letter else { return Ok(()) };
    let key = key(b'o', &[&letter.to_be_bytes()]);
    let Some(value) = view.get(&key)? else { return Ok(()) };
    let mut row: OutboxRow = serde_json::from_slice(&value)?;
    match (decision.decision, row.state) {
        (DecisionKind::Retry, OutboxState::Sent) => return Ok(()),
        (DecisionKind::Retry, _) => {
            (row.state, row.again_at) = (OutboxState::Queued, Some(decision.at));
            (row.tries, row.next_try) = (0, None);
        }
        (DecisionKind::Drop, OutboxState::Queued) => {
            (row.state, row.next_try) = (OutboxState::Dropped, None);
            (row.last_at, row.last_reply) = (Some(decision.at), Some(decision.reason.clone()));
        }
        _ => return Ok(()),
    }
    view.put(key, serde_json::to_vec(&row)?)
}

/// The number that stands for a target's id.
pub(super) fn number_of(view: &View, id: &str) -> Result<Option<u32>, StoreError> {
    let value = view.get(&key(b'n', &[id.as_bytes()]))?;
    Ok(value.and_then(|value| value.try_into().ok()).map(u32::from_be_bytes))
}

/// The id that a number stands for.
pub(super) fn id_of(view: &View, number: u32) -> Result<Option<String>, StoreError> {
    let value = view.get(&key(b'N', &[&number.to_be_bytes()]))?;
    Ok(value.and_then(|value| String::from_utf8(value).ok()))
}

/// The first kept capture of a target whose digest begins so.
pub(super) fn resolve(view: &View, number: u32, prefix: &[u8]) -> Result<Option<(Sha256, RecordPlace)>, StoreError> {
    let rows = view.scan(&key(b'c', &[&number.to_be_bytes(), prefix]))?;
    let first = rows.iter().filter_map(|(key, _)| {
        let sha256 = Sha256(key.get(5..37)?.try_into().ok()?);
        Some((sha256, RecordPlace::of(key.get(37..)?)?))
    });
    Ok(first.min_by_key(|(_, place)| *place))
}

/// A key: its first octet, then the parts.
pub(super) fn key(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    std::iter::once(kind).chain(parts.iter().copied().flatten().copied()).collect()
}

/// Reads a list of visits of the view.
pub(super) fn read_list(target: &str, packed: &[u8]) -> Vec<Visit> {
    let visits = visits::take(packed, false, &|_| Some(target.to_owned()), &|_, _| None);
    visits.into_iter().filter_map(|visit| visit.ok().map(|(_, visit)| visit)).collect()
}

fn name(view: &mut View, number: u32, id: &str) -> Result<(), StoreError> {
    view.mark.counts[NAMES] = view.mark.counts[NAMES].max(u64::from(number));
    view.put(key(b'n', &[id.as_bytes()]), number.to_be_bytes().to_vec())?;
    view.put(key(b'N', &[&number.to_be_bytes()]), id.as_bytes().to_vec())
}

fn definition(view: &mut View, place: RecordPlace, header: &DefinitionHeader) -> Result<(), StoreError> {
    name(view, header.number, &header.target.id)?;
    let count = view.next(LISTS);
    view.put(key(b'D', &[&header.number.to_be_bytes(), &count.to_be_bytes()]), place.to_octets().to_vec())
}

fn capture(
    view: &mut View,
    place: RecordPlace,
    content: &Content<'_>,
    header: &CaptureHeader,
) -> Result<(), StoreError> {
    let (number, capture) = (header.number.to_be_bytes(), &header.capture);
    name(view, header.number, &capture.target)?;
    let millis = header.visit.at.as_millisecond().to_be_bytes().to_vec();
    view.put(key(b'c', &[&number, &capture.sha256.0, &place.to_octets()]), millis)?;
    let mut recent = capture.sha256.0.to_vec();
    let before = view.get(&key(b'r', &[&number]))?.unwrap_or_default();
    before.chunks(32).filter(|sha256| **sha256 != capture.sha256.0).for_each(|sha256| recent.extend_from_slice(sha256));
    recent.truncate(RECENT * 32);
    view.put(key(b'r', &[&number]), recent)?;
    match content.codec {
        Codec::None => {}
        Codec::Dropped => dropped(view, &capture.sha256, place)?,
        codec => body_row(view, &capture.sha256, place, delta::depth_of(codec, content.payload))?,
    }
    visit(view, header.number, &header.visit)
}

/// What was served beside what a browser made of it: a body, and no look.
fn served(view: &mut View, place: RecordPlace, content: &Content<'_>, sha256: &Sha256) -> Result<(), StoreError> {
    match content.codec {
        Codec::None | Codec::Dropped => Ok(()),
        codec => body_row(view, sha256, place, delta::depth_of(codec, content.payload)),
    }
}

/// Notes where a grave stands in place of a body.
pub(super) fn dropped(view: &mut View, sha256: &Sha256, place: RecordPlace) -> Result<(), StoreError> {
    body_row(view, sha256, place, DROPPED)
}

fn body_row(view: &mut View, sha256: &Sha256, place: RecordPlace, depth: u8) -> Result<(), StoreError> {
    let mut value = place.to_octets().to_vec();
    value.push(depth);
    view.put(key(b'b', &[&sha256.0]), value)
}

fn list(view: &mut View, packed: &[u8], damage: &mut Vec<String>) -> Result<(), StoreError> {
    let name = |number| id_of(view, number).ok().flatten();
    let resolve = |number, prefix: &[u8]| resolve(view, number, prefix).ok().flatten().map(|(sha256, _)| sha256);
    for taken in visits::take(packed, true, &name, &resolve) {
        match taken {
            Ok((number, taken)) => visit(view, number, &taken)?,
            Err(why) => damage.push(why),
        }
    }
    Ok(())
}

/// Adds a visit to the last list of its target.
fn visit(view: &mut View, number: u32, visit: &Visit) -> Result<(), StoreError> {
    let octets = number.to_be_bytes();
    let tail = match view.take_tail(number) {
        Some(tail) => Some(tail),
        None => view.last(&key(b'v', &[&octets]))?.map(|row| {
            let last = visits::last_of(&read_list(&visit.target, &row.1));
            (row, last)
        }),
    };
    let (mut row, mut last) = match tail.filter(|(row, _)| row.1.len() < LIST_MAX) {
        Some(tail) => tail,
        None => ((key(b'v', &[&octets, &view.next(LISTS).to_be_bytes()]), Vec::new()), visits::Last::default()),
    };
    visits::put(&mut row.1, &mut last, visit, None, false);
    view.put_tail(number, row, last)
}

fn tell(view: &mut View, line: &JournalLine, index: usize, letter: &LetterEntry) -> Result<(), StoreError> {
    view.mark.counts[ROWS] = view.mark.counts[ROWS].max(letter.row);
    let row = OutboxRow {
        id: letter.row,
        letter: letter.letter.clone(),
        recipient: letter.recipient.clone(),
        message_id: letter.message_id.clone(),
        queued_at: letter.at,
        sha256: letter.sha256,
        state: OutboxState::Queued,
        tries: 0,
        next_try: None,
        last_at: None,
        last_reply: None,
        again_at: None,
        note: letter.note.clone(),
    };
    view.put(key(b'o', &[&letter.row.to_be_bytes()]), serde_json::to_vec(&row)?)?;
    for (told, what) in letter.told.iter().enumerate() {
        let mut value = serde_json::to_vec(what)?;
        value.insert(0, 0);
        if value.len() > INLINE_MAX {
            value = vec![1];
            value.extend_from_slice(&line.offset.to_be_bytes());
            value.extend_from_slice(&line.length.to_be_bytes());
            value.extend_from_slice(format!("/letters/{index}/told/{told}").as_bytes());
        }
        let told = u32::try_from(told).unwrap_or(u32::MAX);
        view.put(key(b't', &[&letter.row.to_be_bytes(), &told.to_be_bytes()]), value)?;
    }
    Ok(())
}

fn state_after(reply: ReplyKind) -> OutboxState {
    match reply {
        ReplyKind::Sent => OutboxState::Sent,
        ReplyKind::Later => OutboxState::Queued,
        ReplyKind::Refused => OutboxState::Refused,
        ReplyKind::Expired => OutboxState::Expired,
    }
}
