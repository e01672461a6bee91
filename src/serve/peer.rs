//! Who is at the other end of a connection.

use std::net::IpAddr;

/// Who asks, as an extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The client's address, behind the proxies that are trusted; `None` over a Unix socket that no
    /// trusted proxy speaks through.
    pub address: Option<IpAddr>,
    /// Whether the connection is encrypted.
    pub is_secure: bool,
}
