//! What is said over the socket or the pipe: one line of JSON in, one line of JSON out, one page a process.
//!
//! Knows no browser. The order carries all that the rendering may know, so that the process reads no configuration.

use crate::config::Proxies;
use noticewatch_core::capture::Missed;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The version of the protocol. Daemon and render service may be of different builds for a while after an update.
pub const VERSION: u32 = 1;

/// An order is never longer than this.
pub(super) const ORDER_MAX: u64 = 1 << 20;

/// One page to render.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderOrder {
    /// [`VERSION`].
    pub version: u32,
    /// The address, which `address::check_url` has let pass.
    pub url: String,
    /// What is added to the browser's own name: `noticewatch/0.1.0 (+mailto:watch@example.org)`.
    pub agent: String,
    /// `Accept-Language`.
    pub languages: String,
    /// `host:port` pairs that may be asked although their address is not public.
    pub allow: Vec<String>,
    /// Names with fixed addresses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// The operator's proxies.
    pub proxies: Proxies,
    /// The browser, where it is not to be looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<PathBuf>,
    /// How long connecting may take, in milliseconds.
    pub connect_ms: u64,
    /// How long the page may take, in milliseconds.
    pub total_ms: u64,
    /// How many octets the page may have after its scripts ran.
    pub cap: usize,
}

impl RenderOrder {
    /// The languages in their order; the browser gives them their weights itself.
    pub(super) fn bare_languages(&self) -> String {
        let bare = self.languages.split(',').filter_map(|tag| tag.split(';').next());
        bare.map(str::trim).collect::<Vec<_>>().join(",")
    }
}

/// A page after its scripts ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedPage {
    /// The DOM, as HTML.
    pub html: String,
    /// The address that the browser ended at.
    pub final_url: String,
    /// The browser and its version.
    pub browser: String,
    /// Whether the text had come to rest.
    pub settled: bool,
    /// Why the browser's own sandbox was off; None: it was on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfined: Option<String>,
    /// Hosts that the page asked for and that are not fetched, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RenderReply {
    /// The page.
    Page(RenderedPage),
    /// There is none.
    Missed(Missed),
}

/// Why a line did not come or go.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("the line broke off: {0}")]
    Io(#[from] std::io::Error),
    #[error("nothing was said")]
    Nothing,
    #[error("the line is longer than {0} octets")]
    TooLong(u64),
    #[error("the line is not understood: {0}")]
    Json(#[from] serde_json::Error),
}

/// Reads one line of at most `most` octets.
pub(super) async fn read<T: DeserializeOwned>(
    from: &mut (impl AsyncBufRead + Unpin),
    most: u64,
) -> Result<T, LineError> {
    let mut line = Vec::new();
    from.take(most + 1).read_until(b'\n', &mut line).await?;
    match u64::try_from(line.len()) {
        Ok(0) => Err(LineError::Nothing),
        Ok(length) if length > most => Err(LineError::TooLong(most)),
        _ => Ok(serde_json::from_slice(&line)?),
    }
}

/// Writes one line.
pub(super) async fn write(to: &mut (impl AsyncWrite + Unpin), said: &impl Serialize) -> Result<(), LineError> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    to.flush().await?;
    Ok(())
}
