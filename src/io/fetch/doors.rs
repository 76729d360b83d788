//! The two ways out: one for public addresses, where every resolved address is judged, one for those the operator allowed.
//!
//! The address that was judged is the one connected to: names are resolved once, by the client itself, through here.

use super::fault::Fault;
use super::options::{FetchError, Options};
use crate::address::{Refused, check_ip};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, redirect};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use url::Url;

/// Why a name led nowhere.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unresolved {
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("the name has no address")]
    NoAddress,
    #[error("{0}")]
    Lookup(#[from] std::io::Error),
}

/// The clients. Neither keeps a connection, follows a redirect, goes through a proxy or tries again by itself.
#[derive(Debug)]
pub(super) struct Doors {
    public: Client,
    allowed: Client,
}

impl Doors {
    pub(super) fn new(options: &Options) -> Result<Self, FetchError> {
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut authorities = Vec::new();
        for path in &options.extra_ca {
            authorities.extend(certificates(path)?);
        }
        let fixed = Arc::new(options.addresses.clone());
        let open = |judging| client(options, &authorities, Names { fixed: Arc::clone(&fixed), judging });
        Ok(Self { public: open(true)?, allowed: open(false)? })
    }

    /// Asks one address, which `address::check_url` has let pass.
    pub(super) async fn ask(
        &self,
        url: &Url,
        headers: reqwest::header::HeaderMap,
        options: &Options,
    ) -> Result<reqwest::Response, Fault> {
        let allowed = options.allowed.contains(url);
        let client = if allowed { &self.allowed } else { &self.public };
        let sent = client.get(url.clone()).headers(headers).send();
        let answer = tokio::time::timeout(options.read, sent).await.map_err(|_| Fault::no_answer(options.read))?;
        let response = answer.map_err(|error| Fault::of(&error, options))?;
        // The resolver has judged already; this holds even where a client would find another way.
        match response.remote_addr() {
            Some(peer) if !allowed => check_ip(peer.ip()).map_err(|refused| Fault::forbidden(&refused))?,
            _ => {}
        }
        Ok(response)
    }
}

fn client(options: &Options, authorities: &[Certificate], names: Names) -> Result<Client, FetchError> {
    let builder = Client::builder()
        .connect_timeout(options.connect)
        .pool_max_idle_per_host(0)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .tls_info(true)
        .dns_resolver(names);
    let builder = if authorities.is_empty() { builder } else { builder.tls_certs_merge(authorities.iter().cloned()) };
    builder.build().map_err(|error| {
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        FetchError::Client(causes.last().map_or_else(|| error.to_string(), ToString::to_string))
    })
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, FetchError> {
    let unreadable = |source| FetchError::Unreadable { path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(FetchError::NoCertificate { path: path.to_owned() }),
    }
}

/// Resolves names: by the operator's fixed addresses, else as the system does.
struct Names {
    fixed: Arc<BTreeMap<String, Vec<IpAddr>>>,
    judging: bool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (fixed, judging) = (Arc::clone(&self.fixed), self.judging);
        Box::pin(async move {
            let found = match fixed.get(name.as_str()) {
                Some(addresses) => addresses.iter().map(|address| SocketAddr::new(*address, 0)).collect(),
                None => tokio::net::lookup_host((name.as_str(), 0)).await.map_err(Unresolved::from)?.collect(),
            };
            let passed = if judging { judge(found)? } else { found };
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

/// The public ones among the addresses of a name; refused where there are others only.
fn judge(found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Unresolved> {
    let mut refused = Unresolved::NoAddress;
    let mut passed = Vec::new();
    for address in found {
        match check_ip(address.ip()) {
            Ok(()) => passed.push(address),
            Err(why) => refused = why.into(),
        }
    }
    if passed.is_empty() { Err(refused) } else { Ok(passed) }
}
