//! Texts that are addresses, and the errors for other texts.

use super::*;

#[test]
fn every_form_of_address_is_read() {
    let name = |host: &str, port| Endpoint::Name { host: host.into(), port };
    let inet = |addr: &str| Endpoint::Inet(addr.parse().unwrap());
    let unix = |path: &str| Endpoint::Unix(path.into());
    let label = "x".repeat(63);
    let longest = [&*label, &*label, &*label, &label[..61]].join(".");
    for (addr, expected) in [
        ("127.0.0.1:80", inet("127.0.0.1:80")),
        ("0.0.0.0:80", inet("0.0.0.0:80")),
        ("[::1]:80", inet("[::1]:80")),
        ("[::ffff:10.0.0.1]:80", inet("[::ffff:10.0.0.1]:80")),
        ("[fe80::1%2]:80", inet("[fe80::1%2]:80")),
        ("[fe80::1%eth0]:80", name("fe80::1%eth0", 80)),
        ("[fe80::1%eth0.100]:80", name("fe80::1%eth0.100", 80)),
        ("localhost:0", name("localhost", 0)),
        ("a-b.example.:65535", name("a-b.example.", 65535)),
        ("my_host:1", name("my_host", 1)),
        ("b\u{fc}cher.local:1", name("b\u{fc}cher.local", 1)),
        ("123456789012:1", name("123456789012", 1)),
        ("1.pool.example:1", name("1.pool.example", 1)),
        (&format!("{longest}:1"), name(&longest, 1)),
        (&format!("{longest}.:1"), name(&format!("{longest}."), 1)),
        ("/run/x.sock", unix("/run/x.sock")),
        ("./x.sock", unix("./x.sock")),
        ("../x:1", unix("../x:1")),
        ("unix:/run/x.sock", unix("/run/x.sock")),
        ("unix:///run/x.sock", unix("///run/x.sock")),
        ("unix:./x", unix("./x")),
        ("unix:./@x", unix("./@x")),
        ("unix:x:1", unix("x:1")),
        ("/run/with space", unix("/run/with space")),
        (&format!("/{}", "x".repeat(102)), unix(&format!("/{}", "x".repeat(102)))),
    ] {
        assert_eq!(Endpoint::parse(addr).unwrap(), expected, "{addr}");
    }
}

/// Texts that are not addresses, each with a part of the reason.
const MALFORMED: &[(&str, &str)] = &[
    ("", "no port"),
    ("127.0.0.1", "no port"),
    ("localhost", "no port"),
    ("x.sock", "no port"),
    ("\u{1F980}", "no port"),
    (":", "host is empty"),
    (":7000", "host is empty"),
    ("host:", "not a number"),
    ("host:http", "not a number"),
    ("host:port", "not a number"),
    ("host:+80", "not a number"),
    ("host:-1", "not a number"),
    ("host:80 ", "not a number"),
    ("host: 80", "not a number"),
    ("host:\u{663}", "not a number"),
    ("host:65536", "0 to 65535"),
    ("host:99999", "0 to 65535"),
    ("host:99999999999999999999", "0 to 65535"),
    ("host:80/path", "not a number"),
    ("tcp://host:1", "a URL is no address"),
    ("http://host", "a URL is no address"),
    ("https://host:80/path?query", "a URL is no address"),
    ("tcp:host:1", "more than one colon"),
    ("a:1,b:2", "no list"),
    ("a:1;b:2", "no list"),
    ("a:1 b:2", "more than one colon"),
    ("::1", "needs brackets"),
    ("::1:7000", "needs brackets"),
    ("fe80::1:80", "needs brackets"),
    ("2001:db8:1:2:3:4:5:6:7000", "needs brackets"),
    ("fe80::1%eth0", "needs brackets"),
    ("fe80::1%eth0:80", "needs brackets"),
    ("[::1]", "brackets"),
    ("[::1", "brackets"),
    ("[::1:80", "brackets"),
    ("::1]:80", "brackets"),
    ("[::1]x:80", "brackets"),
    ("[]:80", "no IPv6 address in the brackets"),
    ("[x]:80", "no IPv6 address in the brackets"),
    ("[127.0.0.1]:80", "no IPv6 address in the brackets"),
    ("[fe80::1%]:80", "name of an interface"),
    ("[fe80::1%a/b]:80", "name of an interface"),
    ("[fe80::1%0123456789abcdef]:80", "name of an interface"),
    ("[2001:db8::1%eth0]:80", "only a link-local"),
    ("[fe80::1]:80", "needs its interface"),
    ("a b:80", "character"),
    (" host:80", "character"),
    ("host\n:80", "character"),
    ("a\0b:80", "character"),
    ("user@host:80", "character"),
    ("host/path:80", "character"),
    ("*:80", "character"),
    ("256.0.0.1:80", "no IPv4"),
    ("10.0.1:80", "no IPv4"),
    ("2130706433:80", "no IPv4"),
    ("7000:7000", "no IPv4"),
    ("0x7f.1:80", "no IPv4"),
    ("db.0x7f:80", "no IPv4"),
    ("h\u{200b}st:80", "character"),
    ("\u{feff}host:80", "character"),
    ("-h:80", "hyphen"),
    ("1.2.3.4.:80", "no IPv4"),
    ("a..b:80", "1 to 63"),
    (".:80", "1 to 63"),
    (".a:80", "1 to 63"),
    ("@abstract", "abstract"),
    ("unix:@abstract", "abstract"),
    ("unix:", "empty"),
    ("unix://run/x", "begins with /"),
    ("unix:/a\0b", "zero byte"),
    ("/a\0b", "zero byte"),
    ("/", "name of a file"),
    ("./", "name of a file"),
    ("/run/", "name of a file"),
    ("/run/..", "name of a file"),
    ("unix:.", "name of a file"),
];

#[test]
fn what_is_no_address_is_refused_with_a_reason_and_with_what_to_write() {
    for (addr, reason) in MALFORMED {
        for cause in
            [Endpoint::parse(addr).expect_err(addr), Endpoint::parse_peer(addr).expect_err(addr)]
        {
            assert_eq!(cause.kind(), io::ErrorKind::InvalidInput, "{addr:?}");
            let text = cause.to_string();
            assert!(text.contains(reason), "{addr:?}: {text}");
            assert!(text.contains(FORMS), "{addr:?}: {text}");
            assert!(text.ends_with(&format!("got {addr:?}")), "{addr:?}: {text}");
        }
    }
}

#[test]
fn what_is_too_long_is_refused_and_the_error_stays_short() {
    for addr in [
        format!("{}:80", "x".repeat(64)),
        format!("{}x:80", "x.".repeat(127)),
        format!("/{}", "x".repeat(108)),
        format!("./{}", "\u{fc}".repeat(60)),
        "\0".repeat(1 << 20),
        ":".repeat(1 << 20),
    ] {
        let cause = Endpoint::parse(&addr).expect_err(&addr);
        assert_eq!(cause.kind(), io::ErrorKind::InvalidInput);
        assert!(cause.to_string().len() < 1000, "{cause}");
    }
}

#[test]
fn port_0_is_for_those_who_listen() {
    for addr in ["127.0.0.1:0", "[::1]:0", "localhost:0"] {
        assert!(Endpoint::parse(addr).is_ok(), "{addr}");
        let cause = Endpoint::parse_peer(addr).expect_err(addr);
        assert_eq!(cause.kind(), io::ErrorKind::InvalidInput, "{addr}");
        assert!(cause.to_string().contains("port 0"), "{cause}");
    }
    assert!(Endpoint::parse_peer("/run/x").is_ok());
}

#[test]
fn no_text_at_all_panics_or_is_half_an_address() {
    // Every text of up to four of these pieces.
    let pieces = [
        "", "a", "1", ":", "[", "]", "%", "/", ".", "@", "unix:", "::1", "fe80::1", "\0", " ",
        "\u{fc}",
    ];
    let mut texts = vec![String::new()];
    for _ in 0..4 {
        texts =
            texts.iter().flat_map(|text| pieces.map(|piece| format!("{text}{piece}"))).collect();
    }
    for text in texts {
        match Endpoint::parse(&text) {
            Ok(Endpoint::Name { host, .. }) => assert!(!host.is_empty(), "{text:?}"),
            Ok(Endpoint::Unix(path)) => assert!(path.file_name().is_some(), "{text:?}"),
            Ok(Endpoint::Inet(_)) => {}
            Err(cause) => assert_eq!(cause.kind(), io::ErrorKind::InvalidInput, "{text:?}"),
        }
    }
}
