//! Where to listen, as it is written.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// One place to listen at.
///
/// `http://ADDRESS:PORT` and `https://ADDRESS:PORT` say what is spoken there. A bare `ADDRESS:PORT`
/// is TLS if a certificate was set, and plain if none was: who sets one does not mean to go without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A TCP address.
    Tcp(SocketAddr, Scheme),
    /// The file of a Unix socket; plain HTTP always.
    Unix(PathBuf),
}

/// What is spoken at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// TLS if there is a certificate.
    Either,
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// Whether to speak TLS.
    pub fn is_tls(self, has_certificate: bool) -> bool {
        match self {
            Self::Either => has_certificate,
            Self::Http => false,
            Self::Https => true,
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), Scheme::Either)
    }
}

impl Listen {
    /// Whether it says that TLS is spoken there.
    pub fn says_tls(&self) -> bool {
        matches!(self, Self::Tcp(_, Scheme::Https))
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let (scheme, address) = if let Some(rest) = text.strip_prefix("https://") {
            (Scheme::Https, rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (Scheme::Http, rest)
        } else {
            (Scheme::Either, text)
        };
        let expected = |_| {
            format!(
                "found `{}`, expected an address and port such as `127.0.0.1:8080` or \
                 `[::1]:8080`, maybe after `http://` or `https://`, or `unix:/path`",
                text.escape_debug()
            )
        };
        Ok(Self::Tcp(address.parse().map_err(expected)?, scheme))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address, Scheme::Either) => write!(f, "{address}"),
            Self::Tcp(address, Scheme::Http) => write!(f, "http://{address}"),
            Self::Tcp(address, Scheme::Https) => write!(f, "https://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::server::listen::Listen;

    #[track_caller]
    fn check(text: &str, is_tls: Option<(bool, bool)>) {
        let listen = text.parse::<Listen>().ok();
        assert_eq!(listen.is_some(), is_tls.is_some(), "{text}");
        if let (Some(Listen::Tcp(_, scheme)), Some(is_tls)) = (&listen, is_tls) {
            assert_eq!((scheme.is_tls(false), scheme.is_tls(true)), is_tls, "{text}");
        }
        if let Some(listen) = listen {
            assert_eq!(listen.to_string(), text);
        }
    }

    #[test]
    fn an_address_says_what_is_spoken() {
        check("127.0.0.1:8080", Some((false, true)));
        check("[::1]:8080", Some((false, true)));
        check("0.0.0.0:0", Some((false, true)));
        check("http://127.0.0.1:80", Some((false, false)));
        check("https://[::]:443", Some((true, true)));
        check("unix:/run/ipmint.sock", Some((false, false)));
        check("unix:", None);
        check("localhost:80", None);
        check("127.0.0.1", None);
        check("ftp://127.0.0.1:21", None);
        check("::1:80", None);
        check("http://127.0.0.1:80/", None);
        check("", None);
    }
}
