//! TLS: certificates made here and now; there is no way to turn the checks off, only to trust one more authority.

use super::{PAGE, ask, captured, fetcher, missed, options, start_of_time};
use crate::certificates::{self, Authority, authority, leaf};
use crate::fault_server::{Answer, FaultServer};
use noticewatch::io::fetch::{FetchError, FetchOptions, Fetcher};
use noticewatch_core::capture::{Sha256, Why};

use rcgen::{CertificateParams, date_time_ymd};

/// A server with this certificate, signed by the authority or by itself, and the fingerprint of the certificate.
async fn serve(params: CertificateParams, signed_by: Option<&Authority>) -> (FaultServer, Sha256) {
    let (server, fingerprint) = certificates::serve(params, signed_by).await;
    server.set("/", Answer::page(PAGE));
    (server, fingerprint)
}

fn trusting(authority: &Authority, server: &FaultServer) -> FetchOptions {
    FetchOptions { extra_ca: vec![authority.file.path().to_owned()], ..options(&[server.authority()]) }
}

#[tokio::test]
async fn a_certificate_of_an_extra_authority_is_trusted_and_kept_as_proof() {
    let authority = authority();
    let (server, fingerprint) = serve(leaf("127.0.0.1"), Some(&authority)).await;
    let capture = captured(fetcher(trusting(&authority, &server)).visit(&ask(&server.url("/"))).await);
    let tls = capture.tls.expect("a session");
    assert_eq!((tls.certificate, tls.version.as_deref()), (fingerprint, Some("TLSv1.3")));
    assert_eq!(capture.protocol.as_deref(), Some("HTTP/1.1"));
    assert_eq!(capture.body, PAGE.as_bytes());
}

#[tokio::test]
async fn bad_certificates_are_named_for_what_they_are_and_nothing_is_asked() {
    let authority = authority();
    let mut expired = leaf("127.0.0.1");
    (expired.not_before, expired.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 3, 1));
    let mut early = leaf("127.0.0.1");
    early.not_before = date_time_ymd(2999, 1, 1);
    let nobody = "the certificate is signed by nobody we trust; `extra_ca` can name an authority";
    let rows = [
        (expired, true, "the certificate expired on 2020-03-01"),
        (early, true, "the certificate is valid from 2999-01-01 only"),
        (leaf("other.example"), true, "the certificate is for another name"),
        (leaf("127.0.0.1"), false, nobody),
    ];
    for (params, signed, detail) in rows {
        let (server, _) = serve(params, signed.then_some(&authority)).await;
        let missed = missed(fetcher(trusting(&authority, &server)).visit(&ask(&server.url("/"))).await);
        assert_eq!((missed.why, missed.detail.as_str()), (Why::Tls, detail));
        assert!(server.asked().is_empty(), "{detail}");
    }
    let (server, _) = serve(leaf("127.0.0.1"), Some(&authority)).await;
    let missed = missed(fetcher(options(&[server.authority()])).visit(&ask(&server.url("/"))).await);
    assert_eq!((missed.why, missed.detail.as_str()), (Why::Tls, nobody), "an authority that nobody named");
}

#[tokio::test]
async fn a_redirect_from_https_to_http_is_refused_even_to_an_allowed_host() {
    let authority = authority();
    let plain = FaultServer::start().await;
    let (server, _) = serve(leaf("127.0.0.1"), Some(&authority)).await;
    server.set("/", Answer::redirect(&plain.url("/")));
    let ca = trusting(&authority, &server).extra_ca;
    let fetcher = fetcher(FetchOptions { extra_ca: ca, ..options(&[server.authority(), plain.authority()]) });
    let missed = missed(fetcher.visit(&ask(&server.url("/"))).await);
    assert_eq!((missed.why, missed.detail.as_str()), (Why::Forbidden, "the redirect leads from https to http"));
    assert!(plain.asked().is_empty());
}

#[tokio::test]
async fn a_server_without_tls_is_named_so() {
    let server = FaultServer::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let authority = listener.local_addr().expect("its address").to_string();
    let speaking = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await;
    });
    let fetcher = fetcher(options(&[authority.clone(), server.authority()]));
    let missed = missed(fetcher.visit(&ask(&format!("https://{authority}/"))).await);
    assert_eq!((missed.why, missed.detail.as_str()), (Why::Tls, "the server does not speak TLS there"));
    speaking.await.expect("the server ended");
}

#[test]
fn a_file_that_holds_no_certificate_is_named() {
    let empty = tempfile::NamedTempFile::new().expect("a file");
    for path in [empty.path().to_owned(), "/nowhere/authority.pem".into()] {
        let options = FetchOptions { extra_ca: vec![path.clone()], ..options(&[]) };
        let error = Fetcher::new(options, start_of_time()).expect_err("refused");
        assert!(matches!(error, FetchError::Unreadable { .. } | FetchError::NoCertificate { .. }), "{error}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}
