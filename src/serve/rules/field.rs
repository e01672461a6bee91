//! Fields and their lines, as bytes: one line, or a list without quotes (RFC 9110 §5.3, §5.6.1).

use http::header::{HeaderMap, HeaderName};

/// The value of a field that holds one thing. `None` if it is missing, and if it comes on several
/// lines, which together are no such thing (RFC 9110 §5.3).
pub(super) fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h [u8]> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?;
    lines.next().is_none().then(|| trimmed(line.as_bytes()))
}

/// The members of a line, without the space around them. Empty ones are passed over
/// (RFC 9110 §5.6.1.2). Only for fields that have no quoted strings.
pub(super) fn members(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b',').map(trimmed).filter(|member| !member.is_empty())
}

/// The bytes without optional white space at either end (RFC 9110 §5.6.3).
pub(super) fn trimmed(bytes: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(first) = bytes.iter().position(|byte| !is_space(byte)) else {
        return &[];
    };
    let n_after = bytes.iter().rev().take_while(|byte| is_space(byte)).count();
    &bytes[first..bytes.len() - n_after]
}

/// Reads decimal digits and nothing else; what does not fit is as large as can be.
///
/// A client may ask for more than there is (RFC 9110 §14.1.2), so a number too large is no mistake.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderMap, HeaderValue, RANGE};

    use crate::serve::rules::field::{members, number, single, trimmed};

    #[test]
    fn a_field_on_two_lines_is_no_single_value() {
        let mut headers = HeaderMap::new();
        assert_eq!(single(&headers, &RANGE), None);
        headers.append(RANGE, HeaderValue::from_static(" a\t"));
        assert_eq!(single(&headers, &RANGE), Some(&b"a"[..]));
        headers.append(RANGE, HeaderValue::from_static("a"));
        assert_eq!(single(&headers, &RANGE), None);
    }

    #[test]
    fn empty_members_are_passed_over() {
        let found: Vec<&[u8]> = members(b" ,a,, b c\t,\xff,").collect();
        assert_eq!(found, [&b"a"[..], b"b c", b"\xff"]);
        assert_eq!(members(b"").count(), 0);
        assert_eq!(trimmed(b" \t "), b"");
    }

    #[test]
    fn numbers_are_digits_and_never_overflow() {
        assert_eq!(number(b"007"), Some(7));
        assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(number(b"18446744073709551616"), Some(u64::MAX));
        assert_eq!(number(&[b'9'; 1000]), Some(u64::MAX));
        for wrong in [&b""[..], b"+1", b"-1", b"1 ", b"0x1", b"\xd9\xa1"] {
            assert_eq!(number(wrong), None, "{wrong:?}");
        }
    }
}
