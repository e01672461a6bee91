//! Space that no public feed can speak of: a dated table after the IANA registries.
//!
//! IANA IPv4 and IPv6 Special-Purpose Address Registries as of 2026-11-01: the
//! entries whose "globally reachable" is false, less the more specific ones for
//! which it is true; 224.0.0.0/4 (RFC 5771); and of IPv6 all outside 2000::/3
//! (IANA IPv6 Address Space Registry) but for 64:ff9b::/96 (RFC 6052). Entries that lie within
//! others are there for their names.
//! Teredo and 6to4 are IPv4's aliases in a database (see `mmdb`), so nothing of
//! their own can be said there either.

use std::sync::LazyLock;

use crate::algebra::RangeSet;
use crate::base::{Family, Prefix, V4, V6};
use crate::feed::Reserved;
use crate::mmdb;

/// A network of the special-purpose registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecialEntry<F: Family> {
    addr: F::Addr,
    len: u8,
    /// What it is called there.
    pub name: &'static str,
    /// The document that says so: `RFC 1918`.
    pub rfc: &'static str,
}

impl<F: Family> SpecialEntry<F> {
    /// The network.
    pub fn prefix(&self) -> Prefix<F> {
        Prefix::masked(self.addr, self.len).expect("a length of the table")
    }
}

const fn v4(
    [a, b, c, d]: [u8; 4],
    len: u8,
    name: &'static str,
    rfc: &'static str,
) -> SpecialEntry<V4> {
    SpecialEntry { addr: u32::from_be_bytes([a, b, c, d]), len, name, rfc }
}

const fn v6(high: u64, len: u8, name: &'static str, rfc: &'static str) -> SpecialEntry<V6> {
    v6_low(high, 0, len, name, rfc)
}

const fn v6_low(
    high: u64,
    low: u64,
    len: u8,
    name: &'static str,
    rfc: &'static str,
) -> SpecialEntry<V6> {
    SpecialEntry { addr: ((high as u128) << 64) | low as u128, len, name, rfc }
}

const NOT_REACHABLE_V4: &[SpecialEntry<V4>] = &[
    v4([0, 0, 0, 0], 8, "this network", "RFC 791"),
    v4([10, 0, 0, 0], 8, "private use", "RFC 1918"),
    v4([100, 64, 0, 0], 10, "shared address space", "RFC 6598"),
    v4([127, 0, 0, 0], 8, "loopback", "RFC 1122"),
    v4([169, 254, 0, 0], 16, "link local", "RFC 3927"),
    v4([172, 16, 0, 0], 12, "private use", "RFC 1918"),
    v4([192, 0, 0, 0], 24, "IETF protocol assignments", "RFC 6890"),
    v4([192, 0, 2, 0], 24, "documentation", "RFC 5737"),
    v4([192, 168, 0, 0], 16, "private use", "RFC 1918"),
    v4([198, 18, 0, 0], 15, "benchmarking", "RFC 2544"),
    v4([198, 51, 100, 0], 24, "documentation", "RFC 5737"),
    v4([203, 0, 113, 0], 24, "documentation", "RFC 5737"),
    v4([224, 0, 0, 0], 4, "multicast", "RFC 5771"),
    v4([240, 0, 0, 0], 4, "reserved", "RFC 1112"),
    v4([255, 255, 255, 255], 32, "limited broadcast", "RFC 919"),
];

const REACHABLE_V4: &[SpecialEntry<V4>] = &[
    v4([192, 0, 0, 9], 32, "Port Control Protocol anycast", "RFC 7723"),
    v4([192, 0, 0, 10], 32, "TURN anycast", "RFC 8155"),
];

/// Within 2000::/3.
const NOT_REACHABLE_V6: &[SpecialEntry<V6>] = &[
    v6(0x2001_0000_0000_0000, 23, "IETF protocol assignments", "RFC 2928"),
    v6(0x2001_0000_0000_0000, 32, "Teredo", "RFC 4380"),
    v6(0x2001_0002_0000_0000, 48, "benchmarking", "RFC 5180"),
    v6(0x2001_0010_0000_0000, 28, "deprecated (ORCHID)", "RFC 4843"),
    v6(0x2001_0db8_0000_0000, 32, "documentation", "RFC 3849"),
    // An alias of IPv4.
    v6(0x2002_0000_0000_0000, 16, "6to4", "RFC 3056"),
    v6(0x3fff_0000_0000_0000, 20, "documentation", "RFC 9637"),
];

const REACHABLE_V6: &[SpecialEntry<V6>] = &[
    v6_low(0x2001_0001 << 32, 1, 128, "Port Control Protocol anycast", "RFC 7723"),
    v6_low(0x2001_0001 << 32, 2, 128, "TURN anycast", "RFC 8155"),
    v6_low(0x2001_0001 << 32, 3, 128, "DNS-SD SRP anycast", "RFC 9665"),
    v6(0x2001_0003_0000_0000, 32, "AMT", "RFC 7450"),
    v6(0x2001_0004_0112_0000, 48, "AS112-v6", "RFC 7535"),
    v6(0x2001_0020_0000_0000, 28, "ORCHIDv2", "RFC 7343"),
    v6(0x2001_0030_0000_0000, 28, "drone remote identification", "RFC 9374"),
];

const UNICAST_V6: &[SpecialEntry<V6>] = &[
    v6(0x2000_0000_0000_0000, 3, "global unicast", "RFC 4291"),
    v6(0x0064_ff9b_0000_0000, 96, "IPv4-IPv6 translation", "RFC 6052"),
];

/// Outside of these two, what has a name; the first line is for all the rest.
const NAMED_V6: &[SpecialEntry<V6>] = &[
    v6(0, 0, "outside of global unicast", "RFC 4291"),
    v6_low(0, 0, 128, "unspecified address", "RFC 4291"),
    v6_low(0, 1, 128, "loopback", "RFC 4291"),
    v6_low(0, 0xffff_0000_0000, 96, "IPv4-mapped", "RFC 4291"),
    v6(0x0064_ff9b_0001_0000, 48, "IPv4-IPv6 translation, local use", "RFC 8215"),
    v6(0x0100_0000_0000_0000, 64, "discard only", "RFC 6666"),
    v6(0x0100_0000_0000_0001, 64, "dummy prefix", "RFC 9780"),
    v6(0x5f00_0000_0000_0000, 16, "segment routing identifiers", "RFC 9602"),
    v6(0xfc00_0000_0000_0000, 7, "unique local", "RFC 4193"),
    v6(0xfe80_0000_0000_0000, 10, "link local", "RFC 4291"),
    v6(0xfec0_0000_0000_0000, 10, "site local, deprecated", "RFC 3879"),
    v6(0xff00_0000_0000_0000, 8, "multicast", "RFC 4291"),
];

fn set<F: Family>(entries: &[SpecialEntry<F>]) -> RangeSet<F> {
    RangeSet::new(entries.iter().map(|entry| entry.prefix().range()).collect())
}

/// A family whose special-purpose space is known.
pub trait Special: Family {
    /// Addresses that no public feed can speak of.
    fn reserved() -> &'static RangeSet<Self>;
    /// Addresses that one can: all others.
    fn routable() -> &'static RangeSet<Self>;
    /// Addresses under which a database has another family: nobody can speak of them,
    /// not even a feed that keeps reserved space.
    fn aliases() -> &'static RangeSet<Self>;

    /// The narrowest entry that makes an address reserved; `None` for a routable one.
    fn special(addr: Self::Addr) -> Option<&'static SpecialEntry<Self>>;

    /// Addresses that a feed cannot speak of.
    fn unspeakable(reserved: Reserved) -> &'static RangeSet<Self> {
        match reserved {
            Reserved::Clip => Self::reserved(),
            Reserved::Keep => Self::aliases(),
        }
    }
}

fn everything<F: Family>() -> RangeSet<F> {
    RangeSet::new(vec![crate::base::Range::ALL])
}

static RESERVED_V4: LazyLock<RangeSet<V4>> =
    LazyLock::new(|| set(NOT_REACHABLE_V4).difference(&set(REACHABLE_V4)));
static ROUTABLE_V4: LazyLock<RangeSet<V4>> =
    LazyLock::new(|| everything().difference(&RESERVED_V4));
static ROUTABLE_V6: LazyLock<RangeSet<V6>> = LazyLock::new(|| {
    let not = set(NOT_REACHABLE_V6).difference(&set(REACHABLE_V6));
    set(UNICAST_V6).difference(&not)
});
static RESERVED_V6: LazyLock<RangeSet<V6>> =
    LazyLock::new(|| everything().difference(&ROUTABLE_V6));

static NO_ALIASES: LazyLock<RangeSet<V4>> = LazyLock::new(|| RangeSet::new(Vec::new()));
/// `::/96`, where IPv4 lives, and what leads there: IPv4-mapped, Teredo and 6to4.
static ALIASES: LazyLock<RangeSet<V6>> =
    LazyLock::new(|| RangeSet::new(mmdb::v4_prefixes().map(Prefix::range).to_vec()));

fn narrowest<F: Family>(
    entries: impl Iterator<Item = &'static SpecialEntry<F>>,
    addr: F::Addr,
) -> Option<&'static SpecialEntry<F>> {
    entries.filter(|entry| entry.prefix().covers(addr)).max_by_key(|entry| entry.len)
}

impl Special for V4 {
    fn reserved() -> &'static RangeSet<V4> {
        &RESERVED_V4
    }
    fn routable() -> &'static RangeSet<V4> {
        &ROUTABLE_V4
    }
    fn aliases() -> &'static RangeSet<V4> {
        &NO_ALIASES
    }
    fn special(addr: u32) -> Option<&'static SpecialEntry<V4>> {
        RESERVED_V4.contains(addr).then(|| narrowest(NOT_REACHABLE_V4.iter(), addr))?
    }
}

impl Special for V6 {
    fn reserved() -> &'static RangeSet<V6> {
        &RESERVED_V6
    }
    fn routable() -> &'static RangeSet<V6> {
        &ROUTABLE_V6
    }
    fn aliases() -> &'static RangeSet<V6> {
        &ALIASES
    }
    fn special(addr: u128) -> Option<&'static SpecialEntry<V6>> {
        let entries = NAMED_V6.iter().chain(NOT_REACHABLE_V6);
        RESERVED_V6.contains(addr).then(|| narrowest(entries, addr))?
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use crate::base::{V4, V6};
    use crate::claim::Special;

    #[track_caller]
    fn check(address: &str, reserved: bool) {
        let found = match address.parse().expect("an address") {
            IpAddr::V4(ip) => V4::reserved().contains(ip.to_bits()),
            IpAddr::V6(ip) => V6::reserved().contains(ip.to_bits()),
        };
        assert_eq!(found, reserved, "{address}");
    }

    #[test]
    fn the_registries_are_followed() {
        check("10.1.2.3", true);
        check("11.0.0.0", false);
        check("192.0.0.8", true);
        check("192.0.0.9", false);
        check("192.88.99.1", false);
        check("223.255.255.255", false);
        check("224.0.0.0", true);
        check("255.255.255.255", true);
        check("::1", true);
        check("64:ff9b::102:304", false);
        check("64:ff9b:1::1", true);
        check("2001:0:1::", true);
        check("2001:1::1", false);
        check("2001:1::4", true);
        check("2001:20::1", false);
        check("2001:200::1", false);
        check("2001:db8::1", true);
        check("2002::1", true);
        check("2606:4700::1111", false);
        check("3fff:fff::1", true);
        check("4000::", true);
        check("fe80::1", true);
    }

    #[test]
    fn reserved_and_routable_make_everything() {
        let all = V6::reserved().coverage() + V6::routable().coverage();
        assert_eq!(all.get(), None);
        let all = V4::reserved().coverage() + V4::routable().coverage();
        assert_eq!(all.get(), Some(1 << 32));
    }

    #[track_caller]
    fn check_named(address: &str, expected: Option<(&str, &str)>) {
        let found = match address.parse().expect("an address") {
            IpAddr::V4(ip) => V4::special(ip.to_bits()).map(|e| (e.prefix().to_string(), e.name)),
            IpAddr::V6(ip) => V6::special(ip.to_bits()).map(|e| (e.prefix().to_string(), e.name)),
        };
        let found = found.as_ref().map(|(prefix, name)| (prefix.as_str(), *name));
        assert_eq!(found, expected, "{address}");
    }

    #[test]
    fn the_narrowest_entry_is_named() {
        check_named("10.1.2.3", Some(("10.0.0.0/8", "private use")));
        check_named("255.255.255.255", Some(("255.255.255.255/32", "limited broadcast")));
        check_named("192.0.0.9", None);
        check_named("8.8.8.8", None);
        check_named("::1", Some(("::1/128", "loopback")));
        check_named("::2", Some(("::/0", "outside of global unicast")));
        check_named("::ffff:8.8.8.8", Some(("::ffff:0.0.0.0/96", "IPv4-mapped")));
        check_named("64:ff9b::1", None);
        check_named("64:ff9b:1::1", Some(("64:ff9b:1::/48", "IPv4-IPv6 translation, local use")));
        check_named("2001:0:1::", Some(("2001::/32", "Teredo")));
        check_named("2001:1::4", Some(("2001::/23", "IETF protocol assignments")));
        check_named("2001:db8::1", Some(("2001:db8::/32", "documentation")));
        check_named("fd00::1", Some(("fc00::/7", "unique local")));
        check_named("fe80::1", Some(("fe80::/10", "link local")));
    }

    proptest! {
        #[test]
        fn what_is_reserved_has_an_entry(v4: u32, v6: u128) {
            prop_assert_eq!(V4::special(v4).is_some(), V4::reserved().contains(v4));
            prop_assert_eq!(V6::special(v6).is_some(), V6::reserved().contains(v6));
        }
    }
}
