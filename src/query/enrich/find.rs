//! The first address in a text.
//!
//! What is an address, std's parsers say; what of a text they are asked about:
//!
//! ```text
//! 192.0.2.7:443      client:192.0.2.7,     [2001:db8::1]:443     "192.0.2.7."     are addresses
//! 1.2.3.4.5          Chrome/120.0.0.0      curl-8.5.0.1          x1.2.3.4         are versions and names
//! 08:25:05           00:1a:2b:3c:4d:5e     a::b                  ::               are times, cards, names, signs
//! ```
//!
//! A run is as many letters, digits, `_`, `.` and `:` as stand together. IPv4 is what stands between the colons of
//! a run, but for the dots at its end; unless it begins the run and a `/` or `-` binds it to a word before: then it
//! is a version. IPv6 is a whole run, but for a colon and dots at its end, and for words with a colon before it that
//! no IPv6 address could hold; it has a digit. Of several the one that begins first counts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest IPv6 address as text.
const MAX_V6: usize = 45;

const WORD: u8 = 1;
const DOT: u8 = 2;
const COLON: u8 = 3;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'.' => DOT,
            b':' => COLON,
            b'_' => WORD,
            other if other.is_ascii_alphanumeric() => WORD,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// The first address in a text.
pub(super) fn first(text: &[u8]) -> Option<IpAddr> {
    let mut at = 0;
    while at < text.len() {
        let start = at;
        let (mut n_dots, mut n_colons) = (0_usize, 0_usize);
        while let Some(&byte) = text.get(at) {
            match CLASSES[usize::from(byte)] {
                0 => break,
                DOT => n_dots += 1,
                COLON => n_colons += 1,
                _ => {}
            }
            at += 1;
        }
        if n_dots >= 3 || n_colons >= 2 {
            let found = in_run(&text[..start], &text[start..at]);
            if found.is_some() {
                return found;
            }
        }
        at += 1;
    }
    None
}

/// The address that a field of a line holds: all of it, or the first in it.
pub(super) fn of_field(text: &[u8]) -> Option<IpAddr> {
    let whole = (text.len() <= MAX_V6).then(|| std::str::from_utf8(text).ok()).flatten();
    whole.and_then(|text| text.trim().parse().ok()).or_else(|| first(text))
}

fn in_run(before: &[u8], run: &[u8]) -> Option<IpAddr> {
    let whole = trim_dots(run);
    let shorter = whole.strip_suffix(b":").map(trim_dots);
    let found_v6 = v6(whole).or_else(|| shorter.and_then(v6));
    let mut start = 0;
    for part in run.split(|&byte| byte == b':') {
        if let Some((v6_start, v6)) = found_v6
            && v6_start <= start
        {
            return Some(v6.into());
        }
        if let Some(v4) = v4(trim_dots(part))
            && (start > 0 || !is_bound(before))
        {
            return Some(v4.into());
        }
        start += part.len() + 1;
    }
    None
}

/// Whether what follows is part of a name, as a version is.
fn is_bound(before: &[u8]) -> bool {
    matches!(before, [.., word, b'/' | b'-'] if CLASSES[usize::from(*word)] == WORD)
}

fn trim_dots(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| byte != b'.').map_or(0, |last| last + 1);
    &text[..end]
}

fn v4(text: &[u8]) -> Option<Ipv4Addr> {
    if !(7..=15).contains(&text.len()) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The IPv6 address at the end of a run, and where it begins.
fn v6(run: &[u8]) -> Option<(usize, Ipv6Addr)> {
    let (mut start, mut at) = (0, 0);
    for part in run.split(|&byte| byte == b':') {
        let end = at + part.len();
        let is_group = part.len() <= 4 && part.iter().all(u8::is_ascii_hexdigit);
        // An address of IPv4 can end one of IPv6.
        if !is_group && (end < run.len() || !part.contains(&b'.')) {
            start = end + 1;
        }
        at = end + 1;
    }
    let text = run.get(start..).filter(|text| text.len() <= MAX_V6)?;
    let has_digit = text.iter().any(u8::is_ascii_digit);
    let address = has_digit.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()?;
    Some((start, address))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use crate::query::enrich::find::{first, of_field};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = first(text.as_bytes()).map(|ip| ip.to_string()).unwrap_or_default();
        assert_eq!(found, expected, "{text}");
        assert_eq!(slow(text.as_bytes()), first(text.as_bytes()), "{text}");
    }

    #[test]
    fn addresses_are_found_as_logs_write_them() {
        check(r#"192.0.2.7 - - [22/Nov/2026:08:25:05 +0000] "GET / HTTP/1.1" 200"#, "192.0.2.7");
        check("from [2001:db8::1]:443 to 192.0.2.7", "2001:db8::1");
        check("client:192.0.2.7:80, upstream 198.51.100.1", "192.0.2.7");
        check("addr:fe80::1%eth0.", "fe80::1");
        check("refused by 192.0.2.7: again", "192.0.2.7");
        check("refused by 2001:db8::1: again", "2001:db8::1");
        check("::ffff:192.0.2.7", "::ffff:192.0.2.7");
        check("ip=192.0.2.7.", "192.0.2.7");
        check("http://192.0.2.7/", "192.0.2.7");
        check("192.0.2.1-192.0.2.9", "192.0.2.1");
        check("/192.0.2.7", "192.0.2.7");
        check("2001:db8::", "2001:db8::");
        check("2001:db8:::", "2001:db8::");
        check("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "",
            "1.2.3.4.5",
            "Chrome/120.0.0.0",
            "openssl-3.0.0.1",
            "v1.2.3.4",
            "1.2.3.4a",
            "1.2.3.256",
            "01.2.3.4",
            "08:25:05",
            "00:1a:2b:3c:4d:5e",
            "1:2:3:4:5:6:7:8:9",
            "a::b std::vec ::",
            "1.2.3.4.example.com",
        ] {
            check(text, "");
        }
    }

    #[test]
    fn a_field_may_be_one_without_digits() {
        assert_eq!(of_field(b"::"), Some(Ipv6Addr::UNSPECIFIED.into()));
        assert_eq!(of_field(b" \"192.0.2.7\" "), Some(Ipv4Addr::new(192, 0, 2, 7).into()));
        assert_eq!(of_field(b"-"), None);
    }

    #[test]
    fn long_runs_take_no_longer_than_they_are() {
        let colons = [b":".repeat(1 << 20), b"1.".repeat(1 << 20), b"a:".repeat(1 << 20)].concat();
        assert_eq!(first(&colons), None);
    }

    fn is_word(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || byte == b'_'
    }

    /// Every part of the text in turn, by the words of the module.
    fn slow(text: &[u8]) -> Option<IpAddr> {
        for start in 0..text.len() {
            for end in (start + 1..=text.len()).rev() {
                let Ok(word) = std::str::from_utf8(&text[start..end]) else { continue };
                let (before, after) = (&text[..start], &text[end..]);
                let dots = after.iter().take_while(|&&byte| byte == b'.').count();
                let is_bound = |byte: u8| is_word(byte) || byte == b'.';
                let is_v4 = word.parse::<Ipv4Addr>().is_ok()
                    && !before.last().is_some_and(|&byte| is_bound(byte))
                    && !matches!(before, [.., word, b'/' | b'-'] if is_word(*word))
                    && !after.get(dots).is_some_and(|&byte| is_word(byte));
                let is_v6 = word.parse::<Ipv6Addr>().is_ok()
                    && word.contains(|letter: char| letter.is_ascii_digit())
                    && can_precede_v6(before)
                    && can_follow_v6(&after[dots..]);
                if is_v4 || is_v6 {
                    return word.parse().ok();
                }
            }
        }
        None
    }

    fn can_precede_v6(before: &[u8]) -> bool {
        let Some((&last, before)) = before.split_last() else { return true };
        if last != b':' {
            return !is_word(last) && last != b'.';
        }
        let is_part = |&&byte: &&u8| is_word(byte) || byte == b'.';
        let part: Vec<u8> = before.iter().rev().take_while(is_part).copied().collect();
        part.len() > 4 || part.iter().any(|byte| !byte.is_ascii_hexdigit())
    }

    fn can_follow_v6(after: &[u8]) -> bool {
        let after = after.strip_prefix(b":").unwrap_or(after);
        let dots = after.iter().take_while(|&&byte| byte == b'.').count();
        !after.get(dots).is_some_and(|&byte| is_word(byte) || byte == b':')
    }

    proptest! {
        #[test]
        fn the_fast_way_finds_what_the_slow_one_does(
            parts in prop::collection::vec(
                prop_oneof![
                    Just("1.2.3.4".to_owned()), Just("::".to_owned()), Just("fe80::1".to_owned()),
                    Just("1:2:3:4:5:6:7:8".to_owned()), Just("ffff".to_owned()), "[0-9a-g:. _/-]{1,4}",
                ],
                0..6,
            ),
        ) {
            let text = parts.concat();
            prop_assert_eq!(first(text.as_bytes()), slow(text.as_bytes()), "{}", text);
        }
    }
}
