//! The table of docs/FACTS.md 2: everything that a fetch can meet, each row as an answer of the fault server, with what
//! is to become of it. Told end to end in `whole::faults`, and injected over a year by `xtask/src/bin/calendar`.
//!
//! Knows no engine and asserts nothing. A row that is missing here is a row that nobody tests.

use crate::certificates::{authority, leaf, serve};
use crate::fault_server::{Answer, FaultServer, Step};
use noticewatch_core::capture::Why;

use rcgen::date_time_ymd;
use std::time::Duration;
use tokio::net::TcpListener;

/// What a row comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Becomes {
    /// A visit that brought nothing, for this reason.
    Missed(Why),
    /// A capture that is put aside; a sign of it holds these words.
    Aside(&'static str),
    /// The page, as healthy as it was.
    Fine,
}

/// How the answer is made from the healthy page, by the page of a neighbour.
type Make = Box<dyn Fn(&str, &str) -> Answer + Send + Sync>;

/// One row.
pub struct Row {
    /// A word that names it; also the service of its target.
    pub name: &'static str,
    /// The words of docs/FACTS.md 2 that it stands for.
    pub facts: &'static str,
    /// What it comes to.
    pub becomes: Becomes,
    /// What the next digest says of it.
    pub letter: &'static str,
    /// Further lines of the target's definition.
    pub target: &'static str,
    /// It costs time: the client waits until its bound.
    pub slow: bool,
    make: Make,
}

impl Row {
    /// What is answered in place of `page`; `other` is what a neighbour serves.
    pub fn answer(&self, page: &str, other: &str) -> Answer {
        (self.make)(page, other)
    }
}

/// Places that answers send the client to: none of them serves the page.
pub struct Peers {
    /// Host and port of each, to be allowed.
    pub authorities: Vec<String>,
    /// The file of the authority that signs the certificates.
    pub authority: crate::certificates::Authority,
    closed: String,
    mute: TcpListener,
    expired: FaultServer,
    itself: FaultServer,
    another: FaultServer,
    downgrade: FaultServer,
}

/// Starts them.
pub async fn peers() -> Peers {
    let authority = authority();
    let mut late = leaf("127.0.0.1");
    (late.not_before, late.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 3, 1));
    let (expired, _) = serve(late, Some(&authority)).await;
    let (itself, _) = serve(leaf("127.0.0.1"), None).await;
    let (another, _) = serve(leaf("other.example"), Some(&authority)).await;
    let (downgrade, _) = serve(leaf("127.0.0.1"), Some(&authority)).await;
    let bound = async || TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (closed, mute) = (bound().await, bound().await);
    let at = |listener: &TcpListener| listener.local_addr().expect("its address").to_string();
    downgrade.set("/", Answer::redirect("http://pages.example/"));
    let closed = at(&closed);
    let servers = [&expired, &itself, &another, &downgrade].map(FaultServer::authority);
    let authorities = servers.into_iter().chain([closed.clone(), at(&mute)]).collect();
    Peers { authorities, authority, closed, mute, expired, itself, another, downgrade }
}

const HTML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n";
const OUT: &str = "Out of sight since";
const ASIDE: &str = "What is served is not the page since";
const GONE: &str = "The page answers that it is gone since";

fn row(
    name: &'static str,
    facts: &'static str,
    becomes: Becomes,
    make: impl Fn(&str, &str) -> Answer + Send + Sync + 'static,
) -> Row {
    let letter = match becomes {
        Becomes::Missed(Why::Gone) => GONE,
        Becomes::Missed(_) => OUT,
        Becomes::Aside(_) => ASIDE,
        Becomes::Fine => "",
    };
    Row { name, facts, becomes, letter, target: "", slow: false, make: Box::new(make) }
}

fn slow(row: Row) -> Row {
    Row { slow: true, ..row }
}

/// Every row.
pub fn rows(peers: &Peers) -> Vec<Row> {
    let mut rows = failed(peers);
    rows.extend(statuses());
    rows.extend(refused(peers));
    rows.extend(suspect());
    rows.extend(fine());
    rows
}

/// Connections, framing, bounds: "failed".
fn failed(peers: &Peers) -> Vec<Row> {
    use Becomes::Missed;
    let to = |url: String| move |_: &str, _: &str| Answer::redirect(&url);
    let half = |page: &str| page.as_bytes()[..page.len() / 2].to_vec();
    let cut =
        move |page: &str, _: &str| Answer::page(half(page)).header(&format!("Content-Length: {}", page.len() + 9));
    let part = |page: &str| {
        let sent = page.as_bytes()[..page.len().min(900)].to_vec();
        Answer::raw(format!("{HTML}Content-Length: {}\r\n\r\n", page.len() + 9)).then(Step::Send(sent))
    };
    let apart = Duration::from_millis(5);
    let mute = peers.mute.local_addr().expect("its address");
    let packed = |page: &str| zstd::encode_all(page.as_bytes(), 3).expect("packed");
    let bomb = zstd::encode_all(&vec![b' '; 8_000_000][..], 3).expect("a bomb");
    let timeout = Missed(Why::Timeout);
    vec![
        slow(row("noconnect", "connect time-out", timeout, to(format!("https://{mute}/")))),
        row("refusedport", "refusal", Missed(Why::Connect), to(format!("http://{}/", peers.closed))),
        slow(row("nofirst", "no first byte", timeout, |_, _| Answer::silent())),
        slow(row("halfhead", "no first byte", timeout, |_, _| {
            Answer::raw("HTTP/1.1 200 OK\r\nConte").then(Step::Silence)
        })),
        slow(row("stall", "stalls", timeout, move |page, _| part(page).then(Step::Silence))),
        slow(row("loris", "slow-loris", timeout, move |page, _| part(page).then(Step::Drip(b"a".to_vec(), apart)))),
        slow(row("headloris", "slow-loris", timeout, move |_, _| {
            Answer::raw("HTTP/1.1 200 OK\r\n").then(Step::Drip(b"X: y\r\n".to_vec(), apart))
        })),
        row("reset", "reset", Missed(Why::Cut), |_, _| Answer::default().then(Step::Reset)),
        row("hangup", "reset", Missed(Why::Cut), |_, _| Answer::default()),
        row("cutbody", "cut body with length", Missed(Why::Cut), cut),
        row("badchunk", "bad chunks", Missed(Why::Broken), |_, _| {
            Answer::raw(format!("{HTML}Transfer-Encoding: chunked\r\n\r\nzz\r\n<p>We"))
        }),
        row("cutchunk", "cut chunks", Missed(Why::Cut), |page, _| {
            let octets = format!("{HTML}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{page}\r\n", page.len());
            Answer::raw(octets)
        }),
        row("nohttp", "bad answers", Missed(Why::Broken), |_, _| Answer::raw("SSH-2.0-Server\r\n\r\n")),
        row("badcoding", "bad gzip", Missed(Why::Broken), |page, _| {
            Answer::page(page).header("Content-Encoding: gzip")
        }),
        row("cutcoding", "cut gzip", Missed(Why::Broken), move |page, _| {
            let packed = packed(page);
            Answer::page(packed[..packed.len() - 9].to_vec()).header("Content-Encoding: zstd")
        }),
        row("leftcoding", "leftover Content-Encoding", Missed(Why::Undecodable), move |page, _| {
            Answer::page(packed(page))
        }),
        row("bomb", "gzip over 5 MB decoded", Missed(Why::TooLarge), move |_, _| {
            Answer::page(bomb.clone()).header("Content-Encoding: zstd")
        }),
        row("large", "body over 5 MB", Missed(Why::TooLarge), |_, _| {
            Answer::raw(format!("{HTML}\r\n")).then(Step::Send(vec![b'a'; 5_200_000]))
        }),
        row("largelength", "refuse by Content-Length", Missed(Why::TooLarge), |_, _| {
            Answer::page("").header("Content-Length: 5000001")
        }),
        row("empty", "empty body", Missed(Why::Empty), |_, _| Answer::page("")),
        row("circle", "more than 5 redirects", Missed(Why::Redirects), |_, _| Answer::redirect("#")),
        row("nowhere", "redirect without a Location", Missed(Why::Redirects), |_, _| Answer::status("302 Found")),
        row("image", "media type changed", Missed(Why::MediaType), |_, _| {
            Answer::status("200 OK").header("Content-Type: image/png").body("PNG")
        }),
        row("expired", "bad certificate", Missed(Why::Tls), to(peers.expired.url("/"))),
        row("selfsigned", "bad certificate", Missed(Why::Tls), to(peers.itself.url("/"))),
        row("wronghost", "bad certificate", Missed(Why::Tls), to(peers.another.url("/"))),
    ]
}

/// Any status but 200: "failed", and 404/410/451 "page gone".
fn statuses() -> Vec<Row> {
    use Becomes::Missed;
    let rows = [
        ("status204", "204 No Content", Why::Status),
        ("status206", "206 Partial Content", Why::Status),
        ("status300", "300 Multiple Choices", Why::Status),
        ("status304", "304 Not Modified", Why::UnaskedNotModified),
        ("status401", "401 Unauthorized", Why::Denied),
        ("status403", "403 Forbidden", Why::Denied),
        ("status404", "404 Not Found", Why::Gone),
        ("status410", "410 Gone", Why::Gone),
        ("status451", "451 Unavailable For Legal Reasons", Why::Gone),
        ("status500", "500 Internal Server Error", Why::Status),
        ("status502", "502 Bad Gateway", Why::Status),
        ("status503", "503 Service Unavailable", Why::Busy),
        ("status999", "999 Request denied", Why::Denied),
    ];
    let plain = rows.into_iter().map(|(name, status, why)| {
        row(name, "any status but 200", Missed(why), move |_, _| Answer::status(status).body("<h1>No</h1>"))
    });
    let later = ["Retry-After: 1800", "Retry-After: Wed, 07 Jan 2026 04:00:00 GMT"];
    let busy = later.into_iter().zip(["later", "laterdate"]).map(|(header, name)| {
        row(name, "429/503 with Retry-After", Missed(Why::Busy), move |_, _| {
            Answer::status("429 Too Many Requests").header(header)
        })
    });
    let mitigated = row("mitigated", "cf-mitigated: challenge", Missed(Why::Denied), |_, _| {
        Answer::page("<title>One moment</title><p>Checking.</p>").header("cf-mitigated: challenge")
    });
    plain.chain(busy).chain([mitigated]).collect()
}

/// Addresses that are not asked: "refused before connect".
fn refused(peers: &Peers) -> Vec<Row> {
    let down = peers.downgrade.url("/");
    let rows = [
        ("private", "forbidden addresses in any spelling", "http://10.0.0.1/law".to_owned()),
        ("metadata", "forbidden addresses in any spelling", "http://169.254.169.254/latest".to_owned()),
        ("decimal", "forbidden addresses in any spelling", "http://2130706433/".to_owned()),
        ("mapped", "forbidden addresses in any spelling", "http://[::ffff:127.0.0.2]/".to_owned()),
        ("downgrade", "https to http", down),
        ("fileurl", "file/javascript URLs", "file:///etc/passwd".to_owned()),
        ("scripturl", "file/javascript URLs", "javascript:alert(1)".to_owned()),
        ("userinfo", "userinfo in URLs", "http://user:word@pages.example/".to_owned()),
    ];
    let forbidden = Becomes::Missed(Why::Forbidden);
    rows.into_iter().map(|(name, facts, to)| row(name, facts, forbidden, move |_, _| Answer::redirect(&to))).collect()
}

/// Captures that are not the page: "suspect".
fn suspect() -> Vec<Row> {
    use Becomes::Aside;
    let title = |name, title: &'static str, sign| {
        let page = format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1><p>Please try again.</p></body></html>"
        );
        row(name, "title list", Aside(sign), move |_, _| Answer::page(page.as_str()))
    };
    let german =
        "Diese Seite beschreibt, wie wir mit Anfragen von Behörden umgehen und welche Angaben wir dafür brauchen. "
            .repeat(20);
    let home =
        "Welcome to a place where people meet, share pictures and songs, and find friends near and far. ".repeat(12);
    let mut rows = vec![
        title("login", "Log in | Example", "titled"),
        title("moment", "Just a moment...", "titled"),
        title("wrong", "Something went wrong", "titled"),
        title("consent", "Before you continue", "titled"),
        title("maintenance", "Down for maintenance", "titled"),
        row("challenge", "_cf_chl_opt", Aside("a challenge for browsers"), |_, _| {
            Answer::page(
                "<html><head><title>Example</title></head><body><p>Wait.</p><script>window._cf_chl_opt={}</script></body></html>",
            )
        }),
        row(
            "fragment",
            "under 25 % of the last good words",
            Aside("of the words of the last good capture"),
            |page, _| Answer::page(format!("{}</body></html>", until(page, 17))),
        ),
        row("truncated", "truncated (under 60 %, nine tenths known)", Aside("cut short"), |page, _| {
            Answer::page(format!("{}</body></html>", until(page, 42)))
        }),
        row("tail", "truncated tail", Aside("ends before its closing tag"), |page, _| Answer::page(until(page, 85))),
        row("fin", "cut by FIN without length", Aside("ends before its closing tag"), |page, _| {
            Answer::raw(format!("{HTML}\r\n{}", until(page, 75)))
        }),
        row("twin", "same body hash for two targets", Aside("the same body as"), |_, other| Answer::page(other)),
        row("early", "truncated (under 60 %, nine tenths known)", Aside("ends early"), |page, _| {
            Answer::page(format!("{}</body></html>", until(page, 64)))
        }),
        row("home", "redirect to `/`", Aside("home page"), |_, _| Answer::redirect("/")),
        row("shell", "JS shell", Aside("scripts"), |_, _| {
            Answer::page(
                "<html><head><title>Example</title></head><body><div id=app></div><noscript>You need scripts.</noscript><script src=/a.js></script></body></html>",
            )
        }),
        row("refresh", "meta refresh", Aside("a redirect inside the page"), |_, _| {
            Answer::page(
                "<html><head><meta http-equiv=refresh content='0; url=/new'><title>Example</title></head><body><p>We moved.</p></body></html>",
            )
        }),
        row("plaintext", "media type changed", Aside("served as text/plain"), |page, _| {
            Answer::status("200 OK").header("Content-Type: text/plain; charset=utf-8").body(format!("{page}\n"))
        }),
        row("replacement", "U+FFFD", Aside("cannot be decoded"), |page, _| {
            let letters = page.chars().enumerate();
            let broken = letters.map(|(at, letter)| if at % 40 == 39 { '\u{fffd}' } else { letter });
            Answer::page(broken.collect::<String>())
        }),
    ];
    let german = format!(
        "<html><head><title>Behörden</title></head><body><main><h1>Behörden</h1><p>{german}</p></main></body></html>"
    );
    let mut language = row("language", "language changed", Aside("language de instead of en"), move |_, _| {
        Answer::page(german.as_str())
    });
    language.letter = "Served in another language since";
    let mut selector =
        row("selector", "selector that matched before matches nothing", Aside("selector"), move |page, _| {
            Answer::page(page.replace("class=\"doc\"", "class=\"text\"").replace("Legal center", &home))
        });
    selector.target = "select = \"div.doc\"";
    rows.extend([language, selector]);
    rows
}

/// What looks like a fault and is none, and noise (docs/FACTS.md 2.7: 60 % of recorded changes were link targets only).
fn fine() -> Vec<Row> {
    let fine = |name, facts, make: fn(&str) -> Answer| row(name, facts, Becomes::Fine, move |page, _| make(page));
    vec![
        fine("cloudflare", "not \"server: cloudflare\", `challenge-platform` or Turnstile alone", |page| {
            let scripts = "<script src=\"/cdn-cgi/challenge-platform/h/b/main.js\"></script><div class=\"cf-turnstile\"></div></body>";
            Answer::page(page.replace("</body>", scripts)).header("Server: cloudflare")
        }),
        fine("cookie", "more than 5 redirects", |page| Answer::page(page).cookie("seen=1")),
        fine("wordcoding", "leftover Content-Encoding", |page| Answer::page(page).header("Content-Encoding: UTF-8")),
        fine("nocoding", "leftover Content-Encoding", |page| Answer::page(page).header("Content-Encoding: none")),
        fine("linkhash", "link targets only", |page| Answer::page(page.replace("href=\"/t\"", "href=\"/t?h=9f8e7d\""))),
        fine("relative", "relative dates", |page| {
            Answer::page(page.replace("</main>", "<p>Updated 2 years ago</p></main>"))
        }),
        fine("copylink", "\"Copy link\", \"Was this helpful?\"", |page| {
            Answer::page(page.replace("</main>", "<button>Copy link</button><p>Was this helpful?</p></main>"))
        }),
        fine("spelling", "UK/US spelling of the whole page", |page| Answer::page(page.replace("center", "centre"))),
        fine("kept", "second request on a kept connection", |page| Answer::page(page).header("Connection: keep-alive")),
        fine("charset", "wrong header charset over valid UTF-8", |page| {
            Answer::status("200 OK").header("Content-Type: text/html; charset=iso-8859-1").body(page)
        }),
    ]
}

/// So many of a hundred paragraphs of a page, from its beginning.
fn until(page: &str, percent: usize) -> &str {
    let ends: Vec<usize> = page.match_indices("</p>").map(|(at, end)| at + end.len()).collect();
    let half = page.len() * percent / 200;
    let end = (ends.len() * percent / 100).checked_sub(1).and_then(|index| ends.get(index)).copied();
    let end = end.unwrap_or_else(|| (0..=half).rev().find(|at| page.is_char_boundary(*at)).unwrap_or_default());
    &page[..end]
}
