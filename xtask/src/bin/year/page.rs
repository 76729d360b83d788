//! Pages that are like real ones in length, in how much of them differs from fetch to fetch, and in what a server says
//! with them. Nothing of them is a real page's text.

use jiff::Timestamp;
use noticewatch_core::capture::{Capture, Sha256};

use std::fmt::Write;

// Measured by `cargo run --release -p xtask --bin texts -- captures.git`: 5,721 captures of 125 pages, 98 page-years.
/// Lengths of bodies at 10, 50, 75 and 90 %: 352,674 on average, 345,103 were measured.
const BODIES: [usize; 4] = [69_755, 313_799, 453_112, 574_031];
/// Lengths of the difference to the body before, at the same: 2,105 on average, 2,348 were measured.
const DIFFERENCES: [usize; 4] = [90, 404, 1_587, 6_340];
/// How often the text of a page changes in a year.
const CHANGES: f64 = 2.7;

/// Words of visible text.
const WORDS: u64 = 4_000;

const SYLLABLES: [&str; 24] = [
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta", "ve", "wi", "xo",
    "yu", "za", "bre", "cli", "dro",
];

/// The body that a target serves on a day, as the `fetch`th of its answers.
pub fn body(target: u64, day: u64, fetch: u64, small: bool) -> Vec<u8> {
    let kind = usize::try_from(target % 4).unwrap_or_default();
    let length = if small { 6_000 } else { BODIES[kind] };
    let words = if small { WORDS / 10 } else { WORDS };
    let edition = edition(target, day);
    let mut noise = Random(mix(target << 40 ^ day << 8 ^ fetch));
    let mut body = String::with_capacity(length + 8_192);
    let _ = write!(body, "<!doctype html><html lang=\"en\"><head><title>Policy {target}</title>");
    // A tenth of the noise here, the rest all over the page, as build numbers, tokens and times are.
    let share = if small { 4 } else { DIFFERENCES[kind] / 10 };
    let _ = write!(body, "<meta name=\"token\" content=\"{}\"></head><body><main><h1>Policy</h1>", noise.digits(share));
    let mut random = Random(mix(target));
    for word in 0..words {
        if word % 60 == 0 {
            let _ = write!(body, "</p>{}<p>", if word % 600 == 0 { "<h2>Section</h2>" } else { "" });
        }
        // Each edition has another fiftieth of the words.
        let own = if word % 50 == edition % 50 { mix(random.next() ^ edition) } else { random.next() };
        let _ = write!(body, "{}{} ", SYLLABLES[at(own, 24)], SYLLABLES[at(own >> 8, 24)]);
    }
    body.push_str(
        "</p><p>We notify users of demands for their data before we disclose it, unless the law forbids it.</p></main>",
    );
    let mut part = 0;
    while body.len() < length {
        let own = random.next();
        let (class, state) = (SYLLABLES[at(own >> 16, 24)], random.next());
        let _ =
            write!(body, "<script>window.__{class}={{\"id\":{},\"state\":\"{state:016x}\",\"items\":[", own % 1_000);
        for item in 0..20 {
            let _ = write!(body, "{{\"name\":\"{}\",\"order\":{item},\"on\":true}},", SYLLABLES[at(own >> item, 24)]);
        }
        if part * length < body.len() * 9 {
            part += 1;
            let _ = write!(body, "],\"nonce\":\"{}\"}}</script>", noise.digits(share));
        } else {
            body.push_str("]}</script>");
        }
    }
    body.push_str("</body></html>");
    body.into_bytes()
}

/// The body with what a server says of it.
pub fn capture(target: u64, at: Timestamp, body: Vec<u8>) -> Capture {
    let sha256 = Sha256::of(&body);
    let url = format!("https://platform-{target}.example/legal/policy");
    let mut noise = Random(mix(at.as_second().cast_unsigned() ^ target << 32));
    let policy: Vec<String> =
        (0..12).map(|part| format!("https://{}.platform-{target}.example", SYLLABLES[part])).collect();
    let headers = [
        ("date", at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ("content-type", "text/html; charset=utf-8".to_owned()),
        ("server", "edge".to_owned()),
        ("cache-control", "private, max-age=0, must-revalidate".to_owned()),
        ("etag", format!("W/\"{}\"", noise.digits(16))),
        ("vary", "Accept-Encoding, Accept-Language".to_owned()),
        ("x-request-id", noise.digits(16)),
        ("x-trace", noise.digits(24)),
        ("strict-transport-security", "max-age=63072000; includeSubDomains; preload".to_owned()),
        ("x-frame-options", "SAMEORIGIN".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "strict-origin-when-cross-origin".to_owned()),
        (
            "content-security-policy",
            format!("default-src 'self' {}; script-src 'nonce-{}'", policy.join(" "), noise.digits(12)),
        ),
        ("set-cookie", format!("session={}; Path=/; Secure; HttpOnly; SameSite=Lax", noise.digits(32))),
    ];
    let request = ["accept", "accept-language", "accept-encoding", "user-agent"];
    Capture {
        target: format!("target-{target}"),
        started: at,
        ended: at,
        url: url.clone(),
        final_url: url,
        status: 200,
        request_headers: request.map(|name| (name.to_owned(), "text/html, en, gzip, noticewatch".to_owned())).to_vec(),
        headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        media_type: "text/html".into(),
        charset: Some("utf-8".into()),
        sha256,
        sha256_received: Some(Sha256::of(&sha256.0)),
        peer: Some("192.0.2.1:443".into()),
        program: "noticewatch 0.1.0".into(),
        body,
        ..Capture::default()
    }
}

/// Which text a page shows on a day.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "some thousand days"
)]
fn edition(target: u64, day: u64) -> u64 {
    ((day as f64 + (target * 37 % 365) as f64) * CHANGES / 365.0) as u64
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = mix(self.0);
        self.0
    }

    /// So many octets in hexadecimal digits.
    fn digits(&mut self, octets: usize) -> String {
        let mut digits = String::with_capacity(2 * octets);
        for _ in 0..octets {
            let _ = write!(digits, "{:02x}", self.next() & 255);
        }
        digits
    }
}

fn at(number: u64, length: u64) -> usize {
    usize::try_from(number % length).unwrap_or_default()
}

fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}
