//! Canaries: networks about which a release must, or must not, say something.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::base::{Family, Prefix, Range, V4, V6};
use crate::feed::Category;

/// A network about which a release must, or must not, say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The network.
    pub network: CanaryNetwork,
    /// Signals that must be true.
    pub must: Vec<Category>,
    /// Signals that must not be true.
    pub must_not: Vec<Category>,
}

/// An address or a prefix, read; it prints as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryNetwork {
    text: String,
    addresses: Addresses, // invariant: those of the text
}

/// The addresses of a canary's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// Of IPv4.
    V4(Range<V4>),
    /// Of IPv6.
    V6(Range<V6>),
}

/// A text that is no address or prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct CanaryNetworkError {
    /// What should be there.
    pub expected: &'static str,
}

impl CanaryNetwork {
    /// Its addresses.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }
}

impl fmt::Display for CanaryNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for CanaryNetwork {
    type Err = CanaryNetworkError;

    fn from_str(text: &str) -> Result<Self, CanaryNetworkError> {
        const SHAPE: CanaryNetworkError =
            CanaryNetworkError { expected: "an address or a prefix such as 192.0.2.0/24" };
        let (addr, len) = match text.split_once('/') {
            // `parse` would take a sign.
            Some((addr, len)) if len.bytes().all(|byte| byte.is_ascii_digit()) => {
                (addr, Some(len.parse::<u8>().map_err(|_| SHAPE)?))
            }
            Some(_) => return Err(SHAPE),
            None => (text, None),
        };
        let addresses = match addr.parse().map_err(|_| SHAPE)? {
            IpAddr::V4(ip) => range(ip.to_bits(), len, SHAPE).map(Addresses::V4)?,
            IpAddr::V6(ip) => range(ip.to_bits(), len, SHAPE).map(Addresses::V6)?,
        };
        Ok(Self { text: text.to_owned(), addresses })
    }
}

fn range<F: Family>(
    addr: F::Addr,
    len: Option<u8>,
    too_long: CanaryNetworkError,
) -> Result<Range<F>, CanaryNetworkError> {
    let prefix = Prefix::<F>::masked(addr, len.unwrap_or(F::BITS)).ok_or(too_long)?;
    if prefix.addr() != addr {
        let expected = "a prefix whose host bits are zero (RFC 4632)";
        return Err(CanaryNetworkError { expected });
    }
    Ok(prefix.range())
}

#[cfg(test)]
mod tests {
    use crate::score::CanaryNetwork;

    #[track_caller]
    fn check(text: &str, expected: Result<(), &str>) {
        let parsed = text.parse::<CanaryNetwork>();
        assert_eq!(
            parsed.as_ref().map(ToString::to_string).ok().as_deref(),
            parsed.is_ok().then_some(text)
        );
        assert_eq!(parsed.map(drop).map_err(|error| error.expected), expected, "{text}");
    }

    #[test]
    fn a_network_is_an_address_or_a_prefix() {
        let shape = Err("an address or a prefix such as 192.0.2.0/24");
        let host_bits = Err("a prefix whose host bits are zero (RFC 4632)");
        check("192.0.2.7", Ok(()));
        check("192.0.2.0/24", Ok(()));
        check("2001:DB8::/32", Ok(()));
        check("192.0.2.7/24", host_bits);
        check("2001:db8::1/64", host_bits);
        for text in ["", "x", "192.0.2.0/33", "192.0.2.0/+24", "192.0.2.0/", "2001:db8::/129"] {
            check(text, shape);
        }
    }
}
