//! WARC 1.1 (ISO 28500:2017): captures as records that any tool of the web archives reads.
//!
//! Knows captures and visits, not what a page says. The same captures give the same octets: ids are made from what the
//! records hold, and nothing here tells the time. Bodies stand as they were after decoding, since only those are kept; the
//! header fields that spoke of the coding keep their values under names that begin with `X-Orig-`.

use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Outcome, Sha256, Visit};
use std::fmt::Write;
use url::Url;

/// Fields of an answer that are no longer true of its decoded body.
const CODING: [&str; 3] = ["content-encoding", "content-length", "transfer-encoding"];
const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";
const IDENTICAL: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
const RESPONSE: &str = "application/http;msgtype=response";
const REQUEST: &str = "application/http;msgtype=request";
const JSON: &str = "application/json";

/// A WARC file as it is written.
#[derive(Debug)]
pub struct Warc {
    octets: Vec<u8>,
    info: String,
}

/// A record before it is written.
struct WarcRecord<'a> {
    kind: &'a str,
    date: Timestamp,
    uri: Option<&'a str>,
    media_type: &'a str,
    block: &'a [u8],
    payload: Option<Sha256>,
    more: Vec<(&'a str, String)>,
}

impl Warc {
    /// Begins a file: its name, the time of what it holds, and what the first record says of it.
    #[must_use]
    pub fn new(name: &str, date: Timestamp, about: &[(&str, &str)]) -> Self {
        let mut block = String::new();
        for (field, value) in about {
            let _ = write!(block, "{field}: {}\r\n", line(value));
        }
        let mut warc = Self { octets: Vec::new(), info: String::new() };
        warc.info = warc.write(&WarcRecord {
            kind: "warcinfo",
            date,
            uri: None,
            media_type: "application/warc-fields",
            block: block.as_bytes(),
            payload: None,
            more: vec![("WARC-Filename", name.to_owned())],
        });
        warc
    }

    /// Adds a capture: what was asked, what came, and what is known of both. Returns the id by which looks refer to it.
    /// `served` is the answer as served, where a browser rendered the page.
    pub fn capture(&mut self, capture: &Capture, served: Option<&Capture>) -> String {
        let answer = served.unwrap_or(capture);
        let id = if answer.origin.is_some() { self.resource(answer) } else { self.exchange(answer) };
        let about = serde_json::to_vec_pretty(capture).unwrap_or_default();
        let mut metadata = record("metadata", capture, JSON, &about);
        metadata.more = vec![("WARC-Concurrent-To", id.clone())];
        self.write(&metadata);
        if served.is_none() {
            return id;
        }
        let mut rendered = record("conversion", capture, "text/html", &capture.body);
        rendered.payload = Some(capture.sha256);
        rendered.more = vec![("WARC-Refers-To", id)];
        self.write(&rendered)
    }

    /// Adds a look that brought nothing new: it refers to the capture that it vouches for, which has that id.
    pub fn look(&mut self, visit: &Visit, capture: &Capture, id: &str) {
        let profile = match &visit.outcome {
            Outcome::NotModified { .. } => Some(NOT_MODIFIED),
            Outcome::SameText { sha256, kept } if sha256 == kept => Some(IDENTICAL),
            _ => None,
        };
        let about = serde_json::to_vec(visit).unwrap_or_default();
        let mut look = match profile {
            Some(_) => record("revisit", capture, RESPONSE, &[]),
            None => record("metadata", capture, JSON, &about),
        };
        look.date = visit.at;
        look.more = vec![("WARC-Refers-To", id.to_owned())];
        if let Some(profile) = profile {
            look.payload = Some(capture.sha256);
            look.more.extend([
                ("WARC-Profile", profile.to_owned()),
                ("WARC-Refers-To-Target-URI", line(&capture.final_url)),
                ("WARC-Refers-To-Date", capture.started.to_string()),
            ]);
        }
        self.write(&look);
    }

    /// The file.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.octets
    }

    /// A request and its response.
    fn exchange(&mut self, capture: &Capture) -> String {
        let mut block = answer_head(capture).into_bytes();
        block.extend_from_slice(&capture.body);
        let mut response = record("response", capture, RESPONSE, &block);
        response.payload = Some(capture.sha256);
        response.more = connection(capture);
        let id = self.write(&response);
        let asked = question(capture);
        let mut request = record("request", capture, REQUEST, asked.as_bytes());
        request.more = connection(capture);
        request.more.push(("WARC-Concurrent-To", id.clone()));
        self.write(&request);
        id
    }

    /// What another archive recorded: a text, not an answer of the page's server.
    fn resource(&mut self, capture: &Capture) -> String {
        let mut resource = record("resource", capture, &capture.media_type, &capture.body);
        resource.payload = Some(capture.sha256);
        self.write(&resource)
    }

    /// Writes a record and returns its id.
    fn write(&mut self, record: &WarcRecord<'_>) -> String {
        let digest = Sha256::of(record.block);
        let id = id(record, &digest);
        let mut head =
            format!("WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: {id}\r\nWARC-Date: {}\r\n", record.kind, record.date);
        let uri = record.uri.map(|uri| ("WARC-Target-URI", line(uri)));
        let info = Some(("WARC-Warcinfo-ID", self.info.clone())).filter(|(_, info)| !info.is_empty());
        let payload = record.payload.map(|payload| ("WARC-Payload-Digest", format!("sha256:{payload}")));
        for (name, value) in uri.into_iter().chain(record.more.iter().cloned()).chain(info).chain(payload) {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(
            head,
            "WARC-Block-Digest: sha256:{digest}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            record.media_type,
            record.block.len()
        );
        self.octets.extend_from_slice(head.as_bytes());
        self.octets.extend_from_slice(record.block);
        self.octets.extend_from_slice(b"\r\n\r\n");
        id
    }
}

fn record<'a>(kind: &'a str, capture: &'a Capture, media_type: &'a str, block: &'a [u8]) -> WarcRecord<'a> {
    // Replay tools take a metadata record with the page's address for the page.
    let uri = (kind != "metadata").then_some(capture.final_url.as_str());
    let date = capture.started;
    WarcRecord { kind, date, uri, media_type, block, payload: None, more: Vec::new() }
}

/// A name that no other record has and that the same record has again: a UUID of version 8 (RFC 9562), from a digest.
fn id(record: &WarcRecord<'_>, digest: &Sha256) -> String {
    let uri = record.uri.unwrap_or_default();
    let mut octets =
        Sha256::of(format!("{} {} {uri} {digest} {:?}", record.kind, record.date, record.more).as_bytes()).0;
    octets[6] = octets[6] & 0x0f | 0x80;
    octets[8] = octets[8] & 0x3f | 0x80;
    let hex = Sha256(octets).to_string();
    format!("<urn:uuid:{}-{}-{}-{}-{}>", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}

/// Who answered, and over what.
fn connection(capture: &Capture) -> Vec<(&'static str, String)> {
    let peer = capture.peer.as_ref().and_then(|peer| peer.parse::<std::net::SocketAddr>().ok());
    let mut fields: Vec<_> = peer.map(|peer| ("WARC-IP-Address", peer.ip().to_string())).into_iter().collect();
    let http = capture.protocol.as_ref().map(|protocol| match protocol.as_str() {
        "HTTP/2.0" => "h2".to_owned(),
        other => other.to_lowercase(),
    });
    let tls = capture
        .tls
        .as_ref()
        .and_then(|tls| tls.version.as_ref())
        .map(|version| version.to_lowercase().replace("tlsv", "tls/"));
    fields.extend(http.into_iter().chain(tls).map(|protocol| ("WARC-Protocol", protocol)));
    fields
}

/// The request as one would write it in HTTP/1.1; `Host` is the address's own.
fn question(capture: &Capture) -> String {
    let url = Url::parse(&capture.final_url).ok();
    let host = url.as_ref().map(|url| url[url::Position::BeforeHost..url::Position::AfterPort].to_owned());
    let path = url.as_ref().map_or("/", |url| &url[url::Position::BeforePath..url::Position::AfterQuery]);
    let mut head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", host.unwrap_or_default());
    for (name, value) in capture.request_headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")) {
        let _ = write!(head, "{}: {}\r\n", line(name), line(value));
    }
    head.push_str("\r\n");
    head
}

/// The head of the answer, true of the decoded body.
fn answer_head(capture: &Capture) -> String {
    let mut head = format!("HTTP/1.1 {} OK\r\n", capture.status);
    for (name, value) in &capture.headers {
        let orig = if CODING.iter().any(|coding| name.eq_ignore_ascii_case(coding)) { "X-Orig-" } else { "" };
        let _ = write!(head, "{orig}{}: {}\r\n", line(name), line(value));
    }
    let _ = write!(head, "Content-Length: {}\r\n\r\n", capture.body.len());
    head
}

/// Text that cannot end its line.
fn line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}
