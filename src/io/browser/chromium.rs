//! The browser's process: found, started with as little as it needs, and ended with all that it started.
//!
//! Knows no page. `setpriv` (util-linux) ties its life to ours and takes root from it, so that its own sandbox works.

use super::BrowserError;
use super::protocol::RenderOrder;
use rustix::process::{Pid, Signal, geteuid, kill_process_group};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

/// Names under which Chromium is installed, Debian's first.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/// How long it may take until it can be spoken to.
const START: Duration = Duration::from_secs(20);
/// The user without rights that every system has.
const NOBODY: u32 = 65_534;

/// What it is started with. Its own services, its crash reports and all that talks past the proxy are off; pictures are
/// not loaded, since only text is read.
const ARGUMENTS: [&str; 34] = [
    "--headless",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-features=AutofillServerCommunication,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,MediaRouter,OptimizationHints,Translate",
    "--disable-field-trial-config",
    "--disable-gpu",
    "--disable-notifications",
    "--disable-quic",
    "--disable-speech-api",
    "--disable-sync",
    "--deny-permission-prompts",
    "--block-new-web-contents",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-pings",
    "--password-store=basic",
    "--blink-settings=imagesEnabled=false",
    "--js-flags=--max-old-space-size=512",
    "--window-size=1280,4096",
    // Names are for the proxy to resolve: nothing else resolves, and loopback is no exception from the proxy.
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];

/// A running browser with a fresh profile.
pub(super) struct Chromium {
    child: Child,
    group: Option<Pid>,
    profile: Option<TempDir>,
    /// The address at which it can be spoken to.
    pub(super) endpoint: String,
    /// Why its own sandbox is off.
    pub(super) unconfined: Option<String>,
}

/// As whom, and how confined, it is started.
#[derive(Clone, Copy)]
struct Attempt {
    nobody: bool,
    sandbox: bool,
}

impl Chromium {
    /// Starts it: as nobody where we are root, with its sandbox where the system lets it.
    pub(super) async fn start(order: &RenderOrder, proxy: SocketAddr) -> Result<Self, BrowserError> {
        let program = match &order.program {
            Some(program) if program.is_file() => program.clone(),
            Some(program) => return Err(BrowserError::NoSuchProgram(program.clone())),
            None => NAMES.into_iter().find_map(on_path).ok_or(BrowserError::NoChromium)?,
        };
        let setpriv = on_path("setpriv").ok_or(BrowserError::NoSetpriv)?;
        let mut why = None;
        for attempt in attempts(geteuid().is_root()) {
            match launch(&setpriv, &program, order, proxy, attempt).await {
                Ok(mut started) => {
                    started.unconfined = why.filter(|_| !attempt.sandbox);
                    return Ok(started);
                }
                Err(BrowserError::Ended(said)) if is_of_the_sandbox(&said) => why = Some(said),
                Err(error) => return Err(error),
            }
        }
        Err(BrowserError::Ended(why.unwrap_or_default()))
    }

    /// Ends it and all that it started, and removes its profile.
    pub(super) async fn end(mut self) {
        self.kill();
        let _ = timeout(Duration::from_secs(5), self.child.wait()).await;
        if let Some(profile) = self.profile.take() {
            // Its last processes may still write for a moment.
            for _ in 0..20 {
                if std::fs::remove_dir_all(profile.path()).is_ok() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    fn kill(&mut self) {
        if let Some(group) = self.group.take() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.start_kill();
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.kill();
    }
}

fn attempts(root: bool) -> Vec<Attempt> {
    let own = |sandbox| Attempt { nobody: false, sandbox };
    let nobody = |sandbox| Attempt { nobody: true, sandbox };
    // As root Chromium has no sandbox at all, so that comes last.
    if root { vec![nobody(true), nobody(false), own(false)] } else { vec![own(true), own(false)] }
}

/// Whether the end was the sandbox's doing, or that of our taking root away, so that less of either is worth a try.
fn is_of_the_sandbox(said: &str) -> bool {
    let said = said.to_lowercase();
    ["sandbox", "zygote", "namespace", "setpriv", "permission denied"].iter().any(|word| said.contains(word))
}

async fn launch(
    setpriv: &Path,
    program: &Path,
    order: &RenderOrder,
    proxy: SocketAddr,
    attempt: Attempt,
) -> Result<Chromium, BrowserError> {
    let profile = tempfile::Builder::new().prefix("noticewatch-browser-").tempdir()?;
    if attempt.nobody {
        chown(profile.path(), Some(NOBODY), Some(NOBODY))?;
    }
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL"]);
    if attempt.nobody {
        let id = NOBODY.to_string();
        command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]);
    }
    command.arg("--").arg(program).args(ARGUMENTS);
    if !attempt.sandbox {
        command.arg("--no-sandbox");
    }
    command.arg(format!("--proxy-server=http://{proxy}"));
    command.arg(format!("--accept-lang={}", order.bare_languages()));
    let mut data = OsString::from("--user-data-dir=");
    data.push(profile.path().join("data"));
    command.arg(data).arg("about:blank");
    // Nothing of our environment is the page's business: no credential, no proxy, no home.
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC");
    for name in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
        command.env(name, profile.path());
    }
    command.current_dir(profile.path()).process_group(0).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let stderr = child.stderr.take();
    let (endpoint, unconfined) = (String::new(), None);
    let mut started = Chromium { child, group, profile: Some(profile), endpoint, unconfined };
    let Some(stderr) = stderr else { return Err(BrowserError::Ended(String::new())) };
    match timeout(START, endpoint_of(stderr)).await {
        Ok(Ok(endpoint)) => {
            started.endpoint = endpoint;
            Ok(started)
        }
        Ok(Err(said)) => {
            started.end().await;
            Err(BrowserError::Ended(said))
        }
        Err(_) => {
            started.end().await;
            Err(BrowserError::Slow(START))
        }
    }
}

/// Waits for the line that says where it can be spoken to; else what it said before it ended.
async fn endpoint_of(stderr: ChildStderr) -> Result<String, String> {
    let mut lines = BufReader::new(stderr).lines();
    let mut telling = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(endpoint) = line.strip_prefix("DevTools listening on ") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(endpoint.trim().to_owned());
        }
        if telling.is_empty()
            || ["FATAL", "setpriv", "andbox", "Permission denied"].iter().any(|word| line.contains(word))
        {
            telling = line;
        }
    }
    Err(telling.chars().filter(|c| !c.is_control()).take(300).collect())
}

/// A program of that name on the path.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|program| program.is_file())
}
