//! The real browser against pages that misbehave: `scripts/render-browser` runs it with the program as argument.
//!
//! Each case is one page, rendered as the daemon renders it. It needs Chromium, and nothing beyond loopback.

use noticewatch::io::browser::{Browser, RenderOptions, RenderedPage, Renderer};
use noticewatch_core::capture::{Missed, Why};
use noticewatch_core::target::Target;
#[path = "../../../tests/it/fault_server.rs"]
#[expect(dead_code, reason = "the server of the tests can do more than is needed here")]
mod fault_server;

use fault_server::{Answer, FaultServer, Step};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// More words than a shell has.
const FILL: &str = "We publish how many demands came in each half of the year, how many of them we refused, and why. ";

/// A site, another one that no page may reach, and the program.
struct World {
    site: FaultServer,
    other: FaultServer,
    program: PathBuf,
    /// What lay in the directory for temporary files before.
    before: Vec<String>,
    failed: usize,
    passed: usize,
}

type Rendered = Result<RenderedPage, Missed>;

impl World {
    async fn render(&self, path: &str, total_s: u64) -> Rendered {
        self.render_url(&self.site.url(path), total_s).await
    }

    async fn render_url(&self, url: &str, total_s: u64) -> Rendered {
        let at = |ip: &str| vec![ip.parse().expect("an address")];
        let addresses = BTreeMap::from([
            ("pages.example".to_owned(), at("127.0.0.1")),
            ("rebound.example".to_owned(), at("127.0.0.1")),
        ]);
        let allow = vec![self.site.authority(), format!("pages.example:{}", self.site.port())];
        let renderer = Renderer::Child(self.program.clone());
        let total = Duration::from_secs(total_s);
        let agent = "noticewatch/0 (+mailto:watch@example.org)".to_owned();
        let browser =
            Browser::new(RenderOptions { renderer, allow, addresses, total, agent, ..RenderOptions::default() });
        let turn = browser.turn().await;
        browser.render(&turn, &Target::default(), url).await
    }

    fn page(&self, path: &str, body: &str) {
        self.site.set(path, Answer::page(format!("<!DOCTYPE html><html><body>{body}</body></html>")));
    }

    /// Renders a page and says whether it came out as it should.
    async fn case(&mut self, name: &str, body: &str, total_s: u64, holds: impl Fn(&Self, &Rendered) -> bool) {
        let path = format!("/{}", name.replace(' ', "-"));
        self.page(&path, body);
        let begun = Instant::now();
        let rendered = self.render(&path, total_s).await;
        let held = holds(self, &rendered);
        self.say(name, held, begun, &rendered);
    }

    fn say(&mut self, name: &str, held: bool, begun: Instant, rendered: &Rendered) {
        let (word, seconds) = (if held { "ok" } else { "FAILED" }, begun.elapsed().as_secs_f32());
        noticewatch::say!("{word:<6} {seconds:5.1} s  {name}");
        if held {
            self.passed += 1;
        } else {
            self.failed += 1;
            let shown: String = format!("{rendered:?}").chars().take(600).collect();
            noticewatch::say!("       {shown}\n       asked elsewhere: {}", self.other.asked().len());
        }
    }
}

fn html(rendered: &Rendered) -> &str {
    rendered.as_ref().map_or("", |page| page.html.as_str())
}

fn why(rendered: &Rendered) -> Option<Why> {
    rendered.as_ref().err().map(|missed| missed.why)
}

fn main() -> std::process::ExitCode {
    noticewatch::io::say::ended(exercise())
}

#[tokio::main]
async fn exercise() -> std::process::ExitCode {
    let Some(program) = std::env::args().nth(1).map(PathBuf::from) else {
        noticewatch::complain!("usage: browser PROGRAM   (scripts/render-browser calls it)");
        return std::process::ExitCode::from(64);
    };
    let (site, other) = (FaultServer::start().await, FaultServer::start().await);
    other.set("/secret", Answer::page("the secret of the private network").header("Access-Control-Allow-Origin: *"));
    let mut world = World { site, other, program, before: left(), failed: 0, passed: 0 };
    fills_itself(&mut world).await;
    never_rests(&mut world).await;
    misbehaves(&mut world).await;
    reaches_out(&mut world).await;
    leads_away(&mut world).await;
    keeps_nothing(&mut world).await;
    is_refused(&mut world).await;
    ends_surely(&mut world).await;
    noticewatch::say!("{} passed, {} failed", world.passed, world.failed);
    std::process::ExitCode::from(u8::from(world.failed > 0))
}

async fn fills_itself(world: &mut World) {
    let text = FILL.repeat(6);
    world.site.set(
        "/text.json",
        Answer::status("200 OK").header("Content-Type: application/json").body(format!("\"late {text}\"")),
    );
    let late = "<p id=p>Loading</p><script>setTimeout(async () => { const r = await fetch('/text.json'); \
                document.getElementById('p').textContent = await r.json(); }, 2500);</script>";
    world
        .case("a page fills itself late", late, 40, |_, got| {
            html(got).contains("<p id=\"p\">late We publish") && got.as_ref().is_ok_and(|page| page.settled)
        })
        .await;
    let sandbox = world.render("/a-page-fills-itself-late", 40).await;
    let unconfined = sandbox.as_ref().ok().and_then(|page| page.unconfined.clone());
    noticewatch::say!("       Chromium's own sandbox: {}", unconfined.unwrap_or_else(|| "on".to_owned()));
    let shadow = format!(
        "<x-policy><span slot=s>slotted words</span></x-policy><script>customElements.define('x-policy', class extends HTMLElement {{ \
         constructor() {{ super(); this.attachShadow({{mode: 'open'}}).innerHTML = '<p>in the shadow {text} <slot name=s></slot></p>'; }} }});</script>"
    );
    world
        .case("text in a shadow tree is taken", &shadow, 40, |_, got| {
            html(got).contains("<p>in the shadow We publish")
                && html(got).contains("<span slot=\"s\">slotted words</span></p>")
        })
        .await;
}

async fn never_rests(world: &mut World) {
    let clock = format!(
        "<p>{}</p><p id=c></p><script>setInterval(() => {{ c.textContent = Date.now(); }}, 50);</script>",
        FILL.repeat(6)
    );
    world.case("a clock that ticks is rest", &clock, 40, |_, got| got.as_ref().is_ok_and(|page| page.settled)).await;
    let words = format!(
        "<p>{}</p><p id=w></p><script>setInterval(() => {{ w.textContent = Math.random().toString(36).replace(/\\d/g, 'x'); }}, 50);</script>",
        FILL.repeat(6)
    );
    world
        .case("a page that never rests is taken at the end and marked", &words, 12, |_, got| {
            html(got).contains("We publish") && got.as_ref().is_ok_and(|page| !page.settled)
        })
        .await;
    world.site.set("/hanging", Answer::silent());
    let polls = format!("<p>{}</p><script>fetch('/hanging')</script>", FILL.repeat(6));
    world
        .case("a request that never ends holds nothing up", &polls, 40, |_, got| {
            got.as_ref().is_ok_and(|page| page.settled)
        })
        .await;
}

async fn misbehaves(world: &mut World) {
    world
        .case("a page that hangs is given up", "<script>while (true) {}</script>", 8, |_, got| {
            why(got) == Some(Why::Timeout)
        })
        .await;
    let crash = "<script>const kept = []; while (true) kept.push(new Array(1e6).fill(kept.length));</script>";
    world
        .case("a page that eats all memory is given up", crash, 40, |_, got| {
            matches!(why(got), Some(Why::Broken | Why::Timeout))
        })
        .await;
    let alerts =
        format!("<script>alert('one'); confirm('two'); prompt('three');</script><p>after {}</p>", FILL.repeat(6));
    world.case("dialogs are dismissed", &alerts, 40, |_, got| html(got).contains("<p>after We publish")).await;
    let forever = "<script>while (true) alert('again');</script>";
    world.case("dialogs without end are given up", forever, 8, |_, got| why(got) == Some(Why::Timeout)).await;
    let huge = "<script>const p = document.createElement('p'); p.textContent = 'word '.repeat(200); \
                for (let i = 0; i < 9000; i += 1) document.body.append(p.cloneNode(true));</script>";
    world.case("a huge page is refused", huge, 40, |_, got| why(got) == Some(Why::TooLarge)).await;
    let popup = format!("<script>window.open('/popped'); window.open('about:blank')</script><p>{}</p>", FILL.repeat(6));
    world.case("no window is opened", &popup, 40, |world, got| got.is_ok() && world.site.count("/popped") == 0).await;
    let rtc = format!("<p id=p></p><script>p.textContent = typeof RTCPeerConnection + ' {}';</script>", FILL.repeat(6));
    world.case("there is no WebRTC", &rtc, 40, |_, got| html(got).contains("<p id=\"p\">undefined We")).await;
}

async fn reaches_out(world: &mut World) {
    let (port, site) = (world.other.port(), world.site.port());
    let tries = [
        format!("fetch('http://127.0.0.1:{port}/secret').then(r => r.text())"),
        format!("fetch('http://localhost:{port}/secret').then(r => r.text())"),
        format!("fetch('http://[::ffff:127.0.0.1]:{port}/secret').then(r => r.text())"),
        format!(
            "fetch('http://rebound.example:{port}/secret', {{mode: 'no-cors'}}).then(r => r.type === 'opaque' ? Promise.reject(0) : r.text())"
        ),
        "fetch('http://169.254.169.254/latest/meta-data/').then(r => r.text())".to_owned(),
        format!(
            "new Promise((ok, no) => {{ const s = new WebSocket('ws://127.0.0.1:{port}/secret'); s.onopen = () => ok('open'); s.onerror = no; }})"
        ),
        format!(
            "new Promise((ok, no) => {{ const s = new WebSocket('ws://rebound.example:{port}/secret'); s.onopen = () => ok('open'); s.onerror = no; }})"
        ),
        format!(
            "new Promise((ok, no) => {{ const i = new Image(); i.onload = () => ok('image'); i.onerror = no; i.src = 'http://127.0.0.1:{port}/secret'; setTimeout(no, 1000); }})"
        ),
        format!(
            "new Promise((ok, no) => {{ const f = document.createElement('iframe'); f.src = 'http://127.0.0.1:{port}/secret'; f.onload = no; document.body.append(f); }})"
        ),
        format!("navigator.sendBeacon('http://127.0.0.1:{port}/secret') && Promise.reject(0)"),
    ];
    let body = format!(
        "<p>{}</p><ol id=o></ol><script>[{}].forEach(p => Promise.resolve(p).then(t => 'got ' + t, () => 'refused').then(t => {{ \
         const li = document.createElement('li'); li.textContent = t; o.append(li); }}));</script>",
        FILL.repeat(6),
        tries.join(", ")
    );
    let count = tries.len();
    world
        .case("no script reaches a private address by name literal or socket", &body, 40, |world, got| {
            let refused = html(got).matches("<li>refused</li>").count();
            let noted = got.as_ref().is_ok_and(|page| page.refused.iter().any(|line| line.contains("rebound.example")));
            let text = html(got).split("<script>").next().unwrap_or_default();
            refused == count && noted && !text.contains("got") && world.other.asked().is_empty()
        })
        .await;
    let begun = Instant::now();
    world.page("/by-name", &format!("<p>by name {}</p>", FILL.repeat(6)));
    let got = world.render_url(&format!("http://pages.example:{site}/by-name"), 40).await;
    let held = html(&got).contains("by name") && got.as_ref().is_ok_and(|page| page.refused.is_empty());
    world.say("an allowed name is reached through the proxy and the browser talks to nobody else", held, begun, &got);
}

async fn leads_away(world: &mut World) {
    let port = world.other.port();
    for (name, body) in [
        (
            "a script cannot lead to a private address",
            format!("<script>location = 'http://127.0.0.1:{port}/secret'</script>"),
        ),
        ("nor a rebound name", format!("<script>location = 'http://rebound.example:{port}/secret'</script>")),
        ("nor a meta refresh", format!("<meta http-equiv=refresh content='0;url=http://127.0.0.1:{port}/secret'>")),
        ("nor a file", "<script>location = 'file:///etc/passwd'</script>".to_owned()),
    ] {
        world
            .case(name, &body, 18, |world, got| {
                let kept_away = !html(got).contains("secret of the") && !html(got).contains("root:");
                let named = !name.starts_with("nor a rebound") || why(got) == Some(Why::Forbidden);
                kept_away && named && world.other.asked().is_empty()
            })
            .await;
    }
    world.site.set("/hop", Answer::redirect(&world.other.url("/secret")));
    let begun = Instant::now();
    let got = world.render("/hop", 18).await;
    let held = got.is_err() && world.other.asked().is_empty();
    world.say("nor a redirect", held, begun, &got);
    world.page("/new", &format!("<p>moved here {}</p>", FILL.repeat(6)));
    world
        .case(
            "a meta refresh within the site is followed",
            "<meta http-equiv=refresh content='1;url=/new'>",
            40,
            |_, got| {
                html(got).contains("moved here") && got.as_ref().is_ok_and(|page| page.final_url.ends_with("/new"))
            },
        )
        .await;
}

async fn keeps_nothing(world: &mut World) {
    let cookie = format!(
        "<p>{}</p><script>document.cookie = 'seen=1; max-age=9999'; localStorage.seen = 1; \
         navigator.serviceWorker && navigator.serviceWorker.register('/worker.js').catch(() => 0);</script>",
        FILL.repeat(6)
    );
    let worker = "self.addEventListener('fetch', e => e.respondWith(new Response('<p>from the worker</p>')));";
    world.site.set("/worker.js", Answer::status("200 OK").header("Content-Type: text/javascript").body(worker));
    for name in ["cookies and workers are not kept", "cookies and workers are not kept"] {
        world
            .case(name, &cookie, 40, |world, got| {
                let asked = world.site.asked();
                let mine = asked.iter().filter(|asked| asked.path == "/cookies-and-workers-are-not-kept");
                html(got).contains("We publish") && mine.into_iter().all(|asked| asked.header("cookie").is_none())
            })
            .await;
    }
    world.site.set("/door", Answer::redirect("/inside").header("Set-Cookie: been=here; Path=/"));
    world.page("/inside", &format!("<p>{}</p>", FILL.repeat(6)));
    let begun = Instant::now();
    let got = world.render("/door", 40).await;
    let asked = world.site.asked().into_iter().rev().find(|asked| asked.path == "/inside");
    let shown = asked.and_then(|asked| asked.header("cookie")).is_some_and(|cookie| cookie == "been=here");
    world.say("a cookie of a redirect is shown to the page behind it", shown && !html(&got).is_empty(), begun, &got);
    let asked = world.site.asked().into_iter().rev().find(|asked| asked.path == "/cookies-and-workers-are-not-kept");
    let agent = asked.as_ref().and_then(|asked| asked.header("user-agent")).unwrap_or_default();
    let language = asked.as_ref().and_then(|asked| asked.header("accept-language")).unwrap_or_default();
    noticewatch::say!("       User-Agent: {agent}\n       Accept-Language: {language}");
    let held = agent.contains("noticewatch/0 (+mailto:watch@example.org)") && language == "en-US,en;q=0.9";
    world.say(
        "the site is told who comes",
        held,
        Instant::now(),
        &Err(Missed { why: Why::Status, detail: agent, status: None, retry_after_s: None }),
    );
    let file = Answer::status("200 OK")
        .header("Content-Type: application/zip")
        .header("Content-Disposition: attachment; filename=a.zip");
    world.site.set("/a.zip", file.body("PK of a download that nobody asked for"));
    let download = format!("<p>{}</p><a id=a href=/a.zip download>file</a><script>a.click()</script>", FILL.repeat(6));
    world.case("downloads are denied", &download, 40, |_, got| html(got).contains("We publish")).await;
}

async fn is_refused(world: &mut World) {
    let begun = Instant::now();
    world.site.set("/denied", Answer::status("403 No").header("Content-Type: text/html").body("<p>no</p>"));
    let got = world.render("/denied", 20).await;
    world.say("a status that is no page is named", why(&got) == Some(Why::Denied), begun, &got);
    let begun = Instant::now();
    world.site.set("/gone", Answer::status("404 None").header("Content-Type: text/html").body("<p>none</p>"));
    let got = world.render("/gone", 20).await;
    world.say("a page that is not there is gone", why(&got) == Some(Why::Gone), begun, &got);
    let begun = Instant::now();
    world.site.set("/cut", Answer::raw("").then(Step::Reset));
    let got = world.render("/cut", 20).await;
    world.say("a server that resets is named", why(&got) == Some(Why::Connect), begun, &got);
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters").self_signed(&key);
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.expect("a certificate").der().clone()], key)
        .expect("a certificate");
    let tls = FaultServer::start_tls(config).await;
    tls.set("/", Answer::page("<p>under a bad certificate</p>"));
    let begun = Instant::now();
    let allow = vec![tls.authority()];
    let options = RenderOptions {
        renderer: Renderer::Child(world.program.clone()),
        allow,
        total: Duration::from_secs(20),
        ..RenderOptions::default()
    };
    let browser = Browser::new(options);
    let turn = browser.turn().await;
    let got = browser.render(&turn, &Target::default(), &tls.url("/")).await;
    let held = why(&got) == Some(Why::Tls) && tls.asked().is_empty();
    world.say("a bad certificate is no way in", held, begun, &got);
}

/// Processes whose command line or directory is that of a browser of ours.
fn living() -> Vec<String> {
    let entries = std::fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains("noticewatch-browser-") || line.contains("render-service")).collect()
}

fn left() -> Vec<String> {
    let entries = std::fs::read_dir(std::env::temp_dir()).expect("a directory").filter_map(Result::ok);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("noticewatch-browser-") || name.starts_with("noticewatch-render-")).collect()
}

fn left_since(before: &[String]) -> Vec<String> {
    left().into_iter().filter(|name| !before.contains(name)).collect()
}

async fn until_none(mut found: impl FnMut() -> Vec<String>) -> Vec<String> {
    let patience = Instant::now() + Duration::from_secs(10);
    loop {
        let now = found();
        if now.is_empty() || Instant::now() > patience {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn ends_surely(world: &mut World) {
    let begun = Instant::now();
    let nothing = || Err(Missed { why: Why::Browser, detail: String::new(), status: None, retry_after_s: None });
    let rest = [until_none(living).await, until_none(|| left_since(&world.before)).await].concat();
    noticewatch::say!("       left over: {rest:?}");
    world.say("nothing is left over, neither process nor file", rest.is_empty(), begun, &nothing());
    world.page("/stuck", "<script>while (true) {}</script>");
    for (name, kill) in [
        ("who asked leaves", None),
        ("the render process is killed", Some("render-service")),
        ("the browser is killed", Some("--type=renderer")),
    ] {
        let begun = Instant::now();
        let _ = {
            let asked = world.render("/stuck", 15);
            let mut asked = std::pin::pin!(asked);
            let started = tokio::time::timeout(Duration::from_secs(4), &mut asked).await;
            match kill {
                None => started.ok(),
                Some(what) => {
                    kill_all(what);
                    tokio::time::timeout(Duration::from_secs(20), asked).await.ok()
                }
            }
        };
        let rest = until_none(living).await;
        let held = rest.is_empty();
        if !held {
            noticewatch::say!("       {rest:?}");
        }
        world.say(&format!("all ends when {name}"), held, begun, &nothing());
    }
    let begun = Instant::now();
    let rest = until_none(|| left_since(&world.before)).await;
    world.say(&format!("no directory is left over after that {rest:?}"), rest.is_empty(), begun, &nothing());
}

/// Kills the processes of ours that have this in their command lines.
fn kill_all(what: &str) {
    for entry in std::fs::read_dir("/proc").expect("/proc").filter_map(Result::ok) {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let ours = line.contains("noticewatch-browser-") || line.contains("render-service");
        let pid = entry.file_name().to_string_lossy().parse().ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid.filter(|_| ours && line.contains(what)) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}
