//! Where a request carries its key.
//!
//! | place | who sends it there |
//! | --- | --- |
//! | `X-API-Key: KEY` | programs |
//! | `Authorization: Bearer KEY` | programs (RFC 6750 §2.1) |
//! | `Authorization: Basic base64(ACCOUNT:KEY)` | geoipupdate, curl, wget (RFC 7617) |
//! | `?api_key=KEY` | links |
//! | `?license_key=KEY` | links made for MaxMind's download service |
//!
//! The account id of Basic may be any text: the key alone says who it is. A password for an
//! id would be one more thing that could be wrong, and protect nothing that 160 bits do not.
//!
//! One key may stand in several places; two different ones may not, since no rule could say which
//! of them is meant. What is empty was not sent.

use ct_codecs::{Base64, Decoder as _};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::serve::access::Key;

const API_KEY: &str = "x-api-key";
/// Parameters that carry a key: ours, and that of MaxMind's links.
const PARAMETERS: [&str; 2] = ["api_key", "license_key"];

/// Whether a parameter of a URL carries a key.
pub fn is_credential(parameter: &str) -> bool {
    PARAMETERS.contains(&parameter)
}

/// What a request has to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// Nothing.
    Missing,
    /// Something that cannot be a key, or several.
    Invalid(Invalid),
    /// This.
    Key(Key),
}

/// Why there is no telling whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invalid {
    /// What was sent does not look like a key.
    Malformed,
    /// `Authorization` is neither Bearer nor Basic, or cannot be decoded.
    Scheme,
    /// Several keys, and not the same.
    Several,
}

/// Finds the key of a request.
pub(super) fn find(headers: &HeaderMap, query: Option<&str>) -> Credential {
    let mut found = Credential::Missing;
    for value in headers.get_all(API_KEY) {
        found = found.and(read(value.as_bytes().trim_ascii()));
    }
    for value in headers.get_all(AUTHORIZATION) {
        found = found.and(authorization(value.as_bytes().trim_ascii()));
    }
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if is_credential(&name) {
            found = found.and(read(value.as_bytes()));
        }
    }
    found
}

impl Credential {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (found, Self::Missing) | (Self::Missing, found) => found,
            (Self::Key(one), Self::Key(other)) if one.digest().is(&other.digest()) => {
                Self::Key(one)
            }
            (invalid @ Self::Invalid(_), _) | (_, invalid @ Self::Invalid(_)) => invalid,
            (Self::Key(_), Self::Key(_)) => Self::Invalid(Invalid::Several),
        }
    }
}

fn read(sent: &[u8]) -> Credential {
    match Key::parse(sent) {
        Some(key) => Credential::Key(key),
        None if sent.is_empty() => Credential::Missing,
        None => Credential::Invalid(Invalid::Malformed),
    }
}

fn authorization(value: &[u8]) -> Credential {
    if value.is_empty() {
        return Credential::Missing;
    }
    let end = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return read(rest);
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Credential::Invalid(Invalid::Scheme);
    }
    let decoded = Base64::decode_to_vec(rest, None).unwrap_or_default();
    // The user is everything before the first colon (RFC 7617 §2).
    match decoded.iter().position(|byte| *byte == b':') {
        Some(colon) => read(&decoded[colon + 1..]),
        None => Credential::Invalid(Invalid::Scheme),
    }
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64, Encoder as _};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;

    use crate::serve::access::Key;
    use crate::serve::access::credential::{Credential, Invalid, find};

    const KEY: &str = "ipm_0123456789abcdefghjkmnpqrstvwxyz";
    const OTHER: &str = "ipm_zyxwvtsrqpnmkjhgfedcba9876543210";

    fn basic(text: &str) -> String {
        format!("Basic {}", Base64::encode_to_string(text).expect("short"))
    }

    fn headers(fields: &[(&str, &[u8])]) -> HeaderMap {
        let field = |(name, value): &(&str, &[u8])| {
            let value = HeaderValue::from_bytes(value).ok()?;
            Some((name.parse::<HeaderName>().expect("a name"), value))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in fields.iter().filter_map(field) {
            headers.append(name, value);
        }
        headers
    }

    #[track_caller]
    fn check(fields: &[(&str, &str)], query: &str, expected: &Credential) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        assert_eq!(find(&headers(&fields), Some(query)), *expected);
    }

    fn key() -> Credential {
        Credential::Key(Key::parse(KEY.as_bytes()).expect("a key"))
    }

    #[test]
    fn a_key_is_found_wherever_it_stands() {
        check(&[("x-api-key", KEY)], "", &key());
        check(&[("authorization", &format!("Bearer {KEY}"))], "", &key());
        check(&[("authorization", &format!("bEARER   {KEY} "))], "", &key());
        check(&[("authorization", &basic(&format!("1:{KEY}")))], "", &key());
        check(&[("authorization", &basic(&format!("any text:{KEY}")))], "", &key());
        check(&[("authorization", &basic(&format!(":{KEY}")))], "", &key());
        check(&[], &format!("api_key={KEY}"), &key());
        check(&[], &format!("edition_id=asn&license%5fkey={KEY}&suffix=tar.gz"), &key());
        check(&[], &format!("api_key=%69pm_{}", &KEY[4..]), &key());
    }

    #[test]
    fn what_is_empty_was_not_sent() {
        check(&[], "", &Credential::Missing);
        check(&[], &format!("key={KEY}&API_KEY={KEY}"), &Credential::Missing);
        check(&[("x-api-key", ""), ("authorization", " ")], "api_key=", &Credential::Missing);
        check(&[("authorization", "Bearer")], "", &Credential::Missing);
        check(&[("authorization", &basic("1:"))], "", &Credential::Missing);
        check(&[("x-api-key", "")], &format!("api_key={KEY}"), &key());
    }

    #[test]
    fn the_same_key_twice_is_one() {
        check(&[("x-api-key", KEY), ("x-api-key", KEY)], &format!("api_key={KEY}"), &key());
        check(&[("authorization", &basic(&format!("7:{KEY}"))), ("x-api-key", KEY)], "", &key());
    }

    #[test]
    fn nobody_is_two() {
        let several = Credential::Invalid(Invalid::Several);
        check(&[("x-api-key", KEY)], &format!("api_key={OTHER}"), &several);
        check(&[("x-api-key", KEY), ("x-api-key", OTHER)], "", &several);
        check(&[], &format!("api_key={KEY}&license_key={OTHER}"), &several);
        let malformed = Credential::Invalid(Invalid::Malformed);
        check(&[("x-api-key", KEY)], "api_key=guess", &malformed);
        check(&[("x-api-key", "guess")], &format!("api_key={KEY}"), &malformed);
    }

    #[test]
    fn what_is_no_key_is_invalid() {
        check(&[("x-api-key", "guess")], "", &Credential::Invalid(Invalid::Malformed));
        let scheme = Credential::Invalid(Invalid::Scheme);
        check(&[("authorization", KEY)], "", &scheme);
        check(&[("authorization", "Digest username=\"x\"")], "", &scheme);
        check(&[("authorization", "Basic ?")], "", &scheme);
        check(&[("authorization", &basic(KEY))], "", &scheme);
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_answer(
            api_key: Vec<u8>, authorization: Vec<u8>, decoded: Vec<u8>, query in ".*",
        ) {
            let encoded = basic(&String::from_utf8_lossy(&decoded));
            let fields: [(&str, &[u8]); 3] = [
                ("x-api-key", &api_key),
                ("authorization", &authorization),
                ("authorization", encoded.as_bytes()),
            ];
            let found = find(&headers(&fields), Some(&query));
            prop_assert!(!matches!(found, Credential::Key(_)));
        }
    }
}
