//! Probabilities as parts per million, rounded half up.

/// One.
pub const PPM: u32 = 1_000_000;

/// Returns the product of two probabilities.
#[inline]
pub(super) fn multiply(a: u32, b: u32) -> u32 {
    // Both are at most PPM, so the product is at most PPM.
    divide(u64::from(a) * u64::from(b), u64::from(PPM))
}

/// Returns a quotient known to be a probability, rounded half up.
#[inline]
pub(super) fn divide(dividend: u64, divisor: u64) -> u32 {
    ((dividend + divisor / 2) / divisor) as u32
}

/// Returns a probability as a whole number of hundredths: 0 to 100.
#[inline]
pub fn to_percent(ppm: u32) -> u8 {
    divide(u64::from(ppm), 10_000) as u8
}

#[cfg(test)]
mod tests {
    use crate::score::ppm::{PPM, multiply, to_percent};

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(multiply(PPM, 123_456), 123_456);
        assert_eq!(multiply(500_000, 1), 1);
        assert_eq!(multiply(499_999, 1), 0);
        assert_eq!(to_percent(145_000), 15);
        assert_eq!(to_percent(144_999), 14);
        assert_eq!(to_percent(PPM), 100);
    }
}
