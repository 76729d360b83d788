//! Putting one file together from two copies of it: what the chain names is taken from where it stands whole, and octets
//! that belong to no record of it are left out and named.
//!
//! Knows octets and links; no files.

use super::archive::HEAD;
use super::scan::walk_segment;
use super::{journal, record};
use noticewatch_core::capture::Sha256;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A record or line where it stands in a copy.
#[derive(Clone, Debug)]
struct Piece {
    /// The link that it follows, and its own.
    before: Sha256,
    link: Sha256,
    range: Range<usize>,
    whole: bool,
}

/// A copy of a file.
pub(super) struct Copy<'a> {
    octets: &'a [u8],
    pieces: Vec<Piece>,
    /// What may stand between octets of something else, and follows a link.
    seek: fn(&[u8], Range<usize>, &Sha256) -> Option<Piece>,
}

/// A file put together.
pub(super) struct Woven {
    pub(super) octets: Vec<u8>,
    /// Octets of our own copy that are in no record, with the offsets where they stood.
    pub(super) foreign: Vec<Range<usize>>,
    /// Every record that stands whole in our own copy is in it.
    pub(super) keeps_own: bool,
    /// All that are in it.
    pub(super) links: HashSet<Sha256>,
    /// Records that are in it and not in our own copy.
    pub(super) gained: usize,
}

impl<'a> Copy<'a> {
    /// A segment's records; its head is left to others.
    pub(super) fn segment(octets: &'a [u8]) -> Self {
        let mut pieces = Vec::new();
        // Nothing in the call can fail.
        let _ = walk_segment(octets, HEAD, &mut |from, to, frame| {
            if let (Some(frame), Some(before)) = (frame, record::link_before(octets, from)) {
                pieces.push(Piece { before, link: frame.link, range: from..to, whole: frame.is_whole() });
            }
            Ok(())
        });
        Self { octets, pieces, seek: seek_record }
    }

    /// The links of its whole records.
    pub(super) fn links(&self) -> impl Iterator<Item = Sha256> {
        self.pieces.iter().filter(|piece| piece.whole).map(|piece| piece.link)
    }

    /// A journal's lines.
    pub(super) fn journal(octets: &'a [u8]) -> Self {
        let mut pieces = Vec::new();
        let mut at = 0;
        for line in octets.split_inclusive(|octet| *octet == b'\n') {
            let found = journal::LINE.as_bytes();
            let starts = (0..line.len()).filter(|start| line[*start..].starts_with(found));
            let piece = starts.filter_map(|start| {
                let text = line[start..].strip_suffix(b"\n")?;
                let (before, range) = (journal::follows(text)?, at + start..at + line.len());
                Some(Piece { before, link: Sha256::of(text), range, whole: true })
            });
            pieces.extend(piece.take(1));
            at += line.len();
        }
        Self { octets, pieces, seek: |_, _, _| None }
    }
}

/// A record that follows a link, though something else stands in front of it.
fn seek_record(octets: &[u8], within: Range<usize>, before: &Sha256) -> Option<Piece> {
    within.into_iter().find_map(|from| {
        let frame = record::outline(octets, from).filter(|frame| frame.follows(before))?;
        let range = from..from + frame.length;
        Some(Piece { before: *before, link: frame.link, range, whole: frame.is_whole() })
    })
}

/// Follows the chain from `start` on, behind `head`. Each record comes from `theirs` where it stands whole there, else from
/// our own; where neither holds the next one, what our own has instead is kept as it is, up to its last whole record.
pub(super) fn weave(head: &[u8], start: Sha256, own: &Copy<'_>, theirs: &Copy<'_>) -> Woven {
    let follow = |copy: &Copy<'_>| -> HashMap<Sha256, Piece> {
        copy.pieces.iter().rev().map(|piece| (piece.before, piece.clone())).collect()
    };
    let (by_own, by_theirs) = (follow(own), follow(theirs));
    let standing: HashMap<Sha256, &Piece> = own.pieces.iter().rev().map(|piece| (piece.link, piece)).collect();
    let (mut out, mut end, mut used) = (head.to_vec(), start, HashSet::new());
    // Ranges of our own that are in the new file, and where they are there.
    let mut kept: Vec<(Range<usize>, usize)> = vec![(0..head.len().min(own.octets.len()), 0)];
    let mut passed = head.len().min(own.octets.len());
    loop {
        let whole = |piece: &&Piece| piece.whole;
        let their = by_theirs.get(&end);
        let own_next = by_own.get(&end);
        let next = match (their.filter(whole), own_next.filter(whole)) {
            (Some(piece), _) => Some((piece.clone(), false)),
            (None, Some(piece)) => Some((piece.clone(), true)),
            (None, None) => {
                let behind = own.pieces.iter().find(|piece| piece.range.start >= passed && !used.contains(&piece.link));
                let until = behind.map_or(own.octets.len(), |piece| piece.range.start);
                let sought = (own.seek)(own.octets, passed..until, &end).map(|piece| (piece, true));
                let torn = || own_next.map(|piece| (piece.clone(), true)).or(their.map(|piece| (piece.clone(), false)));
                sought.or_else(torn).or_else(|| {
                    let piece = behind?;
                    kept.push((passed..piece.range.start, out.len()));
                    out.extend_from_slice(&own.octets[passed..piece.range.start]);
                    Some((piece.clone(), true))
                })
            }
        };
        let Some((piece, ours)) = next.filter(|(piece, _)| !used.contains(&piece.link)) else { break };
        let stands = if ours { Some(&piece.range) } else { standing.get(&piece.link).map(|piece| &piece.range) };
        if let Some(range) = stands {
            kept.push((range.clone(), out.len()));
            passed = passed.max(range.end);
        }
        out.extend_from_slice(&if ours { own.octets } else { theirs.octets }[piece.range.clone()]);
        used.insert(piece.link);
        end = piece.link;
    }
    let keeps_own = own.pieces.iter().filter(|piece| piece.whole).all(|piece| used.contains(&piece.link));
    let gained = used.iter().filter(|link| standing.get(*link).is_none_or(|piece| !piece.whole)).count();
    let foreign = left_over(&mut kept, own.octets.len(), out.len());
    Woven { octets: out, foreign, keeps_own, links: used, gained }
}

/// What of our own is not in the new file. As many octets in the place of as many others are damage, and nothing foreign.
fn left_over(kept: &mut [(Range<usize>, usize)], own: usize, new: usize) -> Vec<Range<usize>> {
    kept.sort_by_key(|(range, _)| range.start);
    let (mut foreign, mut passed, mut placed) = (Vec::new(), 0, 0);
    for (range, place) in kept.iter().cloned().chain([(own..own, new)]) {
        if range.start > passed && place.checked_sub(placed) != Some(range.start - passed) {
            foreign.push(passed..range.start);
        }
        passed = passed.max(range.end);
        placed = place + range.len();
    }
    foreign
}
