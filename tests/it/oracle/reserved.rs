//! Space of which no public feed can speak (DESIGN, "Parse"), address by address.
//!
//! IANA IPv4 and IPv6 Special-Purpose Address Registries: what is not globally
//! reachable, less the blocks inside it that are.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const NOT_REACHABLE_V4: &str = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 \
    172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 \
    203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";

const REACHABLE_V4: &str = "192.0.0.9/32 192.0.0.10/32";

/// 6to4 and Teredo (inside 2001::/23) are IPv4's aliases, of which nothing of their own is said.
const NOT_REACHABLE_V6: &str = "2001::/23 2001:db8::/32 2002::/16 3fff::/20";

const REACHABLE_V6: &str = "2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:3::/32 \
    2001:4:112::/48 2001:20::/28 2001:30::/28";

/// Global unicast, and the well-known prefix of NAT64.
const UNICAST_V6: &str = "2000::/3 64:ff9b::/96";

pub(super) fn is_reserved_v4(addr: u32) -> bool {
    let ip = Ipv4Addr::from_bits(addr);
    let among = |list: &str| {
        list.split_whitespace().any(|net| net.parse::<Ipv4Net>().expect("a prefix").contains(&ip))
    };
    among(NOT_REACHABLE_V4) && !among(REACHABLE_V4)
}

pub(super) fn is_reserved_v6(addr: u128) -> bool {
    let ip = Ipv6Addr::from_bits(addr);
    let among = |list: &str| {
        list.split_whitespace().any(|net| net.parse::<Ipv6Net>().expect("a prefix").contains(&ip))
    };
    !among(UNICAST_V6) || among(NOT_REACHABLE_V6) && !among(REACHABLE_V6)
}
