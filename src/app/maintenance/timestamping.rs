//! The daily root of everything that was kept, and its stamp.
//!
//! What a root covers is the store's business; here is when one is made, who stamps it, and what letters say of it.

use crate::app::client;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::text::utc;
use crate::config;
use crate::io::fetch::{Question, Waits};
use crate::io::store::{Root, Stamp, Store};
use crate::io::tsa;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::Sha256;
use std::path::Path;
use url::Url;

/// A stamp that could not be had is asked for again after this time.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Making and stamping roots.
#[derive(Debug, Default)]
pub struct Roots {
    /// When a stamp was last asked for in vain.
    failed: Option<Timestamp>,
}

impl Roots {
    /// Makes today's root, and has the last one stamped where the settings name an authority. Letters are worth more: a
    /// failure is said, and tried again later.
    pub async fn daily(&mut self, office: &AppContext, store: &mut Store) {
        let now = office.clock.now();
        match store.make_root(now) {
            Ok(Some(root)) => tracing::info!(root = %root.sha256, "daily root made"),
            Ok(None) => {}
            Err(error) => tracing::error!("no daily root: {error}"),
        }
        let waits = self.failed.is_some_and(|at| now.duration_since(at) < AGAIN);
        let Some(authority) = office.settings.stamp.as_ref().filter(|_| !waits) else { return };
        match stamp(office, authority, store, now).await {
            Ok(()) => self.failed = None,
            Err(failure) => {
                tracing::error!("the daily root was not stamped: {failure}");
                self.failed = Some(now);
            }
        }
    }
}

/// Has the last root stamped, if it is not.
async fn stamp(
    office: &AppContext,
    authority: &config::StampAuthority,
    store: &mut Store,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(root) = store.roots()?.pop().filter(|root| root.stamp.is_none()) else { return Ok(()) };
    let nonce = nonce(&root, now);
    let unusable = |error: tsa::TsaError| Failure::Unavailable(format!("{}: {error}", authority.url));
    let request = tsa::request(&root.sha256, nonce).map_err(unusable)?;
    let certificates = match &authority.authority {
        Some(path) => Some(std::fs::read(path).map_err(|error| Failure::of_file(Path::new(path), &error))?),
        None => None,
    };
    let question =
        Question { url: authority.url.clone(), media_type: tsa::QUERY, accept: tsa::REPLY, body: request.clone() };
    let response = client::fetcher_with(office, Waits::none())?.question(question).await;
    let response = response.map_err(|missed| Failure::Unavailable(format!("{}: {}", authority.url, missed.detail)))?;
    let time = tsa::time(&response, &root.sha256, nonce).map_err(unusable)?;
    let stamp = Stamp {
        root: root.sha256,
        url: authority.url.clone(),
        request: Sha256::of(&request),
        response: Sha256::of(&response),
        authority: certificates.as_deref().map(Sha256::of),
        time,
    };
    let papers: Vec<&[u8]> =
        [Some(&request), Some(&response), certificates.as_ref()].into_iter().flatten().map(Vec::as_slice).collect();
    store.keep_stamp(&root, &stamp, &papers, now)?;
    tracing::info!(root = %root.sha256, %time, "daily root stamped");
    Ok(())
}

/// What tells this request from all others for the same root.
fn nonce(root: &Root, now: Timestamp) -> [u8; 8] {
    let digest = Sha256::of(format!("{} {now}", root.sha256).as_bytes()).0;
    let mut nonce = [0; 8];
    nonce.copy_from_slice(&digest[..8]);
    nonce
}

/// What the weekly letter says of the last root.
///
/// # Errors
/// The store cannot be read.
pub fn note(store: &Store) -> Result<Option<String>, Failure> {
    Ok(store.roots()?.pop().map(|root| {
        let stamped = root.stamp.as_ref().map_or_else(String::new, |stamp| {
            let host = Url::parse(&stamp.url).ok().and_then(|url| url.host_str().map(str::to_owned));
            format!(", stamped by {} on {}", host.unwrap_or_default(), utc(stamp.time))
        });
        format!(
            "Everything that was kept up to {} has the root {}{stamped}. Who keeps this letter can show that nothing was changed since.",
            utc(root.made),
            root.sha256
        )
    }))
}
