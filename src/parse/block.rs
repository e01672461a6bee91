//! Blocks: an address, prefix or range as feeds write them, with or without a port.
//!
//! ```text
//! 192.0.2.1   192.0.2.0/24   192.0.2.1-192.0.2.9   192.0.2.1 - 192.0.2.9
//! 192.0.2.1:80   [2001:db8::1]:80   socks5://192.0.2.1:1080/path
//! ```
//!
//! IPv4-mapped IPv6 comes out as IPv4. Host bits are masked, and that is said.

use crate::base::{Address, Prefix, Range, V4, V6};
use crate::parse::address::{Addr, EXPECTED, Reason, address, integer, v4, v4_swar};

const LENGTH: Reason = "expected a prefix length after /";
const LENGTH_V4: Reason = "prefix length above 32";
const LENGTH_V6: Reason = "prefix length above 128";
const PORT: Reason = "expected a port after the colon";
const BRACKET: Reason = "expected ] after the IPv6 address";
const REVERSED: Reason = "range ends before it starts";
const FAMILIES: Reason = "range from one address family to the other";
const TRAILING: Reason = "unexpected text after the address";
/// Said of what plainly is no address and never was one: nothing here asks the DNS.
pub(super) const HOST_NAME: Reason = "a host name; expected an IP address";
const COUNT: Reason = "expected a count of addresses";
const PAST_END: Reason = "more addresses than there are after the first";

/// What a feed wrote, as a range of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    V4(Range<V4>),
    V6(Range<V6>),
}

/// A block and what is worth knowing about how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// The addresses.
    pub(super) block: Block,
    /// Bytes of the text that the block took.
    pub(super) len: usize,
    /// Whether host bits were set, and are not any more.
    pub(super) masked: bool,
}

/// Reads a whole cell, blanks around it already gone; a bare integer is an address.
pub(super) fn cell(text: &[u8]) -> Result<Read, Reason> {
    // Nearly every cell is this: a tenth of the whole time of a large CSV is saved.
    if let Ok((addr, len)) = v4(text) {
        let digit = |byte: u8| byte.wrapping_sub(b'0');
        let length = match text[len..] {
            [] => 32,
            [b'/', ones] if digit(ones) < 10 => digit(ones),
            [b'/', tens, ones] if digit(tens) < 10 && digit(ones) < 10 => {
                digit(tens) * 10 + digit(ones)
            }
            _ => u8::MAX,
        };
        if let Some(prefix) = Prefix::<V4>::masked(addr, length) {
            let (block, masked) = (Block::V4(prefix.range()), prefix.addr() != addr);
            return Ok(Read { block, len: text.len(), masked });
        }
    }
    if let Some(value) = integer(text) {
        return Ok(plain(single(from_integer(value)), text.len()));
    }
    let read = block(text)?;
    if read.len == text.len() { Ok(read) } else { Err(TRAILING) }
}

/// Reads the IPv4 address or prefix that a text begins with, in one pass; returns its addresses,
/// whether host bits were set, and its length. `None` means: ask [`cell`] or [`line()`], which also
/// know why.
#[inline]
pub(super) fn plain_v4(text: &[u8]) -> Option<(Range<V4>, bool, usize)> {
    let (first, at) = v4_swar(text)?;
    if text.get(at) != Some(&b'/') {
        return Some((Prefix::<V4>::masked(first, 32)?.range(), false, at));
    }
    let mut len = text.get(at + 1)?.wrapping_sub(b'0');
    let second = text.get(at + 2)?.wrapping_sub(b'0');
    if len > 9 {
        return None;
    }
    let mut at = at + 2;
    if second < 10 {
        len = len * 10 + second;
        at += 1;
    }
    let prefix = Prefix::<V4>::masked(first, len)?;
    Some((prefix.range(), prefix.addr() != first, at))
}

/// Reads the two ends of a range, each a cell of its own.
pub(super) fn ends(first: &[u8], last: &[u8]) -> Result<Read, Reason> {
    let range = match (integer(first), integer(last)) {
        // Both are numbers: the larger one says the family, since `::` is 0.
        (Some(first), Some(last)) => match (u32::try_from(first), u32::try_from(last)) {
            (Ok(first), Ok(last)) => range(Addr::V4(first), Addr::V4(last)),
            _ => range(Addr::V6(first), Addr::V6(last)),
        },
        _ => range(one(first)?, one(last)?),
    }?;
    Ok(plain(range, 0))
}

/// Reads a first address and how many there are from it on.
pub(super) fn counted(first: &[u8], count: &[u8]) -> Result<Read, Reason> {
    let more = integer(count).and_then(|count| count.checked_sub(1)).ok_or(COUNT)?;
    let last = match one(first)? {
        Addr::V4(addr) => u32::try_from(more)
            .ok()
            .and_then(|more| addr.checked_add(more))
            .map(|last| (Addr::V4(addr), Addr::V4(last))),
        Addr::V6(addr) => addr.checked_add(more).map(|last| (Addr::V6(addr), Addr::V6(last))),
    };
    let (first, last) = last.ok_or(PAST_END)?;
    Ok(plain(range(first, last)?, 0))
}

/// Reads an address of either family and a prefix length given apart from it.
pub(super) fn with_length(addr: &[u8], len: &[u8]) -> Result<Read, Reason> {
    let len = integer(len).ok_or(LENGTH)?;
    of_prefix(one(addr)?, u8::try_from(len).unwrap_or(u8::MAX))
}

/// The addresses of a prefix that is not text.
pub(super) fn of_prefix(addr: Addr, len: u8) -> Result<Read, Reason> {
    let (block, masked) = prefix(addr, len)?;
    Ok(Read { block, len: 0, masked })
}

/// Reads a line of a list: a block, then perhaps a second address or words nobody asked for.
///
/// `a,b` is a range; so a comma is followed by a word only if that is no address.
pub(super) fn line(text: &[u8]) -> Result<Read, Reason> {
    let read = block(text)?;
    let rest = &text[read.len..];
    match rest {
        [] | [b'|' | b';' | b'#', ..] | [b'/', b'/', ..] => Ok(read),
        [first, ..] if is_blank(*first) || *first == b',' => {
            let n_blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
            let is_comma = rest.get(n_blanks) == Some(&b',');
            let range = if is_comma && one(&text[..read.len]).is_ok() {
                up_to(&text[..read.len], text, read.len + n_blanks + 1)
            } else {
                None
            };
            range.unwrap_or(Ok(read))
        }
        _ => Err(TRAILING),
    }
}

/// Reads the block that `text` begins with; what follows is the caller's to judge.
pub(super) fn block(text: &[u8]) -> Result<Read, Reason> {
    match text {
        [b'[', inner @ ..] => bracketed(inner),
        [first, ..] if first.is_ascii_alphabetic() => match after_scheme(text) {
            Some(at) => in_url(&text[at..]).map(|read| Read { len: read.len + at, ..read }),
            None => bare(text),
        },
        _ => bare(text),
    }
    .map_err(|reason| if reason == EXPECTED && begins_host_name(text) { HOST_NAME } else { reason })
}

/// Whether a text begins with a host name: labels (RFC 1123 §2.1) with dots between them,
/// the last one of letters.
fn begins_host_name(text: &[u8]) -> bool {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    // The longest name has 253 bytes (RFC 1035 §2.3.4).
    let len = text.iter().take(254).take_while(|byte| in_name(byte)).count();
    let name = text[..len].strip_suffix(b".").unwrap_or(&text[..len]);
    let mut labels = name.rsplit(|byte| *byte == b'.');
    let is_top = |label: &[u8]| label.len() > 1 && label.iter().all(u8::is_ascii_alphabetic);
    let is_whole = matches!(
        text.get(len),
        None | Some(b' ' | b'\t' | b',' | b':' | b'/' | b'|' | b';' | b'#')
    );
    is_whole
        && len < 254
        && labels.next().is_some_and(is_top)
        && name.contains(&b'.')
        && labels.all(|label| !label.is_empty() && label.len() <= 63)
}

/// Reads the two addresses of `first`, a separator and `last`, where `last` follows at `at`.
///
/// Returns `None` when what follows does not look like an address: trailing words.
fn up_to(first: &[u8], text: &[u8], at: usize) -> Option<Result<Read, Reason>> {
    let at = at + text[at..].iter().take_while(|byte| is_blank(**byte)).count();
    let word = &text[at..];
    let is_end = |byte: &u8| is_blank(*byte) || matches!(byte, b',' | b'|' | b';' | b'#');
    let word = &word[..word.iter().position(is_end).unwrap_or(word.len())];
    if !word.iter().any(|byte| matches!(byte, b'.' | b':'))
        || !word.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'))
    {
        return None;
    }
    let read = || {
        let block = range(one(first)?, one(word)?)?;
        Ok(plain(block, at + word.len()))
    };
    Some(read())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// An address, then perhaps `/length`, `:port` or `- last`.
fn bare(text: &[u8]) -> Result<Read, Reason> {
    let (first, len) = address(text)?;
    match text.get(len) {
        Some(b'/') if text.get(len + 1) != Some(&b'/') => length(first, text, len + 1),
        Some(b':') => Ok(plain(single(first), port(text, len + 1)?)),
        Some(b'-') => up_to(&text[..len], text, len + 1).unwrap_or(Err(TRAILING)),
        Some(blank) if is_blank(*blank) => {
            let dash = len + text[len..].iter().take_while(|byte| is_blank(**byte)).count();
            let range = match text.get(dash) {
                Some(b'-') => up_to(&text[..len], text, dash + 1),
                _ => None,
            };
            range.unwrap_or(Ok(plain(single(first), len)))
        }
        _ => Ok(plain(single(first), len)),
    }
}

/// `v6]`, then perhaps a port or a length.
fn bracketed(inner: &[u8]) -> Result<Read, Reason> {
    let (addr, len) = address(inner)?;
    if inner.get(len) != Some(&b']') {
        return Err(BRACKET);
    }
    let read = match inner.get(len + 1) {
        Some(b':') => plain(single(addr), port(inner, len + 2)?),
        Some(b'/') => length(addr, inner, len + 2)?,
        _ => plain(single(addr), len + 1),
    };
    Ok(Read { len: read.len + 1, ..read })
}

/// What stands between a scheme and the path of a URL.
fn in_url(text: &[u8]) -> Result<Read, Reason> {
    let is_end = |byte: &u8| is_blank(*byte) || *byte == b'/';
    let end = text.iter().position(is_end).unwrap_or(text.len());
    let read = block(&text[..end])?;
    if read.len != end {
        return Err(TRAILING);
    }
    let len = text.iter().position(|byte| is_blank(*byte)).unwrap_or(text.len());
    Ok(Read { len, ..read })
}

/// Where the authority of a URL begins, if the text begins with a scheme (RFC 3986 §3.1).
fn after_scheme(text: &[u8]) -> Option<usize> {
    // No scheme in use on a proxy list is longer.
    let colon = text.iter().take(16).position(|byte| *byte == b':')?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let fits = text[colon..].starts_with(b"://") && text[..colon].iter().all(is_plain);
    fits.then_some(colon + 3)
}

fn length(addr: Addr, text: &[u8], at: usize) -> Result<Read, Reason> {
    let n_digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = &text[at..at + n_digits];
    let len = integer(digits).ok_or(LENGTH)?;
    let (block, masked) = prefix(addr, u8::try_from(len).unwrap_or(u8::MAX))?;
    Ok(Read { block, len: at + n_digits, masked })
}

/// Returns where a port that begins at `at` ends.
fn port(text: &[u8], at: usize) -> Result<usize, Reason> {
    let n_digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    match integer(&text[at..at + n_digits]) {
        Some(0..=65_535) => Ok(at + n_digits),
        _ => Err(PORT),
    }
}

fn one(text: &[u8]) -> Result<Addr, Reason> {
    if let Some(value) = integer(text) {
        return Ok(from_integer(value));
    }
    match address(text)? {
        (addr, len) if len == text.len() => Ok(addr),
        _ => Err(TRAILING),
    }
}

/// Up to 2^32 - 1 a bare number is an IPv4 address, above it IPv6.
fn from_integer(value: u128) -> Addr {
    u32::try_from(value).map_or(Addr::V6(value), Addr::V4)
}

fn prefix(addr: Addr, len: u8) -> Result<(Block, bool), Reason> {
    match (mapped(addr), addr) {
        (Addr::V4(low), Addr::V6(_)) if (96..=128).contains(&len) => {
            prefix(Addr::V4(low), len - 96)
        }
        (_, Addr::V4(addr)) => {
            let prefix = Prefix::<V4>::masked(addr, len).ok_or(LENGTH_V4)?;
            Ok((Block::V4(prefix.range()), prefix.addr() != addr))
        }
        (_, Addr::V6(addr)) => {
            let prefix = Prefix::<V6>::masked(addr, len).ok_or(LENGTH_V6)?;
            Ok((Block::V6(prefix.range()), prefix.addr() != addr))
        }
    }
}

fn range(first: Addr, last: Addr) -> Result<Block, Reason> {
    let block = match (mapped(first), mapped(last)) {
        (Addr::V4(first), Addr::V4(last)) => Range::new(first, last).map(Block::V4),
        // One end mapped, the other not: plain IPv6 after all.
        _ => match (first, last) {
            (Addr::V6(first), Addr::V6(last)) => Range::new(first, last).map(Block::V6),
            _ => return Err(FAMILIES),
        },
    };
    block.ok_or(REVERSED)
}

fn single(addr: Addr) -> Block {
    match mapped(addr) {
        Addr::V4(addr) => Block::V4(Range::single(addr)),
        Addr::V6(addr) => Block::V6(Range::single(addr)),
    }
}

/// IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) as IPv4.
fn mapped(addr: Addr) -> Addr {
    match addr {
        Addr::V6(value) if value >> 32 == 0xFFFF => {
            Addr::V4(u32::from_u128(value & 0xFFFF_FFFF).expect("32 bits"))
        }
        _ => addr,
    }
}

fn plain(block: Block, len: usize) -> Read {
    Read { block, len, masked: false }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::parse::address::Reason;
    use crate::parse::block::{self, Block, Read};

    fn show(read: Result<Read, Reason>) -> String {
        match read {
            Ok(Read { block, masked, .. }) => {
                let mark = if masked { " masked" } else { "" };
                match block {
                    Block::V4(range) => format!("{range}{mark}"),
                    Block::V6(range) => format!("{range}{mark}"),
                }
            }
            Err(reason) => format!("fault: {reason}"),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(show(block::cell(text.as_bytes())), expected, "{text}");
    }

    #[test]
    fn every_way_to_write_a_block_is_read() {
        check("192.0.2.1", "192.0.2.1/32");
        check("192.0.2.0/24", "192.0.2.0/24");
        check("192.0.2.1-192.0.2.3", "192.0.2.1-192.0.2.3");
        check("192.0.2.1 - 192.0.2.3", "192.0.2.1-192.0.2.3");
        check("192.0.2.1:8080", "192.0.2.1/32");
        check("[2001:db8::1]:8080", "2001:db8::1/128");
        check("[2001:db8::1]", "2001:db8::1/128");
        check("[2001:db8::]/32", "2001:db8::/32");
        check("http://192.0.2.1:80", "192.0.2.1/32");
        check("socks5://[2001:db8::1]:1080/x?y", "2001:db8::1/128");
        check("2001:DB8::/32", "2001:db8::/32");
        check("2001:db8::1-2001:db8::2", "2001:db8::1-2001:db8::2");
        check("3221225985", "192.0.2.1/32");
        check("4294967296", "::1:0:0/128");
    }

    #[test]
    fn mapped_ipv6_is_ipv4() {
        check("::ffff:192.0.2.1", "192.0.2.1/32");
        check("::FFFF:192.0.2.0/120", "192.0.2.0/24");
        check("::ffff:192.0.2.1/120", "192.0.2.0/24 masked");
        check("::ffff:0:0/96", "0.0.0.0/0");
        check("::ffff:0:0/95", "::fffe:0:0/95 masked");
        check("::ffff:192.0.2.1-::ffff:192.0.2.3", "192.0.2.1-192.0.2.3");
    }

    #[test]
    fn host_bits_are_masked() {
        check("192.0.2.1/24", "192.0.2.0/24 masked");
        check("2001:db8::1/64", "2001:db8::/64 masked");
        check("192.0.2.1/32", "192.0.2.1/32");
    }

    #[test]
    fn each_trouble_has_its_reason() {
        check("192.0.2.0/33", "fault: prefix length above 32");
        check("192.0.2.0/99999999999", "fault: prefix length above 32");
        check("2001:db8::/129", "fault: prefix length above 128");
        check("192.0.2.0/", "fault: expected a prefix length after /");
        check("192.0.2.0/x", "fault: expected a prefix length after /");
        check("192.0.2.9-192.0.2.1", "fault: range ends before it starts");
        check("192.0.2.9-2001:db8::", "fault: range from one address family to the other");
        check("192.0.2.1-x", "fault: unexpected text after the address");
        check("192.0.2.1.24", "fault: unexpected text after the address");
        check("192.0.2.1:99999", "fault: expected a port after the colon");
        check("192.0.2.1:", "fault: expected a port after the colon");
        check("[2001:db8::1", "fault: expected ] after the IPv6 address");
        check("http://host.example/", "fault: a host name; expected an IP address");
        check("xn--a-b.host.example. # x", "fault: a host name; expected an IP address");
        for text in ["host", "192.0.2.x", "a..example", ".example", "a.example!", "prose. And more"]
        {
            check(text, "fault: expected an IP address");
        }
        check("a://a://a://192.0.2.1", "fault: expected an IP address");
        check("\0\0\0", "fault: expected an IP address");
    }

    #[track_caller]
    fn check_line(text: &str, expected: &str) {
        assert_eq!(show(block::line(text.as_bytes())), expected, "{text}");
    }

    #[test]
    fn a_line_may_go_on_after_its_block() {
        check_line("192.0.2.1:80|DE|x", "192.0.2.1/32");
        check_line("192.0.2.1:80 => success", "192.0.2.1/32");
        check_line("192.0.2.1,192.0.2.3", "192.0.2.1-192.0.2.3");
        check_line("192.0.2.1 , 192.0.2.3,x", "192.0.2.1-192.0.2.3");
        check_line("192.0.2.0 - 192.0.2.255 , 0 , text", "192.0.2.0/24");
        check_line("192.0.2.1,443,DE", "192.0.2.1/32");
        check_line("192.0.2.1\t7", "192.0.2.1/32");
        check_line("192.0.2.1 - a word", "192.0.2.1/32");
        check_line("192.0.2.0/24;text", "192.0.2.0/24");
        check_line("192.0.2.1//text", "192.0.2.1/32");
        check_line("192.0.2.1,192.0.2.0", "fault: range ends before it starts");
        check_line("192.0.2.1.example", "fault: unexpected text after the address");
        check_line("192.0.2.0/24/8", "fault: unexpected text after the address");
    }

    #[test]
    fn ends_and_counts_make_ranges() {
        let ends = |first: &str, last: &str| show(block::ends(first.as_bytes(), last.as_bytes()));
        let counted =
            |first: &str, count: &str| show(block::counted(first.as_bytes(), count.as_bytes()));
        assert_eq!(ends("3221225984", "3221226239"), "192.0.2.0/24");
        assert_eq!(ends("0", "4294967296"), "::-::1:0:0");
        assert_eq!(ends("192.0.2.0", "192.0.2.255"), "192.0.2.0/24");
        assert_eq!(ends("192.0.2.0", "192.0.1.0"), "fault: range ends before it starts");
        assert_eq!(counted("192.0.2.0", "3"), "192.0.2.0-192.0.2.2");
        assert_eq!(counted("192.0.2.0", "0"), "fault: expected a count of addresses");
        assert_eq!(
            counted("255.255.255.255", "2"),
            "fault: more addresses than there are after the first"
        );
        assert_eq!(counted("0.0.0.0", "4294967296"), "0.0.0.0/0");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = block::cell(&text);
            let _ = block::block(&text);
        }

        #[test]
        fn likely_bytes_keep_to_their_length(text in "[0-9a-f:./ \\[\\]-]{0,50}") {
            if let Ok(read) = block::block(text.as_bytes()) {
                prop_assert!(read.len <= text.len());
            }
        }
    }
}
