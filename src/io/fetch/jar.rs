//! Cookies along one chain of redirects, as RFC 6265 has them: some servers lead a client round until it shows the cookie
//! that it was given. A jar lives for one chain, so that no look knows anything of another.
//!
//! Knows no page and no address but those that it is shown.

use cookie_store::{CookieStore, RawCookie};
use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use url::Url;

/// No longer cookie is kept, and no more of them (RFC 6265, 6.1): what a server need not expect, it cannot make us carry.
const LONGEST: usize = 4_096;
const MOST: usize = 50;

/// The cookies of one chain.
#[derive(Debug, Default)]
pub(super) struct Jar(CookieStore);

impl Jar {
    /// Keeps what an answer of this address sets.
    pub(super) fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            if text.len() > LONGEST {
                continue;
            }
            let Some(cookie) = RawCookie::parse(text.into_owned()).ok().and_then(|cookie| scoped(cookie, url)) else {
                continue;
            };
            // What is expired takes away what was there; it never adds.
            if self.0.iter_any().count() < MOST || self.0.iter_any().any(|kept| kept.name() == cookie.name()) {
                let _ = self.0.insert_raw(&cookie, url);
            }
        }
    }

    /// What is sent to this address, if anything.
    pub(super) fn shown(&self, url: &Url) -> Option<HeaderValue> {
        let pairs = self.0.matches(url).into_iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
        let text = pairs.collect::<Vec<_>>().join("; ");
        (!text.is_empty()).then(|| HeaderValue::from_bytes(text.as_bytes()).ok()).flatten()
    }
}

/// A cookie for all hosts of a domain is none where strangers share that domain, such as `co.uk` (RFC 6265, 5.3, step 5).
fn scoped(mut cookie: RawCookie<'static>, url: &Url) -> Option<RawCookie<'static>> {
    let Some(domain) = cookie.domain().map(str::to_lowercase) else { return Some(cookie) };
    let is_shared = psl::suffix_str(&domain).is_none_or(|suffix| suffix == domain);
    if is_shared && url.host_str() == Some(&domain) {
        cookie.unset_domain();
        return Some(cookie);
    }
    (!is_shared).then_some(cookie)
}

#[cfg(test)]
mod tests {
    use crate::io::fetch::jar::Jar;
    use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
    use url::Url;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    /// What is shown to the second address after the first set these.
    fn shown(by: &str, set: &[&str], to: &str) -> String {
        let (mut jar, mut headers) = (Jar::default(), HeaderMap::new());
        for line in set {
            headers.append(SET_COOKIE, HeaderValue::from_str(line).expect("a header"));
        }
        jar.keep(&url(by), &headers);
        jar.shown(&url(to)).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    }

    #[test]
    fn a_cookie_is_shown_where_rfc_6265_says_and_nowhere_else() {
        for (by, set, to, wanted) in [
            ("https://www.pages.example/law", "a=1", "https://www.pages.example/privacy", "a=1"),
            ("https://www.pages.example/law", "a=1", "https://pages.example/", ""),
            ("https://www.pages.example/law", "a=1", "https://other.example/", ""),
            ("https://pages.example/", "a=1", "https://www.pages.example/", ""),
            ("https://www.pages.example/", "a=1; Domain=pages.example", "https://pages.example/", "a=1"),
            ("https://www.pages.example/", "a=1; Domain=.Pages.Example", "https://help.pages.example/", "a=1"),
            ("https://www.pages.example/", "a=1; Domain=other.example", "https://other.example/", ""),
            ("https://www.pages.example/", "a=1; Domain=ages.example", "https://ages.example/", ""),
            ("https://pages.example/", "a=1; Domain=www.pages.example", "https://www.pages.example/", ""),
            ("https://pages.example/", "a=1; Domain=example", "https://other.example/", ""),
            ("https://pages.co.uk/", "a=1; Domain=co.uk", "https://other.co.uk/", ""),
            ("https://pages.github.io/", "a=1; Domain=github.io", "https://other.github.io/", ""),
            ("https://github.io/", "a=1; Domain=github.io", "https://github.io/", "a=1"),
            ("https://github.io/", "a=1; Domain=github.io", "https://other.github.io/", ""),
            ("http://127.0.0.1:81/", "a=1; Domain=127.0.0.1", "http://127.0.0.1:82/", "a=1"),
            ("http://127.0.0.1/", "a=1; Domain=0.0.1", "http://127.0.0.1/", ""),
            ("https://pages.example/", "a=1; Secure", "http://pages.example/", ""),
            ("https://pages.example/", "a=1; Secure", "https://pages.example/", "a=1"),
            ("https://pages.example/law/guide", "a=1", "https://pages.example/", ""),
            ("https://pages.example/law/guide", "a=1", "https://pages.example/law/other", "a=1"),
            ("https://pages.example/law", "a=1; Path=/terms", "https://pages.example/terms/x", "a=1"),
            ("https://pages.example/law", "a=1; Path=/terms", "https://pages.example/termsx", ""),
            ("https://pages.example/", "a=1; HttpOnly; SameSite=Strict", "https://pages.example/", "a=1"),
            ("https://pages.example/", "a=1; Max-Age=0", "https://pages.example/", ""),
            ("https://pages.example/", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://pages.example/", ""),
            ("https://pages.example/", "a=b=c \"d\"", "https://pages.example/", "a=b=c \"d\""),
            ("https://pages.example/", "nothing", "https://pages.example/", ""),
            ("https://pages.example/", "", "https://pages.example/", ""),
        ] {
            assert_eq!(shown(by, &[set], to), wanted, "{set} by {by}, to {to}");
        }
    }

    #[test]
    fn a_cookie_is_replaced_and_taken_back_and_the_jar_is_bounded() {
        let at = "https://pages.example/";
        assert_eq!(shown(at, &["a=1", "a=2"], at), "a=2");
        assert_eq!(shown(at, &["a=1", "a=; Max-Age=0"], at), "");
        let long = format!("a={}", "x".repeat(5_000));
        assert_eq!(shown(at, &[&long, "b=1"], at), "b=1");
        let many: Vec<String> = (0..400).map(|n| format!("a{n}=1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(shown(at, &many, at).split("; ").count(), 50);
    }
}
