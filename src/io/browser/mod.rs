//! Pages that scripts write: an order to a process of its own, which drives Chromium, and the page that comes back.
//!
//! Knows addresses and the protocol; never looks at what a page says. Whether a page is to be rendered is the caller's
//! to decide. The browser itself is met by [`serve`] alone, in that other process.

pub(crate) mod byte_budget;
pub(crate) mod chromium;
pub(crate) mod egress_policy;
pub(crate) mod page;
pub(crate) mod protocol;
pub(crate) mod proxy;
pub(crate) mod render_service;
pub(crate) mod requests;

use super::browser::protocol::{LineError, ORDER_MAX};
use crate::config::Proxies;
use noticewatch_core::capture::{Missed, Why};
use noticewatch_core::target::Target;
use rustix::process::{Pid, Signal, geteuid, kill_process_group};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

pub use protocol::RenderOrder;
pub use protocol::RenderReply;
pub use protocol::RenderedPage;
pub use protocol::VERSION;
pub use proxy::Proxy;
pub use proxy::Vain;
pub use render_service::serve;

/// What the other process may take beyond the page's own time: to start, and to end.
const GRACE: Duration = Duration::from_secs(30);

/// For how many tenths of a second a browser that was killed is cleaned up after.
const LAST_MOMENTS: usize = 40;

/// Why no page could be rendered, whatever the page.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// No browser is installed.
    #[error("the page needs a browser, and no Chromium is installed; on Debian: apt-get install chromium")]
    NoChromium,
    /// The browser that the settings name is not there.
    #[error("there is no {}; correct `program` under [browser] of noticewatch.toml", .0.display())]
    NoSuchProgram(PathBuf),
    /// The program that ties the browser's life to ours is missing.
    #[error("the browser needs setpriv to be started; on Debian: apt-get install util-linux")]
    NoSetpriv,
    /// The browser ended before it could be spoken to.
    #[error(
        "Chromium ended at once ({0}); under systemd it needs noticewatch-render.socket, and `socket` under [browser]"
    )]
    Ended(String),
    /// The browser did not come up.
    #[error("Chromium could not be spoken to within {} s", .0.as_secs().max(1))]
    Slow(Duration),
    /// The render service cannot be reached.
    #[error("the render service at {path}: {source}; try systemctl status noticewatch-render.socket")]
    Socket {
        /// Its socket.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The process that renders gave no answer.
    #[error("the render process gave no answer: {0}")]
    Answer(String),
    /// Who asked for the page has left.
    #[error("who asked for the page has left")]
    Left,
    /// The system refused.
    #[error("the browser cannot be started: {0}")]
    Io(#[from] std::io::Error),
}

impl From<LineError> for BrowserError {
    fn from(error: LineError) -> Self {
        Self::Answer(error.to_string())
    }
}

/// Which process renders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renderer {
    /// This program, called with the verb `render-service`, as a child.
    Child(PathBuf),
    /// A service that listens on this socket, such as systemd starts for each connection.
    Socket(PathBuf),
}

/// How to render.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// Which process renders.
    pub renderer: Renderer,
    /// The browser, where it is not to be looked for.
    pub program: Option<PathBuf>,
    /// What is added to the browser's own name.
    pub agent: String,
    /// `host:port` pairs that may be asked although their address is not public.
    pub allow: Vec<String>,
    /// Names with fixed addresses, as `/etc/hosts` would have them.
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// The operator's proxies.
    pub proxies: Proxies,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long a page may take.
    pub total: Duration,
    /// How many octets a page may have.
    pub cap: usize,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            renderer: Renderer::Child(PathBuf::from("/proc/self/exe")),
            program: None,
            agent: concat!("noticewatch/", env!("CARGO_PKG_VERSION")).to_owned(),
            allow: Vec::new(),
            addresses: BTreeMap::new(),
            proxies: Proxies::default(),
            connect: Duration::from_secs(10),
            total: Duration::from_mins(1),
            cap: 5_000_000,
        }
    }
}

/// Renders pages, one after the other: a browser takes some hundred megabytes.
#[derive(Debug)]
pub struct Browser {
    options: RenderOptions,
    turn: Mutex<()>,
    told: AtomicBool,
}

/// The right to render, one at a time.
#[derive(Debug)]
pub struct RenderTurn<'a>(#[expect(dead_code, reason = "held, never looked at")] MutexGuard<'a, ()>);

impl Browser {
    /// Renders by these options. Nothing is started before a page is asked for.
    #[must_use]
    pub fn new(options: RenderOptions) -> Self {
        Self { options, turn: Mutex::new(()), told: AtomicBool::new(false) }
    }

    /// Waits until no other page is being rendered.
    pub async fn turn(&self) -> RenderTurn<'_> {
        RenderTurn(self.turn.lock().await)
    }

    /// Renders the page of a target at this address, where its own answer came from.
    ///
    /// # Errors
    /// No page, and why: no browser, a crash, a stuck page, an address that is not fetched.
    pub async fn render(&self, _turn: &RenderTurn<'_>, target: &Target, url: &str) -> Result<RenderedPage, Missed> {
        let order = self.order(target, url);
        let patience = self.options.total + GRACE;
        let asked = timeout(patience, self.ask(&order)).await;
        let late = || Err(BrowserError::Answer(format!("nothing came within {} s", patience.as_secs())));
        let page = match asked.unwrap_or_else(|_| late()) {
            Ok(RenderReply::Page(page)) => page,
            Ok(RenderReply::Missed(missed)) => return Err(missed),
            Err(error) => {
                let (why, detail) = (Why::Browser, error.to_string());
                return Err(Missed { why, detail, status: None, retry_after_s: None });
            }
        };
        if let Some(why) = page.unconfined.as_ref().filter(|_| !self.told.swap(true, Ordering::Relaxed)) {
            tracing::warn!(why, "Chromium runs without its own sandbox, since this system does not let it have one");
        }
        for refused in &page.refused {
            tracing::info!(target = %target.id, refused, "the page asked for an address that is not fetched");
        }
        Ok(page)
    }

    fn order(&self, target: &Target, url: &str) -> RenderOrder {
        let options = &self.options;
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        RenderOrder {
            version: VERSION,
            url: url.to_owned(),
            agent: options.agent.clone(),
            languages: target.accept_language(),
            allow: options.allow.clone(),
            addresses: options.addresses.clone(),
            proxies: options.proxies.clone(),
            program: options.program.clone(),
            connect_ms: millis(options.connect),
            total_ms: millis(options.total),
            cap: options.cap,
        }
    }

    async fn ask(&self, order: &RenderOrder) -> Result<RenderReply, BrowserError> {
        // Dropped at the end, and with it the process and its browser.
        let (mut stream, _process) = match &self.options.renderer {
            Renderer::Child(program) => {
                let (stream, process) = child(program)?;
                (stream, Some(process))
            }
            Renderer::Socket(path) => {
                let stream = UnixStream::connect(path).await;
                (stream.map_err(|source| BrowserError::Socket { path: path.clone(), source })?, None)
            }
        };
        protocol::write(&mut stream, order).await?;
        // JSON may write one octet as six.
        let most = u64::try_from(order.cap).unwrap_or(u64::MAX).saturating_mul(6).saturating_add(ORDER_MAX);
        Ok(protocol::read(&mut BufReader::new(stream), most).await?)
    }
}

/// A child that renders, and the directory in which its browser keeps what it keeps.
struct Process {
    group: Option<Pid>,
    _child: Child,
    dir: Option<TempDir>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // The browser is in a group of its own and follows its parent.
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let Some(dir) = self.dir.take().map(TempDir::keep) else { return };
        // After an answer it is empty. Else a browser in its last moments may still write there, and even make it anew.
        if std::fs::remove_dir(&dir).is_err() {
            std::thread::spawn(move || {
                for _ in 0..LAST_MOMENTS {
                    let _ = std::fs::remove_dir_all(&dir);
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
        }
    }
}

/// Where its profile goes. As root it is started as another user, who must be able to get there.
fn temporary() -> PathBuf {
    let passable = |dir: &Path| {
        let open = |dir: &Path| std::fs::metadata(dir).is_ok_and(|about| about.permissions().mode() & 0o001 != 0);
        dir.ancestors().all(open)
    };
    let usual = std::env::temp_dir();
    if !geteuid().is_root() || passable(&usual) {
        return usual;
    }
    let mut others = ["/tmp", "/var/tmp"].into_iter().map(PathBuf::from);
    others.find(|dir| passable(dir)).unwrap_or(usual)
}

fn child(program: &PathBuf) -> Result<(UnixStream, Process), BrowserError> {
    let dir = tempfile::Builder::new().prefix("noticewatch-render-").tempdir_in(temporary())?;
    // The browser may be another user, and goes through here to its profile.
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o711))?;
    let (ours, theirs) = StdStream::pair()?;
    ours.set_nonblocking(true)?;
    let mut command = Command::new(program);
    command.arg("render-service").env("TMPDIR", dir.path()).stdin(Stdio::from(OwnedFd::from(theirs)));
    command.stdout(Stdio::null()).process_group(0).kill_on_drop(true);
    let spawned = command.spawn()?;
    let group = spawned.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    Ok((UnixStream::from_std(ours)?, Process { group, _child: spawned, dir: Some(dir) }))
}
