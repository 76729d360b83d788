//! Content codings: from the octets as received to the body, bounded. Knows no request and no charset.

use super::error::{FetchFault, grouped};
use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use noticewatch_core::capture::Why;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What we say we can decode.
pub(super) const ACCEPTED: &str = "gzip, br, zstd, deflate";

/// Largest zstd window that a body may ask for, as a power of two: 8 MB (RFC 9659).
const ZSTD_WINDOW: u32 = 23;

/// How many codings are taken off one after another. Honest servers use one; gzip that decodes to itself exists, and a
/// long list of codings would keep a core busy with it.
const MOST_CODINGS: usize = 3;

/// How many gzip members one body may have: each costs a decoder, even where it holds nothing.
const MOST_MEMBERS: usize = 4_096;

/// First octets of gzip, zstd, and of `compress`, which nobody sends any more.
const COMPRESSED: [&[u8]; 3] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], &[0x1f, 0x9d]];

/// How far a body is looked at to tell text from octets.
const LOOKED_AT: usize = 4_096;

/// A body without its codings.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) body: Vec<u8>,
    /// What was odd about it, though nothing of it is missing.
    pub(super) remark: Option<String>,
}

/// Takes off the codings that `Content-Encoding` names, the last one first. A word that names none, such as `utf-8`, is
/// passed over where what remains is text.
///
/// # Errors
/// A coding that is broken or cut, more than `cap` octets, or a body that is still compressed.
pub(super) async fn decode(received: Vec<u8>, codings: &str, cap: usize) -> Result<Decoded, FetchFault> {
    let undecodable = |sentence: &str| Err(FetchFault::lasting(Why::Undecodable, sentence));
    let mut decoded = Decoded { body: received, remark: None };
    if codings.split(',').filter(|word| Coding::of(word).is_ok()).count() > MOST_CODINGS {
        return undecodable("the body has more content codings than any honest one");
    }
    let mut passed_over = false;
    for word in codings.rsplit(',') {
        match Coding::of(word) {
            Ok(coding) => {
                let (body, rest) = coding.take_off(&decoded.body, cap).await?;
                if rest > 0 {
                    let name = coding.name();
                    decoded.remark = Some(format!("{} octets after the end of the {name} body", grouped(rest)));
                }
                decoded.body = body;
            }
            Err(is_word) => passed_over |= is_word,
        }
    }
    if passed_over && !is_text(&decoded.body) {
        return undecodable("the body has a content coding that we do not know");
    }
    if COMPRESSED.iter().any(|magic| decoded.body.starts_with(magic)) {
        return undecodable("the body is still compressed after decoding what its headers name");
    }
    Ok(decoded)
}

#[derive(Clone, Copy)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// The coding that a word names; otherwise whether it says anything at all.
    fn of(word: &str) -> Result<Self, bool> {
        let name = word.split(';').next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_lowercase();
        match name.as_str() {
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "br" => Ok(Self::Brotli),
            "zstd" => Ok(Self::Zstd),
            "" | "identity" | "none" => Err(false),
            _ => Err(true),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The body without this coding, and how many octets follow its end.
    async fn take_off(self, body: &[u8], cap: usize) -> Result<(Vec<u8>, usize), FetchFault> {
        let mut plain = Vec::new();
        let rest = match self {
            Self::Gzip => gzip(body, &mut plain, cap).await,
            // The wrapping of zlib belongs to it (RFC 9110, 8.4.1.2), and some servers leave it out.
            Self::Deflate => {
                let mut zlib = ZlibDecoder::new(body);
                if fill(&mut zlib, &mut plain, cap).await.is_ok() {
                    Ok(zlib.into_inner())
                } else {
                    plain.clear();
                    let mut raw = DeflateDecoder::new(body);
                    fill(&mut raw, &mut plain, cap).await.map(|()| raw.into_inner())
                }
            }
            Self::Brotli => fill(&mut BrotliDecoder::new(body), &mut plain, cap).await.map(|()| &[][..]),
            Self::Zstd => {
                let mut zstd = ZstdDecoder::with_params(body, &[DParameter::window_log_max(ZSTD_WINDOW)]);
                fill(&mut zstd, &mut plain, cap).await.map(|()| &[][..])
            }
        };
        if plain.len() > cap {
            return Err(FetchFault::too_large(cap));
        }
        let broken = |_| {
            FetchFault::passing(Why::Broken, format!("the {} coding of the body is broken or cut short", self.name()))
        };
        rest.map(|rest| (plain, rest.len())).map_err(broken)
    }
}

/// All members of a gzip body, one after the other, and what follows the last one.
async fn gzip<'a>(body: &'a [u8], plain: &mut Vec<u8>, cap: usize) -> std::io::Result<&'a [u8]> {
    let mut rest = body;
    for member in 0..MOST_MEMBERS {
        if member > 0 && !rest.starts_with(COMPRESSED[0]) {
            return Ok(rest);
        }
        let mut decoder = GzipDecoder::new(rest);
        fill(&mut decoder, plain, cap).await?;
        rest = decoder.into_inner();
        if plain.len() > cap {
            break;
        }
    }
    if rest.is_empty() { Ok(rest) } else { Err(std::io::ErrorKind::InvalidData.into()) }
}

/// Reads until the cap is passed, so that a bomb of a few octets costs no more than an honest page.
async fn fill(decoder: &mut (impl AsyncRead + Unpin), plain: &mut Vec<u8>, cap: usize) -> std::io::Result<()> {
    let left = cap.saturating_add(1).saturating_sub(plain.len());
    decoder.take(u64::try_from(left).unwrap_or(u64::MAX)).read_to_end(plain).await.map(|_| ())
}

/// Whether octets can be read as they are: text has none that text never has (WHATWG, MIME Sniffing, "binary data byte"),
/// but for UTF-16 behind its mark. PDF files are known by their own first octets.
fn is_text(body: &[u8]) -> bool {
    let binary = |octet: &u8| matches!(octet, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    let marked = body.starts_with(&[0xff, 0xfe]) || body.starts_with(&[0xfe, 0xff]) || body.starts_with(b"%PDF-");
    marked || !body.iter().take(LOOKED_AT).any(binary)
}
