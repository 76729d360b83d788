//! Links that are followed, and PDF files: the way is recorded whole, and every step of it judged.

use super::{PAGE, ask, captured, fetcher, missed, options};
use crate::fault_server::{Answer, FaultServer};
use noticewatch::io::fetch::{Fetched, Request, Validators};
use noticewatch_core::capture::{Hop, Why};
use noticewatch_core::target::Target;

const PDF: &[u8] = b"%PDF-1.7\n...";

fn following(url: &str, link: &str) -> Request {
    let request = ask(url);
    let target = Target { follow: Some(link.to_owned()), ..request.target };
    Request { target, ..request }
}

fn pdf() -> Answer {
    Answer::status("200 OK").header("Content-Type: application/pdf").body(PDF)
}

#[tokio::test]
async fn the_first_link_that_matches_is_followed_and_the_way_recorded() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let page = "<base href='/docs/'><script>'<a href=no.pdf>guide</a>'</script><a>Guide</a> <a href='/terms'>Terms</a>\
        <p><a href='old guide.pdf?a=1&amp;b=2'><img alt='The guide'></a> <A HREF=v7/guide_2026.pdf>For\n <b>off</b>icials</A>";
    server.set("/law", Answer::redirect("/law/en"));
    server.set("/law/en", Answer::page(page));
    server.set("/docs/old%20guide.pdf?a=1&b=2", pdf());
    server.set("/docs/v7/guide_2026.pdf", Answer::redirect("/files/7"));
    server.set("/files/7", pdf());
    for pattern in ["for officials", "FOR *CIALS", "v7/", "/guide_*.pdf"] {
        let found = captured(fetcher.visit(&following(&server.url("/law"), pattern)).await);
        let hop = |from: &str, status: u16, to: &str| Hop { url: server.url(from), status, location: server.url(to) };
        let way = [
            hop("/law", 302, "/law/en"),
            hop("/law/en", 200, "/docs/v7/guide_2026.pdf"),
            hop("/docs/v7/guide_2026.pdf", 302, "/files/7"),
        ];
        assert_eq!(found.redirects, way, "{pattern}");
        assert_eq!((found.url, found.final_url), (server.url("/law"), server.url("/files/7")));
        assert_eq!((found.media_type.as_str(), found.body.as_slice()), ("application/pdf", PDF));
    }
    let old = captured(fetcher.visit(&following(&server.url("/law"), "guide")).await);
    assert_eq!(old.final_url, server.url("/docs/old%20guide.pdf?a=1&b=2"));
}

#[tokio::test]
async fn what_leads_to_no_other_page_is_passed_over() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let nowhere = "<a href='#guide'>Guide</a> <a href=''>Guide</a> <a href='/law#top'>Guide</a> \
        <a href='mailto:guide@x.example'>Guide</a> <a href='tel:+15550100'>Guide</a>";
    server.set("/law", Answer::page(format!("{nowhere} <a href='/guide.pdf'>Guide</a>")));
    server.set("/guide.pdf", pdf());
    let found = captured(fetcher.visit(&following(&server.url("/law"), "guide")).await);
    assert_eq!(found.final_url, server.url("/guide.pdf"));
}

#[tokio::test]
async fn a_link_that_is_gone_is_a_miss_that_names_the_pattern() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    server.set("/law", Answer::page("<a href=/terms>Terms</a> <a href=/help>Help</a> guide.pdf"));
    let missed = missed(fetcher.visit(&following(&server.url("/law"), "guide*.pdf")).await);
    assert_eq!((missed.why, missed.status), (Why::NoLink, Some(200)));
    let wanted = "no link on the page matches \"guide*.pdf\" (it has 2 links); look at the page and mend `follow`";
    assert_eq!(missed.detail, wanted);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn links_lead_nowhere_that_is_forbidden_and_round_in_no_circle() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let rows = [
        ("http://10.0.0.1/guide", Why::Forbidden),
        ("http://169.254.169.254/guide", Why::Forbidden),
        ("javascript:guide()", Why::Forbidden),
        ("file:///etc/guide", Why::Forbidden),
        ("/law#guide", Why::Redirects),
    ];
    for (href, why) in rows {
        server.set("/law", Answer::page(format!("<a href='{href}'>Guide</a>")));
        assert_eq!(missed(fetcher.visit(&following(&server.url("/law"), "guide")).await).why, why, "{href}");
    }
}

#[tokio::test]
async fn conditions_are_for_the_document_and_never_for_the_page_that_links_to_it() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    server.set("/law", Answer::page("<a href=/guide-1.pdf>Guide</a>").etag("\"same\""));
    server.set("/guide-1.pdf", pdf().etag("\"same\""));
    let first = captured(fetcher.visit(&following(&server.url("/law"), "guide")).await);
    let again = Request { validators: Validators::of(&first), ..following(&server.url("/law"), "guide") };
    assert_eq!(fetcher.visit(&again).await, Fetched::NotModified { kept: first.sha256 });
    let asked = server.asked();
    let conditions: Vec<_> = asked.iter().map(|asked| asked.header("if-none-match")).collect();
    assert_eq!(conditions, [None, None, None, Some("\"same\"".to_owned())]);
    // The next version stands at another address: it is not asked for under the old one's condition.
    server.set("/law", Answer::page("<a href=/guide-2.pdf>Guide</a>").etag("\"same\""));
    server.set("/guide-2.pdf", pdf().etag("\"same\""));
    assert_eq!(captured(fetcher.visit(&again).await).final_url, server.url("/guide-2.pdf"));
    // Even where the page itself once gave what was kept.
    let page = Validators { url: server.url("/law"), ..again.validators.clone().expect("validators") };
    let third = Request { validators: Some(page), ..following(&server.url("/law"), "guide") };
    assert_eq!(captured(fetcher.visit(&third).await).final_url, server.url("/guide-2.pdf"));
}

const XHTML: &[u8] =
    b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p>We tell.</p></body></html>";

#[tokio::test]
async fn what_an_answer_is_follows_from_its_name_and_its_octets() {
    let server = FaultServer::start().await;
    let fetcher = fetcher(options(&[server.authority()]));
    let named = |name: &str, body: &[u8]| Answer::status("200 OK").header(&format!("Content-Type: {name}")).body(body);
    for (answer, wanted) in [
        (named("application/pdf; charset=binary", PDF), Ok("application/pdf")),
        (named("application/x-pdf", b"\xef\xbb\xbf\n%PDF-1.4"), Ok("application/pdf")),
        (named("application/octet-stream", PDF), Ok("application/pdf")),
        (named("text/plain", PDF), Ok("application/pdf")),
        (Answer::status("200 OK").body(PDF), Ok("application/pdf")),
        (named("text/html", PAGE.as_bytes()), Ok("text/html")),
        (named("application/pdf", PAGE.as_bytes()), Err("the server calls it application/pdf, but it is no PDF file")),
        (named("application/octet-stream", b"PK"), Err("the server sent application/octet-stream, which is not read")),
        // XHTML is known by its namespace; feeds stay what they are.
        (named("application/xhtml+xml", XHTML), Ok("application/xhtml+xml")),
        (named("application/xml; charset=utf-8", XHTML), Ok("application/xhtml+xml")),
        (named("text/xml", XHTML), Ok("application/xhtml+xml")),
        (named("text/html", XHTML), Ok("text/html")),
        (named("text/xml", b"<rss><channel/></rss>"), Ok("text/xml")),
        (named("application/xml", b"<rss/>"), Err("the server sent application/xml, which is not read")),
    ] {
        server.set("/", answer);
        match (fetcher.visit(&ask(&server.url("/"))).await, wanted) {
            (Fetched::Captured(capture), Ok(wanted)) => assert_eq!(capture.media_type, wanted),
            (Fetched::Missed(missed), Err(wanted)) => {
                assert_eq!((missed.why, missed.detail.as_str()), (Why::MediaType, wanted));
            }
            (other, wanted) => panic!("{wanted:?}: {other:?}"),
        }
    }
}
