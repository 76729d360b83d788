//! Content codings: from the octets as received to the body, bounded. Knows no request and no charset.

use super::fault::Fault;
use crate::capture::Why;
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What we say we can decode.
pub(super) const ACCEPTED: &str = "gzip, br, zstd, deflate";

/// Largest zstd window that a body may ask for, as a power of two: 8 MB (RFC 9659).
const ZSTD_WINDOW: u32 = 23;

/// How many codings are taken off one after another. Honest servers use one; gzip that decodes to itself exists, and a
/// long list of codings would keep a core busy with it.
const MOST_CODINGS: usize = 3;

/// First octets of gzip and zstd.
const COMPRESSED: [&[u8]; 2] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd]];

/// Takes off the codings that `Content-Encoding` names, the last one first.
///
/// # Errors
/// An unknown coding, one that is broken or cut, more than `cap` octets, or a body that is still compressed.
pub(super) async fn decode(received: Vec<u8>, codings: &str, cap: usize) -> Result<Vec<u8>, Fault> {
    if codings.split(',').count() > MOST_CODINGS {
        return Err(Fault::lasting(Why::Undecodable, "the body has more content codings than any honest one"));
    }
    let mut body = received;
    for coding in codings.rsplit(',').map(str::trim).filter(|coding| !coding.is_empty()) {
        body = take_off(&body, &coding.to_lowercase(), cap).await?.unwrap_or(body);
    }
    if COMPRESSED.iter().any(|magic| body.starts_with(magic)) {
        let sentence = "the body is still compressed after decoding what its headers name";
        return Err(Fault::lasting(Why::Undecodable, sentence));
    }
    Ok(body)
}

/// The body without one coding; None for `identity`.
async fn take_off(body: &[u8], coding: &str, cap: usize) -> Result<Option<Vec<u8>>, Fault> {
    let mut decoder: Box<dyn AsyncRead + Send + Unpin> = match coding {
        "identity" => return Ok(None),
        "gzip" | "x-gzip" => {
            let mut gzip = GzipDecoder::new(body);
            gzip.multiple_members(true);
            Box::new(gzip)
        }
        "deflate" => Box::new(ZlibDecoder::new(body)),
        "br" => Box::new(BrotliDecoder::new(body)),
        "zstd" => Box::new(ZstdDecoder::with_params(body, &[DParameter::window_log_max(ZSTD_WINDOW)])),
        _ => return Err(Fault::lasting(Why::Undecodable, "the body has a content coding that we do not know")),
    };
    let mut plain = Vec::new();
    // Stops at the cap, so that a bomb of a few octets costs no more than an honest page.
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    let read = (&mut decoder).take(limit).read_to_end(&mut plain).await;
    if plain.len() > cap {
        return Err(Fault::too_large(cap));
    }
    let broken = |_| Fault::passing(Why::Broken, format!("the {coding} coding of the body is broken or cut short"));
    read.map_err(broken).map(|_| Some(plain))
}
