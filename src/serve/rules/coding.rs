//! Content codings: which of the representations that there are is sent (RFC 9110 §12.5.3).
//!
//! Nobody is sent away with 406: who refuses everything that there is gets the file as it is, which
//! §12.4.1 allows, and which a download tool of any age can do something with.

use http::header::{ACCEPT_ENCODING, HeaderMap};

use crate::base::Digest;
use crate::serve::rules::available_dictionary;
use crate::serve::rules::field::{members, trimmed};

/// How a representation is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// As it is: no Content-Encoding.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878, of a window of at most 8 MB (RFC 9659 §3): a file packed with a larger one is no `zstd`
    /// to a browser.
    Zstd,
    /// zstd on top of an older file, which the client has to have (RFC 9842 §5).
    Dcz {
        /// Which file.
        dictionary: Digest,
    },
}

impl Coding {
    /// The name in Accept-Encoding and Content-Encoding.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Dcz { .. } => "dcz",
        }
    }

    /// Whether a client means it by this name; `x-gzip` is one of gzip's (RFC 9110 §8.4.1.3).
    fn is_called(self, name: &[u8]) -> bool {
        name.eq_ignore_ascii_case(self.name().as_bytes())
            || (self == Self::Gzip && name.eq_ignore_ascii_case(b"x-gzip"))
    }
}

/// The Vary of all answers for a URL, whichever representation was sent, 304 and 206 included: a
/// cache must not hand the identity to who would have got gzip (RFC 9110 §12.5.5, RFC 9842 §6.2).
pub fn vary(offered: &[Coding]) -> Option<&'static str> {
    let is_dcz = |coding: &Coding| matches!(coding, Coding::Dcz { .. });
    if offered.iter().any(is_dcz) {
        return Some("accept-encoding, available-dictionary");
    }
    offered.iter().any(|coding| *coding != Coding::Identity).then_some("accept-encoding")
}

/// Chooses what the client wants most, among equals the one offered first, so put the smallest first.
///
/// Identity is always to be had, offered or not.
pub fn negotiate(headers: &HeaderMap, offered: &[Coding]) -> Coding {
    // Without the field all codings are allowed (RFC 9110 §12.5.3), but who does not speak of any
    // is seldom able to undo one.
    if !headers.contains_key(ACCEPT_ENCODING) {
        return Coding::Identity;
    }
    let has = available_dictionary(headers);
    let mut best = (Coding::Identity, None);
    for coding in offered {
        let weight = match coding {
            Coding::Dcz { dictionary } if has != Some(*dictionary) => None,
            coding => weight(headers, *coding),
        };
        // `None`, not acceptable, is less than any weight.
        if weight > best.1 {
            best = (*coding, weight);
        }
    }
    if best.1 < weight(headers, Coding::Identity) { Coding::Identity } else { best.0 }
}

/// How much the client wants a coding, per mille; `None` if it does not take it.
fn weight(headers: &HeaderMap, coding: Coding) -> Option<u16> {
    let lines = headers.get_all(ACCEPT_ENCODING).iter();
    // Several lines are one list (RFC 9110 §5.3).
    let preferences = lines.flat_map(|line| members(line.as_bytes())).filter_map(preference);
    let (mut named, mut any) = (None, None);
    for (name, weight) in preferences {
        let said = match name {
            b"*" => &mut any,
            name if coding.is_called(name) => &mut named,
            _ => continue,
        };
        // Said twice, the lower counts: what was refused once is never sent.
        *said = Some(said.map_or(weight, |before: u16| before.min(weight)));
    }
    let said = match coding {
        // `*` is said of codings that a client can undo, and without the very file it cannot.
        Coding::Dcz { .. } => named,
        _ => named.or(any),
    };
    match (said, coding) {
        (Some(0), _) => None,
        (Some(weight), _) => Some(weight),
        // Acceptable unless refused, and wanted less than whatever was asked for.
        (None, Coding::Identity) => Some(0),
        (None, _) => None,
    }
}

/// Reads a member, `coding` or `coding;q=0.5`. One that is malformed says nothing.
fn preference(member: &[u8]) -> Option<(&[u8], u16)> {
    let Some(idx) = member.iter().position(|byte| *byte == b';') else {
        return Some((member, 1000));
    };
    let (name, parameter) = (trimmed(&member[..idx]), trimmed(&member[idx + 1..]));
    let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="))?;
    Some((name, qvalue(value)?))
}

/// Reads `0`, `1` or a fraction of at most three digits, per mille (RFC 9110 §12.4.2).
fn qvalue(value: &[u8]) -> Option<u16> {
    let (whole, rest) = value.split_first()?;
    let digits = match rest {
        [] => rest,
        [b'.', digits @ ..] if digits.len() <= 3 => digits,
        _ => return None,
    };
    let start = match whole {
        b'0' => 0,
        b'1' => 1000,
        _ => return None,
    };
    let scales = [100, 10, 1];
    let weight = digits.iter().zip(scales).try_fold(start, |weight, (digit, scale)| {
        digit.is_ascii_digit().then(|| weight + u16::from(digit - b'0') * scale)
    })?;
    (weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use crate::base::Digest;
    use crate::serve::rules::coding::qvalue;
    use crate::serve::rules::{Coding, negotiate, vary};

    /// The digest of nothing.
    const EMPTY: &str = ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

    fn dcz(bytes: &[u8]) -> Coding {
        Coding::Dcz { dictionary: Digest::of(bytes) }
    }

    /// What is chosen of dcz (on top of nothing, and of something), zstd, gzip and identity.
    fn chosen(lines: &[&str], dictionary: Option<&str>) -> Coding {
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).expect("a field value");
            headers.append(ACCEPT_ENCODING, line);
        }
        if let Some(dictionary) = dictionary {
            headers.insert("available-dictionary", dictionary.parse().expect("a field value"));
        }
        let offered = [dcz(b"x"), dcz(b""), Coding::Zstd, Coding::Gzip, Coding::Identity];
        negotiate(&headers, &offered)
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(chosen(&[line], None).name(), expected, "{line}");
    }

    #[test]
    fn without_the_field_it_is_identity() {
        assert_eq!(chosen(&[], None), Coding::Identity);
        assert_eq!(chosen(&[], Some(EMPTY)), Coding::Identity);
    }

    #[test]
    fn among_equals_it_is_the_first_offered() {
        check("gzip, zstd", "zstd");
        check("gzip, deflate, br, zstd", "zstd");
        check("gzip, deflate, br", "gzip");
        check("identity, gzip", "gzip");
        check("identity;q=0.5, gzip;q=0.5", "gzip");
        check("*", "zstd");
    }

    #[test]
    fn the_highest_weight_wins() {
        check("gzip;q=1.0, zstd;q=0.9", "gzip");
        check("gzip;q=0.001, zstd;q=0.002", "zstd");
        check("identity, gzip;q=0.5, zstd;q=0.5", "identity");
        check("identity;q=0.4, gzip;q=0.5", "gzip");
        check("gzip;q=0.001", "gzip");
        check("*;q=0.5, gzip", "gzip");
        check("*;q=0.5, gzip;q=0.4", "zstd");
    }

    #[test]
    fn q_0_refuses() {
        check("gzip;q=0", "identity");
        check("zstd;q=0, gzip", "gzip");
        check("zstd;q=0.000, *", "gzip");
        check("*;q=0, gzip", "gzip");
        check("zstd, zstd;q=0, gzip", "gzip");
        check("gzip, x-gzip;q=0", "identity");
    }

    #[test]
    fn identity_q_0_takes_whatever_else_is_taken() {
        check("identity;q=0, gzip", "gzip");
        check("identity;q=0, gzip;q=0.001", "gzip");
        check("identity;q=0, *", "zstd");
        check("*;q=0, identity;q=0.1", "identity");
    }

    #[test]
    fn who_refuses_everything_gets_identity() {
        check("identity;q=0", "identity");
        check("*;q=0", "identity");
        check("identity;q=0, *;q=0", "identity");
        check("br, identity;q=0", "identity");
    }

    #[test]
    fn an_empty_field_is_identity() {
        check("", "identity");
        check(" , ", "identity");
        check("br, deflate", "identity");
    }

    #[test]
    fn identity_is_there_though_not_offered() {
        let mut headers = HeaderMap::new();
        for (line, expected) in [
            ("gzip", Coding::Gzip),
            ("identity, gzip;q=0.5", Coding::Identity),
            ("*", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
        ] {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(line));
            assert_eq!(negotiate(&headers, &[Coding::Gzip]), expected, "{line}");
            assert_eq!(negotiate(&headers, &[]), Coding::Identity, "{line}");
        }
    }

    #[test]
    fn names_have_no_case_and_space_does_not_count() {
        check("GZIP", "gzip");
        check("x-gzip", "gzip");
        check("\tgzip ; Q=0.5 ,\tbr", "gzip");
        check("IDENTITY;q=0,ZStd", "zstd");
    }

    #[test]
    fn several_lines_are_one_list() {
        assert_eq!(chosen(&["gzip;q=0.5", "zstd;q=0.4"], None), Coding::Gzip);
        assert_eq!(chosen(&["*", "zstd;q=0"], None), Coding::Gzip);
    }

    #[test]
    fn a_malformed_member_says_nothing() {
        for member in [
            "zstd;q=",
            "zstd;q=2",
            "zstd;q=1.1",
            "zstd;q=-1",
            "zstd;q=0.0001",
            "zstd;q=0,5",
            "zstd;x=1",
        ] {
            check(&format!("{member}, gzip;q=0.1"), "gzip");
        }
        check("zstd;q=1;q=1, gzip", "gzip");
        check("identity;q=x, zs td, g\u{e9}zip", "identity");
        check("*;q=x", "identity");
    }

    #[test]
    fn weights_are_per_mille() {
        for (value, expected) in [
            ("0", Some(0)),
            ("0.", Some(0)),
            ("0.000", Some(0)),
            ("0.001", Some(1)),
            ("0.05", Some(50)),
            ("0.5", Some(500)),
            ("0.999", Some(999)),
            ("1", Some(1000)),
            ("1.000", Some(1000)),
            ("1.001", None),
            ("0.0000", None),
            (".5", None),
            ("00.5", None),
            ("0.a", None),
            ("", None),
        ] {
            assert_eq!(qvalue(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn dcz_is_for_who_has_the_file_and_names_the_coding() {
        assert_eq!(chosen(&["gzip, zstd, dcz"], Some(EMPTY)), dcz(b""));
        assert_eq!(chosen(&["gzip, zstd"], Some(EMPTY)), Coding::Zstd);
        assert_eq!(chosen(&["*"], Some(EMPTY)), Coding::Zstd);
        assert_eq!(chosen(&["gzip, zstd, dcz"], None), Coding::Zstd);
        assert_eq!(chosen(&["gzip, zstd, dcz"], Some(":AAAA:")), Coding::Zstd);
        let other = format!(":{}=:", "A".repeat(43));
        assert_eq!(chosen(&["gzip, zstd, dcz"], Some(&other)), Coding::Zstd);
        assert_eq!(chosen(&["dcz;q=0, gzip"], Some(EMPTY)), Coding::Gzip);
        assert_eq!(chosen(&["dcz;q=0.5, gzip"], Some(EMPTY)), Coding::Gzip);
    }

    #[test]
    fn vary_depends_on_what_is_offered_alone() {
        let (identity, gzip) = (Coding::Identity, Coding::Gzip);
        assert_eq!(vary(&[]), None);
        assert_eq!(vary(&[identity]), None);
        assert_eq!(vary(&[gzip, identity]), Some("accept-encoding"));
        let expected = Some("accept-encoding, available-dictionary");
        assert_eq!(vary(&[dcz(b""), gzip, identity]), expected);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            value in prop::collection::vec(prop_oneof![32_u8..127, 128_u8.., Just(b'\t')], 0..60),
            list in "((gzip|zstd|identity|\\*|dcz)?[;,]?( ?q=[01]?\\.?[0-9]{0,4})?[ ,]){0,8}",
        ) {
            for value in [&value[..], list.as_bytes()] {
                let mut headers = HeaderMap::new();
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_bytes(value).expect("a field value"));
                let _ = negotiate(&headers, &[dcz(b""), Coding::Zstd, Coding::Gzip]);
            }
        }

        /// With a weight for each, it is the largest, and the first of those.
        #[test]
        fn weights_decide_then_the_order(zstd in 0..4_u16, gzip in 0..4_u16, identity in 0..4_u16) {
            let line = format!("zstd;q=0.{zstd}, gzip;q=0.{gzip}, identity;q=0.{identity}");
            let largest = zstd.max(gzip).max(identity);
            let expected = match largest {
                0 => "identity",
                largest if largest == zstd => "zstd",
                largest if largest == gzip => "gzip",
                _ => "identity",
            };
            prop_assert_eq!(chosen(&[&line], None).name(), expected, "{}", line);
        }
    }
}
