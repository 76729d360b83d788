//! The loopback proxy through which the browser goes: `CONNECT` and plain http, every host judged, octets counted.
//!
//! The browser resolves no name and connects nowhere else. Knows no page; what it refused it notes.

use super::byte_budget::{Budget, Metered};
use super::egress_policy::{EgressWay, Rules, Unreached};
use http_body_util::{Either, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1 as client;
use hyper::header::{CONNECTION, HOST, HeaderName, HeaderValue, PROXY_AUTHORIZATION, UPGRADE};
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

/// How many octets one page may load in all; an honest one takes a few million.
const BUDGET: usize = 64 << 20;

/// Headers that concern one connection only (RFC 9110, 7.6.1) and the way to us.
const HOP_BY_HOP: [HeaderName; 4] =
    [CONNECTION, UPGRADE, HeaderName::from_static("proxy-connection"), HeaderName::from_static("keep-alive")];

type ProxyBody = Either<Incoming, Full<Bytes>>;

/// Why a host was asked for in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vain {
    /// The rules forbid it; otherwise it could not be reached.
    pub forbidden: bool,
    /// The reason.
    pub why: String,
}

/// Hosts that were asked for in vain.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<BTreeMap<String, Vain>>>);

impl Notes {
    /// Notes the reason and gives the answer that the browser gets.
    fn vain(&self, url: &Url, status: StatusCode, why: String) -> Response<ProxyBody> {
        let answer = said(status, &why);
        let vain = Vain { forbidden: status == StatusCode::FORBIDDEN, why };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host_of(url), vain);
        answer
    }
}

/// The proxy; it ends with all its connections when dropped.
pub struct Proxy {
    address: SocketAddr,
    notes: Notes,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Opens a proxy on a free port of 127.0.0.1, by the rules of an order.
    ///
    /// # Errors
    /// No port is free, or the order's `allow` is not clear.
    pub async fn open(order: &super::protocol::RenderOrder) -> std::io::Result<Self> {
        let rules = Rules::of(order).map_err(|why| std::io::Error::other(why.to_string()))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, notes) = (listener.local_addr()?, Notes::default());
        let task = tokio::spawn(accept(listener, Arc::new(rules), notes.clone()));
        Ok(Self { address, notes, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The hosts that were refused so far, as sentences.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        let notes = self.notes.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = notes.iter().filter(|(_, vain)| vain.forbidden);
        refused.map(|(host, vain)| format!("{host}: {}", vain.why)).collect()
    }

    /// Why the host of this address was asked for in vain, if it was.
    #[must_use]
    pub fn vain(&self, url: &Url) -> Option<Vain> {
        self.notes.0.lock().unwrap_or_else(PoisonError::into_inner).get(&host_of(url)).cloned()
    }
}

async fn accept(listener: TcpListener, rules: Arc<Rules>, notes: Notes) {
    let mut connections = JoinSet::new();
    let budget = Budget::of(BUDGET);
    while let Ok((stream, _)) = listener.accept().await {
        let (rules, notes) = (Arc::clone(&rules), notes.clone());
        let stream = TokioIo::new(Metered::new(stream, budget.clone()));
        connections.spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&rules), notes.clone()));
            // An error is a connection that ended; the browser sees it as one.
            let _ = server::Builder::new().serve_connection(stream, service).with_upgrades().await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(
    request: Request<Incoming>,
    rules: Arc<Rules>,
    notes: Notes,
) -> Result<Response<ProxyBody>, Infallible> {
    let Some(url) = url_of(&request) else {
        return Ok(said(StatusCode::BAD_REQUEST, "only CONNECT and http addresses are taken"));
    };
    let way = match rules.reach(&url).await {
        Ok(way) => way,
        Err(why @ Unreached::Refused(_)) => return Ok(notes.vain(&url, StatusCode::FORBIDDEN, why.to_string())),
        Err(why) => return Ok(notes.vain(&url, StatusCode::BAD_GATEWAY, why.to_string())),
    };
    let connect = request.method() == Method::CONNECT;
    let answered = if connect { tunnel(request, way).await } else { forward(request, way).await };
    Ok(answered.unwrap_or_else(|error| notes.vain(&url, StatusCode::BAD_GATEWAY, error.to_string())))
}

/// The address that is asked for: that of the request, or of the host to connect to.
fn url_of(request: &Request<Incoming>) -> Option<Url> {
    if request.method() == Method::CONNECT {
        let authority = request.uri().authority()?;
        authority.port_u16()?;
        return Url::parse(&format!("https://{authority}/")).ok();
    }
    Url::parse(&request.uri().to_string()).ok().filter(|url| url.scheme() == "http")
}

fn host_of(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

fn said(status: StatusCode, text: &str) -> Response<ProxyBody> {
    let mut response = Response::new(Either::Right(Full::new(Bytes::from(format!("{text}\n")))));
    *response.status_mut() = status;
    response
}

/// Answers a `CONNECT`, and then carries octets to and fro.
async fn tunnel(request: Request<Incoming>, way: EgressWay) -> hyper::Result<Response<ProxyBody>> {
    match way {
        EgressWay::Direct(server) => Ok(carry(request, server)),
        EgressWay::Through(stream, login) => {
            let (mut sender, connection) = client::handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection.with_upgrades());
            let mut onward = Request::new(Empty::<Bytes>::new());
            *onward.method_mut() = Method::CONNECT;
            *onward.uri_mut() = request.uri().clone();
            set(&mut onward, &HOST, request.uri().authority().map(hyper::http::uri::Authority::as_str));
            onward.headers_mut().extend(login.map(|login| (PROXY_AUTHORIZATION, login)));
            let response = sender.send_request(onward).await?;
            if response.status() != StatusCode::OK {
                return Ok(said(StatusCode::BAD_GATEWAY, "the operator's proxy does not lead there"));
            }
            Ok(carry(request, TokioIo::new(hyper::upgrade::on(response).await?)))
        }
    }
}

fn carry(
    request: Request<Incoming>,
    mut server: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Response<ProxyBody> {
    tokio::spawn(async move {
        if let Ok(browser) = hyper::upgrade::on(request).await {
            // Either side may leave at any time.
            let _ = copy_bidirectional(&mut TokioIo::new(browser), &mut server).await;
        }
    });
    Response::new(Either::Right(Full::default()))
}

/// Passes on a plain request and its answer.
async fn forward(mut request: Request<Incoming>, way: EgressWay) -> hyper::Result<Response<ProxyBody>> {
    for name in HOP_BY_HOP {
        request.headers_mut().remove(name);
    }
    let authority = request.uri().authority().map(ToString::to_string);
    set(&mut request, &HOST, authority.as_deref());
    let stream = match way {
        EgressWay::Direct(stream) => {
            let path = request.uri().path_and_query().map_or("/", hyper::http::uri::PathAndQuery::as_str);
            *request.uri_mut() = path.parse::<Uri>().unwrap_or_default();
            stream
        }
        EgressWay::Through(stream, login) => {
            request.headers_mut().extend(login.map(|login| (PROXY_AUTHORIZATION, login)));
            stream
        }
    };
    let (mut sender, connection) = client::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut response = sender.send_request(request).await?;
    for name in HOP_BY_HOP {
        response.headers_mut().remove(name);
    }
    Ok(response.map(Either::Left))
}

fn set<B>(request: &mut Request<B>, name: &HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        request.headers_mut().insert(name, value);
    }
}
