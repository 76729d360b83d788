//! How bodies become payloads and back: zstd, alone or against an earlier body of the same target; and the last few
//! bodies in memory. Knows no files.

use super::record::{Codec, put_number, take_number};
use noticewatch_core::capture::Sha256;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::Arc;

/// For octets by themselves. Of 5,722 real captures (1.96 GB) level 3 made 52.7 MB, level 9 for both 22.4 MB,
/// 9 and 5 24.1 MB, 15 and 12 22.0 MB in four times the time.
const LEVEL: i32 = 9;
/// For differences.
const DELTA_LEVEL: i32 = 5;
/// After so many differences in a row the next one leans on the body under them all: a body is read in few steps.
const DEPTH_MAX: u8 = 8;
/// A difference over this share of the whole is not worth the chain.
const DELTA_MAX_PERCENT: usize = 30;
/// A difference below this part of the body is taken without looking for a better one: pages shrink to a tenth or so.
const SMALL: usize = 100;
/// Octets of bodies that stay in memory.
const CACHE_MAX: usize = 8 << 20;

/// An earlier body that a difference may lean on.
#[derive(Clone)]
pub(super) struct DeltaBase {
    pub(super) sha256: Sha256,
    pub(super) depth: u8,
    pub(super) body: Arc<Vec<u8>>,
}

/// Writes a body as a payload: by itself, or as the smallest difference to one of the bases, or to the root where the
/// bases have too many differences under them.
pub(super) fn pack(
    body: &[u8],
    bases: &[DeltaBase],
    root: impl FnOnce() -> std::io::Result<Option<DeltaBase>>,
) -> std::io::Result<(Codec, Vec<u8>)> {
    let mut near: Vec<&DeltaBase> = bases.iter().filter(|base| base.depth < DEPTH_MAX).collect();
    let root = if near.is_empty() { root()? } else { None };
    near.extend(&root);
    let mut best: Option<Vec<u8>> = None;
    for base in near {
        let delta = pack_against(body, base)?;
        let small = delta.len() <= body.len() / SMALL;
        if best.as_ref().is_none_or(|best| delta.len() < best.len()) {
            best = Some(delta);
        }
        if small {
            break;
        }
    }
    if let Some(delta) = best.take_if(|delta| delta.len() <= body.len() / SMALL) {
        return Ok((Codec::Delta, delta));
    }
    let whole = pack_whole(body)?;
    let best = best.filter(|delta| delta.len() <= whole.1.len() * DELTA_MAX_PERCENT / 100);
    Ok(best.map_or(whole, |delta| (Codec::Delta, delta)))
}

/// Writes octets by themselves: zstd, or as they are where zstd gains nothing.
pub(super) fn pack_whole(body: &[u8]) -> std::io::Result<(Codec, Vec<u8>)> {
    let mut packed = Vec::new();
    put_number(&mut packed, body.len() as u64);
    packed.extend_from_slice(&zstd::bulk::compress(body, LEVEL)?);
    Ok(if packed.len() < body.len() { (Codec::Zstd, packed) } else { (Codec::Raw, body.to_vec()) })
}

/// How many differences lie under a payload, its own included.
pub(super) fn depth_of(codec: Codec, payload: &[u8]) -> u8 {
    if codec == Codec::Delta { payload.get(32).copied().unwrap_or_default() } else { 0 }
}

/// Sets how many differences lie under a difference, its own included.
pub(super) fn set_depth(payload: &mut [u8], depth: u8) {
    if let Some(octet) = payload.get_mut(32) {
        *octet = depth;
    }
}

/// The digest of the body that a difference leans on.
pub(super) fn base_of(payload: &[u8]) -> Option<Sha256> {
    payload.get(..32)?.try_into().ok().map(Sha256)
}

/// Reads a payload back; `base` is asked for where it is a difference. None: not a payload of this codec.
pub(super) fn unpack(codec: Codec, payload: &[u8], base: Option<&[u8]>) -> Option<Vec<u8>> {
    match codec {
        Codec::Raw => Some(payload.to_vec()),
        Codec::Zstd => {
            let mut at = 0;
            let length = usize::try_from(take_number(payload, &mut at)?).ok()?;
            let mut body = Vec::with_capacity(length.min(CACHE_MAX).saturating_add(1));
            zstd::stream::read::Decoder::new(&payload[at..])
                .ok()?
                .take(length as u64 + 1)
                .read_to_end(&mut body)
                .ok()?;
            (body.len() == length).then_some(body)
        }
        Codec::Delta => {
            let mut at = 33;
            let length = usize::try_from(take_number(payload, &mut at)?).ok()?;
            let reader = std::io::BufReader::new(payload.get(at..)?);
            let decoder = zstd::stream::read::Decoder::with_ref_prefix(reader, base?).ok()?;
            let mut body = Vec::with_capacity(length.min(CACHE_MAX).saturating_add(1));
            decoder.take(length as u64 + 1).read_to_end(&mut body).ok()?;
            (body.len() == length).then_some(body)
        }
        Codec::None | Codec::Dropped => None,
    }
}

/// Digest of the base, differences under it all, length of the body, and what zstd makes of it with the base as prefix.
fn pack_against(body: &[u8], base: &DeltaBase) -> std::io::Result<Vec<u8>> {
    let mut packed = base.sha256.0.to_vec();
    packed.push(base.depth + 1);
    put_number(&mut packed, body.len() as u64);
    let mut encoder = zstd::stream::write::Encoder::with_ref_prefix(packed, DELTA_LEVEL, base.body.as_slice())?;
    // The window spans both bodies; 27 is the widest that a decoder takes unasked (RFC 8878 3.1.1.1.2).
    let window = (body.len() + base.body.len()).max(1024).next_power_of_two().trailing_zeros().min(27);
    encoder.window_log(window)?;
    encoder.set_pledged_src_size(Some(body.len() as u64))?;
    encoder.write_all(body)?;
    encoder.finish()
}

/// The bodies used last.
#[derive(Debug, Default)]
pub(super) struct RecentBodies {
    bodies: VecDeque<(Sha256, Arc<Vec<u8>>)>,
    octets: usize,
}

impl RecentBodies {
    pub(super) fn get(&mut self, sha256: &Sha256) -> Option<Arc<Vec<u8>>> {
        let index = self.bodies.iter().rposition(|(sha, _)| sha == sha256)?;
        let found = self.bodies.remove(index)?;
        let body = Arc::clone(&found.1);
        self.bodies.push_back(found);
        Some(body)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn put(&mut self, sha256: Sha256, body: Arc<Vec<u8>>) {
        if self.bodies.iter().any(|(sha, _)| *sha == sha256) {
            return;
        }
        self.octets += body.len();
        self.bodies.push_back((sha256, body));
        while self.octets > CACHE_MAX
            && let Some((_, old)) = self.bodies.pop_front()
        {
            self.octets -= old.len();
        }
    }
}
