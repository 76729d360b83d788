//! Tests of `address`: which addresses and networks are refused, and why.

use noticewatch_core::address::{Allowed, check_ip, check_redirect, check_url};
#[test]
fn addresses_that_are_refused_and_why() {
    let rows = [
        ("ftp://pages.example/", "`ftp:`"),
        ("file:///etc/passwd", "`file:`"),
        ("javascript:alert(1)", "`javascript:`"),
        ("data:text/html,hello", "`data:`"),
        ("https://user@pages.example/", "user name"),
        ("https://user:word@pages.example/", "user name"),
        ("https://localhost/", "local network"),
        ("https://LOCALHOST./", "local network"),
        ("https://a.b.localhost/", "local network"),
        ("https://printer.local/", "local network"),
        ("https://metadata.google.internal/", "local network"),
        ("https://router.home.arpa/", "local network"),
        ("https://intranet/", "local network"),
        ("https://127.0.0.1/", "loopback"),
        ("https://127.0.0.2:8443/", "loopback"),
        ("https://2130706433/", "loopback"),
        ("https://0x7f.1/", "loopback"),
        ("https://0177.0.0.01/", "loopback"),
        ("https://127.1/", "loopback"),
        ("https://127.0.0.1./", "loopback"),
        ("https://%31%32%37.0.0.1/", "loopback"),
        ("https://１２７.0.0.1/", "loopback"),
        ("https://[::1]/", "loopback"),
        ("https://[::ffff:127.0.0.2]/", "loopback"),
        ("https://[::ffff:7f00:1]/", "loopback"),
        ("https://0.0.0.0/", "this host"),
        ("https://0/", "this host"),
        ("https://[::]/", "this host"),
        ("https://169.254.169.254/latest/meta-data/", "metadata"),
        ("https://[fe80::1]/", "link-local"),
    ];
    for (address, reason) in rows {
        let refused = check_url(&address.parse().expect(address), &Allowed::default()).expect_err(address).to_string();
        assert!(refused.contains(reason), "{address}: {refused}");
    }
    for address in ["https://pages.example/privacy", "http://pages.example:8080/", "https://notlocalhost.example/"] {
        assert_eq!(check_url(&address.parse().expect(address), &Allowed::default()), Ok(()), "{address}");
    }
}

#[test]
fn networks_that_are_not_public() {
    let refused = "0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 168.63.129.16 169.254.1.1 \
        172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 \
        224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::2 ::10.0.0.1 ::ffff:192.168.1.1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe \
        64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 2002:7f00:1:: 2002:a00:1:: 3fff::1 \
        4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 ff02::1";
    for address in refused.split_whitespace() {
        assert!(check_ip(address.parse().expect(address)).is_err(), "{address}");
    }
    let public = "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.167.1.1 223.255.255.255 \
        2606:4700::1111 2a00:1450:4001::1 2001:4860:4860::8888 64:ff9b::808:808 ::ffff:8.8.8.8 2002:808:808::1";
    for address in public.split_whitespace() {
        assert_eq!(check_ip(address.parse().expect(address)), Ok(()), "{address}");
    }
}

#[test]
fn an_operator_allows_a_host_and_its_port_and_nothing_else() {
    let allowed = Allowed::parse(["127.0.0.1:8080", "[::1]:80", "Wiki.internal:443", "localhost:9000"]).expect("clear");
    let judge = |address: &str| check_url(&address.parse().expect(address), &allowed);
    for address in [
        "http://127.0.0.1:8080/a",
        "http://0x7f.1:8080/",
        "http://[::1]/",
        "https://wiki.internal/",
        "http://localhost:9000/",
    ] {
        assert_eq!(judge(address), Ok(()), "{address}");
    }
    for address in
        ["http://127.0.0.1/", "http://127.0.0.1:8081/", "http://wiki.internal/", "http://a:b@127.0.0.1:8080/"]
    {
        assert!(judge(address).is_err(), "{address}");
    }
    for item in ["127.0.0.1", "host:", "host:99999", "a b:80", "u@h:80", "h/p:80", ""] {
        let unclear = Allowed::parse([item]).expect_err(item).to_string();
        assert!(unclear.contains("write it like"), "{unclear}");
    }
}

#[test]
fn a_redirect_never_leaves_https() {
    let (secure, plain) =
        ("https://pages.example/".parse().expect("url"), "http://pages.example/".parse().expect("url"));
    assert_eq!(check_redirect(&plain, &secure, &Allowed::default()), Ok(()));
    let refused = check_redirect(&secure, &plain, &Allowed::default()).expect_err("refused");
    assert_eq!(refused.to_string(), "the redirect leads from https to http");
}
