//! Where a request of the browser may go: names resolved once, every address judged, and that very address connected to.
//!
//! Knows no page and no HTTP beyond the way through an operator's proxy.

use super::protocol::RenderOrder;
use crate::config::Proxies;
use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use noticewatch_core::address::{Allowed, Refused, check_url, is_loopback, public};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::{Host, Url};

/// Why no connection came about.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreached {
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("the name has no address")]
    NoAddress,
    #[error("no connection within {} s", .0.as_secs().max(1))]
    Slow(Duration),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// A connection.
pub(super) enum EgressWay {
    /// To the server itself.
    Direct(TcpStream),
    /// To the operator's proxy, with what it wants to hear as `Proxy-Authorization`.
    Through(TcpStream, Option<HeaderValue>),
}

/// By which rules connections are made.
pub(super) struct Rules {
    allowed: Allowed,
    addresses: BTreeMap<String, Vec<IpAddr>>,
    proxies: Matcher,
    connect: Duration,
}

fn matcher(proxies: &Proxies) -> Matcher {
    let Proxies { http, https, no } = proxies.clone();
    Matcher::builder().http(http).https(https).no(no).build()
}

impl Rules {
    pub(super) fn of(order: &RenderOrder) -> Result<Self, Refused> {
        Ok(Self {
            allowed: Allowed::parse(order.allow.iter().map(String::as_str))?,
            addresses: order.addresses.clone(),
            proxies: matcher(&order.proxies),
            connect: Duration::from_millis(order.connect_ms),
        })
    }

    /// Connects to the host of an address, or to the proxy that leads there.
    pub(super) async fn reach(&self, url: &Url) -> Result<EgressWay, Unreached> {
        check_url(url, &self.allowed)?;
        let uri = url.as_str().parse::<Uri>().ok().filter(|_| !is_loopback(url));
        let proxy = uri.and_then(|uri| self.proxies.intercept(&uri));
        if let Some(proxy) = proxy {
            // A proxy resolves by itself. What this machine can resolve is judged before; the rest is the proxy's to hold.
            if let Ok(found) = self.resolve(url).await {
                self.judge(url, &found)?;
            }
            let host = proxy.uri().host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            let found: Vec<SocketAddr> = lookup_host((host, proxy.uri().port_u16().unwrap_or(80))).await?.collect();
            return Ok(EgressWay::Through(self.connect(&found).await?, proxy.basic_auth().cloned()));
        }
        let found = self.resolve(url).await?;
        Ok(EgressWay::Direct(self.connect(&self.judge(url, &found)?).await?))
    }

    /// The addresses of a host that may be connected to: of an allowed one all, else the public ones.
    fn judge(&self, url: &Url, found: &[SocketAddr]) -> Result<Vec<SocketAddr>, Refused> {
        if self.allowed.contains(url) { Ok(found.to_vec()) } else { public(found) }
    }

    async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>, Unreached> {
        let port = url.port_or_known_default().unwrap_or(443);
        let fixed = |addresses: &Vec<IpAddr>| addresses.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
        match url.host() {
            Some(Host::Ipv4(ip)) => Ok(vec![SocketAddr::new(ip.into(), port)]),
            Some(Host::Ipv6(ip)) => Ok(vec![SocketAddr::new(ip.into(), port)]),
            Some(Host::Domain(name)) => match self.addresses.get(name) {
                Some(addresses) => Ok(fixed(addresses)),
                None => Ok(timeout(self.connect, lookup_host((name, port)))
                    .await
                    .map_err(|_| Unreached::Slow(self.connect))??
                    .collect()),
            },
            None => Err(Unreached::NoAddress),
        }
    }

    /// The first of these addresses that answers.
    async fn connect(&self, found: &[SocketAddr]) -> Result<TcpStream, Unreached> {
        let mut last = Unreached::NoAddress;
        for address in found {
            match timeout(self.connect, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error.into(),
                Err(_) => last = Unreached::Slow(self.connect),
            }
        }
        Err(last)
    }
}
