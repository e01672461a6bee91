//! AS numbers, in asplain and asdot (RFC 5396).

use std::fmt;
use std::str::FromStr;

/// An AS number; AS 0 is reserved (RFC 7607) and stands for "none" in feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asn(pub u32);

/// The text is no AS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an AS number such as 64496, AS64496 or 1.10")]
pub struct AsnError;

impl FromStr for Asn {
    type Err = AsnError;

    /// Reads `64496`, `AS64496` (any case) and asdot `1.10`.
    fn from_str(text: &str) -> Result<Self, AsnError> {
        let digits = match text.as_bytes() {
            [b'A' | b'a', b'S' | b's', ..] => &text[2..],
            _ => text,
        };
        // `parse` would take a sign.
        let number = |part: &str| match part.as_bytes().first() {
            Some(b'0'..=b'9') => part.parse::<u32>().map_err(|_| AsnError),
            _ => Err(AsnError),
        };
        match digits.split_once('.') {
            None => number(digits).map(Asn),
            Some((high, low)) => match (number(high)?, number(low)?) {
                (high @ 0..=0xFFFF, low @ 0..=0xFFFF) => Ok(Asn(high << 16 | low)),
                _ => Err(AsnError),
            },
        }
    }
}

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AS{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::Asn;

    #[track_caller]
    fn check(text: &str, expected: Option<u32>) {
        assert_eq!(text.parse::<Asn>().ok(), expected.map(Asn), "{text}");
    }

    #[test]
    fn asplain_and_asdot_are_read() {
        check("64496", Some(64496));
        check("AS64496", Some(64496));
        check("as4294967295", Some(u32::MAX));
        check("1.10", Some(65546));
        check("AS1.10", Some(65546));
        check("4294967296", None);
        check("1.65536", None);
        check("-1", None);
        check("+1", None);
        check("AS", None);
        check("", None);
    }
}
