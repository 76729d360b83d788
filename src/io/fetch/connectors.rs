//! The ways out: for public addresses, where every resolved address is judged; for those the operator allowed; and
//! through the operator's proxy.
//!
//! The address that was judged is the one connected to: names are resolved once, by the client itself, through here.

use super::error::FetchFault;
use super::options::{FetchError, FetchOptions};
use crate::config::Proxies;
use hyper_util::client::proxy::matcher::Matcher;
use noticewatch_core::address::{Refused, check_ip, is_loopback, public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, Proxy, RequestBuilder, redirect};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use url::{Host, Url};

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

/// The clients. None keeps a connection, follows a redirect or tries again by itself, and only the third goes through a
/// proxy: then it is the proxy that resolves. What this machine can resolve is judged before all the same; of the rest
/// only the spelling is, so that behind a proxy the proxy's own rules are the last wall.
#[derive(Debug)]
pub(super) struct Doors {
    public: Client,
    allowed: Client,
    proxied: Client,
    matcher: Arc<Matcher>,
    fixed: Arc<BTreeMap<String, Vec<IpAddr>>>,
}

impl Doors {
    pub(super) fn new(options: &FetchOptions) -> Result<Self, FetchError> {
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut authorities = Vec::new();
        for path in &options.extra_ca {
            authorities.extend(certificates(path)?);
        }
        let fixed = Arc::new(options.addresses.clone());
        let matcher = Arc::new(matcher(&options.proxies));
        let open = |judging, proxy| client(options, &authorities, Names { fixed: Arc::clone(&fixed), judging }, proxy);
        let through = Proxy::custom({
            let (matcher, proxies) = (Arc::clone(&matcher), options.proxies.clone());
            move |url| intercept(&matcher, &proxies, url)
        });
        let (public, allowed) = (open(true, None)?, open(false, None)?);
        let direct = options.proxies.http.is_empty() && options.proxies.https.is_empty();
        // Each client holds all roots of the system. Where no proxy is named, nothing ever goes through the third.
        let proxied = if direct { allowed.clone() } else { open(false, Some(through))? };
        Ok(Self { public, allowed, proxied, matcher, fixed })
    }

    /// Asks one address, which `address::check_url` has let pass; with a body: by POST.
    pub(super) async fn ask(
        &self,
        url: &Url,
        headers: HeaderMap,
        options: &FetchOptions,
    ) -> Result<reqwest::Response, FetchFault> {
        self.send(url, options, |client| client.get(url.clone()).headers(headers)).await
    }

    /// Posts to one address, which `address::check_url` has let pass.
    pub(super) async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        octets: Vec<u8>,
        options: &FetchOptions,
    ) -> Result<reqwest::Response, FetchFault> {
        self.send(url, options, |client| client.post(url.clone()).headers(headers).body(octets)).await
    }

    async fn send(
        &self,
        url: &Url,
        options: &FetchOptions,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<reqwest::Response, FetchFault> {
        let allowed = options.allowed.contains(url);
        let through = intercept(&self.matcher, &options.proxies, url).is_some();
        if through && !allowed {
            self.judge_name(url).await?;
        }
        let client = match (through, allowed) {
            (true, _) => &self.proxied,
            (_, true) => &self.allowed,
            _ => &self.public,
        };
        let sent = request(client).send();
        let answer = tokio::time::timeout(options.read, sent).await.map_err(|_| FetchFault::no_answer(options.read))?;
        let response = answer.map_err(|error| FetchFault::of(&error, options))?;
        // The resolver has judged already; this holds even where a client would find another way.
        match response.remote_addr() {
            Some(peer) if !allowed && !through => {
                check_ip(peer.ip()).map_err(|refused| FetchFault::forbidden(&refused))?;
            }
            _ => {}
        }
        Ok(response)
    }

    /// Judges what a name resolves to on this machine, where it does.
    async fn judge_name(&self, url: &Url) -> Result<(), FetchFault> {
        let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
        match resolve(&self.fixed, name).await {
            Ok(found) => public(&found).map(|_| ()).map_err(|refused| FetchFault::forbidden(&refused)),
            Err(_) => Ok(()),
        }
    }
}

fn matcher(proxies: &Proxies) -> Matcher {
    let Proxies { http, https, no } = proxies.clone();
    Matcher::builder().http(http).https(https).no(no).build()
}

/// The operator's proxy for an address, as it was named, with its login.
fn intercept(matcher: &Matcher, proxies: &Proxies, url: &Url) -> Option<Url> {
    // No proxy leads to this machine itself.
    if is_loopback(url) {
        return None;
    }
    matcher.intercept(&url.as_str().parse().ok()?)?;
    let named = if url.scheme() == "https" { &proxies.https } else { &proxies.http };
    if named.contains("://") { Url::parse(named).ok() } else { Url::parse(&format!("http://{named}")).ok() }
}

fn client(
    options: &FetchOptions,
    authorities: &[Certificate],
    names: Names,
    proxy: Option<Proxy>,
) -> Result<Client, FetchError> {
    let builder = Client::builder()
        .connect_timeout(options.connect)
        .pool_max_idle_per_host(0)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .tls_info(true)
        .dns_resolver(names);
    let builder = proxy.into_iter().fold(builder, reqwest::ClientBuilder::proxy);
    let builder = if authorities.is_empty() { builder } else { builder.tls_certs_merge(authorities.iter().cloned()) };
    builder.build().map_err(|error| {
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        FetchError::Client(causes.last().map_or_else(|| error.to_string(), ToString::to_string))
    })
}

/// How many certificates of authorities a file holds.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn authorities(path: &Path) -> Result<usize, FetchError> {
    certificates(path).map(|found| found.len())
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
            let found = resolve(&fixed, name.as_str()).await?;
            let passed = if judging { judge(&found)? } else { found };
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

async fn resolve(fixed: &BTreeMap<String, Vec<IpAddr>>, name: &str) -> Result<Vec<SocketAddr>, Unresolved> {
    Ok(match fixed.get(name) {
        Some(addresses) => addresses.iter().map(|address| SocketAddr::new(*address, 0)).collect(),
        None => tokio::net::lookup_host((name, 0)).await.map_err(Unresolved::from)?.collect(),
    })
}

/// The public ones among the addresses of a name; refused where there are others only.
fn judge(found: &[SocketAddr]) -> Result<Vec<SocketAddr>, Unresolved> {
    let passed = public(found)?;
    if passed.is_empty() { Err(Unresolved::NoAddress) } else { Ok(passed) }
}
