//! What was asked: a prefix, an address or a range, as people write them.

use std::fmt;
use std::net::IpAddr;

use crate::base::{Family, Prefix, Range, V4, V6};
use crate::query::AnyRange;

/// The longest text that is read; the longest range there is has 97 characters.
const MAX_CHARS: usize = 128;

/// A prefix or a range, read from text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cidr {
    range: AnyRange,
    /// What was asked, where host bits had to be cleared.
    masked: Option<String>,
}

/// Why a text is neither prefix nor address nor range (`invalid_cidr` over HTTP).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CidrError {
    /// Nothing was said.
    #[error(
        "no CIDR was given; expected a prefix such as 192.0.2.0/24, an address, or a range such as 192.0.2.1-192.0.2.9"
    )]
    Empty,
    /// More text than any range has.
    #[error(
        "a text of {bytes} bytes is no CIDR; expected a prefix such as 192.0.2.0/24, an address, or a range such as 192.0.2.1-192.0.2.9"
    )]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// A part that is no address.
    #[error("`{}` is not an IPv4 or IPv6 address; expected a prefix such as 192.0.2.0/24, an address, or a range such as 192.0.2.1-192.0.2.9", text.escape_debug())]
    Address {
        /// The part.
        text: String,
    },
    /// A length that is no number, or passes the family's bits.
    #[error("`/{}` is no length of an {family} prefix; expected /0 to /{bits}", text.escape_debug())]
    Length {
        /// What follows the slash.
        text: String,
        /// `IPv4` or `IPv6`.
        family: &'static str,
        /// 32 or 128.
        bits: u8,
    },
    /// A range that ends before it begins.
    #[error("the range ends before it begins; did you mean {last}-{first}?")]
    Reversed {
        /// Where it begins.
        first: IpAddr,
        /// Where it ends.
        last: IpAddr,
    },
    /// A range from one family to the other.
    #[error(
        "the range begins with {first} and ends with {last}; expected two addresses of one family"
    )]
    Mixed {
        /// Where it begins.
        first: IpAddr,
        /// Where it ends.
        last: IpAddr,
    },
}

impl Cidr {
    /// Reads a prefix, an address or a range `a-b`; spaces around the parts do not count. Host bits of a
    /// prefix are cleared, and IPv4-mapped IPv6 is IPv4.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let text = text.trim();
        if text.len() > MAX_CHARS {
            return Err(CidrError::TooLong { bytes: text.len() });
        }
        if text.is_empty() {
            return Err(CidrError::Empty);
        }
        if let Some((first, last)) = text.split_once('-') {
            return between(address(first)?.to_canonical(), address(last)?.to_canonical());
        }
        let Some((ip, len)) = text.split_once('/') else {
            let range = match address(text)?.to_canonical() {
                IpAddr::V4(ip) => AnyRange::V4(Range::single(ip.to_bits())),
                IpAddr::V6(ip) => AnyRange::V6(Range::single(ip.to_bits())),
            };
            return Ok(Self { range, masked: None });
        };
        prefix(text, address(ip)?, len.trim())
    }

    /// The addresses.
    pub fn range(&self) -> AnyRange {
        self.range
    }

    /// Whether the addresses are those of one prefix.
    pub fn is_prefix(&self) -> bool {
        match self.range {
            AnyRange::V4(range) => range.to_prefix().is_some(),
            AnyRange::V6(range) => range.to_prefix().is_some(),
        }
    }

    /// Whether an address is of the same family.
    pub fn is_of_family(&self, ip: IpAddr) -> bool {
        ip.is_ipv4() == matches!(self.range, AnyRange::V4(_))
    }

    /// What was asked, where that had host bits, which do not count.
    pub fn masked(&self) -> Option<&str> {
        self.masked.as_deref()
    }
}

impl From<AnyRange> for Cidr {
    fn from(range: AnyRange) -> Self {
        Self { range, masked: None }
    }
}

impl fmt::Display for Cidr {
    /// As a prefix where it is one, else as a range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.range.fmt(f)
    }
}

fn address(text: &str) -> Result<IpAddr, CidrError> {
    let text = text.trim();
    text.parse().map_err(|_| CidrError::Address { text: text.to_owned() })
}

fn between(first: IpAddr, last: IpAddr) -> Result<Cidr, CidrError> {
    let range = match (first, last) {
        (IpAddr::V4(a), IpAddr::V4(b)) => Range::new(a.to_bits(), b.to_bits()).map(AnyRange::V4),
        (IpAddr::V6(a), IpAddr::V6(b)) => Range::new(a.to_bits(), b.to_bits()).map(AnyRange::V6),
        _ => return Err(CidrError::Mixed { first, last }),
    };
    let range = range.ok_or(CidrError::Reversed { first, last })?;
    Ok(Cidr { range, masked: None })
}

fn prefix(text: &str, ip: IpAddr, len: &str) -> Result<Cidr, CidrError> {
    let (family, bits) = match ip {
        IpAddr::V4(_) => (V4::NAME, V4::BITS),
        IpAddr::V6(_) => (V6::NAME, V6::BITS),
    };
    // `parse` would take a sign.
    let digits = Some(len).filter(|len| len.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|len| len.parse::<u8>().ok()).filter(|&len| len <= bits);
    let len = number.ok_or_else(|| CidrError::Length { text: len.to_owned(), family, bits })?;
    let mapped = match ip {
        IpAddr::V6(ip) if len >= 96 => ip.to_ipv4_mapped().map(|ip| (ip, len - 96)),
        _ => None,
    };
    let (range, has_host_bits) = match (mapped, ip) {
        (Some((ip, len)), _) => v4(ip.to_bits(), len),
        (None, IpAddr::V4(ip)) => v4(ip.to_bits(), len),
        (None, IpAddr::V6(ip)) => {
            let range = masked::<V6>(ip.to_bits(), len);
            (AnyRange::V6(range), range.first() != ip.to_bits())
        }
    };
    Ok(Cidr { range, masked: has_host_bits.then(|| text.to_owned()) })
}

fn v4(addr: u32, len: u8) -> (AnyRange, bool) {
    let range = masked::<V4>(addr, len);
    (AnyRange::V4(range), range.first() != addr)
}

fn masked<F: Family>(addr: F::Addr, len: u8) -> Range<F> {
    Prefix::masked(addr, len).expect("no longer than the family's bits").range()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use crate::query::scan::Cidr;

    #[track_caller]
    fn check(text: &str, expected: &str, is_masked: bool) {
        let cidr = Cidr::parse(text).expect("a CIDR");
        assert_eq!((cidr.to_string(), cidr.masked().is_some()), (expected.to_owned(), is_masked));
        assert_eq!(cidr.is_prefix(), expected.contains('/'));
        assert_eq!(cidr.is_of_family(Ipv6Addr::LOCALHOST.into()), expected.contains(':'));
        assert_eq!(cidr.is_of_family(Ipv4Addr::LOCALHOST.into()), !expected.contains(':'));
    }

    #[track_caller]
    fn refuse(text: &str, expected: &str) {
        let error = Cidr::parse(text).expect_err("no CIDR").to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn prefixes_addresses_and_ranges_are_read() {
        check(" 192.0.2.0/24 ", "192.0.2.0/24", false);
        check("192.0.2.77/24", "192.0.2.0/24", true);
        check("192.0.2.7", "192.0.2.7/32", false);
        check("192.0.2.0 - 192.0.2.255", "192.0.2.0/24", false);
        check("192.0.2.1-192.0.2.9", "192.0.2.1-192.0.2.9", false);
        check("0.0.0.0/0", "0.0.0.0/0", false);
        check("::/0", "::/0", false);
        check("2001:db8::1", "2001:db8::1/128", false);
        check("2001:DB8::1/32", "2001:db8::/32", true);
        check("::1-::9", "::1-::9", false);
    }

    #[test]
    fn mapped_ipv4_is_ipv4() {
        check("::ffff:192.0.2.7", "192.0.2.7/32", false);
        check("::ffff:192.0.2.0/120", "192.0.2.0/24", false);
        check("::ffff:192.0.2.1-192.0.2.9", "192.0.2.1-192.0.2.9", false);
        // More than what is mapped.
        check("::ffff:0:0/95", "::fffe:0:0/95", true);
    }

    #[test]
    fn what_is_wrong_is_said() {
        refuse("", "no CIDR was given");
        refuse("  ", "no CIDR was given");
        refuse("example.com", "`example.com` is not an IPv4 or IPv6 address");
        refuse("192.0.2/24", "`192.0.2` is not");
        refuse("192.0.2.0/33", "`/33` is no length of an IPv4 prefix; expected /0 to /32");
        refuse("192.0.2.0/+8", "`/+8` is no length");
        refuse("192.0.2.0/", "`/` is no length");
        refuse("::/129", "`/129` is no length of an IPv6 prefix; expected /0 to /128");
        refuse(
            "192.0.2.9-192.0.2.1",
            "the range ends before it begins; did you mean 192.0.2.1-192.0.2.9?",
        );
        refuse("192.0.2.9-::1", "the range begins with 192.0.2.9 and ends with ::1");
        refuse("192.0.2.0/24-192.0.3.0", "`192.0.2.0/24` is not");
        refuse("192.0.2.1-", "`` is not");
        refuse(&"1".repeat(400), "a text of 400 bytes is no CIDR");
    }
}
