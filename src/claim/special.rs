//! Space that no public feed can speak of: a dated table after the IANA registries.
//!
//! IANA IPv4 and IPv6 Special-Purpose Address Registries as of 2026-11-01: the
//! entries whose "globally reachable" is false, less the more specific ones for
//! which it is true; 224.0.0.0/4 (RFC 5771); and of IPv6 all outside 2000::/3
//! (IANA IPv6 Address Space Registry) but for 64:ff9b::/96 (RFC 6052).
//! Teredo and 6to4 are IPv4's aliases in a database (see `mmdb`), so nothing of
//! their own can be said there either.

use std::sync::LazyLock;

use crate::algebra::RangeSet;
use crate::base::{Family, Prefix, V4, V6};
use crate::feed::Reserved;
use crate::mmdb;

const fn v4(a: u8, b: u8, c: u8, d: u8, len: u8) -> (u32, u8) {
    (u32::from_be_bytes([a, b, c, d]), len)
}

const fn v6(high: u64, len: u8) -> (u128, u8) {
    ((high as u128) << 64, len)
}

const NOT_REACHABLE_V4: [(u32, u8); 14] = [
    v4(0, 0, 0, 0, 8),       // "this network", RFC 791
    v4(10, 0, 0, 0, 8),      // private use, RFC 1918
    v4(100, 64, 0, 0, 10),   // shared address space, RFC 6598
    v4(127, 0, 0, 0, 8),     // loopback, RFC 1122
    v4(169, 254, 0, 0, 16),  // link local, RFC 3927
    v4(172, 16, 0, 0, 12),   // private use, RFC 1918
    v4(192, 0, 0, 0, 24),    // IETF protocol assignments, RFC 6890
    v4(192, 0, 2, 0, 24),    // documentation, RFC 5737
    v4(192, 168, 0, 0, 16),  // private use, RFC 1918
    v4(198, 18, 0, 0, 15),   // benchmarking, RFC 2544
    v4(198, 51, 100, 0, 24), // documentation, RFC 5737
    v4(203, 0, 113, 0, 24),  // documentation, RFC 5737
    v4(224, 0, 0, 0, 4),     // multicast, RFC 5771
    v4(240, 0, 0, 0, 4),     // reserved, RFC 1112; with limited broadcast, RFC 919
];

const REACHABLE_V4: [(u32, u8); 2] = [
    v4(192, 0, 0, 9, 32),  // Port Control Protocol anycast, RFC 7723
    v4(192, 0, 0, 10, 32), // TURN anycast, RFC 8155
];

const NOT_REACHABLE_V6: [(u128, u8); 4] = [
    v6(0x2001_0000_0000_0000, 23), // IETF protocol assignments, RFC 2928
    v6(0x2001_0db8_0000_0000, 32), // documentation, RFC 3849
    v6(0x2002_0000_0000_0000, 16), // 6to4, RFC 3056: IPv4's alias
    v6(0x3fff_0000_0000_0000, 20), // documentation, RFC 9637
];

const REACHABLE_V6: [(u128, u8); 7] = [
    ((0x2001_0001 << 96) | 1, 128), // Port Control Protocol anycast, RFC 7723
    ((0x2001_0001 << 96) | 2, 128), // TURN anycast, RFC 8155
    ((0x2001_0001 << 96) | 3, 128), // DNS-SD SRP anycast, RFC 9665
    v6(0x2001_0003_0000_0000, 32),  // AMT, RFC 7450
    v6(0x2001_0004_0112_0000, 48),  // AS112-v6, RFC 7535
    v6(0x2001_0020_0000_0000, 28),  // ORCHIDv2, RFC 7343
    v6(0x2001_0030_0000_0000, 28),  // drone remote identification, RFC 9374
];

/// 2000::/3, global unicast, and the well-known prefix of NAT64.
const UNICAST_V6: [(u128, u8); 2] = [v6(0x2000_0000_0000_0000, 3), (0x0064_ff9b << 96, 96)];

fn set<F: Family>(prefixes: &[(F::Addr, u8)]) -> RangeSet<F> {
    let range = |&(addr, len): &(F::Addr, u8)| {
        Prefix::<F>::masked(addr, len).expect("a length of the table").range()
    };
    RangeSet::new(prefixes.iter().map(range).collect())
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
    LazyLock::new(|| set(&NOT_REACHABLE_V4).difference(&set(&REACHABLE_V4)));
static ROUTABLE_V4: LazyLock<RangeSet<V4>> =
    LazyLock::new(|| everything().difference(&RESERVED_V4));
static ROUTABLE_V6: LazyLock<RangeSet<V6>> = LazyLock::new(|| {
    let not = set(&NOT_REACHABLE_V6).difference(&set(&REACHABLE_V6));
    set(&UNICAST_V6).difference(&not)
});
static RESERVED_V6: LazyLock<RangeSet<V6>> =
    LazyLock::new(|| everything().difference(&ROUTABLE_V6));

static NO_ALIASES: LazyLock<RangeSet<V4>> = LazyLock::new(|| RangeSet::new(Vec::new()));
/// `::/96`, where IPv4 lives, and what leads there: IPv4-mapped, Teredo and 6to4.
static ALIASES: LazyLock<RangeSet<V6>> =
    LazyLock::new(|| RangeSet::new(mmdb::v4_prefixes().map(Prefix::range).to_vec()));

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
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

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
}
