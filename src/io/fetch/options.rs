//! How to fetch: bounds, courtesy, trust. Knows no request and no answer.

use crate::config::Proxies;
use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use noticewatch_core::address::Allowed;
use noticewatch_core::capture::{Provenance, Sha256};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Why no client could be built.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A certificate file of `extra_ca` cannot be read.
    #[error("extra_ca: {path}: {source}; give a readable file of PEM certificates")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of `extra_ca` holds no certificate.
    #[error("extra_ca: {path} holds no PEM certificate; it should have a line `-----BEGIN CERTIFICATE-----`")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The user agent or contact cannot stand in a header.
    #[error("contact: `{0}` cannot stand in a User-Agent header; use an address of plain letters")]
    UserAgent(String),
    /// The client cannot be set up.
    #[error("no HTTP client: {0}; where root certificates are missing, install the package ca-certificates")]
    Client(String),
}

/// All that an operator or a test may set. The defaults are those of docs/FACTS.md 1.5, 2 and 3.10.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// An address or page at which the operator can be reached; part of the user agent.
    pub contact: Option<String>,
    /// The whole user agent; None: `noticewatch/VERSION (+contact)`.
    pub user_agent: Option<String>,
    /// How long resolving, connecting and the TLS handshake may take together.
    pub connect: Duration,
    /// How long the server may keep silent: until the head of its answer, and between two pieces of the body.
    pub read: Duration,
    /// How long one try may take with all its redirects; the only bound that catches a server that drips.
    pub total: Duration,
    /// How many octets a body may have, as received and decoded.
    pub cap: usize,
    /// Addresses that are fetched although the rules forbid them.
    pub allowed: Allowed,
    /// Names with fixed addresses, as `/etc/hosts` would have them; these are judged like resolved ones.
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// PEM files with certificate authorities that are trusted besides the system's.
    pub extra_ca: Vec<PathBuf>,
    /// How long a host is left alone after an answer; nil for loopback hosts that are allowed.
    pub spacing: Duration,
    /// How many hosts are visited at the same time.
    pub hosts_at_once: usize,
    /// When to try again.
    pub waits: Waits,
    /// Whether robots.txt is respected, where a target does not say otherwise.
    pub robots: bool,
    /// The operator's proxies.
    pub proxies: Proxies,
    /// What the program is and how it is set: part of every capture.
    pub maker: Option<Provenance>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            contact: None,
            user_agent: None,
            connect: Duration::from_secs(10),
            read: Duration::from_secs(20),
            total: Duration::from_mins(1),
            cap: 5_000_000,
            allowed: Allowed::default(),
            addresses: BTreeMap::new(),
            extra_ca: Vec::new(),
            spacing: Duration::from_secs(2),
            hosts_at_once: 16,
            waits: Waits::default(),
            robots: true,
            proxies: Proxies::default(),
            maker: None,
        }
    }
}

impl FetchOptions {
    /// The user agent that is sent.
    #[must_use]
    pub fn agent(&self) -> String {
        let program = concat!("noticewatch/", env!("CARGO_PKG_VERSION"));
        match (&self.user_agent, &self.contact) {
            (Some(agent), _) => agent.clone(),
            (None, Some(contact)) => format!("{program} (+{contact})"),
            (None, None) => program.to_owned(),
        }
    }
}

/// When a visit that failed in a way that may pass is tried again: 5, 30 and 120 seconds later, each up to twice that
/// by chance, so that many watchers do not come back at once.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// How many further tries.
    pub further: usize,
    /// The first wait.
    pub first: Duration,
    /// How much longer each next one is.
    pub factor: f32,
    /// The longest wait.
    pub longest: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { further: 3, first: Duration::from_secs(5), factor: 6.0, longest: Duration::from_mins(2) }
    }
}

impl Waits {
    /// No further try.
    #[must_use]
    pub fn none() -> Self {
        Self { further: 0, ..Self::default() }
    }

    /// The waits of one visit. Chance is drawn from target and time, which differ between watchers.
    pub(super) fn of(&self, target: &str, now: Timestamp) -> impl Iterator<Item = Duration> + Send + use<> {
        let digest = Sha256::of(format!("{target} {now}").as_bytes()).0;
        let seed = digest.iter().take(8).fold(0, |seed, octet| (seed << 8) | u64::from(*octet));
        ExponentialBuilder::default()
            .with_max_times(self.further)
            .with_min_delay(self.first)
            .with_factor(self.factor)
            .with_max_delay(self.longest)
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }
}
