//! One answer: its status judged, its body taken in within bounds. Knows no redirect chain and reads no page.

use super::content_coding;
use super::error::{FetchFault, grouped};
use super::options::FetchOptions;
use crate::io::clock::Clock;
use noticewatch_core::capture::{Capture, Sha256, TlsSession, Why, markup};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::tls::{TlsInfo, Version};
use reqwest::{Response, StatusCode};
use std::time::SystemTime;
use tokio::time::timeout;

/// The longest that a `Retry-After` is obeyed, in seconds: a day (docs/FACTS.md 2.2).
const LONGEST_RETRY_AFTER_S: u64 = 86_400;

/// What one request brought.
pub(super) enum Answer {
    /// 304 to our condition, which named this capture.
    Unchanged(Sha256),
    /// A redirect with a `Location`, not yet judged.
    Redirect { status: u16, location: String },
    /// A complete 200.
    Page(Box<Capture>),
}

/// Takes in an answer. `kept` is the capture whose validators were sent, `complete` fills in what only the request knows.
pub(super) async fn receive(
    response: Response,
    options: &FetchOptions,
    clock: &Clock,
    kept: Option<Sha256>,
    complete: impl FnOnce(&mut Capture) + Send,
) -> Result<Answer, FetchFault> {
    match (response.status().as_u16(), kept) {
        (200, _) => page(response, options, clock, complete).await.map(|page| Answer::Page(Box::new(page))),
        (304, Some(kept)) => Ok(Answer::Unchanged(kept)),
        (301 | 302 | 303 | 307 | 308, _) => redirect(&response),
        _ => Err(refusal(response.status(), retry_after_s(response.headers(), clock))),
    }
}

async fn page(
    response: Response,
    options: &FetchOptions,
    clock: &Clock,
    complete: impl FnOnce(&mut Capture) + Send,
) -> Result<Capture, FetchFault> {
    let headers = response.headers().clone();
    let (named, charset) = content_type(&headers);
    if let Some(named) = named.as_deref().filter(|named| !is_read(named)) {
        return Err(not_read(named));
    }
    // A challenge for browsers with 200; "server: cloudflare" alone is no sign of one (docs/FACTS.md 2.4).
    if headers.get("cf-mitigated").is_some_and(|value| text(value.as_bytes()).eq_ignore_ascii_case("challenge")) {
        let sentence = "a challenge for browsers instead of the page (cf-mitigated)";
        return Err(FetchFault::lasting(Why::Denied, sentence).with_status(200));
    }
    let peer = response.remote_addr().map(|peer| peer.to_string());
    let tls = tls(&response);
    let protocol = Some(format!("{:?}", response.version()));
    let received = octets(response, options).await?;
    let sha256_received = Sha256::of(&received);
    let content_coding::Decoded { body, remark } =
        content_coding::decode(received, &coding_names(&headers), options.cap).await?;
    if body.trim_ascii().is_empty() {
        return Err(FetchFault::passing(Why::Empty, "the server sent an empty page").with_status(200));
    }
    let media_type = settled(named, &body)?;
    let ended = clock.now();
    let mut capture = Capture {
        target: String::new(),
        started: ended,
        ended,
        url: String::new(),
        final_url: String::new(),
        redirects: Vec::new(),
        status: 200,
        request_headers: Vec::new(),
        headers: written(&headers),
        media_type,
        charset,
        sha256: Sha256::of(&body),
        sha256_received: Some(sha256_received),
        peer,
        tls,
        protocol,
        program: concat!("noticewatch/", env!("CARGO_PKG_VERSION")).to_owned(),
        maker: options.maker.clone(),
        origin: None,
        rendered: None,
        remark,
        body,
    };
    complete(&mut capture);
    Ok(capture)
}

/// The body as received, piece by piece, so that neither size nor silence goes past its bound.
pub(super) async fn octets(mut response: Response, options: &FetchOptions) -> Result<Vec<u8>, FetchFault> {
    let too_large = |octets: usize| octets > options.cap;
    if response.content_length().is_some_and(|length| usize::try_from(length).map_or(true, too_large)) {
        return Err(FetchFault::too_large(options.cap));
    }
    let mut received = Vec::new();
    loop {
        let next = timeout(options.read, response.chunk()).await;
        match next.map_err(|_| FetchFault::stalled(options.read))?.map_err(|error| FetchFault::of(&error, options))? {
            Some(piece) => received.extend_from_slice(&piece),
            None => return Ok(received),
        }
        if too_large(received.len()) {
            return Err(FetchFault::too_large(options.cap));
        }
    }
}

fn redirect(response: &Response) -> Result<Answer, FetchFault> {
    let status = response.status().as_u16();
    let nowhere = || {
        FetchFault::lasting(Why::Redirects, format!("{status}: a redirect without a place to go")).with_status(status)
    };
    let location = response.headers().get(LOCATION).map(|value| text(value.as_bytes())).ok_or_else(nowhere)?;
    Ok(Answer::Redirect { status, location })
}

/// The reason for a status that brings no page.
fn refusal(status: StatusCode, retry_after_s: Option<u32>) -> FetchFault {
    let code = status.as_u16();
    let (why, sentence) = match code {
        304 => (Why::UnaskedNotModified, "not modified, though we had asked under no condition"),
        404 => (Why::Gone, "there is no such page"),
        410 => (Why::Gone, "the page was taken away for good"),
        451 => (Why::Gone, "withheld for legal reasons"),
        401 => (Why::Denied, "the server asks for a login"),
        403 | 999 => (Why::Denied, "the server turns us away"),
        429 => (Why::Busy, "too many requests"),
        503 => (Why::Busy, "the server is out of service"),
        204 => (Why::Status, "an answer without content"),
        206 => (Why::Status, "only a part of the page"),
        300 => (Why::Status, "several pages to choose from"),
        500..=599 => (Why::Status, "a fault inside the server"),
        _ => (Why::Status, status.canonical_reason().unwrap_or("a status that we do not know")),
    };
    let later =
        retry_after_s.map_or(String::new(), |s| format!("; it asks us to come back in {} s", grouped(s as usize)));
    let passing = matches!(code, 408 | 500..=599) && retry_after_s.is_none();
    let mut fault = FetchFault::new(why, format!("{code}: {sentence}{later}"), passing).with_status(code);
    fault.missed.retry_after_s = retry_after_s;
    fault
}

/// `Retry-After` in seconds from now, from either of its forms (RFC 9110, 10.2.3), at most a day.
fn retry_after_s(headers: &HeaderMap, clock: &Clock) -> Option<u32> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = |date: SystemTime| date.duration_since(clock.now().into()).map_or(0, |wait| wait.as_secs());
    // A number too large for us is a long time all the same.
    let endless = || (!value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit())).then_some(u64::MAX);
    let seconds =
        value.parse::<u64>().ok().or_else(endless).or_else(|| httpdate::parse_http_date(value).ok().map(until))?;
    u32::try_from(seconds.min(LONGEST_RETRY_AFTER_S)).ok()
}

/// Media type and charset of `Content-Type`.
fn content_type(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let Some(value) = headers.get(CONTENT_TYPE).map(|value| text(value.as_bytes())) else { return (None, None) };
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().map(str::to_lowercase).filter(|media_type| !media_type.is_empty());
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    (media_type, charset)
}

/// Whether a body of that type can be a page, as far as its name tells: PDF files come under many names.
fn is_read(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || matches!(media_type, "application/xhtml+xml" | "application/xml")
        || is_pdf(media_type)
        || is_any(media_type)
}

fn is_pdf(media_type: &str) -> bool {
    matches!(media_type, "application/pdf" | "application/x-pdf")
}

/// A name that says nothing.
fn is_any(media_type: &str) -> bool {
    matches!(media_type, "application/octet-stream" | "binary/octet-stream" | "application/force-download")
}

fn not_read(media_type: &str) -> FetchFault {
    FetchFault::lasting(Why::MediaType, format!("the server sent {media_type}, which is not read")).with_status(200)
}

/// The media type by the octets where these are a PDF file's, else as named, else guessed.
fn settled(named: Option<String>, body: &[u8]) -> Result<String, FetchFault> {
    let magic = |within: usize| body[..body.len().min(within)].windows(5).any(|octets| octets == b"%PDF-");
    match named {
        // Readers of PDF files look as far as this for their beginning.
        Some(named) if is_pdf(&named) && magic(1024) => Ok("application/pdf".to_owned()),
        _ if magic(8) => Ok("application/pdf".to_owned()),
        Some(named) if is_pdf(&named) => {
            let sentence = format!("the server calls it {named}, but it is no PDF file");
            Err(FetchFault::lasting(Why::MediaType, sentence).with_status(200))
        }
        Some(named) if is_any(&named) => Err(not_read(&named)),
        // Browsers go by the namespace, whatever kind of XML it is called.
        Some(named) if matches!(named.as_str(), "application/xml" | "text/xml") && markup::is_xhtml(body) => {
            Ok("application/xhtml+xml".to_owned())
        }
        Some(named) if named == "application/xml" => Err(not_read(&named)),
        Some(named) => Ok(named),
        None if body.trim_ascii_start().starts_with(b"<") => Ok("text/html".to_owned()),
        None => Ok("text/plain".to_owned()),
    }
}

/// What `Content-Encoding` names.
pub(super) fn coding_names(headers: &HeaderMap) -> String {
    headers.get_all(CONTENT_ENCODING).iter().map(|value| text(value.as_bytes())).collect::<Vec<_>>().join(",")
}

fn tls(response: &Response) -> Option<TlsSession> {
    let info = response.extensions().get::<TlsInfo>()?;
    let version = info.version().map(|version| match version {
        Version::TLS_1_2 => "TLSv1.2".to_owned(),
        Version::TLS_1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    });
    Some(TlsSession { version, certificate: Sha256::of(info.peer_certificate()?) })
}

/// Headers as pairs of text, in their order.
pub(super) fn written(headers: &HeaderMap) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}

/// A header value as text: UTF-8 as most send it, else Latin-1 as RFC 9110 has it from of old.
fn text(value: &[u8]) -> String {
    std::str::from_utf8(value).map_or_else(|_| value.iter().copied().map(char::from).collect(), str::to_owned)
}
