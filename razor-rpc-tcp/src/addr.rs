//! Addresses as users write them: `host:port`, `[v6]:port` and paths of unix sockets.
//!
//! Knows how to read an address and how to look up a name without blocking the reactor. Opens no sockets.

use orb::prelude::AsyncRuntime;
use razor_stream::error::Stage;
use razor_stream::transport::TransportError;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

/// An address that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A unix socket.
    Unix(PathBuf),
    /// An IP address; needs no lookup.
    Inet(SocketAddr),
    /// A name that has to be looked up.
    Name { host: String, port: u16 },
}

impl Endpoint {
    /// Reads an address.
    pub(crate) fn parse(addr: &str) -> io::Result<Self> {
        if let Some(path) = addr.strip_prefix("unix:") {
            return unix(path);
        }
        if addr.starts_with('/') {
            return unix(addr);
        }
        if let Ok(inet) = addr.parse::<SocketAddr>() {
            return Ok(Self::Inet(inet));
        }
        let Some((host, port)) = addr.rsplit_once(':') else {
            return Err(invalid("expected host:port, or /path or unix:path for a unix socket"));
        };
        Ok(Self::Name { host: host_name(host)?, port: port_number(port)? })
    }
}

/// Looks up a name. The lookup runs on a thread of its own kind: it may take seconds.
///
/// # Cancellation
/// Dropping the future lets the lookup end unheard.
pub(crate) async fn look_up<RT: AsyncRuntime>(
    host: String,
    port: u16,
) -> io::Result<Vec<SocketAddr>> {
    // Nothing in here may panic: under orb-smol the panic would come out of the await.
    let found =
        RT::spawn_blocking(move || (host.as_str(), port).to_socket_addrs().map(Vec::from_iter));
    let addrs = match found.await {
        Ok(addrs) => addrs?,
        Err(()) => return Err(io::Error::other("the thread of the lookup ended early")),
    };
    if addrs.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    }
    Ok(addrs)
}

/// Gives an IO error the stage and the address it belongs to.
pub(crate) fn failed(stage: Stage, addr: &str) -> impl FnOnce(io::Error) -> TransportError {
    move |cause| TransportError { stage, addr: addr.to_owned(), cause }
}

fn unix(path: &str) -> io::Result<Endpoint> {
    if path.is_empty() {
        return Err(invalid("the path of the unix socket is empty"));
    }
    if path.contains('\0') {
        return Err(invalid("the path of the unix socket holds a zero byte"));
    }
    Ok(Endpoint::Unix(PathBuf::from(path)))
}

fn host_name(host: &str) -> io::Result<String> {
    if host.is_empty() {
        return Err(invalid("the host is empty"));
    }
    if let Some(scoped) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return scoped_v6(scoped);
    }
    if host.contains(':') {
        return Err(invalid("an IPv6 address needs brackets: [::1]:80"));
    }
    if host.contains(|c: char| c.is_whitespace() || c.is_control() || "/[]%@".contains(c)) {
        return Err(invalid("the host holds a character that no name has"));
    }
    Ok(host.to_owned())
}

/// `fe80::1%eth0`: the name of an interface needs a lookup. Other addresses in brackets have been read before.
fn scoped_v6(host: &str) -> io::Result<String> {
    match host.split_once('%') {
        Some((ip, scope)) if ip.parse::<Ipv6Addr>().is_ok() && is_interface(scope) => {
            Ok(host.to_owned())
        }
        _ => Err(invalid("no IPv6 address in the brackets")),
    }
}

fn is_interface(scope: &str) -> bool {
    !scope.is_empty() && scope.chars().all(|c| c.is_ascii_graphic() && c != '/')
}

fn port_number(port: &str) -> io::Result<u16> {
    // `u16::from_str` takes a plus sign.
    if !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid("the port is not a number"));
    }
    port.parse().map_err(|_| invalid("the port is not a number from 0 to 65535"))
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_address_is_read() {
        let name = |host: &str, port| Endpoint::Name { host: host.into(), port };
        let inet = |addr: &str| Endpoint::Inet(addr.parse().unwrap());
        let unix = |path: &str| Endpoint::Unix(path.into());
        for (addr, expected) in [
            ("127.0.0.1:80", inet("127.0.0.1:80")),
            ("[::1]:80", inet("[::1]:80")),
            ("[fe80::1%2]:80", inet("[fe80::1%2]:80")),
            ("[fe80::1%eth0]:80", name("fe80::1%eth0", 80)),
            ("localhost:0", name("localhost", 0)),
            ("a-b.example.:65535", name("a-b.example.", 65535)),
            ("my_host:1", name("my_host", 1)),
            ("/run/x.sock", unix("/run/x.sock")),
            ("unix:/run/x.sock", unix("/run/x.sock")),
            ("unix:./x", unix("./x")),
            ("unix:x:1", unix("x:1")),
            ("/run/with space", unix("/run/with space")),
        ] {
            assert_eq!(Endpoint::parse(addr).unwrap(), expected, "{addr}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for (addr, reason) in [
            ("", "expected host:port"),
            ("localhost", "expected host:port"),
            ("./x", "expected host:port"),
            (":", "host is empty"),
            (":80", "host is empty"),
            ("host:", "not a number"),
            ("host:http", "not a number"),
            ("host:+80", "not a number"),
            ("host:-1", "not a number"),
            ("host:65536", "0 to 65535"),
            ("::1", "brackets"),
            ("fe80::1:80", "brackets"),
            ("[::1]", "brackets"),
            ("[]:80", "brackets"),
            ("[x]:80", "brackets"),
            ("[fe80::1%]:80", "brackets"),
            ("a b:80", "character"),
            ("a\0b:80", "character"),
            ("http://host:80", "brackets"),
            ("user@host:80", "character"),
            ("unix:", "empty"),
            ("unix:/a\0b", "zero byte"),
            ("\u{1F980}", "expected host:port"),
        ] {
            let cause = Endpoint::parse(addr).expect_err(addr);
            assert_eq!(cause.kind(), io::ErrorKind::InvalidInput, "{addr:?}");
            assert!(cause.to_string().contains(reason), "{addr:?}: {cause}");
        }
    }
}
