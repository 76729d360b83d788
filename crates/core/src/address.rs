//! Which addresses may be fetched: rules against private networks, for literals in every spelling and for names.
//!
//! Pure: it judges addresses that others resolved, and resolves none. What the operator allowed by `host:port` passes;
//! nothing else makes an exception (docs/FACTS.md 3.9).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::collections::BTreeSet;
use std::fmt;
use url::{Host, Url};

/// Why an address is not fetched, as a sentence for the operator that does not repeat the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    fn because(reason: impl Into<String>) -> Result<(), Self> {
        Err(Self(reason.into()))
    }

    fn network(what: &str) -> Self {
        Self(format!("the address is {what}; only an operator can allow it, by host:port"))
    }
}

/// The `host:port` pairs that the operator allowed by name although the rules would refuse them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(BTreeSet<(String, u16)>);

impl Allowed {
    /// The set for items such as `127.0.0.1:8080`, `[::1]:8080` or `wiki.example:443`.
    ///
    /// # Errors
    /// The first item that is not a host and a port, as a sentence that names it.
    pub fn parse<'a>(items: impl IntoIterator<Item = &'a str>) -> Result<Self, Refused> {
        items.into_iter().map(pair).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the host and port of this address are among them.
    #[must_use]
    pub fn contains(&self, url: &Url) -> bool {
        let port = url.port_or_known_default();
        host_and_port(url, port).is_some_and(|pair| self.0.contains(&pair))
    }
}

fn pair(item: &str) -> Result<(String, u16), Refused> {
    let unclear = || Refused(format!("`{item}` is not a host and a port; write it like `127.0.0.1:8080`"));
    let port: u16 = item.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).ok_or_else(unclear)?;
    let url = Url::parse(&format!("http://{item}/")).map_err(|_| unclear())?;
    let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/" && url.query().is_none();
    host_and_port(&url, Some(port)).filter(|_| bare).ok_or_else(unclear)
}

fn host_and_port(url: &Url, port: Option<u16>) -> Option<(String, u16)> {
    Some((url.host_str()?.trim_end_matches('.').to_lowercase(), port?))
}

/// Judges an address before it is asked: scheme, user name, host name or literal.
///
/// A name may still resolve to a forbidden address: every resolved one goes through [`check_ip`].
///
/// # Errors
/// The rule that refuses it.
///
/// # Examples
/// ```
/// use noticewatch_core::address::{Allowed, check_url};
/// let judge = |url: &str| check_url(&url.parse().unwrap(), &Allowed::default());
/// assert!(judge("https://example.com/privacy").is_ok());
/// assert!(judge("https://2130706433/").is_err(), "another spelling of 127.0.0.1");
/// assert!(judge("file:///etc/passwd").is_err());
/// ```
pub fn check_url(url: &Url, allowed: &Allowed) -> Result<(), Refused> {
    if !matches!(url.scheme(), "https" | "http") {
        return Refused::because(format!("`{}:` addresses are not fetched, only https and http", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Refused::because("the address carries a user name or a password");
    }
    if allowed.contains(url) {
        return Ok(());
    }
    match url.host() {
        Some(Host::Ipv4(address)) => check_ip(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => check_ip(IpAddr::V6(address)),
        Some(Host::Domain(name)) => check_name(name),
        None => Refused::because("the address has no host"),
    }
}

/// Judges where a redirect leads: all of [`check_url`], and never from https to http.
///
/// # Errors
/// The rule that refuses it.
pub fn check_redirect(from: &Url, to: &Url, allowed: &Allowed) -> Result<(), Refused> {
    if from.scheme() == "https" && to.scheme() == "http" {
        return Refused::because("the redirect leads from https to http");
    }
    check_url(to, allowed)
}

/// Names that never lead to the public network: RFC 6761 (localhost), RFC 6762 (local), RFC 8375 (home.arpa), ICANN's
/// reserved `internal`, and names without a dot, which a search domain completes.
fn check_name(name: &str) -> Result<(), Refused> {
    let name = name.trim_end_matches('.').to_lowercase();
    let local = ["localhost", "local", "internal", "home.arpa"]
        .iter()
        .any(|suffix| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    if local || !name.contains('.') {
        return Err(Refused::network("a name of a local network"));
    }
    Ok(())
}

/// Judges an IP address: only addresses of the public network pass.
///
/// # Errors
/// The network it belongs to.
///
/// # Examples
/// ```
/// use noticewatch_core::address::check_ip;
/// assert!(check_ip("93.184.215.14".parse().unwrap()).is_ok());
/// assert!(check_ip("169.254.169.254".parse().unwrap()).is_err(), "cloud metadata");
/// assert!(check_ip("64:ff9b::10.0.0.1".parse().unwrap()).is_err(), "a private address inside NAT64");
/// ```
pub fn check_ip(address: IpAddr) -> Result<(), Refused> {
    let what = match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    };
    what.map_or(Ok(()), |what| Err(Refused::network(what)))
}

/// Whether an address names this machine itself, by name or by literal.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The public ones among the addresses that a name resolved to; only these may be connected to.
///
/// # Errors
/// The network of the last one, where there are others only.
pub fn public(found: &[SocketAddr]) -> Result<Vec<SocketAddr>, Refused> {
    let mut refused = None;
    let judge = |address: &&SocketAddr| check_ip(address.ip()).map_err(|why| refused = Some(why)).is_ok();
    let passed: Vec<SocketAddr> = found.iter().filter(judge).copied().collect();
    refused.filter(|_| passed.is_empty()).map_or(Ok(passed), Err)
}

/// IANA's special-purpose IPv4 blocks that are not public, and one public address that clouds serve metadata from.
const V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::UNSPECIFIED, 8, "of this host (0.0.0.0/8)"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "in a private network (10.0.0.0/8)"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "in a provider's network (100.64.0.0/10)"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address (127.0.0.0/8)"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "a cloud's metadata service"),
    (Ipv4Addr::new(169, 254, 169, 254), 32, "a cloud's metadata service"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address (169.254.0.0/16)"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "in a private network (172.16.0.0/12)"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "reserved (192.0.0.0/24)"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "reserved for documentation (192.0.2.0/24)"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "reserved (192.88.99.0/24)"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "in a private network (192.168.0.0/16)"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "reserved for benchmarks (198.18.0.0/15)"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "reserved for documentation (198.51.100.0/24)"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "reserved for documentation (203.0.113.0/24)"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address (224.0.0.0/4)"),
    (Ipv4Addr::BROADCAST, 32, "the broadcast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved (240.0.0.0/4)"),
];

fn v4(address: Ipv4Addr) -> Option<&'static str> {
    let inside = |net: Ipv4Addr, length: u32| (u32::from(address) ^ u32::from(net)) >> (32 - length) == 0;
    V4.iter().find(|(net, length, _)| inside(*net, *length)).map(|(_, _, what)| *what)
}

/// IANA's special-purpose IPv6 blocks inside `2000::/3` that are not public; outside it nothing is.
const V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "of this host (::)"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address (::1)"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "in a private network (fc00::/7)"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address (fe80::/10)"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "in a private network (fec0::/10)"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address (ff00::/8)"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "reserved (2001::/23)"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "reserved for documentation (2001:db8::/32)"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "reserved for documentation (3fff::/20)"),
];

fn v6(address: Ipv6Addr) -> Option<&'static str> {
    let inside = |net: Ipv6Addr, length: u32| (u128::from(address) ^ u128::from(net)) >> (128 - length) == 0;
    let listed = V6.iter().find(|(net, length, _)| inside(*net, *length)).map(|(_, _, what)| *what);
    let unicast = || inside(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
    match embedded(address) {
        Some(inner) => v4(inner),
        None => listed.or_else(|| (!unicast()).then_some("reserved (outside 2000::/3)")),
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056). Teredo
/// (RFC 4380) hides one too, but lies in `2001::/23`, of which nothing is fetched.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(join(high, low))
        }
        _ => None,
    }
}
