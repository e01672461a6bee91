//! Who the client is when a proxy stands before the server.
//!
//! `X-Forwarded-For` is what anybody may write. Each proxy adds at the right whom it was asked by, so
//! the list is read from the right for as long as trusted proxies wrote it: the first hop that is no
//! trusted proxy is the client.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::HeaderMap;
use serde::{Serialize, Serializer};

use crate::base::{Prefix, V4, V6};
use crate::serve::Peer;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// Those whose word is taken for who the client is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Proxy>);

/// One of them, or a prefix of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// Whoever may open a Unix socket.
    Unix,
    /// Addresses of IPv4.
    V4(Prefix<V4>),
    /// Addresses of IPv6.
    V6(Prefix<V6>),
}

impl Proxies {
    /// Those of the list.
    pub fn new(proxies: Vec<Proxy>) -> Self {
        Self(proxies)
    }

    /// Whether nobody is trusted, as most servers have it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody at this address is; `None` is a Unix socket.
    pub fn trust(&self, address: Option<IpAddr>) -> bool {
        self.0.iter().any(|proxy| match (proxy, address) {
            (Proxy::Unix, None) => true,
            (Proxy::V4(prefix), Some(IpAddr::V4(address))) => prefix.covers(address.to_bits()),
            (Proxy::V6(prefix), Some(IpAddr::V6(address))) => prefix.covers(address.to_bits()),
            _ => false,
        })
    }

    /// Returns who asks, given who is at the other end of the connection and what that one says.
    ///
    /// A hop that cannot be read ends the list: whoever is behind it is not known, and the proxy that
    /// wrote it stands for the client. `X-Forwarded-Proto` has one value, or one for each hop.
    pub fn client(&self, connection: Peer, headers: &HeaderMap) -> Peer {
        if self.is_empty() || !self.trust(connection.address) {
            return connection;
        }
        let mut peer = connection;
        let mut n_hops = 0;
        for hop in values(headers, FORWARDED_FOR) {
            let Some(address) = hop_address(hop) else { break };
            peer.address = Some(address);
            n_hops += 1;
            if !self.trust(Some(address)) {
                break;
            }
        }
        let protos: Vec<_> = values(headers, FORWARDED_PROTO).collect();
        let proto = protos.get(n_hops.max(1) - 1).or(protos.last());
        if let Some(proto) = proto {
            peer.is_secure = proto.eq_ignore_ascii_case("https");
        }
        peer
    }
}

/// The elements of a list in a header, however many lines it has, the last first.
fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).iter().rev();
    // What is no text is no address: an element that cannot be read.
    let lines = lines.map(|value| value.to_str().unwrap_or("?"));
    lines.flat_map(|line| line.rsplit(',')).map(str::trim)
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`.
fn hop_address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok().or_else(|| {
        let socket = text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
        let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
        socket.or_else(bracketed)
    })?;
    Some(address.to_canonical())
}

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "found `{}`, expected an address, a prefix without host bits, or `unix`",
                text.escape_debug()
            )
        };
        if text == "unix" {
            return Ok(Self::Unix);
        }
        let (address, len) = match text.split_once('/') {
            Some((address, len)) => (address, Some(len.parse::<u8>().map_err(|_| expected())?)),
            None => (text, None),
        };
        match address.parse().map_err(|_| expected())? {
            IpAddr::V4(address) => {
                let address = address.to_bits();
                let prefix = Prefix::masked(address, len.unwrap_or(32));
                prefix.filter(|prefix| prefix.addr() == address).map(Self::V4)
            }
            IpAddr::V6(address) => {
                let address = address.to_bits();
                let prefix = Prefix::masked(address, len.unwrap_or(128));
                prefix.filter(|prefix| prefix.addr() == address).map(Self::V6)
            }
        }
        .ok_or_else(expected)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix => f.write_str("unix"),
            Self::V4(prefix) => prefix.fmt(f),
            Self::V6(prefix) => prefix.fmt(f),
        }
    }
}

impl Serialize for Proxies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use crate::serve::Peer;
    use crate::serve::server::proxies::{Proxies, Proxy};

    const TRUSTED: [&str; 3] = ["192.0.2.0/24", "2001:db8:1::/48", "unix"];

    fn proxies(texts: &[&str]) -> Proxies {
        Proxies::new(texts.iter().map(|text| text.parse().expect("a proxy")).collect())
    }

    /// `connection` is an address or `unix`, `expected` the client's and whether it is secure.
    #[track_caller]
    fn check(connection: &str, forwarded: &[&str], proto: &str, expected: (&str, bool)) {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).expect("a value"));
        }
        if !proto.is_empty() {
            headers.append("x-forwarded-proto", HeaderValue::from_str(proto).expect("a value"));
        }
        let connection = Peer { address: connection.parse().ok(), is_secure: false };
        let peer = proxies(&TRUSTED).client(connection, &headers);
        let address = peer.address.map_or("unix".to_owned(), |address| address.to_string());
        assert_eq!((address.as_str(), peer.is_secure), expected);
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        check("203.0.113.1", &["198.51.100.1"], "https", ("203.0.113.1", false));
        check("192.0.2.1", &["198.51.100.1"], "https", ("198.51.100.1", true));
        check("unix", &["198.51.100.1"], "", ("198.51.100.1", false));
        check("unix", &[], "https", ("unix", true));
        check("192.0.2.1", &[], "", ("192.0.2.1", false));
    }

    #[test]
    fn the_rightmost_hop_that_is_not_trusted_is_the_client() {
        check("192.0.2.1", &["10.0.0.1, 198.51.100.1, 192.0.2.9"], "", ("198.51.100.1", false));
        check(
            "192.0.2.1",
            &["10.0.0.1", "198.51.100.1 ,2001:db8:1::5"],
            "",
            ("198.51.100.1", false),
        );
        check("192.0.2.1", &["192.0.2.7, 192.0.2.8"], "", ("192.0.2.7", false));
        check("192.0.2.1", &["198.51.100.1, unknown"], "", ("192.0.2.1", false));
        check("192.0.2.1", &["198.51.100.1, nonsense, 192.0.2.9"], "", ("192.0.2.9", false));
        check("192.0.2.1", &["[2001:db8::7]:4711"], "", ("2001:db8::7", false));
        check("192.0.2.1", &["[2001:db8::7]"], "", ("2001:db8::7", false));
        check("192.0.2.1", &["198.51.100.1:80"], "", ("198.51.100.1", false));
        check("192.0.2.1", &["::ffff:198.51.100.1"], "", ("198.51.100.1", false));
        check("192.0.2.1", &[""], "", ("192.0.2.1", false));
    }

    #[test]
    fn the_scheme_is_the_clients() {
        let hops = ["203.0.113.9, 198.51.100.1, 192.0.2.9"];
        check("192.0.2.1", &hops, "https", ("198.51.100.1", true));
        check("192.0.2.1", &hops, "http, https, http", ("198.51.100.1", true));
        check("192.0.2.1", &hops, "https, http, https", ("198.51.100.1", false));
    }

    #[test]
    fn proxies_are_prefixes() {
        for text in ["192.0.2.0/24", "192.0.2.1/32", "2001:db8::/32", "::/0", "unix"] {
            assert_eq!(text.parse::<Proxy>().expect("a proxy").to_string(), text);
        }
        for text in ["192.0.2.1/24", "192.0.2.0/33", "a", "", "192.0.2.0/", "2001:db8::/129"] {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
    }
}
