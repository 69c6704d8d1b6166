//! Addresses as users write them: `host:port`, `[v6]:port` and paths of unix sockets.
//!
//! Knows how to read an address. A text that it refuses can never be connected to or listened at, whatever the network
//! is like. Looks up no names, and opens no sockets.

use razor_stream::error::Stage;
use razor_stream::transport::TransportError;
use socket2::SockAddr;
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// An address that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A unix socket.
    Unix(PathBuf),
    /// An IP address, which needs no look-up.
    Inet(SocketAddr),
    /// A name that has to be looked up.
    Name { host: String, port: u16 },
}

/// Why a text is not an address.
type Reason = &'static str;

impl Endpoint {
    /// Reads an address to listen at.
    pub(crate) fn parse(addr: &str) -> io::Result<Self> {
        read(addr).map_err(|reason| malformed(reason, addr))
    }

    /// Reads an address to connect to.
    pub(crate) fn parse_peer(addr: &str) -> io::Result<Self> {
        match Self::parse(addr)? {
            Self::Inet(inet) if inet.port() == 0 => Err(malformed(PORT_0, addr)),
            Self::Name { port: 0, .. } => Err(malformed(PORT_0, addr)),
            endpoint => Ok(endpoint),
        }
    }
}

/// Adds the stage and the address to an IO error.
pub(crate) fn failed(stage: Stage, addr: &str) -> impl FnOnce(io::Error) -> TransportError {
    move |cause| TransportError { stage, addr: addr.to_owned(), cause }
}

fn read(addr: &str) -> Result<Endpoint, Reason> {
    if let Some(path) = addr.strip_prefix("unix:") {
        // `unix:///path` is a usual form. With two slashes and no third, the path would begin later than it seems to.
        return match path.strip_prefix("//") {
            Some(rest) if !rest.starts_with('/') => Err("a path after unix:// begins with /"),
            _ => unix(path),
        };
    }
    if ["/", "./", "../"].iter().any(|start| addr.starts_with(start)) {
        return unix(addr);
    }
    if let Ok(inet) = addr.parse::<SocketAddr>() {
        return inet_addr(inet);
    }
    if addr.starts_with('@') {
        return Err("abstract unix sockets are not supported");
    }
    if addr.contains("://") {
        return Err("a URL is no address, leave away the scheme and what follows the port");
    }
    if addr.contains([',', ';']) {
        return Err("one address, and no list of them");
    }
    if is_v6(addr) {
        return Err("an IPv6 address needs brackets, and a port after them");
    }
    let Some((host, port)) = addr.rsplit_once(':') else { return Err("there is no port") };
    let host = host_name(host)?;
    Ok(Endpoint::Name { host, port: port_number(port)? })
}

fn unix(path: &str) -> Result<Endpoint, Reason> {
    if path.is_empty() {
        return Err("the path of the unix socket is empty");
    }
    if path.contains('\0') {
        return Err("the path of the unix socket holds a zero byte");
    }
    if path.starts_with('@') {
        return Err("abstract unix sockets are not supported; ./@name is a file");
    }
    if let Some("" | "." | "..") = path.rsplit('/').next() {
        return Err("the path of a unix socket ends in the name of a file");
    }
    if SockAddr::unix(path).is_err() {
        return Err("the path of the unix socket is longer than the system takes, about 100 bytes");
    }
    Ok(Endpoint::Unix(PathBuf::from(path)))
}

fn inet_addr(inet: SocketAddr) -> Result<Endpoint, Reason> {
    match inet {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0 => {
            Err("a link-local address needs its interface: [fe80::1%eth0]:80")
        }
        _ => Ok(Endpoint::Inet(inet)),
    }
}

fn host_name(host: &str) -> Result<String, Reason> {
    if host.is_empty() {
        return Err("the host is empty");
    }
    if let Some(scoped) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return scoped_v6(scoped);
    }
    if host.contains(['[', ']']) {
        return Err("the brackets around an IPv6 address are not closed, or not around all of it");
    }
    if is_v6(host) {
        return Err("an IPv6 address needs brackets: [::1]:80");
    }
    if host.contains(':') {
        return Err("there is more than one colon; only an IPv6 address in brackets has such");
    }
    if !host.chars().all(is_of_a_name) {
        return Err("the host holds a character that no name has");
    }
    let labels = host.strip_suffix('.').unwrap_or(host);
    if labels.len() > LONGEST_NAME
        || !labels.split('.').all(|l| (1..=LONGEST_LABEL).contains(&l.len()))
    {
        return Err("the parts of a name have 1 to 63 bytes, and all together at most 253");
    }
    if labels.split('.').any(|label| label.starts_with('-')) {
        return Err("no part of a name begins with a hyphen");
    }
    // Four numbers from 0 to 255 have been read before. Resolvers read some other numbers as an address too, each in
    // its own way. A longer number without a dot is a name, of a container for instance.
    let last = labels.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit());
    let is_short = labels.contains('.') || last.parse::<u32>().is_ok();
    if is_number && is_short || last.starts_with("0x") || last.starts_with("0X") {
        return Err("the host is no IPv4 address: that has four numbers from 0 to 255");
    }
    Ok(host.to_owned())
}

/// `fe80::1%eth0`: the name of an interface needs a look-up. Other addresses in brackets have been read before.
fn scoped_v6(host: &str) -> Result<String, Reason> {
    let Some((ip, scope)) = host.split_once('%') else {
        return Err("there is no IPv6 address in the brackets");
    };
    let Ok(ip) = ip.parse::<Ipv6Addr>() else {
        return Err("there is no IPv6 address in the brackets");
    };
    if !is_interface(scope) {
        return Err("after the % comes the name of an interface, or its number");
    }
    if !ip.is_unicast_link_local() {
        return Err("only a link-local address, fe80::, has the name of an interface");
    }
    Ok(host.to_owned())
}

fn is_interface(scope: &str) -> bool {
    (1..=LONGEST_INTERFACE).contains(&scope.len())
        && scope.chars().all(|c| c.is_ascii_graphic() && !"/%:[]".contains(c))
}

/// Whether a text is an IPv6 address without brackets, with or without an interface.
fn is_v6(text: &str) -> bool {
    text.split('%').next().is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok())
}

/// Names in `/etc/hosts` or in a local domain may have letters that are not ASCII.
fn is_of_a_name(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || "-_.".contains(c);
    }
    c.is_alphabetic()
}

fn port_number(port: &str) -> Result<u16, Reason> {
    // `u16::from_str` takes a plus sign.
    if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err("the port is not a number");
    }
    port.parse().map_err(|_| "the port is not a number from 0 to 65535")
}

/// The error says what to write, and shows the refused text in a form that can be read.
fn malformed(reason: Reason, addr: &str) -> io::Error {
    let shown: String = addr.chars().take(SHOWN).collect();
    let more = if shown.len() < addr.len() { " …" } else { "" };
    let text = format!("{reason}; expected {FORMS}; got {shown:?}{more}");
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

const FORMS: &str = "host:port, [ipv6]:port or a path that begins with / or ./";
const PORT_0: Reason = "port 0 can be listened at, and not be connected to";

/// Characters of an address that an error shows.
const SHOWN: usize = 80;

/// The longest name and the longest part of a name, in bytes, that the domain name system can hold.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;
/// `IFNAMSIZ` without its zero byte.
const LONGEST_INTERFACE: usize = 15;

#[cfg(test)]
mod tests;
