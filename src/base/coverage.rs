//! Counts of addresses, up to and including the 2^128 of `::/0`.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::base::json_integer;

/// How many addresses: 0 to 2^128, both included.
///
/// `::/0` holds one more than a `u128` can say, so the top count is a case of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coverage {
    all: bool, // invariant: then `count` is 0
    count: u128,
}

impl Coverage {
    /// No address.
    pub const ZERO: Self = Self { all: false, count: 0 };

    /// The count of a run of `span + 1` addresses.
    pub fn of_span(span: u128) -> Self {
        match span.checked_add(1) {
            Some(count) => Self { all: false, count },
            None => Self { all: true, count: 0 },
        }
    }

    /// The count as an integer, or `None` for 2^128.
    pub fn get(self) -> Option<u128> {
        (!self.all).then_some(self.count)
    }

    /// How many blocks of 2^`shift` addresses would hold them, rounded up; at most [`u64::MAX`].
    pub fn blocks(self, shift: u32) -> u64 {
        let n_blocks = self.get().map_or(u128::MAX, |count| count.div_ceil(1 << shift));
        u64::try_from(n_blocks).unwrap_or(u64::MAX)
    }

    /// As JSON: a number, above 2^53 - 1 a decimal string.
    pub fn to_json(self) -> serde_json::Value {
        self.get().map_or_else(|| self.to_string().into(), json_integer)
    }

    /// Whether no address is counted.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// Parts per million that `self` is of `whole`, rounded down; 0 of nothing.
    ///
    /// Both are shifted right until the product fits; the error stays below one part.
    pub fn ppm_of(self, whole: Self) -> u64 {
        // 2^128 is halved into range together with everything it is compared to.
        let halve = |c: Self| if c.all { 1 << 127 } else { c.count >> 1 };
        let (mut part, mut whole) =
            if whole.all { (halve(self), halve(whole)) } else { (self.count, whole.count) };
        while part.leading_zeros() < 20 {
            part >>= 1;
            whole >>= 1;
        }
        (part * 1_000_000).checked_div(whole).unwrap_or(0) as u64
    }
}

impl Add for Coverage {
    type Output = Self;

    /// # Panics
    /// Past 2^128: disjoint ranges of one family cannot hold more.
    fn add(self, other: Self) -> Self {
        if self.is_zero() {
            return other;
        }
        if other.is_zero() {
            return self;
        }
        assert!(!self.all && !other.all, "more addresses than a family has");
        match self.count.overflowing_add(other.count) {
            (count, false) => Self { all: false, count },
            (0, true) => Self { all: true, count: 0 },
            _ => panic!("more addresses than a family has"),
        }
    }
}

impl AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Coverage {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(count) => count.fmt(f),
            None => f.pad("340282366920938463463374607431768211456"),
        }
    }
}

impl Serialize for Coverage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl PartialSchema for Coverage {
    fn schema() -> RefOr<Schema> {
        let types = SchemaType::from_iter([Type::Integer, Type::String]);
        let said = "a count of addresses; above 2^53 - 1 as decimal digits in a string";
        ObjectBuilder::new()
            .schema_type(types)
            .minimum(Some(0))
            .pattern(Some("^[1-9][0-9]{15,38}$"))
            .description(Some(said))
            .into()
    }
}

impl ToSchema for Coverage {}

impl<'de> Deserialize<'de> for Coverage {
    /// Takes a number, or its decimal digits as text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let count = match &value {
            serde_json::Value::String(text) if *text == Self::of_span(u128::MAX).to_string() => {
                return Ok(Self::of_span(u128::MAX));
            }
            serde_json::Value::String(text) => text.parse().ok(),
            value => value.as_u64().map(u128::from),
        };
        let count = count.ok_or_else(|| D::Error::custom("expected a count of addresses"))?;
        Ok(Self { all: false, count })
    }
}

#[cfg(test)]
mod tests {
    use crate::base::Coverage;

    #[track_caller]
    fn check(count: Coverage, json: &str) {
        assert_eq!(serde_json::to_string(&count).expect("serializable"), json);
        assert_eq!(serde_json::from_str::<Coverage>(json).expect("its own JSON"), count);
    }

    #[test]
    fn counts_are_read_back_from_json() {
        check(Coverage::ZERO, "0");
        check(Coverage::of_span(u128::from(u64::MAX)), r#""18446744073709551616""#);
        check(Coverage::of_span(u128::MAX), r#""340282366920938463463374607431768211456""#);
        for wrong in ["-1", "1.5", r#""x""#, "null"] {
            serde_json::from_str::<Coverage>(wrong).expect_err(wrong);
        }
    }

    #[test]
    fn two_halves_make_all_of_ipv6() {
        let half = Coverage::of_span(u128::MAX >> 1);
        let all = half + half;
        assert_eq!(all, Coverage::of_span(u128::MAX));
        assert_eq!(all.get(), None);
        assert_eq!(half.ppm_of(all), 500_000);
        assert_eq!(all.ppm_of(all), 1_000_000);
    }

    #[test]
    fn nothing_of_nothing_is_nothing() {
        assert_eq!(Coverage::ZERO.ppm_of(Coverage::ZERO), 0);
        assert_eq!(Coverage::of_span(0).ppm_of(Coverage::of_span(3)), 250_000);
    }
}
