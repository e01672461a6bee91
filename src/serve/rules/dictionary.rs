//! Available-Dictionary: the file that a client has to decode with (RFC 9842 §2.2).
//!
//! A byte sequence of Structured Fields, `:base64:` (RFC 9651 §3.3.5), of a SHA-256. What cannot be read
//! is as if not sent (RFC 9651 §4.2): the client gets another representation.

use ct_codecs::{Base64, Decoder as _};
use http::header::{HeaderMap, HeaderName};

use crate::base::Digest;
use crate::serve::rules::field::single;

/// The field's name.
const AVAILABLE_DICTIONARY: HeaderName = HeaderName::from_static("available-dictionary");

/// The digest of the file that the client has, if it says so.
///
/// Parameters, of which RFC 9842 defines none, make it unreadable.
pub fn available_dictionary(headers: &HeaderMap) -> Option<Digest> {
    let value = single(headers, &AVAILABLE_DICTIONARY)?;
    let base64 = value.strip_prefix(b":")?.strip_suffix(b":")?;
    let mut bytes = [0; 32];
    // More than 32 bytes do not fit, which is an error of the decoder; fewer are none.
    let decoded = Base64::decode(&mut bytes, base64, None).ok()?;
    <[u8; 32]>::try_from(decoded).ok().map(Digest::from)
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use crate::base::Digest;
    use crate::serve::rules::available_dictionary;

    const EMPTY: &str = ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

    fn read(lines: &[&[u8]]) -> Option<Digest> {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line).expect("a field value");
            headers.append("available-dictionary", value);
        }
        available_dictionary(&headers)
    }

    #[test]
    fn a_dictionary_is_named_by_its_sha_256() {
        assert_eq!(read(&[EMPTY.as_bytes()]), Some(Digest::of(b"")));
        assert_eq!(read(&[format!("  {EMPTY} ").as_bytes()]), Some(Digest::of(b"")));
    }

    #[test]
    fn what_is_no_byte_sequence_of_32_bytes_is_as_if_not_sent() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[EMPTY.as_bytes(), EMPTY.as_bytes()]), None);
        let base64 = EMPTY.trim_matches(':');
        for wrong in [
            String::new(),
            ":".to_owned(),
            "::".to_owned(),
            base64.to_owned(),
            format!(":{base64}"),
            format!("\"{base64}\""),
            format!(": {base64}:"),
            format!(":{base64}:;a=1"),
            format!("{EMPTY}, {EMPTY}"),
            ":AAAA:".to_owned(),
            format!(":{base64}AAAA:"),
            format!(":AAAA{base64}:"),
            ":47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=:".to_owned(),
            Digest::of(b"").to_string(),
        ] {
            assert_eq!(read(&[wrong.as_bytes()]), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            value in prop::collection::vec(prop_oneof![32_u8..127, 128_u8.., Just(b'\t')], 0..60),
            base64 in ":[A-Za-z0-9+/]{0,60}={0,3}:",
        ) {
            let _ = read(&[&value]);
            let _ = read(&[base64.as_bytes()]);
        }
    }
}
