//! An HTTP server in this process that misbehaves on purpose: an answer per path, changed at any time, raw octets where
//! needed; it counts and logs what it is asked. It serves one request a connection and then closes it.
//!
//! ```
//! let server = FaultServer::start().await;
//! server.set("/privacy", Answer::page("<p>We will notify you.</p>"));
//! server.script("/terms", [Answer::silent(), Answer::status("503 Busy"), Answer::page("<p>Terms</p>")]);
//! // fetch server.url("/privacy"), with server.authority() among the allowed
//! assert_eq!(server.count("/privacy"), 1);
//! ```

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// What the server does on a connection, in turn; after the last step it closes.
#[derive(Clone)]
pub enum Step {
    /// Sends these octets.
    Send(Vec<u8>),
    /// Sends these octets one by one, so long apart, and over again for ever.
    Drip(Vec<u8>, Duration),
    /// Waits until as many requests as the barrier counts have come here.
    Meet(Arc<Barrier>),
    /// Says nothing until the client leaves.
    Silence,
    /// Resets the connection.
    Reset,
}

/// One answer.
#[derive(Clone, Default)]
pub struct Answer {
    head: String,
    body: Vec<u8>,
    before: Vec<Step>,
    steps: Vec<Step>,
    etag: Option<String>,
    cookie: Option<String>,
}

impl Answer {
    /// 200 with a page of HTML.
    pub fn page(html: impl Into<Vec<u8>>) -> Self {
        Self::status("200 OK").header("Content-Type: text/html; charset=utf-8").body(html)
    }

    /// That status line, without headers and body.
    pub fn status(status: &str) -> Self {
        Self { head: format!("HTTP/1.1 {status}\r\n"), ..Self::default() }
    }

    /// A redirect.
    pub fn redirect(location: &str) -> Self {
        Self::status("302 Found").header(&format!("Location: {location}"))
    }

    /// These octets and nothing else: a head must be among them.
    pub fn raw(octets: impl Into<Vec<u8>>) -> Self {
        Self::default().then(Step::Send(octets.into()))
    }

    /// No octet at all, until the client leaves.
    pub fn silent() -> Self {
        Self::default().then(Step::Silence)
    }

    /// With this header line too.
    pub fn header(mut self, line: &str) -> Self {
        let _ = write!(self.head, "{line}\r\n");
        self
    }

    /// With this body; its length is sent unless a header given before says otherwise.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// With this `ETag`, and 304 to a request that names it.
    pub fn etag(mut self, etag: &str) -> Self {
        self.etag = Some(etag.to_owned());
        self
    }

    /// To those who show this cookie; others are given it and sent here again.
    pub fn cookie(mut self, cookie: &str) -> Self {
        self.cookie = Some(cookie.to_owned());
        self
    }

    /// And then, after head and body, this.
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// And before all else, this.
    pub fn first(mut self, step: Step) -> Self {
        self.before.push(step);
        self
    }

    fn octets(&self, asked: Option<&Asked>) -> Vec<u8> {
        if self.head.is_empty() {
            return Vec::new();
        }
        if let (Some(cookie), Some(asked)) = (&self.cookie, asked)
            && !asked.header("cookie").is_some_and(|shown| shown.contains(cookie.as_str()))
        {
            let to = &asked.path;
            return format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nSet-Cookie: {cookie}; Path=/\r\n\r\n")
                .into_bytes();
        }
        let mut head = self.head.clone();
        if let Some(etag) = &self.etag {
            let _ = write!(head, "ETag: {etag}\r\n");
            if asked.and_then(|asked| asked.header("if-none-match")).as_ref() == Some(etag) {
                return format!("HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n").into_bytes();
            }
        }
        let framed = ["content-length:", "transfer-encoding:"].iter().any(|name| head.to_lowercase().contains(name));
        if !framed {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// One request as it came.
#[derive(Clone)]
pub struct Asked {
    /// Its path with the query.
    pub path: String,
    /// Its body, where it has one.
    pub body: Vec<u8>,
    head: String,
}

impl Asked {
    /// The value of a request header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

#[derive(Default)]
struct Shared {
    answers: HashMap<String, Vec<Answer>>,
    log: Vec<Asked>,
    now: usize,
    most: usize,
}

/// The server; it ends when dropped.
pub struct FaultServer {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FaultServer {
    /// Serves http on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        Self::open("http", None).await
    }

    /// Serves https there, with this certificate.
    pub async fn start_tls(config: rustls::ServerConfig) -> Self {
        Self::open("https", Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn open(scheme: &'static str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let task = tokio::spawn(accept(listener, tls, Arc::clone(&shared)));
        Self { address, scheme, shared, task }
    }

    /// `127.0.0.1:PORT`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// From now on, this path is answered so. Paths without an answer get 404.
    pub fn set(&self, path: &str, answer: Answer) {
        self.script(path, [answer]);
    }

    /// From now on, this path is answered so, one answer a request; the last one stays.
    pub fn script(&self, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let mut answers: Vec<Answer> = answers.into_iter().collect();
        answers.reverse();
        self.shared.lock().expect("shared").answers.insert(path.to_owned(), answers);
    }

    /// All requests so far, in the order in which they came.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.lock().expect("shared").log.clone()
    }

    /// How often a path was asked.
    pub fn count(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }

    /// The most requests that were open at the same time.
    pub fn most_at_once(&self) -> usize {
        self.shared.lock().expect("shared").most
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Mutex<Shared>>) {
    // Connections end with the server, which holds this set.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            match tls {
                None => serve(stream, &shared).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, &shared).await;
                    }
                }
            }
        });
    }
}

async fn serve(mut stream: impl Wire, shared: &Mutex<Shared>) {
    let Some(asked) = head(&mut stream).await else { return };
    let answer = {
        let mut shared = shared.lock().expect("shared");
        shared.log.push(asked.clone());
        shared.now += 1;
        shared.most = shared.most.max(shared.now);
        match shared.answers.get_mut(&asked.path) {
            Some(answers) if answers.len() > 1 => answers.pop().expect("an answer"),
            Some(answers) => answers.first().cloned().unwrap_or_default(),
            None => Answer::status("404 Not Found"),
        }
    };
    let opening = Step::Send(answer.octets(Some(&asked)));
    let mut done = Ok(());
    for step in answer.before.into_iter().chain([opening]).chain(answer.steps) {
        if done.is_ok() {
            done = act(step, &mut stream).await;
        }
    }
    // Counted before the close, so that a client never sees an end that is not counted yet.
    shared.lock().expect("shared").now -= 1;
    if done.is_ok() {
        let _ = stream.shutdown().await;
    }
}

/// A request; None where the client left before its end.
async fn head(stream: &mut impl Wire) -> Option<Asked> {
    let mut octets = Vec::new();
    while !octets.ends_with(b"\r\n\r\n") {
        octets.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&octets).into_owned();
    let path = head.split(' ').nth(1)?.to_owned();
    let mut asked = Asked { path, head, body: Vec::new() };
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    asked.body.resize(length, 0);
    stream.read_exact(&mut asked.body).await.ok()?;
    Some(asked)
}

async fn act(step: Step, stream: &mut impl Wire) -> std::io::Result<()> {
    match step {
        Step::Send(octets) => stream.write_all(&octets).await?,
        Step::Drip(octets, apart) => loop {
            for octet in &octets {
                stream.write_all(&[*octet]).await?;
                stream.flush().await?;
                tokio::time::sleep(apart).await;
            }
        },
        Step::Meet(barrier) => {
            barrier.wait().await;
        }
        Step::Silence => {
            stream.read_u8().await?;
        }
        Step::Reset => {
            stream.flush().await?;
            stream.tcp().set_zero_linger()?;
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
    }
    stream.flush().await
}
