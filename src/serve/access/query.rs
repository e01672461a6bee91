//! The query of a URL: pairs of name and value, percent-decoded.
//!
//! As forms write it (WHATWG URL, `application/x-www-form-urlencoded` parsing): `&` between pairs, `+`
//! for a blank, `%` and two hex digits for any byte; other `%` stand for themselves. What comes out
//! are bytes, since any may be sent.

/// Parameters that carry a key: ours, and that of MaxMind's links.
const KEYS: [&[u8]; 2] = [b"api_key", b"license_key"];
/// What a log has in place of a key.
const HIDDEN: &str = "…";

/// Whether the value of a parameter is a key.
pub(super) fn is_key(name: &[u8]) -> bool {
    KEYS.contains(&name)
}

/// The query as a log may have it: without the keys in it, else as it was sent.
pub fn without_keys(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_key(&decode(name)) => format!("{name}={HIDDEN}"),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// The pairs, in order; a name without `=` has an empty value.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match (*first, after) {
            (b'+', after) => (b' ', after),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, after),
                _ => (b'%', &rest[1..]),
            },
            (byte, after) => (byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    bytes
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::serve::access::query::{decode, pairs, without_keys};

    #[track_caller]
    fn check(query: &str, expected: &[(&str, &str)]) {
        let found: Vec<_> = pairs(query).collect();
        let bytes = |text: &str| text.as_bytes().to_vec();
        let expected: Vec<_> = expected.iter().map(|(a, b)| (bytes(a), bytes(b))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn pairs_are_as_forms_write_them() {
        check("", &[]);
        check("&&", &[]);
        check("a=1&b=2&a=3", &[("a", "1"), ("b", "2"), ("a", "3")]);
        check("a&b=&=c", &[("a", ""), ("b", ""), ("", "c")]);
        check("a=b=c", &[("a", "b=c")]);
        check("a%5Fb=%61+%2b%26", &[("a_b", "a +&")]);
        check("a=%&b=%4&c=%zz&d=%%41", &[("a", "%"), ("b", "%4"), ("c", "%zz"), ("d", "%A")]);
    }

    #[test]
    fn a_log_has_no_keys() {
        let told = "a=1&api_key=…&license%5Fkey=…&&api_key&b=%zz";
        assert_eq!(without_keys("a=1&api_key=ipm_1=2&license%5Fkey=x&&api_key&b=%zz"), told);
        assert_eq!(without_keys(""), "");
    }

    proptest! {
        #[test]
        fn what_is_read_as_a_key_is_hidden(
            queries in proptest::collection::vec("(api|license)(_|%5f)key=[a-z%=]{0,9}", 0..4),
        ) {
            let told = without_keys(&queries.join("&"));
            let values: Vec<_> = pairs(&told).map(|(_, value)| value).collect();
            prop_assert_eq!(values, vec!["…".as_bytes().to_vec(); queries.len()]);
        }

        #[test]
        fn any_query_has_pairs(query in ".*") {
            let n_bytes: usize = pairs(&query).map(|(name, value)| name.len() + value.len()).sum();
            prop_assert!(n_bytes <= query.len());
        }

        #[test]
        fn what_was_encoded_comes_back(bytes: Vec<u8>, upper: bool) {
            let encoded: String = bytes
                .iter()
                .map(|byte| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") })
                .collect();
            prop_assert_eq!(decode(&encoded), bytes);
        }
    }
}
