//! One answer: what is taken, what is not, and in which words.

use super::{PAGE, ask, captured, coded, fetcher, missed, options};
use crate::fault_server::{Answer, FaultServer, Step};
use noticewatch_core::capture::{Sha256, Why};

#[tokio::test]
async fn a_capture_says_all_that_a_declarant_would() {
    let server = FaultServer::start().await;
    server.set("/old", Answer::redirect("/privacy#notice"));
    let page =
        Answer::status("200 OK").header("Content-Type: Text/HTML; Charset=\"ISO-8859-1\"").header("X-A: caf\u{e9}");
    server.set("/privacy", page.body(PAGE));
    let capture = captured(fetcher(options(&[server.authority()])).visit(&ask(&server.url("/old"))).await);
    assert_eq!((capture.status, capture.body.as_slice()), (200, PAGE.as_bytes()));
    assert_eq!((capture.media_type.as_str(), capture.charset.as_deref()), ("text/html", Some("ISO-8859-1")));
    assert_eq!((capture.url, capture.final_url), (server.url("/old"), server.url("/privacy")));
    assert_eq!((capture.redirects[0].status, capture.redirects[0].location.clone()), (302, server.url("/privacy")));
    assert_eq!(capture.sha256, Sha256::of(PAGE.as_bytes()));
    assert_eq!(capture.sha256_received, Some(capture.sha256));
    assert_eq!(capture.peer, Some(server.authority()));
    assert_eq!((capture.target.as_str(), capture.tls), ("pages-privacy", None));
    assert!(capture.headers.contains(&("x-a".to_owned(), "caf\u{e9}".to_owned())), "{:?}", capture.headers);
    let sent = &server.asked()[1];
    for (name, value) in capture.request_headers {
        assert_eq!(sent.header(&name), Some(value), "{name}");
    }
    let agent = format!("noticewatch/{} (+https://watcher.example/contact)", env!("CARGO_PKG_VERSION"));
    assert_eq!(sent.header("user-agent"), Some(agent));
    assert_eq!(sent.header("accept-language").as_deref(), Some("en-US,en;q=0.8"));
    assert_eq!((sent.header("referer"), sent.header("cookie")), (None, None));
}

#[tokio::test]
async fn the_language_of_a_target_is_asked_for() {
    let server = FaultServer::start().await;
    server.set("/", Answer::page(PAGE));
    let fetcher = fetcher(options(&[server.authority()]));
    for (language, sent) in [(None, "en-US,en;q=0.8"), (Some("en-GB"), "en-GB,en;q=0.8"), (Some("de"), "de")] {
        let mut request = ask(&server.url("/"));
        request.target.language = language.map(str::to_owned);
        captured(fetcher.visit(&request).await);
        assert_eq!(server.asked().last().and_then(|asked| asked.header("accept-language")).as_deref(), Some(sent));
    }
}

#[tokio::test]
async fn every_content_coding_is_taken_off() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let octets = coded(coding, PAGE.as_bytes()).await;
        server.set("/", Answer::page(octets.clone()).header(&format!("Content-Encoding: {coding}")));
        let capture = captured(fetcher.visit(&ask(&server.url("/"))).await);
        assert_eq!(
            (capture.body.as_slice(), capture.sha256_received),
            (PAGE.as_bytes(), Some(Sha256::of(&octets))),
            "{coding}"
        );
        let cut = octets[..octets.len() - 6].to_vec();
        server.set("/", Answer::page(cut).header(&format!("Content-Encoding: {coding}")));
        let missed = missed(fetcher.visit(&ask(&server.url("/"))).await);
        let sentence = format!("the {coding} coding of the body is broken or cut short");
        assert_eq!((missed.why, missed.detail), (Why::Broken, sentence), "{coding}");
    }
    let twice = coded("br", &coded("gzip", PAGE.as_bytes()).await).await;
    server.set("/", Answer::page(twice).header("Content-Encoding: gzip").header("Content-Encoding: br"));
    assert_eq!(captured(fetcher.visit(&ask(&server.url("/"))).await).body, PAGE.as_bytes());
}

#[tokio::test]
async fn a_word_that_is_no_coding_is_passed_over_where_the_body_is_text() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let read = async |answer: Answer| {
        server.set("/", answer);
        fetcher.visit(&ask(&server.url("/"))).await
    };
    let words =
        ["utf-8", "UTF8", "none", "identity", "", " , ", "8bit", "binary", "text/html", "iso-8859-1", "compress"];
    for word in words {
        let plain = captured(read(Answer::page(PAGE).header(&format!("Content-Encoding: {word}"))).await);
        assert_eq!((plain.body.as_slice(), plain.remark), (PAGE.as_bytes(), None), "{word}");
    }
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(PAGE.bytes().flat_map(|octet| [octet, 0])).collect();
    assert_eq!(captured(read(Answer::page(utf16.clone()).header("Content-Encoding: utf-16")).await).body, utf16);
    let gzip = coded("gzip", PAGE.as_bytes()).await;
    for words in ["gzip, identity", "identity, gzip", "x-gzip", "utf-8, gzip", "GZIP", "\"gzip\"", "gzip,"] {
        let page = captured(read(Answer::page(gzip.clone()).header(&format!("Content-Encoding: {words}"))).await);
        assert_eq!(page.body, PAGE.as_bytes(), "{words}");
    }
    let unread = "the body has a content coding that we do not know";
    let brotli = coded("br", "We will notify you. ".repeat(200).as_bytes()).await;
    for (word, octets) in [("utf-8", &gzip), ("xz", &brotli), ("8bit", &coded("deflate", PAGE.as_bytes()).await)] {
        let missed = missed(read(Answer::page(octets.clone()).header(&format!("Content-Encoding: {word}"))).await);
        assert_eq!((missed.why, missed.detail.as_str()), (Why::Undecodable, unread), "{word}");
    }
}

#[tokio::test]
async fn deflate_without_its_wrapping_is_read_and_what_follows_a_whole_gzip_body_is_remarked() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let read = async |octets: Vec<u8>, coding: &str| {
        server.set("/", Answer::page(octets).header(&format!("Content-Encoding: {coding}")));
        fetcher.visit(&ask(&server.url("/"))).await
    };
    let zlib = coded("deflate", PAGE.as_bytes()).await;
    let raw = zlib[2..zlib.len() - 4].to_vec();
    assert_eq!(captured(read(raw.clone(), "deflate").await).body, PAGE.as_bytes());
    assert_eq!(missed(read(raw[..raw.len() - 4].to_vec(), "deflate").await).why, Why::Broken);

    let (first, second) = PAGE.as_bytes().split_at(20);
    let (first, second) = (coded("gzip", first).await, coded("gzip", second).await);
    let whole = [first.clone(), second.clone()].concat();
    let members = captured(read(whole.clone(), "gzip").await);
    assert_eq!((members.body.as_slice(), members.remark), (PAGE.as_bytes(), None));
    for tail in [&b"\0\0\0\0"[..], b"\r\n", b"<!-- cached -->"] {
        let tailed = captured(read([&whole, tail].concat(), "gzip").await);
        let remark = format!("{} octets after the end of the gzip body", tail.len());
        assert_eq!((tailed.body.as_slice(), tailed.remark), (PAGE.as_bytes(), Some(remark)));
    }
    for cut in [&whole[..whole.len() - 1], &whole[..first.len() + 12], &first[..first.len() - 9]] {
        assert_eq!(missed(read(cut.to_vec(), "gzip").await).why, Why::Broken, "a member that is cut is no tail");
    }
    let nothing = coded("gzip", b"").await.repeat(5_000);
    assert_eq!(missed(read(nothing, "gzip").await).why, Why::Broken, "members without end");
    for coding in ["gzip", "deflate"] {
        let bomb = coded(coding, &vec![b' '; 6_000_000]).await;
        assert_eq!(missed(read(bomb, coding).await).why, Why::TooLarge, "{coding}");
    }
}

#[tokio::test]
async fn answers_that_are_taken_as_they_come() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let rows = [
        (
            "cut by FIN without length",
            Answer::raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>We will"),
            "text/html",
        ),
        ("no content type", Answer::status("200 OK").body("\n <p>We will"), "text/html"),
        ("no content type, no markup", Answer::status("200 OK").body("We will"), "text/plain"),
        ("markdown", Answer::status("200 OK").header("Content-Type: text/markdown").body("# We will"), "text/markdown"),
        (
            "xhtml",
            Answer::status("200 OK").header("Content-Type: application/xhtml+xml").body("<p/>"),
            "application/xhtml+xml",
        ),
        ("kept connection, closed", Answer::page(PAGE).header("Connection: keep-alive"), "text/html"),
        ("kept connection, closed", Answer::page(PAGE).header("Connection: keep-alive"), "text/html"),
        ("octets that are no UTF-8", Answer::page(b"caf\xe9 \x00".to_vec()), "text/html"),
        (
            "chunks",
            Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n0\r\n\r\n"),
            "text/html",
        ),
    ];
    for (name, answer, media_type) in rows {
        server.set("/", answer);
        assert_eq!(captured(fetcher.visit(&ask(&server.url("/"))).await).media_type, media_type, "{name}");
    }
}

#[tokio::test]
async fn answers_that_are_not_taken() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
    let status = Answer::status;
    let cut = "the connection ended before the answer was complete";
    let framing = "the framing of the answer is broken";
    let raw = |rest: &str| Answer::raw(format!("{HEAD}{rest}"));
    let gzip = coded("gzip", PAGE.as_bytes()).await;
    let rows = [
        ("closed at once", Answer::default(), Why::Cut, cut),
        ("reset at once", Answer::default().then(Step::Reset), Why::Cut, cut),
        ("closed inside the head", raw(""), Why::Cut, cut),
        ("cut body with length", raw("Content-Length: 900\r\n\r\n<p>We"), Why::Cut, cut),
        ("reset inside the body", raw("Content-Length: 900\r\n\r\n<p>We").then(Step::Reset), Why::Cut, cut),
        ("cut chunks", raw("Transfer-Encoding: chunked\r\n\r\n20\r\n<p>We"), Why::Cut, cut),
        ("chunks without an end", raw("Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n"), Why::Cut, cut),
        ("bad chunk size", raw("Transfer-Encoding: chunked\r\n\r\nzz\r\n<p>We"), Why::Broken, framing),
        ("no HTTP", Answer::raw("SSH-2.0-Server\r\n\r\n"), Why::Broken, "the answer is not HTTP as it should be"),
        (
            "two lengths",
            raw("Content-Length: 3\r\nContent-Length: 4\r\n\r\n<p>"),
            Why::Broken,
            "the answer is not HTTP as it should be",
        ),
        (
            "gzip that is none",
            Answer::page(PAGE).header("Content-Encoding: gzip"),
            Why::Broken,
            "the gzip coding of the body is broken or cut short",
        ),
        (
            "gzip unannounced",
            Answer::page(gzip),
            Why::Undecodable,
            "the body is still compressed after decoding what its headers name",
        ),
        (
            "many codings",
            Answer::page(PAGE).header("Content-Encoding: gzip, gzip, gzip, gzip"),
            Why::Undecodable,
            "the body has more content codings than any honest one",
        ),
        (
            "unknown coding",
            Answer::page(vec![0x00, 0x9d, 0x90, 0x02]).header("Content-Encoding: compress"),
            Why::Undecodable,
            "the body has a content coding that we do not know",
        ),
        ("empty", Answer::page(""), Why::Empty, "the server sent an empty page"),
        ("blank", Answer::page(" \r\n\t"), Why::Empty, "the server sent an empty page"),
        (
            "no PDF file",
            status("200 OK").header("Content-Type: application/pdf").body("a page after all"),
            Why::MediaType,
            "the server calls it application/pdf, but it is no PDF file",
        ),
        (
            "image",
            status("200 OK").header("Content-Type: image/png").body("PNG"),
            Why::MediaType,
            "the server sent image/png, which is not read",
        ),
        ("204", status("204 No Content"), Why::Status, "204: an answer without content"),
        ("206", status("206 Partial Content").body("<p>"), Why::Status, "206: only a part of the page"),
        ("300", status("300 Multiple Choices").body("<p>"), Why::Status, "300: several pages to choose from"),
        (
            "304",
            status("304 Not Modified"),
            Why::UnaskedNotModified,
            "304: not modified, though we had asked under no condition",
        ),
        ("400", status("400 Bad Request"), Why::Status, "400: Bad Request"),
        ("401", status("401 Unauthorized"), Why::Denied, "401: the server asks for a login"),
        ("403", status("403 Forbidden"), Why::Denied, "403: the server turns us away"),
        ("404", status("404 Not Found").body(PAGE), Why::Gone, "404: there is no such page"),
        ("410", status("410 Gone"), Why::Gone, "410: the page was taken away for good"),
        ("451", status("451 Unavailable"), Why::Gone, "451: withheld for legal reasons"),
        ("429", status("429 Too Many Requests"), Why::Busy, "429: too many requests"),
        ("500", status("500 Oh"), Why::Status, "500: a fault inside the server"),
        ("503", status("503 Busy"), Why::Busy, "503: the server is out of service"),
        ("999", status("999 Request denied"), Why::Denied, "999: the server turns us away"),
        ("302 to nowhere", status("302 Found"), Why::Redirects, "302: a redirect without a place to go"),
        (
            "302 to no address",
            Answer::redirect("http://[broken/"),
            Why::Redirects,
            "a redirect to something that is no address",
        ),
        ("a circle of one", Answer::redirect("/"), Why::Redirects, "the redirects lead round in a circle"),
    ];
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    for (name, answer, why, detail) in rows {
        server.set("/", answer);
        let missed = missed(fetcher.visit(&ask(&server.url("/"))).await);
        assert_eq!((missed.why, missed.detail.as_str()), (why, detail), "{name}");
        let code = detail.get(..3).and_then(|code| code.parse::<u16>().ok());
        assert!(code.is_none() || missed.status == code, "{name}: {missed:?}");
    }
    assert_eq!(server.most_at_once(), 1);
}
