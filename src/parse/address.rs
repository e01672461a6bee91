//! Single addresses: bytes to integers, by hand, because every row of every feed passes here.

use memchr::memchr_iter;

/// What was expected of a text that could not be read.
pub(super) type Reason = &'static str;

pub(super) const EXPECTED: Reason = "expected an IP address";
const EXPECTED_V6: Reason = "not an IPv6 address";
const OCTET: Reason = "octet above 255";
const LEADING_ZERO: Reason = "leading zero in an octet, which some readers take for octal";

/// An address of either family, as an integer; IPv4-mapped IPv6 is still IPv6 here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addr {
    V4(u32),
    V6(u128),
}

/// Reads the address that `text` begins with; returns it and how many bytes it took.
///
/// IPv6 takes all hex digits, colons and dots there are, so that nothing of an
/// address is left over.
pub(super) fn address(text: &[u8]) -> Result<(Addr, usize), Reason> {
    let reason = match v4(text) {
        Ok((addr, len)) => return Ok((Addr::V4(addr), len)),
        Err(reason) => reason,
    };
    let in_v6 = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':' || *byte == b'.';
    // The longest IPv6 address has 45 bytes (INET6_ADDRSTRLEN less its NUL).
    let len = text.iter().take(46).take_while(|byte| in_v6(byte)).count();
    let run = &text[..len];
    if memchr_iter(b':', run).count() < 2 {
        return Err(reason);
    }
    v6(run).map(|addr| (Addr::V6(addr), len)).ok_or(EXPECTED_V6)
}

/// Reads the IPv4 address in dotted decimal that `text` begins with.
#[inline]
pub(super) fn v4(text: &[u8]) -> Result<(u32, usize), Reason> {
    let mut addr = 0;
    let mut at = 0;
    for octet_idx in 0..4 {
        if octet_idx > 0 {
            if text.get(at) != Some(&b'.') {
                return Err(EXPECTED);
            }
            at += 1;
        }
        let first = digit(text, at).ok_or(EXPECTED)?;
        let mut octet = first;
        at += 1;
        if let Some(second) = digit(text, at) {
            octet = octet * 10 + second;
            at += 1;
            if let Some(third) = digit(text, at) {
                octet = octet * 10 + third;
                at += 1;
                if octet > 255 || digit(text, at).is_some() {
                    return Err(OCTET);
                }
            }
            if first == 0 {
                return Err(LEADING_ZERO);
            }
        }
        addr = addr << 8 | octet;
    }
    Ok((addr, at))
}

/// Reads the IPv4 address that `text` begins with, all octets at once.
///
/// One pass over 16 bytes in a register instead of a branch on every byte: a list of
/// four million lines took 0.085 s of CPU for it, and 0.101 s without. `None` means: ask
/// [`v4`], which also knows why.
#[inline]
pub(super) fn v4_swar(text: &[u8]) -> Option<(u32, usize)> {
    const ONES: u128 = u128::from_ne_bytes([1; 16]);
    // The longest address has 15 bytes; what follows it ends the last octet.
    let word = u128::from_le_bytes(*text.first_chunk()?);
    // Digits become 0 to 9, the dot 0x1E; a high bit marks each byte that is no digit.
    let digits = word ^ (ONES * 0x30);
    let mut others = (((digits & (ONES * 0x7F)) + ONES * 0x76) | digits) & (ONES * 0x80);
    let mut addr = 0;
    let mut at = 0;
    for octet_idx in 0..4 {
        let end = others.trailing_zeros() / 8;
        let len = end.wrapping_sub(at);
        if len.wrapping_sub(1) > 2 || end > 15 {
            return None;
        }
        if octet_idx < 3 && (word >> (end * 8)) as u8 != b'.' {
            return None;
        }
        others &= others - 1;
        let octet = (digits >> (at * 8)) as u32;
        // The last digit goes to the top byte, what is not of this octet out of the word.
        let [_, hundreds, tens, ones] = (octet << (8 * (4 - len))).to_le_bytes();
        let value = u32::from(hundreds) * 100 + u32::from(tens) * 10 + u32::from(ones);
        if value > 255 || (len > 1 && octet as u8 == 0) {
            return None;
        }
        addr = addr << 8 | value;
        at = end + 1;
    }
    Some((addr, at as usize - 1))
}

#[inline]
fn digit(text: &[u8], at: usize) -> Option<u32> {
    let digit = text.get(at)?.wrapping_sub(b'0');
    (digit < 10).then_some(u32::from(digit))
}

/// Reads a whole text as an IPv6 address (RFC 4291 §2.2).
pub(super) fn v6(text: &[u8]) -> Option<u128> {
    let mut groups = [0_u16; 8];
    let mut n_groups = 0;
    let mut gap = None;
    let mut at = 0;
    if text.starts_with(b"::") {
        if text.len() == 2 {
            return Some(0);
        }
        gap = Some(0);
        at = 2;
    }
    loop {
        let start = at;
        let mut group = 0_u16;
        while at - start < 4
            && let Some(nibble) = text.get(at).and_then(|byte| hex(*byte))
        {
            group = group << 4 | nibble;
            at += 1;
        }
        if at == start || n_groups == 8 {
            return None;
        }
        match text.get(at) {
            None => {
                groups[n_groups] = group;
                n_groups += 1;
                break;
            }
            Some(b'.') => {
                let (low, len) = v4(&text[start..]).ok()?;
                if start + len != text.len() || n_groups > 6 {
                    return None;
                }
                groups[n_groups] = (low >> 16) as u16;
                groups[n_groups + 1] = low as u16;
                n_groups += 2;
                break;
            }
            Some(b':') => {
                groups[n_groups] = group;
                n_groups += 1;
                at += 1;
                if text.get(at) == Some(&b':') {
                    if gap.is_some() {
                        return None;
                    }
                    gap = Some(n_groups);
                    at += 1;
                    if at == text.len() {
                        break;
                    }
                }
            }
            Some(_) => return None,
        }
    }
    match gap {
        None if n_groups < 8 => return None,
        // A gap stands for one group at least.
        Some(_) if n_groups == 8 => return None,
        None => {}
        Some(gap) => {
            groups[gap..].rotate_right(8 - n_groups);
            // What the rotation brought to the gap are the groups never written: zeros.
        }
    }
    Some(groups.iter().fold(0, |addr, group| addr << 16 | u128::from(*group)))
}

fn hex(byte: u8) -> Option<u16> {
    (byte as char).to_digit(16).map(|nibble| nibble as u16)
}

/// Reads a whole text as a decimal integer without sign.
pub(super) fn integer(text: &[u8]) -> Option<u128> {
    // 2^128 - 1 has 39 digits.
    if text.is_empty() || text.len() > 39 {
        return None;
    }
    text.iter().try_fold(0_u128, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value.checked_mul(10)?.checked_add(u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use crate::parse::address::{Addr, Reason, address, integer, v4, v4_swar, v6};

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, usize), Reason>) {
        let expected = expected.map(|(addr, len)| match addr.parse().expect("an address") {
            std::net::IpAddr::V4(addr) => (Addr::V4(addr.to_bits()), len),
            std::net::IpAddr::V6(addr) => (Addr::V6(addr.to_bits()), len),
        });
        assert_eq!(address(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn an_address_ends_where_it_ends() {
        check("192.0.2.1", Ok(("192.0.2.1", 9)));
        check("192.0.2.1:80", Ok(("192.0.2.1", 9)));
        check("192.0.2.1/24", Ok(("192.0.2.1", 9)));
        check("2001:db8::1/64", Ok(("2001:db8::1", 11)));
        check("2001:DB8::A - x", Ok(("2001:db8::a", 11)));
        check("::ffff:192.0.2.1 x", Ok(("::ffff:192.0.2.1", 16)));
    }

    #[test]
    fn what_is_no_address_says_why() {
        check("192.0.2.256", Err("octet above 255"));
        check("192.0.2.1000", Err("octet above 255"));
        check("010.0.0.1", Err("leading zero in an octet, which some readers take for octal"));
        check("192.0.2", Err("expected an IP address"));
        check("192.0.2.x", Err("expected an IP address"));
        check("host.example", Err("expected an IP address"));
        check("", Err("expected an IP address"));
        check("2001:db8:::1", Err("not an IPv6 address"));
        check("1:2:3:4:5:6:7:8:9", Err("not an IPv6 address"));
        check("2001:db8::1::2", Err("not an IPv6 address"));
        check("12345::", Err("not an IPv6 address"));
    }

    #[test]
    fn integers_fit_or_are_none() {
        assert_eq!(integer(b"3221225985"), Some(3_221_225_985));
        assert_eq!(integer(u128::MAX.to_string().as_bytes()), Some(u128::MAX));
        assert_eq!(integer(b"340282366920938463463374607431768211456"), None);
        assert_eq!(integer(b""), None);
        assert_eq!(integer(b"-1"), None);
    }

    proptest! {
        #[test]
        fn ipv4_agrees_with_std(text in "[0-9]{1,3}(\\.[0-9]{1,3}){2,4}|[0-9.]{0,16}") {
            let whole = v4(text.as_bytes()).ok().filter(|(_, len)| *len == text.len());
            let std = text.parse::<Ipv4Addr>().ok().map(Ipv4Addr::to_bits);
            prop_assert_eq!(whole.map(|(addr, _)| addr), std);
        }

        #[test]
        fn all_octets_at_once_are_the_same_address(
            text in "[0-9]{1,3}(\\.[0-9]{1,3}){3}[ :/.,\n].{20}|[0-9./é -]{0,24}",
        ) {
            let text = text.as_bytes();
            let slow = v4(text).ok().filter(|_| text.len() >= 16);
            prop_assert_eq!(v4_swar(text), slow);
        }

        #[test]
        fn ipv6_agrees_with_std(text in "[0-9a-fA-F:]{0,12}|([0-9a-f]{1,4}:){0,7}(:[0-9a-f]{0,5}){0,7}(192\\.0\\.2\\.[0-9]{1,3})?") {
            let std = text.parse::<Ipv6Addr>().ok().map(Ipv6Addr::to_bits);
            prop_assert_eq!(v6(text.as_bytes()), std);
        }

        #[test]
        fn canonical_forms_are_read_back(low: u32, high: u128) {
            let text = Ipv4Addr::from_bits(low).to_string();
            prop_assert_eq!(address(text.as_bytes()), Ok((Addr::V4(low), text.len())));
            let text = Ipv6Addr::from_bits(high).to_string();
            prop_assert_eq!(address(text.as_bytes()), Ok((Addr::V6(high), text.len())));
        }
    }
}
