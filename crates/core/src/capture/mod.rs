//! What a fetch brings home: captures (bytes as served, with what proves them) and visits (every attempt and how it ended).
//!
//! Facts only: this module never reads what a page says and knows no store.

pub mod glyphs;
pub mod markup;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A SHA-256 digest; shown and stored in JSON as 64 hexadecimal digits, as `sha256sum` prints it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// The digest of some octets.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(octets).into())
    }

    /// The digest written as 64 hexadecimal digits, or None where `text` is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut octets = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (index, octet) in octets.iter_mut().enumerate() {
            *octet = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
        }
        Some(Self(octets))
    }

    /// The first twelve digits, enough to name a capture to a person.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.short())
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected 64 hexadecimal digits"))
    }
}

/// One step of the way to a page: what was asked, the status, and where it pointed. A status of 200 is a page on which
/// a link was followed, as the target's `follow` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The address that was asked.
    pub url: String,
    /// Its 3xx status; 200 where a link on that page was followed.
    pub status: u16,
    /// The `Location`, or the link, as an absolute address.
    pub location: String,
}

/// The TLS session under which a body came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSession {
    /// `TLSv1.3`, where the client can tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// SHA-256 of the server's own certificate (DER).
    pub certificate: Sha256,
}

/// What a browser made of an answer: the capture's body is then the page after its scripts ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The browser and its version, as it names itself.
    pub browser: String,
    /// SHA-256 of the body as served, which is kept beside this one.
    pub served: Sha256,
    /// Whether the text had come to rest; one that never rests is taken as it stands when the time is up.
    pub settled: bool,
    /// The answer as served, with its body. Not part of the JSON header: it is kept as a record of its own.
    #[serde(skip)]
    pub answer: Option<Box<Capture>>,
}

/// What the program was, and how it was set, when it made a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Fingerprint of the sources that the program was built from.
    pub build: String,
    /// Fingerprint of the settings by which it asks for pages; what they were stands in the journal under it.
    pub settings: String,
    /// Fingerprint of the rules by which it then judged.
    pub rules: String,
}

/// A complete, decoded 200 answer, with everything that a declarant would have to say of it. Never altered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The target's id.
    pub target: String,
    /// When the first request of the chain was sent.
    pub started: Timestamp,
    /// When the last octet had come.
    pub ended: Timestamp,
    /// The address that was asked.
    pub url: String,
    /// The address that answered.
    pub final_url: String,
    /// The redirects between the two, and the link that was followed.
    pub redirects: Vec<Hop>,
    /// The final status: always 200 for a live capture; 200 for an import too.
    pub status: u16,
    /// Request headers as sent to the final address.
    pub request_headers: Vec<(String, String)>,
    /// Response headers as received, in their order.
    pub headers: Vec<(String, String)>,
    /// The media type without parameters, lower case: `text/html`.
    pub media_type: String,
    /// The charset that the `Content-Type` header names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// SHA-256 of [`Capture::body`].
    pub sha256: Sha256,
    /// SHA-256 of the octets as received, before content decoding, where the client saw them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_received: Option<Sha256>,
    /// Address and port of the peer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// The TLS session, for https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSession>,
    /// The version of HTTP in which the answer came: `HTTP/2.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Program name and version that made the capture.
    pub program: String,
    /// Which build of it, how set and with which rules; None: kept before this was noted, or imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<Provenance>,
    /// Where an import took it from: `source/branch/path@commit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What a browser made of it; None: the body is as served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendered: Option<Rendered>,
    /// What was odd about the answer, though nothing of it is missing: octets behind the end of its coding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The body after content decoding (gzip, brotli, zstd), before charset decoding. Not part of the JSON header.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Capture {
    /// The value of the first response header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Why a visit brought no capture: the typed reasons of docs/FACTS.md 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The name did not resolve.
    Dns,
    /// The connection was refused or no route led there.
    Connect,
    /// The peer's certificate or handshake did not hold.
    Tls,
    /// Connecting, the first octet, a pause between octets or the whole took too long.
    Timeout,
    /// The connection ended before the answer was complete.
    Cut,
    /// The answer is no HTTP, or its framing or content coding is broken.
    Broken,
    /// Content coding left over after decoding, NUL octets, or more than 1 % undecodable characters.
    Undecodable,
    /// More than the cap of decoded octets.
    TooLarge,
    /// More than five redirects, or a redirect that leads nowhere.
    Redirects,
    /// A 304 that answers no condition of ours.
    UnaskedNotModified,
    /// 404, 410 or 451.
    Gone,
    /// 401 or 403, or 999: the server turns us away.
    Denied,
    /// 429 or 503 that ask us to come back later.
    Busy,
    /// Any other status.
    Status,
    /// A media type that is not read: image, archive, or another than the octets are of.
    MediaType,
    /// A PDF file without text: pictures of pages, or letters that nothing gives a meaning.
    NoText,
    /// No link on the page matches the pattern that the target follows.
    NoLink,
    /// An address that is not fetched: private network, other scheme, https to http, user name in the address.
    Forbidden,
    /// robots.txt asks not to fetch it.
    Robots,
    /// The page needs a browser, and none could be used.
    Browser,
    /// Nothing came: an empty body, or an empty recording of an archive.
    Empty,
}

/// A visit that brought nothing: the typed reason and a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// The typed reason.
    pub why: Why,
    /// One sentence, without the address: `certificate expired on 2026-03-01`.
    pub detail: String,
    /// The HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the server asked us to stay away, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// How a visit ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ended", rename_all = "kebab-case")]
pub enum Outcome {
    /// A body that is kept under this digest.
    Captured {
        /// Digest of the kept body.
        sha256: Sha256,
    },
    /// A full answer with another body but the same visible text as the kept capture `kept`; its body is not kept.
    SameText {
        /// Digest of the body that came.
        sha256: Sha256,
        /// Digest of the last kept body, whose visible text it equals.
        kept: Sha256,
    },
    /// 304 to our own condition: the page equals the capture named.
    NotModified {
        /// Digest of the capture whose validators were sent.
        kept: Sha256,
    },
    /// Nothing usable came.
    Missed(Missed),
}

/// One attempt to see a page. The record of looking is as important as what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The target's id.
    pub target: String,
    /// When the visit ended.
    pub at: Timestamp,
    /// Asked without conditions on a new connection: an independent look.
    pub unconditional: bool,
    /// Another target whose last good body differed served this very body (docs/RULES.md 5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
    /// An entry of an archive, not a visit of ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recorded: bool,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Visit {
    /// The kept capture that this visit vouches for, None where it missed.
    #[must_use]
    pub fn seen(&self) -> Option<Sha256> {
        match &self.outcome {
            Outcome::Captured { sha256 } => Some(*sha256),
            Outcome::SameText { kept, .. } | Outcome::NotModified { kept } => Some(*kept),
            Outcome::Missed(_) => None,
        }
    }

    /// Visits in the order in which they were recorded, as visits in the order of time. Where the two disagree a clock was
    /// set: the visits that it stamped while it was wrong are left out, which are the fewer ones; the earlier recorded where
    /// both are as many. An archive's recordings come in any order, and all are taken.
    #[must_use]
    pub fn in_time(mut recorded: Vec<Self>) -> Vec<Self> {
        if recorded.iter().any(|visit| visit.recorded) {
            recorded.sort_by_key(|visit| visit.at);
        }
        if recorded.is_sorted_by_key(|visit| visit.at) {
            return recorded;
        }
        // The longest run of times that never falls: `ends` holds the last visit of the best run of each length.
        let mut ends: Vec<usize> = Vec::new();
        let mut before: Vec<Option<usize>> = Vec::with_capacity(recorded.len());
        for (index, visit) in recorded.iter().enumerate() {
            let length = ends.partition_point(|end| recorded[*end].at <= visit.at);
            before.push(length.checked_sub(1).map(|length| ends[length]));
            if length == ends.len() {
                ends.push(index);
            } else {
                ends[length] = index;
            }
        }
        let mut stays = vec![false; recorded.len()];
        let mut last = ends.last().copied();
        while let Some(index) = last {
            stays[index] = true;
            last = before[index];
        }
        let mut stays = stays.into_iter();
        recorded.retain(|_| stays.next().unwrap_or_default());
        recorded
    }
}
